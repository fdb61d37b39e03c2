"""A remote issuer's keys, found by the issuer's name alone: its metadata says where its JWK Set is.

The metadata is OpenID Connect's (Discovery section 4) or OAuth's (RFC 8414 section 3). Its `issuer` must be the name
that was asked for, letter by letter, so that no server speaks for another (RFC 8414 section 3.3).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from scopekit.arguments import Seconds, checked
from scopekit.clock import Clock
from scopekit.errors import PolicyError
from scopekit.keys import KeySet
from scopekit.stores.jwks import MAX_BODY_BYTES, NotAKeySet, RemoteKeySet, owns, without_query
from scopekit.wording import shortened

if TYPE_CHECKING:
    import ssl

_TENANTS = re.compile(r"(?<=/)(common|organizations)(?=/|$)")


class Metadata(NamedTuple):
    """What an issuer says of itself: the owner of its keys, the address of its JWK Set, and its algorithms."""

    owner: str
    jwks_uri: str
    algorithms: tuple[object, ...]


class DiscoveredKeySet(RemoteKeySet):
    """The public keys of one issuer, whose address is in the issuer's metadata. Nothing is fetched before it is needed.

    Asks `/.well-known/openid-configuration` after the issuer's path, and then `/.well-known/oauth-authorization-server`
    before it. A key's algorithm is the one in its JWK, or is chosen by `alg`, by the key's type, or by the metadata's
    `id_token_signing_alg_values_supported`. `timeout_seconds` limits all requests of a renewal together. Everything
    else is as in RemoteKeySet.

    For all tenants of Entra ID, `issuer` is the address with `common` or `organizations` in it. Its metadata names a
    template, so each key belongs to `https://login.microsoftonline.com/{tid}/v2.0`, which fits every tenant's name.
    """

    @checked(when="last")
    def __init__(
        self,
        issuer: str,
        *,
        alg: str | Iterable[str] | None = None,
        clock: Clock | None = None,
        max_age_seconds: Seconds = 300,
        cooldown_seconds: Seconds = 30,
        grace_seconds: Seconds = 3600,
        timeout_seconds: Seconds = 4,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        base, known, _ = issuer.partition("/.well-known/") if isinstance(issuer, str) else ("", "", "")
        if known:
            raise PolicyError(f"An issuer is the address without '/.well-known/' and what follows: {shortened(base)}.")
        if not isinstance(issuer, str) or not re.fullmatch(r"https?://[^?#{}]+", issuer):
            wanted = "An issuer with metadata is an address without a query or braces, such as https://login.example/"
            found = shortened(issuer) if isinstance(issuer, str) else type(issuer).__name__
            raise PolicyError(f"{wanted}; found {found}.")
        super().__init__(
            issuer, issuer, alg=alg, clock=clock, max_age_seconds=max_age_seconds, cooldown_seconds=cooldown_seconds,
            grace_seconds=grace_seconds, timeout_seconds=timeout_seconds, tls=tls,
        )  # fmt: skip
        self._metadata: Metadata | None = None

    @property
    def owner(self) -> str:
        """The issuer that the keys belong to: the name itself, or the template that the metadata names."""
        return self._metadata.owner if self._metadata else self.issuer

    def speaks_for(self, issuer: object) -> bool:
        """Whether keys of this set may belong to `issuer`. Never fetches, so it may be wrong until the first fetch."""
        names = [self.owner] if self._metadata else [self.issuer, _template(self.issuer)]
        return isinstance(issuer, str) and any(owns(name, issuer) for name in names)

    def _load(self) -> KeySet:
        ends = time.monotonic() + self._timeout
        metadata = self._read_metadata(ends)  # each time, for the address of the set may have changed
        self.url, self._reading = metadata.jwks_uri, f"key set at {without_query(metadata.jwks_uri)}"
        keys = self._keys_at(self.url, metadata.owner, _left(ends), metadata.algorithms)
        self._metadata = metadata
        return keys

    def _read_metadata(self, ends: float) -> Metadata:
        """Reads the metadata at the first address that has it. Raises FetchError or NotAKeySet and names each place."""
        from scopekit.stores.fetch import FetchError, fetch

        failures: list[str] = []
        down = False
        places = metadata_addresses(self.issuer)
        self._reading = f"metadata at {' or '.join(places)}"
        for place in places:
            try:
                body = fetch(place, max_bytes=MAX_BODY_BYTES, timeout_seconds=_left(ends), tls=self._tls).body
            except FetchError as error:
                down = True
                failures.append(str(error))
                continue
            if (document := _object(body)) is not None:
                self._reading = f"metadata at {place}"
                return self._checked(document)
            failures.append("it is not a JSON object")
        raise (FetchError if down else NotAKeySet)("; ".join(dict.fromkeys(failures)))

    def _checked(self, document: dict[str, Any]) -> Metadata:
        """What the kit needs of the metadata. Raises NotAKeySet and names the member that is wrong."""
        from scopekit.material import as_template
        from scopekit.stores.fetch import trustworthy

        named, uri, template = document.get("issuer"), document.get("jwks_uri"), _template(self.issuer)
        owner = template if isinstance(named, str) and named != template and as_template(named) == template else named
        if owner not in (self.issuer, template) or (named != self.issuer and owner == named):
            slash = isinstance(named, str) and named.rstrip("/") == self.issuer.rstrip("/")
            hint = "; they differ by a slash" if slash else ""
            rule = f"its 'issuer' must be {self.issuer!r} (RFC 8414 section 3.3)"
            raise NotAKeySet(f"{rule}; found {shortened(named, 200)}{hint}")
        scheme = urlsplit(self.issuer).scheme
        try:
            safe = isinstance(uri, str) and trustworthy(uri).startswith((f"{scheme}:", "https:"))
        except PolicyError:
            safe = False
        if not safe:
            rule = "its 'jwks_uri' must be an https:// address, or http:// on this machine if the issuer is there too"
            raise NotAKeySet(f"{rule}; found {shortened(uri, 100)}")
        listed = document.get("id_token_signing_alg_values_supported")
        supported = tuple(listed) if isinstance(listed, list) else ()
        return Metadata(str(owner), str(uri), supported)


def metadata_addresses(issuer: str) -> tuple[str, str]:
    """Where an issuer's metadata may be: OpenID's address (Discovery 4.1), and OAuth's (RFC 8414 section 3.1)."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    return (
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        parts._replace(path=f"/.well-known/oauth-authorization-server{path}").geturl(),
    )


def _left(ends: float) -> float:
    return max(ends - time.monotonic(), 0.01)


def _template(issuer: str) -> str:
    """The template of an Entra endpoint for many tenants. Any other issuer stays as it is."""
    return _TENANTS.sub("{tid}", issuer, count=1)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
