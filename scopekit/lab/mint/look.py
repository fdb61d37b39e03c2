"""How the mint form looks without a kernel: what is chosen, what the token holds, and how it is in another shape."""

from __future__ import annotations

from html import escape

from scopekit.clock import human_span
from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.errors import ScopeKitError, shortened
from scopekit.lab.mint.model import Line, MintForm, Rewriting
from scopekit.render.core import MEANINGS, claim_html, compact
from scopekit.render.markup import LEFT, Markup, header_row, page, soft
from scopekit.tokens import Token, claim_value, token_text

CHANGES = {"added": "+", "removed": "-", "changed": "≠", "same": "="}
"""The mark before each word for what became of a claim."""
LONGEST = 80


def mint_text(form: MintForm) -> str:
    """What is chosen, what the token holds or would hold, who believes it, and the comparison."""
    chosen = "\n".join(f"{name:10} {value}" for name, value in _chosen(form))
    if problem := form.problem:
        return f"{chosen}\n\nproblem    {problem}"
    token = token_text(form.token) if form.token else _would_hold(form)
    return f"{chosen}\n\n{token}\n\n{form.belief}\n\n{form.in_notation(form.against)!r}"


def mint_html(form: MintForm) -> str:
    """The same, as tables."""
    rows = "".join(
        f"<tr><th {LEFT} scope='row'>{name}</th><td {LEFT}>{escape(value)}</td></tr>" for name, value in _chosen(form)
    )
    table = f"<table><caption>What is chosen</caption><tbody>{rows}</tbody></table>"
    return page(Markup(f"{table}<p>{_status(form)}</p>{_made(form)}{_compared(form)}"))


def mint_claims_html(form: MintForm) -> str:
    """The token decoded, or the claims that it would hold; nothing where there is a problem."""
    return page(Markup(_made(form)))


def mint_compared_html(form: MintForm) -> str:
    """The comparison with the other shape; nothing where there is a problem."""
    return page(Markup(_compared(form)))


def lifetime_text(form: MintForm) -> str:
    """The lifetime as people say it, and the longest that the profile allows."""
    profile, seconds = form.profile, form.lifetime
    said = human_span(seconds) if isinstance(seconds, int) else "no lifetime" if seconds else "never ends"
    cap = profile.max_ttl_seconds if profile else None
    return f"{said}, at most {human_span(cap)}" if cap else said


def mint_status(form: MintForm) -> tuple[str, str]:
    """How the form stands, as a sentence and a verdict: `passed` where a guard believes it, `failed`, or `off`."""
    if problem := form.problem:
        return f"Not possible: {problem}", "off"
    minted = f"Minted: {len(form.token.text)} characters." if form.token else "Nothing is minted yet."
    return f"{form.belief} {minted}", "passed" if form.believers else "failed"


def rewriting_text(rewriting: Rewriting) -> str:
    """A line for each name: what became of it, and its value before and after."""
    lines = [
        f"{CHANGES[line.change]} {line.change:8} {line.name:10} {_both(line, rewriting)}" for line in rewriting.lines
    ]
    return "\n".join([f"{rewriting.shape} as {rewriting.other}: {_summary(rewriting)}", *lines])


def rewriting_html(rewriting: Rewriting) -> str:
    """The same, as a table."""
    return page(Markup(_rewriting(rewriting)))


def _rewriting(rewriting: Rewriting) -> str:
    body = "".join(_row(line, rewriting) for line in rewriting.lines)
    caption = escape(f"{rewriting.shape} as {rewriting.other}: {_summary(rewriting)}")
    head = header_row("change", "name", "value")
    return f"<table><caption>{caption}</caption>{head}<tbody>{body}</tbody></table>"


def _row(line: Line, rewriting: Rewriting) -> str:
    weight = "soft" if line.change == "same" else "verdict"
    return (
        f"<tr data-change='{line.change}'><td {LEFT} class='{weight} mark'>{CHANGES[line.change]} {line.change}</td>"
        f"<th {LEFT} scope='row'><code>{escape(line.name)}</code>{soft('header' if line.part == 'header' else '')}</th>"
        f"<td {LEFT}>{_values(line, rewriting)}</td></tr>"
    )


def _values(line: Line, rewriting: Rewriting) -> str:
    before = claim_html(line.name, line.before, rewriting.before)
    after = claim_html(line.name, line.after, rewriting.after)
    in_shape, in_other = soft(f"in {rewriting.shape}"), soft(f"in {rewriting.other}")
    if line.change == "changed":
        return f"{before}{in_shape}<br>{after}{in_other}"
    return {"added": after + in_other, "removed": before + in_shape}.get(line.change, before)


def _both(line: Line, rewriting: Rewriting) -> str:
    before = claim_value(line.name, line.before, rewriting.before)
    after = claim_value(line.name, line.after, rewriting.after)
    return {"added": after, "changed": f"{before} -> {after}"}.get(line.change, before)


def _summary(rewriting: Rewriting) -> str:
    changes = [line.change for line in rewriting.differences]
    counts = [f"{changes.count(change)} {change}" for change in CHANGES if change in changes]
    return ", ".join(counts) or "nothing differs"


def _chosen(form: MintForm) -> list[tuple[str, str]]:
    chosen = form.choices
    key = "the issuer's own" if chosen.key == "own" else "a new one"
    return [
        ("audience", _said(chosen.audience)),
        ("profile", _said(chosen.profile)),
        ("lifetime", lifetime_text(form)),
        ("key", f"{key}, {_said(chosen.alg)}"),
        ("subject", "the profile's own" if chosen.subject is None else _said(chosen.subject)),
        ("scopes", " ".join(form.scopes) or "none"),
    ]


def _said(value: object) -> str:
    """What was chosen, as it is where that is short text which can be printed."""
    plain = isinstance(value, str) and value.isprintable() and len(value) <= LONGEST
    return str(value) if plain else shortened(value, LONGEST)


def _status(form: MintForm) -> str:
    sentence, verdict = mint_status(form)
    return f"<span class='verdict {verdict}'>{MARKS[verdict]}</span> {escape(sentence)}"


def _would_hold(form: MintForm) -> str:
    preview = form.preview
    lines = (
        [f"  {name:10} {claim_value(name, value, preview)}" for name, value in preview.claims.items()]
        if preview
        else []
    )
    return "\n".join(["not minted yet; it would hold", *lines])


def _made(form: MintForm) -> str:
    token = form.token or form.preview
    if token is None:
        return ""
    caption = f"Minted: {compact(token)}" if form.token else "Not minted yet: what it would hold"
    rows = "".join(
        _claim(name, value, token, part)
        for part, values in (("header", token.header), ("", token.claims))
        for name, value in values.items()
    )
    head = header_row("name", "value", "meaning")
    return f"<table><caption>{caption}</caption>{head}<tbody>{rows}</tbody></table>"


def _claim(name: str, value: object, token: Token, part: str) -> str:
    return (
        f"<tr><th {LEFT} scope='row'><code>{escape(name)}</code>{soft(part)}</th>"
        f"<td {LEFT}>{claim_html(name, value, token)}</td>"
        f"<td {LEFT} class='soft'>{escape(MEANINGS.get(name, ''))}</td></tr>"
    )


def _compared(form: MintForm) -> str:
    try:
        return _rewriting(form.in_notation(form.against))
    except ScopeKitError as error:
        return "" if form.problem else f"<p>{soft(str(error))}</p>"


register(MintForm, mint_text, mint_html)
register(Rewriting, rewriting_text, rewriting_html)
