"""The journal: what an audit has seen so far, a line for each cell, so that one that was ended goes on where it was.

A line holds no token and no body of an answer that let a call through. The file is its owner's alone, for an audit
tells what an API lets through.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from scopekit.audit.calls import Call, Exchange
from scopekit.errors import AuditError

KEPT_HEADERS = (
    "www-authenticate", "content-type", "retry-after", "date", "x-oauth-scopes", "x-accepted-oauth-scopes",
    "x-accepted-github-permissions",
)  # fmt: skip


_KINDS = {"cell": str, "method": str, "path": str, "status": int, "phrase": str, "headers": dict, "text": str}


class Journal:
    """A journal in a file, of an audit of `subject`; AuditError where the file is of another, or is no journal."""

    def __init__(self, path: Path, subject: str) -> None:
        self._known: dict[str, Exchange] = {}
        self._lock, self._path = threading.Lock(), path
        if path.exists() and not path.is_file():
            raise AuditError(f"The journal {path} cannot be used: it is no file.")
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            self._read(lines, subject, path)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.fchmod(handle, 0o600)
            self._file = os.fdopen(handle, "a", encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            told = getattr(error, "strerror", None) or "it is no text"
            raise AuditError(f"The journal {path} cannot be used: {told}.") from None
        # A line that was cut off by the end of a process is closed, and not read again.
        self._file.write(f"{json.dumps({'audit': subject})}\n" if not lines else "\n")

    def find(self, label: str, call: Call) -> Exchange | None:
        """What was seen of this call with the token of this label, if it was made before."""
        return self._known.get(_key(label, call))

    def keep(self, label: str, call: Call, exchange: Exchange) -> None:
        """Writes down what was seen; an exchange without an answer is made again next time.

        AuditError where the file takes no more.
        """
        if exchange.status == 0:
            return
        line = json.dumps({"cell": _key(label, call), **_told(exchange)})
        try:
            with self._lock:
                self._file.write(f"{line}\n")
                self._file.flush()
        except OSError as error:
            raise AuditError(f"The journal {self._path} cannot be written: {error.strerror}.") from None

    def close(self) -> None:
        """Closes the file."""
        with contextlib.suppress(OSError):  # of a line that could not be written, which was told before
            self._file.close()

    def _read(self, lines: list[str], subject: str, path: Path) -> None:
        if lines and _json(lines[0]) != {"audit": subject}:
            raise AuditError(f"The journal {path} is of another audit; name another file, or delete it.")
        for told in map(_json, lines[1:]):
            if told.keys() == _KINDS.keys() and all(isinstance(told[name], kind) for name, kind in _KINDS.items()):
                cell = told.pop("cell")
                self._known[cell] = Exchange(request_headers={}, request_body="", **told)


def _key(label: str, call: Call) -> str:
    sent = json.dumps([str(call), call.media_type, dict(call.headers), call.body], sort_keys=True)
    return f"{label} | {call} {hashlib.sha256(sent.encode()).hexdigest()[:16]}"


def _told(exchange: Exchange) -> dict[str, Any]:
    headers = {name: value for name, value in exchange.headers.items() if name.lower() in KEPT_HEADERS}
    told = {name: getattr(exchange, name) for name in ("method", "path", "status", "phrase", "text")}
    return {**told, "headers": headers}


def _json(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
