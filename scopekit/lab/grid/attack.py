"""What came of an attack.

An attack: its name, what it does, what stops it, and the short function that makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scopekit.audit import Exchange

if TYPE_CHECKING:
    from sample_api.state import State
    from scopekit.lab.grid.scene import Scene


@dataclass(frozen=True, slots=True, repr=False)
class AttackResult:
    """An attack that was made: the last exchange of it, whether it got in, and which check, or rule, refused it.

    `without` are the checks that were off, or `rule`.
    """

    attack: Attack
    without: tuple[str, ...]
    exchange: Exchange = field(repr=False)
    gets_in: bool
    refused_by: str

    def __repr__(self) -> str:
        from scopekit.lab.grid.look import attack_text

        return attack_text(self)

    def _repr_html_(self) -> str:
        from scopekit.lab.grid.look import attack_html

        return attack_html(self)


REPOS, MODERN, PAIRS, TENANTS = "repos", "modern", "pairs", "tenants"
"""Where an attack is made: at `/`, at `/modern`, at `/` with a key pair for its key, or at `/api/v2`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What an attacker sends: credentials, and another call than the scene's where the attack aims at that.

    `authorization` has a value for each Authorization header, `form` is a body of form fields, `json` one of JSON.
    """

    authorization: tuple[str, ...] = field(default=(), repr=False)
    query_token: str | None = field(default=None, repr=False)
    method: str = ""
    path: str = ""
    form: dict[str, str] | None = field(default=None, repr=False)
    json: dict[str, Any] | None = field(default=None, repr=False)


Forge = Callable[["Scene"], "str | Sent"]
Break = Callable[["State"], "State"]


def lets_in(exchange: Exchange) -> bool:
    """Whether the API did what it was asked."""
    return 200 <= exchange.status < 300


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack, made by `forge`; it gets in where all of `checks` are off, and where any of them is on it does not.

    One that no check of the guard stops has a `rule` in place of checks: a sentence about the code that does stop it.
    `breaks` makes a state in which that rule is broken, where the kit has such a state. `succeeds` tells from the
    answer whether the attacker got what they wanted. `source` is a CVE, a clause, or its name in the kit's own list.
    """

    name: str
    checks: tuple[str, ...]
    source: str
    forge: Forge = field(repr=False)
    scene: str = REPOS
    rule: str = ""
    breaks: Break | None = field(default=None, repr=False)
    succeeds: Callable[[Exchange], bool] = field(default=lets_in, repr=False)

    @property
    def sentence(self) -> str:
        """What it does and what it would gain: the first paragraph of its function's docstring."""
        return " ".join((self.forge.__doc__ or "").partition("\n\n")[0].split()).removesuffix(".")

    @property
    def check(self) -> str:
        """What stops it: a check, several, or a rule."""
        return self.rule or " and ".join(self.checks)

    def sent(self, scene: Scene) -> Sent:
        """What is sent; a forger that returns text means a Bearer token."""
        made = self.forge(scene)
        return Sent((f"Bearer {made}",)) if isinstance(made, str) else made

    @property
    def __wrapped__(self) -> Forge:
        """The forger itself: what `??` shows."""
        return self.forge

    def __repr__(self) -> str:
        return f"<attack {self.name!r}: {self.sentence}; stopped by {self.check} ({self.source})>"


def attack(name: str, *checks: str, source: str, scene: str = REPOS) -> Callable[[Forge], Attack]:
    """Makes a forger an Attack that gets in where all of `checks` are off."""
    return lambda forge: Attack(name, checks, source, forge, scene)


def attack_on_rule(
    name: str, rule: str, *, source: str, scene: str = REPOS, breaks: Break | None = None,
    succeeds: Callable[[Exchange], bool] = lets_in,
) -> Callable[[Forge], Attack]:  # fmt: skip
    """Makes a forger an Attack that a rule stops, which is no check of the guard."""
    return lambda forge: Attack(name, (), source, forge, scene, rule, breaks, succeeds)
