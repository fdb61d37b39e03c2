"""Key material as people have it: PEM in many spellings, DER, OpenSSH, certificates, JWKs, and secrets to refuse.

Each function either takes a text or names in one sentence what the text is. No error shows any part of the material.
A certificate gives only its public key: neither its dates nor its issuer are checked, because whoever configures a key
also trusts it. The package cryptography is imported only for a key pair.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any

from scopekit.errors import KeyRefused
from scopekit.wording import shortened

LEAST_EXPONENT = 65537
SHORT_PATTERN = 16
"""A secret that repeats fewer bytes than this can be guessed, however long it is."""

_NUMBERS = ("k", "n", "e", "x", "y", "d", "p", "q", "dp", "dq", "qi")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){2,4}")
_OPENSSH = re.compile(r"(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+ +AAAA")
_DISCOVERY = re.compile(r"/\.well-known/(openid-configuration|oauth-authorization-server)\b")
_FILE_NAME = re.compile(r"[^\s{}]+\.(json|jwks?|pem|key|der|crt|cer|pub|txt)", re.IGNORECASE)
_DER = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)"  # a sequence, whose first member is
    rb"(?:\x30(?:[\x00-\x7f]|\x81.|\x82..)[\x06\x02\x30\xa0]"  # an algorithm or a certificate,
    rb"|\x02\x01[\x00\x01]|\x02\x82|\x02\x81)",  # a version or a modulus
    re.DOTALL,
)

_WORDS = """
secret secretkey secret_key secret-key thesecret mysecret my_secret my-secret mysecretkey my_secret_key
my-secret-key supersecret super_secret super-secret supersecretkey super-secret-key topsecret top-secret verysecret
very-secret jwtsecret jwt_secret jwt-secret jwtsecretkey jwt_secret_key jwt-secret-key yoursecret your_secret
your-secret your-secret-key your_secret_key yoursecretkey your_jwt_secret your-jwt-secret your-jwt-secret-key
somesecret some-secret token_secret token-secret tokensecret appsecret app_secret app-secret shhhhh
shhhhhhared-secret password passw0rd password1 password123 passphrase passwd changeme change_me change-me changeit
changethis change-this change_this changemeplease please-change-me replaceme replace-me replace_me letmein welcome
admin administrator root qwerty qwertyuiop abc123 abcdef abcdefghijklmnopqrstuvwxyz 0123456789abcdef iloveyou
monkey dragon master default example test testing testsecret test-secret test_secret key mykey my-key my_key
privatekey private_key private-key hello helloworld foobar todo none null undefined jwt token hmac hs256 auth0
keyboardcat your-256-bit-secret your-384-bit-secret your-512-bit-secret your-super-secret-key
your-super-secret-jwt-key super-secret-jwt-key supersecretjwtkey a-string-secret-at-least-256-bits-long
a-valid-string-secret-that-is-at-least-384-bits-long
a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long
your-super-secret-jwt-token-with-at-least-32-characters-long
super-secret-jwt-token-with-at-least-32-characters-long your_super_secret_jwt_key_change_this_in_production
your-super-secret-jwt-key-change-this-in-production your-secret-key-change-in-production
your-secret-key-change-this-in-production my-32-character-ultra-secure-and-ultra-long-secret
my-ultra-secure-and-ultra-long-secret thisismysecretkey this-is-my-secret-key this-is-a-secret thisisasecret
thisisasecretkey ofcoursethisisasecret 09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7
404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970 gzh75aktmn3yj0ips4hcguutwjazzr9c
e1uxlixhlrddqlbysfoaqcwsssalddzgmb7omrfxt_u
"""
_PHRASES = """
keyboard cat
open sesame
correct horse battery staple
this is my custom secret key for authentication
this is used to sign and verify jwt tokens, replace it with your own secret, it can be any string
this is a secret
this is my secret
this is a secret key
my secret
my secret key
top secret
super secret
super secret key
the secret
your secret
your secret key
change me
please change me
secret key
my super secret key
this is my secret key
this is a very secret key
a very secret key
"""
COMMON_SECRETS = frozenset([*_WORDS.split(), *_PHRASES.strip().splitlines()])
"""Example secrets of documentation, tutorials and word lists, in lower case. Everybody can guess them."""

_LABELS = {
    "CERTIFICATE": "a certificate", "CERTIFICATE REQUEST": "a certificate request", "EC PARAMETERS": "EC parameters",
    "ENCRYPTED PRIVATE KEY": "an encrypted private key", "OPENSSH PRIVATE KEY": "an OpenSSH private key",
}  # fmt: skip


def load(
    kind: Any, kid: str, material: bytes | str, password: str | bytes | None = None, *, guessable: bool = False
) -> tuple[bytes, Any, Any]:
    """Loads a key for the Algorithm `kind`. Raises KeyRefused if the key is too weak or not for this algorithm.

    Returns the normalised material, the signing key (None for a public key), and the verifying key.
    """
    whose = f"the material of key {kid!r}"
    if not isinstance(material, bytes | str):
        raise KeyRefused(f"The material of a key must be bytes or text; {whose} is {type(material).__name__}.")
    kind.pyjwt()
    if kind.needs_secret:
        try:
            secret = material.encode() if isinstance(material, str) else material
        except UnicodeEncodeError:
            raise KeyRefused(f"A secret must be bytes or text in Unicode; {whose} is something else.") from None
        refuse_as_secret(whose, secret)
        if len(secret) < kind.least:
            raise KeyRefused(
                f"A secret for {kind.name} needs at least {kind.least} bytes (RFC 7518 section 3.2); "
                f"the secret of key {kid!r} has {len(secret)}."
            )
        if not guessable:
            refuse_guessable(whose, secret)
        return secret, secret, secret
    jwk = json_in(material)
    text = read(kind, jwk) if isinstance(jwk, dict) and "kty" in jwk else material
    key = pair_for(kind, whose, text, password)
    public = key.public_key() if hasattr(key, "public_key") else key
    return pem(key), None if public is key else key, public


def read(kind: Any, jwk: Mapping[str, Any]) -> bytes:
    """The key material in a JWK for the Algorithm `kind`. Raises KeyRefused if it is incomplete or does not fit."""
    if (jwk.get("kty"), jwk.get("crv")) != (kind.kty, kind.curve):
        found = f"kty {shortened(jwk.get('kty'))} and crv {shortened(jwk.get('crv'))}"
        raise KeyRefused(f"A JWK for {kind.name} must have kty {kind.kty!r} and crv {kind.curve!r}; found {found}.")
    for name in _NUMBERS:
        if name in jwk and not (isinstance(jwk[name], str) and _BASE64URL.fullmatch(jwk[name])):
            raise KeyRefused(f"A JWK's {name!r} must be base64url (RFC 7518 section 6); found something else.")
    signer = kind.pyjwt()
    try:
        key = signer.from_jwk(dict(jwk))
    except Exception:  # cryptography raises many kinds of errors
        raise KeyRefused(f"A JWK for {kind.name} must be complete (RFC 7518 section 6); this one is not.") from None
    return bytes(key) if kind.needs_secret else pem(key)


def pem(key: Any) -> bytes:
    """The PEM text of a key from the package cryptography: PKCS #8 if private, SubjectPublicKeyInfo if public."""
    from cryptography.hazmat.primitives import serialization as form

    if hasattr(key, "private_bytes"):
        return bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    return bytes(key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))


