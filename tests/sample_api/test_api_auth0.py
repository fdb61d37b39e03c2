"""The Auth0-like calls of tenants, over real HTTP: the scopes of Auth0's reference, written down a second time."""

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import compile_path

from sample_api.auth0 import HANDLERS
from sample_api.mounts import guard_of, issuer_of
from sample_api.operations import AUTH0_OPERATIONS as OPERATIONS
from scopekit.audit import observe, read_calls, read_vocabulary
from scopekit.audit.matrix import Column, Probe
from scopekit.issuer import sign

ANN, BOB = "/users/auth0%7Cann", "/users/auth0%7Cbob"
META, APP = {"user_metadata": {"colour": "red"}}, {"app_metadata": {"plan": "gold"}}
SECRET, KEY, RENAMED = {"client_secret": "s"}, {"encryption_key": "k"}, {"name": "Web shop"}
LINK = {"provider": "github", "user_id": "583231"}
GRANT = {"client_id": "shop", "scope": ["read:stats"]}
STAFF = {"name": "staff", "strategy": "auth0"}

# call: (method, path, body), status, what opens it, what nearly does; scopes are written with spaces between them
CALLS = {
    "GET /users": (("GET", "/users", None), 200, ["read:users"], ["", "update:users read:logs", "read:current_user"]),
    "GET /users/{id}": (("GET", ANN, None), 200, ["read:users"], ["", "read:user_idp_tokens", "read:current_user"]),
    "GET /users-by-email": (
        ("GET", "/users-by-email?email=ann@shop.example", None), 200, ["read:users"], ["", "read:user_idp_tokens"],
    ),
    "POST /users": (
        ("POST", "/users", {"email": "eve@shop.example"}), 201,
        ["create:users"], ["", "update:users", "create:clients"],
    ),
    "PATCH /users/{id}": (
        ("PATCH", ANN, {"name": "Ann B."}), 200,
        ["update:users"], ["read:users", "update:users_app_metadata", "update:current_user_metadata"],
    ),
    "PATCH /users/{id}, user_metadata": (
        ("PATCH", ANN, META), 200,
        ["update:users"], ["create:users", "update:users_app_metadata", "update:current_user_metadata"],
    ),
    "PATCH /users/{id}, app_metadata": (
        ("PATCH", ANN, APP), 200, ["update:users update:users_app_metadata"],
        ["update:users", "update:users_app_metadata", "update:users update:current_user_metadata"],
    ),
    "PATCH /users/{id}, app_metadata among others": (
        ("PATCH", ANN, {"name": "Ann B.", **META, **APP}), 200, ["update:users update:users_app_metadata"],
        ["update:users", "update:users_app_metadata"],
    ),
    "DELETE /users/{id}": (("DELETE", BOB, None), 204, ["delete:users"], ["update:users", "delete:clients"]),
    "GET /clients": (("GET", "/clients", None), 200, ["read:clients"], ["", "read:client_keys", "read:client_grants"]),
    "GET /clients/{id}": (("GET", "/clients/shop", None), 200, ["read:clients"], ["", "read:client_keys"]),
    "POST /clients": (
        ("POST", "/clients", {"name": "Till"}), 201, ["create:clients"], ["update:clients", "create:client_grants"],
    ),
    "PATCH /clients/{id}": (
        ("PATCH", "/clients/shop", RENAMED), 200, ["update:clients"], ["update:client_keys", "create:clients"],
    ),
    "PATCH /clients/{id}, client_secret": (
        ("PATCH", "/clients/shop", SECRET), 200,
        ["update:clients update:client_keys"],
        ["update:clients", "update:client_keys", "update:clients read:client_keys"],
    ),
    "PATCH /clients/{id}, encryption_key": (
        ("PATCH", "/clients/shop", {**RENAMED, **KEY}), 200,
        ["update:clients update:client_keys"], ["update:clients", "update:client_keys"],
    ),
    "DELETE /clients/{id}": (
        ("DELETE", "/clients/old-shop", None), 204, ["delete:clients"], ["update:clients", "delete:connections"],
    ),
    "POST /clients/{id}/rotate-secret": (
        ("POST", "/clients/shop/rotate-secret", None), 200,
        ["update:client_keys"], ["update:clients", "read:client_keys"],
    ),
    "GET /connections": (("GET", "/connections", None), 200, ["read:connections"], ["", "update:connections"]),
    "GET /connections/{id}": (("GET", "/connections/con_1", None), 200, ["read:connections"], ["", "read:clients"]),
    "POST /connections": (
        ("POST", "/connections", STAFF), 201, ["create:connections"], ["read:connections", "update:connections"],
    ),
    "PATCH /connections/{id}": (
        ("PATCH", "/connections/con_1", {"enabled_clients": ["shop"]}), 200,
        ["update:connections"], ["read:connections", "create:connections"],
    ),
    "DELETE /connections/{id}": (
        ("DELETE", "/connections/con_2", None), 204, ["delete:connections"], ["update:connections", "delete:users"],
    ),
    "GET /users/{id}/logs": (("GET", f"{ANN}/logs", None), 200, ["read:logs"], ["", "read:users", "read:current_user"]),
    "GET /logs": (("GET", "/logs", None), 200, ["read:logs"], ["", "read:users", "read:stats"]),
    "GET /roles/{id}/users": (
        ("GET", "/roles/rol_1/users", None), 200,
        ["read:users read:roles"], ["read:users", "read:roles", "read:users read:logs"],
    ),
    "POST /tickets/password-change": (
        ("POST", "/tickets/password-change", {"user_id": "auth0|ann"}), 201,
        ["create:user_tickets"], ["create:users", "update:users"],
    ),
    "GET /tenants/settings": (
        ("GET", "/tenants/settings", None), 200, ["read:tenant_settings"], ["", "update:tenant_settings"],
    ),
    "PATCH /tenants/settings": (
        ("PATCH", "/tenants/settings", {"friendly_name": "Our shop"}), 200,
        ["update:tenant_settings"], ["read:tenant_settings"],
    ),
    "GET /stats/daily": (("GET", "/stats/daily", None), 200, ["read:stats"], ["", "read:logs"]),
    "GET /client-grants": (
        ("GET", "/client-grants", None), 200, ["read:client_grants"], ["create:client_grants", "read:clients"],
    ),
    "POST /client-grants": (
        ("POST", "/client-grants", GRANT), 201, ["create:client_grants"], ["read:client_grants", "create:clients"],
    ),
    "GET /blacklists/tokens": (
        ("GET", "/blacklists/tokens", None), 200, ["blacklist:tokens"], ["", "read:users delete:users"],
    ),
    "POST /blacklists/tokens": (
        ("POST", "/blacklists/tokens", {"aud": "tenant_1", "jti": "token_9"}), 204,
        ["blacklist:tokens"], ["", "delete:users"],
    ),
    "POST /users/{id}/identities": (
        ("POST", f"{ANN}/identities", LINK), 201,
        ["update:users"], ["", "create:users", "update:current_user_identities"],
    ),
}  # fmt: skip

