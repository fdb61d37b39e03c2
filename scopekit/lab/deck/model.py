"""A deck shows an audience the objects of a lesson, one slide at a time."""

from __future__ import annotations

from collections.abc import Iterator

from scopekit.errors import LabError
from scopekit.lab.live import Live
from scopekit.lab.world.world import World
from scopekit.wording import shortened


class Slide:
    """A title and the content below it: prose, and objects of the kit. An object with live controls shows them."""

    def __init__(self, title: str, *content: object) -> None:
        self.title, self.content = title, content


class Deck(Live):
    """Slides that are shown one at a time; `number` is the number of the current slide, counted from 1."""

    def __init__(self, *slides: Slide, lab: World | None = None, name: str = "") -> None:
        for each in slides:
            if not isinstance(each, Slide):
                raise LabError(
                    f"A deck must be made of slides, such as Slide('A title', 'some text'); found {shortened(each)}."
                )
        if not slides:
            raise LabError("A deck needs at least one slide; found none.")
        super().__init__(lab, name)
        self.slides = slides
        self.number = 1

    @property
    def slide(self) -> Slide:
        """The slide that is shown."""
        return self.slides[self.number - 1]

    def go(self, number: int) -> Slide:
        """Shows the slide with the number `number`. Raises LabError if the deck has no such slide."""
        if not 1 <= number <= len(self):
            raise LabError(f"The deck has the slides 1 to {len(self)}; found {shortened(number)}.")
        if number != self.number:
            self.number = number
            self.changed()
        return self.slide

    def next(self) -> Slide:
        """Shows the next slide. On the last slide, does nothing."""
        return self.go(min(self.number + 1, len(self)))

    def back(self) -> Slide:
        """Shows the previous slide. On the first slide, does nothing."""
        return self.go(max(self.number - 1, 1))

    def __len__(self) -> int:
        return len(self.slides)

    def __iter__(self) -> Iterator[Slide]:
        return iter(self.slides)
