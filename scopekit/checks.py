"""The checks: one small function each, in the order they run.

A check looks at one `Trial`, notes there what it found for those after it, and returns None, or the Refusal with which
it says no. `scopekit.ladder` is the table of them.
"""

from __future__ import annotations

from typing import Any

from scopekit.clock import human_span, human_time
from scopekit.decision import Refusal
from scopekit.errors import KeysUnavailable, ScopeError, StoreError, TokenError, shortened
from scopekit.revocation import Asked
from scopekit.tokens import MAX_TOKEN_BYTES, TIME_NAMES, is_numeric_date, parse
from scopekit.trial import Trial


def invalid(description: str, found: str, fix: str) -> Refusal:
    """The refusal of a token that is no good: 401 `invalid_token` (RFC 6750 section 3.1)."""
    return Refusal(401, "invalid_token", description, found, fix)


# 1 credentials


def credentials(trial: Trial) -> Refusal | None:
    """One Authorization header with the scheme Bearer, in any case, and no token by another way."""
    ways = len(trial.authorization) + (trial.query_token is not None)
    if ways > 1:
        return Refusal(
            400, "invalid_request", "Credentials were sent more than once.",
            f"{ways} credentials in one request", "Send one Authorization header and no token in the address.",
        )  # fmt: skip
    if not trial.authorization:
        return no_credentials("no Authorization header")
    sent = trial.authorization[0]
    if sent[:7].lower() != "bearer ":
        return no_credentials("an Authorization header of another scheme than Bearer")
    # The slice is bounded: a header of megabytes is refused for its length, and never copied.
    text = sent[7 : None if "form" in trial.guard.off else MAX_TOKEN_BYTES + 8]
    trial.text = text if len(text) > MAX_TOKEN_BYTES else text.strip(" ")
    return None


def no_credentials(found: str) -> Refusal:
    """The refusal of a request without a token: 401 with no error code (RFC 6750 section 3.1)."""
    return Refusal(
        401, None, "This call needs a token in the Authorization header, with the scheme Bearer.",
        found, "Send `Authorization: Bearer <token>`.",
    )  # fmt: skip


# 2 form


def form(trial: Trial) -> Refusal | None:
    """Strict compact form, before any other code sees a byte of it."""
    try:
        token = parse(trial.text, also_in_header=frozenset({"jwk"}) if "key" in trial.guard.off else frozenset())
    except TokenError as error:
        return malformed(error)
    trial.token, trial.claims = token, token._claims
    return None


def malformed(error: TokenError) -> Refusal:
    """The refusal of a text that is no token."""
    return invalid("The token is malformed.", str(error), "Send the token as the issuer gave it.")


# 3 key


def key(trial: Trial) -> Refusal | None:
    """The guard's own key of this `kid`; without a `kid`, the only key of the issuer named, or the guard's only one."""
    keys, header = trial.guard.keys, trial.token._header
    try:
        if "kid" in header:
            trial.key = keys.get(header["kid"])
        else:
            named = trial.claims.get(trial.guard.profile.hint)
            candidates = (keys.of_issuer(named) if isinstance(named, str) else ()) or tuple(keys)
            trial.key = candidates[0] if len(candidates) == 1 else None
    except KeysUnavailable as error:
        told = "The keys of this API's issuer cannot be had just now."
        return Refusal(503, None, told, str(error), "Try again later.")
    if trial.key is not None:
        trial.verifies = trial.key.verifies
        return None
    return invalid(
        "The token was signed with a key that this API does not know.",
        f"kid {shortened(header['kid'])}, which no key here has" if "kid" in header else "no kid, and several keys",
        "Use a token whose kid is one of this API's keys.",
    )


# 4 algorithm


def algorithm(trial: Trial) -> Refusal | None:
    """The key's one algorithm, and never the token's choice."""
    named = trial.token._header.get("alg")
    if trial.key is not None and named == trial.key.alg:
        return None
    return invalid(
        "The token's algorithm is not the one this API uses.",
        f"alg {shortened(named)}, where the key is bound to {trial.key.alg if trial.key else 'none'}",
        "Have the token signed with the key's own algorithm.",
    )


# 5 signature


def signature(trial: Trial) -> Refusal | None:
    """Verified with the guard's key, by the key's algorithm."""
    if trial.verifies(trial.token.signing_input, trial.token.signature):
        return None
    return invalid(
        "The token's signature does not verify.",
        f"a signature of {len(trial.token.signature)} bytes that the key did not make",
        "Mint the token with the issuer's key, and do not change it afterwards.",
    )


# 6 type


def type_(trial: Trial) -> Refusal | None:
    """The profile's `typ`, and the claims that say for whom a token of its kind was made."""
    profile, typ = trial.guard.profile, trial.token._header.get("typ")
    if typ not in profile.typ:
        return invalid(
            "The token is not of the type that this API takes.",
            f"typ {shortened(typ)}, where profile {profile.name} has {profile.typ[0]!r}",
            f"Mint a token of profile {profile.name}.",
        )
    for name in ("sub", "client_id"):
        if name in profile.claims and name not in trial.claims:
            return invalid(
                "The token lacks a claim of its type.", f"no claim {name!r}", f"Mint a token of profile {profile.name}."
            )
    return None


