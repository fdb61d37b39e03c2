"""Renders the results of the audit's tools: documents, findings, lint rules, diagnoses, and advice about scopes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from scopekit.audit import BlastRadius, Call, Diagnosis, Document, Findings, LeastScopes, OverGrant, SessionAdvice
from scopekit.audit.exposure import KINDS
from scopekit.audit.lint import Finding, Rules
from scopekit.display import register
from scopekit.render.audit import call_in_full
from scopekit.render.core import decision_html
from scopekit.render.markdown import markdown_code
from scopekit.render.markup import (
    Block,
    Blocks,
    Markup,
    aligned,
    heading,
    listing,
    page,
    paragraph,
    row,
    soft,
    table,
    tag,
    verdict,
    view_of,
    whole_page,
)
from scopekit.scopes import Scopes
from scopekit.wording import counted, human_span

SHOWN = 20
"""The view of a document shows at most this many calls, and at most this many operations that were left out."""


# A document


def document_line(document: Document) -> str:
    """One line about a document: its title, its address, and how many operations, calls and scopes it has."""
    counts = {"operation": document.operations, "call": len(document.calls), "scope": len(document.vocabulary)}
    holds = ", ".join(counted(count, word) for word, count in counts.items())
    where = document.base_url or "an unnamed address"
    return f"{document.title} at {where}: {holds}, {len(document.left_out)} left out"


@view_of(Document)
def document_view(document: Document) -> Blocks:
    """Shows a document: its summary line, its first calls with their scopes, and the first left-out operations."""
    yield heading(document_line(document))
    calls, left_out = document.calls[:SHOWN], document.left_out[:SHOWN]
    rows = [row(call.name, tag.code(str(call), class_="path"), _needs(call)) for call in calls]
    lines = aligned([(call, _needs(call)) for call in calls], "  ")
    yield Block("\n".join(lines) if lines else None, table(("name", "call", "needs"), rows))
    yield _rest(document.calls)
    if left_out:
        rows = [row(tag.code(each.operation, class_="path"), each.reason) for each in left_out]
        lines = [f"  {each}" for each in left_out]
        yield Block("\n".join(["left out", *lines]), table(("left out", "why"), rows))
        yield _rest(document.left_out)


def _needs(call: Call) -> str:
    """Says what a call needs: the scopes, `no token` or `not documented`."""
    needed = "no token" if call.public else "not documented" if call.requirement is None else str(call.requirement)
    return f"{needed}, depending on the request" if call.conditional else needed


def _rest(listed: Sequence[object]) -> Block:
    more = f"and {len(listed) - SHOWN} more"
    return Block(f"  {more}", tag.p(more, class_="soft")) if len(listed) > SHOWN else Block(None, Markup())


# Findings


SEVERITY_MARKS = {"error": "✗", "warning": "!", "note": "-"}
MANY = 8
"""The text prints at most this many places for one broken rule. The page and JSON have all places."""


def findings_text(findings: Findings) -> str:
    """The findings as text. For each broken rule, a paragraph says what is wrong, in which places, and what to do."""
    lines = []
    for first, group in _by_rule(findings):
        lines.append(f"{SEVERITY_MARKS[first.severity]} {first.severity:7}  {first.id}  {first.says}")
        lines += [f"{'':11}{one}" for one in group[:MANY]]
        lines += [f"{'':11}and {len(group) - MANY} more"] if len(group) > MANY else []
        lines.append(f"{'':11}{first.fix} {first.clause}")
    return "\n".join([*lines, findings_summary(findings)])


def _by_rule(findings: Findings) -> Iterator[tuple[Finding, list[Finding]]]:
    """Yields a pair for each broken rule: its first finding, and the list of all its findings."""
    for _, group in groupby(findings, key=lambda one: one.id):
        same_rule = list(group)
        yield same_rule[0], same_rule


def findings_summary(findings: Findings) -> str:
    """Says how many errors, warnings and notes there are."""
    counts = [(sum(one.severity == name for one in findings), name) for name in SEVERITY_MARKS]
    return ", ".join(counted(count, name) for count, name in counts if count) or "nothing found"


def findings_table(findings: Findings) -> Markup:
    """All findings as an HTML table."""
    kinds = {"error": "failed", "warning": "off", "note": "soft"}
    rows = [
        row(
            verdict(f"mark {kinds[one.severity]}", f"{SEVERITY_MARKS[one.severity]} {one.severity}"), tag.code(one.id),
            [one.place, soft(one.found)], [one.says, soft(one.fix)], one.clause,
            head=1, classes=("", "", "", "", "soft"),
        )
        for one in findings
    ]  # fmt: skip
    columns = "severity", "rule", "where", "what is wrong, and what to do", "clause"
    return table(columns, rows, findings_summary(findings))


def findings_page(findings: Findings, subject: str) -> str:
    """The findings as a complete HTML page in one file. `subject` names what was checked."""
    return whole_page(f"Lint: {subject}", subject, findings_table(findings))


def findings_markdown(findings: Findings, subject: str) -> str:
    """All findings as Markdown: a heading for each broken rule, with a list of the places that break it."""
    parts = ["# Lint", f"{markdown_code(subject)}: {findings_summary(findings)}."]
    for first, group in _by_rule(findings):
        parts.append(f"## {SEVERITY_MARKS[first.severity]} {first.severity}: {first.id}")
        parts.append(f"{first.says} {first.fix} ({first.clause})")
        parts.append("\n".join(f"- {markdown_code(str(one))}" for one in group))
    return "\n\n".join(parts) + "\n"


register(Findings, findings_text, lambda findings: page(findings_table(findings)))


@view_of(Rules)
def rules_view(rules: Rules) -> Blocks:
    """Shows the lint rules: as text with one line for each rule, or as an HTML table."""
    columns = "rule", "severity", "what is wrong", "what to do", "clause"
    rows = [row(rule.id, rule.severity, rule.says, rule.fix, rule.clause) for rule in rules]
    lines = aligned([(rule.id, f"{rule.severity:7}", f"{rule.says} {rule.clause}") for rule in rules])
    yield Block("\n".join(lines), table(columns, rows))


# The diagnosis of an API's response


@view_of(Diagnosis)
def diagnosis_view(diagnosis: Diagnosis) -> Blocks:
    """Shows the steps of a diagnosis, the well-known mistakes it found, and a note that the token is not verified."""
    yield Block(repr(diagnosis.decision), decision_html(diagnosis.decision))
    lines, items = [], []
    for each in diagnosis.complaints:
        lines += [f"  {each.id}: {each.sentence}", f"      {each.fix} ({each.source})"]
        items.append(tag.li(tag.code(each.id), f": {each.sentence}", soft(f"{each.fix} ({each.source})")))
    yield Block("\n".join(lines) if lines else None, tag.ul(items))
    yield paragraph("What the token says of itself is NOT VERIFIED: anyone may have written it.")


# Advice about scopes


@view_of(LeastScopes)
def least_scopes_view(least: LeastScopes) -> Blocks:
    """Shows the smallest sets of scopes that satisfy the requirements, and whether no smaller set can exist."""
    sure = "there is nothing smaller" if least.proven else "not proven to be the smallest: the search stopped"
    more = "" if least.complete else " (there may be more of that size)"
    count = counted(least.capabilities, "capability", "capabilities")
    opens = counted(len(least.requirements), "requirement")
    yield listing(f"{count} open {opens}; {sure}{more}", map(_written, least.sets))
    yield listing("not opened by any allowed scope", map(str, least.unopened), needed=False)


@view_of(OverGrant)
def over_grant_view(grant: OverGrant) -> Blocks:
    """Shows how much more a token's scopes grant than is needed, and what could replace each scope."""
    spare = counted(len(grant.spare), "capability", "capabilities")
    head = f"{_written(grant.held)} grants {spare} more than needed" if grant.spare else "everything held is needed"
    instead = [
        f"{name}: {'not needed' if not parts else 'needed' if parts == (name,) else f'{_written(parts)} would do'}"
        for name, parts in grant.instead
    ]
    yield listing(head, instead)
    yield heading(f"enough: {_written(grant.enough)}{'' if grant.least.proven else ' (not proven to be the smallest)'}")
    yield listing("not opened by what is held", map(str, grant.least.unopened), needed=False)


