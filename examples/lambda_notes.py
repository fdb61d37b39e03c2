"""An API for notes as one function behind an HTTP API of Amazon API Gateway (payload format 2.0), protected by scopes.

With the environment variables NOTES_KEY and NOTES_ISSUER, the function's handler is `examples.lambda_notes.handler`.
"""

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scopekit import Guard, KeySet, Vocabulary
from scopekit.http import answer, authorize

SCOPES = Vocabulary({"notes": "all of the notes", "notes:read": "read notes"}, implies={"notes": ["notes:read"]})
NEEDS = {"GET /notes": "notes:read", "DELETE /notes": "notes"}
Handler = Callable[[dict[str, Any]], dict[str, Any]]


def create_handler(guard: Guard) -> Handler:
    """Builds the function behind this guard."""
    notes = ["buy milk"]
    needs = {route: guard.requirement(scope) for route, scope in NEEDS.items()}

    def handle(event: dict[str, Any]) -> dict[str, Any]:
        query = event.get("queryStringParameters") or {}
        route = event["routeKey"]
        decision = authorize(guard, event["headers"], needs[route], query_token=query.get("access_token"))
        if not decision:
            refused = answer(decision, guard.policy.audience or "api")
            headers = {**refused.headers, "Content-Type": refused.media_type}
            return {"statusCode": refused.status, "headers": headers, "body": refused.content.decode()}
        if route == "DELETE /notes":
            notes.clear()
        return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(notes)}

    return handle


@functools.cache
def function() -> Handler:
    """Builds the function once, from environment variables; NOTES_KEY is a file with a JWK or a JWK Set."""
    keys = KeySet.from_jwks(Path(os.environ["NOTES_KEY"]).read_text(), os.environ["NOTES_ISSUER"])
    return create_handler(Guard(keys, audience="https://notes.example/", vocabulary=SCOPES))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answers one request."""
    return function()(event)
