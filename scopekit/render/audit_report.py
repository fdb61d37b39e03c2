"""How an audit looks: as text, as JSON, as Markdown, and as a page in one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape

from scopekit.audit.drift import Drift
from scopekit.audit.matrix import Cell
from scopekit.audit.run import Audit
from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.errors import counted
from scopekit.render.markup import LEFT, STYLE, header_row, whole_page
from scopekit.render.matrices import matrix_head

MANY = 12
"""How many lines of one kind are printed; a page and JSON have them all."""

_IF_PUBLIC = "; where it is public, `security: []` says so"

_GRID_STYLE = """<style>
.scopekit .grid { overflow: auto; max-height: 85vh; }
.scopekit .grid table { width: auto; }
.scopekit .grid thead th { position: sticky; top: 0; z-index: 2; background: var(--sk-back); vertical-align: bottom;
  overflow-wrap: break-word; min-width: 5em; max-width: 12em; }
.scopekit .grid thead th:first-child { left: 0; z-index: 3; }
.scopekit .grid tbody th { position: sticky; left: 0; z-index: 1; background: var(--sk-back); min-width: 16em; }
.scopekit .grid td { white-space: nowrap; }
@media (max-width: 480px) { .scopekit .grid tbody th { min-width: 8em; max-width: 8em; } }
.scopekit .grid td.differs { outline: 2px solid var(--sk-no); outline-offset: -2px; }
</style>"""


# Text


def audit_text(audit: Audit) -> str:
    """What drifts, what could not be seen, what was left out, and the count of it all."""
    blocks = [
        *_block(counted(len(audit.drifts), "drift"), map(str, audit.drifts)),
        *_block(f"{counted(len(audit.unseen), 'cell')} could not be seen", _unseen(audit)),
        *_block(f"{counted(len(audit.undetermined), 'cell')} of which the document does not say", _undetermined(audit)),
        *_block(f"{counted(len(audit.left_out), 'call')} left out", _left_out(audit)),
    ]
    return "\n".join([_one_line(f"{audit.title} at {audit.base_url}"), *blocks, *_hint(audit), _summary(audit)])


def _block(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    more = [f"  and {len(found) - MANY} more"] if len(found) > MANY else []
    return [f"{title}:", *(f"  {_one_line(line)}" for line in found[:MANY]), *more] if found else []


def _summary(audit: Audit) -> str:
    calls, tokens = len(audit.matrix.rows), len(audit.matrix.labels)
    verdict = f"✗ {counted(len(audit.drifts), 'drift')}" if audit.drifts else _without_drifts(audit)
    told = [f"{verdict}: {counted(calls, 'call')} by {counted(tokens, 'token')}", counted(calls * tokens, "cell")]
    counts = (
        (len(audit.unseen), "unseen"), (len(audit.undetermined), "undetermined"),
        (audit.recalled, "from the journal"),
    )  # fmt: skip
    return ", ".join([*told, *(f"{count} {word}" for count, word in counts if count)])


def _without_drifts(audit: Audit) -> str:
    return "✓ as documented" if audit else "? not all of it could be told"


def _one_line(text: str) -> str:
    """Text of somebody else's on one line, and nothing in it that could steer a terminal."""
    return "".join(each if each.isprintable() else " " for each in text)


def _hint(audit: Audit) -> list[str]:
    """Where every good token was refused as no good, it is the tokens rather than the API."""
    good = [cell for row in audit.matrix.rows for cell in row if cell.predicted == "allowed" and not cell.call.public]
    if not good or any(cell.exchange.status != 401 for cell in good):
        return []
    return ["No token opened anything: are the key, the issuer, the audience and the profile those of this API?"]


def _unseen(audit: Audit) -> list[str]:
    """The reasons why cells could not be seen, each with how often."""
    reasons = Counter(f"{cell.call}: {_answer(cell)}" for _, cell in audit.unseen)
    return [f"{reason} ({count} times)" for reason, count in reasons.items()]


def _left_out(audit: Audit) -> list[str]:
    """The reasons for which calls were left out, each with the calls."""
    by_reason: dict[str, list[str]] = {}
    for each in audit.left_out:
        by_reason.setdefault(each.reason, []).append(each.operation)
    return [f"{reason} {', '.join(dict.fromkeys(names))}" for reason, names in by_reason.items()]


def _undetermined(audit: Audit) -> list[str]:
    """The calls of which the document does not say all, each with what came of which tokens."""
    tokens: dict[tuple[str, str], list[str]] = {}
    for label, cell in audit.undetermined:
        says_nothing = cell.call.requirement is None and not cell.call.public and not cell.call.other_credentials
        told = f"{cell.observed}{_IF_PUBLIC if says_nothing and cell.observed == 'allowed' else ''}"
        tokens.setdefault((f"{cell.call.name} ({cell.call})", told), []).append(label)
    every = len(audit.matrix.labels)
    return [
        f"{call}, with {'each token, and with none' if len(labels) == every else ', '.join(labels)}: {told}"
        for (call, told), labels in tokens.items()
    ]


