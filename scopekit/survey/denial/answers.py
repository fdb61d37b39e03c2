"""Answers: what somebody else's API says about a token, in whatever dialect it says so.

Read are WWW-Authenticate (RFC 6750 section 3), GitHub's scope headers, and the bodies of RFC 9457, Auth0, express-jwt,
FastAPI and their like. Nothing in an answer raises, and what it says is made fit to print: it may hold a token.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from scopekit.errors import ScopeError
from scopekit.requirements import Requirement, all_of, any_of
from scopekit.scopes import Scopes, scope
from scopekit.survey.calls import Exchange
from scopekit.survey.denial.blame import CODES, blamed
from scopekit.survey.denial.challenges import Challenge, bearer

MAX_BODY_CHARACTERS = 100_000
MAX_SENTENCE_CHARACTERS = 300
MAX_SCOPES = 64

_HIDDEN = re.compile(r"\be[wy][A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)+|\b(?:gh[a-z]_|github_pat_)\w+")
_EXPRESS = re.compile(r"UnauthorizedError: ([^<\n]{1,300})")
_EXPECTED = re.compile(r"expected:? ['\"]?([\x21-\x7e]{1,255}?)['\"]?(?:\s|$)", re.IGNORECASE)
_ANY_OF = re.compile(r"expected any of:\s*([^\n]{1,1000})", re.IGNORECASE)
_ALL_OF = re.compile(r"required scopes?:\s*([^\n]{1,1000})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says: `error` in RFC 6750's words, the check it `blames`, and the scopes that it asks for.

    `held` is what the API itself says that the token holds. `expected` is the audience or issuer that the answer
    names, `resource` the API's own name by its metadata's address (RFC 9728). `date` is the API's clock, in seconds
    since 1970.
    """

    status: int
    error: str | None = None
    description: str = ""
    blames: str | None = None
    needed: Requirement | None = None
    held: Scopes | None = None
    expected: str | None = None
    resource: str | None = None
    date: float | None = None


class _Parts(NamedTuple):
    """An answer taken apart."""

    headers: Mapping[str, str]
    challenge: Challenge | None
    body: Mapping[str, Any]
    sentences: tuple[str, ...]


def read_answer(exchange: Exchange) -> Told:
    """What the answer of an exchange says, as far as it can be read."""
    parts = _parts(exchange)
    codes = [CODES[code] for code in _codes(parts) if code in CODES]
    said = " ".join(parts.sentences)
    expected = _EXPECTED.search(said)
    return Told(
        exchange.status,
        next((error for error, _ in codes if error), None),
        fit_to_print(parts.sentences[0]) if parts.sentences else "",
        next((check for _, check in codes if check), None) or blamed(exchange, parts.challenge, parts.sentences),
        next((needed for read in _NEEDED if (needed := read(parts))), None),
        tuple(_split(parts.headers["x-oauth-scopes"])) if "x-oauth-scopes" in parts.headers else None,
        fit_to_print(expected[1]) if expected and not _ANY_OF.search(said) else None,
        _resource(parts.challenge),
        _date(parts.headers.get("date", "")),
    )  # fmt: skip


def fit_to_print(text: str) -> str:
    """Text of somebody else's on one line, without what looks like a token or could steer a terminal."""
    masked = _HIDDEN.sub("$TOKEN", text[: 10 * MAX_SENTENCE_CHARACTERS])
    line = "".join(each if each.isprintable() else " " for each in masked).strip()
    return line if len(line) <= MAX_SENTENCE_CHARACTERS else f"{line[: MAX_SENTENCE_CHARACTERS - 1]}…"


def _parts(exchange: Exchange) -> _Parts:
    headers = {name.lower(): value for name, value in exchange.headers.items()}
    challenge = bearer(headers.get("www-authenticate", ""))
    body = _body(exchange.text[:MAX_BODY_CHARACTERS])
    own = (
        [challenge.parameters["error_description"]] if challenge and "error_description" in challenge.parameters else []
    )
    return _Parts(
        headers, challenge, body, tuple(filter(str.strip, [*own, *_sentences(body), *_plain(exchange, body)]))
    )


