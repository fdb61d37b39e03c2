import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from forging import API, CLAIMS, HEADER, ISSUER, KEY, NOW, b64, part, sealed, told
from hypothesis import given
from hypothesis import strategies as st

from scopekit import AUTH0_V2, GITHUB, Guard, Issuer, Key, KeySet, LessonClock, MemoryDenylist, any_of
from scopekit.algorithms import ALGORITHMS
from scopekit.errors import KeyRefused
from scopekit.material import LEAST_EXPONENT, pem

RSA_PEM = Key.generate("k1", "RS256").material
PAIRS = {
    name: Key("k1", RSA_PEM, name, ISSUER) if kind.kty == "RSA" else Key.generate("k1", name, ISSUER)
    for name, kind in ALGORITHMS.items()
    if not kind.needs_secret
}
FAMILIES = ("RS256", "PS256", "ES256", "Ed25519")
PYJWT_NAMES = {"Ed25519": "EdDSA"}
NEED = any_of("repo")

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

each_pair = pytest.mark.parametrize("key", PAIRS.values(), ids=PAIRS)
each_family = pytest.mark.parametrize("key", [PAIRS[name] for name in FAMILIES], ids=FAMILIES)


def guard_of(key, **options):
    """A guard that knows the public half of this key, and no other key."""
    options = {"audience": API, "profile": GITHUB, "clock": LessonClock(NOW), "leeway_seconds": 0, **options}
    return Guard(KeySet([key.public()]), **options)


def token_of(key, **header):
    """A token that PyJWT made with this key."""
    return jwt.encode(CLAIMS, key.material, PYJWT_NAMES.get(key.alg, key.alg), {"typ": "JWT", "kid": "k1", **header})


def with_signature(key, change):
    """A token of this key whose signature's bytes were changed."""
    message, _, seal = token_of(key).rpartition(".")
    return f"{message}.{b64(change(base64.urlsafe_b64decode(seal + '==')))}"


def halves(signature, order="big"):
    """The two numbers of a signature of 64 bytes."""
    return int.from_bytes(signature[:32], order), int.from_bytes(signature[32:], order)


def opens(guard, token):
    return guard.decide(f"Bearer {token}", NEED).allowed


# Thirteen algorithms, checked against PyJWT


@each_pair
def test_a_token_that_pyjwt_signed_is_accepted(key):
    assert opens(guard_of(key), token_of(key))


@each_pair
def test_a_token_that_the_kit_signed_is_accepted_by_pyjwt(key):
    header, message, signature = str(Issuer(key, GITHUB, API, LessonClock(NOW)).mint(["repo"])).split(".")
    assert key.alg in base64.urlsafe_b64decode(header + "==").decode()
    verifier = jwt.get_algorithm_by_name(PYJWT_NAMES.get(key.alg, key.alg))
    public = verifier.prepare_key(key.public().material)
    assert verifier.verify(f"{header}.{message}".encode(), public, base64.urlsafe_b64decode(signature + "=="))


@each_pair
def test_a_public_key_verifies_and_does_not_sign(key):
    public = key.public()
    assert public.verifies(b"message", key.sign(b"message"))
    assert not public.verifies(b"message.", key.sign(b"message"))
    assert (public.verify_only, key.verify_only, key.is_secret) == (True, False, False)
    with pytest.raises(KeyRefused, match="'k1' only verifies"):
        public.sign(b"message")


@each_pair
def test_a_pair_is_written_as_a_jwk_and_read_again(key):
    assert Key.from_jwk(key.to_jwk(private=True)) == key
    assert Key.from_jwk(key.to_jwk()) == key.public() == key.public().public()


@each_pair
def test_a_public_jwk_never_holds_a_private_number(key):
    private_members = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
    assert "d" in key.to_jwk(private=True)
    for jwk in (key.to_jwk(), key.public().to_jwk(private=True), *KeySet([key]).to_jwks()["keys"]):
        assert not private_members & jwk.keys()
        assert (jwk["use"], jwk["kid"], jwk["alg"], jwk["iss"]) == ("sig", "k1", key.alg, ISSUER)


@each_pair
def test_a_pair_never_shows_its_private_half(key):
    private = key.to_jwk(private=True)["d"]
    for shown in (repr(key), str(key), repr(KeySet([key])), f"{[key]}"):
        assert private[:12] not in shown
        assert "PRIVATE" not in shown


