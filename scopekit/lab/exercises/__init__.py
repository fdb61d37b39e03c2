"""The exercises of the lessons: each module `lesson_NN` in this folder holds those of one lesson, in `EXERCISES`."""

from scopekit.lab.exercises import look as look
from scopekit.lab.exercises.course import EXERCISES, LESSONS, find_exercise
from scopekit.lab.exercises.exercise import Checked, Exercise, Verdict

__all__ = ["EXERCISES", "LESSONS", "Checked", "Exercise", "Verdict", "find_exercise"]
