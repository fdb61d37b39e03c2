"""`python -m sample_api.second_issuer` serves a second issuer, with a key pair of its own, in a process of its own.

To trust this issuer, an API needs only its public keys: `python -m sample_api --alg ES256 --trust ADDRESS`. Any client
may register itself (RFC 7591) and then ask for tokens (RFC 6749 section 4.4). Everything is kept only in memory, so a
restart on the same port makes a new key.
"""

from __future__ import annotations

import argparse
import functools
import secrets
import sys
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sample_api import oauth
from sample_api.mounts import MODERN
from sample_api.oauth.authorization_server import ANY, Registration
from sample_api.oauth.grants import CLIENT_CREDENTIALS, client_grant
from sample_api.oauth.metadata import document, key_set
from sample_api.oauth.protocol import NO_STORE, OAuthError, endpoint
from sample_api.schemas import Json
from sample_api.serving.application import Application, Paths, health
from sample_api.serving.sockets import add_address, algorithm_name, listen, run_server, serve, url_of
from sample_api.state import State
from sample_api.vocabularies import GITHUB_SCOPES
from scopekit.algorithms import algorithm
from scopekit.guard import Guard
from scopekit.issuer import Issuer
from scopekit.profile import RFC9068

MOST_CLIENTS = 1000


def create_issuer(state: State, *, host: str = "127.0.0.1") -> Application:
    """Builds the application of the issuer. Its tokens are for /modern of the sample API."""
    issuer = Issuer(next(iter(state.keys)), RFC9068, MODERN, state.clock, state.new_id)
    target = oauth.Target(issuer, Guard(state.keys, audience=MODERN, clock=state.clock))
    registered: dict[str, Registration] = {}
    server = oauth.AuthorizationServer(state, {MODERN: target}, GITHUB_SCOPES, registered)
    grants = {CLIENT_CREDENTIALS: client_grant}

    def metadata(base: str) -> Json:
        return {
            "issuer": server.issuer,
            "token_endpoint": f"{base}/oauth/token",
            "registration_endpoint": f"{base}/oauth/register",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "grant_types_supported": list(grants),
            "response_types_supported": [],
        }

    @endpoint
    async def register(request: Request) -> Response:
        if len(state.clients) >= MOST_CLIENTS:
            raise OAuthError("temporarily_unavailable", f"No more than {MOST_CLIENTS} clients may register.", 503)
        name, secret = f"client-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
        state.clients[name], registered[name] = secret, Registration(ANY)
        body = {"client_id": name, "client_secret": secret, "client_secret_expires_at": 0, "grant_types": list(grants)}
        return JSONResponse(body, 201, NO_STORE)

    routes = [
        Route("/health", health),
        Route("/oauth/register", register, methods=["POST"]),
        Route("/oauth/token", oauth.token_endpoint(server, grants), methods=["POST"]),
        Route("/.well-known/oauth-authorization-server", document(metadata)),
        Route("/.well-known/jwks.json", key_set(server)),
    ]
    return Application(Paths(routes), state.clock, host)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves the issuer until it is stopped. Returns exit status 0, or 1 after it has printed a user's mistake."""

    def key_pair(text: str) -> str:
        name = algorithm_name(text)
        if algorithm(name).needs_secret:
            raise argparse.ArgumentTypeError(f"this issuer signs with a key pair, but {name} uses a secret")
        return name

    parser = argparse.ArgumentParser(
        prog="python -m sample_api.second_issuer", description="Serves an issuer of tokens."
    )
    add_address(parser)
    parser.add_argument("--name", metavar="ISSUER", help="name of the issuer, for `iss` (default: its address)")
    parser.add_argument("--alg", type=key_pair, default="ES256", help="sign with this algorithm (default: ES256)")
    return run_server("sample_api.second_issuer", functools.partial(serve_issuer, parser.parse_args(arguments)))


async def serve_issuer(options: argparse.Namespace) -> None:
    """Serves the issuer as the options say. Without `--name`, the name of the issuer is its address."""
    listener = listen(options.host, options.port)
    name = url_of(listener) if options.name is None else options.name
    state = State.in_memory(alg=options.alg, issuer=name)
    message = f"Tokens are issued by {name} and signed with {options.alg}."
    await serve(listener, create_issuer(state, host=listener.getsockname()[0]), message)


if __name__ == "__main__":
    sys.exit(main())
