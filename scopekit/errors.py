"""The errors: one class for each thing that a person can do wrong.

    ScopeKitError
    ├── ScopeError            text that is not a scope, a notation or a requirement, or a claim without scopes
    ├── VocabularyError       scopes that imply each other in a circle, or a scope unknown here
    ├── KeyRefused            a key that is too short, of the wrong kind, or in a set twice
    ├── KeysUnavailable       a remote key set that cannot be fetched, while no earlier one is still trusted
    ├── TokenError            text that is not a token in strict form, or claims that cannot be minted
    ├── PolicyError           a guard with settings that are not safe
    ├── StoreError            a denylist that cannot be used
    │   ├── StoreMissing          the denylist does not exist, and `create=True` was not given
    │   └── StoreUnavailable      the denylist exists but does not answer: it is locked, corrupt or gone
    ├── DocumentError         an API document, or an API's answer, that cannot be read
    ├── InputError            a file, a folder, an address or an option that a command or an audit cannot use
    └── LabError              a call or a Lab that does not exist

Each error says what was needed and what was found, keeps its evidence in attributes, and never holds a secret or a
whole token.
"""

from __future__ import annotations

from collections.abc import Iterable


class ScopeKitError(Exception):
    """The root: `except ScopeKitError` catches every error that the kit raises for a person's mistake."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: one sentence and no traceback, because the mistake is not in the kit's files."""
        return [f"{type(self).__name__}: {self}"]


class ScopeError(ScopeKitError):
    """Text that is not a scope, a notation or a requirement, or a claim without scopes; `value` is what was found."""

    def __init__(self, message: str, value: object = None) -> None:
        super().__init__(message)
        self.value = value


class VocabularyError(ScopeKitError):
    """Scopes that imply each other in a circle, or a scope that this vocabulary does not know."""


class KeyRefused(ScopeKitError):
    """A key that is too short, of the wrong kind, or in a set twice."""


class KeysUnavailable(ScopeKitError):
    """A remote key set that cannot be fetched, while no earlier one is still trusted."""


class TokenError(ScopeKitError):
    """Text that is not a token in strict form, or claims that cannot be minted."""


class PolicyError(ScopeKitError):
    """A guard with settings that are not safe."""


class StoreError(ScopeKitError):
    """The denylist cannot be used."""


class StoreMissing(StoreError):
    """The denylist does not exist, and `create=True` was not given."""


class StoreUnavailable(StoreError):
    """The denylist exists but does not answer: it is locked, corrupt or gone."""


class DocumentError(ScopeKitError):
    """An API document, or an API's answer, that cannot be read."""


class InputError(ScopeKitError):
    """A file, a folder, an address or an option that a command, an audit or the sample API cannot use."""


class LabError(ScopeKitError):
    """A call or a Lab that does not exist."""


def visible(text: str) -> str:
    """The text with unprintable characters escaped, because they could reorder a line or control a terminal."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def shortened(value: object, limit: int = 60) -> str:
    """The text of `value` for an error message: at most `limit` characters, all of them printable."""
    text = ascii(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def needs_extra(what: str, extra: str) -> str:
    """The error message when `what` needs a package that only an extra of the distribution installs."""
    return (
        f"{what} needs the extra '{extra}'. Nothing is published yet, so install it from a checkout of scopekit: "
        f"python -m pip install '.[{extra}]'."
    )


def counted(number: int, one: str, many: str = "") -> str:
    """A number and what it counts: "1 scope", "2 scopes"; `many` is an irregular plural, as in "2 entries"."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def closest(name: object, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that `name` was probably meant to be."""
    from difflib import get_close_matches  # slow to import, and only needed after a mistake

    return next(iter(get_close_matches(str(name), list(known), n=1, cutoff=cutoff)), None)


def no_such(sentence: str, name: object, known: Iterable[str], otherwise: str = "") -> str:
    """The sentence, the unknown name and a guess: "The API has no call 'x'; did you mean 'y'?".

    `otherwise` takes the place of the guess if no known name is close.
    """
    close = closest(name, known)
    hint = f"; did you mean {close!r}?" if close else f"; {otherwise}" if otherwise else "."
    return f"{sentence} {shortened(name)}{hint}"


def one_of(what: str, name: object, known: Iterable[str]) -> str:
    """The error message for an unknown name: "A check is one of a, b; found 'c'; did you mean 'b'?"."""
    names = tuple(known)
    return no_such(f"{what} is one of {', '.join(names)}; found", name, names)
