"""Where a document comes from: a URL on this machine, a file of JSON or YAML, or a mapping."""

import json
import re
import socketserver
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from scopekit.audit import read_document
from scopekit.audit.openapi import loading as source
from scopekit.audit.openapi.loading import parsed
from scopekit.errors import DocumentError
from scopekit.stores import fetch

DOCUMENT = {"openapi": "3.0.3", "info": {"title": "Pets"}, "paths": {"/pets": {"get": {}}}}

UNREADABLE = "The document at '127.0.0.1' cannot be read: "


def refusal(source, **how):
    with pytest.raises(DocumentError) as caught:
        read_document(source, **how)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Files


@pytest.mark.parametrize("start", ["", "\ufeff", "\n  "])
def test_a_file_of_json_is_read_by_its_path_or_its_name(tmp_path, start):
    file = tmp_path / "openapi.txt"
    file.write_text(start + json.dumps(DOCUMENT), encoding="utf-8")
    assert read_document(file).title == read_document(str(file)).title == "Pets"
    assert read_document(file).base_url is None


def test_a_file_of_yaml_is_read(tmp_path):
    file = tmp_path / "openapi.yaml"
    file.write_text("openapi: 3.1.0\ninfo: {title: Pets}\npaths:\n  /pets:\n    get:\n      responses: {200: {}}\n")
    (call,) = read_document(file).calls
    assert (str(call), call.answers) == ("GET /pets", {"200"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("no", "no"), ("yes", "yes"), ("true", True), ("False", False), ("2026-11-01", "2026-11-01"),
        ("12:30", "12:30"), ("010", "010"), ("0", 0), ("-7", -7), ("1_000", "1_000"), ("1.5", 1.5), ("null", None),
        ("~", None), ("'200'", "200"), ("200", 200), ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z"),
    ],
)  # fmt: skip
def test_yaml_is_read_as_its_version_1_2_has_it(text, value):
    assert parsed(f"on: {text}") == {"on": value}


DEEP = {
    "lists": "[" * 100_000, "mappings": "a: " + "{a: " * 100_000, "rows in rows": "- " * 100_000 + "a",
    "keys": "? " * 100_000, "both": "- [" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", DEEP)
def test_a_document_that_is_nested_too_deep_ends_no_process(tmp_path, name):
    (tmp_path / "deep.yaml").write_text(DEEP[name])
    read = f"from scopekit.audit import read_document\nread_document({str(tmp_path / 'deep.yaml')!r})"
    process = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True)
    assert process.returncode == 1
    assert "A document must be JSON or YAML; found neither: 'it is nested too deep'." in process.stderr


def test_yaml_makes_no_objects():
    with pytest.raises(DocumentError, match="constructor for the tag"):
        parsed("a: !!python/object/apply:os.getcwd []")


def test_yaml_that_grows_at_every_level_is_read_and_its_example_left_out(tmp_path):
    lines = ["openapi: 3.0.0", "x-0: &x0 [a, a]", *(f"x-{n}: &x{n} [*x{n - 1}, *x{n - 1}]" for n in range(1, 18))]
    body = "{required: true, content: {application/json: {example: *x17}}}"
    file = tmp_path / "openapi.yaml"
    file.write_text("\n".join([*lines, f"paths: {{/pets: {{post: {{requestBody: {body}}}}}}}"]))
    (left,) = read_document(file).left_out
    assert left.reason == "The example has too many parts to send."


@pytest.mark.parametrize("text", ["", "a", "[1]", "7", "- a", "{", "a: [", "\t", "{" * 2000, "[" * 5000])
def test_text_that_holds_no_mapping_is_refused(tmp_path, text):
    file = tmp_path / "openapi.yaml"
    file.write_text(text)
    assert refusal(file).startswith("A document must be ")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb:\n\tc: 2\n", "neither: 'line 3: found character"),
        ("a: [1, 2\nb: 3\n", 'neither: "line 2: '),
        ("a: 1\x00", "neither: 'unacceptable character #x0000: control characters are not allowed'."),
        ("\n<!doctype html>\n<title>Docs: all of them</title>", "a page of HTML or XML."),
        ("", "nothing."),
        ("Dear reader", "text."),
        ("[]", "a list."),
        ("7", "something else."),
    ],
)
def test_the_refusal_of_a_text_says_what_it_is_and_where_it_is_wrong(text, found):
    with pytest.raises(DocumentError, match=re.escape(f"; found {found}")):
        parsed(text)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
def test_a_file_without_an_end_is_refused():
    assert refusal("/dev/zero") == "A document's file may have at most 268435456 bytes; zero has more."


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    assert refusal(tmp_path / "none.json") == "The document 'none.json' cannot be read: No such file or directory."
    assert refusal(tmp_path) == f"The document '{tmp_path.name}' cannot be read: Is a directory."
    (tmp_path / "picture.json").write_bytes(b"\xff\xd8\xff")
    assert refusal(tmp_path / "picture.json") == "The document 'picture.json' cannot be read: it is not text in UTF-8."


@pytest.mark.parametrize("nothing", [None, 7, [], b"{}"], ids=str)
def test_what_is_no_source_is_refused(nothing):
    assert refusal(nothing).startswith("A document must be a URL, a path or a mapping; found ")


def test_json_is_read_where_there_is_no_pyyaml_and_yaml_is_refused_in_a_sentence():
    program = (
        "import sys; sys.modules['yaml'] = None\n"
        "from scopekit.audit.openapi.loading import parsed\n"
        "print(parsed('{}'))\n"
        "try: parsed('a: b')\n"
        "except Exception as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told == "{}\nA document in YAML needs the package PyYAML; it is not installed.\n"


def test_reading_a_document_without_references_needs_neither_pyyaml_nor_referencing():
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['yaml', 'referencing']))\n"
        "from scopekit.audit import read_document\n"
        f"print(len(read_document({DOCUMENT!r}).calls))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "1\n"


