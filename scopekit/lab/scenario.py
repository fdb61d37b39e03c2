"""A scenario: what was done in the playground, in so few words that it can be handed to somebody else."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from scopekit.clock import CALENDAR_END
from scopekit.errors import LabError, shortened
from scopekit.scopes import Scopes

MAX_CHARACTERS = 10_000


class Scenario(NamedTuple):
    """The scopes ticked, when the token was issued, what time it is (seconds since 1970), and if it was taken back.

    `str()` is the scenario as JSON, which holds nothing of the token.
    """

    scopes: Scopes
    issued: float
    now: float
    revoked: bool = False

    @classmethod
    def read(cls, text: str) -> Scenario:
        """The scenario in a JSON text; LabError says what is needed and what was found."""
        try:
            found = json.loads(text) if len(text) <= MAX_CHARACTERS else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not found.keys() <= set(cls._fields):
            raise LabError(f"A scenario is a JSON object with {', '.join(cls._fields)}; found {shortened(text)}.")
        scopes = found.get("scopes")
        if not isinstance(scopes, list) or not all(isinstance(name, str) for name in scopes):
            raise LabError(f"A scenario's scopes are a list of names; found {shortened(scopes)}.")
        issued = _moment("issued", found.get("issued"))
        now = _moment("now", found.get("now", issued))
        if not isinstance(revoked := found.get("revoked", False), bool):
            raise LabError(f"A scenario's token is revoked or not, true or false; found {shortened(revoked)}.")
        return cls(tuple(scopes), issued, now, revoked)

    def __str__(self) -> str:
        return json.dumps({**self._asdict(), "scopes": list(self.scopes)})


def _moment(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < CALENDAR_END:
        raise LabError(f"A scenario's {name!r} is a time in seconds since 1970; found {shortened(value)}.")
    return value
