"""/oauth/authorize: a user sees what an application asks for, and allows all of it, some of it, or nothing.

The form on the page contains the request in a ticket: a signed token of its own type, valid once and for ten minutes.
So the form works only after the page was shown, and nobody can change the request in between.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sample_api.cookie_session import comes_from_elsewhere
from sample_api.oauth.authorization_server import CODE_SECONDS, AuthorizationServer, Code, available
from sample_api.oauth.openid import MEANING, OPENID
from sample_api.oauth.protocol import NO_STORE, Form, OAuthError, needed, once, pairs_of, unavailable
from scopekit.asgi import Handler
from scopekit.errors import StoreError, TokenError
from scopekit.guard import Guard
from scopekit.issuer import Issuer
from scopekit.profile import Profile
from scopekit.scopes import Scopes, Vocabulary, notation

USER = "octocat"
"""The user who consents: the toy API has one user, and asks for no password."""

TICKET = Profile("TICKET", notation("oauth"), ("consent+jwt",), ("iss", "aud", "iat", "exp", "jti"), 600, 600)

OWN = "'self'"
"""The word for "this site" in a Content-Security-Policy."""

STYLE = """
  :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
  main { max-width: 36rem; margin: 2rem auto; padding: 0 1rem; }
  fieldset { border: 1px solid GrayText; border-radius: .5rem; margin: 1.5rem 0; }
  li { display: grid; grid-template-columns: 2rem 1fr; margin: .75rem 0; }
  ul { list-style: none; padding: 0; margin: 0; }
  input { width: 1.2rem; height: 1.2rem; margin: .2rem 0; }
  li p { grid-column: 2; margin: 0; }
  button { font: inherit; padding: .5rem 1rem; margin-right: .5rem; }
  :focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
"""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_PARAMETER = re.compile(r"[\x20-\x7e]{0,1024}")


class Mistake(Exception):
    """An error that the user sees on a page: without a known client, there is no safe address to send the user to."""


class Consent:
    """The two handlers of /oauth/authorize. `ask` puts a ticket into the page, and `decide` accepts the ticket once."""

    def __init__(self, server: AuthorizationServer) -> None:
        state, here = server.state, f"{server.issuer}oauth/authorize"
        self._server = server
        self._tickets = Issuer(server.key, TICKET, here, state.clock, state.new_id)
        self._guard = Guard(
            state.keys, audience=here, profile=TICKET, denylist=state.denylist, clock=state.clock, leeway_seconds=0,
            cache_size=0,
        )  # fmt: skip

    async def ask(self, request: Request) -> Response:
        """GET: shows the page, or sends the user back to the client with an error."""
        form = once(request.query_params.multi_items())
        authorization = self._client_and_address(form)
        try:
            scopes = self._scopes(form, authorization)
            ticket = self._tickets.mint(scopes, claims={"asked": authorization})
        except OAuthError as error:
            return self._back(authorization, error=error.error, error_description=error.description)
        except TokenError:
            return self._back(authorization, error="invalid_request", error_description="The request is too long.")
        text = consent_page(authorization, scopes, self._server.vocabulary, str(ticket))
        return _page(text, 200, authorization["redirect_uri"])

    def _client_and_address(self, form: Form) -> dict[str, str]:
        """The parameters that consent needs. Raises Mistake if the client or its redirect_uri is not registered."""
        client = self._server.registered.get(form.get("client_id", ""))
        if client is None or form.get("redirect_uri") not in client.redirect_uris:
            raise Mistake("The application, or the address to send you back to, is not registered here.")
        names = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
        authorization = {name: form[name] for name in names if name in form}
        if not all(_PARAMETER.fullmatch(value) for value in authorization.values()):
            raise Mistake("Each parameter must be printable ASCII of at most 1024 characters.")
        return authorization

    def _scopes(self, form: Form, authorization: dict[str, str]) -> Scopes:
        """Returns the scopes that `form` requests. Checks the rest of `form`; adds the audience to `authorization`."""
        if needed(form, "response_type") != "code":
            raise OAuthError("unsupported_response_type", "The response_type must be code.")
        if form.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(needed(form, "code_challenge")):
            raise OAuthError("invalid_request", "PKCE is required: send a code_challenge with the method S256.")
        authorization["audience"] = self._server.audience(form)
        names = form.get("scope", "").split()
        scopes = self._server.scopes(" ".join(name for name in names if name != OPENID))
        self._server.refuse_beyond_registration(authorization["client_id"], scopes)
        return (OPENID, *scopes) if OPENID in names else scopes

    async def decide(self, request: Request) -> Response:
        """POST: sends the user back to the client with a code for the ticked scopes, or with access_denied."""
        if comes_from_elsewhere(request):
            raise Mistake("The form was sent by another site's page.")
        server, state = self._server, self._server.state
        pairs = await pairs_of(request, most=len(server.vocabulary) + 10)
        ticked = {value for name, value in pairs if name == "scope"}
        form = once([pair for pair in pairs if pair[0] != "scope"])

        def use_up() -> Any:
            ticket = available(self._guard.decide(f"Bearer {form.get('ticket', '')}")).token
            if ticket is None or not server.revoke(ticket):
                raise Mistake("This page has expired or was answered before. Go back to the application and try again.")
            return ticket

        ticket = await server.in_turn(use_up)
        if beyond := ticked - set(ticket.scopes):
            raise Mistake(f"Only the requested scopes can be allowed; scopes that were not requested: {len(beyond)}.")
        authorization = ticket.claims["asked"]
        if form.get("decision") != "allow":
            return self._back(authorization, error="access_denied", error_description="The user said no.")
        granted = tuple(scope for scope in ticket.scopes if scope in ticked)
        now, text = state.clock.now(), state.new_id()
        code = Code(
            authorization["client_id"], authorization["redirect_uri"], authorization["code_challenge"],
            authorization["audience"], USER, granted, authorization.get("nonce"), now + CODE_SECONDS,
        )  # fmt: skip
        server.keep(text, code, now)
        return self._back(authorization, code=text)

    def _back(self, authorization: Mapping[str, str], **parameters: str) -> Response:
        """Sends the user back to the client. `iss` names this server (RFC 9207); a 303 makes the browser use GET."""
        parameters |= {"state": authorization["state"]} if "state" in authorization else {}
        uri, query = authorization["redirect_uri"], urlencode({**parameters, "iss": self._server.issuer})
        separator = "&" if urlsplit(uri).query else "?"
        return RedirectResponse(f"{uri}{separator}{query}", 303, {**NO_STORE, "Referrer-Policy": "no-referrer"})


def in_pages(handler: Handler) -> Handler:
    """Wraps a handler so that its errors are shown as pages, because a person reads them."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except Mistake as error:
            sentence, status = str(error), 400
        except OAuthError as error:
            sentence, status = error.description, error.status
        except StoreError:
            sentence, status = unavailable().description, 503
        return _page(_document("This cannot continue", f"<p>{escape(sentence)}</p>"), status)

    return answered


