"""The commands for lessons: `scopekit lab` opens lessons in JupyterLab, and `scopekit run-sheet` prints a schedule.

JupyterLab runs with the same Python as the command. The learner's JupyterLab settings stay unchanged.
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
from scopekit.errors import InputError
from scopekit.wording import needs_extra

DEFAULT_FOLDER = Path("scopekit-lessons")


def lab(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="Folder for your lessons.", show_default=str(DEFAULT_FOLDER)),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Open the originals, not copies (for authors).")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port that JupyterLab uses.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address; do not open a browser.")] = False,
) -> int:
    """Open your own copies of the lessons in JupyterLab. A lesson that you changed is never overwritten."""
    from scopekit.lessons import checkout_originals, copy_lessons

    if edit and folder is not None:
        raise typer.BadParameter("--edit opens the originals, so it takes no FOLDER.")
    check_ready(port)
    opened = checkout_originals() if edit else folder or DEFAULT_FOLDER
    if not edit:
        from rich.console import Console
        from rich.markup import escape

        report, console = copy_lessons(opened), Console(highlight=False)
        console.print(f"Your lessons are in [bold]{escape(str(opened))}[/bold].")
        words = {"New": report.created, "Updated": report.updated, "Kept as you changed it": report.kept}
        for word, name in ((word, name) for word, names in words.items() for name in names):
            console.print(f"  {word}: {escape(name)}")  # one line each; a narrow terminal may wrap it
    return open_jupyterlab(opened.resolve(), port, browser=not no_browser)


def check_ready(port: int | None) -> None:
    """Raises InputError if JupyterLab is not installed, or if another program already uses `port`."""
    if find_spec("jupyterlab") is None:
        raise InputError(needs_extra("JupyterLab", "lab"))
    if port is None:
        return
    with socket.socket() as probe:  # for a taken port, JupyterLab would print many lines of log
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(os.name != "nt"))
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(f"Port {port} cannot be used: {error.strerror}.") from error


def open_jupyterlab(folder: Path, port: int | None, *, browser: bool) -> int:
    """Replaces this process with JupyterLab in `folder`, so that JupyterLab gets signals and sets the exit status."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    if first := next(iter(sorted(folder.glob("00-*.ipynb"))), None):
        command.append(f"--LabApp.default_url=/lab/tree/{quote(first.name)}")
    if port is not None:
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # root (in a container) needs this option
        command.append("--allow-root")
    # The learner's settings override our `labconfig`, which only turns off the news pop-up.
    configured = [os.environ.get("JUPYTER_CONFIG_PATH", ""), str(Path(__file__).resolve().parent)]
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, configured))}
    sys.stdout.flush()
    if os.name == "nt":  # on Windows, exec would return to the prompt at once
        return subprocess.call(command, env=environment)
    os.execve(sys.executable, command, environment)


def run_sheet(
    lessons: Annotated[
        list[str] | None, typer.Argument(metavar="LESSON", help="Numbers of the lessons, such as 03. Default: all.")
    ] = None,
    start: Annotated[str, typer.Option(metavar="HH:MM", help="When the first lesson begins.")] = "09:00",
    pause: Annotated[int, typer.Option(min=0, max=240, help="Minutes of break after each full hour.")] = 10,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file, not standard output.")] = None,
) -> int:
    """Print a presenter's run-sheet as Markdown: times, objectives, notes, and where a fresh kernel can start."""
    from scopekit.lessons import run_sheet as schedule
    from scopekit.render.markdown import run_sheet_markdown

    sheet = run_sheet_markdown(schedule(lessons or (), start, pause))
    if out is None:
        print(sheet)
    else:
        write(out, sheet + "\n")
    return 0
