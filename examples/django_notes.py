"""An API for notes in Django, protected by scopes. In a project, `requires` wraps the views in `urls.py`.

NOTES_KEY=key.json NOTES_ISSUER=https://issuer.example/ gunicorn "examples.django_notes:app()"
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from scopekit import Guard, KeySet, Vocabulary
from scopekit.http import answer, authorize

SCOPES = Vocabulary({"notes": "all of the notes", "notes:read": "read notes"}, implies={"notes": ["notes:read"]})


def requires(guard: Guard, scope: str, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that calls another view only if the guard allows the request, with the token as `request.token`."""
    needed = guard.requirement(scope)  # refuses a misspelt scope when the application starts

    @functools.wraps(view)
    def guarded(request: HttpRequest, **parts: object) -> HttpResponse:
        decision = authorize(guard, request.headers, needed, query_token=request.GET.get("access_token"))
        if decision:
            request.token = decision.token
            return view(request, **parts)
        refused = answer(decision, guard.policy.audience or "api")
        return HttpResponse(refused.content, refused.media_type, refused.status, headers=refused.headers)

    return guarded


def create_app(guard: Guard) -> Any:
    """Builds the application behind this guard, at most once in a process, because Django has one set of settings."""
    notes = ["buy milk"]

    def list_notes(request: HttpRequest) -> HttpResponse:
        return JsonResponse(notes, safe=False)

    def clear_notes(request: HttpRequest) -> HttpResponse:
        notes.clear()
        return JsonResponse(notes, safe=False)

    views = {"GET": requires(guard, "notes:read", list_notes), "DELETE": requires(guard, "notes", clear_notes)}
    by_method = require_http_methods(list(views))(lambda request: views[request.method](request))
    settings.configure(ALLOWED_HOSTS=["127.0.0.1", "notes.example"], ROOT_URLCONF=(path("notes", by_method),))
    return get_wsgi_application()


def app() -> Any:
    """Builds the application from environment variables; NOTES_KEY is a file with a JWK or a JWK Set."""
    keys = KeySet.from_jwks(Path(os.environ["NOTES_KEY"]).read_text(), os.environ["NOTES_ISSUER"])
    return create_app(Guard(keys, audience="https://notes.example/", vocabulary=SCOPES))
