"""Forms: the parameters of a request, each there once (RFC 6749 section 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from sample_api.oauth.answers import OAuthError

Form = Mapping[str, str]

MOST_FIELDS = 20
IN_ADDRESS = ("audience", "resource")
"""What an endpoint's address may say in its query: which API is meant, and never who asks."""


async def form_of(request: Request) -> Form:
    """The parameters of a form in the body, and the API that the endpoint's address names."""
    named = [pair for pair in request.query_params.multi_items() if pair[0] in IN_ADDRESS]
    return once([*named, *await pairs_of(request)])


async def pairs_of(request: Request, most: int = MOST_FIELDS) -> list[tuple[str, str]]:
    """The parameters of a form in the body, as often as they are there."""
    try:
        body = (await request.body()).decode()
        return parse_qsl(body, keep_blank_values=True, strict_parsing=True, max_num_fields=most)
    except ValueError:
        raise OAuthError("invalid_request", "The body is a form; found something else.") from None


def once(pairs: list[tuple[str, str]]) -> Form:
    """The parameters by name, if none is there twice; one without a value counts as left out."""
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthError("invalid_request", "A parameter is there once; found one twice.")
    return {name: value for name, value in form.items() if value}


def needed(form: Form, name: str) -> str:
    """The value of a parameter that this request needs."""
    if name in form:
        return form[name]
    raise OAuthError("invalid_request", f"The request needs the parameter {name}.")
