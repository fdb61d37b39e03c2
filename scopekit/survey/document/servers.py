"""Servers: the address that the calls of a document go to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

Json = Mapping[str, Any]

_VARIABLE = re.compile(r"{([^{}]+)}")


def base_url(document: Json, read_from: str | None) -> str | None:
    """The first server's address, without a slash at its end; None where it cannot be told.

    It is resolved against where the document was read from (OpenAPI 3.1, Server Object), and `/` where none is named.
    """
    stated = server(document)
    if stated is None and document.get("servers"):
        return None
    try:
        url = urljoin(read_from or "", stated or "/")
        parts = urlsplit(url)
        parts.port  # noqa: B018  a port that is no number is a ValueError only here
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def server(described: Json) -> str | None:
    """The first server that a document, a path or an operation names, with its variables at their defaults."""
    servers = described.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, Mapping) else None
    if not isinstance(first, Mapping) or not isinstance(url, str):
        return None
    for name in set(_VARIABLE.findall(url)):
        variable = (first.get("variables") or {}).get(name) if isinstance(first.get("variables"), Mapping) else None
        if not isinstance(variable, Mapping) or not isinstance(default := variable.get("default"), str | int):
            return None
        url = url.replace(f"{{{name}}}", str(default))
    return url
