"""A Lab: the same world for everyone, which leaves nothing behind."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest

from scopekit import Lab, ScopeKitError
from scopekit.errors import LabError
from scopekit.issuer import sign
from scopekit.lab import InProcess
from scopekit.lab.world.world import ARTICLE_IAT

POST = "POST /user/repos"


@pytest.fixture
def lab():
    with Lab("test") as lab:
        yield lab


def port_of(lab):
    return int(lab.url.rpartition(":")[2])


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name == "scopekit-lab"]


def test_two_labs_of_one_name_mint_the_same_tokens():
    with Lab("twin") as first:
        text = str(first.mint(["repo"]))
    with Lab("twin") as second:
        assert str(second.mint(["repo"])) == text


def test_labs_of_two_names_have_keys_of_their_own(lab):
    with Lab("another") as other:
        assert lab.get("/user", other.mint([])).status == 401


def test_clock_stands_still_at_the_article_s_first_token(lab):
    assert lab.mint([]).claims["iat"] == ARTICLE_IAT
    assert lab.clock.now() == ARTICLE_IAT


def test_lab_of_the_same_name_takes_the_place_of_the_first_and_frees_its_port():
    first = Lab("again")
    with Lab("again") as second:
        assert not is_open(port_of(first))
        assert is_open(port_of(second))
        assert len(threads()) == 1


def test_two_named_labs_live_side_by_side(lab):
    with Lab("neighbour") as other:
        assert lab.get("/health").status == other.get("/health").status == 200


def test_closed_lab_leaves_no_port_and_no_thread():
    lab = Lab("gone")
    lab.close()
    assert not is_open(port_of(lab))
    assert threads() == []


def test_closed_lab_says_so_when_it_is_called():
    lab = Lab("gone")
    lab.close()
    with pytest.raises(ScopeKitError, match="was closed"):
        lab.get("/user")


def test_session_ignores_a_proxy_of_the_environment(lab, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert lab.get("/health").status == 200


@pytest.mark.parametrize(
    ("doing", "sentence"),
    [
        (lambda lab: lab.mint(["public-repo"]), "did you mean 'public_repo'"),
        (lambda lab: lab.mint(["read write"]), "without space"),
        (lambda lab: lab.mint(["repo"], audience="elsewhere"), "An audience must be one of"),
        (lambda lab: lab.mint(["repo"], ttl_seconds=0), "whole number of seconds above 0"),
        (lambda lab: lab.call("create a repo"), "no call 'create a repo'"),
        (lambda lab: lab.matrix(), "at least one token"),
        (lambda lab: lab.matrix(lab.mint([]))["sing"], "no call 'sing'"),
    ],
    ids=["unknown scope", "malformed scope", "audience", "lifetime", "call", "no token", "cell"],
)
def test_mistake_is_answered_with_one_sentence(lab, doing, sentence):
    with pytest.raises(ScopeKitError, match=sentence) as caught:
        doing(lab)
    assert "\n" not in str(caught.value)


def test_revoked_token_is_refused_and_others_are_not(lab):
    lost, kept = lab.mint(["repo"]), lab.mint(["repo"])
    lab.revoke(lost)
    assert lab.get("/user", lost).status == 401
    assert lab.get("/user", kept).status == 200


@pytest.mark.parametrize(
    "claims", [{"iss": "i", "exp": 1}, {"jti": "x", "exp": 1}, {"jti": "x", "aud": ["a"]}], ids=str
)
def test_token_without_an_id_or_one_issuer_cannot_be_taken_back(lab, claims):
    [key] = lab.state.keys
    with pytest.raises(LabError, match="by its issuer and its jti"):
        lab.revoke(sign({"alg": "HS256"}, claims, key))
    assert len(lab.denylist) == 0


def test_explain_agrees_with_the_api(lab):
    for call in lab.calls:
        token = lab.mint(["public_repo", "user:email"])
        assert lab.explain(call.name, token).status in (200, lab.call(call.name, token).status)


def test_in_process_transport_gives_the_same_exchanges_as_loopback(lab):
    token = str(lab.mint(["public_repo"]))
    over_http = [repr(lab.post("/user/repos", token, name="demo")), repr(lab.get("/user/emails", token))]
    with Lab("test", transport=InProcess()) as inside:
        again = [repr(inside.post("/user/repos", token, name="demo")), repr(inside.get("/user/emails", token))]
    assert again == over_http


def test_matrix_keeps_a_revocation_made_meanwhile(lab):
    lost, other = lab.mint(["repo"]), lab.mint(["repo"])
    send, calls = lab.session.send, []

    def revoking(request, **options):
        calls.append(request)
        if len(calls) == 5:
            lab.revoke(lost)
        return send(request, **options)

    lab.session.send = revoking
    lab.matrix(other)
    assert lab.get("/user", lost).status == 401


def test_matrix_of_a_tenant_takes_its_example_off_the_denylist_again(lab):
    revoker = lab.mint(["blacklist:tokens"], audience="tenant_1")
    assert lab.matrix(revoker)["revoke a token"].observed == "allowed"
    assert (len(lab.denylist), lab.get("/api/v2/blacklists/tokens", revoker).json) == (0, [])


def test_matrix_leaves_what_was_taken_back_before_it(lab):
    revoker = lab.mint(["blacklist:tokens"], audience="tenant_1")
    lab.post("/api/v2/blacklists/tokens", revoker, jti="a token of long ago")
    lab.matrix(revoker)
    assert lab.denylist.listed("tenant_1")[0][0] == "a token of long ago"


def test_clock_refuses_a_time_that_no_calendar_has(lab):
    with pytest.raises(ScopeKitError, match="between the years 1970 and 9999"):
        lab.clock.advance(1e12)
    assert lab.get("/user", lab.mint([])).status == 200


def test_explain_says_that_an_opaque_key_meets_no_guard(lab):
    with pytest.raises(ScopeKitError, match="No guard checks an opaque key"):
        lab.explain("list packages", lab.opaque_key())


@pytest.mark.parametrize("text", ["no token", "a.b.c"])
def test_text_that_is_no_token_can_be_tried_and_opens_nothing(lab, text):
    assert lab.matrix(text).allowed() == ()
    assert lab.explain("list packages", text).check == "form"


def test_exchange_hides_a_token_in_the_address(lab):
    token = lab.mint([])
    assert str(token) not in repr(lab.get(f"/user?access_token={token}"))


BARE = """
import sys

