"""Facts about a token: its scopes wherever they stand, and one answer from all that look at it."""

import json

import pytest
from typer.testing import CliRunner

from scopekit import Key, Vocabulary, any_of
from scopekit.audit import Call, Exchange, diagnose, lint
from scopekit.audit.matrix import predict
from scopekit.audit.probe_tokens import probes_of
from scopekit.audit.token_facts import PLACES, TokenFacts, read_scopes, scopes_of
from scopekit.cli import commands
from scopekit.issuer import sign

KEY = Key.generate("k1", issuer="https://issuer.example/")
CLAIMS = {"iss": "https://issuer.example/", "sub": "ada", "aud": "notes", "jti": "1", "iat": 1000, "exp": 4600}
READ = Vocabulary({"read:notes": "Read"})

WRITTEN = {
    "text in scope": {"scope": "openid read:notes"},
    "a list in scope": {"scope": ["openid", "read:notes"]},
    "a list in scopes": {"scopes": ["openid", "read:notes"]},
    "the article's object in scopes": {"scopes": {"notes": {"actions": ["read"]}, "openid": {"actions": [""]}}},
    "a list in scp": {"scp": ["openid", "read:notes"]},
    "text in scp": {"scp": "openid read:notes"},
    "permissions": {"scope": "openid", "permissions": ["read:notes"]},
    "roles": {"scope": "openid", "roles": ["read:notes"]},
    "details": {"scope": "openid", "authorization_details": [{"type": "notes", "actions": ["read"]}]},
    "an address before the name": {"scope": "openid", "https://a.example/scope": "read:notes"},
    "roles of a realm": {"scope": "openid", "realm_access": {"roles": ["read:notes"]}},
    "roles of a client": {"scope": "openid", "resource_access": {"notes": {"roles": ["read:notes"]}}},
    "commas": {"scope": "openid,read:notes"},
    "a list with a comma": {"scp": ["openid,read:notes"]},
    "a list with a space": {"permissions": ["openid read:notes"]},
}  # fmt: skip


def signed(claims, header=None):
    return sign({"alg": "HS256", "typ": "at+jwt", "kid": "k1", **(header or {})}, {**CLAIMS, **claims}, KEY)


def command(*arguments, token):
    result = CliRunner().invoke(commands.app, [*arguments, "--json"], input=str(token))
    return json.loads(result.stdout)


@pytest.mark.parametrize("claims", WRITTEN.values(), ids=WRITTEN)
def test_scopes_are_read_the_same_by_all_that_read_them(claims, tmp_path):
    token, needed = signed(claims), any_of("read:notes")
    answer = tmp_path / "answer.txt"
    answer.write_text("HTTP/1.1 403 Forbidden\r\n\r\n")
    assert set(scopes_of(token.claims)) == {"openid", "read:notes"}
    assert set(command("scopes", "--of-token", token=token)["held"]) == {"openid", "read:notes"}
    assert set(command("decode", token=token)["scopes"]) == {"openid", "read:notes"}
    explained = command("explain", "--answer", str(answer), "--needs", "read:notes", token=token)
    assert explained["complaints"][0]["id"] in {
        "read-elsewhere", "list-for-string", "claim-name", "vendor-claim", "permissions-not-scope", "own-namespace",
        "delimiter",
    }  # fmt: skip
    unknown = {one.place for one in lint(token, vocabulary=READ).by("token-scope-unknown")}
    delimited = {one.found for one in lint(token).by("token-delimiter")}
    assert unknown == (delimited or {"'openid'"})
    _, probe = probes_of([token])
    assert set(probe.label.split()) == {"openid", "read:notes"}
    assert predict(Call("", "GET", "/", "/", needed), probe, READ, 2000) == "allowed"


def test_every_place_is_in_the_table():
    names = {each.claim for claims in WRITTEN.values() for each in read_scopes(claims)}
    assert {place.replace("*", "notes") for place in PLACES} <= names


DISAGREED = {
    "a claim typ of ID": ({"typ": "ID"}, "token-id-token", "typ: ID", "id-token"),
    "an audience that is the client":
        ({"client_id": "notes"}, "token-id-token", "aud: the same as client_id", "id-token"),
    "a star in scp": ({"scp": ["read:*"]}, "token-wildcard", "scp: 'read:*'", "wildcard"),
    "a comma in scp": ({"scp": ["openid,read:notes"]}, "token-delimiter", "scp: 'openid,read:notes'", "delimiter"),
}  # fmt: skip


@pytest.mark.parametrize(("claims", "rule", "place", "complaint"), DISAGREED.values(), ids=DISAGREED)
def test_a_fact_is_found_by_lint_diagnosis_and_decode_alike(claims, rule, place, complaint):
    token, denied = signed(claims), Exchange("GET", "/", {}, "", 403, "", {}, "")
    assert [str(one) for one in lint(token).by(rule)] == [place]
    assert {"id": rule, "place": place} in command("decode", token=token)["facts"]
    assert [each.id for each in diagnose(denied, token, any_of("read:notes")).complaints][:1] == [complaint]


def test_a_value_that_is_not_scopes_is_said_to_be_unreadable():
    claims = {
        "scope": 7,
        "permissions": {"a": 1},
        "roles": [],
        "authorization_details": [{"type": "a", "locations": []}],
    }
    assert [(one.name, one.found) for one in TokenFacts(claims).unreadable()] == [
        ("scope", "a number out of range"), ("permissions", "an object"), ("authorization_details", "a list"),
    ]  # fmt: skip


def test_a_client_s_roles_are_found_whatever_the_client_is_called():
    [claim] = read_scopes(
        {"resource_access": {"https://a.example/x": {"roles": ["r"]}, "b": {"groups": ["g"]}, "c": 7}}
    )
    assert (claim.claim, claim.name, claim.plain) == ("resource_access.https://a.example/x.roles", "roles", ("r",))
    assert not claim.is_namespaced
