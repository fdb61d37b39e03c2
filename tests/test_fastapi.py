import pytest
import requests
from fastapi import APIRouter, Depends, FastAPI, Request
from openapi_spec_validator import OpenAPIV31SpecValidator

from scopekit import GITHUB, Guard, Issuer, Key, KeySet, Vocabulary, all_of, any_of
from scopekit.audit import read_calls, read_vocabulary
from scopekit.errors import PolicyError
from scopekit.fastapi import Scoped, install
from scopekit.lab.world.transports import InProcess

KEY = Key("k1", bytes(range(32)), issuer="https://issuer.example/")
VOCABULARY = Vocabulary({"repo": "All of it", "public_repo": "Public ones", "gist": "Gists"}, {"repo": ["public_repo"]})
GUARD = Guard(KeySet([KEY]), audience="repos", profile=GITHUB, vocabulary=VOCABULARY)
ISSUER = Issuer(KEY, GITHUB, "repos")


def application(*dependencies, **options):
    app = FastAPI(**options)
    install(app)

    @app.post("/user/repos", dependencies=list(dependencies), status_code=201)
    async def create_repo(request: Request):
        return {"granted": sorted(request.state.decision.granted)}

    @app.get("/health")
    async def health():
        return "here"

    return app


def send(app, *scopes, path="/user/repos"):
    headers = {"Authorization": f"Bearer {ISSUER.mint(scopes)}"} if scopes else {}
    with requests.Session() as session:
        session.trust_env = False
        return session.post(InProcess().open(app, session) + path, headers=headers)


def test_a_token_with_the_scope_opens_the_call():
    response = send(application(Scoped(GUARD, any_of("repo", "public_repo"))), "repo")
    assert (response.status_code, response.json()) == (201, {"granted": ["public_repo", "repo"]})


def test_a_call_without_a_token_is_challenged_without_an_error_code():
    response = send(application(Scoped(GUARD, any_of("repo"))))
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="repos", scope="repo"')


def test_a_refusal_is_a_problem_body_that_names_the_least_scope():
    response = send(application(Scoped(GUARD, any_of("repo", "public_repo"))), "gist")
    assert (response.status_code, response.headers["Content-Type"]) == (403, "application/problem+json")
    assert (response.json()["error"], response.json()["scope"]) == ("insufficient_scope", "public_repo")


def test_without_install_a_refusal_is_a_refusal_too():
    app = FastAPI()
    app.post("/user/repos", dependencies=[Scoped(GUARD, any_of("repo"))])(lambda: "opened")
    response = send(app, "gist")
    assert (response.status_code, response.json()["detail"][:24]) == (403, "The token's scopes do no")
    assert 'scope="repo"' in response.headers["WWW-Authenticate"]


def test_a_requirement_may_depend_on_the_request():
    async def scope_in_the_address(request):
        return any_of(request.query_params["scope"])

    app = application(Scoped(GUARD, scope_in_the_address))
    assert send(app, "gist", path="/user/repos?scope=gist").status_code == 201
    assert send(app, "gist", path="/user/repos?scope=repo").status_code == 403


def test_the_guard_stands_before_other_dependencies_of_the_handler():
    reached = []
    app = FastAPI()
    install(app)

    @app.post("/user/repos", dependencies=[Scoped(GUARD, any_of("repo"))])
    async def create_repo(found: None = Depends(lambda: reached.append("a handler's own"))):
        return None

    assert send(app, "gist").status_code == 403
    assert reached == []


@pytest.mark.parametrize(
    ("requirement", "security"),
    [
        (any_of("repo"), [{"token": ["repo"]}]),
        (any_of("repo", "gist"), [{"token": ["repo"]}, {"token": ["gist"]}]),
        (all_of("repo", "gist"), [{"token": ["gist", "repo"]}]),
        (any_of("gist", all_of("repo", "public_repo")), [{"token": ["gist"]}, {"token": ["public_repo", "repo"]}]),
        (all_of(), [{"token": []}]),
    ],
    ids=str,
)
def test_the_document_names_every_alternative(requirement, security):
    document = application(Scoped(GUARD, requirement)).openapi()
    assert document["paths"]["/user/repos"]["post"]["security"] == security
    assert "security" not in document["paths"]["/health"]["get"]
    assert read_calls(document)[0].requirement == requirement


def test_the_document_names_the_alternatives_of_a_router_of_its_own_too():
    app, requirement = FastAPI(), any_of("repo", "gist")
    router = APIRouter(prefix="/user", dependencies=[Scoped(GUARD, requirement)])

    @router.post("/repos", status_code=201)
    async def create_repo():
        return "opened"

    app.include_router(router)
    install(app)
    assert read_calls(app.openapi())[0].requirement == requirement
    assert send(app, "gist").status_code == 201
    assert send(app, "public_repo").json()["scope"] == "gist"


def test_two_guards_of_one_call_must_both_be_satisfied_and_the_document_says_so():
    app = application(Scoped(GUARD, any_of("repo")), Scoped(GUARD, any_of("gist", "public_repo")))
    assert send(app, "gist").status_code == 403
    assert send(app, "repo").status_code == 201
    assert app.openapi()["paths"]["/user/repos"]["post"]["security"] == [
        {"token": ["gist", "repo"]}, {"token": ["public_repo", "repo"]},
    ]  # fmt: skip


def test_with_a_token_url_the_document_has_the_vocabulary_and_is_valid():
    document = application(Scoped(GUARD, any_of("repo"), token_url="oauth/token")).openapi()
    OpenAPIV31SpecValidator(document).validate()
    assert set(read_vocabulary(document)) == {"repo", "public_repo", "gist"}


def test_with_a_token_url_the_document_says_which_scopes_imply_others():
    vocabulary = read_vocabulary(application(Scoped(GUARD, any_of("repo"), token_url="oauth/token")).openapi())
    assert vocabulary.expand(["repo"]) == {"repo", "public_repo"}
    assert vocabulary.expand(["gist"]) == {"gist"}


def test_without_a_token_url_the_scheme_is_a_bearer_token():
    document = application(Scoped(GUARD, any_of("repo"))).openapi()
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_a_guard_with_checks_off_serves_lessons_only_and_says_so_in_its_answer():
    weakened = GUARD.without("scopes")
    with pytest.raises(PolicyError, match="scopes"):
        Scoped(weakened, any_of("repo"))
    response = send(application(Scoped(weakened, any_of("repo"), lesson=True)), "gist")
    assert (response.status_code, response.headers["ScopeKit-Checks-Off"]) == (201, "scopes")