def name_of(material: bytes | str) -> str | None:
    """What a text or some bytes are, such as "a public key as PEM". None if they have no known form."""
    material = _as_saved(material)
    if isinstance(material, bytes):
        if _is_der(material):
            return "a key or a certificate in DER"
        material = material.decode("latin-1")
    text = _cleaned(material)
    if "-----BEGIN " in text:
        label = text.partition("-----BEGIN ")[2].partition("-----")[0]
        encrypted = "an encrypted private key" if "Proc-Type: 4,ENCRYPTED" in text else None
        article = "a private key" if label.endswith("PRIVATE KEY") else "a public key"
        return f"{encrypted or _LABELS.get(label) or article} as PEM"
    if _OPENSSH.match(text):
        return "an OpenSSH public key"
    if text[:1] in ("{", "["):
        return _name_of_json(text)
    if text.startswith(("https://", "http://")):
        return "a discovery address" if _DISCOVERY.search(text) else "an address (URL)"
    if _TOKEN.fullmatch(text) and text.startswith("eyJ"):
        return "a token"
    packed = _unpacked(text)
    return f"{name} in base64" if packed is not None and (name := name_of(packed)) else None


def refuse_as_secret(whose: str, material: bytes) -> None:
    """Refuses a secret that is a key's text, which others may know (CVE-2015-9235)."""
    if name := name_of(material):
        advice = "name its algorithm, such as alg='RS256'" if "key" in name or "cert" in name else "use Key.generate"
        raise KeyRefused(f"A secret must be random bytes; {whose} is {name}. If you meant that, {advice}.")


