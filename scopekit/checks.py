"""The checks of a guard: one small function for each, and the table CHECKS, which lists them in the order they run.

A check reads the RequestContext, and stores results there for later checks. A check returns None if the request
passes, and a Refusal otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from scopekit.arguments import checked
from scopekit.clock import Clock, in_smaller_unit
from scopekit.decision import Refusal, Step
from scopekit.errors import KeysUnavailable, KeysUnusable, PolicyError, ScopeError, StoreError, TokenError
from scopekit.keys import Key, KeySet, is_id
from scopekit.log import warn_rarely
from scopekit.profile import Profile
from scopekit.requirements import OwnerBound, Requirement
from scopekit.revocation import Denylist, RevocationQuery
from scopekit.scopes import Vocabulary
from scopekit.tokens import MAX_TOKEN_BYTES, TIME_NAMES, Token, is_numeric_date, parse
from scopekit.wording import claim_in, counted, difference, human_span, human_time, named, shortened


@checked(PolicyError, "A guard's")
@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of a guard. They are immutable; `Guard.replace` makes a guard with other settings.

    `audiences` are the names of this API (in `aud`). `without` names the checks that are switched off by hand.
    """

    keys: KeySet
    audiences: frozenset[str]
    profile: Profile
    vocabulary: Vocabulary
    denylist: Denylist
    clock: Clock
    leeway_seconds: float
    max_token_bytes: int = MAX_TOKEN_BYTES
    without: frozenset[str] = frozenset()

    @property
    def off(self) -> frozenset[str]:
        """The names of the checks that do not run: those switched off for a lesson, and those the profile waives."""
        return self.without | self.profile.waives - {"jti"}  # an id is no check of its own

    @property
    def audience(self) -> str | None:
        """The name of this API, or None if the API has no name or several names."""
        return next(iter(self.audiences)) if len(self.audiences) == 1 else None


class RequestContext:
    """One request on its way through the checks: what was sent, and what each check found."""

    __slots__ = (
        "authorization", "bound", "claims", "granted", "key", "policy", "query", "query_token",
        "requirement", "span", "text", "token", "verifies", "wait",
    )  # fmt: skip

    text: str
    token: Token
    claims: dict[str, Any]
    bound: OwnerBound | None
    verifies: Callable[[bytes, bytes], bool]

    def __init__(
        self,
        policy: Policy,
        authorization: str | Sequence[str] | None,
        query_token: str | None,
        requirement: Requirement | OwnerBound,
        wait: bool = True,
    ) -> None:
        self.policy = policy
        self.authorization = [authorization] if isinstance(authorization, str) else _headers(authorization)
        self.query_token, self.wait = query_token, wait
        if isinstance(requirement, OwnerBound):
            self.bound, self.requirement = requirement, requirement.of(None, None)
        else:
            self.bound, self.requirement = None, requirement
        self.text = ""
        self.key: Key | None = None
        self.span: tuple[float, float | None] | None = None
        self.query: RevocationQuery | None = None
        self.granted: frozenset[str] | None = None

    @property
    def owner(self) -> str | None:
        """The issuer that owns the key used to verify the token. If the key is for many issuers, the token's own."""
        if self.key is None:
            return None
        claimed = self.claims.get(self.policy.profile.hint)
        return claimed if self.key.speaks_for(claimed) else self.key.issuer


def _headers(authorization: Sequence[str] | None) -> Sequence[str]:
    if authorization is None or (
        isinstance(authorization, list | tuple) and all(type(each) is str for each in authorization)
    ):
        return authorization or ()
    rule = "A guard needs the value of the Authorization header as a string, a list of such strings, or None"
    raise PolicyError(f"{rule}; found {type(authorization).__name__}.")


def invalid(description: str, found: str, fix: str) -> Refusal:
    """The refusal of an invalid token: 401 `invalid_token` (RFC 6750 section 3.1)."""
    return Refusal(401, "invalid_token", description, found, fix)


