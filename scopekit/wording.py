"""How a sentence names things: what was found, short and printable, with a guess at what was meant; times; counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime


def visible(text: str) -> str:
    """Escapes a text's unprintable characters, because they could reorder a line or control a terminal."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


LONGEST_SHOWN = 60
"""An error message shows at most this many characters of a value that was found."""


def shortened(value: object, limit: int = LONGEST_SHOWN) -> str:
    """The text of `value` for an error message: at most `limit` characters, all of them printable."""
    text = ascii(value).replace("\n", " ")
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def named(value: object, limit: int = LONGEST_SHOWN) -> str:
    """A JSON value with its kind, for an error message: "the number 42", "the text 'a'", "a list", "null"."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int() | float():
            return f"the number {shortened(value, limit)}"
        case str():
            size = f" of {len(value)} characters" if len(value) > limit else ""
            return f"the text {shortened(value, limit)}{size}" if value else "empty text"
    if hasattr(value, "keys"):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else type(value).__name__


_NO_TOKENS = {
    r"a\.a?\.a\.a\.a": ": it is encrypted (JWE)",
    "a": ": it is an opaque token",
    r"a=*\.a=*\.a=*": ": it is padded with '='",
}


def not_compact(text: str) -> str:
    """The error message for a text that is not in compact form. It names an encrypted, an opaque and a padded token."""
    rule = "A token must be three parts of base64url with a dot between them; this text is not"
    form = re.sub(r"[\w-]+", "a", text, flags=re.ASCII)
    return rule + next((kind for pattern, kind in _NO_TOKENS.items() if re.fullmatch(pattern, form)), "") + "."


def claim_in(claims: Mapping[str, object], name: str, more: str) -> str:
    """A claim for an error message: its name, its value and what to say `more` of it, or "no aud" if it is missing."""
    return f"{name} {shortened(claims[name])}{more}" if name in claims else f"no {name}"


def difference(value: object, expected: str) -> str:
    """How two names differ, as the end of a sentence, where a reader could overlook it. Empty if it is easily seen."""
    if not isinstance(value, str) or value == expected:
        return ""
    if value.rstrip("/") == expected.rstrip("/"):
        return "; they differ by a slash"
    if value.casefold() == expected.casefold():
        return "; they differ only in upper and lower case"
    if value.split("://")[1:] == expected.split("://")[1:] != []:
        return "; they differ only in http and https"
    if len(value) <= LONGEST_SHOWN and len(expected) <= LONGEST_SHOWN:
        return ""
    at = next((i for i, pair in enumerate(zip(value, expected, strict=False)) if len({*pair}) > 1), len(expected))
    here, there = shortened(value[at:], 30), shortened(expected[at:], 30)
    return f"; from character {at + 1} on, one has {here} and the other {there}"


def human_time(seconds: float) -> str:
    """A time as text, such as `2014-11-25 15:25:09 UTC`, or a number of seconds if no date can show the time."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{seconds:g} s, beyond the calendar"


def human_span(seconds: float) -> str:
    """A length of time as text, in a unit that suits the length: `45 s`, `60 min`, `2 h`, `30 days`."""
    size, units = abs(seconds), (("days", 86400), ("h", 3600), ("min", 60))
    for unit, length in units:
        if (size >= 2 * length and size % length == 0) or size >= 10 * length:
            return f"{size / length:.0f} {unit}"
    return f"{size:.0f} s"


def needs_extra(what: str, extra: str) -> str:
    """The message if `what` needs a package that is not installed. The message names the extra that installs it."""
    return (
        f"{what} needs the extra '{extra}'. Nothing is published yet, so install it from a checkout of scopekit: "
        f"python -m pip install '.[{extra}]'."
    )


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 scope", "2 scopes". Pass an irregular plural as `many`, as for "2 entries"."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def closest(name: object, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most similar to `name`, or None if no known name is similar enough."""
    from difflib import get_close_matches  # slow to import, and only needed after a mistake

    names = list(known)
    same = [each for each in names if each.casefold() == str(name).casefold()]
    return next(iter(same or get_close_matches(str(name), names, n=1, cutoff=cutoff)), None)


def no_such(sentence: str, name: object, known: Iterable[str], otherwise: str = "") -> str:
    """An error message with the unknown name and a guess: "The API has no call 'x'; did you mean 'y'?".

    If no known name is close enough to guess, `otherwise` replaces the guess.
    """
    close = closest(name, known)
    hint = f"; did you mean {close!r}?" if close else f"; {otherwise}" if otherwise else "."
    return f"{sentence} {shortened(name)}{hint}"


def one_of(what: str, name: object, known: Iterable[str]) -> str:
    """The error message for an unknown name: "A check must be one of a, b; found 'c'; did you mean 'b'?"."""
    names = tuple(known)
    return no_such(f"{what} must be one of {', '.join(names)}; found", name, names)
