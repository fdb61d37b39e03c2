"""Runs an audit: makes every call of a document with every token, and compares the responses with the document.

An audit calls only this machine, unless the caller names another host. On another host, an audit makes only safe calls.
Redirects are not followed, because they could carry a token elsewhere. No response of the API stops an audit early.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scopekit.audit.calls import Call, Exchange
from scopekit.audit.drift import Drift, find_drifts
from scopekit.audit.journal import Journal
from scopekit.audit.matrix import Cell, Matrix, Probe, judge
from scopekit.audit.openapi import Document, LeftOut
from scopekit.audit.sending import Connections
from scopekit.display import Displayed
from scopekit.errors import InputError
from scopekit.stores.fetch import is_loopback
from scopekit.wording import counted, shortened

MAX_AT_ONCE = 64
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?"
)
"""Matches an address that all parsers read alike: without a user, a query or a character that a parser might skip."""
_UNSAFE = "It may change something (RFC 9110 section 9.2.1), and unsafe calls were not requested."

Progress = Callable[[int, int], None]
"""A function that is called after each cell with the number of cells so far and the number of all cells."""


@dataclass(frozen=True, slots=True, repr=False)
class Audit(Displayed):
    """The result of an audit: a matrix with a cell for each call and token, the drifts, and the operations left out.

    A drift is a difference between the API and its document. An Audit is true if all three hold: there is no
    drift, each response shows what the guard decided, and the document determines at least one cell.
    `recalled` counts the cells from the journal.
    """

    title: str
    base_url: str
    matrix: Matrix
    drifts: tuple[Drift, ...]
    left_out: tuple[LeftOut, ...]
    recalled: int = 0

    def __bool__(self) -> bool:
        return not self.drifts and not self.unseen and len(self.undetermined) < len(self.matrix.cells)

    @property
    def unseen(self) -> tuple[tuple[str, Cell], ...]:
        """The cells whose response does not show what the guard decided, as pairs: the token's label, then the cell."""
        return tuple((label, cell) for label, cell in self.matrix.cells if cell.observed == "unseen")

    @property
    def undetermined(self) -> tuple[tuple[str, Cell], ...]:
        """The cells whose outcome the document does not determine, as pairs: the token's label, then the cell."""
        return tuple((label, cell) for label, cell in self.matrix.cells if cell.predicted == "undetermined")

    def to_json(self) -> dict[str, Any]:
        """The audit as a JSON object, without tokens or response bodies."""
        calls = [
            {
                "name": row[0].call.name, "call": str(row[0].call),
                "needs": str(row[0].call.requirement) if row[0].call.requirement else None,
                "cells": [
                    {"predicted": cell.predicted, "observed": cell.observed, "status": cell.exchange.status}
                    for cell in row
                ],
            }
            for row in self.matrix.rows
        ]  # fmt: skip
        drifts = [
            {
                "kind": drift.kind, "name": drift.call.name, "call": str(drift.call), "tokens": list(drift.tokens),
                "sentence": drift.sentence,
            }
            for drift in self.drifts
        ]  # fmt: skip
        return {
            "title": self.title, "base_url": self.base_url, "as_documented": bool(self),
            "tokens": list(self.matrix.labels), "calls": calls, "drifts": drifts,
            "left_out": [{"operation": each.operation, "reason": each.reason} for each in self.left_out],
        }  # fmt: skip


