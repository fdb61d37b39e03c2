import base64
import contextlib
import datetime
import json
import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from forging import ISSUER, KEY, forged
from hypothesis import given
from hypothesis import strategies as st

from scopekit import Key, KeySet
from scopekit.errors import KeyRefused
from scopekit.material import json_in, jwk_of, name_of, pem

PLAIN = form.NoEncryption()
LOCKED = form.BestAvailableEncryption(b"open sesame")
RSA, EC, ED = (
    rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
)  # fmt: skip
PAIRS = {"RS256": RSA, "ES256": EC, "Ed25519": ED}
PEM, DER, SSH = form.Encoding.PEM, form.Encoding.DER, form.Encoding.OpenSSH
PKCS8, OLD, OPENSSH = form.PrivateFormat.PKCS8, form.PrivateFormat.TraditionalOpenSSL, form.PrivateFormat.OpenSSH
SPKI, PKCS1 = form.PublicFormat.SubjectPublicKeyInfo, form.PublicFormat.PKCS1


def certificate(key, issuer=None, name="a test", signer=None):
    """A certificate of this key, which it signed itself unless another did."""
    now = datetime.datetime(2026, 1, 1)
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in (name, issuer or name)]
    made = x509.CertificateBuilder(names[1], names[0], key.public_key(), 1, now, now + datetime.timedelta(days=1))
    signer = signer or key
    return made.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def private(key, encoding=PEM, kind=PKCS8, lock=PLAIN):
    return key.private_bytes(encoding, kind, lock)


def public(key, encoding=PEM, kind=SPKI):
    return key.public_key().public_bytes(encoding, kind)


def jwk(key, **members):
    alg = next(name for name, each in PAIRS.items() if each is key)
    return {**Key("k", public(key), alg).to_jwk(), **members}


# What a key may look like. Each spelling gives the same key.

SPELLINGS = {
    "PEM": lambda key: private(key),
    "PEM as text": lambda key: private(key).decode(),
    "PEM with literal line ends": lambda key: private(key).decode().replace("\n", "\\n"),
    "PEM with literal Windows line ends": lambda key: private(key).decode().replace("\n", "\\r\\n"),
    "PEM with Windows line ends": lambda key: private(key).replace(b"\n", b"\r\n"),
    "PEM on one line": lambda key: private(key).decode().replace("\n", ""),
    "PEM on one line with spaces": lambda key: private(key).decode().replace("\n", " "),
    "PEM in quotes": lambda key: f' "{private(key).decode()}" ',
    "PEM in quotes with literal line ends": lambda key: json.dumps(private(key).decode()),
    "PEM with spaces around": lambda key: b"  \n\n" + private(key) + b"\n  ",
    "PEM with indented lines": lambda key: private(key).decode().replace("\n", "\n    "),
    "PEM with a comment": lambda key: "# the key of the shop\n" + private(key).decode(),
    "PEM with a byte order mark": lambda key: "\ufeff" + private(key).decode(),
    "PEM in base64": lambda key: base64.b64encode(private(key)),
    "PEM in base64 with line ends": lambda key: base64.encodebytes(private(key)).decode(),
    "DER": lambda key: private(key, DER),
    "DER in base64": lambda key: base64.b64encode(private(key, DER)).decode(),
    "OpenSSH": lambda key: private(key, kind=OPENSSH),
    "JWK": lambda key: json.dumps(jwk(key) | Key("k", private(key), jwk(key)["alg"]).to_jwk(private=True)),
    "with its certificate": lambda key: private(key) + certificate(key).public_bytes(PEM),
    "with its public key": lambda key: public(key) + private(key),
}
PUBLIC_SPELLINGS = {
    "PEM": lambda key: public(key),
    "PEM on one line": lambda key: public(key).decode().replace("\n", ""),
    "DER": lambda key: public(key, DER),
    "DER in base64": lambda key: base64.b64encode(public(key, DER)),
    "OpenSSH": lambda key: public(key, SSH, form.PublicFormat.OpenSSH),
    "OpenSSH with a comment": lambda key: public(key, SSH, form.PublicFormat.OpenSSH) + b" ann@example\n",
    "certificate": lambda key: certificate(key).public_bytes(PEM),
    "certificate on one line": lambda key: certificate(key).public_bytes(PEM).decode().replace("\n", "\\n"),
    "certificate in DER": lambda key: certificate(key).public_bytes(DER),
    "certificate in base64": lambda key: base64.b64encode(certificate(key).public_bytes(DER)).decode(),
    "JWK": lambda key: json.dumps(jwk(key)),
    "JWK as bytes": lambda key: json.dumps(jwk(key)).encode(),
    "JWK in base64": lambda key: base64.b64encode(json.dumps(jwk(key)).encode()).decode(),
    "JWK in quotes": lambda key: json.dumps(json.dumps(jwk(key))),
}
each_pair = pytest.mark.parametrize("alg", PAIRS)


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
@each_pair
def test_a_private_key_is_taken_as(alg, spelled):
    key = PAIRS[alg]
    assert Key("k", spelled(key), alg) == Key("k", private(key), alg)
    (read,) = KeySet.from_jwks(spelled(key), ISSUER, alg=alg)
    assert (read.material, read.alg, read.issuer) == (private(key), alg, ISSUER)


