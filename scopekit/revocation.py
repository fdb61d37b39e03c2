"""The denylist: tokens that were revoked before they expired.

An entry `(iss, jti)` revokes a token and the tokens narrowed from it. A cut-off revokes all tokens that an issuer
issued before some time, to one subject or to all subjects, and the tokens narrowed from them. A guard looks up one
parent of a token, so an issuer must not narrow a token that is narrowed itself. If the denylist fails, it raises
StoreUnavailable, and the guard answers 503.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

FOREVER = 2**53
GRACE_SECONDS = 300
"""How long an entry is kept after its token's `exp`. This covers the leeway of every guard."""


class RevocationQuery(NamedTuple):
    """The facts about one token that a guard passes to a denylist, to learn whether the token is revoked.

    `parent` is the id of the token that this one was narrowed from, and `parent_issued_at` the time of its issue.
    """

    issuer: str
    jti: str | None
    parent: str | None = None
    subject: str | None = None
    issued_at: float = 0
    parent_issued_at: float | None = None
    expires_at: float | None = None

    def cut_off_by(self, subject_before: float, issuer_before: float) -> str | None:
        """Says which of two cut-offs revokes the token: its subject's, its issuer's, or one of them its parent."""
        if self.issued_at < subject_before:
            return "its subject"
        if self.issued_at < issuer_before:
            return "its issuer"
        issued = self.parent_issued_at
        return "its parent" if issued is not None and issued < max(subject_before, issuer_before) else None


Entries = tuple[tuple[str, float], ...]


class Denylist(Protocol):
    """The methods of every denylist. Times are in seconds since 1970. A write is stored before the call returns."""

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> bool:
        """Revokes the token `(issuer, jti)` and says, in the same step, whether the token was not revoked before.

        `until` is the token's `exp`. Of several callers with the same token, exactly one gets True.
        """

    def cut_off(self, issuer: str, before: float, subject: str | None = None, until: float = FOREVER) -> None:
        """Revokes all tokens that `issuer` issued to `subject` (None: to any subject) before the time `before`.

        `until` is the time when the last of these tokens expires: `before` plus the longest lifetime. Without `until`,
        the cut-off is kept for ever. A token whose `iat` is `before` is not revoked. If `before` is now, with its
        fraction, then tokens are revoked whose `iat` is this second without a fraction, new ones too. An Issuer writes
        fractions, so its new tokens are good at once.
        """

    def find(self, query: RevocationQuery) -> str | None:
        """Says what was revoked: the token `itself`, `its parent`, `its subject` or `its issuer`; or returns None."""

    def listed(self, issuer: str) -> Entries:
        """The revoked tokens of an issuer, as pairs of an id and an `until`, sorted by id."""

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens and returns how many it dropped. A denylist also does so by itself."""

    def __len__(self) -> int: ...
