"""Keys on the command line: what people paste is taken as it is, or named for what it is."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from commanding import in_terminal, refusal, scopekit
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa

from scopekit import Issuer, Key
from scopekit.material import jwk_of

PRIVATE = rsa.generate_private_key(65537, 2048)
PUBLIC = PRIVATE.public_key()
ISSUER = "https://issuer.example/"
PKCS8, PEM = form.PrivateFormat.PKCS8, form.Encoding.PEM
PLAIN = PRIVATE.private_bytes(PEM, PKCS8, form.NoEncryption())
LOCKED = PRIVATE.private_bytes(PEM, PKCS8, form.BestAvailableEncryption(b"open sesame"))
SPKI = form.PublicFormat.SubjectPublicKeyInfo
TOKEN = str(Issuer(Key("2026-a", PLAIN, "RS256", ISSUER), audience="api").mint(["notes:read"]))
UNNAMED = {name: jwk_of(PUBLIC)[name] for name in ("kty", "n", "e")}

FORMS = {
    "public PEM": PUBLIC.public_bytes(PEM, SPKI),
    "PEM on one line": PUBLIC.public_bytes(PEM, SPKI).replace(b"\n", b"\\n"),
    "PKCS1": PUBLIC.public_bytes(PEM, form.PublicFormat.PKCS1),
    "DER": PUBLIC.public_bytes(form.Encoding.DER, SPKI),
    "OpenSSH": PUBLIC.public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH),
    "private PEM": PLAIN,
    "a JWK without alg and kid": json.dumps(UNNAMED).encode(),
    "a JWK Set without alg": json.dumps({"keys": [{**UNNAMED, "kid": "2026-a", "use": "sig"}]}).encode(),
    "a JWK Set with a foreign key": json.dumps(
        {"keys": [{**UNNAMED, "kid": "2026-a"}, {"kty": "EC", "crv": "secp256k1", "kid": "k2", "x": "A", "y": "A"}]}
    ).encode(),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "token.txt").write_text(TOKEN)
    (tmp_path / "locked.pem").write_bytes(LOCKED)
    (tmp_path / "password.txt").write_text("open sesame\n")
    return tmp_path


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
def test_decode_verifies_with_a_key_in_each_form(folder, raw):
    (folder / "key").write_bytes(raw)
    process = scopekit("decode", "--jwks", "key", "--alg", "RS256", "--token-file", "token.txt", folder=folder)
    assert "✓ The signature is verified, with key '2026-a', RS256" in process.stdout
    assert process.returncode == 0


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
def test_explain_decides_with_a_key_in_each_form(folder, raw):
    (folder / "key").write_bytes(raw)
    asked = ("explain", "--jwks", "key", "--alg", "RS256", "--issuer", ISSUER, "--audience", "api")
    process = scopekit(*asked, "--needs", "notes:read", "--token-file", "token.txt", folder=folder)
    assert process.stdout.startswith("✓ allowed")


def test_a_key_that_is_skipped_is_said_on_standard_error(folder):
    (folder / "key").write_bytes(FORMS["a JWK Set with a foreign key"])
    process = scopekit("decode", "--jwks", "key", "--alg", "RS256", "--token-file", "token.txt", folder=folder)
    assert process.stderr.startswith("Skipped key k2: ")


def test_a_key_without_an_algorithm_asks_for_the_option(folder):
    (folder / "key").write_bytes(FORMS["public PEM"])
    process = scopekit("decode", "--jwks", "key", "--token-file", "token.txt", folder=folder)
    assert "its key fits RS256, RS384, RS512, PS256, PS384, PS512; choose one, as in --alg RS256." in refusal(
        process, 1
    )


def test_a_key_is_never_bound_to_the_algorithm_that_a_token_names(folder):
    (folder / "key").write_bytes(FORMS["public PEM"])
    process = scopekit("decode", "--jwks", "key", "--alg", "PS256", "--token-file", "token.txt", folder=folder)
    assert "✗ DOES NOT VERIFY: alg 'RS256'" in process.stdout


def test_kid_chooses_one_key_of_several(folder):
    other = {**jwk_of(rsa.generate_private_key(65537, 2048).public_key()), "kid": "other", "alg": "RS256"}
    (folder / "key").write_text(json.dumps({"keys": [other, {**UNNAMED, "kid": "2026-a", "alg": "RS256"}]}))
    asked = ("decode", "--jwks", "key", "--token-file", "token.txt", "--kid")
    assert scopekit(*asked, "2026-a", folder=folder).returncode == 0
    assert "no key here has" in scopekit(*asked, "other", folder=folder).stdout
    assert "No key has the kid '2026-b'; did you mean '2026-a'?" in refusal(
        scopekit(*asked, "2026-b", folder=folder), 1
    )


def test_a_secret_as_text_is_taken_with_its_algorithm(folder):
    secret = "dXNlIGEgcmFuZG9tIHNlY3JldCBoZXJl/7Jq2+Wc0"
    (folder / "secret.txt").write_text(f"{secret}\n")
    token = Issuer(Key("k1", secret.encode(), "HS256", ISSUER), audience="api").mint(["notes:read"])
    process = scopekit("decode", "--key", "secret.txt", "--alg", "HS256", folder=folder, stdin=str(token))
    assert "✓ The signature is verified, with key 'k1', HS256" in process.stdout


def test_mint_signs_with_a_locked_key_and_the_password_in_a_file(folder):
    asked = ("mint", "notes:read", "--key", "locked.pem", "--alg", "RS256", "--kid", "2026-a", "--issuer", ISSUER)
    process = scopekit(*asked, "--audience", "api", "--password-file", "password.txt", folder=folder)
    (folder / "key").write_bytes(FORMS["public PEM"])
    verified = scopekit("decode", "--key", "key", "--alg", "RS256", folder=folder, stdin=process.stdout)
    assert "✓ The signature is verified, with key '2026-a'" in verified.stdout


def test_a_password_that_is_needed_or_wrong_is_one_sentence(folder):
    (folder / "wrong.txt").write_text("close sesame")
    asked = ("decode", "--key", "locked.pem", "--alg", "RS256", "--token-file", "token.txt")
    assert refusal(scopekit(*asked, folder=folder), 1) == "The private key is encrypted: give --password-file FILE."
    wrong = refusal(scopekit(*asked, "--password-file", "wrong.txt", folder=folder), 1)
    assert "this password does not open it" in wrong
    assert "sesame" not in wrong


@pytest.mark.slow
def test_a_password_is_asked_for_at_a_prompt_that_does_not_show_it(folder):
    asked = ("decode", "--key", "locked.pem", "--alg", "RS256", "--token-file", "token.txt")
    shown, status = in_terminal(*asked, folder=folder, typed="open sesame", columns=200, NO_COLOR="1")
    assert status == 0
    assert shown.startswith("Password of the key (not shown): ")
    assert "sesame" not in shown


# A discovery address


@contextmanager
def provider(metadata=None, path=""):
    """A provider's metadata and its JWK Set, served on this machine; yields the issuer's name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            here = f"http://127.0.0.1:{self.server.server_port}"
            found = {"issuer": here + path, "jwks_uri": f"{here}/keys",
                     "id_token_signing_alg_values_supported": ["RS256"], **(metadata or {})}  # fmt: skip
            is_keys = self.path == "/keys"
            body = {"keys": [{**UNNAMED, "kid": "2026-a", "use": "sig"}]} if is_keys else found
            known = is_keys or self.path == f"{path.rstrip('/')}/.well-known/openid-configuration"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode() if known else b"")

        def log_message(self, *_):
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{path}"
        server.shutdown()