# the same calls with the user's own token: call, and the scope that opens it to its owner alone
OWN = {
    "GET /users/{id}": "read:current_user",
    "PATCH /users/{id}, user_metadata": "update:current_user_metadata",
    "POST /users/{id}/identities": "update:current_user_identities",
}
CURRENT_USER = " ".join(OWN.values())
ALL = "read:users create:users update:users delete:users update:users_app_metadata read:user_idp_tokens"


def pairs(column):
    return [
        pytest.param(name, scopes, id=f"{name}: {scopes or 'no scope'}")
        for name, row in CALLS.items()
        for scopes in row[column]
    ]


def token(lab, scopes, tenant="tenant_1", subject=None):
    """A token that the tenant made, for one of its users or for an application."""
    claims = {"sub": subject} if subject else {}
    return issuer_of(lab.state, tenant).mint(scopes.split(), claims=claims)


def asked(lab, name, made):
    method, path, body = CALLS[name][0]
    return lab.request(method, f"/api/v2{path}", made, body)


# Which scopes open which call


@pytest.mark.parametrize(("name", "scopes"), pairs(2))
def test_these_scopes_open_the_call_of_a_tenant(lab, name, scopes):
    assert asked(lab, name, token(lab, scopes)).status == CALLS[name][1]


@pytest.mark.parametrize(("name", "scopes"), pairs(3))
def test_these_scopes_do_not_open_the_call_of_a_tenant(lab, name, scopes):
    exchange = asked(lab, name, token(lab, scopes))
    assert (exchange.status, exchange.json["error"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in exchange.headers["www-authenticate"]


@pytest.mark.parametrize("name", CALLS)
def test_without_a_token_no_call_of_a_tenant_is_open(lab, name):
    assert asked(lab, name, None).status == 401


@pytest.mark.parametrize("name", CALLS)
def test_a_denied_call_of_a_tenant_changes_nothing(lab, name):
    before = lab.state.data.snapshot(), lab.state.denylist.snapshot()
    asked(lab, name, None)
    asked(lab, name, token(lab, ""))
    assert (lab.state.data.snapshot(), lab.state.denylist.snapshot()) == before


def test_the_table_above_tries_every_call_of_a_tenant():
    tried = {(method, path.partition("?")[0]) for (method, path, _), *_ in CALLS.values()}
    missed = [
        operation.id
        for operation in OPERATIONS
        if not any(operation.method == method and compile_path(operation.path)[0].match(path) for method, path in tried)
    ]
    assert missed == []


def test_every_call_of_a_tenant_has_a_handler_of_its_name():
    assert set(HANDLERS) == {operation.id for operation in OPERATIONS}
    assert [name for name, handler in HANDLERS.items() if handler.__name__ != name] == []


# One's own record


@pytest.mark.parametrize(("name", "scope"), OWN.items())
def test_a_user_s_own_token_opens_their_own_record(lab, name, scope):
    assert asked(lab, name, token(lab, scope, subject="auth0|ann")).status == CALLS[name][1]


@pytest.mark.parametrize(("name", "scope"), OWN.items())
@pytest.mark.parametrize("subject", ["auth0|bob", "auth0|Ann", "ann", "auth0|ann ", None])
def test_it_opens_nobody_else_s(lab, name, scope, subject):
    assert asked(lab, name, token(lab, scope, subject=subject)).status == 403


@pytest.mark.parametrize(("name", "scope"), OWN.items())
def test_a_user_s_own_token_does_not_open_the_next_user_s_record(lab, name, scope):
    (method, path, body), made = CALLS[name][0], token(lab, scope, subject="auth0|ann")
    assert lab.request(method, f"/api/v2{path}".replace(ANN, BOB), made, body).status == 403


@pytest.mark.parametrize("name", [name for name in CALLS if name not in OWN])
def test_a_user_s_own_token_opens_no_other_call(lab, name):
    assert asked(lab, name, token(lab, CURRENT_USER, subject="auth0|ann")).status == 403


def test_an_owner_s_token_reaches_the_record_in_their_own_tenant_alone(lab):
    made = token(lab, "update:current_user_metadata", "tenant_2", "auth0|ann")
    assert asked(lab, "PATCH /users/{id}, user_metadata", made).status == 200
    colours = [lab.state.data.tenant(name)["users"]["auth0|ann"]["user_metadata"] for name in ("tenant_1", "tenant_2")]
    assert colours == [{"colour": "blue"}, {"colour": "red"}]


def test_a_token_that_only_claims_to_be_the_owner_s_is_refused(lab):
    head, _, _ = str(token(lab, "", subject="auth0|bob")).split(".")
    _, claims, _ = str(token(lab, "read:current_user", subject="auth0|ann")).split(".")
    forged = f"{head}.{claims}.{str(token(lab, '')).split('.')[2]}"
    assert asked(lab, "GET /users/{id}", forged).status == 401


def test_a_broken_body_of_the_owner_s_is_told_so(lab):
    headers = {"Authorization": f"Bearer {token(lab, 'update:current_user_metadata', subject='auth0|ann')}"}
    response = lab.session.patch(f"{lab.url}/api/v2{ANN}", data="{", headers=headers, timeout=10)
    assert response.status_code == 400


# Fields


@pytest.mark.parametrize("name", ["GET /users", "GET /users/{id}", "GET /users-by-email"])
def test_the_tokens_of_identities_are_shown_to_their_own_scope_alone(lab, name):
    exchange = asked(lab, name, token(lab, "read:users"))
    assert "access_token" not in exchange.text
    assert "google-oauth2" in exchange.text
    assert "google token of ann at tenant_1" in asked(lab, name, token(lab, "read:users read:user_idp_tokens")).text


@pytest.mark.parametrize("name", ["PATCH /users/{id}", "POST /users/{id}/identities"])
def test_a_change_shows_no_token_of_an_identity_either(lab, name):
    assert "access_token" not in asked(lab, name, token(lab, "update:users")).text
    shown = {**CALLS[name][0][2], "user_id": "7"} if "identities" in name else CALLS[name][0][2]
    method, path, _ = CALLS[name][0]
    again = lab.request(method, f"/api/v2{path}", token(lab, "update:users read:user_idp_tokens"), shown)
    assert "access_token" in again.text


def test_one_s_own_record_shows_no_token_of_an_identity_either(lab):
    exchange = asked(lab, "GET /users/{id}", token(lab, "read:current_user", subject="auth0|ann"))
    assert "access_token" not in exchange.text


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("GET /clients", "read:clients"),
        ("GET /clients/{id}", "read:clients"),
        ("POST /clients", "create:clients"),
        ("PATCH /clients/{id}", "update:clients"),
        ("PATCH /clients/{id}, client_secret", "update:clients update:client_keys"),
        ("POST /clients/{id}/rotate-secret", "update:client_keys"),
    ],
)
def test_the_keys_of_applications_are_shown_to_their_own_scope_alone(lab, name, scope):
    plain, whole = (asked(lab, name, token(lab, scopes)).text for scopes in (scope, f"{scope} read:client_keys"))
    assert ("client_secret" in plain, "encryption_key" in plain) == (False, False)
    assert ("client_secret" in whole, "encryption_key" in whole) == (True, True)


