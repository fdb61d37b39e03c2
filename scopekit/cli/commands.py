"""The commands, one function each. A new one is a function under `@app.command()` whose docstring is its help text."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from scopekit.cli.jupyter import check_ready, open_jupyterlab
from scopekit.errors import ScopeKitError
from scopekit.lessons import CopyReport, checkout_originals, copy_lessons

DEFAULT_FOLDER = Path("scopekit-lessons")

app = typer.Typer(
    help="Learn what an API key may do: lessons on scopes in JSON Web Tokens.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


def run() -> int:
    """Exit status of the command that this process was asked for; a person's mistake is one sentence on stderr."""
    try:
        status = app(prog_name="scopekit", standalone_mode=False)
    except typer.TyperException as error:
        return _refuse(error.format_message(), error.exit_code)
    except ScopeKitError as error:
        return _refuse(str(error), 1)
    return status if isinstance(status, int) else 0


def _refuse(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)
    return status


@app.callback(invoke_without_command=True)
def scopekit(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Learn what an API key may do: lessons on scopes in JSON Web Tokens."""
    if show_version:
        print(f"scopekit {version('scopekit')}")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
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
    if edit and folder is not None:
        raise typer.BadParameter("--edit opens the originals, so it takes no FOLDER.")
    check_ready(port)
    return open_jupyterlab(_edited() if edit else _learned(folder or DEFAULT_FOLDER), port, browser=not no_browser)


def _edited() -> Path:
    return checkout_originals()


def _learned(folder: Path) -> Path:
    _show(folder, copy_lessons(folder))
    return folder


def _show(folder: Path, report: CopyReport) -> None:
    """One line for each thing that was done, as text that a narrow terminal may wrap."""
    console = Console(highlight=False)
    console.print(f"Your lessons are in [bold]{escape(str(folder))}[/bold].")
    for word, names in (("New", report.created), ("Updated", report.updated), ("Kept as you changed it", report.kept)):
        for name in names:
            console.print(f"  {word}: {escape(name)}")
