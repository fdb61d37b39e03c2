"""The commands that take and make tokens: mint, decode, explain, scopes."""

import json
import os
import stat

import pytest
from commanding import in_terminal, refusal
from commanding import scopekit_process as scopekit
from hypothesis import given
from hypothesis import strategies as st

from scopekit import AUTH0_V2, GITHUB, RFC9068, SEED_2014, Issuer, Key, LessonClock, Token, all_of, any_of
from scopekit.cli.inputs import read_requirement
from scopekit.errors import ScopeError

pytestmark = pytest.mark.slow  # a process of its own for nearly each, half a second and more

NOW = 1416929109
SECRET = bytes(range(32))
KEY = Key("k1", SECRET, issuer="https://issuer.example/")
MINT = ("mint", "repo", "gist", "--key", "key.json", "--audience", "repos")
EXPLAIN = ("explain", "--key", "key.json", "--audience", "repos", "--token-file", "token.txt")
DOCUMENT = {
    "openapi": "3.1.0",
    "components": {
        "securitySchemes": {
            "oauth": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"scopes": {"repo": "All", "public_repo": "Public", "gist": "Gists"}}},
                "x-scope-implies": {"repo": ["public_repo"]},
            }
        }
    },
}
DENIED = 'HTTP/2 403\r\nwww-authenticate: Bearer error="insufficient_scope", scope="repo"\r\n\r\n'


