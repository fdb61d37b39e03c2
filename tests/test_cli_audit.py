"""The command audit, and the pytest plugin that makes each cell a test: both as real processes, over real HTTP."""

import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from commanding import MAIN, in_terminal, refusal
from commanding import scopekit_process as scopekit

from sample_api.mounts import MODERN, REPOS
from scopekit import GITHUB as GITHUB_PROFILE
from scopekit import Issuer, Key

pytestmark = pytest.mark.slow  # a process of its own for each, half a second and more

GITHUB = ("--issuer", "https://issuer.example/", "--audience", REPOS, "--profile", "GITHUB")


SECURITY = {"emails": [{"o": ["user:email"]}], "add": [{"o": ["user"]}], "profile": [{"o": []}]}
RESPONSES = {status: {"description": ""} for status in ("200", "201", "400", "401", "403")}
DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "Three calls", "version": "1"},
    "paths": {
        "/user/emails": {
            "get": {"operationId": "emails", "security": SECURITY["emails"], "responses": RESPONSES},
            "post": {"operationId": "add", "security": SECURITY["add"], "responses": RESPONSES, "requestBody": {
                "content": {"application/json": {"example": {"emails": ["cat@sea.example"]}}}
            }},
        },
        "/user": {"get": {"operationId": "profile", "security": SECURITY["profile"], "responses": RESPONSES}},
    },
    "components": {"securitySchemes": {"o": {
        "type": "oauth2", "x-scope-implies": {"user": ["user:email"]},
        "flows": {"clientCredentials": {"tokenUrl": "t", "scopes": {"user": "", "user:email": "", "gist": ""}}},
    }}},
}  # fmt: skip


