"""The deck: its plain object, how it looks, and its live view driven from code."""

from __future__ import annotations

import pytest

from scopekit import Lab
from scopekit.errors import LabError
from scopekit.lab import Deck, Hints, Slide
from scopekit.scopes import Vocabulary

NASTY = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>"


@pytest.fixture(scope="module")
def lab():
    with Lab("deck") as lab:
        yield lab


@pytest.fixture
def deck():
    deck = Deck(
        Slide("An API key that can say no", "It carries **what it may do**.", "- scopes\n- a lifetime"),
        Slide("Hints", Hints("first", "second")),
        Slide("Scopes", Vocabulary({"repo": "Repositories"}), "`repo` is one"),
    )
    yield deck
    deck.close()


def test_deck_moves_on_and_back_and_stays_at_its_ends(deck):
    assert [deck.number, deck.back().title, deck.number] == [1, "An API key that can say no", 1]
    assert [deck.next().title, deck.next().title, deck.next().title, deck.number] == ["Hints", "Scopes", "Scopes", 3]


def test_watchers_hear_of_a_move_and_of_nothing_else(deck):
    heard = []
    deck.watchers.append(lambda: heard.append(deck.number))
    deck.go(3)
    deck.go(3)
    deck.next()
    assert heard == [3]


@pytest.mark.parametrize("number", [0, 4, -1])
def test_slide_that_is_not_there_is_refused(deck, number):
    with pytest.raises(LabError, match=f"slides 1 to 3; found {number}"):
        deck.go(number)


def test_deck_is_made_of_slides():
    with pytest.raises(LabError, match=r"Slide\('A title', 'some text'\); found 'text'"):
        Deck("text")
    with pytest.raises(LabError, match="at least one slide"):
        Deck()


def test_text_has_every_slide_after_its_number(deck):
    assert repr(deck).startswith("1/3  An API key that can say no\n\nIt carries **what it may do**.")
    assert "2/3  Hints\n\n0 of 2 hints given" in repr(deck)
    assert "repo  Repositories" in repr(deck)


def test_html_has_every_slide_as_a_section(deck):
    html = deck._repr_html_()
    assert html.count("<section") == 3
    assert "<h2>Hints</h2>" in html
    assert "<b>what it may do</b>" in html
    assert "<pre>Vocabulary of 1 scopes" in html


def test_view_and_deck_follow_each_other(deck):
    view = deck.view()
    view.bar.number = 2
    assert deck.number == 2
    deck.next()
    assert view.bar.number == 3
    view.bar.number = 99
    assert (view.bar.number, deck.number) == (3, 3)


def test_live_object_on_a_slide_is_live_and_keeps_its_own_view_when_the_deck_is_closed(deck):
    hints = deck.slides[1].content[0]
    own = hints.view()
    on_slide = deck.view().stage.children[1].children[1]
    on_slide.more.click()
    assert (hints.given, "first" in own.given.value) == (1, True)
    deck.close()
    hints.next()
    assert "second" in own.given.value
    assert "second" not in on_slide.given.value


def test_texts_are_never_markup():
    deck = Deck(Slide(NASTY, NASTY, Vocabulary({"a": NASTY})))
    values = [part.value for part in deck.view().stage.children[0].children]
    for html in (deck._repr_html_(), *values):
        assert "<img" not in html
        assert "<script" not in html
        assert "\u202e" not in html
    assert "\u202e" not in deck.view().bar.state["titles"][0]
    deck.close()


def test_many_decks_in_one_lab_leave_one_view(lab):
    from ipywidgets.widgets.widget import _instances

    counts = []
    for _ in range(5):
        Deck(Slide("one", Hints("first")), Slide("two", "text"), lab=lab).view()
        counts.append(len(_instances))
    assert counts == [counts[0]] * 5
