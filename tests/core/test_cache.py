import pytest
from forging import API, ISSUER, KEY, NOW, SECRET, forged, told, whole_guard, with_claims

from scopekit import GITHUB, Guard, Key, KeySet, LessonClock, MemoryDenylist, any_of
from scopekit.token_cache import MOST_CALLS, TokenCache
from scopekit.tokens import MAX_TOKEN_BYTES

NEED = any_of("public_repo")
GOOD = f"Bearer {forged()}"


class ChangingKeys(KeySet):
    """Keys that can be exchanged for others, as a remote set's can."""

    version = 0

    def exchange(self, *keys):
        self.__init__(keys)
        self.version += 1


class CountingKey:
    """Counts how often a signature was verified."""

    def __init__(self, monkeypatch):
        self.count, verifies = 0, Key.verifies

        def counted(key, message, signature):
            self.count += 1
            return verifies(key, message, signature)

        monkeypatch.setattr(Key, "verifies", counted)


def test_a_signature_is_verified_once(guard, monkeypatch):
    verified = CountingKey(monkeypatch)
    assert [guard.decide(GOOD, NEED).allowed for _ in range(5)] == [True] * 5
    assert verified.count == 1


def test_a_known_token_is_refused_once_it_has_expired():
    clock = LessonClock(NOW)
    guard = whole_guard(clock=clock)
    assert guard.decide(GOOD, NEED)
    clock.advance(3600)
    assert told(guard.decide(GOOD, NEED)) == (401, "invalid_token", "time")


def test_a_known_token_is_refused_once_it_was_taken_back():
    denylist = MemoryDenylist()
    guard = whole_guard(denylist=denylist)
    assert guard.decide(GOOD, NEED)
    denylist.revoke(ISSUER, "id-1")
    assert told(guard.decide(GOOD, NEED)) == (401, "invalid_token", "revocation")


def test_a_known_token_needs_the_scopes_of_each_call(guard):
    assert guard.decide(GOOD, NEED)
    assert told(guard.decide(GOOD, any_of("gist"))) == (403, "insufficient_scope", "scopes")
    assert guard.decide(GOOD, any_of("repo:status"))


def test_a_known_token_is_refused_in_one_header_of_two(guard):
    assert guard.decide(GOOD, NEED)
    assert told(guard.decide([GOOD, GOOD], NEED)) == (400, "invalid_request", "credentials")
    assert told(guard.decide(GOOD, NEED, query_token="another")) == (400, "invalid_request", "credentials")
    assert told(guard.decide([], NEED, query_token=forged())) == (401, None, "credentials")
    assert guard.decide([GOOD], NEED)


def test_a_careless_guard_keeps_no_verdict_on_more_than_one_header():
    careless = whole_guard().without("credentials")
    assert careless.decide([GOOD, "Bearer x"], NEED)
    assert careless.decide([], NEED, query_token=forged())
    assert len(careless._cache) == 0
    assert not careless.decide(["Bearer x", GOOD], NEED)


def test_calls_that_take_turns_each_get_their_own_decision(guard):
    needs = [NEED, any_of("gist"), any_of("repo:status")]
    for _ in range(3):
        decisions = [guard.decide(GOOD, need) for need in needs]
        assert [decision.allowed for decision in decisions] == [True, False, True]
        assert [decision.needed for decision in decisions] == needs
    assert guard.decide(GOOD, NEED) is guard.decide(GOOD, NEED)


def test_needs_made_for_one_call_alone_are_not_mixed_up_nor_kept_for_ever(guard):
    for number in range(3 * MOST_CALLS):
        opened = number % 2 == 0
        assert guard.decide(GOOD, any_of("public_repo" if opened else f"gist{number}")).allowed is opened
    [known] = guard._cache._known.values()
    assert len(known.decisions) == MOST_CALLS


def test_who_sends_no_header_has_no_keys_looked_at(guard):
    class NoKeys(KeySet):
        @property
        def version(self):
            raise AssertionError("looked at")

    guard = guard.replace(keys=NoKeys([KEY]))
    assert told(guard.decide(None, NEED)) == (401, None, "credentials")


class NeverLookedUp(str):
    __slots__ = ()

    def __hash__(self):
        raise AssertionError("looked up")


def test_a_header_is_looked_up_only_after_its_length_was_checked(guard):
    long = NeverLookedUp("Bearer " + "a" * (MAX_TOKEN_BYTES + 1))
    assert told(guard.decide(long, NEED)) == (401, "invalid_token", "form")
    padded = f"{GOOD}{' ' * (7 + MAX_TOKEN_BYTES - len(GOOD))}"
    assert guard.decide(padded, NEED)
    assert len(guard._cache) == 1


def test_a_token_refused_for_its_scopes_is_known_and_still_refused(guard):
    sent = f"Bearer {with_claims(scopes=['gist'])}"
    assert [told(guard.decide(sent, NEED))[2] for _ in range(3)] == ["scopes"] * 3
    assert guard.decide(sent, any_of("gist"))


def test_a_refusal_for_scopes_is_decided_once_for_each_call(guard):
    sent = f"Bearer {with_claims(scopes=['gist'])}"
    first = guard.decide(sent, NEED)
    assert guard.decide(sent, NEED) is first
    assert guard.decide(sent, any_of("repo")) is not first