def risky():
    """The document with the one call that changes something."""
    paths = {"/user/emails": {"post": DOCUMENT["paths"]["/user/emails"]["post"]}}
    return {**DOCUMENT, "paths": paths, "servers": [{"url": "http://127.0.0.1:9"}]}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The sample API in a process of its own; its address, and a folder with its keys and a document of three calls."""
    folder = tmp_path_factory.mktemp("audited")
    command = [sys.executable, "-m", "sample_api", "--state", "state", "--init"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()
    for name in ("keys", "tenants"):
        (key, *_) = json.loads((folder / "state" / f"{name}.json").read_text())["keys"]
        (folder / f"{name}.json").write_text(json.dumps(key))
    (folder / "three.json").write_text(json.dumps({**DOCUMENT, "servers": [{"url": url}]}))
    yield SimpleNamespace(url=url, folder=folder, secret=json.loads((folder / "keys.json").read_text())["k"])
    process.terminate()
    process.communicate(timeout=20)


def audit(api, *arguments, of=GITHUB, key="keys.json", document="three.json"):
    keyed = ("--key", key) if key else ()
    return scopekit("audit", "--openapi", document, *keyed, *of, *arguments, folder=api.folder)


# audit


def test_an_audit_without_a_drift_says_so_and_its_status_is_0(api):
    process = audit(api)
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.splitlines()[-1] == "✓ as documented: 2 calls by 8 tokens, 16 cells"
    assert "and unsafe calls were not requested. POST /user/emails" in process.stdout


@pytest.mark.parametrize(
    ("mount", "key", "arguments", "cells"),
    [
        ("", "keys.json", GITHUB, 1120),
        ("/modern", "keys.json", ("--audience", MODERN), 1120),
        ("/api/v2", "tenants.json", ("--audience", "tenant_1", "--profile", "AUTH0_V2"), 1216),
    ],
    ids=["/", "/modern", "/api/v2"],
)
def test_the_whole_sample_api_is_as_documented(api, mount, key, arguments, cells):
    process = audit(api, "--unsafe", of=arguments, key=key, document=f"{api.url}{mount}/openapi.json")
    assert (process.returncode, process.stdout.splitlines()[-1][:15]) == (0, "✓ as documented")
    assert f" {cells} cells" in process.stdout


def test_a_drift_is_told_and_its_status_is_1(api):
    process = audit(api, of=(*GITHUB[:3], "https://another.example/", *GITHUB[4:]))
    assert process.returncode == 1
    drift = "refuses: emails (GET /user/emails): It refuses these tokens: user, user:email, every scope;"
    assert drift in process.stdout
    assert process.stdout.splitlines()[-1] == "✗ 3 drifts: 2 calls by 8 tokens, 16 cells"
    assert "No token opened anything: check that the key, the issuer, the audience" in process.stdout


def test_json_has_every_cell_and_nothing_secret(api):
    process = audit(api, "--json")
    told = json.loads(process.stdout)
    assert (told["as_documented"], len(told["calls"]), len(told["tokens"]), told["drifts"]) == (True, 2, 8, [])
    assert told["calls"][0]["cells"][0] == {"predicted": "denied", "observed": "denied", "status": 401}
    assert api.secret not in process.stdout
    assert "eyJ" not in process.stdout


def test_the_report_is_written_as_a_page_and_as_markdown_too(api):
    process = audit(api, "--html", "report.html", "--markdown", "report.md")
    page, text = ((api.folder / name).read_text() for name in ("report.html", "report.md"))
    assert process.returncode == 0
    assert page.startswith("<!doctype html>")
    assert "| emails | ✗ denied | ✗ denied | ✓ allowed | ✓ allowed | ✗ denied | ✓ allowed |" in text
    assert [each for each in (api.secret, "eyJ", "http://www") if each in page + text] == []


def test_given_tokens_are_tried_as_they_are(api):
    foreign = Issuer(Key.generate("k", issuer="https://issuer.example/"), GITHUB_PROFILE, REPOS).mint(["user"])
    (api.folder / "foreign.txt").write_text(str(foreign))
    process = audit(api, "--token-file", "foreign.txt", of=(), key=None)
    assert process.returncode == 1
    assert "refuses: emails (GET /user/emails): It refuses these tokens: user;" in process.stdout


def test_a_journal_makes_the_second_audit_ask_nothing(api):
    one = audit(api, "--journal", "journal", "--json")
    two = audit(api, "--journal", "journal", "--json", "--timeout", "0.1")
    assert (two.returncode, two.stdout) == (0, one.stdout)


def test_a_journal_that_is_nested_too_deep_is_no_journal_of_this_audit(api):
    (api.folder / "journal").write_text("[" * 100_000)
    process = audit(api, "--journal", "journal")
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == "The journal journal belongs to another audit; name another file, or delete this one.\n"


@contextlib.contextmanager
def slow_api():
    """The address of an API that lets everybody in, after a tenth of a second."""

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(0.1)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
def test_a_journal_that_is_no_file_is_refused(api):
    assert refusal(audit(api, "--journal", "/dev/full"), 1) == "The journal /dev/full cannot be used: it is not a file."


def test_a_journal_that_takes_no_more_is_one_sentence(api):
    asked = ("audit", "--openapi", "three.json", "--key", "keys.json", *GITHUB, "--journal", "full")
    no_more = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))"
    process = scopekit(*asked, folder=api.folder, before=no_more)
    assert refusal(process, 1) == "The journal full cannot be written: File too large."


def test_a_document_may_come_from_standard_input(api):
    asked = ("audit", "--openapi", "-", "--key", "keys.json", *GITHUB)
    process = scopekit(*asked, folder=api.folder, stdin=(api.folder / "three.json").read_text())
    assert process.stdout == audit(api).stdout


HEARING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""Who starts the tests in the background may have had all their children ignore Ctrl-C."""


def test_an_audit_that_is_stopped_is_one_sentence_and_its_journal_goes_on(api):
    asked = ("audit", "--openapi", "three.json", "--key", "keys.json", *GITHUB, "--journal", "stopped")
    with slow_api() as url:
        command = [sys.executable, "-c", f"{HEARING}; {MAIN}", *asked, "--base-url", url, "--at-once", "1"]
        process = subprocess.Popen(command, cwd=api.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not (api.folder / "stopped").exists() or (api.folder / "stopped").read_text().count("\n") < 3:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "Stopped before the command had finished.\n")
        kept = [json.loads(line) for line in (api.folder / "stopped").read_text().splitlines()]
        went_on = scopekit(*asked, "--base-url", url, folder=api.folder)
    assert process.returncode == 130
    assert f"16 cells, {len(kept) - 1} from the journal" in went_on.stdout


