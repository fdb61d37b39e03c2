"""How the mint form looks without a kernel: the choices, the token's claims, and the same token in another shape."""

from __future__ import annotations

from scopekit.decision import MARKS
from scopekit.errors import ScopeKitError
from scopekit.lab.mint.model import MintForm, Rewriting
from scopekit.render.core import MEANINGS, claim_html, claim_value, compact, token_text
from scopekit.render.markup import BREAK, Block, Blocks, Markup, join, row, soft, table, tag, verdict, view_of
from scopekit.wording import human_span, shortened

CHANGES = {"added": "+", "removed": "-", "changed": "≠", "same": "="}
"""The mark for each kind of change to a claim."""
LONGEST = 80


@view_of(MintForm, between="\n\n")
def mint_view(form: MintForm) -> Blocks:
    """The choices, the token's claims, the guards that accept the token, and the same token in another shape."""
    choices = form.choices
    chosen = {
        "audience": _as_chosen(choices.audience),
        "profile": _as_chosen(choices.profile),
        "lifetime": lifetime_text(form),
        "key": ("the issuer's own, " if choices.key == "own" else "a new one, ") + _as_chosen(choices.alg),
        "subject": "the profile's own" if choices.subject is None else _as_chosen(choices.subject),
        "scopes": " ".join(form.scopes) or "none",
    }
    sentence, kind = mint_status(form)
    status = tag.p(verdict(kind, MARKS[kind]), f" {sentence}")
    rows = [row(name, value) for name, value in chosen.items()]
    lines = [f"{name:10} {value}" for name, value in chosen.items()]
    yield Block("\n".join(lines), join(table((), rows, "What is chosen"), status))
    token = form.token or form.preview
    if form.problem or token is None:
        yield Block(f"problem    {form.problem}", mint_claims(form))
        return
    lines = [f"  {name:10} {claim_value(name, value, token)}" for name, value in token.claims.items()]
    would_hold = "\n".join(["not minted yet; it would hold", *lines])
    yield Block(token_text(token) if form.token else would_hold, mint_claims(form))
    yield Block(form.belief, Markup())
    yield from mint_comparison(form)


def mint_claims(form: MintForm) -> Markup:
    """The decoded token or, before minting, the claims that the token would hold. Empty if no token can be minted."""
    token = form.token or form.preview
    if token is None:
        return Markup()
    caption = ["Minted: ", compact(token)] if form.token else "Not minted yet: what it would hold"
    rows = [
        row(
            [tag.code(name), soft(part)], claim_html(name, value, token), MEANINGS.get(name, ""),
            classes=("", "", "soft"),
        )
        for part, values in (("header", token.header), ("", token.claims))
        for name, value in values.items()
    ]  # fmt: skip
    return table(("name", "value", "meaning"), rows, caption)


def mint_comparison(form: MintForm) -> Blocks:
    """The token rewritten in the other shape, or why that is impossible. Empty if no token can be minted."""
    try:
        yield from rewriting_view(form.in_notation(form.against))
    except ScopeKitError as error:
        if not form.problem:
            yield Block(str(error), tag.p(soft(str(error))))


def lifetime_text(form: MintForm) -> str:
    """The lifetime in words, and the longest lifetime that the profile allows."""
    profile, seconds = form.profile, form.lifetime
    lifetime = human_span(seconds) if isinstance(seconds, int) else "no lifetime" if seconds else "never ends"
    cap = profile.max_ttl_seconds if profile else None
    return f"{lifetime}, at most {human_span(cap)}" if cap else lifetime


def mint_status(form: MintForm) -> tuple[str, str]:
    """A sentence and a verdict: `off` if no token can be minted, `passed` if a guard accepts it, otherwise `failed`."""
    if problem := form.problem:
        return f"Not possible: {problem}", "off"
    minted = f"Minted: {len(form.token.text)} characters." if form.token else "Nothing is minted yet."
    return f"{form.belief} {minted}", "passed" if form.believers else "failed"


@view_of(Rewriting)
def rewriting_view(rewriting: Rewriting) -> Blocks:
    """A line for each name in the header or claims: how it changed, and its value before and after."""
    changes = [line.change for line in rewriting.differences]
    counts = [f"{changes.count(change)} {change}" for change in CHANGES if change in changes]
    summary = f"{rewriting.shape} as {rewriting.other}: {', '.join(counts) or 'nothing differs'}"
    lines, rows = [summary], []
    for part, name, change, *values in rewriting.lines:
        sides = list(zip(values, (rewriting.before, rewriting.after), (rewriting.shape, rewriting.other), strict=True))
        if change != "changed":
            sides = sides[1:] if change == "added" else sides[:1]
        value_text = " -> ".join(claim_value(name, value, token) for value, token, _ in sides)
        lines.append(f"{CHANGES[change]} {change:8} {name:10} {value_text}")
        cells = [
            join(claim_html(name, value, token), soft("" if change == "same" else f"in {shape}"))
            for value, token, shape in sides
        ]
        rows.append(row(
            f"{CHANGES[change]} {change}", [tag.code(name), soft("header" if part == "header" else "")],
            Markup(BREAK.join(cells)), head=1, classes=("soft mark" if change == "same" else "verdict mark",),
            data_change=change,
        ))  # fmt: skip
    yield Block("\n".join(lines), table(("change", "name", "value"), rows, summary))


def _as_chosen(value: object) -> str:
    """A choice as text. Short printable text stays unchanged; any other value is shortened."""
    plain = isinstance(value, str) and value.isprintable() and len(value) <= LONGEST
    return str(value) if plain else shortened(value, LONGEST)
