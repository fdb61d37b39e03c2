"""The commands for one token: `scopekit mint`, `decode`, `explain` and `scopes`.

They show what a token holds, whether it is verified, and why it opens a call or not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scopekit.cli.inputs import (
    KeyChoice,
    key_owner,
    parsed,
    read_file,
    read_keys,
    read_requirement,
    read_token,
    read_vocabulary,
    signing_key,
    unwrapped,
)
from scopekit.cli.options import (
    DEFAULT_PROFILE,
    Alg,
    Anywhere,
    AsJson,
    Audience,
    Jwks,
    KeyFile,
    Kid,
    OpenApi,
    Owner,
    PasswordFile,
    Shape,
    TokenFile,
    guard_of,
    one_source,
    profile_of,
    refuse_missing_option,
    refuse_shared_input,
)
from scopekit.cli.output import print_json, print_result, print_table, print_text
from scopekit.errors import InputError
from scopekit.keys import is_id
from scopekit.requirements import NO_SCOPE
from scopekit.scopes import Vocabulary
from scopekit.wording import counted, named, shortened

if TYPE_CHECKING:
    from scopekit.audit.lint.findings import Finding
    from scopekit.keys import Key, KeySet
    from scopekit.tokens import Token

NOT_VERIFIED = "NOT VERIFIED: anyone may have written this token."

NOTICED = (
    "token-form", "token-id-no-text", "token-read-otherwise", "token-id-token", "token-time-no-number",
    "token-time-milliseconds", "token-scopes-string", "token-scope-list", "token-scopes-twice", "token-delimiter",
    "token-scopes-unreadable", "token-wildcard",
)  # fmt: skip
"""The lint rules whose findings `decode` prints, because they say how to interpret the token."""


def mint(
    scopes: Annotated[list[str] | None, typer.Argument(metavar="SCOPE", help="Scopes for the token.")] = None,
    key: Annotated[str, typer.Option(metavar="FILE", help="File with the private key: a JWK, PEM or DER.")] = "",
    new_key: Annotated[
        str | None,
        typer.Option(metavar="ALG", help="Make a new key (for HS256, ES256, ...) and save it in the file of --key."),
    ] = None,
    alg: Alg = None, kid: Kid = None, password_file: PasswordFile = None,
    issuer: Annotated[str | None, typer.Option(metavar="NAME", help="The issuer, if the key names none.")] = None,
    audience: Audience = None,
    subject: Annotated[str, typer.Option(metavar="NAME", help="The user that the token acts for.")] = "octocat",
    ttl: Annotated[int | None, typer.Option(metavar="SECONDS", help="Lifetime (default: as the profile says).")] = None,
    profile: Shape = DEFAULT_PROFILE, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Mint a token with these scopes and print only the token, for a pipe or a file."""
    from secrets import token_hex

    from scopekit.issuer import Issuer
    from scopekit.keys import Key

    _refuse_for_mint(scopes or [], key, new=bool(new_key))
    shape = profile_of(profile)
    owner = key_owner(shape, issuer, audience)
    if new_key:
        signer = Key.generate(kid or f"key-{token_hex(4)}", new_key, owner)
    else:
        signer = signing_key(str(key), owner, KeyChoice(alg, kid, password_file))
    if ttl is not None and "exp" not in shape.claims:
        raise typer.BadParameter(f"A token of profile {shape.name} never expires: omit --ttl.")
    refuse_missing_option(shape, signer, audience)
    token = Issuer(signer, shape, audience).mint(scopes or [], subject=subject, ttl_seconds=ttl)
    if new_key:
        _save(signer, str(key))
    if as_json:
        facts = {"token": str(token), "profile": shape.name, "scopes": list(scopes or []), "expires": token.expires}
        print_json({**facts, "kid": signer.kid, "alg": signer.alg})
    else:
        print(token)
    return 0


def _refuse_for_mint(scopes: list[str], key: str | None, *, new: bool) -> None:
    """Raises BadParameter for scopes in one word, and if there is no file for the key."""
    if not key:
        raise typer.BadParameter("Give --key FILE: the file with the private key, or the file for --new-key to create.")
    if new and key == "-":
        raise typer.BadParameter("A new key needs a file; found `-`, which is standard output.")
    if joined := [each for each in scopes if "," in each]:
        raise typer.BadParameter(f"Scopes must be separate words, without commas; found {shortened(joined[0])}.")