@each_pair
def test_a_generated_pair_has_the_size_of_its_algorithm(key):
    kind, public = ALGORITHMS[key.alg], Key.generate("k", key.alg)._public
    if kind.kty == "RSA":
        assert (public.key_size, public.public_numbers().e) == (kind.least, LEAST_EXPONENT)
    else:
        assert kind.curve == {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}.get(
            public.curve.name if kind.kty == "EC" else "", "Ed25519"
        )


def test_a_generated_pair_is_another_each_time():
    assert Key.generate("k", "EdDSA").material != Key.generate("k", "EdDSA").material


def test_the_name_that_rfc_9864_gives_to_eddsa_is_understood():
    key = Key.generate("k1", "Ed25519", ISSUER)
    assert (key.alg, key.to_jwk()["alg"]) == ("Ed25519", "Ed25519")
    for name in ("Ed25519", "EdDSA"):
        assert Key("k1", key.material, name, ISSUER) == key
        assert key.takes(name)
        assert opens(guard_of(Key.from_jwk({**key.to_jwk(), "alg": name})), token_of(key))
    assert [key.takes(alg) for alg in ("ES256", "HS256", None, ["Ed25519"])] == [False] * 4
    minted = Issuer(key, GITHUB, API, LessonClock(NOW)).mint(["repo"])
    assert minted.header["alg"] == "Ed25519"
    assert opens(guard_of(key), minted)


def bare(name, **members):
    """The public JWK of a key, without its `alg`."""
    jwk = {**PAIRS[name].to_jwk(), **members}
    del jwk["alg"]
    return jwk


@pytest.mark.parametrize("name", ["ES256", "ES384", "ES512", "Ed25519"])
def test_a_jwk_without_alg_has_the_only_algorithm_of_its_curve(name):
    assert Key.from_jwk(bare(name)) == PAIRS[name].public()


@pytest.mark.parametrize("alg", ["PS256", ["ES256", "PS256"], ("EdDSA", "HS256", "PS256")], ids=str)
def test_a_jwk_without_alg_is_bound_by_the_operator(alg):
    assert Key.from_jwk(bare("RS256"), alg=alg).alg == "PS256"
    (key,) = KeySet.from_jwks({"keys": [bare("RS256")]}, alg=alg)
    assert key.alg == "PS256"


def test_a_jwk_s_own_alg_and_its_curve_go_before_the_operator_s():
    assert Key.from_jwk(PAIRS["RS256"].to_jwk(), alg="PS256").alg == "RS256"
    assert Key.from_jwk(bare("ES384"), alg="RS256").alg == "ES384"


def test_an_issuer_s_metadata_chooses_where_it_leaves_one_algorithm_for_the_type_and_never_for_a_secret():
    assert Key.from_jwk(bare("RS256"), supported=["HS256", "ES256", "RS256", 7]).alg == "RS256"
    assert Key.from_jwk(bare("RS256"), alg="PS512", supported=["RS256"]).alg == "PS512"
    for jwk, supported in ((bare("RS256"), ["RS256", "PS256"]), ({"kty": "oct", "k": b64(KEY.material)}, ["HS256"])):
        with pytest.raises(KeyRefused, match=r"The JWK has no alg, and its key fits .*; choose one, as in alg="):
            Key.from_jwk(jwk, supported=supported)


def test_an_unknown_algorithm_of_the_operator_is_refused_and_a_jwk_s_null_is_no_absence():
    with pytest.raises(KeyRefused, match="found 'RS265'; did you mean 'RS256'"):
        Key.from_jwk(bare("RS256"), alg="RS265")
    with pytest.raises(KeyRefused, match=r"A key's alg must be one of .*; found 7"):
        Key.from_jwk(bare("RS256"), alg=7)
    with pytest.raises(KeyRefused, match="found None"):
        Key.from_jwk({**bare("Ed25519"), "alg": None})
    with pytest.raises(KeyRefused, match="No algorithm of this kit takes a key with kty 'AKP'"):
        Key.from_jwk({"kty": "AKP", "pub": "AAAA"})


def test_a_private_jwk_meant_to_verify_alone_does_not_sign():
    jwk = {**PAIRS["ES256"].to_jwk(private=True), "key_ops": ["verify"]}
    key = Key.from_jwk(jwk)
    assert key.to_jwk(private=True)["key_ops"] == ["verify"]
    with pytest.raises(KeyRefused, match="only verifies"):
        key.sign(b"message")


def test_without_cryptography_a_key_pair_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.delitem(jwt.api_jws._jws_global_obj._algorithms, "ES256")
    with pytest.raises(KeyRefused, match="for ES256 needs the package cryptography"):
        Key.from_jwk(PAIRS["ES256"].to_jwk())


# Keys that are refused