@pytest.mark.parametrize("spelled", PUBLIC_SPELLINGS.values(), ids=PUBLIC_SPELLINGS)
@each_pair
def test_a_public_key_is_taken_as(alg, spelled):
    key = PAIRS[alg]
    assert Key("k", spelled(key), alg) == Key("k", public(key), alg)
    (read,) = KeySet.from_jwks(spelled(key), ISSUER, alg=alg)
    assert (read.material, read.verify_only, read.issuer) == (public(key), True, ISSUER)


OLD_SPELLINGS = {
    "PKCS1": ("RS256", private(RSA, kind=OLD)),
    "PKCS1 in DER": ("RS256", private(RSA, DER, OLD)),
    "a public key in PKCS1": ("RS256", public(RSA, kind=PKCS1)),
    "a public key in PKCS1 in DER": ("RS256", public(RSA, DER, PKCS1)),
    "SEC1": ("ES256", private(EC, kind=OLD)),
    "SEC1 in DER": ("ES256", private(EC, DER, OLD)),
    "SEC1 with its parameters": (
        "ES256",
        b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + private(EC, kind=OLD),
    ),
}


@pytest.mark.parametrize(("alg", "material"), OLD_SPELLINGS.values(), ids=OLD_SPELLINGS)
def test_an_older_form_is_taken(alg, material):
    key = Key("k", material, alg)
    assert key.material in (private(PAIRS[alg]), public(PAIRS[alg]))


LOCKED_KEYS = {
    "PKCS8": private(RSA, lock=LOCKED),
    "PKCS8 on one line": private(RSA, lock=LOCKED).decode().replace("\n", "\\n"),
    "PKCS1": private(RSA, kind=OLD, lock=LOCKED),
    "DER": private(RSA, DER, lock=LOCKED),
}


@pytest.mark.parametrize("locked", LOCKED_KEYS.values(), ids=LOCKED_KEYS)
def test_an_encrypted_key_is_opened_by_its_password_and_named_without(locked):
    for password in ("open sesame", b"open sesame"):
        assert Key("k", locked, "RS256", password=password) == Key("k", private(RSA), "RS256")
    (read,) = KeySet.from_jwks(locked, alg="RS256", password="open sesame")
    assert not read.verify_only
    with pytest.raises(KeyRefused, match=r"^The material of key 'k' is an encrypted private key; pass its password=.$"):
        Key("k", locked, "RS256")
    with pytest.raises(KeyRefused, match=r"is an encrypted private key; this password does not open it") as caught:
        Key("k", locked, "RS256", password="hunter2")
    assert "hunter2" not in str(caught.value)


