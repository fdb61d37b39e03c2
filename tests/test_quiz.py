"""The quiz and its hints: their plain objects, how they look, and their live views driven from code."""

from __future__ import annotations

import json
import re

import pytest

from scopekit import Lab
from scopekit.errors import LabError
from scopekit.lab import Hints, Prediction, Quiz
from scopekit.lab.prediction.model import Locked, Score
from scopekit.lab.views import with_parts

ANSWER, WHY, HINTS = "forty-two", "Because of *everything*.", ("Think of a number.", "It is even.")
NASTY = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>"


@pytest.fixture(scope="module")
def lab():
    with Lab("quiz") as lab:
        yield lab


@pytest.fixture
def quiz(lab):
    asked = []
    secret = Prediction("What is it?", ["forty-two", "nothing"], lambda: (asked.append(1), ANSWER)[1], WHY, HINTS)
    quiz = Quiz(lab, secret, Prediction("Which of two?", ["one", "two"], "two", "Two is more."))
    quiz.asked = asked
    yield quiz
    quiz.close()


def test_answer_is_found_out_once_and_only_when_the_prediction_is_locked(quiz):
    repr(quiz), quiz._repr_html_(), quiz.view(), quiz.score
    assert quiz.asked == []
    assert quiz.lock(0, "nothing", 70) == Locked("nothing", 70, ANSWER)
    repr(quiz), quiz._repr_html_(), quiz.view()
    assert quiz.asked == [1]


def test_answer_of_a_real_call_is_the_apis(lab):
    token = lab.mint(["public_repo"])
    may = Prediction("May it?", ["allowed", "denied"], lambda: lab.call("delete a repository", token).verdict, "No.")
    assert Quiz(lab, may).lock(0, "denied", 90).right


def test_no_answer_why_or_hint_is_anywhere_before_a_prediction_is_locked(lab):
    one = Prediction("Which?", ["a", "b"], "b", "for a secret reason", ("a secret hint",))
    quiz = Quiz(lab, one)
    places = everywhere(quiz)
    assert not [place for place in places if "secret" in place]
    quiz.lock(0, "a", 50)
    assert [place for place in everywhere(quiz) if "secret reason" in place]
    assert not [place for place in everywhere(quiz) if "secret hint" in place]


def test_state_before_locking_is_the_same_whatever_the_answer_is(lab):
    def stated(answer):
        return [drop_ids(place) for place in everywhere(Quiz(lab, Prediction("Which?", ["a", "b"], answer, answer)))]

    assert stated("a") == stated("b")


def everywhere(quiz):
    """All that a page or a stored notebook could hold of a quiz."""
    states = [part.get_state() for part in with_parts(quiz.view())]
    shown = [repr(quiz), quiz._repr_html_(), repr(list(quiz)), repr(quiz.predictions), repr(quiz.hints)]
    return [*shown, *(json.dumps(state, default=str) for state in states)]


def drop_ids(text):
    return re.sub(r"[0-9a-f]{32}|0x[0-9a-f]+", "id", text)


def test_a_prediction_is_locked_once(quiz):
    quiz.lock(1, "one", 50)
    with pytest.raises(LabError, match="already locked"):
        quiz.lock(1, "two", 90)
    assert quiz[1].choice == "one"


@pytest.mark.parametrize(
    ("number", "choice", "sure", "says"),
    [(2, "one", 50, "number must be from 0 to 1; found 2"), (1, "three", 50, "one of one, two; found 'three'"),
     (1, "one", 60, "50, 70 or 90; found 60")],
    ids=["no question", "no choice", "no level"],
)  # fmt: skip
def test_what_cannot_be_predicted_is_refused_in_a_sentence(quiz, number, choice, sure, says):
    with pytest.raises(LabError, match=says):
        quiz.lock(number, choice, sure)


def test_answer_that_cannot_be_found_out_locks_nothing(lab):
    failing = Prediction("?", ["a", "b"], lambda: lab.call("no such call").verdict, "")
    broken, odd = Prediction("?", ["a", "b"], lambda: 1 / 0, ""), Prediction("?", ["a", "b"], lambda: "unseen", "")
    quiz = Quiz(lab, failing, broken, odd)
    for number, says in enumerate(
        ["The API has no call 'no such call'", "ZeroDivisionError", "one of the choices; found 'unseen'"]
    ):
        with pytest.raises(LabError, match=says):
            quiz.lock(number, "a", 50)
        assert quiz[number] is None


