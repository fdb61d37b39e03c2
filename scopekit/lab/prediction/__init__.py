"""Quizzes, predictions and hints."""

from scopekit.lab.prediction import look as look
