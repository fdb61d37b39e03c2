"""The Lab: one seeded world with a clock, keys, an issuer, a running API and a requests session."""

from __future__ import annotations

import functools
import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sample_api.app import create_app
from sample_api.mounts import REPOS, guard_of, issuer_of
from sample_api.state import EXPLORER, ISSUER, REPORTER, TENANTS, State
from scopekit.audit import Call, Exchange, Matrix, observe, read_calls, read_vocabulary
from scopekit.audit.calls import FORM
from scopekit.audit.matrix import Column
from scopekit.decision import Decision
from scopekit.errors import LabError, no_such, one_of
from scopekit.guard import Guard
from scopekit.keys import Key, KeySet
from scopekit.lab.objects import LiveObjects
from scopekit.lab.world.classroom import Classroom
from scopekit.lab.world.client import Client
from scopekit.lab.world.columns import MOUNTS, OpaqueKey, columns, mount_of, read
from scopekit.lab.world.transports import Transport, own_transport
from scopekit.lab.world.watch import Watch, WatchedClock
from scopekit.requirements import NO_SCOPE
from scopekit.revocation import FOREVER, MemoryDenylist
from scopekit.scopes import Vocabulary
from scopekit.tokens import Token

ARTICLE_IAT = 1416929109
"""The moment at which the article's first token was issued; every Lab's clock starts there."""

_RUNNING: dict[str, Lab] = {}