def _body(text: str) -> dict[str, Any]:
    """The members of a JSON body, those of an object in `error` or `detail` besides; empty for any other body."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict):
        return {}
    inner = [each for name in ("error", "detail", "inner") if isinstance(each := body.get(name), dict)]
    members: dict[str, Any] = {}
    for each in (body, *inner):
        members.update({name: value for name, value in each.items() if not isinstance(members.get(name), str)})
    return members


def _sentences(body: Mapping[str, Any]) -> Iterator[str]:
    for name in ("error_description", "detail", "message", "msg", "error", "title"):
        if isinstance(text := body.get(name), str) and text not in CODES:
            yield text


def _plain(exchange: Exchange, body: Mapping[str, Any]) -> Iterator[str]:
    """A body that is no JSON: express-jwt's error in a page of Express, or a short text."""
    if found := _EXPRESS.search(exchange.text[:MAX_BODY_CHARACTERS]):
        yield found[1]
    elif not body and len(exchange.text) <= MAX_SENTENCE_CHARACTERS and "<" not in exchange.text:
        yield exchange.text.strip().strip('"')


def _codes(parts: _Parts) -> Iterator[str]:
    if parts.challenge:
        yield parts.challenge.parameters.get("error", "")
    for name in ("error", "errorCode", "code", "reason"):
        if isinstance(code := parts.body.get(name), str):
            yield code.lower()
    for detail in details if isinstance(details := parts.body.get("details"), list) else ():
        if isinstance(detail, dict) and isinstance(code := detail.get("reason"), str):
            yield code.lower()


# What the call needs, as each dialect says it


def _in_challenge(parts: _Parts) -> Requirement | None:
    return _all(_split(parts.challenge.parameters.get("scope", ""))) if parts.challenge else None


def _in_header(parts: _Parts) -> Requirement | None:
    return _any(_split(parts.headers.get("x-accepted-oauth-scopes", "")))


def _in_permissions_header(parts: _Parts) -> Requirement | None:
    """GitHub's fine-grained permissions: sets, with semicolons between."""
    sets = parts.headers.get("x-accepted-github-permissions", "").split(";")
    ways = [needed for each in sets if (needed := _all(_split(each)))]
    return any_of(*ways) if ways else None


def _in_body(parts: _Parts) -> Requirement | None:
    for name in ("scope", "required_scopes", "requiredScopes"):
        value = parts.body.get(name)
        texts = value if isinstance(value, list) else [value]
        if needed := _all(found for text in texts if isinstance(text, str) for found in _split(text)):
            return needed
    return None


def _in_sentence(parts: _Parts) -> Requirement | None:
    said = "\n".join(parts.sentences)
    if found := _ANY_OF.search(said):
        return _any(_split(found[1]))
    return _all(_split(found[1])) if (found := _ALL_OF.search(said)) else None


_NEEDED: tuple[Callable[[_Parts], Requirement | None], ...] = (
    _in_header, _in_permissions_header, _in_sentence, _in_challenge, _in_body,
)  # fmt: skip


def _any(names: Iterable[str]) -> Requirement | None:
    return any_of(*found) if (found := tuple(names)) else None


def _all(names: Iterable[str]) -> Requirement | None:
    return all_of(*found) if (found := tuple(names)) else None


def _split(text: str) -> Iterator[str]:
    """The scopes in a text, at spaces and commas; what is none is left out."""
    for each in list(dict.fromkeys(re.split(r"[\s,]+", text)))[:MAX_SCOPES]:
        with contextlib.suppress(ScopeError):
            yield scope(each)


def _resource(challenge: Challenge | None) -> str | None:
    """The API's own name: its metadata's address without the well-known part (RFC 9728 section 3.1)."""
    address = challenge.parameters.get("resource_metadata", "") if challenge else ""
    before, found, after = address.partition("/.well-known/oauth-protected-resource")
    return fit_to_print(before + after) if found else None


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text[:64]).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
