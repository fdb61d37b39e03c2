import pytest
from forging import whole_guard

from scopekit import guard as guards
from scopekit import keys, log, workers


@pytest.fixture
def guard():
    """A guard with all its checks on."""
    return whole_guard()


@pytest.fixture(autouse=True)
def nothing_said():
    """Forgets what this process has said once, and what it worked out for calls that it knows."""
    log._SAID.clear()
    for remembered in (keys._log_skipped, workers._warn, guards._least):
        remembered.cache_clear()