class Lab(Client, LiveObjects, Classroom):
    """A world for lessons, the same for everyone: time stands still, and keys and ids come from the seed.

    Its API runs on a free loopback port until `close()`, or until another Lab of the same name takes its place. A
    `transport` of one's own brings the API within reach in another way. Once the name or the seed is another, so are
    keys and ids.
    """

    def __init__(self, name: str = "lab", *, seed: str = "scopekit", transport: Transport | None = None) -> None:
        if name in _RUNNING:
            _RUNNING[name].close()
        LiveObjects.__init__(self)
        self.name, self._seed, self._minted = name, f"{seed}/{name}", 0
        self.clock: WatchedClock = WatchedClock(ARTICLE_IAT)
        self.denylist: MemoryDenylist = MemoryDenylist()
        self._watch = Watch(self.clock, self.denylist, self.tell)
        self.state: State = self._make_state()
        Client.__init__(self, transport or own_transport(), create_app(self.state))
        _RUNNING[name] = self

    # What one can do in it

    def mint(
        self,
        scopes: Iterable[str],
        *,
        audience: str = REPOS,
        ttl_seconds: int | None = None,
        subject: str | None = None,
    ) -> Token:
        """A token for scopes that the API knows; the audience decides its profile.

        The token lives for `ttl_seconds`; without them as long as its profile says, an hour at `/`.
        The subject is `octocat` where none is given; a tenant's token has none then, and is an application's.
        """
        if audience not in MOUNTS:
            raise LabError(one_of("An audience", audience, MOUNTS))
        issuer, known = issuer_of(self.state, audience), self._vocabulary_of(MOUNTS[audience]).check(scopes)
        if subject is None or "sub" in issuer.profile.claims:
            return issuer.mint(known, subject=subject or "octocat", ttl_seconds=ttl_seconds)
        return issuer.mint(known, ttl_seconds=ttl_seconds, claims={"sub": subject})

    def opaque_key(self) -> OpaqueKey:
        """An API key as of old, which opens every call under `/keys`."""
        return OpaqueKey(self.state.clients[EXPLORER])

    def form(self, path: str, /, client: str | None = None, **fields: Any) -> Exchange:
        """POST, over HTTP, with the keywords as a form; a list is sent as several fields.

        A client with a secret shows who it is by HTTP Basic, and one without is named in the form (RFC 6749 section 2).
        """
        sent = {name: value if isinstance(value, list) else str(value) for name, value in fields.items()}
        if client is None or client in self.state.clients:
            return self.request("POST", path, body=sent, media_type=FORM, headers=self._basic(client))
        return self.request("POST", path, body={"client_id": client, **sent}, media_type=FORM)

    def call(self, name: str, token: object = None) -> Exchange:
        """The documented example of a call, made with a token; `name` is the call's own, or `POST /user/repos`."""
        mount = mount_of(read(token))
        return self.make(self._call(name, mount), mount, token)

    def explain(self, name: str, token: object = None) -> Decision:
        """The guard's decision over a call with this token, with a step for every check."""
        if isinstance(token, OpaqueKey):
            raise LabError("An opaque key meets no guard: it is looked up, and then opens every call under /keys.")
        parsed = read(token)
        subject = parsed.claims.get("sub") if isinstance(parsed, Token) else None
        requirement = self._call(name, mount_of(parsed)).needed_by(subject) or NO_SCOPE
        return self.guard_of(token).explain(None if token is None else f"Bearer {token}", requirement)

    def matrix(self, *tokens: object) -> Matrix:
        """Every documented call with each token, made for real and on the same records, which are then as before."""
        return observe(self.columns(*tokens), self.vocabulary, self.clock.now())

    def columns(self, *tokens: object) -> tuple[Column, ...]:
        """A column for each token: all start each call on the records of this moment, and leave them as they were."""
        return columns(self, tokens)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What happens within leaves the records, the denylist, the clock and the ids as they were."""
        with self.at_once():
            kept = self.state.data.snapshot(), self.denylist.snapshot(), self.clock.now(), self._minted
            try:
                yield
            finally:
                self.state.data.restore(kept[0])
                self.denylist.restore(kept[1])
                self.clock.set(kept[2])
                self._minted = kept[3]

    def revoke(self, token: Token) -> None:
        """Takes a token back: from now on it is refused."""
        if not isinstance(token, Token):
            raise LabError("Only a token has an id to take it back by; a key is taken out of the store that holds it.")
        claims = token.claims
        owner, jti = claims.get("iss", claims.get("aud")), claims.get("jti")
        if not (isinstance(owner, str) and jti):
            raise LabError("A token is taken back by its issuer and its jti; this one does not have both.")
        with self.at_once():
            self.denylist.revoke(owner, jti, token.expires or FOREVER)

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Takes back all that an issuer, or one subject of it, was given before a moment: seconds since 1970."""
        with self.at_once():
            self.denylist.cut_off(issuer, before, subject)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Tells the objects on the lab of all that happens in here once, at its end, when they can ask the API."""
        with self.turn, self._watch.held():
            yield

    def close(self) -> None:
        """Stops the API and frees its port."""
        self.let_go()
        self.stop_serving()
        super().close()
        if _RUNNING.get(self.name) is self:
            del _RUNNING[self.name]

    # What is in it

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """The scopes that the API's document lists."""
        return read_vocabulary(self._document(""))

    @functools.cached_property
    def calls(self) -> tuple[Call, ...]:
        """The calls that the API's document lists."""
        return read_calls(self._document(""))

    def calls_for(self, token: object) -> tuple[Call, ...]:
        """The calls of the API that a token is meant for: its audience says which."""
        return self._calls_of(mount_of(read(token)))

    def call_named(self, name: str, token: object = None) -> Call:
        """The call of that name, or `POST /user/repos`, in the API that a token is meant for; LabError if none is."""
        return self._call(name, mount_of(read(token)))

    def guard_of(self, token: object) -> Guard:
        """The guard of the mount that a token is meant for: its audience says which, `/` where it says nothing."""
        by_mount = {mount: audience for audience, mount in MOUNTS.items()}
        return guard_of(self.state, by_mount.get(mount_of(read(token)), REPOS))

    def __repr__(self) -> str:
        return f"<Lab {self.name!r}: {len(self.calls)} calls, {len(self.vocabulary)} scopes, {self.clock!r}>"

    def _named(self) -> str:
        return f"The Lab {self.name!r}"

    def _make_state(self) -> State:
        return State(
            KeySet([Key("lab-1", self.secret("key"), issuer=ISSUER)]),
            {EXPLORER: self.secret("client").hex()[:40], REPORTER: self.secret("reporter").hex()[:40]},
            KeySet([Key(f"{name}-key", self.secret(name), issuer=name) for name in TENANTS]),
            denylist=self.denylist,
            clock=self.clock,
            new_id=self._new_id,
        )

    def secret(self, purpose: str) -> bytes:
        """32 bytes that the seed decides, others for each purpose."""
        return hashlib.sha256(f"{self._seed}/{purpose}".encode()).digest()

    def _new_id(self) -> str:
        self._minted += 1
        return self.secret(f"jti {self._minted}").hex()[:11]

    def _basic(self, client: str | None) -> dict[str, str]:
        shown = f"{client}:{self.state.clients[client]}" if client else ""
        return {"Authorization": f"Basic {b64encode(shown.encode()).decode()}"} if shown else {}

    def _document(self, mount: str) -> Any:
        return self.get(f"{mount}/openapi.json").json

    def _vocabulary_of(self, mount: str) -> Vocabulary:
        return self.vocabulary if mount == "" else read_vocabulary(self._document(mount))

    def _calls_of(self, mount: str) -> tuple[Call, ...]:
        return self.calls if mount == "" else read_calls(self._document(mount))

    def _call(self, name: str, mount: str) -> Call:
        """The call of that name; of several with one method and path, the first."""
        calls = self._calls_of(mount)
        for call in calls:
            if name in (call.name, str(call), f"{call.method} {call.template}"):
                return call
        names = [call.name for call in calls]
        raise LabError(no_such("The API has no call", name, names, "lab.matrix(token) lists them all."))

    def make(self, call: Call, mount: str, token: object) -> Exchange:
        """The example of a call of the API below `mount`, made with a token."""
        return self.request(call.method, mount + call.path, token, dict(call.body) if call.body else None)
