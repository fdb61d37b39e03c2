"""`scopekit mint`: a token, alone on standard output.

`scopekit decode`: what a token says of itself, and whether it was verified.

`scopekit scopes`: the scopes that an API knows, as a tree, and which of them a token holds.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scopekit.cli.inputs import (
    Anywhere,
    Audience,
    Jwks,
    KeyFile,
    Named,
    OpenApi,
    ProfileName,
    TokenFile,
    one_source,
    parsed,
    read_keys,
    read_token,
    read_vocabulary,
    refuse_shared_input,
    signing_key,
)
from scopekit.cli.output import AsJson, tell, tell_json, tell_table
from scopekit.errors import InputError, TokenError
from scopekit.scopes import Scopes, Vocabulary

if TYPE_CHECKING:
    from scopekit.audit.facts import ScopeClaim
    from scopekit.audit.lint import Finding
    from scopekit.decision import Decision
    from scopekit.issuer import Profile
    from scopekit.keys import Key, KeySet
    from scopekit.tokens import Token


def mint(
    scopes: Annotated[list[str] | None, typer.Argument(metavar="SCOPE", help="What it may do.")] = None,
    key: Annotated[str, typer.Option(metavar="FILE", help="A private JWK, or a JWK Set with one.")] = "",
    new_key: Annotated[
        str | None, typer.Option(metavar="ALG", help="Make a new key first, HS256 or ES256 say, and keep it in --key.")
    ] = None,
    issuer: Annotated[str | None, typer.Option(help="Who signs it, where the key does not say.")] = None,
    audience: Audience = None,
    subject: Annotated[str, typer.Option(help="For whom it acts.")] = "octocat",
    ttl: Annotated[
        int | None, typer.Option(metavar="SECONDS", help="How long it lasts; the profile's own else.")
    ] = None,
    profile: Named = ProfileName.RFC9068,
    as_json: AsJson = False,
) -> int:
    """Mint a token with these scopes and print it, alone: pipe it on, or into a file that is yours."""
    from secrets import token_hex

    from scopekit.issuer import Issuer
    from scopekit.keys import Key

    shape = profile.profile
    owner = audience if shape.hint == "aud" else issuer  # there, a tenant is an issuer under the name of its audience
    if not key:
        raise typer.BadParameter("--key FILE is needed: the key that signs, or with --new-key the file to make.")
    signer = Key.generate(f"key-{token_hex(4)}", new_key, owner) if new_key else signing_key(key, owner)
    _refuse_unfit(shape, signer, audience, ttl)
    token = Issuer(signer, shape, audience).mint(scopes or [], subject=subject, ttl_seconds=ttl)
    if new_key:
        _keep(signer, key)
    if as_json:
        told = {"token": str(token), "profile": shape.name, "scopes": list(scopes or []), "expires": token.expires}
        tell_json({**told, "kid": signer.kid, "alg": signer.alg})
    else:
        print(token)
    return 0


def _keep(key: Key, file: str) -> None:
    """The key in a new file, which its owner alone may read; a file that is there is never written over."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "its name cannot be used"
        raise InputError(f"The new key's file cannot be made: {told}.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        json.dump(key.to_jwk(private=True), written, indent=2)


def _refuse_unfit(shape: Profile, signer: Key, audience: str | None, ttl: int | None) -> None:
    """What the options lack for this profile, said by the options' names."""
    if ttl is not None and "exp" not in shape.claims:
        raise typer.BadParameter(f"A token of profile {shape.name} never ends: it takes no --ttl.")
    if "iss" in shape.claims and signer.issuer is None:
        raise typer.BadParameter(f"A token of profile {shape.name} names its issuer: give --issuer.")
    if "aud" in shape.claims and audience is None:
        raise typer.BadParameter(f"A token of profile {shape.name} names the API that it is for: give --audience.")


NOT_VERIFIED = "NOT VERIFIED: anyone may have written this token."


def decode(token_file: TokenFile = None, jwks: Jwks = None, key: KeyFile = None, as_json: AsJson = False) -> int:
    """Show a token's header and claims, with what they mean; with keys, say whether the signature verifies.

    Without --jwks or --key nothing is verified. With them the signature alone is: `scopekit explain` checks the rest.
    """
    source = one_source(jwks, key)
    refuse_shared_input(source, token_file or "-")
    token = parsed(read_token(token_file))
    decision = _verified(token, read_keys(source, None).owned_by("the keys given")) if source else None
    verified = None if decision is None else decision.step("signature").verdict == "passed"
    if as_json:
        tell_json(_told(token, decision, verified))
    else:
        tell_table(_rows(token))
        for each in _facts(token):
            tell(f"{each.says} {each}.")
        tell(_sentence(decision, verified))
    return 0 if verified is not False else 1


def _verified(token: Token, keys: KeySet) -> Decision:
    """What a guard with these keys finds; of its steps, those that end with the signature count here."""
    from scopekit.guard import Guard
    from scopekit.profiles import SEED_2014
    from scopekit.tokens import parse

    guard = Guard(keys, profile=SEED_2014)
    try:
        parse(token.text)
    except TokenError:  # a header that this kit's guards refuse is still signed, or not
        guard = guard.without("form")
    return guard.explain(f"Bearer {token}")


def _sentence(decision: Decision | None, verified: bool | None) -> str:
    if decision is None:
        return NOT_VERIFIED
    if verified:
        return f"✓ The signature is verified, with {decision.step('key').found}."
    failed = next(step for step in decision.steps if step.verdict == "failed")
    return f"✗ DOES NOT VERIFY: {failed.found}. {failed.fix}"


def _rows(token: Token) -> list[tuple[str, ...]]:
    from scopekit.render.core import MEANINGS
    from scopekit.tokens import claim_value

    parts = (("header", token.header), ("claims", token.claims))
    return [
        (part, name, claim_value(name, value, token), MEANINGS.get(name, ""))
        for part, claims in parts
        for name, value in claims.items()
    ]


NOTICED = (
    "token-id-token", "token-time-no-number", "token-time-milliseconds", "token-scopes-string", "token-scope-list",
    "token-scopes-twice", "token-delimiter", "token-scopes-unreadable", "token-wildcard",
)  # fmt: skip
"""The rules of lint whose facts say how a token is to be read."""


def _facts(token: Token) -> list[Finding]:
    from scopekit.audit.lint import lint

    return [each for each in lint(token) if each.id in NOTICED]


def _told(token: Token, decision: Decision | None, verified: bool | None) -> dict[str, Any]:
    from scopekit.audit.facts import scopes_of

    return {
        "header": token.header, "claims": token.claims, "scopes": list(scopes_of(token.claims)),
        "expires": token.expires, "facts": [{"id": one.id, "place": str(one)} for one in _facts(token)],
        "verified": bool(verified), "reason": _sentence(decision, verified),
    }  # fmt: skip


def scopes(
    openapi: OpenApi = None,
    of_token: Annotated[bool, typer.Option("--of-token", help="What a token holds, and what that implies.")] = False,
    token_file: TokenFile = None,
    anywhere: Anywhere = False,
    as_json: AsJson = False,
) -> int:
    """Show the scopes of an API's document, each below the one that implies it; or those of a token.

    A token's scopes are looked for in every claim that issuers write them into, and are NOT verified.
    """
    if openapi is None and not of_token:
        raise typer.BadParameter("Whose scopes: give --openapi FILE, or --of-token, or both.")
    if token_file is not None and not of_token:
        raise typer.BadParameter("--token-file is for --of-token.")
    refuse_shared_input(openapi, (token_file or "-") if of_token else None)
    vocabulary = read_vocabulary(openapi, anywhere=anywhere)
    if of_token:
        return _tell_token(read_token(token_file), vocabulary, as_json)
    if as_json:
        tell_json({"scopes": [_scope(name, vocabulary) for name in vocabulary]})
    else:
        tell_table(
            [
                ("scope", "what it may do"),
                *((_indented(*one), vocabulary.descriptions[one[1]]) for one in vocabulary.tree()),
            ]
        )
    return 0


def _tell_token(text: str, vocabulary: Vocabulary, as_json: bool) -> int:
    from scopekit.audit.facts import read_scopes, scopes_of

    claims = parsed(text).claims
    written, held = read_scopes(claims), scopes_of(claims)
    ways = {name: vocabulary.through(held, name) or (name,) for name in sorted(vocabulary.expand(held))}
    if as_json:
        tell_json(_of_token(written, held, ways, vocabulary))
    else:
        where = "; ".join(f"{each.kind} in {each.claim!r}" for each in written) or "no claim that could hold any"
        tell(f"{len(held)} scopes, {where}. NOT VERIFIED.")
        tell_table(
            (_indented(*one), _scopes_json(ways[one[1]], vocabulary))
            for one in vocabulary.tree(vocabulary.normalise(held))
        )
    return 0


def _of_token(written: tuple[ScopeClaim, ...], held: Scopes, ways: dict[str, Scopes], vocabulary: Vocabulary) -> Any:
    return {
        "claims": [{"claim": each.claim, "kind": each.kind, "scopes": list(each.split)} for each in written],
        "held": list(held),
        "implied": {name: list(way) for name, way in ways.items() if len(way) > 1},
        "unknown": [name for name in held if vocabulary and name not in vocabulary],
        "verified": False,
    }


def _scope(name: str, vocabulary: Vocabulary) -> dict[str, Any]:
    return {"name": name, "description": vocabulary.descriptions[name], "implies": list(vocabulary.children(name))}


def _indented(depth: int, name: str) -> str:
    return "  " * depth + name


def _scopes_json(way: Scopes, vocabulary: Vocabulary) -> str:
    if len(way) > 1:
        return f"implied by {way[0]}"
    return "held" if not vocabulary or way[0] in vocabulary else "held; not a scope of this API"
