"""The command line's own words, looked at for what must not be among them.

A token in an argument stays in the shell's history and is shown to every user of the machine by `ps`. So it is refused,
whatever the command, and not said again.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Sequence

from scopekit.errors import InputError

LONG_PART = 20
"""Characters that no three parts of a host's or file's name have each, as a token's mostly do."""

_RUN = re.compile(r"[A-Za-z0-9_.=-]+")
_OBJECT = re.compile(rb'\{\s*["}]')
_LONG_VALUE, _LONG_NAME = 12, 24


def refuse_tokens(arguments: Iterable[str]) -> None:
    """InputError, which says why and does not echo it, where one of the arguments looks like a token."""
    if any(looks_like_token(argument) for argument in arguments):
        raise InputError(
            "A token is no argument: it would stay in the shell's history and show in the list of processes. "
            "Give it at the prompt, in a file with --token-file, or on standard input."
        )


def looks_like_token(text: str) -> bool:
    """Whether a token is in the text: three parts of base64url with dots between, the first of them a JSON header.

    A host's name has three parts too, so parts that decode to nothing count only where all are long.
    """
    return any(_is_token(each) for run in _RUN.findall(text) for each in _triples(run.split(".")))


def without_values(message: str, arguments: Sequence[str]) -> str:
    """A usage error's message without the longer values of this command line: one may be a key in the wrong place."""
    for argument in sorted(arguments, key=len, reverse=True):
        name, _, value = argument.partition("=") if argument.startswith("-") else ("", "", argument)
        for text, least in ((name, _LONG_NAME), (value, _LONG_VALUE)):
            if len(text) >= least:
                message = message.replace(text, "…")
    return message


def _triples(parts: list[str]) -> Iterator[list[str]]:
    """Three parts in a row; `--option=` may stand before the first."""
    for start in range(len(parts) - 2):
        yield [parts[start].rpartition("=")[2], *parts[start + 1 : start + 3]]


def _is_token(parts: list[str]) -> bool:
    return all(len(each) >= LONG_PART for each in parts) or _is_header(parts[0])


def _is_header(part: str) -> bool:
    """Whether a JSON object is in base64url at the end of `part`: an `e` begins it, and `-t` may stand before."""
    return any(_is_object(part[at : at + 16]) for at, letter in enumerate(part) if letter == "e")


def _is_object(part: str) -> bool:
    try:
        return _OBJECT.match(urlsafe_b64decode(part + "=" * (-len(part) % 4))) is not None
    except ValueError:
        return False
