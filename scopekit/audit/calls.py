"""A call is a request that an API's document describes. An exchange is a request that was made, with its response.

An exchange shows `$TOKEN` in place of a token and `$SECRET` in place of a secret, so neither ends up in a notebook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scopekit.display import Displayed
from scopekit.requirements import Requirement, any_of

Json = Mapping[str, Any]

JSON, FORM, TEXT = "application/json", "application/x-www-form-urlencoded", "text/plain"
"""The media types of a body that can be sent. A type that ends in `+json` counts as JSON (RFC 6839 section 3.1)."""

SAFE = ("GET", "HEAD", "OPTIONS")
"""The safe methods: they ask for no change (RFC 9110 section 9.2.1). TRACE is safe too, but is never sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that an API's document describes.

    `template` is the documented path; `path` has values in place of the path's parameters, and ends with the query.
    `requirement` is what a token must hold, or None if the document does not say. If the token's subject
    is `owner`, `own` is enough instead. `public`: the document asks for no token. `other_credentials`: the document
    asks for something other than a token. `conditional`: the needed scopes depend on the request, and the document does
    not say how. `answers` are the documented statuses, such as `200`, `4XX` or `default`.
    """

    name: str
    method: str
    path: str
    template: str
    requirement: Requirement | None
    body: Any = None
    own: Requirement | None = None
    owner: str | None = None
    public: bool = False
    other_credentials: bool = False
    conditional: bool = False
    answers: frozenset[str] = frozenset()
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def safe(self) -> bool:
        """Whether the call's method is safe, which means that the call asks for no change (RFC 9110 section 9.2.1)."""
        return self.method in SAFE

    def needed_by(self, subject: str | None) -> Requirement | None:
        """What a token whose `sub` is `subject` must hold to open the call. None if the document does not say."""
        if self.requirement is None or subject is None or subject != self.owner:
            return self.requirement
        return any_of(self.requirement, self.own) if self.own else None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, repr=False)
class Exchange(Displayed):
    """A request and its response, printed with `$API` for the address of the API and `$TOKEN` for the token."""

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
        """What the API's guard decided: `allowed`, `denied`, `failed` if the API itself broke, or `unseen`.

        `unseen` means that the decision is not known: no response came (status 0), the response redirects, or the API
        asks the client to try again later (429, or 503 with Retry-After).
        """
        if self.status in (401, 403):
            return "denied"
        asks_for_patience = self.status == 503 and any(name.lower() == "retry-after" for name in self.headers)
        if self.status < 200 or 300 <= self.status < 400 or self.status == 429 or asks_for_patience:
            return "unseen"
        return "failed" if self.status >= 500 else "allowed"

    @property
    def refusal(self) -> str:
        """The reason why the call was not allowed, in a few words. Empty for an allowed call."""
        if self.verdict == "allowed":
            return ""
        try:
            body = self.json
        except (ValueError, RecursionError):
            body = None
        problem = body if isinstance(body, dict) else {}
        if isinstance(needed := problem.get("scope"), str) and needed:
            return fit_to_print(f"needs {' and '.join(needed.split())}")
        return fit_to_print(str(problem.get("detail") or self.phrase))


def is_json(media_type: str) -> bool:
    """Whether a media type, given without parameters, is JSON."""
    return media_type == JSON or media_type.endswith("+json")


def as_text(value: Any) -> str:
    """Writes a value as text for a request. A text stays as it is; any other value becomes JSON."""
    return value if isinstance(value, str) else json.dumps(value, allow_nan=False)


# How an exchange hides secrets and cleans text that somebody else wrote

MAX_SENTENCE_CHARACTERS = 300
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_KEY = re.compile(r"\be[wy][A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)+|\b(?:gh[a-z]_|github_pat_)\w+")
_FIELDS = {
    "client_secret": "$SECRET", "code": "$CODE", "code_verifier": "$VERIFIER", "ticket": "$TICKET",
    **dict.fromkeys(("access_token", "token", "subject_token", "assertion"), "$TOKEN"),
}  # fmt: skip
_FIELD = re.compile(rf"\b({'|'.join(_FIELDS)})=[^&\s]+")


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with `$TOKEN` in place of each token and cookie, and `$SECRET` in place of a client's secret."""
    shown = dict(headers)
    for name, value in headers.items():
        if name.lower() == "authorization":
            shown[name] = "Basic $SECRET" if value.startswith("Basic ") else "Bearer $TOKEN"
        elif name.lower() == "cookie":
            shown[name] = re.sub(r"=[^;]+", "=$TOKEN", value)
    return shown


def without_tokens(text: str) -> str:
    """The text with `$TOKEN` in place of each token in compact form."""
    return _TOKEN.sub("$TOKEN", text)


def without_secrets(text: str) -> str:
    """Replaces each secret, code and token in a submitted form or an address by a placeholder such as `$SECRET`."""
    return without_tokens(_FIELD.sub(lambda match: f"{match[1]}={_FIELDS[match[1]]}", text))


def fit_to_print(text: str) -> str:
    """Makes foreign text safe to print: one short line, without tokens or characters that control a terminal."""
    safe = _KEY.sub("$TOKEN", text[: 10 * MAX_SENTENCE_CHARACTERS])
    line = "".join(each if each.isprintable() else " " for each in safe).strip()
    return line if len(line) <= MAX_SENTENCE_CHARACTERS else f"{line[: MAX_SENTENCE_CHARACTERS - 1]}…"
