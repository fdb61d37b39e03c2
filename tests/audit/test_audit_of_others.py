"""An audit of an API that nobody vouches for: whatever it answers there is a report, and no token goes elsewhere."""

import gzip
import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scopekit import GITHUB, Guard, Issuer, Key, KeySet, Token, Vocabulary, any_of
from scopekit.audit import read_document
from scopekit.audit.probe_tokens import mint_probes, probes_of
from scopekit.audit.run import audit
from scopekit.errors import InputError
from scopekit.render.audit import audit_markdown

KEY = Key.generate("k", issuer="https://issuer.example/")
ISSUER = Issuer(KEY, GITHUB, "https://api.example/")
GUARD = Guard(KeySet([KEY]), audience="https://api.example/", profile=GITHUB)


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
        found = audit(document(*NASTY), mint_probes(document(*NASTY), ISSUER), base_url=url, timeout_seconds=0.3)
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
    assert "GET /slow: no answer: TimeoutError" in text
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
        found = audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url)
    assert asked == []
    assert (found.drifts, {cell.exchange.status for _, cell in found.unseen}) == ((), {307})
    assert "307, a redirect, which was not followed" in repr(found)


def test_a_proxy_variable_carries_no_token_away(monkeypatch):
    with served(lambda handler: told(handler, 200)) as (proxy, asked), served(lambda h: told(h, 200)) as (url, own):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url)
    assert (len(asked), len(own)) == (0, 6)


# What a right API may do


def good(handler):
    """The scopes of a good token that the handler was sent; None for any other, and for none."""
    text = (handler.headers["Authorization"] or "").removeprefix("Bearer ")
    decision = GUARD.decide(f"Bearer {text}" if text else None)
    return decision.token.scopes if decision else None


def right(handler, status=200, **headers):
    """The answer of an API that does what its document says."""
    scopes = good(handler)
    if scopes is None:
        told(handler, 401, WWW_Authenticate='Bearer realm="x", error="invalid_token"')
    elif "read" not in scopes:
        told(handler, 403, WWW_Authenticate='Bearer realm="x", error="insufficient_scope", scope="read"')
    else:
        told(handler, status, **headers)


def sets_a_cookie(handler):
    if "sid=1" in (handler.headers["Cookie"] or ""):
        told(handler, 200)
    else:
        right(handler, Set_Cookie="sid=1")


def hints_early(handler):
    handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    time.sleep(0.01)
    right(handler)


RIGHT = {
    "as it is": right,
    "a session cookie": sets_a_cookie,
    "a documented status": lambda handler: right(handler, 204),
    "not there": lambda handler: right(handler, 404),
}


@pytest.mark.parametrize("answer", RIGHT.values(), ids=RIGHT)
def test_an_api_that_does_what_its_document_says_has_no_drift(answer):
    with served(answer) as (url, _):
        found = audit(document("/a", "/b"), mint_probes(document("/a", "/b"), ISSUER), base_url=url, at_once=1)
    assert (found.drifts, bool(found)) == ((), True)


def test_an_early_hint_is_not_taken_for_the_next_answer():
    with served(hints_early) as (url, _):
        found = audit(document("/a", "/b"), mint_probes(document("/a", "/b"), ISSUER), base_url=url, at_once=1)
    assert found.drifts == ()


def test_a_busy_api_and_an_unreadable_request_are_no_drift():
    busy = lambda handler: told(handler, 503, Retry_After="1")  # noqa: E731
    for answer in (busy, lambda handler: told(handler, 425)):
        with served(answer) as (url, _):
            found = audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url)
        assert ({drift.kind for drift in found.drifts} - {"undocumented-answer"}, bool(found)) == (set(), False)


def with_security(security, **schemes):
    return read_document({
        "openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a", "security": security}}},
        "components": {"securitySchemes": {"token": {"type": "oauth2", "flows": {}}, **schemes}},
    })  # fmt: skip