def credentials(context: RequestContext) -> Refusal | None:
    """Requires exactly one Authorization header, of the scheme Bearer, and no token in the address."""
    ways = len(context.authorization) + (context.query_token is not None)
    if ways > 1:
        return Refusal(
            400, "invalid_request", "Credentials were sent more than once.",
            f"{ways} credentials in one request", "Send one Authorization header and no token in the address.",
        )  # fmt: skip
    if not context.authorization:
        return no_credentials("no Authorization header")
    header = context.authorization[0]
    if header[:7].lower() != "bearer ":
        return no_credentials("an Authorization header of another scheme than Bearer")
    # The slice is bounded: a header of megabytes is refused by its length and never copied.
    longest = context.policy.max_token_bytes
    text = header[7 : None if "form" in context.policy.off else longest + 8]
    context.text = text if len(text) > longest else text.strip(" ")
    return None


def no_credentials(found: str) -> Refusal:
    """The refusal of a request without a token: 401 with no error code (RFC 6750 section 3.1)."""
    return Refusal(
        401, None, "This call needs a token in the Authorization header, with the scheme Bearer.",
        found, "Send `Authorization: Bearer <token>`.",
    )  # fmt: skip


def form(context: RequestContext) -> Refusal | None:
    """Requires a token in strict compact form. No other code parses the token before this check."""
    try:
        token = parse(context.text, context.policy.max_token_bytes)
    except TokenError as error:
        return malformed(error)
    context.token, context.claims = token, token._claims
    return None


def malformed(error: TokenError) -> Refusal:
    """The refusal of a text that is not a token."""
    return invalid("The token is malformed.", str(error), "Send the token as the issuer gave it.")


def key(context: RequestContext) -> Refusal | None:
    """Finds the key by the token's `kid`, among the keys of the issuer that the token names.

    Without a `kid`, it is that issuer's only key, or its only key with the token's `alg`. If only another issuer has
    such a key, that key is used, so that the check of the issuer says whose key it is.
    """
    keys, header = context.policy.keys, context.token._header
    claimed = context.claims.get(context.policy.profile.hint)
    try:
        if "kid" in header:
            context.key = keys.get(header["kid"], claimed, wait=context.wait)
        else:
            own = keys.of_issuer(claimed, wait=context.wait) if isinstance(claimed, str) else ()
            candidates = own or tuple(keys)
            fitting = [each for each in candidates if each.takes(header.get("alg"))] or candidates
            context.key = fitting[0] if len(fitting) == 1 else None
    except KeysUnavailable as error:
        fix = "Correct the source of the keys." if isinstance(error, KeysUnusable) else "Try again later."
        return Refusal(503, None, "The issuer's signing keys are unavailable right now.", str(error), fix)
    if context.key is not None:
        context.verifies = context.key.verifies
        return None
    found = f"kid {shortened(header['kid'])}, which no key here has" if "kid" in header else "no kid, and several keys"
    fix = "Use a token whose kid is one of this API's keys."
    return invalid("The token was signed with a key that this API does not know.", found, fix)


def algorithm(context: RequestContext) -> Refusal | None:
    """Requires that the token names the algorithm of its key. A token cannot choose another algorithm."""
    alg = context.token._header.get("alg")
    if context.key is not None and context.key.takes(alg):
        return None
    return invalid(
        "The token's algorithm is not the one this API uses.",
        f"alg {shortened(alg)}, where the key is bound to {context.key.alg if context.key else 'none'}",
        "Have the token signed with the key's own algorithm.",
    )


def signature(context: RequestContext) -> Refusal | None:
    """Requires that the guard's key verifies the signature, with the key's own algorithm."""
    if context.verifies(context.token.signing_input, context.token.signature):
        return None
    return invalid(
        "The token's signature does not verify.",
        f"a signature of {len(context.token.signature)} bytes that the key did not make",
        "Mint the token with the issuer's key, and do not change it afterwards.",
    )


def media_type(typ: object) -> object:
    """A header's `typ` as a media type: in lower case, without `application/` (RFC 7515 section 4.1.9)."""
    return typ.lower().removeprefix("application/") if isinstance(typ, str) else typ


