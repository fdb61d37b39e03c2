"""Requirements in their five shapes, each with a real call."""

import pytest
import requests
from forging import API, CLAIMS, HEADER, ISSUER, NOW, OTHER_SECRET, OTHER_TENANT, forged, with_claims
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from scopekit import OwnerBound, all_of, any_of
from scopekit.asgi import requires
from scopekit.lab.world.transports import InProcess


def explained(guard, requirement, *scopes, **claims):
    """The decision over a token of these scopes, with its steps."""
    return guard.explain(f"Bearer {with_claims(scopes=list(scopes), **claims)}", requirement)


def found(guard, requirement, *scopes, **claims):
    """What the last check found in a token of these scopes."""
    return explained(guard, requirement, *scopes, **claims).step("scopes").found


def fix(guard, requirement, *scopes, **claims):
    """What the last check advises to a token of these scopes."""
    return explained(guard, requirement, *scopes, **claims).step("scopes").fix


# Any-of: GET /repos/{owner}/{repo}/hooks/{hook_id}/config

HOOK = any_of("read:repo_hook", "repo")


def test_any_one_of_the_scopes_opens_the_call_and_the_reason_names_it(guard):
    assert found(guard, HOOK, "read:repo_hook") == "read:repo_hook is held"
    assert found(guard, HOOK, "gist", "repo") == "repo is held"


def test_without_any_of_the_scopes_the_least_privileged_is_advised(guard):
    assert not explained(guard, HOOK, "public_repo")
    assert fix(guard, HOOK, "public_repo") == "Mint a token with read:repo_hook."


def test_the_reason_names_the_ancestor_that_a_scope_is_held_through(guard):
    assert found(guard, any_of("public_repo"), "repo") == "public_repo is held through repo"


# All-of: GET /roles/{id}/users

ROLE_USERS = all_of("read:users", "read:roles")


def test_all_of_the_scopes_open_the_call_and_the_reason_names_each(guard):
    told = found(guard, ROLE_USERS, "read:users", "read:roles")
    assert told == "read:roles is held, read:users is held"


@pytest.mark.parametrize("held", ["read:users", "read:roles"])
def test_one_of_the_scopes_alone_does_not_open_the_call(guard, held):
    assert explained(guard, ROLE_USERS, held).check == "scopes"
    assert fix(guard, ROLE_USERS, held) == "Mint a token with read:roles read:users."


# Conditional: POST /user/repos, PUT /repos/{owner}/{repo}/contents/{path}, PATCH /users/{id}


async def create_repository(request):
    """A private repository needs more than a public one."""
    private = (await request.json()).get("private", False)
    return any_of("repo") if private else any_of("public_repo", "repo")


async def put_contents(request):
    """A workflow file needs a scope beside that of any other."""
    workflow = request.path_params["path"].startswith(".github/workflows/")
    return all_of("repo", "workflow") if workflow else any_of("repo")


async def done(request):
    """What the guard granted, said back."""
    return JSONResponse(sorted(request.state.decision.granted))


def status(guard, method, path, body, *scopes, **claims):
    """The status of a request to an application with the calls of this file."""
    routes = [
        Route("/user/repos", requires(guard, create_repository)(done), methods=["POST"]),
        Route("/repos/octocat/hello/contents/{path:path}", requires(guard, put_contents)(done), methods=["PUT"]),
        Route("/users/{id}", requires(guard, update_user)(done), methods=["PATCH"]),
    ]
    headers = {"Authorization": f"Bearer {with_claims(scopes=list(scopes), **claims)}"}
    with requests.Session() as session:
        base = InProcess().open(Starlette(routes=routes), session)
        return session.request(method, base + path, json=body, headers=headers).status_code


@pytest.mark.parametrize(
    ("held", "private", "expected"),
    [("public_repo", False, 200), ("public_repo", True, 403), ("repo", False, 200), ("repo", True, 200)],
)
def test_a_private_repository_needs_more_than_a_public_one(guard, held, private, expected):
    assert status(guard, "POST", "/user/repos", {"name": "demo", "private": private}, held) == expected


@pytest.mark.parametrize(
    ("held", "path", "expected"),
    [
        (["repo"], "docs/notes.md", 200),
        (["repo"], ".github/workflows/ci.yml", 403),
        (["workflow"], ".github/workflows/ci.yml", 403),
        (["repo", "workflow"], ".github/workflows/ci.yml", 200),
    ],
)
def test_a_workflow_file_needs_a_scope_beside_that_of_any_other(guard, held, path, expected):
    assert status(guard, "PUT", f"/repos/octocat/hello/contents/{path}", {}, *held) == expected


# Field-level: GET /users/{id} leaves identities.access_token out, GET /clients leaves client_secret out


def user_seen(decision):
    """The user as a handler answers with it: the field, not the call, is what a scope is missing for."""
    user = {"user_id": "auth0|1", "identities": [{"provider": "x"}]}
    if decision.grants(any_of("read:user_idp_tokens")):
        user["identities"] = [{"provider": "x", "access_token": "secret"}]
    return user


