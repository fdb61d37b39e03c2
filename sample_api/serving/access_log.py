"""The access log: one JSON line for each request, without tokens or keys.

The fields have the names that OpenTelemetry's HTTP conventions and the Elastic Common Schema share. The log never reads
the query or a header. In the path, any text that looks like a token is replaced.
"""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scopekit.clock import Clock

MAX_PATH = 255
_TOKEN = re.compile(r"eyJ[\w.=-]*|[\w-]{8,}\.[\w-]{8,}\.[\w-]*|[\w-]{32,}")
"""Text that looks like a token: it has a token's usual beginning, or its three parts, or an opaque key's length."""


class AccessLog:
    """Writes a line to `stream` after each request. If the stream fails, the request still succeeds."""

    def __init__(self, app: ASGIApp, stream: TextIO, clock: Clock) -> None:
        self.app, self.stream, self.clock = app, stream, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and logs the outcome. If the client hung up first, the line has no status."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        start_ns, outcome = time.perf_counter_ns(), {}

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                outcome["http.response.status_code"] = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            outcome.setdefault("http.response.status_code", 500)
            raise
        finally:
            outcome["event.duration"] = time.perf_counter_ns() - start_ns
            with suppress(OSError, ValueError):
                self.stream.write(json.dumps(self._line(scope, outcome)) + "\n")
                self.stream.flush()

    def _line(self, scope: Scope, outcome: dict[str, int]) -> dict[str, Any]:
        """Makes the log line of a request. If a guard accepted the token, the line names the user and the client."""
        decision = scope.get("state", {}).get("decision")
        claims = decision.token.claims if decision and decision.token else {}
        caller = {"user.id": claims.get("sub"), "client.id": claims.get("client_id")}
        return {
            "@timestamp": datetime.fromtimestamp(self.clock.now(), UTC).isoformat(timespec="milliseconds"),
            "http.request.method": scope["method"],
            "url.path": _TOKEN.sub("…", scope["path"])[:MAX_PATH],
            **outcome,
            **{name: value for name, value in caller.items() if isinstance(value, str)},
        }
