"""What a command tells: text for people, or JSON for scripts, and nothing in it that could steer a terminal."""

import json
from collections.abc import Iterable
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