def type_(context: RequestContext) -> Refusal | None:
    """Requires a `typ` of the profile, and the claims that the profile needs, with the values that it requires."""
    profile, typ = context.policy.profile, context.token._header.get("typ")
    fix = f"Mint a token of profile {profile.name}."
    if typ not in profile.typ and media_type(typ) not in map(media_type, profile.typ):
        found = f"typ {shortened(typ)}" if typ is not None else "no typ"
        found = f"{found}, where profile {profile.name} has {profile.typ[0]!r}"
        return invalid("The token is not of the type that this API takes.", found, fix)
    if name := profile.lacking(context.claims):
        return invalid("The token lacks a claim of its type.", f"no claim {name!r}", fix)
    if found := profile.misfit(context.claims):
        return invalid("The token is not of the type that this API takes.", found, fix)
    return None


def issuer(context: RequestContext) -> Refusal | None:
    """Requires that the claim `profile.hint` names the key's owner. An `iss`, if present, must name the same owner.

    If the profile has claims `in_issuer`, such as Entra's `tid`, each must be a part of `iss` between slashes.
    """
    key: Any = context.key
    owner, profile, claims = context.owner, context.policy.profile, context.claims
    if key.speaks_for(claims.get(profile.hint)) and claims.get("iss", owner) == owner and not profile.in_issuer:
        return None
    for name in dict.fromkeys((profile.hint, "iss")):
        value = claims.get(name)
        if not (value == owner and key.speaks_for(value)) and (name in claims or name == profile.hint):
            found = claim_in(claims, name, f", where the key belongs to {owner!r}{difference(value, key.issuer)}")
            fix = "Have each issuer sign with its own key, under its own name."
            return invalid("The token's issuer does not own the key that signed it.", found, fix)
    for name in profile.in_issuer:
        if not (part := claims.get(name)) or part not in str(claims.get("iss")).split("/"):
            found = claim_in(claims, name, f", which is not a part of iss {shortened(claims.get('iss'))}")
            return invalid("The token's issuer and another claim contradict each other.", found, "Use another token.")
    return None


def audience(context: RequestContext) -> Refusal | None:
    """Requires that the recipient claim (`aud`, or the profile's other one) is a name of this API or lists one."""
    claim, audiences = context.policy.profile.recipient, context.policy.audiences
    value = context.claims.get(claim)
    if isinstance(value, str) and value in audiences:
        return None
    names = value if isinstance(value, list) else [value]
    if all(isinstance(each, str) for each in names) and not audiences.isdisjoint(names):
        return None
    here = repr(context.policy.audience) if context.policy.audience else f"one of {len(audiences)} names"
    differing = next(filter(None, (difference(each, name) for each in names for name in audiences)), "")
    return invalid(
        "The token was made for another API.",
        claim_in(context.claims, claim, f", where this API is {here}{differing}"),
        f"Mint the token for the {'audience' if claim == 'aud' else claim} {here}.",
    )


def time(context: RequestContext) -> Refusal | None:
    """Requires that the token is valid now (within the leeway), and that its lifetime is not longer than allowed."""
    if context.span is None and (refusal := _read_span(context)):
        return refusal
    starts, ends = context.span or (0, None)
    leeway, now = context.policy.leeway_seconds, context.policy.clock.now()
    if starts > now + leeway:
        found = f"valid from {human_time(starts)}; it is {human_time(now)}"
        return invalid("The token is not valid yet.", found, "Wait, or set the issuer's clock.")
    if ends is not None and ends + leeway <= now:
        found = f"exp was {human_time(ends)}; it is {human_time(now)}"
        return invalid("The token has expired.", found, "Mint a new token.")
    return None