@pytest.fixture
def folder(tmp_path):
    """A folder with a key, a token that is good for an hour, one of 2014, a document and an answer."""
    (tmp_path / "key.json").write_text(json.dumps(KEY.to_jwk(private=True)))
    (tmp_path / "token.txt").write_text(str(Issuer(KEY, RFC9068, "repos").mint(["repo"])))
    (tmp_path / "old.txt").write_text(f"Authorization: Bearer {old()}\n")
    (tmp_path / "api.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "denied.txt").write_text(DENIED)
    return tmp_path


def old(scopes=("repo",)):
    return Issuer(KEY, GITHUB, "repos", LessonClock(NOW), lambda: "id-1").mint(scopes)


def has_no_secret(process, *tokens):
    told = process.stdout + process.stderr
    assert KEY.to_jwk(private=True)["k"] not in told
    assert not [part for token in tokens for part in str(token).split(".") if part in told]


# mint


def test_mint_prints_the_token_alone(folder):
    process = scopekit(*MINT, folder=folder)
    token = Token.parse(process.stdout.removesuffix("\n"))
    assert (process.returncode, process.stderr) == (0, "")
    assert (token.claims["scope"], token.claims["aud"]) == ("repo gist", "repos")
    assert token.claims["iss"] == "https://issuer.example/"
    assert KEY.verifies(token.signing_input, token.signature)


@pytest.mark.parametrize("profile", [GITHUB, AUTH0_V2, RFC9068, SEED_2014], ids=lambda profile: profile.name)
def test_mint_writes_in_each_profile(tmp_path, profile):
    key = Key("k1", SECRET).to_jwk(private=True)
    (tmp_path / "key.json").write_text(json.dumps({"keys": [key]}))
    process = scopekit(*MINT, "--issuer", "https://i.example/", "--profile", profile.name.lower(), folder=tmp_path)
    token = Token.parse(process.stdout.strip())
    assert profile.scopes(token.claims) == ("repo", "gist")
    assert set(profile.claims) <= set(token.claims)


def test_mint_takes_a_subject_and_a_lifetime(folder):
    claims = Token.parse(scopekit(*MINT, "--subject", "me", "--ttl", "60", folder=folder).stdout.strip()).claims
    assert (claims["sub"], claims["exp"] - int(claims["iat"])) == ("me", 60)


def test_mint_tells_json_with_stable_names(folder):
    told = json.loads(scopekit(*MINT, "--json", folder=folder).stdout)
    assert list(told) == ["token", "profile", "scopes", "expires", "kid", "alg"]
    assert (told["profile"], told["scopes"], told["kid"], told["alg"]) == ("RFC9068", ["repo", "gist"], "k1", "HS256")
    assert Token.parse(told["token"]).expires == told["expires"]


@pytest.mark.parametrize("alg", ["HS256", "ES256", "Ed25519"])
def test_a_new_key_is_kept_where_its_owner_alone_may_read_it(tmp_path, alg):
    process = scopekit(*MINT, "--new-key", alg, "--issuer", "https://i.example/", folder=tmp_path)
    file = tmp_path / "key.json"
    jwk = json.loads(file.read_text())
    key = Key.from_jwk(jwk)
    token = Token.parse(process.stdout.strip())
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert (key.alg, key.verifies(token.signing_input, token.signature)) == (alg, True)
    assert jwk.get("k", jwk.get("d")) not in process.stdout + process.stderr


def test_a_new_key_is_never_written_over_another(folder):
    before = (folder / "key.json").read_text()
    process = scopekit(*MINT, "--new-key", "ES256", "--issuer", "https://i.example/", folder=folder)
    assert refusal(process, 1) == "The new key's file cannot be created: File exists."
    assert (process.stdout, (folder / "key.json").read_text()) == ("", before)


def test_a_new_key_is_not_made_for_a_token_that_cannot_be(tmp_path):
    process = scopekit("mint", "repo", "--key", "key.json", "--new-key", "ES256", folder=tmp_path)
    assert "give --issuer" in refusal(process, 2)
    assert list(tmp_path.iterdir()) == []


# decode


def test_decode_shows_claims_with_their_meaning_and_time_and_that_nothing_is_verified(folder):
    process = scopekit("decode", "--token-file", "old.txt", folder=folder)
    assert (process.returncode, process.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in process.stdout.splitlines()]
    assert "header alg HS256 how it is signed" in lines
    assert "claims exp 1416932709 (2014-11-25 16:25:09 UTC, 60 min after issue) expires" in lines
    assert 'claims scopes ["repo"] what it may do' in lines
    assert lines[-1] == "NOT VERIFIED: anyone may have written this token."
    has_no_secret(process, old())


def test_decode_verifies_with_a_key(folder):
    process = scopekit("decode", "--token-file", "old.txt", "--key", "key.json", folder=folder)
    assert process.returncode == 0
    assert "✓ The signature is verified, with key 'k1', HS256, of https://issuer.example/." in process.stdout
    has_no_secret(process, old())


def test_decode_says_that_a_changed_token_does_not_verify(folder):
    (folder / "old.txt").write_text(f"{str(old())[:-4]}AAAA")
    process = scopekit("decode", "--token-file", "old.txt", "--jwks", "key.json", folder=folder)
    assert process.returncode == 1
    assert "✗ DOES NOT VERIFY: a signature of 32 bytes that the key did not make." in process.stdout


def test_decode_verifies_with_a_key_set_at_an_address(folder):
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    pair = Key.generate("pair", "ES256", "https://issuer.example/")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"keys": [pair.to_jwk()]}).encode())

        def log_message(self, *_):
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/jwks"
        token = str(Issuer(pair, RFC9068, "repos").mint(["repo"]))
        process = scopekit("decode", "--jwks", url, "--json", folder=folder, stdin=token)
    assert (process.returncode, json.loads(process.stdout)["verified"]) == (0, True)


def test_decode_tells_json_with_stable_names(folder):
    told = json.loads(scopekit("decode", "--json", folder=folder, stdin=str(old())).stdout)
    assert list(told) == ["header", "claims", "scopes", "expires", "facts", "verified", "reason"]
    assert told["claims"] == json.loads(json.dumps(dict(old().claims), default=list))
    assert (told["scopes"], told["expires"], told["verified"]) == (["repo"], NOW + 3600, False)


def test_decode_writes_out_what_could_steer_a_terminal(folder):
    from scopekit.issuer import sign

    token = sign({"alg": "HS256", "typ": "JWT"}, {"\x1b[2J": "a\x1b]0;b\x07", "x": "\u202e"}, KEY)
    shown, status = in_terminal("decode", "--token-file", "t", folder=write(folder, "t", str(token)))
    assert status == 0
    assert "\x1b[2J" not in shown
    assert "\x1b]0" not in shown
    assert "\u202e" not in shown
    assert r"\x1b[2J" in shown


def write(folder, name, text):
    (folder / name).write_text(text)
    return folder


# Where a token comes from


@pytest.mark.parametrize("arguments", [[], ["--token-file", "-"]], ids=["piped", "-"])
@pytest.mark.parametrize("before", ["Bearer ", "\ufeff", ""], ids=["scheme", "byte order mark", "alone"])
def test_a_token_is_read_from_standard_input(folder, arguments, before):
    process = scopekit("decode", "--json", *arguments, folder=folder, stdin=f"{before}{old()}\n")
    assert json.loads(process.stdout)["claims"]["jti"] == "id-1"