def test_a_field_is_left_out_and_the_call_is_not_refused(guard):
    decision = explained(guard, any_of("read:users"), "read:users")
    assert decision
    assert user_seen(decision)["identities"] == [{"provider": "x"}]


def test_a_field_is_there_for_a_token_with_its_scope(guard):
    decision = explained(guard, any_of("read:users"), "read:users", "read:user_idp_tokens")
    assert user_seen(decision)["identities"] == [{"provider": "x", "access_token": "secret"}]


def test_the_scope_of_a_field_does_not_open_the_call(guard):
    assert explained(guard, any_of("read:users"), "read:user_idp_tokens").check == "scopes"


# Owner-bound: PATCH /users/{id}, POST /users/{id}/identities

OWN_RECORD = OwnerBound(
    any_of("update:users"), own=any_of("update:current_user_metadata"), issuer=ISSUER, subject="octocat"
)
OWN_SCOPE = "update:current_user_metadata"


async def update_user(request):
    """Anyone's app_metadata needs two scopes; one's own user_metadata is open to its owner."""
    if "app_metadata" in await request.json():
        return all_of("update:users", "update:users_app_metadata")
    return OwnerBound(any_of("update:users"), any_of(OWN_SCOPE), ISSUER, request.path_params["id"])


def test_the_owner_of_a_record_needs_only_the_scope_for_one_s_own(guard):
    decision = explained(guard, OWN_RECORD, OWN_SCOPE)
    assert decision
    assert decision.step("scopes").found == "update:current_user_metadata is held"
    assert decision.needed == any_of("update:users", OWN_SCOPE)


def test_on_another_s_record_the_scope_for_one_s_own_opens_nothing(guard):
    decision = explained(guard, OWN_RECORD, OWN_SCOPE, sub="mallory")
    assert (decision.status, decision.error, decision.check) == (403, "insufficient_scope", "scopes")
    assert decision.least == ("update:users",)
    assert "current_user" not in decision.description


def test_anyone_s_record_is_open_to_the_scope_for_all_of_them(guard):
    for subject in ("octocat", "mallory"):
        assert found(guard, OWN_RECORD, "update:users", sub=subject) == "update:users is held"


def test_the_owner_is_advised_the_least_privileged_scope(guard):
    assert fix(guard, OWN_RECORD, "gist") == "Mint a token with update:current_user_metadata."


def test_the_same_subject_of_another_tenant_is_another_person(guard):
    claims = {**CLAIMS, "iss": OTHER_TENANT, "scopes": [OWN_SCOPE]}
    text = forged({**HEADER, "kid": "k2"}, claims, OTHER_SECRET)
    assert guard.decide(f"Bearer {text}", OWN_RECORD).check == "scopes"
    assert guard.decide(f"Bearer {text}", OwnerBound(OWN_RECORD.anyone, OWN_RECORD.own, OTHER_TENANT, "octocat"))


def test_a_token_without_a_subject_owns_nothing():
    assert OWN_RECORD.of(ISSUER, None) == any_of("update:users")
    assert OwnerBound(any_of("a"), any_of("b"), None, None).of(None, None) == any_of("a")


def test_who_owns_a_record_is_not_asked_of_a_token_that_was_refused_before(guard):
    decision = explained(guard, OWN_RECORD, OWN_SCOPE, exp=NOW, iat=NOW - 60)
    assert decision.check == "time"
    assert decision.needed == any_of("update:users")


def test_a_cached_token_opens_its_own_record_and_no_other(guard):
    header = f"Bearer {with_claims(scopes=[OWN_SCOPE])}"
    other = OwnerBound(OWN_RECORD.anyone, OWN_RECORD.own, ISSUER, "mallory")
    assert [bool(guard.decide(header, each)) for each in (OWN_RECORD, other, OWN_RECORD, other)] == [True, False] * 2


@pytest.mark.parametrize(
    ("path", "body", "held", "expected"),
    [
        ("/users/octocat", {"user_metadata": {}}, [OWN_SCOPE], 200),
        ("/users/hubot", {"user_metadata": {}}, [OWN_SCOPE], 403),
        ("/users/hubot", {"user_metadata": {}}, ["update:users"], 200),
        ("/users/octocat", {"app_metadata": {}}, [OWN_SCOPE], 403),
        ("/users/octocat", {"app_metadata": {}}, ["update:users"], 403),
        ("/users/octocat", {"app_metadata": {}}, ["update:users", "update:users_app_metadata"], 200),
    ],
)
def test_a_call_may_depend_on_what_it_changes_and_on_whose_record_it_is(guard, path, body, held, expected):
    assert status(guard, "PATCH", path, body, *held) == expected


def test_a_record_of_this_api_is_no_record_of_another(guard):
    assert explained(guard, OWN_RECORD, OWN_SCOPE, aud=f"not {API}").check == "audience"
