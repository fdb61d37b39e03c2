import datetime
import hashlib
import json
from base64 import urlsafe_b64decode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from forging import ISSUER, KEY, OTHER_KEY, OTHER_TENANT, SECRET, b64
from hypothesis import given
from hypothesis import strategies as st

from scopekit import Key, KeySet
from scopekit.errors import KeyRefused
from scopekit.unsafe import GuessableKey

PUBLIC_KEY_TEXT = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""


@pytest.mark.parametrize(("alg", "least"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_shorter_than_its_hash_is_refused(alg, least):
    assert len(Key("k", bytes(range(least)), alg).material) == least
    with pytest.raises(KeyRefused, match=f"for {alg} needs at least {least} bytes .*; .* key 'k' has {least - 1}"):
        Key("k", bytes(range(least - 1)), alg)


def test_a_password_is_no_key():
    with pytest.raises(KeyRefused, match="at least 32 bytes"):
        Key("k", b"correct horse battery staple")


@pytest.mark.parametrize("secret", [None, bytearray(32), 7], ids=["None", "bytearray", "number"])
def test_a_secret_is_bytes_or_text(secret):
    with pytest.raises(KeyRefused, match="must be bytes or text; the material of key 'k' is"):
        Key("k", secret)


def test_a_secret_that_is_no_text_in_unicode_is_refused():
    with pytest.raises(KeyRefused, match="must be bytes or text in Unicode"):
        Key("k", "\ud800" * 40)


def test_a_secret_given_as_text_is_its_utf_8():
    assert Key("k", "an élan of thirty-two bytes, so it").material == "an élan of thirty-two bytes, so it".encode()


@pytest.mark.parametrize("alg", ["none", "hs256", "RSA1_5", "ES256K", "A256KW", "", None, 7, ["HS256"]], ids=str)
def test_an_algorithm_that_the_kit_does_not_know_is_refused(alg):
    with pytest.raises(KeyRefused, match=r"one of HS256, .*, Ed25519; found"):
        Key("k", SECRET, alg)


@pytest.mark.parametrize("kid", ["", "a\nb", "a\0", "a\x85b", "\ud800", "k" * 256, None, 7], ids=ascii)
def test_a_kid_that_is_no_plain_text_is_refused(kid):
    with pytest.raises(KeyRefused, match="A kid must be text of 1 to 255 characters without control characters"):
        Key(kid, SECRET)


def test_a_public_key_s_text_is_no_secret():
    with pytest.raises(KeyRefused, match=r"the material of key 'k' is a public key as PEM.*alg="):
        Key("k", PUBLIC_KEY_TEXT)


def test_a_jwk_s_text_is_no_secret():
    with pytest.raises(KeyRefused, match="the material of key 'k' is a JWK"):
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


# Secrets that others can guess

KNOWN_SECRETS = {
    "zeros": bytes(32),
    "one letter": b"s" * 40,
    "a short pattern": b"abcabc" * 8,
    "a short pattern cut short": b"0123456789" * 4 + b"01",
    "a number": "12345678" * 4,
    "a word": b"secret" * 6,
    "a word cut short": b"changeme" * 4 + b"chan",
    "a word in capitals": "PASSWORD" * 4,
    "a word and zeros": b"secret" + bytes(32),
    "a word and dots": "password" + "." * 30,
    "dots and a word": "." * 30 + "password",
    "a word that begins with what comes before it": "s" * 30 + "secret",
    "a page about tokens": "a-string-secret-at-least-256-bits-long",
    "that page before": "your-256-bit-secretyour-256-bit-secret",
    "that page before and exclamation marks": b"your-256-bit-secret!!!!!!!!!!!!!!!!!!",
    "a framework's tutorial": "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "words with spaces": "Correct Horse Battery Staple" * 2,
}


@pytest.mark.parametrize("secret", KNOWN_SECRETS.values(), ids=KNOWN_SECRETS)
def test_a_secret_that_everybody_knows_is_refused_in_a_sentence_without_it(secret):
    sentence = (
        "^A secret must be random bytes; the material of key 'k' (repeats a pattern of|is an example that everybody)"
    )
    with pytest.raises(KeyRefused, match=sentence) as caught:
        Key("k", secret)
    assert "changeme" not in str(caught.value).lower()
    encoded = secret.encode() if isinstance(secret, str) else secret
    with pytest.raises(KeyRefused, match="Key 'k': A secret must be random bytes"):
        KeySet.from_jwks({"keys": [{"kty": "oct", "kid": "k", "alg": "HS256", "k": b64(encoded)}]})


def test_a_lesson_may_show_what_a_known_secret_opens():
    key = GuessableKey("k", b"secret" * 6)
    assert key.verifies(b"message", key.sign(b"message"))
    with pytest.raises(KeyRefused, match="at least 32 bytes"):
        GuessableKey("k", b"secret")


@given(st.integers(0), st.integers(32, 64))
def test_a_secret_of_random_bytes_is_taken(seed, size):
    secret = hashlib.sha512(str(seed).encode()).digest()[:size]
    assert Key("k", secret).material == secret


# As JWK


def test_a_key_is_written_as_a_jwk_and_read_again():
    jwk = KEY.to_jwk(private=True)
    assert jwk == {"kty": "oct", "use": "sig", "kid": "k1", "alg": "HS256", "k": b64(SECRET), "iss": ISSUER}
    assert Key.from_jwk(jwk) == KEY
    assert urlsafe_b64decode(jwk["k"] + "=") == SECRET


JWK = {"kty": "oct", "kid": "k1", "alg": "HS256", "k": b64(SECRET)}
REFUSED_JWKS = {
    "that is no object": (7, "must be an object"),
    "for another use": ({**JWK, "use": "tls"}, '"use": "sig"'),
    "that may only sign": ({**JWK, "key_ops": ["sign"]}, 'A key that verifies needs "verify" in "key_ops"'),
    "with operations that are a text": ({**JWK, "key_ops": "verify"}, '"verify" in "key_ops"'),
    "with operations that are null": ({**JWK, "key_ops": None}, '"verify" in "key_ops"'),
    "without an algorithm": ({**JWK, "alg": None}, "alg must be one of"),
    "without a type": ({"kid": "k1", "alg": "HS256", "k": b64(SECRET)}, 'must be an object with a "kty"'),
    "with an algorithm of another kind": ({**JWK, "alg": "RS256"}, "for RS256 must have kty 'RSA'.* found kty 'oct'"),
    "without a secret": ({"kty": "oct", "kid": "k1", "alg": "HS256"}, "for HS256 must be complete"),
    "with a secret that is no text": ({**JWK, "k": 7}, "A JWK's 'k' must be base64url"),
    "with a secret in padded base64": ({**JWK, "k": b64(SECRET) + "="}, "A JWK's 'k' must be base64url"),
    "with a secret cut short in base64url": ({**JWK, "k": "A"}, "must be complete"),
    "with a secret beyond ASCII": ({**JWK, "k": "é" * 48}, "A JWK's 'k' must be base64url"),
    "with an owner that is no text": ({**JWK, "iss": [ISSUER]}, "An issuer must be text of 1 to 255"),
    "with a short secret": ({**JWK, "k": b64(SECRET[:31])}, "at least 32 bytes"),
}


@pytest.mark.parametrize(("jwk", "sentence"), REFUSED_JWKS.values(), ids=REFUSED_JWKS)
def test_a_jwk_is_refused(jwk, sentence):
    with pytest.raises(KeyRefused, match=sentence):
        Key.from_jwk(jwk)
    with pytest.raises(KeyRefused, match=sentence):
        KeySet.from_jwks({"keys": [jwk]})


@pytest.mark.parametrize("use", [{"use": "sig"}, {"use": "jwt-svid"}, {"key_ops": ["sign", "verify"]}, {}], ids=str)
def test_a_jwk_meant_for_signatures_is_read(use):
    assert Key.from_jwk({**JWK, **use}, issuer=ISSUER) == KEY


def test_a_secret_meant_to_verify_alone_does_not_sign():
    key = Key.from_jwk({**JWK, "key_ops": ["verify"]})
    assert key.verifies(b"message", KEY.sign(b"message"))
    assert Key.from_jwk(key.to_jwk(private=True)) == key
    with pytest.raises(KeyRefused, match="'k1' only verifies"):
        key.sign(b"message")


def test_a_jwk_is_read_from_its_text_too():
    assert Key.from_jwk(json.dumps(KEY.to_jwk(private=True))) == KEY
    assert Key.from_jwk(json.dumps({"keys": [KEY.to_jwk(private=True)]})) == KEY
    for nothing in ('{"keys": []}', "secret"):
        with pytest.raises(KeyRefused, match=r"A JWK (Set )?must be an object"):
            Key.from_jwk(nothing)


RFC_7638_KEY = {"kty": "RSA", "e": "AQAB", "alg": "RS256", "n": (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM"
    "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5h"
    "ajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)}  # fmt: skip


def test_a_jwk_without_a_kid_is_called_by_its_thumbprint():
    assert Key.from_jwk(RFC_7638_KEY).kid == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    bare = {"kty": "oct", "alg": "HS256", "k": b64(SECRET)}
    assert Key.from_jwk(bare).kid == Key.from_jwk(bare).kid != Key.from_jwk({**bare, "k": b64(SECRET[::-1])}).kid
    assert [key.issuer for key in KeySet.from_jwks({"keys": [bare]}, ISSUER).of_issuer(ISSUER)] == [ISSUER]


@pytest.mark.parametrize("member", ["iss", "issuer"])
def test_a_jwk_s_own_issuer_must_be_the_set_s(member):
    jwk = {**JWK, member: ISSUER}
    assert Key.from_jwk(jwk).issuer == Key.from_jwk(jwk, ISSUER).issuer == ISSUER
    with pytest.raises(KeyRefused, match=r"must belong to 'https://tenant-b.example/'; its JWK names the owner"):
        Key.from_jwk(jwk, OTHER_TENANT)
    with pytest.raises(KeyRefused, match="its JWK names the owner None"):
        Key.from_jwk({**JWK, member: None}, ISSUER)


def test_a_jwk_s_issuer_may_be_a_template_as_entra_s_is():
    template, tenant = "https://login.example/{tenantid}/v2.0", "https://login.example/7/v2.0"
    assert Key.from_jwk({**JWK, "issuer": template}).issuer == "https://login.example/{tid}/v2.0"
    assert Key.from_jwk({**JWK, "issuer": template}, tenant).issuer == tenant
    assert Key.from_jwk({**JWK, "issuer": tenant}, "https://login.example/{tid}/v2.0").issuer == tenant


# Sets


def test_two_keys_with_one_kid_are_refused():
    with pytest.raises(KeyRefused, match="Each key of an issuer needs a unique kid; found 'k1' twice"):
        KeySet([KEY, Key("k1", SECRET[::-1], issuer=ISSUER)])


def test_a_kid_is_unique_for_its_issuer_and_not_beyond():
    mine, theirs, nobody = Key("k", SECRET, issuer=ISSUER), Key("k", SECRET[::-1], issuer=OTHER_TENANT), "https://x/"
    keys = KeySet([mine, theirs, KEY])
    assert (keys.get("k", ISSUER), keys.get("k", OTHER_TENANT)) == (mine, theirs)
    assert [keys.get("k", issuer) for issuer in (None, nobody, 7, [ISSUER])] == [None] * 4
    assert (keys.get("k1", OTHER_TENANT), keys.get("k1", nobody), keys.get("k1", [])) == (KEY, KEY, KEY)
    assert (len(keys), list(keys)) == (3, [mine, theirs, KEY])


TENANT_KEYS = "https://login.example/{tid}/v2.0"


def test_a_template_stands_for_one_part_of_an_issuer_s_name():
    key = Key("k", SECRET, issuer=TENANT_KEYS)
    assert key.speaks_for("https://login.example/7/v2.0")
    for other in ("https://login.example//v2.0", "https://login.example/a/b/v2.0", "https://login.example/7/v2.0/",
                  "https://login.example/7?/v2.0", "https://loginxexample/7/v2.0", TENANT_KEYS, None, 7):  # fmt: skip
        assert not key.speaks_for(other)
    assert KEY.speaks_for(ISSUER)
    assert not any(KEY.speaks_for(other) for other in (OTHER_TENANT, None))
    assert not Key("k", SECRET).speaks_for(None)


def test_an_issuer_s_own_key_goes_before_a_template_s():
    tenant, other = "https://login.example/7/v2.0", "https://login.example/8/v2.0"
    any_tenant, own = Key("k", SECRET, issuer=TENANT_KEYS), Key("k", SECRET[::-1], issuer=tenant)
    keys = KeySet([any_tenant, own])
    assert (keys.of_issuer(tenant), keys.of_issuer(other)) == ((own, any_tenant), (any_tenant,))
    assert (keys.get("k", tenant), keys.get("k", other)) == (own, any_tenant)
    assert keys.of_issuer(TENANT_KEYS) == ()
    assert keys.speaks_for(other)
    assert not keys.speaks_for(ISSUER)


def test_each_set_has_a_version_of_its_own():
    assert KeySet([KEY]).version != KeySet([KEY]).version
    joined = KeySet.of(KeySet([KEY]))
    assert joined.version == joined.version != KeySet.of(KeySet([KEY])).version
    assert not joined.waits


NO_LISTS = {
    "a name": "k1", "a JWK Set": {"keys": []}, "a key": KEY, "a number": 7, "None": None, "names": ["k1"],
    "a key and a JWK": [KEY, {"kty": "oct"}],
}  # fmt: skip


@pytest.mark.parametrize("keys", NO_LISTS.values(), ids=NO_LISTS)
def test_what_is_no_list_of_keys_is_refused_in_a_sentence(keys):
    with pytest.raises(
        KeyRefused, match=r"A key set needs a list of Key objects; found .*; KeySet.from_jwks reads a JWK"
    ):
        KeySet(keys)


def test_sets_are_joined_and_each_key_keeps_its_own_rules():
    pair = Key.generate("pair", "ES256", OTHER_TENANT)
    keys = KeySet.of(KeySet([KEY]), KeySet([pair]), KeySet([Key("orphan", SECRET)]))
    assert (list(keys), len(keys)) == ([KEY, pair, keys.get("orphan")], 3)
    assert (keys.get("k1", ISSUER), keys.get("pair", OTHER_TENANT), keys.get("none")) == (KEY, pair, None)
    assert keys.get("pair", ISSUER) == pair  # so that the check `issuer` can say whose it is
    assert (keys.of_issuer(ISSUER), keys.of_issuer(None)) == ((KEY,), (keys.get("orphan"),))
    assert keys.owned_by(ISSUER).get("orphan").issuer == ISSUER
    assert keys.speaks_for(OTHER_TENANT)
    assert not keys.speaks_for("https://nobody.example/")
    assert repr(keys) == "<KeySet of <KeySet: k1 (HS256)>, <KeySet: pair (ES256)>, <KeySet: orphan (HS256)>>"


def test_joined_sets_with_one_kid_answer_for_the_issuer_that_is_asked_for():
    first, second = Key("k", SECRET, issuer=ISSUER), Key("k", SECRET[::-1], issuer=OTHER_TENANT)
    keys = KeySet.of(KeySet([first]), KeySet([second]))
    assert (keys.get("k", ISSUER), keys.get("k", OTHER_TENANT)) == (first, second)
    assert keys.get("k") is keys.get("k", "https://nobody.example/") is None


@pytest.mark.parametrize(("sets", "found"), [((), "none"), ((KEY,), "Key"), (([KEY],), "list")])
def test_what_is_no_key_set_is_not_joined(sets, found):
    with pytest.raises(KeyRefused, match=f"^KeySet.of needs one key set or several; found {found}.$"):
        KeySet.of(*sets)


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


def test_what_the_kit_has_no_use_for_is_skipped_and_said(caplog):
    foreign = {"kty": "AKP", "alg": "ML-DSA-65", "kid": "pq", "pub": "AAAA"}
    keys = KeySet.from_jwks({"keys": [foreign, JWK, "k", {}, {**JWK, "kid": 7}, {**JWK, "kid": "d", "alg": "RS256"}]})
    assert list(keys) == [Key("k1", SECRET)]
    assert [kid for kid, _ in keys.skipped] == ["pq", None, None, None, "d"]
    assert keys.skipped[0].reason.startswith("A key's alg must be one of HS256, ")
    (record,) = caplog.records
    named = [f"Key {kid!r}: {reason}" if kid else reason for kid, reason in keys.skipped]
    assert record.getMessage() == f"A key set skips keys that it has no use for. {' '.join(named)}"
    assert KeySet.of(keys, KeySet([OTHER_KEY])).skipped == keys.skipped


def test_two_keys_with_one_name_are_both_skipped_and_the_same_key_twice_is_one():
    other = {**JWK, "k": b64(SECRET[::-1])}
    third = {**JWK, "kid": "k3"}
    keys = KeySet.from_jwks({"keys": [JWK, other, third, third]})
    assert [key.kid for key in keys] == ["k3"]
    assert keys.skipped == (("k1", "Each key of an issuer needs a unique kid; found 'k1' twice."),)


def test_of_keys_with_one_name_the_operator_s_algorithm_says_which_is_meant():
    """RFC 7517 section 4.5 permits such keys, and some providers list one key for each of its algorithms."""
    pairs = {alg: Key.generate("k", alg, ISSUER) for alg in ("ES256", "ES384", "Ed25519")}
    jwks = {"keys": [key.to_jwk() for key in pairs.values()]}
    for alg, pair in pairs.items():
        keys = KeySet.from_jwks(jwks, alg=alg)
        assert list(keys) == [pair.public()]
        assert keys.skipped == (("k", f"Of several keys with the kid 'k', only the one for {alg} is taken."),)
    for several in (None, ["ES256", "ES384"], "RS256"):
        with pytest.raises(KeyRefused, match="needs a unique kid; found 'k' 3 times"):
            KeySet.from_jwks(jwks, alg=several)


def test_an_operator_s_algorithms_may_come_one_by_one():
    jwk = {name: value for name, value in Key.generate("r", "RS256", ISSUER).to_jwk().items() if name != "alg"}
    for alg in ("RS256", "PS256"):
        keys = KeySet.from_jwks({"keys": [jwk, jwk | {"kid": "s"}]}, alg=iter([alg]), supported=iter(["RS256"]))
        assert [key.alg for key in keys] == [alg, alg]


def test_a_key_inside_another_json_and_an_encrypted_one_in_a_mapping_are_read():
    pair = Key.generate("a", "ES256", ISSUER)
    account = json.dumps({"type": "service_account", "private_key": pair.material.decode()})
    assert Key("a", account, "ES256", ISSUER) == pair
    assert [key.material for key in KeySet.from_jwks(account, ISSUER)] == [pair.material]
    sealed = load_pem_private_key(pair.material, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw")
    )
    assert list(KeySet.from_jwks({"a": sealed.decode()}, ISSUER, password="pw")) == [pair]
    with pytest.raises(KeyRefused, match="is an encrypted private key; pass its password="):
        KeySet.from_jwks({"a": sealed.decode()}, ISSUER)


def test_a_jwk_that_is_cut_short_is_no_secret():
    text = json.dumps(Key.generate("a", "ES256", ISSUER).to_jwk())
    with pytest.raises(KeyRefused, match="is a JWK that is cut short or changed"):
        Key("k", text[:-1], "HS256")


@pytest.mark.parametrize("text", ['{"foo": 1}', "[]", '[{"kty": "RSA"}]'])
def test_json_without_keys_is_not_said_to_have_a_mistake(text):
    with pytest.raises(KeyRefused, match="found something else: JSON without keys"):
        KeySet.from_jwks(text)


def test_a_certificate_of_a_version_that_is_none_is_refused():
    key = load_pem_private_key(Key.generate("a", "ES256").material, None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + datetime.timedelta(1))
    der = made.sign(key, SHA256()).public_bytes(Encoding.DER)
    with pytest.raises(KeyRefused, match="it cannot be read: it is cut short or changed"):
        Key("k", der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05", 1), "ES256")


def test_a_mapping_of_ids_to_pem_is_read_as_keys():
    pairs = [Key.generate(kid, "ES256", ISSUER) for kid in ("a", "b")]
    mapping = {key.kid: key.public().material.decode() for key in pairs}
    for source in (mapping, json.dumps(mapping)):
        assert list(KeySet.from_jwks(source, ISSUER)) == [key.public() for key in pairs]
    with pytest.raises(KeyRefused, match="found something else"):
        KeySet.from_jwks({**mapping, "c": "text"})
    broken = {"broken": "-----BEGIN PUBLIC KEY-----"}
    with pytest.raises(KeyRefused, match="The key 'broken' looks like a public key as PEM, but it cannot be read"):
        KeySet.from_jwks(broken)
    some = KeySet.from_jwks(mapping | broken, ISSUER)
    assert list(some) == [key.public() for key in pairs]
    assert [each.kid for each in some.skipped] == ["broken"]


def test_a_set_of_one_issuer_cannot_name_another_as_the_owner_of_its_keys():
    jwks = KeySet([KEY]).to_jwks(private=True)
    assert list(KeySet.from_jwks(jwks, issuer=ISSUER)) == [KEY]
    sentence = f"Key 'k1': The key must belong to '{OTHER_TENANT}'; its JWK names the owner '{ISSUER}'."
    with pytest.raises(KeyRefused, match=f"{sentence}$"):
        KeySet.from_jwks(jwks, issuer=OTHER_TENANT)


NO_JWKS = ["", "{", "[]", "null", "{}", '{"keys": 7}', None, {}, [], "[" * 100_000]


@pytest.mark.parametrize("jwks", NO_JWKS, ids=lambda jwks: str(jwks)[:20])
def test_what_is_no_jwk_set_is_refused(jwks):
    with pytest.raises(KeyRefused, match=r'^A JWK Set must be an object with a list "keys"; found something else'):
        KeySet.from_jwks(jwks)


@pytest.mark.parametrize("kid", [None, 7, [], ""], ids=str)
def test_a_jwk_whose_kid_is_no_text_is_refused(kid):
    with pytest.raises(KeyRefused, match="A kid must be text of 1 to 255 characters without control characters"):
        Key.from_jwk({"kty": "oct", "alg": "HS256", "k": "A" * 43, "kid": kid})
