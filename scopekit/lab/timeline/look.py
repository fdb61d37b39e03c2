"""The static text and HTML of a time line: each token's line, events, and calls."""

from __future__ import annotations

from scopekit.decision import MARKS, Decision
from scopekit.lab.timeline.model import Life, Timeline
from scopekit.render.core import away
from scopekit.render.markup import Block, Blocks, Markup, join, mark, row, soft, table, tag, verdict, view_of
from scopekit.tokens import TIME_NAMES, is_numeric_date
from scopekit.wording import human_time

WIDTH = 64
SIGNS = {"issued": "[", "not before": "(", "expires": "]", "leeway ends": "}"}
"""The character that stands for each event on the line."""
LABEL_LENGTH = 60
REVOKED = "on the denylist, which does not say since when: refused at any time"


@view_of(Timeline, between="\n\n")
def timeline_view(timeline: Timeline) -> Blocks:
    """Shows the clock's time, and for each token a line, the token's events, and the decision on each call."""
    start, end = map(human_time, timeline.span)
    now = human_time(timeline.now)
    yield Block(f"It is {now}. The line runs from {start} to {end}.", tag.p("It is ", tag.b(now), "."))
    for life in timeline.lives:
        kind, words, why = life_verdict(life)
        lines = [f"{life_label(life)}: {MARKS[kind]} {words}{f'. {why}' if why else ''}", *_drawn(timeline, life)]
        head = tag.p(tag.b(life_label(life)), ": ", verdict(kind, f"{MARKS[kind]} {words}"), soft(why))
        events, calls = [], []
        for name, when, far in life_rows(life, timeline.now):
            lines.append(f"  {SIGNS.get(name, ' ')} {name:11} {when}{f', {far}' if far else ''}")
            events.append(row(name, [when, soft(far)]))
        for name, decision in life.calls.items():
            answer, reason = "allowed" if decision.allowed else "denied", call_reason(decision)
            lines.append(f"  {MARKS[answer]} {answer:8} {name}{f': {reason}' if reason else ''}")
            calls.append(row(name, [mark(answer), soft(reason)], data_call=name))
        tables = table(("event", "when"), events), table(("call", "at this moment"), calls)
        yield Block("\n".join(lines), join(head, _picture(timeline, life), tables))


def life_label(life: Life) -> str:
    """A label that identifies a token: its number, its scopes, and its subject."""
    subject = life.token.claims.get("sub")
    scopes = cut_short(f"token {life.number}: {' '.join(life.token.scopes) or 'no scope'}")
    return f"{scopes}, of {cut_short(subject)}" if isinstance(subject, str) else scopes


def cut_short(text: str) -> str:
    """The text, cut to `LABEL_LENGTH` characters."""
    return text if len(text) <= LABEL_LENGTH else f"{text[: LABEL_LENGTH - 1]}…"


def life_rows(life: Life, now: float) -> list[tuple[str, str, str]]:
    """A row for each event of a token: the event's name, its time, and how long that is from now."""
    rows = [(event.name, human_time(event.seconds), away(event.seconds, now)) for event in life.events]
    odd = [name for name in TIME_NAMES if name in life.token.claims and not is_numeric_date(life.token.claims[name])]
    rows += [(name, "not a time that a guard can read", "") for name in odd]
    if life.revoked:
        rows.append(("revoked", REVOKED, ""))
    return rows if life.ends is not None else [*rows, ("expires", "never", "")]


def call_reason(decision: Decision) -> str:
    """Why a call is denied, or an empty string if the call is allowed."""
    if decision.check == "scopes":
        return f"needs {decision.needed}"
    return decision.description


def life_verdict(life: Life) -> tuple[str, str, str]:
    """Three strings: `passed` or `failed`, a phrase that says whether a token is valid now, and the reason if not."""
    why = life.why_not
    return ("failed", "not valid now", why) if why else ("passed", "valid now", "")


def life_segment(timeline: Timeline, life: Life) -> tuple[float, float]:
    """The positions on the line, from 0 to 1, at which a token's life begins and ends."""
    starts, ends = life.starts, life.ends
    return (0.0 if starts is None else timeline.place(starts), 1.0 if ends is None else timeline.place(ends))


def _drawn(timeline: Timeline, life: Life) -> list[str]:
    """Two lines of text. The first has `=` where the token is alive, and the second marks the clock's time."""
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


def _picture(timeline: Timeline, life: Life) -> Markup:
    """The time line as an SVG picture of full width. The picture's accessible name tells the events and the time."""
    start, end = life_segment(timeline, life)
    events = "; ".join(f"{name} {when}" for name, when, _ in life_rows(life, timeline.now))
    bars = [
        (0, 1, 14, 4, "var(--sk-line, #c8ced5)"),
        (start, max(0.0, end - start), 11, 10, "var(--sk-yes, #116329)"),
        *((timeline.place(each.seconds), 0.003, 6, 20, "currentColor") for each in life.events if each.drawable),
        (timeline.place(timeline.now), 0.005, 0, 32, "var(--sk-no, #a40e26)"),
    ]
    rectangles = [
        tag.rect(
            x=f"{1000 * min(at, 1 - width):.1f}", width=f"{1000 * width:.1f}", y=y, height=height, style=f"fill:{fill}"
        )
        for at, width, y, height, fill in bars
    ]
    name = f"Time line of {life_label(life)}: {events}; now {human_time(timeline.now)}"
    return tag.svg(
        rectangles, role="img", aria_label=name, viewBox="0 0 1000 32", preserveAspectRatio="none", width="100%",
        height=32, style="display:block; margin:0 0 8px",
    )  # fmt: skip
