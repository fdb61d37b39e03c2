"""The scope picker: its plain object, how it looks, and its live view driven from code."""

from __future__ import annotations

import pytest

from scopekit import Lab, any_of
from scopekit.audit import Call
from scopekit.errors import LabError, VocabularyError
from scopekit.lab import GITHUB_PRESETS, ScopePicker
from scopekit.scopes import Vocabulary

DELETE, ALERTS, PROFILE = "delete a repository", "read a public repository's code alerts", "read the profile"
NASTY = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>"


@pytest.fixture(scope="module")
def lab():
    with Lab("picker") as lab:
        yield lab


@pytest.fixture
def picker(lab):
    picker = ScopePicker(lab.vocabulary, ["gist"], lab.calls, GITHUB_PRESETS)
    yield picker
    picker.close()


def test_several_scopes_are_ticked_at_once_and_watchers_hear_of_it_once(picker):
    heard = []
    picker.watchers.append(lambda: heard.append(picker.selected))
    picker.tick("workflow", "gist", "repo")
    picker.tick("repo")
    assert heard == [("repo", "workflow", "gist")]


def test_all_and_none_tick_every_scope_or_none(picker):
    picker.all()
    assert picker.selected == tuple(picker.vocabulary)
    picker.none()
    assert picker.selected == ()


def test_search_finds_words_of_names_and_descriptions_in_any_case(picker):
    assert picker.search("HOOK repository") == ("admin:repo_hook", "write:repo_hook", "read:repo_hook")
    assert picker.search("ssh") == ("admin:public_key", "write:public_key", "read:public_key")
    assert picker.search(" ") == tuple(picker.vocabulary)


def test_what_a_search_hides_stays_ticked_and_all_and_none_leave_it_alone(picker):
    picker.search("hook")
    picker.all()
    assert picker.selected == ("admin:repo_hook", "write:repo_hook", "read:repo_hook", "admin:org_hook", "gist")
    assert "1 ticked one is hidden, and still ticked." in repr(picker)
    assert "[x] gist" not in repr(picker)
    picker.none()
    assert picker.selected == ("gist",)


def test_a_preset_ticks_its_scopes_and_no_other(picker):
    picker.preset("what a CI job needs")
    assert picker.selected == ("repo:status", "repo_deployment", "write:packages")
    assert picker.matching == "what a CI job needs"
    picker.tick("gist")
    assert picker.matching is None


def test_presets_that_only_read_open_no_call_that_changes_anything(picker, lab):
    for row in lab.matrix(lab.mint(GITHUB_PRESETS["read only"])).rows:
        assert row[0].observed == "denied" or row[0].call.safe


def test_unknown_preset_or_call_is_refused_with_a_suggestion_and_changes_nothing(picker):
    with pytest.raises(LabError, match="no preset 'read olny'; did you mean 'read only'"):
        picker.preset("read olny")
    with pytest.raises(LabError, match="no call 'delete a repo'; did you mean 'delete a repository'"):
        picker.enough_for("delete a repo")
    assert (picker.selected, picker.wanted) == (("gist",), ())


def test_preset_with_an_unknown_scope_is_refused_when_the_picker_is_made(lab):
    with pytest.raises(VocabularyError, match="did you mean 'gist'"):
        ScopePicker(lab.vocabulary, presets={"notes": ["gists"]})


def test_all_smallest_ways_are_found_and_the_one_chosen_is_ticked(picker):
    picker.enough_for(DELETE, ALERTS)
    assert picker.ways == (("delete_repo", "public_repo"), ("delete_repo", "security_events"))
    assert picker.selected == ("gist",)
    assert picker.choose(1) == ("delete_repo", "security_events")
    assert picker.selected == ("security_events", "delete_repo")


@pytest.mark.parametrize("wanted", [(DELETE, ALERTS), ("write a workflow file", "list packages"), ("list SSH keys",)])
def test_each_way_opens_all_calls_wanted_over_http(picker, lab, wanted):
    picker.enough_for(*wanted)
    for way in picker.ways:
        assert [lab.call(name, lab.mint(way)).verdict for name in wanted] == ["allowed"] * len(wanted)


def test_call_that_needs_no_scope_has_one_way_and_it_ticks_none(picker):
    picker.enough_for(PROFILE)
    assert "There is one smallest way: no scope at all" in repr(picker)
    picker.choose(0)
    assert picker.selected == ()


def test_no_call_wanted_means_no_way_and_choosing_says_what_is_missing(picker):
    picker.enough_for(DELETE)
    picker.enough_for()
    assert (picker.ways, picker.least) == ((), None)
    with pytest.raises(LabError, match="A set of scopes can be chosen only after enough_for; found the number 0"):
        picker.choose(0)


