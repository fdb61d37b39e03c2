"""The static text and HTML of revocations: the answers of two servers to each token, and the denylist."""

from __future__ import annotations

from scopekit.decision import MARKS
from scopekit.lab.revocations.model import Revocations
from scopekit.lab.world.credentials import short
from scopekit.render.markup import BREAK, Block, Blocks, Markup, heading, join, row, stacked, tag, verdict, view_of
from scopekit.wording import counted, human_span, human_time

SERVERS = ("token", "the API, really called", "the other server, by its copy")
LISTED = ("id", "refuses", "kept until")


@view_of(Revocations)
def revocations_view(revocations: Revocations) -> Blocks:
    """Shows the last event, how two servers answer each token, the denylist, and how old the lagging copy is."""
    yield heading(revocations.said)
    yield answers_block(revocations)
    denylist = denylist_block(revocations)
    yield Block(f"{denylist.text}\n{lag_line(revocations)}", denylist.html)


def lag_line(revocations: Revocations) -> str:
    """Says how old the lagging server's copy of the denylist is, and when the server renews the copy."""
    age, seconds = revocations.lagging.age_seconds, revocations.lagging.seconds
    if not seconds:
        return "The other server has no copy: it asks the denylist each time, so it never lags."
    left = human_span(max(0, seconds - age))
    copy = f"The other server's copy of the denylist is {human_span(age)} old"
    return f"{copy}; it is renewed once it is {human_span(seconds)} old, in {left}."


def answers_block(revocations: Revocations) -> Block:
    """What the API and the lagging server answer to each token, with a mark before each answer."""
    time = f"It is {human_time(revocations.lab.clock.now())}."
    lines, rows = [time], []
    for each in revocations.asked:
        claims, api, copy = each.token.claims, each.api, each.copy
        accepts, refuses = f"{MARKS['allowed']} accepted", f"{MARKS['denied']} refused:"
        by_api = (
            f"{accepts}: {api.status} {api.phrase}" if each.api_accepts else f"{refuses} {api.status}, {api.refusal}"
        )
        by_copy = accepts if copy.allowed else f"{refuses} {copy.status}, {copy.description}"
        if each.copy_lags:
            by_copy = f"{MARKS['off']} STILL ACCEPTED: its copy lags"
        lines += [each.name, f"  the API           {by_api}", f"  the other server  {by_copy}"]
        cells = []
        for words in (by_api, by_copy):
            sign, _, rest = words.partition(" ")
            kind = "allowed" if sign == MARKS["allowed"] else "denied"
            cells.append(verdict(kind, sign, Markup("&nbsp;"), rest))
        head = [each.name, _beneath(f"id {short(claims['jti'])}, until {human_time(claims['exp'])}")]
        alarm, name = "sk-alarm" if each.copy_lags else "", each.name.partition(":")[0]
        rows.append(row(head, *cells, columns=SERVERS, class_=alarm, data_token=name))
    html = stacked(f"Who still takes these tokens. {time}", SERVERS, rows)
    return Block("\n".join(lines), join(html, tag.p(lag_line(revocations))))


def denylist_block(revocations: Revocations) -> Block:
    """The denylist, with a line for each entry."""
    lines, rows = [], []
    for each in revocations.entries:
        until = "always" if each.kept_until is None else human_time(each.kept_until)
        lines.append(f"  {short(each.id)}  {each.why}  {until}")
        head = [tag.code(short(each.id)), _beneath(f"of {short(each.issuer)}")]
        rows.append(row(head, each.why, until, columns=LISTED))
    count = f"the denylist: {counted(len(rows), 'entry', 'entries')}"
    nothing = tag.p("Nothing is revoked, or every entry has expired.", class_="soft")
    caption = count.capitalize()
    html = stacked(caption, LISTED, rows) if rows else join(heading(caption).html, nothing)
    return Block("\n".join([count, *lines]), html)


def _beneath(text: str) -> Markup:
    """Smaller text on a new line. The style `break-word` breaks a long word only if the column is too narrow."""
    return join(BREAK, tag.small(text, class_="soft", style="overflow-wrap:break-word"))
