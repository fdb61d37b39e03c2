"""The mint form: the choices for a token, the resulting claims, the minted token, and that token in another shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sample_api.mounts import REPOS, guard_of, issuer_of
from scopekit.algorithms import ALGORITHMS, OTHER_NAMES
from scopekit.decision import Decision
from scopekit.display import Displayed
from scopekit.errors import LabError, ScopeKitError, TokenError
from scopekit.issuer import Issuer
from scopekit.keys import Key
from scopekit.lab.live import Live
from scopekit.lab.picker.model import ScopePicker
from scopekit.lab.token_diff import TokenDiff, Verdict
from scopekit.lab.world.credentials import MOUNTS
from scopekit.lab.world.world import World
from scopekit.profile import RFC9068, Profile
from scopekit.profiles import AUTH0_V2, GITHUB, SEED_2014
from scopekit.scopes import NOTATIONS, Scopes
from scopekit.tokens import Claims, Token
from scopekit.wording import one_of

_CHANGES: dict[Verdict, str] = {
    "only in the first": "removed", "only in the second": "added", "changed": "changed", "same": "same",
}  # fmt: skip


class Line(NamedTuple):
    """One name in the header or claims, compared in two tokens; `change` is `added`, `removed`, `changed` or `same`."""

    part: str
    name: str
    change: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, repr=False)
class Rewriting(Displayed):
    """Two tokens with the same scopes: `before` in the shape named `shape`, and `after` in the shape named `other`."""

    shape: str
    other: str
    before: Token
    after: Token

    @property
    def lines(self) -> tuple[Line, ...]:
        """A line for each name in either token: header before claims, and names in the order of `before`."""
        differences = TokenDiff(self.before, self.after).differences
        return tuple(Line(each.part, each.name, _CHANGES[each.verdict], each.one, each.other) for each in differences)

    @property
    def differences(self) -> tuple[Line, ...]:
        """The lines in which the two tokens differ."""
        return tuple(line for line in self.lines if line.change != "same")


OWN, NEW = "own", "new"
"""The signing key: the issuer's own, or a new one that was made for this form and that no guard knows."""
PROFILES = {each.name: each for each in (RFC9068, GITHUB, AUTH0_V2, SEED_2014)}
"""The shapes in which the toy API's issuers sign; the providers' own are for APIs that take their tokens."""
SHAPES = (*PROFILES, *NOTATIONS)
"""The shapes to rewrite a token in: a profile, or the chosen profile with another notation."""
NO_ID_YET = "(made when it is minted)"
"""The `jti` shown before minting. Ids are counted, and a preview must not use one up."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices for a token. A lifetime or subject of None means the profile's default."""

    audience: str = REPOS
    profile: str = "GITHUB"
    ttl_seconds: int | None = None
    alg: str = "HS256"
    key: str = OWN
    subject: str | None = None


