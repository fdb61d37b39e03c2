"""Carries a Lab's requests to its API: over a loopback socket, or in-process if there are no sockets."""

from __future__ import annotations

import sys
import time
from collections.abc import MutableMapping
from http import HTTPStatus
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter

from scopekit.errors import LabError

START_SECONDS = 10


class Transport(Protocol):
    """Connects a requests session to an ASGI application."""

    def open(self, app: Any, session: requests.Session) -> str:
        """Connects the session to the application, and returns the application's base URL."""
        ...

    def close(self) -> None:
        """Stops what `open` started. A second call does nothing."""
        ...


class Loopback:
    """A real HTTP server in its own thread, on a free port of this machine."""

    def __init__(self) -> None:
        self._server: Any = None
        self._thread: Any = None

    def open(self, app: Any, session: requests.Session) -> str:
        """Starts the server, waits until it runs, and returns its base URL."""
        import threading  # some platforms cannot start threads

        from sample_api.serving.sockets import listen, server_of, url_of

        listener = listen()
        self._server = server_of(app)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True, name="scopekit-lab")
        self._thread.start()
        end = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise LabError("The API of the Lab did not start.")
            time.sleep(0.002)
        return url_of(listener)

    def close(self) -> None:
        """Stops the server, and waits until its port is free and its thread has ended."""
        if self._thread is not None:
            self._server.stop()
            self._thread.join()
            self._server = self._thread = None


class InProcess(BaseAdapter):
    """Calls the application in the caller's thread, for a Python without sockets or threads.

    It runs the application's coroutine without an event loop. This works only if the coroutine never waits.
    """

    base_url = "http://127.0.0.1"

    def open(self, app: Any, session: requests.Session) -> str:
        """Sends the session's requests to the application, and returns the base URL for them."""
        self._app = app
        session.mount(self.base_url, self)
        return self.base_url

    def close(self) -> None:
        """Does nothing, because `open` started nothing that must be stopped."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Calls the application with one request, and returns its response."""
        body = request.body or b""
        messages = [{"type": "http.request", "body": body.encode() if isinstance(body, str) else body}]
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        try:
            self._app(_scope_of(request), receive, send).send(None)
        except StopIteration:
            return _response_to(request, *sent)
        raise LabError("The application tried to wait for something; an in-process transport cannot wait.")


def own_transport() -> Transport:
    """The default transport: a loopback socket, or in-process calls if Python runs in a browser."""
    return InProcess() if sys.platform == "emscripten" else Loopback()


def _scope_of(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(str(request.url))
    headers = {"Host": url.netloc, **request.headers}
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
        "scheme": url.scheme, "path": unquote(url.path) or "/", "raw_path": url.path.encode(), "root_path": "",
        "query_string": url.query.encode(),
        "headers": [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip


def _response_to(
    request: requests.PreparedRequest, start: MutableMapping[str, Any], *bodies: MutableMapping[str, Any]
) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request, response.url = start["status"], request, str(request.url)
    response.reason = HTTPStatus(start["status"]).phrase
    for raw_name, raw_value in start["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        before = response.headers.get(name)
        response.headers[name] = value if before is None else f"{before}, {value}"
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = BytesIO(b"".join(each.get("body", b"") for each in bodies))
    return response