def _read_span(context: RequestContext) -> Refusal | None:
    """Checks the time claims and stores the token's start and end, so that later requests need not read the claims."""
    claims, profile = context.claims, context.policy.profile
    for name in TIME_NAMES:
        value: Any = claims.get(name)
        if is_numeric_date(value):
            continue  # what nearly every token has
        if meant := in_smaller_unit(value):
            found, unit = f"{name} is {named(value)}, which is {meant}", meant.split()[-1]
            fix = "Have the issuer write times in seconds since 1970 (RFC 7519 section 2)."
            return invalid(f"A time of the token is in {unit}; it must be in seconds.", found, fix)
        if name in claims or name in profile.claims:
            found = f"{name} is {named(value)}" if name in claims else f"no {name}"
            description = "The token lacks a time, or has one that is not a number."
            return invalid(description, found, f"Mint a token with {name!r}.")
    issued, ends, cap = claims.get("iat", 0), claims.get("exp"), profile.max_ttl_seconds
    if ends is not None and cap is not None and ends - issued > cap:
        since = "a lifetime" if "iat" in claims else "no iat, so a lifetime from 1970 on"
        found = f"{since} of {human_span(ends - issued)}, {human_span(ends - issued - cap)} over the most"
        fix = "Mint a token with a shorter lifetime."
        return invalid("The token was made to live longer than this API allows.", found, fix)
    context.span = max(issued, claims.get("nbf", 0)), ends
    return None


def revocation(context: RequestContext) -> Refusal | None:
    """Requires that neither the token nor its parent is revoked, and that the token was not issued before a cut-off."""
    query, claims = context.query, context.claims
    if query is None:
        issued, parent_issued, ends = claims.get("iat"), claims.get("parent_iat"), claims.get("exp")
        issued_at = issued if is_numeric_date(issued) else 0
        if "parent_iat" in claims and not is_numeric_date(parent_issued):
            parent_issued = 0
        profile, parent, subject = context.policy.profile, claims.get("parent_jti"), claims.get("sub")
        jti = claims.get(name := profile.token_id)
        expires_at = ends if is_numeric_date(ends) else None
        query = RevocationQuery(context.owner or "", jti, parent, subject, issued_at, parent_issued, expires_at)
        if not is_id(jti) if jti is not None else "jti" not in profile.waives:
            found = f"no {name}" if jti is None else f"{name} is {named(jti)}"
            description = "The token has no id, so it could never be revoked."
            return invalid(description, found, f"Mint a token with a {name!r}.")
        context.query = query
    try:
        entry = context.policy.denylist.find(query)
    except StoreError as error:
        warn_rarely("Token revocation cannot be checked: %s", error)
        return Refusal(503, None, "Token revocation cannot be checked right now.", str(error), "Try again later.")
    return invalid("The token has been revoked.", f"{entry} on the denylist", "Ask for a new token.") if entry else None


def scopes(context: RequestContext) -> Refusal | None:
    """Requires that the token's scopes, with all scopes they imply, satisfy the requirement of the call."""
    profile, vocabulary = context.policy.profile, context.policy.vocabulary
    if context.bound:
        context.requirement = context.bound.of(context.owner, context.claims.get("sub"))
    requirement = context.requirement
    if context.granted is None:
        try:
            context.granted = vocabulary.expand(profile.scopes(context.claims))
        except ScopeError as error:
            description = "The token's scopes are not in this API's notation."
            return invalid(description, str(error), "Mint the token in its profile, or read it with `profile.reading`.")
    if requirement.satisfied_by(context.granted):
        return None
    names, unreadable = profile.granted(context.claims)
    least = " ".join(requirement.least(vocabulary))
    return Refusal(
        403, "insufficient_scope", f"The token's scopes do not open this call; it needs {requirement}.",
        f"holds {' '.join(names) or profile.no_scope(context.claims)}{_passed_over(unreadable)}",
        f"Mint a token with {least}.",
    )  # fmt: skip


def _passed_over(unreadable: Sequence[ScopeError]) -> str:
    return f"; passed over {counted(len(unreadable), 'entry', 'entries')}: {unreadable[0]}" if unreadable else ""


Run = Callable[[RequestContext], Refusal | None]


