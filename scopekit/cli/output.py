"""What a command tells: text for people, or JSON for scripts, and nothing in it that could steer a terminal.

What a command writes into a file: all of it, or nothing.

A progress bar on standard error, for work that takes long.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated, Any

import typer

from scopekit.errors import InputError, visible

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with stable names, and nothing else.")]

WITHOUT_END = 100_000
"""The width of a pipe, in characters: nothing is wrapped in it, nor where a terminal says that it has none."""


def tell_json(value: Any) -> None:
    """JSON on standard output; InputError for a number that JSON does not have, as a careless issuer may write it."""
    try:
        print(json.dumps(value, indent=2, default=dict, allow_nan=False))
    except ValueError:
        raise InputError("The token holds a number that JSON does not have; it can be shown as text alone.") from None


def tell(text: str) -> None:
    """Text on standard output; in a terminal it is wrapped at words, and marks are coloured that are there anyway."""
    from rich.text import Text

    shown = Text(visible(text))
    shown.highlight_regex(r"(?m)^ *(?:\d+ )?✓.*?(?=  |$)", "green")
    shown.highlight_regex(r"(?m)^ *(?:\d+ )?✗.*?(?=  |$)|(?:NOT|DOES NOT) VERIF(?:IED|Y)", "red")
    _console().print(shown)


def tell_table(rows: Iterable[tuple[str, ...]]) -> None:
    """Columns of text; what is too wide for a terminal is folded within its column."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(Text(visible(each), overflow="fold") for each in row))
    console = _console()
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False, width=get_terminal_size((WITHOUT_END, 0)).columns)


def reports_must_be_writable(*files: Path | None) -> None:
    """InputError where a report could not be written, or two of them would be one file."""
    named = [file for file in files if file]
    if len({os.path.realpath(file) for file in named}) < len(named):
        raise InputError(f"Each report needs a file of its own; found {named[0]} for two.")
    for file in named:
        must_be_writable(file)


def must_be_writable(file: Path) -> None:
    """InputError where nothing could be written there: asked before the work is done that would be lost."""
    if not os.access(file.parent, os.W_OK):
        raise InputError(f"{file} cannot be written: its folder is not there, or not yours.")
    if file.exists() and not file.is_file():  # a device would be replaced by a file
        raise InputError(f"{file} cannot be written: it is {'a folder' if file.is_dir() else 'no file'}.")


def write(file: Path, text: str) -> None:
    """The text in a file, in the place of what was there; InputError where it cannot be written."""
    must_be_writable(file)
    try:
        handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:100]}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as written:
                written.write(text)
            os.replace(beside, file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None


@contextmanager
def drawn(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how much is done, of how much, while the bar is drawn."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
