"""The examples with an OpenAPI document: an API says what its calls need, and does as it says."""

import importlib.util
import json
from pathlib import Path

import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from scopekit import RFC9068, Guard, Issuer, Key, KeySet, any_of
from scopekit.audit import lint, read_document
from scopekit.audit.probe_tokens import mint_probes
from scopekit.audit.run import audit
from scopekit.lab.world.transports import Loopback

FOLDER = Path(__file__).parents[1] / "examples"
NAMES = ("fastapi_notes", "starlette_notes")
AUDIENCE = "https://notes.example/"
PAIR = Key.generate("k1", "ES256", "https://issuer.example/")
ISSUER = Issuer(PAIR, RFC9068, AUDIENCE)
CHANGES = {"fastapi_notes": ("post", {"text": "buy bread"}), "starlette_notes": ("delete", None)}


def example(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Notes:
    """One example that runs, and a client of it."""

    def __init__(self, name, url, session):
        self.name, self.url, self.session = name, url, session

    def send(self, method, token=None, body=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.session.request(method, f"{self.url}/notes", headers=headers, json=body)

    def change(self, token):
        method, body = CHANGES[self.name]
        return self.send(method, token, body)


@pytest.fixture(params=NAMES)
def notes(request):
    """Each example behind a guard that knows its issuer's public key, over real HTTP."""
    module, transport = example(request.param), Loopback()
    guard = Guard(KeySet.from_jwks(KeySet([PAIR]).to_jwks()), issuer=PAIR.issuer, audience=AUDIENCE,
                  vocabulary=module.SCOPES)  # fmt: skip
    with requests.Session() as session:
        session.trust_env = False
        yield Notes(
            request.param, transport.open(module.create_app(guard, "https://i.example/token"), session), session
        )
        transport.close()


def test_a_token_with_the_scope_reads_and_one_with_its_parent_changes_too(notes):
    reads, all_of_it = ISSUER.mint(["notes:read"]), ISSUER.mint(["notes"])
    assert notes.send("get", reads).status_code == 200
    assert notes.send("get", all_of_it).status_code == 200
    before = notes.send("get", reads).json()
    assert notes.change(all_of_it).ok
    assert notes.send("get", reads).json() != before


def test_a_missing_scope_is_403_with_the_challenge_and_changes_nothing(notes):
    token = ISSUER.mint(["notes:read"])
    before = notes.send("get", token).json()
    refused = notes.change(token)
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert 'scope="notes"' in refused.headers["WWW-Authenticate"]
    assert notes.send("get", token).json() == before


def test_without_a_token_it_is_401_without_an_error_code(notes):
    refused = notes.send("get")
    challenge = f'Bearer realm="{AUDIENCE}", scope="notes:read"'
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, challenge)


def test_a_token_for_another_api_or_by_another_key_opens_nothing(notes):
    other = Key.generate("k1", "ES256", PAIR.issuer)
    for issuer in (Issuer(PAIR, RFC9068, "another"), Issuer(other, RFC9068, AUDIENCE)):
        assert notes.send("get", issuer.mint(["notes"])).status_code == 401


def test_a_token_by_two_ways_is_400(notes):
    token = str(ISSUER.mint(["notes"]))
    asked = {"params": {"access_token": token}, "headers": {"Authorization": f"Bearer {token}"}}
    assert notes.session.get(f"{notes.url}/notes", **asked).status_code == 400


def test_the_document_is_valid_and_what_it_says_is_what_the_guard_asks(notes):
    raw = notes.session.get(f"{notes.url}/openapi.json").json()
    OpenAPIV31SpecValidator(raw).validate()
    document = read_document(f"{notes.url}/openapi.json")
    needs = {call.method.lower(): call.requirement for call in document.calls}
    assert needs == {"get": any_of("notes:read"), CHANGES[notes.name][0]: any_of("notes")}
    assert (document.left_out, set(document.vocabulary)) == ((), {"notes", "notes:read"})
    assert document.vocabulary.expand(["notes"]) == {"notes", "notes:read"}


def test_the_document_says_every_refusal_and_lint_finds_nothing(notes):
    document = read_document(f"{notes.url}/openapi.json")
    for call in document.calls:
        assert {"400", "401", "403"} <= set(call.answers)
    assert lint(document).all == ()


@pytest.mark.parametrize("name", NAMES)
def test_it_starts_with_a_public_key_in_a_file_that_the_environment_names(name, tmp_path, monkeypatch):
    (tmp_path / "key.json").write_text(json.dumps(PAIR.to_jwk()))
    monkeypatch.setenv("NOTES_KEY", str(tmp_path / "key.json"))
    monkeypatch.setenv("NOTES_ISSUER", PAIR.issuer)
    transport = Loopback()
    with requests.Session() as session:
        session.trust_env = False
        notes = Notes(name, transport.open(example(name).app(), session), session)
        assert notes.send("get", ISSUER.mint(["notes:read"])).status_code == 200
        transport.close()


def test_every_call_of_an_example_does_what_its_document_says_with_every_token(notes):
    document = read_document(f"{notes.url}/openapi.json")
    found = audit(document, mint_probes(document, ISSUER), base_url=notes.url, unsafe=True)
    assert (found.drifts, found.undetermined, found.unseen) == ((), (), ())
    assert repr(found).endswith("✓ as documented: 2 calls by 7 tokens, 14 cells")
