"""Named profiles: the tokens that well-known providers issue, and three that follow an article of 2014.

Each docstring names the provider's page and the day on which it was read. A provider's profile accepts its access
tokens, or ID tokens where the provider issues no others for an API, and refuses the tokens of its other kinds. What a
profile cannot know, such as a tenant or a repository, is added with `requiring`.
"""

from __future__ import annotations

from scopekit.arguments import checked
from scopekit.errors import PolicyError
from scopekit.profile import RFC9068, Profile
from scopekit.scopes import notation
from scopekit.wording import no_such

HOUR, DAY = 3600, 86400
_NO_ID = frozenset({"jti"})
_ONLY_IN_ID_TOKENS = ("nonce", "at_hash", "c_hash")

SEED_2014 = Profile(
    "SEED_2014", notation("flat"), ("JWT",), ("iat", "jti"), None, None,
    waives=frozenset({"type", "issuer", "audience", "time", "jti"}),
)  # fmt: skip
"""The token of the article of 2014: no `exp`, no `aud`, no `iss`. A guard with this profile leaves four checks off."""

GITHUB = Profile(
    "GITHUB", notation("flat"), ("JWT",), ("iss", "sub", "aud", "iat", "exp", "jti"), HOUR, 90 * DAY
)  # fmt: skip
"""The flat list of scopes from the article of 2014, plus the claims that the token in the article lacked."""

AUTH0_V2 = Profile(
    "AUTH0_V2", notation("structured"), ("JWT",), ("aud", "iat", "exp", "jti"), DAY, 30 * DAY, hint="aud"
)  # fmt: skip
"""Not today's Auth0, which is AUTH0, but the article of 2014: scopes by resource, the tenant's client id as `aud`.

These tokens have no `iss`: each tenant signs with a key of its own, and its client id stands in `aud`. So a key's owner
is a client id, and the denylist lists a token under it. A guard's audiences are the tenants that it serves. A token for
a user has a `sub`, one for an application has none. An `exp` is required, because a denylist could never drop a token
that never expires.
"""

AUTH0 = Profile(
    "AUTH0", notation("oauth"), ("JWT", "at+jwt"), ("iss", "sub", "aud", "iat", "exp"), DAY, 30 * DAY,
    waives=_NO_ID, forbids=_ONLY_IN_ID_TOKENS,
)  # fmt: skip
"""Auth0's access tokens for an API, in both of its token profiles, with the scopes in `scope`.

Source: auth0.com/docs/secure/tokens/access-tokens/access-token-profiles, November 2026.
"""

AUTH0_RBAC = AUTH0.replace(name="AUTH0_RBAC").reading("permissions")
"""Auth0's access tokens for an API with "Add Permissions in the Access Token": the user's permissions are the scopes.

Auth0 lists all permissions of the user there, also those that the application did not ask for.
Source: auth0.com/docs/get-started/apis/enable-role-based-access-control-for-apis, November 2026.
"""

OKTA = Profile(
    "OKTA", notation("flat"), (None, "JWT", "at+jwt"), ("iss", "sub", "aud", "cid", "iat", "exp", "jti"), HOUR, DAY,
    scopes_in=("scp",),
)  # fmt: skip
"""Access tokens of an Okta custom authorization server. Only an access token has a `cid`.

Source: developer.okta.com/docs/api/openapi/okta-oauth/guides/overview, November 2026.
"""

_ENTRA = Profile(
    "ENTRA", notation("oauth"), ("JWT", "at+jwt"), ("iss", "sub", "aud", "tid", "iat", "exp"), HOUR, 2 * DAY,
    waives=_NO_ID, token_id="uti", forbids=_ONLY_IN_ID_TOKENS, in_issuer=("tid",), scopes_in=("scp", "roles"),
)  # fmt: skip

ENTRA_V2 = _ENTRA.replace(name="ENTRA_V2", claims=(*_ENTRA.claims, "azp")).requiring(ver="2.0")
"""Microsoft Entra ID's access tokens of version 2.0. Delegated scopes are in `scp`, an application's own in `roles`.

The tenant's id, `tid`, must be a part of `iss`, and an access token has an `azp`, which an ID token lacks. Add
`requiring(tid=[...])` to accept only some tenants of a multi-tenant application. A token's id is its `uti`.
Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference, November 2026.
"""

ENTRA_V1 = _ENTRA.replace(name="ENTRA_V1", claims=(*_ENTRA.claims, "appid")).requiring(ver="1.0")
"""Microsoft Entra ID's access tokens of version 1.0, whose issuer is `https://sts.windows.net/{tid}/`.

Source: as ENTRA_V2.
"""

COGNITO = Profile(
    "COGNITO", notation("oauth"), (None, "JWT"), ("iss", "sub", "client_id", "iat", "exp", "jti"), HOUR, DAY,
    recipient="client_id", requires={"token_use": "access"},
)  # fmt: skip
"""Access tokens of an Amazon Cognito user pool. They have no `aud`: a guard's audience is the app client's id.

Groups of users are in `cognito:groups`: `COGNITO.reading("cognito:groups")` reads them as scopes.
Source: docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html,
November 2026.
"""

