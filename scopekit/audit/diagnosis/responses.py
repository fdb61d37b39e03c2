"""Reads what the response of somebody else's API says about a token, in any of the usual notations.

The response may be text, as `curl -i` prints it. It may speak of the token in WWW-Authenticate (grammar: RFC 9110
section 11.6.1; meaning: RFC 6750 section 3), in GitHub's scope headers, or in a body like those of RFC 9457, Auth0,
express-jwt and FastAPI. Only text that is not a response raises an error. Quoted text is cleaned, because it may hold
a token.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from scopekit.audit.calls import MAX_SENTENCE_CHARACTERS, Exchange, fit_to_print
from scopekit.audit.token_facts import pieces, valid
from scopekit.errors import DocumentError
from scopekit.requirements import Requirement, all_of, any_of
from scopekit.scopes import Scopes

MAX_HEADER_CHARACTERS = 8192

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PIECE = re.compile(
    rf"""
    (?P<name>{_TOKEN})[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s",]+))
    | (?P<scheme>{_TOKEN})(?=[ \t,]|$)(?:[ \t]+[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$)))?
    | [^\s,]+
    """,
    re.VERBOSE | re.DOTALL,
)


class Challenge(NamedTuple):
    """One challenge in WWW-Authenticate: a scheme, and its parameters. The scheme and all names are in lower case."""

    scheme: str
    parameters: dict[str, str]


def read_challenges(header: str) -> tuple[Challenge, ...]:
    """The challenges in a WWW-Authenticate header, which may hold several or none."""
    challenges: list[Challenge] = []
    for piece in _PIECE.finditer(header[:MAX_HEADER_CHARACTERS]):
        if piece["scheme"]:
            challenges.append(Challenge(piece["scheme"].lower(), {}))
        elif piece["name"] and challenges:
            bare, quoted = piece["bare"], re.sub(r"\\(.)", r"\1", piece["quoted"] or "", flags=re.DOTALL)
            value = quoted if bare is None else bare
            challenges[-1].parameters.setdefault(piece["name"].lower(), value)  # RFC 9110: a name occurs once
    return tuple(challenges)


def bearer(header: str) -> Challenge | None:
    """The challenge for a Bearer token in a WWW-Authenticate header (RFC 6750 section 3). None if there is none."""
    return next((each for each in read_challenges(header) if each.scheme == "bearer"), None)


MAX_CHARACTERS = 1_000_000

_STATUS = re.compile(r"HTTP/[0-9.]+[ \t]+([1-5][0-9][0-9])(?:[ \t]+([^\r\n]*))?")
_HEADER = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*)")
_BLANK = re.compile(r"\r?\n[ \t]*\r?\n|\r?\n[ \t]*\Z")


def read_response(text: str) -> Exchange:
    """Reads the response in `text` as an Exchange with an empty request. Raises DocumentError if there is no response.

    If there are several responses, as after a redirect, a proxy's response or a `100 Continue`, the last one counts.
    The values of a repeated header are joined with commas (RFC 9110 section 5.3).
    """
    head, rest = _head_and_body(text[:MAX_CHARACTERS].lstrip("\ufeff \t\r\n"))
    while _STATUS.match(rest):
        head, rest = _head_and_body(rest)
    first, *lines = head.splitlines() or [""]
    if not (status := _STATUS.fullmatch(first)):
        raise DocumentError("An answer must begin with a status line like `HTTP/1.1 403 Forbidden` (use `curl -i`).")
    headers: dict[str, str] = {}
    names: dict[str, str] = {}
    for line in filter(None, map(_HEADER.fullmatch, lines)):
        name = names.setdefault(line[1].lower(), line[1])
        headers[name] = f"{headers[name]}, {line[2].rstrip()}" if name in headers else line[2].rstrip()
    return Exchange("", "", {}, "", int(status[1]), status[2] or "", headers, rest)


def _head_and_body(text: str) -> tuple[str, str]:
    """Splits a response at its blank line into head and body."""
    blank = _BLANK.search(text)
    return (text[: blank.start()], text[blank.end() :]) if blank else (text, "")


MAX_BODY_CHARACTERS = 100_000
MAX_SCOPES = 64

_EXPRESS = re.compile(r"UnauthorizedError: ([^<\n]{1,300})")
_ABOUT_A_TOKEN = re.compile(r"token|jwt|signature|segments|subject must|\bclaim", re.IGNORECASE)
_EXPECTED = re.compile(r"expected:? ['\"]?([\x21-\x7e]{1,255}?)['\"]?(?:\s|$)", re.IGNORECASE)
_ANY_OF = re.compile(r"expected any of:\s*([^\n]{1,1000})", re.IGNORECASE)
_ALL_OF = re.compile(r"required scopes?:\s*([^\n]{1,1000})", re.IGNORECASE)

CODES = {
    "invalid_request": ("invalid_request", "credentials"),
    "invalid_token": ("invalid_token", None),
    "insufficient_scope": ("insufficient_scope", "scopes"),
    "insufficient_scopes": ("insufficient_scope", "scopes"),
    "access_token_scope_insufficient": ("insufficient_scope", "scopes"),
    "revoked_token": ("invalid_token", "revocation"),
    "credentials_required": (None, "credentials"),
    "credentials_bad_scheme": (None, "credentials"),
    "credentials_bad_format": (None, "credentials"),
}
"""For each code in a response, its name in RFC 6750 and the check that it blames. The first three are from RFC 6750,
the others from Google's APIs and from express-jwt."""

