"""The toy records behind the calls: one user, an organisation, three repositories."""

from __future__ import annotations

import copy
from typing import Any

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
}


class Data:
    """The records, which calls read and change; `snapshot` and `restore` let a matrix leave them as they were."""

    def __init__(self) -> None:
        self.records = copy.deepcopy(_START)

    def __getitem__(self, name: str) -> Any:
        return self.records[name]

    def snapshot(self) -> Record:
        """A copy of all records."""
        return copy.deepcopy(self.records)

    def restore(self, snapshot: Record) -> None:
        """Brings the records back to what `snapshot` copied."""
        self.records = copy.deepcopy(snapshot)