def audit(
    document: Document,
    probes: Sequence[Probe],
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
    """Makes every call of the document with every token of `probes`, and judges the responses.

    Calls `base_url`, or else the address in the document. If it is on another machine, `host` must name that machine.
    Makes calls that change data only if `unsafe` is true and the API is on this machine. Makes at most `at_once` calls
    at a time. Keeps the responses in the file `journal` for the next audit. Raises InputError for settings not allowed.
    """
    url = address(document, base_url, host, unsafe=unsafe)
    if not 1 <= at_once <= MAX_AT_ONCE:
        raise InputError(f"An audit can make 1 to {MAX_AT_ONCE} calls at once; found {at_once}.")
    calls = calls_to_make(document, unsafe=unsafe)
    if not probes:
        raise InputError("An audit needs a token to make calls with; found none.")
    sources = json.dumps([[probe.label, probe.refused, probe.source] for probe in probes])
    subject = f"{document.title} at {url}, by tokens {hashlib.sha256(sources.encode()).hexdigest()[:16]}"
    now = time.time() if now is None else now
    with ExitStack() as stack:
        log = stack.enter_context(closing(Journal(journal, subject))) if journal else None
        connections = stack.enter_context(closing(Connections(url, timeout_seconds)))
        exchanges = _exchanges(calls, probes, connections, log, at_once, progress)
        rows = tuple(
            seen_together([judge(call, *pair, document.vocabulary, now) for pair in zip(probes, each, strict=True)])
            for call, each in zip(calls, exchanges, strict=True)
        )
    matrix = Matrix(tuple(probe.label for probe in probes), rows)
    drifts = find_drifts(matrix, probes, document.vocabulary)
    left_out = _left_out(document, unsafe=unsafe)
    return Audit(document.title, url, matrix, drifts, left_out, log.recalled if log else 0)


def _exchanges(
    calls: Sequence[Call], probes: Sequence[Probe], connections: Connections, log: Journal | None, at_once: int,
    progress: Progress | None,
) -> Iterator[list[Exchange]]:  # fmt: skip
    """Yields the exchanges of each call. Because a call may change data, all tokens try it before the next one."""

    def make(call: Call, probe: Probe) -> Exchange:
        if log and (known := log.find(probe.label, call)):
            return known
        exchange = connections.exchange(call, probe.token)
        if exchange.verdict != "denied":
            exchange = replace(exchange, text="")  # only a denial's text is needed later
        if log:
            log.keep(probe.label, call, exchange)
        return exchange

    done = 0
    with ThreadPoolExecutor(at_once) as pool:
        for call in calls:
            exchanges = []
            for exchange in pool.map(make, repeat(call), probes):
                exchanges.append(exchange)
                done += 1
                if progress:
                    progress(done, len(calls) * len(probes))
            yield exchanges


def seen_together(row: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells of one call. If the tokens that should be allowed got 404 too, a 404 does not count as a denial."""
    allowed = [cell.exchange.status for cell in row if cell.predicted == "allowed"]
    denied = [cell.exchange.status for cell in row if cell.predicted == "denied"]
    if 404 in denied and set(allowed) <= {404}:
        return tuple(replace(cell, hides=False) for cell in row)
    return tuple(row)


def calls_to_make(document: Document, *, unsafe: bool) -> list[Call]:
    """The calls that an audit makes: all if `unsafe`, else only safe calls. Raises InputError if there are none."""
    if calls := [call for call in document.calls if unsafe or call.safe]:
        return calls
    if left_out := _left_out(document, unsafe=unsafe):
        raise InputError(f"Nothing to audit: {counted(len(left_out), 'call')} skipped. The first is {left_out[0]}")
    raise InputError("Nothing to audit: the document has no operations.")


def _left_out(document: Document, *, unsafe: bool) -> tuple[LeftOut, ...]:
    """The operations that could not be read. Unless `unsafe` is true, also the calls that may change something."""
    risky = (LeftOut(str(call), _UNSAFE) for call in document.calls if not (unsafe or call.safe))
    return *document.left_out, *risky


def address(document: Document, base_url: str | None, host: str | None, *, unsafe: bool) -> str:
    """The address that an audit calls, without a slash at the end. Raises InputError if the audit must not call it."""
    url = (base_url or document.base_url or "").rstrip("/")
    match = _ADDRESS.fullmatch(url)
    if match is None or (match["port"] and int(match["port"]) > 65535):
        reason = "another form of address" if url else "none in the document, so give it as the base URL"
        raise InputError(f"An audit needs the API's address, http://HOST or https://HOST; found {reason}.")
    if host is not None and host != match["host"]:
        raise InputError(f"The API is at {shortened(match['host'])}, but `host` allows only {shortened(host)}.")
    if is_loopback(urlsplit(url).hostname):
        return url
    if host is None:
        raise InputError(f"The API is not on this machine. To audit it, name its host: host={match['host']!r}.")
    if unsafe:
        raise InputError("Calls that change data may be made only on this machine; this API is on another host.")
    if match["scheme"] != "https":
        raise InputError("An audit sends tokens to another host only over https://.")
    return url
