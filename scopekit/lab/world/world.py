"""The world of a Lab: a seeded clock, keys and ids, a running API with its client, and those who watch it."""

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
from scopekit.errors import LabError, no_such, one_of
from scopekit.guard import Guard
from scopekit.issuer import Issuer
from scopekit.keys import Key, KeySet
from scopekit.lab.world.client import Client
from scopekit.lab.world.credentials import MOUNTS, OpaqueKey, label_of, mount_of, read_credential
from scopekit.lab.world.transports import Transport, own_transport
from scopekit.profiles import GITHUB
from scopekit.requirements import NO_SCOPE
from scopekit.revocation import FOREVER, GRACE_SECONDS, MemoryDenylist, RevocationQuery
from scopekit.scopes import Vocabulary
from scopekit.tokens import Token

ARTICLE_IAT = 1416929109
"""The moment at which the article's first token was issued; every Lab's clock starts there."""

SCHOOL = "https://school.example/"
CERTIFICATES = "https://certificates.example/"
"""Who issues certificates to learners, and the audience that they are for."""
CERTIFICATE_SECONDS = 90 * 86400
"""How long a certificate lasts: as long as a token of its profile may."""

_RUNNING: dict[str, World] = {}


class WatchedClock(LessonClock):
    """A lesson's clock, whose `watcher` is called each time it is set."""

    watcher: Callable[[], None] | None = None

    def set(self, seconds: float) -> None:
        """Sets the clock to a time in seconds since 1970; LabError where no calendar has it."""
        super().set(seconds)
        if self.watcher:
            self.watcher()


class Onlooker(Protocol):
    """Something that shows a world, and is kept by it until another of its kind and name replaces it."""

    def moved(self) -> None:
        """Called after the clock or the denylist has changed."""
        ...

    def close(self) -> None:
        """Called when another one replaces it, and when the world is closed."""
        ...


