"""Attacks on type, audience and time: genuine tokens that were made for something else, or for another time."""

from __future__ import annotations

import math

from scopekit.lab.attacks.attack import MODERN, TENANTS, attack
from scopekit.lab.attacks.forging import written
from scopekit.lab.attacks.scene import ELSEWHERE, Scene

# What it is, and for whom


@attack("ID token", "type", source="A9", scene=MODERN)
def id_token(scene: Scene) -> str:
    """From the same issuer, made to tell a client who the user is, and for no API."""
    other = "id_token+jwt" if "JWT" in scene.guard.profile.typ else "JWT"
    return scene.signed({"typ": other}, nonce="n-0S6")


@attack("ID token of a client", "type", "audience", "revocation", "scopes", source="A9", scene=MODERN)
def id_token_of_client(scene: Scene) -> str:
    """As OpenID Connect has it: the client is its audience, and it has neither an id nor scopes."""
    kept = {name: scene.claims[name] for name in ("iss", "sub", "iat", "exp")}
    return scene.sealed(kept | {"aud": "client-1", "nonce": "n-0S6"}, {"typ": "JWT"})


@attack("token for another API", "audience", source="RFC 8725 section 3.9")
def token_for_another_api(scene: Scene) -> str:
    """Its audience is not this one."""
    return scene.signed(aud=ELSEWHERE)


# When


@attack("expired token", "time", source="RFC 7519 section 4.1.4")
def expired_token(scene: Scene) -> str:
    """It ended an hour ago."""
    return scene.signed(iat=scene.now - 7200, exp=scene.now - 3600)


@attack("no exp", "time", source="RFC 9068 section 2.2", scene=TENANTS)
def no_exp(scene: Scene) -> str:
    """A tenant mints a token that never ends, and that no denylist can ever forget."""
    return scene.signed(exp=None)


@attack("exp as text", "time", source="RFC 7519 section 2", scene=TENANTS)
def exp_as_text(scene: Scene) -> str:
    """A time in quotes: compared with a number it is an error, and in some languages true."""
    return scene.signed(exp="9999999999")


@attack("exp NaN", "form", "time", source="RFC 8259 section 6", scene=TENANTS)
def exp_nan(scene: Scene) -> str:
    """Not a number: it is never less than now, so it never ends."""
    return scene.signed(exp=math.nan)


@attack("exp infinite", "form", "time", source="RFC 8259 section 6", scene=TENANTS)
def exp_infinite(scene: Scene) -> str:
    """A number above all others, written as a JSON number: 1e400."""
    return scene.sealed(written(scene.claims | {"exp": "1e400"}).replace('"1e400"', "1e400"))


@attack("iat negative", "time", source="RFC 7519 section 2", scene=TENANTS)
def iat_negative(scene: Scene) -> str:
    """Issued before 1970: what adds to it ends up where nobody looked."""
    return scene.signed(iat=-1)


@attack("exp in milliseconds", "time", source="RFC 7519 section 2", scene=TENANTS)
def exp_in_milliseconds(scene: Scene) -> str:
    """A thousand times too large: the token lives for 45,000 years."""
    return scene.signed(exp=(scene.now + 3600) * 1000)


@attack("exp of 4,000 digits", "time", source="CVE-2020-10735", scene=TENANTS)
def exp_of_4000_digits(scene: Scene) -> str:
    """A number that takes long to read, and that no calendar has."""
    return scene.signed(exp=10**4000 - 1)