def test_the_users_of_a_role_are_shown_without_what_is_kept_about_them(lab):
    exchange = asked(lab, "GET /roles/{id}/users", token(lab, "read:users read:roles read:user_idp_tokens"))
    assert exchange.json == [{"user_id": "auth0|ann", "name": "Ann", "email": "ann@shop.example"}]


# Tenants


@pytest.mark.parametrize(
    ("name", "scopes"),
    [(name, row[2][0]) for name, row in CALLS.items() if row[0][0] != "GET" and "blacklists" not in name],
)
def test_what_one_tenant_changes_the_other_keeps(lab, name, scopes):
    asked(lab, "GET /users", token(lab, "read:users", "tenant_2"))
    before = lab.state.data.snapshot()["tenants"]["tenant_2"]
    assert asked(lab, name, token(lab, scopes)).status < 300
    assert lab.state.data.snapshot()["tenants"]["tenant_2"] == before


def test_a_tenant_sees_its_own_records(lab):
    names = [asked(lab, "GET /tenants/settings", token(lab, "read:tenant_settings", each)).json["friendly_name"]
             for each in ("tenant_1", "tenant_2")]  # fmt: skip
    assert names == ["tenant_1", "tenant_2"]
    made = token(lab, "read:clients read:client_keys", "tenant_2")
    assert "at tenant_1" not in asked(lab, "GET /clients", made).text


