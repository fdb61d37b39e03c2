"""Claims that hold scopes: every place where issuers write them, whatever its form.

A guard reads one notation and refuses the rest. Here the question is another one: is the scope somewhere in the token,
where or how an API would not see it?
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from scopekit.errors import ScopeError
from scopekit.scopes import Scopes, notation, scope
from scopekit.tokens import Claims

NAMES = ("scope", "scopes", "scp", "permissions", "roles", "authorization_details")
"""`scope` is registered (RFC 8693 section 4.2); `scopes` is the article's; `scp` is Okta's and Microsoft's;
`permissions` is Auth0's with role-based access control, `roles` Microsoft's; the last is that of RFC 9396."""

_NOTATIONS = {"scopes": "structured", "authorization_details": "rar"}


class Written(NamedTuple):
    """The scopes in one claim: `plain` as its own form has them, `split` at every space and comma besides."""

    claim: str
    kind: str
    plain: Scopes
    split: Scopes


def find_scopes(claims: Claims) -> tuple[Written, ...]:
    """What each claim that could hold scopes holds, `scope` first; a name may stand at the end of an address."""
    found = [(tail, name) for name in claims if (tail := name.rpartition("/")[2]) in NAMES]
    return tuple(_written(tail, name, claims[name]) for tail, name in sorted(found, key=_rank))


def _rank(found: tuple[str, str]) -> tuple[int, str]:
    return NAMES.index(found[0]), found[1]


def _written(tail: str, name: str, value: Any) -> Written:
    if isinstance(value, str):
        return Written(name, "a string", tuple(_scopes(value.split(" "))), tuple(_scopes(_pieces(value))))
    read: Scopes = ()
    with contextlib.suppress(ScopeError):
        read = notation(_NOTATIONS.get(tail, "flat")).read(value)
    if isinstance(value, list | tuple):
        texts = [each for each in value if isinstance(each, str)]
        plain, split = tuple(_scopes(texts)), tuple(_scopes(part for each in texts for part in _pieces(each)))
        return Written(name, "a list", read or plain, read or split)
    return Written(name, "an object" if hasattr(value, "keys") else "neither text nor list", read, read)


def _pieces(text: str) -> list[str]:
    return re.split(r"[\s,]+", text)


def _scopes(texts: Iterable[str]) -> Iterator[str]:
    """Each scope once; what is no scope-token is left out."""
    for text in dict.fromkeys(texts):
        with contextlib.suppress(ScopeError):
            yield scope(text)
