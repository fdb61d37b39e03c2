"""The options that several commands share, and a function that builds a guard from their values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scopekit.cli.inputs import KeyChoice, key_owner, missing_option, read_keys, read_profile
from scopekit.errors import ScopeKitError

if TYPE_CHECKING:
    from scopekit.guard import Guard
    from scopekit.keys import Key
    from scopekit.profile import Profile
    from scopekit.scopes import Vocabulary


def _profile_names(incomplete: str) -> list[str]:
    """The names of profiles that begin like this, for the shell's completion."""
    from scopekit.profiles import PROFILES

    begun = incomplete.lower().replace("-", "_")
    return [name.lower() for name in PROFILES if name.lower().startswith(begun)]


def profile_of(source: str) -> Profile:
    """The profile that --profile names. Raises BadParameter if there is none, or if its file cannot be used."""
    try:
        return read_profile(source)
    except ScopeKitError as error:
        raise typer.BadParameter(str(error)) from None


AsJson = Annotated[bool, typer.Option("--json", help="Print only JSON; its field names are stable.")]
TokenFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="File that holds the token, or `-` for standard input. Prompts if omitted.",
    ),
]
Jwks = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|URL",
        help="The issuer's public keys: a JWK Set, PEM, a certificate, or the address of the issuer's metadata.",
    ),
]
KeyFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="File that holds the key: a JWK, a JWK Set, PEM, DER or OpenSSH.")
]
Alg = Annotated[
    str | None, typer.Option(metavar="NAME", help="The algorithm of a key that names none, such as RS256 for PEM.")
]
Kid = Annotated[
    str | None, typer.Option(metavar="NAME", help="The kid of a key that names none, or which key of several to use.")
]
PasswordFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="File with the password of the private key. Prompts if omitted.")
]
Owner = Annotated[str | None, typer.Option(metavar="NAME", help="The issuer that the keys belong to.")]
Audience = Annotated[str | None, typer.Option(metavar="NAME", help="The name of the API that the token is for.")]
Shape = Annotated[
    str,
    typer.Option(
        "--profile", metavar="NAME|FILE", autocompletion=_profile_names,
        help="The token's profile (set of claims): a name such as rfc9068, okta or entra-v2, or a TOML file.",
    ),
]  # fmt: skip
DEFAULT_PROFILE = "RFC9068"
OpenApi = Annotated[str | None, typer.Option("--openapi", metavar="FILE|URL", help="The API's OpenAPI document.")]
Host = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Allow requests to this host (required unless the API is on localhost)."),
]
Journal = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Record each result in this file, so that a later run can continue.")
]
Anywhere = Annotated[bool, typer.Option("--anywhere", help="Allow --openapi to be a URL on another machine.")]
Markdown = Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the report as Markdown.")]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the report as an HTML page.")]


def one_source(jwks: str | None, key: str | None) -> str | None:
    """The source of keys: `jwks` or `key`, or None if neither is given. Raises BadParameter if both are given."""
    if "" in (jwks, key):
        raise typer.BadParameter("--jwks and --key need a file or an address; found empty text.")
    if jwks and key:
        raise typer.BadParameter("Give the keys with --jwks or with --key, not with both.")
    return jwks or key


def refuse_shared_input(*sources: str | None) -> None:
    """Raises BadParameter if two of `sources` are standard input, which can be read only once."""
    if sources.count("-") > 1:
        raise typer.BadParameter("Only one input can be standard input; name a file for the others.")


def refuse_missing_option(profile: Profile, key: Key, audience: str | None) -> None:
    """Raises BadParameter if an option that a token of `profile` needs is missing: the issuer or the audience."""
    if option := missing_option(profile, key, audience):
        raise typer.BadParameter(f"A token of profile {profile.name} names its {option}: give --{option}.")


def guard_of(
    source: str,
    issuer: str | None,
    audience: str | None,
    profile: Profile,
    vocabulary: Vocabulary,
    choice: KeyChoice,
) -> Guard:
    """A guard with the keys at `source`. Raises BadParameter if the profile needs an audience and none is given."""
    from scopekit.guard import Guard

    if audience is None and "audience" not in profile.waives:
        raise typer.BadParameter("A guard accepts tokens for one API: give --audience.")
    owner = key_owner(profile, issuer, audience)
    keys = read_keys(source, owner, choice)
    return Guard(keys, audience=audience, issuer=owner, profile=profile, vocabulary=vocabulary)