def test_what_one_tenant_makes_the_other_does_not_find(lab):
    made = asked(lab, "POST /users", token(lab, "create:users")).json["user_id"].replace("|", "%7C")
    assert lab.get(f"/api/v2/users/{made}", token(lab, "read:users")).status == 200
    assert lab.get(f"/api/v2/users/{made}", token(lab, "read:users", "tenant_2")).status == 404


@pytest.mark.parametrize("path", ["/user", "/modern/user", "/keys/user"])
def test_a_tenant_s_token_opens_no_other_mount(lab, path):
    assert lab.get(path, token(lab, "")).status == 401


def test_a_token_of_another_mount_opens_no_tenant_s_calls(lab):
    assert lab.get("/api/v2/users", lab.mint(["repo"])).status == 401


def test_the_guard_of_either_tenant_takes_the_tokens_of_both(lab):
    for name in ("tenant_1", "tenant_2"):
        guard = guard_of(lab.state, name)
        assert [bool(guard.decide(f"Bearer {token(lab, '', each)}")) for each in ("tenant_1", "tenant_2")] == [True] * 2


@pytest.mark.parametrize(
    "audience", ["tenant_2", ["tenant_2"], ["tenant_1"], ["tenant_1", "tenant_2"], ["tenant_2", "tenant_1"]], ids=str
)
def test_the_key_of_one_tenant_opens_no_records_of_another_and_none_of_two_at_once(lab, audience):
    (key,), now = lab.state.tenants.of_issuer("tenant_1"), int(lab.clock.now())
    claims = {"iat": now, "exp": now + 60, "jti": "a", "scopes": {"users": {"actions": ["read"]}}}

    def status(aud, **header):
        made = sign({"alg": key.alg, "typ": "JWT", **header}, {**claims, "aud": aud}, key)
        return lab.get("/api/v2/users", made).status

    assert (status("tenant_1", kid=key.kid), status("tenant_1")) == (200, 200)
    assert (status(audience, kid=key.kid), status(audience)) == (401, 401)


