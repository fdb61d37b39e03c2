"""How a document looks: what it holds in a line, its calls with what each needs, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from scopekit.show.pieces import LEFT, header_row, page

if TYPE_CHECKING:
    from scopekit.survey import Call, Document

SHOWN = 20
"""How many calls of a document are shown, and how many of the operations left out."""


def document_line(document: Document) -> str:
    """What a document is and holds, in a line."""
    counts = (
        (document.operations, "operation"), (len(document.calls), "call"), (len(document.vocabulary), "scope"),
    )  # fmt: skip
    told = ", ".join(f"{count} {word}" + ("s" if count != 1 else "") for count, word in counts)
    where = document.base_url or "an address that it does not tell"
    return f"{document.title} at {where}: {told}, {len(document.left_out)} left out"


def document_text(document: Document) -> str:
    """A line on the whole document, then its calls with what each needs, and what was left out, the first of each."""
    calls = document.calls[:SHOWN]
    width = max((len(str(call)) for call in calls), default=0)
    lines = [f"  {call!s:{width}}  {_needs(call)}" for call in calls] + _rest("  ", document.calls)
    left = [f"  {one}" for one in document.left_out[:SHOWN]] + _rest("  ", document.left_out)
    return "\n".join([document_line(document), *lines, *(["left out", *left] if left else [])])


def document_html(document: Document) -> str:
    """The same, as a table of calls and one of what was left out."""
    calls = "".join(
        f"<tr><th {LEFT} scope='row'>{escape(call.name)}</th>"
        f"<td {LEFT}><code class='path'>{escape(str(call))}</code></td><td {LEFT}>{escape(_needs(call))}</td></tr>"
        for call in document.calls[:SHOWN]
    )
    left = "".join(
        f"<tr><th {LEFT} scope='row'><code class='path'>{escape(one.operation)}</code></th>"
        f"<td {LEFT}>{escape(one.reason)}</td></tr>"
        for one in document.left_out[:SHOWN]
    )
    more = "".join(f"<p class='soft'>{line}</p>" for line in _rest("", document.calls))
    tables = f"<table>{header_row('name', 'call', 'needs')}<tbody>{calls}</tbody></table>{more}"
    if left:
        more = "".join(f"<p class='soft'>{line}</p>" for line in _rest("", document.left_out))
        tables += f"<table>{header_row('left out', 'why')}<tbody>{left}</tbody></table>{more}"
    return page(f"<p><b>{escape(document_line(document))}</b></p>{tables}")


def _needs(call: Call) -> str:
    """What a call needs, in a few words."""
    needed = "no token" if call.public else "not told" if call.requirement is None else str(call.requirement)
    return f"{needed}, depending on the request" if call.conditional else needed


def _rest(indent: str, listed: Sequence[object]) -> list[str]:
    return [f"{indent}and {len(listed) - SHOWN} more"] if len(listed) > SHOWN else []
