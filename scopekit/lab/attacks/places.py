"""The places where attacks are made: mounts of the sample API, each with the call there that an attacker is after."""

from __future__ import annotations

from typing import NamedTuple

from sample_api import mounts
from sample_api.mounts import AUTH0_API, GITHUB_API, Api
from sample_api.operation import Operation
from sample_api.state import TENANTS as NAMES
from scopekit.lab.attacks.attack import MODERN, PAIRS, REPOS, TENANTS, Sent
from scopekit.requirements import NO_SCOPE, Requirement

CALLED = ("list_emails", "list_users", "revoke_token")
"""The calls that attacks are after."""


class Place(NamedTuple):
    """A mount of the sample API, and the call there that an attacker is after."""

    prefix: str
    audience: str
    api: Api
    path: str
    needed: str


PLACES = {
    REPOS: Place("", mounts.REPOS, GITHUB_API, "/user/emails", "user:email"),
    MODERN: Place("/modern", mounts.MODERN, GITHUB_API, "/modern/user/emails", "user:email"),
    PAIRS: Place("", mounts.REPOS, GITHUB_API, "/user/emails", "user:email"),
    TENANTS: Place("/api/v2", NAMES[0], AUTH0_API, "/api/v2/users", "read:users"),
}


def needed_by(place: str, sent: Sent) -> Requirement:
    """What the call needs, as the table of the API has it."""
    prefix, _, api, path, _ = PLACES[place]
    asked = sent.method or "GET", (sent.path or path).removeprefix(prefix)
    found: Operation | None = next((each for each in api.operations if (each.method, each.path) == asked), None)
    return found.cases[0].requirement if found else NO_SCOPE
