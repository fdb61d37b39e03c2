"""Forging: how a forger writes tokens, with nothing between them and the text but base64url and JSON."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from scopekit.keys import Key, base64url
from scopekit.tokens import Token

Part = Mapping[str, Any] | str | bytes
"""A header or claims: an object, or text or bytes that are written as they are."""

FORGER = Key("forger-1", b"a secret that the forger made up")
"""A key that no API knows."""


def compact(header: Part, claims: Part, key: Key) -> str:
    """A token in compact form, signed with `key`, whatever its header and claims say."""
    message = _message(header, claims)
    return f"{message}.{base64url(key.sign(message.encode()))}"


def keyed(header: Part, claims: Part, secret: bytes) -> str:
    """A token in compact form, signed by HS256 with any bytes for a secret: none at all, or a public key's text."""
    message = _message(header, claims)
    return f"{message}.{base64url(hmac.digest(secret, message.encode(), hashlib.sha256))}"


def unsigned(header: Part, claims: Part, signature: bytes = b"") -> str:
    """A token in compact form with nothing for a signature, or with bytes that nobody reckoned."""
    return f"{_message(header, claims)}.{base64url(signature)}"


def under_old(token: Token, header: Part, claims: Part) -> str:
    """Other claims under the signature of a token."""
    return unsigned(header, claims, token.signature)


def under(token: Token, signature: bytes) -> str:
    """A token with another signature."""
    return f"{token.text.rpartition('.')[0]}.{base64url(signature)}"


def flipped(token: Token) -> str:
    """A token with the first bit of its signature flipped."""
    first, *rest = token.signature
    return under(token, bytes([first ^ 0x80, *rest]))


def plain(value: Any) -> Any:
    """Claims that are read-only, as JSON can write them."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def written(part: Part) -> str:
    """A header or claims as JSON, without a space in it."""
    return part if isinstance(part, str) else json.dumps(plain(part), separators=(",", ":"))


def _message(header: Part, claims: Part) -> str:
    return ".".join(base64url(part if isinstance(part, bytes) else written(part).encode()) for part in (header, claims))