@pytest.mark.parametrize("path", ["", "/", "/tenant/v2.0"], ids=["no path", "a slash", "a path"])
def test_a_discovery_address_takes_the_place_of_a_jwk_set(folder, path):
    with provider(path=path) as issuer:
        token = Issuer(Key("2026-a", PLAIN, "RS256", issuer), audience="api").mint(["notes:read"])
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        process = scopekit("explain", "--jwks", address, "--audience", "api", folder=folder, stdin=str(token))
        assert process.stdout.startswith("✓ allowed")
        decoded = scopekit("decode", "--jwks", address, folder=folder, stdin=str(token))
    assert f"with key '2026-a', RS256, of {issuer}." in decoded.stdout


def test_metadata_that_speaks_for_another_issuer_is_refused(folder):
    with provider({"issuer": "https://other.example/"}) as issuer:
        address = f"{issuer}/.well-known/openid-configuration"
        process = scopekit("decode", "--jwks", address, "--token-file", "token.txt", folder=folder)
    assert "its 'issuer' must be" in refusal(process, 1)


def test_metadata_of_another_issuer_than_the_option_names_is_refused(folder):
    with provider() as issuer:
        asked = ("explain", "--jwks", f"{issuer}/.well-known/openid-configuration", "--audience", "api")
        process = scopekit(*asked, "--issuer", ISSUER, "--token-file", "token.txt", folder=folder)
    assert refusal(process, 1) == f"The metadata is that of {issuer!r}, but --issuer is {ISSUER!r}."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TOKEN, "this text is a token"),
        ("https://login.example/.well-known/openid-configuration", "discovery address"),
        ("no key", "something else"), ("", "something else"), ("[]", "something else"), ('{"a": 1}', "something else"),
    ],
    ids=["a token", "an address", "text", "nothing", "a list", "an object"],
)  # fmt: skip
def test_what_is_no_key_is_named(folder, text, reason):
    (folder / "key").write_text(text)
    process = scopekit("decode", "--key", "key", "--token-file", "token.txt", folder=folder)
    assert reason in refusal(process, 1)
    assert TOKEN.split(".")[1] not in process.stderr
