"""Telling requests: one with a good token, and for every check at least one that this check alone keeps out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scopekit.guard import Guard
from scopekit.keys import Key, base64url
from scopekit.tokens import Token

TAKEN_BACK = "taken-back"
"""The id of the token that was revoked."""
ELSEWHERE = "https://elsewhere.example/"
"""An issuer, and an API, that is not ours."""
_FORGERS_SECRET = b"a secret that the forger made up"

Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TellingRequest:
    """A request that tells something about a guard; `kept_out_by` is the one check without which it gets in.

    It is None for a good request, and for one that gets in through no check's absence.
    """

    name: str
    what: str
    kept_out_by: str | None
    authorization: str | None = field(repr=False)
    query_token: str | None = field(default=None, repr=False)
    good: bool = False


def telling_requests(token: Token, guard: Guard, needed: str) -> tuple[TellingRequest, ...]:
    """A good request with this token, and the bad ones made from it, in the order of the checks.

    `needed` is the scope that the call needs; the lab's own key signs what only a holder of it could have signed.
    """
    key = next(key for key in guard.keys if key.kid == token.header["kid"])
    now = int(guard.clock.now())
    header, claims = dict(token.header), dict(token.claims)
    forger = Key("forger-1", _FORGERS_SECRET)
    own_key = {"alg": forger.alg, "typ": header["typ"], "kid": forger.kid, "jwk": forger.to_jwk(private=True)}
    wider = claims | {"sub": "admin"}

    def signed(changed: Part | None = None, typ: str | None = None) -> str:
        return compact(header | ({"typ": typ} if typ else {}), claims | dict(changed or {}), key)

    def bad(name: str, what: str, check: str | None, text: str | None) -> TellingRequest:
        return TellingRequest(name, what, check, None if text is None else f"Bearer {text}")

    return (
        TellingRequest("the good token", "as the issuer gave it", None, f"Bearer {token}", good=True),
        bad("no token at all", "there is nothing to let in", None, None),
        TellingRequest("token in the address", "?access_token=, where every log keeps it", "credentials", None,
                       str(token)),
        bad("malformed token", "the good token with a = at its end: a second spelling", "form", f"{token}="),
        bad("token with a key of its own", "signed by a forger, whose key is in its header (jwk)", "key",
            compact(own_key, wider, forger)),
        bad("alg: none", "claims written anew, and no signature", "algorithm",
            unsigned(header | {"alg": "none"}, wider)),
        bad("one flipped bit", "in the signature of the good token", "signature", flipped(token)),
        bad("forged claims", "another subject, under the old signature", "signature", under_old(token, header, wider)),
        bad("ID token", "from the same issuer, made for a client and no API", "type",
            signed({"nonce": "n-0S6"}, typ=_other_typ(guard))),
        bad("another issuer's name", "signed with this key, which that issuer does not own", "issuer",
            signed({"iss": ELSEWHERE})),
        bad("token for another API", "its audience is not this one", "audience", signed({"aud": ELSEWHERE})),
        bad("expired token", "it ended an hour ago", "time", signed({"iat": now - 7200, "exp": now - 3600})),
        bad("revoked token", "its id is on the denylist", "revocation", signed({"jti": TAKEN_BACK})),
        bad("token without the scope", f"valid, and without {needed}", "scopes", signed(_other_scope(guard, needed))),
    )  # fmt: skip


def compact(header: Part, claims: Part, key: Key) -> str:
    """A token in compact form, signed with `key`, whatever its header and claims say."""
    message = _message(header, claims)
    return f"{message}.{base64url(key.sign(message.encode()))}"


def unsigned(header: Part, claims: Part) -> str:
    """A token in compact form with nothing for a signature."""
    return f"{_message(header, claims)}."


def under_old(token: Token, header: Part, claims: Part) -> str:
    """Other claims under the signature of a token."""
    return f"{_message(header, claims)}.{token.text.rpartition('.')[2]}"


def flipped(token: Token) -> str:
    """A token with the first bit of its signature flipped."""
    first, *rest = token.signature
    return f"{token.text.rpartition('.')[0]}.{base64url(bytes([first ^ 0x80, *rest]))}"


def _message(header: Part, claims: Part) -> str:
    return ".".join(base64url(json.dumps(_plain(part), separators=(",", ":")).encode()) for part in (header, claims))


def _plain(value: Any) -> Any:
    """Claims that are read-only, as JSON can write them."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _other_typ(guard: Guard) -> str:
    return "id_token+jwt" if "JWT" in guard.profile.typ else "JWT"


def _other_scope(guard: Guard, needed: str) -> dict[str, Any]:
    other = next(name for name in guard.vocabulary if needed not in guard.vocabulary.expand([name]))
    return {guard.profile.notation.claim: guard.profile.notation.write([other])}
