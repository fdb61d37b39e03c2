"""The Lab: all that a lesson uses, such as a sample API, interactive views, exercises, attacks and a user's consent."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Collection, Iterable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from sample_api.oauth import REGISTERED
from sample_api.state import GALLERY
from scopekit.audit import Exchange
from scopekit.errors import LabError, ScopeKitError
from scopekit.keys import base64url
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
from scopekit.wording import shortened

CALLBACK = REGISTERED[GALLERY].redirect_uris[0]


class Lab(World):
    """All that a lesson uses, the same for every learner: time stands still, and keys and ids come from the seed.

    The sample API runs on a free loopback port until `close()`, or until a new Lab of the same name replaces this Lab.
    Pass a `transport` to connect in another way. A different name or seed gives different keys and ids.
    """

    def __init__(self, name: str = "lab", *, seed: str = "scopekit", transport: Transport | None = None) -> None:
        super().__init__(name, seed=seed, transport=transport)
        self._hints: dict[str, Hints] = {}
        self._served: Served | None = None

    # Live objects: a new object replaces the previous object of the same kind

    def playground(self, ticked: Iterable[str] = ("public_repo",)) -> Playground:
        """The playground, where a user ticks scopes and sees which calls they open. It starts with `ticked` ticked."""
        return Playground(self, ticked)

    def picker(self, ticked: Iterable[str] = ()) -> ScopePicker:
        """A picker for the API's scopes. It has presets, and finds the fewest scopes that open the selected calls."""
        return ScopePicker(self.vocabulary, ticked, self.calls, GITHUB_PRESETS, lab=self)

    def mint_form(self, scopes: Iterable[str] = ()) -> MintForm:
        """A form that mints a token of any profile. It starts with `scopes` ticked."""
        return MintForm(self, scopes)

    def editor(self, token: object = None) -> TokenEditor:
        """The token editor. It opens `token` or, without this argument, a new token."""
        return TokenEditor(self, token)

    def ladder(self, call: str, *tokens: object) -> DecisionLadder:
        """Shows, check by check, how the guard decides on `call` with the first of `tokens`, or without a token."""
        return DecisionLadder(self, call, *tokens)

    def timeline(self, *tokens: Token | str, calls: Iterable[str] = ()) -> Timeline:
        """A timeline of `tokens`, on which the user moves the clock. Without `calls`, it shows a few example calls."""
        return Timeline(self, *tokens, calls=calls)

    def revocations(self, *tokens: Token, lag_seconds: float = 300) -> Revocations:
        """A view to revoke `tokens`, with a second server that learns of each revocation up to `lag_seconds` later."""
        return Revocations(self, *tokens, lag_seconds=lag_seconds)

    def switches(self, token: Token | None = None) -> GuardSwitches:
        """Switches that turn off the checks of a copy of the guard, one by one."""
        return GuardSwitches(self, token)

    def table(self, *tokens: object) -> MatrixTable:
        """A live table that shows which calls each of `tokens` opens. A click on a cell shows the call there."""
        return MatrixTable(self, *tokens)

    def diff(self, one: Token | str, other: Token | str) -> TokenDiff:
        """The differences between two tokens."""
        return TokenDiff(one, other)

    # Lessons and exercises

    @functools.cached_property
    def progress(self) -> Progress:
        """The exercises that the learner has passed, saved in the working folder."""
        return Progress()

    @property
    def contents(self) -> Contents:
        """The table of contents: for each lesson, how many minutes it takes, and which of its exercises are passed."""
        return Contents(self.progress)

    def goto(self, point: str) -> ReachedPoint:
        """Runs a lesson in the open notebook up to a section: `07.2` is the second section of lesson 07."""
        return run_up_to(point)

    def exercise(self, name: str) -> Exercise:
        """The exercise with this id, such as `03.1`. Raises LabError if no exercise has the id."""
        return find_exercise(name)

    def hint(self, name: str) -> Hints:
        """Shows the hints of an exercise, one more on each call. Raises LabError if no hint is left."""
        hints = self._hints.setdefault(name, Hints(*find_exercise(name).hints))
        hints.next()
        return hints

    def check(self, name: str, answer: Any) -> Checked:
        """Tries an answer to an exercise and gives a verdict, then restores the Lab's state."""
        exercise = find_exercise(name)
        with self.aside():
            verdict = self._judge(exercise, answer)
        if verdict.good:
            self.progress.add(exercise.id)
        return Checked(exercise, verdict)

    def _judge(self, exercise: Exercise, answer: Any) -> Verdict:
        """The verdict on an answer. If the answer is missing or raises an error, the verdict is `not yet`."""
        try:
            if answer is ... or answer == exercise.stub:
                return not_yet("There is no answer yet.")
            return exercise.judge(self, answer)
        except ScopeKitError as error:
            return not_yet(str(error))
        except Exception as error:  # the learner's own code may raise anything
            return not_yet(f"Your answer stopped with {type(error).__name__}: {shortened(str(error))}.")

    def certificate(self, name: str) -> Token:
        """A certificate for the learner `name`: a token whose scopes are the passed exercises, valid for 90 days."""
        return self.certificates.mint(self.progress.passed, subject=name, ttl_seconds=CERTIFICATE_SECONDS)

    # Attacks, and a learner's own application

    def attack(self, name: str, without: str | Collection[str] = (), *, url: str | None = None) -> AttackResult:
        """Makes an attack on a separate API, whose guard has all checks except those named in `without`.

        If the attack is stopped by a rule of the code instead of a check, `without="rule"` breaks this rule. With a
        `url`, the attack goes to the API at that address. Raises LabError if that address is not on this machine.
        """
        attack = attack_named(name)
        with Arena(self.state, self.secret("pair"), url=url) as arena:
            return arena.make(attack, [without] if isinstance(without, str) else without)

    def attacks(self, *names: str, progress: Callable[[int, int], None] | None = None) -> AttackGrid:
        """Makes the attacks `names`, or all by default: first with all checks on, then with each check off in turn."""
        attacks = [attack_named(name) for name in names] if names else attacks_here()
        with Arena(self.state, self.secret("pair")) as arena:
            return AttackGrid.made(arena, attacks, progress)

    def serve(self, app: Any) -> Served:
        """Serves a learner's application on loopback, in place of any application served before."""
        if self._served:
            self._served.close()
        self._served = Served(own_transport(), app)
        return self._served

    def close(self) -> None:
        """Closes the live objects and any served application, stops the API and frees its port."""
        if self._served:
            self._served.close()
        super().close()


