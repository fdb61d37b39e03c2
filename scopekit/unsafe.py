"""What takes the place of a check that is switched off: the mistake that the check is there to prevent.

For lessons only. A guard gets here by `guard.without(...)` or by a profile of the past, and says so in every answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import cast

from scopekit.checks import key, malformed, no_credentials
from scopekit.decision import Refusal
from scopekit.errors import KeyRefused, ScopeError, TokenError
from scopekit.keys import Key
from scopekit.ladder import CHECK_NAMES, Run
from scopekit.tokens import parse_leniently
from scopekit.trial import Trial

_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def nothing(trial: Trial) -> None:
    """The check is simply gone."""


def credentials_anywhere(trial: Trial) -> Refusal | None:
    """The first token that can be found, in the address too."""
    sent = [text for text in trial.authorization if text[:7].lower() == "bearer "]
    trial.text = sent[0][7:].strip(" ") if sent else trial.query_token or ""
    return None if trial.text else no_credentials("no token anywhere")


def form_leniently(trial: Trial) -> Refusal | None:
    """Whatever a careless parser makes of the text."""
    try:
        token = parse_leniently(trial.text)
    except TokenError as error:
        return malformed(error)
    trial.token, trial.claims = token, token._claims
    return None


def key_from_token(trial: Trial) -> Refusal | None:
    """The key that the token brings along, if it brings one."""
    header = trial.token._header
    try:
        own = {"kid": "its own", "alg": header.get("alg"), **header["jwk"]}
        trial.key = Key.from_jwk(own, issuer=trial.claims.get(trial.guard.profile.hint))
    except (KeyError, KeyRefused, TypeError, ValueError):
        return key(trial)
    trial.verifies = trial.key.verifies
    return None


def algorithm_of_token(trial: Trial) -> None:
    """The algorithm that the token names, with the guard's key.

    `none` needs no signature, and HS256 takes the key's text for its secret, though it be public (CVE-2015-9235).
    """
    named, known = str(trial.token._header.get("alg")), cast(Key, trial.key)

    def as_it_says(message: bytes, signature: bytes) -> bool:
        if named.lower() == "none":
            return not signature
        text = known.material if known.is_secret else known.public().material
        if named in _HASHES:  # by hand, for PyJWT rightly refuses such a secret
            return hmac.compare_digest(hmac.digest(text, message, _HASHES[named]), signature)
        try:
            return Key(known.kid, text, named).verifies(message, signature)
        except KeyRefused:
            return False  # an `alg` for which this key is of a wrong kind

    trial.verifies = as_it_says


def any_scopes(trial: Trial) -> None:
    """Whatever the scopes are, if they can be read at all: all or nothing."""
    try:
        trial.granted = trial.guard.vocabulary.expand(trial.guard.profile.scopes(trial.claims))
    except ScopeError:
        trial.granted = frozenset()


CARELESS: Mapping[str, Run] = dict.fromkeys(CHECK_NAMES, nothing) | {
    "credentials": credentials_anywhere,
    "form": form_leniently,
    "key": key_from_token,
    "algorithm": algorithm_of_token,
    "scopes": any_scopes,
}
