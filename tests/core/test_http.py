import json
import re
from email.message import Message

import pytest
from forging import (
    CLAIMS,
    HEADER,
    ISSUER,
    NOW,
    OTHER_SECRET,
    forged,
    whole_guard,
    with_claims,
    with_header,
)

from scopekit import all_of, any_of, http
from scopekit.errors import PolicyError, VocabularyError
from scopekit.http import answer, authorize, challenge, problem, switched_off

NEED = any_of("repo", "public_repo")
GOOD = f"Bearer {forged()}"
LEGAL_HEADER = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


def refused(guard, header, query=None, need=NEED):
    """The answer to a request that this guard refuses."""
    decision = guard.decide(header, need, query_token=query)
    assert not decision
    return answer(decision, "repos")


def parameters(told):
    """The parameters of the Bearer challenge in an answer."""
    scheme, _, rest = told.headers["WWW-Authenticate"].partition(" ")
    assert scheme == "Bearer"
    return dict(re.findall(r'(\w+)="([^"]*)"', rest))


# RFC 6750


def test_no_credentials_are_answered_with_a_realm_and_no_error(guard):
    told = refused(guard, None)
    assert told.status == 401
    assert told.headers["WWW-Authenticate"] == 'Bearer realm="repos", scope="public_repo"'
    assert "error" not in told.body


def test_another_scheme_is_answered_as_no_credentials(guard):
    told = refused(guard, "Basic b2N0b2NhdDp4")
    assert (told.status, parameters(told)) == (401, {"realm": "repos", "scope": "public_repo"})


def test_a_token_in_the_address_is_answered_as_no_credentials(guard):
    told = refused(guard, None, query=forged())
    assert (told.status, parameters(told)) == (401, {"realm": "repos", "scope": "public_repo"})


@pytest.mark.parametrize(
    ("header", "query"), [([GOOD, GOOD], None), (GOOD, forged())], ids=["two headers", "header and address"]
)
def test_credentials_by_two_ways_are_a_bad_request(guard, header, query):
    told = refused(guard, header, query)
    assert told.status == 400
    assert parameters(told)["error"] == told.body["error"] == "invalid_request"


BAD = {
    "malformed": "rubbish",
    "expired": with_claims(iat=NOW - 60, exp=NOW - 1),
    "revoked": with_claims(jti="taken-back"),
    "for another API": with_claims(aud="else"),
    "of another key": forged(secret=OTHER_SECRET),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_bad_token_is_answered_401_invalid_token(guard, text):
    told = refused(guard, f"Bearer {text}")
    assert told.status == 401
    assert parameters(told)["error"] == told.body["error"] == "invalid_token"
    assert parameters(told)["scope"] == "public_repo"
    assert "scope" not in told.body


def test_too_little_scope_is_answered_403_with_the_least_that_would_do(guard):
    told = refused(guard, f"Bearer {with_claims(scopes=['gist'])}")
    assert told.status == 403
    assert told.headers["WWW-Authenticate"] == (
        'Bearer realm="repos", error="insufficient_scope", error_description="The token\'s scopes do not open this'
        ' call; it needs repo or public_repo.", scope="public_repo"'
    )


def test_all_scopes_of_the_least_alternative_are_named(guard):
    told = refused(guard, f"Bearer {with_claims(scopes=[])}", need=all_of("gist", "public_repo"))
    assert parameters(told)["scope"] == told.body["scope"] == "gist public_repo"


@pytest.mark.parametrize("realm", ['a"b', "a\\b", "a\r\nSet-Cookie: x=1", "é", "a\0b"], ids=ascii)
def test_a_challenge_holds_only_what_a_header_may(guard, realm):
    value = challenge(guard.decide(None), realm)
    quoted = value.removeprefix('Bearer realm="').removesuffix('"')
    assert LEGAL_HEADER.fullmatch(quoted)


# RFC 9728

METADATA = "https://api.example/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("header", "status"), [(None, 401), ("Bearer x", 401), (f"Bearer {with_claims(scopes=['gist'])}", 403)],
    ids=["no token", "a bad token", "too little scope"],
)  # fmt: skip
def test_a_challenge_names_the_metadata_document(guard, header, status):
    told = answer(guard.decide(header, NEED), "repos", METADATA)
    assert (told.status, parameters(told)["resource_metadata"]) == (status, METADATA)