def test_a_token_is_asked_for_at_a_prompt_that_does_not_show_it(folder):
    shown, status = in_terminal("decode", folder=folder, typed=str(old()), columns=200, NO_COLOR="1")
    assert status == 0
    assert shown.startswith("Token (not shown): ")
    assert "id-1" in shown
    assert not [part for part in str(old()).split(".") if part in shown]


def test_nothing_at_the_prompt_is_one_sentence(folder):
    shown, status = in_terminal("decode", folder=folder, typed="\x04")
    assert status == 1
    assert "Stopped: nothing was entered." in shown
    assert "Traceback" not in shown


def test_a_closed_standard_input_is_one_sentence(folder):
    process = scopekit("decode", folder=folder, before="import sys; sys.stdin = None")
    assert refusal(process, 1) == "There is no standard input to read a token from; give --token-file FILE."


# explain


def test_explain_tells_the_guards_own_steps_and_lets_pass(folder):
    process = scopekit(*EXPLAIN, "--needs", "gist or repo", folder=folder)
    assert process.returncode == 0
    assert process.stdout.startswith("✓ allowed\n")
    assert len(process.stdout.splitlines()) == 12


def test_explain_denies_with_the_exit_status(folder):
    process = scopekit(*EXPLAIN, "--needs", "repo and gist", folder=folder)
    assert process.returncode == 1
    assert "denied by the check scopes: 403 insufficient_scope" in process.stdout
    assert "Mint a token with gist repo." in process.stdout
    has_no_secret(process, (folder / "token.txt").read_text())


@pytest.mark.parametrize(("openapi", "status"), [([], 1), (["--openapi", "api.json"], 0)], ids=["without", "with"])
def test_explain_knows_what_a_scope_implies_by_the_document_alone(folder, openapi, status):
    assert scopekit(*EXPLAIN, "--needs", "public_repo", *openapi, folder=folder).returncode == status


@pytest.mark.parametrize(
    ("changed", "check"),
    [(["--audience", "other"], "audience"), (["--profile", "GITHUB"], "type"), (["--token-file", "old.txt"], "type")],
)
def test_explain_names_the_check_that_failed(folder, changed, check):
    process = scopekit(*EXPLAIN, *changed, "--json", folder=folder)
    told = json.loads(process.stdout)
    assert (process.returncode, told["allowed"], told["check"]) == (1, False, check)


def test_explain_tells_json_with_stable_names(folder):
    told = json.loads(scopekit(*EXPLAIN, "--json", folder=folder).stdout)
    assert list(told) == [
        "allowed", "status", "check", "error", "description", "needed", "least", "off", "steps", "granted", "token",
    ]  # fmt: skip
    assert list(told["steps"][0]) == ["check", "verdict", "looked_at", "rule", "found", "fix"]


def test_explain_an_answer_names_the_complaint(folder):
    process = scopekit("explain", "--answer", "denied.txt", "--token-file", "old.txt", folder=folder)
    assert process.returncode == 1
    assert "claim-name: The scopes are in 'scopes'" in process.stdout
    assert "NOT VERIFIED" in process.stdout
    has_no_secret(process, old())


def test_explain_an_answer_from_standard_input_as_json(folder):
    process = scopekit("explain", "--answer", "-", "--token-file", "old.txt", "--json", folder=folder, stdin=DENIED)
    told = json.loads(process.stdout)
    assert [each["id"] for each in told["complaints"]] == ["claim-name"]
    assert list(told["complaints"][0]) == ["id", "sentence", "fix", "source"]
    assert (told["verified"], told["needed"], len(told["steps"])) == (False, [["repo"]], 11)


def test_explain_an_answer_that_names_no_scope_takes_what_the_call_needs_from_the_option(folder):
    write(folder, "denied.txt", "HTTP/1.1 403 Forbidden\n\n")
    asked = ("explain", "--answer", "denied.txt", "--token-file", "old.txt")
    process = scopekit(*asked, "--needs", "a or b", "--requested", "b", folder=folder)
    assert "the call needs any of {a, b}; nearest: a" in process.stdout
    assert "not-granted: b was requested, but not granted." in process.stdout


