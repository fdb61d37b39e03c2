"""The world of a Lab: a clock, keys and ids from a seed, a running API, and the objects that show them."""

from __future__ import annotations

import functools
import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from sample_api.app import create_app
from sample_api.mounts import REPOS, guard_of, issuer_of
from sample_api.state import EXPLORER, ISSUER, REPORTER, TENANTS, State
from scopekit.audit import Call, Exchange, Matrix, observe, read_calls, read_vocabulary
from scopekit.audit.calls import FORM
from scopekit.audit.matrix import Column, Probe
from scopekit.clock import LessonClock
from scopekit.decision import Decision
from scopekit.errors import LabError
from scopekit.guard import Guard
from scopekit.issuer import Issuer
from scopekit.keys import Key, KeySet
from scopekit.lab.world.client import Client
from scopekit.lab.world.credentials import MOUNTS, OpaqueKey, label_of, mount_of, read_credential
from scopekit.lab.world.transports import Transport, own_transport
from scopekit.profiles import GITHUB
from scopekit.requirements import NO_SCOPE
from scopekit.revocation import FOREVER, GRACE_SECONDS, RevocationQuery
from scopekit.scopes import Vocabulary
from scopekit.stores.memory import MemoryDenylist
from scopekit.tokens import Token
from scopekit.wording import no_such, one_of

ARTICLE_IAT = 1416929109
"""The `iat` of the first token in the article of 2014. Every Lab's clock starts at this time."""

SCHOOL = "https://school.example/"
CERTIFICATES = "https://certificates.example/"
"""SCHOOL issues the learners' certificates. Their audience is CERTIFICATES."""
CERTIFICATE_SECONDS = 90 * 86400
"""The lifetime of a certificate, the longest lifetime that its profile allows."""

_RUNNING: dict[str, World] = {}


class WatchedClock(LessonClock):
    """A lesson's clock that calls its `watcher` each time it is set."""

    watcher: Callable[[], None] | None = None

    def set(self, seconds: float) -> None:
        """Sets the clock to a time in seconds since 1970. Raises LabError outside the years 1970 to 9999."""
        super().set(seconds)
        if self.watcher:
            self.watcher()


class Onlooker(Protocol):
    """An object that shows a world. The world keeps one onlooker of each kind and name."""

    def moved(self) -> None:
        """Reacts to a change of the clock or the denylist."""
        ...

    def close(self) -> None:
        """Stops the onlooker. The world calls this when it closes, or when another onlooker replaces this one."""
        ...


