"""Renders an exchange: its request and response as text, and code that sends the same request again.

The code is for curl, requests, httpx or fetch. It reads the address of the API and the token from the environment
variables `API` and `TOKEN`. For a client that authenticates, the variable `SECRET` must hold the client's id and
secret, encoded for Basic (RFC 7617 section 2). All other values are in the code itself, quoted for its language, with
unprintable characters escaped.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from scopekit.audit import Exchange
from scopekit.audit.calls import without_secrets, without_tokens
from scopekit.render.markup import Blocks, preformatted, view_of


@view_of(Exchange, between="\n\n")
def exchange_view(exchange: Exchange) -> Blocks:
    """The request and the response of an exchange. `$API` stands for the address of the API, `$TOKEN` for the token."""
    yield preformatted("request", request_text(exchange))
    yield preformatted("response", response_text(exchange))


def request_text(exchange: Exchange) -> str:
    """The request of an exchange as text."""
    headers = [f"{name}: {value}" for name, value in exchange.request_headers.items()]
    body = ["", exchange.request_body] if exchange.request_body else []
    return "\n".join([f"{exchange.method} $API{exchange.path}", *headers, *body])


def response_text(exchange: Exchange) -> str:
    """The response of an exchange as text. `$TOKEN` replaces each token. Similar words replace codes and secrets."""
    headers = [f"{name}: {without_secrets(value)}" for name, value in exchange.headers.items()]
    body = exchange.text
    with suppress(ValueError):
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    return "\n".join([f"{exchange.status} {exchange.phrase}", *headers, *(["", without_tokens(body)] if body else [])])


_OWN = ("content-length", "user-agent", "accept-encoding", "connection", "host")
"""Headers that the snippets omit, because every tool sets them itself."""
_TOKEN = re.compile(r"(?<=access_token=)(\$TOKEN)")
_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"
_LONE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_EXACT = 2**53
"""JavaScript represents every whole number below this one exactly (ECMA-262, Number.MAX_SAFE_INTEGER)."""


def snippets_of(exchange: Exchange) -> dict[str, str]:
    """Maps the name of each tool, such as `curl`, to code that sends the request again with this tool."""
    return {name: write(exchange) for name, write in _WRITERS.items()}


def as_curl(exchange: Exchange) -> str:
    """The request as a curl command for a shell."""
    named = exchange.method != "GET" or exchange.request_body
    options = ["--head"] if exchange.method == "HEAD" else ["-i"]
    options += [f"-X {shlex.quote(exchange.method)}"] if named and exchange.method != "HEAD" else []
    options += ["--globoff"] if re.search(r"[\[\]{}]", exchange.path) else []
    options += ["--path-as-is"] if "/." in exchange.path else []
    address = _joined(exchange, '"$API"', '"$TOKEN"', _shell, "")
    lines = [f"curl {' '.join(options)} {address}"]
    for name, value in _headers(exchange):
        header, proof = f"{name}: {value}" if value else f"{name};", _proof(name, value)
        lines.append(f'-H "{name}: {proof.scheme} ${proof.variable}"' if proof else f"-H {_shell(header)}")
    if exchange.request_body and exchange.method != "HEAD":
        lines += [] if _media_type(exchange) else ["-H 'Content-Type:'"]
        lines.append(f"--data-raw {_shell(exchange.request_body)}")
    return " \\\n  ".join(lines)


def as_fetch(exchange: Exchange) -> str:
    """The request as a JavaScript module for Node. A browser cannot run the module, because it has no `process.env`."""
    headers = ", ".join(
        f"{json.dumps(name)}: "
        + (f"`{proof.scheme} ${{{proof.variable}}}`" if (proof := _proof(name, value)) else json.dumps(value))
        for name, value in _headers(exchange)
    )
    names = "API, TOKEN, SECRET" if "${SECRET}" in headers else "API, TOKEN"
    options = [f"method: {json.dumps(exchange.method)},", f"headers: {{ {headers} }},"]
    options += ['redirect: "manual",'] if 300 <= exchange.status < 400 else []
    if exchange.request_body:
        sends = exchange.method not in ("GET", "HEAD")
        options.append(f"body: {_js_body(exchange)}," if sends else f"// fetch sends no body with {exchange.method}")
    address = _joined(exchange, "API", "TOKEN", json.dumps, " + ")
    lines = [
        f"const {{ {names} }} = process.env;",
        f"const response = await fetch({address}, {{",
    ]
    lines += [f"  {option}" for option in options]
    return "\n".join([*lines, "});", "console.log(response.status, await response.text());"])


def as_python(tool: str, body_name: str, redirects: list[str], exchange: Exchange) -> str:
    """The request as Python for requests or httpx. `redirects` holds the argument, if any, that turns redirects off."""
    headers, body = _headers(exchange), []
    if exchange.request_body and _is_plain_json(exchange):
        headers = [each for each in headers if each[0].lower() != "content-type"]
        body = [f"json={json.loads(exchange.request_body)!r}"]
    elif exchange.request_body:
        body = [f"{body_name}={exchange.request_body!r}.encode()"]
    pairs = ", ".join(
        f"{name!r}: "
        + (f"f\"{proof.scheme} {{os.environ['{proof.variable}']}}\"" if (proof := _proof(name, value)) else repr(value))
        for name, value in headers
    )
    address = _joined(exchange, 'os.environ["API"]', 'os.environ["TOKEN"]', repr, " + ")
    lines = [repr(exchange.method), address, f"headers={{{pairs}}}", *body]
    lines += redirects if 300 <= exchange.status < 400 else []
    arguments = "".join(f"    {line},\n" for line in lines)
    return (
        f"import os\n\nimport {tool}\n\nresponse = {tool}.request(\n{arguments})\n"
        "print(response.status_code, response.text)"
    )


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "curl": as_curl,
    "requests": partial(as_python, "requests", "data", ["allow_redirects=False"]),
    "httpx": partial(as_python, "httpx", "content", []),
    "fetch": as_fetch,
}


def _headers(exchange: Exchange) -> list[tuple[str, str]]:
    return [(name, value) for name, value in exchange.request_headers.items() if name.lower() not in _OWN]


class _Proof(NamedTuple):
    """An Authorization header's scheme, and the environment variable that holds its token or secret."""

    scheme: str
    variable: str


