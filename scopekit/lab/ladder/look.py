"""How a decision ladder looks: a rung for each check, and then the answer to the caller. Rungs can be unfolded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

from scopekit.decision import Decision
from scopekit.http import Answer
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.render.markup import Block, Blocks, Markup, join, mark, paragraph, style_sheet, tag, view_of

LONGEST = 90
"""The maximum length of a finding on a folded rung. An unfolded rung shows the whole finding."""

SHOWN_HEADERS = ("WWW-Authenticate", "Content-Type", "Cache-Control", "Retry-After", "ScopeKit-Checks-Off")

_STYLE = style_sheet("\n" + Path(__file__).with_name("ladder.css").read_text(encoding="utf-8"))


class Rung(NamedTuple):
    """One rung of a ladder, which shows what one check found; `decides` says whether this check refuses the call."""

    number: int
    check: str
    verdict: str
    found: str
    facts: tuple[tuple[str, str], ...]
    decides: bool


@view_of(DecisionLadder)
def ladder_view(ladder: DecisionLadder) -> Blocks:
    """The call and the token, the decision with a rung for each check, and the answer to the caller."""
    decision, wire = ladder.decision, ladder.wire(ladder.decision)
    yield paragraph(f"{ladder.call}, with {ladder.chosen}")
    yield Block(repr(decision), join(tag.p(tag.b(decision.verdict)), ladder_rungs(decision)))
    lines = "the call's own answer" if wire is None else wire_text(wire)
    yield Block(f"on the wire:\n{indent(lines, '  ')}", ladder_wire(decision, wire))


def rungs_of(decision: Decision) -> Iterator[Rung]:
    """A rung for each step of `decision`. Each `found` has at most `LONGEST` characters; `facts` are complete."""
    for number, step in enumerate(decision.steps, 1):
        decides = step.check == decision.check
        glance = step.found if len(step.found) <= LONGEST else step.found[: LONGEST - 1] + "…"
        facts = [("looked at", step.looked_at), ("rule", step.rule), ("found", step.found), ("cheapest fix", step.fix)]
        if decides:
            facts.append(("so", "this one decides; what comes after it is for whoever may see the token"))
        yield Rung(number, step.check, step.verdict, glance, tuple(fact for fact in facts if fact[1]), decides)


def ladder_rungs(decision: Decision) -> Markup:
    """The rungs of a decision as part of an HTML page. The rung of the check that refuses the call is unfolded."""
    rungs = []
    for rung in rungs_of(decision):
        head = (
            tag.b(f"{rung.number} {rung.check}"),
            " ",
            mark(rung.verdict),
            " ",
            tag.span(rung.found, class_="sk-found"),
        )
        facts = tag.dl([[tag.dt(name), tag.dd(text)] for name, text in rung.facts])
        folded = tag.details(tag.summary(tag.span(*head, class_="sk-rung")), facts, open=rung.decides)
        rungs.append(tag.li(folded, data_check=rung.check))
    return join(_STYLE, tag.ol(rungs, class_="sk-ladder", aria_label="the checks, in order"))


def ladder_wire(decision: Decision, wire: Answer | None) -> Markup:
    """Part of an HTML page: the answer to the caller, and the findings that the guard does not tell the caller."""
    passed_on = "Nothing by the guard: it lets the call through, which answers for itself."
    failed = [step for step in decision.steps if step.verdict == "failed"]
    lines = [f"that the check {step.check} says no as well: {step.found}" for step in failed[1:]]
    if failed:
        first = failed[0]
        lines = [f"what the check {first.check} found: {first.found}", f"the cheapest fix: {first.fix}", *lines]
    items = [tag.li(line, style="text-align:left") for line in lines]
    private = [tag.p(tag.b("What the guard keeps to itself")), tag.ul(items, class_="sk-kept")] if items else None
    answer = tag.p(passed_on) if wire is None else tag.pre(wire_text(wire))
    return join(_STYLE, tag.p(tag.b("What the caller is told")), answer, private)


def wire_text(wire: Answer) -> str:
    """An HTTP answer as text: the status, the headers of interest, and the body."""
    headers = wire.headers | {"Content-Type": wire.media_type}
    lines = [f"{name}: {headers[name]}" for name in SHOWN_HEADERS if name in headers]
    body = json.dumps(wire.body, indent=2, ensure_ascii=False)
    return "\n".join([f"{wire.status} {HTTPStatus(wire.status).phrase}", *lines, "", body])
