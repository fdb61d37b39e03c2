"""The OpenAPI document and its page: true to what the API does, and without a word to the outside."""

import re
from pathlib import Path

import jsonschema
import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

import sample_api
from sample_api.app import create_app
from sample_api.mounts import MODERN
from sample_api.operations import GITHUB_OPERATIONS as OPERATIONS
from sample_api.vocabularies import GITHUB_SCOPES as SCOPES
from scopekit.audit import read_vocabulary
from scopekit.lab import InProcess

FOLDER = Path(sample_api.__file__).parent / "swagger_ui"
PREFIXES = ["", "/modern", "/keys"]

# What GitHub's reference says, written down a second time: alternatives of scopes for each case.
SCOPES_OF = {
    "POST /user/repos": [["public_repo"], ["repo"]],
    "POST /user/repo": [["public_repo"], ["repo"]],
    "POST /orgs/{org}/repos": [["public_repo"], ["repo"]],
    "DELETE /repos/{owner}/{repo}": [["delete_repo"]],
    "PUT /repos/{owner}/{repo}/contents/{path}": [["repo"], ["repo", "workflow"]],
    "GET /repos/{owner}/{repo}/hooks/{hook_id}/config": [["read:repo_hook"], ["repo"]],
    "PATCH /repos/{owner}/{repo}/hooks/{hook_id}/config": [["repo"], ["write:repo_hook"]],
    "POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses": [["repo_deployment"]],
    "GET /repos/{owner}/{repo}/code-scanning/alerts": [["public_repo"], ["security_events"]],
    "GET /repos/{owner}/{repo}/secret-scanning/alerts": [["public_repo"], ["repo"], ["security_events"]],
    "GET /orgs/{org}/hooks": [["admin:org_hook"]],
    "GET /user": [[]],
    "GET /user/emails": [["user:email"]],
    "POST /user/emails": [["user"]],
    "DELETE /user/emails": [["user"]],
    "PUT /user/following/{username}": [["user:follow"]],
    "GET /user/keys": [["read:public_key"]],
    "POST /user/keys": [["write:public_key"]],
    "DELETE /user/keys/{key_id}": [["admin:public_key"]],
    "GET /user/gpg_keys": [["read:gpg_key"]],
    "POST /user/gpg_keys": [["write:gpg_key"]],
    "DELETE /user/gpg_keys/{key_id}": [["admin:gpg_key"]],
    "GET /user/packages": [["read:packages"]],
    "GET /user/codespaces": [["codespace"]],
}

CONFLICTS = {"POST /user/repos", "POST /user/repo", "POST /orgs/{org}/repos"}
TAKE_A_BODY = {
    *CONFLICTS, "PUT /repos/{owner}/{repo}/contents/{path}", "PATCH /repos/{owner}/{repo}/hooks/{hook_id}/config",
    "POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "POST /user/emails", "DELETE /user/emails",
    "POST /user/keys", "POST /user/gpg_keys",
}  # fmt: skip


@pytest.fixture(params=PREFIXES, ids=["/", "/modern", "/keys"])
def document(request, world):
    return world.get(f"{request.param}/openapi.json").json


@pytest.fixture
def github(world):
    return world.get("/openapi.json").json


def operations(document):
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def alternatives(security):
    return sorted(sorted(one["token"]) for one in security)


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_is_documented_under_every_mount(document):
    assert set(operations(document)) == set(SCOPES_OF)
    assert set(SCOPES_OF) == {f"{operation.method} {operation.path}" for operation in OPERATIONS}


@pytest.mark.parametrize("name", SCOPES_OF)
def test_the_document_lists_the_scopes_of_the_operation(github, name):
    assert alternatives(operations(github)[name]["security"]) == SCOPES_OF[name]


@pytest.mark.parametrize("name", SCOPES_OF)
def test_the_scopes_of_the_operation_are_those_of_its_cases(github, name):
    operation = operations(github)[name]
    cases = [one for case in operation["x-scope-conditions"] for one in alternatives(case["security"])]
    assert alternatives(operation["security"]) == sorted({tuple(one): one for one in cases}.values())


