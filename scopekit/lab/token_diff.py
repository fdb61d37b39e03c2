"""What sets two tokens apart, a name at a time, and how that looks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Literal, NamedTuple

from scopekit.clock import human_span, human_time
from scopekit.display import Displayed, register
from scopekit.errors import counted
from scopekit.render.decoded import one_line
from scopekit.render.markup import LEFT, column, header_row, page, soft
from scopekit.scopes import Scopes
from scopekit.tokens import TIME_NAMES, Claims, Token, is_numeric_date

Verdict = Literal["same", "changed", "only in the first", "only in the second"]


class Difference(NamedTuple):
    """One name of a header or of claims in two tokens; None stands where a token does not have it."""

    part: str
    name: str
    verdict: Verdict
    one: object = None
    other: object = None


@dataclass(frozen=True, slots=True, repr=False)
class TokenDiff(Displayed):
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


SIGNS = {"same": "=", "changed": "≠", "only in the first": "-", "only in the second": "+"}
"""The mark before each word."""


def diff_text(diff: TokenDiff) -> str:
    """A line for each name that is not the same in both, the number of those that are, scopes, and signatures."""
    changed = [each for each in diff.differences if each.verdict != "same"]
    width = max((len(f"{each.part} {one_line(each.name, 80)}") for each in changed), default=0) + 2
    lines = [
        f"{SIGNS[each.verdict]} {f'{each.part} {one_line(each.name, 80)}':{width}}{each.verdict}: {_values(each)}"
        for each in changed
    ]
    same = len(diff.differences) - len(changed)
    told = ("two tokens", *lines, f"= {counted(same, 'name')} the same", _scopes(diff), _signatures(diff))
    return "\n".join(told)


def diff_html(diff: TokenDiff) -> str:
    """A table with a row for each name, and two sentences."""
    body = "".join(
        f"<tr><td {LEFT} class='soft part'>{each.part}</td>"
        f"<th {LEFT} scope='row'><code>{escape(one_line(each.name, 80))}</code></th>"
        f"<td {LEFT}>{_word(each)}</td><td {LEFT}{column('first')}>{_cell(each, 'first')}</td>"
        f"<td {LEFT}{column('second')}>{_cell(each, 'second')}</td></tr>"
        for each in diff.differences
    )
    head = header_row("part", "name", "verdict", "first token", "second token")
    table = f"<table><caption>Two tokens beside each other</caption>{head}<tbody>{body}</tbody></table>"
    return page(f"{table}<p>{escape(_scopes(diff))}.</p><p>{escape(_signatures(diff))}.</p>")


def _word(each: Difference) -> str:
    kind = "soft" if each.verdict == "same" else "verdict"
    return f"<span class='{kind}'>{SIGNS[each.verdict]} {each.verdict}</span>"


def _cell(each: Difference, which: str) -> str:
    missing = {"first": "only in the second", "second": "only in the first"}[which]
    if each.verdict == missing:
        return "<span class='soft'>not there</span>"
    value = each.one if which == "first" else each.other
    later = _later(each) if which == "second" else ""
    return f"<code>{escape(one_line(value))}</code>{soft(', '.join(filter(None, (_time(each.name, value), later))))}"


def _values(each: Difference) -> str:
    if each.verdict == "only in the first":
        return one_line(each.one)
    if each.verdict == "only in the second":
        return one_line(each.other)
    later = _later(each)
    return f"{one_line(each.one)} and {one_line(each.other)}" + (f", {later}" if later else "")


def _time(name: str, value: object) -> str:
    return human_time(value) if name in TIME_NAMES and is_numeric_date(value) else ""


def _later(each: Difference) -> str:
    """How much later the second token's time is, where both are times and not the same."""
    one, other = each.one, each.other
    if each.name not in TIME_NAMES or not is_numeric_date(one) or not is_numeric_date(other) or one == other:
        return ""
    return f"{human_span(other - one)} {'later' if other > one else 'earlier'}"


def _scopes(diff: TokenDiff) -> str:
    first, second = " ".join(diff.only_in_first), " ".join(diff.only_in_second)
    told = [f"only in the first: {first}" if first else "", f"only in the second: {second}" if second else ""]
    return f"scopes {'; '.join(filter(None, told)) or 'the same in both'}"


def _signatures(diff: TokenDiff) -> str:
    sizes = f"{len(diff.one.signature)} and {len(diff.other.signature)} bytes"
    if not diff.same_signature:
        over = "the same content" if diff.same_content else "another content each"
        return f"signatures not the same, {sizes}, over {over}"
    if diff.same_content:
        return "signatures the same, over the same content"
    return f"signatures the same, {sizes}, over another content: with one key, one of them at most can verify"


register(TokenDiff, diff_text, diff_html)
