"""The path, the query, the headers and the body of a call, as a document's parameters and bodies have them."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from scopekit.audit import read_document
from scopekit.audit.sending import send

FORM = "application/x-www-form-urlencoded"


def read(*parameters, path="/pets", method="get", shared=(), schemas=None, **operation):
    item = {"parameters": list(shared), method: {"parameters": list(parameters), **operation}}
    return read_document({"openapi": "3.0.3", "paths": {path: item}, "components": {"schemas": schemas or {}}})


def call(*parameters, **more):
    (found,) = read(*parameters, **more).calls
    return found


def reason(*parameters, **more):
    (left,) = read(*parameters, **more).left_out
    return left.reason


def query(name="q", **more):
    return {"name": name, "in": "query", **more}


def of_path(**more):
    return {"name": "id", "in": "path", "required": True, **more}


# The path


@pytest.mark.parametrize(
    ("parameter", "path"),
    [
        ({"example": "rex"}, "/pets/rex"),
        ({"examples": {"a": {"value": "rex"}, "b": {"value": "max"}}, "schema": {"example": "no"}}, "/pets/rex"),
        ({"schema": {"type": "string", "example": "rex"}}, "/pets/rex"),
        ({"schema": {"type": "integer", "default": 3}}, "/pets/3"),
        ({"schema": {"enum": ["small", "large"]}}, "/pets/small"),
        ({"schema": {"type": "integer"}}, "/pets/1"),
        ({"schema": {"$ref": "#/components/schemas/Id"}}, "/pets/A-1"),
        ({"schema": {"type": "boolean"}}, "/pets/false"),
        ({"example": ["a", "b c"]}, "/pets/a,b%20c"),
        ({"example": {"x": 1, "y": 2}}, "/pets/x,1,y,2"),
        ({"example": {"x": 1, "y": 2}, "explode": True}, "/pets/x=1,y=2"),
        ({"content": {"application/json": {"schema": {"type": "integer"}}}}, "/pets/1"),
        ({"example": "a/b?c#d"}, "/pets/a/b%3Fc%23d"),
    ],
    ids=str,
)
def test_a_path_parameter_has_the_value_that_the_document_gives_it(parameter, path):
    assert call(of_path(**parameter), path="/pets/{id}", schemas={"Id": {"pattern": "^[A-Z]-\\d$"}}).path == path


def test_a_parameter_of_the_path_s_item_is_replaced_by_the_operation_s_own():
    shared = of_path(example="shared")
    assert call(path="/pets/{id}", shared=[shared]).path == "/pets/shared"
    assert call(of_path(example="own"), path="/pets/{id}", shared=[shared]).path == "/pets/own"


def test_a_path_parameter_that_is_not_declared_is_a_text():
    assert call(path="/pets/{id}.{format}").path == "/pets/text.text"


@pytest.mark.parametrize("example", ["", "..", "a/../b", "."])
def test_a_path_parameter_whose_value_would_change_the_path_leaves_its_operation_out(example):
    assert reason(of_path(example=example), path="/pets/{id}") == "No value was found for the path parameter 'id'."


@pytest.mark.parametrize("style", ["label", "matrix"])
def test_a_path_parameter_of_another_style_leaves_its_operation_out(style):
    assert reason(of_path(example=1, style=style), path="/pets/{id}") == (
        f"The parameter 'id' has an unsupported style, '{style}'."
    )


# The query


@pytest.mark.parametrize(
    ("parameter", "path"),
    [
        ({"schema": {"type": "string"}}, "/pets"),
        ({"schema": {"type": "string", "default": "x"}}, "/pets"),
        ({"schema": {"type": "string", "example": "x"}}, "/pets?q=x"),
        ({"example": "a b&c"}, "/pets?q=a+b%26c"),
        ({"example": "x", "deprecated": True}, "/pets"),
        ({"required": True, "schema": {"type": "integer", "minimum": 5}}, "/pets?q=5"),
        ({"required": True, "schema": {"type": "array", "items": {"enum": ["a"]}, "minItems": 2}}, "/pets?q=a&q=a"),
        ({"example": ["a", "b"], "explode": False}, "/pets?q=a,b"),
        ({"example": ["a", "b"], "style": "spaceDelimited"}, "/pets?q=a+b"),
        ({"example": ["a", "b"], "style": "pipeDelimited"}, "/pets?q=a%7Cb"),
        ({"example": {"x": 1, "y": True}}, "/pets?x=1&y=true"),
        ({"example": {"x": 1}, "explode": False}, "/pets?q=x,1"),
        ({"example": {"x": 1}, "style": "deepObject"}, "/pets?q%5Bx%5D=1"),
        ({"content": {"application/json": {"example": {"x": 1}}}}, "/pets?q=%7B%22x%22%3A+1%7D"),
    ],
    ids=str,
)
def test_a_query_parameter_is_sent_where_it_is_required_or_has_an_example(parameter, path):
    assert call(query(**parameter)).path == path


def test_a_case_s_query_stands_in_place_of_the_other_examples_but_what_is_required_is_there():
    case = {"name": "case", "security": [], "example": {"query": {"a": "1"}}}
    parameters = query("a", example="2"), query("b", example="3"), query("c", required=True, example="4")
    assert call(*parameters, **{"x-scope-conditions": [case]}).path == "/pets?a=1&c=4"


# The headers


def test_a_required_header_or_cookie_is_sent_and_an_optional_one_is_not():
    version = {"name": "X-Version", "in": "header", "required": True, "schema": {"enum": ["2026-11-01"]}}
    tracing = {"name": "X-Trace", "in": "header", "example": "on"}
    cookie = {"name": "lang", "in": "cookie", "required": True, "example": "en"}
    assert call(version, tracing, cookie).headers == {"X-Version": "2026-11-01", "Cookie": "lang=en"}


@pytest.mark.parametrize("name", ["Authorization", "accept", "Content-Type", "Host"])
def test_a_header_that_is_not_the_document_s_to_set_is_passed_over(name):
    assert call({"name": name, "in": "header", "required": True, "example": "x"}).headers == {}


@pytest.mark.parametrize(("name", "value"), [("X", "a\r\nb: c"), ("X:", "a"), ("X", "é"), ("X", "")])
def test_a_header_that_cannot_be_written_leaves_its_operation_out(name, value):
    assert "cannot be sent in a header" in reason({"name": name, "in": "header", "required": True, "example": value})


# The body


def body(content, **more):
    found = call(method="post", requestBody={"content": content, "required": True}, **more)
    return found.body, found.media_type


PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "id": {"readOnly": True}}}


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        ({"application/json": {"example": {"name": "Rex"}}}, ({"name": "Rex"}, "application/json")),
        ({"application/json": {"examples": {"one": {"value": [1]}}}}, ([1], "application/json")),
        ({"application/json": {"schema": PET}}, ({"name": "text"}, "application/json")),
        (
            {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            ({"name": "text"}, "application/json"),
        ),
        ({"application/json": {}}, ("text", "application/json")),
        ({"*/*": {"schema": PET}}, ({"name": "text"}, "application/json")),
        ({"application/merge-patch+json": {"schema": PET}}, ({"name": "text"}, "application/merge-patch+json")),
        ({FORM: {"schema": PET}, "text/plain": {}}, ({"name": "text"}, FORM)),
        ({"multipart/form-data": {"schema": PET}, FORM: {"schema": PET}}, ({"name": "text"}, FORM)),
        (
            {"application/xml": {}, "Application/JSON; charset=utf-8": {"example": 1}},
            (1, "Application/JSON; charset=utf-8"),
        ),
        ({"text/plain": {"schema": {"type": "string"}}}, ("text", "text/plain")),
    ],
    ids=str,
)
def test_a_body_is_the_document_s_example_or_made_of_its_schema(content, sent):
    assert body(content, schemas={"Pet": PET}) == sent


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/xml", "application/octet-stream", "image/*"])
def test_a_body_of_a_media_type_that_cannot_be_made_leaves_its_operation_out_where_it_is_required(kind):
    told = f"The media type of the body is not supported: '{kind}'."
    assert reason(method="post", requestBody={"required": True, "content": {kind: {}}}) == told
    assert call(method="post", requestBody={"content": {kind: {}}}).body is None


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), [b"x"]], ids=["nan", "set", "object", "bytes"])
def test_an_example_that_json_does_not_know_leaves_its_operation_out(value):
    asked = {"required": True, "content": {"application/json": {"example": {"x": value}}}}
    assert reason(method="post", requestBody=asked) == "The example is not JSON."


def test_an_example_that_holds_itself_leaves_its_operation_out():
    value = {}
    value["again"] = value
    asked = {"required": True, "content": {"application/json": {"example": value}}}
    assert reason(method="post", requestBody=asked) == "The example has too many parts to send."


@pytest.mark.parametrize(("kind", "example"), [(FORM, ["a"]), ("text/plain", {"a": 1})])
def test_an_example_that_its_media_type_cannot_hold_leaves_its_operation_out(kind, example):
    asked = {"required": True, "content": {kind: {"example": example}}}
    assert reason(method="post", requestBody=asked) == f"The example cannot be written as {kind}."


# Over the wire


@pytest.fixture
def echo():
    """A server that answers with the method, the address, two headers and the body that it got."""

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self):
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told = f"{self.path} {self.headers['Content-Type']} {self.headers['X-Version']} {sent}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("kind", "example", "sent"),
    [
        (FORM, {"name": "Rex & Co", "tags": ["a", "b"], "big": True}, "name=Rex+%26+Co&tags=a&tags=b&big=true"),
        ("application/json", {"name": "é"}, '{"name": "\\u00e9"}'),
        ("application/merge-patch+json", ["x"], '["x"]'),
        ("text/plain", "no JSON", "no JSON"),
    ],
    ids=["a form", "JSON", "a kind of JSON", "text"],
)
def test_a_body_is_sent_in_its_media_type_with_the_headers_that_are_required(echo, kind, example, sent):
    version = {"name": "X-Version", "in": "header", "required": True, "example": "7"}
    found = call(version, method="post", requestBody={"content": {kind: {"example": example}}})
    with requests.Session() as session:
        exchange = send(
            session, echo, found.method, found.path, "token", found.body,
            media_type=found.media_type, headers=found.headers,
        )  # fmt: skip
    assert exchange.text == f"/pets {kind} 7 {sent}"