class World(Client):
    """A world that is the same for everyone: time stands still, and keys and ids come from a seed.

    The API runs on a free loopback port until `close()`, or until another world of the same name replaces this one.
    Pass a `transport` to connect in another way. A different name or seed gives different keys and ids.
    """

    def __init__(self, name: str = "lab", *, seed: str = "scopekit", transport: Transport | None = None) -> None:
        if name in _RUNNING:
            _RUNNING[name].close()
        self.name, self.title, self._seed, self._minted = name, f"The Lab {name!r}", f"{seed}/{name}", 0
        self.clock: WatchedClock = WatchedClock(ARTICLE_IAT)
        self.denylist: MemoryDenylist = MemoryDenylist(self.clock)
        self.state: State = State(
            KeySet([Key("lab-1", self.secret("key"), issuer=ISSUER)]),
            {EXPLORER: self.secret("client").hex()[:40], REPORTER: self.secret("reporter").hex()[:40]},
            KeySet([Key(f"{tenant}-key", self.secret(tenant), issuer=tenant) for tenant in TENANTS]),
            denylist=self.denylist,
            clock=self.clock,
            new_id=self._new_id,
        )
        self._onlookers: dict[tuple[type[Onlooker], str], Onlooker] = {}
        self._delays, self._announced = 0, self._watched()
        self.clock.watcher = self.announce
        super().__init__(transport or own_transport(), create_app(self.state))
        _RUNNING[name] = self

    # Actions

    def mint(
        self,
        scopes: Iterable[str],
        *,
        audience: str = REPOS,
        ttl_seconds: int | None = None,
        subject: str | None = None,
    ) -> Token:
        """Mints a token with these scopes, which the API must know. The audience decides the profile (set of claims).

        The token lives for `ttl_seconds`. The default is the profile's lifetime, for example an hour at `/`.
        The default subject is `octocat`. A tenant's token has no subject by default: it belongs to an application.
        """
        if audience not in MOUNTS:
            raise LabError(one_of("An audience", audience, MOUNTS))
        mount, issuer = MOUNTS[audience], issuer_of(self.state, audience)
        vocabulary = read_vocabulary(self._document(mount)) if mount else self.vocabulary
        known = vocabulary.check(scopes)
        if subject is None or "sub" in issuer.profile.claims:
            return issuer.mint(known, subject=subject or "octocat", ttl_seconds=ttl_seconds)
        return issuer.mint(known, ttl_seconds=ttl_seconds, claims={"sub": subject})

    def opaque_key(self) -> OpaqueKey:
        """A traditional API key, which opens every call under `/keys`."""
        return OpaqueKey(self.state.clients[EXPLORER])

    def form(self, path: str, /, client: str | None = None, **fields: Any) -> Exchange:
        """Sends a POST request with the keyword arguments as a form. A list becomes several fields of the same name.

        If `client` has a secret, it is sent by HTTP Basic. Otherwise the form names the client (RFC 6749 section 2).
        """
        body = {name: value if isinstance(value, list) else str(value) for name, value in fields.items()}
        headers = {}
        if client in self.state.clients:
            credentials = f"{client}:{self.state.clients[client]}"
            headers["Authorization"] = f"Basic {b64encode(credentials.encode()).decode()}"
        elif client is not None:
            body = {"client_id": client, **body}
        return self.request("POST", path, body=body, media_type=FORM, headers=headers)

    def call(self, name: str, token: object = None) -> Exchange:
        """Makes a documented call with a token. `name` is the call's name, or method and path: `POST /user/repos`."""
        return self._make(self.call_named(name, token), token)

    def explain(self, name: str, token: object = None) -> Decision:
        """The guard's decision on a call with this token, check by check. The call is not made."""
        if isinstance(token, OpaqueKey):
            raise LabError("No guard checks an opaque key: the API looks it up and then allows every call under /keys.")
        parsed = read_credential(token)
        subject = parsed.claims.get("sub") if isinstance(parsed, Token) else None
        requirement = self.call_named(name, parsed).needed_by(subject) or NO_SCOPE
        return self.guard_of(token).explain(None if token is None else f"Bearer {token}", requirement)

    def matrix(self, *tokens: object) -> Matrix:
        """Makes every documented call with each token. No call changes the records that the next call sees."""
        return observe(self.columns(*tokens), self.vocabulary, self.clock.now())

    def columns(self, *tokens: object) -> tuple[Column, ...]:
        """One matrix column for each token. No call in a column changes the records that the next call sees."""
        if not tokens:
            raise LabError("A matrix needs at least one token.")
        records = self.state.data.snapshot()
        columns = [self._column(read_credential(token), records) for token in tokens]
        for column in columns:
            if [str(call) for call in column.calls] != [str(call) for call in columns[0].calls]:
                labels = f"{columns[0].probe.label!r} and {column.probe.label!r}"
                raise LabError(f"All tokens of a matrix must be for the same API; {labels} are for different APIs.")
        return tuple(columns)

    def revoke(self, token: Token) -> None:
        """Revokes a token. The API refuses the token from now on."""
        if not isinstance(token, Token):
            raise LabError("Only a token can be revoked by its id; to revoke an opaque key, remove it from its store.")
        claims = token.claims
        owner, jti = claims.get("iss", claims.get("aud")), claims.get("jti")
        if not (isinstance(owner, str) and jti):
            raise LabError("A token is revoked by its issuer and its jti; this one does not have both.")
        with self.at_once():
            self.denylist.revoke(owner, jti, token.expires or FOREVER)

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Revokes all tokens that `issuer` issued to `subject` (None: any) before `before`, in seconds since 1970."""
        with self.at_once():
            self.denylist.cut_off(issuer, before, subject)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Restores the records, the denylist, the clock and the ids when the `with` block ends."""
        with self.at_once():
            records, denylist = self.state.data.snapshot(), self.denylist.snapshot()
            now, minted = self.clock.now(), self._minted
            try:
                yield
            finally:
                self.state.data.restore(records)
                self.denylist.restore(denylist)
                self.clock.set(now)
                self._minted = minted

    # Contents

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """The scopes that the API's document lists."""
        return read_vocabulary(self._document(""))

    @functools.cached_property
    def calls(self) -> tuple[Call, ...]:
        """The calls that the API's document lists."""
        return read_calls(self._document(""))

    def calls_for(self, token: object) -> tuple[Call, ...]:
        """The calls of the API that a token's audience names."""
        mount = mount_of(token)
        return read_calls(self._document(mount)) if mount else self.calls

    def call_named(self, name: str, token: object = None) -> Call:
        """The call with this name, or method and path, in the token's API. Raises LabError if there is none."""
        calls = self.calls_for(token)
        for call in calls:
            if name in (call.name, str(call), f"{call.method} {call.template}"):
                return call
        names = [call.name for call in calls]
        raise LabError(no_such("The API has no call", name, names, "lab.matrix(token) lists them all."))

    def guard_of(self, token: object) -> Guard:
        """The guard of the API that a token's audience names. An unknown audience gets the guard of the path `/`."""
        by_mount = {mount: audience for audience, mount in MOUNTS.items()}
        return guard_of(self.state, by_mount.get(mount_of(token), REPOS))

    @functools.cached_property
    def certificates(self) -> Issuer:
        """The issuer of learners' certificates. Its key comes from the seed, and its signatures are reproducible."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        private = Ed25519PrivateKey.from_private_bytes(self.secret("certificates"))
        material = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Issuer(Key("school-1", material, "EdDSA", SCHOOL), GITHUB, CERTIFICATES, self.clock, self.state.new_id)

    @property
    def certificate_keys(self) -> KeySet:
        """The public key that certificates are verified with."""
        return KeySet([key.public() for key in [self.certificates.key] if isinstance(key, Key)])

    def secret(self, purpose: str) -> bytes:
        """Derives 32 bytes from the seed and the purpose. The same purpose always gives the same bytes."""
        return hashlib.sha256(f"{self._seed}/{purpose}".encode()).digest()

    def __repr__(self) -> str:
        return f"<Lab {self.name!r}: {len(self.calls)} calls, {len(self.vocabulary)} scopes, {self.clock!r}>"

    # Onlookers

    def keep(self, onlooker: Onlooker, name: str = "") -> None:
        """Keeps this onlooker, and closes the previous onlooker of the same kind and name."""
        if before := self._onlookers.get((type(onlooker), name)):
            before.close()
        self._onlookers[type(onlooker), name] = onlooker

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Makes other threads' calls wait. Notifies the onlookers once, when the `with` block ends."""
        with self.turn:
            self._delays += 1
            try:
                yield
            finally:
                self._delays -= 1
                self.announce()

    def announce(self) -> None:
        """Notifies the onlookers if the clock or the denylist has changed, unless `at_once` delays this.

        It runs after each action that may have changed the denylist, but never while the API is handling a request,
        because an onlooker may call the API.
        """
        if not self._delays and (watched := self._watched()) != self._announced:
            self._announced = watched  # set first, because an onlooker's call may run this again
            for onlooker in tuple(self._onlookers.values()):
                onlooker.moved()

    def close(self) -> None:
        """Closes the onlookers, stops the API and frees its port."""
        for onlooker in self._onlookers.values():
            onlooker.close()
        self._onlookers.clear()
        super().close()
        if _RUNNING.get(self.name) is self:
            del _RUNNING[self.name]

    def _watched(self) -> tuple[Any, ...]:
        """The state that `announce` compares: the time, and the denylist without its expired entries."""
        now, (ids, cut_offs, *_) = self.clock.now(), self.denylist.snapshot()
        return now, {entry for entry, until in ids.items() if until + GRACE_SECONDS >= now}, cut_offs

    def _new_id(self) -> str:
        self._minted += 1
        return self.secret(f"jti {self._minted}").hex()[:11]

    def _document(self, mount: str) -> Any:
        return self.get(f"{mount}/openapi.json").json

    def _make(self, call: Call, token: object) -> Exchange:
        """Sends the documented example of a call to the API that the token is for."""
        return self.request(call.method, mount_of(token) + call.path, token, dict(call.body) if call.body else None)

    def _column(self, credential: Token | OpaqueKey | None, records: Any) -> Column:
        """The matrix column of one credential, with the reason if the guard refuses the credential."""

        def make_aside(call: Call) -> Exchange:
            """Makes a call on `records`, and leaves the Lab's own records and denylist unchanged."""
            with self.at_once():
                own_records = self.state.data.records
                self.state.data.restore(records)
                named = [] if call.body is None else [(tenant, str(call.body.get("jti"))) for tenant in TENANTS]
                unlisted = [entry for entry in named if self.denylist.find(RevocationQuery(*entry)) is None]
                try:
                    return self._make(call, credential)
                finally:
                    self.state.data.records = own_records
                    for entry in unlisted:  # only what the example revoked, not what other code revoked meanwhile
                        self.denylist.forget(*entry)

        refusal = ""
        if isinstance(credential, Token) or (credential and not credential.mount):
            refusal = self.guard_of(credential).decide(f"Bearer {credential}").description
        return Column(Probe(label_of(credential), credential, refusal), self.calls_for(credential), make_aside)