def test_explain_an_opaque_key_by_what_the_api_says_of_it(folder):
    write(folder, "denied.txt", "HTTP/2 403\nx-oauth-scopes: gist\nx-accepted-oauth-scopes: repo\n\n{}")
    process = scopekit("explain", "--answer", "denied.txt", folder=folder, stdin="ghp_16C7e42F292c6912E7710c83")
    assert "the API read {gist}; the call needs {repo}; nearest: repo" in process.stdout
    assert "ghp_" not in process.stdout


# scopes


def test_scopes_shows_a_document_as_a_tree(folder):
    process = scopekit("scopes", "--openapi", "api.json", folder=folder)
    assert process.stdout.splitlines()[1:] == ["repo           All", "  public_repo  Public", "gist           Gists"]


YAML = """
openapi: 3.0.3
components: {securitySchemes: {oauth: {type: oauth2, flows: {implicit: {scopes: {repo: All, on: A word}}}}}}
"""


@pytest.mark.parametrize(("source", "stdin"), [("api.yaml", ""), ("-", YAML)], ids=["a file", "standard input"])
def test_scopes_reads_a_document_of_yaml(folder, source, stdin):
    write(folder, "api.yaml", YAML)
    process = scopekit("scopes", "--openapi", source, folder=folder, stdin=stdin)
    assert process.stdout.splitlines() == ["scope  what it may do", "repo   All", "on     A word"]


def test_a_document_is_read_from_a_url_of_this_machine_and_from_another_where_asked(folder):
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        asked = f"http://127.0.0.1:{server.server_port}/api.json", f"http://0.0.0.0:{server.server_port}/api.json"
        here, there = (scopekit("scopes", "--openapi", url, folder=folder) for url in asked)
        anywhere = scopekit("scopes", "--openapi", asked[1], "--anywhere", folder=folder)
        server.shutdown()
    assert "public_repo" in here.stdout
    assert refusal(there, 1).startswith("A document's URL must be on this machine, unless")
    assert anywhere.stdout == here.stdout


def test_a_document_at_a_url_is_fetched_without_requests(folder):
    asked = ("scopes", "--openapi", "http://127.0.0.1:9/")
    process = scopekit(*asked, folder=folder, before="import sys; sys.modules['requests'] = None")
    assert refusal(process, 1).startswith("The document at '127.0.0.1' cannot be read: the request failed")


def test_scopes_of_a_token_are_held_or_implied(folder):
    process = scopekit("scopes", "--openapi", "api.json", "--of-token", "--token-file", "old.txt", folder=folder)
    assert process.stdout.splitlines() == [
        "1 scope, a list in 'scopes'. NOT VERIFIED.", "repo           held", "  public_repo  implied by repo",
    ]  # fmt: skip


def test_scopes_tell_json_with_stable_names(folder):
    told = json.loads(scopekit("scopes", "--openapi", "api.json", "--json", folder=folder).stdout)
    assert told["scopes"][0] == {"name": "repo", "description": "All", "implies": ["public_repo"]}
    asked = ("scopes", "--openapi", "api.json", "--of-token", "--json")
    assert json.loads(scopekit(*asked, folder=folder, stdin=str(old(["repo", "odd"]))).stdout) == {
        "claims": [{"claim": "scopes", "kind": "a list", "scopes": ["repo", "odd"]}],
        "held": ["repo", "odd"],
        "implied": {"public_repo": ["repo", "public_repo"]},
        "unknown": ["odd"],
        "verified": False,
    }


# Mistakes

