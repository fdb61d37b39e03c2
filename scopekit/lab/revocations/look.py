"""How revocations look: each token as two servers see it, and the denylist."""

from __future__ import annotations

from scopekit.clock import human_span, human_time
from scopekit.decision import MARKS
from scopekit.errors import counted
from scopekit.lab.revocations.model import Entry, Revocations, TwoAnswers
from scopekit.lab.world.credentials import short
from scopekit.render.markup import BREAK, Block, Blocks, Markup, heading, join, row, stacked, tag, verdict, view_of

SERVERS = ("token", "the API, really called", "the other server, by its copy")
LISTED = ("id", "refuses", "kept until")


@view_of(Revocations)
def revocations_view(revocations: Revocations) -> Blocks:
    """What happened last, each token by two servers, the denylist, and how old the copy is."""
    yield heading(revocations.said)
    lines = [time_line(revocations)]
    for each in revocations.asked:
        lines += [each.name, f"  the API           {_by_api(each)}", f"  the other server  {_by_copy(each)}"]
    yield Block("\n".join(lines), asked_table(revocations))
    entries = [f"  {short(each.id)}  {each.why}  {_until(each)}" for each in revocations.entries]
    lines = [_count(revocations), *entries]
    yield Block("\n".join([*lines, lag_line(revocations)]), denylist_table(revocations))


def time_line(revocations: Revocations) -> str:
    """What the lab's clock says."""
    return f"It is {human_time(revocations.lab.clock.now())}."


def lag_line(revocations: Revocations) -> str:
    """How old the other server's copy is, and when it is renewed."""
    age, seconds = revocations.lagging.age_seconds, revocations.lagging.seconds
    if not seconds:
        return "The other server has no copy: it asks the denylist each time, and never lags."
    left = human_span(max(0, seconds - age))
    copy = f"The other server's copy of the denylist is {human_span(age)} old"
    return f"{copy}; it is renewed once it is {human_span(seconds)} old, in {left}."


def asked_table(revocations: Revocations) -> Markup:
    """Each token, by the API and by the server that lags; for a page that holds more."""
    rows = []
    for each in revocations.asked:
        claims = each.token.claims
        head = [each.name, _beneath(f"id {short(claims['jti'])}, until {human_time(claims['exp'])}")]
        copy_accepts = each.copy.allowed and not each.copy_lags
        verdicts = _verdict(_by_api(each), each.api_accepts), _verdict(_by_copy(each), copy_accepts)
        name = each.name.partition(":")[0]
        alarm = "sk-alarm" if each.copy_lags else ""
        rows.append(row(head, *verdicts, columns=SERVERS, class_=alarm, data_token=name))
    caption = f"Who still takes these tokens. {time_line(revocations)}"
    return join(stacked(caption, SERVERS, rows), tag.p(lag_line(revocations)))


def denylist_table(revocations: Revocations) -> Markup:
    """The denylist, a line for each entry; for a page that holds more."""
    caption = _count(revocations).capitalize()
    if not revocations.entries:
        return join(heading(caption).html, tag.p("Nothing is revoked, or every entry has expired.", class_="soft"))
    rows = [
        row([tag.code(short(each.id)), _beneath(f"of {short(each.issuer)}")], each.why, _until(each), columns=LISTED)
        for each in revocations.entries
    ]
    return stacked(caption, LISTED, rows)


def _count(revocations: Revocations) -> str:
    return f"the denylist: {counted(len(revocations.entries), 'entry', 'entries')}"


def _until(entry: Entry) -> str:
    return "always" if entry.kept_until is None else human_time(entry.kept_until)


def _beneath(text: str) -> Markup:
    """Smaller, below; `break-word` leaves an issuer whole where its column can be as wide as it."""
    return join(BREAK, tag.small(text, class_="soft", style="overflow-wrap:break-word"))


def _by_api(each: TwoAnswers) -> str:
    if each.api_accepts:
        return f"{MARKS['allowed']} accepted: {each.api.status} {each.api.phrase}"
    return f"{MARKS['denied']} refused: {each.api.status}, {each.api.refusal}"


def _by_copy(each: TwoAnswers) -> str:
    if each.copy_lags:
        return f"{MARKS['off']} STILL ACCEPTED: its copy lags"
    if each.copy.allowed:
        return f"{MARKS['allowed']} accepted"
    return f"{MARKS['denied']} refused: {each.copy.status}, {each.copy.description}"


def _verdict(words: str, good: bool) -> Markup:
    """What a server says, its mark on the same line as the word after it."""
    sign, _, rest = words.partition(" ")
    return verdict("allowed" if good else "denied", sign, Markup("&nbsp;"), rest)