def test_an_api_that_is_not_there_is_unseen_and_its_status_is_1(api):
    process = audit(api, "--base-url", "http://127.0.0.1:9")
    assert process.returncode == 1
    assert "16 cells could not be seen:" in process.stdout
    assert "no answer: ConnectionRefusedError (8 times)" in process.stdout


def test_in_a_terminal_a_bar_shows_how_far_it_is(api):
    arguments = ("audit", "--openapi", "three.json", "--key", "keys.json", *GITHUB)
    screen, status = in_terminal(*arguments, folder=api.folder)
    assert status == 0
    assert "/16" in screen
    assert "as documented" in screen


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--key", "none.json", *GITHUB],
                     "The key's file cannot be read: No such file or directory.", id="key"),
        pytest.param(["--key", "keys.json", *GITHUB, "--base-url", "http://api.invalid"],
                     "The API is not on this machine. To audit it, name its host: host='api.invalid'.",
                     id="host"),
        pytest.param(["--key", "keys.json", *GITHUB, "--base-url", "nowhere"],
                     "An audit needs the API's address, http://HOST or https://HOST; found another form of address.",
                     id="url"),
        pytest.param(["--key", "keys.json", *GITHUB, "--openapi", "http://api.invalid/openapi.json"],
                     "A document's URL must be on this machine, unless `anywhere` or an audit's `host` allows it; "
                     "found 'api.invalid'.", id="document's host"),
        pytest.param(["--key", "keys.json", *GITHUB, "--html", "no/such/folder.html"],
                     "no/such/folder.html cannot be written: its folder does not exist or is not writable.", id="html"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(api, arguments, sentence):
    process = scopekit("audit", "--openapi", "three.json", *arguments, folder=api.folder)
    assert (process.returncode, process.stderr) == (1, f"{sentence}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Give --key (to mint tokens) or --token-file (to try tokens that you have)."),
        (["--key", "keys.json", "--token-file", "t.txt"], "Give --key (to mint tokens) or --token-file, not both."),
        (["--key", "keys.json", "--audience", ""], "A token of profile RFC9068 names its audience: give --audience."),
        (["--key", "keys.json"], "A token of profile RFC9068 names its audience: give --audience."),
        (["--token-file", "t.txt", "--issuer", "a"], "With --token-file, omit --issuer and --audience"),
        (["--token-file", "-", "--token-file", "-"], "Only one input can be standard input"),
    ],
    ids=["no token", "both", "an empty audience", "no audience", "an issuer for nothing", "two from one input"],
)
def test_options_that_do_not_go_together_are_a_usage_error(api, arguments, said):
    complaint = refusal(scopekit("audit", "--openapi", "three.json", *arguments, folder=api.folder), 2)
    assert said in complaint


# The pytest plugin


def pytest_run(api, *arguments, document="three.json"):
    command = [sys.executable, "-m", "pytest", "-p", "scopekit.pytest_plugin", "-p", "no:cacheprovider", "-q", "-rs"]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # a dozen other plugins take seconds to load
    options = {"openapi": document, "key": "keys.json", "audience": REPOS, "profile": "GITHUB"}
    named = [f"--scopekit-{name}={value}" for name, value in options.items()]
    return subprocess.run(
        [*command, *named, *arguments], cwd=api.folder, env=alone, capture_output=True, text=True, timeout=100
    )


def ending(process):
    """The last line of a run, without its seconds."""
    return process.stdout.splitlines()[-1].split(" in ")[0]


def test_each_cell_is_a_test(api):
    process = pytest_run(api, "--scopekit-unsafe")
    assert (process.returncode, ending(process)) == (0, "24 passed")


def test_each_cell_of_the_whole_sample_api_is_a_test(api):
    process = pytest_run(api, "--scopekit-unsafe", document=f"{api.url}/openapi.json")
    assert (process.returncode, ending(process)) == (0, "1120 passed")


