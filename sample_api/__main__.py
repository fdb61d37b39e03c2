"""`python -m sample_api`: serves the sample API, and prints its address once it answers."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from sample_api.app import create_app
from sample_api.server import listen, server_of, url_of
from sample_api.state import State
from scopekit.errors import ScopeKitError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is stopped; a person's mistake is one sentence and exit status 1."""
    options = _options(arguments)
    try:
        asyncio.run(_serve(options))
    except ScopeKitError as error:
        print(f"sample_api: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sample_api", description="Serves the sample API.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=0, type=_port, help="the port, 0 for any free one (default: %(default)s)")
    parser.add_argument("--state", type=Path, metavar="DIR", help="the folder with keys, clients and the denylist")
    parser.add_argument("--init", action="store_true", help="make what the state folder lacks")
    options = parser.parse_args(arguments)
    if options.init and options.state is None:
        parser.error("--init makes a state folder; name it with --state DIR")
    return options


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535; found {text!r}")


async def _serve(options: argparse.Namespace) -> None:
    state = State.open(options.state, init=options.init) if options.state else State.in_memory()
    listener = listen(options.host, options.port)
    server = server_of(create_app(state, host=listener.getsockname()[0]))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if server.started:
        # Written at once: whoever reads the first line alone and hangs up does not break the second.
        print(url_of(listener), _kept(options.state), sep="\n", flush=True)
    await serving


def _kept(folder: Path | None) -> str:
    if folder is None:
        return "Everything is in memory, and gone when this stops; --state DIR keeps it."
    return f"Keys, clients and the denylist are kept in {folder}."


if __name__ == "__main__":
    sys.exit(main())
