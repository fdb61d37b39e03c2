"""Profiles: the named shapes of tokens, the article's of 2014 and today's standard."""

from __future__ import annotations

from scopekit.issuer import RFC9068, Profile
from scopekit.scopes import notation

SEED_2014 = Profile(
    "SEED_2014", notation("flat"), ("JWT",), ("iat", "jti"), None, None,
    waives=frozenset({"type", "issuer", "audience", "time", "jti"}),
)  # fmt: skip
"""The article's token, as it was: no `exp`, no `aud`, no `iss`. A guard with this profile does without four checks."""

GITHUB = Profile(
    "GITHUB", notation("flat"), ("JWT",), ("iss", "sub", "aud", "iat", "exp", "jti"), 3600, 90 * 86400
)  # fmt: skip
"""The article's flat list of scopes, with the claims it left out."""

AUTH0_V2 = Profile(
    "AUTH0_V2", notation("structured"), ("JWT",), ("aud", "iat", "exp", "jti"), 86400, 30 * 86400, hint="aud"
)  # fmt: skip
"""The article's scopes by resource, with the tenant's client id as `aud` and no `iss`.

A tenant is an issuer under the name of its client id, so `aud` finds the key, has to name that key's owner, and is the
issuer under which a `jti` is revoked; the guard's audiences are the tenants it serves, which may be fewer than its
key set holds. It asks for the `exp` that tokens of 2014 lacked, because no denylist could ever forget a token that
never ends; SEED_2014 alone waives it. `sub` is there where a token speaks for a user, and not in an application's.
"""

PROFILES = {profile.name: profile for profile in (RFC9068, GITHUB, AUTH0_V2, SEED_2014)}
"""The profiles by name."""
