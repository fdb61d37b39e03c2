import pytest
from redis_server import RedisServer


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory):
    """A real Redis that a test may stop, if it starts it again."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server