def test_an_encrypted_key_that_was_changed_is_called_encrypted_with_its_own_password_too():
    """A wrong password looks like this in one case of 256, in which the padding is right by chance."""
    first, *lines, end = private(RSA, lock=LOCKED).decode().splitlines()
    changed = "\n".join([first, *lines[:-2], end])
    expected = r"is an encrypted private key; this password does not open it, or it is cut short or changed\.$"
    with pytest.raises(KeyRefused, match=expected):
        Key("k", changed, "RS256", password="open sesame")


LOCKED_OPENSSH = """
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAJJPpxNC
hhdM6EF3aQDOjjAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIHQ86To0uyllw163
GaD8CqgQ0iosIcdayQd39LFkPzaDAAAAkLksHXJzK7zP8ImKA66nUyqvVG2EPICd6/roTB
Klx5Dk4ai9yL8T7eeA9SENQ0OqEibPN6c5zLlyR/ZdZQzJnofpWe1lNXO7k7IcyGVWAzRY
OMamse3mDmZo9o0XZe/82o8xyDoEDGMb/M7BvpxTk6lp3nTPSNF3CzDO7rSrpUrusjD2hK
C6dcEcYjmOo8nMcA==
-----END OPENSSH PRIVATE KEY-----
"""
"""Made by ssh-keygen for this test, with the password `open sesame`. To open one, cryptography needs bcrypt."""


def test_an_encrypted_openssh_key_is_called_by_its_name():
    sentence = r"the material of key 'k' is an encrypted private key; (pass its password=|to open it, install bcrypt).$"
    with pytest.raises(KeyRefused, match=f"(?i){sentence}"):
        Key("k", LOCKED_OPENSSH, "Ed25519")


def test_a_password_for_a_key_that_is_not_encrypted_does_no_harm():
    for spelled in SPELLINGS.values():
        assert Key("k", spelled(RSA), "RS256", password="open sesame") == Key("k", private(RSA), "RS256")


# What is refused, and called by its name

NOT_A_KEY = {
    "a discovery address": (
        "https://login.example/.well-known/openid-configuration",
        "is a discovery address: DiscoveredKeySet takes the issuer's name and finds its keys.",
    ),
    "an address": (
        "https://login.example/jwks",
        "is an address (URL): RemoteKeySet fetches a JWK Set from its address.",
    ),
    "a token": (forged(), "is a token: the issuer publishes the keys that verify it."),
    "a JWK Set": (json.dumps({"keys": [jwk(RSA)]}), "is a JWK Set: KeySet.from_jwks reads it."),
    "metadata": (json.dumps({"jwks_uri": "https://a/"}), "is the metadata of an issuer: DiscoveredKeySet takes"),
    "JSON": ('{"a": 1}', "is a JSON object."),
    "a word": ("sesame", "is something else."),
    "nothing": ("", "is something else."),
    "a certificate request": (
        x509.CertificateSigningRequestBuilder(x509.Name([])).sign(RSA, hashes.SHA256()).public_bytes(PEM),
        "looks like a certificate request as PEM, but it cannot be read",
    ),
    "half a PEM": (private(RSA)[:500], "looks like a private key as PEM, but it cannot be read: it is cut short or"),
    "half a DER": (base64.b64encode(private(RSA, DER)[:-5]).decode(), "is something else."),
    "a changed DER": (public(EC, DER)[:30] + bytes(len(public(EC, DER)) - 30), "but it cannot be read"),
    "a changed certificate": (
        re.sub(rb"\nM[A-Z]", b"\nMA", certificate(RSA).public_bytes(PEM), count=1),
        "looks like a certificate as PEM, but it cannot be read",
    ),
    "two keys": (
        public(RSA) + public(EC),
        "One key is needed; the material of key 'k' holds 2.",
    ),
    "two certificates": (
        certificate(RSA).public_bytes(PEM) + certificate(EC, name="another").public_bytes(PEM),
        "looks like a certificate as PEM, but it cannot be read",
    ),
    "no text": (b"\xff\xfe-----BEGIN PUBLIC KEY-----", "looks like a public key as PEM, but it cannot be read"),
}


