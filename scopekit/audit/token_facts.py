"""Finds facts about a token of any issuer: the scopes in any claim, and what is unusual about the token.

A guard reads scopes in one notation and refuses all other notations. This module also finds scopes in a place or a form
that an API overlooks. A fact may quote the name of a scope, a time, or a number that should be text, but no other value
of a claim.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scopekit.audit.token_text import problem_of
from scopekit.clock import in_smaller_unit
from scopekit.errors import ScopeError
from scopekit.keys import is_id
from scopekit.scopes import ANY_SCOPE, NOTATIONS, Scopes, Vocabulary, scope
from scopekit.tokens import HEADER_IDS, ID_NAMES, TIME_NAMES, Claims, Token, is_numeric_date
from scopekit.wording import human_span, human_time, named, shortened

PLACES = (
    "scope", "scopes", "scp", "permissions", "roles", "authorization_details", "realm_access.roles",
    "resource_access.*.roles",
)  # fmt: skip
"""The claims that may hold scopes: `scope` (RFC 8693 section 4.2), `scopes` (the article), `scp` (Okta and Microsoft),
`permissions` (Auth0's role-based access control), `roles` (Microsoft), `authorization_details` (RFC 9396), and the
roles of a realm and of its clients (Keycloak). A name may have an address before it."""

DAY_SECONDS = 86400
READ_OTHERWISE = ("crit", "b64")
"""The members of a header that change how a token is read (RFC 7515 section 4.1.11, RFC 7797)."""
LONGEST_ID = 255

PERSONAL = (
    "email", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "phone_number",
    "address", "birthdate", "gender", "picture",
)  # fmt: skip
"""The claims of OpenID Connect Core section 5.1 that describe a person."""


_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,9})?")
_TIME_AS_TEXT = re.compile(rf"{_NUMBER.pattern}$|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}")


class ScopeClaim(NamedTuple):
    """One claim that could hold scopes. `entries` are the texts in the claim, even those that are not valid scopes.

    `claim` is the full name of the claim, such as `realm_access.roles` or `https://a.example/roles`. `name` is the last
    word of the full name. `kind` is the type of the value, such as "a list". `readable` says whether a notation can
    read the value.
    """

    claim: str
    name: str
    kind: str
    entries: tuple[str, ...]
    readable: bool = True

    @property
    def plain(self) -> Scopes:
        """The entries that are valid scopes, each once."""
        return valid(self.entries)

    @property
    def split(self) -> Scopes:
        """The valid scopes that result if each entry is split at spaces and commas."""
        return valid(piece for entry in self.entries for piece in pieces(entry))

    @property
    def delimited(self) -> tuple[str, ...]:
        """The entries that contain a space or a comma. An API may take such an entry for a single scope."""
        return tuple(entry for entry in self.entries if pieces(entry) != [entry])

    @property
    def is_text_for_list(self) -> bool:
        """Whether the claim is a string, although it is usually a list."""
        return self.name in ("scopes", "permissions", "roles") and self.kind == "a string"

    @property
    def is_list_for_text(self) -> bool:
        """Whether the claim `scope` is a list, although RFC 8693 section 4.2 requires a string."""
        return self.claim == "scope" and self.kind == "a list"

    @property
    def is_namespaced(self) -> bool:
        """Whether the claim has an address before its name, as in `https://a.example/roles`."""
        return self.claim.endswith(f"/{self.name}")


def read_scopes(claims: Claims) -> tuple[ScopeClaim, ...]:
    """The claims of a token that could hold scopes, each with its entries. The claim `scope` comes first."""
    paths = (place.split(".") for place in PLACES)
    return tuple(scope_claim(where, path[-1], value) for path in paths for where, value in values_at(claims, path))


def scopes_of(claims: Claims) -> Scopes:
    """The scopes in all claims, each once. Every entry of a claim is split at spaces and commas."""
    return tuple(dict.fromkeys(name for each in read_scopes(claims) for name in each.split))


def values_at(value: Any, path: list[str], where: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the full name and the value of each claim that `path` leads to. A `*` in `path` matches any name."""
    if not path:
        yield where, value
    for name in sorted(value) if path and isinstance(value, Mapping) else ():
        if path[0] in ("*", name if where else name.rpartition("/")[2]):
            yield from values_at(value[name], path[1:], f"{where}.{name}" if where else name)


def scope_claim(claim: str, name: str, value: object) -> ScopeClaim:
    """Reads a claim: splits a string at spaces, keeps a list of strings, reads other values in the claim's notation."""
    kind = kind_of_value(value)
    if isinstance(value, str):
        return ScopeClaim(claim, name, kind, tuple(filter(None, value.split(" "))))
    values = value if isinstance(value, list | tuple) else ()
    texts = tuple(each for each in values if isinstance(each, str))
    if values and len(texts) == len(values):
        return ScopeClaim(claim, name, kind, texts)
    for notation in NOTATIONS.values():
        with contextlib.suppress(ScopeError):
            if notation.claim == name:
                return ScopeClaim(claim, name, kind, notation.read(value))
    return ScopeClaim(claim, name, kind, texts, readable=isinstance(value, list | tuple) and not value)


def kind_of_value(value: object) -> str:
    """The type of a claim's value in words, such as "a list", for messages that must not reveal the value."""
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "true or false"
    if isinstance(value, int | float):
        return "a number out of range"
    return "a string" if isinstance(value, str) else "an object" if isinstance(value, Mapping) else "a list"


def kind_of_time(value: object) -> str:
    """What stands where a time should be, in words. Quotes a text only if it is a number or begins with a date."""
    if not isinstance(value, str) or not _TIME_AS_TEXT.match(value):
        return kind_of_value(value)
    number = float(value) if _NUMBER.fullmatch(value) else None
    meant = in_smaller_unit(number) or (human_time(number) if number else "")
    return f"the text {shortened(value)}" + (f", which is {meant}" if meant else "")


def kind_of_id(value: object) -> str:
    """What stands where an id should be, in words: "the number 42". Does not quote text."""
    if not isinstance(value, str):
        return named(value)
    return f"text of {len(value)} characters" if len(value) > LONGEST_ID else (
        "text with a control character" if value else "empty text"
    )  # fmt: skip


def value_in_words(value: object) -> str:
    """A claim's value for a sentence: text and numbers are quoted, and a list or an object is named as such."""
    return named(value) if isinstance(value, Mapping | list | tuple) else shortened(value)


def pieces(entry: str) -> list[str]:
    """Splits an entry at spaces and commas."""
    return re.split(r"[\s,]+", entry)


def valid(texts: Iterable[str]) -> Scopes:
    """The texts that are valid scopes, each once."""
    return tuple(filter(is_scope, dict.fromkeys(texts)))


def is_scope(value: object) -> bool:
    """Whether a value can be a scope-token (RFC 6749 section 3.3)."""
    try:
        return bool(scope(value))
    except ScopeError:
        return False


class Place(NamedTuple):
    """A place where a fact is true: `name` is a claim, key, scope or call, and `found` says what was found there."""

    name: str
    found: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class TokenFacts:
    """Facts about a token's claims and header. Each fact is a method that yields the fields that show it.

    `vocabulary` lists the scopes that exist. If it is empty, no scope counts as unknown. `problem` says why a strict
    parser refuses the token's text, or is empty.
    """

    claims: Claims
    header: Claims = field(default_factory=dict)
    vocabulary: Vocabulary = ANY_SCOPE
    problem: str = ""

    @classmethod
    def of(cls, token: Token, vocabulary: Vocabulary = ANY_SCOPE) -> TokenFacts:
        """The facts about a token, also about one that a strict parser refuses."""
        return cls(token.claims, token.header, vocabulary, problem_of(token))

    @property
    def scope_claims(self) -> tuple[ScopeClaim, ...]:
        """The claims that could hold scopes."""
        return read_scopes(self.claims)

    @property
    def entries(self) -> dict[str, str]:
        """Maps each entry in `scope_claims` (valid scope or not) to the name of the first claim with this entry."""
        return {entry: each.claim for each in reversed(self.scope_claims) for entry in reversed(each.entries)}

    def seconds(self, *names: str) -> float | None:
        """The latest time in seconds that a claim in `names` holds, or None if no claim in `names` holds one."""
        values = (self.claims.get(name) for name in names)
        return max((each for each in values if is_numeric_date(each)), default=None)

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences that the token names."""
        value = self.claims.get("aud")
        return tuple(each for each in (value if isinstance(value, list | tuple) else [value]) if isinstance(each, str))

    def unsigned(self) -> Iterator[Place]:
        """The token is not signed: `alg` is `none`, in upper or lower case."""
        if str(self.header.get("alg")).lower() == "none":
            yield Place("alg")

    def generic_type(self) -> Iterator[Place]:
        """The token's `typ` does not say which kind of token it is."""
        if "typ" not in self.header:
            yield Place("typ", "not there")
        elif str(self.header["typ"]).lower() in ("jwt", "application/jwt"):
            yield Place("typ", "JWT")

    def id_token(self) -> Iterator[Place]:
        """The token looks like an ID token (OpenID Connect Core section 2), which is for a client and opens no API."""
        yield from (Place(name) for name in ("nonce", "at_hash", "c_hash") if name in self.claims)
        if "ID" in (self.claims.get("typ"), self.header.get("typ")):
            yield Place("typ", "ID")
        for name in ("client_id", "azp"):
            if self.audiences == (self.claims.get(name),):
                yield Place("aud", f"the same as {name}")

    def long_life(self) -> Iterator[Place]:
        """The token lives for more than a day."""
        begins, ends = (self.claims.get(name) for name in ("iat", "exp"))
        if is_numeric_date(begins) and is_numeric_date(ends) and begins + DAY_SECONDS < ends:
            yield Place("exp", f"{human_span(ends - begins)} after iat")

    def time_that_is_not_a_number(self) -> Iterator[Place]:
        """A time in the claims is not a number of seconds."""
        times = {name: self.claims[name] for name in TIME_NAMES if name in self.claims}
        for name, value in times.items():
            if not is_numeric_date(value) and not in_smaller_unit(value):
                yield Place(name, kind_of_time(value))

    def milliseconds(self) -> Iterator[Place]:
        """A time in the claims is in milliseconds, or in a smaller unit, instead of seconds."""
        for name in TIME_NAMES:
            if meant := in_smaller_unit(value := self.claims.get(name)):
                yield Place(name, f"{named(value)}, which is {meant}")

    def ids_that_are_not_text(self) -> Iterator[Place]:
        """A member of the header or the claims must be text of a limited length (RFC 7519 section 4.1), but is not."""
        for values, names in ((self.header, HEADER_IDS), (self.claims, ID_NAMES)):
            for name in names:
                if name in values and not is_id(values[name]):
                    yield Place(name, kind_of_id(values[name]))
        audience = self.claims.get("aud", "")
        several = isinstance(audience, list | tuple)
        if other := [each for each in (audience if several else [audience]) if not isinstance(each, str)]:
            yield Place("aud", f"a list that holds {named(other[0])}" if several else named(other[0]))

    def read_otherwise(self) -> Iterator[Place]:
        """The header has a member that changes how the token is read, which few parsers know."""
        yield from (Place(name, "in the header") for name in READ_OTHERWISE if name in self.header)

    def malformed(self) -> Iterator[Place]:
        """The text is not a token in strict form, for a reason that no other fact names."""
        if self.problem and not any((*self.ids_that_are_not_text(), *self.read_otherwise())):
            yield Place("form", self.problem.rstrip("."))

    def personal(self) -> Iterator[Place]:
        """A claim describes a person, and the token is signed but not encrypted."""
        yield from (Place(name) for name in PERSONAL if name in self.claims)

    def text_for_list(self) -> Iterator[Place]:
        """A claim with a plural name, such as `roles`, holds a string, although programs expect a list."""
        yield from (Place(each.claim, each.kind) for each in self.scope_claims if each.is_text_for_list)

    def list_for_text(self) -> Iterator[Place]:
        """The claim `scope` holds a list, although RFC 8693 section 4.2 requires a string."""
        yield from (Place(each.claim, each.kind) for each in self.scope_claims if each.is_list_for_text)

    def twice(self) -> Iterator[Place]:
        """Scopes are in both `scope` and `scopes`, but an API that reads one of these claims ignores the other."""
        both = {each.claim: set(each.entries) for each in self.scope_claims if each.claim in ("scope", "scopes")}
        if len(both) == 2:
            same = both["scope"] == both["scopes"]
            yield Place("scope and scopes", "the same names" if same else "other names in each")

    def delimiters(self) -> Iterator[Place]:
        """One entry of a claim has a space or a comma, so it may be several scopes."""
        for each in self.scope_claims:
            yield from (Place(each.claim, shortened(entry)) for entry in each.delimited)

    def unreadable(self) -> Iterator[Place]:
        """A claim for scopes has a value that no notation can read."""
        yield from (Place(each.claim, each.kind) for each in self.scope_claims if not each.readable)

    def wildcards(self) -> Iterator[Place]:
        """A scope contains a star (`*`)."""
        yield from (Place(claim, shortened(entry)) for entry, claim in self.entries.items() if "*" in entry)

    def implied_too(self) -> Iterator[Place]:
        """The token holds a scope, and also another scope that implies the first."""
        for other in self.entries:
            for name in self.vocabulary.expand([other]) & self.entries.keys() - {other}:
                yield Place(shortened(name), f"implied by {shortened(other)}")

    def unknown_scopes(self) -> Iterator[Place]:
        """A scope is not in the vocabulary."""
        for name in self.entries if len(self.vocabulary) else ():
            if name not in self.vocabulary:
                close = self.vocabulary.suggest(name)
                yield Place(shortened(name), f"did you mean {close}?" if close else "")