def test_a_bad_request_is_not_sent_to_the_metadata_document(guard):
    told = answer(guard.decide([GOOD, GOOD], NEED), "repos", METADATA)
    assert (told.status, "resource_metadata" in parameters(told)) == (400, False)


# RFC 9457


def test_a_refusal_has_a_problem_body(guard):
    told = refused(guard, f"Bearer {with_claims(aud='else')}")
    assert told.media_type == "application/problem+json"
    assert "Content-Type" not in told.headers
    assert told.headers["Cache-Control"] == "no-store"
    assert told.body == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The token was made for another API.",
        "error": "invalid_token",
    }


def test_a_problem_may_have_members_of_its_own():
    told = problem(400, "No JSON.", {"X-Line": "3"}, errors=[1])
    assert told.status == told.body["status"] == 400
    assert (told.body["title"], told.body["detail"], told.body["errors"]) == ("Bad Request", "No JSON.", [1])
    assert told.headers["X-Line"] == "3"


def test_a_refusal_that_is_no_matter_of_credentials_has_no_challenge():
    class Failing:
        def find(self, asked):
            from scopekit.errors import StoreUnavailable

            raise StoreUnavailable("the disk in /srv/secret is full")

    told = refused(whole_guard(denylist=Failing()), GOOD)
    assert told.status == 503
    assert "WWW-Authenticate" not in told.headers
    assert told.headers["Retry-After"] == "5"
    assert "disk" not in str(told)


def test_the_content_is_the_body_as_json():
    told = problem(404, "Kein Schlüssel.")
    assert told.content == (
        '{"type":"about:blank","title":"Not Found","status":404,"detail":"Kein Schlüssel."}'.encode()
    )
    assert json.loads(told.content) == told.body


# One answer for equal refusals


def test_equal_refusals_share_one_answer(guard):
    first, second = (f"Bearer {with_claims(scopes=['gist'], jti=jti)}" for jti in ("a", "b"))
    assert refused(guard, first) is refused(guard, second)


def test_what_a_caller_does_to_an_answer_is_not_seen_by_the_next(guard):
    told = refused(guard, None)
    told.headers["X-Mine"] = told.body["mine"] = "1"
    again = refused(guard, None)
    assert "X-Mine" not in again.headers
    assert "mine" not in again.body


@pytest.mark.parametrize("changed", [("other", None), ("repos", METADATA)], ids=["realm", "metadata"])
def test_another_challenge_is_another_answer(guard, changed):
    decision = guard.decide(None, NEED)
    assert answer(decision, "repos") != answer(decision, *changed)


def test_a_guard_with_checks_off_shares_no_answer_with_the_whole_guard(guard):
    assert refused(guard, None) != refused(guard.without("time"), None)


def test_only_so_many_answers_are_kept(guard):
    decision = guard.decide(None, NEED)
    for number in range(2 * http.MOST_ANSWERS):
        assert f'realm="{number}"' in answer(decision, str(number)).headers["WWW-Authenticate"]
    assert len(http._ANSWERS) <= http.MOST_ANSWERS


# The headers of any framework

BYTES = GOOD.encode()
SHAPES = {
    "a mapping": {"Host": "localhost", "Authorization": GOOD},
    "a mapping in small letters": {"authorization": GOOD},
    "pairs": [("Accept", "*/*"), ("AUTHORIZATION", GOOD)],
    "pairs of bytes": [(b"host", b"localhost"), (b"authorization", BYTES)],
    "lists of values": {"authorization": [GOOD], "accept": ["*/*"]},
    "an object with items": Message(),
}
SHAPES["an object with items"]["Authorization"] = GOOD


@pytest.mark.parametrize("headers", SHAPES.values(), ids=SHAPES)
def test_the_token_is_found_among_headers_of_any_shape(guard, headers):
    assert authorize(guard, headers, "repo")


def test_the_token_is_found_among_headers_that_can_be_read_only_once(guard):
    assert authorize(guard, (pair for pair in [(b"Authorization", BYTES)]), "repo")


