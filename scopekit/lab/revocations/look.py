"""How revocations look: each token as two servers see it, and the denylist."""

from __future__ import annotations

from html import escape

from scopekit.clock import human_span, human_time
from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.errors import counted
from scopekit.lab.revocations.model import Asking, Entry, Revocations
from scopekit.render.markup import page, row, stacked

SERVERS = ("token", "the API, really called", "the other server, by its copy")
LISTED = ("id", "refuses", "kept until")


def revocations_text(revocations: Revocations) -> str:
    """What happened last, each token by two servers, the denylist, and how old the copy is."""
    lines = [revocations.said, time_line(revocations)]
    for each in revocations.asked:
        lines += [each.name, f"  the API           {_api(each)}", f"  the other server  {_copy(each)}"]
    entries = revocations.entries
    lines += [_count(entries)]
    lines += [f"  {_short(entry.id)}  {entry.why}  {_kept(entry)}" for entry in entries]
    return "\n".join([*lines, lag_line(revocations)])


def revocations_html(revocations: Revocations) -> str:
    """The same, as two tables."""
    said = f"<p><b>{escape(revocations.said)}</b></p>"
    return page(said + asked_table(revocations) + denylist_table(revocations))


def time_line(revocations: Revocations) -> str:
    """What the lab's clock says."""
    return f"It is {human_time(revocations.lab.clock.now())}."


def lag_line(revocations: Revocations) -> str:
    """How old the other server's copy is, and when it is renewed."""
    lagging = revocations.lagging
    age, seconds = lagging.age_seconds, lagging.seconds
    if not seconds:
        return "The other server has no copy: it asks the denylist each time, and never lags."
    left = human_span(max(0, seconds - age))
    told = f"The other server's copy of the denylist is {human_span(age)} old"
    return f"{told}; it is renewed once it is {human_span(seconds)} old, in {left}."


def asked_table(revocations: Revocations) -> str:
    """Each token, by the API and by the server that lags; for a page that holds more."""
    caption = f"Who still takes these tokens. {time_line(revocations)}"
    table = stacked(caption, SERVERS, list(map(_asked_row, revocations.asked)))
    return f"{table}<p>{escape(lag_line(revocations))}</p>"


def denylist_table(revocations: Revocations) -> str:
    """The denylist, a line for each entry; for a page that holds more."""
    entries = revocations.entries
    caption = _count(entries).capitalize()
    if not entries:
        return f"<p><b>{escape(caption)}</b></p><p class='soft'>Nothing was taken back, or all has ended.</p>"
    return stacked(caption, LISTED, list(map(_entry_row, entries)))


def _entry_row(entry: Entry) -> str:
    head = f"<code>{escape(_short(entry.id))}</code>{_beneath(f'of {_short(entry.issuer)}')}"
    return row(LISTED, (head, escape(entry.why), escape(_kept(entry))))


def _asked_row(each: Asking) -> str:
    claims = each.token.claims
    beneath = _beneath(f"id {_short(claims['jti'])}, until {human_time(claims['exp'])}")
    cells = (
        f"{escape(each.name)}{beneath}",
        _verdict(_api(each), each.api_accepts),
        _verdict(_copy(each), each.copy.allowed and not each.copy_lags),
    )
    data = f"data-token='{escape(each.name.partition(':')[0])}'"
    return row(SERVERS, cells, data=data, alarm=each.copy_lags)


def _beneath(text: str) -> str:
    """Smaller, below; `break-word` leaves an issuer whole where its column can be as wide as it."""
    return f"<br><small class='soft' style='overflow-wrap:break-word'>{escape(text)}</small>"


def _api(each: Asking) -> str:
    answered = f"{each.api.status} {each.api.phrase}"
    if each.api_accepts:
        return f"{MARKS['allowed']} accepted: {answered}"
    return f"{MARKS['denied']} refused: {each.api.status}, {each.api.refusal}"


def _copy(each: Asking) -> str:
    if each.copy_lags:
        return f"{MARKS['off']} STILL ACCEPTED: its copy lags"
    if each.copy.allowed:
        return f"{MARKS['allowed']} accepted"
    return f"{MARKS['denied']} refused: {each.copy.status}, {each.copy.description}"


def _verdict(told: str, good: bool) -> str:
    """What a server says, its mark on the same line as the word after it."""
    sign, _, words = told.partition(" ")
    return f"<span class='verdict {'allowed' if good else 'denied'}'>{sign}&nbsp;{escape(words)}</span>"


def _count(entries: tuple[Entry, ...]) -> str:
    return f"the denylist: {counted(len(entries), 'entry', 'entries')}"


def _kept(entry: Entry) -> str:
    return "always" if entry.kept_until is None else human_time(entry.kept_until)


def _short(text: str) -> str:
    """The lab's own short form, asked of it late: a decision is shown where no lab could be loaded."""
    from scopekit.lab.token_names import short

    return short(text)


register(Revocations, revocations_text, revocations_html)
