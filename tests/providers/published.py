"""The tokens of providers in the shapes that they document, signed with keys of our own.

The shapes are read from a file beside the checkout; where it is absent, the tests that need it are skipped and say so.
"""

import json
import time
from pathlib import Path

import pytest

from scopekit import Key, profiles
from scopekit.keys import base64url
from scopekit.scopes import notation

FILE = Path(__file__).parents[3] / "shared" / "data" / "provider_tokens.json"
SHAPES = json.loads(FILE.read_text(encoding="utf-8"))["tokens"] if FILE.exists() else {}
needs_shapes = pytest.mark.skipif(not SHAPES, reason="the file of providers' token shapes is not beside the checkout")

LARAVEL = profiles.Profile("LARAVEL", notation("flat"), ("JWT",), ("iss", "sub", "aud", "iat", "exp", "jti"))
PROFILE_OF = {
    "Auth0 RFC9068 profile": profiles.AUTH0,
    "Auth0 default": profiles.AUTH0,
    "Auth0 RBAC permissions only": profiles.AUTH0_RBAC,
    "Okta custom AS": profiles.OKTA,
    "Keycloak roles": profiles.KEYCLOAK,
    "Entra v2": profiles.ENTRA_V2,
    "Entra v2 app-only roles": profiles.ENTRA_V2,
    "Google ID token (IAP/Cloud Run)": profiles.GOOGLE,
    "Cognito access": profiles.COGNITO,
    "Firebase": profiles.FIREBASE,
    "GitHub Actions OIDC": profiles.GITHUB_ACTIONS,
    "Kubernetes SA": profiles.KUBERNETES,
    "Supabase HS256": profiles.SUPABASE,
    "Supabase ES256": profiles.SUPABASE,
    "Clerk session": profiles.CLERK,
    "Unicode sub / username": profiles.ENTRA_V2,
    "Numeric sub (Laravel Passport, Django simplejwt user_id)": LARAVEL,
}
RECIPIENT = {"Cognito access": "c", "Clerk session": "http://localhost:3000"}
SECRET = bytes(range(32))


def claims_of(shape, now=None):
    """The claims of a shape, with times counted from now."""
    now = int(time.time()) if now is None else now

    def dated(value):
        return now + value["$now"] if isinstance(value, dict) and "$now" in value else value

    return {name: dated(value) for name, value in shape["claims"].items()}


class Provider:
    """A provider of one shape: its key, the JWK that it publishes, and the tokens that it signs."""

    def __init__(self, name):
        self.name, self.shape = name, SHAPES[name]
        header = self.shape["header"]
        kid = header.get("kid", "the-only-key")
        self.key = Key(kid, SECRET) if self.shape["secret"] else Key.generate(kid, header["alg"])
        self.issuer, self.audience = self.shape["issuer"], self.shape["audience"] or RECIPIENT[name]
        self.profile = PROFILE_OF[name]

    @property
    def jwks(self):
        """The published JWK Set: the public numbers, and beside them only the members that the provider publishes."""
        jwk = self.key.to_jwk(private=self.shape["secret"])
        plain = {name: value for name, value in jwk.items() if name in ("kty", "n", "e", "crv", "x", "y", "k", "kid")}
        kid = {} if "kid" in self.shape["header"] else {"kid": self.key.kid}
        return {"keys": [{**plain, **kid, "use": "sig", **(self.shape["jwk_members"] or {"alg": "HS256"})}]}

    def token(self, header=None, **claims):
        """A token of this provider, with these changes to its header and claims; None leaves a name out."""
        both = ({**self.shape["header"], **(header or {})}, {**claims_of(self.shape), **claims})
        parts = [{name: value for name, value in each.items() if value is not None} for each in both]
        message = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        return f"{message}.{base64url(self.key.sign(message.encode()))}"
