"""How a quiz and hints look without a kernel: the questions, and no answer before a prediction was locked."""

from __future__ import annotations

from collections.abc import Iterator

from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.errors import counted
from scopekit.lab.prediction.model import Hints, Locked, Prediction, Quiz, Score
from scopekit.render.markdown import inline_html, plain, prose_html, prose_text
from scopekit.render.markup import Markup, page, tag


def quiz_text(quiz: Quiz) -> str:
    """Each question, what came of those answered, and the score."""
    blocks = [_question(number, *each) for number, each in enumerate(quiz, start=1)]
    return "\n\n".join([*blocks, "\n".join(score_lines(quiz.score))])


def quiz_html(quiz: Quiz) -> str:
    """The same, as a list."""
    items = "".join(
        f"<li>{prose_html(prediction.question)}{choices_html(prediction)}{outcome_part(prediction, locked)}</li>"
        for prediction, locked in quiz
    )
    return page(Markup(f"<ol>{items}</ol>{score_part(quiz.score)}"))


def choices_html(prediction: Prediction) -> str:
    """The choices as a list."""
    return f"<ul>{''.join(f'<li>{inline_html(choice)}</li>' for choice in prediction.choices)}</ul>"


def outcome_part(prediction: Prediction, locked: Locked | None) -> str:
    """What came of a question, as HTML: the verdict in words, and why."""
    if locked is None:
        return "<p class='soft'>not answered yet</p>"
    kind = "passed" if locked.right else "failed"
    word, said = _verdict(locked)
    return (
        f"<p><span class='verdict {kind}'>{MARKS[kind]} {word}</span>: {inline_html(said)}</p>"
        f"{prose_html(prediction.why)}"
    )


def outcome_words(locked: Locked) -> str:
    """What came of a question, in one sentence."""
    word, said = _verdict(locked)
    return plain(f"{word}: {said}")


def score_part(score: Score) -> str:
    """The score, a paragraph for each line."""
    return "".join(f"<p>{inline_html(line)}</p>" for line in score_lines(score))


def score_lines(score: Score) -> list[str]:
    """The score in words: how many were right, and whether one was as sure as that."""
    return [*_counted(score), *_calibrated(score)]


def hints_text(hints: Hints) -> str:
    """The hints given so far, and how many are left."""
    given = [f"hint {number}  {prose_text(text)}" for number, text in enumerate(hints.shown, start=1)]
    return "\n".join([*given, hints_left(hints)])


def hints_html(hints: Hints) -> str:
    """The same, as a list."""
    return page(Markup(hints_part(hints)), tag.p(hints_left(hints), class_="soft"))


def hints_part(hints: Hints) -> str:
    """The hints given so far, as a list; nothing before the first."""
    items = "".join(f"<li>{prose_html(text)}</li>" for text in hints.shown)
    return f"<ol aria-label='hints'>{items}</ol>" if items else ""


def hints_left(hints: Hints) -> str:
    """How many hints were given, of how many."""
    return f"{hints.given} of {counted(len(hints), 'hint')} given"


def _question(number: int, prediction: Prediction, locked: Locked | None) -> str:
    lines = [f"{number}. {prose_text(prediction.question)}", f"   {' / '.join(map(plain, prediction.choices))}"]
    if locked is None:
        return "\n".join([*lines, "   not answered yet"])
    return "\n".join([*lines, f"   {outcome_words(locked)}", f"   {prose_text(prediction.why)}"])


def _verdict(locked: Locked) -> tuple[str, str]:
    said = f"you said {locked.choice}, {locked.sure_percent} % sure"
    return ("right", said) if locked.right else ("wrong", f"{said}, and it is {locked.answer}")


def _counted(score: Score) -> Iterator[str]:
    answered = len(score.locked)
    if not answered:
        yield f"0 of {score.questions} answered"
        return
    hints = f", with {counted(score.hints, 'hint')}" if score.hints else ""
    yield f"{answered} of {score.questions} answered: {score.right} right, {answered - score.right} wrong{hints}"


def _calibrated(score: Score) -> Iterator[str]:
    """Whether one is as often right as one is sure, level by level, and all of it in a figure."""
    for sure, said, right in score.levels:
        yield f"When you said {sure} % you were right {right} of {counted(said, 'time')}."
    if score.brier is not None:
        yield (
            f"Brier score {score.brier:.2f}, {score.beside_guessing} a coin's {score.GUESSING}. It is the mean of the "
            "squared distance between how sure you were and what came: 0 is always right and certain, and being sure "
            "and wrong costs most."
        )


register(Hints, hints_text, hints_html)
register(Quiz, quiz_text, quiz_html)