def refuse_guessable(whose: str, material: bytes) -> None:
    """Refuses a secret that repeats itself or that everybody knows (RFC 8725 section 3.5)."""
    period = _period(material)
    if period < SHORT_PATTERN:
        raise KeyRefused(
            f"A secret must be random bytes; {whose} repeats a pattern of {period} of its {len(material)} bytes."
        )
    if _is_common(material):
        raise KeyRefused(
            f"A secret must be random bytes; {whose} is an example that everybody knows. Use Key.generate."
        )


def generate(kty: str, curve: str | None, bits: int) -> bytes:
    """A new private key as PEM text, from the operating system's random source."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if kty == "RSA":
        return pem(rsa.generate_private_key(LEAST_EXPONENT, bits))
    if kty == "OKP":
        return pem(ed25519.Ed25519PrivateKey.generate())
    curves: dict[str | None, Any] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
    return pem(ec.generate_private_key(curves[curve]()))


def pair_for(kind: Any, whose: str, material: bytes | str, password: str | bytes | None = None) -> Any:
    """The only key pair in `material`. `kind` is the Algorithm for which it must be of the right type and size."""
    key = pair_in(whose, material, password)
    public = key.public_key() if hasattr(key, "public_key") else key
    jwk = jwk_of(public)
    if (jwk["kty"], jwk.get("crv")) != (kind.kty, kind.curve):
        wanted = f"a key on the curve {kind.curve}" if kind.curve else f"an {kind.kty} key"
        raise KeyRefused(f"{kind.name} needs {wanted}; {whose} is for {jwk.get('crv', jwk['kty'])}.")
    if kind.kty == "RSA" and public.key_size < kind.least:
        raise KeyRefused(
            f"An RSA key needs at least {kind.least} bits (RFC 7518 section 3.3); {whose} has {public.key_size}."
        )
    if kind.kty == "RSA" and public.public_numbers().e < LEAST_EXPONENT:
        raise KeyRefused(f"An RSA key needs a public exponent of {LEAST_EXPONENT} or more; {whose} has less.")
    return key


def pair_in(whose: str, material: bytes | str, password: str | bytes | None = None) -> Any:
    """The only key of a key pair in a text or in DER, as the package cryptography has it.

    A private key and its own public key or certificate count as one. Raises KeyRefused if there is no key or several.
    """
    keys = pairs_in(whose, material, password)
    if len(keys) != 1:
        raise KeyRefused(f"One key is needed; {whose} holds {len(keys)}. KeySet.from_jwks takes several.")
    return keys[0]


def pairs_in(whose: str, material: bytes | str, password: str | bytes | None = None) -> list[Any]:
    """All key pairs in a text or in DER, each once. Raises KeyRefused and names what the material is instead."""
    found = name_of(material)
    if found is None or not any(each in found for each in ("key", "cert", "EC param")) or "JWK" in found:
        raise KeyRefused(f"A key for key pairs must be PEM, DER, OpenSSH or a JWK; {whose} is {_instead(found)}.")
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise KeyRefused(f"To read {found}, the package cryptography is needed; it is not installed.") from None
    passphrase = password.encode() if isinstance(password, str) else password
    try:
        keys = list(_loaded(material, passphrase))
    except Exception as error:  # cryptography raises many kinds; a TypeError says that the password is missing
        if "bcrypt" in str(error):
            raise KeyRefused(f"{_the(whose)} is an encrypted private key; to open it, install bcrypt.") from None
        if "assword" in str(error):
            needed = "pass its password=" if passphrase is None else "this password does not open it"
            raise KeyRefused(f"{_the(whose)} is an encrypted private key; {needed}.") from None
        if "encrypted" in found and passphrase is not None:  # one wrong password in 256 looks right at first
            needed = "this password does not open it, or it is cut short or changed"
            raise KeyRefused(f"{_the(whose)} is an encrypted private key; {needed}.") from None
        raise KeyRefused(
            f"{_the(whose)} looks like {found}, but it cannot be read: it is cut short or changed."
        ) from None
    return _each_once(keys)


def jwk_of(key: Any) -> dict[str, Any]:
    """A key of the package cryptography as a JWK without `kid` and `alg`. Raises KeyRefused for another kind of key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    readers: tuple[tuple[Any, Any], ...] = (
        ((rsa.RSAPrivateKey, rsa.RSAPublicKey), RSAAlgorithm),
        ((ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey), OKPAlgorithm),
        ((ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey), ECAlgorithm),
    )
    for kinds, algorithm in readers:
        curve = getattr(getattr(key, "curve", None), "name", "secp256r1")
        if isinstance(key, kinds) and curve in ("secp256r1", "secp384r1", "secp521r1"):
            jwk: dict[str, Any] = algorithm.to_jwk(key, as_dict=True)
            jwk.pop("key_ops", None)  # PyJWT's default
            return jwk
    kind = getattr(getattr(key, "curve", None), "name", "") or type(key).__name__.strip("_")
    raise KeyRefused(f"A key must be RSA, Ed25519, or EC on P-256, P-384 or P-521; found {kind}.")


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The name of a key that follows from the key itself (RFC 7638)."""
    members = {"oct": ("k",), "RSA": ("e", "n"), "EC": ("crv", "x", "y")}.get(jwk["kty"], ("crv", "x"))
    text = json.dumps({name: jwk.get(name) for name in sorted(("kty", *members))}, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def owner_of(jwk: Mapping[str, Any], issuer: str | None) -> str | None:
    """The owner of a JWK's key. The JWK's own `iss` or `issuer`, if it has one, must agree with `issuer`.

    If one of the two is a template that the other fits, the owner is the other. Entra ID writes `{tenantid}` for what
    its tokens have in the claim `tid`.
    """
    owner = issuer
    for name in ("iss", "issuer"):
        named = jwk.get(name)
        if isinstance(named, str):
            named = as_template(named)
        if name in jwk and named != owner:
            if owner is None or (isinstance(named, str) and fits_template(owner, named)):
                owner = named
            elif not (isinstance(named, str) and fits_template(named, owner)):
                raise KeyRefused(f"The key must belong to {owner!r}; its JWK names the owner {shortened(jwk[name])}.")
    return owner


def as_template(issuer: str) -> str:
    """An issuer's name in which Entra ID's `{tenantid}` is called `{tid}`, as the claim is."""
    return re.sub(r"\{tenant_?id\}", "{tid}", issuer, flags=re.IGNORECASE)


def fits_template(template: str, issuer: object) -> bool:
    """Whether `issuer` fits a template such as `https://login.example/{tid}/`. The name stands for one part."""
    return isinstance(issuer, str) and "{" in template and _pattern(template).fullmatch(issuer) is not None


@functools.lru_cache(maxsize=256)
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", r"[\\w.~-]+", re.escape(template)))


def entries_in(source: object, password: str | bytes | None = None) -> list[Any]:
    """The entries of a JWK Set, from an object or from text: a JWK Set, a JWK, or keys in any form of `pairs_in`.

    A mapping of ids to PEM, as Firebase publishes its certificates, counts too. Raises KeyRefused and names what the
    text is instead.
    """
    if isinstance(source, bytes | str):
        value = json_in(source)
        if value is None and (found := name_of(source)) and "JSON" not in found:
            return [jwk_of(key) for key in pairs_in("this text", source, password)]
    else:
        value = source
    if isinstance(value, Mapping):
        if isinstance(value.get("keys"), list | tuple):
            return list(value["keys"])
        if "kty" in value:
            return [value]
        if is_mapping_of_pem(value):
            return [_entry_of(kid, each, password) for kid, each in value.items()]
        if "jwks_uri" in value:
            raise KeyRefused('A JWK Set must be an object with a list "keys"; found the metadata of an issuer. '
                             "DiscoveredKeySet takes the issuer's name and finds its keys.")  # fmt: skip
    if isinstance(source, bytes | str) and "PEM" in (name_of(source) or ""):  # a key inside a larger JSON
        return [jwk_of(key) for key in pairs_in("this text", source, password)]
    raise KeyRefused(f'A JWK Set must be an object with a list "keys"; found {something_else(source)}.')


def _entry_of(kid: Any, text: str, password: str | bytes | None) -> dict[str, Any] | tuple[Any, str]:
    """The JWK of a key in PEM; or its `kid` and the reason why there is none, which `sorted_out` passes on."""
    try:
        return {**jwk_of(pair_in(f"the key {kid!r}", text, password)), "kid": kid}
    except KeyRefused as error:
        return kid, str(error)


def is_mapping_of_pem(value: object) -> bool:
    """Whether this maps ids to keys or certificates in PEM. Some providers publish such a mapping, and no JWK Set."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(each, str) and each.lstrip().startswith("-----BEGIN ") for each in value.values())
    )


