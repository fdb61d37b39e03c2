"""Attacks on the signature: none, half of one, or one that fits everything."""

from __future__ import annotations

from scopekit.lab.attacks.attack import PAIRS, attack
from scopekit.lab.attacks.forging import flipped, keyed, under, under_old, unsigned
from scopekit.lab.attacks.recovery import der
from scopekit.lab.attacks.scene import Scene


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
