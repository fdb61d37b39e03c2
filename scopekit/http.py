"""Turns a guard's refusal (a Decision) into the HTTP response that the caller gets, for any web framework.

    if not (decision := authorize(guard, request.headers, "notes:read")):
        refused = answer(decision)
        return Response(refused.content, refused.status, refused.headers, content_type=refused.media_type)

The header WWW-Authenticate follows RFC 6750, and the body follows RFC 9457. Neither reveals the token's claims, the
token's scopes or the error text of a library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Any, cast

from scopekit.arguments import checked
from scopekit.decision import Allowed, Decision, Denied
from scopekit.errors import PolicyError
from scopekit.guard import Guard, Needed
from scopekit.requirements import NO_SCOPE
from scopekit.wording import named

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = 5
MOST_ANSWERS = 512
"""At most this many different answers are kept for equal refusals. When there are more, all are dropped."""

VALUES = (str, bytes, list, tuple, type(None))
Headers = Mapping[str, Any] | Mapping[bytes, Any] | Iterable[tuple[str | bytes, str | bytes]]

_UNQUOTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_ANSWERS: dict[tuple[object, ...], Answer] = {}
_JOINED = re.compile(r",[ \t]*(?=bearer |[a-z][a-z\d-]* [^\",]*$)", re.IGNORECASE)  # Digest has commas in quotes


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response with a JSON body. `content` is the body in UTF-8; its media type is not among the `fields`."""

    status: int
    fields: tuple[tuple[str, str], ...]
    content: bytes
    media_type: str = PROBLEM

    @property
    def headers(self) -> dict[str, str]:
        """The headers without Content-Type, which is `media_type`. A new dict each time, which may be changed."""
        return dict(self.fields)

    @property
    def body(self) -> dict[str, Any]:
        """The body as JSON values. A new dict each time, which may be changed."""
        return cast(dict[str, Any], json.loads(self.content))


@checked(when="failed")
def authorize(
    guard: Guard, headers: Headers | None, requirement: Needed = NO_SCOPE, *, query_token: str | None = None
) -> Allowed | Denied:
    """The guard's decision about a request with these headers: a mapping, or pairs of a name and a value.

    Names may be in any case, names and values may be bytes, and a value may be a list. Several Authorization headers
    are refused, also where a server has joined them with commas. `query_token` is the token in the request's address,
    if there is one. Raises PolicyError for the text of one header: `guard.decide` takes that.
    """
    if isinstance(headers, str | bytes) or hasattr(headers, "headers"):
        found = "a text" if isinstance(headers, str | bytes) else "the whole request"
        raise PolicyError(f"authorize() needs all headers of a request, as a mapping or as pairs; found {found}.")
    given = () if headers is None else headers
    pairs = list(given.items() if hasattr(given, "items") else given)
    sent = [value for name, value in pairs if _text(name).lower() == "authorization"]
    if not sent and not all(isinstance(value, VALUES) for _, value in pairs):
        raise PolicyError("authorize() needs only the headers of a request; found values that no header has.")
    several = [value if isinstance(value, list | tuple) else [value] for value in sent if value is not None]
    values = [_text(one) for one in chain.from_iterable(several)]
    return guard.decide([one for value in values for one in _JOINED.split(value)], requirement, query_token=query_token)


def _text(value: str | bytes) -> str:
    if not isinstance(value, str | bytes):
        raise PolicyError(f"authorize() needs names and values of headers as text or bytes; found {named(value)}.")
    return value.decode("latin-1") if isinstance(value, bytes) else value


@checked(when="failed")
def answer(decision: Decision, realm: str = "api", resource_metadata: str | None = None) -> Answer:
    """The HTTP response to a request that a guard refused (RFC 6750 section 3).

    `resource_metadata` is the address of the API's metadata document, for the challenge (RFC 9728 section 5.1). Raises
    PolicyError for an allowed request.
    """
    shown = (decision.status, decision.error, decision.description, decision.least, decision.off)
    kept = _ANSWERS.get((shown, realm, resource_metadata))
    if kept is None:
        if len(_ANSWERS) >= MOST_ANSWERS:
            _ANSWERS.clear()
        kept = _ANSWERS[shown, realm, resource_metadata] = _build(decision, realm, resource_metadata)
    return kept


def _build(decision: Decision, realm: str, resource_metadata: str | None) -> Answer:
    if decision.allowed:
        raise PolicyError("Only a refused request gets an answer from its guard; found an allowed one.")
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if decision.status == 503 else {}
    members = {"error": decision.error} if decision.error else {}
    if decision.status in (400, 401, 403):
        headers["WWW-Authenticate"] = challenge(decision, realm, resource_metadata if decision.status != 400 else None)
    if decision.status == 403:
        members["scope"] = " ".join(decision.least)
    return problem(decision.status, decision.description, headers | switched_off(decision.off), **members)


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **members: Any) -> Answer:
    """An error response with a JSON body as in RFC 9457 section 3. The body also holds `members`."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Answer(status, (("Cache-Control", "no-store"), *(headers or {}).items()), content)


def challenge(decision: Decision, realm: str = "api", resource_metadata: str | None = None) -> str:
    """The value of the header WWW-Authenticate: always a realm, but an error only if credentials were sent."""
    parameters = {"realm": realm}
    if decision.error:
        parameters |= {"error": decision.error, "error_description": decision.description}
    if decision.least:
        parameters["scope"] = " ".join(decision.least)
    if resource_metadata:
        parameters["resource_metadata"] = resource_metadata
    return "Bearer " + ", ".join(f'{name}="{_UNQUOTABLE.sub("?", value)}"' for name, value in parameters.items())


def switched_off(names: Iterable[str]) -> dict[str, str]:
    """The header that lists the guard's disabled checks, or no header if all checks are on."""
    return {"ScopeKit-Checks-Off": value} if (value := ", ".join(names)) else {}