WORDS: tuple[tuple[str, str | None], ...] = (
    (r"rate limit|too many requests|quota", None),
    (
        r"expired|\bexp\b|\biat\b|issued at|before issued|in the future|not before|not active|not yet valid|\bnbf\b|"
        r"lacks a time|live longer",
        "time",
    ),
    (r"must be a string", "form"),
    (r"revoked|taken back|blacklist|denylist|has no id", "revocation"),
    (r"scope|permission|privilege", "scopes"),
    (r"audience|\baud\b|another api", "audience"),
    (r"issuer|\biss\b", "issuer"),
    (r"\btype\b|\btyp\b", "type"),
    (r"algorithm|\balg\b", "algorithm"),
    (r"signing key|signature key|matching key|with a key|\bkid\b|jwks", "key"),
    (r"signature", "signature"),
    (r"malformed|segments|decod|not a valid jwt|format", "form"),
    (r"no authorization|not authenticated|needs a token|^(?!.*invalid).*(?:missing|required)", "credentials"),
)
"""Words that may occur in a sentence, and the check that they blame. The first match counts."""


def blamed(exchange: Exchange, challenge: Challenge | None, sentences: Sequence[str]) -> str | None:
    """The check that a 401 or 403 blames, judged by words in the response or, if no word fits, by the status alone.

    A 400 or a 422 blames a check only in a sentence that is about a token.
    """
    if exchange.status not in (400, 401, 403, 422):
        return None
    usual = exchange.status in (401, 403)
    for sentence in sentences if usual else filter(_ABOUT_A_TOKEN.search, sentences):
        for pattern, check in WORDS:
            if re.search(pattern, sentence[:MAX_SENTENCE_CHARACTERS], re.IGNORECASE):
                return check
    if exchange.status == 403:
        return "scopes"
    if not usual:
        return None
    bare = challenge is not None and "error" not in challenge.parameters and not was_sent(exchange)
    return "credentials" if bare and not any(" " in each for each in sentences) else None


