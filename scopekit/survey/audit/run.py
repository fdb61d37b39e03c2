"""The audit itself: every call of a document with every token, made for real and held against what was predicted.

It stays on this machine unless a host is named a second time, and then sends what is safe alone. It follows no
redirect, so that no token goes elsewhere; and whatever an API answers, the audit ends with a report.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from scopekit.errors import AuditError, shortened
from scopekit.survey.audit.drift import Drift, find_drifts
from scopekit.survey.audit.journal import Journal
from scopekit.survey.calls import Call, Exchange
from scopekit.survey.document import Document, LeftOut
from scopekit.survey.document.source import is_loopback
from scopekit.survey.matrix import Cell, Matrix, Tried, judge
from scopekit.survey.sending import ask

MOST_AT_ONCE = 64
_UNSAFE = "It may change something (RFC 9110 section 9.2.1), and nobody asked for that."

Progress = Callable[[int, int], None]
"""Told after each cell: how many are there, of how many."""


@dataclass(frozen=True, slots=True, repr=False)
class Audit:
    """What an audit found: the matrix, the drifts in it, and what was left out. It is true where nothing drifts."""

    title: str
    base_url: str
    matrix: Matrix
    drifts: tuple[Drift, ...]
    left_out: tuple[LeftOut, ...]

    def __bool__(self) -> bool:
        return not self.drifts

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
        from scopekit.show.audit import audit_json

        return audit_json(self)

    def __repr__(self) -> str:
        from scopekit.show.audit import audit_text

        return audit_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show.audit import audit_html

        return audit_html(self)

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
    left_out = (*document.left_out, *(LeftOut(str(call), _UNSAFE) for call in document.calls if call not in calls))
    if not calls or not tried:
        raise AuditError(f"An audit makes calls with tokens; found {len(calls)} calls and {len(tried)} tokens.")
    moment = time.time() if now is None else now
    with ExitStack() as stack:
        kept = stack.enter_context(closing(Journal(journal, f"{document.title} at {url}"))) if journal else None
        caller = stack.enter_context(closing(Caller(url, timeout_seconds, kept)))
        rows = [
            tuple(judge(call, *each, document.vocabulary, moment) for each in zip(tried, exchanges, strict=True))
            for call, exchanges in zip(calls, _made(calls, tried, caller, at_once, progress), strict=True)
        ]
    matrix = Matrix(tuple(each.label for each in tried), tuple(rows))
    return Audit(document.title, url, matrix, find_drifts(matrix, tried, document.vocabulary), left_out)


def calls_to_make(document: Document, *, unsafe: bool) -> list[Call]:
    """The calls that an audit makes: those that change nothing, or all of them."""
    return [call for call in document.calls if unsafe or call.safe]


class Caller:
    """Makes calls from several threads, each with a session of its own, which no proxy variable leads elsewhere."""

    def __init__(self, url: str, timeout_seconds: float, journal: Journal | None) -> None:
        self._url, self._timeout_seconds, self._journal = url, timeout_seconds, journal
        self._own, self._sessions = threading.local(), list[requests.Session]()

    def make(self, call: Call, tried: Tried) -> Exchange:
        """The exchange of a call with a token: the one in the journal, or a new one."""
        if self._journal and (known := self._journal.find(tried.label, call)):
            return known
        exchange = ask(self._session(), self._url, call, tried.token, timeout_seconds=self._timeout_seconds)
        if self._journal:
            self._journal.keep(tried.label, call, exchange)
        return exchange

    def close(self) -> None:
        """Closes the sessions."""
        for session in self._sessions:
            session.close()

    def _session(self) -> requests.Session:
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.trust_env = False
            self._own.session.headers.update({"User-Agent": "scopekit", "Accept-Encoding": "identity"})
            self._sessions.append(self._own.session)
        return self._own.session  # type: ignore[no-any-return]


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
    try:
        parts = urlsplit(url)
        named = parts.hostname
    except ValueError:
        named = None
    if named is None or parts.scheme not in ("http", "https") or parts.username or parts.query or parts.fragment:
        raise AuditError("An audit needs the API's address, http://HOST or https://HOST; the document names none.")
    if is_loopback(url):
        return url
    if host != named:
        raise AuditError(f"An audit leaves this machine only where its host is named again: host={shortened(named)}.")
    if unsafe:
        raise AuditError("Calls that change something are made on this machine alone, and never on another host.")
    return url