def rsa_pem(bits, exponent=65537):
    return pem(rsa.generate_private_key(exponent, bits))


def locked_pem():
    private, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        private, pkcs8, serialization.BestAvailableEncryption(b"password")
    )


REFUSED_MATERIAL = {
    "G12: an RSA key of 1024 bits": (
        "RS256",
        lambda: rsa_pem(1024),
        "at least 2048 bits .*; the material of key 'k' has 1024",
    ),
    "an RSA key with the exponent 3": ("PS256", lambda: rsa_pem(2048, 3), "a public exponent of 65537 or more"),
    "P-384 for ES256": ("ES256", lambda: PAIRS["ES384"].material, "curve P-256; .* for P-384"),
    "P-256 for ES512": ("ES512", lambda: PAIRS["ES256"].material, "curve P-521; .* for P-256"),
    "Ed448 for EdDSA": (
        "EdDSA",
        lambda: pem(ed448.Ed448PrivateKey.generate()),
        "Ed25519, or EC on P-256, .*; found Ed448",
    ),
    "RSA for ES256": ("ES256", lambda: RSA_PEM, "the curve P-256; the material of key 'k' is for RSA"),
    "EC for RS256": ("RS256", lambda: PAIRS["ES256"].material, "RS256 needs an RSA key; .* for P-256"),
    "EC for EdDSA": ("EdDSA", lambda: PAIRS["ES256"].material, "a key on the curve Ed25519"),
    "a secret for RS256": ("RS256", lambda: KEY.material, "must be PEM, DER, OpenSSH or a JWK; .* is something else"),
    "a key behind a password": ("ES256", locked_pem, "an encrypted private key; pass its password="),
    "half a PEM text": (
        "ES256",
        lambda: PAIRS["ES256"].material[:80],
        "looks like a private key as PEM, but .* cut short",
    ),
    "a PEM text's first line": ("ES256", lambda: "-----BEGIN PUBLIC KEY-----", "looks like a public key as PEM, but"),
}


@pytest.mark.parametrize(("alg", "material", "sentence"), REFUSED_MATERIAL.values(), ids=REFUSED_MATERIAL)
def test_material_is_refused(alg, material, sentence):
    with pytest.raises(KeyRefused, match=sentence) as caught:
        Key("k", material(), alg)
    assert "PRIVATE" not in str(caught.value)


EC_JWK, RSA_JWK = PAIRS["ES256"].to_jwk(), PAIRS["RS256"].to_jwk()
RSA_PRIVATE, EC_PRIVATE, OKP_JWK = (PAIRS[name].to_jwk(private=True) for name in ("RS256", "ES256", "Ed25519"))
OTHER = Key.generate("k", "ES256").to_jwk()
REFUSED_JWKS = {
    "on another curve than its algorithm's": ({**EC_JWK, "crv": "P-384"}, "crv 'P-256'; found .* crv 'P-384'"),
    "of another type than its algorithm's": ({**EC_JWK, "kty": "RSA"}, "must have kty 'EC'"),
    "with a point off its curve": ({**EC_JWK, "y": EC_JWK["x"]}, "must be complete"),
    "with half a point": ({name: EC_JWK[name] for name in EC_JWK if name != "y"}, "must be complete"),
    "with a number in padded base64": ({**EC_JWK, "x": EC_JWK["x"] + "="}, "A JWK's 'x' must be base64url"),
    "with the exponent 1": ({**RSA_JWK, "e": "AQ"}, "must be complete"),
    "with an even exponent": ({**RSA_JWK, "e": b64(b"\1\0\0")}, "must be complete"),
    "with some private numbers missing": ({**RSA_JWK, "d": "AQAB", "p": "AQAB"}, "must be complete"),
    "with a third prime": ({**RSA_PRIVATE, "oth": []}, "must be complete"),
    "with another key's public point": ({**EC_PRIVATE, "x": OTHER["x"], "y": OTHER["y"]}, "must be complete"),
    "with another key's public number": ({**OKP_JWK, "x": OTHER["x"]}, "must be complete"),
    "with another key's modulus": ({**RSA_PRIVATE, "n": b64(b"\xff" * 256)}, "must be complete"),
    "for a use that is encryption": ({**EC_JWK, "use": "enc"}, '"use": "sig"'),
    "that may only sign": ({**OKP_JWK, "key_ops": ["sign"]}, '"verify" in "key_ops"'),
    "for an algorithm that is not offered": ({**RSA_JWK, "alg": "RSA-OAEP"}, "alg must be one of"),
}


