"""The static text and HTML of quizzes and hints. An answer is shown only after the learner locks a prediction."""

from __future__ import annotations

from scopekit.decision import MARKS
from scopekit.lab.prediction.model import Hints, Locked, Quiz, Score
from scopekit.render.markdown import inline_html, plain, prose_html, prose_text
from scopekit.render.markup import Block, Blocks, Markup, tag, verdict, view_of
from scopekit.wording import counted


@view_of(Quiz, between="\n\n")
def quiz_view(quiz: Quiz) -> Blocks:
    """Shows each question, with its outcome once the learner has answered it, and then the score."""
    texts, items = [], []
    for number, (prediction, locked) in enumerate(quiz, start=1):
        choices = tag.ul([tag.li(Markup(inline_html(choice))) for choice in prediction.choices])
        lines = [f"{number}. {prose_text(prediction.question)}", f"   {' / '.join(map(plain, prediction.choices))}"]
        if locked is None:
            lines.append("   not answered yet")
            outcome = [tag.p("not answered yet", class_="soft")]
        else:
            lines += [f"   {outcome_words(locked)}", f"   {prose_text(prediction.why)}"]
            kind, word, choice = outcome_parts(locked)
            sign = verdict(kind, f"{MARKS[kind]} {word}")
            outcome = [tag.p(sign, ": ", Markup(inline_html(choice))), Markup(prose_html(prediction.why))]
        texts.append("\n".join(lines))
        items.append(tag.li(Markup(prose_html(prediction.question)), choices, outcome))
    yield Block("\n\n".join(texts) or None, tag.ol(items))
    yield Block("\n".join(score_lines(quiz.score)), Markup(score_part(quiz.score)))


def outcome_parts(locked: Locked) -> tuple[str, str, str]:
    """Three strings: `passed` or `failed`, `right` or `wrong`, and a phrase with the chosen and the right answer."""
    choice = f"you said {locked.choice}, {locked.sure_percent} % sure"
    return ("passed", "right", choice) if locked.right else ("failed", "wrong", f"{choice}, and it is {locked.answer}")


def outcome_words(locked: Locked) -> str:
    """The outcome of a question, in one sentence."""
    return plain(": ".join(outcome_parts(locked)[1:]))


def score_part(score: Score) -> str:
    """The score as HTML, with a paragraph for each line."""
    return "".join(f"<p>{inline_html(line)}</p>" for line in score_lines(score))


def score_lines(score: Score) -> list[str]:
    """The score in sentences: how many answers were right, in total and for each level of confidence."""
    answered = len(score.locked)
    hints = f", with {counted(score.hints, 'hint')}" if score.hints else ""
    outcome = f": {score.right} right, {answered - score.right} wrong{hints}" if answered else ""
    lines = [f"{answered} of {score.questions} answered{outcome}"]
    for sure, times, right in score.levels:
        lines.append(f"When you said {sure} % you were right {right} of {counted(times, 'time')}.")
    if score.brier is not None:
        lines.append(
            f"Brier score {score.brier:.2f}, {score.beside_guessing} a coin's {score.GUESSING}. It is the mean of the "
            "squared distance between how sure you were and what came: 0 is always right and certain, and being sure "
            "and wrong costs most."
        )
    return lines


@view_of(Hints)
def hints_view(hints: Hints) -> Blocks:
    """Shows the hints given so far, and how many hints there are in total."""
    lines = [f"hint {number}  {prose_text(text)}" for number, text in enumerate(hints.shown, start=1)]
    yield Block("\n".join(lines) or None, Markup(hints_part(hints)))
    yield Block(hints_left(hints), tag.p(hints_left(hints), class_="soft"))


def hints_part(hints: Hints) -> str:
    """The hints given so far as an HTML list, or an empty string if no hint was given."""
    items = "".join(f"<li>{prose_html(text)}</li>" for text in hints.shown)
    return f"<ol aria-label='hints'>{items}</ol>" if items else ""


def hints_left(hints: Hints) -> str:
    """A line that says how many of the hints were given."""
    return f"{hints.given} of {counted(len(hints), 'hint')} given"
