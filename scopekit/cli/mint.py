"""`scopekit mint`: a token, alone on standard output."""

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from scopekit.cli.options import Audience, Named, ProfileName
from scopekit.cli.reading import signing_key
from scopekit.cli.telling import AsJson, tell_json
from scopekit.errors import InputError

if TYPE_CHECKING:
    from scopekit.issuer import Profile
    from scopekit.keys import Key


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


def _keep(key: "Key", file: str) -> None:
    """The key in a new file, which its owner alone may read; a file that is there is never written over."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "its name cannot be used"
        raise InputError(f"The new key's file cannot be made: {told}.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        json.dump(key.to_jwk(private=True), written, indent=2)


def _refuse_unfit(shape: "Profile", signer: "Key", audience: str | None, ttl: int | None) -> None:
    """What the options lack for this profile, said by the options' names."""
    if ttl is not None and "exp" not in shape.claims:
        raise typer.BadParameter(f"A token of profile {shape.name} never ends: it takes no --ttl.")
    if "iss" in shape.claims and signer.issuer is None:
        raise typer.BadParameter(f"A token of profile {shape.name} names its issuer: give --issuer.")
    if "aud" in shape.claims and audience is None:
        raise typer.BadParameter(f"A token of profile {shape.name} names the API that it is for: give --audience.")
