"""How two tokens look beside each other."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from scopekit.clock import human_span, human_time
from scopekit.errors import counted
from scopekit.render.decoded import one_line
from scopekit.render.markup import LEFT, column, header_row, page, soft
from scopekit.tokens import TIME_NAMES, is_numeric_date

if TYPE_CHECKING:
    from scopekit.lab.token_diff import Difference, TokenDiff

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