def test_the_page_s_client_gets_a_token_of_a_tenant_for_the_scopes_it_asks_for(lab):
    form = {"grant_type": "client_credentials", "scope": "read:users"}
    client = ("explorer", lab.state.clients["explorer"])
    made = lab.session.post(f"{lab.url}/api/v2/oauth/token", data=form, auth=client, timeout=10).json()["access_token"]
    assert (lab.get("/api/v2/users", made).status, lab.get("/api/v2/logs", made).status) == (200, 403)


# What a call changes


def test_a_change_adds_to_what_is_kept_and_replaces_the_rest(lab):
    made = token(lab, "update:users update:users_app_metadata")
    changed = lab.patch(f"/api/v2{ANN}", made, name="A", user_metadata={"size": 9}, app_metadata={"plan": "gold"}).json
    assert (changed["name"], changed["email"]) == ("A", "ann@shop.example")
    assert changed["user_metadata"] == {"colour": "blue", "size": 9}
    assert changed["app_metadata"] == {"plan": "gold"}


def test_app_metadata_cannot_be_given_when_a_user_is_created(lab):
    exchange = lab.post("/api/v2/users", token(lab, ALL), email="eve@shop.example", app_metadata={"plan": "gold"})
    assert exchange.status == 400


def test_a_second_user_of_one_address_is_refused(lab):
    assert lab.post("/api/v2/users", token(lab, ALL), email="ANN@shop.example").status == 409


def test_a_user_does_not_take_over_another_s_address(lab):
    before = lab.state.data.tenant("tenant_1")["users"]["auth0|bob"].copy()
    told = lab.patch(f"/api/v2{BOB}", token(lab, ALL), email="Ann@shop.example", name="Ann")
    assert (told.status, told.json["detail"]) == (409, "Another user already has this e-mail address.")
    assert lab.state.data.tenant("tenant_1")["users"]["auth0|bob"] == before


def test_a_user_may_keep_their_own_address_and_write_it_otherwise(lab):
    assert lab.patch(f"/api/v2{ANN}", token(lab, ALL), email="Ann@Shop.example").json["email"] == "Ann@Shop.example"


@pytest.mark.parametrize("tenant", ["tenant_1", "tenant_2"])
def test_a_scope_that_grants_scopes_grants_itself_any(lab, tenant):
    made = token(lab, "create:client_grants read:client_grants", tenant)
    for scope in ("delete:users", "create:client_grants"):
        lab.post("/api/v2/client-grants", made, client_id="shop", scope=[scope])
    assert lab.get("/api/v2/client-grants", made).json == [
        {"client_id": "shop", "scope": ["read:users", "delete:users", "create:client_grants"]}
    ]


