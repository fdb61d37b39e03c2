"""Calls and exchanges: a request that one could make, read from an API's document, and one that was made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from scopekit.errors import DocumentError, shortened
from scopekit.requirements import Requirement, any_of
from scopekit.scopes import Vocabulary

if TYPE_CHECKING:
    import requests

Json = Mapping[str, Any]

_IN_ADDRESS = re.compile(r"(access_token=)[^&#]+")
_METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that one could make; `requirement` is what the document says it needs, None where it does not say.

    `path` is filled in, `template` is as documented. `own` opens it too where the token's subject is `owner`.
    """

    name: str
    method: str
    path: str
    template: str
    requirement: Requirement | None
    body: Json | None = None
    own: Requirement | None = None
    owner: str | None = None

    def needed_by(self, subject: str | None) -> Requirement | None:
        """What a token of this subject needs for the call; None where the document does not say."""
        if self.requirement is None or subject is None or subject != self.owner:
            return self.requirement
        return any_of(self.requirement, self.own) if self.own else None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was made and the response to it; it prints `$API` and `$TOKEN` in place of address and token."""

    method: str
    path: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int
    phrase: str
    headers: Mapping[str, str]
    text: str = field(repr=False)

    @property
    def json(self) -> Any:
        """The response's body, read as JSON."""
        return json.loads(self.text)

    @property
    def verdict(self) -> str:
        """The guard's answer: `allowed`, `denied`, or `failed` where the API itself broke."""
        if self.status in (401, 403):
            return "denied"
        return "failed" if self.status >= 500 else "allowed"

    @property
    def refusal(self) -> str:
        """What a denied answer asks for, in a few words; empty where it was not denied."""
        if self.verdict == "allowed":
            return ""
        try:
            body = self.json
        except ValueError:
            body = None
        problem = body if isinstance(body, dict) else {}
        if isinstance(needed := problem.get("scope"), str) and needed:
            return f"needs {' and '.join(needed.split())}"
        return str(problem.get("detail") or self.phrase)

    def __repr__(self) -> str:
        from scopekit.show import exchange_text

        return exchange_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import exchange_html

        return exchange_html(self)


def send(
    session: requests.Session, base_url: str, method: str, path: str, token: object = None, body: Json | None = None
) -> Exchange:
    """One exchange over HTTP: `token` is sent as a Bearer token, `body` as JSON; redirects are not followed."""
    import requests

    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    asked = requests.Request(method, base_url + path, headers=headers, json=body)
    response = session.send(session.prepare_request(asked), timeout=10, allow_redirects=False)
    response.encoding = response.encoding or "utf-8"  # JSON's; requests would guess for application/problem+json
    sent = response.request.body or b""
    return Exchange(
        method, _IN_ADDRESS.sub(r"\1$TOKEN", path), _masked(response.request.headers),
        sent if isinstance(sent, str) else sent.decode(),
        response.status_code, response.reason, dict(response.headers), response.text,
    )  # fmt: skip


def read_calls(document: Json) -> tuple[Call, ...]:
    """The calls of an OpenAPI document, deprecated ones left out; DocumentError where it cannot be read.

    An operation with `x-scope-conditions` gives one call for each of its cases. The `owner` of a case says which path
    parameter is compared with `sub`, and what opens the call where they are the same.
    """
    try:
        found = [
            call
            for template, item in document["paths"].items()
            for method in _METHODS
            if method in item and not item[method].get("deprecated")
            for call in _calls(method.upper(), template, {"security": document.get("security"), **item[method]})
        ]
    except (KeyError, TypeError, AttributeError):
        raise DocumentError("An OpenAPI document has paths with operations; found something else.") from None
    return tuple(found)


def read_vocabulary(document: Json) -> Vocabulary:
    """The scopes of a document's first oauth2 scheme, with what `x-scope-implies` says; empty where it has none."""
    try:
        for scheme in document.get("components", {}).get("securitySchemes", {}).values():
            for flow in scheme.get("flows", {}).values():
                return Vocabulary(flow.get("scopes", {}), scheme.get("x-scope-implies"))
    except (TypeError, AttributeError):
        raise DocumentError("An OpenAPI document has its scopes in securitySchemes; found something else.") from None
    return Vocabulary({})


def _calls(method: str, template: str, operation: Json) -> Iterable[Call]:
    alone = {"name": operation.get("operationId", f"{method} {template}"), "security": operation["security"]}
    for condition in operation.get("x-scope-conditions") or [alone]:
        example = condition.get("example", {})
        path = _filled(template, example.get("path", {}))
        query = f"?{urlencode(example['query'])}" if example.get("query") else ""
        own, owner = _owner(condition["owner"], example) if condition.get("owner") else (None, None)
        needed, body = _requirement(condition["security"]), example.get("body")
        yield Call(condition["name"], method, path + query, template, needed, body, own, owner)


def _owner(owner: Json, example: Json) -> tuple[Requirement | None, str]:
    """What the owner of the example's record needs, and who that is."""
    if owner["claim"] != "sub":
        raise DocumentError(f"An owner is compared with the claim 'sub'; found {shortened(owner['claim'])}.")
    return _requirement(owner["security"]), str(example["path"][owner["parameter"]])


def _requirement(security: Sequence[Json] | None) -> Requirement | None:
    """OpenAPI's `security`, a list of alternatives; None where it is not there, or lets one call without a token."""
    if not security or {} in security:
        return None
    return Requirement(tuple(frozenset(name for names in one.values() for name in names) for one in security))


def _filled(template: str, values: Json) -> str:
    path = template
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(str(value)))
    return path


def _masked(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: "Bearer $TOKEN" if name.lower() == "authorization" else value for name, value in headers.items()}