def consent(lab: World, requested: str, allowed: str) -> Exchange:
    """As the client `gallery`, requests scopes; as the user, allows those in `allowed`. Returns the token response.

    This is the authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636). Raises LabError on a refusal.
    """
    verifier = lab.secret("verifier").hex()
    query = {
        "response_type": "code", "client_id": GALLERY, "redirect_uri": CALLBACK, "scope": requested,
        "code_challenge": base64url(hashlib.sha256(verifier.encode()).digest()), "code_challenge_method": "S256",
    }  # fmt: skip
    page = lab.get(f"/oauth/authorize?{urlencode(query)}")
    if page.status != 200:
        raise LabError(_redirected_with(page)["error_description"])
    ticket = re.search(r'name="ticket" value="([^"]*)"', page.text)  # ties the user's answer to this page
    answer = lab.form(
        "/oauth/authorize", ticket=unescape(ticket[1]) if ticket else "", decision="allow", scope=allowed.split()
    )
    return lab.form(
        "/oauth/token", GALLERY, grant_type="authorization_code", code=_redirected_with(answer)["code"],
        redirect_uri=CALLBACK, code_verifier=verifier,
    )  # fmt: skip


def _redirected_with(answer: Exchange) -> dict[str, str]:
    """The query of the URL that a response redirects to. Raises LabError if the response is an error page."""
    if answer.status != 303:
        raise LabError(unescape(re.findall(r"<p>([^<]*)</p>", answer.text)[0]))
    query = urlsplit(answer.headers["location"]).query
    return {name: value for name, (value, *_) in parse_qs(query).items()}
