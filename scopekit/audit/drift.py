"""Finds drifts: calls in which an API behaves differently from its document. Each drift names a likely cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from scopekit.audit.calls import Call
from scopekit.audit.diagnosis.responses import bearer, read_answer
from scopekit.audit.matrix import Cell, Matrix, Probe
from scopekit.scopes import Vocabulary

KINDS: Mapping[str, str] = {
    "opens": "lets a call through that the document forbids",
    "refuses": "refuses a call that the document allows",
    "undocumented-scope": "asks for a scope that the document does not name",
    "status": "refuses with a status other than the one in RFC 6750 section 3.1",
    "challenge": "refuses without a Bearer challenge in WWW-Authenticate (RFC 6750 section 3)",
    "fails": "fails with a status of 500 or above",
    "undocumented-answer": "answers with a status that the document does not list",
}
"""The kinds of drift, the gravest first."""


class Drift(NamedTuple):
    """One way in which one call differs from the document. `tokens` show it; `sentence` names a likely cause."""

    kind: str
    call: Call
    tokens: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.call.name} ({self.call}): {self.sentence}"


class ProbedCell(NamedTuple):
    """A cell of a matrix, and the token with which its call was made."""

    probe: Probe
    cell: Cell


def find_drifts(matrix: Matrix, probes: Sequence[Probe], vocabulary: Vocabulary) -> tuple[Drift, ...]:
    """The drifts in a matrix, the gravest kinds first. `probes` are the tokens of the matrix's columns."""
    drifts = []
    for cells in matrix.rows:
        row = [ProbedCell(*pair) for pair in zip(probes, cells, strict=True)]
        by_kind: dict[str, list[ProbedCell]] = {}
        for probed in row:
            for kind in _kinds(probed.cell, vocabulary):
                by_kind.setdefault(kind, []).append(probed)
        for kind, drifting in by_kind.items():
            labels = tuple(probed.probe.label for probed in drifting)
            drifts.append(Drift(kind, cells[0].call, labels, _sentence(kind, row, drifting, vocabulary)))
    return tuple(sorted(drifts, key=lambda drift: list(KINDS).index(drift.kind)))


def _kinds(cell: Cell, vocabulary: Vocabulary) -> Iterator[str]:
    """The kinds of drift in one cell."""
    observed, status, answers = cell.observed, cell.exchange.status, cell.call.answers
    if observed == "failed":
        yield "fails"
    elif cell.differs:
        unknown = observed == "denied" and _unknown(cell, vocabulary)
        yield "opens" if observed == "allowed" else "undocumented-scope" if unknown else "refuses"
    elif observed == "denied" and cell.predicted == "denied" and status != cell.expected:
        yield "status"
    headers = {name.lower(): value for name, value in cell.exchange.headers.items()}
    if observed == "denied" and cell.call.requirement and bearer(headers.get("www-authenticate", "")) is None:
        yield "challenge"
    documented = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
    if observed != "unseen" and answers and answers.isdisjoint(documented):
        yield "undocumented-answer"


def _sentence(kind: str, row: Sequence[ProbedCell], drifting: Sequence[ProbedCell], vocabulary: Vocabulary) -> str:
    """A sentence on a drift's likely cause. `row` has all cells of the call, and `drifting` those with the drift."""
    cell = drifting[0].cell
    match kind:
        case "opens":
            return _opens(row, drifting, vocabulary)
        case "refuses":
            return _refuses(row, drifting, vocabulary)
        case "undocumented-scope":
            return f"It asks for {_listed(sorted(_unknown(cell, vocabulary)))}, which the document does not name."
        case "status":
            why = "scopes that do not suffice" if cell.expected == 403 else "a token that is missing or useless"
            return f"It answers {cell.exchange.status} to {why}; it should answer {cell.expected}."
        case "challenge":
            return "It refuses without a Bearer challenge, so the client cannot know what was wrong."
    statuses = sorted({probed.cell.exchange.status for probed in drifting})
    documented = f"; the document lists {_listed(sorted(cell.call.answers))}" if cell.call.answers else ""
    return f"It answers {_listed(map(str, statuses))}{documented}."


def _opens(row: Sequence[ProbedCell], drifting: Sequence[ProbedCell], vocabulary: Vocabulary) -> str:
    requirement = row[0].cell.call.requirement
    if any(probed.probe.token is None for probed in drifting):
        return "It answers without a token: nothing checks it."
    if bad := [probed for probed in drifting if probed.cell.expected == 401]:
        return " ".join(f"It accepts a token although {probed.probe.refused or 'it has expired'}." for probed in bad)
    lacking = [probed for probed in row if probed.cell.predicted == "denied" and probed.cell.expected == 403]
    if len(lacking) > 1 and len(drifting) == len(lacking):
        return "It accepts any valid token, whatever its scopes: they are not checked."
    needed = sorted(frozenset().union(*requirement.alternatives)) if requirement else []
    for probed in drifting:
        for granted in sorted(_granted(probed, vocabulary)):
            for lack in needed:
                if granted != lack and (granted.startswith(lack) or lack.startswith(granted)):
                    return f"It accepts {granted} in place of {lack}: does it compare only the start of a scope?"
    tokens = _listed(probed.probe.label for probed in drifting)
    return f"It accepts these tokens: {tokens}; the document requires {requirement}."


def _refuses(row: Sequence[ProbedCell], drifting: Sequence[ProbedCell], vocabulary: Vocabulary) -> str:
    requirement = row[0].cell.call.requirement
    alternatives = requirement.alternatives if requirement else ()
    every = frozenset().union(*alternatives)
    opened = [
        _granted(probed, vocabulary) for probed in row if probed.cell.observed == "allowed" and probed.probe.token
    ]
    if len(alternatives) > 1 and opened and all(every <= granted for granted in opened):
        return f"It asks for all of {_listed(sorted(every))}; one of them should be enough."
    hint = " If the scopes depend on the request, state how in x-scope-conditions." if opened and alternatives else ""
    tokens = _listed(probed.probe.label for probed in drifting)
    return f"It refuses these tokens: {tokens}; the document requires {requirement or 'no token'}.{hint}"


def _unknown(cell: Cell, vocabulary: Vocabulary) -> frozenset[str]:
    """The scopes that a denial asks for, without those that the vocabulary or the call's requirement names."""
    needed = read_answer(cell.exchange).needed
    named = cell.call.requirement.alternatives if cell.call.requirement else ()
    return frozenset().union(*needed.alternatives).difference(vocabulary, *named) if needed else frozenset()


def _granted(probed: ProbedCell, vocabulary: Vocabulary) -> frozenset[str]:
    return vocabulary.expand(probed.probe.scopes)


def _listed(names: Iterable[str], most: int = 6) -> str:
    each = list(names)
    return ", ".join(each[:most]) + (f" and {len(each) - most} more" if len(each) > most else "")
