"""Which scopes open which call, over real HTTP: GitHub's reference for classic tokens, written down a second time."""

import http.client
from contextlib import closing

import pytest
from starlette.routing import compile_path

from sample_api.github import HANDLERS
from sample_api.mounts import MODERN
from sample_api.operations import GITHUB_OPERATIONS as OPERATIONS

FILE = {"message": "Take notes", "content": "SGVsbG8="}
HOOK = "/repos/octocat/hello-world/hooks/1/config"
PUBLIC, PRIVATE = "/repos/octocat/hello-world", "/repos/octocat/secret-plans"

# call: (method, path, body), status, what opens it, what nearly does; scopes are written with spaces between them
CALLS = {
    "create a public repository": (
        ("POST", "/user/repos", {"name": "demo"}), 201,
        ["public_repo", "repo"],
        ["", "repo:status repo_deployment repo:invite security_events", "delete_repo workflow", "admin:org"],
    ),
    "create a public repository, and say so": (
        ("POST", "/user/repos", {"name": "demo", "private": False}), 201, ["public_repo", "repo"], ["", "gist"],
    ),
    "create a private repository": (
        ("POST", "/user/repos", {"name": "diary", "private": True}), 201, ["repo"],
        ["", "public_repo", "public_repo repo:status repo_deployment repo:invite security_events"],
    ),
    "create an organisation's public repository": (
        ("POST", "/orgs/octo-org/repos", {"name": "handbook"}), 201, ["public_repo", "repo"], ["", "admin:org"],
    ),
    "create an organisation's private repository": (
        ("POST", "/orgs/octo-org/repos", {"name": "ledger", "private": True}), 201,
        ["repo"], ["public_repo", "public_repo admin:org"],
    ),
    "delete a repository": (
        ("DELETE", "/repos/octocat/old-notes", None), 204, ["delete_repo"], ["", "repo", "repo admin:repo_hook"],
    ),
    "write a file": (
        ("PUT", f"{PUBLIC}/contents/docs/notes.md", FILE), 200, ["repo"], ["", "public_repo", "workflow"],
    ),
    "write a workflow file": (
        ("PUT", f"{PUBLIC}/contents/.github/workflows/ci.yml", FILE), 200,
        ["repo workflow"], ["repo", "workflow", "public_repo workflow"],
    ),
    "read a hook's configuration": (
        ("GET", HOOK, None), 200,
        ["read:repo_hook", "write:repo_hook", "admin:repo_hook", "repo"], ["", "public_repo", "admin:org_hook"],
    ),
    "change a hook's configuration": (
        ("PATCH", HOOK, {"content_type": "form"}), 200,
        ["write:repo_hook", "admin:repo_hook", "repo"], ["read:repo_hook", "public_repo", "admin:org_hook"],
    ),
    "report a deployment": (
        ("POST", f"{PUBLIC}/deployments/1/statuses", {"state": "success"}), 201,
        ["repo_deployment", "repo"], ["", "public_repo", "repo:status"],
    ),
    "read a public repository's code alerts": (
        ("GET", f"{PUBLIC}/code-scanning/alerts", None), 200,
        ["security_events", "public_repo", "repo"], ["", "repo:status", "read:org"],
    ),
    "read a private repository's code alerts": (
        ("GET", f"{PRIVATE}/code-scanning/alerts", None), 200,
        ["security_events", "repo"], ["public_repo", "public_repo repo:status"],
    ),
    "read a public repository's secret alerts": (
        ("GET", f"{PUBLIC}/secret-scanning/alerts", None), 200,
        ["security_events", "public_repo", "repo"], ["", "repo:status", "read:org"],
    ),
    "read a private repository's secret alerts": (
        ("GET", f"{PRIVATE}/secret-scanning/alerts", None), 200,
        ["security_events", "repo"], ["public_repo", "public_repo repo:status"],
    ),
    "list an organisation's hooks": (
        ("GET", "/orgs/octo-org/hooks", None), 200, ["admin:org_hook"], ["", "admin:org", "admin:repo_hook"],
    ),
    "read the profile": (("GET", "/user", None), 200, ["", "gist", "user"], []),
    "list e-mail addresses": (
        ("GET", "/user/emails", None), 200, ["user:email", "user"], ["", "read:user", "user:follow"],
    ),
    "add an e-mail address": (
        ("POST", "/user/emails", {"emails": ["cat@sea.example"]}), 201,
        ["user"], ["user:email", "read:user user:email user:follow"],
    ),
    "delete an e-mail address": (
        ("DELETE", "/user/emails", {"emails": ["old@octocat.example"]}), 204,
        ["user"], ["user:email", "read:user user:email user:follow"],
    ),
    "follow a user": (
        ("PUT", "/user/following/hubot", None), 204, ["user:follow", "user"], ["", "read:user user:email"],
    ),
    "list SSH keys": (
        ("GET", "/user/keys", None), 200,
        ["read:public_key", "write:public_key", "admin:public_key"], ["", "read:gpg_key", "user"],
    ),
    "add an SSH key": (
        ("POST", "/user/keys", {"key": "ssh-ed25519 AAAA"}), 201,
        ["write:public_key", "admin:public_key"], ["read:public_key", "admin:gpg_key"],
    ),
    "delete an SSH key": (
        ("DELETE", "/user/keys/2", None), 204, ["admin:public_key"], ["write:public_key", "admin:gpg_key"],
    ),
    "list GPG keys": (
        ("GET", "/user/gpg_keys", None), 200,
        ["read:gpg_key", "write:gpg_key", "admin:gpg_key"], ["", "read:public_key", "user"],
    ),
    "add a GPG key": (
        ("POST", "/user/gpg_keys", {"armored_public_key": "-----BEGIN PGP"}), 201,
        ["write:gpg_key", "admin:gpg_key"], ["read:gpg_key", "admin:public_key"],
    ),
    "delete a GPG key": (
        ("DELETE", "/user/gpg_keys/2", None), 204, ["admin:gpg_key"], ["write:gpg_key", "admin:public_key"],
    ),
    "list packages": (
        ("GET", "/user/packages", None), 200, ["read:packages", "write:packages"], ["", "repo", "user"],
    ),
    "list codespaces": (("GET", "/user/codespaces", None), 200, ["codespace"], ["", "codespace:secrets", "repo"]),
}  # fmt: skip


