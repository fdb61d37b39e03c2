"""Turns a guard's refusal (a Decision) into the HTTP response that the caller gets.

The header WWW-Authenticate follows RFC 6750, and the body follows RFC 9457. Neither reveals the token's claims, the
token's scopes or the error text of a library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from scopekit.decision import Decision

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = 5

_UNQUOTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response: a status, headers, and a body to be written as JSON."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


def answer(decision: Decision, realm: str = "api") -> Answer:
    """The HTTP response to a request that a guard refused (RFC 6750 section 3)."""
    headers, members = {}, {}
    if decision.status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if decision.status in (400, 401, 403):
        headers["WWW-Authenticate"] = challenge(decision, realm)
    if decision.error:
        members["error"] = decision.error
    if decision.status == 403:
        members["scope"] = " ".join(decision.least)
    return problem(decision.status, decision.description, headers | switched_off(decision.off), **members)


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **members: Any) -> Answer:
    """An error response with a JSON body as in RFC 9457 section 3. The body also holds `members`."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return Answer(status, {"Content-Type": PROBLEM, "Cache-Control": "no-store", **(headers or {})}, body)


def challenge(decision: Decision, realm: str = "api") -> str:
    """The value of the header WWW-Authenticate: always a realm, but an error only if credentials were sent."""
    parameters = {"realm": realm}
    if decision.error:
        parameters |= {"error": decision.error, "error_description": decision.description}
    if decision.least:
        parameters["scope"] = " ".join(decision.least)
    return "Bearer " + ", ".join(f'{name}="{_UNQUOTABLE.sub("?", value)}"' for name, value in parameters.items())


def switched_off(names: Iterable[str]) -> dict[str, str]:
    """The header that lists the guard's disabled checks, or no header if all checks are on."""
    return {"ScopeKit-Checks-Off": value} if (value := ", ".join(names)) else {}
