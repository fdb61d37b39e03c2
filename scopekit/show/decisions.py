"""How a decision looks: the verdict, and each step with what it found."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from scopekit.show.pieces import LEFT, MARKS, header_row, mark, page, soft

if TYPE_CHECKING:
    from scopekit.decision import Decision


def decision_text(decision: Decision) -> str:
    """The verdict of a decision, and its steps if it has them."""
    width = max((len(step.check) for step in decision.steps), default=0)
    lines = [_verdict_line(decision)]
    for number, step in enumerate(decision.steps, 1):
        lines.append(f"{number:>3} {MARKS[step.verdict]} {step.check:{width}}  {step.verdict:7}  {step.found}")
        if step.verdict == "failed":
            lines.append(f"{'':{width + 8}}{step.rule}. {step.fix}")
    return "\n".join(lines)


def decision_html(decision: Decision) -> str:
    """A decision as a table of its steps."""
    body = "".join(
        f"<tr><td {LEFT} class='part'>{number}</td><th {LEFT} scope='row'>{step.check}</th>"
        f"<td {LEFT}>{mark(step.verdict)}</td><td {LEFT}>{escape(step.found)}{soft(step.fix)}</td>"
        f"<td {LEFT} class='soft'>{escape(step.looked_at)}</td><td {LEFT} class='soft'>{escape(step.rule)}</td></tr>"
        for number, step in enumerate(decision.steps, 1)
    )
    names = header_row("no.", "check", "verdict", "what it found", "looked at", "rule")
    table = f"<table>{names}<tbody>{body}</tbody></table>"
    return page(f"<p><b>{escape(_verdict_line(decision))}</b></p>" + (table if decision.steps else ""))


def _verdict_line(decision: Decision) -> str:
    off = f" (CHECKS OFF: {', '.join(decision.off)})" if decision.off else ""
    if decision.allowed:
        return f"{MARKS['allowed']} allowed{off}"
    code = f" {decision.error}" if decision.error else ""
    by = f" by the check {decision.check}" if decision.check else ""  # an answer from outside may not show which
    return f"{MARKS['denied']} denied{by}: {decision.status}{code}. {decision.description}{off}"