def _save(key: Key, file: str) -> None:
    """Writes the key to a new file that only its owner can read. Never overwrites an existing file."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise InputError(f"The new key's file cannot be created: {reason}.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as new:
        json.dump(key.to_jwk(private=True), new, indent=2)


def decode(
    token_file: TokenFile = None,
    jwks: Jwks = None,
    key: KeyFile = None,
    alg: Alg = None,
    kid: Kid = None,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> int:
    """Show a token's header and claims and what they mean. With a key, verify the signature.

    Without --jwks or --key, nothing is verified. Even with a key, only the signature is verified: `scopekit explain`
    checks the rest.
    """
    from scopekit.audit.token_facts import scopes_of

    source = one_source(jwks, key)
    refuse_shared_input(source, token_file or "-")
    token = parsed(read_token(token_file))
    verified, reason = None, NOT_VERIFIED
    if source:
        keys = read_keys(source, None, KeyChoice(alg, kid, password_file, _kid_of(token)))
        verified, reason = _verify(token, keys.owned_by("the keys given"))
    facts = _facts(token)
    if as_json:
        print_json(
            {
                "header": token.header, "claims": token.claims, "scopes": list(scopes_of(token.claims)),
                "expires": token.expires, "facts": [{"id": fact.id, "place": str(fact)} for fact in facts],
                "verified": bool(verified), "reason": reason,
            }
        )  # fmt: skip
    else:
        print_table(_rows(token))
        print_text("\n".join([*(f"{fact.says} {fact.sentence}" for fact in facts), reason]))
    return 0 if verified is not False else 1


def _kid_of(token: Token | None) -> str | None:
    """The token's kid, by which a single key without a name is called. It chooses no key and no algorithm."""
    kid = token.header.get("kid") if token else None
    return kid if is_id(kid) else None


def _facts(token: Token) -> list[Finding]:
    from scopekit.audit.lint import lint

    return [finding for finding in lint(token) if finding.id in NOTICED]


def _rows(token: Token) -> Iterator[tuple[str, ...]]:
    from scopekit.render.core import MEANINGS, claim_text, claim_value

    for part, values in (("header", token.header), ("claims", token.claims)):
        for name, value in values.items():
            text = claim_value(name, value, token) if part == "claims" else claim_text(value)
            yield part, name, text, MEANINGS.get(name, "")


def _verify(token: Token, keys: KeySet) -> tuple[bool, str]:
    """Returns whether one of `keys` verifies the token's signature, and the same result as a sentence for the user.

    Only the guard's checks of the key, the algorithm and the signature run, because a token that fails another check
    can still have a valid signature.
    """
    from scopekit.checks import CHECKS, RequestContext
    from scopekit.guard import Guard
    from scopekit.profiles import SEED_2014

    if not isinstance(kid := token.header.get("kid", ""), str):
        return False, f"✗ DOES NOT VERIFY: kid is {named(kid)}, and no key has such a kid."
    context = RequestContext(Guard(keys, profile=SEED_2014).policy, None, None, NO_SCOPE)
    context.token, context.claims = token, token._claims
    key, algorithm, signature = (check for check in CHECKS if check.name in ("key", "algorithm", "signature"))
    for check in (key, algorithm, signature):
        if refusal := check.run(context):
            return False, f"✗ DOES NOT VERIFY: {refusal.found}. {refusal.fix}"
    return True, f"✓ The signature is verified, with {key.found(context)}."


