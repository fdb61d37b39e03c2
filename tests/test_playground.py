"""The playground: its plain object, how it looks, and its live view driven from code."""

from __future__ import annotations

import sys

import pytest

from scopekit import Key, Lab
from scopekit.issuer import sign

PUBLIC, PRIVATE = "create a public repository", "create a private repository"


@pytest.fixture
def playground():
    with Lab("test") as lab:
        yield lab.playground()


def observed(playground):
    return playground.matrix[PUBLIC].observed, playground.matrix[PRIVATE].observed


def test_rows_flip_when_a_scope_is_ticked_and_when_its_tick_is_taken_away(playground):
    seen = [observed(playground)]
    playground.picker["repo"] = True
    seen.append(observed(playground))
    playground.picker["repo"] = playground.picker["public_repo"] = False
    seen.append(observed(playground))
    assert seen == [("allowed", "denied"), ("allowed", "allowed"), ("denied", "denied")]


def test_token_holds_what_is_ticked_and_nothing_else(playground):
    playground.picker["user:email"] = True
    assert playground.token.claims["scopes"] == ("public_repo", "user:email")


def test_token_counts_as_not_verified_until_the_guard_has_checked_it(playground):
    assert "32 bytes, not verified" in repr(playground)
    playground.verify()
    assert "32 bytes, verified with key 'lab-1'" in repr(playground)
    playground.picker["gist"] = True
    assert "32 bytes, not verified" in repr(playground)


def test_implied_scope_is_shown_as_implied_and_not_as_ticked(playground):
    playground.picker["repo"] = True
    playground.picker["public_repo"] = False
    assert playground.picker.selected == ("repo",)
    assert playground.picker.through("public_repo") == "repo"
    assert "  [-] public_repo" in repr(playground.picker)


def test_unknown_scope_is_refused_with_a_suggestion(playground):
    with pytest.raises(Exception, match="did you mean 'public_repo'"):
        playground.picker["public-repo"] = True


def test_text_and_html_name_every_call_with_its_verdict_in_words(playground):
    for cell in (row[0] for row in playground.matrix.rows):
        assert f"{cell.observed}" in next(line for line in repr(playground).splitlines() if cell.call.name in line)
        assert f"<tr data-call='{cell.call.name.replace(chr(39), '&#x27;')}'>" in playground._repr_html_()


def test_no_output_holds_the_token(playground):
    playground.verify()
    for text in (repr(playground), playground._repr_html_(), repr(playground.matrix[PUBLIC].exchange)):
        assert str(playground.token) not in text
        assert str(playground.token).rpartition(".")[2] not in text


def test_claims_with_markup_are_shown_as_text(playground):
    nasty = "<img src=x onerror=alert(1)>"
    html = playground.lab.mint(["repo"], subject=nasty)._repr_html_()
    assert nasty not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_claim_with_a_line_break_cannot_pass_for_a_line_of_ours():
    key = Key.generate("k", issuer="x")
    token = sign({"alg": "HS256"}, {"note": "x\nsignature  32 bytes, verified with key 'k'"}, key)
    assert repr(token).count("\n") == 4
    assert "not verified" in repr(token).splitlines()[-1]


def test_live_view_follows_a_click_and_the_plain_object_follows_the_view(playground):
    view = playground.view()
    view.picker["repo"].value = True
    assert playground.picker["repo"]
    assert "17 of 28" not in view.matrix.value
    assert "13 of 28 allowed" in view.matrix.value
    assert "repo:status" in playground.picker.implied


def test_live_view_follows_the_plain_object(playground):
    view = playground.view()
    playground.picker["gist"] = True
    assert view.picker["gist"].value
    assert "gist" in view.token.value


def test_button_verifies_the_token(playground):
    view = playground.view()
    view.verify.click()
    assert "verified with key &#x27;lab-1&#x27;" in view.token.value


def test_second_playground_closes_the_view_of_the_first(playground):
    playground.view()
    one = count_widgets()
    for _ in range(5):
        playground.lab.playground().view()
    assert count_widgets() == one


def count_widgets():
    from ipywidgets.widgets.widget import _instances

    return len(_instances)


def test_playground_is_text_and_html_where_ipywidgets_is_not_installed(playground, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    for name in [name for name in sys.modules if name.startswith("scopekit.lab.") and name.endswith(("view", "views"))]:
        monkeypatch.delitem(sys.modules, name)
    assert sorted(playground._repr_mimebundle_()) == ["text/html", "text/plain"]