@view_of(BlastRadius)
def blast_radius_view(blast: BlastRadius) -> Blocks:
    """Shows which calls a token opens, for how long, and how many of them would stay open without each scope."""
    counts = ", ".join(counted(len(blast.of(kind)), kind) for kind in KINDS)
    total = len(blast.opened) + blast.closed
    head = f"{_written(blast.held)} opens {len(blast.opened)} of {total} calls: {counts}{_time(blast)}"
    lines = [head]
    for kind in KINDS:
        lines += [f"{kind}s", *(f"  {one.call.name} ({one.call}), by {_by(one.by)}" for one in blast.of(kind))]
    rows = [row(one.kind, call_in_full(one.call), _by(one.by), head=1, classes=("part",)) for one in blast.opened]
    yield Block("\n".join(lines), table(("kind", "call", "opened by"), rows, head))
    costs = f"without the scope that costs most, {blast.costliest}" if blast.costliest else "without any one scope"
    yield listing(costs, [f"{name}: {left} of {len(blast.opened)} left" for name, left in blast.left])
    yield listing("calls whose requirements are not documented", map(str, blast.undocumented), needed=False)


def _by(names: Scopes) -> str:
    return " or ".join(names) if names else "any valid token"


def _time(blast: BlastRadius) -> str:
    if blast.ends is None:
        return ""
    if blast.seconds_left is None:
        return "; for ever"
    return f"; for {human_span(blast.seconds_left)}" if blast.seconds_left else "; it has ended"


@view_of(SessionAdvice)
def session_view(advice: SessionAdvice) -> Blocks:
    """Shows the fewest scopes that a recorded session needs, its calls, and the requests that are not documented."""
    yield from least_scopes_view(advice.least)
    calls = [
        f"{count} x {call.name} ({call.method} {call.template}): {call.requirement or 'not documented'}"
        for call, count in advice.calls
    ]
    yield listing("calls made", calls)
    ambiguous, undocumented = ([call.name for call in calls] for calls in (advice.ambiguous, advice.undocumented))
    yield listing("ambiguous requests: all these calls are counted", ambiguous, needed=False)
    yield listing("calls whose requirements are not documented", undocumented, needed=False)
    unmatched = [f"{count} x {text}" for text, count in advice.unmatched]
    yield listing("undocumented requests", unmatched, needed=False)


def _written(names: Scopes) -> str:
    return " ".join(names) or "no scope"