def something_else(source: object) -> str:
    """What was given in place of keys, in words that show nothing of it. `name_of` knew no form of a text."""
    if isinstance(source, str) and _FILE_NAME.fullmatch(source):
        return "something else: the name of a file, where its text is needed"
    if isinstance(source, str | bytes) and json_in(source) is not None:
        return "something else: JSON without keys"
    if isinstance(source, str | bytes) and source.strip()[:2] in ('{"', b'{"', "[{", b"[{"):
        return "something else: JSON with a mistake in it, or cut short"
    kind = {str: "text of no known form", bytes: "bytes of no known form", list: "a list", type(None): "None"}
    return f"something else: {kind.get(type(source), type(source).__name__)}".removesuffix(": dict")


def sorted_out(
    entries: Iterable[object], make: Callable[[Any], Any], chosen: Container[str] = ()
) -> tuple[list[Any], list[tuple[Any, str]]]:
    """The keys that `make` gives for the entries of a JWK Set, and the `kid` and the reason of each that it refuses.

    Of an issuer's keys that share a kid, only the one with a `chosen` algorithm is taken (RFC 7517 section 4.5 permits
    such keys). If that does not leave one key, all of them are refused, because nothing says which is meant.
    """
    found, skipped = list[Any](), list[tuple[Any, str]]()
    for jwk in entries:
        if isinstance(jwk, tuple):
            skipped.append(jwk)
            continue
        try:
            key = make(jwk if isinstance(jwk, Mapping) else {})
            found += [key] if key not in found else []
        except KeyRefused as error:
            skipped.append((jwk.get("kid") if isinstance(jwk, Mapping) else None, str(error)))
    left = list[Any]()
    named: dict[tuple[str, str | None], list[Any]] = {}
    for key in found:
        named.setdefault((key.kid, key.issuer), []).append(key)
    for (kid, _), keys in named.items():
        meant = keys if len(keys) == 1 else [key for key in keys if key.alg in chosen]
        left += meant if len(meant) == 1 else []
        if len(meant) != 1:
            times = "twice" if len(keys) == 2 else f"{len(keys)} times"
            skipped.append((kid, f"Each key of an issuer needs a unique kid; found {kid!r} {times}."))
        elif len(keys) > 1:
            skipped.append((kid, f"Of several keys with the kid {kid!r}, only the one for {meant[0].alg} is taken."))
    return left, skipped


