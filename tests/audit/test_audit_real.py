"""Real documents, which nobody here wrote: each as it is inside a package that anyone can download.

They are not copied here. Each test gets one at a pinned version, and holds what `read_document` says against a count
made by a plain walk through its JSON or YAML, with PyYAML's own loader and none of the code that is tested.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
import yaml

from scopekit.audit import read_document

pytestmark = pytest.mark.slow

GITHUB = "@octokit/openapi@23.0.2"
FIGMA = "@figma/rest-api-spec@0.43.0"
SCALAR = "@scalar/galaxy@0.2.20"
README = "@readme/oas-examples@8.2.2"
DATADOG = "datadog-api-client==2.62.0"
CORE = "openapi-core==0.23.1"

DOCUMENTS = [
    (GITHUB, "package/generated/api.github.com.json"),
    (FIGMA, "package/openapi/openapi.yaml"),
    (DATADOG, ".generator/schemas/v1/openapi.yaml"),
    (DATADOG, ".generator/schemas/v2/openapi.yaml"),
    (SCALAR, "package/dist/latest.yaml"),
    (CORE, "tests/integration/data/v3.0/petstore.yaml"),
    (README, "package/3.0/json/petstore.json"),
    (README, "package/3.0/json/star-trek.json"),
    (README, "package/3.0/json/security.json"),
    (README, "package/3.0/json/security-multiple.json"),
    (README, "package/3.1/json/security.json"),
    (README, "package/3.1/json/readme.json"),
    (README, "package/3.1/yaml/train-travel.yaml"),
]
OTHER_CREDENTIALS = ("apiKey", "mutualTLS")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def run(folder, *command):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def download(package, folder):
    """Gets a package's archive: of npm where its name has a scope, else of the Python Package Index, as source."""
    if package.startswith("@"):
        if shutil.which("npm") is None:
            pytest.skip("there is no npm on this machine")
        command, question = ("npm", "pack", "--ignore-scripts", package), ("npm", "view", "npm", "version")
    else:
        pip = sys.executable, "-m", "pip", "--disable-pip-version-check"
        command = *pip, "download", "--quiet", "--no-deps", "--no-binary", ":all:", package
        question = *pip, "index", "versions", "pip"
    done = run(folder, *command)
    if done.returncode and run(folder, *question).returncode:
        pytest.skip(f"no registry can be reached to get {package}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Gives the folder of a package's files, downloaded once."""
    folders = {}

    def unpacked(package):
        if package not in folders:
            folder = tmp_path_factory.mktemp("package")
            download(package, folder)
            (archive,) = [*folder.glob("*.tgz"), *folder.glob("*.tar.gz")]
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
            folders[package] = folder
        return folders[package]

    return unpacked


@pytest.fixture(params=DOCUMENTS, ids=lambda named: f"{named[0]} {named[1].rpartition('/')[2]}")
def file(request, archives):
    package, name = request.param
    folder = archives(package)
    (found,) = [each for each in folder.rglob(Path(name).name) if str(each).endswith(name)]
    return found


def loaded(file):
    text = file.read_text(encoding="utf-8")
    return (
        json.loads(text) if file.suffix == ".json" else yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    )


def walked(document):
    """Each operation that is not deprecated with the sets of scopes that open it: None where that is not told."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    others = {name for name, one in schemes.items() if one["type"] in OTHER_CREDENTIALS or one.get("scheme") == "basic"}
    found = {}
    for template, item in document["paths"].items():
        for method in set(METHODS) & set(item):
            said = item[method].get("security", document.get("security"))
            sets = {
                frozenset(scope for scopes in one.values() for scope in scopes)
                for one in said or []
                if not others & set(one)
            }
            found[method.upper(), template] = None if not sets or {} in said else sets
    return found


def declared(document):
    schemes = document.get("components", {}).get("securitySchemes", {})
    flows = [flow for one in schemes.values() for flow in one.get("flows", {}).values()]
    return {scope for flow in flows for scope in flow["scopes"]}


@functools.cache
def read(file):
    """A document as it is read, and the seconds that it took."""
    start = time.perf_counter()
    return read_document(file), time.perf_counter() - start


def test_a_real_document_is_read_as_a_plain_walk_counts_it(file, capsys):
    (found, seconds), document = read(file), loaded(file)
    needed = walked(document)
    told = {
        (call.method, call.template): call.requirement and set(call.requirement.alternatives) for call in found.calls
    }
    with capsys.disabled():
        size = file.stat().st_size / 1e6
        print(
            f"\n{found.title}: {size:.1f} MB, {found.operations} operations, {len(found.calls)} calls, {seconds:.2f} s"
        )
    assert found.operations == len(needed) == len(found.calls) + len(found.left_out)
    assert told == {operation: needed[operation] for operation in told}
    assert set(found.vocabulary) == declared(document)


def test_no_operation_of_a_real_document_is_left_out_but_for_a_good_reason(file):
    good = (
        "The operation is deprecated.",
        "The operation is served at another address",
        "The media type of the body is not supported",
    )
    assert [str(left) for left in read(file)[0].left_out if not left.reason.startswith(good)] == []


PRINTS_ITS_CALLS = """
import sys
from scopekit.audit import read_document
for call in read_document(sys.argv[1]).calls:
    print(call, call.requirement, call.body, sorted(call.headers.items()), sorted(call.answers))
"""


@pytest.mark.parametrize(("package", "name"), [DOCUMENTS[0], DOCUMENTS[1]], ids=["GitHub", "Figma"])
def test_a_real_document_gives_the_same_calls_in_another_process(archives, package, name):
    command = sys.executable, "-c", PRINTS_ITS_CALLS, str(archives(package) / name)
    first, second = (
        subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    )
    assert first == second


def test_what_figma_asks_for_is_told_without_its_other_credentials(archives):
    figma = read(archives(FIGMA) / "package/openapi/openapi.yaml")[0]
    (variables,) = [call for call in figma.calls if call.name == "getLocalVariables"]
    assert str(variables) == "GET /v1/files/text/variables/local"
    assert str(variables.requirement) == "file_variables:read"


def test_what_datadog_asks_for_is_told_without_its_keys(archives):
    (file,) = archives(DATADOG).rglob("schemas/v1/openapi.yaml")
    (monitors,) = [call for call in read(file)[0].calls if call.name == "ListMonitors"]
    assert (str(monitors.requirement), monitors.safe) == ("monitors_read", True)
    assert {"200", "403"} <= monitors.answers
