"""The exchange (RFC 8693): what comes out of it can do less than what went in, and dies with it."""

import pytest
from authorizing import MODERN, REPOS, Authorizing, claims_of, refused

from scopekit.issuer import sign

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture
def server(lab):
    return Authorizing(lab)


@pytest.fixture
def exchange(server):
    """Trades a token in, as `explorer` unless told otherwise."""

    def trade(token, client="explorer", **form):
        own = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}
        return server.ask(client, **{**own, **form})

    return trade


@pytest.fixture
def for_several(server):
    """A token of ours for several APIs, as text: the server mints none, and a holder of its key may."""
    token = server.lab.mint(["repo"])
    return str(
        sign(
            token.header, {**token.claims, "aud": [REPOS, "https://other.example/"]}, server.lab.state.keys.get("lab-1")
        )
    )


def test_a_token_for_several_apis_is_traded_for_one_of_them_by_its_name(server, exchange, for_several):
    assert server.status(for_several) == 200
    assert "name one" in refused(exchange(for_several), 400, "invalid_request")
    narrow = exchange(for_several, audience=MODERN, scope="public_repo").json()["access_token"]
    assert claims_of(narrow)["aud"] == MODERN
    assert refused(exchange(for_several, audience="https://third.example/"), 400, "invalid_target")


@pytest.mark.parametrize("missing", ["subject_token", "subject_token_type"])
def test_ex_1_a_missing_parameter_is_an_invalid_request(server, exchange, missing):
    assert missing in refused(exchange(server.token(), **{missing: ""}), 400, "invalid_request")


def test_ex_1_a_missing_grant_type_is_an_invalid_request(server, exchange):
    refused(exchange(server.token(), grant_type=""), 400, "invalid_request")


def test_ex_2_the_answer_says_what_kind_of_token_it_is(server, exchange):
    answer = exchange(server.token("repo gist"), scope="gist").json()
    assert (answer["issued_token_type"], answer["token_type"], answer["scope"]) == (ACCESS_TOKEN, "Bearer", "gist")


def test_ex_2_a_scope_that_is_implied_by_one_held_can_be_had_alone(server, exchange):
    narrow = exchange(server.token("repo"), scope="public_repo").json()["access_token"]
    assert server.lab.post("/user/repos", narrow, name="demo").status == 201
    assert server.lab.post("/user/repos", narrow, name="diary", private=True).status == 403


@pytest.mark.parametrize("form", [{}, {"scope": "repo"}, {"scope": "public_repo repo:status"}], ids=str)
def test_no_client_gets_more_out_of_somebody_s_token_than_it_was_registered_for(server, exchange, form):
    told = refused(exchange(server.token("repo"), "reporter", **form), 400, "invalid_scope")
    assert told.startswith("reporter is registered for public_repo read:user read:org, not for repo")


def test_a_client_gets_out_of_somebody_s_token_what_it_was_registered_for(server, exchange):
    answer = exchange(server.token("repo gist"), "reporter", scope="public_repo").json()
    assert answer["scope"] == "public_repo"
    assert claims_of(answer["access_token"])["client_id"] == "reporter"


@pytest.mark.parametrize("scope", ["repo", "public_repo gist", "admin:org", "nonsense"])
def test_ex_2_a10_the_exchange_never_widens_scopes(server, exchange, scope):
    refused(exchange(server.token("public_repo"), scope=scope), 400, "invalid_scope")


def test_ex_2_a10_the_exchange_never_gives_more_time(server, exchange):
    parent = server.token("gist")
    server.lab.clock.advance(3000)
    answer = exchange(parent).json()
    assert answer["expires_in"] == 600
    assert claims_of(answer["access_token"])["exp"] == claims_of(parent)["exp"]


def test_ex_2_a10_a_long_lived_parent_does_not_make_a_child_live_longer_than_others(server, exchange):
    parent = server.lab.mint(["gist"], ttl_seconds=86400)
    assert exchange(parent).json()["expires_in"] == 3600


def test_ex_2_a10_the_exchange_never_leads_out_of_the_api(server, exchange):
    told = refused(exchange(server.token("gist", audience=MODERN), audience=REPOS), 400, "invalid_target")
    assert told == "The subject_token is for https://api.example/modern, not for https://api.example/."


