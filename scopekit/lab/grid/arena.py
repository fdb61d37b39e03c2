"""The arena: a separate API for attacks over HTTP, which only this machine can reach.

The arena serves several applications, each below its own path prefix: the unchanged sample API, and one for each
broken rule or set of disabled checks. The arena shares the Lab's keys and clients, but has its own records, denylist,
clock and ids. So an attack changes nothing in the Lab.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from sample_api import mounts
from sample_api.app import create_app
from sample_api.data import Data
from sample_api.mounts import ApiMount, guard_of, issuer_of
from sample_api.serving.application import Application, Paths
from sample_api.state import EXPLORER, ISSUER, State
from scopekit.algorithms import algorithm
from scopekit.audit import Exchange
from scopekit.audit.calls import without_tokens
from scopekit.audit.sending import exchange_of
from scopekit.checks import CHECK_NAMES
from scopekit.clock import LessonClock
from scopekit.errors import LabError
from scopekit.keys import Key, KeySet
from scopekit.lab.grid.attack import PAIRS, Attack, AttackedCall, AttackRequest, AttackResult, Scene
from scopekit.lab.grid.forging import N
from scopekit.lab.world.client import Client
from scopekit.lab.world.transports import Transport, own_transport
from scopekit.material import pem
from scopekit.stores.fetch import is_loopback
from scopekit.stores.memory import MemoryDenylist
from scopekit.wording import one_of, shortened

ATTACKED_OPERATIONS = ("list_emails", "list_users", "revoke_token")
"""The ids of the operations that attacks call."""
RULE = "rule"
"""A word for `without`: it breaks the rule that stops the attack. The name of a check turns off that check."""
_HEADER_SPELLINGS = ("Authorization", "authorization")


class Arena(Client):
    """An API for attacks, with the keys of a Lab's state and a clock that starts at the Lab's time.

    The key pair is made from `seed`. The API runs until `close()`. If `url` is given, attacks go to the API at that
    address instead. Raises LabError if that API is not on this machine.
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
        self._seed, self._foreign_url = seed, url
        self._apps: dict[str, Any] = {}
        self._scenes: dict[str, Scene] = {}
        self._requests: dict[tuple[str, str], AttackRequest] = {}
        super().__init__(transport or own_transport(), self._dispatch)

    def make(self, attack: Attack, without: Collection[str] = ()) -> AttackResult:
        """Makes the attack while the checks in `without` are off.

        If `without` holds the word `rule` instead, the attack is made while the rule that stops it is broken.
        """
        self._refuse_without(attack, without)
        broken, off = RULE in without, tuple(name for name in CHECK_NAMES if name in without)
        app, scene = self._scene(attack, broken)
        if (attack.name, app) not in self._requests:  # forged once, so that every guard gets the same request
            self._requests[attack.name, app] = attack.request(scene)
        request = self._requests[attack.name, app]
        exchange = self.send(attack.call, request, self._weakened(attack.call, off) if off else app)
        gets_in, refused_by = attack.succeeds(exchange), attack.rule
        if gets_in or self._foreign_url is not None:
            refused_by = ""
        elif not attack.rule:
            guard, needed = scene.guard.without(*off), attack.call.requirement(request)
            decision = guard.explain(request.authorization, needed, query_token=request.query_token)
            refused_by = decision.check or ""
        # The result must not show a genuine token from a body or a response.
        body, text = map(without_tokens, (exchange.request_body, exchange.text))
        exchange = replace(exchange, request_body=body, text=text)
        return AttackResult(attack, (RULE,) if broken else off, exchange, gets_in, refused_by)

    def send(self, call: AttackedCall, request: AttackRequest, app: str) -> Exchange:
        """Sends one request to an application of the arena, or to the API at `url`."""
        base = f"{self.url}/{app}" if self._foreign_url is None else self._foreign_url.rstrip("/")
        refuse_elsewhere(base)
        path = request.path or call.path
        path += f"?{urlencode({'access_token': request.query_token})}" if request.query_token else ""
        prepared = self.session.prepare_request(
            requests.Request(request.method or "GET", base + path, data=request.form, json=request.json)
        )
        body_headers = {name: prepared.headers.get(name) for name in ("Content-Type", "Content-Length")}
        # A plain dict: the headers class of requests cannot hold a header twice.
        prepared.headers = {  # type: ignore[assignment]
            "User-Agent": "scopekit", "Accept": "application/json",
            **{name: value for name, value in body_headers.items() if value is not None},
            **dict(zip(_HEADER_SPELLINGS, request.authorization, strict=False)),
        }  # fmt: skip
        return exchange_of(prepared, path, self.session.send(prepared, timeout=10, allow_redirects=False))

    def _refuse_without(self, attack: Attack, without: Collection[str]) -> None:
        if unknown := [name for name in without if name not in (*CHECK_NAMES, RULE)]:
            raise LabError(one_of("A check", unknown[0], CHECK_NAMES))
        if without and self._foreign_url is not None:
            raise LabError("The Lab cannot switch off checks in an API that is given by its URL.")
        if RULE in without and (attack.breaks is None or len(without) > 1):
            raise LabError(f"The kit has no API in which only this rule is broken: {attack.check}.")

    # The applications

    async def _dispatch(self, scope: Any, receive: Any, send: Any) -> None:
        """Passes a request to an application. The first part of the request's path is the application's name."""
        _, name, rest = f"{scope['path']}/".split("/", 2)
        await self._apps[name]({**scope, "path": f"/{rest}".removesuffix("/")}, receive, send)

    def _scene(self, attack: Attack, broken: bool) -> tuple[str, Scene]:
        """The name of the attacked application, which has all checks on, and the attacker's Scene in it."""
        pairs = attack.call is PAIRS
        app = attack.forge.__name__ if broken else "pairs" if pairs else "whole"
        name = f"{app}/{attack.call.name}"
        if name not in self._scenes:
            state = self._with_pair() if pairs else self._state
            state = attack.breaks(state) if broken and attack.breaks else state
            self._apps.setdefault(app, create_app(state))
            issuer, guard = issuer_of(state, attack.call.audience), guard_of(state, attack.call.audience)
            good, client = issuer.mint([attack.call.scope]), (EXPLORER, state.clients[EXPLORER])
            key = next(key for key in guard.policy.keys if key.kid == good.header["kid"])
            reach, foreign = functools.partial(self.send, attack.call, app=app), self._foreign_url is not None
            self._scenes[name] = Scene(good, key, guard, attack.call.scope, issuer, client, reach, foreign)
        return app, self._scenes[name]

    def _with_pair(self) -> State:
        algorithm("ES256").pyjwt()  # raises a readable error if cryptography is missing
        from cryptography.hazmat.primitives.asymmetric import ec

        secret = 1 + int.from_bytes(self._seed, "big") % (N - 1)
        key = Key("lab-pair", pem(ec.derive_private_key(secret, ec.SECP256R1())), "ES256", ISSUER)
        return replace(self._state, keys=KeySet([key]))

    def _weakened(self, call: AttackedCall, off: tuple[str, ...]) -> str:
        """The name of an application whose guard skips the checks in `off`. The application is made on first use."""
        name = f"{call.name}-without-{'-'.join(off)}"
        if name not in self._apps:
            scene = self._scenes[f"{'pairs' if call is PAIRS else 'whole'}/{call.name}"]
            operations = [each for each in call.api.operations if each.id in ATTACKED_OPERATIONS]
            api = replace(call.api, operations=operations, scope_headers=False)
            protect = mounts.check_scopes(scene.guard.without(*off), api, lesson=True)
            paths, state = Paths(ApiMount(call.prefix, api, protect, {}).calls()), self._state
            self._apps[name] = Application(paths, state.clock, "127.0.0.1", data=state.data, store=state)
        return name


def refuse_elsewhere(url: str) -> None:
    """Raises LabError if the host of a URL is not this machine. An attack must never leave this machine."""
    if not is_loopback(urlsplit(url).hostname):
        rule = "An attack may be made only on this machine, at 127.0.0.1, localhost or [::1]"
        raise LabError(f"{rule}; found the host {shortened(urlsplit(url).hostname or '')}. Nothing was sent.")