@pytest.mark.parametrize(("jwk", "sentence"), REFUSED_JWKS.values(), ids=REFUSED_JWKS)
def test_a_jwk_is_refused(jwk, sentence):
    with pytest.raises(KeyRefused, match=sentence):
        Key.from_jwk(jwk)


def test_g15_a_set_that_mixes_secrets_and_public_keys_is_refused():
    for pair in (PAIRS["ES256"], PAIRS["ES256"].public()):
        with pytest.raises(KeyRefused, match="only key pairs; found both"):
            KeySet([Key("secret", KEY.material), pair])


def test_a_set_may_hold_pairs_of_several_families():
    keys = KeySet([Key(name, PAIRS[name].material, name, ISSUER) for name in FAMILIES])
    assert len(keys.to_jwks()["keys"]) == len(KeySet.from_jwks(json.dumps(keys.to_jwks()))) == 4


PUBLIC_TEXTS = {
    "PEM": lambda public: public.material,
    "DER": lambda public: serialization.load_pem_public_key(public.material).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    ),
    "OpenSSH": lambda public: serialization.load_pem_public_key(public.material).public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    ),
    "JWK": lambda public: json.dumps(public.to_jwk()).encode(),
}


@pytest.mark.parametrize("text", PUBLIC_TEXTS.values(), ids=PUBLIC_TEXTS)
@each_family
def test_g13_a_public_key_s_text_is_no_secret(key, text):
    with pytest.raises(KeyRefused, match=r"A secret must be random bytes; the material of key 'k' is (a|an) "):
        Key("k", text(key.public()), "HS256")


# Attacks on the signature


@pytest.mark.parametrize("number", [0, P256_ORDER], ids=["zero", "the curve's order"])
def test_cve_2022_21449_a_psychic_signature_is_refused(number):
    token = with_signature(PAIRS["ES256"], lambda _: number.to_bytes(32) * 2)
    assert told(guard_of(PAIRS["ES256"]).decide(f"Bearer {token}")) == (401, "invalid_token", "signature")


def test_an_es256_signature_in_der_is_refused():
    der = with_signature(PAIRS["ES256"], lambda signature: encode_dss_signature(*halves(signature)))
    assert not opens(guard_of(PAIRS["ES256"]), der)


def test_g2_the_second_signature_of_es256_is_the_same_token_in_another_spelling_and_is_revoked_with_it():
    def second(signature):
        r, s = halves(signature)
        return r.to_bytes(32) + (P256_ORDER - s).to_bytes(32)

    key, denylist = PAIRS["ES256"], MemoryDenylist()
    guard, other_spelling = guard_of(key, denylist=denylist), with_signature(PAIRS["ES256"], second)
    assert opens(guard, other_spelling)
    denylist.revoke(ISSUER, CLAIMS["jti"])
    for token in (token_of(key), other_spelling):
        assert guard.decide(f"Bearer {token}", NEED).check == "revocation"


def test_an_eddsa_signature_with_the_group_s_order_added_is_refused():
    def shifted(signature):
        _, s = halves(signature, "little")
        return signature[:32] + (s + ED25519_ORDER).to_bytes(32, "little")

    assert not opens(guard_of(PAIRS["Ed25519"]), with_signature(PAIRS["Ed25519"], shifted))


