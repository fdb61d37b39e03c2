"""Tokens for an application's own tests: the guard trusts a key that a test can sign with, and then no longer."""

import logging
import os
import subprocess
import sys
import threading

import pytest

from scopekit import RFC9068, Guard, Issuer, Key, KeySet, Vocabulary
from scopekit.errors import PolicyError, TokenError, VocabularyError
from scopekit.profiles import COGNITO, ENTRA_V2, GITHUB_ACTIONS, PROFILES
from scopekit.stores.jwks import RemoteKeySet
from scopekit.testing import signing_for

ISSUER, API = "https://login.example/", "https://notes.example/"
PAIR = Key.generate("k1", "ES256", ISSUER)
SCOPES = Vocabulary({"notes": "all", "notes:read": "read"}, implies={"notes": ["notes:read"]})
ENTRA = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"
NO_SERVER = "http://127.0.0.1:9/jwks.json"


def guard_of(*keys, **settings):
    return Guard(KeySet(keys or [PAIR.public()]), **{"audience": API, "vocabulary": SCOPES, **settings})


def bearer(token):
    return f"Bearer {token}"


def test_a_guard_that_has_only_a_public_key_takes_the_minted_token_and_its_scopes():
    guard = guard_of()
    with signing_for(guard) as mint:
        decision = guard.decide(bearer(mint("notes:read", subject="ann", email="ann@example.org")), "notes:read")
        assert (decision.token.claims["sub"], decision.token.claims["email"]) == ("ann", "ann@example.org")
        assert guard.decide(bearer(mint("notes:read")), "notes").status == 403
        assert guard.decide(bearer(mint("notes")), "notes:read")


def test_after_the_block_the_guard_refuses_what_it_has_taken_before():
    guard = guard_of()
    with signing_for(guard) as mint:
        header = bearer(mint("notes"))
        assert guard.decide(header, "notes")
    assert guard.decide(header, "notes").check == "key"
    assert guard.decide(bearer(Issuer(PAIR, RFC9068, API).mint(["notes"])), "notes")


def test_a_block_that_fails_ends_as_any_other():
    guard = guard_of()
    block = signing_for(guard)
    header = bearer(block.__enter__()("notes"))
    assert not block.__exit__(LookupError, LookupError(), None)
    assert guard.decide(header, "notes").check == "key"


def test_a_copy_that_was_made_in_the_block_trusts_nothing_afterwards():
    guard = guard_of()
    with signing_for(guard) as mint:
        copy, header = guard.replace(leeway_seconds=0), bearer(mint("notes"))
        assert copy.decide(header, "notes")
    assert copy.decide(header, "notes").check == "key"


def test_meanwhile_the_provider_s_own_tokens_are_refused():
    guard = guard_of()
    header = bearer(Issuer(PAIR, RFC9068, API).mint(["notes"]))
    assert guard.decide(header, "notes")
    with signing_for(guard):
        assert guard.decide(header, "notes").check == "key"


def test_remote_keys_are_not_fetched():
    guard = Guard(RemoteKeySet(NO_SERVER, ISSUER), audience=API)
    assert guard.decide(bearer(Issuer(PAIR, RFC9068, API).mint([])), "notes").status == 503
    with signing_for(guard) as mint:
        assert guard.decide_at_once(bearer(mint("notes")), "notes")
        assert guard.decide(bearer(Issuer(PAIR, RFC9068, API).mint([])), "notes").status == 401


def test_the_token_has_the_algorithm_of_the_guard_s_own_keys():
    for alg in ("HS384", "PS256", "Ed25519"):
        guard = guard_of(Key.generate("own", alg, ISSUER))
        with signing_for(guard) as mint:
            assert mint("notes").header["alg"] == PAIR.generate("k", alg).alg
            assert guard.decide(bearer(mint("notes")), "notes")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_token_has_what_the_profile_needs(profile):
    issuer = {"FIREBASE": "https://securetoken.google.com/notes"}.get(profile.name, ISSUER)
    key = Key.generate("k1", "ES256", "notes" if profile.hint == "aud" else issuer).public()
    guard = Guard(KeySet([key]), audience=None if profile.name == "SEED_2014" else "notes", profile=profile)
    with signing_for(guard) as mint:
        decision = guard.decide(bearer(mint("notes")), "notes")
        assert decision.granted == {"notes"}, decision


def test_claims_that_a_provider_fills_in_can_be_said():
    guard = guard_of(profile=GITHUB_ACTIONS.requiring(repository=["shop/api", "shop/web"]))
    with signing_for(guard) as mint:
        assert mint().claims["repository"] == "shop/api"
        assert mint(repository="shop/web").claims["repository"] == "shop/web"
        with pytest.raises(TokenError, match="repository"):
            mint(repository="shop/other")


def test_a_tenant_is_the_one_in_the_issuer_s_name():
    guard = guard_of(Key.generate("k1", "RS256", ENTRA), profile=ENTRA_V2)
    with signing_for(guard) as mint:
        assert mint().claims["tid"] == "9188040d-6c67-4c5b-b112-36a304b66dad"


def test_the_recipient_is_where_the_profile_has_it():
    guard = guard_of(profile=COGNITO)
    with signing_for(guard) as mint:
        token = mint("notes")
        assert (token.claims["client_id"], "aud" in token.claims) == (API, False)


