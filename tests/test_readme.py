"""The README tells the truth: its code runs and prints what it shows, its commands work, its links lead somewhere."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import venv
from pathlib import Path

import nbformat
import pytest
import requests

from scopekit import Issuer
from scopekit.lab import InProcess, Loopback

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = (ROOT / "docs/map.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMANDS = [text.strip() for kind, text in BLOCKS if kind == "console"]


@pytest.fixture(scope="module")
def run():
    """The names that the README's code made, and what it printed."""
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        for text in (text for kind, text in BLOCKS if kind == "python"):
            exec(compile(text, "README.md", "exec"), names)
    return names, printed.getvalue()


def test_code_prints_what_is_shown(run):
    shown = "".join(text for kind, text in BLOCKS if kind == "text")
    assert "✗ denied" in shown
    assert run[1] == shown


def test_application_that_is_shown_answers_with_the_token_that_is_shown(run):
    session = requests.Session()
    url = InProcess().open(run[0]["app"], session) + "/notes"
    assert session.get(url).status_code == 401
    assert session.get(url, headers={"Authorization": f"Bearer {run[0]['token']}"}).json() == ["buy milk"]


def test_fastapi_application_that_is_shown_gives_its_handler_the_caller(run):
    transport, token = Loopback(), Issuer(run[0]["key"], audience="https://notes.example/").mint(["notes"])
    with requests.Session() as session, contextlib.closing(transport):
        session.trust_env = False
        url = transport.open(run[0]["api"], session) + "/notes?text=buy+milk"
        assert session.post(url).status_code == 401
        assert session.post(url, headers={"Authorization": f"Bearer {run[0]['token']}"}).status_code == 403
        assert session.post(url, headers={"Authorization": f"Bearer {token}"}).json() == "buy milk, says octocat"


@pytest.mark.parametrize(
    "name",
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/map.md", "docs/recipes.md", "benchmarks/peers/README.md"],
)
def test_relative_links_lead_somewhere(name):
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (ROOT / name).parent.joinpath(link).exists()] == []
    assert len(links) > 10 or name != "README.md"


def test_every_lesson_is_listed_with_its_minutes_and_their_sum():
    whole = 0
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        minutes = nbformat.read(path, as_version=4).metadata["scopekit"]["minutes"]
        row = rf"^\| \[{path.name[:2]}\]\(notebooks/{path.name}\) \| .+ \| {minutes} \|$"
        wanted = f"README needs the row | [{path.name[:2]}](notebooks/{path.name}) | QUESTION | {minutes} |"
        assert re.search(row, README, re.MULTILINE), wanted
        whole += minutes
    total = f"{whole // 60} hours and {whole % 60} minutes"
    assert total in README, f"README needs the sum {total}"


def test_every_path_that_the_map_names_is_there():
    paths = re.findall(r"`((?:scopekit|sample_api|notebooks|examples|benchmarks|tests)[\w/.]*)`", MAP)
    assert len(paths) > 40
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_commands_are_the_three_that_are_tested_here():
    assert COMMANDS == [
        "python -m pip install -e '.[lab]' && scopekit lab",
        "python -m sample_api",
        "python -m pip install -e '.[test]' && python -m pytest",
    ]


def test_command_that_serves_the_api_answers_and_stops():
    command = [sys.executable, *shlex.split(COMMANDS[1])[1:]]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/health", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_the_audit_s_options_that_are_shown_are_there():
    (shown,) = (text for kind, text in BLOCKS if kind == "sh")
    command = [sys.executable, "-c", "import sys; from scopekit.cli import main; sys.exit(main())", "audit", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    named = re.findall(r"--[a-z-]+", shown)
    assert len(named) == 5
    assert [name for name in named if not re.search(rf"{name}\b", told)] == []


@pytest.mark.slow
def test_first_command_opens_the_lessons_on_a_fresh_machine(tmp_path):
    """Word for word in a checkout of its own and a virtual environment of its own; it is probed, then stopped."""
    checkout = Path(shutil.copytree(ROOT, tmp_path / "checkout", ignore=shutil.ignore_patterns(".git", ".*_cache")))
    venv.create(tmp_path / "venv", with_pip=True)
    path = f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path), "BROWSER": "true", "JUPYTER_TOKEN": "a-test"}
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(
            ["bash", "-c", COMMANDS[0]], cwd=checkout, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        url = wait_for_url(tmp_path / "log", process)
        with urllib.request.urlopen(f"{url}/api/contents?token=a-test", timeout=10) as answer:
            assert "00-what-can-this-token-do.ipynb" in answer.read().decode()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
    assert (checkout / "scopekit-lessons" / "00-what-can-this-token-do.ipynb").is_file()


def wait_for_url(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + 600
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+(?=/lab)", log.read_text()):
            return found[0]
        time.sleep(0.5)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
