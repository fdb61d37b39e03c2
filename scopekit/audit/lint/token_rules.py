"""Rules over a token: what its header and claims say, whoever signed it.

How strong its key is no token tells. And no rule here tells a claim's value: names of scopes and times excepted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from scopekit.audit.lint.findings import Place, Rule
from scopekit.clock import human_span, human_time
from scopekit.errors import ScopeError, shortened
from scopekit.scopes import ANY_SCOPE, NOTATIONS, Scopes, Vocabulary
from scopekit.tokens import TIME_NAMES, Claims, Token, is_numeric_date

DAY_SECONDS = 86400
FIRST_MILLISECONDS = 10**11
"""As seconds this is the year 5138, as milliseconds 1973: a time beyond it was written in milliseconds."""

PERSONAL = (
    "email", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "phone_number",
    "address", "birthdate", "gender", "picture",
)  # fmt: skip
"""The claims of OpenID Connect Core section 5.1 that tell about a person."""

_BOTH = ("scope", "scopes")
"""The claims of the standard and of the article; a reader knows one of them, and seldom looks for the other."""


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """A token, and the vocabulary that its scopes are of; an empty one knows no scope and objects to none."""

    token: Token
    vocabulary: Vocabulary = ANY_SCOPE

    @property
    def claims(self) -> Claims:
        """The claims, read-only."""
        return self.token.claims

    @property
    def scopes(self) -> Scopes:
        """Whatever is written where scopes stand, each piece of text by itself, right or wrong."""
        values = [self.claims.get(name) for name in _BOTH]
        if not any(isinstance(value, str | tuple) for value in values):
            return self.token.scopes
        return tuple(each for value in values for each in _texts(value))


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, tuple) else ()


def _without(name: str) -> Callable[[Held], Iterator[Place]]:
    """The rule that a claim is there."""
    return lambda held: (Place(each) for each in {name} - held.claims.keys())


def no_signature(held: Held) -> Iterator[Place]:
    """A token that says it is not signed, in any spelling."""
    if str(held.token.header.get("alg")).lower() == "none":
        yield Place("alg")


def generic_type(held: Held) -> Iterator[Place]:
    """A `typ` that does not say which kind of token this is."""
    if "typ" not in held.token.header:
        yield Place("typ", "not there")
    elif str(held.token.header["typ"]).lower() in ("jwt", "application/jwt"):
        yield Place("typ", "JWT")


def long_life(held: Held) -> Iterator[Place]:
    """A lifetime of more than a day."""
    begins, ends = (held.claims.get(name) for name in ("iat", "exp"))
    if is_numeric_date(begins) and is_numeric_date(ends) and begins + DAY_SECONDS < ends < FIRST_MILLISECONDS:
        yield Place("exp", f"{human_span(ends - begins)} after iat")


def no_number(held: Held) -> Iterator[Place]:
    """A time that is no number of seconds."""
    for name in TIME_NAMES:
        if name in held.claims and not is_numeric_date(held.claims[name]):
            yield Place(name, _kind(held.claims[name]))


def milliseconds(held: Held) -> Iterator[Place]:
    """A time written in milliseconds."""
    for name in TIME_NAMES:
        value = held.claims.get(name)
        if is_numeric_date(value) and value >= FIRST_MILLISECONDS:
            yield Place(name, f"{human_time(value)}; as milliseconds {human_time(value / 1000)}")


def scopes_as_string(held: Held) -> Iterator[Place]:
    """A string where code expects the list that the plural promises."""
    if isinstance(held.claims.get("scopes"), str):
        yield Place("scopes", "a string")


def scope_as_list(held: Held) -> Iterator[Place]:
    """A list where the standard has a string."""
    if isinstance(held.claims.get("scope"), tuple):
        yield Place("scope", "a list")


def twice(held: Held) -> Iterator[Place]:
    """Scopes in two claims, of which one reader sees the first and another the second."""
    if all(name in held.claims for name in _BOTH):
        first, second = (set(_texts(held.claims[name])) for name in _BOTH)
        yield Place(" and ".join(_BOTH), "the same names" if first == second else "other names in each")


def delimiters(held: Held) -> Iterator[Place]:
    """Several scopes written where one stands."""
    for name in held.scopes:
        if len(name.replace(",", " ").split()) > 1 or "," in name:
            yield Place("scopes", shortened(name))


def wildcards(held: Held) -> Iterator[Place]:
    """A scope with a star in it."""
    for name in held.scopes:
        if "*" in name:
            yield Place("scopes", shortened(name))


def parent_too(held: Held) -> Iterator[Place]:
    """A scope beside another one that implies it."""
    names = dict.fromkeys(held.scopes)
    for other in names:
        for name in held.vocabulary.expand([other]) & names.keys() - {other}:
            yield Place(shortened(name), f"implied by {shortened(other)}")


def unknown(held: Held) -> Iterator[Place]:
    """A scope that the vocabulary does not know."""
    for name in dict.fromkeys(held.scopes):
        if len(held.vocabulary) and name not in held.vocabulary:
            close = held.vocabulary.suggest(name)
            yield Place(shortened(name), f"did you mean {close}?" if close else "")


def unreadable(held: Held) -> Iterator[Place]:
    """Scopes in no notation that there is, nor in one mistaken for another."""
    for claim in dict.fromkeys(each.claim for each in NOTATIONS.values()):
        value = held.claims.get(claim)
        texts = isinstance(value, str) or (isinstance(value, tuple) and all(isinstance(each, str) for each in value))
        if claim in held.claims and not texts and not _is_read(claim, value):
            yield Place(claim, _kind(value))


def _is_read(claim: str, value: object) -> bool:
    for each in NOTATIONS.values():
        with contextlib.suppress(ScopeError):
            if each.claim == claim:
                each.read(value)
                return True
    return False


def personal(held: Held) -> Iterator[Place]:
    """What tells about a person, in a token that is signed and not encrypted."""
    yield from (Place(name) for name in PERSONAL if name in held.claims)


def id_token(held: Held) -> Iterator[Place]:
    """What an ID token has and an API key has not."""
    yield from (Place(name) for name in ("nonce", "at_hash", "c_hash") if name in held.claims)
    audience = held.claims.get("aud")
    for name in ("client_id", "azp"):
        if isinstance(held.claims.get(name), str) and audience in (held.claims[name], (held.claims[name],)):
            yield Place("aud", f"the same as {name}")


def _kind(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "true or false"
    if isinstance(value, int | float):
        return "a number out of range"
    return "a string" if isinstance(value, str) else "an object" if isinstance(value, Mapping) else "a list"


TOKEN_RULES: tuple[Rule, ...] = (
    Rule("token-no-signature", "token", "error", "The token says that it is not signed.",
         "Sign it, and let the guard take one algorithm for each key.", "RFC 8725 section 3.2", no_signature),
    Rule("token-no-exp", "token", "error", "The token never ends.",
         "Give it an exp; one hour is usual.", "RFC 9068 section 2.2", _without("exp")),
    Rule("token-no-aud", "token", "error", "The token does not say which API it is for.",
         "Give it an aud: the API's name.", "RFC 8725 section 3.9", _without("aud")),
    Rule("token-no-iss", "token", "error", "The token does not say who made it.",
         "Give it an iss, which owns the key.", "RFC 9068 section 2.2, RFC 8725 section 3.8",
         _without("iss")),
    Rule("token-no-jti", "token", "warning", "The token has no id to take it back by.",
         "Give it a jti from a random source.", "RFC 9068 section 2.2", _without("jti")),
    Rule("token-no-sub", "token", "warning", "The token does not say for whom it acts.",
         "Give it a sub: the user, or the client that acts for itself.", "RFC 9068 section 2.2",
         _without("sub")),
    Rule("token-long-life", "token", "warning", "The token lives for more than a day.",
         "Let it live for an hour or less, and mint it anew.", "RFC 6750 section 5.3", long_life),
    Rule("token-time-no-number", "token", "error", "A time is no number of seconds since 1970.",
         "Write it as a number.", "RFC 7519 section 2", no_number),
    Rule("token-time-milliseconds", "token", "error",
         "A time is in milliseconds, so it is thousands of years ahead.",
         "Divide it by 1000.", "RFC 7519 section 2", milliseconds),
    Rule("token-typ-generic", "token", "warning", "The type does not tell this token from any other JWT.",
         'Write the kind into typ: "at+jwt" for an access token.',
         "RFC 8725 section 3.11; draft-ietf-oauth-rfc8725bis: JWT is no explicit type; RFC 9068 section 2.1",
         generic_type),
    Rule("token-scopes-string", "token", "warning",
         "A list is expected in scopes, and a string is read letter by letter.",
         "Write a list there, or the string into scope.", "RFC 8693 section 4.2", scopes_as_string),
    Rule("token-scope-list", "token", "warning",
         "A string with spaces is expected in scope, and there is a list.",
         "Join the scopes with spaces.", "RFC 8693 section 4.2", scope_as_list),
    Rule("token-scopes-twice", "token", "warning",
         "The scopes stand in two claims, and no reader looks at both.",
         "Keep scope, a string with spaces, and leave out scopes.", "RFC 8693 section 4.2", twice),
    Rule("token-delimiter", "token", "error",
         "Several scopes stand where one is expected, and will be read as one or as many.",
         "Write each scope by itself; a space separates, a comma does not.", "RFC 6749 section 3.3", delimiters),
    Rule("token-scopes-unreadable", "token", "error", "No notation reads the scopes in this token.",
         "Write them as one of the notations has them.", "RFC 8693 section 4.2", unreadable),
    Rule("token-wildcard", "token", "warning",
         "A star in a scope means nothing by any standard, and all to some code.",
         "Name the scopes that are meant.", "RFC 6749 section 3.3", wildcards),
    Rule("token-parent-too", "token", "note",
         "A scope is held twice: by itself, and through one that implies it.",
         "Leave out the implied one, or, if it is enough, the other.", "RFC 6749 section 3.3", parent_too),
    Rule("token-scope-unknown", "token", "warning", "A scope is none of this API's.",
         "Write it as the API does; case counts.", "RFC 6749 section 3.3", unknown),
    Rule("token-personal", "token", "warning",
         "Whoever finds the token can read about a person in it: it is signed, not encrypted.",
         "Leave the claim out; the API can look it up by sub.", "RFC 7519 section 12", personal),
    Rule("token-id-token", "token", "error",
         "This looks like an ID token, which tells a client who logged in and is no API key.",
         "Ask for an access token for this API.", "RFC 8725 section 3.12", id_token),
)  # fmt: skip
"""The rules over a token."""
