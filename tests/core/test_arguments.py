"""A value of the wrong kind, passed for any argument of any function that people call, is answered in one sentence."""

from datetime import datetime

import pytest
from fastapi import FastAPI
from forging import KEY, SECRET, VOCABULARY, forged, whole_guard
from starlette.requests import Request

from scopekit import (
    Guard,
    Issuer,
    Key,
    KeySet,
    MemoryDenylist,
    Profile,
    ScopeKitError,
    SqliteDenylist,
    Vocabulary,
    all_of,
    any_of,
)
from scopekit.arguments import Seconds, checked
from scopekit.asgi import requires, resource_metadata
from scopekit.clock import LessonClock, SystemClock
from scopekit.errors import PolicyError
from scopekit.fastapi import Scoped, install
from scopekit.http import answer, authorize
from scopekit.profile import RFC9068
from scopekit.profiles import profile_named
from scopekit.requirements import Requirement
from scopekit.scopes import notation
from scopekit.stores.discovery import DiscoveredKeySet
from scopekit.stores.jwks import RemoteKeySet
from scopekit.stores.redis import RedisDenylist
from scopekit.stores.rotation import Rotation
from scopekit.testing import signing_for

HOME = "https://login.example/"
PAIR, NEXT = Key.generate("a", "ES256", HOME), Key.generate("b", "ES256", HOME)
CLOCK, GUARD = SystemClock(), whole_guard()
MANY = dict.fromkeys(["max_age_seconds", "cooldown_seconds", "grace_seconds", "timeout_seconds"], 5)


class Anything:
    """An object that has no use here."""


WRONG = {
    "none": [None],
    "texts": ["some text", b"some bytes"],
    "numbers": [7, -1, 0.5, float("nan"), True],
    "lists": [[], ["a"], [7], {3}, ()],
    "objects": [{}, {"a": 1}, Anything(), Anything, print],
}


def mint(*scopes, **values):
    with signing_for(GUARD, issuer=KEY.issuer) as made:
        return made(*scopes, **values)


def signing(*args, **values):
    with signing_for(*args, **values) as made:
        return made