@pytest.mark.parametrize(("material", "sentence"), NOT_A_KEY.values(), ids=NOT_A_KEY)
def test_what_is_no_key_is_called_by_its_name(material, sentence):
    with pytest.raises(KeyRefused) as caught:
        Key("k", material, "RS256")
    assert sentence in str(caught.value)


OTHER_KINDS = {
    "DSA": (dsa.generate_private_key(1024), "found DSA"),
    "X25519": (x25519.X25519PrivateKey.generate(), "found X25519"),
    "secp256k1": (ec.generate_private_key(ec.SECP256K1()), "found secp256k1"),
}


@pytest.mark.parametrize(("key", "sentence"), OTHER_KINDS.values(), ids=OTHER_KINDS)
def test_a_key_of_another_kind_is_called_by_its_name(key, sentence):
    for read in (lambda text: Key("k", text, "ES256"), KeySet.from_jwks):
        with pytest.raises(KeyRefused, match=f"must be RSA, Ed25519, or EC on P-256, P-384 or P-521; {sentence}"):
            read(pem(key))


# Sets from a file


def test_a_file_of_several_keys_is_a_set_and_each_is_called_by_its_thumbprint():
    keys = KeySet.from_jwks(public(RSA) + public(EC) + public(ED), ISSUER, alg=["RS256", "ES256"])
    assert [key.alg for key in keys] == ["RS256", "ES256", "Ed25519"]
    assert len({key.kid for key in keys}) == 3
    again = KeySet.from_jwks(private(RSA), ISSUER, alg="RS256")
    assert next(iter(again)).kid == next(iter(keys)).kid  # a private key has the name of its public key


def test_a_key_whose_type_leaves_several_algorithms_needs_one_named():
    with pytest.raises(KeyRefused, match=r"The JWK has no alg, and its key fits RS256, .* as in alg='RS256'"):
        KeySet.from_jwks(public(RSA))
    assert [key.alg for key in KeySet.from_jwks(public(EC))] == ["ES256"]


def test_only_the_first_certificate_of_a_chain_gives_a_key():
    leaf = certificate(RSA, issuer="the authority", name="the shop", signer=EC)
    authority = certificate(EC, name="the authority")
    chain = leaf.public_bytes(PEM) + authority.public_bytes(PEM)
    assert [key.material for key in KeySet.from_jwks(chain, alg="RS256")] == [public(RSA)]
    assert Key("k", chain, "RS256").material == public(RSA)


def test_a_file_of_public_keys_for_ssh_is_a_set():
    lines = b"\n".join(public(key, SSH, form.PublicFormat.OpenSSH) for key in (EC, ED)) + b"\n\n"
    assert [key.alg for key in KeySet.from_jwks(lines)] == ["ES256", "Ed25519"]


@pytest.mark.parametrize("source", [json.dumps(jwk(EC)), jwk(EC), {"keys": (jwk(EC),)}], ids=["text", "JWK", "tuple"])
def test_one_jwk_is_a_set_of_one(source):
    assert [key.kid for key in KeySet.from_jwks(source)] == ["k"]


NOT_A_SET = {
    "a discovery address": ("https://a.example/.well-known/openid-configuration", "is a discovery address: Discovered"),
    "an address": ("https://a.example/jwks", "is an address .URL.: RemoteKeySet fetches"),
    "a token": (forged(), "is a token: the issuer publishes"),
    "metadata": (
        '{"issuer": "x", "jwks_uri": "https://a/"}',
        "found the metadata of an issuer. Discovered",
    ),
    "metadata as an object": ({"jwks_uri": "https://a/"}, "found the metadata of an issuer"),
}


@pytest.mark.parametrize(("source", "sentence"), NOT_A_SET.values(), ids=NOT_A_SET)
def test_what_is_no_set_is_called_by_its_name(source, sentence):
    with pytest.raises(KeyRefused, match=sentence):
        KeySet.from_jwks(source)


