"""Renders a token as text and as a table of its header and claims, and a decision as a table of its steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from scopekit.clock import in_smaller_unit
from scopekit.decision import Decision
from scopekit.display import register
from scopekit.render.markup import Markup, join, mark, page, row, soft, table, tag, verdict
from scopekit.tokens import TIME_NAMES, Token, is_numeric_date
from scopekit.wording import human_span, human_time

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
"""Where each name is defined: the number of an RFC, and a section of that RFC."""

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
    "parent_iat": "when that token was issued",
    "scope": "what it may do",
    "scopes": "what it may do",
    "alg": "how it is signed",
    "typ": "what kind of token",
    "kid": "which key signed it",
}
"""Meanings of names: registered ones (RFC 7519 section 4.1, RFC 7515 section 4.1, RFC 9068 section 2.2), and two of
our own, `parent_jti` and `parent_iat`."""

LONGEST = 300
"""A table shows at most this many characters of a value."""

_VERBS = {"exp": ("ends", "ended"), "nbf": ("begins", "began"), "iat": ("to be issued", "issued")}
"""For each time claim, the verb to use before that time and the verb to use after it."""


def token_text(token: Token, verified: str = "not verified") -> str:
    """A decoded token as text: its header, its claims with readable times, and whether its signature is verified."""
    width = max(len("signature") - 2, *map(len, token.header), *map(len, token.claims)) + 4
    lines = []
    for part, values in (("header", token.header), ("claims", token.claims)):
        lines += [part, *(f"{f'  {name}':{width}}{claim_value(name, each, token)}" for name, each in values.items())]
    return "\n".join([*lines, f"{'signature':{width}}{len(token.signature)} bytes, {verified}"])


def claim_value(name: str, value: object, token: Token) -> str:
    """A claim's value on one line. A time is followed by its date."""
    time = claim_time(name, value, token)
    return f"{claim_text(value)}  ({time})" if time else claim_text(value)


def claim_text(value: object) -> str:
    """A claim's value on one line: printable text as it is, anything else as JSON."""
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, default=dict)


def claim_time(name: str, value: object, token: Token) -> str:
    """The date of a time claim, and its unit if that is not seconds. Empty if the claim is not a time.

    For `exp`, adds the time since `iat`, if both are in seconds.
    """
    if name not in TIME_NAMES:
        return ""
    if not is_numeric_date(value):
        return in_smaller_unit(value)
    issued = token.claims.get("iat")
    if name != "exp" or not is_numeric_date(issued):
        return human_time(value)
    return f"{human_time(value)}, {human_span(value - issued)} after issue"


class ClaimRow(NamedTuple):
    """A table row for a name in a token's header or claims. An RFC defines it in `section`, at the URL `href`."""

    part: str
    name: str
    value: str
    when: str
    meaning: str
    section: str
    href: str


def claim_rows(
    header: Mapping[str, Any] | None, claims: Mapping[str, Any] | None, time: Callable[[str, object], str]
) -> Iterator[ClaimRow]:
    """Yields a row for each name in the header and the claims. The function `time` puts a time claim into words."""
    for part, values in (("header", header), ("claims", claims)):
        for name, value in (values or {}).items():
            number, section = SECTIONS[part].get(name, ("", ""))
            yield ClaimRow(
                part, one_line(name, 80), one_line(value), time(name, value) if part == "claims" else "",
                MEANINGS.get(name, "") if number or part == "claims" else "",
                f"RFC {number} section {section}" if number else "",
                f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}" if number else "",
            )  # fmt: skip


def one_line(value: object, longest: int = LONGEST) -> str:
    """A value on one line: printable text as it is, anything else as JSON. A long value is cut and the rest counted."""
    text = value if isinstance(value, str) and value.isprintable() else json.dumps(value, default=_plain)
    over = len(text) - longest
    return text if over <= 0 else f"{text[:longest]}… and {over:,} more characters"


