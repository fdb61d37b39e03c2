"""How attacks look: one that was made, and the grid of attacks by checks."""

from __future__ import annotations

from html import escape

from scopekit.checks import CHECK_NAMES
from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.errors import counted
from scopekit.lab.grid.attack import Attack, AttackResult
from scopekit.lab.grid.attack_grid import AttackGrid, AttackRow
from scopekit.render.exchanges import request_text, response_text
from scopekit.render.markup import LEFT, header_row, page, soft

RULED = (
    "Stopped by a rule of the code, which is no check of the guard; where an API is kept with it broken, tried there:"
)

UPRIGHT = "style='writing-mode:vertical-rl'"

GETS_IN = f"{MARKS['off']} gets in"
DENIED = f"{MARKS['denied']} denied"
FAILS = f"{MARKS['failed']} comes to nothing"


def attack_text(result: AttackResult) -> str:
    """What was done, what came of it, and the exchange."""
    attack = result.attack
    lines = [f"{attack.name}: {attack.sentence} ({attack.source})", _outcome(result)]
    return "\n".join([*lines, "", request_text(result.exchange), "", response_text(result.exchange)])


def attack_html(result: AttackResult) -> str:
    """The same, with the forger's own text left to `??`."""
    attack, kind = result.attack, "off" if result.gets_in else "denied"
    head = f"<p><b>{escape(attack.name)}</b>: {escape(attack.sentence)}{soft(attack.source)}</p>"
    told = f"<p><span class='verdict {kind}'>{escape(_outcome(result))}</span></p>"
    parts = (("request", request_text(result.exchange)), ("response", response_text(result.exchange)))
    return page(head + told + "".join(f"<p class='soft'>{name}</p><pre>{escape(text)}</pre>" for name, text in parts))


def attacks_text(grid: AttackGrid) -> str:
    """A line for each attack: who stops it, and without which checks it gets in."""
    width = max((len(row.attack.name) for row in grid.rows), default=0)
    lines = [attacks_summary(grid)]
    for row in grid.checked:
        whole = GETS_IN if row.whole.gets_in else f"{DENIED} by {row.whole.refused_by}"
        lines.append(f"{row.attack.name:{width}}  {whole:24} {GETS_IN} without {_without(row)}")
    lines += [RULED] if grid.ruled else []
    for row in grid.ruled:
        lines.append(f"{row.attack.name:{width}}  {_word(row.whole):24} {_broken(row):29} {row.attack.rule}")
    return "\n".join(lines)


def attacks_html(grid: AttackGrid) -> str:
    """A table of attacks by checks, which scrolls in a box of its own, and one of those that a rule stops."""
    tables = [_checked(grid)] if grid.checked else []
    tables += [_ruled(grid)] if grid.ruled else []
    boxes = "".join(f"<div style='overflow-x:auto'>{table}</div>" for table in tables)
    return page(f"<p>{escape(attacks_summary(grid))}</p>{boxes}")


def attacks_summary(grid: AttackGrid) -> str:
    """How many attacks there are, and how many get in with the whole guard and without a check."""
    attacks = counted(len(grid.rows), "attack")
    whole = sum(row.whole.gets_in for row in grid.rows)
    alone = sum(bool(row.alone) for row in grid.checked)
    several = sum(bool(row.none and row.none.gets_in and not row.alone) for row in grid.checked)
    told = [f"{alone} without one check", f"{several} without several", f"{len(grid.ruled)} stopped by a rule"]
    return f"{attacks}: {whole or 'none'} get{'s'[: whole < 2]} in with the whole guard; {', '.join(told)}."


def _checked(grid: AttackGrid) -> str:
    wide = "".join(f"<th {LEFT} scope=col>{name}</th>" for name in ("attack", "the whole guard", "gets in without"))
    narrow = "".join(f"<th {LEFT} scope=col><span {UPRIGHT}>{name} off</span></th>" for name in CHECK_NAMES)
    body = "".join(_row_html(row) for row in grid.checked)
    caption = "Attacks, with the whole guard and with each check off in turn"
    return f"<table><caption>{caption}</caption><thead><tr>{wide}{narrow}</tr></thead><tbody>{body}</tbody></table>"


def _row_html(row: AttackRow) -> str:
    needed = f"<td {LEFT} class='part'>{escape(_without(row))}</td>"
    cells = "".join(map(_narrow, row.each.values()))
    whole = _cell(row.whole, f"by {row.whole.refused_by}")
    return f"<tr data-attack='{escape(row.attack.name)}'>{_head(row.attack)}{whole}{needed}{cells}</tr>"


def _narrow(result: AttackResult) -> str:
    kind, mark, told = ("verdict off", f"{MARKS['off']} in", "gets in") if result.gets_in else ("soft", "✗", "denied")
    return f"<td {LEFT}><span class='mark {kind}' role='img' aria-label='{told}'>{mark}</span></td>"


def _ruled(grid: AttackGrid) -> str:
    head = header_row("attack", "the sample API", "the rule that stops it", "with the rule broken")
    body = "".join(
        f"<tr data-attack='{escape(row.attack.name)}'>{_head(row.attack)}{_cell(row.whole)}"
        f"<td {LEFT}>{escape(row.attack.rule)}</td>{_cell(row.none)}</tr>"
        for row in grid.ruled
    )
    caption = "Attacks that a rule of the code stops, and no check of the guard"
    return f"<table><caption>{caption}</caption>{head}<tbody>{body}</tbody></table>"


def _head(attack: Attack) -> str:
    return f"<th scope='row' {LEFT}>{escape(attack.name)}<br><small class='soft'>{escape(attack.sentence)}</small></th>"


def _cell(result: AttackResult | None, beside: str = "") -> str:
    if result is None:
        return f"<td {LEFT} class='soft'>not kept</td>"
    kind, told = "off" if result.gets_in else "denied", _word(result)
    return f"<td {LEFT} class='part'><span class='verdict mark {kind}'>{told}</span>{soft(beside)}</td>"


def _outcome(result: AttackResult) -> str:
    off = f"Without {' and '.join(result.without)}" if result.without else "With the whole guard"
    refused = f" by {result.refused_by}" if result.refused_by and result.attack.checks else ""
    rule = f"; {result.attack.rule}" if result.attack.rule and not result.gets_in else ""
    return f"{off}: {_word(result)}{refused}{rule}."


def _word(result: AttackResult) -> str:
    """What came of it; where a rule stops it that need not be a denial."""
    if result.gets_in:
        return GETS_IN
    return DENIED if result.attack.checks else FAILS


def _without(row: AttackRow) -> str:
    """What has to be off for it to get in."""
    if row.alone:
        return " or ".join(row.alone)
    if row.none and row.none.gets_in:
        times = {2: "twice"}.get(len(row.attack.checks), f"{len(row.attack.checks)} times")
        return f"{row.attack.check}, all off: stopped {times}"
    return "nothing that was tried"


def _broken(row: AttackRow) -> str:
    if row.none is None:
        return ""
    return f"{_word(row.none)} where it is broken"


register(AttackResult, attack_text, attack_html)
register(AttackGrid, attacks_text, attacks_html)
