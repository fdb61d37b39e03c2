"""Recordings: a browser's HAR file or an access log, read without anything that could open a door."""

import asyncio
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_api.serving.access_log import AccessLog
from scopekit.audit.recordings import CUT, Recorded, Templates, read_recording
from scopekit.clock import LessonClock
from scopekit.errors import DocumentError

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvY3RvY2F0In0.c2lnbmF0dXJl"


def har(*requests):
    return json.dumps({"log": {"version": "1.2", "entries": [{"request": request} for request in requests]}})


def read(text):
    return [str(each) for each in read_recording(text)]


# The forms


def test_a_har_file_gives_method_host_and_path():
    assert read(har({"method": "GET", "url": "https://api.example:8443/user?x=1"})) == ["GET api.example:8443/user"]


def test_an_access_log_of_the_sample_api_is_read(world):
    async def app(scope, receive, send):
        if scope["method"] == "POST":  # the other client hung up before its answer
            await send({"type": "http.response.start", "status": 201})

    async def send(message):
        pass

    stream = io.StringIO()
    log = AccessLog(app, stream, LessonClock(0))
    for method, path in (("POST", f"/user/repos/{TOKEN}"), ("GET", "/user")):
        asyncio.run(log({"type": "http", "method": method, "path": path}, None, send))
    assert read(stream.getvalue()) == [f"POST /user/repos/{CUT}", "GET /user"]


def test_one_line_of_a_log_is_no_har_file():
    assert read('{"http.request.method": "GET", "url.path": "/user"}') == ["GET /user"]


def test_fields_within_fields_are_read_as_the_elastic_common_schema_has_them():
    assert read('{"http": {"request": {"method": "get"}}, "url": {"path": "/user"}}\n') == ["GET /user"]


@pytest.mark.parametrize(
    "line",
    [
        '127.0.0.1 - octocat [10/Oct/2026:13:55:36 +0000] "GET /user?page=2 HTTP/1.1" 200 2326',
        '::1 - - [10/Oct/2026:13:55:36 +0000] "GET /user HTTP/2.0" 304 - "https://a.example/?q=1" "curl/8 (\\"x\\")"',
    ],
    ids=["common", "combined"],
)
def test_the_common_and_the_combined_log_format_are_read(line):
    assert read(f"\n{line}\n\n") == ["GET /user"]


def test_what_was_sent_in_place_of_a_request_is_kept_as_no_request():
    assert read('::1 - - [10/Oct/2026:13:55:36 +0000] "\\x16\\x03\\x01" 400 157') == ["- -"]


def test_each_request_says_where_it_stands():
    log = '{"method": "GET", "path": "/a"}\n\n{"method": "GET", "path": "/b"}'
    assert [each.place for each in read_recording(log)] == ["line 1", "line 3"]
    assert [each.place for each in read_recording(har({"method": "GET", "url": "/a"}))] == ["entry 1"]


def test_an_empty_recording_has_no_requests():
    assert read("") == read("\ufeff\n \n") == read(har()) == []


# Nothing that opens a door


@pytest.mark.parametrize(
    "path",
    [
        f"/reset/{TOKEN}",
        f"/reset/x{TOKEN}x",
        "/reset/ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "/reset/550e8400-e29b-41d4-a716-446655440000",
        "/reset/abcdefghijklmnopqrstuvwxyzabcdefghij",
        "/reset/someone@example.com",
        "/reset/someone%40example.com",
    ],
)
def test_what_looks_like_a_key_or_a_person_in_a_path_is_cut_out(path):
    (one,) = read_recording(har({"method": "GET", "url": f"https://a.example{path}"}))
    assert one.path in (f"/reset/{CUT}", f"/reset/x{CUT}")


SECRET = "s3cr3t-Zq7"


@given(st.sampled_from(["query", "user", "header", "cookie", "body", "answer", "fragment"]))
def test_no_secret_beside_the_path_is_kept(where):
    url = f"https://{SECRET + ':' + SECRET + '@' if where == 'user' else ''}a.example/user"
    url += f"?token={SECRET}" if where == "query" else f"#{SECRET}" if where == "fragment" else ""
    request = {"method": "GET", "url": url, "cookies": [{"value": SECRET}], "postData": {"text": SECRET}}
    request["headers"] = [{"name": "Authorization", "value": f"Bearer {SECRET}"}]
    recorded = read_recording(har(request))
    assert [str(each) for each in recorded] == ["GET a.example/user"]
    assert SECRET not in repr(recorded)


