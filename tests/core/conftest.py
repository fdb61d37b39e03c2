import pytest
from forging import whole_guard


@pytest.fixture
def guard():
    """A guard with all its checks on."""
    return whole_guard()
