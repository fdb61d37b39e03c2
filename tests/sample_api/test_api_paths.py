"""The router: which route a request reaches, and what it is told where there is none."""

import pytest
import requests
from serving import in_thread
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sample_api.serving.application import Application, Paths
from scopekit import LessonClock


def says(text):
    async def answer(request):
        return PlainTextResponse(text + "".join(f" {name}={value}" for name, value in request.path_params.items()))

    return answer


ROUTES = [
    Route("/modern/user", says("modern")),
    Route("/user", says("read")),
    Route("/user", says("change"), methods=["PATCH"]),
    Route("/user/{name}", says("somebody"), methods=["PUT"]),
    Route("/user/keys", says("keys")),
    Route("/repos/{owner}/{path:path}", says("file"), methods=["PUT"]),
    Route("/repos/{owner}/{repo}", says("repository"), methods=["DELETE"]),
]


@pytest.fixture(scope="module")
def call():
    with in_thread(Application(Paths(ROUTES), LessonClock(0), "127.0.0.1")) as url, requests.Session() as session:
        session.trust_env = False
        yield lambda method, path: session.request(method, url + path)


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("GET", "/user", "read"),
        ("PATCH", "/user", "change"),
        ("GET", "/modern/user", "modern"),
        ("GET", "/user/keys", "keys"),
        ("PUT", "/user/keys", "somebody name=keys"),
        ("PUT", "/repos/octocat/a/b.md", "file owner=octocat path=a/b.md"),
        ("DELETE", "/repos/octocat/hello", "repository owner=octocat repo=hello"),
    ],
)
def test_a_request_reaches_the_route_of_its_path_and_method(call, method, path, text):
    answer = call(method, path)
    assert (answer.status_code, answer.text) == (200, text)


@pytest.mark.parametrize("path", ["/", "/user/", "/users", "/modern", "/modern/user/keys", "/USER", "/repos/octocat"])
def test_a_path_without_a_route_is_not_found(call, path):
    assert call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/user", "GET, HEAD, PATCH"),
        ("/user/keys", "GET, HEAD, PUT"),
        ("/repos/octocat/hello", "DELETE, PUT"),
        ("/modern/user", "GET, HEAD"),
    ],
)
def test_allow_names_the_methods_of_every_route_at_the_path(call, path, allow):
    answer = call("POST", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