BROKEN = {
    "CVE-2020-28042: null": lambda signature: b"",
    "blank": lambda signature: bytes(len(signature)),
    "truncated": lambda signature: signature[:-1],
    "longer": lambda signature: signature + b"\0",
    "with a zero before it": lambda signature: b"\0" + signature,
    "all ones": lambda signature: b"\xff" * len(signature),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
@each_family
def test_a_signature_is_refused_that_is(key, change):
    assert told(guard_of(key).decide(f"Bearer {with_signature(key, change)}"))[2] == "signature"


@each_family
@given(signature=st.binary(max_size=300))
def test_any_bytes_for_a_signature_are_refused_and_never_an_exception(key, signature):
    assert not key.public().verifies(b"message", signature)


GUARDED = [(guard_of(PAIRS[name]), token_of(PAIRS[name])) for name in FAMILIES]


@pytest.mark.parametrize(("guard", "token"), GUARDED, ids=FAMILIES)
@given(data=st.data())
def test_a_token_with_one_bit_flipped_anywhere_is_refused(guard, token, data):
    raw = bytearray(token.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert opens(guard, token)
    assert not opens(guard, raw.decode("latin-1"))


# Attacks on the algorithm


def confused(key, secret, alg="HS256"):
    """A token whose HMAC is keyed with something public."""
    return sealed(f"{part({**HEADER, 'alg': alg})}.{part(CLAIMS)}", secret, alg)


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@each_family
def test_cve_2015_9235_a_public_key_s_text_for_a_secret_is_believed_only_without_the_check_algorithm(key, alg):
    token = confused(key, key.public().material, alg)
    assert told(guard_of(key).decide(f"Bearer {token}", NEED)) == (401, "invalid_token", "algorithm")
    assert opens(guard_of(key).without("algorithm"), token)


@each_family
def test_cve_2015_9235_a_secret_beside_a_key_pair_opens_nothing_for_the_pair_s_text(key):
    secret = Key("s1", KEY.material, issuer="https://local.example/")
    keys = KeySet.of(KeySet([secret]), KeySet([key.public()]))
    guard = Guard(keys, audience=API, profile=GITHUB, clock=LessonClock(NOW))
    assert opens(guard, token_of(key))
    for kid, material in (("k1", key.public().material), ("k1", KEY.material), ("s1", key.public().material)):
        token = sealed(f"{part({**HEADER, 'kid': kid})}.{part(CLAIMS)}", material)
        assert not opens(guard, token)


def test_cve_2015_9235_concerns_a_guard_that_holds_the_private_key_too():
    key = PAIRS["ES256"]
    guard = Guard(KeySet([key]), audience=API, profile=GITHUB, clock=LessonClock(NOW)).without("algorithm")
    assert opens(guard, confused(key, key.public().material))
    assert not opens(guard, confused(key, key.material))


@each_family
def test_without_the_check_algorithm_another_text_for_a_secret_is_still_refused(key):
    token = confused(key, Key.generate("k1", "ES256").public().material)
    assert told(guard_of(key).without("algorithm").decide(f"Bearer {token}"))[2] == "signature"


def test_an_algorithm_of_the_same_family_is_believed_only_without_the_check_algorithm():
    token = token_of(PAIRS["PS256"])
    assert not opens(guard_of(PAIRS["RS256"]), token)
    assert opens(guard_of(PAIRS["RS256"]).without("algorithm"), token)


@pytest.mark.parametrize("alg", ["RS256", "ES384", "EdDSA", "HS257", "RSA1_5"])
def test_without_the_check_algorithm_one_for_which_the_key_is_of_a_wrong_kind_is_still_refused(alg):
    token = sealed(f"{part({**HEADER, 'alg': alg})}.{part(CLAIMS)}")
    assert told(guard_of(PAIRS["ES256"]).without("algorithm").decide(f"Bearer {token}"))[2] == "signature"


@each_family
def test_a_guard_without_the_check_algorithm_still_accepts_the_key_s_own(key):
    assert opens(guard_of(key).without("algorithm"), token_of(key))


@each_family
def test_an_unsigned_token_is_refused_by_a_guard_with_a_public_key(key):
    token = f"{part({**HEADER, 'alg': 'none'})}.{part(CLAIMS)}."
    assert told(guard_of(key).decide(f"Bearer {token}"))[2] == "algorithm"
    assert opens(guard_of(key).without("algorithm"), token)
    assert not opens(guard_of(key).without("algorithm"), f"{token}AAAA")


# A key that the token brings along


@each_family
def test_an_embedded_key_is_believed_only_without_the_check_key(key):
    attacker = Key("k1", RSA_PEM, key.alg) if key.to_jwk()["kty"] == "RSA" else Key.generate("k1", key.alg)
    victim = Key.generate("k1", "ES256", ISSUER)
    jwk = {name: value for name, value in attacker.to_jwk().items() if name not in ("alg", "kid", "use")}
    token = token_of(attacker, jwk=jwk)
    assert told(guard_of(victim).decide(f"Bearer {token}", NEED)) in (
        (401, "invalid_token", "algorithm"),
        (401, "invalid_token", "signature"),
    )
    assert opens(guard_of(victim).without("key"), token)


def test_an_embedded_key_is_believed_in_a_profile_whose_audience_names_the_tenant():
    attacker, victim = Key.generate("k1", "ES256"), Key.generate("k1", "ES256", "tenant-a")
    claims = {"aud": "tenant-a", "iat": NOW, "exp": NOW + 60, "jti": "id-1", "scopes": {"users": {"actions": ["read"]}}}
    header = {"typ": "JWT", "kid": "k1", "jwk": attacker.to_jwk()}
    token = jwt.encode(claims, attacker.material, "ES256", header)
    guard = guard_of(victim, profile=AUTH0_V2, audience="tenant-a")
    assert not guard.decide(f"Bearer {token}")
    assert guard.without("key").decide(f"Bearer {token}")
