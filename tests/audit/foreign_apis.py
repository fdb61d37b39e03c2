"""Somebody else's APIs, small: each reads a token in its own way and denies in its own dialect, over real HTTP."""

import json
import threading
from base64 import urlsafe_b64decode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import requests

NOW = 1416929109
DATE = "Tue, 25 Nov 2014 15:25:09 GMT"
HERE = "https://api.example"
HELD_BY_KEY = {"ghp_reader": ["read:user"], "ghp_owner": ["repo"]}


def claims_of(token):
    """What the token claims, for these APIs are toys and verify no signature."""
    part = token.split(".")[1]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def words(value):
    """A scope claim as most APIs read it: one string with spaces, and nothing else."""
    return value.split(" ") if isinstance(value, str) else []


def standard(token, need):
    """RFC 6750 and RFC 9068 to the letter: all of what is needed, in `scope`, by exact name."""
    claims = claims_of(token)
    if claims.get("exp", NOW + 1) <= NOW:
        return 401, {"WWW-Authenticate": 'Bearer realm="x", error="invalid_token"'}, ""
    if claims.get("aud", HERE) != HERE or claims.get("nbf", 0) > NOW:
        metadata = f"{HERE}/.well-known/oauth-protected-resource"
        return 401, {"WWW-Authenticate": f'Bearer error="invalid_token", resource_metadata="{metadata}"'}, ""
    if not set(need) <= set(words(claims.get("scope"))):
        told = f'Bearer realm="x", error="insufficient_scope", scope="{" ".join(need)}"'
        return 403, {"WWW-Authenticate": told}, ""
    return 200, {}, "{}"


def auth0(token, need):
    """Auth0's Management API: any of what is needed."""
    if set(need) & set(words(claims_of(token).get("scope"))):
        return 200, {}, "{}"
    told = f"Insufficient scope, expected any of: {','.join(need)}"
    body = {"statusCode": 403, "error": "Forbidden", "message": told, "errorCode": "insufficient_scope"}
    return 403, {}, json.dumps(body)


def article(token, need):
    """The article's check_scopes: a list in `scopes`, and 401 where a scope lacks."""
    held = claims_of(token).get("scopes")
    found = isinstance(held, list) and set(need) & set(held)
    return (200, {}, "{}") if found else (401, {"Content-Type": "text/plain"}, "insufficient scopes")


def express(token, need):
    """express-jwt behind a handler that answers with its error as JSON."""
    claims = claims_of(token)
    wrong = {
        "aud": f"jwt audience invalid. expected: {HERE}",
        "iss": "jwt issuer invalid. expected: https://live.example/",
    }
    right = {"aud": HERE, "iss": "https://live.example/"}
    told = "jwt expired" if claims.get("exp", NOW + 1) <= NOW else None
    told = told or next((wrong[name] for name in right if claims.get(name) != right[name]), "jwt not active")
    return 401, {}, json.dumps({"name": "UnauthorizedError", "message": told, "code": "invalid_token", "status": 401})


def fastapi(token, need):
    """The tutorial of FastAPI: 401 for a missing scope, with the scope in the challenge."""
    if set(need) <= set(claims_of(token).get("scopes", [])):
        return 200, {}, "{}"
    told = f'Bearer scope="{" ".join(need)}"'
    return 401, {"WWW-Authenticate": told}, json.dumps({"detail": "Not enough permissions"})


def problem(token, need):
    """A problem body of RFC 9457, for what every user may not do whatever the token holds."""
    body = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "Not yours.", "scope": " ".join(need)}
    return 403, {"Content-Type": "application/problem+json"}, json.dumps(body)


def hiding(token, need):
    """An API that answers 404 for what a token may not see."""
    return (
        (200, {}, "{}")
        if set(need) & set(words(claims_of(token).get("scope")))
        else (404, {}, '{"message": "Not Found"}')
    )


def github(token, need):
    """GitHub, with opaque keys and its two headers."""
    held = HELD_BY_KEY[token]
    told = {"X-OAuth-Scopes": ", ".join(held), "X-Accepted-OAuth-Scopes": ", ".join(need)}
    return 403, told, json.dumps({"message": "Must have admin rights to Repository.", "documentation_url": "https://x"})


def pyjwt(token, need):
    """PyJWT's own checks and sentences, with the 401 of most applications."""
    ends_as_number = isinstance(claims_of(token).get("exp"), int)  # PyJWT compares it with today's time
    options = {"verify_signature": False, "verify_sub": True, "verify_iat": True, "verify_exp": not ends_as_number}
    try:
        jwt.decode(token, options=options)
    except jwt.InvalidTokenError as error:
        return 401, {}, json.dumps({"msg": str(error)})
    return 200, {}, "{}"


def flask(token, need):
    """Flask-JWT-Extended: PyJWT's sentences with a 422."""
    status, headers, body = pyjwt(token, need)
    return 422 if status == 401 else status, headers, body


DIALECTS = {
    each.__name__: each for each in (standard, auth0, article, express, fastapi, problem, hiding, github, pyjwt, flask)
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        need = parse_qs(address.query).get("need", [""])[0].split()
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, headers, body = DIALECTS[address.path.strip("/")](token, need)
        self.send_response_only(status)
        for name, value in {"Date": DATE, "Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        """Quiet."""


@contextmanager
def serving():
    """The address of these APIs, served, and a session to call them with."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, requests.Session() as session:
        session.trust_env = False
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", session
        server.shutdown()
