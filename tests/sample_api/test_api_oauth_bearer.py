"""Bearer tokens on the wire (RFC 6750) and access tokens as RFC 9068 has them, by the ids of the requirements."""

import http.client
import re

import pytest
from authorizing import MODERN, REPOS, Authorizing

from sample_api.mounts import issuer_of
from scopekit.issuer import sign
from scopekit.tokens import Token

MOUNTS = pytest.mark.parametrize(("path", "audience"), [("", REPOS), ("/modern", MODERN)], ids=["root", "modern"])
ALLOWED = re.compile(r'Bearer realm="[^"]*"(, (error|error_description|scope)="[\x20-\x21\x23-\x5b\x5d-\x7e]*")*')


@pytest.fixture
def server(lab):
    return Authorizing(lab)


@pytest.fixture
def get(lab):
    """GET with these headers."""

    def send(path, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return lab.session.get(lab.url + path, headers=headers, timeout=10)

    return send


@pytest.fixture
def written(lab):
    """A token for /modern as another might write it, signed with the right key; None leaves a claim out."""

    def write(typ="at+jwt", **claims):
        (key,) = lab.state.keys
        own = issuer_of(lab.state, MODERN).mint(["user"]).claims
        changed = {name: value for name, value in {**own, **claims}.items() if value is not None}
        return sign({"alg": key.alg, "typ": typ, "kid": key.kid}, changed, key)

    return write


@MOUNTS
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_bt_1_the_scheme_is_read_in_any_case(server, get, path, audience, scheme):
    token = server.token("user", audience=audience)
    assert get(f"{path}/user/emails", Authorization=f"{scheme} {token}").status_code == 200


@MOUNTS
def test_bt_2_a_token_by_two_ways_is_a_bad_request(server, get, path, audience):
    token = server.token("user", audience=audience)
    answer = get(f"{path}/user?access_token={token}", Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@MOUNTS
def test_bt_3_a_token_in_the_body_of_a_get_is_not_looked_at(server, lab, path, audience):
    body = {"access_token": server.token("user", audience=audience)}
    assert lab.session.get(f"{lab.url}{path}/user/emails", data=body, timeout=10).status_code == 401


@MOUNTS
def test_bt_4_a_token_in_the_address_is_refused(server, get, path, audience):
    answer = get(f"{path}/user?access_token={server.token('user', audience=audience)}")
    assert answer.status_code == 401
    assert "eyJ" not in answer.text + str(answer.headers)


@MOUNTS
def test_bt_5_bt_6_without_a_token_the_challenge_has_a_realm_and_no_error(get, path, audience):
    answer = get(f"{path}/user")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, f'Bearer realm="{audience}"')
    assert "error" not in answer.json()


@MOUNTS
def test_bt_7_two_headers_are_a_malformed_request(server, lab, path, audience):
    token = server.token("user", audience=audience)
    connection = http.client.HTTPConnection(lab.url.removeprefix("http://"), timeout=10)
    connection.putrequest("GET", f"{path}/user")
    for _ in range(2):
        connection.putheader("Authorization", f"Bearer {token}")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, 'error="invalid_request"' in answer.headers["www-authenticate"]) == (400, True)
    connection.close()


@MOUNTS
@pytest.mark.parametrize("kind", ["bad", "ended", "revoked"])
def test_bt_8_a_token_that_is_no_good_is_an_invalid_token(server, get, path, audience, kind):
    token = server.token("user", audience=audience)
    if kind == "ended":
        server.lab.clock.advance(3600)
    if kind == "revoked":
        server.revoke(token)
    answer = get(f"{path}/user", Authorization=f"Bearer {token[:-4] if kind == 'bad' else token}")
    assert (answer.status_code, 'error="invalid_token"' in answer.headers["www-authenticate"]) == (401, True)


@MOUNTS
def test_bt_9_bt_12_too_little_scope_is_a_403_that_names_what_is_needed(server, get, path, audience):
    answer = get(f"{path}/user/emails", Authorization=f"Bearer {server.token('gist', audience=audience)}")
    challenge = answer.headers["www-authenticate"]
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="user:email"' in challenge


@pytest.mark.parametrize("claim", ['a"b', "a\\b", "a<b>"], ids=["quote", "backslash", "markup"])
def test_bt_10_no_claim_comes_back_in_a_header(written, get, claim):
    for token in (written(typ=claim), written(aud=claim), written(iss=claim)):
        answer = get("/modern/user", Authorization=f"Bearer {token}")
        assert ALLOWED.fullmatch(answer.headers["www-authenticate"])
        assert claim not in answer.text + str(answer.headers)


def test_bt_11_an_answer_that_refuses_is_not_kept_either(get):
    assert get("/user").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "at+JWT"])
def test_at_1_a_token_that_says_it_is_an_access_token_is_taken(written, server, typ):
    assert server.status(written(typ=typ), "/modern/user") == 200


@pytest.mark.parametrize("typ", ["JWT", "jwt", "id+jwt"])
def test_at_1_a_token_of_another_type_is_refused(written, server, typ):
    assert server.status(written(typ=typ), "/modern/user") == 401


@pytest.mark.parametrize("name", ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"])
def test_at_2_a_token_that_lacks_a_claim_is_refused(written, server, name):
    assert server.status(written(), "/modern/user") == 200
    assert server.status(written(**{name: None}), "/modern/user") == 401


@pytest.mark.parametrize("scope", [["user"], 5, {"user": 1}], ids=["a list", "a number", "an object"])
def test_at_2_a_scope_that_is_no_string_is_refused(written, server, scope):
    assert server.status(written(scope=scope), "/modern/user") == 401


@pytest.mark.parametrize("grant", ["client_credentials", "exchange"])
def test_at_2_every_token_minted_here_has_every_claim(server, grant):
    token = server.token("gist", audience=MODERN)
    if grant == "exchange":
        kind = "urn:ietf:params:oauth:token-type:access_token"
        named = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token_type": kind}
        token = server.ask(**named, subject_token=token).json()["access_token"]
    claims = Token.parse(token).claims
    assert claims.keys() >= {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}
    assert claims["scope"] == "gist"
