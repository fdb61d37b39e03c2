"""How a guard's switches look: what is off, and a table of requests with the decisions of two guards side by side."""

from __future__ import annotations

from html import escape

from scopekit.checks import CHECKS
from scopekit.decision import MARKS, Decision
from scopekit.display import register
from scopekit.lab.switches.model import GuardSwitches, Tried
from scopekit.render.markup import mark, page, row, soft, stacked

WHOLE = "The running API keeps all its checks: these decisions are by copies of its guard."
GETS_IN = "gets in now"


def switches_text(switches: GuardSwitches) -> str:
    """What is off, and a line for each request."""
    lines = [banner(switches)]
    lines += [f"  {name}: {meant}" for name, meant in _mistakes(switches)]
    width = max(len(each.request.name) for each in switches.tried)
    for each in switches.tried:
        whole = f"{_verdict(each.whole)}{_by(each.whole)}"
        lines.append(f"{each.request.name:{width}}  {whole:24} {_weakened(each)}".rstrip())
    return "\n".join([*lines, WHOLE])


def switches_html(switches: GuardSwitches) -> str:
    """The same, as a list of the checks and a table."""
    kind = "off" if switches.off else "passed"
    head = f"<p><span class='verdict {kind}'>{escape(banner(switches))}</span></p>"
    return page(head + _checks(switches) + switches_table(switches))


def banner(switches: GuardSwitches) -> str:
    """What is off, in words, and how much gets in."""
    if not switches.off:
        return f"{MARKS['passed']} All {len(CHECKS)} checks are on: none of the bad requests gets in."
    getting_in = sum(each.gets_in for each in switches.tried)
    bad = sum(not each.request.good for each in switches.tried)
    return f"{MARKS['off']} CHECKS OFF: {', '.join(switches.off)}. {getting_in} of {bad} bad requests get in."


def switches_table(switches: GuardSwitches) -> str:
    """The requests, with the decisions over each; for a page that holds more."""
    off = f"without {', '.join(switches.off)}" if switches.off else "no check is off"
    names = ("request", "the whole guard", off)
    rows = [_row(names, each) for each in switches.tried]
    caption = f"Requests for a call that needs {switches.needed}"
    return f"{stacked(caption, names, rows)}<p class='soft'>{WHOLE}</p>"


def meaning(switches: GuardSwitches, check: str) -> str:
    """A check's rule, and where it is off what that means; for a page that holds more."""
    rule = next(each.rule for each in CHECKS if each.name == check)
    if switches[check]:
        return f"<small class='soft'>{escape(rule)}</small>"
    told = dict(_mistakes(switches))[check]
    return f"<small><span class='verdict off'>{MARKS['off']} off</span>: {escape(told)}</small>"


def _checks(switches: GuardSwitches) -> str:
    items = "".join(
        f"<li>{'☑' if switches[each.name] else '☐'} {number} {each.name} {meaning(switches, each.name)}</li>"
        for number, each in enumerate(CHECKS, 1)
    )
    return f"<ul aria-label='checks' style='list-style-type:none; padding:0; columns:22em'>{items}</ul>"


def _row(names: tuple[str, ...], each: Tried) -> str:
    request, whole, weakened = each
    head = f"{escape(request.name)}<br><small class='soft'>{escape(request.what)}</small>"
    first = f"{mark(_verdict_word(whole))}{soft(_by(whole).strip())}"
    if each.gets_in:
        told = f"<b class='verdict off'>{MARKS['off']} {GETS_IN}</b>{soft(f'{request.kept_out_by} is off')}"
    else:
        told = f"{mark(_verdict_word(weakened))}{soft(_by(weakened).strip())}"
    return row(names, (head, first, told), data=f"data-request='{escape(request.name)}'", alarm=each.gets_in)


def _weakened(each: Tried) -> str:
    if each.gets_in:
        return f"{MARKS['off']} {GETS_IN}: {each.request.kept_out_by} is off"
    return f"{_verdict(each.weakened)}{_by(each.weakened)}" if each.weakened.off else ""


def _mistakes(switches: GuardSwitches) -> list[tuple[str, str]]:
    from scopekit.lab.switches.model import MISTAKES

    return [(name, MISTAKES[name]) for name in switches.off]


def _verdict(decision: Decision) -> str:
    return f"{MARKS[_verdict_word(decision)]} {_verdict_word(decision)}"


def _verdict_word(decision: Decision) -> str:
    return "allowed" if decision else "denied"


def _by(decision: Decision) -> str:
    return f" by {decision.check}" if decision.check else ""


register(GuardSwitches, switches_text, switches_html)
