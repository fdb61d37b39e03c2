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

    Its API runs on a free loopback port until `close()`, or until another Lab of the same name replaces it. A
    `transport` replaces the loopback connection. A different name or seed gives different keys and ids.
    """

    def __init__(self, name: str = "lab", *, seed: str = "scopekit", transport: Transport | None = None) -> None:
        super().__init__(name, seed=seed, transport=transport)
        self._hints: dict[str, Hints] = {}
        self._served: Served | None = None

    # Live objects: a new one replaces the previous one of its kind

    def playground(self, ticked: Iterable[str] = ("public_repo",)) -> Playground:
        """The playground, with these scopes ticked."""
        return Playground(self, ticked)

    def picker(self, ticked: Iterable[str] = ()) -> ScopePicker:
        """A picker for the API's scopes, with presets and the fewest scopes that open selected calls."""
        return ScopePicker(self.vocabulary, ticked, self.calls, GITHUB_PRESETS, lab=self)

    def mint_form(self, scopes: Iterable[str] = ()) -> MintForm:
        """A form for a token of any shape, with these scopes ticked."""
        return MintForm(self, scopes)

    def editor(self, token: object = None) -> TokenEditor:
        """The token editor, with `token` or a new token in it."""
        return TokenEditor(self, token)

    def ladder(self, call: str, *tokens: object) -> DecisionLadder:
        """The guard's decision on a call, check by check; it starts with the first token, or with none."""
        return DecisionLadder(self, call, *tokens)

    def timeline(self, *tokens: Token | str, calls: Iterable[str] = ()) -> Timeline:
        """A timeline of these tokens, which moves the clock; without `calls` it shows a few calls."""
        return Timeline(self, *tokens, calls=calls)

    def revocations(self, *tokens: Token, lag_seconds: float = 300) -> Revocations:
        """Tokens to revoke, and a second server that learns of revocations later."""
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
        """The passed exercises, which are saved in the working folder."""
        return Progress()

    @property
    def contents(self) -> Contents:
        """The lessons, each with its minutes and its passed exercises."""
        return Contents(self.progress)

    def goto(self, point: str) -> ReachedPoint:
        """Runs a lesson in the open notebook, up to a point: `07.2` is the second section of lesson 07."""
        return run_up_to(point)

    def exercise(self, name: str) -> Exercise:
        """An exercise by its id, such as `03.1`; LabError if there is none."""
        return find_exercise(name)

    def hint(self, name: str) -> Hints:
        """The hints of an exercise, one more on each call; LabError if no hint is left."""
        hints = self._hints.setdefault(name, Hints(*find_exercise(name).hints))
        hints.next()
        return hints

    def check(self, name: str, answer: Any) -> Checked:
        """Judges an answer to an exercise by what it does, and then restores the state of the Lab."""
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
        except Exception as error:  # the learner's own code may raise anything
            return not_yet(f"Your answer stopped with {type(error).__name__}: {shortened(str(error))}.")

    def certificate(self, name: str) -> Token:
        """A learner's token, valid for 90 days: its subject is `name`, its scopes are the passed exercises."""
        return self.certificates.mint(self.progress.passed, subject=name, ttl_seconds=CERTIFICATE_SECONDS)

    # Attacks, and a learner's own application

    def attack(self, name: str, without: str | Collection[str] = (), *, url: str | None = None) -> AttackResult:
        """Makes an attack on a separate API, with the whole guard or `without` one or more checks.

        `without="rule"` breaks the rule that stops the attack, if no check stops it. With a `url`, the attack goes to
        that API instead; LabError if that API is not on this machine.
        """
        attack = attack_named(name)
        with Arena(self.state, self.secret("pair"), url=url) as arena:
            return arena.make(attack, [without] if isinstance(without, str) else without)

    def attacks(self, *names: str, progress: Callable[[int, int], None] | None = None) -> AttackGrid:
        """Makes these attacks, or all of them, each with the whole guard and without each check in turn."""
        attacks = [attack_named(name) for name in names] if names else attacks_here()
        with Arena(self.state, self.secret("pair")) as arena:
            return AttackGrid.made(arena, attacks, progress)

    def serve(self, app: Any) -> Served:
        """Serves a learner's application on loopback; a new one replaces the previous one."""
        if self._served:
            self._served.close()
        self._served = Served(own_transport(), app)
        return self._served

    def close(self) -> None:
        """Closes the live objects and any served application, stops the API and frees its port."""
        if self._served:
            self._served.close()
        super().close()
