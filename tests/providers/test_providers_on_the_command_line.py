"""`scopekit explain --profile` and `decode` give a provider's token the same answer as the guard."""

import json

import pytest
from commanding import scopekit
from published import SHAPES, Provider, needs_shapes

OWN = 'name = "LARAVEL"\nnotation = "flat"\ntyp = ["JWT"]\nclaims = ["iss", "sub", "aud", "iat", "exp", "jti"]\n'


@needs_shapes
@pytest.mark.parametrize("name", SHAPES)
def test_explain_with_a_profile_agrees_with_the_guard(name, tmp_path):
    provider = Provider(name)
    (tmp_path / "keys.json").write_text(json.dumps(provider.jwks))
    (tmp_path / "own.toml").write_text(OWN)
    profile = "own.toml" if provider.profile.name == "LARAVEL" else provider.profile.name.lower().replace("_", "-")
    process = scopekit(
        "explain", "--jwks", "keys.json", "--alg", provider.shape["header"]["alg"], "--issuer", provider.issuer,
        "--audience", provider.audience, "--profile", profile, folder=tmp_path, stdin=str(provider.token()),
    )  # fmt: skip
    expected = "✓ allowed" if provider.shape["expected"] == "allowed" else "✗ denied by the check form"
    assert process.stdout.startswith(expected)


@needs_shapes
@pytest.mark.parametrize("name", SHAPES)
def test_decode_shows_and_verifies_each_token(name, tmp_path):
    provider = Provider(name)
    (tmp_path / "keys.json").write_text(json.dumps(provider.jwks))
    alg = provider.shape["header"]["alg"]
    asked = ("decode", "--jwks", "keys.json", "--alg", alg, "--json")
    told = json.loads(scopekit(*asked, folder=tmp_path, stdin=str(provider.token())).stdout)
    assert told["verified"]
    assert told["claims"].keys() == provider.shape["claims"].keys()
