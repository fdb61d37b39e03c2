"""The toy records that calls read and change, such as users and repositories, and the responses that show them."""

from __future__ import annotations

import copy
import json
from typing import Any

from starlette.responses import JSONResponse, Response

from scopekit.asgi import respond
from scopekit.http import problem

Record = dict[str, Any]

_START: Record = {
    "user": {"login": "octocat", "name": "Mona", "email": "mona@octocat.example", "plan": "pro"},
    "emails": ["mona@octocat.example", "old@octocat.example"],
    "following": [],
    "repositories": {
        "octocat/hello-world": {"full_name": "octocat/hello-world", "private": False},
        "octocat/secret-plans": {"full_name": "octocat/secret-plans", "private": True},
        "octocat/old-notes": {"full_name": "octocat/old-notes", "private": False},
    },
    "hooks": {"octocat/hello-world/1": {"url": "https://ci.example/hook", "content_type": "json", "insecure_ssl": "0"}},
    "deployments": {"octocat/hello-world/1": []},
    "code alerts": {"octocat/secret-plans": [{"number": 1, "rule": "sql-injection", "state": "open"}]},
    "secret alerts": {"octocat/secret-plans": [{"number": 1, "secret_type": "password", "state": "open"}]},
    "organisations": {"octo-org": {"hooks": [{"id": 1, "name": "web", "active": True}]}},
    "keys": [
        {"id": 1, "title": "desktop", "key": "ssh-ed25519 AAAA1"},
        {"id": 2, "title": "old laptop", "key": "ssh-ed25519 AAAA2"},
    ],
    "gpg_keys": [
        {"id": 1, "name": "signing", "armored_public_key": "-----BEGIN PGP-----1"},
        {"id": 2, "name": "expired", "armored_public_key": "-----BEGIN PGP-----2"},
    ],
    "packages": [{"name": "hello", "package_type": "npm", "visibility": "public"}],
    "codespaces": [{"name": "octocat-hello", "state": "Available"}],
    "tenants": {},
}


def _tenant(name: str) -> Record:
    """Returns a new tenant's first records. All tenants get the same ids, but some values contain the tenant's name."""
    ann = {"provider": "google-oauth2", "user_id": "1001", "access_token": f"google token of ann at {name}"}
    return {
        "users": {
            "auth0|ann": _user("auth0|ann", "Ann", "ann@shop.example", name) | {"identities": [ann]},
            "auth0|bob": _user("auth0|bob", "Bob", "bob@shop.example", name),
        },
        "clients": {
            "shop": _client("shop", "Shop", name),
            "old-shop": _client("old-shop", "Old shop", name),
        },
        "grants": {"shop": ["read:users"]},
        "connections": {
            "con_1": {"id": "con_1", "name": f"users of {name}", "strategy": "auth0", "enabled_clients": ["shop"]},
            "con_2": {"id": "con_2", "name": "old users", "strategy": "auth0", "enabled_clients": []},
        },
        "logs": [
            {"log_id": "log_1", "type": "s", "user_id": "auth0|ann", "description": f"login at {name}"},
            {"log_id": "log_2", "type": "fp", "user_id": "auth0|bob", "description": "wrong password"},
        ],
        "roles": {"rol_1": ["auth0|ann"]},
        "stats": [{"date": "2014-11-24", "logins": 4, "signups": 1}, {"date": "2014-11-25", "logins": 7, "signups": 0}],
        "settings": {"friendly_name": name, "support_email": f"help@{name}.example"},
    }


def _user(user_id: str, name: str, email: str, tenant: str) -> Record:
    metadata: Record = {"user_metadata": {"colour": "blue"}, "app_metadata": {"plan": f"{tenant}'s basic"}}
    return {"user_id": user_id, "name": name, "email": email, "blocked": False, "identities": [], **metadata}


def _client(client_id: str, name: str, tenant: str) -> Record:
    keys = {"client_secret": f"secret of {client_id} at {tenant}", "encryption_key": f"key of {client_id} at {tenant}"}
    return {"client_id": client_id, "name": name, "app_type": "regular_web", **keys}


class Data:
    """The records that calls read and change. To undo changes, keep a `snapshot` before and `restore` it afterwards."""

    def __init__(self) -> None:
        self.records = copy.deepcopy(_START)

    def __getitem__(self, name: str) -> Any:
        return self.records[name]

    def tenant(self, name: str) -> Any:
        """Returns the records of one tenant. The first call for a tenant creates them."""
        tenants = self.records["tenants"]
        return tenants[name] if name in tenants else tenants.setdefault(name, _tenant(name))

    def snapshot(self) -> Record:
        """Returns a copy of all records."""
        return copy.deepcopy(self.records)

    def restore(self, snapshot: Record) -> None:
        """Replaces all records by those of a snapshot."""
        self.records = copy.deepcopy(snapshot)


class JsonAnswer(JSONResponse):
    """A JSON response that reuses one encoder; Starlette's class creates an encoder for each response."""

    _write = staticmethod(json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode)

    def render(self, content: Any) -> bytes:
        """Returns the content as JSON in UTF-8."""
        return self._write(content).encode()


def not_found(name: str, headers: dict[str, str] | None = None) -> Response:
    """Returns the 404 response for a path that names a missing record."""
    return respond(problem(404, f"There is no such {name}.", headers))