def test_the_vocabulary_of_the_document_is_that_of_the_api(world, github):
    read = read_vocabulary(github)
    assert dict(read.descriptions) == dict(SCOPES.descriptions)
    assert [read.expand([name]) for name in read] == [SCOPES.expand([name]) for name in SCOPES]


def test_the_opaque_key_has_no_scopes_to_document(world):
    document = world.get("/keys/openapi.json").json
    assert {str(operation["security"]) for operation in operations(document).values()} == {"[{'token': []}]"}
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for operation in operations(document).values():
        assert "Any key that this API knows opens this call." in operation["description"]
        assert "copes" not in operation["description"]
        assert not {"x-scope-depends", "x-scope-fields"} & set(operation)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", SCOPES_OF)
def test_every_refusal_is_documented_that_can_happen_and_no_other(world, prefix, name):
    refusals = {"400", "401"}
    refusals |= {"503"} if prefix != "/keys" else set()
    refusals |= {"403"} if prefix != "/keys" and name != "GET /user" else set()
    refusals |= {"404"} if "{" in name else set()
    refusals |= {"409"} if name in CONFLICTS else set()
    refusals |= {"413"} if name in TAKE_A_BODY else set()
    responses = operations(world.get(f"{prefix}/openapi.json").json)[name]["responses"]
    assert {status for status in responses if status >= "400"} == refusals


def test_every_refusal_is_documented_as_a_problem_body(document):
    for operation in operations(document).values():
        problems = [answer for status, answer in operation["responses"].items() if status >= "400"]
        assert {kind for answer in problems for kind in answer["content"]} == {"application/problem+json"}


def test_a_refusal_fits_the_documented_problem_body(world, github):
    schema = github["components"]["schemas"]["Problem"]
    jsonschema.validate(world.get("/user").json, schema)
    jsonschema.validate(world.post("/user/repos", world.mint(["repo"]), nom="demo").json, schema)
    jsonschema.validate(world.get("/nothing").json, schema)


def test_every_case_has_a_name_of_its_own_and_an_example(github):
    named = {name: one["x-scope-conditions"] for name, one in operations(github).items() if not one.get("deprecated")}
    names = [case["name"] for cases in named.values() for case in cases]
    assert len(names) == len(set(names)) == 28
    assert all("example" in case for cases in named.values() for case in cases)


@pytest.mark.parametrize("name", SCOPES_OF)
def test_every_example_fills_its_path_and_fits_its_schema(github, name):
    operation = operations(github)[name]
    for case in operation["x-scope-conditions"]:
        assert set(case["example"]["path"]) == set(re.findall(r"{(\w+)}", name))
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            jsonschema.validate(case["example"]["body"], content["schema"])
            assert content["examples"][case["name"]] == {"value": case["example"]["body"]}


