"""Tokens that npm's jose makes pass our guard, and tokens that we make pass jose: two programs that share no code."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from scopekit import Guard, Issuer, Key, KeySet, any_of

pytestmark = pytest.mark.slow

VERSION = "6.2.18"
LOGIN, API = "https://login.example/", "https://notes.example/"
MINT = """
import { exportJWK, generateKeyPair, generateSecret, SignJWT } from 'jose'
const [alg, now] = [process.argv[2], Number(process.argv[3])]
const named = alg === 'EdDSA' ? 'Ed25519' : alg
const pair = alg.startsWith('HS') ? { privateKey: await generateSecret(alg, { extractable: true }) }
  : await generateKeyPair(named, { extractable: true })
const jwk = await exportJWK(pair.publicKey ?? pair.privateKey)
const token = await new SignJWT({ client_id: 'app', scope: 'notes:read' })
  .setProtectedHeader({ alg, typ: 'at+jwt', kid: 'k1' }).setIssuer('https://login.example/')
  .setAudience('https://notes.example/').setSubject('ann').setJti('j1').setIssuedAt(now).setExpirationTime(now + 600)
  .sign(pair.privateKey)
console.log(JSON.stringify({ token, jwk: { ...jwk, kid: 'k1', use: 'sig' } }))
"""
VERIFY = """
import { createLocalJWKSet, jwtVerify } from 'jose'
const { token, jwks, alg } = JSON.parse(process.argv[2])
const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks),
  { algorithms: [alg], issuer: 'https://login.example/', audience: 'https://notes.example/', typ: 'at+jwt' })
console.log(JSON.stringify({ payload, protectedHeader }))
"""


@pytest.fixture(scope="module")
def jose(tmp_path_factory):
    """Runs a program with jose, which is fetched from the package registry unless JOSE_FOLDER says where it is."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not on this machine's path")
    folder = Path(os.environ.get("JOSE_FOLDER") or tmp_path_factory.mktemp("jose"))
    if not (folder / "node_modules" / "jose").exists():
        command = [npm, "install", "--ignore-scripts", "--no-save", "--no-package-lock", "--prefix", str(folder)]
        fetched = subprocess.run([*command, f"jose@{VERSION}"], capture_output=True, text=True, cwd=folder)
        if fetched.returncode:
            pytest.skip("npm cannot fetch jose: the package registry does not answer")

    def run(program, *arguments):
        file = folder / "program.mjs"
        file.write_text(program)
        ran = subprocess.run([node, str(file), *arguments], capture_output=True, text=True, cwd=folder)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return run


@pytest.mark.parametrize("alg", ["Ed25519", "EdDSA", "ES256", "RS256", "PS256", "HS256"])
def test_a_token_that_jose_makes_opens_our_guard(jose, alg):
    made = jose(MINT, alg, str(int(time.time())))
    keys = KeySet.from_jwks({"keys": [made["jwk"]]}, LOGIN, alg=alg)
    guard = Guard(keys, audience=API)
    assert "alg" not in made["jwk"]
    assert guard.decide(f"Bearer {made['token']}", any_of("notes:read"))
    assert guard.decide(f"Bearer {made['token']}", any_of("notes")).status == 403


@pytest.mark.parametrize("alg", ["Ed25519", "ES256", "ES512", "RS256", "PS384"])
def test_a_token_that_we_make_is_verified_by_jose(jose, alg):
    key = Key.generate("k1", alg, LOGIN)
    token = Issuer(key, audience=API).mint(["notes:read"], subject="ann")
    sent = {"token": str(token), "jwks": KeySet([key]).to_jwks(), "alg": alg}
    told = jose(VERIFY, json.dumps(sent))
    assert (told["payload"]["sub"], told["payload"]["scope"]) == ("ann", "notes:read")
    assert told["protectedHeader"] == {"alg": alg, "typ": "at+jwt", "kid": "k1"}