def _plain(value: Any) -> Any:
    """Converts a value that JSON cannot represent: a read-only mapping into a dict, anything else into text."""
    return dict(value) if isinstance(value, Mapping) else str(value)


def from_now(name: str, value: object, now: float) -> str:
    """A time claim in words: its date and its distance from `now` (`ended 5 min ago`). Empty for any other claim."""
    if name not in _VERBS:
        return ""
    if not is_numeric_date(value):
        return "not a time: a time is a number of seconds since 1970"
    coming, over = _VERBS[name]
    return f"{human_time(value)}, {over if value < now or (value, name) == (now, 'iat') else coming} {away(value, now)}"


def away(seconds: float, now: float) -> str:
    """Says how far a time is from `now`, such as `in 5 min` or `5 min ago`."""
    span = human_span(seconds - now)
    return "now" if seconds == now else f"in {span}" if seconds > now else f"{span} ago"


def claims_table(caption: object, rows: Iterable[ClaimRow], *more: Markup, sections: bool = False) -> Markup:
    """A table of a token's header and claims: names, values and meanings. `sections` adds links to the RFCs."""
    columns = ["part", "name", "value", "meaning", "where it is written"]
    body = []
    for each in rows:
        cells = [each.part, tag.code(each.name), [tag.code(each.value), soft(each.when)], each.meaning]
        link = tag.a(each.section, href=each.href, rel="noreferrer", target="_blank") if each.href else None
        body.append(row(*cells, *([link] if sections else []), head=1, classes=CLASSES))
    return table(columns if sections else columns[:-1], [*body, *more], caption)


CLASSES = ("soft part", "", "", "soft")
"""The CSS classes of the cells in a table of claims."""


def compact(token: Token) -> Markup:
    """A token in short: the start of its header, the start of its claims, and the length of its signature."""
    header, claims, _ = token.text.split(".")
    dot, size = tag.b("."), f"({len(token.signature)} bytes of signature)"
    return tag.code(f"{header[:12]}… ", dot, f" {claims[:12]}… ", dot, f" {size}")


def token_table(token: Token, verified: Decision | None = None) -> Markup:
    """A table of a decoded token. The last row says whether the signature was verified."""
    kind = "passed" if verified and verified.step("signature").verdict == "passed" else "failed"
    signature = row(
        "signature", "third part", [f"{len(token.signature)} bytes, ", verdict(kind, verification(verified))],
        "made with a key, over the two parts before it", head=1, classes=CLASSES,
    )  # fmt: skip
    rows = claim_rows(token.header, token.claims, lambda name, value: claim_time(name, value, token))
    return claims_table(["The token, decoded: ", compact(token)], rows, signature)


def verification(verified: Decision | None) -> str:
    """Says whether a token's signature was verified, and with which key."""
    if verified is None:
        return "not verified"
    passed = verified.step("signature").verdict == "passed"
    return f"verified with {verified.step('key').found}" if passed else "does not verify"


def claim_html(name: str, value: object, token: Token) -> Markup:
    """A claim's value as HTML. If the claim is a time, the time in words follows in a paler colour."""
    return join(tag.code(claim_text(value)), soft(claim_time(name, value, token)))


def decision_html(decision: Decision) -> Markup:
    """A decision as a table of its steps."""
    names = ("no.", "check", "verdict", "what it found", "looked at", "rule")
    classes = ("part", "", "", "", "soft", "soft")
    steps = [
        row(
            number, step.check, mark(step.verdict), [step.found, soft(step.fix)], step.looked_at, step.rule,
            head=1, classes=classes,
        )
        for number, step in enumerate(decision.steps, 1)
    ]  # fmt: skip
    return join(tag.p(tag.b(decision.verdict)), table(names, steps) if steps else None)


register(Token, token_text, lambda token: page(token_table(token)))
register(Decision, repr, lambda decision: page(decision_html(decision)))