@pytest.mark.parametrize("number", [-1, 2])
def test_a_way_that_is_not_there_is_refused(picker, number):
    picker.enough_for(DELETE, ALERTS)
    with pytest.raises(LabError, match=f"A set of scopes must have a number from 0 to 1; found the number {number}"):
        picker.choose(number)


def test_call_whose_need_is_not_documented_is_named_and_not_counted():
    calls = [call("known", any_of("a")), call("unknown", None)]
    picker = ScopePicker(Vocabulary({"a": "", "b": ""}), calls=calls)
    picker.enough_for("unknown")
    assert (picker.ways, picker.undocumented) == ((), ("unknown",))
    picker.enough_for("known", "unknown")
    assert picker.ways == (("a",),)
    assert "The document does not say what these need: unknown." in repr(picker)


def test_calls_of_one_name_are_told_apart_by_method_and_path():
    picker = ScopePicker(Vocabulary({"a": ""}), calls=[call("same", any_of("a")), call("same", None, "PUT")])
    assert list(picker.calls) == ["same (GET /x)", "same (PUT /x)"]


def call(name, requirement, method="GET"):
    return Call(name, method, "/x", "/x", requirement)


# Its looks and its view


def test_html_marks_the_ticked_and_names_the_scope_that_implies(picker):
    picker.tick("repo")
    html = picker._repr_html_()
    assert "☑ <code>repo</code>" in html
    assert "☐ <code>public_repo</code> <span class='soft'>through repo</span>" in html


def test_view_ticks_and_says_what_is_implied_in_words(picker):
    view = picker.view()
    view["repo"].value = True
    assert picker.selected == ("repo", "gist")
    assert not view["public_repo"].value
    assert "implied by repo" in beside(view, "public_repo")
    assert view.status.text == "2 of 34 scopes ticked, which imply 5 more."


def test_view_searches_ticks_what_is_shown_and_shows_all_again(picker):
    view = picker.view()
    view.search.value = "hook"
    assert shown(view) == 4
    view.all.click()
    assert "1 ticked one is hidden" in view.status.text
    view.search.value = ""
    assert shown(view) == 34
    assert picker["admin:org_hook"]
    view.none.click()
    assert picker.selected == ()


def test_view_follows_the_object_and_its_preset(picker):
    view = picker.view()
    picker.preset("read only")
    assert view.presets.value == "read only"
    view["gist"].value = True
    assert view.presets.value == ""
    view.presets.value = "signing a person in"
    assert picker.selected == ("read:user", "user:email")


def test_view_offers_a_button_for_each_way(picker):
    view = picker.view()
    view.enough[DELETE].value = view.enough[ALERTS].value = True
    shown = [button.description for button in view.enough.ways if button.layout.display is None]
    assert shown == ["Tick just delete_repo and public_repo", "Tick just delete_repo and security_events"]
    view.enough.ways[1].click()
    assert view["security_events"].value
    assert view.enough.ways[1].description.endswith("(ticked now)")
    view.enough.clear.click()
    assert picker.wanted == ()
    assert not view.enough[DELETE].value


def test_scope_that_two_others_imply_is_hidden_in_both_places():
    picker = ScopePicker(Vocabulary({"a": "", "b": "", "c": "see"}, {"a": ["c"], "b": ["c"]}))
    view = picker.view()
    picker.search("see")
    assert shown(view) == 2
    picker.search("nothing")
    assert shown(view) == 0
    picker.close()


def test_way_with_a_scope_that_the_vocabulary_lacks_is_told_in_a_sentence():
    picker = ScopePicker(Vocabulary({"repo": ""}), calls=[call("odd", any_of("repos"))])
    picker.enough_for("odd")
    view = picker.view()
    view.enough.ways[0].click()
    assert view.enough.status.text == "'repos' is not a scope of this API; did you mean 'repo'?"
    assert picker.selected == ()
    picker.close()


def test_picker_without_calls_or_presets_has_no_place_for_them(lab):
    view = ScopePicker(lab.vocabulary).view()
    assert not hasattr(view, "enough")
    assert view.presets.layout.display == "none"
    view.close_all()


def test_texts_of_a_document_are_never_markup():
    picker = ScopePicker(Vocabulary({"a": NASTY}), calls=[call(NASTY * 80, any_of("a"))])
    picker.enough_for(*picker.calls)
    view = picker.view()
    for text in (picker._repr_html_(), beside(view, "a"), repr(picker)):
        assert "\u202e" not in text
    assert "<img" not in picker._repr_html_() + beside(view, "a")
    assert len(next(iter(view.enough._boxes.values())).description) == 120
    picker.close()


def beside(view, name):
    return view._beside[name].value


def shown(view):
    return sum(row.layout.display is None for _, row in view._rows)
