"""Prints and writes a command's results: text for people, JSON for scripts, and files. Files are written atomically.

Printed text never holds characters that control a terminal.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from scopekit.errors import InputError
from scopekit.wording import visible

UNLIMITED_WIDTH = 100_000
"""The width, in characters, that is assumed for a pipe or an unknown terminal, so that no line is wrapped."""


def print_result(value: Any, text: str, *, as_json: bool, passed: object) -> int:
    """Prints a result as JSON or as text. Returns the exit status: 0 if `passed` is true, 1 otherwise."""
    if as_json:
        print_json(value)
    else:
        print_text(text)
    return 0 if passed else 1


def print_json(value: Any) -> None:
    """Prints JSON. Raises InputError for a number that JSON cannot express, such as NaN in a token."""
    try:
        print(json.dumps(value, indent=2, default=dict, allow_nan=False))
    except ValueError:
        raise InputError("The token holds a number that JSON cannot express; omit --json.") from None


def print_text(text: str) -> None:
    """Prints text. On a terminal, wraps lines between words and colours the marks ✓ and ✗."""
    from rich.text import Text

    styled = Text(visible(text))
    styled.highlight_regex(r"(?m)^ *(?:\d+ )?✓.*?(?=  |$)", "green")
    styled.highlight_regex(r"(?m)^ *(?:\d+ )?✗.*?(?=  |$)|(?:NOT|DOES NOT) VERIF(?:IED|Y)", "red")
    _console().print(styled)


def print_table(rows: Iterable[tuple[str, ...]]) -> None:
    """Prints columns of text. A cell too wide for the terminal is folded within its column."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(Text(visible(cell), overflow="fold") for cell in row))
    console = _console()
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False, width=get_terminal_size((UNLIMITED_WIDTH, 0)).columns)


def refuse_unwritable(*files: Path | None) -> None:
    """Raises InputError if one of `files` cannot be written. A command calls this before work that would be lost."""
    named = [file for file in files if file]
    if len({os.path.realpath(file) for file in named}) < len(named):
        raise InputError(f"Each report needs a separate file; found {named[0]} twice.")
    for file in named:
        if not os.access(file.parent, os.W_OK):
            raise InputError(f"{file} cannot be written: its folder does not exist or is not writable.")
        if file.exists() and not file.is_file():  # writing would replace a device with a file
            raise InputError(f"{file} cannot be written: it is {'a folder' if file.is_dir() else 'not a file'}.")


def write(file: Path, text: str) -> None:
    """Replaces the content of a file with a text. Raises InputError if the file cannot be written."""
    refuse_unwritable(file)
    try:
        handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:100]}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as unfinished:
                unfinished.write(text)
            os.replace(beside, file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None


def write_reports(*reports: tuple[Path | None, Callable[[], str]]) -> None:
    """Renders and writes each report that has a file. Skips the other reports."""
    for file, text in reports:
        if file:
            write(file, text())


@contextmanager
def progress_bar(what: str, *, silent: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Shows a progress bar if standard error is a terminal.

    Yields a function (done, total) that updates the bar, or None if there is no bar.
    """
    if silent or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
