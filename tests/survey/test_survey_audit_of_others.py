"""An audit of an API that nobody vouches for: whatever it answers there is a report, and no token goes elsewhere."""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scopekit import GITHUB, Issuer, Key
from scopekit.errors import AuditError
from scopekit.survey import read_document
from scopekit.survey.audit import audit, plan

ISSUER = Issuer(Key.generate("k", issuer="https://issuer.example/"), GITHUB, "https://api.example/")


def document(*paths, method="get"):
    """A document of these paths, each of which needs the scope `read`."""
    return read_document({
        "openapi": "3.1.0", "info": {"title": "Theirs", "version": "1"},
        "paths": {path: {method: {"operationId": path[1:], "security": [{"token": ["read"]}]}} for path in paths},
        "components": {"securitySchemes": {"token": {"type": "oauth2", "flows": {}}}},
    })  # fmt: skip


@contextmanager
def served(answer):
    """A server whose GETs are answered by `answer(handler)`; its address, and what it was asked, with its headers."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization")))
            answer(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # a client that was killed hangs up
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(handler, status, body=b"{}", **headers):
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def drips(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(50):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def hangs_up(handler):
    handler.close_connection = True
    handler.connection.close()


NASTY = {
    "/broken": lambda handler: told(handler, 500),
    "/slow": lambda handler: time.sleep(1),
    "/drip": drips,
    "/hangup": hangs_up,
    "/notjson": lambda handler: told(handler, 403, b'{"detail": '),
    "/huge": lambda handler: told(handler, 403, b"x" * 5_000_000, WWW_Authenticate='Bearer realm="x"'),
    "/many": lambda handler: told(handler, 429, Retry_After="9"),
    "/echo": lambda handler: told(handler, 403, (handler.headers["Authorization"] or "").encode()),
    "/odd": lambda handler: told(handler, 403, WWW_Authenticate='Bearer "\x1b]0;', X_OAuth_Scopes="\xff"),
}


@pytest.fixture(scope="module")
def nasty():
    """The audit of an API with all of these answers, which gives up after 0.3 s."""
    with served(lambda handler: NASTY[handler.path](handler)) as (url, _):
        begun = time.monotonic()
        found = audit(document(*NASTY), plan(document(*NASTY), ISSUER), base_url=url, timeout_seconds=0.3)
        yield found, time.monotonic() - begun


def test_whatever_is_answered_the_audit_ends_with_a_report(nasty):
    found, _ = nasty
    assert [row[0].call.name for row in found.matrix.rows] == [path[1:] for path in NASTY]
    assert "9 calls by 6 tokens, 54 cells" in repr(found)
    assert len(found._repr_html_()) > 5000


def test_what_could_not_be_seen_is_said_with_its_reason(nasty):
    found, _ = nasty
    assert {cell.call.name for _, cell in found.unseen} == {"slow", "drip", "hangup", "many"}
    text = repr(found)
    assert "GET /slow: no answer: ReadTimeout" in text
    assert "GET /drip: no answer: TimeoutError" in text
    assert "GET /many: 429 Too Many Requests" in text


def test_an_api_that_breaks_or_gives_no_challenge_drifts(nasty):
    kinds = {(drift.kind, drift.call.name) for drift in nasty[0].drifts}
    assert {("fails", "broken"), ("challenge", "notjson"), ("refuses", "huge")} <= kinds
    assert not {name for _, name in kinds} & {"slow", "drip", "hangup", "many"}


def test_a_token_that_comes_back_in_an_answer_is_not_shown(nasty):
    row = next(row for row in nasty[0].matrix.rows if row[0].call.name == "echo")
    assert {cell.exchange.text for cell in row[1:]} == {"Bearer $TOKEN"}


def test_no_redirect_is_followed_so_no_token_goes_to_another_host():
    with (
        served(lambda handler: told(handler, 200)) as (elsewhere, asked),
        served(lambda handler: told(handler, 307, Location=f"{elsewhere}{handler.path}")) as (url, _),
    ):
        found = audit(document("/a"), plan(document("/a"), ISSUER), base_url=url)
    assert asked == []
    assert (found.drifts, {cell.exchange.status for _, cell in found.unseen}) == ((), {307})
    assert "307, a redirect, which was not followed" in repr(found)


def test_a_proxy_variable_carries_no_token_away(monkeypatch):
    with served(lambda handler: told(handler, 200)) as (proxy, asked), served(lambda h: told(h, 200)) as (url, own):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        audit(document("/a"), plan(document("/a"), ISSUER), base_url=url)
    assert (len(asked), len(own)) == (0, 6)


# Which host


@pytest.mark.parametrize("host", [None, "api.example.org", "127.0.0.1"], ids=str)
def test_another_host_is_called_only_where_it_is_named_twice(host):
    with pytest.raises(AuditError, match="leaves this machine only where its host is named again"):
        audit(document("/a"), plan(document("/a"), ISSUER), base_url="http://api.invalid", host=host)


def test_another_host_that_is_named_twice_is_sent_what_is_safe_and_nothing_else():
    both = read_document({
        "openapi": "3.1.0", "paths": {"/a": {method: {"security": [{"t": []}]} for method in ("get", "delete")}},
    })  # fmt: skip
    tried = plan(both, ISSUER)
    with pytest.raises(AuditError, match="on this machine alone"):
        audit(both, tried, base_url="http://api.invalid", host="api.invalid", unsafe=True)
    found = audit(both, tried, base_url="http://api.invalid", host="api.invalid", timeout_seconds=1)
    assert [row[0].call.method for row in found.matrix.rows] == ["GET"]
    assert len(found.unseen) == len(tried)


@pytest.mark.parametrize(
    "url", ["", "ftp://127.0.0.1", "http://user:secret@127.0.0.1", "http://[::1", "http://127.0.0.1/?a=b", "//a"]
)
def test_an_address_that_is_none_is_refused_without_being_said_again(url):
    with pytest.raises(AuditError, match="needs the API's address") as refused:
        audit(document("/a"), plan(document("/a"), ISSUER), base_url=url)
    assert "secret" not in str(refused.value)


def test_a_document_without_a_call_to_make_is_refused():
    with pytest.raises(AuditError, match="found 0 calls and 6 tokens"):
        audit(document("/a", method="post"), plan(document("/a"), ISSUER), base_url="http://127.0.0.1:9")


# How much at once, and going on


def test_no_more_calls_are_under_way_than_allowed_and_progress_is_told():
    under_way, most, told_of = [0], [0], []

    def counted(handler):
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        time.sleep(0.02)
        under_way[0] -= 1
        told(handler, 200)

    with served(counted) as (url, _):
        tried = plan(document("/a", "/b"), ISSUER)
        audit(document("/a", "/b"), tried, base_url=url, at_once=3, progress=lambda *each: told_of.append(each))
    assert most[0] == 3
    assert told_of == [(number, 12) for number in range(1, 13)]


def allowing(handler):
    told(handler, 200, b'{"secret": "of the API"}')


def test_an_audit_that_was_ended_goes_on_where_it_was(tmp_path):
    journal, paths = tmp_path / "journal", ("/a", "/b", "/c")
    tried = plan(document(*paths), ISSUER)

    def stop(done, total):
        if done == 8:
            raise KeyboardInterrupt

    with served(allowing) as (url, asked):
        with pytest.raises(KeyboardInterrupt):
            audit(document(*paths), tried, base_url=url, at_once=1, journal=journal, progress=stop)
        before = len(asked)
        found = audit(document(*paths), plan(document(*paths), ISSUER), base_url=url, at_once=1, journal=journal)
        again = audit(document(*paths), tried, base_url=url, journal=journal)
    assert (before >= 8, len(asked)) == (True, 18)
    assert (len(found.matrix.rows), again.to_json()) == (3, found.to_json())


def test_a_journal_is_its_owner_s_and_holds_no_token_and_no_body_of_what_was_let_through(tmp_path):
    journal, tried = tmp_path / "journal", plan(document("/a"), ISSUER)
    with served(allowing) as (url, _):
        audit(document("/a"), tried, base_url=url, journal=journal)
    text = journal.read_text()
    assert journal.stat().st_mode & 0o777 == 0o600
    assert "of the API" not in text
    assert [each.label for each in tried if each.token and str(each.token).split(".")[2] in text] == []


def test_a_line_that_was_cut_off_is_read_as_none(tmp_path):
    journal, tried = tmp_path / "journal", plan(document("/a"), ISSUER)
    with served(allowing) as (url, asked):
        audit(document("/a"), tried, base_url=url, journal=journal)
        journal.write_text(journal.read_text()[:-20])
        audit(document("/a"), tried, base_url=url, journal=journal)
        audit(document("/a"), tried, base_url=url, journal=journal)
    assert len(asked) == 7


@pytest.mark.parametrize(
    "text", ["", "no journal", '{"audit": "Another at http://127.0.0.1:1"}\n', "[]\n", '{"audit": 7}'],
    ids=["empty", "text", "another's", "a list", "a number"],
)  # fmt: skip
def test_a_file_that_is_another_audit_s_is_refused_and_left_alone(tmp_path, text):
    journal = tmp_path / "journal"
    journal.write_text(text)
    with served(allowing) as (url, _):
        if text:
            with pytest.raises(AuditError, match="is of another audit"):
                audit(document("/a"), plan(document("/a"), ISSUER), base_url=url, journal=journal)
            assert journal.read_text() == text
        else:
            assert audit(document("/a"), plan(document("/a"), ISSUER), base_url=url, journal=journal).matrix.rows


@pytest.mark.parametrize("place", ["missing/journal", "."])
def test_a_journal_that_cannot_be_written_is_one_sentence(tmp_path, place):
    with pytest.raises(AuditError, match="cannot be used"):
        audit(document("/a"), plan(document("/a"), ISSUER), base_url="http://127.0.0.1:9", journal=tmp_path / place)


PROGRAM = """
import sys, json
from pathlib import Path
from scopekit import GITHUB, Issuer, Key
from scopekit.survey import read_document
from scopekit.survey.audit import audit, plan
url, journal, document = sys.argv[1], Path(sys.argv[2]), read_document(json.loads(sys.argv[3]))
issuer = Issuer(Key.generate("k", issuer="https://issuer.example/"), GITHUB, "https://api.example/")
audit(document, plan(document, issuer), base_url=url, journal=journal, at_once=2)
"""


def test_an_audit_that_was_killed_loses_no_cell_that_was_written_down(tmp_path):
    journal = tmp_path / "journal"
    raw = {"openapi": "3.1.0", "info": {"title": "Theirs"}, "paths": {
        f"/{number}": {"get": {"security": [{"t": ["read"]}]}} for number in range(20)
    }}  # fmt: skip

    def unhurried(handler):
        time.sleep(0.01)
        allowing(handler)

    with served(unhurried) as (url, asked):
        command = [sys.executable, "-c", PROGRAM, url, str(journal), json.dumps(raw)]
        process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        while len(asked) < 40:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = sum("cell" in line for line in journal.read_text().splitlines())
        time.sleep(0.1)
        before = len(asked)
        subprocess.run(command, cwd=Path(__file__).parents[2], check=True)
    assert before - kept <= 3
    assert len(asked) - before == 120 - kept
