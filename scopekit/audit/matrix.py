"""The matrix of calls and tokens: each cell compares a prediction from the document with a real response."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from scopekit.audit.calls import Call, Exchange
from scopekit.audit.token_facts import scopes_of
from scopekit.display import Displayed
from scopekit.errors import LabError
from scopekit.scopes import ANY_SCOPE, Scopes, Vocabulary
from scopekit.tokens import Token
from scopekit.wording import shortened


class Credential(Protocol):
    """Anything that opens calls: a token, or an opaque key whose scopes cannot be read."""

    @property
    def scopes(self) -> Scopes:
        """The scopes that the credential claims."""
        ...

    @property
    def expires(self) -> float | None:
        """When the credential expires, in seconds since 1970."""
        ...


_UNREAD = (400, 405, 406, 408, 411, 413, 414, 415, 417, 421, 422, 425, 426, 428, 431)
"""Statuses of a request that the API could not process, perhaps without looking at its token."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One call with one token: what the document predicts, what the API did, and why.

    Some APIs answer 404 instead of 403, to hide what a token may not see. So if the document predicts a denial, a 404
    is `hidden` and counts as a denial. Such a 404 can also mean that the API let the call through, but the record did
    not exist. `expected` is the status that a denial should have: 401 if the token is missing or useless, 403 if its
    scopes do not suffice. `hides` is False if even allowed tokens got a 404, because then a 404 shows nothing.
    """

    call: Call
    predicted: str
    exchange: Exchange
    reason: str
    expected: int = 403
    hides: bool = True

    @property
    def observed(self) -> str:
        """What the API did: `allowed`, `denied`, `failed`, `hidden` (a 404 in place of a denial) or `unseen`.

        `unseen` means that the decision about the token is not known: for example, no response came, or the API could
        not process the request.
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
        """Whether the API did something other than its document says."""
        observed = "denied" if self.observed == "hidden" else self.observed
        return self.predicted not in ("undetermined", observed) and observed != "unseen"

    def __repr__(self) -> str:
        return f"{self.call.name}: {self.observed} ({self.reason})"


@dataclass(frozen=True, slots=True, repr=False)
class Matrix(Displayed):
    """A table of calls and tokens: `rows` has a row for each call, and each row has a cell for each token."""

    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __getitem__(self, name: str) -> Cell:
        """The cell for the call named `name` and the first token."""
        return self.row(name)[0]

    def row(self, name: str) -> tuple[Cell, ...]:
        """The cells for the call named `name`. Raises LabError if there is no such call."""
        for row in self.rows:
            if row[0].call.name == name:
                return row
        raise LabError(f"This matrix has no call {shortened(name)}.")

    @property
    def cells(self) -> tuple[tuple[str, Cell], ...]:
        """All cells, call by call, each with the label of its token."""
        return tuple(pair for row in self.rows for pair in zip(self.labels, row, strict=True))

    def allowed(self, token: int = 0) -> tuple[str, ...]:
        """The names of the calls that a token opened. `token` is the number of the token's column, from 0."""
        return tuple(row[token].call.name for row in self.rows if row[token].observed == "allowed")

    def differences(self) -> tuple[Cell, ...]:
        """The cells where the API did something other than its document says."""
        return tuple(cell for _, cell in self.cells if cell.differs)


class Probe(NamedTuple):
    """A credential to try on every call. If every call should refuse the credential, `refused` says why.

    `source` says where the credential comes from, so that a later run can recognise it.
    """

    label: str
    token: Credential | None
    refused: str = ""
    source: str = ""

    @property
    def scopes(self) -> Scopes:
        """The token's scopes, read leniently from any claim. Empty if there is no token."""
        if isinstance(self.token, Token):
            return scopes_of(self.token.claims)
        return self.token.scopes if self.token else ()

    @property
    def subject(self) -> str | None:
        """The subject of the token. None if the token names none, or is an opaque key."""
        subject = self.token.claims.get("sub") if isinstance(self.token, Token) else None
        return subject if isinstance(subject, str) else None

    def is_useless(self, now: float) -> bool:
        """Whether every call should refuse the token, because the token has expired or `refused` gives a reason."""
        ends = self.token.expires if self.token else None
        return bool(self.refused) or (ends is not None and ends <= now)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a matrix: a token, the calls to make with it, and the function that makes a call."""

    probe: Probe
    calls: Sequence[Call]
    send: Callable[[Call], Exchange]

    def cell(self, call: Call, vocabulary: Vocabulary, now: float) -> Cell:
        """Makes one call and returns its cell."""
        return judge(call, self.probe, self.send(call), vocabulary, now)


def observe(columns: Sequence[Column], vocabulary: Vocabulary = ANY_SCOPE, now: float = 0) -> Matrix:
    """Makes the calls of all columns and returns the matrix. All columns must list the same calls."""
    cells = [[column.cell(call, vocabulary, now) for call in column.calls] for column in columns]
    return Matrix(tuple(column.probe.label for column in columns), tuple(zip(*cells, strict=True)))


def predict(call: Call, probe: Probe, vocabulary: Vocabulary, now: float) -> str:
    """Predicts from the document and the token's claims whether a call is `allowed`, `denied` or `undetermined`."""
    needed = call.needed_by(probe.subject)
    if call.public and (probe.token is None or needed is None):
        return "undetermined" if probe.is_useless(now) else "allowed"
    if probe.token is None and (needed is not None or call.other_credentials):
        return "denied"
    if needed is None or (call.public and probe.is_useless(now)):
        return "undetermined"
    if probe.token is None or probe.is_useless(now):
        return "denied"
    scopes = vocabulary.expand(probe.scopes)
    if not needed.satisfied_by(scopes):
        return "undetermined" if call.public else "denied"
    certain = not call.conditional or all(each <= scopes for each in needed.alternatives)
    return "allowed" if certain else "undetermined"


def judge(call: Call, probe: Probe, exchange: Exchange, vocabulary: Vocabulary, now: float) -> Cell:
    """The cell for a call that was made: the prediction, the exchange, and the reason for the outcome."""
    predicted, needed = predict(call, probe, vocabulary, now), call.needed_by(probe.subject)
    expected = 401 if probe.token is None or probe.is_useless(now) else 403
    if not (reason := exchange.refusal):
        if needed is None or probe.token is None:
            reason = "the document does not say why"
        elif (ways := needed.reason(probe.scopes, vocabulary)) is None:
            reason = "the document forbids it"
        else:
            opened_by = (way[-1] + (f" through {way[0]}" if len(way) > 1 else "") for way in ways)
            reason = ", ".join(opened_by) or "no scope is asked for"
    cell = Cell(call, predicted, exchange, reason, expected)
    return replace(cell, reason="answered as if it were not there") if cell.observed == "hidden" else cell