def only_fitting(jwk: Mapping[str, Any], kinds: Iterable[Any], chosen: Container[Any], listed: Container[str]) -> Any:
    """The algorithm, among `kinds`, of a JWK that names none. Raises KeyRefused if it is not clear.

    It is clear if only one of those that fit the key's type is `chosen`, or only one fits at all, or only one is
    `listed`. What is `listed` never decides for a secret.
    """
    fits = [each for each in kinds if (each.kty, each.curve) == (jwk.get("kty"), jwk.get("crv"))]
    if not fits:
        kind = f"kty {shortened(jwk.get('kty'))} and crv {shortened(jwk.get('crv'))}"
        raise KeyRefused(f"No algorithm of this kit takes a key with {kind}.")
    public = [each for each in fits if each.name in listed and not each.needs_secret]
    for choice in ([each for each in fits if each in chosen], fits, public):
        if len(choice) == 1:
            return choice[0]
    names = ", ".join(each.name for each in fits)
    raise KeyRefused(f"The JWK has no alg, and its key fits {names}; choose one, as in alg={fits[0].name!r}.")


def json_in(text: bytes | str) -> Any:
    """The JSON object or list in a text, also if the text is quoted or in base64. None if it holds no JSON."""
    try:
        text = _as_saved(text)
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        with contextlib.suppress(ValueError):  # text that is JSON as it stands needs no cleaning
            if isinstance(value := json.loads(text), dict | list):
                return value
        cleaned = _cleaned(text)
        if cleaned[:1] not in ("{", "["):
            packed = _unpacked(cleaned)
            cleaned = "" if packed is None else packed.decode("utf-8").strip()
        value = json.loads(cleaned)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _cleaned(text: str) -> str:
    """A text without what pasting adds: space around it, quotes, and line ends written as backslash and n."""
    text = text.strip().removeprefix("\ufeff")
    while len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1].strip()
    pasted = "-----BEGIN " in text or text.startswith('{\\"')
    return text.replace("\\r", "").replace("\\n", "\n").replace('\\"', '"') if pasted else text


