"""OAuth consent in code: plays the application, the browser and the user, and gets a token."""

from __future__ import annotations

import hashlib
import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from sample_api.oauth import REGISTERED
from sample_api.state import GALLERY
from scopekit.audit import Exchange
from scopekit.errors import LabError
from scopekit.keys import base64url
from scopekit.lab.world.world import World

CALLBACK = REGISTERED[GALLERY].redirect_uris[0]


def consent(lab: World, requested: str, allowed: str) -> Exchange:
    """As the client `gallery`, requests scopes; as the user, allows those in `allowed`. Returns the token response.

    This is the authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636). Raises LabError on a refusal.
    """
    verifier = lab.secret("verifier").hex()
    query = {
        "response_type": "code", "client_id": GALLERY, "redirect_uri": CALLBACK, "scope": requested,
        "code_challenge": base64url(hashlib.sha256(verifier.encode()).digest()), "code_challenge_method": "S256",
    }  # fmt: skip
    page = lab.get(f"/oauth/authorize?{urlencode(query)}")
    if page.status != 200:
        raise LabError(_redirected_with(page)["error_description"])
    ticket = re.search(r'name="ticket" value="([^"]*)"', page.text)  # ties the user's answer to this page
    answer = lab.form(
        "/oauth/authorize", ticket=unescape(ticket[1]) if ticket else "", decision="allow", scope=allowed.split()
    )
    return lab.form(
        "/oauth/token", GALLERY, grant_type="authorization_code", code=_redirected_with(answer)["code"],
        redirect_uri=CALLBACK, code_verifier=verifier,
    )  # fmt: skip


def _redirected_with(answer: Exchange) -> dict[str, str]:
    """The query of the URL that a response redirects to. Raises LabError if the response is an error page."""
    if answer.status != 303:
        raise LabError(unescape(re.findall(r"<p>([^<]*)</p>", answer.text)[0]))
    query = urlsplit(answer.headers["location"]).query
    return {name: value for name, (value, *_) in parse_qs(query).items()}
