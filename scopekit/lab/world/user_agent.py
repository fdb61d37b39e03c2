"""Consent from code: what an application, a browser and a user do between them until there is a token."""

from __future__ import annotations

import hashlib
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from sample_api.oauth.clients import REGISTERED
from sample_api.state import GALLERY
from scopekit.audit import Exchange
from scopekit.errors import LabError
from scopekit.keys import base64url

if TYPE_CHECKING:
    from scopekit.lab.world.world import Lab

CALLBACK = REGISTERED[GALLERY].redirect_uris[0]


def consent(lab: Lab, asked: str, allowed: str) -> Exchange:
    """The answer that hands the tokens out, to the client `gallery`: it asks for scopes, and the user allows some.

    It is the authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636), and the user's part is played too.
    LabError where the server does not go on.
    """
    verifier = lab.secret("verifier").hex()
    question = {
        "response_type": "code", "client_id": GALLERY, "redirect_uri": CALLBACK, "scope": asked,
        "code_challenge": base64url(hashlib.sha256(verifier.encode()).digest()), "code_challenge_method": "S256",
    }  # fmt: skip
    page = lab.get(f"/oauth/authorize?{urlencode(question)}")
    answer = lab.form("/oauth/authorize", ticket=_ticket(page), decision="allow", scope=allowed.split())
    return lab.form(
        "/oauth/token", GALLERY, grant_type="authorization_code", code=_sent_back(answer)["code"],
        redirect_uri=CALLBACK, code_verifier=verifier,
    )  # fmt: skip


def _ticket(page: Exchange) -> str:
    """What ties the user's answer to this page."""
    if page.status != 200:
        raise LabError(_sent_back(page)["error_description"])
    found = re.search(r'name="ticket" value="([^"]*)"', page.text)
    return unescape(found[1]) if found else ""


def _sent_back(answer: Exchange) -> dict[str, str]:
    """What the client is told by way of the user's browser; LabError where the user sees a page that says why not."""
    if answer.status != 303:
        raise LabError(unescape(re.findall(r"<p>([^<]*)</p>", answer.text)[0]))
    query = urlsplit(answer.headers["location"]).query
    return {name: value for name, (value, *_) in parse_qs(query).items()}