def pairs(column):
    return [
        pytest.param(name, scopes, id=f"{name}: {scopes or 'no scope'}")
        for name, row in CALLS.items()
        for scopes in row[column]
    ]


def asked(lab, name, token, prefix=""):
    method, path, body = CALLS[name][0]
    return lab.request(method, prefix + path, token, body)


@pytest.mark.parametrize(("name", "scopes"), pairs(2))
def test_these_scopes_open_the_call(lab, name, scopes):
    exchange = asked(lab, name, lab.mint(scopes.split()))
    assert exchange.status == CALLS[name][1]


@pytest.mark.parametrize(("name", "scopes"), pairs(3))
def test_these_scopes_do_not_open_the_call(lab, name, scopes):
    exchange = asked(lab, name, lab.mint(scopes.split()))
    assert exchange.status == 403
    assert exchange.json["error"] == "insufficient_scope"


@pytest.mark.parametrize(("name", "scopes"), pairs(2))
def test_these_scopes_open_the_call_under_modern_too(lab, name, scopes):
    exchange = asked(lab, name, lab.mint(scopes.split(), audience=MODERN), "/modern")
    assert exchange.status == CALLS[name][1]


@pytest.mark.parametrize(("name", "scopes"), pairs(3))
def test_these_scopes_do_not_open_the_call_under_modern_either(lab, name, scopes):
    exchange = asked(lab, name, lab.mint(scopes.split(), audience=MODERN), "/modern")
    assert exchange.status == 403


@pytest.mark.parametrize("name", CALLS)
def test_without_a_token_no_call_is_open(lab, name):
    exchange = asked(lab, name, None)
    assert exchange.status == 401
    assert "error" not in exchange.headers["www-authenticate"]


def test_the_table_above_tries_every_operation():
    tried = {f"{method} {path}" for (method, path, _), *_ in CALLS.values()}
    table = {
        f"{one.method} {one.path}": compile_path(one.path.replace("{path}", "{path:path}"))[0] for one in OPERATIONS
    }
    hit = {
        name for name, path in table.items() for call in tried if path.match(call.split()[1]) and name[:3] == call[:3]
    }
    assert set(table) - hit == {"POST /user/repo"}  # the article's path, which has a test of its own


