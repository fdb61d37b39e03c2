"""The state folder: what is in it, and what in it cannot be used."""

import json

import pytest

from sample_api.state import State
from scopekit.errors import InputError, StoreError, StoreMissing
from scopekit.keys import Key, KeySet


@pytest.fixture
def folder(tmp_path):
    """A state folder as --init makes it, not in use."""
    State.open(tmp_path, init=True).denylist.close()
    return tmp_path


def test_an_opened_state_is_the_one_that_was_made(folder):
    first, second = State.open(folder), State.open(folder, init=True)
    assert [key.material for key in first.keys] == [key.material for key in second.keys]
    assert first.clients == second.clients
    for state in (first, second):
        state.denylist.close()


def test_a_state_shows_no_secret(folder):
    for state in (State.in_memory(), State.open(folder)):
        assert state.clients["explorer"] not in repr(state)
        assert str(next(iter(state.keys)).material) not in repr(state)
        getattr(state.denylist, "close", lambda: None)()


def test_two_states_in_memory_share_no_secret():
    one, other = State.in_memory(), State.in_memory()
    assert one.clients != other.clients
    assert next(iter(one.keys)).material != next(iter(other.keys)).material


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"keys"',
        b'{"keys": []}',
        b'{"keys": [{"kty": "oct", "kid": "a", "alg": "HS256", "k": "c2hvcnQ"}]}',
        b'{"keys": [{"kty": "RSA"}]}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
    ids=["empty", "broken", "a list", "text", "no keys", "a short key", "another kind of key", "no text", "deep"],
)
@pytest.mark.parametrize("init", [False, True], ids=["opened", "with --init"])
def test_keys_that_cannot_be_used_are_refused_by_the_name_of_their_file(folder, content, init):
    (folder / "keys.json").write_bytes(content)
    with pytest.raises(InputError, match=r"keys\.json .*\.$"):
        State.open(folder, init=init)
    assert (folder / "keys.json").read_bytes() == content


@pytest.mark.parametrize("name", ["keys.json", "tenants.json"])
def test_keys_that_only_verify_are_refused_before_a_token_is_asked_for(folder, name):
    pair = Key.generate("pair", "ES256", "https://issuer.example/")
    (folder / name).write_text(json.dumps(KeySet([pair]).to_jwks()))
    with pytest.raises(InputError, match=rf"{name} cannot be used. The first .* sign; 'pair' can only verify\.$"):
        State.open(folder)
    (folder / name).write_text(json.dumps(KeySet([pair]).to_jwks(private=True)))
    State.open(folder).denylist.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"explorer": null}',
        b'{"explorer": 5}',
        b'{"explorer": {}}',
        b"\xff\xfe\x00",
        b'{"explorer": ""}',
        b'{"caf\xc3\xa9": "secret"}',
        b"[" * 100_000,
    ],
    ids=["empty", "broken", "a list", "null", "a number", "an object", "no text", "a blank secret", "no ASCII", "deep"],
)
@pytest.mark.parametrize("init", [False, True], ids=["opened", "with --init"])
def test_clients_that_cannot_be_used_are_refused_by_the_name_of_their_file(folder, content, init):
    (folder / "clients.json").write_bytes(content)
    with pytest.raises(InputError, match=r"clients\.json .*\.$"):
        State.open(folder, init=init)
    assert (folder / "clients.json").read_bytes() == content


@pytest.mark.parametrize("init", [False, True], ids=["opened", "with --init"])
def test_a_missing_denylist_is_not_made_anew_for_that_would_revive_what_was_taken_back(folder, init):
    (folder / "denylist.sqlite").unlink()
    with pytest.raises(StoreMissing):
        State.open(folder, init=init)
    assert not (folder / "denylist.sqlite").exists()


def test_a_damaged_denylist_is_refused_with_init_too(folder):
    (folder / "denylist.sqlite").write_bytes(b"no database, but long enough to look like one" * 100)
    for init in (False, True):
        with pytest.raises(StoreError, match="denylist"):
            State.open(folder, init=init)
