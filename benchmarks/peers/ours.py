"""The sample API as it is shipped, application, server and guard with all its checks; its secret is the run's."""

from __future__ import annotations

import dataclasses
import functools
import os
import sys

from sample_api import State, create_app
from sample_api.server import listen
from sample_api.serving import run, serve
from sample_api.state import ISSUER
from scopekit.keys import Key, KeySet


async def api(secret: str, port: int) -> None:
    keys = KeySet([Key("peers", secret.encode(), "HS256", ISSUER)])
    await serve(listen(port=port), create_app(dataclasses.replace(State.in_memory(), keys=keys)), "")


if __name__ == "__main__":
    sys.exit(run("ours", functools.partial(api, os.environ["SECRET"], int(os.environ["PORT"]))))
