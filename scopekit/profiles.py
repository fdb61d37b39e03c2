"""Profiles: kinds of token, each with its claims and its notation for scopes. The newest one follows RFC 9068."""

from __future__ import annotations

from scopekit.issuer import RFC9068, Profile
from scopekit.scopes import notation

SEED_2014 = Profile(
    "SEED_2014", notation("flat"), ("JWT",), ("iat", "jti"), None, None,
    waives=frozenset({"type", "issuer", "audience", "time", "jti"}),
)  # fmt: skip
"""The article's token as published: no `exp`, no `aud`, no `iss`. A guard with this profile has four checks off."""

GITHUB = Profile(
    "GITHUB", notation("flat"), ("JWT",), ("iss", "sub", "aud", "iat", "exp", "jti"), 3600, 90 * 86400
)  # fmt: skip
"""The article's flat list of scopes, plus the claims that the article's token lacked."""

AUTH0_V2 = Profile(
    "AUTH0_V2", notation("structured"), ("JWT",), ("aud", "iat", "exp", "jti"), 86400, 30 * 86400, hint="aud"
)  # fmt: skip
"""The article's scopes by resource, with the tenant's client id as `aud` and no `iss`.

A tenant is an issuer that is named by its client id. A guard finds the key by `aud`, which must name the key's owner.
The denylist lists a revoked token under the same name. The guard's audiences are the tenants that it serves, possibly
not all tenants of its key set. Unlike SEED_2014, this profile requires an `exp`, because a denylist can never drop a
token that never expires. A token for a user has a `sub`. A token for an application has none.
"""

PROFILES = {profile.name: profile for profile in (RFC9068, GITHUB, AUTH0_V2, SEED_2014)}
"""Maps each profile's name to the profile."""
