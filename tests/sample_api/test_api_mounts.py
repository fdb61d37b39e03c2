"""The three mounts: the same calls behind three protections."""

import pytest

from sample_api.mounts import MODERN, guard_of, issuer_of
from sample_api.operations import GITHUB_OPERATIONS as OPERATIONS
from scopekit import Lab
from scopekit.errors import PolicyError

PREFIXES = ["", "/modern", "/keys"]
ALL_CALLS = [
    pytest.param(operation, case, id=f"{operation.path}: {case.name}")
    for operation in OPERATIONS
    for case in operation.cases
]


def path_of(operation, case):
    path = operation.path
    for name, value in case.path.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def test_modern_takes_a_token_made_for_it(lab):
    token = lab.mint(["public_repo"], audience=MODERN)
    assert token.header["typ"] == "at+jwt"
    assert lab.post("/modern/user/repos", token, name="demo").status == 201


def test_modern_refuses_a_token_made_for_the_other_mount(lab):
    exchange = lab.post("/modern/user/repos", lab.mint(["repo"]), name="demo")
    assert (exchange.status, exchange.json["error"]) == (401, "invalid_token")


def test_the_first_mount_refuses_a_token_made_for_modern(lab):
    exchange = lab.post("/user/repos", lab.mint(["repo"], audience=MODERN), name="demo")
    assert (exchange.status, exchange.json["error"]) == (401, "invalid_token")


def test_the_mounts_share_their_records(lab):
    lab.post("/user/repos", lab.mint(["repo"]), name="demo")
    assert lab.post("/modern/user/repos", lab.mint(["repo"], audience=MODERN), name="demo").status == 409


def test_a_token_taken_back_is_refused_under_every_mount(lab):
    token = lab.mint(["repo"], audience=MODERN)
    lab.revoke(token)
    exchange = lab.get("/modern/user", token)
    assert (exchange.status, exchange.json["detail"]) == (401, "The token has been revoked.")


@pytest.mark.parametrize(("operation", "case"), ALL_CALLS)
def test_the_opaque_key_opens_every_call(lab, operation, case):
    exchange = lab.request(operation.method, "/keys" + path_of(operation, case), lab.opaque_key(), case.body)
    assert exchange.status == operation.success


@pytest.mark.parametrize(("operation", "case"), ALL_CALLS)
def test_without_the_opaque_key_nothing_opens(lab, operation, case):
    exchange = lab.request(operation.method, "/keys" + path_of(operation, case), None, case.body)
    assert (exchange.status, exchange.headers["www-authenticate"]) == (401, 'Bearer realm="keys"')


def test_the_opaque_key_sees_the_private_fields_for_it_is_all_or_nothing(lab):
    assert lab.get("/keys/user", lab.opaque_key()).json["plan"] == "pro"


def test_a_jwt_does_not_open_what_the_opaque_key_opens(lab):
    assert lab.get("/keys/user", lab.mint(["user"])).status == 401


def test_the_opaque_key_opens_nothing_but_its_own_mount(lab):
    assert lab.get("/user", lab.opaque_key()).status == 401
    assert lab.get("/modern/user", lab.opaque_key()).status == 401


@pytest.mark.parametrize(
    "changed", [str.upper, lambda key: key[:-1], lambda key: key + "0"], ids=["case", "cut", "long"]
)
def test_a_key_that_is_nearly_right_opens_nothing(lab, changed):
    assert lab.get("/keys/user", changed(str(lab.opaque_key()))).status == 401


def test_every_call_with_an_opaque_key_asks_the_store_once_more():
    with Lab("counted") as lab:
        told = [
            lab.get("/keys/user", key).headers["scopekit-key-lookups"] for key in (lab.opaque_key(), "another", None)
        ]
    assert told == ["1", "2", "2"]


def test_no_call_with_a_token_asks_the_store(lab):
    before = lab.get("/keys/user").headers["scopekit-key-lookups"]
    answer = lab.get("/user", lab.mint(["user"]))
    assert "scopekit-key-lookups" not in answer.headers
    assert lab.get("/keys/user").headers["scopekit-key-lookups"] == before


def test_the_opaque_key_is_not_shown_with_the_state(lab):
    assert str(lab.opaque_key()) not in repr(lab.state)
    assert str(lab.opaque_key()) not in repr(lab.opaque_key())


@pytest.mark.parametrize("made", [guard_of, issuer_of])
@pytest.mark.parametrize("audience", ["https://api.example/moderm", "tenant_3", ""])
def test_an_audience_with_a_typo_is_taken_for_no_tenant_s(lab, made, audience):
    with pytest.raises(PolicyError, match="An audience must be one of "):
        made(lab.state, audience)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_body_that_does_not_fit_is_refused_under_every_mount(lab, prefix):
    token = {"": lab.mint(["repo"]), "/modern": lab.mint(["repo"], audience=MODERN), "/keys": lab.opaque_key()}[prefix]
    exchange = lab.post(f"{prefix}/user/repos", token, nom="demo")
    assert (exchange.status, exchange.headers["content-type"]) == (400, "application/problem+json")
