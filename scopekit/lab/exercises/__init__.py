"""The exercises of the lessons: each module `lesson_NN` holds the exercises of lesson NN in `EXERCISES`."""

from scopekit.lab.exercises import look as look
from scopekit.lab.exercises.course import EXERCISES, LESSONS, find_exercise
from scopekit.lab.exercises.exercise import Checked, Exercise, Verdict

__all__ = ["EXERCISES", "LESSONS", "Checked", "Exercise", "Verdict", "find_exercise"]
