"""The exercises of the lessons: each module `lesson_NN` in this folder holds those of one lesson, in `EXERCISES`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from scopekit.errors import LabError, no_such
from scopekit.lab.exercises.exercise import Checked, Exercise, Verdict

LESSONS = tuple(
    import_module(f"{__name__}.{name}")
    for name in sorted(each.name for each in iter_modules(__path__))
    if name.startswith("lesson_")
)

EXERCISES: dict[str, Exercise] = {exercise.id: exercise for lesson in LESSONS for exercise in lesson.EXERCISES}
"""Every exercise by its id, such as `03.1`, in the order of the lessons."""


def find_exercise(name: str) -> Exercise:
    """The exercise of that id; LabError where there is none."""
    if name in EXERCISES:
        return EXERCISES[name]
    raise LabError(no_such("An exercise has an id such as '03.1'; found", name, EXERCISES))


from scopekit.lab.exercises import look as look  # noqa: E402 - what it shows reads the exercises

__all__ = ["EXERCISES", "LESSONS", "Checked", "Exercise", "Verdict", "find_exercise"]
