import os
import re
import socket
import subprocess
import sys

import pytest
from commanding import in_terminal, refusal, scopekit, scopekit_process

from scopekit import __version__
from scopekit.cli.commands import looks_like_token
from scopekit.wording import needs_extra

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzY29wZSI6InJlcG8ifQ.c2lnbmF0dXJl"
COMMANDS = ("lab", "mint", "decode", "explain", "scopes", "lint", "audit")


@pytest.mark.parametrize("arguments", [[], ["--help"]], ids=["no arguments", "--help"])
def test_help_names_the_commands(tmp_path, arguments):
    process = scopekit(*arguments, folder=tmp_path)
    assert process.returncode == 0
    assert all(re.search(rf"^  {name} ", process.stdout, re.MULTILINE) for name in COMMANDS)
    assert "JupyterLab" in process.stdout
    assert "--install-completion" in process.stdout


def test_help_of_lab_names_its_options(tmp_path):
    process = scopekit("lab", "--help", folder=tmp_path)
    assert process.returncode == 0
    for word in ("FOLDER", "scopekit-lessons", "--edit", "--port", "--no-browser"):
        assert word in process.stdout


@pytest.mark.parametrize(("name", "words"), [("mint", "SCOPE"), ("run-sheet", "LESSON"), ("lab", "FOLDER")])
def test_usage_says_that_the_words_may_be_left_out_once(tmp_path, name, words):
    usage = scopekit(name, "--help", folder=tmp_path).stdout.splitlines()[0]
    assert usage.removesuffix("...") == f"Usage: scopekit {name} [OPTIONS] [{words}]"


def test_version_is_that_of_the_package(tmp_path):
    process = scopekit("--version", folder=tmp_path)
    assert (process.returncode, process.stdout) == (0, f"scopekit {__version__}\n")


def test_without_typer_a_sentence_says_what_to_install(tmp_path):
    process = scopekit_process("--help", folder=tmp_path, before="import sys; sys.modules['typer'] = None")
    assert process.returncode == 1
    assert refusal(process) == needs_extra("The command line", "cli")


def test_without_jupyterlab_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("scopekit.cli.lesson_commands.find_spec", lambda name: None)
    process = scopekit("lab", folder=tmp_path)
    assert refusal(process) == needs_extra("JupyterLab", "lab")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear reader")
    process = scopekit("lab", "letter.txt", "--no-browser", folder=tmp_path)
    assert refusal(process) == "letter.txt is a file; the lessons need a folder."
    assert (tmp_path / "letter.txt").read_text() == "Dear reader"


def test_a_busy_port_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        process = scopekit("lab", "--no-browser", "--port", str(port), folder=tmp_path)
    assert refusal(process) == f"Port {port} cannot be used: Address already in use."
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_option_is_refused(tmp_path):
    process = scopekit("lab", "--nonsense", folder=tmp_path)
    assert process.returncode == 2
    assert "--nonsense" in refusal(process)


def test_the_originals_are_not_opened_as_a_copy(tmp_path):
    process = scopekit("lab", "mine", "--edit", folder=tmp_path)
    assert "--edit opens the originals, so it takes no FOLDER." in refusal(process)
    assert list(tmp_path.iterdir()) == []


def show(program, command, environment):
    print("RUN", *command[1:], environment["JUPYTER_CONFIG_PATH"], sep="|")


def test_lab_opens_a_copy_and_keeps_the_news_away(tmp_path):
    process = scopekit("lab", "--no-browser", folder=tmp_path, execve=show)
    (command,) = [line for line in process.stdout.splitlines() if line.startswith("RUN")]
    assert f"|-m|jupyterlab|--ServerApp.root_dir={tmp_path / 'scopekit-lessons'}|" in command
    assert "|--LabApp.default_url=/lab/tree/00-" in command
    assert (os.sep + os.path.join("scopekit", "cli")) in command.rpartition("|")[2]


def test_a_kept_lesson_is_named(tmp_path):
    scopekit("lab", "mine", folder=tmp_path, execve=show)
    lesson = next((tmp_path / "mine").glob("*.ipynb"))
    lesson.write_text("my notes")
    process = scopekit("lab", "mine", folder=tmp_path, execve=show)
    assert f"Kept as you changed it: {lesson.name}" in process.stdout
    assert lesson.read_text() == "my notes"


def test_edit_opens_the_originals_and_copies_nothing(tmp_path):
    process = scopekit("lab", "--edit", folder=tmp_path, execve=show)
    assert f"{os.sep}notebooks|" in process.stdout
    assert list(tmp_path.iterdir()) == []


# A token in an argument


