"""How fast an audit is: its calls over real HTTP, the solver, and `--help` compared with starting bare Python."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys

import pytest

from scopekit import GITHUB, Issuer, KeySet, Vocabulary, all_of, any_of
from scopekit.audit import least_scopes, read_document
from scopekit.audit.probe_tokens import mint_probes
from scopekit.audit.run import audit


@pytest.fixture
def api(tmp_path):
    """The address of a sample API that runs in its own process, and the issuer of its tokens."""
    command = [sys.executable, "-m", "sample_api", "--state", str(tmp_path / "state"), "--init"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()
    (key,) = KeySet.from_jwks(json.loads((tmp_path / "state" / "keys.json").read_text()))
    yield url, Issuer(key, GITHUB, "https://api.example/")
    process.terminate()
    process.communicate(timeout=20)


@pytest.mark.benchmark(group="audit")
def test_audit_of_1120_cells(benchmark, api):
    url, issuer = api
    document = read_document(f"{url}/openapi.json")
    tried = mint_probes(document, issuer)
    assert len(document.calls) * len(tried) == 1120
    assert benchmark.pedantic(audit, (document, tried), {"unsafe": True}, rounds=3)


@pytest.mark.benchmark(group="audit")
def test_read_the_document(benchmark, api):
    benchmark(read_document, f"{api[0]}/openapi.json")


@pytest.mark.benchmark(group="audit")
def test_least_scopes_of_1000_calls_and_300_scopes(benchmark):
    chance = random.Random(7)
    names = [f"{verb}:{noun}" for noun in range(75) for verb in ("admin", "write", "read", "list")]
    implies = {a: [b] for a, b in itertools.pairwise(names) if a.partition(":")[2] == b.partition(":")[2]}
    calls = [all_of(*chance.sample(names, 2)) if chance.random() < 0.2 else any_of(*chance.sample(names, 1 + (k % 3)))
             for k in range(1000)]  # fmt: skip
    vocabulary = Vocabulary(dict.fromkeys(names, ""), implies)
    assert benchmark.pedantic(least_scopes, (calls, vocabulary), rounds=3).sets


@pytest.mark.benchmark(group="command")
def test_bare_python(benchmark):
    benchmark.pedantic(subprocess.run, ([sys.executable, "-c", "pass"],), rounds=9)


@pytest.mark.benchmark(group="command")
def test_scopekit_help(benchmark):
    command = [sys.executable, "-c", "import sys; from scopekit.cli import main; sys.exit(main())", "--help"]
    benchmark.pedantic(subprocess.run, (command,), {"stdout": subprocess.DEVNULL, "check": True}, rounds=9)
