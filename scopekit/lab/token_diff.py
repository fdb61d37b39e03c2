"""What sets two tokens apart, a name at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from scopekit.scopes import Scopes
from scopekit.tokens import Claims, Token

Verdict = Literal["same", "changed", "only in the first", "only in the second"]


class Difference(NamedTuple):
    """One name of a header or of claims in two tokens; None stands where a token does not have it."""

    part: str
    name: str
    verdict: Verdict
    one: object = None
    other: object = None


@dataclass(frozen=True, slots=True, repr=False)
class TokenDiff:
    """Two tokens beside each other: what is only in one, what changed, and what is the same.

    Text is read strictly, as `Token.parse` does. Neither token is trusted, nor shown as a whole.
    """

    one: Token
    other: Token

    def __init__(self, one: Token | str, other: Token | str) -> None:
        for name, token in (("one", one), ("other", other)):
            object.__setattr__(self, name, token if isinstance(token, Token) else Token.parse(token))

    @property
    def differences(self) -> tuple[Difference, ...]:
        """A verdict for each name in either token, header first, in the order of the first token."""
        header = _compared("header", self.one.header, self.other.header)
        return (*header, *_compared("claims", self.one.claims, self.other.claims))

    @property
    def only_in_first(self) -> Scopes:
        """The scopes that the second token lacks."""
        return tuple(scope for scope in self.one.scopes if scope not in self.other.scopes)

    @property
    def only_in_second(self) -> Scopes:
        """The scopes that the first token lacks."""
        return tuple(scope for scope in self.other.scopes if scope not in self.one.scopes)

    @property
    def same_content(self) -> bool:
        """Whether the signatures are over the same bytes."""
        return self.one.signing_input == self.other.signing_input

    @property
    def same_signature(self) -> bool:
        """Whether both have the one signature."""
        return self.one.signature == self.other.signature

    def __bool__(self) -> bool:
        """Whether there is any difference, if only in how the same is written."""
        return self.one.text != self.other.text

    def __repr__(self) -> str:
        from scopekit.lab.diff_look import diff_text

        return diff_text(self)

    def _repr_html_(self) -> str:
        from scopekit.lab.diff_look import diff_html

        return diff_html(self)


def _compared(part: str, one: Claims, other: Claims) -> Iterator[Difference]:
    for name in (*one, *(name for name in other if name not in one)):
        verdict: Verdict = "same" if _json(one.get(name)) == _json(other.get(name)) else "changed"
        if name not in other:
            verdict = "only in the first"
        elif name not in one:
            verdict = "only in the second"
        yield Difference(part, name, verdict, one.get(name), other.get(name))


def _json(value: object) -> str:
    """A value as JSON, where `true` is not 1, and the order of an object's names means nothing."""
    return json.dumps(value, default=dict, sort_keys=True)
