"""The decision ladder: its plain object, how it looks, and its live view driven from code."""

from __future__ import annotations

import pytest
from ipywidgets.widgets.widget import _instances

from sample_api.mounts import MODERN, REPOS
from scopekit import Lab
from scopekit.checks import CHECK_NAMES
from scopekit.errors import LabError
from scopekit.issuer import sign
from scopekit.lab import DecisionLadder

CREATE = "create a public repository"
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def lab():
    with Lab("ladder") as lab:
        yield lab


@pytest.fixture
def ladder(lab):
    return DecisionLadder(lab, "POST /user/repos", lab.mint(["gist"]), lab.mint(["repo"]))


def signed(lab, header=None, **changes):
    """A token of the lab's own key, whatever it says."""
    token = lab.mint(["repo"])
    claims = {**token.claims, "scopes": ["repo"]} | changes
    return sign({**token.header} | (header or {}), claims, next(iter(lab.state.keys)))


def test_ladder_has_a_rung_for_every_check_in_their_order(ladder):
    rungs = [ladder._repr_html_().index(f"<li data-check='{name}'>") for name in CHECK_NAMES]
    assert rungs == sorted(rungs)
    numbered = [line.split() for line in repr(ladder).splitlines() if line[:3].strip().isdigit() and line[3] == " "]
    assert [words[2] for words in numbered] == list(CHECK_NAMES)


def test_each_rung_says_what_was_looked_at_by_which_rule_what_was_found_and_the_fix(ladder):
    rung = ladder._repr_html_().partition("<li data-check='scopes'>")[2].partition("</li>")[0]
    for told in ("✗ failed", "the scopes", "RFC 6750 section 3.1", "holds gist", "Mint a token with public_repo."):
        assert told in rung


def test_only_the_step_that_decided_is_unfolded(ladder, lab):
    lab.clock.advance(7200)
    html = ladder._repr_html_()
    assert html.count("<details open>") == 1
    assert "<details open>" in html.partition("<li data-check='time'>")[2].partition("</li>")[0]
    ladder.token = lab.mint(["repo"])
    assert "<details open>" not in ladder._repr_html_()


def test_another_call_and_another_token_are_decided_anew(ladder):
    seen = [ladder.decision.check]
    ladder.token = ladder.tokens[1]
    seen.append(ladder.decision.check)
    ladder.call, ladder.token = "DELETE /repos/octocat/old-notes", None
    seen.append(ladder.decision.check)
    assert (seen, ladder.chosen, ladder.call) == (["scopes", None, "credentials"], "no token", "delete a repository")


def test_call_that_is_not_there_is_refused_and_the_ladder_stays(ladder):
    with pytest.raises(LabError, match="did you mean 'create a public repository'"):
        ladder.call = "create a public repositry"
    assert ladder.call == CREATE


def test_opaque_key_meets_no_guard(ladder, lab):
    with pytest.raises(LabError, match="No guard checks an opaque key"):
        ladder.token = lab.opaque_key()
    with pytest.raises(LabError, match="No guard checks an opaque key"):
        DecisionLadder(lab, CREATE, lab.mint(["repo"]), lab.opaque_key())
    assert ladder.chosen == "token 1: gist"


def test_token_of_another_api_brings_that_api_s_first_call(ladder, lab):
    ladder.token = lab.mint(["read:users"], audience="tenant_1")
    assert (ladder.call, bool(ladder.decision)) == ("list users", True)


@pytest.mark.parametrize(
    ("audience", "held"),
    [(REPOS, ["repo"]), (REPOS, ["gist"]), (MODERN, ["gist"]), ("tenant_1", ["read:users"]), (REPOS, None)],
    ids=["repo", "gist", "gist, modern", "tenant", "no token"],
)
def test_what_goes_out_on_the_wire_is_what_the_api_answers(lab, audience, held):
    token = held and lab.mint(held, audience=audience)
    ladder, denied = DecisionLadder(lab, "list users" if audience == "tenant_1" else CREATE, token), 0
    for call in ladder.calls[:14]:
        ladder.call = call
        wire, exchange = ladder.wire(ladder.decision), lab.call(call, token)
        assert (wire is not None) == (exchange.verdict == "denied"), call
        if wire is not None:
            denied += 1
            assert (wire.status, wire.body) == (exchange.status, exchange.json)
            assert wire.headers["WWW-Authenticate"] == exchange.headers["www-authenticate"]
    assert denied


