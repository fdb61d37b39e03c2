"""How a token looks, decoded: header, claims with what they mean, and whether it was verified."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from scopekit.clock import human_span, human_time
from scopekit.show.pieces import LEFT, header_row, page, soft
from scopekit.tokens import is_numeric_date

if TYPE_CHECKING:
    from scopekit.decision import Decision
    from scopekit.tokens import Token

MEANINGS = {
    "iss": "issuer: who signed it",
    "sub": "subject: for whom it acts",
    "client_id": "the client it was given to",
    "aud": "audience: the API it is for",
    "iat": "issued at",
    "nbf": "not before",
    "exp": "expires",
    "jti": "its own id, to revoke it by",
    "parent_jti": "the id of the token that was traded in for it",
    "scope": "what it may do",
    "scopes": "what it may do",
    "alg": "how it is signed",
    "typ": "what kind of token",
    "kid": "which key signed it",
}
"""What the registered names say (RFC 7519 section 4.1, RFC 7515 section 4.1, RFC 9068 section 2.2) and `parent_jti`."""


def token_text(token: Token, verified: Decision | None = None) -> str:
    """The decoded structure of a token: header, claims with times, and where the signature sits."""
    names = [
        "header",
        *(f"  {name}" for name in token.header),
        "claims",
        *(f"  {name}" for name in token.claims),
    ]
    width = max(len(name) for name in (*names, "signature")) + 2
    lines = ["header"] + [_claim_line(f"  {name}", value, width, token) for name, value in token.header.items()]
    lines += ["claims"] + [_claim_line(f"  {name}", value, width, token) for name, value in token.claims.items()]
    return "\n".join([*lines, f"{'signature':{width}}{len(token.signature)} bytes, {_verified(verified)}"])


def token_html(token: Token, verified: Decision | None = None) -> str:
    """The decoded structure of a token, as tables."""
    return page(token_table(token, verified))


def token_table(token: Token, verified: Decision | None) -> str:
    """The table alone, for a page that holds more."""
    header, claims, _ = token.text.split(".")
    signature = f"{len(token.signature)} bytes"
    rows = [
        *(("header", name, value) for name, value in token.header.items()),
        *(("claims", name, value) for name, value in token.claims.items()),
    ]
    body = "".join(
        f"<tr><td {LEFT} class='soft part'>{part}</td><th {LEFT} scope='row'><code>{escape(name)}</code></th>"
        f"<td {LEFT}>{claim_html(name, value, token)}</td>"
        f"<td {LEFT} class='soft'>{escape(MEANINGS.get(name, ''))}</td></tr>"
        for part, name, value in rows
    )
    kind = "passed" if _is_verified(verified) else "failed"
    sits = (
        f"<tr><td {LEFT} class='soft part'>signature</td><th {LEFT} scope='row'>third part</th>"
        f"<td {LEFT}>{signature}, "
        f"<span class='verdict {kind}'>{escape(_verified(verified))}</span></td>"
        f"<td {LEFT} class='soft'>made with a key, over the two parts before it</td></tr>"
    )
    compact = f"<code>{escape(header[:12])}… <b>.</b> {escape(claims[:12])}… <b>.</b> ({signature} of signature)</code>"
    head = header_row("part", "name", "value", "meaning")
    return f"<table><caption>The token, decoded: {compact}</caption>{head}<tbody>{body}{sits}</tbody></table>"


def _is_verified(verified: Decision | None) -> bool:
    return verified is not None and verified.step("signature").verdict == "passed"


def _verified(verified: Decision | None) -> str:
    if verified is None:
        return "not verified"
    return f"verified with {verified.step('key').found}" if _is_verified(verified) else "does not verify"


def _claim_line(name: str, value: object, width: int, token: Token) -> str:
    return f"{name:{width}}{claim_value(name.strip(), value, token)}"


def claim_value(name: str, value: object, token: Token) -> str:
    """A claim's value on one line, a time also as people write it."""
    human = _human(name, value, token)
    return _value(value) + (f"  ({human})" if human else "")


def claim_html(name: str, value: object, token: Token) -> str:
    """The same, with the time in softer ink."""
    return f"<code>{escape(_value(value))}</code>{soft(_human(name, value, token))}"


def _human(name: str, value: object, token: Token) -> str:
    if name not in ("iat", "exp", "nbf") or not is_numeric_date(value):
        return ""
    issued = token.claims.get("iat")
    after = f", {human_span(value - issued)} after issue" if name == "exp" and is_numeric_date(issued) else ""
    return human_time(value) + after


def _value(value: object) -> str:
    """A claim on one line: text as it is where all of it can be printed, anything else as JSON."""
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, default=dict)
