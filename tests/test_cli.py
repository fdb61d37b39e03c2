import os
import socket
import subprocess
import sys
from importlib.metadata import version

import pytest

MAIN = "import sys; from scopekit.cli import main; sys.exit(main())"


def scopekit(*arguments, folder, before=""):
    """The finished process of `scopekit ARGUMENTS`, run in `folder` after the statements `before`."""
    command = [sys.executable, "-c", f"{before}\n{MAIN}", *arguments]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def refusal(process):
    """The one line on stderr of a process that failed without a traceback."""
    assert process.returncode in (1, 2)
    assert "Traceback" not in process.stderr
    (line,) = process.stderr.splitlines()
    return line


@pytest.mark.parametrize("arguments", [[], ["--help"]], ids=["no arguments", "--help"])
def test_help_names_the_commands(tmp_path, arguments):
    process = scopekit(*arguments, folder=tmp_path)
    assert process.returncode == 0
    assert "lab" in process.stdout
    assert "JupyterLab" in process.stdout


def test_help_of_lab_names_its_options(tmp_path):
    process = scopekit("lab", "--help", folder=tmp_path)
    assert process.returncode == 0
    for word in ("FOLDER", "scopekit-lessons", "--edit", "--port", "--no-browser"):
        assert word in process.stdout


def test_version_is_that_of_the_package(tmp_path):
    process = scopekit("--version", folder=tmp_path)
    assert (process.returncode, process.stdout) == (0, f"scopekit {version('scopekit')}\n")


def test_without_typer_a_sentence_says_what_to_install(tmp_path):
    process = scopekit("--help", folder=tmp_path, before="import sys; sys.modules['typer'] = None")
    assert process.returncode == 1
    assert refusal(process) == ("The command line needs the extra 'cli': python -m pip install 'scopekit[cli]'.")


def test_without_jupyterlab_a_sentence_says_what_to_install(tmp_path):
    hide = "import importlib.util; importlib.util.find_spec = lambda name: None"
    process = scopekit("lab", folder=tmp_path, before=hide)
    assert refusal(process) == "JupyterLab is not installed: python -m pip install 'scopekit[lab]'."
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


SHOW_COMMAND = """
import os
def show(program, command, environment):
    print("RUN", *command[1:], environment["JUPYTER_CONFIG_PATH"], sep="|")
os.execve = show
"""


def test_lab_opens_a_copy_and_keeps_the_news_away(tmp_path):
    process = scopekit("lab", "--no-browser", folder=tmp_path, before=SHOW_COMMAND)
    (command,) = [line for line in process.stdout.splitlines() if line.startswith("RUN")]
    assert f"|-m|jupyterlab|--ServerApp.root_dir={tmp_path / 'scopekit-lessons'}|" in command
    assert "|--LabApp.default_url=/lab/tree/00-" in command
    assert (os.sep + os.path.join("scopekit", "cli")) in command.rpartition("|")[2]


def test_a_kept_lesson_is_named(tmp_path):
    scopekit("lab", "mine", folder=tmp_path, before=SHOW_COMMAND)
    lesson = next((tmp_path / "mine").glob("*.ipynb"))
    lesson.write_text("my notes")
    process = scopekit("lab", "mine", folder=tmp_path, before=SHOW_COMMAND)
    assert f"Kept as you changed it: {lesson.name}" in process.stdout
    assert lesson.read_text() == "my notes"


def test_edit_opens_the_originals_and_copies_nothing(tmp_path):
    process = scopekit("lab", "--edit", folder=tmp_path, before=SHOW_COMMAND)
    assert f"{os.sep}notebooks|" in process.stdout
    assert list(tmp_path.iterdir()) == []
