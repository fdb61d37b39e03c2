"""The audit itself: every call of a document with every token, made for real and held against what was predicted.

It stays on this machine unless a host is named a second time, and then sends what is safe alone. It follows no
redirect, so that no token goes elsewhere; and whatever an API answers, the audit ends with a report.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scopekit.audit.calls import Call, Exchange
from scopekit.audit.drift import Drift, find_drifts
from scopekit.audit.journal import Journal
from scopekit.audit.matrix import Cell, Matrix, Tried, judge
from scopekit.audit.openapi import Document, LeftOut
from scopekit.audit.sending import Asker
from scopekit.display import Displayed
from scopekit.errors import AuditError, shortened
from scopekit.stores.fetch import is_loopback

MOST_AT_ONCE = 64
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?"
)
"""An address that every reader reads alike: no user, no query, nothing that one of them might skip."""
_UNSAFE = "It may change something (RFC 9110 section 9.2.1), and nobody asked for that."

Progress = Callable[[int, int], None]
"""Told after each cell: how many are there, of how many."""


@dataclass(frozen=True, slots=True, repr=False)
class Audit(Displayed):
    """What an audit found: the matrix, the drifts in it, and what was left out; `recalled` cells are a journal's.

    It is true where all of it was seen, the document says something of it, and nothing drifts.
    """

    title: str
    base_url: str
    matrix: Matrix
    drifts: tuple[Drift, ...]
    left_out: tuple[LeftOut, ...]
    recalled: int = 0

    def __bool__(self) -> bool:
        cells = sum(map(len, self.matrix.rows))
        return not self.drifts and not self.unseen and len(self.undetermined) < cells

    @property
    def unseen(self) -> tuple[tuple[str, Cell], ...]:
        """The cells whose answer does not tell what the guard would say, each with its token's label."""
        return self._of("unseen", lambda cell: cell.observed)

    @property
    def undetermined(self) -> tuple[tuple[str, Cell], ...]:
        """The cells of which the document does not say how they should come out."""
        return self._of("undetermined", lambda cell: cell.predicted)

    def to_json(self) -> dict[str, Any]:
        """The audit as JSON has it, with no token and no body of an answer."""
        calls = [
            {
                "name": row[0].call.name,
                "call": str(row[0].call),
                "needs": str(row[0].call.requirement) if row[0].call.requirement else None,
                "cells": [
                    {"predicted": cell.predicted, "observed": cell.observed, "status": cell.exchange.status}
                    for cell in row
                ],
            }
            for row in self.matrix.rows
        ]
        drifts = [
            {
                "kind": drift.kind,
                "name": drift.call.name,
                "call": str(drift.call),
                "tokens": list(drift.tokens),
                "sentence": drift.sentence,
            }
            for drift in self.drifts
        ]
        return {
            "title": self.title,
            "base_url": self.base_url,
            "as_documented": bool(self),
            "tokens": list(self.matrix.labels),
            "calls": calls,
            "drifts": drifts,
            "left_out": [{"operation": each.operation, "reason": each.reason} for each in self.left_out],
        }

    def _of(self, word: str, read: Callable[[Cell], str]) -> tuple[tuple[str, Cell], ...]:
        pairs = (pair for row in self.matrix.rows for pair in zip(self.matrix.labels, row, strict=True))
        return tuple(pair for pair in pairs if read(pair[1]) == word)


def audit(
    document: Document,
    tried: Sequence[Tried],
    *,
    base_url: str | None = None,
    host: str | None = None,
    unsafe: bool = False,
    at_once: int = 8,
    timeout_seconds: float = 10,
    journal: Path | None = None,
    progress: Progress | None = None,
    now: float | None = None,
) -> Audit:
    """Every call of the document with every token of `tried`, which `plan` mints, made and judged.

    Calls go to `base_url`, or where the document says. A host that is not this machine's loopback is named a second
    time in `host`. Calls that change something are left out unless `unsafe`, which is for this machine alone. Up to
    `at_once` are under way at a time. `journal` is a file in which the next audit finds what this one saw.
    AuditError where an audit may not be made so.
    """
    url = address(document, base_url, host, unsafe=unsafe)
    if not 1 <= at_once <= MOST_AT_ONCE:
        raise AuditError(f"From 1 to {MOST_AT_ONCE} calls are under way at once; found {at_once}.")
    calls = calls_to_make(document, unsafe=unsafe)
    if not tried:
        raise AuditError("An audit makes calls with tokens; found none.")
    moment = time.time() if now is None else now
    with ExitStack() as stack:
        kept = stack.enter_context(closing(Journal(journal, _subject(document, url, tried)))) if journal else None
        caller = stack.enter_context(closing(Caller(url, timeout_seconds, kept)))
        rows = [
            seen_together(
                [judge(call, *each, document.vocabulary, moment) for each in zip(tried, exchanges, strict=True)]
            )
            for call, exchanges in zip(calls, _made(calls, tried, caller, at_once, progress), strict=True)
        ]
    matrix = Matrix(tuple(each.label for each in tried), tuple(rows))
    drifts = find_drifts(matrix, tried, document.vocabulary)
    return Audit(document.title, url, matrix, drifts, _left_out(document, unsafe=unsafe), caller.recalled)


