"""The matrix: calls by tokens, each cell predicted from the document and observed over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from scopekit.audit.calls import Call, Exchange
from scopekit.display import Displayed
from scopekit.errors import LabError, shortened
from scopekit.requirements import Requirement
from scopekit.scopes import ANY_SCOPE, Scopes, Vocabulary
from scopekit.tokens import Token


class Credential(Protocol):
    """What opens calls: a token, or an opaque key, which has no scopes that anyone could read."""

    @property
    def scopes(self) -> Scopes:
        """The scopes it claims."""
        ...

    @property
    def expires(self) -> float | None:
        """When it ends, in seconds since 1970."""
        ...


_UNREAD = (400, 405, 406, 408, 411, 413, 414, 415, 417, 421, 422, 425, 426, 428, 431)
"""Statuses of a request that could not be read: it may have been refused before anybody looked at its token."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One call with one token: what the document predicts, what the API did, and why.

    An API that hides what a token may not see answers 404 in place of 403. So where a denial was predicted, a 404 is
    `hidden` and counts as one; a call that was wrongly let through, to something that is not there, looks the same.
    `expected` is the status that a denial should have: 401 where no token would do, 403 where its scopes do not.
    `hides` is false where a 404 tells nothing, for it came to those who are allowed as well.
    """

    call: Call
    predicted: str
    exchange: Exchange
    reason: str
    expected: int = 403
    hides: bool = True

    @property
    def observed(self) -> str:
        """`allowed`, `denied` or `failed`, as the API answered; `hidden` for a 404 in place of a denial.

        `unseen` where the answer does not tell: none came, or the request itself was refused before a guard's word.
        """
        if self.exchange.status == 404 and not self.hides:
            return "unseen"
        if self.predicted == "denied" and self.exchange.status == 404:
            return "hidden"
        if self.predicted == "denied" and self.exchange.status in _UNREAD:
            return "unseen"
        return self.exchange.verdict

    @property
    def differs(self) -> bool:
        """Whether the API did another thing than its document says."""
        observed = "denied" if self.observed == "hidden" else self.observed
        return self.predicted not in ("undetermined", observed) and observed != "unseen"

    def __repr__(self) -> str:
        return f"{self.call.name}: {self.observed} ({self.reason})"


@dataclass(frozen=True, slots=True, repr=False)
class Matrix(Displayed):
    """Calls by tokens; `rows` has a row for each call and a cell for each token in it."""

    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __getitem__(self, name: str) -> Cell:
        """The cell of the call of that name, for the first token."""
        return self.row(name)[0]

    def row(self, name: str) -> tuple[Cell, ...]:
        """The cells of the call of that name; LabError where there is none."""
        for row in self.rows:
            if row[0].call.name == name:
                return row
        raise LabError(f"This matrix has no call {shortened(name)}.")

    def allowed(self, token: int = 0) -> tuple[str, ...]:
        """The names of the calls that a token opened: the first token's, or that of another column."""
        return tuple(row[token].call.name for row in self.rows if row[token].observed == "allowed")

    def differences(self) -> tuple[Cell, ...]:
        """The cells where the API did another thing than its document says."""
        return tuple(cell for row in self.rows for cell in row if cell.differs)


class Tried(NamedTuple):
    """A credential that is tried on every call; `refused` says why none should take it, whatever its scopes.

    `source` says where it comes from, so that another run knows whether it tries the same.
    """

    label: str
    token: Credential | None
    refused: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One token's column: its label, its calls, and how to make one; `tried` is the token itself."""

    tried: Tried
    calls: Sequence[Call]
    send: Callable[[Call], Exchange]

    def cell(self, call: Call, vocabulary: Vocabulary, now: float) -> Cell:
        """The cell of one call, which is made for it."""
        return judge(call, self.tried, self.send(call), vocabulary, now)


def observe(columns: Sequence[Column], vocabulary: Vocabulary = ANY_SCOPE, now: float = 0) -> Matrix:
    """The matrix of these columns, which list the same calls: every call predicted, then made."""
    cells = [[column.cell(call, vocabulary, now) for call in column.calls] for column in columns]
    return Matrix(tuple(column.tried.label for column in columns), tuple(zip(*cells, strict=True)))


def predict(call: Call, tried: Tried, vocabulary: Vocabulary, now: float) -> str:
    """`allowed`, `denied` or `undetermined`, by what the document says and the token claims, and nothing else."""
    needed = call.needed_by(_subject(tried.token))
    if call.public and (tried.token is None or needed is None):
        return "undetermined" if _is_bad(tried, now) else "allowed"
    if tried.token is None and (needed is not None or call.other_credentials):
        return "denied"
    if needed is None or (call.public and _is_bad(tried, now)):
        return "undetermined"
    if tried.token is None or _is_bad(tried, now):
        return "denied"
    held = vocabulary.expand(tried.token.scopes)
    if not needed.satisfied_by(held):
        return "undetermined" if call.public else "denied"
    certain = not call.conditional or all(each <= held for each in needed.alternatives)
    return "allowed" if certain else "undetermined"


def judge(call: Call, tried: Tried, exchange: Exchange, vocabulary: Vocabulary, now: float) -> Cell:
    """The cell of a call that was made: what had been predicted for it, and why it came out as it did."""
    predicted, needed = predict(call, tried, vocabulary, now), call.needed_by(_subject(tried.token))
    reason = exchange.refusal or _opened_by(needed, tried.token, vocabulary)
    expected = 401 if tried.token is None or _is_bad(tried, now) else 403
    cell = Cell(call, predicted, exchange, reason, expected)
    return replace(cell, reason="answered as if it were not there") if cell.observed == "hidden" else cell


def _is_bad(tried: Tried, now: float) -> bool:
    """Whether a token is there that no call should take."""
    ends = tried.token.expires if tried.token else None
    return bool(tried.refused) or (ends is not None and ends <= now)


def _subject(token: Credential | None) -> str | None:
    """For whom a token says it acts; an opaque key does not say."""
    subject = token.claims.get("sub") if isinstance(token, Token) else None
    return subject if isinstance(subject, str) else None


def _opened_by(requirement: Requirement | None, token: Credential | None, vocabulary: Vocabulary) -> str:
    if requirement is None or token is None:
        return "the document does not say why"
    ways = requirement.reason(token.scopes, vocabulary)
    if ways is None:
        return "the document forbids it"
    return (
        ", ".join(way[-1] + (f" through {way[0]}" if len(way) > 1 else "") for way in ways) or "no scope is asked for"
    )
