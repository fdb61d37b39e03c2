"""The widgets of quizzes and hints. A quiz shows an answer only after the learner has locked a prediction."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.lab.prediction.look import hints_left, hints_part, outcome_words, score_part
from scopekit.lab.prediction.model import SURE_PERCENTS, Hints, Quiz
from scopekit.lab.views import Choice, Status, View
from scopekit.render.markdown import plain, prose_html


class HintsView(View):
    """Shows the hints given so far, and a button for the next hint. `view.more.click()` presses the button."""

    def __init__(self, hints: Hints) -> None:
        self.hints = hints
        self.more = widgets.Button(layout=widgets.Layout(width="auto"))
        self.more.on_click(lambda _: self._give())
        self.status = Status()
        self.given = widgets.HTML(layout=widgets.Layout(width="auto", min_width="0", margin="0"))
        row = widgets.Layout(align_items="center", flex_flow="row wrap", grid_gap="0 8px")
        super().__init__(hints, [widgets.HBox([self.more, self.status], layout=row), self.given])

    def show(self) -> None:
        """Shows only the hints that were given."""
        left = self.hints.given < len(self.hints)
        self.more.description = f"Give me hint {self.hints.given + 1}" if left else "No further hint"
        self.given.value = _page(hints_part(self.hints)) if self.hints.given else ""
        self.status.text = hints_left(self.hints)

    def _give(self) -> None:
        if self.hints.given < len(self.hints):
            self.hints.next()
        else:
            self.status.text = "There is no further hint."


_LINE = "3px solid var(--jp-border-color1, #767676)"
CHOICE = 200
"""The maximum length of a choice on the page."""


class QuizView(View):
    """A block for each question, with the score below. `view[0]` is the first question's block."""

    def __init__(self, quiz: Quiz) -> None:
        self.quiz = quiz
        self._blocks = [QuestionView(quiz, number) for number in range(len(quiz))]
        self.score = widgets.HTML(layout=_wide())
        super().__init__(quiz, [*self._blocks, self.score])

    def __getitem__(self, number: int) -> QuestionView:
        """The block of the question with this number. The first question has the number 0."""
        return self._blocks[number]

    def show(self) -> None:
        """Shows the score."""
        self.score.value = _page(score_part(self.quiz.score))


class QuestionView(View):
    """Shows one question. Set `choice.value` and `sure.value`, then call `lock.click()` to see the outcome."""

    def __init__(self, quiz: Quiz, number: int) -> None:
        self.quiz, self.number = quiz, number
        prediction = quiz.predictions[number]
        question = f"<b>Question {number + 1}</b>{prose_html(prediction.question)}"
        self.question = widgets.HTML(_page(question), layout=_wide())
        self.choice = Choice("Your answer", [(plain(each, CHOICE), each) for each in prediction.choices])
        self.sure = Choice("How sure", [(f"{each} %", each) for each in SURE_PERCENTS])
        self.lock = widgets.Button(layout=widgets.Layout(width="auto", align_self="flex-start"))
        self.lock.on_click(lambda _: self._lock())
        self.status = Status()
        self.why = widgets.HTML(layout=_wide())
        row = widgets.Layout(flex_flow="row wrap", grid_gap="0 24px", width="100%")
        parts = [self.question, widgets.Box([self.choice, self.sure], layout=row), self.lock, self.status, self.why]
        if len(quiz.hints[number]):
            self.hints = HintsView(quiz.hints[number])
            parts.insert(1, self.hints)
        margin = widgets.Layout(width="auto", margin="0 0 16px", padding="0 0 0 12px", border_left=_LINE)
        super().__init__(quiz, parts, margin)

    def show(self) -> None:
        """Shows the outcome of the question if a prediction is locked."""
        locked = self.quiz[self.number]
        name = f"prediction {self.number + 1}"
        self.lock.description = f"Lock {name}" if locked is None else f"Locked: {name}"
        self.choice.disabled = self.sure.disabled = locked is not None
        if locked is not None:
            self.choice.value, self.sure.value = locked.choice, locked.sure_percent
            self.status.say(outcome_words(locked), "passed" if locked.right else "failed")
            self.why.value = _page(prose_html(self.quiz.predictions[self.number].why))

    def _lock(self) -> None:
        choice, sure = self.choice.value, self.sure.value
        if choice is None or sure is None:
            self.status.say("First choose an answer, and say how sure you are.")
        elif self.quiz[self.number] is None:
            self.status.attempt(lambda: self.quiz.lock(self.number, choice, sure), kind="")


def _page(html: str) -> str:
    return f"<div class='scopekit' style='overflow-wrap:anywhere'>{html}</div>"


def _wide() -> Any:
    return widgets.Layout(width="auto", min_width="0", margin="0 2px")
