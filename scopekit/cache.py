"""The cache: headers whose token was verified, so that the same one need not be verified again.

It holds successes only, a bounded number of them, and nothing that a moment can change: time and revocation are looked
at each time, and the scopes once for each call. Another set of keys empties it, and every guard has its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopekit.tokens import MAX_TOKEN_BYTES

if TYPE_CHECKING:
    from scopekit.decision import Decision
    from scopekit.keys import Key
    from scopekit.revocation import Asked
    from scopekit.tokens import Token
    from scopekit.trial import Trial


MOST_CHARACTERS = len("Bearer ") + MAX_TOKEN_BYTES
"""How long a header is at most that is looked up: a longer one is refused for its length, and never walked through."""
MOST_CALLS = 32
"""Of how many calls the decision is kept for one token; the next one starts anew."""


class Known:
    """What a header stands for, and the decisions that let it through, each by the `id` of what its call needed."""

    __slots__ = ("allowed", "asked", "granted", "key", "span", "token")

    def __init__(
        self,
        token: Token,
        key: Key | None,
        span: tuple[float, float | None] | None,
        asked: Asked | None,
        granted: frozenset[str] | None,
    ) -> None:
        self.token, self.key, self.span, self.asked, self.granted = token, key, span, asked, granted
        self.allowed: dict[int, Decision] = {}

    def keep(self, decision: Decision) -> None:
        """Keeps a decision, and with it the requirement whose `id` it is found by."""
        if len(self.allowed) >= MOST_CALLS:
            self.allowed.clear()
        self.allowed[id(decision.needed)] = decision


class TokenCache:
    """Verified tokens by the exact header they came in, at most `size` of them; when it is full it starts anew."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._version: object = None
        self._known: dict[str, Known] = {}

    def recall(self, trial: Trial) -> Known | None:
        """What is known of the trial's one header, handed to the trial; None where it was not verified before.

        The trial keeps the memory it began with. Should the keys change under it, in another thread, then what it
        verified goes into a memory that is no longer looked at.
        """
        if not _may_be_known(trial):
            return None
        version = trial.guard.keys.version
        if version != self._version:
            self._known, self._version = {}, version
        trial.memory = self._known
        known = trial.memory.get(trial.authorization[0])
        if known is not None:
            trial.token, trial.claims, trial.key = known.token, known.token._claims, known.key
            trial.span, trial.asked, trial.granted = known.span, known.asked, known.granted
        return known

    def remember(self, trial: Trial) -> Known | None:
        """Keeps the trial's header, which has passed every check that depends on what was sent alone."""
        if not (self._size and _may_be_known(trial)):
            return None
        if len(trial.memory) >= self._size:
            trial.memory.clear()
        known = Known(trial.token, trial.key, trial.span, trial.asked, trial.granted)
        trial.memory[trial.authorization[0]] = known
        return known

    def __len__(self) -> int:
        return len(self._known)


def _may_be_known(trial: Trial) -> bool:
    """Whether one Authorization header is all that was sent, and no longer than one with a token may be."""
    sent = trial.authorization
    return len(sent) == 1 and trial.query_token is None and len(sent[0]) <= MOST_CHARACTERS