def _unpacked(text: str) -> bytes | None:
    """The bytes in a base64 text, which may be wrapped in lines. None if the text is something else."""
    packed = "".join(text.split())
    if not _BASE64.fullmatch(packed):
        return None
    standard = packed.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    raw = b64decode(standard[: len(standard) - (len(standard) % 4 == 1)] + "=" * (-len(standard) % 4))
    return raw if _is_der(raw) or raw.lstrip()[:1] in (b"{", b"-") else None


def _as_saved(material: bytes | str) -> bytes | str:
    """Material without what saving adds: an end of line after DER, or UTF-16, in which Windows writes text."""
    if isinstance(material, bytes):
        if material.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0" in material:
            return material.decode("utf-16", "replace")
        for bare in (material[:-1], material[:-2]):
            if _is_der(bare) and not material[len(bare) :].strip():
                return bare
    return material


def _is_der(raw: bytes) -> bool:
    """Whether bytes begin like a key or a certificate in DER, and are as long as they say."""
    if len(raw) < 40 or not _DER.match(raw):
        return False
    size = raw[1] & 0x7F if raw[1] > 0x80 else 0
    return len(raw) == 2 + size + (int.from_bytes(raw[2 : 2 + size]) if size else raw[1])


def _name_of_json(text: str) -> str | None:
    value = json_in(text)
    if value is None and text.startswith('{"') and '"kty"' in text:
        return "a JWK that is cut short or changed"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "a list of JSON objects"
    if not isinstance(value, Mapping):
        return None
    for member, name in (("keys", "a JWK Set"), ("kty", "a JWK"), ("jwks_uri", "the metadata of an issuer")):
        if member in value:
            return name
    return "a JSON object"


def _instead(found: str | None) -> str:
    advice = {
        "a discovery address": "DiscoveredKeySet takes the issuer's name and finds its keys",
        "an address (URL)": "RemoteKeySet fetches a JWK Set from its address",
        "a JWK Set": "KeySet.from_jwks reads it",
        "the metadata of an issuer": "DiscoveredKeySet takes the issuer's name and finds its keys",
        "a token": "the issuer publishes the keys that verify it",
    }.get(found or "")
    return f"{found}: {advice}" if advice else found or "something else"