CALLS = {
    "a guard": (Guard, [KeySet([KEY])], {
        "audience": "a", "issuer": HOME, "profile": RFC9068, "vocabulary": VOCABULARY, "denylist": MemoryDenylist(),
        "clock": CLOCK, "leeway_seconds": 1, "cache_size": 3, "max_token_bytes": 100, "on_decision": print,
    }),
    "a copy of a guard": (GUARD.replace, [], {"audience": "a", "keys": KeySet([KEY]), "clock": CLOCK}),
    "discovery": (Guard.discover, [HOME], {"audience": "a", "profile": RFC9068, "alg": "RS256", "clock": CLOCK}),
    "a key": (Key, ["k", SECRET], {"alg": "HS256", "issuer": HOME, "verify_only": False, "password": None}),
    "a new key": (Key.generate, ["k"], {"alg": "HS256", "issuer": HOME}),
    "a JWK": (Key.from_jwk, [PAIR.to_jwk()], {"issuer": HOME, "alg": "ES256", "supported": ()}),
    "a JWK Set": (KeySet.from_jwks, [{"keys": [PAIR.to_jwk()]}], {"issuer": HOME, "alg": "ES256", "password": None}),
    "a key set": (KeySet, [[KEY]], {}),
    "joined key sets": (KeySet.of, [KeySet([KEY])], {}),
    "an issuer": (Issuer, [KEY], {"profile": RFC9068, "audience": "a", "clock": CLOCK, "new_id": lambda: "x"}),
    "a token": (Issuer(KEY, audience="repos").mint, [["repo"]], {"subject": "a", "ttl_seconds": 5, "claims": {}}),
    "a vocabulary": (Vocabulary, [{"a": "b"}], {"implies": {}}),
    "scopes and what they imply": (VOCABULARY.expand, [["repo"]], {}),
    "known scopes": (VOCABULARY.check, [["repo"]], {}),
    "a way between scopes": (VOCABULARY.through, [["repo"], "gist"], {}),
    "scopes without repetition": (VOCABULARY.normalise, [["repo"]], {}),
    "a tree of scopes": (lambda *given: list(VOCABULARY.tree(*given)), [["repo"]], {}),
    "a similar scope": (VOCABULARY.suggest, ["repo"], {}),
    "a profile": (Profile, ["p", notation("oauth"), ("JWT",), ("iss",)], {
        "ttl_seconds": 5, "max_ttl_seconds": 9, "waives": (), "hint": "iss", "recipient": "aud", "token_id": "jti",
        "requires": {}, "forbids": (), "in_issuer": (), "scopes_in": (), "reader": None,
    }),
    "a profile that requires more": (RFC9068.requiring, [{"tid": "a"}], {}),
    "a profile that reads elsewhere": (RFC9068.reading, ["scp"], {}),
    "the name of a profile": (profile_named, ["okta"], {}),
    "the name of a notation": (notation, ["oauth"], {}),
    "one scope of several": (any_of, ["a"], {}),
    "several scopes": (all_of, ["a"], {}),
    "alternatives": (Requirement, [(frozenset({"a"}),)], {}),
    "headers": (authorize, [GUARD, {"authorization": forged()}, "repo"], {}),
    "an answer": (answer, [GUARD.decide(None)], {"realm": "x"}),
    "a decision": (GUARD.decide, [forged(), "repo"], {}),
    "an explained decision": (GUARD.explain, [forged(), "repo"], {}),
    "a guard without checks": (GUARD.without, ["type"], {}),
    "a route of Starlette": (requires, [GUARD, "repo"], {"resource_metadata": HOME}),
    "a dependency of FastAPI": (Scoped, [GUARD, "repo"], {
        "optional": False, "token_url": HOME, "scheme": "x", "resource_metadata": HOME,
    }),
    "an application of FastAPI": (install, [FastAPI()], {}),
    "a throw-away key": (signing, [GUARD], {"issuer": KEY.issuer, "outside_pytest": True}),
    "a token for a test": (mint, ["repo"], {"subject": "a", "audience": "c", "ttl_seconds": 3, "age_seconds": 3}),
    "a document of metadata": (resource_metadata, [GUARD], {
        "resource": HOME, "authorization_servers": [HOME], "scopes": ["repo"],
    }),
    "a remote key set": (RemoteKeySet, [f"{HOME}keys", HOME], {"alg": "RS256", "clock": CLOCK, "tls": None, **MANY}),
    "a discovered key set": (DiscoveredKeySet, [HOME], {"alg": "RS256", "clock": CLOCK, "tls": None, **MANY}),
    "a rotation": (Rotation, [PAIR], {"lifetime_seconds": 3, "publish_seconds": 3, "clock": CLOCK}),
    "a key in turn": (Rotation(PAIR, lifetime_seconds=3).add, [NEXT], {}),
    "a stolen key": (Rotation(PAIR, lifetime_seconds=3).withdraw, ["a"], {}),
    "a denylist in memory": (MemoryDenylist, [CLOCK], {}),
    "a denylist in a file": (SqliteDenylist, ["/no/such/list"], {"create": False, "lock_seconds": 2, "clock": CLOCK}),
    "a denylist in Redis": (RedisDenylist, ["redis://127.0.0.1:1/"], {
        "create": False, "prefix": "a", "timeout_seconds": 1, "require_noeviction": True,
    }),
    "a revoked token": (MemoryDenylist().revoke, ["i", "j"], {"until": 5}),
    "a cut-off": (MemoryDenylist().cut_off, ["i", 5], {"subject": "x", "until": 5}),
    "a lesson's clock": (LessonClock, [5], {}),
}  # fmt: skip


def with_one_wrong(args, values, wrong):
    """Each call that has one wrong argument, and the name of that argument."""
    for at, each in [(at, each) for at in range(len(args)) for each in wrong]:
        yield at, [*args[:at], each, *args[at + 1 :]], values
    for name, each in [(name, each) for name in values for each in wrong]:
        yield name, args, {**values, name: each}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("call", CALLS)
def test_an_argument_of_the_wrong_kind_is_answered_in_one_sentence_or_not_at_all(call, kind):
    function, args, values = CALLS[call]
    for name, given, named in with_one_wrong(args, values, WRONG[kind]):
        try:
            function(*given, **named)
        except ScopeKitError as error:
            sentence = str(error)
            assert "\n" not in sentence, name
            assert sentence.endswith((".", "?")), name
            assert SECRET.decode("latin-1") not in sentence, name