@pytest.mark.parametrize("name", SCOPES_OF)
def test_every_example_is_the_first_case_that_it_fits(lab, github, name):
    cases = operations(github)[name]["x-scope-conditions"]
    repositories = lab.state.data["repositories"]
    for case in cases:
        path = case["example"]["path"]
        resource = repositories.get(f"{path.get('owner')}/{path.get('repo')}")
        facts = {"path": path, "body": case["example"].get("body"), **({"resource": resource} if resource else {})}
        fitting = [each for each in cases if jsonschema.Draft202012Validator(each.get("when", {})).is_valid(facts)]
        assert fitting[0]["name"] == case["name"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_example_succeeds_with_all_scopes(lab, prefix):
    token = {"": lab.mint(SCOPES), "/modern": lab.mint(SCOPES, audience=MODERN), "/keys": lab.opaque_key()}[prefix]
    statuses = {row[0].call.name: row[0].exchange.status for row in lab.matrix(token).rows}
    assert {name: status for name, status in statuses.items() if status not in (200, 201, 204)} == {}


@pytest.mark.parametrize(
    ("prefix", "depends"),
    [
        ("", {"POST /user/repos": ["body"], "POST /user/repo": ["body"], "POST /orgs/{org}/repos": ["body"],
              "PUT /repos/{owner}/{repo}/contents/{path}": ["path"],
              "GET /repos/{owner}/{repo}/code-scanning/alerts": ["resource"],
              "GET /repos/{owner}/{repo}/secret-scanning/alerts": ["resource"]}),
        ("/api/v2", {"GET /users/{user_id}": ["owner"], "PATCH /users/{user_id}": ["body", "owner"],
                     "POST /users/{user_id}/identities": ["owner"], "PATCH /clients/{client_id}": ["body"]}),
    ],
    ids=["/", "/api/v2"],
)  # fmt: skip
def test_what_the_scopes_of_a_call_depend_on_is_said(world, prefix, depends):
    told = operations(world.get(f"{prefix}/openapi.json").json)
    assert {name: one["x-scope-depends"] for name, one in told.items() if "x-scope-depends" in one} == depends


def test_the_private_fields_of_the_profile_are_documented(github):
    assert operations(github)["GET /user"]["x-scope-fields"] == [
        {"fields": ["email", "plan"], "security": [{"token": ["user"]}]}
    ]


def test_the_article_path_is_marked_deprecated(github):
    assert [name for name, one in operations(github).items() if one.get("deprecated")] == ["POST /user/repo"]


def test_operation_ids_are_unique(github):
    ids = [one["operationId"] for one in operations(github).values()]
    assert len(ids) == len(set(ids))


def test_all_addresses_in_the_document_are_relative(world, document):
    assert [server["url"] for server in document["servers"]] == ["."]
    flows = document["components"]["securitySchemes"]["token"].get("flows", {})
    addresses = [flow["tokenUrl"].partition("?")[0] for flow in flows.values()]
    assert addresses in ([], ["oauth/token"], ["../oauth/token"])
    assert "://" not in re.sub(r"https://ci\.example/hook", "", str(document))


# The page


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_page_refers_to_relative_addresses_alone(world, prefix):
    page = world.get(f"{prefix}/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r'(?:href|src|url)\s*[=:]\s*"([^"]*)"', page.text) == [
        "data:,",
        "docs/swagger-ui.css",
        "docs/explorer.css",
        "docs/swagger-ui-bundle.js",
        "docs/explorer.js",
        "openapi.json",
    ]
    assert "//" not in page.text


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("name", "kind"),
    [("swagger-ui-bundle.js", "text/javascript; charset=utf-8"), ("swagger-ui.css", "text/css; charset=utf-8")],
    ids=["script", "style"],
)
def test_the_files_of_the_page_are_served_as_they_are(world, prefix, name, kind):
    response = world.session.get(f"{world.url}{prefix}/docs/{name}", timeout=10)
    assert (response.status_code, response.headers["content-type"]) == (200, kind)
    assert response.content == (FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", ["LICENSE", "..%2fdocs.py", "%2e%2e/docs.py", "nothing.js"])
def test_no_other_file_is_served(world, name):
    answer = world.get(f"/docs/{name}")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


def test_swagger_ui_comes_with_its_licence():
    assert "Apache License" in (FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert (FOLDER / "NOTICE").read_text(encoding="utf-8").strip()
    assert (FOLDER / "swagger-ui-bundle.js.LICENSE.txt").is_file()


def test_the_page_of_a_loopback_api_has_its_client_filled_in_and_is_not_cached(world):
    page = world.get("/docs")
    assert f'"clientSecret": "{world.state.clients["explorer"]}"' in page.text
    assert page.headers["cache-control"] == "no-store"


def test_the_page_of_an_open_address_holds_no_secret(world):
    with requests.Session() as session:
        base_url = InProcess().open(create_app(world.state, host="0.0.0.0"), session)
        page = session.get(base_url + "/docs", timeout=10)
    assert page.status_code == 200
    assert world.state.clients["explorer"] not in page.text
