"""How the denial by somebody else's API looks: its steps, and the well-known complaints that fit."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from scopekit.show.decisions import decision_html, decision_text
from scopekit.show.pieces import soft

if TYPE_CHECKING:
    from scopekit.survey import Denial

_UNVERIFIED = "What the token says of itself is NOT VERIFIED: anyone may have written it."


def denial_text(denial: Denial) -> str:
    """A denial's steps, then the well-known complaints that fit, and that nothing of it is verified."""
    lines = [decision_text(denial.decision)]
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