UNNOTICED = {
    "text with a method find": (
        lambda: Guard(KeySet([KEY]), audience="a", denylist="list.db"),
        "denylist.*found str",
    ),
    "nothing for a clock": (
        lambda: Guard(KeySet([KEY]), audience="a", clock=0),
        "clock must be.*`now`; found int 0",
    ),
    "a mapping of audiences": (lambda: Guard(KeySet([KEY]), audience={"a": 1}), "audience must be text"),
    "a mapping of other audiences": (lambda: GUARD.replace(audience={"a": 1}), "audience must be text"),
    "no keys": (lambda: Guard(audience="a"), "Guard.. cannot be called like this: missing.*'keys'"),
    "a setting that is none": (
        lambda: Guard(KeySet([KEY]), audiences="a"),
        "Guard.. has no argument 'audiences'; did",
    ),
    "an audience by place": (lambda: Guard(KeySet([KEY]), "a"), "Guard.. cannot be called like this: too many"),
    "no audience": (lambda: Guard.discover(HOME), "A guard needs an audience"),
    "no issuer": (lambda: Guard.discover(audience="a"), "missing a required argument: 'issuer'"),
    "keys to discover": (lambda: Guard.discover(HOME, audience="a", keys=KeySet([KEY])), "multiple values.*'keys'"),
    "a lifetime below nothing": (lambda: Rotation(PAIR, lifetime_seconds=-1), "0 or more and below 10.9; found int -1"),
    "a lifetime of no number": (
        lambda: Rotation(PAIR, lifetime_seconds=float("nan")),
        "0 or more and below 10.9; found float nan",
    ),
    "a timeout as text": (
        lambda: RemoteKeySet(f"{HOME}k", HOME, timeout_seconds="2"),
        "timeout_seconds.*found str",
    ),
    "a context that is none": (lambda: RemoteKeySet(f"{HOME}k", HOME, tls=True), "tls must be an ssl.SSLContext"),
    "an issuer for an address": (lambda: RemoteKeySet(HOME, f"{HOME}k", alg="RS"), "alg must be one of"),
    "an issuer of no key": (lambda: Issuer(audience="a"), "Issuer.. cannot be called like this: missing.*'key'"),
    "an audience for a profile": (lambda: Issuer(KEY, "repos"), "An issuer's profile must be a Profile.*found str"),
    "a number for an audience": (lambda: Issuer(KEY, audience=5), "An issuer's audience must be text; found int 5"),
    "a list of claims": (
        lambda: Issuer(KEY, audience="a").mint(["a"], claims=7),
        "'claims' of Issuer.mint.. must be",
    ),
    "no scopes": (lambda: Issuer(KEY, audience="a").mint(None), "Scopes must be a list of strings; found NoneType"),
    "a wrong alg beside a JWK's": (lambda: Key.from_jwk(PAIR.to_jwk(), alg="RS255"), "alg must be one of.*did you"),
    "a number for an owner": (
        lambda: Key.from_jwk(PAIR.to_jwk(), 5),
        "'issuer' of Key.from_jwk.. must be text; found int 5",
    ),
    "no JWK": (lambda: Key.from_jwk(None), "A JWK must be an object.*; found something else: None"),
    "a file's name": (lambda: KeySet.from_jwks("jwks.json"), "the name of a file, where its text is needed"),
    "text for a key that verifies": (
        lambda: Key("k", SECRET, verify_only="no"),
        "verify_only must be True or False",
    ),
    "a list of scopes": (lambda: Vocabulary(["repo"]), "A vocabulary's descriptions must be a mapping; found list"),
    "nothing known": (lambda: Vocabulary(None), "A vocabulary's descriptions must be a mapping; found None"),
    "a list of what is implied": (
        lambda: Vocabulary({"a": "b"}, ["a"]),
        "A vocabulary's implies must be a mapping",
    ),
    "a claim without its value": (lambda: RFC9068.requiring("tid"), "'values' of Profile.requiring.. must be"),
    "a claim without a name": (lambda: RFC9068.replace(tpy=("JWT",)), "did you mean 'typ'"),
    "a decision in the guard's place": (
        lambda: authorize(GUARD.decide(None), {}),
        "'guard' of authorize.. must be",
    ),
    "headers in the guard's place": (
        lambda: authorize({}, GUARD),
        "'guard' of authorize.. must be a Guard; found dict",
    ),
    "a number of headers": (
        lambda: authorize(GUARD, 7),
        "'headers' of authorize.. must be a mapping or a list of pairs",
    ),
    "a guard in the decision's place": (lambda: answer(GUARD), "'decision' of answer.. must be"),
    "a scheme of no name": (lambda: Scoped(GUARD, "repo", scheme=7), "scheme must be text; found int 7"),
    "metadata that is no address": (
        lambda: Scoped(GUARD, "repo", resource_metadata="x"),
        "must be an https address",
    ),
    "keys in a guard's place": (lambda: signing(KeySet([KEY])), "'guard' of signing_for.. must be a Guard"),
    "text for an age": (lambda: mint("repo", age_seconds="5"), "age_seconds' of Mint.__call__.. must be a number"),
    "no file": (lambda: SqliteDenylist(None), "'path' of SqliteDenylist.. must be text or a path; found None"),
    "text for create": (lambda: SqliteDenylist("/no/such/list", create="no"), "'create' of.*must be True or False"),
    "a number for a clock": (lambda: MemoryDenylist(5), "A denylist's clock must be an object with a method `now`"),
    "an algorithm in small letters": (lambda: Key("k", SECRET, "hs256"), "found 'hs256'; did you mean 'HS256'"),
    "an object for a value": (lambda: Guard(KeySet([KEY]), audience=[Anything()]), "audience must be text.*Anything"),
    "an issuer that owns no key": (
        lambda: Guard(KeySet([KEY]), audience="a", issuer=HOME),
        "issuer must own one of its",
    ),
    "a date for a clock": (lambda: Guard(KeySet([KEY]), audience="a", clock=datetime.now()), "clock must be an object"),
    "a function of nothing": (
        lambda: requires(GUARD, lambda: "repo"),
        "function must take one request; <lambda>.. does",
    ),
    "a function of two": (lambda: Scoped(GUARD, lambda one, two: "repo"), "function must take one request"),
    "a class for a requirement": (lambda: requires(GUARD, str), "or a function of the request; found str, a class"),
    "a request for its headers": (
        lambda: authorize(GUARD, Request({"type": "http", "headers": []})),
        "found the whole request",
    ),
    "a scope for headers": (lambda: authorize(GUARD, {"type": "http", "asgi": {}}), "found values that no header has"),
    "headers of three": (lambda: authorize(GUARD, [("a", "b", "c")]), "'headers' of authorize.. must be a mapping or"),
    "a timeout without end": (lambda: RemoteKeySet(f"{HOME}k", HOME, timeout_seconds=float("inf")), "found float inf"),
    "a remote secret": (lambda: RemoteKeySet(f"{HOME}k", HOME, alg="HS256"), "holds public keys; found alg='HS256'"),
    "a date in metadata": (
        lambda: resource_metadata(GUARD, resource=HOME, authorization_servers=[HOME], since=datetime.now()),
        "A document's members must be JSON",
    ),
    "servers one by one": (
        lambda: resource_metadata(GUARD, resource=HOME, authorization_servers=iter([HOME])),
        "must be a list of text",
    ),
    "a list of alternatives": (lambda: Requirement([frozenset({"a"})]), "must be made by any_of"),
    "alternatives one by one": (lambda: Requirement(frozenset({each}) for each in "ab"), "must be made by any_of"),
    "a scope that means nothing": (
        lambda: Vocabulary({"a": None}),
        "descriptions must be a mapping; found dict of str",
    ),
    "no name of a profile": (lambda: profile_named(None), "'name' of profile_named.. must be text; found None"),
    "one issuer as text": (
        lambda: resource_metadata(GUARD, resource=HOME, authorization_servers=HOME),
        "list of text",
    ),
}


