"""The exercises of the lessons, a module per lesson: what is asked, and what becomes of an answer."""

from __future__ import annotations

from scopekit.errors import LabError, no_such
from scopekit.lab.exercises import (
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
)
from scopekit.lab.exercises.exercise import Checked, Exercise, Verdict

LESSONS = (
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
)

EXERCISES: dict[str, Exercise] = {exercise.id: exercise for lesson in LESSONS for exercise in lesson.EXERCISES}
"""Every exercise by its id, such as `03.1`, in the order of the lessons."""


def find_exercise(name: str) -> Exercise:
    """The exercise of that id; LabError where there is none."""
    if name in EXERCISES:
        return EXERCISES[name]
    raise LabError(no_such("An exercise has an id such as '03.1'; found", name, EXERCISES))


__all__ = ["EXERCISES", "LESSONS", "Checked", "Exercise", "Verdict", "find_exercise"]