def test_a_token_that_may_be_left_out_is_still_checked_where_it_is_sent():
    optional = with_security([{}, {"token": ["read"]}])

    def checked(handler):
        told(handler, 200) if "Authorization" not in handler.headers else right(handler)

    with served(checked) as (url, _):
        found = audit(optional, mint_probes(optional, ISSUER), base_url=url)
    assert found.drifts == ()
    assert {label for label, _ in found.undetermined} == {"no scope", "expired", "another API's"}
    assert "  a (GET /a), with no scope, expired, another API's: denied\n" in repr(found)


def test_a_call_that_says_nothing_of_security_is_told_in_one_line_with_what_would_say_it():
    silent = read_document({"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a"}}}})
    with served(lambda handler: told(handler, 200)) as (url, _):
        found = audit(silent, mint_probes(silent, ISSUER), base_url=url)
    line = "a (GET /a), with each token, and with none: allowed; if it is public, `security: []` says so"
    assert f"  {line}\n" in repr(found)
    assert f"<li>{line}</li>" in found._repr_html_()
    assert "## Not said\n\n- a (GET /a), with each token, and with none: allowed" in audit_markdown(found)


BASIC = {"type": "http", "scheme": "basic"}


def test_another_kind_of_credential_is_not_asked_for_a_bearer_challenge():
    with served(lambda handler: told(handler, 401, WWW_Authenticate='Basic realm="x"')) as (url, _):
        other = with_security([{"basic": []}], basic=BASIC)
        found = audit(other, mint_probes(other, ISSUER), base_url=url)
    assert found.drifts == ()


@pytest.mark.parametrize("security", [[{"basic": []}], [{"basic": [], "token": ["read"]}]], ids=["alone", "and"])
def test_a_call_that_needs_another_credential_and_opens_to_nobody_is_a_drift(security):
    other = with_security(security, basic=BASIC)
    with served(lambda handler: told(handler, 200)) as (url, _):
        (drift,) = audit(other, mint_probes(other, ISSUER), base_url=url).drifts
    assert (drift.kind, drift.tokens) == ("opens", ("no token",))


# What is not to be taken for well


def test_nothing_but_404_is_not_as_documented():
    with served(lambda handler: told(handler, 404)) as (url, _):
        found = audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url)
    assert (found.drifts, len(found.unseen), bool(found)) == ((), 6, False)
    assert repr(found).splitlines()[-1].startswith("? not everything could be checked: 1 call by 6 tokens")


def test_an_api_that_is_down_is_not_as_documented():
    found = audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url="http://127.0.0.1:9")
    assert (bool(found), found.to_json()["as_documented"], "✓ as" in found._repr_html_()) == (False, False, False)


def test_a_document_that_says_nothing_is_not_found_to_be_kept():
    silent = read_document({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}})
    with served(lambda handler: told(handler, 200)) as (url, _):
        assert not audit(silent, mint_probes(silent, ISSUER), base_url=url)


@pytest.mark.parametrize("off", ["time", "audience"])
def test_three_hundred_scopes_do_not_hide_a_check_that_is_missing(off):
    many = with_security([{"token": ["scope:299"]}])
    scopes = {f"scope:{number}:{'x' * 30}": "" for number in range(300)} | {"scope:299": ""}
    many = replace(many, vocabulary=Vocabulary(scopes))
    weak = GUARD.without(off)

    def careless(handler):
        decision = weak.decide(handler.headers["Authorization"], any_of("scope:299"))
        told(handler, decision.status, WWW_Authenticate='Bearer realm="x"')

    with served(careless) as (url, _):
        first, *_ = audit(many, mint_probes(many, ISSUER), base_url=url).drifts
    assert (first.kind, "It accepts a token although" in first.sentence) == ("opens", True)


# What may not come out


