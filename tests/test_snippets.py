"""Exchanges as code: what the code says, and that it runs and gets the answer that the exchange got."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from scopekit import Lab
from scopekit.audit import Exchange
from scopekit.audit.sending import send
from scopekit.render.exchanges import snippets_of

NASTY = 'it\'s "quoted"\n$HOME `id` \\ <b>é\u202e</b> 😀 \\u0041'
RUN = {
    "curl": ["bash"],
    "requests": [sys.executable, "-"],
    "httpx": [sys.executable, "-"],
    "fetch": ["node", "--input-type=module", "-"],
}


@pytest.fixture(scope="module")
def world():
    with Lab("snippets") as lab:
        yield lab


@pytest.fixture
def lab(world):
    """The Lab, its records as they were before."""
    records = world.state.data.snapshot()
    yield world
    world.state.data.restore(records)


def text_body(lab, token):
    headers = {"X-Note": 'it\'s "so" $HOME'}
    return send(lab.session, lab.url, "PATCH", "/user/emails", token, NASTY, media_type="text/plain", headers=headers)


def form_body(lab, token):
    form = {"token": NASTY, "client_id": "it's"}
    return send(
        lab.session, lab.url, "POST", "/oauth/revoke", body=form, media_type="application/x-www-form-urlencoded"
    )


EXCHANGES = {
    "a GET": lambda lab, token: lab.get("/user/emails", token),
    "no token": lambda lab, token: lab.get("/user"),
    "a denial": lambda lab, token: lab.delete("/repos/octocat/old-notes", token),
    "a new repository": lambda lab, token: lab.post("/user/repos", token, name="demo"),
    "a nasty body": lambda lab, token: lab.post("/user/repos", token, name=NASTY, private=False, size=1.0, none=None),
    "names as JavaScript has its own": lambda lab, token: lab.post(
        "/user/repos", token, __proto__={"2": 1, "1": 2**64}
    ),
    "text": text_body,
    "a form": form_body,
    "a token in the address": lambda lab, token: lab.get(f"/user?access_token={token}&it's=%zz {{[é#x"),
    "no such path": lambda lab, token: lab.get("/a b/$HOME/'\"", token),
    "HEAD": lambda lab, token: lab.request("HEAD", "/health"),
    "a client's own": lambda lab, token: lab.form(
        "/oauth/token", "explorer", grant_type="client_credentials", scope="gist"
    ),
    "a list": lambda lab, token: lab.request("POST", "/user/repos", token, [1, True, None, "x"]),
}


def ran(tool, code, lab, token):
    """The status that the code prints, run as it stands with API and TOKEN in the environment."""
    if tool in ("curl", "fetch") and shutil.which(RUN[tool][0]) is None:
        pytest.skip(f"{RUN[tool][0]} is not on this machine")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    client = base64.b64encode(f"explorer:{lab.state.clients['explorer']}".encode()).decode()
    environment |= {"API": lab.url, "TOKEN": str(token), "SECRET": client, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(RUN[tool], input=code.encode(), env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return int(re.search(rb"\b(\d{3})\b", done.stdout)[1])


@pytest.mark.slow
@pytest.mark.parametrize("name", EXCHANGES)
@pytest.mark.parametrize("tool", RUN)
def test_code_runs_and_gets_the_same_status(lab, tool, name):
    token, records = lab.mint(["repo", "user:email"]), lab.state.data.snapshot()
    exchange = EXCHANGES[name](lab, token)
    lab.state.data.restore(records)
    assert ran(tool, snippets_of(exchange)[tool], lab, token) == exchange.status


ECHO = """
import http.server, json
class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = {"path": self.path, "body": body.decode(), "headers": dict(self.headers)}
        self.send_response(200); self.end_headers(); self.wfile.write(b"<<" + json.dumps(told).encode() + b">>")
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.mark.slow
@pytest.mark.parametrize("media_type", ["text/plain", "application/json"])
@pytest.mark.parametrize("tool", RUN)
def test_what_arrives_is_what_was_sent(tool, media_type):
    body = NASTY + "\r\n@file" if media_type == "text/plain" else json.dumps({"a": NASTY, "b": [1, 1.5, True, None]})
    headers = {"Content-Type": media_type, "X-Note": 'it\'s "so" $HOME `id`'}
    exchange = Exchange("POST", "/a'b?c=$HOME&d=%20{1,2}", headers, body, 200, "OK", {}, "")
    echo = subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
    try:
        environment = {
            "API": f"http://127.0.0.1:{echo.stdout.readline().strip()}",
            "TOKEN": "t",
            "PATH": os.environ["PATH"],
        }
        done = subprocess.run(RUN[tool], input=snippets_of(exchange)[tool].encode(), env=environment | {"LC_ALL": "C"},
                              capture_output=True, timeout=60)  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        told = json.loads(re.search(rb"<<(.*)>>", done.stdout)[1])
    finally:
        echo.terminate()
        echo.communicate(timeout=20)
    if media_type == "application/json":
        assert json.loads(told["body"]) == json.loads(body)
    else:
        assert told["body"] == body
    arrived = {name.title(): value for name, value in told["headers"].items()}
    assert arrived.items() >= headers.items()
    assert told["path"].replace("'", "%27").replace("{", "%7B").replace("}", "%7D") == "/a%27b?c=$HOME&d=%20%7B1,2%7D"


def test_a_snippet_reads_as_one_would_write_it(lab):
    exchange = lab.post("/user/repos", lab.mint(["repo"]), name="it's")
    assert snippets_of(exchange) == {
        "curl": """curl -i -X POST "$API"/user/repos \\
  -H 'Accept: application/json' \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  --data-raw '{"name": "it'"'"'s"}'""",
        "requests": """import os

import requests

response = requests.request(
    'POST',
    os.environ["API"] + '/user/repos',
    headers={'Accept': 'application/json', 'Authorization': f"Bearer {os.environ['TOKEN']}"},
    json={'name': "it's"},
)
print(response.status_code, response.text)""",
        "httpx": """import os

import httpx

response = httpx.request(
    'POST',
    os.environ["API"] + '/user/repos',
    headers={'Accept': 'application/json', 'Authorization': f"Bearer {os.environ['TOKEN']}"},
    json={'name': "it's"},
)
print(response.status_code, response.text)""",
        "fetch": """const { API, TOKEN } = process.env;
const response = await fetch(API + "/user/repos", {
  method: "POST",
  headers: { "Accept": "application/json", "Authorization": `Bearer ${TOKEN}`, "Content-Type": "application/json" },
  body: JSON.stringify({"name": "it's"}),
});
console.log(response.status, await response.text());""",
    }


@pytest.mark.parametrize("tool", RUN)
def test_no_snippet_holds_token_or_address(lab, tool):
    token = lab.mint(["repo"])
    for exchange in (lab.get("/user", token), lab.get(f"/user?access_token={token}")):
        code = snippets_of(exchange)[tool]
        assert str(token) not in code
        assert lab.url not in code
        assert "TOKEN" in code


@pytest.mark.parametrize("tool", RUN)
def test_what_cannot_be_printed_is_escaped(tool):
    exchange = Exchange("POST", "/x", {"Content-Type": "text/plain"}, "a\u202eb\x1b[2J", 200, "OK", {}, "")
    assert all(each.isprintable() or each == "\n" for each in snippets_of(exchange)[tool])


def test_redirect_is_followed_by_no_snippet(lab):
    exchange = replace(lab.get("/user"), status=302)
    assert "allow_redirects=False" in snippets_of(exchange)["requests"]
    assert 'redirect: "manual"' in snippets_of(exchange)["fetch"]
