"""Renders an audit as text, Markdown, HTML or a complete page, and its matrix (calls by tokens) as text or HTML."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scopekit.audit import Call, Cell, Matrix
from scopekit.audit.run import Audit
from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.render.markdown import markdown_table, markdown_text, plain
from scopekit.render.markup import (
    BREAK,
    STYLE,
    Markup,
    cell,
    join,
    mark,
    page,
    row,
    style_sheet,
    table,
    tag,
    whole_page,
)
from scopekit.wording import counted

MANY = 12
"""The text prints at most this many lines below one heading. The page and JSON have all lines."""


# The matrix


def matrix_text(matrix: Matrix) -> str:
    """The matrix as text: a line for each call, with the verdict for each token, and a summary at the end."""
    return "\n".join([*matrix_lines(matrix.labels, matrix.rows), matrix_summary(matrix)])


def matrix_lines(labels: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Returns a line of text for each row. If there are several tokens, the first line holds their labels."""
    lines = ["  ".join(labels)] if len(labels) > 1 else []
    width = max((len(cells[0].call.name) for cells in rows), default=0)
    for cells in rows:
        verdicts = [f"{MARKS[each.observed]} {each.observed + '!' * each.differs:8}" for each in cells]
        end = cells[0].reason if len(cells) == 1 else cells[0].call
        lines.append("  ".join([*verdicts, f"{cells[0].call.name:{width}}", str(end)]).rstrip())
    return lines


def matrix_table(matrix: Matrix) -> Markup:
    """The matrix as an HTML table, to embed in a page."""
    caption = "Every documented call, made for real: " + matrix_summary(matrix)
    return table(
        ["call", *matrix_heads(matrix.labels)],
        [matrix_row(cells[0].call, matrix.labels, cells) for cells in matrix.rows],
        caption,
    )


def matrix_row(call: Call, labels: Sequence[str], cells: Sequence[Cell | None]) -> Markup:
    """A table row for one call. Each cell shows the verdict and the reason, and the documented verdict if that differs.

    A cell in `cells` is None if the call has not been made yet. If there are several tokens, each table cell carries
    the name of its column.
    """
    heads = matrix_heads(labels) if len(labels) > 1 else [""]
    row_cells = []
    for each, head in zip(cells, heads, strict=True):
        if each is None:
            row_cells.append(cell("… not made yet", data_column=head, class_="soft"))
            continue
        differs = [" ", tag.b(f"(the document says {each.predicted})")] if each.differs else None
        reasons = mark(each.observed), " ", each.reason, differs
        row_cells.append(cell(*reasons, data_column=head, data_verdict=each.observed))
    return row(call_in_full(call), *row_cells, data_call=call.name)


def call_in_full(call: Call) -> Markup:
    """A call's name, and on the next line its method and path."""
    return join(call.name, BREAK, tag.code(str(call), class_="soft path"))


def matrix_heads(labels: Sequence[str]) -> list[str]:
    """The heads of the columns, one for each token."""
    return [f"with {label}" for label in labels]


def matrix_summary(matrix: Matrix) -> str:
    """Says how many calls each token opened, and how many results differ from the document."""
    counts = [f"{len(matrix.allowed(index))} of {len(matrix.rows)} allowed" for index in range(len(matrix.labels))]
    if len(counts) > 1:
        counts = [f"{label}: {count}" for label, count in zip(matrix.labels, counts, strict=True)]
    drift = len(matrix.differences())
    return "; ".join(counts) + (f"; {drift} not as documented" if drift else "; all as documented")


# The audit


class Remark(NamedTuple):
    """A section of an audit's report: its heading, a shorter heading, and its lines."""

    heading: str
    short: str
    lines: list[str]


def remarks(audit: Audit) -> list[Remark]:
    """The report's sections about unseen results, results without a documented verdict, and calls not made."""
    unseen = Counter(f"{each.call}: {_response(each)}" for _, each in audit.unseen)
    by_reason, by_cell = defaultdict[str, list[str]](list), defaultdict[tuple[str, str], list[str]](list)
    for left_out in audit.left_out:
        by_reason[left_out.reason].append(left_out.operation)
    for label, each in audit.undetermined:
        says_nothing = each.call.requirement is None and not each.call.public and not each.call.other_credentials
        public = "; if it is public, `security: []` says so" if says_nothing and each.observed == "allowed" else ""
        by_cell[f"{each.call.name} ({each.call})", f"{each.observed}{public}"].append(label)
    every = len(audit.matrix.labels)
    not_said = [
        f"{call}, with {'each token, and with none' if len(labels) == every else ', '.join(labels)}: {outcome}"
        for (call, outcome), labels in by_cell.items()
    ]
    left_out_lines = [f"{reason} {', '.join(dict.fromkeys(names))}" for reason, names in by_reason.items()]
    undetermined = f"{counted(len(audit.undetermined), 'cell')} without a documented verdict"
    all_remarks = [
        Remark(
            f"{counted(len(audit.unseen), 'cell')} could not be seen",
            "Not seen",
            [f"{reason} ({count} times)" for reason, count in unseen.items()],
        ),
        Remark(undetermined, "Not said", not_said),
        Remark(f"{counted(len(audit.left_out), 'call')} left out", "Left out", left_out_lines),
    ]
    return [each for each in all_remarks if each.lines]


