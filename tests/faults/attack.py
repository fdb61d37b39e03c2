"""What the tests of faults do to an API: many clients at once, each with a connection of its own."""

import http.client
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from scopekit import AUTH0_V2, Issuer, KeySet

TENANT = "tenant_1"


@dataclass
class Api:
    """A running API: its process, and its address."""

    process: subprocess.Popen
    url: str

    def connect(self):
        """A connection of its own, which stays open."""
        return closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30))

    def ask(self, method, path, token, body=None):
        """The status of one call."""
        with self.connect() as connection:
            return call(connection, method, path, token, body)

    def kill(self):
        """Ends the process as a power cut would: it gets to do nothing any more."""
        self.process.kill()
        self.process.wait(timeout=20)


def call(connection, method, path, token, body=None):
    """The status of one call over a connection."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
    with connection.getresponse() as response:
        response.read()
        return response.status


def tenant(folder, ids=None):
    """The tenant's own issuer, over the secret that its state folder holds; its tokens are named t1, t2, and so on."""
    keys = KeySet.from_jwks((folder / "tenants.json").read_text())
    numbers = count(1)
    return Issuer(keys.of_issuer(TENANT)[0], AUTH0_V2, TENANT, new_id=ids or (lambda: f"t{next(numbers)}"))


def revoker(folder):
    """A token that may take tokens of its tenant back."""
    return tenant(folder, lambda: "the revoker's own").mint(["blacklist:tokens"])


def reader(folder, name):
    """A token of that id, which reads users."""
    return tenant(folder, lambda: name).mint(["read:users"])


def revoke(connection, token, name):
    """Asks for a token to be taken back; the status of the answer."""
    return call(connection, "POST", "/api/v2/blacklists/tokens", token, {"aud": TENANT, "jti": name})


def at_once(clients, work):
    """What `work(number)` returns for each of so many clients, all of which run at once."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(work, range(clients)))