class World(Client):
    """A world that is the same for everyone: time stands still, and keys and ids come from the seed.

    Its API runs on a free loopback port until `close()`, or until another world of the same name replaces it. Another
    `transport` reaches the API in another way. Another name or seed gives other keys and ids.
    """

    def __init__(self, name: str = "lab", *, seed: str = "scopekit", transport: Transport | None = None) -> None:
        if name in _RUNNING:
            _RUNNING[name].close()
        self.name, self.title, self._seed, self._minted = name, f"The Lab {name!r}", f"{seed}/{name}", 0
        self.clock: WatchedClock = WatchedClock(ARTICLE_IAT)
        self.denylist: MemoryDenylist = MemoryDenylist()
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

    # What can be done in it

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
        mount, issuer = MOUNTS[audience], issuer_of(self.state, audience)
        vocabulary = read_vocabulary(self._document(mount)) if mount else self.vocabulary
        known = vocabulary.check(scopes)
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
        body = {name: value if isinstance(value, list) else str(value) for name, value in fields.items()}
        headers = {}
        if client in self.state.clients:
            credentials = f"{client}:{self.state.clients[client]}"
            headers["Authorization"] = f"Basic {b64encode(credentials.encode()).decode()}"
        elif client is not None:
            body = {"client_id": client, **body}
        return self.request("POST", path, body=body, media_type=FORM, headers=headers)

    def call(self, name: str, token: object = None) -> Exchange:
        """The documented example of a call, made with a token; `name` is the call's own, or `POST /user/repos`."""
        return self._make(self.call_named(name, token), token)

    def explain(self, name: str, token: object = None) -> Decision:
        """The guard's decision over a call with this token, with a step for every check."""
        if isinstance(token, OpaqueKey):
            raise LabError("An opaque key meets no guard: it is looked up, and then opens every call under /keys.")
        parsed = read_credential(token)
        subject = parsed.claims.get("sub") if isinstance(parsed, Token) else None
        requirement = self.call_named(name, parsed).needed_by(subject) or NO_SCOPE
        return self.guard_of(token).explain(None if token is None else f"Bearer {token}", requirement)

    def matrix(self, *tokens: object) -> Matrix:
        """Every documented call with each token, made for real and on the same records, which are then as before."""
        return observe(self.columns(*tokens), self.vocabulary, self.clock.now())

    def columns(self, *tokens: object) -> tuple[Column, ...]:
        """A column for each token: all start each call on the records of this moment, and leave them as they were."""
        if not tokens:
            raise LabError("A matrix needs at least one token.")
        records = self.state.data.snapshot()
        columns = [self._column(read_credential(token), records) for token in tokens]
        for column in columns:
            if [str(call) for call in column.calls] != [str(call) for call in columns[0].calls]:
                labels = f"{columns[0].probe.label!r} and {column.probe.label!r}"
                raise LabError(
                    f"The tokens of one matrix are for the same calls; found that {labels} are for two APIs."
                )
        return tuple(columns)

    def revoke(self, token: Token) -> None:
        """Revokes a token: from now on it is refused."""
        if not isinstance(token, Token):
            raise LabError("Only a token has an id to revoke it by; a key is taken out of the store that holds it.")
        claims = token.claims
        owner, jti = claims.get("iss", claims.get("aud")), claims.get("jti")
        if not (isinstance(owner, str) and jti):
            raise LabError("A token is revoked by its issuer and its jti; this one does not have both.")
        with self.at_once():
            self.denylist.revoke(owner, jti, token.expires or FOREVER)

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Revokes all that an issuer, or one subject of it, was given before a moment: seconds since 1970."""
        with self.at_once():
            self.denylist.cut_off(issuer, before, subject)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What happens within leaves the records, the denylist, the clock and the ids as they were."""
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
        """The calls of the API that a token is meant for: its audience decides."""
        mount = mount_of(token)
        return read_calls(self._document(mount)) if mount else self.calls

    def call_named(self, name: str, token: object = None) -> Call:
        """The call of that name, or the first `POST /user/repos`, in the API that a token is meant for, or LabError."""
        calls = self.calls_for(token)
        for call in calls:
            if name in (call.name, str(call), f"{call.method} {call.template}"):
                return call
        names = [call.name for call in calls]
        raise LabError(no_such("The API has no call", name, names, "lab.matrix(token) lists them all."))

    def guard_of(self, token: object) -> Guard:
        """The guard of the mount that a token is meant for: its audience decides; `/` where it names none of them."""
        by_mount = {mount: audience for audience, mount in MOUNTS.items()}
        return guard_of(self.state, by_mount.get(mount_of(token), REPOS))

    @functools.cached_property
    def certificates(self) -> Issuer:
        """The issuer of certificates for learners; the seed makes its key, which signs a text the same each time."""
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
        """32 bytes that the seed decides, others for each purpose."""
        return hashlib.sha256(f"{self._seed}/{purpose}".encode()).digest()

    def __repr__(self) -> str:
        return f"<Lab {self.name!r}: {len(self.calls)} calls, {len(self.vocabulary)} scopes, {self.clock!r}>"

    # Those who watch it

    def keep(self, onlooker: Onlooker, name: str = "") -> None:
        """Keeps the last onlooker of each kind and name, and closes the one before it."""
        if before := self._onlookers.get((type(onlooker), name)):
            before.close()
        self._onlookers[type(onlooker), name] = onlooker

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Onlookers hear of all that happens in here once, at its end, when they can call the API."""
        with self.turn:
            self._delays += 1
            try:
                yield
            finally:
                self._delays -= 1
                self.announce()

    def announce(self) -> None:
        """Tells the onlookers, unless `at_once` delays it, where the clock or the denylist has changed.

        The denylist is looked at after whatever may have written to it, and never while the API writes: an onlooker
        may call that API, which could not answer yet.
        """
        if not self._delays and (watched := self._watched()) != self._announced:
            self._announced = watched  # set first: an onlooker may make a call, after which this runs again
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
        """The clock, and the denylist without what has ended, which may be dropped at any time."""
        now, (ids, cut_offs) = self.clock.now(), self.denylist.snapshot()
        return now, {entry for entry, until in ids.items() if until + GRACE_SECONDS >= now}, cut_offs

    def _new_id(self) -> str:
        self._minted += 1
        return self.secret(f"jti {self._minted}").hex()[:11]

    def _document(self, mount: str) -> Any:
        return self.get(f"{mount}/openapi.json").json

    def _make(self, call: Call, token: object) -> Exchange:
        """The example of a call, made with a token on the mount that it is meant for."""
        return self.request(call.method, mount_of(token) + call.path, token, dict(call.body) if call.body else None)

    def _column(self, credential: Token | OpaqueKey | None, records: Any) -> Column:
        """The calls with one credential; the document cannot know that no call takes it, so its guard is asked."""

        def make_aside(call: Call) -> Exchange:
            """Makes a call on these records, and leaves the Lab's own, and its denylist, as they are."""
            with self.at_once():
                own_records = self.state.data.records
                self.state.data.restore(records)
                named = [] if call.body is None else [(tenant, str(call.body.get("jti"))) for tenant in TENANTS]
                unlisted = [entry for entry in named if self.denylist.find(RevocationQuery(*entry)) is None]
                try:
                    return self._make(call, credential)
                finally:
                    self.state.data.records = own_records
                    for entry in unlisted:  # what an example revokes, and nothing that somebody else revoked meanwhile
                        self.denylist.forget(*entry)

        refusal = ""
        if isinstance(credential, Token) or (credential and not credential.mount):
            refusal = self.guard_of(credential).decide(f"Bearer {credential}").description
        return Column(Probe(label_of(credential), credential, refusal), self.calls_for(credential), make_aside)
