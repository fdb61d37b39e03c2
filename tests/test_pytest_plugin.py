"""What the plugin costs whoever has the kit installed and runs tests that have nothing to do with it."""

import os
import resource
import statistics
import subprocess
import sys

import pytest

PLUGIN = ("-p", "scopekit.pytest_plugin")


def empty_run(folder, *options):
    """The processor time in seconds of one empty test with no plugins but `options`, and what it printed."""
    (folder / "test_empty.py").write_text("import sys\ndef test_empty(): print(*sys.modules)\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *options]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def test_a_run_without_its_option_loads_the_plugin_and_nothing_else_of_the_kit(tmp_path):
    loaded = {name for name in empty_run(tmp_path, *PLUGIN)[1].split() if name.partition(".")[0] == "scopekit"}
    assert loaded == {"scopekit", "scopekit.display", "scopekit.pytest_plugin"}


@pytest.mark.slow
def test_an_empty_run_takes_at_most_a_tenth_longer_with_the_plugin(capsys, tmp_path):
    pairs = [(empty_run(tmp_path)[0], empty_run(tmp_path, *PLUGIN)[0]) for _ in range(16)][1:]
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    with capsys.disabled():
        print(f"\nan empty run of pytest with the plugin: {ratio:.2f} of its time without")
    assert ratio < 1.1