class MintForm(Live):
    """A form to choose a token's shape, lifetime, key and scopes, to see the resulting claims, and to mint the token.

    `token` is None before minting, and again after each change of a choice. If a choice is impossible, `problem` says
    why in a sentence, and nothing is minted. `against` is a second shape, in which the form shows the token too.
    """

    def __init__(self, lab: World, scopes: Iterable[str] = (), name: str = "") -> None:
        super().__init__(lab, name)
        self.lab = lab
        self.choices = Choices()
        self.token: Token | None = None
        self._against = "RFC9068"
        self._mistake: ScopeKitError | None = None
        self._pickers: dict[str, ScopePicker] = {}
        self._new_keys: dict[tuple[str, str | None], Key] = {}
        self.scopes = scopes

    # What is chosen

    def choose(self, **chosen: Any) -> None:
        """Changes the named choices: `audience`, `profile`, `ttl_seconds`, `alg`, `key` or `subject`.

        A new audience also sets the profile of its API, a new profile also sets the default lifetime, and a new
        algorithm also sets a key that fits. Each choice that `chosen` names gets the value in `chosen`.
        """
        if "alg" in chosen:
            chosen["alg"] = OTHER_NAMES.get(chosen["alg"], chosen["alg"])
        wanted = {name: value for name, value in chosen.items() if getattr(self.choices, name) != value}
        if not wanted:
            return
        if "audience" in wanted and wanted["audience"] in tuple(MOUNTS):
            chosen.setdefault("profile", issuer_of(self.lab.state, wanted["audience"]).profile.name)
        if chosen.get("profile", self.choices.profile) != self.choices.profile:
            chosen.setdefault("ttl_seconds", None)
        if "alg" in wanted:
            chosen.setdefault("key", OWN if wanted["alg"] == self._own_key(self.choices.audience).alg else NEW)
        self.choices = replace(self.choices, **chosen)
        self._start_again()

    @property
    def picker(self) -> ScopePicker:
        """The scope picker for the audience's API. Each API has a picker, which keeps the ticks for this API."""
        audience = self.choices.audience if self.choices.audience in tuple(MOUNTS) else REPOS
        vocabulary = guard_of(self.lab.state, audience).policy.vocabulary
        key = " ".join(vocabulary)
        if key not in self._pickers:
            self._pickers[key] = ScopePicker(vocabulary)
            self._pickers[key].watchers.append(self._start_again)
        return self._pickers[key]

    @property
    def scopes(self) -> Scopes:
        """The ticked scopes. If a scope to set is unknown to the API, nothing is ticked, and `problem` says so."""
        return self.picker.selected

    @scopes.setter
    def scopes(self, wanted: Iterable[str]) -> None:
        picker = self.picker
        try:
            known = picker.vocabulary.check(wanted)
        except ScopeKitError as error:
            self.token, self._mistake = None, error
            self.changed()
            return
        for name in picker.vocabulary:
            picker[name] = name in known
        self._start_again()

    def follow(self, token: Token) -> None:
        """Ticks the scopes of a token if the chosen API knows them."""
        if token.scopes != self.scopes and {*token.scopes} <= {*self.picker.vocabulary}:
            self.scopes = token.scopes

    def moved(self) -> None:
        """Shows the claims that a token minted now would hold."""
        self.changed()

    @property
    def against(self) -> str:
        """The name of the second shape, a profile or a notation, in which the form also shows the token."""
        return self._against

    @against.setter
    def against(self, shape: str) -> None:
        self._against = _one_of("A shape", shape, SHAPES)
        self.changed()

    # The result

    @property
    def problem(self) -> str:
        """A sentence that says which choice is impossible, and why; empty if a token can be minted."""
        try:
            self._made(lambda: NO_ID_YET)
        except ScopeKitError as error:
            return str(error)
        return ""

    @property
    def preview(self) -> Token | None:
        """The token that `mint` would make now, with a placeholder as its id. None if there is a problem."""
        try:
            return self._made(lambda: NO_ID_YET)
        except ScopeKitError:
            return None

    @property
    def claims(self) -> Claims | None:
        """The claims of the minted token or, before minting, of the `preview`. None if there is a problem."""
        token = self.token or self.preview
        return token.claims if token else None

    def mint(self) -> Token | None:
        """Mints a token as chosen; returns None if there is a problem."""
        self.token = None if self.problem else self._made(self.lab.state.new_id)
        self.changed()
        return self.token

    @property
    def lifetime(self) -> int | None:
        """The lifetime in seconds: the chosen one or, by default, the profile's. None if the token never ends."""
        chosen, profile = self.choices.ttl_seconds, self.profile
        return chosen if chosen is not None or profile is None else profile.ttl_seconds

    @property
    def profile(self) -> Profile | None:
        """The chosen profile; None if no profile has that name."""
        return next((profile for name, profile in PROFILES.items() if name == self.choices.profile), None)

    @property
    def believers(self) -> tuple[str, ...]:
        """The mounts (path prefixes of APIs) whose guard accepts the token, whatever the token's scopes."""
        token = self.token or self.preview
        return tuple(mount for mount in _MOUNTS if token and self._judged(token, _MOUNTS[mount]))

    @property
    def belief(self) -> str:
        """Says which guards of the lab accept the token, or why none does; empty if there is a problem."""
        token = self.token or self.preview
        if token is None:
            return ""
        verb = "believes" if self.token else "will believe"
        if mounts := self.believers:
            return f"The guard of {' and '.join(mounts)} {verb} it."
        if self.choices.key == NEW:
            return f"No guard of this lab {verb} it: none of them knows its key {token.header['kid']!r}."
        mount = MOUNTS[self.choices.audience] or "/"
        return f"No guard of this lab {verb} it. At {mount}: {self._judged(token, _MOUNTS[mount]).description}"

    def in_notation(self, shape: str) -> Rewriting:
        """Rewrites the token in the profile or notation `shape`, with the same scopes, and compares both tokens.

        The new token has the old lifetime if the other profile allows it. A token of the profile AUTH0_V2 is always for
        a tenant, so a token for any other audience is rewritten for the first tenant. Raises ScopeKitError if there is
        a problem.
        """
        _one_of("A shape", shape, SHAPES)
        mine = self._made(self._id)
        own = PROFILES[self.choices.profile]
        other = PROFILES[shape] if shape in PROFILES else replace(own, notation=NOTATIONS[shape])
        seconds, longest = self.lifetime, other.max_ttl_seconds
        keeps = seconds is not None and other.ttl_seconds is not None and (longest is None or seconds <= longest)
        chosen = replace(self.choices, ttl_seconds=seconds if keeps else None)
        if other.hint == "aud" and chosen.audience not in _TENANTS:
            chosen = replace(chosen, audience=_TENANTS[0])
        return Rewriting(own.name, shape, self.token or mine, self._written(chosen, other, self._id))

    def _start_again(self) -> None:
        self.token = self._mistake = None
        self.changed()

    def _id(self) -> str:
        return str(self.token.claims["jti"]) if self.token else NO_ID_YET

    def _judged(self, token: Token, audience: str) -> Decision:
        return guard_of(self.lab.state, audience).explain(f"Bearer {token}")

    def _made(self, new_id: Callable[[], str]) -> Token:
        if self._mistake:
            raise self._mistake
        chosen = self.choices
        _one_of("An audience", chosen.audience, MOUNTS)
        profile = PROFILES[_one_of("A profile", chosen.profile, PROFILES)]
        if profile.hint == "aud" and chosen.audience not in _TENANTS:
            tenant = f"the name of a tenant, one of {', '.join(_TENANTS)}"
            raise TokenError(
                f"The audience of profile {profile.name} must be {tenant}; found {chosen.audience!r}, an API."
            )
        if profile.ttl_seconds is None and chosen.ttl_seconds is not None:
            raise TokenError(f"A token of profile {profile.name} never ends, so it takes no lifetime; one was given.")
        return self._written(chosen, profile, new_id)

    def _written(self, chosen: Choices, profile: Profile, new_id: Callable[[], str]) -> Token:
        key = self._own_key(chosen.audience)
        _one_of("An algorithm", chosen.alg, ALGORITHMS)
        if _one_of("A key", chosen.key, (OWN, NEW)) == NEW:
            new = chosen.alg, key.issuer
            if new not in self._new_keys:
                self._new_keys[new] = Key.generate(f"new-{chosen.alg}", chosen.alg, key.issuer)
            key = self._new_keys[new]
        elif key.alg != chosen.alg:
            raise LabError(f"The key {key.kid!r} is bound to {key.alg}; {chosen.alg} needs a new key.")
        own = issuer_of(self.lab.state, chosen.audience)
        issuer: Issuer = replace(own, key=key, profile=profile, new_id=new_id)
        if chosen.subject is None or "sub" in profile.claims:
            subject = "octocat" if chosen.subject is None else chosen.subject
            return issuer.mint(self.scopes, subject=subject, ttl_seconds=chosen.ttl_seconds)
        return issuer.mint(self.scopes, ttl_seconds=chosen.ttl_seconds, claims={"sub": chosen.subject})

    def _own_key(self, audience: str) -> Key:
        return issuer_of(self.lab.state, audience if audience in tuple(MOUNTS) else REPOS).signing_key


_MOUNTS = {mount or "/": audience for audience, mount in reversed(MOUNTS.items())}
"""One audience for each mount, because one guard serves all audiences of a mount."""
_TENANTS = tuple(audience for audience, mount in MOUNTS.items() if mount == "/api/v2")


def _one_of(what: str, value: object, known: Iterable[str]) -> str:
    """Returns `value` if it is one of the names in `known`; otherwise raises LabError."""
    names = tuple(known)
    if value not in names:
        raise LabError(one_of(what, value, names))
    return str(value)
