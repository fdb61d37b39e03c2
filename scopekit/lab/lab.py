"""The Lab: the world of the lessons, with its live objects, its exercises and its attacks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from typing import Any

from scopekit.errors import ScopeKitError, shortened
from scopekit.lab.editor.model import TokenEditor
from scopekit.lab.exercises import Checked, Exercise, Verdict, find_exercise
from scopekit.lab.exercises.course import Contents, Progress, ReachedPoint, run_up_to
from scopekit.lab.exercises.exercise import not_yet
from scopekit.lab.grid import Arena, AttackGrid, AttackResult, attack_named, attacks_here
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.lab.mint.model import MintForm
from scopekit.lab.picker.model import GITHUB_PRESETS, ScopePicker
from scopekit.lab.playground.model import Playground
from scopekit.lab.prediction.model import Hints
from scopekit.lab.revocations.model import Revocations
from scopekit.lab.switches.model import GuardSwitches
from scopekit.lab.table.model import MatrixTable
from scopekit.lab.timeline.model import Timeline
from scopekit.lab.token_diff import TokenDiff
from scopekit.lab.world.client import Served
from scopekit.lab.world.transports import Transport, own_transport
from scopekit.lab.world.world import CERTIFICATE_SECONDS, World
from scopekit.tokens import Token


class Lab(World):
    """A world for lessons, the same for everyone: time stands still, and keys and ids come from the seed.

    Its API runs on a free loopback port until `close()`, or until another Lab of the same name replaces it. Another
    `transport` reaches the API in another way. Another name or seed gives other keys and ids.
    """

    def __init__(self, name: str = "lab", *, seed: str = "scopekit", transport: Transport | None = None) -> None:
        super().__init__(name, seed=seed, transport=transport)
        self._hints: dict[str, Hints] = {}
        self._served: Served | None = None

    # Live objects, each of which replaces the one before it of its kind

    def playground(self, ticked: Iterable[str] = ("public_repo",)) -> Playground:
        """The playground, with these scopes ticked."""
        return Playground(self, ticked)

    def picker(self, ticked: Iterable[str] = ()) -> ScopePicker:
        """The scopes of the API to tick, with presets, and the fewest that its calls need."""
        return ScopePicker(self.vocabulary, ticked, self.calls, GITHUB_PRESETS, lab=self)

    def mint_form(self, scopes: Iterable[str] = ()) -> MintForm:
        """A form for a token of any shape, with these scopes ticked."""
        return MintForm(self, scopes)

    def editor(self, token: object = None) -> TokenEditor:
        """The token editor, on a new token where none is given."""
        return TokenEditor(self, token)

    def ladder(self, call: str, *tokens: object) -> DecisionLadder:
        """The guard's decision over a call, check by check, with the first of these tokens or with none."""
        return DecisionLadder(self, call, *tokens)

    def timeline(self, *tokens: Token | str, calls: Iterable[str] = ()) -> Timeline:
        """Tokens on a line of time that moves the clock, with these calls, or a few where none are named."""
        return Timeline(self, *tokens, calls=calls)

    def revocations(self, *tokens: Token, lag_seconds: float = 300) -> Revocations:
        """Tokens to revoke, and a second server that learns of it later."""
        return Revocations(self, *tokens, lag_seconds=lag_seconds)

    def switches(self, token: Token | None = None) -> GuardSwitches:
        """The checks of a copy of the guard, to switch off one by one."""
        return GuardSwitches(self, token)

    def table(self, *tokens: object) -> MatrixTable:
        """The matrix of these tokens as a live table, whose cells can be opened."""
        return MatrixTable(self, *tokens)

    def diff(self, one: Token | str, other: Token | str) -> TokenDiff:
        """The differences between two tokens."""
        return TokenDiff(one, other)

    # Lessons and exercises

    @functools.cached_property
    def progress(self) -> Progress:
        """The exercises passed, which are kept in the working folder."""
        return Progress()

    @property
    def contents(self) -> Contents:
        """The lessons, with their minutes and the exercises passed of each."""
        return Contents(self.progress)

    def goto(self, point: str) -> ReachedPoint:
        """Runs a lesson up to a point, in the notebook that is open: `07.2` is the second section of lesson 07."""
        return run_up_to(point)

    def exercise(self, name: str) -> Exercise:
        """An exercise by its id, such as `03.1`; LabError where there is none."""
        return find_exercise(name)

    def hint(self, name: str) -> Hints:
        """The hints of an exercise, one more than before; LabError where all were given."""
        hints = self._hints.setdefault(name, Hints(*find_exercise(name).hints))
        hints.next()
        return hints

    def check(self, name: str, answer: Any) -> Checked:
        """Judges an answer to an exercise by what it does; all that happens for it leaves the Lab as it was."""
        exercise = find_exercise(name)
        with self.aside():
            verdict = self._judge(exercise, answer)
        if verdict.good:
            self.progress.add(exercise.id)
        return Checked(exercise, verdict)

    def _judge(self, exercise: Exercise, answer: Any) -> Verdict:
        """The exercise's own verdict; an answer that raises an error is not yet right."""
        try:
            if answer is ... or answer == exercise.stub:
                return not_yet("There is no answer yet.")
            return exercise.judge(self, answer)
        except ScopeKitError as error:
            return not_yet(str(error))
        except Exception as error:  # the learner's own code, of which anything can be expected
            return not_yet(f"Your answer stopped with {type(error).__name__}: {shortened(str(error))}.")

    def certificate(self, name: str) -> Token:
        """A token for a learner, for 90 days: `name` is its subject, its scopes the exercises passed."""
        return self.certificates.mint(self.progress.passed, subject=name, ttl_seconds=CERTIFICATE_SECONDS)

    # Attacks, and a learner's own application

    def attack(self, name: str, without: str | Collection[str] = (), *, url: str | None = None) -> AttackResult:
        """An attack, made for real: on an API of its own, with the whole guard or `without` a check or several.

        `without="rule"` breaks the rule that stops an attack which no check does. With a `url` the attack is made on
        that API in its place; LabError where it is not on this machine.
        """
        attack = attack_named(name)
        with Arena(self.state, self.secret("pair"), url=url) as arena:
            return arena.make(attack, [without] if isinstance(without, str) else without)

    def attacks(self, *names: str, progress: Callable[[int, int], None] | None = None) -> AttackGrid:
        """These attacks, or all there are, each with the whole guard and without each check in turn, made for real."""
        attacks = [attack_named(name) for name in names] if names else attacks_here()
        with Arena(self.state, self.secret("pair")) as arena:
            return AttackGrid.made(arena, attacks, progress)

    def serve(self, app: Any) -> Served:
        """A learner's application on loopback; a second one replaces the first."""
        if self._served:
            self._served.close()
        self._served = Served(own_transport(), app)
        return self._served

    def close(self) -> None:
        """Closes the live objects and a served application, stops the API and frees its port."""
        if self._served:
            self._served.close()
        super().close()