def test_a_token_in_the_phrase_or_in_pieces_is_not_shown(tmp_path):
    def echo(handler):
        text = handler.headers["Authorization"] or "nothing"
        handler.send_response(403, text)
        body = json.dumps({"detail": f"not {text.rpartition('.')[0]}"}).encode()
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    tried = mint_probes(document("/a"), ISSUER)
    with served(echo) as (url, _):
        found = audit(document("/a"), tried, base_url=url, journal=tmp_path / "journal")
    said = repr(found) + found._repr_html_() + audit_markdown(found) + (tmp_path / "journal").read_text()
    parts = {part for each in tried if each.token for part in str(each.token).split(".")}
    assert [part for part in parts if part in said] == []


def test_a_name_cannot_write_a_line_of_the_report_or_steer_a_terminal():
    odd = read_document({"openapi": "3.1.0", "paths": {"/a": {"get": {
        "operationId": "a\n✓ as documented\x1b[31m", "security": [{"token": ["read"]}]}}}})  # fmt: skip
    with served(lambda handler: told(handler, 200)) as (url, _):
        text = repr(audit(odd, mint_probes(odd, ISSUER), base_url=url))
    assert not [line for line in text.splitlines() if line.startswith("✓")]
    assert "\x1b" not in text


# What may not stop it

ENDLESS = {
    "drips its head": b"HTTP/1.1 200 OK\r\n",
    "goes on with 100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "redirects with a body without end": b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n",
}


@pytest.mark.parametrize("beginning", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_an_end_ends_in_time(beginning):
    def endless(handler):
        more = b"X: y\r\n" if beginning.startswith(b"HTTP/1.1 200") else beginning
        handler.wfile.write(beginning)
        while True:
            handler.wfile.write(more)
            time.sleep(0.005)

    with served(endless) as (url, _):
        begun = time.monotonic()
        found = audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url, timeout_seconds=0.3)
        assert time.monotonic() - begun < 5
    assert (len(found.unseen), bool(found)) == (6, False)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (302, gzip.compress(b"x" * 1_000_000), {"Content-Encoding": "gzip", "Location": "/"}),
        (403, b'{"detail": ' + b"[" * 100_000, {}),
        (200, b"\xff\xfe\x00", {"Content-Type": "text/plain; charset=utf-99"}),
        (99, b"", {}),
        (999, b"", {}),
    ],
    ids=["a packed redirect", "deep", "an odd encoding", "99", "999"],
)
def test_no_answer_stops_an_audit(status, body, headers):
    with served(lambda handler: told(handler, status, body, **headers)) as (url, _):
        assert len(audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url).matrix.rows) == 1


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "x-method-override"])
def test_a_call_that_would_become_another_by_a_header_is_left_out(header):
    parameter = {"name": header, "in": "header", "required": True, "schema": {"const": "DELETE"}, "example": "DELETE"}
    found = read_document({"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [parameter]}}}})
    assert (found.calls, "another call" in found.left_out[0].reason) == ((), True)


# Which host


@pytest.mark.parametrize(
    ("url", "host", "sentence"),
    [
        ("https://api.invalid", None, "The API is not on this machine. To audit it, name its host: host="),
        ("https://api.invalid", "api.example.org", "but `host` allows only 'api.example.org'"),
        ("https://api.invalid", "127.0.0.1", "but `host` allows only '127.0.0.1'"),
        ("http://127.0.0.1:9", "api.invalid", "The API is at '127.0.0.1', but `host` allows only 'api.invalid'"),
        ("http://api.invalid", "api.invalid", "only over https://"),
        ("http://localhost.api.invalid", None, "not on this machine"),
    ],
    ids=["once", "another", "loopback", "loopback for another", "in the clear", "a name that begins well"],
)
def test_another_host_is_called_only_where_it_is_named_twice(url, host, sentence):
    with pytest.raises(InputError, match=sentence):
        audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url, host=host)


def test_another_host_that_is_named_twice_is_sent_what_is_safe_and_nothing_else():
    both = read_document({
        "openapi": "3.1.0", "paths": {"/a": {method: {"security": [{"t": []}]} for method in ("get", "delete")}},
    })  # fmt: skip
    tried = mint_probes(both, ISSUER)
    with pytest.raises(InputError, match="only on this machine"):
        audit(both, tried, base_url="https://api.invalid", host="api.invalid", unsafe=True)
    found = audit(both, tried, base_url="https://api.invalid", host="api.invalid", timeout_seconds=1)
    assert [row[0].call.method for row in found.matrix.rows] == ["GET"]
    assert len(found.unseen) == len(tried)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://127.0.0.1",
        "http://user:secret@127.0.0.1",
        "http://[::1",
        "http://127.0.0.1/?a=b",
        "//a",
        "http://:secret@127.0.0.1",
        "http://:a@x\\@127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:a",
        "http://127.0.0.1/#",
        "http://127.0.0.1/a b",
        "http://127.0.0.1\n",
    ],
)
def test_an_address_that_is_none_is_refused_without_being_said_again(url):
    with pytest.raises(InputError, match="needs the API's address") as refused:
        audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (document("/a", "/b", method="post"), "Nothing to audit: 2 calls skipped. The first is POST /a: It may change"),
        (document(), "Nothing to audit: the document has no operations."),
    ],
    ids=["none that is safe", "none"],
)
def test_a_document_without_a_call_to_make_is_refused_with_the_reason(read, told):
    with pytest.raises(InputError, match=told):
        audit(read, mint_probes(document("/a"), ISSUER), base_url="http://127.0.0.1:9")