def _page(text: str, status: int = 200, *form_targets: str) -> Response:
    """A page without scripts, which no site can frame. Its form may lead only to this site or to `form_targets`."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {' '.join([OWN, *form_targets])}"
    )
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(text, status, {**NO_STORE, **headers})


def consent_page(authorization: Mapping[str, str], scopes: Scopes, vocabulary: Vocabulary, ticket: str) -> str:
    """The page that asks the user. Each scope has a checkbox, its meaning, and the scopes that it implies."""
    client, audience = escape(authorization["client_id"]), escape(authorization["audience"])
    rows = "\n".join(_row(number, scope, vocabulary) for number, scope in enumerate(scopes))
    requested = f"<ul>\n{rows}\n</ul>" if scopes else "<p>No scope: it may only make calls that need none.</p>"
    return _document(
        f"Allow {client} to act for you?",
        f"""<p><strong>{client}</strong> asks to act for <strong>{USER}</strong> at <code>{audience}</code>.</p>
<p>You are {USER}, the only user of this toy API, so there is no password here: a real server asks for one first.</p>
<form method="post" action="authorize">
<input type="hidden" name="ticket" value="{escape(ticket)}">
<fieldset><legend>It asks for</legend>
{requested}
</fieldset>
<p>Untick what it should not have. It gets no more than what is ticked.</p>
<button name="decision" value="allow">Allow what is ticked</button>
<button name="decision" value="deny">Deny</button>
</form>""",
    )


def _row(number: int, scope: str, vocabulary: Vocabulary) -> str:
    meaning = MEANING if scope == OPENID else vocabulary.descriptions[scope]
    implied = ", ".join(sorted(vocabulary.expand([scope]) - {scope}))
    also = f" It also opens what {implied} opens." if implied else ""
    name = escape(scope)
    return f"""<li><input type="checkbox" id="scope-{number}" name="scope" value="{name}" checked
 aria-describedby="means-{number}"><label for="scope-{number}"><code>{name}</code></label>
<p id="means-{number}">{escape(meaning)}.{escape(also)}</p></li>"""


def _document(title: str, body: str) -> str:
    """A plain HTML document with this title and body, in light or dark colours."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
