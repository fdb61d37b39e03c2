import json

import pytest
from forging import forged, with_claims, with_header

from scopekit import any_of
from scopekit.decision import Allowed, Decision, Denied

NEED = any_of("public_repo")
CANARY = "canary-7f3a"

REFUSAL = {
    "allowed": False,
    "status": 403,
    "check": "scopes",
    "error": "insufficient_scope",
    "description": "The token's scopes do not open this call; it needs public_repo.",
    "needed": [["public_repo"]],
    "least": ["public_repo"],
    "off": [],
    "steps": [],
}


def test_a_decision_as_json_says_what_its_answer_says(guard):
    assert guard.decide(f"Bearer {with_claims(scopes=['gist'])}", NEED).to_json() == REFUSAL


@pytest.mark.parametrize("decide", ["decide", "explain"])
def test_json_for_everyone_leaves_out_the_token_the_scopes_granted_and_what_steps_found(guard, decide):
    allowed = getattr(guard, decide)(f"Bearer {forged()}", NEED)
    written = allowed.to_json()
    assert not written.keys() & {"token", "granted"}
    assert written["steps"] == [step._replace(found="")._asdict() for step in allowed.steps]


def test_private_json_leaves_out_the_token_alone(guard):
    allowed = guard.explain(f"Bearer {forged()}", NEED)
    written = allowed.to_json(private=True)
    assert written["granted"] == sorted(allowed.granted)
    assert written["steps"] == [step._asdict() for step in allowed.steps]
    assert not any(part in json.dumps(written) for part in forged().split("."))


HOSTILE = {
    "kid": with_header(kid=CANARY),
    "typ": with_header(typ=CANARY),
    "iss": with_claims(iss=CANARY),
    "aud": with_claims(aud=CANARY),
    "exp": with_claims(exp=CANARY),
    "sub": with_claims(sub=CANARY),
    "scopes": with_claims(scopes=["repo", CANARY]),
    "a scope that is none": with_claims(scopes=[f"{CANARY} x"]),
    "the text itself": f"{CANARY}.{CANARY}.{CANARY}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_json_for_everyone_holds_nothing_that_the_token_says(guard, text):
    explained = guard.explain(f"Bearer {text}", NEED)
    assert CANARY not in json.dumps(explained.to_json())


def test_a_decision_prints_its_verdict_and_under_a_failed_step_the_rule_and_the_fix(guard):
    lines = repr(guard.explain(f"Bearer {with_claims(scopes=['gist'])}", NEED)).splitlines()
    assert lines[0].startswith("✗ denied by the check scopes: 403 insufficient_scope.")
    assert lines[1] == "  1 ✓ credentials  passed   one Bearer token"
    assert lines[-2] == " 11 ✗ scopes       failed   holds gist"
    assert lines[-1].strip() == "RFC 6750 section 3.1. Mint a token with public_repo."
    assert repr(guard.decide(f"Bearer {forged()}", NEED)) == "✓ allowed"


def test_a_decision_is_true_if_the_request_is_allowed_and_its_class_says_so_to_a_type_checker(guard):
    assert type(guard.decide(f"Bearer {forged()}", NEED)) is Allowed
    assert type(guard.explain(None, NEED)) is Denied
    assert [bool(Decision(allowed, 200)) for allowed in (True, False)] == [True, False]
