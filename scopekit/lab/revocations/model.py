"""Revokes tokens, and compares the API with a lagging server, whose copy of the denylist may be old."""

from __future__ import annotations

from typing import NamedTuple

from scopekit.audit import Exchange
from scopekit.clock import CALENDAR_END
from scopekit.decision import Decision
from scopekit.errors import LabError
from scopekit.lab.live import Live
from scopekit.lab.world.credentials import short, token_name
from scopekit.lab.world.lagging_denylist import LaggingDenylist
from scopekit.lab.world.world import World
from scopekit.requirements import NO_SCOPE
from scopekit.revocation import FOREVER, GRACE_SECONDS, RevocationQuery
from scopekit.tokens import Token, is_numeric_date
from scopekit.wording import human_time, shortened

LONGEST_LAG_SECONDS = 86400

_BY = {
    "itself": "by its id", "its parent": "with the token it came from", "its subject": "with all of its subject",
    "its issuer": "with all of its issuer",
}  # fmt: skip


class Entry(NamedTuple):
    """An entry of the denylist. `why` describes the refused tokens. If `kept_until` is None, the entry is permanent."""

    issuer: str
    id: str
    why: str
    kept_until: float | None


class TwoAnswers(NamedTuple):
    """Two answers to one token: the API's answer to a real call, and the lagging server's decision."""

    name: str
    token: Token
    api: Exchange
    copy: Decision

    @property
    def api_accepts(self) -> bool:
        """Whether the API accepted the token, even if the token lacks a scope."""
        return self.api.status not in (401, 503)

    @property
    def copy_lags(self) -> bool:
        """Whether the lagging server still accepts a token that the API refuses."""
        return self.copy.allowed and not self.api_accepts


