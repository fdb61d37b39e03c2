"""How a decision ladder looks: a rung for each check, the one that said no unfolded, and what the caller is told."""

from __future__ import annotations

import json
from html import escape
from http import HTTPStatus
from typing import NamedTuple

from scopekit.decision import Decision, Step
from scopekit.display import register
from scopekit.http import Answer
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.render.markup import LEFT, mark, page

LONGEST = 90
"""How much of what a check found is on a folded rung; unfolded it has all of it."""

TOLD = ("WWW-Authenticate", "Content-Type", "Cache-Control", "Retry-After", "ScopeKit-Checks-Off")

LADDER_CSS = """
.scopekit .sk-ladder { list-style: none; margin: 0 0 1em; padding: 0; }
.scopekit .sk-ladder > li { margin: 0; border-bottom: 1px solid var(--sk-line); }
.scopekit .sk-ladder summary { padding: 4px 2px; cursor: pointer; line-height: 1.4; }
.scopekit .sk-ladder summary:hover { background: var(--sk-back); }
.scopekit .sk-ladder summary:focus-visible { outline: 2px solid currentColor; outline-offset: -2px; }
.scopekit .sk-rung { display: inline-flex; flex-wrap: wrap; gap: 0 12px; width: calc(100% - 1.6em);
  vertical-align: top; }
.scopekit .sk-rung > b { flex: 0 0 8.5em; font-weight: 600; }
.scopekit .sk-rung > .verdict { flex: 0 0 5.5em; }
.scopekit .sk-rung > .sk-found { flex: 1 1 9em; min-width: 0; overflow-wrap: anywhere; }
.scopekit .sk-ladder dl { display: grid; grid-template-columns: max-content minmax(0, 1fr);
  gap: 2px 12px; width: auto; margin: 0 0 8px; padding: 4px 0 4px 1.2em; border-left: 3px solid var(--sk-line); }
.scopekit .sk-ladder dt { color: var(--sk-soft); font-weight: 400; margin: 0; float: none; width: auto; }
.scopekit .sk-ladder dd { margin: 0; padding: 0; float: none; width: auto; overflow-wrap: anywhere; }
.scopekit .sk-kept { padding-left: 1.4em; overflow-wrap: anywhere; }
"""

_STYLE = f"<style>{LADDER_CSS}</style>"


class Rung(NamedTuple):
    """A step of a decision as it is drawn; `decides` where it is the one that says no."""

    number: int
    check: str
    verdict: str
    found: str
    facts: tuple[tuple[str, str], ...]
    decides: bool


def ladder_text(ladder: DecisionLadder) -> str:
    """What was asked, the decision with its steps, and what goes out on the wire."""
    decision = ladder.decision
    asked = f"{ladder.call}, with {ladder.chosen}"
    wire = ladder.wire(decision)
    told = "the call's own answer" if wire is None else wire_text(wire)
    return f"{asked}\n{decision!r}\non the wire:\n{_indented(told)}"


def ladder_html(ladder: DecisionLadder) -> str:
    """The same, as a list that folds and unfolds without a script."""
    decision = ladder.decision
    asked = f"<p>{escape(ladder.call)}, with {escape(ladder.chosen)}</p>"
    verdict = f"<p><b>{escape(decision.verdict)}</b></p>"
    return page(asked + verdict + ladder_rungs(decision) + ladder_wire(decision, ladder.wire(decision)))


def rungs_of(decision: Decision) -> tuple[Rung, ...]:
    """The steps of a decision, what a rung says at a glance cut short, and all that it says unfolded."""
    return tuple(_rung(number, step, step.check == decision.check) for number, step in enumerate(decision.steps, 1))


def ladder_rungs(decision: Decision) -> str:
    """The steps of a decision, the one that decided unfolded; for a page that holds more."""
    rungs = "".join(map(_rung_html, rungs_of(decision)))
    return f"{_STYLE}<ol class='sk-ladder' aria-label='the checks, in order'>{rungs}</ol>"


def ladder_wire(decision: Decision, wire: Answer | None) -> str:
    """What the caller is told, and what the guard keeps to itself; for a page that holds more."""
    if wire is None:
        told = "<p>Nothing by the guard: it lets the call through, which answers for itself.</p>"
    else:
        told = f"<pre>{escape(wire_text(wire))}</pre>"
    kept = "".join(f"<li {LEFT}>{escape(line)}</li>" for line in _kept_back(decision))
    beneath = f"<p><b>What the guard keeps to itself</b></p><ul class='sk-kept'>{kept}</ul>" if kept else ""
    return f"{_STYLE}<p><b>What the caller is told</b></p>{told}{beneath}"


def wire_text(wire: Answer) -> str:
    """An answer as it goes out on the wire: status, headers, body."""
    headers = [f"{name}: {wire.headers[name]}" for name in TOLD if name in wire.headers]
    body = json.dumps(wire.body, indent=2, ensure_ascii=False)
    return "\n".join([f"{wire.status} {HTTPStatus(wire.status).phrase}", *headers, "", body])


def _rung(number: int, step: Step, decides: bool) -> Rung:
    found = step.found if len(step.found) <= LONGEST else step.found[: LONGEST - 1] + "…"
    facts = [("looked at", step.looked_at), ("rule", step.rule), ("found", step.found), ("cheapest fix", step.fix)]
    if decides:
        facts.append(("so", "this one decides; what comes after it is for whoever may see the token"))
    told = tuple((name, text) for name, text in facts if text)
    return Rung(number, step.check, step.verdict, found, told, decides)


def _rung_html(rung: Rung) -> str:
    told = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rung.facts)
    return (
        f"<li data-check='{rung.check}'><details{' open' if rung.decides else ''}><summary><span class='sk-rung'>"
        f"<b>{rung.number} {rung.check}</b> {mark(rung.verdict)} <span class='sk-found'>{escape(rung.found)}</span>"
        f"</span></summary><dl>{told}</dl></details></li>"
    )


def _kept_back(decision: Decision) -> list[str]:
    """What the steps found that the answer does not say."""
    failed = [step for step in decision.steps if step.verdict == "failed"]
    if not failed:
        return []
    first, *others = failed
    lines = [f"what the check {first.check} found: {first.found}", f"the cheapest fix: {first.fix}"]
    return lines + [f"that the check {step.check} says no as well: {step.found}" for step in others]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


register(DecisionLadder, ladder_text, ladder_html)
