"""The code flow as tests go through it: the page, the answer, the code, the token."""

import hashlib
import html
import re
from urllib.parse import parse_qs, urlsplit

from authorizing import Authorizing

from scopekit.keys import base64url

CALLBACK = "http://127.0.0.1:8642/callback"
VERIFIER = "a-verifier-has-at-least-forty-three-characters"
CHALLENGE = base64url(hashlib.sha256(VERIFIER.encode()).digest())


class Consenting(Authorizing):
    """The application `gallery`, and the user who answers it."""

    def open(self, **changed):
        """The page; the keywords replace the request's parameters, and None leaves one out."""
        own = {
            "response_type": "code", "client_id": "gallery", "redirect_uri": CALLBACK, "state": "xyz",
            "scope": "repo gist", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        asked = {name: value for name, value in {**own, **changed}.items() if value is not None}
        address = f"{self.lab.url}/oauth/authorize"
        return self.lab.session.get(address, params=asked, timeout=10, allow_redirects=False)

    def answer(self, page, *ticked, decision="allow", ticket=None, **headers):
        """The page's form, sent with these scopes ticked."""
        ticket = ticket or html.unescape(re.search(r'name="ticket" value="([^"]*)"', page.text)[1])
        pairs = [("ticket", ticket), ("decision", decision), *(("scope", name) for name in ticked)]
        address = f"{self.lab.url}/oauth/authorize"
        return self.lab.session.post(address, data=pairs, timeout=10, allow_redirects=False, headers=headers)

    def code(self, *ticked, **changed):
        """A code for what was ticked."""
        return told(self.answer(self.open(**changed), *ticked))["code"]

    def fetch(self, code, client=None, **changed):
        """What the token endpoint gives for a code."""
        own = {
            "grant_type": "authorization_code", "client_id": "gallery", "code": code, "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }  # fmt: skip
        return self.ask(client, **{name: value for name, value in {**own, **changed}.items() if value is not None})


def told(response):
    """What the client is told by way of the user's browser."""
    assert response.status_code == 303
    place = urlsplit(response.headers["location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == CALLBACK
    return {name: value for name, (value,) in parse_qs(place.query).items()}