class Revocations(Live):
    """Tokens to revoke: one token by its id, all tokens of a subject, or all tokens issued before a moment.

    `lagging` is a lagging server's copy of the denylist. The server renews the copy once it is `lag_seconds` old.
    `said` describes the last event. Raises LabError if one of `tokens` is not a Token, or cannot be revoked.
    """

    def __init__(self, lab: World, *tokens: Token, lag_seconds: float = 300, name: str = "") -> None:
        if not tokens:
            raise LabError("Revocations need at least one token.")
        self.lab = lab
        self.tokens, self._calls = tokens, [_safe_call(lab, token) for token in tokens]
        self.lagging = LaggingDenylist(lab.denylist, lab.clock, _lag(lag_seconds))
        self.said = "Nothing has been revoked yet."
        super().__init__(lab, name)

    # What can be done

    def revoke(self, token: Token) -> None:
        """Revokes one token, by its id."""
        name, ends = self._name_of(token), token.claims["exp"] + GRACE_SECONDS
        if ends < self.lab.clock.now():
            self._say(f"{name} has ended: there is nothing to revoke.")
        elif entry := self.lab.denylist.find(_query(token)):
            self._say(f"{name} was revoked already, {_BY[entry]}: nothing changed.")
        else:
            self.lab.revoke(token)
            self._say(f"{name} was revoked; its id is kept until {human_time(ends)}.")

    def cut_off_subject(self, token: Token) -> None:
        """Revokes all tokens issued until now to the subject of `token`. Raises LabError if `token` has no subject."""
        name, query = self._name_of(token), _query(token)
        if query.subject is None:
            raise LabError(f"To cut off a subject, choose a token that has a sub; {name} has no sub.")
        self._cut_off(query.issuer, self.lab.clock.now() + 1, query.subject)

    def cut_off_before(self, moment: float, token: Token | None = None) -> None:
        """Revokes all tokens that the issuer of `token`, by default the first token, issued before `moment`."""
        if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment < CALENDAR_END:
            raise LabError(f"A moment must be in seconds since 1970, before the year 10000; found {shortened(moment)}.")
        self._cut_off(_query(token or self.tokens[0]).issuer, moment, None)

    def cut_off_up_to(self, token: Token) -> None:
        """Revokes `token`, and all tokens that its issuer issued earlier or in the same second."""
        self._name_of(token)
        self.cut_off_before(token.claims["iat"] + 1, token)

    def refresh(self) -> None:
        """Renews the lagging server's copy of the denylist."""
        self.lagging.refresh()
        self._say("The other server's copy was renewed: it knows what the API knows.")

    def follow(self, token: Token) -> None:
        """Replaces the first token with `token`. If the old token was revoked, it stays on the denylist."""
        if token != self.tokens[0]:
            self._calls[0] = _safe_call(self.lab, token)
            self.tokens = (token, *self.tokens[1:])
            self._say(f"{self._name_of(token)} replaced the first token.")

    def moved(self) -> None:
        """Asks both servers again, because the clock or the denylist has changed."""
        self.changed()

    def advance(self, seconds: float) -> None:
        """Moves the lab's clock on. Entries of expired tokens are no longer shown.

        Raises LabError if the new time is outside the years 1970 to 9999.
        """
        with self.lab.at_once():
            before = len(self.entries)
            self.lab.clock.advance(seconds)
            forgotten, now = max(0, before - len(self.entries)), self.lab.clock.now()
            many = f" {forgotten} entries were forgotten: their tokens have ended."
            pruned = {0: "", 1: " 1 entry was forgotten: its token has ended."}.get(forgotten, many)
            self._say(f"The clock was moved to {human_time(now)}.{pruned}")

    def after_expiry(self) -> None:
        """Moves the clock to the first second at which the denylist may forget the token that expires next."""
        now = self.lab.clock.now()
        ends = [token.claims["exp"] + GRACE_SECONDS for token in self.tokens]
        if ahead := [end for end in ends if end >= now]:
            self.advance(min(ahead) + 1 - now)
        else:
            self._say("All of these tokens have ended, and the denylist has forgotten them.")

    @property
    def lag_seconds(self) -> float:
        """The age in seconds at which the lagging server renews its copy of the denylist."""
        return self.lagging.seconds

    @lag_seconds.setter
    def lag_seconds(self, seconds: float) -> None:
        if _lag(seconds) != self.lagging.seconds:
            self.lagging.seconds = seconds
            self._say(f"The other server renews its copy every {seconds:g} s.")

    # What is shown

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The denylist's current entries, without those of expired tokens."""
        now, (ids, cut_offs, *_) = self.lab.clock.now(), self.lab.denylist.snapshot()
        names = {(_query(token).issuer, token.claims["jti"]): self._name_of(token) for token in self.tokens}
        by_id = (
            Entry(issuer, jti, names.get((issuer, jti), "a token"), None if until >= FOREVER else until + GRACE_SECONDS)
            for (issuer, jti), until in ids.items()
            if until + GRACE_SECONDS >= now
        )
        by_moment = (
            Entry(issuer, f"all of {subject}" if subject else "all", f"issued before {human_time(before)}", None)
            for (issuer, subject), before in cut_offs.items()
        )
        return (*sorted(by_id, key=lambda entry: entry[:2]), *sorted(by_moment, key=lambda entry: entry[:2]))

    @property
    def asked(self) -> tuple[TwoAnswers, ...]:
        """For each token: the API's answer to a real call, and the lagging server's decision."""
        answers = []
        for call, token in zip(self._calls, self.tokens, strict=True):
            guard = self.lab.guard_of(token).replace(denylist=self.lagging)
            by_copy = guard.explain(f"Bearer {token}", NO_SCOPE)
            answers.append(TwoAnswers(self._name_of(token), token, self.lab.call(call, token), by_copy))
        return tuple(answers)

    def _cut_off(self, issuer: str, before: float, subject: str | None) -> None:
        tokens = f"all tokens of {short(subject or issuer)} issued before {human_time(before)}"
        if self.lab.denylist.snapshot()[1].get((issuer, subject or ""), 0) >= before:
            self._say(f"Revoked already: {tokens}; nothing changed.")
        else:
            self.lab.cut_off(issuer, before, subject)
            self._say(f"Revoked: {tokens}.")

    def _name_of(self, token: Token) -> str:
        number = next((number for number, each in enumerate(self.tokens, 1) if each == token), 0)
        if not number:
            raise LabError("Revocations can revoke only the tokens that they were made with; found another token.")
        return token_name(number, token)

    def _say(self, sentence: str) -> None:
        self.said = sentence
        self.changed()


def _query(token: Token) -> RevocationQuery:
    """The ids and names that a denylist needs to find the token."""
    claims = token.claims
    owner = claims.get("iss", claims.get("aud"))
    return RevocationQuery(owner, claims["jti"], claims.get("parent_jti"), claims.get("sub"), claims["iat"])


def _safe_call(lab: World, token: object) -> str:
    """Finds a call that changes no data, if possible one that the token opens.

    Raises LabError if the token cannot be revoked.
    """
    if not isinstance(token, Token):
        raise LabError("Only a token can be revoked by its id; found an argument that is not a Token.")
    claims = token.claims
    owned = isinstance(claims.get("iss", claims.get("aud")), str)
    if not (owned and "jti" in claims and all(is_numeric_date(claims.get(name)) for name in ("iat", "exp"))):
        raise LabError("A token can be revoked only if it has an issuer, jti, iat and exp; one of the tokens does not.")
    granted = lab.guard_of(token).policy.vocabulary.expand(token.scopes)
    safe = [call for call in lab.calls_for(token) if call.safe]
    for call in safe:
        needed = call.needed_by(claims.get("sub"))
        if needed is not None and needed.satisfied_by(granted):
            return call.name
    return safe[0].name


def _lag(seconds: float) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_LAG_SECONDS:
        raise LabError(f"`lag_seconds` must be from 0 to {LONGEST_LAG_SECONDS}; found {shortened(seconds)}.")
    return seconds