def test_every_operation_has_a_handler_of_its_name():
    assert set(HANDLERS) == {operation.id for operation in OPERATIONS}
    assert [name for name, handler in HANDLERS.items() if handler.__name__ != name] == []


# The article's path


@pytest.mark.parametrize("body", [{"name": "demo"}, {"name": "diary", "private": True}, {"nom": "demo"}], ids=str)
@pytest.mark.parametrize("scopes", [["public_repo"], ["repo"], ["gist"]], ids=str)
def test_the_article_path_answers_as_todays_path_does(lab, scopes, body):
    token, before = lab.mint(scopes), lab.state.data.snapshot()
    today = lab.post("/user/repos", token, **body)
    lab.state.data.restore(before)
    article = lab.post("/user/repo", token, **body)
    assert (article.status, article.json) == (today.status, today.json)


# What depends on the request


def test_the_profile_shows_its_private_fields_to_the_scope_user_alone(lab):
    plain = {"login": "octocat", "name": "Mona"}
    assert lab.get("/user", lab.mint([])).json == plain
    assert lab.get("/user", lab.mint(["read:user", "user:email"])).json == plain
    whole = {**plain, "email": "mona@octocat.example", "plan": "pro"}
    assert lab.get("/user", lab.mint(["user"])).json == whole


def test_the_denial_of_a_private_repository_names_repo(lab):
    exchange = lab.post("/user/repos", lab.mint(["public_repo"]), name="diary", private=True)
    assert exchange.json["scope"] == "repo"
    assert 'scope="repo"' in exchange.headers["www-authenticate"]


def test_the_denial_of_a_public_repository_names_the_least_privilege(lab):
    exchange = lab.post("/user/repos", lab.mint(["gist"]), name="demo")
    assert exchange.json["scope"] == "public_repo"
    assert "public_repo or repo" in exchange.json["detail"]


def test_the_denial_of_a_workflow_file_names_both_scopes(lab):
    exchange = lab.put(f"{PUBLIC}/contents/.github/workflows/ci.yml", lab.mint(["repo"]), **FILE)
    assert exchange.json["scope"] == "repo workflow"


@pytest.mark.parametrize(
    "path",
    [
        "docs/../.github/workflows/ci.yml",
        "./.github/workflows/ci.yml",
        "/.github/workflows/ci.yml",
        ".github//workflows/ci.yml",
        ".github/./workflows/ci.yml",
        "docs/%2e%2e/.github/workflows/ci.yml",
        "%2egithub/workflows/ci.yml",
        ".github%2Fworkflows%2Fci.yml",
    ],
)
def test_a_roundabout_path_to_a_workflow_file_needs_the_scope_workflow_too(lab, path):
    # http.client sends a path as it is; requests would tidy it first
    headers = {"Authorization": f"Bearer {lab.mint(['repo'])}"}
    with closing(http.client.HTTPConnection(lab.url.removeprefix("http://"), timeout=10)) as connection:
        connection.request("PUT", f"{PUBLIC}/contents/{path}", '{"message": "m", "content": "x"}', headers)
        assert connection.getresponse().status == 403


@pytest.mark.parametrize("path", [".github/dependabot.yml", "workflows/ci.yml", "docs/.github/workflows/ci.yml"])
def test_a_file_that_is_no_workflow_needs_repo_alone(lab, path):
    assert lab.put(f"{PUBLIC}/contents/{path}", lab.mint(["repo"]), **FILE).status == 200


@pytest.mark.parametrize("kind", ["code-scanning", "secret-scanning"])
def test_a_private_repository_is_refused_like_one_that_does_not_exist(lab, kind):
    token = lab.mint(["public_repo"])
    private, missing = (lab.get(f"/repos/octocat/{name}/{kind}/alerts", token) for name in ("secret-plans", "none"))
    assert private.status == missing.status == 403
    assert private.json == missing.json


