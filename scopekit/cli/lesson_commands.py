"""JupyterLab on a folder of lessons, started with this Python and without touching the learner's own settings.

`scopekit lab`: the lessons in JupyterLab.

`scopekit run-sheet`: what somebody needs beside the screen who presents the lessons.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from scopekit.cli.output import write
from scopekit.errors import LessonsError, needs_extra

_HERE = Path(__file__).resolve().parent


def check_ready(port: int | None) -> None:
    """JupyterLab can start, on `port` if one is given; `LessonsError` when it is not installed or the port is taken."""
    if find_spec("jupyterlab") is None:
        raise LessonsError(needs_extra("JupyterLab", "lab"))
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


DEFAULT_FOLDER = Path("scopekit-lessons")


def lab(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="Folder for your copies.", show_default=str(DEFAULT_FOLDER)),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Open the originals instead, for authors.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of JupyterLab.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, open no browser.")] = False,
) -> int:
    """Open the lessons in JupyterLab, as copies that are yours: one that you changed is never overwritten."""
    from scopekit.lessons import checkout_originals

    if edit and folder is not None:
        raise typer.BadParameter("--edit opens the originals, so it takes no FOLDER.")
    check_ready(port)
    opened = checkout_originals() if edit else _learned(folder or DEFAULT_FOLDER)
    return open_jupyterlab(opened, port, browser=not no_browser)


def _learned(folder: Path) -> Path:
    """One line for each thing that was done, as text that a narrow terminal may wrap."""
    from rich.console import Console
    from rich.markup import escape

    from scopekit.lessons import copy_lessons

    report, console = copy_lessons(folder), Console(highlight=False)
    console.print(f"Your lessons are in [bold]{escape(str(folder))}[/bold].")
    for word, names in (("New", report.created), ("Updated", report.updated), ("Kept as you changed it", report.kept)):
        for name in names:
            console.print(f"  {word}: {escape(name)}")
    return folder


def run_sheet(
    lessons: Annotated[
        list[str] | None,
        typer.Argument(metavar="LESSON", help="Numbers of lessons, such as 03. All, else."),
    ] = None,
    start: Annotated[str, typer.Option(metavar="HH:MM", help="When the first one begins.")] = "09:00",
    pause: Annotated[int, typer.Option(min=0, max=240, help="Minutes of pause whenever an hour is full.")] = 10,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the Markdown there.")] = None,
) -> int:
    """Print the run-sheet of the lessons as Markdown: times, objectives, notes, and where one can begin anew."""
    from scopekit import lessons as course

    sheet = str(course.run_sheet(lessons or (), start, pause))
    if out is None:
        print(sheet)
    else:
        write(out, sheet + "\n")
    return 0