SEVERAL = {
    "two pairs": [("Authorization", GOOD), ("authorization", GOOD)],
    "a list of two": {"Authorization": [GOOD, GOOD]},
    "joined by a server": {"Authorization": f"{GOOD},{GOOD}"},
    "joined with a space": {"Authorization": f"{GOOD}, {GOOD.lower()}"},
    "another scheme first": {"Authorization": f"Basic b2N0b2NhdDp4,{GOOD}"},
    "another scheme behind": {"Authorization": f"{GOOD},Basic b2N0b2NhdDp4"},
}


@pytest.mark.parametrize("headers", SEVERAL.values(), ids=SEVERAL)
def test_several_authorization_headers_count_as_several(guard, headers):
    decision = authorize(guard, headers, NEED)
    assert (decision.status, decision.error) == (400, "invalid_request")


def test_headers_without_a_token_are_no_credentials(guard):
    assert (authorize(guard, {}).status, authorize(guard, [("Host", GOOD)]).error) == (401, None)
    assert authorize(guard, None).status == 401
    assert authorize(guard, {"Authorization": 'Digest username="Ann, of Ghent", realm="b"'}).error is None


@pytest.mark.parametrize("header", [GOOD, GOOD.encode()], ids=["text", "bytes"])
def test_one_header_in_place_of_all_headers_is_refused_with_a_sentence(guard, header):
    with pytest.raises(PolicyError, match=r"authorize\(\) needs all headers of a request") as error:
        authorize(guard, header)
    assert GOOD not in str(error.value)


def test_an_allowed_request_has_no_answer(guard):
    with pytest.raises(PolicyError, match="Only a refused request gets an answer"):
        answer(guard.decide(GOOD))


def test_a_token_in_header_and_address_of_any_framework_is_a_bad_request(guard):
    assert authorize(guard, {"Authorization": GOOD}, query_token=forged()).status == 400


def test_a_requirement_in_words_is_checked_against_the_vocabulary(guard):
    with pytest.raises(VocabularyError, match="did you mean 'repo'"):
        authorize(guard, {}, "rep")


# What an answer never holds

CANARY = "canary-7f3a"
HOSTILE = {
    "kid": with_header(kid=CANARY),
    "alg": with_header(alg=CANARY),
    "typ": with_header(typ=CANARY),
    "a header's name": with_header(**{CANARY: 1, "b64": True}),
    "iss": with_claims(iss=CANARY),
    "aud": with_claims(aud=CANARY),
    "exp": with_claims(exp=CANARY),
    "sub": with_claims(sub=f"{CANARY}\n"),
    "a blank jti beside it": with_claims(jti="", sub=CANARY),
    "scopes": with_claims(scopes=[CANARY]),
    "a scope that is none": with_claims(scopes=[f"{CANARY} x"]),
    "a resource": with_claims(scopes={CANARY: 1}),
    "the text itself": f"{CANARY}.{CANARY}.{CANARY}",
    "text beyond 8 KiB": CANARY * 1000,
    "a line break": f"{CANARY}\r\nX-Injected: 1",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_never_holds_what_the_token_says(guard, text):
    told = refused(guard, f"Bearer {text}")
    on_the_wire = json.dumps([told.headers, told.body])
    assert CANARY not in on_the_wire
    assert text not in on_the_wire


@pytest.mark.parametrize("text", [*HOSTILE.values(), *BAD.values()], ids=[*HOSTILE, *BAD])
def test_the_answer_is_the_same_with_and_without_steps(guard, text):
    explained = guard.explain(f"Bearer {text}", NEED)
    assert answer(explained, "repos") == refused(guard, f"Bearer {text}")


def test_an_answer_never_holds_the_secret_or_the_issuer(guard):
    for text in BAD.values():
        on_the_wire = str(refused(guard, f"Bearer {text}"))
        assert ISSUER not in on_the_wire
        assert CLAIMS["sub"] not in on_the_wire
        assert HEADER["kid"] not in on_the_wire


# Checks off


def test_every_answer_of_a_weakened_guard_says_which_checks_are_off(guard):
    weakened = guard.without("signature", "time")
    assert refused(weakened, None).headers["ScopeKit-Checks-Off"] == "signature, time"
    assert switched_off(weakened.decide(GOOD).off) == {"ScopeKit-Checks-Off": "signature, time"}


def test_a_whole_guard_s_answers_say_nothing_of_it(guard):
    assert "ScopeKit-Checks-Off" not in refused(guard, None).headers
    assert switched_off(guard.decide(GOOD).off) == {}
