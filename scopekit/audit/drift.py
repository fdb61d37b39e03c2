"""Drifts: where an API does another thing than its document says, one for each call and kind, with its likely cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from scopekit.audit.calls import Call
from scopekit.audit.diagnosis.responses import bearer, read_answer
from scopekit.audit.matrix import Cell, Matrix, Tried
from scopekit.scopes import Vocabulary

KINDS: Mapping[str, str] = {
    "opens": "lets a call through that the document forbids",
    "refuses": "refuses a call that the document allows",
    "undocumented-scope": "asks for a scope that the document does not know",
    "status": "refuses with another status than RFC 6750 section 3.1 has",
    "challenge": "refuses without a Bearer challenge in WWW-Authenticate (RFC 6750 section 3)",
    "fails": "breaks: it answers 500 or above",
    "undocumented-answer": "answers with a status that the document does not list",
}
"""What a drift can be, the gravest first."""


class Drift(NamedTuple):
    """One kind of difference in one call: the tokens that it shows with, and a sentence that says what is likely."""

    kind: str
    call: Call
    tokens: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.call.name} ({self.call}): {self.sentence}"


class Seen(NamedTuple):
    """A cell, and the token that it was made with."""

    tried: Tried
    cell: Cell


def find_drifts(matrix: Matrix, tried: Sequence[Tried], vocabulary: Vocabulary) -> tuple[Drift, ...]:
    """The drifts of a matrix whose columns are these tokens, the gravest kinds first."""
    found = [
        drift
        for row in matrix.rows
        for drift in _of_call([Seen(*each) for each in zip(tried, row, strict=True)], vocabulary)
    ]
    return tuple(sorted(found, key=lambda drift: list(KINDS).index(drift.kind)))


def _of_call(row: Sequence[Seen], vocabulary: Vocabulary) -> Iterator[Drift]:
    by_kind: dict[str, list[Seen]] = {}
    for seen in row:
        for kind in _kinds(seen.cell, vocabulary):
            by_kind.setdefault(kind, []).append(seen)
    for kind, found in by_kind.items():
        labels = tuple(each.tried.label for each in found)
        yield Drift(kind, row[0].cell.call, labels, _SENTENCES[kind](row, found, vocabulary))


def _kinds(cell: Cell, vocabulary: Vocabulary) -> Iterator[str]:
    """The ways in which one cell is not as documented."""
    observed, status = cell.observed, cell.exchange.status
    if observed == "failed":
        yield "fails"
    elif cell.differs:
        unknown = observed == "denied" and _unknown(cell, vocabulary)
        yield "opens" if observed == "allowed" else "undocumented-scope" if unknown else "refuses"
    elif observed == "denied" and cell.predicted == "denied" and status != cell.expected:
        yield "status"
    if observed == "denied" and cell.call.requirement and bearer(_header(cell, "www-authenticate")) is None:
        yield "challenge"
    if observed != "unseen" and cell.call.answers and not _documented(status, cell.call.answers):
        yield "undocumented-answer"


def _opens(row: Sequence[Seen], found: Sequence[Seen], vocabulary: Vocabulary) -> str:
    if any(each.tried.token is None for each in found):
        return "It answers without a token: nothing checks it."
    if bad := [each for each in found if each.cell.expected == 401]:
        return " ".join(f"It takes a token although {each.tried.refused or 'it has expired'}." for each in bad)
    lacking = [each for each in row if each.cell.predicted == "denied" and each.cell.expected == 403]
    if len(lacking) > 1 and len(found) == len(lacking):
        return "It opens to any good token, whatever its scopes: they are not checked."
    if alike := _alike(found, vocabulary):
        return f"It takes {alike[0]} for {alike[1]}, which begin alike: are scopes compared by a part of their names?"
    return (
        f"It opens to {_listed(each.tried.label for each in found)}; the document says {row[0].cell.call.requirement}."
    )


def _refuses(row: Sequence[Seen], found: Sequence[Seen], vocabulary: Vocabulary) -> str:
    requirement = row[0].cell.call.requirement
    alternatives = requirement.alternatives if requirement else ()
    opened = [_held(each, vocabulary) for each in row if each.cell.observed == "allowed" and each.tried.token]
    if len(alternatives) > 1 and opened and all(frozenset().union(*alternatives) <= held for held in opened):
        return f"It asks for all of {_listed(sorted(frozenset().union(*alternatives)))}, of which one should do."
    hint = " Where the scopes depend on the request, x-scope-conditions can say how." if opened and alternatives else ""
    says = requirement if requirement else "that no token is needed"
    return f"It refuses {_listed(each.tried.label for each in found)}; the document says {says}.{hint}"


def _undocumented_scope(row: Sequence[Seen], found: Sequence[Seen], vocabulary: Vocabulary) -> str:
    return f"It asks for {_listed(sorted(_unknown(found[0].cell, vocabulary)))}, which the document does not know."


def _status(row: Sequence[Seen], found: Sequence[Seen], vocabulary: Vocabulary) -> str:
    cell = found[0].cell
    why = "scopes that do not do" if cell.expected == 403 else "no token that would do"
    return f"It answers {cell.exchange.status} to {why}, where {cell.expected} belongs."


def _answers(row: Sequence[Seen], found: Sequence[Seen], vocabulary: Vocabulary) -> str:
    statuses = sorted({each.cell.exchange.status for each in found})
    known = sorted(row[0].cell.call.answers)
    listed = f"; the document lists {_listed(known)}" if known else ""
    return f"It answers {_listed(map(str, statuses))}{listed}."


def _challenge(row: Sequence[Seen], found: Sequence[Seen], vocabulary: Vocabulary) -> str:
    return "It refuses, and does not say by what a client could do better."


_SENTENCES = {
    "opens": _opens, "refuses": _refuses, "undocumented-scope": _undocumented_scope, "status": _status,
    "challenge": _challenge, "fails": _answers, "undocumented-answer": _answers,
}  # fmt: skip


def _unknown(cell: Cell, vocabulary: Vocabulary) -> frozenset[str]:
    """The scopes that a denial asks for, and that neither the vocabulary nor the call's own requirement names."""
    asked = read_answer(cell.exchange).needed
    named = cell.call.requirement.alternatives if cell.call.requirement else ()
    return frozenset().union(*asked.alternatives).difference(vocabulary, *named) if asked else frozenset()


def _alike(found: Sequence[Seen], vocabulary: Vocabulary) -> tuple[str, str] | None:
    """A scope held that begins as one that is needed does, or the other way round."""
    needed = found[0].cell.call.requirement
    lacking = sorted(frozenset().union(*needed.alternatives)) if needed else []
    return next(
        ((has, lack) for each in found for has in sorted(_held(each, vocabulary)) for lack in lacking
         if has != lack and (has.startswith(lack) or lack.startswith(has))), None,
    )  # fmt: skip


def _held(seen: Seen, vocabulary: Vocabulary) -> frozenset[str]:
    return vocabulary.expand(seen.tried.token.scopes) if seen.tried.token else frozenset()


def _documented(status: int, answers: frozenset[str]) -> bool:
    return not answers.isdisjoint((str(status), f"{status // 100}XX", f"{status // 100}xx", "default"))


def _header(cell: Cell, name: str) -> str:
    return next((value for each, value in cell.exchange.headers.items() if each.lower() == name), "")


def _listed(names: Iterable[str], most: int = 6) -> str:
    each = list(names)
    return ", ".join(each[:most]) + (f" and {len(each) - most} more" if len(each) > most else "")
