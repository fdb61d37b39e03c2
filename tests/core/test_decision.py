import json
from dataclasses import replace

import pytest
from forging import NOW, forged, with_claims, with_header

from scopekit import Decision, any_of
from scopekit.decision import Step
from scopekit.errors import DecisionError

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


def test_a_decision_is_read_back_from_an_object_and_from_text(guard):
    refused = guard.decide(f"Bearer {with_claims(scopes=['gist'])}", NEED)
    assert Decision.from_json(REFUSAL) == refused
    assert Decision.from_json(json.dumps(REFUSAL)) == refused


@pytest.mark.parametrize("decide", ["decide", "explain"])
def test_json_for_everyone_leaves_out_the_token_the_scopes_granted_and_what_steps_found(guard, decide):
    allowed = getattr(guard, decide)(f"Bearer {forged()}", NEED)
    kept = Decision.from_json(allowed.to_json())
    steps = tuple(step._replace(found="") for step in allowed.steps)
    assert kept == replace(allowed, token=None, granted=frozenset(), steps=steps)


def test_private_json_leaves_out_the_token_alone(guard):
    allowed = guard.explain(f"Bearer {forged()}", NEED)
    told = json.dumps(allowed.to_json(private=True))
    assert Decision.from_json(told) == replace(allowed, token=None)
    assert not any(part in told for part in forged().split("."))


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


def test_a_decision_read_back_grants_no_scope(guard):
    kept = Decision.from_json(guard.decide(f"Bearer {forged()}", NEED).to_json())
    assert kept.allowed
    assert not kept.grants(NEED)


def test_a_step_that_was_read_back_is_found_by_its_check(guard):
    explained = guard.explain(f"Bearer {with_claims(exp=NOW)}", NEED)
    kept = Decision.from_json(explained.to_json(private=True))
    assert kept.step("time") == explained.step("time")
    assert isinstance(kept.step("scopes"), Step)


STEP = {"check": "form", "verdict": "passed", "looked_at": "", "rule": "", "found": "", "fix": ""}
NO_DECISIONS = {
    "no JSON": "{",
    "a list": "[]",
    "a number": "7",
    "deep": "[" * 100_000,
    "nothing": {},
    "a part left out": {name: value for name, value in REFUSAL.items() if name != "off"},
    "a status of true": {**REFUSAL, "status": True},
    "a status of text": {**REFUSAL, "status": "403"},
    "allowed as a number": {**REFUSAL, "allowed": 0},
    "a check that is a list": {**REFUSAL, "check": ["scopes"]},
    "no description": {**REFUSAL, "description": None},
    "a requirement without alternatives": {**REFUSAL, "needed": []},
    "a requirement of text": {**REFUSAL, "needed": ["public_repo"]},
    "a requirement of no scope": {**REFUSAL, "needed": [["a b"]]},
    "a least that is text": {**REFUSAL, "least": "public_repo"},
    "a check off that is a number": {**REFUSAL, "off": [7]},
    "granted as text": {**REFUSAL, "granted": "repo"},
    "a step that is text": {**REFUSAL, "steps": ["form"]},
    "a step without a rule": {**REFUSAL, "steps": [{"check": "form", "verdict": "passed"}]},
    "a step of another verdict": {**REFUSAL, "steps": [{**STEP, "verdict": "maybe"}]},
    "a step with a number": {**REFUSAL, "steps": [{**STEP, "found": 7}]},
    "a step with one part more": {**REFUSAL, "steps": [{**STEP, "x": ""}]},
}


@pytest.mark.parametrize("told", NO_DECISIONS.values(), ids=NO_DECISIONS)
def test_what_is_no_decision_is_refused_in_one_sentence(told):
    with pytest.raises(DecisionError, match="A decision is the object that to_json writes; found something else"):
        Decision.from_json(told)


@pytest.mark.parametrize("changes", [{"allowed": True}, {"check": None}], ids=str)
def test_json_that_allows_and_refuses_at_once_is_no_decision(changes):
    with pytest.raises(DecisionError, match="is allowed, or names the check that said no"):
        Decision.from_json({**REFUSAL, **changes})
