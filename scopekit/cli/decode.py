"""`scopekit decode`: what a token says of itself, and whether it was verified."""

from typing import TYPE_CHECKING, Any

from scopekit.cli.options import Jwks, KeyFile, TokenFile, one_source, refuse_shared_input
from scopekit.cli.reading import parsed, read_keys, read_token
from scopekit.cli.telling import AsJson, tell, tell_json, tell_table
from scopekit.errors import TokenError

if TYPE_CHECKING:
    from scopekit.decision import Decision
    from scopekit.keys import KeySet
    from scopekit.tokens import Token

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
        tell(_sentence(decision, verified))
    return 0 if verified is not False else 1


def _verified(token: "Token", keys: "KeySet") -> "Decision":
    """What a guard with these keys finds; of its steps, those that end with the signature count here."""
    from scopekit.guard import Guard
    from scopekit.issuer import SEED_2014
    from scopekit.tokens import parse

    guard = Guard(keys, profile=SEED_2014)
    try:
        parse(token.text)
    except TokenError:  # a header that this kit's guards refuse is still signed, or not
        guard = guard.without("form")
    return guard.explain(f"Bearer {token}")


def _sentence(decision: "Decision | None", verified: bool | None) -> str:
    if decision is None:
        return NOT_VERIFIED
    if verified:
        return f"✓ The signature is verified, with {decision.step('key').found}."
    failed = next(step for step in decision.steps if step.verdict == "failed")
    return f"✗ DOES NOT VERIFY: {failed.found}. {failed.fix}"


def _rows(token: "Token") -> list[tuple[str, ...]]:
    from scopekit.show import MEANINGS, claim_value

    parts = (("header", token.header), ("claims", token.claims))
    return [
        (part, name, claim_value(name, value, token), MEANINGS.get(name, ""))
        for part, claims in parts
        for name, value in claims.items()
    ]


def _told(token: "Token", decision: "Decision | None", verified: bool | None) -> dict[str, Any]:
    return {
        "header": token.header, "claims": token.claims, "scopes": list(token.scopes), "expires": token.expires,
        "verified": bool(verified), "reason": _sentence(decision, verified),
    }  # fmt: skip