def test_an_old_token_has_expired_and_one_for_another_api_is_refused():
    guard = guard_of()
    with signing_for(guard) as mint:
        assert guard.decide(bearer(mint("notes", age_seconds=3600 + 61))).check == "time"
        assert guard.decide(bearer(mint("notes", ttl_seconds=60, age_seconds=121))).check == "time"
        assert guard.decide(bearer(mint("notes", audience="https://other.example/"))).check == "audience"


def test_a_scope_that_the_vocabulary_does_not_know_is_refused_at_once():
    with signing_for(guard_of()) as mint, pytest.raises(VocabularyError, match="did you mean 'notes:read'"):
        mint("note:read")


def test_scopes_that_a_reader_finds_elsewhere_are_given_as_claims():
    guard = guard_of(profile=RFC9068.replace(reader=lambda claims: claims.get("roles", ())))
    with signing_for(guard) as mint:
        with pytest.raises(TokenError, match="it does not find 'notes'"):
            mint("notes")
        assert guard.decide(bearer(mint(roles=["notes"])), "notes")


def test_the_guard_of_several_issuers_is_told_which_of_them_signs():
    there = Key.generate("k2", "ES256", "https://other.example/")
    guard = guard_of(PAIR.public(), there.public())
    with pytest.raises(PolicyError, match=r"several: 'https://login\.example/', 'https://other\.example/'"):
        signing_for(guard).__enter__()
    with signing_for(guard, issuer=ISSUER) as ours, signing_for(guard, issuer="https://other.example/") as theirs:
        for mint, name in ((ours, ISSUER), (theirs, "https://other.example/")):
            assert guard.decide(bearer(mint("notes")), "notes").token.claims["iss"] == name


def test_joined_sets_are_known_by_their_names_and_not_fetched():
    guard = Guard(KeySet.of(KeySet([PAIR]), RemoteKeySet(NO_SERVER, "https://remote.example/")), audience=API)
    with signing_for(guard, issuer="https://remote.example/") as mint:
        assert guard.decide(bearer(mint("notes")), "notes").token.claims["iss"] == "https://remote.example/"


def test_a_template_needs_the_name_of_one_tenant():
    guard = guard_of(Key.generate("k1", "RS256", "https://login.microsoftonline.com/{tid}/v2.0"), profile=ENTRA_V2)
    with pytest.raises(PolicyError, match="Pass the issuer to sign for"):
        signing_for(guard).__enter__()
    with signing_for(guard, issuer=ENTRA) as mint:
        assert guard.decide(bearer(mint("notes")), "notes")


def test_an_issuer_that_the_guard_does_not_trust_cannot_be_signed_for():
    with pytest.raises(PolicyError, match=r"must be of 'https://login\.example/'; found 'https://evil\.example/'"):
        signing_for(guard_of(), issuer="https://evil.example/").__enter__()


def test_blocks_that_end_in_another_order_leave_nothing_behind():
    guard = guard_of()
    first, second = signing_for(guard), signing_for(guard)
    one, two = first.__enter__()("notes"), second.__enter__()("notes")
    first.__exit__(None, None, None)
    assert [guard.decide(bearer(token), "notes").allowed for token in (one, two)] == [False, True]
    second.__exit__(None, None, None)
    assert guard.policy.keys.get("k1") == PAIR.public()
    assert [guard.decide(bearer(token), "notes").check for token in (one, two)] == ["key", "key"]


def test_the_log_and_the_guard_say_what_is_going_on(caplog):
    guard = guard_of()
    with signing_for(guard):
        assert repr(guard).endswith(", profile RFC9068, TRUSTS A TEST KEY IN PLACE OF ITS OWN KEYS>")
        assert [(each.name, each.levelno) for each in caplog.records] == [("scopekit", logging.WARNING)]
        assert "TRUSTS A TEST KEY" in caplog.text
    assert repr(guard).endswith(", profile RFC9068>")


def test_outside_pytest_it_needs_an_explicit_word(monkeypatch):
    guard = guard_of()
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with pytest.raises(PolicyError, match="A throw-away key is for tests"):
        signing_for(guard).__enter__()
    with signing_for(guard, outside_pytest=True) as mint:
        assert guard.decide(bearer(mint("notes")), "notes")


def test_requests_that_run_while_the_block_ends_leave_nothing_in_the_cache():
    guard = guard_of()
    with signing_for(guard) as mint:
        header = bearer(mint("notes"))
        thread = threading.Thread(target=lambda: [guard.decide(header, "notes") for _ in range(1000)])
        thread.start()
    thread.join()
    assert guard.decide(header, "notes").check == "key"


def test_the_fixture_gives_a_test_a_mint_until_its_end(tmp_path):
    (tmp_path / "test_notes.py").write_text("""
from scopekit import Guard, Key, KeySet
guard = Guard(KeySet([Key.generate("k1", "ES256", "https://login.example/").public()]), audience="notes")
tokens = []

def test_with(scopekit_mint_for):
    mint = scopekit_mint_for(guard, issuer="https://login.example/")
    tokens.append(mint("notes:read"))
    assert guard.decide(f"Bearer {tokens[0]}", "notes:read")

def test_without():
    assert guard.decide(f"Bearer {tokens[0]}", "notes:read").check == "key"
""")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "scopekit.pytest_plugin", "-p", "no:cacheprovider", tmp_path]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=alone)
    assert "2 passed" in done.stdout, done.stdout
