"""The guard that a command makes of its options, as one would make it for an API of one's own."""

from typing import TYPE_CHECKING

import typer

from scopekit.cli.reading import read_keys
from scopekit.scopes import Vocabulary

if TYPE_CHECKING:
    from scopekit.guard import Guard
    from scopekit.issuer import Profile


def guard_of(
    source: str, issuer: str | None, audience: str | None, profile: "Profile", vocabulary: Vocabulary
) -> "Guard":
    """A guard with the keys at `source`; BadParameter where it lacks an audience that the profile does not waive."""
    from scopekit.guard import Guard

    if audience is None and "audience" not in profile.waives:
        raise typer.BadParameter("A guard takes tokens for one API: give --audience.")
    owner = audience if profile.hint == "aud" else issuer  # there, a tenant is an issuer under the name of its audience
    keys = read_keys(source, owner)
    return Guard(keys, audience=audience, issuer=owner, profile=profile, vocabulary=vocabulary)
