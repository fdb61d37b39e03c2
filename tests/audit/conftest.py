import pytest

from scopekit import Lab


@pytest.fixture(scope="module")
def world():
    """One running API for the tests of the audit."""
    with Lab("tests of the audit") as lab:
        yield lab


@pytest.fixture
def lab(world):
    """The running API; its clock and its denylist are put back after the test."""
    denied, now = world.state.denylist.snapshot(), world.clock.now()
    yield world
    world.state.denylist.restore(denied)
    world.clock.set(now)