def explain(
    needs: Annotated[
        str | None, typer.Option(metavar="TEXT", help='Scopes that the call needs, such as "a or (b and c)".')
    ] = None,
    token_file: TokenFile = None, jwks: Jwks = None, key: KeyFile = None,
    alg: Alg = None, kid: Kid = None, password_file: PasswordFile = None, issuer: Owner = None,
    audience: Audience = None, profile: Shape = DEFAULT_PROFILE,
    answer: Annotated[
        str | None, typer.Option(metavar="FILE", help="Explain the API response in this file, as `curl -i` prints it.")
    ] = None,
    requested: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="With --answer: a scope you asked for. May be repeated.")
    ] = None,
    openapi: OpenApi = None, anywhere: Anywhere = False, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Explain in eleven steps why a token opens a call or not.

    With --jwks or --key, a guard with these keys decides. With --answer, explain the response that another API gave,
    from the token's claims and a list of known problems. Exit status: 0 if the call is allowed, 1 if it is denied.
    """
    from scopekit.audit.token_text import read_text

    source = one_source(jwks, key)
    if (source is None) == (answer is None):
        raise typer.BadParameter("Give either keys (--jwks or --key) or a response to explain (--answer).")
    refuse_shared_input(answer, openapi, source, token_file or "-")
    needed = None if needs is None else read_requirement(needs)
    vocabulary, token = read_vocabulary(openapi, anywhere=anywhere), read_token(token_file)
    if source is None:
        from scopekit.audit.diagnosis import diagnose, read_response

        response = read_response(read_file(str(answer), "answer"))
        diagnosis = diagnose(response, token, needed, vocabulary, requested=requested or [])
        return _print_explained(diagnosis.to_json(), repr(diagnosis), token, as_json=as_json, passed=diagnosis.decision)
    token = unwrapped(token)
    choice = KeyChoice(alg, kid, password_file, _kid_of(read_text(token).token))
    guard = guard_of(source, issuer, audience, profile_of(profile), vocabulary, choice)
    decision = guard.explain(f"Bearer {token}", needed or NO_SCOPE)
    return _print_explained(decision.to_json(private=True), repr(decision), token, as_json=as_json, passed=decision)


def _print_explained(told: dict[str, Any], text: str, sent: str, *, as_json: bool, passed: object) -> int:
    """Prints an explanation. Adds what the token holds: as text if a strict parser refuses it, as JSON always."""
    from scopekit.audit.token_text import read_text

    read = read_text(sent)
    if read.token and as_json:
        facts = [{"id": fact.id, "place": str(fact)} for fact in _facts(read.token)]
        told["token"] = {"header": read.token.header, "claims": read.token.claims, "facts": facts}
    status = print_result(told, text, as_json=as_json, passed=passed)
    if read.token and read.problem and not as_json:
        print_text("The token holds (NOT VERIFIED):")
        print_table(_rows(read.token))
        print_text("\n".join(f"{fact.says} {fact.sentence}" for fact in _facts(read.token)))
    return status


def scopes(
    openapi: OpenApi = None,
    of_token: Annotated[bool, typer.Option("--of-token", help="Show a token's scopes, and what they imply.")] = False,
    token_file: TokenFile = None,
    anywhere: Anywhere = False,
    as_json: AsJson = False,
) -> int:
    """Show the scopes of a token, or of an API's document. Below each scope are the scopes that it implies.

    A token's scopes are read from every claim that issuers use for scopes. The token is NOT verified.
    """
    if openapi is None and not of_token:
        raise typer.BadParameter("Give --openapi FILE for an API's scopes, --of-token for a token's scopes, or both.")
    if token_file is not None and not of_token:
        raise typer.BadParameter("--token-file needs --of-token.")
    refuse_shared_input(openapi, (token_file or "-") if of_token else None)
    vocabulary = read_vocabulary(openapi, anywhere=anywhere)
    if of_token:
        _show_scopes_of(parsed(read_token(token_file)), vocabulary, as_json=as_json)
    elif as_json:
        listed = [(name, vocabulary.descriptions[name], list(vocabulary.children(name))) for name in vocabulary]
        print_json({"scopes": [dict(zip(("name", "description", "implies"), each, strict=True)) for each in listed]})
    else:
        rows = [("  " * depth + name, vocabulary.descriptions[name]) for depth, name in vocabulary.tree()]
        print_table([("scope", "what it may do"), *rows])
    return 0


def _show_scopes_of(token: Token, vocabulary: Vocabulary, *, as_json: bool) -> None:
    from scopekit.audit.token_facts import read_scopes, scopes_of

    claims, held = read_scopes(token.claims), scopes_of(token.claims)
    ways = {name: vocabulary.through(held, name) or (name,) for name in sorted(vocabulary.expand(held))}
    unknown = [name for name in held if vocabulary and name not in vocabulary]
    if as_json:
        facts: dict[str, Any] = {
            "claims": [{"claim": each.claim, "kind": each.kind, "scopes": list(each.split)} for each in claims],
            "held": list(held),
            "implied": {name: list(way) for name, way in ways.items() if len(way) > 1},
            "unknown": unknown,
            "verified": False,
        }
        print_json(facts)
        return
    where = "; ".join(f"{claim.kind} in {claim.claim!r}" for claim in claims) or "no claim that could hold any"
    print_text(f"{counted(len(held), 'scope')}, {where}. NOT VERIFIED.")
    notes = {name: "held; not a scope of this API" if name in unknown else "held" for name in ways}
    notes |= {name: f"implied by {way[0]}" for name, way in ways.items() if len(way) > 1}
    print_table(("  " * depth + name, notes[name]) for depth, name in vocabulary.tree(vocabulary.normalise(held)))
