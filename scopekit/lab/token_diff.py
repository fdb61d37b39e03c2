"""The differences between two tokens, for each name in their headers and claims, and the view that shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeGuard

from scopekit.display import Displayed
from scopekit.render.core import one_line
from scopekit.render.markup import Block, Blocks, paragraph, row, soft, table, tag, view_of
from scopekit.scopes import Scopes
from scopekit.tokens import TIME_NAMES, Claims, Token, is_numeric_date
from scopekit.wording import counted, human_span, human_time

Verdict = Literal["same", "changed", "only in the first", "only in the second"]


class Difference(NamedTuple):
    """One name in the header or claims, compared in two tokens. A value is None if its token lacks the name."""

    part: str
    name: str
    verdict: Verdict
    one: object = None
    other: object = None


@dataclass(frozen=True, slots=True, repr=False)
class TokenDiff(Displayed):
    """Compares two tokens: what is only in one, what changed, and what is the same.

    `Token.parse` parses an argument that is text. The tokens are not verified, and no token is shown in full.
    """

    one: Token
    other: Token

    def __init__(self, one: Token | str, other: Token | str) -> None:
        for name, token in (("one", one), ("other", other)):
            object.__setattr__(self, name, token if isinstance(token, Token) else Token.parse(token))

    @property
    def differences(self) -> tuple[Difference, ...]:
        """A Difference for each name in either token: header before claims, and names in the first token's order."""
        header = _compared("header", self.one.header, self.other.header)
        return (*header, *_compared("claims", self.one.claims, self.other.claims))

    @property
    def only_in_first(self) -> Scopes:
        """The scopes that only the first token has."""
        return tuple(scope for scope in self.one.scopes if scope not in self.other.scopes)

    @property
    def only_in_second(self) -> Scopes:
        """The scopes that only the second token has."""
        return tuple(scope for scope in self.other.scopes if scope not in self.one.scopes)

    @property
    def same_content(self) -> bool:
        """Whether the header and claims have the same bytes in both tokens. Signatures cover these bytes."""
        return self.one.signing_input == self.other.signing_input

    @property
    def same_signature(self) -> bool:
        """Whether both tokens have the same signature."""
        return self.one.signature == self.other.signature

    def __bool__(self) -> bool:
        """Whether the two tokens differ as text. Tokens with the same content can have different signatures."""
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
    """A value as JSON, for comparison: `true` differs from 1, and the order of an object's names does not matter."""
    return json.dumps(value, default=dict, sort_keys=True)


SIGNS = {"same": "=", "changed": "≠", "only in the first": "-", "only in the second": "+"}
"""The mark shown before each verdict."""


@view_of(TokenDiff)
def token_diff_view(diff: TokenDiff) -> Blocks:
    """Shows each name that differs between the tokens, then compares scopes and signatures. The HTML has all names."""
    changes, rows = [], []
    for each in diff.differences:
        name, later = one_line(each.name, 80), _later(each)
        absent = {"only in the second": 0, "only in the first": 1}.get(each.verdict)
        values = [value for number, value in enumerate((each.one, each.other)) if number != absent]
        if each.verdict != "same":
            values_text = " and ".join(map(one_line, values)) + (f", {later}" if later else "")
            changes.append((f"{each.part} {name}", f"{each.verdict}: {values_text}", SIGNS[each.verdict]))
        times = [human_time(value) if _is_time(value, each.name) else "" for value in values]
        cells: list[object] = [
            [tag.code(one_line(value)), soft(time)] for value, time in zip(values, times, strict=True)
        ]
        if later:
            cells[1] = [tag.code(one_line(each.other)), soft(f"{times[1]}, {later}")]
        if absent is not None:
            cells.insert(absent, tag.span("not there", class_="soft"))
        word = tag.span(f"{SIGNS[each.verdict]} {each.verdict}", class_="soft" if each.verdict == "same" else "verdict")
        rows.append(row(each.part, tag.code(name), word, *cells, head=1, classes=("soft part",), columns=COLUMNS))
    width = max((len(name) for name, _, _ in changes), default=0) + 2
    lines = ["two tokens", *(f"{sign} {name:{width}}{words}" for name, words, sign in changes)]
    same = counted(len(diff.differences) - len(changes), "name")
    names = "part", "name", "verdict", "first token", "second token"
    yield Block("\n".join([*lines, f"= {same} the same"]), table(names, rows, "Two tokens beside each other"))
    for sentence in (_scopes(diff), _signatures(diff)):
        yield paragraph(sentence, f"{sentence}.")


COLUMNS = ("", "", "", "first", "second")
"""The label of each column, which a narrow page shows inside the cells. Only the columns of values have labels."""


def _is_time(value: object, name: str) -> TypeGuard[float]:
    return name in TIME_NAMES and is_numeric_date(value)


def _later(each: Difference) -> str:
    """Says how much later or earlier the second token's time is. Empty unless the values are two different times."""
    one, other = each.one, each.other
    if not _is_time(one, each.name) or not _is_time(other, each.name) or one == other:
        return ""
    return f"{human_span(other - one)} {'later' if other > one else 'earlier'}"


def _scopes(diff: TokenDiff) -> str:
    first, second = " ".join(diff.only_in_first), " ".join(diff.only_in_second)
    lacking = [f"only in the first: {first}" if first else "", f"only in the second: {second}" if second else ""]
    return f"scopes {'; '.join(filter(None, lacking)) or 'the same in both'}"


def _signatures(diff: TokenDiff) -> str:
    sizes = f"{len(diff.one.signature)} and {len(diff.other.signature)} bytes"
    if not diff.same_signature:
        over = "the same content" if diff.same_content else "another content each"
        return f"signatures not the same, {sizes}, over {over}"
    if diff.same_content:
        return "signatures the same, over the same content"
    return f"signatures the same, {sizes}, over different content: with the same key, at most one of them can verify"
