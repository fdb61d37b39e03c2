"""`scopekit lab`: the lessons in JupyterLab."""

from pathlib import Path
from typing import Annotated

import typer

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
    from scopekit.cli.jupyter import check_ready, open_jupyterlab
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
