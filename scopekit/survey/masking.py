"""Masking: an exchange shows `$TOKEN` or `$SECRET` where one was sent, so that none ends up in a notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_FIELDS = {
    "client_secret": "$SECRET", "code": "$CODE", "code_verifier": "$VERIFIER", "ticket": "$TICKET",
    **dict.fromkeys(("access_token", "token", "subject_token", "assertion"), "$TOKEN"),
}  # fmt: skip
_FIELD = re.compile(rf"\b({'|'.join(_FIELDS)})=[^&\s]+")


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """A request's headers as they are shown: what proves who asks is `$TOKEN`, and a client's secret `$SECRET`."""
    return {name: _masked_header(name.lower(), value) for name, value in headers.items()}


def without_tokens(text: str) -> str:
    """Text in which each compact token is `$TOKEN`."""
    return _TOKEN.sub("$TOKEN", text)


def without_secrets(text: str) -> str:
    """A form, or an address, in which the fields that hold a secret, a code or a token say so instead."""
    return without_tokens(_FIELD.sub(lambda found: f"{found[1]}={_FIELDS[found[1]]}", text))


def _masked_header(name: str, value: str) -> str:
    if name == "authorization":
        return "Basic $SECRET" if value.startswith("Basic ") else "Bearer $TOKEN"
    return re.sub(r"=[^;]+", "=$TOKEN", value) if name == "cookie" else value
