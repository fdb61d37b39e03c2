import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import scopekit
from scopekit import Issuer, Key

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]

REGISTRY = re.compile(r"(?i)py" r"pi\.org|python" r"hosted\.org|registry\.npm" r"js\.org|ana" r"conda\.org")
MACHINE_PATH = re.compile(r"/(?:home|Users)/[a-z]\w*/|/ro" r"ot/|/wo" r"rk/")


def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def names(requirements):
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def tracked():
    """The files that are in the repository, or would be with the next `git add`."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_base_install_is_pyjwt_and_cryptography_alone():
    assert names(PROJECT["dependencies"]) == {"pyjwt", "cryptography"}


def test_the_extras_are_asgi_fastapi_cli_redis_serve_audit_lab_test_bench_and_mutants():
    assert set(EXTRAS) == {"asgi", "fastapi", "cli", "redis", "serve", "audit", "lab", "test", "bench", "mutants"}


def test_lab_includes_what_its_lessons_use_and_test_includes_lab_and_redis():
    assert "scopekit-jwt[asgi,cli,fastapi,audit]" in EXTRAS["lab"]
    assert {"scopekit-jwt[lab]", "scopekit-jwt[redis]", "scopekit-jwt[serve]"} <= set(EXTRAS["test"])


def test_environment_installs_the_extra_lab_on_a_supported_python():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == "scopekit"
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"] == ["python=3.11", "pip", {"pip": ["-e .[lab]"]}]
    assert PROJECT["requires-python"] == ">=3.11"
    assert "lab" in EXTRAS


def test_constraints_are_plain_pins():
    assert [pin for pin in pins() if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin)] == []


def test_constraints_name_every_direct_dependency_once():
    pinned = [canonicalize_name(pin.partition("==")[0]) for pin in pins()]
    direct = names([*PROJECT["dependencies"], "hatchling", *(line for extra in EXTRAS.values() for line in extra)])
    assert direct - {"scopekit-jwt"} - set(pinned) == set()
    assert len(pinned) == len(set(pinned))


def test_constraints_satisfy_what_the_project_asks_for():
    version = {canonicalize_name(name): number for name, _, number in (pin.partition("==") for pin in pins())}
    lines = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    asked = [Requirement(line) for line in lines if not line.startswith("scopekit-jwt[")]
    assert [str(need) for need in asked if version[canonicalize_name(need.name)] not in need.specifier] == []


def test_the_public_workflow_runs_the_same_script_on_every_supported_python():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["run"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["bash .ci/run"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert [step["run"] for step in workflow["jobs"]["lowest"]["steps"] if "run" in step] == ["bash .ci/lowest"]
    assert all((ROOT / script).stat().st_mode & 0o111 for script in (".ci/run", ".ci/lowest"))


def test_the_pre_commit_hooks_bring_no_versions_of_their_own():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert [hook["id"] for hook in hooks] == ["ruff", "ruff-format", "mypy"]
    assert {hook["language"] for hook in hooks} == {"system"}


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE_PATH], ids=["a registry's host", "a path of one machine"])
def test_no_file_names(pattern):
    texts = {file: file.read_text(encoding="utf-8", errors="replace") for file in tracked()}
    found = {f"{file.relative_to(ROOT)}: {hit[0]}" for file, text in texts.items() if (hit := pattern.search(text))}
    assert found == set()


INSTALL = re.compile(r"pip3?(?:\.exe)? install(?:\s+-\S+)*\s+(?:\\?['\"])?([^\s'\"`]+)")
"""What a text tells somebody to install first; options stand before it."""


def test_no_text_tells_anybody_to_install_this_kit_by_a_bare_name():
    """Nothing is published, and the program that has the name `scopekit` on the index is another one."""
    readable = [file for file in tracked() if file.suffix in (".py", ".md", ".ipynb", ".toml", ".yml", "")]
    texts = {file: file.read_text(encoding="utf-8") for file in readable if file != Path(__file__)}
    named = {f"{file.relative_to(ROOT)}: {name}" for file, text in texts.items() for name in INSTALL.findall(text)}
    assert named  # the README's command, at least
    assert [line for line in named if re.search(r": (?i:scopekit|sample)", line)] == []


@pytest.mark.parametrize("line", ["pip install scopekit", "pip install -U 'scopekit[cli]'", "pip install scopekit-jwt"])
def test_a_bare_name_would_be_seen(line):
    assert INSTALL.findall(line)[0].startswith("scopekit")


def test_the_version_is_said_once():
    assert (PROJECT["name"], PROJECT["dynamic"]) == ("scopekit-jwt", ["version"])
    assert version("scopekit-jwt") == scopekit.__version__


def test_no_file_names_the_folder_of_this_checkout():
    places = {str(ROOT), str(Path.home())} - {"/"}
    assert [file for file in tracked() if any(p.encode() + b"/" in file.read_bytes() for p in places)] == []


HIDDEN = "Another module named {0} hides the kit's own: <module '{0}' from '{1}'>.\n"
"""What somebody reads whose folder, or whose other program, has a module of the same name."""


def hidden(folder, *command):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    return done.stderr


def test_another_scopekit_before_ours_is_one_sentence_of_the_command_line(tmp_path):
    key, token = Key.generate("k1", issuer="https://i.example/"), "token.txt"
    (tmp_path / "key.json").write_text(json.dumps(key.to_jwk(private=True)))
    (tmp_path / token).write_text(str(Issuer(key, audience="repos").mint(["repo"])))
    package = Path(shutil.copytree(ROOT / "scopekit", tmp_path / "scopekit"))
    (package / "__init__.py").write_text('"""The other program, installed over ours."""')
    (package / "guard.py").unlink()
    complaint = hidden(tmp_path, "-m", "scopekit", "decode", "--key", "key.json", "--token-file", token)
    assert complaint == HIDDEN.format("scopekit", package / "__init__.py")


@pytest.mark.parametrize("module", ["sample_api", "sample_api.other_issuer"])
def test_another_scopekit_before_ours_is_one_sentence_of_the_sample_api(tmp_path, module):
    (tmp_path / "scopekit.py").write_text("")
    assert hidden(tmp_path, "-m", module) == HIDDEN.format("scopekit", tmp_path / "scopekit.py")


def test_another_sample_api_before_ours_is_one_sentence_of_the_lab(tmp_path):
    (tmp_path / "sample_api.py").write_text("")
    last = hidden(tmp_path, "-c", "from scopekit import Lab").partition("LabError: ")[2]
    assert last == HIDDEN.format("sample_api", tmp_path / "sample_api.py")