@pytest.mark.parametrize("kind", ["code-scanning", "secret-scanning"])
def test_a_caller_who_may_read_private_repositories_is_told_which_do_not_exist(lab, kind):
    exchange = lab.get(f"/repos/octocat/none/{kind}/alerts", lab.mint(["security_events"]))
    assert exchange.status == 404
    assert exchange.json["detail"] == "There is no such repository."


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("DELETE", "/repos/octocat/none", "delete_repo"),
        ("GET", "/repos/octocat/none/hooks/1/config", "repo"),
        ("GET", "/orgs/none/hooks", "admin:org_hook"),
        ("DELETE", "/user/keys/99", "admin:public_key"),
        ("DELETE", "/user/gpg_keys/99", "admin:gpg_key"),
    ],
)
def test_what_does_not_exist_is_404_with_the_scope_and_403_without(lab, method, path, scope):
    assert lab.request(method, path, lab.mint([])).status == 403
    assert lab.request(method, path, lab.mint([scope])).status == 404


# What a call changes


def test_a_created_repository_is_there_and_cannot_be_created_twice(lab):
    token = lab.mint(["public_repo"])
    assert lab.post("/user/repos", token, name="demo").json == {"full_name": "octocat/demo", "private": False} | {
        "name": "demo"
    }
    assert "octocat/demo" in lab.state.data["repositories"]
    again = lab.post("/user/repos", token, name="demo")
    assert (again.status, again.json["detail"]) == (409, "The repository octocat/demo already exists.")


def test_a_repository_of_an_organisation_belongs_to_it(lab):
    exchange = lab.post("/orgs/octo-org/repos", lab.mint(["repo"]), name="handbook")
    assert exchange.json["full_name"] == "octo-org/handbook"


def test_a_deleted_repository_is_gone(lab):
    token = lab.mint(["delete_repo"])
    assert lab.delete("/repos/octocat/old-notes", token).status == 204
    assert lab.delete("/repos/octocat/old-notes", token).status == 404


@pytest.mark.parametrize("name", ["hello-world", "secret-plans"])
def test_a_new_repository_of_a_deleted_one_s_name_inherits_nothing(lab, name):
    token = lab.mint(["delete_repo", "repo"])
    lab.delete(f"/repos/octocat/{name}", token)
    lab.post("/user/repos", token, name=name)
    path = f"/repos/octocat/{name}"
    assert lab.get(f"{path}/hooks/1/config", token).status == 404
    assert lab.post(f"{path}/deployments/1/statuses", token, state="success").status == 404
    assert [lab.get(f"{path}/{kind}-scanning/alerts", token).json for kind in ("code", "secret")] == [[], []]


def test_a_deleted_repository_takes_nothing_of_a_longer_name_with_it(lab):
    token = lab.mint(["delete_repo", "repo"])
    lab.post("/user/repos", token, name="hello")
    lab.delete("/repos/octocat/hello", token)
    assert lab.get(HOOK, token).status == 200


def test_an_email_address_is_added_once_and_deleted(lab):
    token = lab.mint(["user"])
    for _ in range(2):
        lab.post("/user/emails", token, emails=["cat@sea.example", "cat@sea.example"])
    assert lab.get("/user/emails", token).json[2:] == ["cat@sea.example"]
    lab.delete("/user/emails", token, emails=["cat@sea.example"])
    assert "cat@sea.example" not in lab.get("/user/emails", token).json


def test_a_key_that_is_added_gets_an_id_and_can_be_deleted_by_it(lab):
    token = lab.mint(["admin:public_key"])
    added = lab.post("/user/keys", token, title="laptop", key="ssh-ed25519 AAAA").json
    assert added in lab.get("/user/keys", token).json
    assert lab.delete(f"/user/keys/{added['id']}", token).status == 204
    assert added not in lab.get("/user/keys", token).json


def test_a_changed_hook_keeps_its_other_settings(lab):
    exchange = lab.patch(HOOK, lab.mint(["write:repo_hook"]), content_type="form")
    assert exchange.json == {"url": "https://ci.example/hook", "content_type": "form", "insecure_ssl": "0"}


@pytest.mark.parametrize("name", CALLS)
def test_a_denied_call_changes_nothing(lab, name):
    before = lab.state.data.snapshot()
    asked(lab, name, None)
    asked(lab, name, lab.mint(["notifications"]))
    assert lab.state.data.snapshot() == before