def _answer(cell: Cell) -> str:
    exchange = cell.exchange
    if exchange.status == 0:
        return exchange.phrase
    if 300 <= exchange.status < 400:
        return f"{exchange.status}, a redirect, which was not followed"
    return f"{exchange.status} {exchange.phrase}"


# Markdown


def audit_markdown(audit: Audit) -> str:
    """The audit as Markdown: the drifts and the matrix as tables."""
    parts = [f"# {_plain(audit.title)}", f"At {_plain(audit.base_url)}. {_summary(audit)}."]
    if audit.drifts:
        parts += ["## Drifts", _table(("kind", "call", "what is likely"), map(_drift_row, audit.drifts))]
    parts += ["## Matrix", _table(("call", *audit.matrix.labels), map(_matrix_row, audit.matrix.rows))]
    told = (("Not seen", _unseen(audit)), ("Not said", _undetermined(audit)), ("Left out", _left_out(audit)))
    for title, lines in told:
        parts += [f"## {title}", "\n".join(f"- {_plain(line)}" for line in lines)] if lines else []
    return "\n\n".join(parts) + "\n"


def _drift_row(drift: Drift) -> tuple[str, ...]:
    return drift.kind, f"{drift.call.name} ({drift.call})", drift.sentence


def _matrix_row(row: tuple[Cell, ...]) -> tuple[str, ...]:
    return str(row[0].call.name), *(_word(cell) for cell in row)


def _word(cell: Cell) -> str:
    differs = f" (not {cell.predicted})" if cell.differs else ""
    return f"{MARKS[cell.observed]} {cell.observed}{differs}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = [_plain(name) for name in head]
    lines = ["| " + " | ".join(map(_plain, row)) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(names) + " |", "|" + " --- |" * len(names), *lines])


def _plain(text: str) -> str:
    """Text of somebody else's, in which Markdown finds nothing to make anything of."""
    escaped = "".join(f"\\{each}" if each in "\\`*_[]<>|#!@" else each for each in _one_line(text))
    return " ".join(escaped.replace("://", ":\\//").split())


# HTML


def audit_html(audit: Audit) -> str:
    """The audit as static HTML, for a notebook."""
    return f"{STYLE}{_GRID_STYLE}<div class='scopekit'>{_content(audit)}</div>"


def audit_page(audit: Audit) -> str:
    """The audit as a whole page in one file, which asks for nothing else."""
    return whole_page(f"Audit of {audit.title}", audit.title, _content(audit), _GRID_STYLE)


def _content(audit: Audit) -> str:
    verdict = "failed" if audit.drifts else "passed" if audit else "off"
    parts = [f"<p>{escape(hint)}</p>" for hint in _hint(audit)]
    parts += [f"<p><b class='{verdict}'>{escape(_summary(audit))}</b> <code>{escape(audit.base_url)}</code></p>"]
    if audit.drifts:
        rows = "".join(
            f"<tr><th {LEFT} scope='row'><code>{escape(drift.kind)}</code></th><td {LEFT}>{escape(drift.call.name)}<br>"
            f"<code class='soft path'>{escape(str(drift.call))}</code></td><td {LEFT}>{escape(drift.sentence)}</td>"
            f"<td {LEFT}>{escape(', '.join(drift.tokens))}</td></tr>"
            for drift in audit.drifts
        )
        head = header_row("kind", "call", "what is likely", "shown by the tokens")
        parts.append(f"<table><caption>Drifts</caption>{head}<tbody>{rows}</tbody></table>")
    parts.append(_grid(audit))
    parts += _details("could not be seen", _unseen(audit))
    parts += _details("of which the document does not say", _undetermined(audit))
    parts += _details("left out", _left_out(audit))
    return "".join(parts)


def _grid(audit: Audit) -> str:
    rows = "".join(f"<tr>{matrix_head(row[0].call)}{''.join(map(_cell, row))}</tr>" for row in audit.matrix.rows)
    head = header_row("call", *audit.matrix.labels)
    label = "The matrix: every call by every token"
    return (
        f"<div class='grid sk-box' tabindex='0' role='region' aria-label='{label}'><table><caption>{label}</caption>"
        f"{head}<tbody>{rows}</tbody></table></div>"
    )


def _cell(cell: Cell) -> str:
    said = f"<br><b>not {cell.predicted}</b>" if cell.differs else ""
    differs = " class='differs'" if cell.differs else ""
    mark = f"<span class='verdict mark {cell.observed}'>{MARKS[cell.observed]} {cell.observed}</span>"
    status = f" <span class='soft'>{cell.exchange.status or ''}</span>"
    return f"<td {LEFT}{differs} title='{escape(cell.reason, quote=True)}'>{mark}{status}{said}</td>"


def _details(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    items = "".join(f"<li>{escape(line)}</li>" for line in found)
    return [f"<details><summary>{len(found)} {title}</summary><ul>{items}</ul></details>"] if found else []


register(Audit, audit_text, audit_html)
