"""GitHub's courtesy headers, and private repositories that are hidden, over real HTTP."""

import pytest
import requests

from sample_api.app import create_app
from sample_api.mounts import MODERN
from scopekit.audit import observe, read_calls, read_vocabulary
from scopekit.audit.matrix import Column, Probe
from scopekit.audit.sending import send
from scopekit.lab import Loopback

HELD, ACCEPTED = "x-oauth-scopes", "x-accepted-oauth-scopes"
PUBLIC, PRIVATE, NONE = "/repos/octocat/hello-world", "/repos/octocat/secret-plans", "/repos/octocat/none"


def told(exchange):
    return exchange.headers.get(HELD), exchange.headers.get(ACCEPTED)


# Which scopes are held, and which are accepted


@pytest.mark.parametrize(
    ("method", "path", "accepted"),
    [
        ("GET", "/user", ""),
        ("GET", "/user/emails", "user, user:email"),
        ("POST", "/user/emails", "user"),
        ("POST", "/user/repos", "public_repo, repo"),
        ("DELETE", "/repos/octocat/old-notes", "delete_repo"),
        ("GET", "/user/keys", "admin:public_key, read:public_key, write:public_key"),
        ("PUT", f"{PUBLIC}/contents/.github/workflows/ci.yml", "repo"),
        ("GET", f"{PRIVATE}/code-scanning/alerts", "public_repo, repo, security_events"),
    ],
)
def test_the_scopes_accepted_are_those_of_which_any_one_opens_a_case(lab, method, path, accepted):
    assert told(lab.request(method, path, lab.mint(["gist"]))) == ("gist", accepted)


@pytest.mark.parametrize(("scopes", "held"), [([], ""), (["user"], "user"), (["user", "gist"], "user, gist")])
@pytest.mark.parametrize(("prefix", "minted"), [("", {}), ("/modern", {"audience": MODERN})], ids=["/", "/modern"])
def test_the_scopes_held_are_told_as_the_token_has_them(lab, prefix, minted, scopes, held):
    assert told(lab.get(f"{prefix}/user/emails", lab.mint(scopes, **minted))) == (held, "user, user:email")


@pytest.mark.parametrize(
    ("method", "path", "scopes", "body", "status"),
    [
        ("GET", "/user/emails", ["user"], None, 200),
        ("DELETE", "/repos/octocat/old-notes", ["delete_repo"], None, 204),
        ("POST", "/user/repos", ["repo"], {"nom": "demo"}, 400),
        ("GET", "/user/emails", [], None, 403),
        ("DELETE", "/repos/octocat/none", ["delete_repo"], None, 404),
        ("POST", "/user/repos", ["repo"], {"name": "hello-world"}, 409),
    ],
)
def test_every_answer_to_a_token_that_was_verified_has_the_headers(lab, method, path, scopes, body, status):
    exchange = lab.request(method, path, lab.mint(scopes), body)
    assert exchange.status == status
    assert None not in told(exchange)


def test_no_answer_to_a_token_that_was_not_verified_has_them(lab):
    expired, revoked, forged = lab.mint(["user"], ttl_seconds=1), lab.mint(["user"]), f"{lab.mint(['user'])}A"
    lab.revoke(revoked)
    lab.clock.advance(2)
    for token in (None, expired, revoked, forged, "nonsense"):
        exchange = lab.get("/user", token)
        assert (exchange.status, told(exchange)) == (401, (None, None))


def test_a_token_sent_twice_is_not_verified_and_tells_nothing(lab):
    token = lab.mint(["user"])
    exchange = lab.get(f"/user?access_token={token}", token)
    assert (exchange.status, told(exchange)) == (400, (None, None))


@pytest.mark.parametrize("path", ["/keys/user", "/openapi.json", "/health", "/nothing"])
def test_what_no_guard_answers_has_no_such_headers(lab, path):
    assert told(lab.get(path, lab.opaque_key())) == (None, None)


def test_the_scopes_accepted_do_not_tell_a_private_repository_from_a_public_one(lab):
    token = lab.mint(["gist"])
    answers = [lab.get(f"{path}/secret-scanning/alerts", token) for path in (PUBLIC, PRIVATE, NONE)]
    assert len({told(each) for each in answers}) == 1


# Hidden


@pytest.fixture(scope="module")
def hiding(world):
    """The same API, hiding private repositories: a function that makes one call."""
    server = Loopback()
    with requests.Session() as session:
        session.trust_env = False
        url = server.open(create_app(world.state, hide=True), session)
        yield lambda method, path, token=None, body=None: send(session, url, method, path, token, body)
        server.close()


CALLS_ON_ONE = [
    ("DELETE", "", None),
    ("PUT", "/contents/docs/notes.md", {"message": "m", "content": "x"}),
    ("PUT", "/contents/.github/workflows/ci.yml", {"message": "m", "content": "x"}),
    ("GET", "/hooks/1/config", None),
    ("PATCH", "/hooks/1/config", {"content_type": "form"}),
    ("POST", "/deployments/1/statuses", {"state": "success"}),
    ("GET", "/code-scanning/alerts", None),
    ("GET", "/secret-scanning/alerts", None),
]


