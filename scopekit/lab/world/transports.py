"""How a Lab's requests reach its API: over a loopback socket, or in the process where there are no sockets."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, MutableMapping
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from scopekit.errors import LabError

START_SECONDS = 10


class Transport(Protocol):
    """Brings an ASGI application within reach of a requests session."""

    def open(self, app: Any, session: requests.Session) -> str:
        """Makes the application answer the session, and returns its base URL."""
        ...

    def close(self) -> None:
        """Stops what `open` started; to close twice does nothing."""
        ...


class Loopback:
    """A server in a thread of its own, on a free port of this machine: real HTTP.

    It is called over kept connections without urllib3's layers, which take half of a call's time on a loopback.
    """

    def __init__(self) -> None:
        self._server: Any = None
        self._thread: Any = None

    def open(self, app: Any, session: requests.Session) -> str:
        """Serves the application, and returns the base URL once it answers."""
        import threading  # not everywhere Python runs has threads that start

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
        url = url_of(listener)
        session.mount(f"{url}/", Kept(url))
        return url

    def close(self) -> None:
        """Stops the server; its port is free and its thread gone when this returns."""
        if self._thread is not None:
            self._server.stop()
            self._thread.join()
            self._server = self._thread = None


class Kept(BaseAdapter):
    """Sends a session's requests to one address, over connections that are kept for the next one."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._address = urlsplit(url)
        self._resting: list[Any] = []

    def send(self, request: requests.PreparedRequest, *_: Any, timeout: Any = None, **__: Any) -> requests.Response:
        """The answer to one request, all of it read; several threads may ask at once, each over its own connection."""
        from http.client import HTTPException

        connection = self._connection(timeout[-1] if isinstance(timeout, tuple) else timeout)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        chunked = "Transfer-Encoding" in request.headers
        whole = True
        try:
            try:
                connection.request(request.method, request.path_url, body, request.headers, encode_chunked=chunked)
            except (BrokenPipeError, ConnectionResetError):  # who refuses a body unread has said why: read on
                whole = False
            answer = connection.getresponse()
            content = answer.read()
        except TimeoutError as error:
            connection.close()
            raise requests.ReadTimeout(error, request=request) from None
        except (OSError, HTTPException) as error:
            connection.close()
            raise requests.ConnectionError(error, request=request) from error
        except BaseException:  # an answer that was interrupted would be taken for the next one
            connection.close()
            raise
        if whole:
            self._resting.append(connection)
        else:
            connection.close()
        return _response(request, answer.status, answer.reason, answer.getheaders(), Content(content, answer))

    def close(self) -> None:
        """Closes the connections that rest."""
        while self._resting:
            self._resting.pop().close()

    def _connection(self, timeout: float | None) -> Any:
        """A connection that rests and that the other side has not ended, or else a new one."""
        from http.client import HTTPConnection

        from urllib3.util.wait import wait_for_read

        while self._resting:
            connection = self._resting.pop()
            if connection.sock is not None and not wait_for_read(connection.sock, timeout=0):
                connection.sock.settimeout(timeout)
                return connection
            connection.close()
        return HTTPConnection(str(self._address.hostname), self._address.port, timeout=timeout)


class Content(BytesIO):
    """The content of an answer, beside what requests reads its cookies from."""

    def __init__(self, content: bytes, answer: Any) -> None:
        super().__init__(content)
        self._original_response = answer


class InProcess(BaseAdapter):
    """The application called in the caller's own thread, for a Python that has neither sockets nor threads.

    It steps the application's coroutine by hand, which works as long as that never really waits for anything.
    """

    base_url = "http://127.0.0.1"

    def open(self, app: Any, session: requests.Session) -> str:
        """Hands the session's requests to the application."""
        self._app = app
        session.mount(self.base_url, self)
        return self.base_url

    def close(self) -> None:
        """Nothing was started, so nothing stops."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The application's response to one request."""
        body = request.body or b""
        received = [{"type": "http.request", "body": body.encode() if isinstance(body, str) else body}]
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            return received.pop() if received else {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        coroutine = self._app(_scope(request), receive, send)
        try:
            coroutine.send(None)
        except StopIteration:
            return _answer(request, sent)
        raise LabError("The application waited for something; in-process it may not.")


def own_transport() -> Transport:
    """A loopback socket, or where Python runs in a browser the process itself."""
    return InProcess() if sys.platform == "emscripten" else Loopback()


def _scope(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(str(request.url))
    headers = {"Host": url.netloc, **request.headers}
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
        "scheme": url.scheme, "path": unquote(url.path) or "/", "raw_path": url.path.encode(), "root_path": "",
        "query_string": url.query.encode(),
        "headers": [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip


def _answer(request: requests.PreparedRequest, sent: list[MutableMapping[str, Any]]) -> requests.Response:
    from http import HTTPStatus

    start, *bodies = sent
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    content = BytesIO(b"".join(each.get("body", b"") for each in bodies))
    return _response(request, start["status"], HTTPStatus(start["status"]).phrase, headers, content)


def _response(
    request: requests.PreparedRequest, status: int, phrase: str, headers: list[tuple[str, str]], content: BytesIO
) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request, response.url = status, request, str(request.url)
    response.reason = phrase
    response.headers = CaseInsensitiveDict()
    for name, value in headers:
        before = response.headers.get(name)
        response.headers[name] = value if before is None else f"{before}, {value}"
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = content
    requests.cookies.extract_cookies_to_jar(response.cookies, request, content)  # type: ignore[no-untyped-call]
    return response
