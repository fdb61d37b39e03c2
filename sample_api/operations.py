"""The tables of calls. A call has one case or several, and each case says which scopes the call then needs.

The routes, the OpenAPI documents, and the matrix (every call with every token) are all made from these tables, so they
cannot disagree. A row also states the success status and the private fields, but the handler decides them:
`tests/sample_api/test_api_rows.py` compares handler and row. The calls and their scopes come from GitHub's REST
reference for classic tokens, and from Auth0's Management API as its early clients used it. "The article" is "Using JSON
Web Tokens as API Keys" of 2014, which the lessons follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from sample_api import schemas
from sample_api.schemas import Json
from scopekit.requirements import NO_SCOPE, Requirement, all_of, any_of

OWNER = "user_id"
"""The path parameter that holds the id of a record's owner: the `sub` of the owner's tokens."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a call: the condition, the scopes that the call then needs, and an example of the call.

    `when` is a JSON Schema over `{"path": ..., "body": ..., "resource": ...}`. The first case that fits counts, and a
    case without `when` always fits. `own` is the requirement for a user's own record: it is enough if the token's `sub`
    is the path's `user_id`. `path`, `query` and `body` belong to the example.
    """

    name: str
    requirement: Requirement
    path: Mapping[str, str] = field(default_factory=dict)
    _: KW_ONLY
    body: Json | None = None
    when: Json | None = None
    own: Requirement | None = None
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PrivateFields:
    """Fields that are left out of a response unless the token's scopes satisfy `requirement`.

    The name `identities.access_token` means the field `access_token` of each entry in the list `identities`.
    """

    names: tuple[str, ...]
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `id` names the handler; `body` and `query` are the schemas of what a request sends.

    `refusals` are the error statuses that the handler may answer, except the 404 if the path names a missing record.
    `notes` is text for the documentation: what the scopes and the schemas cannot say.
    """

    id: str
    method: str
    path: str
    cases: tuple[Case, ...]
    _: KW_ONLY
    body: Json | None = None
    success: int = 200
    private: PrivateFields | None = None
    deprecated: bool = False
    query: Json | None = None
    notes: str = ""
    refusals: tuple[int, ...] = ()


_HELLO = {"owner": "octocat", "repo": "hello-world"}
_PLANS = {"owner": "octocat", "repo": "secret-plans"}

_CREATE_REPOSITORY = (
    Case("create a public repository", any_of("public_repo", "repo"), body={"name": "demo"}, when=schemas.PUBLIC_BODY),
    Case("create a private repository", any_of("repo"), body={"name": "diary", "private": True}),
)
_ORG = {"org": "octo-org"}
_HELLO_HOOK = {**_HELLO, "hook_id": "1"}

PROFILE_FIELDS = PrivateFields(("email", "plan"), any_of("user"))

