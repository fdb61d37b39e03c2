"""The sample API as it is shipped: the application, the server, and the guard with all its checks.

Under /open are the same calls without the guard, to measure what the guard costs. The benchmark passes in the secret.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import sys

from sample_api import State, create_app
from sample_api.mounts import GITHUB_API, ApiMount
from sample_api.serving.sockets import listen, run_server, serve
from sample_api.state import ISSUER
from scopekit.keys import Key, KeySet


async def api(secret: str, port: int) -> None:
    keys = KeySet([Key("peers", secret.encode(), "HS256", ISSUER)])
    app = create_app(dataclasses.replace(State.in_memory(), keys=keys))
    for route in ApiMount("/open", GITHUB_API, lambda operation: lambda handler: handler, {}).calls():
        app.paths.add(route)
    await serve(listen(port=port), app, "")


if __name__ == "__main__":
    sys.exit(run_server("ours", functools.partial(api, os.environ["SECRET"], int(os.environ["PORT"]))))
