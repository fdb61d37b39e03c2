"""Every block of code of docs/recipes.md runs, and does what the page says."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from redis_server import RedisServer

from scopekit import RFC9068, Issuer, Key, KeySet, SqliteDenylist
from scopekit.cli.inputs import read_profile
from scopekit.errors import StoreMissing
from scopekit.issuer import sign
from scopekit.lab.world.transports import Loopback

PAGE = (Path(__file__).parents[1] / "docs" / "recipes.md").read_text(encoding="utf-8")
HERE, API = "https://login.example/", "https://notes.example/"
KEY = Key.generate("k1", "ES256", HERE)
CODE = {
    title.strip(): re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for title, text in re.findall(r"^##? ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}
READ, ALL, EMAIL = ["notes:read"], ["notes"], ["notes:read", "notes:email"]


def bearer(scopes, subject="ann", key=KEY, **options):
    return {"Authorization": f"Bearer {Issuer(key, RFC9068, API, **options).mint(scopes, subject=subject)}"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the block of a recipe after the page's first, in a folder of its own, and returns its names."""
    monkeypatch.chdir(tmp_path)
    Path("jwks.json").write_text(json.dumps(KeySet([KEY]).to_jwks()))

    def names(title):
        made = {}
        for code in (CODE["Recipes"][0], *CODE[title]):
            exec(compile(code, title, "exec"), made)
        return made

    return names


@pytest.fixture
def serve():
    """Serves an application over HTTP, and returns a function of a path and headers that asks it."""
    transport = Loopback()
    with requests.Session() as session:

        def start(app):
            url = transport.open(app, session)
            return lambda path, headers: session.get(url + path, headers=headers)

        yield start
        transport.close()


def test_every_recipe_is_tried_here():
    tried = set(re.findall(r'run\("([^"]+)"\)', Path(__file__).read_text(encoding="utf-8")))
    assert tried == set(CODE) - {"Recipes"}
    assert all(len(blocks) == 1 for blocks in CODE.values())


def test_a_403_has_the_body_of_the_application_and_the_challenge_of_the_guard(run, serve):
    get = serve(run("A 403 body of your own")["app"])
    refused = get("/notes", bearer(["notes:email"]))
    assert (refused.status_code, refused.json()) == (403, {"code": "insufficient_scope", "needs": READ})
    assert 'scope="notes:read"' in refused.headers["WWW-Authenticate"]
    assert get("/notes", {}).json()["code"] == "no_token"
    assert get("/notes", bearer(READ)).json() == ["buy milk"]


def test_a_field_is_there_for_a_token_with_its_scope(run):
    read_note = run("A field that needs a scope of its own")["read_note"]
    assert read_note(bearer(EMAIL)) == (200, {"text": "buy milk", "author": "ann@example.org"})
    assert read_note(bearer(ALL)) == (200, {"text": "buy milk"})
    assert read_note(bearer(["notes:email"])) == (403, {})


def test_the_owner_s_token_opens_the_record_and_another_only_with_the_larger_scope(run, serve):
    get = serve(run("A record that belongs to its owner")["app"])
    cases = (("1", READ, 200), ("2", READ, 403), ("3", READ, 403), ("2", ALL, 200), ("3", ALL, 404))
    for note, scopes, status in cases:
        assert get(f"/notes/{note}", bearer(scopes, "ann")).status_code == status


def test_one_issuer_goes_on_while_the_other_is_down(run):
    guard = run("Several issuers")["guard"]
    there = Key.generate("k9", "ES256", "https://customers.example/")
    assert guard.decide(bearer(READ)["Authorization"], "notes:read")
    assert guard.decide(bearer(READ, key=there)["Authorization"], "notes:read").status == 503


