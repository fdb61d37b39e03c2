"""How a timeline looks without a kernel: a line for each token, its events in words, and what it opens just now."""

from __future__ import annotations

from html import escape

from scopekit.clock import human_span, human_time
from scopekit.decision import MARKS, Decision
from scopekit.display import register
from scopekit.lab.timeline.model import Life, Timeline
from scopekit.render.markup import LEFT, header_row, mark, page, soft
from scopekit.tokens import TIME_NAMES, is_numeric_date

WIDTH = 64
SIGNS = {"issued": "[", "not before": "(", "expires": "]", "leeway ends": "}"}
"""The character that stands for each event on the line."""
LABEL_LENGTH = 60
TAKEN_BACK = "on the denylist, which does not say since when: refused at any time"


def timeline_text(timeline: Timeline) -> str:
    """The time, and for each token a line drawn of characters, its events, and the calls."""
    start, end = timeline.span
    head = f"It is {human_time(timeline.now)}. The line runs from {human_time(start)} to {human_time(end)}."
    return "\n\n".join([head, *(_life_text(timeline, life) for life in timeline.lives)])


def timeline_html(timeline: Timeline) -> str:
    """The same, with the line as a picture, and all that is in it in words below."""
    head = f"<p>It is <b>{escape(human_time(timeline.now))}</b>.</p>"
    return page(head + "".join(_life_html(timeline, life) for life in timeline.lives))


def life_label(life: Life) -> str:
    """What tells a token from another: its number, its scopes, and for whom it acts."""
    subject = life.token.claims.get("sub")
    told = f"token {life.number}: {' '.join(life.token.scopes) or 'no scope'}"
    told = told if len(told) <= LABEL_LENGTH else f"{told[: LABEL_LENGTH - 1]}…"
    if not isinstance(subject, str):
        return told
    return f"{told}, of {subject if len(subject) <= LABEL_LENGTH else subject[: LABEL_LENGTH - 1] + '…'}"


def life_rows(life: Life, now: float) -> list[tuple[str, str, str]]:
    """The events of a token: the name, the time, and how far that is from now."""
    rows = [(event.name, human_time(event.seconds), from_now(event.seconds, now)) for event in life.events]
    odd = [name for name in TIME_NAMES if name in life.token.claims and not is_numeric_date(life.token.claims[name])]
    rows += [(name, "no time that a guard can read", "") for name in odd]
    if life.taken_back:
        rows.append(("taken back", TAKEN_BACK, ""))
    return rows if life.ends is not None else [*rows, ("expires", "never", "")]


def call_reason(decision: Decision) -> str:
    """Why a call is denied; empty where it is not."""
    if decision.check == "scopes":
        return f"needs {decision.needed}"
    return decision.description


def from_now(seconds: float, now: float) -> str:
    """How far a time is from now, in words."""
    if seconds == now:
        return "now"
    span = human_span(seconds - now)
    return f"in {span}" if seconds > now else f"{span} ago"


def life_verdict(life: Life) -> tuple[str, str, str]:
    """Whether a token is valid at this moment, `passed` or `failed`, the words for it, and why not."""
    why = life.why_not
    return ("failed", "not valid now", why) if why else ("passed", "valid now", "")


def life_segment(timeline: Timeline, life: Life) -> tuple[float, float]:
    """From where to where on the line a token lives, from 0 to 1."""
    starts, ends = life.starts, life.ends
    return (0.0 if starts is None else timeline.place(starts), 1.0 if ends is None else timeline.place(ends))


def _life_text(timeline: Timeline, life: Life) -> str:
    kind, verdict, why = life_verdict(life)
    rows = [
        f"  {SIGNS.get(name, ' ')} {name:11} {when}{f', {far}' if far else ''}"
        for name, when, far in life_rows(life, timeline.now)
    ]
    calls = [_call_text(name, decision) for name, decision in life.calls.items()]
    head = f"{life_label(life)}: {MARKS[kind]} {verdict}{f'. {why}' if why else ''}"
    return "\n".join([head, *_drawn(timeline, life), *rows, *calls])


def _call_text(name: str, decision: Decision) -> str:
    why = call_reason(decision)
    return f"  {MARKS[_verdict(decision)]} {_verdict(decision):8} {name}{f': {why}' if why else ''}"


def _drawn(timeline: Timeline, life: Life) -> list[str]:
    """A line of characters, `=` while the token lives, and below it where the clock stands."""
    start, end = life_segment(timeline, life)
    line = ["=" if _column(start) <= column <= _column(end) and end > start else "-" for column in range(WIDTH)]
    for event in life.events:
        if event.drawable:
            line[_column(timeline.place(event.seconds))] = SIGNS[event.name]
    if life.ends is None:
        line[-1] = ">"
    at = _column(timeline.place(timeline.now))
    now = f"{' ' * at}^ now" if at < WIDTH - 6 else f"{' ' * (at - 4)}now ^"
    return [f"  {''.join(line)}", f"  {now}"]


def _column(place: float) -> int:
    return round(place * (WIDTH - 1))


def _life_html(timeline: Timeline, life: Life) -> str:
    kind, verdict, why = life_verdict(life)
    events = "".join(
        f"<tr><th {LEFT} scope='row'>{escape(name)}</th><td {LEFT}>{escape(when)}{soft(far)}</td></tr>"
        for name, when, far in life_rows(life, timeline.now)
    )
    calls = "".join(
        f"<tr data-call='{escape(name)}'><th {LEFT} scope='row'>{escape(name)}</th>"
        f"<td {LEFT}>{mark(_verdict(decision))}{soft(call_reason(decision))}</td></tr>"
        for name, decision in life.calls.items()
    )
    stands = f"<span class='verdict {kind}'>{MARKS[kind]} {verdict}</span>{soft(why)}"
    head = f"<p><b>{escape(life_label(life))}</b>: {stands}</p>"
    return (
        f"{head}{_picture(timeline, life)}"
        f"<table>{header_row('event', 'when')}<tbody>{events}</tbody></table>"
        f"<table>{header_row('call', 'at this moment')}<tbody>{calls}</tbody></table>"
    )


def _picture(timeline: Timeline, life: Life) -> str:
    """The line as a picture that is as wide as its place; its name says what it shows."""
    start, end = life_segment(timeline, life)
    told = "; ".join(f"{name} {when}" for name, when, _ in life_rows(life, timeline.now))
    name = escape(f"Time line of {life_label(life)}: {told}; now {human_time(timeline.now)}", quote=True)
    ticks = "".join(
        _bar(timeline.place(event.seconds), 0.003, 6, 20, "currentColor") for event in life.events if event.drawable
    )
    return (
        f"<svg role='img' aria-label=\"{name}\" viewBox='0 0 1000 32' preserveAspectRatio='none'"
        " width='100%' height='32' style='display:block; margin:0 0 8px'>"
        f"{_bar(0, 1, 14, 4, 'var(--sk-line, #c8ced5)')}"
        f"{_bar(start, max(0.0, end - start), 11, 10, 'var(--sk-yes, #116329)')}{ticks}"
        f"{_bar(timeline.place(timeline.now), 0.005, 0, 32, 'var(--sk-no, #a40e26)')}</svg>"
    )


def _bar(at: float, width: float, top: int, height: int, fill: str) -> str:
    return (
        f"<rect x='{1000 * min(at, 1 - width):.1f}' width='{1000 * width:.1f}' y='{top}' height='{height}'"
        f' style="fill:{fill}"/>'
    )


def _verdict(decision: Decision) -> str:
    return "allowed" if decision.allowed else "denied"


register(Timeline, timeline_text, timeline_html)
