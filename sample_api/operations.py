"""The tables: which scopes there are, which calls there are, and which scopes each call needs.

Routes, documents and the matrix are all made from these tables, so they cannot disagree. The calls and their scopes
are those of GitHub's REST reference for classic tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scopekit.requirements import NO_SCOPE, Requirement, all_of, any_of
from scopekit.scopes import Vocabulary

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One way to make a call: what it needs, when it applies, and an example of it.

    `when` is a JSON Schema over `{"path": ..., "body": ..., "resource": ...}`; the first case that fits counts, and
    one without `when` always fits. `path` and `body` are the example.
    """

    name: str
    requirement: Requirement
    path: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    when: Json | None = None


@dataclass(frozen=True, slots=True)
class PrivateFields:
    """Fields that are left out of an answer, unless the token's scopes satisfy the requirement."""

    names: tuple[str, ...]
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `id` names its handler, `body` is the schema of what it takes."""

    id: str
    method: str
    path: str
    cases: tuple[Case, ...]
    body: Json | None = None
    success: int = 200
    private: PrivateFields | None = None
    deprecated: bool = False


SCOPES = Vocabulary(
    {
        "repo": "Full control of private and public repositories",
        "repo:status": "Read and write commit statuses",
        "repo_deployment": "Read and write deployment statuses",
        "public_repo": "Read and write public repositories",
        "repo:invite": "Accept and decline invitations to repositories",
        "security_events": "Read and write security alerts",
        "workflow": "Add and change workflow files",
        "delete_repo": "Delete repositories",
        "admin:repo_hook": "Full control of repository hooks",
        "write:repo_hook": "Write repository hooks",
        "read:repo_hook": "Read repository hooks",
        "admin:org": "Full control of organisations and teams",
        "write:org": "Write organisation membership",
        "read:org": "Read organisation membership",
        "manage_runners:org": "Manage runners of organisations",
        "admin:org_hook": "Full control of organisation hooks",
        "user": "Read and write the whole profile, private fields included",
        "read:user": "Read the profile",
        "user:email": "Read e-mail addresses",
        "user:follow": "Follow and unfollow users",
        "admin:public_key": "Full control of SSH keys",
        "write:public_key": "Add SSH keys",
        "read:public_key": "Read SSH keys",
        "admin:gpg_key": "Full control of GPG keys",
        "write:gpg_key": "Add GPG keys",
        "read:gpg_key": "Read GPG keys",
        "write:packages": "Publish packages",
        "read:packages": "Download packages",
        "codespace": "Full control of codespaces",
        "codespace:secrets": "Read and write codespace secrets",
        "gist": "Write gists",
        "notifications": "Read notifications",
        "project": "Full control of projects",
        "read:project": "Read projects",
    },
    implies={
        "repo": ["repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"],
        "admin:repo_hook": ["write:repo_hook"],
        "write:repo_hook": ["read:repo_hook"],
        "admin:org": ["write:org", "manage_runners:org"],
        "write:org": ["read:org"],
        "user": ["read:user", "user:email", "user:follow"],
        "admin:public_key": ["write:public_key"],
        "write:public_key": ["read:public_key"],
        "admin:gpg_key": ["write:gpg_key"],
        "write:gpg_key": ["read:gpg_key"],
        "write:packages": ["read:packages"],
        "codespace": ["codespace:secrets"],
        "project": ["read:project"],
    },
)

_PUBLIC_BODY: Json = {"properties": {"body": {"properties": {"private": {"const": False}}}}}
# A repository that does not exist counts as private: whoever may not read those must not learn which there are.
_PUBLIC_REPOSITORY: Json = {
    "properties": {"resource": {"properties": {"private": {"const": False}}}},
    "required": ["resource"],
}
# A path with `.`, `..` or nothing between two slashes may lead to a workflow by a roundabout way, so it counts as one.
_WORKFLOW_FILE = r"^\.github/workflows/|(^|/)\.{0,2}(/|$)"
_PLAIN_FILE: Json = {"properties": {"path": {"properties": {"path": {"not": {"pattern": _WORKFLOW_FILE}}}}}}

_REPOSITORY: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": 100},
        "private": {"type": "boolean", "default": False},
        "description": {"type": "string", "maxLength": 350},
    },
    "required": ["name"],
    "additionalProperties": False,
}
_CONTENTS: Json = {
    "type": "object",
    "properties": {
        "message": {"type": "string", "minLength": 1, "maxLength": 1000},
        "content": {"type": "string", "maxLength": 50000, "description": "The file, in base64"},
    },
    "required": ["message", "content"],
    "additionalProperties": False,
}
_EMAILS: Json = {
    "type": "object",
    "properties": {
        "emails": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"},
            "minItems": 1,
            "maxItems": 10,
        }
    },
    "required": ["emails"],
    "additionalProperties": False,
}
_SSH_KEY: Json = {
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 100}, "key": {"type": "string", "pattern": "^ssh-"}},
    "required": ["key"],
    "additionalProperties": False,
}
_GPG_KEY: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 100},
        "armored_public_key": {"type": "string", "minLength": 1},
    },
    "required": ["armored_public_key"],
    "additionalProperties": False,
}
_HOOK_CONFIG: Json = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "maxLength": 500},
        "content_type": {"enum": ["json", "form"]},
        "insecure_ssl": {"enum": ["0", "1"]},
    },
    "minProperties": 1,
    "additionalProperties": False,
}
_DEPLOYMENT_STATUS: Json = {
    "type": "object",
    "properties": {
        "state": {"enum": ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"]},
        "description": {"type": "string", "maxLength": 140},
    },
    "required": ["state"],
    "additionalProperties": False,
}

_HELLO = {"owner": "octocat", "repo": "hello-world"}
_PLANS = {"owner": "octocat", "repo": "secret-plans"}

_CREATE_REPOSITORY = (
    Case("create a public repository", any_of("public_repo", "repo"), body={"name": "demo"}, when=_PUBLIC_BODY),
    Case("create a private repository", any_of("repo"), body={"name": "diary", "private": True}),
)
_ORG = {"org": "octo-org"}
_HELLO_HOOK = {**_HELLO, "hook_id": "1"}

OPERATIONS: tuple[Operation, ...] = (
    # repositories
    Operation("create_repository", "POST", "/user/repos", _CREATE_REPOSITORY, _REPOSITORY, 201),
    Operation("create_repository", "POST", "/user/repo", _CREATE_REPOSITORY, _REPOSITORY, 201, deprecated=True),
    Operation("create_organisation_repository", "POST", "/orgs/{org}/repos", (
        Case("create a public repository of an organisation", any_of("public_repo", "repo"), _ORG,
             {"name": "handbook"}, _PUBLIC_BODY),
        Case("create a private repository of an organisation", any_of("repo"), _ORG,
             {"name": "ledger", "private": True}),
    ), _REPOSITORY, 201),
    Operation("delete_repository", "DELETE", "/repos/{owner}/{repo}", (
        Case("delete a repository", any_of("delete_repo"), {"owner": "octocat", "repo": "old-notes"}),
    ), success=204),
    Operation("put_contents", "PUT", "/repos/{owner}/{repo}/contents/{path}", (
        Case("write a file", any_of("repo"), {**_HELLO, "path": "docs/notes.md"},
             {"message": "Take notes", "content": "SGVsbG8="}, _PLAIN_FILE),
        Case("write a workflow file", all_of("repo", "workflow"), {**_HELLO, "path": ".github/workflows/ci.yml"},
             {"message": "Run the tests", "content": "b246IHB1c2g="}),
    ), _CONTENTS),
    Operation("read_hook_config", "GET", "/repos/{owner}/{repo}/hooks/{hook_id}/config", (
        Case("read a hook's configuration", any_of("read:repo_hook", "repo"), _HELLO_HOOK),
    )),
    Operation("update_hook_config", "PATCH", "/repos/{owner}/{repo}/hooks/{hook_id}/config", (
        Case("change a hook's configuration", any_of("write:repo_hook", "repo"), _HELLO_HOOK, {"content_type": "form"}),
    ), _HOOK_CONFIG),
    Operation("create_deployment_status", "POST", "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", (
        Case("report a deployment", any_of("repo_deployment"), {**_HELLO, "deployment_id": "1"}, {"state": "success"}),
    ), _DEPLOYMENT_STATUS, 201),
    Operation("list_code_scanning_alerts", "GET", "/repos/{owner}/{repo}/code-scanning/alerts", (
        Case("read a public repository's code alerts", any_of("security_events", "public_repo"), _HELLO,
             when=_PUBLIC_REPOSITORY),
        Case("read a private repository's code alerts", any_of("security_events"), _PLANS),
    )),
    Operation("list_secret_scanning_alerts", "GET", "/repos/{owner}/{repo}/secret-scanning/alerts", (
        Case("read a public repository's secret alerts", any_of("security_events", "repo", "public_repo"), _HELLO,
             when=_PUBLIC_REPOSITORY),
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
    ), _EMAILS, 201),
    Operation("delete_emails", "DELETE", "/user/emails", (
        Case("delete an e-mail address", any_of("user"), body={"emails": ["old@octocat.example"]}),
    ), _EMAILS, 204),
    Operation("follow_user", "PUT", "/user/following/{username}", (
        Case("follow a user", any_of("user:follow"), {"username": "hubot"}),
    ), success=204),
    Operation("list_keys", "GET", "/user/keys", (
        Case("list SSH keys", any_of("read:public_key")),
    )),
    Operation("create_key", "POST", "/user/keys", (
        Case("add an SSH key", any_of("write:public_key"), body={"title": "laptop", "key": "ssh-ed25519 AAAA"}),
    ), _SSH_KEY, 201),
    Operation("delete_key", "DELETE", "/user/keys/{key_id}", (
        Case("delete an SSH key", any_of("admin:public_key"), {"key_id": "2"}),
    ), success=204),
    Operation("list_gpg_keys", "GET", "/user/gpg_keys", (
        Case("list GPG keys", any_of("read:gpg_key")),
    )),
    Operation("create_gpg_key", "POST", "/user/gpg_keys", (
        Case("add a GPG key", any_of("write:gpg_key"), body={"name": "work", "armored_public_key": "-----BEGIN PGP"}),
    ), _GPG_KEY, 201),
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
