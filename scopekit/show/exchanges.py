"""How an exchange looks: the request and the response, as they went over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from scopekit.show.pieces import page
from scopekit.survey.masking import without_secrets, without_tokens

if TYPE_CHECKING:
    from scopekit.survey import Exchange


def exchange_text(exchange: Exchange) -> str:
    """The request and the response as they went over the wire, with `$API` and `$TOKEN` in place of what varies."""
    return f"{request_text(exchange)}\n\n{response_text(exchange)}"


def request_text(exchange: Exchange) -> str:
    """The request alone."""
    asked = [f"{exchange.method} $API{exchange.path}", *_header_lines(exchange.request_headers)]
    return "\n".join([*asked, *(["", exchange.request_body] if exchange.request_body else [])])


def response_text(exchange: Exchange) -> str:
    """The response alone; a token that it hands out, in a cookie too, and a code are not to be read."""
    headers = {name: without_secrets(value) for name, value in exchange.headers.items()}
    told = [f"{exchange.status} {exchange.phrase}", *_header_lines(headers)]
    return "\n".join([*told, *(["", without_tokens(_pretty(exchange.text))] if exchange.text else [])])


def exchange_html(exchange: Exchange) -> str:
    """The request and the response, one below the other."""
    parts = (("request", request_text(exchange)), ("response", response_text(exchange)))
    return page("".join(f"<p class='soft'>{name}</p><pre>{escape(text)}</pre>" for name, text in parts))


def _header_lines(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