def test_a_cell_that_is_not_as_documented_fails_with_one_sentence(api):
    process = pytest_run(api, "--scopekit-audience=https://another.example/", "-k", "emails and every")
    assert (process.returncode, ending(process)) == (1, "1 failed, 15 deselected")
    assert "refuses: It refuses these tokens: every scope; the document requires user:email." in process.stdout
    assert "Traceback" not in process.stdout


def test_a_cell_of_which_the_document_does_not_say_is_skipped_with_the_reason(api):
    document = json.loads((api.folder / "three.json").read_text())
    operation = {"security": [{"o": ["user:email"]}, {"o": ["gist"]}], "x-scope-depends": ["body"]}
    document["paths"] = {"/user/emails": {"get": {"operationId": "emails", **operation}}}
    (api.folder / "conditional.json").write_text(json.dumps(document))
    process = pytest_run(api, document="conditional.json")
    assert (process.returncode, ending(process)) == (0, "5 passed, 3 skipped")
    assert "the document does not say" in process.stdout


def test_a_cell_that_cannot_be_seen_fails_with_the_reason(api):
    process = pytest_run(api, "--scopekit-base-url=http://127.0.0.1:9", "-k", "profile and every")
    assert (process.returncode, ending(process)) == (1, "1 failed, 15 deselected")
    assert "the result cannot be observed: no answer: ConnectionRefusedError" in process.stdout
    assert "Traceback" not in process.stdout


def test_an_api_that_is_somewhere_else_passes_no_cell_for_its_404(api):
    document = json.loads((api.folder / "three.json").read_text())
    for path in document["paths"].values():
        path["get"].pop("responses")  # a document that says nothing of the answers finds no fault with a 404
    (api.folder / "elsewhere.json").write_text(json.dumps(document))
    process = pytest_run(api, f"--scopekit-base-url={api.url}/elsewhere", document="elsewhere.json")
    assert (process.returncode, ending(process)) == (1, "16 failed")
    assert "the result cannot be observed: 404 Not Found" in process.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--scopekit-openapi=none.json"], "ERROR: The document 'none.json' cannot be read: "),
        (["--scopekit-key="], "ERROR: --scopekit-openapi needs --scopekit-key"),
        (["--scopekit-profile=NONE"], "ERROR: --scopekit-profile: There is no profile 'NONE'; known are RFC9068, "),
        (["--scopekit-profile=no.toml"], "ERROR: --scopekit-profile: The profile's file cannot be read: No such file"),
        (["--scopekit-kid=other"], "ERROR: The key cannot be used: No key has the kid 'other'"),
        (
            ["--scopekit-base-url=http://api.invalid"],
            "ERROR: The API is not on this machine. To audit it, name its host",
        ),
        (["--scopekit-openapi="], "ERROR: The document '' cannot be read: Is a directory"),
        (["--scopekit-openapi=risky.json"], "ERROR: Nothing to audit: 1 call skipped. The first is"),
    ],
    ids=["document", "key", "profile", "profile file", "kid", "host", "no document", "no call"],
)
def test_a_mistake_of_the_plugin_s_options_is_one_sentence(api, arguments, sentence):
    (api.folder / "risky.json").write_text(json.dumps(risky()))
    process = pytest_run(api, *arguments)
    assert process.returncode == 4
    assert process.stderr.startswith(sentence)


def test_an_option_of_the_plugin_without_a_document_is_a_mistake(api):
    (api.folder / "test_own.py").write_text("def test_own():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--scopekit-key=key.json", "test_own.py"]
    process = subprocess.run(command, capture_output=True, text=True, cwd=api.folder)
    assert process.returncode == 4
    assert "--scopekit-key needs --scopekit-openapi, the document to test." in process.stderr


def test_the_plugin_is_there_once_scopekit_is_installed_and_adds_nothing_unasked(api):
    (api.folder / "test_own.py").write_text(
        "def test_own(pytestconfig):\n    assert pytestconfig.pluginmanager.has_plugin('scopekit')\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_own.py"]
    process = subprocess.run(command, cwd=api.folder, capture_output=True, text=True, timeout=100, check=False)
    assert process.stdout.splitlines()[-1].startswith("1 passed")
