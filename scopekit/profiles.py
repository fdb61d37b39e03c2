"""Profiles: kinds of token, each with its claims and its notation for scopes. Three follow an article of 2014."""

from __future__ import annotations

from scopekit.issuer import RFC9068, Profile
from scopekit.scopes import notation

SEED_2014 = Profile(
    "SEED_2014", notation("flat"), ("JWT",), ("iat", "jti"), None, None,
    waives=frozenset({"type", "issuer", "audience", "time", "jti"}),
)  # fmt: skip
"""The token of the article of 2014: no `exp`, no `aud`, no `iss`. A guard with this profile leaves four checks off."""

GITHUB = Profile(
    "GITHUB", notation("flat"), ("JWT",), ("iss", "sub", "aud", "iat", "exp", "jti"), 3600, 90 * 86400
)  # fmt: skip
"""The flat list of scopes from the article of 2014, plus the claims that the token in the article lacked."""

AUTH0_V2 = Profile(
    "AUTH0_V2", notation("structured"), ("JWT",), ("aud", "iat", "exp", "jti"), 86400, 30 * 86400, hint="aud"
)  # fmt: skip
"""The scopes by resource from the article of 2014, with the tenant's client id as `aud` and no `iss`.

A tenant is an issuer that is named by its client id. A guard finds the key by `aud`, which must name the key's owner.
The denylist lists a revoked token under the same name. The guard's audiences are the tenants that the guard serves. The
key set may hold keys of more tenants. Unlike SEED_2014, this profile requires an `exp`, because a denylist can never
drop a token that never expires. A token for a user has a `sub`. A token for an application has none.
"""

PROFILES = {profile.name: profile for profile in (RFC9068, GITHUB, AUTH0_V2, SEED_2014)}
"""Maps each profile's name to the profile."""
