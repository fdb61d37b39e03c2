"""How advice about scopes looks: as text, and as static HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from scopekit.clock import human_span
from scopekit.show.pieces import LEFT, header_row, page

if TYPE_CHECKING:
    from scopekit.scopes import Scopes
    from scopekit.survey.advice import BlastRadius, OverGrant, SessionAdvice
    from scopekit.survey.advice.least import LeastScopes

Block = tuple[str, Sequence[str]]
"""A line, and the lines that belong to it."""


def least_text(least: LeastScopes) -> str:
    """The sets, what they open, and whether there is nothing smaller."""
    return _text(_least(least))


def least_html(least: LeastScopes) -> str:
    """The same, as a list."""
    return _html(_least(least))


def over_grant_text(grant: OverGrant) -> str:
    """What is held, and what of each scope is needed."""
    return _text(_over_grant(grant))


def over_grant_html(grant: OverGrant) -> str:
    """The same, as a list."""
    return _html(_over_grant(grant))


def blast_text(blast: BlastRadius) -> str:
    """How much is open and for how long, each open call, and what each scope costs."""
    return _text(_blast(blast))


def blast_html(blast: BlastRadius) -> str:
    """The same, with the open calls as a table."""
    rows = "".join(
        f"<tr><td {LEFT} class='part'>{one.kind}</td><th {LEFT} scope='row'>{escape(one.call.name)}<br>"
        f"<code class='soft path'>{escape(str(one.call))}</code></th><td {LEFT}>{escape(_by(one.by))}</td></tr>"
        for one in blast.opened
    )
    head, *rest = _blast(blast)
    names = header_row("kind", "call", "opened by")
    table = f"<table><caption>{escape(head[0])}</caption>{names}<tbody>{rows}</tbody></table>"
    return page(table + _lists(rest[3:]))


def session_text(advice: SessionAdvice) -> str:
    """The least scopes, the calls that they open, and what could not be told."""
    return _text(_session(advice))


def session_html(advice: SessionAdvice) -> str:
    """The same, as lists."""
    return _html(_session(advice))


def _least(least: LeastScopes) -> list[Block]:
    sure = "there is nothing smaller" if least.proven else "not proven to be the smallest: the search stopped"
    more = "" if least.complete else " (there may be more of that size)"
    count = _count(least.capabilities, "capability", "capabilities")
    opens = _count(len(least.requirements), "requirement")
    head = f"{count} open {opens}; {sure}{more}"
    return [(head, [_written(each) for each in least.sets]), *_if("nothing allowed opens", map(str, least.unopened))]


def _over_grant(grant: OverGrant) -> list[Block]:
    lines = [f"{name}: {_instead(name, parts)}" for name, parts in grant.instead]
    spare = _count(len(grant.spare), "capability", "capabilities")
    sure = "" if grant.least.proven else " (not proven to be the smallest)"
    head = f"{_written(grant.held)} is more than is needed by {spare}" if grant.spare else "nothing held is to spare"
    unopened = _if("not opened by what is held", map(str, grant.least.unopened))
    return [(head, lines), (f"enough: {_written(grant.enough)}{sure}", ()), *unopened]


def _instead(name: str, parts: Scopes) -> str:
    return "not needed" if not parts else "needed" if parts == (name,) else f"{_written(parts)} would do"


def _blast(blast: BlastRadius) -> list[Block]:
    names = {"read": "read", "write": "write", "deletion": "deletion"}
    counts = ", ".join(_count(len(blast.of(kind)), name) for kind, name in names.items())  # type: ignore[arg-type]
    total = len(blast.opened) + blast.closed
    head = f"{_written(blast.held)} opens {len(blast.opened)} of {total} calls: {counts}{_time(blast)}"
    kinds = [
        (f"{name}s", [f"{one.call.name} ({one.call}), by {_by(one.by)}" for one in blast.of(kind)])  # type: ignore[arg-type]
        for kind, name in names.items()
    ]
    without = [f"{name}: {left} of {len(blast.opened)} left" for name, left in blast.left]
    costs = f"without the scope that costs most, {blast.costliest}" if blast.costliest else "without any one scope"
    unknown = _if("not documented what they need", (str(call) for call in blast.undocumented))
    return [(head, ()), *kinds, (costs, without), *unknown]


def _time(blast: BlastRadius) -> str:
    if blast.ends is None:
        return ""
    if blast.seconds_left is None:
        return "; for ever"
    return f"; for {human_span(blast.seconds_left)}" if blast.seconds_left else "; it has ended"


def _session(advice: SessionAdvice) -> list[Block]:
    made = [f"{count} x {call.name} ({call.method} {call.template}): {call.requirement or 'not said'}"
            for call, count in advice.calls]  # fmt: skip
    unmatched = [f"{count} x {text}" for text, count in advice.unmatched]
    return [
        *_least(advice.least),
        ("calls made", made),
        *_if("one of these cases, so all were counted", (call.name for call in advice.ambiguous)),
        *_if("not documented what they need", (call.name for call in advice.undocumented)),
        *_if("requests that nothing documents", unmatched),
    ]


def _if(head: str, lines: Iterable[str]) -> list[Block]:
    found = list(lines)
    return [(head, found)] if found else []


def _text(blocks: Iterable[Block]) -> str:
    return "\n".join(line for head, lines in blocks for line in (head, *(f"  {each}" for each in lines)))


def _html(blocks: Iterable[Block]) -> str:
    return page(_lists(blocks))


def _lists(blocks: Iterable[Block]) -> str:
    parts = []
    for head, lines in blocks:
        items = "".join(f"<li {LEFT}>{escape(line)}</li>" for line in lines)
        parts.append(f"<p><b>{escape(head)}</b></p>" + (f"<ul>{items}</ul>" if items else ""))
    return "".join(parts)


def _written(names: Scopes) -> str:
    return " ".join(names) or "no scope"


def _by(names: Scopes) -> str:
    return " or ".join(names) if names else "any valid token"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
