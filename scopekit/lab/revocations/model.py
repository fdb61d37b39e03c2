"""A denylist that lags: what a server sees that keeps a copy, and renews it only now and then.

Revocations: tokens taken back, the denylist that remembers it, and a server that hears of it later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scopekit.audit import Exchange
from scopekit.clock import CALENDAR_END, Clock, human_time
from scopekit.decision import Decision
from scopekit.errors import LabError, shortened
from scopekit.lab.live import Live
from scopekit.lab.token_names import short, token_name
from scopekit.requirements import NO_SCOPE
from scopekit.revocation import FOREVER, GRACE_SECONDS, Entries, MemoryDenylist, RevocationQuery
from scopekit.tokens import Token, is_numeric_date

if TYPE_CHECKING:
    from scopekit.lab.world.world import World


class LaggingDenylist:
    """A reader of `denylist`, whose copy is renewed when it is asked and the copy is `seconds` old.

    What is written goes to the denylist itself, and is seen here once the copy is renewed.
    """

    def __init__(self, denylist: MemoryDenylist, clock: Clock, seconds: float) -> None:
        self.denylist, self.clock, self.seconds = denylist, clock, seconds
        self._copy = MemoryDenylist()
        self.refresh()

    def refresh(self) -> None:
        """Renews the copy."""
        self._copy.restore(self.denylist.snapshot())
        self._copied_at = self.clock.now()

    @property
    def age_seconds(self) -> float:
        """How long ago the copy was made; a clock that was set back counts as no time."""
        return max(0, self.clock.now() - self._copied_at)

    def find(self, asked: RevocationQuery) -> str | None:
        """Why the token is refused, by the copy."""
        return self._current().find(asked)

    def listed(self, issuer: str) -> Entries:
        """The ids of an issuer's tokens that are on the copy."""
        return self._current().listed(issuer)

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Puts `(issuer, jti)` on the denylist itself."""
        self.denylist.revoke(issuer, jti, until)

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Refuses what was issued before, on the denylist itself."""
        self.denylist.cut_off(issuer, before, subject)

    def prune(self, now: float) -> int:
        """Drops the entries whose tokens have ended from the denylist itself, and says how many."""
        return self.denylist.prune(now)

    def _current(self) -> MemoryDenylist:
        if self.age_seconds >= self.seconds:
            self.refresh()
        return self._copy

    def __len__(self) -> int:
        return len(self._current())

    def __repr__(self) -> str:
        return f"<denylist copied every {self.seconds:g} s; the copy is {self.age_seconds:g} s old>"


LONGEST_LAG_SECONDS = 86400

_BY = {
    "itself": "by its id", "its parent": "with the token it came from", "its subject": "with all of its subject",
    "its issuer": "with all of its issuer",
}  # fmt: skip


class Entry(NamedTuple):
    """A line of the denylist: whose tokens, which of them, why, and until when it is kept; None for always."""

    issuer: str
    id: str
    why: str
    kept_until: float | None


class Asking(NamedTuple):
    """What became of one token: the API's own answer to a real call, and the decision of the server that lags."""

    name: str
    token: Token
    api: Exchange
    copy: Decision

    @property
    def api_accepts(self) -> bool:
        """Whether the API took the token: it may lack a scope even so."""
        return self.api.status not in (401, 503)

    @property
    def copy_lags(self) -> bool:
        """Whether the server that lags still accepts what the API refuses."""
        return self.copy.allowed and not self.api_accepts