@pytest.mark.parametrize("choices", [["a"], ["a", "a"], "ab"])
def test_question_needs_two_choices(choices):
    with pytest.raises(LabError, match="at least two choices"):
        Prediction("?", choices, "a", "")


def test_answer_that_is_no_choice_is_refused_without_telling_it():
    with pytest.raises(LabError, match="must be one of the choices") as caught:
        Prediction("?", ["a", "b"], "xyzzy", "")
    assert "xyzzy" not in str(caught.value)


def test_score_says_how_often_one_was_right_when_one_was_as_sure():
    nineties = [Locked("a", 90, "a")] * 6 + [Locked("a", 90, "b")]
    told = Score((*nineties, Locked("a", 50, "b")), 9)
    assert told.levels == ((50, 1, 0), (90, 7, 6))
    assert told.brier == pytest.approx((6 * 0.01 + 0.81 + 0.25) / 8)
    assert told.beside_guessing == "better than"


@pytest.mark.parametrize(
    ("locked", "brier", "words"),
    [(Locked("a", 50, "b"), 0.25, "the same as"), (Locked("a", 90, "b"), 0.81, "worse than"),
     (Locked("a", 70, "a"), 0.09, "better than")],
)  # fmt: skip
def test_brier_score_beside_a_coin(locked, brier, words):
    score = Score((locked,), 1)
    assert (score.brier, score.beside_guessing) == (pytest.approx(brier), words)


def test_score_is_told_in_words_with_the_hints_taken(quiz):
    assert repr(quiz).endswith("0 of 2 answered")
    quiz.hints[0].next()
    quiz.lock(0, ANSWER, 90)
    quiz.lock(1, "one", 90)
    assert "2 of 2 answered: 1 right, 1 wrong, with 1 hint" in repr(quiz)
    assert "When you said 90 % you were right 1 of 2 times." in quiz._repr_html_()
    assert "wrong: you said one, 90 % sure, and it is two" in repr(quiz)


def test_hints_come_one_at_a_time_in_order_and_are_counted():
    hints = Hints(*HINTS)
    assert repr(hints) == "0 of 2 hints given"
    assert (hints.next(), hints.given, hints.shown) == (HINTS[0], 1, HINTS[:1])
    assert HINTS[1] not in repr(hints) + hints._repr_html_()
    hints.next()
    with pytest.raises(LabError, match="all 2 were given"):
        hints.next()


# The views


def test_view_reveals_after_the_lock_and_says_what_is_missing_before(quiz):
    block = quiz.view()[1]
    block.lock.click()
    assert block.status.text == "First choose an answer, and say how sure you are."
    block.choice.value, block.sure.value = "two", 70
    assert block.why.value == ""
    block.lock.click()
    assert block.status.text == "✓ right: you said two, 70 % sure"
    assert "Two is more." in block.why.value
    assert block.choice.disabled
    assert "1 of 2 answered: 1 right" in quiz.view().score.value


def test_view_shows_what_was_locked_from_code(quiz):
    block = quiz.view()[1]
    quiz.lock(1, "one", 50)
    assert (block.choice.value, block.sure.value, block.status.kind) == ("one", 50, "failed")
    assert block.lock.description == "Locked: prediction 2"


def test_view_tells_a_failed_answer_in_a_sentence_and_stays_open(lab):
    block = Quiz(lab, Prediction("?", ["a", "b"], lambda: 1 / 0, "")).view()[0]
    block.choice.value, block.sure.value = "a", 50
    block.lock.click()
    assert block.status.text == "The answer could not be computed: ZeroDivisionError."
    assert not block.choice.disabled


def test_view_of_hints_gives_one_for_each_click(quiz):
    hints = quiz.view()[0].hints
    hints.more.click()
    assert (HINTS[0] in hints.given.value, HINTS[1] in hints.given.value) == (True, False)
    hints.more.click()
    hints.more.click()
    assert hints.status.text == "There is no further hint."
    assert not hasattr(quiz.view()[1], "hints")


def test_texts_are_never_markup(lab):
    quiz = Quiz(lab, Prediction(NASTY, [NASTY, "b"], NASTY, NASTY, [NASTY]))
    quiz.hints[0].next()
    quiz.lock(0, NASTY, 50)
    block = quiz.view()[0]
    for html in (quiz._repr_html_(), block.question.value, block.why.value, block.hints.given.value):
        assert "<img" not in html
        assert "<script" not in html
        assert "\u202e" not in html