class Check(NamedTuple):
    """One check: its function, and the texts for the step that `explain` makes.

    `depends_on` says what can change the verdict: what was sent, the moment or the call. (The guard's keys can, too.)
    `needs` names the checks that must pass before this one can run. `found` returns the finding if the check passes.
    """

    name: str
    run: Run
    depends_on: Literal["sent", "moment", "call"]
    needs: frozenset[str]
    looked_at: str
    rule: str
    found: Callable[[RequestContext], str]

    def step(self, context: RequestContext, refusal: Refusal | None, missing: frozenset[str] = frozenset()) -> Step:
        """The step that records this check's result. If `missing` names failed checks, this one was skipped."""
        profile = context.policy.profile
        other = {"audience": profile.recipient, "revocation": profile.token_id}
        looked_at = other.get(self.name, self.looked_at)
        if missing:
            found = f"not reached: {' and '.join(sorted(missing))} failed"
            return Step(self.name, "skipped", looked_at, self.rule, found)
        if refusal:
            return Step(self.name, "failed", looked_at, self.rule, refusal.found, refusal.fix)
        if self.name in context.policy.off:
            return Step(self.name, "off", looked_at, self.rule, "switched off")
        return Step(self.name, "passed", looked_at, self.rule, self.found(context))


def _found_key(context: RequestContext) -> str:
    key = context.key
    return f"key {key.kid!r}, {key.alg}, of {key.issuer}" if key else "no key"


def _found_time(context: RequestContext) -> str:
    ends = context.claims.get("exp")
    now = context.policy.clock.now()
    left = f", {human_span(ends - now)} before the end" if ends else ""
    return f"it is {human_time(now)}{left}"


def _found_scopes(context: RequestContext) -> str:
    profile, vocabulary = context.policy.profile, context.policy.vocabulary
    names, unreadable = profile.granted(context.claims)
    ways = context.requirement.reason(names, vocabulary) or ()
    texts = (f"{way[-1]} is held" + (f" through {way[0]}" if len(way) > 1 else "") for way in ways)
    return (", ".join(texts) or "nothing needed") + _passed_over(unreadable)


_NONE, _CREDENTIALS, _FORM, _KEY = (frozenset(each) for each in ((), ("credentials",), ("form",), ("key",)))

CHECKS: tuple[Check, ...] = (
    Check("credentials", credentials, "sent", _NONE,
          "the Authorization header", "RFC 6750 section 2", lambda context: "one Bearer token"),
    Check("form", form, "sent", _CREDENTIALS, "the token's text", "RFC 7515 section 7.1, RFC 8725 section 3.4",
          lambda context: f"{len(context.text)} characters of strict compact form"),
    Check("key", key, "sent", _FORM, "kid in the header", "RFC 8725 section 3.10", _found_key),
    Check("algorithm", algorithm, "sent", _KEY, "alg in the header", "RFC 8725 section 3.1",
          lambda context: f"{context.token._header['alg']}, as the key"),
    Check("signature", signature, "sent", frozenset({"key", "algorithm"}),
          "the third part", "RFC 7515 section 5.2", lambda context: "verified"),
    Check("type", type_, "sent", _FORM, "typ in the header", "RFC 8725 section 3.11",
          lambda context: repr(context.token._header["typ"]) if "typ" in context.token._header else "no typ"),
    Check("issuer", issuer, "sent", _KEY, "iss", "RFC 8725 section 3.8",
          lambda context: str(context.claims[context.policy.profile.hint])),
    Check("audience", audience, "sent", _FORM, "aud", "RFC 8725 section 3.9",
          lambda context: context.policy.audience or shortened(context.claims[context.policy.profile.recipient])),
    Check("time", time, "moment", _FORM, "iat, nbf and exp", "RFC 7519 section 4.1.4", _found_time),
    Check("revocation", revocation, "moment", frozenset({"signature"}),
          "jti", "RFC 7009 section 2", lambda context: "not on the denylist"),
    Check("scopes", scopes, "call", _FORM, "the scopes", "RFC 6750 section 3.1", _found_scopes),
)  # fmt: skip
"""The eleven checks. A guard always runs them in this order."""

CHECK_NAMES = tuple(check.name for check in CHECKS)