NO_FIELDS = "Line 1 of the recording is not a request with http.request.method and url.path."
NO_URL = "Entry 1 of the recording is not a request with a method and a url."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"method": "GET", "path": "/a"}\n{"metho', "Line 2 of the recording is not a whole JSON object."),
        ('{"method": "GET"}', NO_FIELDS),
        ('{"method": 7, "path": "/a"}', NO_FIELDS),
        ("hello", "Line 1 of the recording is not JSON, nor in the common or combined log format."),
        ('{\n "log": {"entries": [}\n}', "Line 2 of the recording is not JSON."),
        ('{"log": {}}', "Line 1 of the recording is not the start of a HAR 1.2 file with a list of entries."),
        ('{"log": {"entries": [7]}}', "Entry 1 of the recording is not an object with a request (HAR 1.2)."),
        (har({"method": "GET"}), NO_URL),
        (har({"method": "GET", "url": "http://[x"}), NO_URL),
    ],
)
def test_a_broken_recording_is_refused_in_one_sentence_that_says_where(text, told):
    with pytest.raises(DocumentError) as caught:
        read_recording(text)
    assert str(caught.value) == told


TEXTS = st.text() | st.binary().map(lambda raw: raw.decode("latin-1")) | st.just(har()) | st.just('{"log": ')


@given(TEXTS, TEXTS)
def test_any_text_is_read_or_refused_in_one_sentence_without_a_word_of_it(text, more):
    try:
        told = repr(read_recording(text + SECRET + more))
    except DocumentError as error:
        told = str(error)
    assert SECRET not in told
    assert "\n" not in told


def test_a_file_nested_without_end_is_refused():
    with pytest.raises(DocumentError, match=r"^Line 1 "):
        read_recording('{"a":' + "[" * 100_000)


# Which documented path


def matched(method, path, *templates, base="", host=""):
    return Templates((tuple(each.split(" ")) for each in templates), base).match(Recorded(method, path, host))


def test_the_template_with_the_most_written_out_wins():
    templates = ("GET /users/{id}", "GET /users/me", "GET /{any}/{id}")
    assert matched("GET", "/users/me", *templates) == ("GET", "/users/me")
    assert matched("GET", "/users/you", *templates) == ("GET", "/users/{id}")
    assert matched("GET", "/pets/you", *templates) == ("GET", "/{any}/{id}")
    later = ("GET /a/{x}/{y}", "GET /{org}/settings/profile")
    assert matched("GET", "/a/settings/profile", *later) == ("GET", "/{org}/settings/profile")


def test_a_parameter_at_the_end_may_span_segments_where_nothing_else_fits():
    templates = ("GET /files/{path}", "GET /files/{name}/meta")
    assert matched("GET", "/files/a/b/c", *templates) == ("GET", "/files/{path}")
    assert matched("GET", "/files/a/meta", *templates) == ("GET", "/files/{name}/meta")


@pytest.mark.parametrize("path", ["/user/", "/users", "/user/x", "/User", "/"])
def test_a_path_is_matched_whole(path):
    assert matched("GET", path, "GET /user") is None


def test_a_head_request_is_matched_as_get_and_another_method_is_not():
    assert matched("HEAD", "/user", "GET /user") == ("GET", "/user")
    assert matched("POST", "/user", "GET /user") is None


@pytest.mark.parametrize(
    ("base", "host", "path", "found"),
    [
        ("/v1", "", "/v1/user", True), ("/v1/", "a.example", "/v1/user", True), ("/v1", "", "/user", False),
        ("/v1", "", "/v11/user", False), ("https://a.example/v1", "a.example", "/v1/user", True),
        ("https://a.example/v1", "cdn.example", "/v1/user", False), ("https://a.example", "", "/user", True),
    ],
)  # fmt: skip
def test_a_base_is_taken_off_before_a_path_is_matched(base, host, path, found):
    assert (matched("GET", path, "GET /user", base=base, host=host) is not None) == found


def test_characters_of_a_template_stand_for_themselves():
    assert matched("GET", "/a-b", "GET /a.b") is None
    assert matched("GET", "/a%2Eb", "GET /a.b") == ("GET", "/a.b")
