"""An API for notes in Flask, protected by scopes.

NOTES_KEY=key.json NOTES_ISSUER=https://issuer.example/ gunicorn "examples.flask_notes:app()"
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, g, jsonify, request

from scopekit import Guard, KeySet, Vocabulary
from scopekit.http import answer, authorize

SCOPES = Vocabulary({"notes": "all of the notes", "notes:read": "read notes"}, implies={"notes": ["notes:read"]})


def requires(guard: Guard, scope: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """A decorator that calls a view only if the guard allows the request. The view finds the token in `g.token`."""
    needed = guard.requirement(scope)  # refuses a misspelt scope when the application starts

    def decorate(view: Callable[..., Response]) -> Callable[..., Response]:
        @functools.wraps(view)
        def guarded(*args: object, **parts: object) -> Response:
            decision = authorize(guard, request.headers, needed, query_token=request.args.get("access_token"))
            if decision:
                g.token = decision.token
                return view(*args, **parts)
            refused = answer(decision, guard.policy.audience or "api")
            return Response(refused.content, refused.status, refused.headers, content_type=refused.media_type)

        return guarded

    return decorate


def create_app(guard: Guard) -> Flask:
    """Builds the application behind this guard."""
    app, notes = Flask("notes"), ["buy milk"]

    @app.get("/notes")
    @requires(guard, "notes:read")
    def list_notes() -> Response:
        return jsonify(notes)

    @app.delete("/notes")
    @requires(guard, "notes")
    def clear_notes() -> Response:
        notes.clear()
        return jsonify(notes)

    return app


def app() -> Flask:
    """Builds the application from environment variables; NOTES_KEY is a file with a JWK or a JWK Set."""
    keys = KeySet.from_jwks(Path(os.environ["NOTES_KEY"]).read_text(), os.environ["NOTES_ISSUER"])
    return create_app(Guard(keys, audience="https://notes.example/", vocabulary=SCOPES))