def _proof(name: str, value: str) -> _Proof | None:
    if name.lower() != "authorization":
        return None
    return _Proof("Basic", "SECRET") if value == "Basic $SECRET" else _Proof("Bearer", "TOKEN")


def _joined(exchange: Exchange, api: str, token: str, write: Callable[[str], str], plus: str) -> str:
    """The request's address as an expression in the tool's language. A variable replaces a token in the query."""
    parts = [part for part in _TOKEN.split(exchange.path) if part]
    pieces = (token if part == "$TOKEN" else write(quote(_LONE.sub("%25", part), safe=_AS_IT_IS)) for part in parts)
    return plus.join([api, *pieces])


def _media_type(exchange: Exchange) -> str:
    return next((value for name, value in exchange.request_headers.items() if name.lower() == "content-type"), "")


def _is_plain_json(exchange: Exchange) -> bool:
    """Whether the request's body is JSON that `json.dumps` would write in exactly the same way."""
    if _media_type(exchange) != "application/json":
        return False
    try:
        value = json.loads(exchange.request_body)
        return json.dumps(value, allow_nan=False) == exchange.request_body
    except (ValueError, RecursionError):
        return False


def _js_body(exchange: Exchange) -> str:
    """The request's body in JavaScript: an object if that sends the same JSON, otherwise a string."""
    if _is_plain_json(exchange) and _is_same_in_js(json.loads(exchange.request_body)):
        return f"JSON.stringify({exchange.request_body})"
    return json.dumps(exchange.request_body)


def _is_same_in_js(value: object) -> bool:
    if isinstance(value, dict):  # JavaScript moves numeric names to the front; `__proto__` sets the prototype
        special = any(name == "__proto__" or name.isdigit() for name in value)
        return not special and all(map(_is_same_in_js, value.values()))
    if isinstance(value, list):
        return all(map(_is_same_in_js, value))
    return value is None or isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < _EXACT)


def _shell(text: str) -> str:
    """Quotes text for a shell: in single quotes, or with unprintable characters escaped in bash's `$'...'`."""
    if all(each.isprintable() or each == "\n" for each in text):
        return shlex.quote(text)
    escaped = (
        each if each.isprintable() and each not in "'\\" else "".join(f"\\x{byte:02x}" for byte in each.encode())
        for each in text
    )  # fmt: skip
    return f"$'{''.join(escaped)}'"