# URLs


class Server(socketserver.ThreadingTCPServer):
    """Answers each path with what `answers` holds for it: a status, headers and pieces of a body."""

    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def server():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            running.asked.append((self.path, dict(self.headers)))
            status, headers, pieces = running.answers[self.path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for piece in pieces:
                    self.wfile.write(piece)
            except OSError:
                pass  # the client has gone, which is the point

        def log_message(self, *_):
            pass

    with Server(("127.0.0.1", 0), Handler) as running:
        running.url = f"http://127.0.0.1:{running.server_address[1]}"
        running.answers, running.asked = {}, []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def page(document, status=200, **headers):
    return status, headers, [json.dumps(document).encode()]


@pytest.mark.parametrize(
    ("servers", "path"),
    [(None, ""), ([{"url": "."}], "/api/v1"), ([{"url": "/v2/"}], "/v2"), ([{"url": "../up"}], "/api/up")],
    ids=str,
)
def test_a_document_from_a_url_says_where_its_calls_go_from_there(server, servers, path):
    server.answers["/api/v1/openapi.json"] = page({**DOCUMENT, **({"servers": servers} if servers else {})})
    assert read_document(f"{server.url}/api/v1/openapi.json").base_url == server.url + path


def test_the_lab_s_own_document_is_read_from_its_address(world):
    found = read_document(f"{world.url}/modern/openapi.json")
    assert found.base_url == f"{world.url}/modern"
    assert len(found.calls) == 28


def test_a_redirect_on_the_same_host_is_followed(server):
    server.answers = {
        "/": (307, {"Location": "/v1/api.json"}, []),
        "/v1/api.json": page({**DOCUMENT, "servers": [{"url": "."}]}),
    }
    assert read_document(f"{server.url}/").base_url == f"{server.url}/v1"


def test_a_redirect_to_another_host_is_not_followed(server):
    server.answers["/"] = (302, {"Location": f"http://localhost:{server.server_address[1]}/other"}, [])
    assert refusal(f"{server.url}/") == UNREADABLE + "it redirects to another host, 'localhost'."
    assert len(server.asked) == 1


def test_a_redirect_without_end_is_given_up(server):
    server.answers["/"] = (302, {"Location": "/"}, [])
    assert refusal(f"{server.url}/").endswith("cannot be read: it redirects more than 5 times.")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.example.com/openapi.json", "'api.example.com'"),
        ("http://192.0.2.1/", "'192.0.2.1'"),
        ("http://127.0.0.1.example.com/", "'127.0.0.1.example.com'"),
        ("http://127.0.0.1@example.com/", "'example.com'"),
        ("http:///x", "None"),
    ],
)
def test_a_url_of_another_machine_is_refused_and_not_asked(monkeypatch, url, host):
    def connect(*arguments):
        raise AssertionError(f"{url} was asked")

    monkeypatch.setattr(fetch, "connect", connect)
    told = f"A document's URL must be on this machine, unless `anywhere` or an audit's `host` allows it; found {host}."
    assert refusal(url) == told


def test_a_url_that_is_none_is_refused():
    assert refusal("http://[/") == "A document's URL must name a host; this one does not."


def test_a_url_of_another_machine_is_asked_where_anywhere_is_said(server, monkeypatch):
    asked, connect = [], fetch.connect

    def elsewhere(url, *arguments):
        asked.append(url)
        return connect(server.url, *arguments)

    monkeypatch.setattr(fetch, "connect", elsewhere)
    server.answers["/openapi.json"] = page({**DOCUMENT, "servers": [{"url": "/v1"}]})
    document = read_document("http://api.example.com/openapi.json", anywhere=True)
    assert (document.base_url, asked) == ("http://api.example.com/v1", ["http://api.example.com/openapi.json"])


def test_no_proxy_variable_has_a_say(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    server.answers["/"] = page(DOCUMENT)
    assert read_document(f"{server.url}/").title == "Pets"


def test_a_body_that_is_too_large_is_not_read_to_its_end(server):
    sent = []

    def pieces():
        for _ in range(200):
            sent.append(1)
            yield b" " * 1024 * 1024

    server.answers["/"] = (200, {}, pieces())
    assert refusal(f"{server.url}/") == UNREADABLE + "the answer is longer than 16777216 bytes."
    assert len(sent) < 40


@pytest.mark.parametrize("piece", [b" " * 70_000, b" "], ids=["fast", "drop by drop"])
def test_an_answer_that_takes_too_long_is_given_up_in_time(server, monkeypatch, piece):
    monkeypatch.setattr(source, "TIMEOUT_SECONDS", 0.3)

    def pieces():
        for _ in range(40):
            time.sleep(0.05)
            yield piece

    server.answers["/"] = (200, {}, pieces())
    assert refusal(f"{server.url}/").endswith("the request failed (TimeoutError).")


@pytest.mark.parametrize("status", [401, 404, 500, 204])
def test_an_answer_that_is_no_200_is_refused(server, status):
    server.answers["/"] = (status, {"Content-Length": "0"}, [])
    assert refusal(f"{server.url}/") == UNREADABLE + f"the answer has the status {status}."


def test_a_url_that_does_not_answer_is_refused_without_what_may_be_secret(server):
    port = server.server_address[1]
    server.shutdown()
    server.server_close()
    told = refusal(f"http://user:secret@127.0.0.1:{port}/?key=secret")
    assert told == UNREADABLE + "the request failed (ConnectionRefusedError)."
