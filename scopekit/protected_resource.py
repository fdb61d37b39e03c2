"""The document in which an API names its authorization servers and its scopes (RFC 9728)."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scopekit.arguments import checked
from scopekit.errors import PolicyError
from scopekit.guard import Guard
from scopekit.wording import named

WELL_KNOWN = "/.well-known/oauth-protected-resource"
MAX_AGE_SECONDS = 3600
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@checked(when="last")
def resource_metadata(
    guard: Guard,
    *,
    resource: str,
    authorization_servers: Collection[str],
    scopes: Collection[str] | None = None,
    **members: Any,
) -> Route:
    """A route of the root application that serves an API's metadata document to everyone (RFC 9728 section 3).

    `resource` is the API's own address, and `authorization_servers` are the issuers of its tokens. `scopes` are those
    of the guard's vocabulary unless named. `members` are further members, such as `resource_documentation`. Raises
    PolicyError for an address that is not https (http on a loopback host), and VocabularyError for an unknown scope.
    """
    path = unquote(urlsplit(metadata_address(resource)).path)
    for kind, several in (("authorization_servers", authorization_servers), ("scopes", scopes)):
        if isinstance(several, str):
            raise PolicyError(f"A document's {kind} must be a list of text; found {named(several)}.")
    for each in authorization_servers:
        check_address("An authorization server", each)
    for scope in scopes or ():
        guard.requirement(scope)
    supported = sorted(guard.policy.vocabulary if scopes is None else scopes)
    lists = {"authorization_servers": list(authorization_servers), "scopes_supported": supported}
    document = {
        "resource": resource, **{name: each for name, each in lists.items() if each},
        "bearer_methods_supported": ["header"], **members,
    }  # fmt: skip
    try:
        json.dumps(document, allow_nan=False)
    except (TypeError, ValueError):
        raise PolicyError("A document's members must be JSON; found something else.") from None
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}", "Access-Control-Allow-Origin": "*"}

    async def serve(request: Request) -> Response:
        return JSONResponse(document, headers=headers)

    return Route(path, serve, name="resource_metadata")


def metadata_address(resource: str) -> str:
    """The address of the metadata document of the API at `resource` (RFC 9728 section 3.1), for its challenges."""
    check_address("A resource", resource)
    address = urlsplit(resource)
    return address._replace(path=WELL_KNOWN + address.path.removesuffix("/" if address.path == "/" else "")).geturl()


def check_address(what: str, url: object) -> None:
    """Raises PolicyError for anything but an https address (http on a loopback host) without query and fragment."""
    rule = f"{what} must be an https address without query and fragment (http only on a loopback host)"
    if not isinstance(url, str):
        raise PolicyError(f"{rule}; found {type(url).__name__}.")
    try:
        parts = urlsplit(url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    except ValueError:
        raise PolicyError(f"{rule}; found {named(url)}.") from None
    if not (safe and parts.hostname) or "?" in url or "#" in url:
        raise PolicyError(f"{rule}; found {named(url)}.")