def test_an_audit_without_a_token_is_refused():
    with pytest.raises(InputError, match="needs a token to make calls with; found none"):
        audit(document("/a"), (), base_url="http://127.0.0.1:9")


def test_a_document_that_says_no_address_asks_for_one():
    nowhere = replace(document("/a"), base_url=None)
    with pytest.raises(InputError, match="found none in the document, so give it as the base URL"):
        audit(nowhere, mint_probes(nowhere, ISSUER))


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
        tried = mint_probes(document("/a", "/b"), ISSUER)
        audit(document("/a", "/b"), tried, base_url=url, at_once=3, progress=lambda *each: told_of.append(each))
    assert most[0] == 3
    assert told_of == [(number, 12) for number in range(1, 13)]


def allowing(handler):
    told(handler, 200, b'{"secret": "of the API"}')


def test_an_audit_that_was_ended_goes_on_where_it_was(tmp_path):
    journal, paths = tmp_path / "journal", ("/a", "/b", "/c")
    tried = mint_probes(document(*paths), ISSUER)

    def stop(done, total):
        if done == 8:
            raise KeyboardInterrupt

    with served(allowing) as (url, asked):
        with pytest.raises(KeyboardInterrupt):
            audit(document(*paths), tried, base_url=url, at_once=1, journal=journal, progress=stop)
        before = len(asked)
        found = audit(document(*paths), mint_probes(document(*paths), ISSUER), base_url=url, at_once=1, journal=journal)
        again = audit(document(*paths), tried, base_url=url, journal=journal)
    assert (before >= 8, len(asked)) == (True, 18)
    assert (len(found.matrix.rows), again.to_json()) == (3, found.to_json())


def test_a_journal_is_its_owner_s_and_holds_no_token_and_no_body_of_what_was_let_through(tmp_path):
    journal, tried = tmp_path / "journal", mint_probes(document("/a"), ISSUER)
    with served(allowing) as (url, _):
        audit(document("/a"), tried, base_url=url, journal=journal)
    text = journal.read_text()
    assert journal.stat().st_mode & 0o777 == 0o600
    assert "of the API" not in text
    assert [each.label for each in tried if each.token and str(each.token).split(".")[2] in text] == []


