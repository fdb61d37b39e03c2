"""Mistakes of somebody who uses the kit for the first time: each is answered in one sentence."""

import pytest
from fastapi import FastAPI
from forging import API, KEY, SECRET, VOCABULARY, forged, whole_guard
from starlette.applications import Starlette

from scopekit import Guard, Key, KeySet, MemoryDenylist, Profile, Requirement, ScopeKitError, all_of, any_of
from scopekit.asgi import requires
from scopekit.fastapi import Scoped, install
from scopekit.scopes import notation

KEYS = KeySet([KEY])


def guard(keys=KEYS, audience=API, **settings):
    return Guard(keys, audience=audience, **settings)


def decide(authorization, requirement="repo"):
    return whole_guard().decide(authorization, requirement)


KEYS_RULE = "keys must be a KeySet"
MISTAKES = {
    "an address for a key set": (lambda: guard("https://login.example/keys"), f"{KEYS_RULE}.*an address; found str"),
    "a key for a key set": (lambda: guard(KEY), f"{KEYS_RULE}.*found Key"),
    "a list of keys for a key set": (lambda: guard([KEY]), f"{KEYS_RULE}.*found list"),
    "a secret for a key set": (lambda: guard(SECRET), f"{KEYS_RULE}.*found bytes"),
    "a JWK Set for a key set": (lambda: guard({"keys": []}), f"{KEYS_RULE}.*found dict"),
    "a list for a vocabulary": (lambda: guard(vocabulary=["repo"]), "vocabulary must be a Vocabulary.*found list"),
    "the name of a profile": (lambda: guard(profile="OKTA"), "profile must be a Profile.*found str"),
    "no audience": (lambda: guard(audience=None), "needs an audience"),
    "an empty audience": (lambda: guard(audience=""), "needs an audience"),
    "a number for an audience": (lambda: guard(audience=[7]), "audience must be text.*found the number 7"),
    "bytes for an audience": (lambda: guard(audience=b"api"), "audience must be text"),
    "one number for an audience": (lambda: guard(audience=7), "audience must be text.*found the number 7"),
    "a set for a denylist": (lambda: guard(denylist=set()), "denylist must be .* a method `find`; found set"),
    "a class for a denylist": (lambda: guard(denylist=MemoryDenylist), "denylist must be .*; found MemoryDenylist"),
    "a number for a clock": (lambda: guard(clock=1), "clock must be an object with a method `now`; found int"),
    "text for a leeway": (lambda: guard(leeway_seconds="60"), "leeway_seconds must be a number; found str"),
    "true for a leeway": (lambda: guard(leeway_seconds=True), "leeway_seconds must be a number; found bool"),
    "text for a cache size": (lambda: guard(cache_size="big"), "cache_size must be 0 or more; found 'big'"),
    "a cache of less than nothing": (lambda: guard(cache_size=-1), "cache_size must be 0 or more"),
    "a token of a megabyte": (lambda: guard(max_token_bytes=2**20), "max_token_bytes must be from 1 to 65536"),
    "a word for on_decision": (lambda: guard(on_decision="print"), "on_decision must be a function; found str"),
    "a number for an issuer": (lambda: guard(issuer=7), "issuer must be text.*found the number 7"),
    "a setting that is none": (lambda: whole_guard().replace(key=KEYS), "A guard has no setting 'key'; did you mean"),
    "a list to be replaced": (lambda: whole_guard().replace(keys=[KEY]), f"{KEYS_RULE}.*found list"),
    "typ as a string": (
        lambda: Profile("P", notation("oauth"), typ="JWT", claims=("iss",)), "typ must be several names.*found 'JWT'",
    ),
    "a notation that is none": (lambda: notation("list"), "notation must be one of flat"),
    "bytes for a header": (lambda: decide(forged().encode()), "Authorization header as a string.*found bytes"),
    "bytes in a list of headers": (lambda: decide([forged().encode()]), "Authorization header as a string"),
    "all headers": (lambda: decide({"Authorization": forged()}), "Authorization header as a string.*found dict"),
    "a list for a requirement": (lambda: decide(None, ["repo"]), "requirement must be a scope.*found list"),
    "None for a requirement": (lambda: decide(None, None), "requirement must be a scope.*found NoneType"),
    "a scope with a slip": (lambda: decide(None, "public-repo"), "'public-repo' is not a scope of this API; did you"),
    "two scopes in a string": (lambda: decide(None, "repo gist"), "A scope must be printable ASCII"),
    "a slip in a requirement": (lambda: whole_guard().requirement(all_of("repo", "jist")), "'jist' is not a scope"),
    "a list in a requirement": (lambda: any_of(["repo", "gist"]), "A scope must be|requirement must be"),
    "text for a key": (lambda: Key("k", "secret"), "at least 32 bytes|must be bytes"),
    "a key without a kid": (lambda: Key("", SECRET), "kid must be"),
    "an algorithm that is none": (lambda: Key("k", SECRET, "SHA256"), "alg must be one of .*did you mean"),
    "a list for a requirement to explain": (lambda: whole_guard().explain(None, ["repo"]), "scope.*found list"),
    "bytes for a requirement to explain": (lambda: whole_guard().explain(None, b"repo"), "scope.*found bytes"),
    "text for the alternatives": (lambda: Requirement("notes"), "^A requirement must be made by any_of"),
    "a list for the alternatives": (lambda: Requirement(["notes"]), "^A requirement must be made by any_of"),
    "text for private": (lambda: KEY.to_jwk(private="no"), "A secret has no public half.*private=True"),
    "requires without brackets": (lambda: requires(lambda request: None), "must be a Guard, and.*found function"),
    "a scope for a guard": (lambda: requires("repo"), "must be a Guard, and.*found str"),
    "the class Guard": (lambda: requires(Guard), "must be a Guard, and.*found type"),
    "a scope for FastAPI's guard": (lambda: Scoped("repo"), "must be a Guard, and.*found str"),
    "keys for FastAPI's guard": (lambda: Scoped(KeySet([KEY]), "repo"), "must be a Guard, and.*found KeySet"),
    "text for optional": (lambda: Scoped(whole_guard(), "repo", optional="no"), "`optional` must be True or False"),
    "the class FastAPI": (lambda: install(FastAPI), "install\\(\\) needs a FastAPI application; found type"),
    "Starlette for FastAPI": (lambda: install(Starlette()), "needs a FastAPI application; found Starlette"),
    "one string for the scopes of a vocabulary": (lambda: VOCABULARY.expand("repo"), "must be a list of strings"),
}  # fmt: skip


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_answered_in_one_sentence_of_what_was_needed_and_found(mistake, sentence):
    with pytest.raises(ScopeKitError, match=sentence) as caught:
        mistake()
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 240
    assert text.endswith((".", "?"))
    assert SECRET.decode("latin-1") not in text