def test_a_scope_that_does_not_exist_is_not_granted(lab):
    made = token(lab, "create:client_grants")
    assert lab.post("/api/v2/client-grants", made, client_id="shop", scope=["read:everything"]).status == 400


def test_the_grants_of_an_application_go_with_it(lab):
    lab.delete("/api/v2/clients/shop", token(lab, "delete:clients"))
    assert lab.get("/api/v2/client-grants", token(lab, "read:client_grants")).json == []


def test_a_rotated_secret_is_another_one(lab):
    made = token(lab, "read:clients update:client_keys read:client_keys")
    before = lab.get("/api/v2/clients/shop", made).json["client_secret"]
    rotated = lab.request("POST", "/api/v2/clients/shop/rotate-secret", made).json["client_secret"]
    assert rotated != before
    assert lab.get("/api/v2/clients/shop", made).json["client_secret"] == rotated


@pytest.mark.parametrize(
    ("method", "path", "body", "scopes"),
    [
        ("GET", "/users/none", None, "read:users"),
        ("PATCH", "/users/none", META, "update:users"),
        ("DELETE", "/users/none", None, "delete:users"),
        ("GET", "/users/none/logs", None, "read:logs"),
        ("POST", "/users/none/identities", LINK, "update:users"),
        ("GET", "/clients/none", None, "read:clients"),
        ("PATCH", "/clients/none", RENAMED, "update:clients"),
        ("DELETE", "/clients/none", None, "delete:clients"),
        ("POST", "/clients/none/rotate-secret", None, "update:client_keys"),
        ("GET", "/connections/none", None, "read:connections"),
        ("PATCH", "/connections/none", {"enabled_clients": []}, "update:connections"),
        ("DELETE", "/connections/none", None, "delete:connections"),
        ("GET", "/roles/none/users", None, "read:users read:roles"),
        ("POST", "/tickets/password-change", {"user_id": "none"}, "create:user_tickets"),
        ("POST", "/client-grants", {"client_id": "none", "scope": ["read:stats"]}, "create:client_grants"),
    ],
)
def test_what_a_tenant_does_not_have_is_404_with_the_scope_and_403_without(lab, method, path, body, scopes):
    assert lab.request(method, f"/api/v2{path}", token(lab, scopes), body).status == 404
    assert lab.request(method, f"/api/v2{path}", token(lab, ""), body).status == 403


def test_a_query_that_lacks_what_it_must_hold_is_told_so(lab):
    exchange = lab.get("/api/v2/users-by-email", token(lab, "read:users"))
    assert (exchange.status, exchange.json["detail"]) == (
        400, "The query does not fit: it must contain ['email'] properties.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "scope", "name"),
    [
        ("/users/none", "read:users", "user"),
        ("/clients/none", "read:clients", "application"),
        ("/connections/none", "read:connections", "connection"),
        ("/roles/none/users", "read:users read:roles", "role"),
    ],
)
def test_what_a_tenant_does_not_have_is_called_by_its_name(lab, path, scope, name):
    exchange = lab.get(f"/api/v2{path}", token(lab, scope))
    assert exchange.headers["content-type"] == "application/problem+json"
    assert exchange.json["detail"] == f"There is no such {name}."


# The document


@pytest.fixture
def document(world):
    return world.get("/api/v2/openapi.json").json


def test_the_document_of_tenants_is_valid_openapi_3_1(document):
    OpenAPIV31SpecValidator(document).validate()


def test_the_vocabulary_of_tenants_implies_nothing_and_lists_what_the_calls_need(document):
    vocabulary = read_vocabulary(document)
    needed = {scope for row in CALLS.values() for scopes in row[2] for scope in scopes.split()}
    fields = {"read:user_idp_tokens", "read:client_keys"}
    assert set(vocabulary) == needed | fields | set(OWN.values())
    assert all(vocabulary.expand([name]) == {name} for name in vocabulary)


def test_the_owner_of_a_case_is_documented(document):
    case = document["paths"]["/users/{user_id}"]["get"]["x-scope-conditions"][0]
    assert case["owner"] == {"parameter": "user_id", "claim": "sub", "security": [{"token": ["read:current_user"]}]}
    assert case["example"] == {"path": {"user_id": "auth0|ann"}}