def test_a_token_that_is_revoked_in_redis_is_refused(run, tmp_path, monkeypatch):
    with RedisServer(tmp_path) as server:
        monkeypatch.setenv("REDIS_URL", server.url)
        recipe = run("A denylist in Redis")
        with pytest.raises(StoreMissing):
            recipe["serve"]()
        recipe["set_up"]()
        guard = recipe["serve"]()
        with closing(guard.policy.denylist) as denylist:
            decision = guard.decide(bearer(READ)["Authorization"], "notes:read")
            recipe["revoke"](denylist, decision.token)
            header = f"Bearer {decision.token}"
            assert guard.decide(header, "notes:read").check == "revocation"
            server.stop()
            assert guard.decide(header, "notes:read").status == 503


def test_a_template_speaks_for_every_tenant_and_the_profile_for_those_that_are_named(run):
    guard = run("Every tenant of a provider")["guard"]
    for tenant, listed in (("11111111-2222-3333-4444-555555555555", True), ("66666666", False)):
        assert guard.policy.keys.speaks_for(f"https://sts.windows.net/{tenant}/")
        assert (guard.policy.profile.misfit({"ver": "1.0", "tid": tenant}) == "") == listed
    assert not guard.policy.keys.speaks_for("https://sts.windows.net/a/b/")
    assert not guard.policy.keys.speaks_for("https://login.example/11111111/")


def test_a_profile_of_one_s_own_is_the_same_in_python_and_in_a_file(run, tmp_path):
    guard = run("A provider without a profile")["guard"]
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "shop.toml").write_text(toml)
    assert read_profile(str(tmp_path / "shop.toml")) == guard.policy.profile
    more = {"permissions": READ, "https://shop.example/organization": {"id": "acme"}}
    values = {"iss": HERE, "sub": "ann", "aud": API, "iat": int(time.time()), "exp": int(time.time()) + 60}
    assert guard.decide(f"Bearer {sign({'alg': 'ES256', 'kid': 'k1'}, values | more, KEY)}", "notes:read")
    decision = guard.explain(f"Bearer {sign({'alg': 'ES256', 'kid': 'k1'}, values, KEY)}", "notes:read")
    assert [step.check for step in decision.steps if step.verdict == "failed"] == ["type", "scopes"]


def test_a_stolen_key_of_a_rotation_ends_at_once(run):
    recipe = run("Keys in rotation")
    guard, header = recipe["guard"], f"Bearer {recipe['issuer'].mint(READ)}"
    recipe["publish_next"]("2027-01")
    assert guard.decide(header, "notes:read")
    recipe["key_was_stolen"]("2026-12")
    assert guard.decide(header, "notes:read").check == "key"
    assert guard.decide(f"Bearer {recipe['issuer'].mint(READ)}", "notes:read")


def test_two_workers_share_a_file(run):
    guard = run("Two workers")["guard"]
    decision = guard.decide(bearer(READ)["Authorization"], "notes:read")
    with closing(guard.policy.denylist), closing(SqliteDenylist("revoked.sqlite")) as other:
        other.revoke(HERE, decision.token.claims["jti"])
        assert guard.decide(f"Bearer {decision.token}", "notes:read").check == "revocation"


def test_decisions_are_counted_by_status_and_check_and_never_with_a_token(run):
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    guard = run("A counter in OpenTelemetry")["guard"]
    for header in (bearer(READ)["Authorization"], bearer(READ)["Authorization"], None, "Bearer abc"):
        guard.decide(header, "notes:read")
    counted, timed = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    points = {
        (point.attributes["status"], point.attributes["check"]): point.value for point in counted.data.data_points
    }
    assert points == {(200, "none"): 2, (401, "credentials"): 1, (401, "form"): 1}
    assert timed.data.data_points[0].count == 4
    assert "eyJ" not in counted.to_json() + timed.to_json()


def test_the_recipe_for_tests_passes_under_pytest(run, tmp_path):
    run("Testing")
    (tmp_path / "test_notes.py").write_text(CODE["Recipes"][0] + CODE["Testing"][0])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "scopekit.pytest_plugin", "-p", "no:cacheprovider"]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=alone, cwd=tmp_path)
    assert "1 passed" in done.stdout, done.stdout
