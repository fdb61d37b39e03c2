"""Authorization codes: what each stands for, for a minute (RFC 6749 section 4.1.2).

They are kept in memory, a thousand at most: a code that a restart forgets is asked for anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from scopekit.scopes import Scopes
from scopekit.tokens import Token

CODE_SECONDS = 60
MOST_CODES = 1000


@dataclass(slots=True)
class Code:
    """What a code stands for; `given` is the token that was handed out for it."""

    client: str
    redirect_uri: str
    challenge: str
    audience: str
    subject: str
    scopes: Scopes
    nonce: str | None
    ends: float
    given: Token | None = None

    @property
    def forget_at(self) -> float:
        """When a second use could do no more harm: once its token has ended, or the code itself."""
        return float(self.given.claims["exp"]) if self.given else self.ends


class Codes:
    """The codes that are out; the oldest is forgotten where there are too many."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}

    def keep(self, text: str, code: Code, now: float) -> None:
        """Keeps a new code, and drops those whose time is over."""
        self._codes = {each: kept for each, kept in self._codes.items() if now < kept.forget_at}
        while len(self._codes) >= MOST_CODES:
            del self._codes[next(iter(self._codes))]
        self._codes[text] = code

    def get(self, text: str) -> Code | None:
        """What a code stands for, if it is known."""
        return self._codes.get(text)