class Revocations(Live):
    """Tokens to take back: one by its id, all of a subject, or all that were issued up to a moment.

    `lagging` is the denylist as a second server sees it, whose copy is `lag_seconds` old before it is renewed. `said`
    is what happened last, in words. LabError for what is no token that a guard of this lab would let in.
    """

    VIEW = "RevocationsView"

    def __init__(self, lab: World, *tokens: Token, lag_seconds: float = 300, name: str = "") -> None:
        if not tokens:
            raise LabError("Revocations need at least one token.")
        self.lab = lab
        self.tokens = tuple(_with_id(token) for token in tokens)
        self.lagging = LaggingDenylist(lab.denylist, lab.clock, _lag(lag_seconds))
        self._calls = [_call(lab, token) for token in self.tokens]
        self.said = "Nothing was taken back yet."
        super().__init__(lab, name)

    # What one can do

    def revoke(self, token: Token) -> None:
        """Takes one token back, by its id."""
        name, asked = self._named(token), _asked(token)
        ends = token.claims["exp"]
        if ends + GRACE_SECONDS < self.lab.clock.now():
            self._say(f"{name} has ended: there is nothing to take back.")
        elif found := self.lab.denylist.find(asked):
            self._say(f"{name} was taken back already, {_BY[found]}: nothing changed.")
        else:
            self.lab.revoke(token)
            self._say(f"{name} was taken back; its id is kept until {human_time(ends + GRACE_SECONDS)}.")

    def cut_off_subject(self, token: Token) -> None:
        """Takes back all tokens of this token's subject that were issued until now; LabError where it has none."""
        name, asked = self._named(token), _asked(token)
        if asked.subject is None:
            raise LabError(f"A subject is cut off by a token that names one; {name} has no sub.")
        self._cut_off(asked.issuer, self.lab.clock.now() + 1, asked.subject)

    def cut_off_before(self, moment: float, token: Token | None = None) -> None:
        """Takes back all that this token's issuer, or the first one's, issued before a moment: seconds since 1970."""
        if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment < CALENDAR_END:
            raise LabError(f"A moment is a number of seconds between 1970 and 9999; found {shortened(moment)}.")
        self._cut_off(_asked(token or self.tokens[0]).issuer, moment, None)

    def cut_off_up_to(self, token: Token) -> None:
        """Takes back all that was issued up to this token, and this token itself."""
        self._named(token)
        self.cut_off_before(token.claims["iat"] + 1, token)

    def refresh(self) -> None:
        """Renews the copy of the server that lags."""
        self.lagging.refresh()
        self._say("The other server's copy was renewed: it knows what the API knows.")

    def follow(self, token: Token) -> None:
        """Holds a token in place of the first one, of which the denylist may still know."""
        if token != self.tokens[0]:
            self.tokens = (_with_id(token), *self.tokens[1:])
            self._calls[0] = _call(self.lab, token)
            self._say(f"{self._named(token)} came in place of another.")

    def moved(self) -> None:
        """Asks anew who takes the tokens: time has passed, or something been taken back."""
        self.changed()

    def advance(self, seconds: float) -> None:
        """Moves the lab's clock on, and lets the denylist forget what has ended; LabError where no calendar goes."""
        with self.lab.at_once():
            self.lab.clock.advance(seconds)
            self._moved()

    def after_expiry(self) -> None:
        """Moves the clock to where the next token has ended, and the denylist may forget it."""
        now = self.lab.clock.now()
        ends = [token.claims["exp"] + GRACE_SECONDS for token in self.tokens]
        if ahead := [end for end in ends if end >= now]:
            with self.lab.at_once():
                self.lab.clock.set(min(ahead) + 1)
                self._moved()
        else:
            self._say("All of these tokens have ended, and the denylist has forgotten them.")

    @property
    def lag_seconds(self) -> float:
        """How old the other server's copy grows before it is renewed."""
        return self.lagging.seconds

    @lag_seconds.setter
    def lag_seconds(self, seconds: float) -> None:
        if _lag(seconds) != self.lagging.seconds:
            self.lagging.seconds = seconds
            self._say(f"The other server renews its copy every {seconds:g} s.")

    # What there is to see

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The denylist as it is now, without what has ended."""
        self.lab.denylist.prune(self.lab.clock.now())
        ids, cut_offs = self.lab.denylist.snapshot()
        names = {(_asked(token).issuer, token.claims["jti"]): self._named(token) for token in self.tokens}
        by_id = (
            Entry(issuer, jti, names.get((issuer, jti), "a token"), _kept(until))
            for (issuer, jti), until in ids.items()
        )
        by_moment = (
            Entry(issuer, f"all of {subject}" if subject else "all", f"issued before {human_time(before)}", None)
            for (issuer, subject), before in cut_offs.items()
        )
        return (*sorted(by_id, key=lambda entry: entry[:2]), *sorted(by_moment, key=lambda entry: entry[:2]))

    @property
    def asked(self) -> tuple[Asking, ...]:
        """What the API says of each token, by a real call, and what the server says that lags."""
        return tuple(
            Asking(self._named(token), token, self.lab.call(call, token), self._by_copy(token))
            for call, token in zip(self._calls, self.tokens, strict=True)
        )

    def _by_copy(self, token: Token) -> Decision:
        guard = self.lab.guard_of(token).replace(denylist=self.lagging)
        return guard.explain(f"Bearer {token}", NO_SCOPE)

    def _cut_off(self, issuer: str, before: float, subject: str | None) -> None:
        told = f"all tokens of {short(subject or issuer)} issued before {human_time(before)}"
        known = self.lab.denylist.snapshot()[1].get((issuer, subject or ""), 0)
        if known >= before:
            self._say(f"Taken back already: {told}; nothing changed.")
        else:
            self.lab.cut_off(issuer, before, subject)
            self._say(f"Taken back: {told}.")

    def _moved(self) -> None:
        before, now = len(self.lab.denylist), self.lab.clock.now()
        forgotten = before - len(self.entries) if before else 0
        told = {0: "", 1: " 1 entry was forgotten: its token has ended."}
        many = f" {forgotten} entries were forgotten: their tokens have ended."
        self._say(f"The clock was moved to {human_time(now)}.{told.get(forgotten, many)}")

    def _named(self, token: Token) -> str:
        number = next((number for number, each in enumerate(self.tokens, 1) if each == token), 0)
        if not number:
            raise LabError("One of the tokens that these Revocations were made with is taken back; found another.")
        return token_name(number, token)

    def _say(self, told: str) -> None:
        self.said = told
        self.changed()


def _with_id(token: object) -> Token:
    """A token that can be taken back; LabError for anything else."""
    if not isinstance(token, Token):
        raise LabError("Only a token has an id to take it back by; found something else.")
    claims = token.claims
    owned = isinstance(claims.get("iss", claims.get("aud")), str)
    if not (owned and "jti" in claims and all(is_numeric_date(claims.get(name)) for name in ("iat", "exp"))):
        raise LabError("A token is taken back by its issuer, jti, iat and exp; one of these tokens lacks some of them.")
    return token


def _asked(token: Token) -> RevocationQuery:
    claims = token.claims
    owner = claims.get("iss", claims.get("aud"))
    return RevocationQuery(owner, claims["jti"], claims.get("parent_jti"), claims.get("sub"), claims["iat"])


def _call(lab: World, token: Token) -> str:
    """A call that changes nothing and that the token's scopes open; where there is none, one that changes nothing."""
    held = lab.guard_of(token).policy.vocabulary.expand(token.scopes)
    safe = [call for call in lab.calls_for(token) if call.safe]
    needs = [(call.needed_by(token.claims.get("sub")), call.name) for call in safe]
    opened = (name for needed, name in needs if needed is not None and needed.satisfied_by(held))
    return next(opened, safe[0].name)


def _kept(until: float) -> float | None:
    return None if until >= FOREVER else until + GRACE_SECONDS


def _lag(seconds: float) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_LAG_SECONDS:
        raise LabError(f"A lag is a number of seconds from 0 to {LONGEST_LAG_SECONDS}; found {shortened(seconds)}.")
    return seconds
