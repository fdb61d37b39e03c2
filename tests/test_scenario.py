"""The playground's scenario: shared, undone, reset; and what a token that was taken back or has ended opens."""

from __future__ import annotations

import json

import pytest

from scopekit import Lab
from scopekit.errors import LabError, VocabularyError
from scopekit.lab.playground.model import Scenario

PUBLIC = "create a public repository"
START = 1416929109


@pytest.fixture
def playground():
    with Lab("test") as lab:
        yield lab.playground()


def test_a_scenario_played_elsewhere_shows_the_same(playground):
    playground.picker["gist"] = True
    playground.advance(60)
    playground.picker["repo"] = True
    playground.advance(600)
    playground.revoke()
    with Lab("other") as other:
        elsewhere = other.playground(["user"])
        elsewhere.play(str(playground.scenario))
        assert elsewhere.scenario == playground.scenario == Scenario(
            ("repo", "public_repo", "gist"), START + 60, START + 660, True
        )  # fmt: skip
        assert elsewhere.matrix.allowed() == playground.matrix.allowed() == ()
        assert elsewhere.token.claims["scopes"] == playground.token.claims["scopes"]


def test_a_scenario_holds_nothing_of_the_token(playground):
    assert json.loads(str(playground.scenario)) == {
        "scopes": ["public_repo"], "issued": START, "now": START, "revoked": False,
    }  # fmt: skip


def test_a_scenario_may_leave_out_what_is_as_at_the_start(playground):
    playground.play(f'{{"scopes": [], "issued": {START}}}')
    assert playground.scenario == Scenario((), START, START)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "A scenario must be a JSON object with scopes, issued, now, revoked; found ''."),
        ("[]", "A scenario must be a JSON object with scopes, issued, now, revoked; found '[]'."),
        ('{"scope": []}', "A scenario must be a JSON object"),
        ('{"scopes": "repo", "issued": 1}', "A scenario's scopes must be a list of names; found 'repo'."),
        ('{"scopes": [1], "issued": 1}', "A scenario's scopes must be a list of names"),
        ('{"scopes": []}', "A scenario's 'issued' must be a time in seconds since 1970; found None."),
        ('{"scopes": [], "issued": true}', "A scenario's 'issued' must be a time"),
        ('{"scopes": [], "issued": 1e30}', "A scenario's 'issued' must be a time"),
        ('{"scopes": [], "issued": NaN}', "A scenario's 'issued' must be a time"),
        ('{"scopes": [], "issued": 1, "now": -1}', "A scenario's 'now' must be a time"),
        ('{"scopes": [], "issued": 1, "revoked": "no"}', "A scenario's 'revoked' must be true or false"),
        ("[" * 9000, "A scenario must be a JSON object"),
        ('{"scopes": ["' + "x" * 10_000 + '"]}', "A scenario must be a JSON object"),
    ],
)
def test_what_is_no_scenario_is_told_in_a_sentence_and_changes_nothing(playground, text, sentence):
    before = playground.scenario, playground.token
    with pytest.raises(LabError) as told:
        playground.play(text)
    assert str(told.value).startswith(sentence)
    assert len(str(told.value)) < 250
    assert (playground.scenario, playground.token) == before


def test_a_scenario_with_an_unknown_scope_is_refused_with_a_suggestion_and_changes_nothing(playground):
    before = playground.scenario, playground.token
    with pytest.raises(VocabularyError, match="did you mean 'repo'"):
        playground.play(f'{{"scopes": ["gist", "rep"], "issued": {START}}}')
    assert (playground.scenario, playground.token) == before


def test_each_change_is_undone_one_after_the_other_and_nothing_before_the_first(playground):
    seen = [playground.scenario]
    for change in (
        lambda: playground.picker.__setitem__("repo", True),
        lambda: playground.advance(3600),
        playground.revoke,
        lambda: playground.picker.__setitem__("gist", True),
        playground.reset,
    ):
        change()
        seen.append(playground.scenario)
    assert len(set(seen[:-1])) == 5
    assert seen[-1] == seen[0]
    for scenario in reversed(seen[:-1]):
        assert playground.can_undo
        playground.undo()
        assert playground.scenario == scenario
    assert not playground.can_undo
    playground.undo()
    assert playground.scenario == seen[0]


def test_what_changes_nothing_is_nothing_to_undo(playground):
    playground.verify()
    playground.reset()
    playground.advance(0)
    assert not playground.can_undo


def test_the_oldest_of_many_changes_is_forgotten(playground):
    for second in range(3):
        playground.advance(second + 1)
    playground._past = type(playground._past)(playground._past, maxlen=2)
    playground.advance(1)
    playground.undo()
    playground.undo()
    assert (playground.can_undo, playground.scenario.now) == (False, START + 3)


def test_a_token_that_was_taken_back_opens_nothing_until_a_new_one_is_minted(playground):
    assert playground.matrix[PUBLIC].observed == "allowed"
    playground.revoke()
    assert playground.matrix.allowed() == ()
    assert "It is 2014-11-25 15:25:09 UTC, 0 s after issue, and the token has been revoked." in repr(playground)
    playground.picker["gist"] = True
    assert playground.matrix[PUBLIC].observed == "allowed"


def test_a_token_that_has_ended_opens_nothing_and_does_again_when_the_clock_goes_back(playground):
    playground.advance(2 * 3600)
    assert playground.matrix.allowed() == ()
    assert "120 min after issue" in repr(playground) or "2 h after issue" in repr(playground)
    playground.advance(-2 * 3600)
    assert playground.matrix[PUBLIC].observed == "allowed"


def test_a_change_is_told_of_once(playground):
    told = []
    playground.watchers.append(lambda: told.append(playground.scenario))
    playground.picker["gist"] = True
    playground.revoke()
    playground.undo()
    assert len(told) == 3


# The view, driven from code


def test_buttons_do_what_they_say(playground):
    view = playground.view()
    assert (view.undo.disabled, view.revoke.disabled) == (True, False)
    view.later[1].click()
    assert playground.scenario.now == START + 3600
    assert "60 min after issue" in view.time.text
    view.revoke.click()
    assert (view.revoke.disabled, view.undo.disabled) == (True, False)
    assert "revoked" in view.time.text
    view.undo.click()
    view.undo.click()
    assert playground.scenario.now == START
    view.picker["gist"].value = True
    view.reset.click()
    assert not view.picker["gist"].value


def test_a_scenario_is_copied_from_the_view_and_played_in_it(playground):
    view = playground.view()
    view.picker["repo"].value = True
    text = view.share.text.value
    view.reset.click()
    assert not playground.picker["repo"]
    view.share.text.value = text
    view.share.play.click()
    assert view.picker["repo"].value
    assert view.share.status.text == ""


def test_a_scenario_that_cannot_be_played_is_told_on_the_page_as_text(playground):
    view = playground.view()
    view.share.text.value = "<script>alert(1)</script>"
    view.share.play.click()
    assert view.share.status.kind == "failed"
    assert view.share.status.text.endswith("found '<script>alert(1)</script>'.")
