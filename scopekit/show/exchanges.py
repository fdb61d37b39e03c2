"""How an exchange looks: the request and the response, as they went over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from scopekit.show.pieces import page

if TYPE_CHECKING:
    from scopekit.survey import Exchange


def exchange_text(exchange: Exchange) -> str:
    """The request and the response as they went over the wire, with `$API` and `$TOKEN` in place of what varies."""
    asked = [f"{exchange.method} $API{exchange.path}", *_header_lines(exchange.request_headers)]
    told = [f"{exchange.status} {exchange.phrase}", *_header_lines(exchange.headers)]
    bodies = ["", exchange.request_body] if exchange.request_body else []
    return "\n".join([*asked, *bodies, "", *told, *(["", _pretty(exchange.text)] if exchange.text else [])])


def exchange_html(exchange: Exchange) -> str:
    """The request and the response, one below the other."""
    asked, _, told = exchange_text(exchange).partition(f"\n\n{exchange.status} ")
    parts = (("request", asked), ("response", f"{exchange.status} {told}"))
    return page("".join(f"<p class='soft'>{name}</p><pre>{escape(text)}</pre>" for name, text in parts))


def _header_lines(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