def was_sent(exchange: Exchange) -> bool:
    """Whether the request is known to have carried credentials. False if only the response is known."""
    return any(name.lower() == "authorization" for name in exchange.request_headers)


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What a response says about a token, as far as it says anything.

    `error` is a code of RFC 6750. `blames` is the check that failed. `needed` is what the call needs, and `granted` are
    the scopes that the API sees in the token. `expected` is the audience or issuer that the API wants. `resource` is
    the API's own name, from the address of its metadata (RFC 9728). `date` is the API's time in seconds since 1970.
    """

    status: int
    error: str | None = None
    description: str = ""
    blames: str | None = None
    needed: Requirement | None = None
    granted: Scopes | None = None
    expected: str | None = None
    resource: str | None = None
    date: float | None = None


class _Parts(NamedTuple):
    """The parts of a response that say something about a token."""

    headers: Mapping[str, str]
    challenge: Challenge | None
    body: Mapping[str, Any]
    sentences: tuple[str, ...]


def read_answer(exchange: Exchange) -> ApiAnswer:
    """What the response of an exchange says, as far as it can be read."""
    headers = {name.lower(): value for name, value in exchange.headers.items()}
    challenge = bearer(headers.get("www-authenticate", ""))
    body = _body(exchange.text[:MAX_BODY_CHARACTERS])
    description = challenge.parameters.get("error_description", "") if challenge else ""
    sentences = tuple(filter(str.strip, [description, *_sentences(exchange, body)]))
    parts, text = _Parts(headers, challenge, body, sentences), " ".join(sentences)
    codes = [CODES[code] for code in _codes(parts) if code in CODES]
    expected = _EXPECTED.search(text)
    return ApiAnswer(
        exchange.status,
        next((error for error, _ in codes if error), None),
        fit_to_print(sentences[0]) if sentences else "",
        next((check for _, check in codes if check), None) or blamed(exchange, challenge, sentences),
        needed_by(parts),
        _split(headers["x-oauth-scopes"]) if "x-oauth-scopes" in headers else None,
        fit_to_print(expected[1]) if expected and not _ANY_OF.search(text) else None,
        _resource(challenge),
        _date(headers.get("date", "")),
    )  # fmt: skip


def _body(text: str) -> dict[str, Any]:
    """The members of a JSON body and of the objects in `error`, `detail` and `inner`. Empty if the body is not JSON."""
    body = None
    with contextlib.suppress(ValueError, RecursionError):
        body = json.loads(text)
    if not isinstance(body, dict):
        return {}
    inner = [each for name in ("error", "detail", "inner") if isinstance(each := body.get(name), dict)]
    members: dict[str, Any] = {}
    for each in (body, *inner):
        members.update({name: value for name, value in each.items() if not isinstance(members.get(name), str)})
    return members


def _sentences(exchange: Exchange, body: Mapping[str, Any]) -> Iterator[str]:
    """The sentences in a body: they stand in JSON members, in express-jwt's error page, or in a short plain text."""
    for name in ("error_description", "detail", "message", "msg", "error", "title"):
        if isinstance(text := body.get(name), str) and text not in CODES:
            yield text
    if match := _EXPRESS.search(exchange.text[:MAX_BODY_CHARACTERS]):
        yield match[1]
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


def needed_by(parts: _Parts) -> Requirement | None:
    """What the call needs, as stated in one of GitHub's headers, in a sentence, in the challenge or in the body."""
    headers, sentences = parts.headers, "\n".join(parts.sentences)
    if names := _split(headers.get("x-accepted-oauth-scopes", "")):
        return any_of(*names)
    sets = map(_split, headers.get("x-accepted-github-permissions", "").split(";"))  # fine-grained permissions
    if ways := [all_of(*names) for names in sets if names]:
        return any_of(*ways)
    if match := _ANY_OF.search(sentences):
        if names := _split(match[1]):
            return any_of(*names)
    elif (match := _ALL_OF.search(sentences)) and (names := _split(match[1])):
        return all_of(*names)
    in_challenge = parts.challenge.parameters.get("scope", "") if parts.challenge else ""
    members = (parts.body.get(name) for name in ("scope", "required_scopes", "requiredScopes"))
    for value in (in_challenge, *members):
        texts = value if isinstance(value, list) else [value]
        if scopes := [name for text in texts if isinstance(text, str) for name in _split(text)]:
            return all_of(*scopes)
    return None


def _split(text: str) -> Scopes:
    """Splits a text at spaces and commas into scopes, and leaves out anything that is not a scope."""
    return valid(list(dict.fromkeys(pieces(text)))[:MAX_SCOPES])


def _resource(challenge: Challenge | None) -> str | None:
    """The API's own name: the address of its metadata without the well-known part (RFC 9728 section 3.1)."""
    address = challenge.parameters.get("resource_metadata", "") if challenge else ""
    before, well_known, after = address.partition("/.well-known/oauth-protected-resource")
    return fit_to_print(before + after) if well_known else None


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text[:64]).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
