"""What a guard remembers: the tokens that it has verified, and what they opened."""

from __future__ import annotations

from collections.abc import Callable

from scopekit.checks import RequestContext
from scopekit.decision import Allowed, Denied

MOST_CALLS = 32
"""The cache keeps at most this many decisions for one token, one for each call. Then it drops them all."""


class KnownToken:
    """A verified token. `decisions` maps `id(requirement)` to the decision on the scopes of a call that needs it."""

    __slots__ = ("context", "decisions")

    def __init__(self, context: RequestContext) -> None:
        self.context = context
        self.decisions: dict[int, Allowed | Denied] = {}

    def lend(self, context: RequestContext) -> None:
        """Stores in another request's context what the checks of the token found."""
        for name in ("token", "claims", "key", "span", "query", "granted"):
            setattr(context, name, getattr(self.context, name))

    def keep(self, decision: Allowed | Denied) -> None:
        """Keeps a decision under the `id` of its requirement. Nothing else gets this `id` while the decision lives."""
        if len(self.decisions) >= MOST_CALLS:
            self.decisions.clear()
        self.decisions[id(decision.needed)] = decision


class TokenCache:
    """Remembers up to `size` verified tokens by the exact header in which they came. A full cache is emptied.

    It holds no refusals but those for a token's scopes, and nothing that changes with time: every request checks time
    and revocation again, and each new call checks the scopes. A change of keys empties the cache. Each guard has its
    own cache. `at_first` is called before the first look-up, which costs later look-ups nothing.
    """

    def __init__(self, size: int, at_first: Callable[[], object]) -> None:
        self._size, self._at_first = size, at_first
        self._version: object = None
        self._known: dict[str, KnownToken] = {}

    def memory(self, version: object) -> dict[str, KnownToken]:
        """The known tokens by their headers, if `version` is still that of the keys. Otherwise a new, empty dict.

        If the keys change while a request verifies its token, `remember` writes to the old dict, which nobody reads.
        """
        if version != self._version:
            if self._version is None:
                self._at_first()
            self._known, self._version = {}, version
        return self._known

    def remember(self, memory: dict[str, KnownToken], header: str, context: RequestContext) -> KnownToken | None:
        """Remembers the token of a request that passed all checks that depend only on what was sent."""
        if not self._size:
            return None
        if len(memory) >= self._size:
            memory.clear()
        known = memory[header] = KnownToken(context)
        return known

    def __len__(self) -> int:
        return len(self._known)
