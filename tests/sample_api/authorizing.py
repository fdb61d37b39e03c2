"""The authorization server, as tests talk to it over HTTP."""

import re

from scopekit.tokens import Token

REPOS, MODERN = "https://api.example/", "https://api.example/modern"
REPORTER_SECRET = "what the reporter alone knows"
# RFC 6749 section 5.2
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


class Authorizing:
    """A Lab's authorization server and its two clients with a secret, `explorer` and `reporter`."""

    def __init__(self, lab):
        self.lab = lab
        lab.state.clients.setdefault("reporter", REPORTER_SECRET)

    def post(self, path, data, client="explorer", **more):
        """A form, sent by a client that shows who it is, or by nobody where `client` is None."""
        auth = (client, self.lab.state.clients[client]) if client else None
        return self.lab.session.post(self.lab.url + path, data=data, auth=auth, timeout=10, **more)

    def ask(self, client="explorer", **form):
        """The token endpoint's answer to a form."""
        return self.post("/oauth/token", form, client)

    def token(self, scope="", client="explorer", **form):
        """A client's own token, as text."""
        return self.ask(client, grant_type="client_credentials", scope=scope, **form).json()["access_token"]

    def status(self, token, path="/user"):
        """What a call answers to a token."""
        return self.lab.get(path, token).status

    def revoke(self, token, client="explorer", **form):
        return self.post("/oauth/revoke", {"token": token, **form}, client)

    def introspect(self, token, client="explorer", **form):
        return self.post("/oauth/introspect", {"token": token, **form}, client)

    def is_good(self, token):
        return self.introspect(token).json()["active"]


def claims_of(token):
    return Token.parse(str(token)).claims


def refused(response, status, error):
    """Checks an OAuth error (RFC 6749 section 5.2), and returns its sentence."""
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.headers["cache-control"] == "no-store"
    assert DESCRIPTION.fullmatch(response.json()["error_description"])
    assert set(response.json()) == {"error", "error_description"}
    return response.json()["error_description"]