def test_a_token_known_to_lack_the_scopes_is_refused_as_expired_or_revoked_from_then_on():
    sent, clock, denylist = f"Bearer {with_claims(scopes=['gist'])}", LessonClock(NOW), MemoryDenylist()
    guard = whole_guard(clock=clock, denylist=denylist)
    assert told(guard.decide(sent, NEED)) == (403, "insufficient_scope", "scopes")
    denylist.revoke(ISSUER, "id-1")
    assert told(guard.decide(sent, NEED)) == (401, "invalid_token", "revocation")
    clock.advance(3600)
    assert told(guard.decide(sent, NEED)) == (401, "invalid_token", "time")


def test_a_refusal_that_depends_on_the_moment_is_not_kept():
    clock = LessonClock(NOW)
    guard = whole_guard(clock=clock)
    assert guard.decide(GOOD, NEED)
    clock.advance(3600)
    assert not guard.decide(GOOD, any_of("repo"))
    clock.advance(-3600)
    assert guard.decide(GOOD, any_of("repo"))


def test_other_keys_empty_the_cache():
    keys = ChangingKeys([KEY])
    guard = Guard(keys, audience=API, profile=GITHUB, clock=LessonClock(NOW))
    assert guard.decide(GOOD, any_of("repo"))
    keys.exchange(Key("k1", SECRET[::-1], issuer=ISSUER))
    assert told(guard.decide(GOOD, any_of("repo"))) == (401, "invalid_token", "signature")


def test_a_token_verified_while_the_keys_change_is_not_known_under_the_new_ones(monkeypatch):
    keys = ChangingKeys([KEY])
    guard, verifies = Guard(keys, audience=API, profile=GITHUB, clock=LessonClock(NOW)), Key.verifies

    def exchanged_meanwhile(key, message, signature):
        monkeypatch.setattr(Key, "verifies", verifies)
        keys.exchange(Key("k1", SECRET[::-1], issuer=ISSUER))
        assert not guard.decide(GOOD, any_of("repo"))
        return verifies(key, message, signature)

    monkeypatch.setattr(Key, "verifies", exchanged_meanwhile)
    guard.decide(GOOD, any_of("repo"))
    assert told(guard.decide(GOOD, any_of("repo"))) == (401, "invalid_token", "signature")


def test_what_a_weakened_guard_lets_in_is_not_known_to_the_whole_one(guard):
    forgery = f"Bearer {forged(secret=b'a secret that the attacker chose')}"
    weakened = guard.without("signature")
    assert weakened.decide(forgery, NEED)
    assert weakened.decide(forgery, NEED)
    assert told(guard.decide(forgery, NEED)) == (401, "invalid_token", "signature")


def test_what_the_whole_guard_knows_a_weakened_one_finds_out_for_itself(guard, monkeypatch):
    guard.decide(GOOD, NEED)
    verified = CountingKey(monkeypatch)
    assert guard.without("time").decide(GOOD, NEED)
    assert verified.count == 1


@pytest.mark.parametrize("token", [forged() + "=", forged()[:-2] + "AA", with_claims(aud="another")], ids=str.__len__)
def test_a_token_that_was_refused_is_not_remembered(token):
    guard = whole_guard()
    assert not guard.decide(f"Bearer {token}", NEED)
    assert len(guard._cache) == 0


def test_no_more_tokens_are_kept_than_the_guard_was_told():
    guard = whole_guard(cache_size=3)
    for number in range(20):
        assert guard.decide(f"Bearer {with_claims(jti=f'n{number}')}", NEED)
        assert len(guard._cache) <= 3


def test_a_cache_of_no_size_keeps_nothing(monkeypatch):
    guard, verified = whole_guard(cache_size=0), CountingKey(monkeypatch)
    assert [guard.decide(GOOD, NEED).allowed for _ in range(3)] == [True] * 3
    assert verified.count == 3
    assert len(guard._cache) == 0


def test_a_known_token_is_found_by_its_exact_text_alone(guard):
    assert guard.decide(GOOD, NEED)
    assert told(guard.decide(f"{GOOD}=", NEED)) == (401, "invalid_token", "form")
    assert told(guard.decide(f"{GOOD} .", NEED)) == (401, "invalid_token", "form")
    assert guard.decide(f"bearer   {forged()} ", NEED)


def test_what_is_handed_out_cannot_be_changed_by_a_caller(guard):
    decision = guard.decide(GOOD, NEED)
    with pytest.raises(TypeError):
        decision.token.claims["scopes"] = ["gist"]
    with pytest.raises(AttributeError):
        decision.token.claims["scopes"].append("gist")
    with pytest.raises(AttributeError):
        decision.granted.add("gist")
    assert not guard.decide(GOOD, any_of("gist"))


def test_explaining_looks_at_everything_again(guard, monkeypatch):
    guard.decide(GOOD, NEED)
    verified = CountingKey(monkeypatch)
    assert [step.verdict for step in guard.explain(GOOD, NEED).steps] == ["passed"] * 11
    assert verified.count == 1


def test_every_guard_has_a_cache_of_its_own():
    first, second = whole_guard(), whole_guard()
    first.decide(GOOD, NEED)
    assert (len(first._cache), len(second._cache)) == (1, 0)
    assert isinstance(first._cache, TokenCache)