KEYCLOAK = Profile(
    "KEYCLOAK", notation("flat"), ("JWT", "at+jwt"), ("iss", "aud", "iat", "exp", "jti"), HOUR, 30 * DAY,
    requires={"typ": "Bearer"}, scopes_in=("realm_access.roles",),
)  # fmt: skip
"""Access tokens of a Keycloak realm: the realm's roles are the scopes. The claim `typ` is `ID` in an ID token.

`KEYCLOAK.reading("scope")` reads the client scopes instead. `keycloak_client` reads the roles of a client.
Source: www.keycloak.org/docs/latest/server_admin, November 2026.
"""


def keycloak_client(client: str) -> Profile:
    """KEYCLOAK, but with the roles of one client as the scopes: those in `resource_access`."""
    return KEYCLOAK.replace(name=f"KEYCLOAK, roles of {client}").reading(("resource_access", client, "roles"))


GOOGLE = Profile(
    "GOOGLE", notation("oauth"), ("JWT",), ("iss", "sub", "aud", "iat", "exp"), HOUR, DAY, waives=_NO_ID
)  # fmt: skip
"""Google's ID tokens, which service accounts send to Cloud Run, to functions and to APIs. They have no scopes.

What a caller may do is up to the application, by `sub` or `email`. The issuer is `https://accounts.google.com`.
Source: cloud.google.com/docs/authentication/token-types, November 2026.
"""

FIREBASE = Profile(
    "FIREBASE", notation("oauth"), ("JWT",), ("iss", "sub", "aud", "auth_time", "iat", "exp"), HOUR, HOUR,
    waives=_NO_ID, in_issuer=("aud",),
)  # fmt: skip
"""Firebase's ID tokens. `aud` is the project's id, which is also the last part of `iss`. They have no scopes.

Custom claims can hold them: `FIREBASE.reading("scopes")`.
Source: firebase.google.com/docs/auth/admin/verify-id-tokens, November 2026.
"""

GITHUB_ACTIONS = Profile(
    "GITHUB_ACTIONS", notation("oauth"), ("JWT",), ("iss", "sub", "aud", "repository", "iat", "exp", "jti"), HOUR, DAY
)  # fmt: skip
"""The OpenID tokens of a GitHub Actions job. They have no scopes: what a job may do is in `sub` and `repository`.

Anyone's job gets such a token for any audience, so add `requiring(repository="owner/name")`.
Source: docs.github.com/actions/reference/security/oidc, November 2026.
"""

GITLAB = Profile(
    "GITLAB", notation("oauth"), ("JWT",), ("iss", "sub", "aud", "project_path", "iat", "exp", "jti"), HOUR, DAY
)  # fmt: skip
"""The ID tokens of a GitLab CI/CD job. They have no scopes: what a job may do is in `sub` and `project_path`.

Anyone's job gets such a token for any audience, so add `requiring(project_path="group/project")`.
Source: docs.gitlab.com/ci/secrets/id_token_authentication, November 2026.
"""

KUBERNETES = Profile(
    "KUBERNETES", notation("oauth"), (None, "JWT"), ("iss", "sub", "aud", "kubernetes.io", "iat", "exp"), HOUR,
    367 * DAY, waives=_NO_ID,
)  # fmt: skip
"""Projected service account tokens of Kubernetes. They have no scopes: `sub` names the namespace and the account.

A token that the API server extends lives for a year, hence the longest lifetime.
Source: kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin, November 2026.
"""

SUPABASE = Profile(
    "SUPABASE", notation("oauth"), ("JWT",), ("iss", "sub", "aud", "role", "iat", "exp"), HOUR, 7 * DAY,
    waives=_NO_ID, token_id="session_id",
)  # fmt: skip
"""Supabase's tokens of a signed-in user, by a shared secret or by a key pair. They have no scopes, but a `role`.

A token has no id of its own: revoking its `session_id` revokes the whole session.
Source: supabase.com/docs/guides/auth/jwt-fields, November 2026.
"""

CLERK = Profile(
    "CLERK", notation("oauth"), ("JWT",), ("iss", "sub", "azp", "sid", "iat", "exp"), 60, DAY, waives=_NO_ID,
    recipient="azp", requires={"sts": ("active", None)},
)  # fmt: skip
"""Clerk's session tokens. They have no `aud`: a guard's audience is the origin in `azp`, such as `https://app.example`.

A session that is still pending is refused.
Source: clerk.com/docs/guides/sessions/session-tokens, November 2026.
"""

PROFILES = {
    profile.name: profile
    for profile in (
        RFC9068, GITHUB, AUTH0_V2, SEED_2014, AUTH0, AUTH0_RBAC, OKTA, ENTRA_V1, ENTRA_V2, COGNITO, KEYCLOAK, GOOGLE,
        FIREBASE, GITHUB_ACTIONS, GITLAB, KUBERNETES, SUPABASE, CLERK,
    )
}  # fmt: skip
"""Maps each profile's name to the profile."""


@checked()
def profile_named(name: str) -> Profile:
    """The profile with this name, in any letters, with `-` or `_`. Raises PolicyError, with a guess, if none has it."""
    spelled = name.upper().replace("-", "_")
    found = PROFILES.get(spelled)
    if found is None:
        known = f"known are {', '.join(PROFILES)}."
        raise PolicyError(no_such("There is no profile", spelled, PROFILES, otherwise=known))
    return found
