"""The public keys of trusted issuers: other servers whose tokens the API accepts beside its own.

An issuer's keys are used only for that issuer's tokens, so another issuer's key never replaces one of the API's own,
even if both have the same `kid`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from scopekit.clock import Clock, SystemClock
from scopekit.errors import InputError
from scopekit.keys import KeySet
from scopekit.stores.jwks import MAX_BODY_BYTES, RemoteKeySet


def trusted_keys(own: KeySet, others: Sequence[RemoteKeySet]) -> KeySet:
    """The API's own keys, and the keys of other issuers.

    Raises InputError if a key in `own` is a secret, or if one of `others` has the name of the API's own issuer.
    """
    if any(key.is_secret for key in own):
        raise InputError(
            "To trust other issuers, the API needs a key pair of its own, not a secret (RFC 8725 section 3.1). "
            "Give it one with --alg ES256."
        )
    if ours := {key.issuer for key in own} & {other.issuer for other in others}:
        raise InputError(f"A trusted issuer cannot have the name of this API's own issuer, {ours.pop()}.")
    return KeySet.of(own, *others)


def trusted(text: str, clock: Clock | None = None) -> RemoteKeySet:
    """Returns the keys of the issuer in `ISSUER=JWKS_URL`. Takes a missing JWKS_URL from the metadata (RFC 8414).

    Raises InputError if the issuer's metadata cannot be read, or belongs to another issuer.
    """
    issuer, _, url = text.partition("=")
    return RemoteKeySet(url or _jwks_uri(issuer), issuer, clock=clock or SystemClock())


def _jwks_uri(issuer: str) -> str:
    from scopekit.stores.fetch import FetchError, fetch, trustworthy

    parts = urlsplit(trustworthy(issuer))
    place = parts._replace(path=f"/.well-known/oauth-authorization-server{parts.path.rstrip('/')}").geturl()
    try:
        metadata = json.loads(fetch(place, max_bytes=MAX_BODY_BYTES, timeout_seconds=2).body)
        uri = str(metadata["jwks_uri"])
        is_its_own = metadata["issuer"] == issuer and urlsplit(uri)[:2] == parts[:2]
    except FetchError as error:
        raise InputError(f"The metadata of the issuer {issuer} cannot be read: {error}.") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputError(f"The metadata of the issuer {issuer} must name an issuer and a jwks_uri.") from None
    if not is_its_own:
        raise InputError(f"The metadata at {issuer} must name that issuer, and a jwks_uri of the same origin.")
    return uri
