"""Header and claims a name at a time: its value, when that is, what it means, and where that is written.

How a token looks, decoded: header, claims with what they mean, and whether it was verified.

How a vocabulary looks: its scopes as a tree.

How a decision looks: the verdict, and each step with what it found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

from scopekit.clock import human_span, human_time
from scopekit.decision import Decision
from scopekit.display import register
from scopekit.render.markup import LEFT, header_row, mark, page, soft
from scopekit.tokens import Token, claim_text, claim_time, is_numeric_date

SECTIONS = {
    "header": {
        "alg": ("7515", "4.1.1"), "jku": ("7515", "4.1.2"), "jwk": ("7515", "4.1.3"), "kid": ("7515", "4.1.4"),
        "x5u": ("7515", "4.1.5"), "x5c": ("7515", "4.1.6"), "x5t": ("7515", "4.1.7"), "typ": ("7515", "4.1.9"),
        "cty": ("7515", "4.1.10"), "crit": ("7515", "4.1.11"),
    },
    "claims": {
        "iss": ("7519", "4.1.1"), "sub": ("7519", "4.1.2"), "aud": ("7519", "4.1.3"), "exp": ("7519", "4.1.4"),
        "nbf": ("7519", "4.1.5"), "iat": ("7519", "4.1.6"), "jti": ("7519", "4.1.7"), "act": ("8693", "4.1"),
        "scope": ("8693", "4.2"), "client_id": ("8693", "4.3"), "cnf": ("7800", "3.1"),
        "authorization_details": ("9396", "9.1"),
    },
}  # fmt: skip
"""Where each name is defined: the number of the RFC, and its section."""

LONGEST = 300
"""How much of a value stands in a table."""

_VERBS = {"exp": ("ends", "ended"), "nbf": ("begins", "began"), "iat": ("to be issued", "issued")}
"""What happens at each time, while it is to come and once it is over."""


class Row(NamedTuple):
    """One name of a header or of claims; `href` is the address of `section` at the RFC editor."""

    part: str
    name: str
    value: str
    when: str
    meaning: str
    section: str
    href: str


def rows(part: str, values: Mapping[str, Any] | None, now: float) -> list[Row]:
    """A row for each name of a header or of claims; `now` is the moment that times are told from."""
    return [_row(part, name, value, now) for name, value in (values or {}).items()]


def one_line(value: object, longest: int = LONGEST) -> str:
    """A value on one line, text as it is where all of it can be printed; what is too long is cut, and counted."""
    text = value if isinstance(value, str) and value.isprintable() else json.dumps(value, default=_plain)
    over = len(text) - longest
    return text if over <= 0 else f"{text[:longest]}… and {over:,} more characters"


def when(name: str, value: object, now: float) -> str:
    """What a time says, from `now`: `ends in 2 h`, `ended 5 min ago`; nothing where the name is not that of a time."""
    if name not in _VERBS:
        return ""
    if not is_numeric_date(value):
        return "no time: that is a number of seconds since 1970"
    coming, over = _VERBS[name]
    away = value - now
    if away == 0:
        return f"{over if name == 'iat' else coming} now"
    return f"{coming} in {human_span(away)}" if away > 0 else f"{over} {human_span(away)} ago"


def _row(part: str, name: str, value: object, now: float) -> Row:
    number, section = SECTIONS[part].get(name, ("", ""))
    told = when(name, value, now) if part == "claims" else ""
    if told and is_numeric_date(value):
        told = f"{human_time(value)}, {told}"
    return Row(
        part, one_line(name, 80), one_line(value), told,
        MEANINGS.get(name, "") if name in SECTIONS[part] or part == "claims" else "",
        f"RFC {number} section {section}" if number else "",
        f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}" if number else "",
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """A read-only value as JSON can write it."""
    return dict(value) if isinstance(value, Mapping) else str(value)


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
        f"<span class='verdict {kind}'>{escape(verification(verified))}</span></td>"
        f"<td {LEFT} class='soft'>made with a key, over the two parts before it</td></tr>"
    )
    compact = f"<code>{escape(header[:12])}… <b>.</b> {escape(claims[:12])}… <b>.</b> ({signature} of signature)</code>"
    head = header_row("part", "name", "value", "meaning")
    return f"<table><caption>The token, decoded: {compact}</caption>{head}<tbody>{body}{sits}</tbody></table>"


def _is_verified(verified: Decision | None) -> bool:
    return verified is not None and verified.step("signature").verdict == "passed"


def verification(verified: Decision | None) -> str:
    """What a decision has shown of a token's signature."""
    if verified is None:
        return "not verified"
    return f"verified with {verified.step('key').found}" if _is_verified(verified) else "does not verify"


def claim_html(name: str, value: object, token: Token) -> str:
    """The same, with the time in softer ink."""
    return f"<code>{escape(claim_text(value))}</code>{soft(claim_time(name, value, token))}"


def decision_html(decision: Decision) -> str:
    """A decision as a table of its steps."""
    body = "".join(
        f"<tr><td {LEFT} class='part'>{number}</td><th {LEFT} scope='row'>{step.check}</th>"
        f"<td {LEFT}>{mark(step.verdict)}</td><td {LEFT}>{escape(step.found)}{soft(step.fix)}</td>"
        f"<td {LEFT} class='soft'>{escape(step.looked_at)}</td><td {LEFT} class='soft'>{escape(step.rule)}</td></tr>"
        for number, step in enumerate(decision.steps, 1)
    )
    names = header_row("no.", "check", "verdict", "what it found", "looked at", "rule")
    table = f"<table>{names}<tbody>{body}</tbody></table>"
    return page(f"<p><b>{escape(decision.verdict)}</b></p>" + (table if decision.steps else ""))


register(Token, repr, token_html)
register(Decision, repr, decision_html)