def refuse(event, arguments):
    if event in ("socket.__new__", "_thread.start_new_thread"):
        raise RuntimeError(f"{event} in a place that has none")

def without(frame_name, name):
    return frame_name.partition(".")[0] in ("scopekit", "sample_api") and name in ("threading", "socket")

real_import = __import__
def guarded_import(name, globals=None, locals=None, fromlist=(), level=0):
    if without((globals or {}).get("__name__", ""), name):
        raise ImportError(f"{name} cannot be imported here")
    return real_import(name, globals, locals, fromlist, level)

for missing in ("cryptography", "sqlite3", "_sqlite3", "ipywidgets", "uvicorn"):
    sys.modules[missing] = None
__builtins__.__import__ = guarded_import
sys.addaudithook(refuse)

from scopekit import Lab
from scopekit.lab import InProcess

lab = Lab(transport=InProcess())
playground = lab.playground()
before = playground.matrix["create a public repository"].observed
playground.picker["public_repo"] = False
print(before, playground.matrix["create a public repository"].observed, playground.verify().allowed)
print(sorted(playground._repr_mimebundle_()))
"""


def test_playground_runs_where_cryptography_sqlite_threads_and_sockets_cannot_be_had():
    done = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == "allowed denied True\n['text/html', 'text/plain']\n"


@pytest.mark.parametrize("spoiled", ["taken back", "forged", "ended", "no token at all"])
def test_a_token_that_nothing_should_take_is_predicted_to_open_nothing(spoiled):
    with Lab("test") as lab:
        token = lab.mint(["repo"])
        if spoiled == "taken back":
            lab.revoke(token)
        if spoiled == "ended":
            lab.clock.advance(3600)
        if spoiled == "forged":
            token = f"{str(token)[:-4]}AAAA"
        matrix = lab.matrix("a.b.c" if spoiled == "no token at all" else token)
    assert {row[0].predicted for row in matrix.rows} == {"denied"}
    assert (matrix.allowed(), matrix.differences()) == ((), ())
