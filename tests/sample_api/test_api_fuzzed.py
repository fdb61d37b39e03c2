"""schemathesis reads the documents, and tries what they promise with requests that nobody thought of."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sample_api.mounts import MODERN, REPOS
from sample_api.state import State
from sample_api.vocabularies import AUTH0_SCOPES, GITHUB_SCOPES
from scopekit import AUTH0_V2, GITHUB, RFC9068, Issuer

MOUNTS = {
    "/": (REPOS, GITHUB, GITHUB_SCOPES),
    "/modern/": (MODERN, RFC9068, GITHUB_SCOPES),
    "/api/v2/": ("tenant_1", AUTH0_V2, AUTH0_SCOPES),
}


@pytest.fixture
def folder(tmp_path):
    State.open(tmp_path / "state", init=True).denylist.close()
    return tmp_path / "state"


def token(folder, mount):
    """A token with every scope that the mount knows."""
    audience, profile, vocabulary = MOUNTS[mount]
    state = State.open(folder)
    state.denylist.close()
    keys = state.tenants.of_issuer(audience) or tuple(state.keys)
    return Issuer(keys[0], profile, audience).mint(vocabulary)


@pytest.mark.slow
@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("with_token", [True, False], ids=["with a token", "without"])
def test_schemathesis_finds_nothing(start, folder, tmp_path, mount, with_token):
    api = start("--state", folder)
    header = ["-H", f"Authorization: Bearer {token(folder, mount)}"] if with_token else []
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [program, "run", f"{api.url}{mount}openapi.json", "--url", f"{api.url}{mount}", *header, "--checks", "all",
         "-n", "10", "--seed", "1", "--generation-database", ":memory:", "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Test cases:" in done.stdout
