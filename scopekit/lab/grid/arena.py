"""The places where attacks are made: mounts of the sample API, each with the call there that an attacker is after.

The arena: an API of its own, in which attacks are made over HTTP, and that nobody outside this machine reaches.

Its first application is the sample API as it is. Beside it there is one for each set of checks that is switched off,
and one for each rule that is broken, below a prefix of its own. Keys and clients are the Lab's; records, denylist,
clock and ids are not, so that an attack leaves nothing behind.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests

from sample_api import mounts
from sample_api.app import create_app
from sample_api.data import Data
from sample_api.mounts import AUTH0_API, GITHUB_API, Api, ApiMount, guard_of, issuer_of
from sample_api.operations import Operation
from sample_api.serving.dispatch import Application, Paths
from sample_api.state import EXPLORER, ISSUER, State
from sample_api.state import TENANTS as NAMES
from scopekit.algorithms import algorithm, pem
from scopekit.audit import Exchange
from scopekit.audit.calls import without_tokens
from scopekit.audit.sending import exchange_of
from scopekit.clock import LessonClock
from scopekit.errors import LabError, one_of, shortened
from scopekit.keys import Key, KeySet
from scopekit.lab.grid.attack import MODERN, PAIRS, REPOS, TENANTS, Attack, AttackResult, Sent
from scopekit.lab.grid.forging import N
from scopekit.lab.grid.scene import Scene
from scopekit.lab.world.client import Client
from scopekit.lab.world.transports import Transport, own_transport
from scopekit.ladder import CHECK_NAMES
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.revocation import MemoryDenylist

CALLED = ("list_emails", "list_users", "revoke_token")
"""The calls that attacks are after."""


class AttackedCall(NamedTuple):
    """A mount of the sample API, and the call there that an attacker is after."""

    prefix: str
    audience: str
    api: Api
    path: str
    needed: str


PLACES = {
    REPOS: AttackedCall("", mounts.REPOS, GITHUB_API, "/user/emails", "user:email"),
    MODERN: AttackedCall("/modern", mounts.MODERN, GITHUB_API, "/modern/user/emails", "user:email"),
    PAIRS: AttackedCall("", mounts.REPOS, GITHUB_API, "/user/emails", "user:email"),
    TENANTS: AttackedCall("/api/v2", NAMES[0], AUTH0_API, "/api/v2/users", "read:users"),
}


def needed_by(place: str, sent: Sent) -> Requirement:
    """What the call needs, as the table of the API has it."""
    prefix, _, api, path, _ = PLACES[place]
    asked = sent.method or "GET", (sent.path or path).removeprefix(prefix)
    found: Operation | None = next((each for each in api.operations if (each.method, each.path) == asked), None)
    return found.cases[0].requirement if found else NO_SCOPE


RULE = "rule"
"""Said in place of a check: without the rule that stops an attack, where no check does."""
_SPELLINGS = ("Authorization", "authorization")


class Arena(Client):
    """An API of its own for attacks, with the keys of a Lab's state, from that moment on the Lab's clock.

    `seed` is what its key pair is made from. It runs until `close()`. With a `url` attacks are sent there in its
    place; LabError where that is not on this machine.
    """

    def __init__(
        self, state: State, seed: bytes, *, url: str | None = None, transport: Transport | None = None
    ) -> None:
        if url is not None:
            refuse_elsewhere(url)
        ids = itertools.count(1)
        self._state = replace(
            state, denylist=MemoryDenylist(), data=Data(), clock=LessonClock(state.clock.now()),
            new_id=lambda: f"id-{next(ids)}",
        )  # fmt: skip
        self._seed, self._elsewhere = seed, url
        self._apps: dict[str, Any] = {}
        self._scenes: dict[str, Scene] = {}
        self._sent: dict[tuple[str, str], Sent] = {}
        super().__init__(transport or own_transport(), self._pass_on)

    def make(self, attack: Attack, without: Collection[str] = ()) -> AttackResult:
        """The attack, made for real, with these checks off, or without the `rule` that stops it."""
        self._refuse_without(attack, without)
        broken, off = RULE in without, tuple(name for name in CHECK_NAMES if name in without)
        app, scene = self._scene(attack, broken)
        if (attack.name, app) not in self._sent:  # made once, so that every guard gets the same
            self._sent[attack.name, app] = attack.sent(scene)
        sent = self._sent[attack.name, app]
        exchange = self.send(attack.scene, sent, self._weakened(attack.scene, off) if off else app)
        gets_in = attack.succeeds(exchange)
        refused_by = "" if gets_in or self._elsewhere is not None else _refused_by(attack, scene, sent, off)
        return AttackResult(attack, (RULE,) if broken else off, _masked(exchange), gets_in, refused_by)

    def send(self, place: str, sent: Sent, app: str) -> Exchange:
        """One exchange with an application of the arena."""
        base = f"{self.url}/{app}" if self._elsewhere is None else self._elsewhere.rstrip("/")
        refuse_elsewhere(base)
        path = sent.path or PLACES[place].path
        path += f"?{urlencode({'access_token': sent.query_token})}" if sent.query_token else ""
        asked = requests.Request(sent.method or "GET", base + path, data=sent.form, json=sent.json)
        request = self.session.prepare_request(asked)
        # A plain dict in place of requests' own, in which a header cannot be there twice.
        request.headers = {  # type: ignore[assignment]
            "User-Agent": "scopekit", "Accept": "application/json",
            **{name: request.headers[name] for name in ("Content-Type", "Content-Length") if name in request.headers},
            **dict(zip(_SPELLINGS, sent.authorization, strict=False)),
        }  # fmt: skip
        return exchange_of(request, path, self.session.send(request, timeout=10, allow_redirects=False))

    def _refuse_without(self, attack: Attack, without: Collection[str]) -> None:
        if unknown := [name for name in without if name not in (*CHECK_NAMES, RULE)]:
            raise LabError(one_of("A check", unknown[0], CHECK_NAMES))
        if without and self._elsewhere is not None:
            raise LabError("The API at a URL is attacked as it is: its checks are not the Lab's to switch off.")
        if RULE in without and (attack.breaks is None or len(without) > 1):
            raise LabError(f"There is no API in which this, and nothing else, is broken: {attack.check}.")

    # The applications

    async def _pass_on(self, scope: Any, receive: Any, send: Any) -> None:
        """To the application whose name the path begins with."""
        _, name, rest = f"{scope['path']}/".split("/", 2)
        await self._apps[name]({**scope, "path": f"/{rest}".removesuffix("/")}, receive, send)

    def _scene(self, attack: Attack, broken: bool) -> tuple[str, Scene]:
        """The scene of an attack, and the name of the whole application that it is on."""
        pairs = attack.scene == PAIRS
        app = attack.forge.__name__ if broken else "pairs" if pairs else "whole"
        name = f"{app}/{attack.scene}"
        if name not in self._scenes:
            state = self._with_pair() if pairs else self._state
            state = attack.breaks(state) if broken and attack.breaks else state
            self._scenes[name] = self._set(attack.scene, state, app)
            self._apps.setdefault(app, create_app(state))
        return app, self._scenes[name]

    def _set(self, place: str, state: State, app: str) -> Scene:
        _, audience, _, _, needed = PLACES[place]
        issuer, guard = issuer_of(state, audience), guard_of(state, audience)
        good, client = issuer.mint([needed]), (EXPLORER, state.clients[EXPLORER])
        key = next(key for key in guard.keys if key.kid == good.header["kid"])
        reach = functools.partial(self.send, place, app=app)
        return Scene(good, key, guard, needed, issuer, client, reach, elsewhere=self._elsewhere is not None)

    def _with_pair(self) -> State:
        algorithm("ES256").pyjwt()  # says in a sentence what is missing, where cryptography is
        from cryptography.hazmat.primitives.asymmetric import ec

        secret = 1 + int.from_bytes(self._seed, "big") % (N - 1)
        key = Key("lab-pair", pem(ec.derive_private_key(secret, ec.SECP256R1())), "ES256", ISSUER)
        return replace(self._state, keys=KeySet([key]))

    def _weakened(self, place: str, off: tuple[str, ...]) -> str:
        """The name of an application behind a guard with these checks off, made when it is first asked for."""
        name = f"{place}-without-{'-'.join(off)}"
        if name not in self._apps:
            scene = self._scenes[f"{'pairs' if place == PAIRS else 'whole'}/{place}"]
            prefix, _, api, _, _ = PLACES[place]
            operations = [each for each in api.operations if each.id in CALLED]
            few = replace(api, operations=operations, courtesy=False)
            protect = mounts.guarded(scene.guard.without(*off), few, lesson=True)
            paths, state = Paths(ApiMount(prefix, few, protect, {}).calls()), self._state
            self._apps[name] = Application(paths, state.clock, "127.0.0.1", data=state.data, kept=state)
        return name


def refuse_elsewhere(url: str) -> None:
    """LabError where the host of a URL is not this machine: an attack goes nowhere else."""
    host = urlsplit(url).hostname or ""
    try:
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        told = "An attack is made on this machine alone, at 127.0.0.1, localhost or [::1]"
        raise LabError(f"{told}; found the host {shortened(host)}. Nothing was sent.")


def _refused_by(attack: Attack, scene: Scene, sent: Sent, off: Collection[str]) -> str:
    """The check that says no to the same request; the rule where no check does."""
    if attack.rule:
        return attack.rule
    needed = needed_by(attack.scene, sent)
    decision = scene.guard.without(*off).explain(sent.authorization, needed, query_token=sent.query_token)
    return decision.check or ""


def _masked(exchange: Exchange) -> Exchange:
    """The exchange without the tokens in its body and its answer, for no genuine one is the attacker's to show."""
    body, text = map(without_tokens, (exchange.request_body, exchange.text))
    return replace(exchange, request_body=body, text=text)
