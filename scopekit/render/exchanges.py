"""How an exchange looks: the request and the response, as they went over the wire.

An exchange as code that runs: the same request by curl, requests, httpx or fetch.

Address and token are taken from the environment, as `API` and `TOKEN`; where a client proves who it is, so are its id
and secret, as `SECRET` and in the form that Basic has for them (RFC 7617 section 2). Everything else stands in the
code, quoted for its language, and what cannot be printed is escaped.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

from scopekit.audit.calls import Exchange, without_secrets, without_tokens
from scopekit.display import register
from scopekit.render.markup import page


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


_OWN = ("content-length", "user-agent", "accept-encoding", "connection", "host")
"""Headers that each tool sets for itself."""
_TOKEN = re.compile(r"(?<=access_token=)(\$TOKEN)")
_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"
_LONE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_EXACT = 2**53
"""Up to here a number in JavaScript has every whole number (ECMA-262, Number.MAX_SAFE_INTEGER)."""


def snippets_of(exchange: Exchange) -> dict[str, str]:
    """The request of an exchange as code, by the name of the tool that it is for."""
    return {name: write(exchange) for name, write in _WRITERS.items()}


def as_curl(exchange: Exchange) -> str:
    """The request as a command line for a shell."""
    named = exchange.method != "GET" or exchange.request_body
    options = ["--head"] if exchange.method == "HEAD" else ["-i"]
    options += [f"-X {shlex.quote(exchange.method)}"] if named and exchange.method != "HEAD" else []
    options += ["--globoff"] if re.search(r"[\[\]{}]", exchange.path) else []
    options += ["--path-as-is"] if "/." in exchange.path else []
    address = _joined(exchange, '"$API"', '"$TOKEN"', _shell, "")
    lines = [f"curl {' '.join(options)} {address}"]
    for name, value in _headers(exchange):
        said, proof = f"{name}: {value}" if value else f"{name};", _proof(name, value)
        lines.append(f'-H "{name}: {proof.scheme} ${proof.variable}"' if proof else f"-H {_shell(said)}")
    if exchange.request_body and exchange.method != "HEAD":
        lines += [] if _media_type(exchange) else ["-H 'Content-Type:'"]
        lines.append(f"--data-raw {_shell(exchange.request_body)}")
    return " \\\n  ".join(lines)


def as_requests(exchange: Exchange) -> str:
    """The request as Python with requests."""
    return _python(exchange, "requests", "data", ["allow_redirects=False"])


def as_httpx(exchange: Exchange) -> str:
    """The request as Python with httpx, which follows no redirect unless it is told to."""
    return _python(exchange, "httpx", "content", [])


def as_fetch(exchange: Exchange) -> str:
    """The request as a module of JavaScript for node; in a browser the names come from elsewhere."""
    headers = ", ".join(
        f"{_js(name)}: " + (f"`{proof.scheme} ${{{proof.variable}}}`" if (proof := _proof(name, value)) else _js(value))
        for name, value in _headers(exchange)
    )
    names = "API, TOKEN, SECRET" if "${SECRET}" in headers else "API, TOKEN"
    options = [f"method: {_js(exchange.method)},", f"headers: {{ {headers} }},"]
    options += ['redirect: "manual",'] if 300 <= exchange.status < 400 else []
    if exchange.request_body:
        sends = exchange.method not in ("GET", "HEAD")
        options.append(f"body: {_js_body(exchange)}," if sends else f"// fetch sends no body with {exchange.method}")
    address = _joined(exchange, "API", "TOKEN", _js, " + ")
    lines = [
        f"const {{ {names} }} = process.env;",
        f"const response = await fetch({address}, {{",
    ]
    lines += [f"  {option}" for option in options]
    return "\n".join([*lines, "});", "console.log(response.status, await response.text());"])


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "curl": as_curl,
    "requests": as_requests,
    "httpx": as_httpx,
    "fetch": as_fetch,
}


def _python(exchange: Exchange, tool: str, raw: str, when_sent_away: list[str]) -> str:
    headers, body = _headers(exchange), []
    if exchange.request_body and _is_plain_json(exchange):
        headers = [each for each in headers if each[0].lower() != "content-type"]
        body = [f"json={json.loads(exchange.request_body)!r}"]
    elif exchange.request_body:
        body = [f"{raw}={exchange.request_body!r}.encode()"]
    written = ", ".join(
        f"{name!r}: "
        + (f"f\"{proof.scheme} {{os.environ['{proof.variable}']}}\"" if (proof := _proof(name, value)) else repr(value))
        for name, value in headers
    )
    address = _joined(exchange, 'os.environ["API"]', 'os.environ["TOKEN"]', repr, " + ")
    lines = [repr(exchange.method), address, f"headers={{{written}}}", *body]
    lines += when_sent_away if 300 <= exchange.status < 400 else []
    arguments = "".join(f"    {line},\n" for line in lines)
    return (
        f"import os\n\nimport {tool}\n\nresponse = {tool}.request(\n{arguments})\n"
        "print(response.status_code, response.text)"
    )


def _headers(exchange: Exchange) -> list[tuple[str, str]]:
    return [(name, value) for name, value in exchange.request_headers.items() if name.lower() not in _OWN]


class _Proof(NamedTuple):
    """What an Authorization header holds: its scheme, and the variable that the rest is taken from."""

    scheme: str
    variable: str


def _proof(name: str, value: str) -> _Proof | None:
    if name.lower() != "authorization":
        return None
    return _Proof("Basic", "SECRET") if value == "Basic $SECRET" else _Proof("Bearer", "TOKEN")


def _joined(exchange: Exchange, api: str, token: str, write: Callable[[str], str], plus: str) -> str:
    """The address as an expression: the base, the path as it is on the wire, and the token where it stands in it."""
    parts = [part for part in _TOKEN.split(exchange.path) if part]
    written = (token if part == "$TOKEN" else write(quote(_LONE.sub("%25", part), safe=_AS_IT_IS)) for part in parts)
    return plus.join([api, *written])


def _media_type(exchange: Exchange) -> str:
    return next((value for name, value in exchange.request_headers.items() if name.lower() == "content-type"), "")


def _is_plain_json(exchange: Exchange) -> bool:
    """Whether the body is what `json=` would send: `application/json` whose value is all that there is to it."""
    if _media_type(exchange) != "application/json":
        return False
    try:
        value = json.loads(exchange.request_body)
        return json.dumps(value, allow_nan=False) == exchange.request_body
    except (ValueError, RecursionError):
        return False


def _js(text: str) -> str:
    return json.dumps(text)


def _js_body(exchange: Exchange) -> str:
    """The body as an object where JavaScript writes the same text for it as was sent, but for spaces; else as text."""
    if _is_plain_json(exchange) and _is_same_in_js(json.loads(exchange.request_body)):
        return f"JSON.stringify({exchange.request_body})"
    return _js(exchange.request_body)


def _is_same_in_js(value: object) -> bool:
    if isinstance(value, dict):
        return all(_keeps_its_place(name) and _is_same_in_js(each) for name, each in value.items())
    if isinstance(value, list):
        return all(map(_is_same_in_js, value))
    return value is None or isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < _EXACT)


def _keeps_its_place(name: str) -> bool:
    """Whether JavaScript has this name as any other: numbers come first in an object, and one is its prototype."""
    return name != "__proto__" and not name.isdigit()


def _shell(text: str) -> str:
    """Text for a shell: in single quotes, or where it cannot all be printed in bash's own, byte by byte."""
    if all(each.isprintable() or each == "\n" for each in text):
        return shlex.quote(text)
    escaped = (
        each if each.isprintable() and each not in "'\\" else "".join(f"\\x{byte:02x}" for byte in each.encode())
        for each in text
    )  # fmt: skip
    return f"$'{''.join(escaped)}'"


register(Exchange, exchange_text, exchange_html)
