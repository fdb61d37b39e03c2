"""Mints the tokens that an audit tries on every call of an API.

There is one token for each scope in the API's document, for each documented set of several scopes, and for each owner
of a record. The audit also tries calls without a token, with an expired token, and with a token for another API.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from scopekit.audit.matrix import Probe
from scopekit.audit.openapi import Document
from scopekit.audit.token_facts import is_scope, scopes_of
from scopekit.clock import LessonClock
from scopekit.errors import InputError, TokenError
from scopekit.issuer import Issuer
from scopekit.scopes import Scopes
from scopekit.tokens import Token

ELSEWHERE = "https://elsewhere.example/"
"""An API that does not exist: the audience of a token that every call should refuse."""
NO_TOKEN = Probe("no token", None)


def mint_probes(document: Document, issuer: Issuer) -> tuple[Probe, ...]:
    """Mints the tokens to try on the calls of a document. The API must trust the issuer.

    Leaves out a set of scopes that no token can hold, because the set is too large or has a name that is not a scope.
    Raises InputError if no token can be minted at all.
    """
    required = [
        one for call in document.calls if call.requirement
        for one in call.requirement.alternatives if all(map(is_scope, one))
    ]  # fmt: skip
    every = tuple(dict.fromkeys((*document.vocabulary, *(name for one in required for name in sorted(one)))))
    several = dict.fromkeys(tuple(sorted(one)) for one in required if len(one) > 1)
    sets: list[Scopes] = [(), *((name,) for name in every), *several]
    owned = dict.fromkeys(
        (str(call.owner), tuple(sorted(one))) for call in document.calls if call.own for one in call.own.alternatives
    )
    planned: list[tuple[str, Issuer, Scopes, str | None, str]] = [  # last: why every call should refuse it
        *((" + ".join(scopes) or "no scope", issuer, scopes, None, "") for scopes in sets),
        *((f"{' + '.join(scopes)} of {owner}", issuer, scopes, owner, "") for owner, scopes in owned),
        ("every scope", issuer, every, None, ""),
        *((name, other, some, None, why) for name, other, why in _useless(issuer) for some in _fitting(issuer, every)),
    ]
    probes = [NO_TOKEN]
    for label, signer, scopes, subject, refused in planned:
        with contextlib.suppress(TokenError):
            token = _mint(signer, scopes, subject)
            key = signer.signing_key
            source = " ".join((signer.profile.name, str(key.issuer), key.kid, key.alg, str(signer.audience)))
            probes.append(Probe(label, token, refused, source))
    if len(probes) == 1:
        raise InputError("The audit cannot mint a token: this issuer, audience and profile do not fit together.")
    return _numbered(probes)


def probes_of(tokens: Iterable[Token]) -> tuple[Probe, ...]:
    """Makes a Probe of each token, labelled with the scopes of the token, and adds one Probe without a token."""
    probes = (
        Probe(
            " ".join(scopes_of(token.claims)) or "no scope",
            token,
            source=hashlib.sha256(str(token).encode()).hexdigest(),
        )
        for token in tokens
    )
    return _numbered([NO_TOKEN, *probes])


def _useless(issuer: Issuer) -> Iterator[tuple[str, Issuer, str]]:
    """Issuers of tokens that every call should refuse: one mints expired tokens, one mints tokens for another API."""
    profile = issuer.profile
    if "exp" in profile.claims:
        long_ago = issuer.clock.now() - 2 * (profile.ttl_seconds or 0) - 600
        yield "expired", replace(issuer, clock=LessonClock(max(0, long_ago))), "it has expired"
    if "aud" in profile.claims and profile.hint != "aud":  # with that hint, `aud` also names the issuer
        yield "another API's", replace(issuer, audience=ELSEWHERE), "it was made for another API"


def _fitting(issuer: Issuer, scopes: Scopes) -> Iterator[Scopes]:
    """Divides the scopes into parts that each fit into one token."""
    try:
        _mint(issuer, scopes)
        yield scopes
    except TokenError:
        if len(scopes) > 1:
            yield from _fitting(issuer, scopes[: len(scopes) // 2])
            yield from _fitting(issuer, scopes[len(scopes) // 2 :])


def _numbered(probes: Iterable[Probe]) -> tuple[Probe, ...]:
    """The same probes, with a number added to each label that already occurred."""
    counts: Counter[str] = Counter()
    numbered = []
    for probe in probes:
        counts[probe.label] += 1
        number = counts[probe.label]
        numbered.append(probe if number == 1 else probe._replace(label=f"{probe.label} ({number})"))
    return tuple(numbered)


def _mint(issuer: Issuer, scopes: Scopes, subject: str | None = None) -> Token:
    """Mints a token whose `sub` is `subject` (None: the issuer chooses), even if the profile has no `sub`."""
    if subject is None:
        return issuer.mint(scopes)
    if "sub" in issuer.profile.claims:
        return issuer.mint(scopes, subject=subject)
    return issuer.mint(scopes, claims={"sub": subject})