def _response(each: Cell) -> str:
    exchange = each.exchange
    if exchange.status == 0:
        return exchange.phrase
    if 300 <= exchange.status < 400:
        return f"{exchange.status}, a redirect, which was not followed"
    return f"{exchange.status} {exchange.phrase}"


def audit_summary(audit: Audit) -> str:
    """The audit in one line: its verdict, and the numbers of calls, tokens and cells."""
    calls, tokens = len(audit.matrix.rows), len(audit.matrix.labels)
    whole = "✓ as documented" if audit else "? not everything could be checked"
    outcome = f"✗ {counted(len(audit.drifts), 'drift')}" if audit.drifts else whole
    counts = (
        (len(audit.unseen), "unseen"), (len(audit.undetermined), "undetermined"),
        (audit.recalled, "from the journal"),
    )  # fmt: skip
    matrix = f"{outcome}: {counted(calls, 'call')} by {counted(tokens, 'token')}", counted(calls * tokens, "cell")
    return ", ".join([*matrix, *(f"{count} {word}" for count, word in counts if count)])


def hints(audit: Audit) -> list[str]:
    """Returns a hint to check the tokens if the API answered 401 to every call that a token should have opened."""
    good = [
        each for cells in audit.matrix.rows for each in cells if each.predicted == "allowed" and not each.call.public
    ]
    if not good or any(each.exchange.status != 401 for each in good):
        return []
    return ["No token opened anything: check that the key, the issuer, the audience and the profile match this API."]


def audit_text(audit: Audit) -> str:
    """The audit as text: the drifts, the other sections of the report, and a summary."""
    drifts = Remark(counted(len(audit.drifts), "drift"), "", list(map(str, audit.drifts)))
    lines = [plain(f"{audit.title} at {audit.base_url}")]
    for each in ([drifts] if audit.drifts else []) + remarks(audit):
        lines += [f"{each.heading}:", *(f"  {plain(line)}" for line in each.lines[:MANY])]
        lines += [f"  and {len(each.lines) - MANY} more"] if len(each.lines) > MANY else []
    return "\n".join([*lines, *hints(audit), audit_summary(audit)])


def audit_markdown(audit: Audit) -> str:
    """The audit as Markdown: a table of the drifts, a table of the matrix, and lists of everything else."""
    parts = [f"# {markdown_text(audit.title)}", f"At {markdown_text(audit.base_url)}. {audit_summary(audit)}."]
    if audit.drifts:
        rows = [(each.kind, f"{each.call.name} ({each.call})", each.sentence) for each in audit.drifts]
        parts += ["## Drifts", markdown_table(("kind", "call", "what is likely"), rows)]
    outcomes = [
        [f"{MARKS[each.observed]} {each.observed}{f' (not {each.predicted})' * each.differs}" for each in cells]
        for cells in audit.matrix.rows
    ]
    matrix = [[cells[0].call.name, *words] for cells, words in zip(audit.matrix.rows, outcomes, strict=True)]
    parts += ["## Matrix", markdown_table(("call", *audit.matrix.labels), matrix)]
    for remark in remarks(audit):
        parts += [f"## {remark.short}", "\n".join(f"- {markdown_text(line)}" for line in remark.lines)]
    return "\n\n".join(parts) + "\n"


GRID_STYLE = style_sheet(Path(__file__).with_name("grid.css"))


def audit_page(audit: Audit) -> str:
    """The audit as a complete HTML page in one file that loads no other files."""
    return whole_page(f"Audit of {audit.title}", audit.title, audit_content(audit), GRID_STYLE)


def audit_content(audit: Audit) -> Markup:
    """The audit as HTML: the verdict, the drifts and the matrix. The other sections are folded; a click opens them."""
    kind = "failed" if audit.drifts else "passed" if audit else "off"
    drifts = [
        row(tag.code(each.kind), call_in_full(each.call), each.sentence, ", ".join(each.tokens))
        for each in audit.drifts
    ]
    columns = "kind", "call", "what is likely", "shown by the tokens"
    label = "The matrix: every call by every token"
    rows = [row(call_in_full(cells[0].call), *map(_grid_cell, cells)) for cells in audit.matrix.rows]
    grid = table(["call", *audit.matrix.labels], rows, label)
    return join(
        map(tag.p, hints(audit)),
        tag.p(tag.b(audit_summary(audit), class_=kind), " ", tag.code(audit.base_url)),
        table(columns, drifts, "Drifts") if drifts else None,
        tag.div(grid, class_="grid sk-box", tabindex=0, role="region", aria_label=label),
        [tag.details(tag.summary(each.heading), tag.ul(map(tag.li, each.lines))) for each in remarks(audit)],
    )


def _grid_cell(each: Cell) -> Markup:
    differs = [BREAK, tag.b(f"not {each.predicted}")] if each.differs else None
    status = tag.span(each.exchange.status or None, class_="soft")
    kind = "differs" if each.differs else ""
    return cell(mark(each.observed), " ", status, differs, class_=kind, title=each.reason)


register(Matrix, matrix_text, lambda matrix: page(matrix_table(matrix)))
register(Audit, audit_text, lambda audit: join(STYLE, GRID_STYLE, tag.div(audit_content(audit), class_="scopekit")))
