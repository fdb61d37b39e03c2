"""JupyterLab on a folder of lessons, started with this Python and without touching the learner's own settings."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from scopekit.errors import LessonsError

_HERE = Path(__file__).resolve().parent


def check_ready(port: int | None) -> None:
    """JupyterLab can start, on `port` if one is given; `LessonsError` when it is not installed or the port is taken."""
    if find_spec("jupyterlab") is None:
        raise LessonsError("JupyterLab is not installed: python -m pip install 'scopekit[lab]'.")
    if port is not None:
        _check_free(port)


def open_jupyterlab(folder: Path, port: int | None, *, browser: bool) -> int:
    """JupyterLab runs on `folder` in the place of this process, so signals and the exit status are its own."""
    command = [sys.executable, "-m", "jupyterlab", *_options(folder.resolve(), port, browser)]
    sys.stdout.flush()
    if os.name == "nt":  # there, exec would return to the prompt at once
        return subprocess.call(command, env=_environment())
    os.execve(sys.executable, command, _environment())


def _check_free(port: int) -> None:
    """JupyterLab itself answers a taken port with a log of several lines; one sentence comes first."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(os.name != "nt"))
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LessonsError(f"Port {port} cannot be used: {error.strerror}.") from error


def _options(folder: Path, port: int | None, browser: bool) -> list[str]:
    options = [f"--ServerApp.root_dir={folder}"]
    if first := next(iter(sorted(folder.glob("00-*.ipynb"))), None):
        options.append(f"--LabApp.default_url=/lab/tree/{quote(first.name)}")
    if port is not None:
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        options.append("--no-browser")
    if _is_root():
        options.append("--allow-root")
    return options


def _is_root() -> bool:
    """As in a container: JupyterLab refuses root unless told so. It stays on loopback and asks for its token."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _environment() -> dict[str, str]:
    """Our `labconfig` comes after the learner's own: it turns the pop-up for news off where nobody chose otherwise."""
    path = [os.environ.get("JUPYTER_CONFIG_PATH", ""), str(_HERE)]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, path))}