GITHUB_OPERATIONS: tuple[Operation, ...] = (
    # repositories
    Operation("create_repository", "POST", "/user/repos", _CREATE_REPOSITORY,
              body=schemas.REPOSITORY, success=201, refusals=(409,)),
    Operation("create_repository", "POST", "/user/repo", _CREATE_REPOSITORY,
              body=schemas.REPOSITORY, success=201, refusals=(409,), deprecated=True),
    Operation("create_organisation_repository", "POST", "/orgs/{org}/repos", (
        Case("create a public repository of an organisation", any_of("public_repo", "repo"), _ORG,
             body={"name": "handbook"}, when=schemas.PUBLIC_BODY),
        Case("create a private repository of an organisation", any_of("repo"), _ORG,
             body={"name": "ledger", "private": True}),
    ), body=schemas.REPOSITORY, success=201, refusals=(409,)),
    Operation("delete_repository", "DELETE", "/repos/{owner}/{repo}", (
        Case("delete a repository", any_of("delete_repo"), {"owner": "octocat", "repo": "old-notes"}),
    ), success=204),
    Operation("put_contents", "PUT", "/repos/{owner}/{repo}/contents/{path}", (  # a workflow file needs one scope more
        Case("write a file", any_of("repo"), {**_HELLO, "path": "docs/notes.md"},
             body={"message": "Take notes", "content": "SGVsbG8="}, when=schemas.PLAIN_FILE),
        Case("write a workflow file", all_of("repo", "workflow"), {**_HELLO, "path": ".github/workflows/ci.yml"},
             body={"message": "Run the tests", "content": "b246IHB1c2g="}),
    ), body=schemas.CONTENTS),
    Operation("read_hook_config", "GET", "/repos/{owner}/{repo}/hooks/{hook_id}/config", (
        Case("read a hook's configuration", any_of("read:repo_hook", "repo"), _HELLO_HOOK),
    )),
    Operation("update_hook_config", "PATCH", "/repos/{owner}/{repo}/hooks/{hook_id}/config", (
        Case("change a hook's configuration", any_of("write:repo_hook", "repo"), _HELLO_HOOK,
             body={"content_type": "form"}),
    ), body=schemas.HOOK_CONFIG),
    Operation("create_deployment_status", "POST", "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", (
        Case("report a deployment", any_of("repo_deployment"), {**_HELLO, "deployment_id": "1"},
             body={"state": "success"}),
    ), body=schemas.DEPLOYMENT_STATUS, success=201),
    Operation("list_code_scanning_alerts", "GET", "/repos/{owner}/{repo}/code-scanning/alerts", (
        Case("read a public repository's code alerts", any_of("security_events", "public_repo"), _HELLO,
             when=schemas.PUBLIC_REPOSITORY),
        Case("read a private repository's code alerts", any_of("security_events"), _PLANS),
    )),
    Operation("list_secret_scanning_alerts", "GET", "/repos/{owner}/{repo}/secret-scanning/alerts", (
        Case("read a public repository's secret alerts", any_of("security_events", "repo", "public_repo"), _HELLO,
             when=schemas.PUBLIC_REPOSITORY),
        Case("read a private repository's secret alerts", any_of("security_events", "repo"), _PLANS),
    )),
    # organisations
    Operation("list_organisation_hooks", "GET", "/orgs/{org}/hooks", (
        Case("list an organisation's hooks", any_of("admin:org_hook"), _ORG),
    )),
    # the user
    Operation("read_user", "GET", "/user", (Case("read the profile", NO_SCOPE),), private=PROFILE_FIELDS),
    Operation("list_emails", "GET", "/user/emails", (Case("list e-mail addresses", any_of("user:email")),)),
    Operation("add_emails", "POST", "/user/emails", (
        Case("add an e-mail address", any_of("user"), body={"emails": ["cat@sea.example"]}),
    ), body=schemas.EMAILS, success=201),
    Operation("delete_emails", "DELETE", "/user/emails", (
        Case("delete an e-mail address", any_of("user"), body={"emails": ["old@octocat.example"]}),
    ), body=schemas.EMAILS, success=204),
    Operation("follow_user", "PUT", "/user/following/{username}", (
        Case("follow a user", any_of("user:follow"), {"username": "hubot"}),
    ), success=204),
    Operation("list_keys", "GET", "/user/keys", (Case("list SSH keys", any_of("read:public_key")),)),
    Operation("create_key", "POST", "/user/keys", (
        Case("add an SSH key", any_of("write:public_key"), body={"title": "laptop", "key": "ssh-ed25519 AAAA"}),
    ), body=schemas.SSH_KEY, success=201),
    Operation("delete_key", "DELETE", "/user/keys/{key_id}", (
        Case("delete an SSH key", any_of("admin:public_key"), {"key_id": "2"}),
    ), success=204),
    Operation("list_gpg_keys", "GET", "/user/gpg_keys", (Case("list GPG keys", any_of("read:gpg_key")),)),
    Operation("create_gpg_key", "POST", "/user/gpg_keys", (
        Case("add a GPG key", any_of("write:gpg_key"), body={"name": "work", "armored_public_key": "-----BEGIN PGP"}),
    ), body=schemas.GPG_KEY, success=201),
    Operation("delete_gpg_key", "DELETE", "/user/gpg_keys/{key_id}", (
        Case("delete a GPG key", any_of("admin:gpg_key"), {"key_id": "2"}),
    ), success=204),
    Operation("list_packages", "GET", "/user/packages", (Case("list packages", any_of("read:packages")),)),
    Operation("list_codespaces", "GET", "/user/codespaces", (Case("list codespaces", any_of("codespace")),)),
)  # fmt: skip

