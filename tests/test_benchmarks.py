"""The benchmarks measure, and no run of the tests waits for them; that they could start is shown here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_benchmarks_in_a_browser_find_what_they_take_from_its_tests():
    command = [sys.executable, "-m", "pytest", "--setup-plan", "-q", "-m", "slow or not slow", "-p", "no:cacheprovider"]
    plan = subprocess.run([*command, "benchmarks/test_widgets_speed.py"], cwd=ROOT, capture_output=True, text=True)
    assert plan.returncode == 0, plan.stdout
    assert "fixtures used: " in plan.stdout