# 7 issuer


def issuer(trial: Trial) -> Refusal | None:
    """Exactly the owner of the key that verified; where another claim than `iss` names it, an `iss` names no other."""
    owner, hint = trial.key and trial.key.issuer, trial.guard.profile.hint
    named = trial.claims.get(hint)
    if named is not None and named == owner:
        if hint == "iss" or trial.claims.get("iss", owner) == owner:
            return None
        hint, named = "iss", trial.claims["iss"]
    return invalid(
        "The token's issuer does not own the key that signed it.",
        f"{hint} {shortened(named)}, where the key belongs to {owner!r}",
        "Have each issuer sign with its own key, under its own name.",
    )


# 8 audience


def audience(trial: Trial) -> Refusal | None:
    """This API, alone or in the list."""
    named, audiences = trial.claims.get("aud"), trial.guard.audiences
    many = named if isinstance(named, list) else [named]
    if all(isinstance(each, str) for each in many) and not audiences.isdisjoint(many):
        return None
    here = repr(trial.guard.audience) if trial.guard.audience else f"one of {len(audiences)} names"
    return invalid(
        "The token was made for another API.",
        f"aud {shortened(named)}, where this API is {here}",
        f"Mint the token for the audience {here}.",
    )


# 9 time


def time(trial: Trial) -> Refusal | None:
    """Between `iat` or `nbf` and `exp`, give or take the leeway, and no longer than the profile allows."""
    if trial.span is None and (refusal := _read_span(trial)):
        return refusal
    starts, ends = trial.span or (0, None)
    leeway = trial.guard.leeway_seconds
    if starts > trial.now + leeway:
        return invalid(
            "The token is not valid yet.", f"valid from {human_time(starts)}; it is {human_time(trial.now)}",
            "Wait, or set the issuer's clock.",
        )  # fmt: skip
    if ends is not None and ends + leeway <= trial.now:
        return invalid(
            "The token has expired.", f"ended {human_time(ends)}; it is {human_time(trial.now)}", "Mint a new token."
        )
    return None


def _read_span(trial: Trial) -> Refusal | None:
    """Notes from when to when the token says it is valid; what depends on the claims alone is looked at once."""
    claims, profile = trial.claims, trial.guard.profile
    for name in TIME_NAMES:
        if refusal := _no_time(name, claims, name in profile.claims):
            return refusal
    issued, ends, cap = claims.get("iat", 0), claims.get("exp"), profile.max_ttl_seconds
    if ends is not None and cap is not None and ends - issued > cap:
        return invalid(
            "The token was made to live longer than this API allows.",
            f"a lifetime of {human_span(ends - issued)}, {human_span(ends - issued - cap)} over the most",
            "Mint a token with a shorter lifetime.",
        )
    trial.span = max(issued, claims.get("nbf", 0)), ends
    return None


def _no_time(name: str, claims: dict[str, Any], required: bool) -> Refusal | None:
    if is_numeric_date(claims[name]) if name in claims else not required:
        return None
    found = f"{name} {shortened(claims[name])}" if name in claims else f"no {name}"
    return invalid("The token lacks a time, or has one that is no number.", found, f"Mint a token with {name!r}.")


# 10 revocation


def revocation(trial: Trial) -> Refusal | None:
    """Not taken back: neither itself, nor what it was narrowed from, nor all that came before a cut-off."""
    asked = trial.asked
    if asked is None:
        asked = _asked(trial)
        if asked.jti is None and "jti" not in trial.guard.profile.waives:
            told = "The token has no id, so it could never be taken back."
            return invalid(told, "no jti", "Mint a token with a 'jti'.")
        trial.asked = asked
    try:
        found = trial.guard.denylist.find(asked)
    except StoreError as error:
        told = "Whether the token was taken back cannot be told just now."
        return Refusal(503, None, told, str(error), "Try again later.")
    return invalid("The token was taken back.", f"{found} on the denylist", "Ask for a new token.") if found else None


def _asked(trial: Trial) -> Asked:
    claims, owner = trial.claims, trial.key and trial.key.issuer
    issued = claims.get("iat")
    issued_at = issued if is_numeric_date(issued) else 0
    return Asked(owner or "", claims.get("jti"), claims.get("parent_jti"), claims.get("sub"), issued_at)


# 11 scopes


def scopes(trial: Trial) -> Refusal | None:
    """The requirement of the call, satisfied by the scopes held and all that they imply."""
    guard = trial.guard
    if trial.bound:
        trial.requirement = trial.bound.of(trial.key.issuer if trial.key else None, trial.claims.get("sub"))
    requirement = trial.requirement
    if trial.granted is None:
        try:
            trial.granted = guard.vocabulary.expand(guard.profile.scopes(trial.claims))
        except ScopeError as error:
            told = "The token's scopes are not in this API's notation."
            return invalid(told, str(error), "Mint the token in its profile.")
    if requirement.satisfied_by(trial.granted):
        return None
    held, least = guard.profile.scopes(trial.claims), " ".join(requirement.least(guard.vocabulary))
    return Refusal(
        403, "insufficient_scope", f"The token's scopes do not open this call; it needs {requirement}.",
        f"holds {' '.join(held) or 'no scope'}", f"Mint a token with {least}.",
    )  # fmt: skip
