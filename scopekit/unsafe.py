"""Replacements for checks that are switched off in a lesson. Each makes the mistake that the real check prevents.

A guard uses them after `guard.without(...)` or with an outdated profile. Its responses then name the missing checks.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import cast

from scopekit.algorithms import HASHES
from scopekit.checks import CHECK_NAMES, RequestContext, Run, key, malformed, no_credentials
from scopekit.decision import Refusal
from scopekit.errors import KeyRefused, ScopeError, TokenError
from scopekit.keys import Key
from scopekit.tokens import parse_leniently


class GuessableKey(Key):
    """A key that takes even a secret which everybody can guess, as APIs of 2014 did."""

    __slots__ = ()
    _guessable = True


def credentials_anywhere(context: RequestContext) -> Refusal | None:
    """Accepts the first token in the request, even a token in the address."""
    tokens = [header[7:].strip(" ") for header in context.authorization if header[:7].lower() == "bearer "]
    context.text = tokens[0] if tokens else context.query_token or ""
    return None if context.text else no_credentials("no token anywhere")


def form_leniently(context: RequestContext) -> Refusal | None:
    """Accepts every token that a lenient parser can read."""
    try:
        token = parse_leniently(context.text)
    except TokenError as error:
        return malformed(error)
    context.token, context.claims = token, token._claims
    return None


def key_from_token(context: RequestContext) -> Refusal | None:
    """Trusts the key in the token's own header. A token without such a key is checked as usual."""
    header = context.token._header
    try:
        jwk = {"kid": "its own", "alg": header.get("alg"), **header["jwk"]}
        context.key = GuessableKey.from_jwk(jwk, issuer=context.claims.get(context.policy.profile.hint))
    except (KeyError, KeyRefused, TypeError, ValueError):
        return key(context)
    context.verifies = context.key.verifies
    return None


def algorithm_of_token(context: RequestContext) -> None:
    """Verifies the signature with the guard's key, but with the algorithm that the token names.

    With `none`, no signature is needed. With HS256, even the text of a public key serves as the secret (CVE-2015-9235).
    """
    alg, known = str(context.token._header.get("alg")), cast(Key, context.key)

    def as_it_says(message: bytes, signature: bytes) -> bool:
        if alg.lower() == "none":
            return not signature
        text = known.material if known.is_secret else known.public().material
        if alg in HASHES:  # without PyJWT, which rightly refuses a public key as secret
            return hmac.compare_digest(hmac.digest(text, message, HASHES[alg]), signature)
        try:
            return Key(known.kid, text, alg).verifies(message, signature)
        except KeyRefused:
            return False  # this key does not fit the token's `alg`

    context.verifies = as_it_says


def any_scopes(context: RequestContext) -> None:
    """Lets every call through. A token whose scopes cannot be read counts as a token without scopes."""
    profile, vocabulary = context.policy.profile, context.policy.vocabulary
    try:
        context.granted = vocabulary.expand(profile.scopes(context.claims))
    except ScopeError:
        context.granted = frozenset()


def nothing(context: RequestContext) -> None:
    """Checks nothing."""


UNSAFE: Mapping[str, Run] = dict.fromkeys(CHECK_NAMES, nothing) | {
    "credentials": credentials_anywhere,
    "form": form_leniently,
    "key": key_from_token,
    "algorithm": algorithm_of_token,
    "scopes": any_scopes,
}
"""Maps a check's name to the function that runs if the check is switched off."""