@pytest.mark.parametrize("name", ["audience", "resource"])
def test_ex_2_an_api_under_the_first_ones_address_is_narrower(server, exchange, name):
    narrow = exchange(server.token("user"), **{name: MODERN}).json()["access_token"]
    assert (server.status(narrow, "/modern/user"), server.status(narrow)) == (200, 401)


def test_an_unknown_api_is_an_invalid_target(server, exchange):
    refused(exchange(server.token(), audience="https://elsewhere.example/"), 400, "invalid_target")


def test_without_a_scope_parameter_the_child_has_the_scopes_of_its_parent(server, exchange):
    assert exchange(server.token("gist repo")).json()["scope"] == "gist repo"


def test_the_child_keeps_the_subject_and_names_the_client_that_asked(server, exchange):
    parent = server.lab.mint(["gist"], subject="octocat")
    claims = claims_of(exchange(parent).json()["access_token"])
    assert (claims["sub"], claims["client_id"]) == ("octocat", "explorer")
    assert claims["parent_jti"] == parent.claims["jti"]


def test_ex_3_a17_the_child_dies_with_its_parent(server, exchange):
    parent = server.token("user")
    child = exchange(parent).json()["access_token"]
    assert server.status(child) == 200
    server.revoke(parent)
    assert (server.status(parent), server.status(child), server.is_good(child)) == (401, 401, False)


@pytest.mark.parametrize("subject", ["octocat", None], ids=["of the subject", "of the issuer"])
def test_the_child_ends_with_a_cut_off_of_its_parent_though_it_was_issued_after_the_cut_off(server, exchange, subject):
    lab = server.lab
    parent = lab.mint(["user"], subject="octocat")
    lab.clock.advance(60)
    monday = lab.clock.now()
    lab.clock.advance(60)
    child, other = exchange(parent).json()["access_token"], exchange(lab.mint(["user"])).json()["access_token"]
    lab.cut_off(parent.claims["iss"], monday, subject)
    assert [server.status(each) for each in (parent, child, other)] == [401, 401, 200]


def test_the_child_says_when_its_parent_was_issued_unless_that_is_when_it_was_itself(server, exchange):
    parent = server.lab.mint(["user"])
    assert "parent_iat" not in claims_of(exchange(parent).json()["access_token"])
    server.lab.clock.advance(0.5)
    assert claims_of(exchange(parent).json()["access_token"])["parent_iat"] == parent.claims["iat"]


def test_the_parent_lives_on_when_its_child_is_taken_back(server, exchange):
    parent = server.token("user")
    child = exchange(parent).json()["access_token"]
    server.revoke(child)
    assert (server.status(parent), server.status(child)) == (200, 401)


def test_a_child_is_not_exchanged_again_for_only_one_parent_is_looked_up(server, exchange):
    child = exchange(server.token("user")).json()["access_token"]
    told = refused(exchange(child), 400, "invalid_request")
    assert told == "A token from an exchange cannot be exchanged again."


@pytest.mark.parametrize("bad", ["revoked", "ended", "changed", "no token"])
def test_a_token_that_is_no_good_is_not_exchanged(server, exchange, bad):
    token = server.token("user")
    if bad == "revoked":
        server.revoke(token)
    if bad == "ended":
        server.lab.clock.advance(3601)
    sent = {"changed": token[:-4] + "AAAA", "no token": "sesame"}.get(bad, token)
    told = refused(exchange(sent), 400, "invalid_request")
    assert told.startswith("The subject_token is not valid here.")


def test_a_client_that_cannot_prove_itself_exchanges_nothing(server, exchange):
    refused(exchange(server.token(), client=None), 401, "invalid_client")
    refused(exchange(server.token(), client=None, client_id="gallery"), 401, "invalid_client")


@pytest.mark.parametrize(
    "form",
    [
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "a"},
        {"actor_token_type": ACCESS_TOKEN},
    ],
    ids=["an ID token", "a refresh token", "an actor", "an actor's type"],
)
def test_what_this_server_does_not_trade_is_an_invalid_request(server, exchange, form):
    refused(exchange(server.token(), **form), 400, "invalid_request")


@pytest.mark.parametrize("kind", ["access_token", "jwt"])
def test_a_token_may_be_called_an_access_token_or_a_jwt(server, exchange, kind):
    named = f"urn:ietf:params:oauth:token-type:{kind}"
    assert exchange(server.token(), subject_token_type=named, requested_token_type=named).status_code == 200
