"""A small world for the tests of the core: two tenants, one guard, and tokens written without scopekit's own code."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode

from scopekit import GITHUB, Guard, Issuer, Key, KeySet, LessonClock, MemoryDenylist, Vocabulary

NOW = 1416929109
ISSUER = "https://issuer.example/"
OTHER_TENANT = "https://tenant-b.example/"
API = "repos"

SECRET = bytes(range(32))
OTHER_SECRET = bytes(range(32, 64))
KEY = Key("k1", SECRET, issuer=ISSUER)
OTHER_KEY = Key("k2", OTHER_SECRET, issuer=OTHER_TENANT)

HEADER = {"alg": "HS256", "typ": "JWT", "kid": "k1"}
CLAIMS = {
    "iss": ISSUER,
    "sub": "octocat",
    "aud": API,
    "iat": NOW,
    "exp": NOW + 3600,
    "jti": "id-1",
    "scopes": ["repo"],
}

VOCABULARY = Vocabulary(
    {"repo": "All of a repository", "public_repo": "Public ones", "repo:status": "Statuses", "gist": "Gists"},
    implies={"repo": ["public_repo", "repo:status"]},
)

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def b64(raw):
    """Bytes or text as base64url without padding."""
    return urlsafe_b64encode(raw.encode() if isinstance(raw, str) else raw).rstrip(b"=").decode()


def part(value):
    """One part of a token; bytes and text stay as they are, anything else is written as JSON."""
    return b64(value if isinstance(value, bytes | str) else json.dumps(value))


def sealed(message, secret=SECRET, alg="HS256"):
    """`message`, which is two parts and a dot, with its signature."""
    return f"{message}.{b64(hmac.digest(secret, message.encode(), HASHES[alg]))}"


def forged(header=None, claims=None, secret=SECRET, alg="HS256"):
    """A token in compact form, signed; a header or claims given as bytes or text are written as they are."""
    parts = part(HEADER if header is None else header), part(CLAIMS if claims is None else claims)
    return sealed(".".join(parts), secret, alg)


def with_header(**changes):
    """A well-signed token whose header differs from a good one's; None leaves a name out."""
    return forged(header=_changed(HEADER, changes))


def with_claims(**changes):
    """A well-signed token whose claims differ from a good one's; None leaves a name out."""
    return forged(claims=_changed(CLAIMS, changes))


def whole_guard(**options):
    """A guard with all its checks, no leeway, and the tokens with the jti `taken-back` on its denylist."""
    denylist = MemoryDenylist()
    denylist.revoke(ISSUER, "taken-back")
    defaults = {"audience": API, "profile": GITHUB, "vocabulary": VOCABULARY, "denylist": denylist}
    clock = LessonClock(NOW)
    return Guard(KeySet([KEY, OTHER_KEY]), **{**defaults, "clock": clock, "leeway_seconds": 0, **options})


def issuer(profile=GITHUB, key=KEY, new_id=lambda: "id-1", audience=API):
    """An issuer whose clock stands still at NOW."""
    return Issuer(key, profile, audience, LessonClock(NOW), new_id)


def told(decision):
    """What a refusal comes down to: its status, its error code and the check that said no."""
    return decision.status, decision.error, decision.check


def _changed(good, changes):
    return {name: value for name, value in {**good, **changes}.items() if value is not None}
