"""How findings and rules look: as text, as static HTML, and as a report of their own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from scopekit.show.markdown import code
from scopekit.show.pages import whole_page
from scopekit.show.pieces import LEFT, header_row, page, soft

if TYPE_CHECKING:
    from scopekit.survey.lint import Finding, Findings, Rules

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
    told = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts if count]
    return ", ".join(told) or "nothing found"
