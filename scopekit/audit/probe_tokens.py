"""The plan: which tokens an audit tries, minted from what a document says.

One for each scope, one for each documented set of several, one for each owner of a record; and those that must open
nothing: none at all, one that has expired, one for another API.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from scopekit.audit.matrix import Tried
from scopekit.audit.openapi import Document
from scopekit.clock import LessonClock
from scopekit.errors import AuditError, ScopeError, TokenError
from scopekit.issuer import Issuer
from scopekit.scopes import Scopes, scope
from scopekit.tokens import Token

ELSEWHERE = "https://elsewhere.example/"
"""The API that nobody is: the audience of a token that no call should take."""
NO_TOKEN = Tried("no token", None)

Planned = tuple[str, Issuer, Scopes, str | None, str]
"""A token to be minted: its label, by whom, its scopes, its subject, and why no call should take it."""


def plan(document: Document, issuer: Issuer) -> tuple[Tried, ...]:
    """The tokens to try on the calls of a document, minted by an issuer whose tokens its API takes.

    A set of scopes that no token can carry, by their names or their number, is left out. AuditError where none can be
    minted at all.
    """
    every = _every_scope(document)
    sets: list[Scopes] = [(), *((name,) for name in every), *_alternatives(document)]
    planned = [
        *((" + ".join(scopes) or "no scope", issuer, scopes, None, "") for scopes in sets),
        *_owners(document, issuer),
        ("every scope", issuer, every, None, ""),
        *(
            (label, weaker, some, None, refused)
            for label, weaker, refused in _useless(issuer)
            for some in _fitting(issuer, every)
        ),
    ]
    tried = [NO_TOKEN]
    for label, own, scopes, subject, refused in planned:
        with contextlib.suppress(TokenError):
            tried.append(Tried(label, _mint(own, scopes, subject), refused, _source(own)))
    if len(tried) == 1:
        raise AuditError("An audit mints its tokens; this issuer, audience and profile make none together.")
    return _told_apart(tried)


def given(tokens: Iterable[Token]) -> tuple[Tried, ...]:
    """Tokens that one was given, each under the scopes that it claims; no token beside them."""
    own = (
        Tried(" ".join(token.scopes) or "no scope", token, source=hashlib.sha256(str(token).encode()).hexdigest())
        for token in tokens
    )
    return _told_apart([NO_TOKEN, *own])


def _owners(document: Document, issuer: Issuer) -> Iterator[Planned]:
    """A token for each owner of a record and each set of scopes that opens it to its owner alone."""
    owned = ((str(call.owner), one) for call in document.calls if call.own for one in call.own.alternatives)
    for owner, one in dict.fromkeys(owned):
        scopes = tuple(sorted(one))
        yield f"{' + '.join(scopes)} of {owner}", issuer, scopes, owner, ""


def _useless(issuer: Issuer) -> Iterator[tuple[str, Issuer, str]]:
    """Who mints a token that no call should take: one of long ago, and one for another API."""
    profile = issuer.profile
    if "exp" in profile.claims:
        long_ago = issuer.clock.now() - 2 * (profile.ttl_seconds or 0) - 600
        yield "expired", replace(issuer, clock=LessonClock(max(0, long_ago))), "it has expired"
    if "aud" in profile.claims and profile.hint != "aud":  # there the audience names the issuer too
        yield "another API's", replace(issuer, audience=ELSEWHERE), "it was made for another API"


def _fitting(issuer: Issuer, scopes: Scopes) -> Iterator[Scopes]:
    """The scopes in as few tokens as can carry them all."""
    try:
        _mint(issuer, scopes)
        yield scopes
    except TokenError:
        if len(scopes) > 1:
            yield from _fitting(issuer, scopes[: len(scopes) // 2])
            yield from _fitting(issuer, scopes[len(scopes) // 2 :])


def _told_apart(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """The same, each with a label of its own."""
    counts: Counter[str] = Counter()
    told = []
    for each in tried:
        counts[each.label] += 1
        number = counts[each.label]
        told.append(each if number == 1 else each._replace(label=f"{each.label} ({number})"))
    return tuple(told)


def _source(issuer: Issuer) -> str:
    """By whom and for whom tokens are minted."""
    key = issuer.signing_key
    return " ".join((issuer.profile.name, str(key.issuer), key.kid, key.alg, str(issuer.audience)))


def _every_scope(document: Document) -> Scopes:
    """The scopes that the document declares, and those that its calls ask for without a declaration."""
    asked = (name for each in _requirements(document) for one in each for name in sorted(one))
    return tuple(dict.fromkeys((*document.vocabulary, *asked)))


def _alternatives(document: Document) -> Iterable[Scopes]:
    several = (tuple(sorted(one)) for each in _requirements(document) for one in each if len(one) > 1)
    return dict.fromkeys(several)


def _requirements(document: Document) -> Iterator[tuple[frozenset[str], ...]]:
    """The alternatives of each call that can be met: a name that is no scope-token is in no token."""
    for call in document.calls:
        if call.requirement:
            yield tuple(one for one in call.requirement.alternatives if all(map(_is_scope, one)))


def _mint(issuer: Issuer, scopes: Scopes, subject: str | None = None) -> Token:
    """A token of a subject, or of nobody in particular where the profile has no subject."""
    if subject is None:
        return issuer.mint(scopes)
    if "sub" in issuer.profile.claims:
        return issuer.mint(scopes, subject=subject)
    return issuer.mint(scopes, claims={"sub": subject})


def _is_scope(name: str) -> bool:
    try:
        return bool(scope(name))
    except ScopeError:
        return False
