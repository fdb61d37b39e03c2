"""Quizzes, predictions and hints."""
