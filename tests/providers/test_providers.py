"""Each provider's token, as it documents it, behind a guard whose keys come from the provider's own JWK Set."""

import contextlib

import pytest
import requests
from fastapi import FastAPI
from jwks_server import JwksServer
from published import SHAPES, Provider, claims_of, needs_shapes
from serving import in_thread
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from scopekit import NO_SCOPE, Guard, KeySet, any_of
from scopekit.asgi import requires
from scopekit.fastapi import Scoped
from scopekit.stores.jwks import RemoteKeySet

pytestmark = needs_shapes
REFUSED = {name for name, shape in SHAPES.items() if shape["expected"] != "allowed"}


@pytest.fixture(scope="module", params=SHAPES or ["none"], ids=lambda name: name.split(" (")[0].replace(" ", "-"))
def provider(request):
    return Provider(request.param)


@pytest.fixture(scope="module")
def guard(provider):
    """A guard for this provider. Its JWK Set is served on loopback; a secret is never published, so it is given."""
    settings = {"audience": provider.audience, "profile": provider.profile}
    if provider.shape["secret"]:
        yield Guard(KeySet.from_jwks(provider.jwks, provider.issuer), **settings)
        return
    server = JwksServer()
    server.serve(provider.jwks)
    server.start()
    with contextlib.ExitStack() as undo:
        undo.callback(server.stop)
        yield Guard(RemoteKeySet(server.url, provider.issuer, alg="RS256"), **settings)


def need_of(provider):
    return any_of(provider.shape["needs"]) if provider.shape["needs"] else NO_SCOPE


@pytest.fixture(scope="module")
def urls(provider, guard):
    """The addresses of the same call behind Starlette and behind FastAPI."""
    needed = need_of(provider)

    @requires(guard, needed)
    async def notes(request):
        return JSONResponse(request.state.decision.token.claims["sub"])

    api = FastAPI()

    @api.get("/notes", dependencies=[Scoped(guard, needed)])
    def list_notes() -> str:
        return "notes"

    with in_thread(Starlette(routes=[Route("/notes", notes)])) as one, in_thread(api) as other:
        yield f"{one}/notes", f"{other}/notes"


def statuses(urls, token):
    with requests.Session() as session:
        session.trust_env = False
        return {session.get(url, headers={"Authorization": f"Bearer {token}"}).status_code for url in urls}


def test_the_token_is_answered_as_expected_behind_both_frameworks(provider, urls):
    assert statuses(urls, provider.token()) == {401 if provider.name in REFUSED else 200}


def test_a_refusal_of_the_shape_names_its_claim(provider, guard):
    decision = guard.explain(f"Bearer {provider.token()}", need_of(provider))
    if provider.name in REFUSED:
        assert "'sub' must be text" in decision.step("form").found
        assert "it is the number 17" in decision.step("form").found
    else:
        assert decision.allowed, decision


FLIPPED = {
    "Auth0 RFC9068 profile": {"aud": ["https://other/"]},
    "Auth0 default": {"nonce": "n-0S6_WzA2Mj"},
    "Auth0 RBAC permissions only": {"permissions": ["read:other"]},
    "Okta custom AS": {"cid": None},
    "Keycloak roles": {"typ": "ID"},
    "Entra v2": {"tid": "another"},
    "Entra v2 app-only roles": {"azp": None},
    "Google ID token (IAP/Cloud Run)": {"aud": "https://other/"},
    "Cognito access": {"token_use": "id"},
    "Firebase": {"iss": "https://securetoken.google.com/other"},
    "GitHub Actions OIDC": {"aud": "https://other/"},
    "Kubernetes SA": {"kubernetes.io": None},
    "Supabase HS256": {"aud": "anon"},
    "Supabase ES256": {"iss": "https://q.supabase.co/auth/v1"},
    "Clerk session": {"azp": "https://evil.example"},
    "Unicode sub / username": {"ver": "1.0"},
    "Numeric sub (Laravel Passport, Django simplejwt user_id)": {"sub": "17", "iss": "https://other/"},
}


def test_every_shape_has_a_claim_that_is_flipped():
    assert FLIPPED.keys() == SHAPES.keys()


def test_one_flipped_claim_is_refused_and_named(provider, guard, urls):
    flipped = FLIPPED[provider.name]
    token = provider.token(**flipped)
    assert statuses(urls, token) <= {401, 403}
    decision = guard.explain(f"Bearer {token}", need_of(provider))
    found = decision.step(decision.check).found
    name = list(flipped)[-1]
    assert name in found or (name == "permissions" and "holds read:other" in found), decision


EVERY = {
    "another issuer": {"iss": "https://issuer.of-another-tenant.example/"},
    "another recipient": {"aud": "another", "client_id": "another", "azp": "https://another.example"},
    "an end that has passed": {"exp": 1},
    "an end in milliseconds": {"exp": 1_900_000_000_000},
    "no end": {"exp": None},
}


@pytest.mark.parametrize("flipped", EVERY.values(), ids=[name.replace(" ", "-") for name in EVERY])
def test_what_no_guard_takes_is_refused_in_each_shape(provider, guard, flipped):
    changes = {name: value for name, value in flipped.items() if name in claims_of(provider.shape)}
    decision = guard.explain(f"Bearer {provider.token(**changes)}", need_of(provider))
    assert not decision
    assert provider.name in REFUSED or any(name in decision.step(decision.check).found for name in changes), decision


def test_a_token_signed_by_somebody_else_is_refused(provider, guard):
    stranger = Provider(provider.name)
    if provider.shape["secret"]:
        pytest.skip("a secret is the same for everyone who signs with it")
    assert guard.decide(f"Bearer {stranger.token()}").status == 401


def test_what_is_public_and_lacks_alg_is_bound_by_the_operator(provider):
    plain = {name: value for name, value in provider.jwks["keys"][0].items() if name != "alg"}
    if plain["kty"] != "RSA":
        pytest.skip("for this key there is only one algorithm, or it is a secret")
    keys = KeySet.from_jwks({"keys": [plain]}, provider.issuer, alg="RS256")
    guard = Guard(keys, audience=provider.audience, profile=provider.profile)
    assert guard.decide(f"Bearer {provider.token()}", need_of(provider)).allowed == (provider.name not in REFUSED)
