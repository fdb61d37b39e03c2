import json
from base64 import urlsafe_b64decode

import pytest
from forging import ISSUER, KEY, OTHER_KEY, OTHER_TENANT, SECRET, b64

from scopekit import Key, KeySet
from scopekit.errors import KeyRefused

PUBLIC_KEY_TEXT = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""


@pytest.mark.parametrize(("alg", "least"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_shorter_than_its_hash_is_refused(alg, least):
    assert len(Key("k", b"s" * least, alg).material) == least
    with pytest.raises(KeyRefused, match=f"for {alg} needs at least {least} bytes .*; .* key 'k' has {least - 1}"):
        Key("k", b"s" * (least - 1), alg)


def test_a_password_is_no_key():
    with pytest.raises(KeyRefused, match="at least 32 bytes"):
        Key("k", b"correct horse battery staple")


@pytest.mark.parametrize("secret", ["s" * 32, None, bytearray(32)], ids=["text", "None", "bytearray"])
def test_a_secret_is_bytes(secret):
    with pytest.raises(KeyRefused, match="The material of key 'k' must be bytes"):
        Key("k", secret)


@pytest.mark.parametrize("alg", ["none", "hs256", "RSA1_5", "ES256K", "A256KW", "", None, 7, ["HS256"]], ids=str)
def test_an_algorithm_that_the_kit_does_not_know_is_refused(alg):
    with pytest.raises(KeyRefused, match=r"one of HS256, .*, EdDSA; found"):
        Key("k", SECRET, alg)


@pytest.mark.parametrize("kid", ["", "a\nb", "a\0", "k" * 256, None, 7], ids=ascii)
def test_a_kid_that_is_no_printable_text_is_refused(kid):
    with pytest.raises(KeyRefused, match="A kid must be 1 to 255 printable ASCII characters"):
        Key(kid, SECRET)


def test_a_public_key_s_text_is_no_secret():
    with pytest.raises(KeyRefused, match="not a public key's text or a JWK; the material of key 'k' is"):
        Key("k", PUBLIC_KEY_TEXT)


def test_a_jwk_s_text_is_no_secret():
    with pytest.raises(KeyRefused, match="not a public key's text or a JWK"):
        Key("k", json.dumps({"kty": "RSA", "n": "A" * 300, "e": "AQAB"}).encode())


def test_a_key_verifies_what_it_signed_and_nothing_else():
    signature = KEY.sign(b"message")
    assert KEY.verifies(b"message", signature)
    assert not KEY.verifies(b"message.", signature)
    assert not KEY.verifies(b"message", signature[:-1])
    assert not OTHER_KEY.verifies(b"message", signature)


@pytest.mark.parametrize(("alg", "size"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_generated_key_is_as_long_as_its_algorithm_asks_and_another_each_time(alg, size):
    first, second = Key.generate("k", alg), Key.generate("k", alg)
    assert len(first.material) == size
    assert first.material != second.material


def test_a_key_never_shows_its_secret():
    secret = b"not to be seen in any text at all"
    key = Key("k", secret, issuer=ISSUER)
    for shown in (repr(key), str(key), repr(KeySet([key])), f"{[key]}"):
        assert "not to be seen" not in shown
        assert b64(secret) not in shown


def test_a_refused_key_never_shows_its_secret():
    with pytest.raises(KeyRefused) as caught:
        Key("k", b"hunter2")
    assert "hunter2" not in str(caught.value)


# As JWK


def test_a_key_is_written_as_a_jwk_and_read_again():
    jwk = KEY.to_jwk(private=True)
    assert jwk == {"kty": "oct", "use": "sig", "kid": "k1", "alg": "HS256", "k": b64(SECRET), "iss": ISSUER}
    assert Key.from_jwk(jwk) == KEY
    assert urlsafe_b64decode(jwk["k"] + "=") == SECRET


JWK = {"kty": "oct", "kid": "k1", "alg": "HS256", "k": b64(SECRET)}
REFUSED_JWKS = {
    "for another use": ({**JWK, "use": "tls"}, '"use": "sig"'),
    "that may only sign": ({**JWK, "key_ops": ["sign"]}, '^A key that verifies needs "verify" in "key_ops"'),
    "with operations that are a text": ({**JWK, "key_ops": "verify"}, '"verify" in "key_ops"'),
    "with operations that are null": ({**JWK, "key_ops": None}, '"verify" in "key_ops"'),
    "without an algorithm": ({**JWK, "alg": None}, "alg must be one of"),
    "without a kid": ({"kty": "oct", "alg": "HS256", "k": b64(SECRET)}, "A kid must be .*; found ''"),
    "with an algorithm of another kind": ({**JWK, "alg": "RS256"}, "for RS256 must have kty 'RSA'.* found kty 'oct'"),
    "without a secret": ({"kty": "oct", "kid": "k1", "alg": "HS256"}, "for HS256 must be complete"),
    "with a secret that is no text": ({**JWK, "k": 7}, "A JWK's 'k' must be base64url"),
    "with a secret in padded base64": ({**JWK, "k": b64(SECRET) + "="}, "A JWK's 'k' must be base64url"),
    "with a secret cut short in base64url": ({**JWK, "k": "A"}, "must be complete"),
    "with a secret beyond ASCII": ({**JWK, "k": "é" * 48}, "A JWK's 'k' must be base64url"),
    "with an owner that is no text": ({**JWK, "iss": [ISSUER]}, "An issuer must be 1 to 255 printable"),
    "with a short secret": ({**JWK, "k": b64(SECRET[:31])}, "at least 32 bytes"),
}


@pytest.mark.parametrize(("jwk", "sentence"), REFUSED_JWKS.values(), ids=REFUSED_JWKS)
def test_a_jwk_is_refused(jwk, sentence):
    with pytest.raises(KeyRefused, match=sentence):
        Key.from_jwk(jwk)
    with pytest.raises(KeyRefused, match=sentence):
        KeySet.from_jwks({"keys": [jwk]})


@pytest.mark.parametrize("use", [{"use": "sig"}, {"key_ops": ["sign", "verify"]}, {}], ids=str)
def test_a_jwk_meant_for_signatures_is_read(use):
    assert Key.from_jwk({**JWK, **use}, issuer=ISSUER) == KEY


def test_a_secret_meant_to_verify_alone_does_not_sign():
    key = Key.from_jwk({**JWK, "key_ops": ["verify"]})
    assert key.verifies(b"message", KEY.sign(b"message"))
    assert Key.from_jwk(key.to_jwk(private=True)) == key
    with pytest.raises(KeyRefused, match="'k1' only verifies"):
        key.sign(b"message")


# Sets


def test_two_keys_with_one_kid_are_refused():
    with pytest.raises(KeyRefused, match="a unique kid; found 'k1' twice"):
        KeySet([KEY, Key("k1", bytes(32))])


def test_a_set_without_a_key_is_refused():
    with pytest.raises(KeyRefused, match="at least one key"):
        KeySet([])


def test_a_set_finds_keys_by_kid_and_by_owner():
    keys = KeySet([KEY, OTHER_KEY])
    assert (keys.get("k1"), keys.get("k3")) == (KEY, None)
    assert keys.of_issuer(ISSUER) == (KEY,)
    for nobody in ("https://nobody.example/", None, [ISSUER], 7):
        assert keys.of_issuer(nobody) == ()
    assert (list(keys), len(keys)) == ([KEY, OTHER_KEY], 2)


def test_an_owner_is_given_only_to_keys_without_one():
    owned = KeySet([Key("orphan", SECRET), OTHER_KEY]).owned_by(ISSUER)
    assert owned.get("orphan").issuer == ISSUER
    assert owned.get("k2") == OTHER_KEY


def test_a_set_is_read_from_text_and_from_an_object():
    jwks = KeySet([KEY, OTHER_KEY]).to_jwks(private=True)
    assert list(KeySet.from_jwks(jwks)) == [KEY, OTHER_KEY]
    assert list(KeySet.from_jwks(json.dumps(jwks))) == [KEY, OTHER_KEY]


def test_a_public_set_never_holds_a_secret():
    assert KeySet([KEY, OTHER_KEY]).to_jwks() == {"keys": []}
    for refused in (KEY.to_jwk, KEY.public):
        with pytest.raises(KeyRefused, match="A secret has no public half"):
            refused()


def test_a_key_for_encryption_is_left_out_of_a_set():
    encrypting = {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "e1", "n": "AQAB", "e": "AQAB"}
    assert list(KeySet.from_jwks({"keys": [encrypting, JWK]}, issuer=ISSUER)) == [KEY]
    with pytest.raises(KeyRefused, match="at least one key that verifies"):
        KeySet.from_jwks({"keys": [encrypting]})


def test_a_set_of_one_issuer_cannot_name_another_as_the_owner_of_its_keys():
    jwks = KeySet([KEY]).to_jwks(private=True)
    assert list(KeySet.from_jwks(jwks, issuer=ISSUER)) == [KEY]
    sentence = f"The key must belong to '{OTHER_TENANT}'; its JWK names the owner '{ISSUER}'."
    with pytest.raises(KeyRefused, match=f"^{sentence}$"):
        KeySet.from_jwks(jwks, issuer=OTHER_TENANT)


NO_JWKS = ["", "{", "[]", "null", "{}", '{"keys": 7}', '{"keys": ["k"]}', None, {}, [], "[" * 100_000]


@pytest.mark.parametrize("jwks", NO_JWKS, ids=lambda jwks: str(jwks)[:20])
def test_what_is_no_jwk_set_is_refused(jwks):
    with pytest.raises(KeyRefused, match=r'^A JWK Set must be an object with a list "keys"; found something else'):
        KeySet.from_jwks(jwks)


@pytest.mark.parametrize("kid", [None, 7, [], ""], ids=str)
def test_a_jwk_whose_kid_is_no_text_is_refused(kid):
    with pytest.raises(KeyRefused, match="A kid must be 1 to 255 printable ASCII characters"):
        Key.from_jwk({"kty": "oct", "alg": "HS256", "k": "A" * 43, "kid": kid})
