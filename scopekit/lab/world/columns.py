"""What is tried on the calls of a lab: tokens, and API keys as of old; and which API each of them is for.

The columns of a lab's matrix: each call is made for real, and the world is left as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sample_api.mounts import MODERN, REPOS
from sample_api.state import TENANTS
from scopekit.audit import Call, Exchange
from scopekit.audit.matrix import Column, Tried
from scopekit.errors import LabError, TokenError
from scopekit.revocation import Asked
from scopekit.scopes import Scopes
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import Lab


MOUNTS = {REPOS: "", MODERN: "/modern", **dict.fromkeys(TENANTS, "/api/v2")}
"""The mount of the sample API for each audience."""


@dataclass(frozen=True, slots=True)
class OpaqueKey:
    """An API key as of old: a random string that says nothing to whoever looks at it."""

    text: str = field(repr=False)
    scopes: Scopes = ()
    expires: float | None = None
    mount: str = "/keys"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<opaque key of {len(self.text)} characters: nothing to decode>"


def read(token: object) -> Token | OpaqueKey | None:
    """What a learner hands over, taken apart: text that is no token is as opaque as a key, and opens nothing."""
    if token is None or isinstance(token, Token | OpaqueKey):
        return token
    try:
        return Token.parse(str(token))
    except TokenError:
        return OpaqueKey(str(token), mount="")


def mount_of(token: Token | OpaqueKey | None) -> str:
    """The mount that it is meant for: a token's audience says which, `/` where it says nothing."""
    if isinstance(token, Token):
        return MOUNTS.get(str(token.claims.get("aud")), "")
    return token.mount if token else ""


def label_of(token: Token | OpaqueKey | None) -> str:
    """What heads its column: the scopes of a token."""
    if isinstance(token, Token):
        return " ".join(token.scopes) or "no scope"
    return "opaque key" if token else "no token"


def columns(lab: Lab, tokens: Sequence[object]) -> tuple[Column, ...]:
    """A column for each token: all start each call on the records of this moment, and leave them as they were."""
    if not tokens:
        raise LabError("A matrix needs at least one token.")
    records = lab.state.data.snapshot()
    made = tuple(_column(lab, read(token), records) for token in tokens)
    for column in made:
        if [str(call) for call in column.calls] != [str(call) for call in made[0].calls]:
            found = f"{made[0].tried.label!r} and {column.tried.label!r} are for two APIs"
            raise LabError(f"The tokens of one matrix are for the same calls; found that {found}.")
    return made


def _column(lab: Lab, token: Token | OpaqueKey | None, records: Any) -> Column:
    def made(call: Call) -> Exchange:
        with lab.at_once():
            return _made_aside(lab, call, token, records)

    return Column(Tried(label_of(token), token, _refused(lab, token)), lab.calls_for(token), made)


def _made_aside(lab: Lab, call: Call, token: Token | OpaqueKey | None, records: Any) -> Exchange:
    """A call made on these records, which leaves the Lab's own as they are."""
    kept = lab.state.data.records
    lab.state.data.restore(records)
    named = [] if call.body is None else [(name, str(call.body.get("jti"))) for name in TENANTS]
    new = [each for each in named if lab.denylist.find(Asked(*each)) is None]
    try:
        return lab.make(call, mount_of(token), token)
    finally:
        lab.state.data.records = kept
        for each in new:  # what an example takes back, and nothing that somebody else took back meanwhile
            lab.denylist.forget(*each)


def _refused(lab: Lab, token: Token | OpaqueKey | None) -> str:
    """Why no call should take it, whatever its scopes: the document cannot know that it was taken back."""
    if token is None or (isinstance(token, OpaqueKey) and token.mount):
        return ""
    decision = lab.guard_of(token).decide(f"Bearer {token}")
    return "" if decision.allowed else decision.description
