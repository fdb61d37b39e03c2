"""The sample API as it is shipped, application, server and guard with all its checks; its secret is the run's."""

from __future__ import annotations

import asyncio
import dataclasses
import os

from sample_api import State, create_app
from sample_api.server import listen, loop_factory, server_of
from sample_api.state import ISSUER
from scopekit.keys import Key, KeySet


def serve(secret: str, port: int) -> None:
    keys = KeySet([Key("peers", secret.encode(), "HS256", ISSUER)])
    server = server_of(create_app(dataclasses.replace(State.in_memory(), keys=keys)), fast=True)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(server.serve(sockets=[listen(port=port)]))


if __name__ == "__main__":
    serve(os.environ["SECRET"], int(os.environ["PORT"]))
