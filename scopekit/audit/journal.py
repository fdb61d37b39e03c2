"""The journal of an audit: a file with a line for each call made so far, so that an interrupted audit can continue.

A line holds no token, and no response body of an allowed call. Only the owner can read the file, because an audit
shows what an API lets through.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from _thread import allocate_lock  # the threading module does not exist everywhere
from pathlib import Path
from typing import Any

from scopekit.audit.calls import Call, Exchange
from scopekit.errors import InputError

KEPT_HEADERS = (
    "www-authenticate", "content-type", "retry-after", "date", "x-oauth-scopes", "x-accepted-oauth-scopes",
    "x-accepted-github-permissions",
)  # fmt: skip
_KINDS = {"cell": str, "method": str, "path": str, "status": int, "phrase": str, "headers": dict, "text": str}


class Journal:
    """Opens the journal file of the audit named `subject`. Raises InputError if the file cannot be used for this audit.

    `recalled` counts the exchanges that `find` found in the file.
    """

    def __init__(self, path: Path, subject: str) -> None:
        self._known: dict[str, Exchange] = {}
        self._lock, self._path, self.recalled = allocate_lock(), path, 0
        if path.exists() and not path.is_file():
            raise InputError(f"The journal {path} cannot be used: it is not a file.")
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            if lines and _json(lines[0]) != {"audit": subject}:
                raise InputError(f"The journal {path} belongs to another audit; name another file, or delete this one.")
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.fchmod(handle, 0o600)
            self._file = os.fdopen(handle, "a", encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise InputError(f"The journal {path} cannot be used: {reason}.") from None
        for entry in map(_json, lines[1:]):
            if entry.keys() == _KINDS.keys() and all(isinstance(entry[name], kind) for name, kind in _KINDS.items()):
                cell = entry.pop("cell")
                self._known[cell] = Exchange(request_headers={}, request_body="", **entry)
        # If a process stopped in the middle of a line, this ends that line, and later runs skip it.
        self._file.write(f"{json.dumps({'audit': subject})}\n" if not lines else "\n")

    def find(self, label: str, call: Call) -> Exchange | None:
        """The exchange in the file for `call` with the token labelled `label`. None if the file has none."""
        exchange = self._known.get(_key(label, call))
        self.recalled += exchange is not None
        return exchange

    def keep(self, label: str, call: Call, exchange: Exchange) -> None:
        """Writes an exchange to the file. Without a response, nothing is written, so the next audit repeats the call.

        Raises InputError if the file cannot be written.
        """
        if exchange.status == 0:
            return
        entry = {name: getattr(exchange, name) for name in ("method", "path", "status", "phrase", "text")}
        headers = {name: value for name, value in exchange.headers.items() if name.lower() in KEPT_HEADERS}
        try:
            with self._lock:
                self._file.write(f"{json.dumps({'cell': _key(label, call), **entry, 'headers': headers})}\n")
                self._file.flush()
        except OSError as error:
            raise InputError(f"The journal {self._path} cannot be written: {error.strerror}.") from None

    def close(self) -> None:
        """Closes the file."""
        with contextlib.suppress(OSError):  # a line that could not be written was reported before
            self._file.close()


def _key(label: str, call: Call) -> str:
    request = json.dumps([str(call), call.media_type, dict(call.headers), call.body], sort_keys=True)
    return f"{label} | {call} {hashlib.sha256(request.encode()).hexdigest()[:16]}"


def _json(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
