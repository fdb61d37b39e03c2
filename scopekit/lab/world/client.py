"""A client that calls an application. Its methods, such as `get` and `post`, each return an Exchange."""

from __future__ import annotations

from _thread import RLock  # the module threading is not available everywhere
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Self

import requests

from scopekit.audit import Document, Exchange, read_document
from scopekit.audit.calls import JSON
from scopekit.audit.sending import send
from scopekit.errors import LabError
from scopekit.issuer import Issuer
from scopekit.lab.world.transports import Transport
from scopekit.wording import shortened

if TYPE_CHECKING:
    from scopekit.audit.run import Audit


class Client:
    """Calls an application with `get`, `post`, `put`, `patch` and `delete`. `close()` stops the application."""

    title = "The application"

    def __init__(self, transport: Transport, app: Any) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # store no cookies: lessons send them
        self.session.headers.clear()
        self.session.headers.update({"User-Agent": "scopekit", "Accept": "application/json"})
        self._transport = transport
        self.url = transport.open(app, self.session)
        self._closed = False
        self.turn = RLock()
        """A lock held during each call, because a kernel handles widgets and cells in different threads."""

    def get(self, path: str, token: object = None) -> Exchange:
        """Sends a GET request."""
        return self.request("GET", path, token)

    def post(self, path: str, token: object = None, **body: Any) -> Exchange:
        """Sends a POST request with the keyword arguments as a JSON body."""
        return self.request("POST", path, token, body)

    def put(self, path: str, token: object = None, **body: Any) -> Exchange:
        """Sends a PUT request with the keyword arguments as a JSON body."""
        return self.request("PUT", path, token, body)

    def patch(self, path: str, token: object = None, **body: Any) -> Exchange:
        """Sends a PATCH request with the keyword arguments as a JSON body."""
        return self.request("PATCH", path, token, body)

    def delete(self, path: str, token: object = None, **body: Any) -> Exchange:
        """Sends a DELETE request. The keyword arguments, if there are any, become a JSON body."""
        return self.request("DELETE", path, token, body or None)

    def request(
        self,
        method: str,
        path: str,
        token: object = None,
        body: dict[str, Any] | None = None,
        *,
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Sends one request and returns an Exchange. The request carries no cookies except those in `headers`.

        Raises LabError if the client is closed, or if the path does not begin with a slash.
        """
        if self._closed:
            raise LabError(f"{self.title} was closed; make a new one.")
        if not path.startswith("/"):
            raise LabError(f"A path must begin with a slash, such as /user; found {shortened(path)}.")
        with self.at_once():
            return send(self.session, self.url, method, path, token, body, media_type=media_type, headers=headers)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Makes calls from other threads wait until the `with` block ends."""
        with self.turn:
            yield

    def close(self) -> None:
        """Stops the application and frees its port."""
        self._closed = True
        self.session.close()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<application{' (closed)' if self._closed else ''}: get, post, put, patch and delete call it>"


class Served(Client):
    """A learner's running application, to call and to audit. It stops when the Lab closes or serves another one."""

    @property
    def document(self) -> Document:
        """The application's current OpenAPI document."""
        return replace(read_document(f"{self.url}/openapi.json"), base_url="$API")

    def audit(self, issuer: Issuer) -> Audit:
        """Audits the application: makes every documented call, even unsafe ones, with tokens that `issuer` mints."""
        from scopekit.audit.probe_tokens import mint_probes
        from scopekit.audit.run import audit

        document, now = self.document, issuer.clock.now()
        result = audit(document, mint_probes(document, issuer), base_url=self.url, unsafe=True, now=now)
        return replace(result, base_url="$API")