MISTAKES = [
    (("decode", "--token-file", "none.txt"), "", 1, "The token's file cannot be read: No such file or directory."),
    (("decode", "--token-file", "."), "", 1, "The token's file cannot be read: Is a directory."),
    (("decode", "--token-file", "binary"), "", 1, "The token's file cannot be read: it is not text in UTF-8."),
    (("decode",), "", 1, "One token is needed; found none."),
    (("decode",), "two words", 1, "One token is needed; found several words."),
    (("decode",), "s3cr3t", 1, "This text is not a token: it does not have three parts of base64url and JSON."),
    (
        ("decode", "--key", "key.json", "--jwks", "key.json"),
        "",
        2,
        "Give the keys with --jwks or with --key, not with both.",
    ),
    (("decode", "--key", "binary"), "{old}", 1, "A key must be a JWK, a JWK Set, PEM, DER or an OpenSSH key; found"),
    (
        ("decode",),
        "{old}.s3cr3t.s3cr3t",
        1,
        "This token is encrypted (RFC 7516) and cannot be read: it has five parts, not three.",
    ),
    (("scopes", "--of-token"), "{old}.s3cr3t.s3cr3t", 1, "This token is encrypted"),
    (
        ("decode", "--key", "old.txt"),
        "{old}",
        1,
        "A key must be a JWK, a JWK Set, PEM, DER or an OpenSSH key; found some",
    ),
    (("decode", "--key", "api.json"), "{old}", 1, "The key cannot be used: "),
    (
        ("decode", "--key", "cut.json"),
        "{old}",
        1,
        "this text is a JWK that is cut short or changed.",
    ),
    (("decode", "--jwks", "http://x.example/"), "{old}", 1, "Keys must come from https://, or from http:// on this"),
    (("decode", "--jwks", "http://127.0.0.1:9/"), "{old}", 1, "The key set cannot be read: the request failed"),
    (("decode", "--json"), "{nan}", 1, "The token holds a number that JSON cannot express"),
    (("mint", "repo"), "", 2, "Give --key FILE: the file with the private key"),
    (("mint", "a b", *MINT[3:]), "", 1, "A scope must be printable ASCII without space"),
    (("mint", "repo", "--key", "public.json", "--audience", "a"), "", 1, "A private key is needed to sign"),
    (("mint", "repo", "--key", "key.json"), "", 2, "give --audience"),
    ((*MINT, "--ttl", "0"), "", 1, "A lifetime must be a whole number of seconds above 0; found 0."),
    ((*MINT, "--ttl", "5", "--profile", "SEED_2014"), "", 2, "A token of profile SEED_2014 never expires: omit --ttl."),
    ((*MINT, "--profile", "2014"), "", 2, "There is no profile '2014'; did you mean 'SEED_2014'?"),
    ((*MINT, "--profile", "cognitto"), "", 2, "There is no profile 'COGNITTO'; did you mean 'COGNITO'?"),
    ((*MINT, "--profile", "no.toml"), "", 2, "The profile's file cannot be read: No such file or directory."),
    ((*MINT, "--new-key", "HS1"), "", 1, "A key's alg must be one of HS256"),
    ((*MINT, "--issuer", "https://b.example/"), "", 1, "The key must belong to 'https://b.example/'; its JWK"),
    (("explain",), "", 2, "Give either keys (--jwks or --key) or a response to explain (--answer)."),
    ((*EXPLAIN, "--answer", "denied.txt"), "", 2, "Give either keys"),
    ((*EXPLAIN[:3], "--token-file", "old.txt"), "", 2, "give --audience"),
    ((*EXPLAIN, "--needs", "a b"), "", 1, "Two scopes must be joined by `and` or `or`; found 'b'."),
    (("decode", "--jwks", ""), "{old}", 2, "--jwks and --key need a file or an address; found empty text."),
    (("mint", "a,b", *MINT[2:]), "", 2, "Scopes must be separate words, without commas; found 'a,b'."),
    (("mint", "a", "--new-key", "ES256", "--key", "-"), "", 2, "A new key needs a file; found `-`, which is standard"),
    ((*EXPLAIN, "--needs", "a,b"), "", 1, "Scopes must be joined by `and` or `or`, not by a comma; found 'a,b'."),
    ((*EXPLAIN, "--needs", ""), "", 1, "A scope is missing at the end."),
    (("explain", "--answer", "-"), "", 2, "Only one input can be standard input; name a file for the others."),
    ((*EXPLAIN, "--openapi", "-", "--token-file", "-"), "", 2, "Only one input can be standard input"),
    (("decode", "--key", "-"), "", 2, "Only one input can be standard input; name a file for the others."),
    (("scopes", "--of-token", "--openapi", "-"), "", 2, "Only one input can be standard input"),
    (("explain", "--answer", "key.json"), "x", 1, "An answer must begin with a status line"),
    (("scopes",), "", 2, "Give --openapi FILE for an API's scopes, --of-token for a token's scopes, or both."),
    (("scopes", "--token-file", "old.txt", "--openapi", "api.json"), "", 2, "--token-file needs --of-token."),
    (("scopes", "--openapi", "old.txt"), "", 1, "An OpenAPI document of version 3.0 or 3.1 is needed; found 'no ver"),
    (("scopes", "--openapi", "token.txt"), "", 1, "A document must be a mapping; found text."),
    (("scopes", "--openapi", "list.json"), "", 1, "A document must be a mapping; found a list."),
    (("scopes", "--openapi", "none.json"), "", 1, "The document 'none.json' cannot be read: No such file or dir"),
    (("scopes", "--openapi", "https://x.example/s3cr3t"), "", 1, "`host` allows it; found 'x.example'."),
    (
        ("scopes", "--openapi", "http://127.0.0.1:9/s3cr3t"),
        "",
        1,
        "cannot be read: the request failed (Connection",
    ),
    (("scopes", "--openapi", "circle.json"), "", 1, "Scopes may not imply each other in a circle: a > a."),
]


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "sentence"), MISTAKES, ids=[each[3][:50] for each in MISTAKES]
)
def test_a_mistake_is_one_sentence(folder, arguments, stdin, status, sentence):
    (folder / "binary").write_bytes(b"\xff\x00")
    (folder / "key.pem").write_bytes(Key.generate("p", "ES256").material)
    write(folder, "list.json", "[]")
    write(folder, "cut.json", '{"kty": "OKP", ')
    circle = {
        "openapi": "3.1.0",
        "components": {
            "securitySchemes": {"x": {"flows": {"f": {"scopes": {"a": ""}}}, "x-scope-implies": {"a": ["a"]}}}
        },
    }
    write(folder, "circle.json", json.dumps(circle))
    write(folder, "public.json", json.dumps(Key.generate("p", "ES256", "i").to_jwk()))
    nan = "eyJhbGciOiJIUzI1NiJ9.eyJ4IjpOYU59.c2ln"  # {"x":NaN}
    process = scopekit(*arguments, folder=folder, stdin=stdin.format(old=old(), nan=nan))
    assert sentence in refusal(process, status)
    assert process.stdout == ""
    has_no_secret(process, old(), nan, (folder / "token.txt").read_text())
    assert "s3cr3t" not in process.stderr


