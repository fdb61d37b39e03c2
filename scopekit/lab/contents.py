"""The contents of the course: every lesson with its question and its minutes, and how far somebody is."""

from __future__ import annotations

from collections.abc import Sequence

from scopekit import course
from scopekit.course import Lesson
from scopekit.lab.progress import Progress


class Contents:
    """The lessons in their order; one that was passed has all of its exercises passed."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.lessons = course.lessons()

    @property
    def minutes(self) -> int:
        """How long all of them take."""
        return sum(lesson.minutes for lesson in self.lessons)

    def passed(self, lesson: Lesson) -> Sequence[str]:
        """The exercises of a lesson that are passed."""
        return [name for name in self.progress.passed if name in lesson.exercises]

    def __repr__(self) -> str:
        from scopekit.show import contents_text

        return contents_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import contents_html

        return contents_html(self)