def _the(whose: str) -> str:
    return whose[0].upper() + whose[1:]


def _loaded(material: bytes | str, password: bytes | None) -> Iterator[Any]:
    """Each key in a text or in DER. A later certificate of a chain only vouches for the first, so it gives no key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization as form

    material = _as_saved(material)
    if isinstance(material, bytes) and _is_der(material):
        yield _from_der(material, password)
        return
    text = _cleaned(material.decode("utf-8") if isinstance(material, bytes) else material)
    if _OPENSSH.match(text):
        yield from (form.load_ssh_public_key(line.strip().encode()) for line in text.splitlines() if line.strip())
        return
    if "-----BEGIN " not in text:
        yield from _loaded(_unpacked(text) or b"", password)
        return
    last = None
    for label, body in _BLOCK.findall(text):
        block = _wrapped(label, body)
        if label == "CERTIFICATE":
            certificate = x509.load_pem_x509_certificate(block)
            if last is not None and last.issuer != certificate.subject:
                raise ValueError("not a chain")
            if last is None:
                yield certificate.public_key()
            last = certificate
        elif label == "OPENSSH PRIVATE KEY":
            yield _opened(form.load_ssh_private_key, block, password)
        elif label.endswith("PRIVATE KEY"):
            yield _opened(form.load_pem_private_key, block, password)
        elif label.endswith("PUBLIC KEY"):
            yield form.load_pem_public_key(block)
        elif label != "EC PARAMETERS":
            raise ValueError(label)
    if not _BLOCK.search(text):
        raise ValueError("no end")


def _from_der(raw: bytes, password: bytes | None) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization as form

    with contextlib.suppress(ValueError):
        return form.load_der_public_key(raw)
    with contextlib.suppress(ValueError):
        return x509.load_der_x509_certificate(raw).public_key()
    return _opened(form.load_der_private_key, raw, password)


def _opened(load: Callable[[bytes, bytes | None], Any], raw: bytes, password: bytes | None) -> Any:
    """A private key that may be encrypted. A password for one that is not does no harm."""
    try:
        return load(raw, None)
    except (ValueError, TypeError):  # a TypeError says that it is encrypted
        if password is None:
            raise
    return load(raw, password)


def _wrapped(label: str, body: str) -> bytes:
    """A PEM block with its base64 in lines, as the standard wants it (RFC 7468 section 2)."""
    if "Proc-Type" not in body:
        packed = "".join(body.split())
        body = "\n" + "\n".join(packed[at : at + 64] for at in range(0, len(packed), 64)) + "\n"
    return f"-----BEGIN {label}-----{body}-----END {label}-----\n".encode()


def _each_once(keys: list[Any]) -> list[Any]:
    """The keys without repetition. A private key stands for its public key too."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    found: dict[bytes, Any] = {}
    for key in keys:
        private = hasattr(key, "public_key")
        public = key.public_key() if private else key
        name = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if private or name not in found:
            found[name] = key
    return list(found.values())


def _period(secret: bytes) -> int:
    """The length of the shortest pattern whose repetition gives the secret. The last repetition may be cut short."""
    for period in range(1, len(secret)):
        if secret[period:] == secret[:-period]:
            return period
    return len(secret)


def _is_common(secret: bytes) -> bool:
    """Whether a secret is a common one, repeated to its length or padded with one character on one side."""
    text = secret.decode("latin-1").lower()
    for spelled in (text, text.lstrip(text[:1]), text[:1] + text.lstrip(text[:1])):
        for word in _by_start().get(spelled[:3], ()):
            rest = spelled
            while rest.startswith(word):
                rest = rest[len(word) :]
            if word.startswith(rest) or (rest != spelled and len(set(rest)) == 1):
                return True
    return False


@functools.cache
def _by_start() -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for word in COMMON_SECRETS:
        words.setdefault(word[:3], []).append(word)
    return words
