"""What a Lab has for lessons alone: exercises that are judged, progress, attacks, and an application of one's own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, cast

from scopekit.errors import ScopeKitError, shortened
from scopekit.issuer import Issuer
from scopekit.keys import Key, KeySet
from scopekit.lab.exercises import Checked, Exercise, Verdict, find_exercise
from scopekit.lab.exercises.exercise import not_yet
from scopekit.lab.exercises.goto import Reached, run_up_to
from scopekit.lab.exercises.progress import CERTIFICATE_SECONDS, Contents, Progress, certificates_of
from scopekit.lab.grid import Arena, AttackGrid, AttackResult, attack_named, attacks_here
from scopekit.lab.prediction.model import Hints
from scopekit.lab.world.client import Served
from scopekit.lab.world.transports import own_transport

if TYPE_CHECKING:
    from scopekit.lab.world.world import Lab
    from scopekit.tokens import Token


class Classroom:
    """The exercises, the lessons and the attacks, as a Lab offers them."""

    @functools.cached_property
    def progress(self) -> Progress:
        """The exercises passed, which are kept in the folder that one works in."""
        return Progress()

    @property
    def contents(self) -> Contents:
        """The lessons, with their minutes and what was passed of each."""
        return Contents(self.progress)

    def exercise(self, name: str) -> Exercise:
        """An exercise by its id, such as `03.1`; LabError where there is none."""
        return find_exercise(name)

    def check(self, name: str, answer: Any) -> Checked:
        """An answer to an exercise, judged by what it does; all that happens for it leaves the Lab as it was."""
        exercise = find_exercise(name)
        with cast("Lab", self).aside():
            verdict = self._judged(exercise, answer)
        if verdict.good:
            self.progress.add(exercise.id)
        return Checked(exercise, verdict)

    def hint(self, name: str) -> Hints:
        """The hints of an exercise, one more than before; LabError where all were given."""
        hints = self._hints.setdefault(name, Hints(*find_exercise(name).hints))
        hints.next()
        return hints

    def certificate(self, name: str) -> Token:
        """A token for whoever has learnt, for 90 days: `name` is its subject, its scopes the exercises passed."""
        return self._certificates.mint(self.progress.passed, subject=name, ttl_seconds=CERTIFICATE_SECONDS)

    @property
    def certificate_keys(self) -> KeySet:
        """The public key that certificates are verified with."""
        return KeySet([key.public() for key in [self._certificates.key] if isinstance(key, Key)])

    def goto(self, point: str) -> Reached:
        """Runs a lesson up to a point, in the notebook that one is in: `07.2` is the second section of lesson 07."""
        return run_up_to(point)

    def attack(self, name: str, without: str | Collection[str] = (), *, url: str | None = None) -> AttackResult:
        """An attack, made for real: on an API of its own, with the whole guard or `without` a check or several.

        `without="rule"` breaks the rule that stops an attack which no check does. With a `url` the attack is made on
        that API in its place; LabError where it is not on this machine.
        """
        made = attack_named(name)
        with self._arena(url) as arena:
            return arena.make(made, [without] if isinstance(without, str) else without)

    def attacks(self, *names: str, progress: Callable[[int, int], None] | None = None) -> AttackGrid:
        """These attacks, or all there are, each with the whole guard and without each check in turn, made for real."""
        made = [attack_named(name) for name in names] if names else attacks_here()
        with self._arena() as arena:
            return AttackGrid.made(arena, made, progress)

    def serve(self, app: Any) -> Served:
        """An application of one's own on loopback; a second one takes the place of the first."""
        self.stop_serving()
        self._serving.append(Served(own_transport(), app))
        return self._serving[-1]

    def stop_serving(self) -> None:
        """Stops that application, if there is one."""
        while self._serving:
            self._serving.pop().close()

    def _arena(self, url: str | None = None) -> Arena:
        lab = cast("Lab", self)
        return Arena(lab.state, lab.secret("pair"), url=url)

    @functools.cached_property
    def _serving(self) -> list[Served]:
        return []

    @functools.cached_property
    def _hints(self) -> dict[str, Hints]:
        return {}

    @functools.cached_property
    def _certificates(self) -> Issuer:
        return certificates_of(cast("Lab", self))

    def _judged(self, exercise: Exercise, answer: Any) -> Verdict:
        try:
            if answer is ... or answer == exercise.stub:
                return not_yet("There is no answer yet.")
            return exercise.judge(cast("Lab", self), answer)
        except ScopeKitError as error:
            return not_yet(str(error))
        except Exception as error:  # the learner's own code, of which anything can be expected
            return not_yet(f"Your answer stopped with {type(error).__name__}: {shortened(str(error))}.")