_ANN, _BOB = {"user_id": "auth0|ann"}, {"user_id": "auth0|bob"}
_SHOP, _OLD_SHOP = {"client_id": "shop"}, {"client_id": "old-shop"}
_DATABASE, _OLD_DATABASE = {"connection_id": "con_1"}, {"connection_id": "con_2"}

USER_TOKENS = PrivateFields(("identities.access_token",), any_of("read:user_idp_tokens"))
CLIENT_KEYS = PrivateFields(("client_secret", "encryption_key"), any_of("read:client_keys"))

_REVOCATION = (
    "A token is identified by its audience and its `jti`; if you omit `aud`, it is your own tenant. Another tenant's "
    "token is refused with 403, and not revoked. Revoking a token twice changes nothing. An unknown `jti` is accepted, "
    "because tenants make tokens themselves. So is the `jti` of the token that you send, which is refused from the "
    "next call on. An entry is kept until every token that exists now has expired."
)

AUTH0_OPERATIONS: tuple[Operation, ...] = (
    # users
    Operation("list_users", "GET", "/users", (Case("list users", any_of("read:users")),), private=USER_TOKENS),
    Operation("list_users_by_email", "GET", "/users-by-email", (
        Case("find users by e-mail address", any_of("read:users"), query={"email": "ann@shop.example"}),
    ), private=USER_TOKENS, query=schemas.BY_EMAIL),
    Operation("create_user", "POST", "/users", (
        Case("create a user", any_of("create:users"), body={"email": "eve@shop.example"}),
    ), body=schemas.NEW_USER, success=201, private=USER_TOKENS, refusals=(409,)),
    Operation("read_user", "GET", "/users/{user_id}", (
        Case("read a user", any_of("read:users"), _ANN, own=any_of("read:current_user")),
    ), private=USER_TOKENS),
    Operation("update_user", "PATCH", "/users/{user_id}", (
        Case("change what a user keeps", any_of("update:users"), _ANN, body={"user_metadata": {"colour": "red"}},
             when=schemas.ONLY_USER_METADATA, own=any_of("update:current_user_metadata")),
        Case("change a user", any_of("update:users"), _ANN, body={"name": "Ann B."}, when=schemas.NO_APP_METADATA),
        Case("change what an application keeps about a user", all_of("update:users", "update:users_app_metadata"),
             _ANN, body={"app_metadata": {"plan": "gold"}}),
    ), body=schemas.USER_CHANGES, private=USER_TOKENS, refusals=(409,)),
    Operation("delete_user", "DELETE", "/users/{user_id}", (
        Case("delete a user", any_of("delete:users"), _BOB),
    ), success=204),
    Operation("list_user_logs", "GET", "/users/{user_id}/logs", (
        Case("list a user's logs", any_of("read:logs"), _ANN),
    )),
    Operation("link_identity", "POST", "/users/{user_id}/identities", (
        Case("link an account to a user", any_of("update:users"), _ANN,
             body={"provider": "github", "user_id": "583231"}, own=any_of("update:current_user_identities")),
    ), body=schemas.IDENTITY, success=201, private=USER_TOKENS, refusals=(409,)),
    Operation("list_role_users", "GET", "/roles/{role_id}/users", (
        Case("list the users of a role", all_of("read:users", "read:roles"), {"role_id": "rol_1"}),
    )),
    Operation("create_password_ticket", "POST", "/tickets/password-change", (
        Case("let a user choose a new password", any_of("create:user_tickets"), body=_ANN),
    ), body=schemas.NEW_TICKET, success=201, refusals=(404,)),
    # applications
    Operation("list_clients", "GET", "/clients", (
        Case("list applications", any_of("read:clients")),
    ), private=CLIENT_KEYS),
    Operation("create_client", "POST", "/clients", (
        Case("create an application", any_of("create:clients"), body={"name": "Till", "app_type": "native"}),
    ), body=schemas.NEW_CLIENT, success=201, private=CLIENT_KEYS),
    Operation("read_client", "GET", "/clients/{client_id}", (
        Case("read an application", any_of("read:clients"), _SHOP),
    ), private=CLIENT_KEYS),
    Operation("update_client", "PATCH", "/clients/{client_id}", (
        Case("change an application", any_of("update:clients"), _SHOP, body={"name": "Web shop"}, when=schemas.NO_KEYS),
        Case("change an application's keys", all_of("update:clients", "update:client_keys"), _SHOP,
             body={"client_secret": "a new secret"}),
    ), body=schemas.CLIENT_CHANGES, private=CLIENT_KEYS),
    Operation("delete_client", "DELETE", "/clients/{client_id}", (
        Case("delete an application", any_of("delete:clients"), _OLD_SHOP),
    ), success=204),
    Operation("rotate_client_secret", "POST", "/clients/{client_id}/rotate-secret", (
        Case("give an application a new secret", any_of("update:client_keys"), _SHOP),
    ), private=CLIENT_KEYS),
    Operation("list_client_grants", "GET", "/client-grants", (
        Case("list what applications were granted", any_of("read:client_grants")),
    )),
    Operation("create_client_grant", "POST", "/client-grants", (
        Case("grant scopes to an application", any_of("create:client_grants"),
             body={"client_id": "shop", "scope": ["read:stats"]}),
    ), body=schemas.CLIENT_GRANT, success=201, refusals=(404,),
       notes="A token that opens this call can grant every scope, even to its own application."),
    # connections
    Operation("list_connections", "GET", "/connections", (Case("list connections", any_of("read:connections")),)),
    Operation("create_connection", "POST", "/connections", (
        Case("create a connection", any_of("create:connections"), body={"name": "staff", "strategy": "auth0"}),
    ), body=schemas.NEW_CONNECTION, success=201, refusals=(409,)),
    Operation("read_connection", "GET", "/connections/{connection_id}", (
        Case("read a connection", any_of("read:connections"), _DATABASE),
    )),
    Operation("update_connection", "PATCH", "/connections/{connection_id}", (
        Case("change a connection", any_of("update:connections"), _DATABASE, body={"enabled_clients": ["shop"]}),
    ), body=schemas.CONNECTION_CHANGES),
    Operation("delete_connection", "DELETE", "/connections/{connection_id}", (
        Case("delete a connection", any_of("delete:connections"), _OLD_DATABASE),
    ), success=204),
    # the tenant
    Operation("list_logs", "GET", "/logs", (Case("list logs", any_of("read:logs")),)),
    Operation("read_daily_stats", "GET", "/stats/daily", (Case("read statistics by day", any_of("read:stats")),)),
    Operation("read_tenant_settings", "GET", "/tenants/settings", (
        Case("read the tenant's settings", any_of("read:tenant_settings")),
    )),
    Operation("update_tenant_settings", "PATCH", "/tenants/settings", (
        Case("change the tenant's settings", any_of("update:tenant_settings"), body={"friendly_name": "Our shop"}),
    ), body=schemas.TENANT_SETTINGS),
    Operation("list_revoked_tokens", "GET", "/blacklists/tokens", (
        Case("list revoked tokens", any_of("blacklist:tokens")),
    ), query=schemas.BY_AUDIENCE, notes="Your own tenant's revoked tokens that have not expired yet."),
    Operation("revoke_token", "POST", "/blacklists/tokens", (
        Case("revoke a token", any_of("blacklist:tokens"), body={"jti": "a token of long ago"}),
    ), body=schemas.REVOCATION, success=204, notes=_REVOCATION),
)  # fmt: skip
