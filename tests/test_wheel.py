import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import scopekit

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The names of all files in a wheel that was built from the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", folder, ROOT]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_carries_every_lesson(packed):
    lessons = {f"scopekit/notebooks/{lesson.name}" for lesson in (ROOT / "notebooks").glob("*.ipynb")}
    assert lessons
    assert {name for name in packed if name.endswith(".ipynb")} == lessons


def test_the_wheel_carries_swagger_ui(packed):
    assert {"sample_api/swagger_ui/swagger-ui-bundle.js", "sample_api/swagger_ui/swagger-ui.css"} <= packed


def test_the_wheel_carries_the_types_and_the_settings_of_jupyterlab(packed):
    assert {"scopekit/py.typed", "scopekit/cli/labconfig/default_setting_overrides.json"} <= packed


def test_the_wheel_holds_the_two_packages_and_nothing_else(packed):
    assert {name.split("/")[0] for name in packed} == {
        "scopekit",
        "sample_api",
        f"scopekit_jwt-{scopekit.__version__}.dist-info",
    }
