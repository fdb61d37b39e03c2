"""The static text and HTML of a guard's switches: which checks are off, and which requests get in."""

from __future__ import annotations

from scopekit.checks import CHECKS
from scopekit.decision import MARKS, Decision
from scopekit.lab.switches.model import MISTAKES, GuardSwitches, ProbeResult
from scopekit.render.markup import (
    BREAK,
    Block,
    Blocks,
    Markup,
    aligned,
    join,
    mark,
    paragraph,
    row,
    soft,
    stacked,
    tag,
    verdict,
    view_of,
)

WHOLE = "The running API keeps all its checks: these decisions are by copies of its guard."
GETS_IN = f"{MARKS['off']} gets in now"


@view_of(GuardSwitches)
def switches_view(switches: GuardSwitches) -> Blocks:
    """Lists the checks, and each request with the decisions of the whole guard and of the weakened guard."""
    yield paragraph(banner(switches), verdict("off" if switches.off else "passed", banner(switches)))
    items = [
        tag.li(f"{'☑' if switches[each.name] else '☐'} {number} {each.name} ", meaning(switches, each.name))
        for number, each in enumerate(CHECKS, 1)
    ]
    mistakes = [f"  {name}: {MISTAKES[name]}" for name in switches.off]
    style = "list-style-type:none; padding:0; columns:22em"
    yield Block("\n".join(mistakes) if mistakes else None, tag.ul(items, aria_label="checks", style=style))
    requests = [(each.request.name, f"{_said(each.whole):24} {_weakened(each)}") for each in switches.tried]
    yield Block("\n".join([*aligned(requests), WHOLE]), switches_table(switches))


def banner(switches: GuardSwitches) -> str:
    """A sentence that names the checks that are off, and counts the bad requests that get in."""
    if not switches.off:
        return f"{MARKS['passed']} All {len(CHECKS)} checks are on: none of the bad requests gets in."
    getting_in = sum(each.gets_in for each in switches.tried)
    bad = sum(not each.request.good for each in switches.tried)
    return f"{MARKS['off']} CHECKS OFF: {', '.join(switches.off)}. {getting_in} of {bad} bad requests get in."


def switches_table(switches: GuardSwitches) -> Markup:
    """An HTML table of the requests, each with the decisions of the whole guard and of the weakened guard."""
    names = ("request", "the whole guard", f"without {', '.join(switches.off)}" if switches.off else "no check is off")
    rows = []
    for each in switches.tried:
        request = [each.request.name, BREAK, tag.small(each.request.what, class_="soft")]
        gets_in = [tag.b(GETS_IN, class_="verdict off"), soft(f"{each.request.kept_out_by} is off")]
        last = gets_in if each.gets_in else _marked(each.weakened)
        alarm = "sk-alarm" if each.gets_in else ""
        rows.append(
            row(request, _marked(each.whole), last, columns=names, class_=alarm, data_request=each.request.name)
        )
    caption = f"Requests for a call that needs {switches.needed}"
    return join(stacked(caption, names, rows), tag.p(WHOLE, class_="soft"))


def meaning(switches: GuardSwitches, check: str) -> Markup:
    """Describes a check in HTML: its rule if the check is on, or what goes wrong if the check is off."""
    if switches[check]:
        return tag.small(next(each.rule for each in CHECKS if each.name == check), class_="soft")
    return tag.small(verdict("off", f"{MARKS['off']} off"), f": {MISTAKES[check]}")


def _weakened(each: ProbeResult) -> str:
    if each.gets_in:
        return f"{GETS_IN}: {each.request.kept_out_by} is off"
    return _said(each.weakened) if each.weakened.off else ""


def _said(decision: Decision) -> str:
    word = "allowed" if decision else "denied"
    return f"{MARKS[word]} {word}" + (f" by {decision.check}" if decision.check else "")


def _marked(decision: Decision) -> Markup:
    by = f"by {decision.check}" if decision.check else ""
    return join(mark("allowed" if decision else "denied"), soft(by))
