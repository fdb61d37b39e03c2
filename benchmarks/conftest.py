"""The fixtures that the browser benchmarks share with the browser tests: the same Chromium and JupyterLab."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS / "browser"))


def load(name, path):
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


browser = load("conftest_of_tests", TESTS / "conftest.py").browser
_in_browser = load("conftest_of_browser", TESTS / "browser" / "conftest.py")
jupyterlab, pictures, loaded = _in_browser.jupyterlab, _in_browser.pictures, _in_browser.loaded
new_page, open_cells = _in_browser.new_page, _in_browser.open_cells
