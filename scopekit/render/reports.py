"""How a document looks: what it holds in a line, its calls with what each needs, and what was left out.

How findings and rules look: as text, as static HTML, and as a report of their own.

How the denial by somebody else's API looks: its steps, and the well-known complaints that fit.

How advice about scopes looks: as text, and as static HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from scopekit.audit import Call, Denial, Document
from scopekit.audit.exposure import BlastRadius, OverGrant, SessionAdvice
from scopekit.audit.least import LeastScopes
from scopekit.audit.lint import Finding, Findings, Rules
from scopekit.clock import human_span
from scopekit.display import register
from scopekit.errors import counted
from scopekit.render.decoded import decision_html
from scopekit.render.markup import LEFT, code, header_row, page, soft, whole_page
from scopekit.scopes import Scopes

SHOWN = 20
"""How many calls of a document are shown, and how many of the operations left out."""


def document_line(document: Document) -> str:
    """What a document is and holds, in a line."""
    counts = (
        (document.operations, "operation"), (len(document.calls), "call"), (len(document.vocabulary), "scope"),
    )  # fmt: skip
    told = ", ".join(counted(count, word) for count, word in counts)
    where = document.base_url or "an address that it does not tell"
    return f"{document.title} at {where}: {told}, {len(document.left_out)} left out"


def document_text(document: Document) -> str:
    """A line on the whole document, then its calls with what each needs, and what was left out, the first of each."""
    calls = document.calls[:SHOWN]
    width = max((len(str(call)) for call in calls), default=0)
    lines = [f"  {call!s:{width}}  {_needs(call)}" for call in calls] + _rest("  ", document.calls)
    left = [f"  {one}" for one in document.left_out[:SHOWN]] + _rest("  ", document.left_out)
    return "\n".join([document_line(document), *lines, *(["left out", *left] if left else [])])


def document_html(document: Document) -> str:
    """The same, as a table of calls and one of what was left out."""
    calls = "".join(
        f"<tr><th {LEFT} scope='row'>{escape(call.name)}</th>"
        f"<td {LEFT}><code class='path'>{escape(str(call))}</code></td><td {LEFT}>{escape(_needs(call))}</td></tr>"
        for call in document.calls[:SHOWN]
    )
    left = "".join(
        f"<tr><th {LEFT} scope='row'><code class='path'>{escape(one.operation)}</code></th>"
        f"<td {LEFT}>{escape(one.reason)}</td></tr>"
        for one in document.left_out[:SHOWN]
    )
    more = "".join(f"<p class='soft'>{line}</p>" for line in _rest("", document.calls))
    tables = f"<table>{header_row('name', 'call', 'needs')}<tbody>{calls}</tbody></table>{more}"
    if left:
        more = "".join(f"<p class='soft'>{line}</p>" for line in _rest("", document.left_out))
        tables += f"<table>{header_row('left out', 'why')}<tbody>{left}</tbody></table>{more}"
    return page(f"<p><b>{escape(document_line(document))}</b></p>{tables}")


def _needs(call: Call) -> str:
    """What a call needs, in a few words."""
    needed = "no token" if call.public else "not told" if call.requirement is None else str(call.requirement)
    return f"{needed}, depending on the request" if call.conditional else needed


def _rest(indent: str, listed: Sequence[object]) -> list[str]:
    return [f"{indent}and {len(listed) - SHOWN} more"] if len(listed) > SHOWN else []


MARKS = {"error": "✗", "warning": "!", "note": "-"}
MANY = 8
"""How many places of one rule are printed; a page and JSON have them all."""


def findings_text(findings: Findings) -> str:
    """A paragraph for each rule that is broken: what is wrong, where, what to do, and by which clause."""
    lines = []
    for _, group in groupby(findings, key=lambda one: one.id):
        found = list(group)
        first = found[0]
        lines.append(f"{MARKS[first.severity]} {first.severity:7}  {first.id}  {first.says}")
        lines += [f"{'':11}{one}" for one in found[:MANY]]
        lines += [f"{'':11}and {len(found) - MANY} more"] if len(found) > MANY else []
        lines.append(f"{'':11}{first.fix} {first.clause}")
    return "\n".join([*lines, _summary(findings)])


def findings_html(findings: Findings) -> str:
    """The findings as a table, all of them."""
    return page(_table(findings))


def findings_page(findings: Findings, subject: str) -> str:
    """The findings as a whole page in one file; `subject` says what was looked at."""
    return whole_page(f"Lint: {subject}", subject, _table(findings))


def findings_markdown(findings: Findings, subject: str) -> str:
    """The findings as Markdown, all of them: a heading for each rule that is broken, and its places as a list."""
    parts = ["# Lint", f"{code(subject)}: {_summary(findings)}."]
    for _, group in groupby(findings, key=lambda one: one.id):
        found = list(group)
        first = found[0]
        parts.append(f"## {MARKS[first.severity]} {first.severity}: {first.id}")
        parts.append(f"{first.says} {first.fix} ({first.clause})")
        parts.append("\n".join(f"- {code(str(one))}" for one in found))
    return "\n\n".join(parts) + "\n"


def rules_text(rules: Rules) -> str:
    """A line for each rule."""
    width = max((len(rule.id) for rule in rules), default=0)
    return "\n".join(f"{rule.id:{width}}  {rule.severity:7}  {rule.says} {rule.clause}" for rule in rules)


def rules_html(rules: Rules) -> str:
    """The rules as a table."""
    rows = "".join(_cells([rule.id, rule.severity, rule.says, rule.fix, rule.clause]) for rule in rules)
    head = header_row("rule", "severity", "what is wrong", "what to do", "clause")
    return page(f"<table>{head}<tbody>{rows}</tbody></table>")


def _table(findings: Findings) -> str:
    rows = "".join(_row(one) for one in findings)
    head = header_row("severity", "rule", "where", "what is wrong, and what to do", "clause")
    return f"<table><caption>{escape(_summary(findings))}</caption>{head}<tbody>{rows}</tbody></table>"


def _row(one: Finding) -> str:
    kind = "failed" if one.severity == "error" else "off" if one.severity == "warning" else "soft"
    mark = f"<span class='verdict mark {kind}'>{MARKS[one.severity]} {one.severity}</span>"
    return (
        f"<tr><td {LEFT}>{mark}</td><th {LEFT} scope='row'><code>{escape(one.id)}</code></th>"
        f"<td {LEFT}>{escape(one.place)}{soft(one.found)}</td><td {LEFT}>{escape(one.says)}{soft(one.fix)}</td>"
        f"<td {LEFT} class='soft'>{escape(one.clause)}</td></tr>"
    )


def _cells(texts: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td {LEFT}>{escape(text)}</td>' for text in texts)}</tr>"


def _summary(findings: Findings) -> str:
    counts = [(name, sum(one.severity == name for one in findings)) for name in MARKS]
    told = [counted(count, name) for name, count in counts if count]
    return ", ".join(told) or "nothing found"


_UNVERIFIED = "What the token says of itself is NOT VERIFIED: anyone may have written it."


def denial_text(denial: Denial) -> str:
    """A denial's steps, then the well-known complaints that fit, and that nothing of it is verified."""
    lines = [repr(denial.decision)]
    for each in denial.diagnoses:
        lines += [f"  {each.id}: {each.sentence}", f"      {each.fix} ({each.source})"]
    return "\n".join([*lines, _UNVERIFIED])