@pytest.mark.parametrize(
    "arguments",
    [
        [TOKEN],
        ["decode", TOKEN],
        ["decode", f"Bearer {TOKEN}"],
        ["decode", "--token-file", TOKEN],
        ["explain", f"--needs={TOKEN}"],
        ["mint", "--subject", f"'{TOKEN}'"],
        ["nonsense", f"--token={TOKEN}"],
        [f"-t{TOKEN}"],
        ["--version", TOKEN],
        ["scopes", "--openapi", f"https://x.example/?access_token={TOKEN}"],
    ],
    ids=lambda arguments: " ".join(arguments).replace(TOKEN, "TOKEN"),
)
def test_a_token_in_an_argument_is_refused_and_not_said_again(tmp_path, arguments):
    process = scopekit(*arguments, folder=tmp_path)
    assert refusal(process, 1).startswith("A token may not be an argument: it would stay in the shell's history")
    assert process.stdout == ""
    assert not [part for part in TOKEN.split(".") if part in process.stderr]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (TOKEN, True),
        (f"Bearer {TOKEN}", True),
        (TOKEN.rpartition(".")[0] + ".", True),
        (TOKEN[:-3], True),
        (f"{TOKEN}.{TOKEN}", True),
        (".".join(["A" * 24] * 3), True),
        ("api.example.com", False),
        ("https://tenant.eu.auth0.example/.well-known/jwks.json", False),
        ("my.token.jwt", False),
        ("eyes.of.the.world", False),
        ("com.example.read:users", False),
        ("", False),
    ],
)
def test_what_looks_like_a_token(text, is_one):
    assert looks_like_token(text) is is_one


@pytest.mark.parametrize(
    "arguments",
    [
        ["decode", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
        ["decode", "--ghp_16C7e42F292c6912E7710c838347Ae178B4a=1"],
        ["lab", "--port", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
        ["mint", "repo", "--profile", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
        ["ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
    ],
)
def test_a_key_in_a_wrong_place_is_not_said_again_by_the_usage_error(tmp_path, arguments):
    process = scopekit(*arguments, folder=tmp_path)
    assert "16C7e42F292c6912" not in refusal(process, 2)


# Shells and terminals


@pytest.mark.parametrize(
    "asked",
    [("lint", "--openapi", "a\x1b[2J.json"), ("run-sheet", "--out", "no\x1b[2J/a"), ("mint", "--\x1b[2J")],
    ids=["a document", "a report", "an option"],
)
def test_a_name_in_a_refusal_cannot_steer_a_terminal(tmp_path, asked):
    told = refusal(scopekit(*asked, folder=tmp_path))
    assert "\x1b" not in told
    assert r"\x1b[2J" in told


def test_the_shell_completes_commands(tmp_path):
    asked = {"_SCOPEKIT_COMPLETE": "complete_bash", "COMP_WORDS": "scopekit de", "COMP_CWORD": "1"}
    assert scopekit(folder=tmp_path, **asked).stdout.split() == ["decode"]


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    before = "import os; read, write = os.pipe(); os.dup2(write, 1); os.close(read); os.close(write)"
    process = scopekit_process("--version", folder=tmp_path, before=before, PYTHONUNBUFFERED="")
    assert (process.returncode, process.stderr) == (1, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
@pytest.mark.parametrize("asked", ["--version", "--help", "decode"])
def test_an_output_that_takes_nothing_is_one_sentence(tmp_path, asked):
    before = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
    process = scopekit_process(asked, folder=tmp_path, before=before, stdin=TOKEN)
    assert refusal(process, 1) == "Standard output cannot be written to: No space left on device."


def test_an_output_that_is_not_there_is_one_sentence(tmp_path):
    process = scopekit_process("decode", folder=tmp_path, before="import sys; sys.stdout = None", stdin=TOKEN)
    assert refusal(process, 1) == "There is no standard output to write to."


@pytest.mark.parametrize("columns", ["0", "-1", "wide"])
def test_a_terminal_that_says_nothing_of_its_width_loses_nothing(tmp_path, columns):
    process = scopekit("decode", folder=tmp_path, stdin=TOKEN, COLUMNS=columns)
    assert process.stdout.splitlines()[-1] == "NOT VERIFIED: anyone may have written this token."


def test_an_encoding_without_our_marks_is_no_error(tmp_path):
    process = scopekit_process("decode", folder=tmp_path, stdin=f"{TOKEN}", PYTHONIOENCODING="ascii")
    assert (process.returncode, process.stderr) == (0, "")


def test_help_fits_a_narrow_terminal(tmp_path):
    shown, status = in_terminal("--help", folder=tmp_path, columns=60)
    assert status == 0
    assert max(len(line) for line in shown.splitlines()) <= 60


def test_python_runs_it_as_a_module_too(tmp_path):
    command = [sys.executable, "-m", "scopekit", "--version"]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (process.returncode, process.stdout) == (0, f"scopekit {__version__}\n")


def test_help_loads_nothing_that_only_a_command_needs(tmp_path):
    before = "import atexit, sys; atexit.register(lambda: print(*sys.modules))"
    loaded = set(scopekit_process("--help", folder=tmp_path, before=before).stdout.split())
    assert "typer" in loaded
    assert not loaded & {"rich", "requests", "starlette", "scopekit.audit", "scopekit.render"}