# Terminals


def test_a_narrow_terminal_folds_and_loses_nothing(folder):
    shown, status = in_terminal("decode", "--token-file", "old.txt", folder=folder, columns=40, NO_COLOR="1")
    assert status == 0
    assert max(len(line) for line in shown.splitlines()) <= 40
    assert "\x1b[" not in shown
    assert "NOT VERIFIED" in shown


def test_a_pipe_is_neither_coloured_nor_wrapped(folder):
    asked = ("explain", "--answer", "denied.txt", "--token-file", "old.txt")
    process = scopekit(*asked, folder=folder, COLUMNS=None, NO_COLOR=None)
    assert "\x1b[" not in process.stdout
    assert "found a list, read {repo}; the call needs {repo}" in process.stdout


def test_a_terminal_is_coloured_where_nobody_objects(folder):
    asked = ("explain", "--answer", "denied.txt", "--token-file", "old.txt")
    plain, _ = in_terminal(*asked, folder=folder, columns=200, NO_COLOR="1")
    coloured, _ = in_terminal(*asked, folder=folder, columns=200, NO_COLOR="")
    assert "\x1b[" not in plain
    assert "\x1b[32m" in coloured


# What a call needs, in words


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("a", any_of("a")),
        ("a or b and c", any_of("a", all_of("b", "c"))),
        ("(a or b) and c", all_of(any_of("a", "b"), "c")),
        ("read:users", any_of("read:users")),
        ("no scope", all_of()),
    ],
)
def test_what_a_call_needs_is_read(text, requirement):
    assert read_requirement(text) == requirement


@pytest.mark.parametrize("text", ["", "a b", "a or", "(a", "a)", "and", "()", "(" * 50 + "a", "a or or b"])
def test_what_cannot_be_read_is_a_requirement_error(text):
    with pytest.raises(ScopeError):
        read_requirement(text)


@given(st.lists(st.frozensets(st.sampled_from("abcd"), min_size=1), min_size=1))
def test_a_requirement_reads_back_as_it_prints(alternatives):
    requirement = any_of(*(all_of(*each) for each in alternatives))
    assert set(read_requirement(str(requirement)).alternatives) == set(requirement.alternatives)