def test_what_the_guard_keeps_to_itself_is_not_in_its_answer(ladder, lab):
    lab.clock.advance(7200)
    told, kept = ladder._repr_html_().split("What the guard keeps to itself")
    for found in (
        "exp was 2014-11-25 16:25:09 UTC",
        "Mint a new token.",
        "the check scopes says no as well: holds gist",
    ):
        assert found in kept
        assert found not in told.partition("What the caller is told")[2]


def test_text_that_is_no_token_is_refused_for_its_form_and_not_shown(lab):
    ladder = DecisionLadder(lab, CREATE, f"{NASTY}‮.a.b")
    assert (ladder.decision.check, ladder.chosen) == ("form", "token 1: text that is not a token")
    for shown in (repr(ladder), ladder._repr_html_()):
        assert "onerror" not in shown
        assert "‮" not in shown


@pytest.mark.parametrize("text", [NASTY, "‮txt", "😀" * 9, "x" * 4000], ids=["markup", "bidi", "emoji", "long"])
def test_nasty_text_in_a_token_is_text(lab, text):
    header, claims = ({"kid": NASTY, "typ": NASTY} if text == NASTY else {}), {"aud": [text]}
    html = DecisionLadder(lab, CREATE, signed(lab, header, **claims))._repr_html_()
    assert NASTY not in html
    assert "‮" not in html
    assert "x" * 200 not in html


def test_neither_text_nor_html_holds_the_token(ladder):
    view = ladder.view()
    state = [str(part.get_state()) for part in (view.rungs, view.wire, view.token, view.status)]
    for token in ladder.tokens:
        for text in (repr(ladder), ladder._repr_html_(), *state):
            assert str(token) not in text
            assert str(token).rpartition(".")[2] not in text


def test_view_asks_about_the_call_and_the_token_chosen(ladder):
    view = ladder.view()
    assert view.status.text == "✗ denied by the check scopes: 403 insufficient_scope. " + ladder.decision.description
    view.token.value = "token 2: repo"
    assert (ladder.token, view.status.text) == (ladder.tokens[1], "✓ allowed")
    assert "lets the call through" in view.wire.value
    view.call.value = "delete a repository"
    assert ladder.call == "delete a repository"
    assert [rung["check"] for rung in view.rungs.state["rungs"] if rung["decides"]] == ["scopes"]


def test_view_follows_the_plain_object_and_offers_a_new_token(ladder, lab):
    view = ladder.view()
    ladder.token = lab.mint(["read:users"], audience="tenant_1")
    assert view.token.options[-2:] == ("token 3: read:users", "no token")
    assert (view.call.value, view.status.text) == ("list users", "✓ allowed")
    view.token.value = "token 1: gist"
    assert (view.call.value, len(view.call.options)) == ("create a public repository", 28)


def test_view_that_offers_a_new_token_asks_about_no_other_meanwhile(ladder, lab):
    view, asked = ladder.view(), []
    ladder.watchers.append(lambda: asked.append((ladder.call, ladder.chosen)))
    view.token.value = "token 2: repo"
    ladder.token = lab.mint(["gist"])
    assert asked == [(CREATE, "token 2: repo"), (CREATE, "token 3: gist")]


def test_asking_again_shows_that_time_has_passed(ladder, lab):
    view = ladder.view()
    view.token.value = "token 2: repo"
    lab.revoke(ladder.tokens[1])
    view.again.click()
    assert "denied by the check revocation" in view.status.text


def test_cell_that_is_run_again_leaves_no_widget_behind(lab):
    token = lab.mint(["repo"])
    DecisionLadder(lab, CREATE, token).view()
    one = len(_instances)
    for _ in range(5):
        DecisionLadder(lab, CREATE, token).view()
    assert len(_instances) == one