def denial_html(denial: Denial) -> str:
    """A denial as the table of its steps and a list of the complaints that fit."""
    items = "".join(
        f"<li><code>{escape(each.id)}</code>: {escape(each.sentence)}{soft(f'{each.fix} ({each.source})')}</li>"
        for each in denial.diagnoses
    )
    return decision_html(denial.decision) + f"<div class='scopekit'><ul>{items}</ul><p>{_UNVERIFIED}</p></div>"


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
    count = counted(least.capabilities, "capability", "capabilities")
    opens = counted(len(least.requirements), "requirement")
    head = f"{count} open {opens}; {sure}{more}"
    return [(head, [_written(each) for each in least.sets]), *_if("nothing allowed opens", map(str, least.unopened))]


def _over_grant(grant: OverGrant) -> list[Block]:
    lines = [f"{name}: {_instead(name, parts)}" for name, parts in grant.instead]
    spare = counted(len(grant.spare), "capability", "capabilities")
    sure = "" if grant.least.proven else " (not proven to be the smallest)"
    head = f"{_written(grant.held)} is more than is needed by {spare}" if grant.spare else "nothing held is to spare"
    unopened = _if("not opened by what is held", map(str, grant.least.unopened))
    return [(head, lines), (f"enough: {_written(grant.enough)}{sure}", ()), *unopened]


def _instead(name: str, parts: Scopes) -> str:
    return "not needed" if not parts else "needed" if parts == (name,) else f"{_written(parts)} would do"


def _blast(blast: BlastRadius) -> list[Block]:
    names = {"read": "read", "write": "write", "deletion": "deletion"}
    counts = ", ".join(counted(len(blast.of(kind)), name) for kind, name in names.items())  # type: ignore[arg-type]
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


register(Document, document_text, document_html)
register(Findings, findings_text, findings_html)
register(Rules, rules_text, rules_html)
register(Denial, denial_text, denial_html)
register(LeastScopes, least_text, least_html)
register(OverGrant, over_grant_text, over_grant_html)
register(BlastRadius, blast_text, blast_html)
register(SessionAdvice, session_text, session_html)
