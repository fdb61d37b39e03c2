"""Lesson 11: a forgery that its maker could not have made is told apart, and every kind of mistake is met."""

from __future__ import annotations

import pytest

from scopekit import Lab
from scopekit.lab.exercises.lesson_11 import FOUR, NEEDED
from scopekit.lab.grid.forging import FORGER, compact


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Lab("forgeries") as lab:
        yield lab


def forged(lab, key, **header):
    claims = {**lab.mint([]).claims, "scopes": [NEEDED]}
    return compact({"alg": key.alg, "typ": "JWT"} | header, claims, key)


def test_token_signed_with_the_issuer_s_own_key_passes_as_unintended(lab):
    [key] = lab.state.keys
    checked = lab.check("11.1", forged(lab, key, kid="mine", jwk=key.to_jwk(private=True)))
    assert (checked.passed, checked.verdict.kind) == (True, "unintended")


def test_token_signed_with_the_issuer_s_own_key_that_the_whole_guard_takes_is_no_forgery(lab):
    [key] = lab.state.keys
    assert lab.check("11.1", forged(lab, key, jwk=key.to_jwk(private=True))).verdict.kind == "mistaken"


def test_own_key_passes_whatever_kid_the_header_names(lab):
    for kid in ("lab-1", "mine"):
        assert lab.check("11.1", forged(lab, FORGER, kid=kid, jwk=FORGER.to_jwk(private=True))).verdict.kind == "passed"


def test_own_key_in_a_padded_token_is_refused_for_its_form(lab):
    text = forged(lab, FORGER, jwk=FORGER.to_jwk(private=True)) + "="
    verdict = lab.check("11.1", text).verdict
    assert (verdict.kind, "refuses it at the check form" in verdict.message) == ("not yet", True)


def test_attack_with_a_word_that_is_no_check_is_refused_in_a_sentence(lab):
    told = lab.check("11.2", dict.fromkeys(FOUR, "cipher")).verdict.message
    assert told.startswith("A check must be one of credentials, form, key")


@pytest.mark.parametrize(
    "careless",
    [lambda needed, claims: needed in claims.get("scopes", ()), lambda needed, claims: needed in claims["scopes"]],
)
def test_check_that_stops_with_an_error_is_named_a_crash(lab, careless):
    assert lab.check("11.3", careless).verdict.misconception == "claims are as they should be"


@pytest.mark.parametrize("joint", [" ", ","])
def test_check_that_joins_and_parts_again_is_found_out(lab, joint):
    def joins(needed, claims):
        scopes = claims.get("scopes")
        return isinstance(scopes, list) and needed in joint.join(map(str, scopes)).split(joint)

    assert lab.check("11.3", joins).verdict.misconception == "a part of a name is the name"