def seen_together(row: Sequence[Cell]) -> tuple[Cell, ...]:
    """A call's cells. Where even those who are allowed found nothing there, a 404 hides nothing from the others."""
    allowed = [cell.exchange.status for cell in row if cell.predicted == "allowed"]
    denied = [cell.exchange.status for cell in row if cell.predicted == "denied"]
    if 404 in denied and set(allowed) <= {404}:
        return tuple(replace(cell, hides=False) for cell in row)
    return tuple(row)


def calls_to_make(document: Document, *, unsafe: bool) -> list[Call]:
    """The calls that an audit makes: those that change nothing, or all of them. AuditError where there is none."""
    if calls := [call for call in document.calls if unsafe or call.safe]:
        return calls
    if left_out := _left_out(document, unsafe=unsafe):
        raise AuditError(f"An audit makes a call at least; found all {len(left_out)} left out, the first {left_out[0]}")
    raise AuditError("An audit makes a call at least; found no operation in the document.")


def _left_out(document: Document, *, unsafe: bool) -> tuple[LeftOut, ...]:
    """What the document could not be read for, and what may change something where nobody asked for that."""
    risky = (LeftOut(str(call), _UNSAFE) for call in document.calls if not (unsafe or call.safe))
    return *document.left_out, *risky


class Caller:
    """Makes calls from several threads, each over a connection of its own; `recalled` of them were the journal's."""

    def __init__(self, url: str, timeout_seconds: float, journal: Journal | None = None) -> None:
        self._url, self._timeout_seconds, self._journal = url, timeout_seconds, journal
        self._own, self._askers = threading.local(), list[Asker]()
        self.recalled = 0

    def make(self, call: Call, tried: Tried) -> Exchange:
        """The exchange of a call with a token, of whose body only a denial's is kept: the journal's, or a new one."""
        if self._journal and (known := self._journal.find(tried.label, call)):
            self.recalled += 1
            return known
        exchange = self._asker().ask(call, tried.token)
        if exchange.verdict != "denied":
            exchange = replace(exchange, text="")
        if self._journal:
            self._journal.keep(tried.label, call, exchange)
        return exchange

    def close(self) -> None:
        """Closes the connections."""
        for asker in self._askers:
            asker.close()

    def _asker(self) -> Asker:
        if not hasattr(self._own, "asker"):
            self._own.asker = Asker(self._url, self._timeout_seconds)
            self._askers.append(self._own.asker)
        return self._own.asker  # type: ignore[no-any-return]


def _subject(document: Document, url: str, tried: Sequence[Tried]) -> str:
    """What a journal is of: an API at an address, and where the tokens come from."""
    sources = json.dumps([[each.label, each.refused, each.source] for each in tried])
    return f"{document.title} at {url}, by tokens {hashlib.sha256(sources.encode()).hexdigest()[:16]}"


def _made(
    calls: Sequence[Call], tried: Sequence[Tried], caller: Caller, at_once: int, progress: Progress | None
) -> Iterator[list[Exchange]]:
    """The exchanges of each call: made with all tokens before the next call is, for it may change something."""
    done, total = 0, len(calls) * len(tried)
    with ThreadPoolExecutor(at_once) as pool:
        for call in calls:
            exchanges = []
            for exchange in pool.map(caller.make, [call] * len(tried), tried):
                exchanges.append(exchange)
                done += 1
                if progress:
                    progress(done, total)
            yield exchanges


def address(document: Document, base_url: str | None, host: str | None, *, unsafe: bool) -> str:
    """Where the calls of an audit go, without a slash at its end; AuditError where they may not go there."""
    url = (base_url or document.base_url or "").rstrip("/")
    found = _ADDRESS.fullmatch(url)
    if found is None or (found["port"] and int(found["port"]) > 65535):
        told = "another form of address" if url else "none in the document, so it is to be given as its base URL"
        raise AuditError(f"An audit needs the API's address, http://HOST or https://HOST; found {told}.")
    if host is not None and host != found["host"]:
        raise AuditError(f"The API is at {shortened(found['host'])}, and the host named again is {shortened(host)}.")
    if is_loopback(urlsplit(url).hostname):
        return url
    if host is None:
        raise AuditError(f"An audit leaves this machine only where its host is named again: host={found['host']!r}.")
    if unsafe:
        raise AuditError("Calls that change something are made on this machine alone, and never on another host.")
    if found["scheme"] != "https":
        raise AuditError("Tokens go to another host by https:// alone.")
    return url
