"""The options that several commands have."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scopekit.issuer import Profile


class ProfileName(StrEnum):
    """The profiles, by name."""

    RFC9068 = "RFC9068"
    GITHUB = "GITHUB"
    AUTH0_V2 = "AUTH0_V2"
    SEED_2014 = "SEED_2014"

    @property
    def profile(self) -> "Profile":
        """The profile of that name."""
        from scopekit import issuer

        found: Profile = getattr(issuer, self.value)
        return found


TokenFile = Annotated[
    str | None,
    typer.Option("--token-file", metavar="FILE", help="Where the token is; `-` is standard input. Asked for else."),
]
Audience = Annotated[str | None, typer.Option(help="The API that it is for.")]
Named = Annotated[ProfileName, typer.Option("--profile", case_sensitive=False, help="The shape of the token.")]
Jwks = Annotated[str | None, typer.Option("--jwks", metavar="FILE|URL", help="The issuer's public keys, a JWK Set.")]
KeyFile = Annotated[str | None, typer.Option("--key", metavar="FILE", help="The key, a JWK or a JWK Set.")]
OpenApi = Annotated[
    str | None, typer.Option("--openapi", metavar="FILE|URL", help="The API's OpenAPI document, in JSON or YAML.")
]
Anywhere = Annotated[
    bool, typer.Option("--anywhere", help="Read the document from a URL of another machine than this one, too.")
]


def one_source(jwks: str | None, key: str | None) -> str | None:
    """The one place that keys come from, if there is one."""
    if jwks and key:
        raise typer.BadParameter("Keys come from --jwks or from --key, and not from both.")
    return jwks or key


def refuse_shared_input(*sources: str | None) -> None:
    """BadParameter where two of these are read from standard input, which has an end but once."""
    if sources.count("-") > 1:
        raise typer.BadParameter("Only one thing comes from standard input: name a file for the others.")
