"""The tables: which calls there are, and which scopes each call needs.

Routes, documents and the matrix are all made from these tables, so they cannot disagree. The calls and their scopes
are those of GitHub's REST reference for classic tokens.
"""

from __future__ import annotations

from sample_api.operation import Case, Operation, PrivateFields
from sample_api.schemas import (
    CONTENTS,
    DEPLOYMENT_STATUS,
    EMAILS,
    GPG_KEY,
    HOOK_CONFIG,
    PLAIN_FILE,
    PUBLIC_BODY,
    PUBLIC_REPOSITORY,
    REPOSITORY,
    SSH_KEY,
)
from scopekit.requirements import NO_SCOPE, all_of, any_of

_HELLO = {"owner": "octocat", "repo": "hello-world"}
_PLANS = {"owner": "octocat", "repo": "secret-plans"}

_CREATE_REPOSITORY = (
    Case("create a public repository", any_of("public_repo", "repo"), body={"name": "demo"}, when=PUBLIC_BODY),
    Case("create a private repository", any_of("repo"), body={"name": "diary", "private": True}),
)
_ORG = {"org": "octo-org"}
_HELLO_HOOK = {**_HELLO, "hook_id": "1"}

GITHUB_OPERATIONS: tuple[Operation, ...] = (
    # repositories
    Operation("create_repository", "POST", "/user/repos", _CREATE_REPOSITORY, REPOSITORY, 201),
    Operation("create_repository", "POST", "/user/repo", _CREATE_REPOSITORY, REPOSITORY, 201, deprecated=True),
    Operation("create_organisation_repository", "POST", "/orgs/{org}/repos", (
        Case("create a public repository of an organisation", any_of("public_repo", "repo"), _ORG,
             {"name": "handbook"}, PUBLIC_BODY),
        Case("create a private repository of an organisation", any_of("repo"), _ORG,
             {"name": "ledger", "private": True}),
    ), REPOSITORY, 201),
    Operation("delete_repository", "DELETE", "/repos/{owner}/{repo}", (
        Case("delete a repository", any_of("delete_repo"), {"owner": "octocat", "repo": "old-notes"}),
    ), success=204),
    Operation("put_contents", "PUT", "/repos/{owner}/{repo}/contents/{path}", (
        Case("write a file", any_of("repo"), {**_HELLO, "path": "docs/notes.md"},
             {"message": "Take notes", "content": "SGVsbG8="}, PLAIN_FILE),
        Case("write a workflow file", all_of("repo", "workflow"), {**_HELLO, "path": ".github/workflows/ci.yml"},
             {"message": "Run the tests", "content": "b246IHB1c2g="}),
    ), CONTENTS),
    Operation("read_hook_config", "GET", "/repos/{owner}/{repo}/hooks/{hook_id}/config", (
        Case("read a hook's configuration", any_of("read:repo_hook", "repo"), _HELLO_HOOK),
    )),
    Operation("update_hook_config", "PATCH", "/repos/{owner}/{repo}/hooks/{hook_id}/config", (
        Case("change a hook's configuration", any_of("write:repo_hook", "repo"), _HELLO_HOOK, {"content_type": "form"}),
    ), HOOK_CONFIG),
    Operation("create_deployment_status", "POST", "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", (
        Case("report a deployment", any_of("repo_deployment"), {**_HELLO, "deployment_id": "1"}, {"state": "success"}),
    ), DEPLOYMENT_STATUS, 201),
    Operation("list_code_scanning_alerts", "GET", "/repos/{owner}/{repo}/code-scanning/alerts", (
        Case("read a public repository's code alerts", any_of("security_events", "public_repo"), _HELLO,
             when=PUBLIC_REPOSITORY),
        Case("read a private repository's code alerts", any_of("security_events"), _PLANS),
    )),
    Operation("list_secret_scanning_alerts", "GET", "/repos/{owner}/{repo}/secret-scanning/alerts", (
        Case("read a public repository's secret alerts", any_of("security_events", "repo", "public_repo"), _HELLO,
             when=PUBLIC_REPOSITORY),
        Case("read a private repository's secret alerts", any_of("security_events", "repo"), _PLANS),
    )),
    # organisations
    Operation("list_organisation_hooks", "GET", "/orgs/{org}/hooks", (
        Case("list an organisation's hooks", any_of("admin:org_hook"), _ORG),
    )),
    # the user
    Operation("read_user", "GET", "/user", (
        Case("read the profile", NO_SCOPE),
    ), private=PrivateFields(("email", "plan"), any_of("user"))),
    Operation("list_emails", "GET", "/user/emails", (
        Case("list e-mail addresses", any_of("user:email")),
    )),
    Operation("add_emails", "POST", "/user/emails", (
        Case("add an e-mail address", any_of("user"), body={"emails": ["cat@sea.example"]}),
    ), EMAILS, 201),
    Operation("delete_emails", "DELETE", "/user/emails", (
        Case("delete an e-mail address", any_of("user"), body={"emails": ["old@octocat.example"]}),
    ), EMAILS, 204),
    Operation("follow_user", "PUT", "/user/following/{username}", (
        Case("follow a user", any_of("user:follow"), {"username": "hubot"}),
    ), success=204),
    Operation("list_keys", "GET", "/user/keys", (
        Case("list SSH keys", any_of("read:public_key")),
    )),
    Operation("create_key", "POST", "/user/keys", (
        Case("add an SSH key", any_of("write:public_key"), body={"title": "laptop", "key": "ssh-ed25519 AAAA"}),
    ), SSH_KEY, 201),
    Operation("delete_key", "DELETE", "/user/keys/{key_id}", (
        Case("delete an SSH key", any_of("admin:public_key"), {"key_id": "2"}),
    ), success=204),
    Operation("list_gpg_keys", "GET", "/user/gpg_keys", (
        Case("list GPG keys", any_of("read:gpg_key")),
    )),
    Operation("create_gpg_key", "POST", "/user/gpg_keys", (
        Case("add a GPG key", any_of("write:gpg_key"), body={"name": "work", "armored_public_key": "-----BEGIN PGP"}),
    ), GPG_KEY, 201),
    Operation("delete_gpg_key", "DELETE", "/user/gpg_keys/{key_id}", (
        Case("delete a GPG key", any_of("admin:gpg_key"), {"key_id": "2"}),
    ), success=204),
    Operation("list_packages", "GET", "/user/packages", (
        Case("list packages", any_of("read:packages")),
    )),
    Operation("list_codespaces", "GET", "/user/codespaces", (
        Case("list codespaces", any_of("codespace")),
    )),
)  # fmt: skip