def test_a_line_that_was_cut_off_is_read_as_none(tmp_path):
    journal, tried = tmp_path / "journal", mint_probes(document("/a"), ISSUER)
    with served(allowing) as (url, asked):
        audit(document("/a"), tried, base_url=url, journal=journal)
        journal.write_text(journal.read_text()[:-20])
        audit(document("/a"), tried, base_url=url, journal=journal)
        audit(document("/a"), tried, base_url=url, journal=journal)
    assert len(asked) == 7


def test_a_journal_of_other_tokens_is_another_audit_s(tmp_path):
    journal = tmp_path / "journal"
    other = Issuer(Key.generate("another", issuer="https://issuer.example/"), GITHUB, "https://api.example/")
    with served(right) as (url, _):
        audit(document("/a"), mint_probes(document("/a"), other), base_url=url, journal=journal)
        with pytest.raises(InputError, match="belongs to another audit"):
            audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url, journal=journal)


def test_two_given_tokens_of_the_same_scopes_are_two(tmp_path):
    token = ISSUER.mint(["read"])
    tried = probes_of([Token.parse(f"{str(token)[:-4]}AAAA"), token])
    with served(right) as (url, _):
        found = [audit(document("/a"), tried, base_url=url, journal=tmp_path / "journal") for _ in range(2)]
    assert [[cell.exchange.status for cell in each.matrix.rows[0]] for each in found] == [[401, 401, 200]] * 2
    assert found[0].matrix.labels == ("no token", "read", "read (2)")
    assert repr(found[1]).endswith("3 from the journal")


@pytest.mark.parametrize("line", ['{"cell": ["x"]}', '{"cell": "x", "status": "200"}', "[]", '{"cell": "x"}'])
def test_a_line_that_is_none_of_a_journal_s_is_passed_over(tmp_path, line):
    journal, tried = tmp_path / "journal", mint_probes(document("/a"), ISSUER)
    with served(right) as (url, asked):
        audit(document("/a"), tried, base_url=url, journal=journal)
        with journal.open("a") as file:
            file.write(f"{line}\n")
        journal.chmod(0o666)
        audit(document("/a"), tried, base_url=url, journal=journal)
    assert (len(asked), journal.stat().st_mode & 0o777) == (6, 0o600)


@pytest.mark.parametrize(
    "text", ["", "no journal", '{"audit": "Another at http://127.0.0.1:1"}\n', "[]\n", '{"audit": 7}'],
    ids=["empty", "text", "another's", "a list", "a number"],
)  # fmt: skip
def test_a_file_that_is_another_audit_s_is_refused_and_left_alone(tmp_path, text):
    journal = tmp_path / "journal"
    journal.write_text(text)
    with served(allowing) as (url, _):
        if text:
            with pytest.raises(InputError, match="belongs to another audit"):
                audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url, journal=journal)
            assert journal.read_text() == text
        else:
            assert audit(document("/a"), mint_probes(document("/a"), ISSUER), base_url=url, journal=journal).matrix.rows


@pytest.mark.parametrize("place", ["missing/journal", "."])
def test_a_journal_that_cannot_be_written_is_one_sentence(tmp_path, place):
    with pytest.raises(InputError, match="cannot be used"):
        audit(
            document("/a"), mint_probes(document("/a"), ISSUER), base_url="http://127.0.0.1:9", journal=tmp_path / place
        )


PROGRAM = """
import sys, json
from pathlib import Path
from scopekit import GITHUB, Guard, Issuer, Key, KeySet, Token, Vocabulary, any_of
from scopekit.audit import read_document
from scopekit.audit.probe_tokens import mint_probes
from scopekit.audit.run import audit
url, journal, document = sys.argv[1], Path(sys.argv[2]), read_document(json.loads(sys.argv[3]))
issuer = Issuer(Key.generate("k", issuer="https://issuer.example/"), GITHUB, "https://api.example/")
audit(document, mint_probes(document, issuer), base_url=url, journal=journal, at_once=2)
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