def whole(exchange):
    return exchange.status, exchange.phrase, dict(exchange.headers), exchange.text


@pytest.mark.parametrize("prefix", ["", "/modern"])
@pytest.mark.parametrize("scopes", ["", "public_repo", "gist user", "repo:status"])
@pytest.mark.parametrize(("method", "path", "body"), CALLS_ON_ONE)
def test_a_hidden_repository_answers_byte_for_byte_as_one_that_is_not_there(
    lab, hiding, method, path, body, scopes, prefix
):
    token = lab.mint(scopes.split(), **({"audience": MODERN} if prefix else {}))
    private, missing = (hiding(method, f"{prefix}{name}{path}", token, body) for name in (PRIVATE, NONE))
    assert private.status == 404
    assert whole(private) == whole(missing)


@pytest.mark.parametrize(("method", "path", "body"), CALLS_ON_ONE)
def test_a_public_repository_is_still_refused_with_403_and_the_scope(lab, hiding, method, path, body):
    exchange = hiding(method, PUBLIC + path, lab.mint(["gist"]), body)
    assert (exchange.status, "scope" in exchange.json) == (403, True)


def test_who_has_repo_may_see_it_and_is_told_which_scope_is_missing(lab, hiding):
    exchange = hiding("DELETE", PRIVATE, lab.mint(["repo"]))
    assert (exchange.status, exchange.json["scope"]) == (403, "delete_repo")


@pytest.mark.parametrize("scope", ["repo", "security_events"])
def test_who_may_read_it_reads_it(lab, hiding, scope):
    assert hiding("GET", f"{PRIVATE}/code-scanning/alerts", lab.mint([scope])).status == 200


def test_without_a_token_a_hidden_repository_is_401_like_any_other(hiding):
    statuses = [hiding("GET", f"{path}/code-scanning/alerts").status for path in (PUBLIC, PRIVATE, NONE)]
    assert statuses == [401, 401, 401]


def test_the_price_a_missing_scope_cannot_be_told_from_a_wrong_name(lab, hiding):
    token, path = lab.mint(["public_repo"]), f"{PRIVATE}/code-scanning/alerts"
    assert lab.get(path, token).json["scope"] == "security_events"
    assert hiding("GET", path, token).json == {
        "type": "about:blank", "title": "Not Found", "status": 404, "detail": "There is no such repository.",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/user/repos", "/user/repo", "/modern/user/repos"])
@pytest.mark.parametrize("name", ["secret-plans", "hello-world", "free"])
def test_creating_a_repository_tells_public_repo_nothing_about_names_that_are_taken(lab, hiding, path, name):
    token = lab.mint(["public_repo"], **({"audience": MODERN} if "modern" in path else {}))
    exchange = hiding("POST", path, token, {"name": name})
    assert (exchange.status, exchange.json["scope"]) == (403, "repo")


def test_without_hiding_it_does_tell(lab):
    statuses = [lab.post("/user/repos", lab.mint(["public_repo"]), name=name).status for name in ("secret-plans", "x")]
    assert statuses == [409, 201]


def test_who_sees_all_names_is_told_which_is_taken(lab, hiding):
    token = lab.mint(["repo"])
    assert [hiding("POST", "/user/repos", token, {"name": name}).status for name in ("secret-plans", "x")] == [409, 201]


# Hidden, in the matrix


def column(lab, hiding, scopes):
    token, records = lab.mint(scopes), lab.state.data.snapshot()
    document = hiding("GET", "/openapi.json").json

    def ask(call):
        lab.state.data.restore(records)
        return hiding(call.method, call.path, token, call.body)

    tried = Column(Probe("token", token), read_calls(document), ask)
    return observe([tried], read_vocabulary(document), lab.clock.now())


@pytest.mark.parametrize("scopes", [[], ["public_repo"], ["security_events"], ["repo"]], ids=str)
def test_the_document_of_an_api_that_hides_predicts_what_it_does(lab, hiding, scopes):
    assert column(lab, hiding, scopes).differences() == ()


def test_a_404_in_place_of_a_denial_shows_as_hidden(lab, hiding):
    matrix = column(lab, hiding, ["public_repo"])
    cell = matrix["read a private repository's code alerts"]
    assert (cell.predicted, cell.observed, cell.reason) == ("denied", "hidden", "answered as if it were not there")
    assert cell.call.name not in matrix.allowed()
    assert [row[0].call.name for row in matrix.rows if row[0].observed == "hidden"] == [
        "read a private repository's code alerts",
        "read a private repository's secret alerts",
    ]


def test_a_404_where_the_call_was_predicted_to_be_allowed_is_no_denial(lab, hiding):
    lab.state.data["repositories"].pop("octocat/old-notes")
    cell = column(lab, hiding, ["delete_repo"])["delete a repository"]
    assert (cell.exchange.status, cell.observed) == (404, "allowed")
