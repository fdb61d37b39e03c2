"""How the objects of the core look to a person, and how their mistakes are told."""

import pytest
from forging import VOCABULARY, forged

from scopekit import GITHUB, LessonClock, ScopeKitError, all_of, any_of
from scopekit.checks import RequestContext
from scopekit.errors import LabError, VocabularyError
from scopekit.unsafe import form_leniently
from scopekit.wording import counted, no_such, one_of, visible


def test_a_requirement_reads_as_a_sentence():
    assert repr(any_of("repo", all_of("a", "b"))) == "<requirement: repo or (a and b)>"


def test_a_profile_and_a_clock_say_which_they_are():
    assert repr(GITHUB) == "<profile GITHUB>"
    assert repr(LessonClock(1416929109)) == "<clock at 2014-11-25 15:25:09 UTC>"


def test_a_clock_is_not_set_to_a_time_that_no_calendar_has():
    with pytest.raises(LabError, match="between the years 1970 and 9999"):
        LessonClock(253_402_300_800)


def test_a_notebook_shows_the_sentence_of_a_mistake_and_no_traceback():
    assert ScopeKitError("Do this.")._render_traceback_() == ["ScopeKitError: Do this."]


def test_what_is_no_character_to_be_seen_is_written_out_and_the_rest_is_left():
    assert visible("Größe 👍\nnext") == "Größe 👍\nnext"
    assert visible("a\u202etxt.exe\x1b[2J") == "a\\u202etxt.exe\\x1b[2J"


def test_known_scopes_pass_the_check_of_a_vocabulary_each_once():
    assert VOCABULARY.check(["repo", "gist", "repo"]) == ("repo", "gist")


def test_an_unknown_scope_is_refused_with_the_one_that_was_meant_if_there_is_one():
    with pytest.raises(VocabularyError, match="did you mean 'public_repo'"):
        VOCABULARY.check(["public-repo"])
    with pytest.raises(VocabularyError, match=r"'zebra' is not a scope of this API\.$"):
        VOCABULARY.check(["zebra"])


def test_a_decision_is_shown_as_a_table_of_its_steps(guard):
    html = guard.explain(f"Bearer {forged()}", any_of("gist"))._repr_html_()
    assert html.count("<tr") == 12
    assert "Mint a token with gist." in html


def test_a_lenient_reader_refuses_what_is_nested_beyond_reason(guard):
    deep = '{"x": ' * 200 + "1" + "}" * 200
    context = RequestContext(guard.policy, None, None, any_of("repo"))
    context.text = forged(claims=deep)
    assert form_leniently(context).found == "Header and claims are nested too deep even for a lenient reader."


def test_unknown_name_is_answered_with_the_known_ones_and_a_guess():
    assert one_of("A check", "tim", ("time",)) == "A check must be one of time; found 'tim'; did you mean 'time'?"
    assert one_of("A check", ["x"], ("form", "time")) == "A check must be one of form, time; found ['x']."
    assert no_such("There is no attack", "x", ("alg none",)) == "There is no attack 'x'."
    assert no_such("There is no attack", "x", (), "list them.") == "There is no attack 'x'; list them."


def test_number_is_told_with_what_it_counts():
    assert [counted(number, "scope") for number in (0, 1, 2)] == ["0 scopes", "1 scope", "2 scopes"]
    assert [counted(number, "entry", "entries") for number in (1, 2)] == ["1 entry", "2 entries"]
