"""Shows the result of one attack, or a grid of attacks and checks, as text and HTML."""

from __future__ import annotations

from scopekit.checks import CHECK_NAMES
from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.lab.grid.attack import AttackResult
from scopekit.lab.grid.attack_grid import AttackGrid, AttackRow
from scopekit.render.exchanges import exchange_view
from scopekit.render.markup import (
    BREAK,
    Blocks,
    Markup,
    TableCell,
    cell,
    join,
    page,
    paragraph,
    row,
    soft,
    table,
    tag,
    verdict,
    view_of,
)
from scopekit.wording import counted

RULED = (
    "Stopped by a rule of the code, which is no check of the guard; where an API is kept with it broken, tried there:"
)

GETS_IN = f"{MARKS['off']} gets in"
DENIED = f"{MARKS['denied']} denied"
FAILS = f"{MARKS['failed']} comes to nothing"


@view_of(AttackResult, between="\n\n")
def attack_view(result: AttackResult) -> Blocks:
    """Shows the attack, the outcome, and the HTTP request with its response."""
    attack = result.attack
    off = f"Without {' and '.join(result.without)}" if result.without else "With the whole guard"
    refused = f" by {result.refused_by}" if result.refused_by and attack.checks else ""
    rule = f"; {attack.rule}" if attack.rule and not result.gets_in else ""
    outcome = f"{off}: {outcome_words(result)}{refused}{rule}."
    head = tag.p(tag.b(attack.name), f": {attack.sentence}", soft(attack.source))
    words = paragraph(
        f"{attack.name}: {attack.sentence} ({attack.source})\n{outcome}",
        verdict("off" if result.gets_in else "denied", outcome),
    )
    yield words._replace(html=join(head, words.html))
    yield from exchange_view(result.exchange)


def outcome_words(result: AttackResult) -> str:
    """The outcome in words: the attack gets in, the guard denies it, or a rule of the code stops it."""
    return GETS_IN if result.gets_in else DENIED if result.attack.checks else FAILS


def attacks_text(grid: AttackGrid) -> str:
    """The grid as text. Each line says what stops one attack, and which checks must be off to let the attack in."""
    width = max((len(each.attack.name) for each in grid.rows), default=0)
    lines = [attacks_summary(grid)]
    for each in grid.checked:
        whole = GETS_IN if each.whole.gets_in else f"{DENIED} by {each.whole.refused_by}"
        lines.append(f"{each.attack.name:{width}}  {whole:24} {GETS_IN} without {_without(each)}")
    lines += [RULED] if grid.ruled else []
    for each in grid.ruled:
        broken = f"{outcome_words(each.without_all)} where it is broken" if each.without_all else ""
        lines.append(f"{each.attack.name:{width}}  {outcome_words(each.whole):24} {broken:29} {each.attack.rule}")
    return "\n".join(lines)


def attacks_summary(grid: AttackGrid) -> str:
    """One sentence that counts the attacks that get in with all checks on or some off, and those that a rule stops."""
    whole = sum(each.whole.gets_in for each in grid.rows)
    alone = sum(bool(each.alone) for each in grid.checked)
    several = sum(bool(each.without_all and each.without_all.gets_in and not each.alone) for each in grid.checked)
    counts = [f"{alone} without one check", f"{several} without several", f"{len(grid.ruled)} stopped by a rule"]
    attacks = counted(len(grid.rows), "attack")
    return f"{attacks}: {whole or 'none'} get{'s'[: whole < 2]} in with the whole guard; {', '.join(counts)}."


def attacks_html(grid: AttackGrid) -> str:
    """The grid as HTML. One table has a column for each check; the other table lists the attacks that a rule stops."""
    upright = [tag.span(f"{name} off", style="writing-mode:vertical-rl") for name in CHECK_NAMES]
    narrow = {
        True: cell(tag.span(f"{MARKS['off']} in", class_="mark verdict off", role="img", aria_label="gets in")),
        False: cell(tag.span("✗", class_="mark soft", role="img", aria_label="denied")),
    }
    checked = [
        _row(
            each, _outcome(each.whole, f"by {each.whole.refused_by}"), cell(_without(each), class_="part"),
            *(narrow[result.gets_in] for result in each.without_each.values()),
        )
        for each in grid.checked
    ]  # fmt: skip
    ruled = [
        _row(each, _outcome(each.whole), cell(each.attack.rule), _outcome(each.without_all)) for each in grid.ruled
    ]
    tables = [
        table(
            ["attack", "the whole guard", "gets in without", *upright], checked,
            "Attacks, with the whole guard and with each check off in turn",
        ),
        table(
            ["attack", "the sample API", "the rule that stops it", "with the rule broken"], ruled,
            "Attacks that a rule of the code stops, and no check of the guard",
        ),
    ]  # fmt: skip
    boxes = [
        tag.div(each, style="overflow-x:auto") for each, rows in zip(tables, (checked, ruled), strict=True) if rows
    ]
    return page(tag.p(attacks_summary(grid)), boxes)


def _row(each: AttackRow, *cells: TableCell) -> Markup:
    head = [each.attack.name, BREAK, tag.small(each.attack.sentence, class_="soft")]
    return row(head, *cells, data_attack=each.attack.name)


def _outcome(result: AttackResult | None, beside: str = "") -> TableCell:
    if result is None:
        return cell("not tried", class_="soft")
    kind = "mark off" if result.gets_in else "mark denied"
    return cell(verdict(kind, outcome_words(result)), soft(beside), class_="part")


def _without(each: AttackRow) -> str:
    """Says which checks must be off for the attack to get in."""
    if each.alone:
        return " or ".join(each.alone)
    if each.without_all and each.without_all.gets_in:
        times = {2: "twice"}.get(len(each.attack.checks), f"{len(each.attack.checks)} times")
        return f"{each.attack.check}, all off: stopped {times}"
    return "nothing that was tried"


register(AttackGrid, attacks_text, attacks_html)