# CVE-2015-9235: a public key's text is never a secret

SECRETS = {
    **{f"a public key: {name}": (spell, alg) for name, spell in PUBLIC_SPELLINGS.items() for alg in PAIRS},
    **{f"a private key: {name}": (spell, alg) for name, spell in SPELLINGS.items() for alg in PAIRS},
}


@pytest.mark.parametrize(("spelled", "alg"), SECRETS.values(), ids=SECRETS)
def test_cve_2015_9235_a_key_s_text_is_never_a_secret(spelled, alg):
    material = spelled(PAIRS[alg])
    raw = material.encode() if isinstance(material, str) else material
    for each in (material, raw):
        with pytest.raises(KeyRefused, match=r"A secret must be random bytes; the material of key 'k' is an? "):
            Key("k", each)
    secret = {"kty": "oct", "kid": "k", "alg": "HS256", "k": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
    with pytest.raises(KeyRefused, match="A secret must be random bytes"):
        KeySet.from_jwks({"keys": [secret]})


FILES = {
    "DER with an end of line": lambda key: public(key, DER) + b"\n",
    "PEM as Windows writes text": lambda key: public(key).decode().encode("utf-16"),
    "a list of JWKs": lambda key: json.dumps([jwk_of(key)]).encode(),
}


@pytest.mark.parametrize("spelled", FILES.values(), ids=FILES)
@pytest.mark.parametrize("alg", PAIRS)
def test_cve_2015_9235_what_a_file_adds_does_not_hide_a_key(spelled, alg):
    with pytest.raises(KeyRefused, match=r"A secret must be random bytes; the material of key 'k' is a"):
        Key("k", spelled(PAIRS[alg]))


@pytest.mark.parametrize("alg", PAIRS)
def test_what_a_file_adds_is_no_part_of_a_key(alg):
    for name in ("DER with an end of line", "PEM as Windows writes text"):
        (key,) = KeySet.from_jwks(FILES[name](PAIRS[alg]), alg=alg)
        assert key.material == public(PAIRS[alg])


@pytest.mark.parametrize("text", [forged(), "https://a.example/jwks?x=" + "y" * 40, '{"a": "' + "b" * 40 + '"}'])
def test_what_is_public_is_never_a_secret(text):
    with pytest.raises(KeyRefused, match=r"A secret must be random bytes; the material of key 'k' is an? .*generate"):
        Key("k", text)


@given(st.binary(min_size=32, max_size=80))
def test_random_bytes_and_their_text_are_called_by_no_name(raw):
    for material in (raw, base64.b64encode(raw), base64.urlsafe_b64encode(raw).decode(), raw.hex()):
        assert name_of(material) is None


@given(st.text() | st.binary())
def test_any_text_is_a_key_or_refused_in_a_sentence(text):
    for read in (lambda each: Key("k", each, "ES256"), KeySet.from_jwks):
        with pytest.raises(KeyRefused):
            read(text)
    assert json_in(text) is None or isinstance(json_in(text), dict | list)


WHOLE = [spelled(EC) for spelled in SPELLINGS.values()]


@given(st.sampled_from(WHOLE), st.data())
def test_a_spelling_with_a_piece_cut_out_is_a_key_or_refused_in_a_sentence(whole, data):
    start = data.draw(st.integers(0, len(whole)))
    cut = whole[:start] + whole[data.draw(st.integers(start, len(whole))) :]
    for read in (lambda each: Key("k", each, "ES256"), KeySet.from_jwks):
        with contextlib.suppress(KeyRefused):
            read(cut)


def test_no_error_and_no_repr_shows_a_part_of_the_material():
    key = Key("k", private(RSA), "RS256")
    secret_part = private(RSA).decode().splitlines()[5]
    assert secret_part not in f"{key!r}{KeySet([key])!r}{KeySet.of(KeySet([key]))!r}"
    assert KEY.material.hex() not in repr(KEY)
