"""/oauth/authorize: a user is shown what an application asks for, and allows all of it, some of it, or nothing.

What was asked is in a ticket in the page's form: a signed token with a type of its own, good for one answer within ten
minutes. So nobody can send the form without the page having been made, and nothing in it can be changed on the way.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sample_api.cookie_session import comes_from_elsewhere
from sample_api.oauth import consent_page as page
from sample_api.oauth.authorization_server import AuthorizationServer
from sample_api.oauth.codes import CODE_SECONDS, Code
from sample_api.oauth.openid import OPENID
from sample_api.oauth.protocol import NO_STORE, Form, OAuthError, needed, once, pairs_of, unavailable
from scopekit.asgi import Handler
from scopekit.errors import StoreError, TokenError
from scopekit.guard import Guard
from scopekit.issuer import Issuer, Profile
from scopekit.scopes import Scopes, notation
from scopekit.tokens import Token

USER = "octocat"
"""Who allows it: the toy API knows one user, and asks for no password."""

TICKET = Profile("TICKET", notation("oauth"), ("consent+jwt",), ("iss", "aud", "iat", "exp", "jti"), 600, 600)

OWN = "'self'"
"""This site, as a Content-Security-Policy names it."""

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_PARAMETER = re.compile(r"[\x20-\x7e]{0,1024}")


class Mistake(Exception):
    """A mistake that is shown to the user: who asked is not known, so there is nowhere safe to send them back to."""


class Consent:
    """The two handlers of /oauth/authorize, and the tickets that pass between them."""

    def __init__(self, server: AuthorizationServer) -> None:
        state, here = server.state, f"{server.issuer}oauth/authorize"
        self._server = server
        self._tickets = Issuer(server.key, TICKET, here, state.clock, state.new_id)
        self._guard = Guard(
            state.keys, audience=here, profile=TICKET, denylist=state.denylist, clock=state.clock, leeway_seconds=0,
            cache_size=0,
        )  # fmt: skip

    async def ask(self, request: Request) -> Response:
        """GET: the page, or back to the client with what is wrong with its request."""
        form = once(request.query_params.multi_items())
        asked = _who_asks(self._server, form)
        try:
            scopes = _what_is_asked(self._server, form, asked)
            ticket = self._tickets.mint(scopes, claims={"asked": asked})
        except OAuthError as error:
            return _back(self._server, asked, error=error.error, error_description=error.description)
        except TokenError:
            return _back(self._server, asked, error="invalid_request", error_description="The request is too long.")
        told = page.consent(asked, USER, scopes, self._server.vocabulary, str(ticket))
        return _page(told, 200, asked["redirect_uri"])

    async def decide(self, request: Request) -> Response:
        """POST: back to the client with a code for what was ticked, or with access_denied."""
        if comes_from_elsewhere(request):
            raise Mistake("The answer came from another site's page, so it is not taken.")
        pairs = await pairs_of(request, most=len(self._server.vocabulary) + 10)
        ticked = {value for name, value in pairs if name == "scope"}
        form = once([pair for pair in pairs if pair[0] != "scope"])
        ticket = await self._server.apart(lambda: self._used_up(form.get("ticket", "")))
        if beyond := ticked - set(ticket.scopes):
            raise Mistake(f"Only what was asked for can be allowed; found {len(beyond)} more.")
        asked = ticket.claims["asked"]
        if form.get("decision") != "allow":
            return _back(self._server, asked, error="access_denied", error_description="The user said no.")
        granted = tuple(scope for scope in ticket.scopes if scope in ticked)
        return _back(self._server, asked, code=self._code(asked, granted))

    def _used_up(self, text: str) -> Token:
        """The ticket in the form, which no second form can come with."""
        decision = self._guard.decide(f"Bearer {text}")
        if decision.status == 503:
            raise unavailable()
        if decision.token is None:
            raise Mistake("This page is too old, or was answered before. Go back to the application, and ask again.")
        claims = decision.token.claims
        self._server.state.denylist.revoke(claims["iss"], claims["jti"], claims["exp"])
        return decision.token

    def _code(self, asked: Any, granted: Scopes) -> str:
        state = self._server.state
        now, text = state.clock.now(), state.new_id()
        code = Code(
            asked["client_id"], asked["redirect_uri"], asked["code_challenge"], asked["audience"], USER, granted,
            asked.get("nonce"), now + CODE_SECONDS,
        )  # fmt: skip
        self._server.codes.keep(text, code, now)
        return text


def in_pages(handler: Handler) -> Handler:
    """A handler whose mistakes are pages: this endpoint talks to a person."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except Mistake as error:
            return _page(page.mistake(str(error)), 400)
        except OAuthError as error:
            return _page(page.mistake(error.description), error.status)
        except StoreError:
            return _page(page.mistake(unavailable().description), 503)

    return answered


def _who_asks(server: AuthorizationServer, form: Form) -> dict[str, str]:
    """What an answer depends on: the client, and the place of its own that the user is sent back to, exactly."""
    client = server.registered.get(form.get("client_id", ""))
    if client is None or form.get("redirect_uri") not in client.redirect_uris:
        raise Mistake("The application is not known here, or not at the address it wants you to be sent back to.")
    asked = {
        name: form[name] for name in ("client_id", "redirect_uri", "state", "nonce", "code_challenge") if name in form
    }
    if not all(_PARAMETER.fullmatch(value) for value in asked.values()):
        raise Mistake("The request is printable ASCII, each parameter at most 1024 characters long.")
    return asked


def _what_is_asked(server: AuthorizationServer, form: Form, asked: dict[str, str]) -> Scopes:
    """The scopes asked for, once the rest of the request is right; `asked` gets the audience."""
    if needed(form, "response_type") != "code":
        raise OAuthError("unsupported_response_type", "The response_type is code.")
    if form.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(needed(form, "code_challenge")):
        raise OAuthError("invalid_request", "PKCE is needed: a code_challenge with the code_challenge_method S256.")
    asked["audience"] = server.audience(form)
    named = form.get("scope", "").split()
    scopes = server.scopes(" ".join(name for name in named if name != OPENID))
    server.refuse_beyond_registration(asked["client_id"], scopes)
    return (OPENID, *scopes) if OPENID in named else scopes


def _back(server: AuthorizationServer, asked: Any, **told: str) -> Response:
    """The user, sent back to the client; `iss` says by whom (RFC 9207), and 303 that the form is not sent on."""
    state = {"state": asked["state"]} if "state" in asked else {}
    uri = asked["redirect_uri"]
    joined = f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode({**told, **state, 'iss': server.issuer})}"
    return RedirectResponse(joined, 303, {**NO_STORE, "Referrer-Policy": "no-referrer"})


def _page(text: str, status: int = 200, *allowed: str) -> Response:
    """A page that nobody can frame, with no script, whose form goes here and on to what is `allowed`."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {' '.join((OWN, *allowed))}"
    )
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(text, status, {**NO_STORE, **headers})