def test_the_fields_left_out_are_documented_wherever_they_would_be(document):
    documented = {
        f"{method.upper()} {path}": entry["fields"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for entry in operation.get("x-scope-fields", ())
    }
    tokens, keys = ["identities.access_token"], ["client_secret", "encryption_key"]
    assert documented == {
        "GET /users": tokens, "POST /users": tokens, "GET /users-by-email": tokens, "GET /users/{user_id}": tokens,
        "PATCH /users/{user_id}": tokens, "POST /users/{user_id}/identities": tokens,
        "GET /clients": keys, "POST /clients": keys, "GET /clients/{client_id}": keys,
        "PATCH /clients/{client_id}": keys, "POST /clients/{client_id}/rotate-secret": keys,
    }  # fmt: skip


def test_the_refusals_of_handlers_are_documented_where_they_can_happen(document):
    documented = {
        f"{method.upper()} {path}": {"404", "409"} & set(operation["responses"])
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert {name for name, statuses in documented.items() if "409" in statuses} == {
        "POST /users", "PATCH /users/{user_id}", "POST /users/{user_id}/identities", "POST /connections",
    }  # fmt: skip
    assert {name for name, statuses in documented.items() if "404" in statuses and "{" not in name} == {
        "POST /tickets/password-change", "POST /client-grants",
    }  # fmt: skip


def test_every_example_of_a_tenant_fits_its_schema_and_its_own_case_first(document):
    for item in document["paths"].values():
        for operation in item.values():
            cases = operation["x-scope-conditions"]
            for case in cases:
                facts = {"path": case["example"]["path"], "body": case["example"].get("body")}
                fitting = (
                    each for each in cases if jsonschema.Draft202012Validator(each.get("when", {})).is_valid(facts)
                )
                assert next(fitting)["name"] == case["name"]
                if body := operation.get("requestBody"):
                    jsonschema.validate(facts["body"], body["content"]["application/json"]["schema"])


# The matrix


def matrix(lab, document, *tokens):
    """Every documented call of a tenant with each token, on the same records."""
    records, denied, calls = lab.state.data.snapshot(), lab.state.denylist.snapshot(), read_calls(document)

    def column(made):
        def send(call):
            lab.state.data.restore(records)
            lab.state.denylist.restore(denied)
            return lab.request(call.method, f"/api/v2{call.path}", made, call.body)

        return Column(Probe("token", made), calls, send)

    return observe([column(made) for made in tokens], read_vocabulary(document), lab.clock.now())


@pytest.mark.parametrize("tenant", ["tenant_1", "tenant_2"])
@pytest.mark.parametrize("subject", [None, "auth0|ann", "auth0|bob"])
@pytest.mark.parametrize(
    "scopes", ["", "read:users", "update:users", CURRENT_USER, "update:clients update:client_keys"]
)
def test_the_document_predicts_every_call_of_a_tenant(lab, document, scopes, subject, tenant):
    table = matrix(lab, document, token(lab, scopes, tenant, subject))
    assert table.differences() == ()
    assert {row[0].predicted for row in table.rows} <= {"allowed", "denied"}


@pytest.mark.parametrize("tenant", ["tenant_1", "tenant_2"])
def test_a_token_of_all_scopes_makes_every_example_of_a_tenant(lab, document, tenant):
    table = matrix(lab, document, token(lab, " ".join(read_vocabulary(document)), tenant))
    assert [(row[0].call.name, row[0].exchange.status) for row in table.rows if row[0].exchange.status >= 300] == []
    assert (len(table.rows), len(table.allowed())) == (32, 32)


def test_the_owner_s_column_opens_their_own_record_and_says_why(lab, document):
    table = matrix(lab, document, token(lab, CURRENT_USER, subject="auth0|ann"), token(lab, CURRENT_USER))
    assert table.allowed(0) == ("read a user", "change what a user keeps", "link an account to a user")
    assert table.allowed(1) == ()
    assert table["read a user"].reason == "read:current_user"