@pytest.mark.parametrize(("call", "sentence"), UNNOTICED.values(), ids=UNNOTICED)
def test_what_would_go_unnoticed_until_the_first_request_is_refused_at_once(call, sentence):
    with pytest.raises(ScopeKitError, match=sentence):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda secret: Key("k", "HS256", secret),
        lambda secret: Key.generate("k", secret),
        lambda secret: Key(secret.encode(), "k"),
        lambda secret: Guard.discover(secret.encode()),
        lambda secret: Guard(secret, audience="a"),
        lambda secret: Key("k", NEXT.material, "ES256", password=int.from_bytes(secret.encode())),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(call):
    secret = "correct-horse-battery-staple-4711"
    with pytest.raises(ScopeKitError) as caught:
        call(secret)
    assert secret not in str(caught.value)
    assert str(int.from_bytes(secret.encode()))[:20] not in str(caught.value)


def test_an_error_of_the_application_s_own_function_stays_what_it_is():
    @checked(when="failed")
    def run(work: object, seconds: Seconds = 1):
        return work()

    def fail():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run(fail)
    with pytest.raises(
        PolicyError, match=r"'seconds' of .*run.. must be a number of seconds, 0 or more and below 10.9; found int -1"
    ):
        run(fail, -1)
    assert run(lambda: 7, -1) == 7
