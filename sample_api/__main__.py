"""`python -m sample_api`: serves the sample API, and prints the address as soon as the API answers."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sample_api.app import create_app
from sample_api.serving.sockets import add_address, algorithm_name, listen, run_server, serve
from sample_api.state import State, StoredDenylist
from sample_api.trusted_issuers import trusted
from scopekit.errors import InputError, StoreMissing


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves the sample API until it is stopped. Returns exit status 0, or 1 after it has printed a user's mistake."""

    def folder(text: str) -> Path:
        if text:
            return Path(text)
        raise argparse.ArgumentTypeError("the folder's name is empty; write . for the current folder")

    parser = argparse.ArgumentParser(prog="python -m sample_api", description="Serves the sample API.")
    add_address(parser)
    parser.add_argument("--state", type=folder, metavar="DIR", help="keep keys, clients and denylist in this folder")
    parser.add_argument("--init", action="store_true", help="create the folder of --state and the denylist of --redis")
    parser.add_argument("--redis", metavar="URL", help="keep the denylist in the Redis at this URL")
    parser.add_argument("--alg", type=algorithm_name, help="sign the tokens with this algorithm (default: HS256)")
    parser.add_argument(
        "--trust", action="append", default=[], metavar="ISSUER[=JWKS_URL]",
        help="also accept tokens of ISSUER at /modern; JWKS_URL has its keys (default: the URL in its metadata)",
    )  # fmt: skip
    parser.add_argument("--hide", action="store_true", help="answer 404 instead of 403 for private repositories")
    parser.add_argument("--log", action="store_true", help="write one JSON line per request to stderr")
    options = parser.parse_args(arguments)
    if options.init and options.state is None and options.redis is None:
        parser.error("--init creates a state folder; name it with --state DIR")
    return run_server("sample_api", functools.partial(serve_api, options))


async def serve_api(options: argparse.Namespace) -> None:
    """Serves the API as the options of the command line say."""
    state = state_of(options)
    issuers = [trusted(text, state.clock) for text in options.trust]
    with listen(options.host, options.port) as listener:
        host, log = listener.getsockname()[0], sys.stderr if options.log else None
        where = f"Keys and clients are kept in {options.state}" if options.state else "Keys and clients are in memory"
        if options.redis:
            message = f"{where}, and the denylist in Redis."
        elif options.state:
            message = f"Keys, clients and the denylist are kept in {options.state}."
        else:
            message = "Everything is in memory and lost when this stops; --state DIR keeps it."
        await serve(listener, create_app(state, host=host, trusted=issuers, log=log, hide=options.hide), message)


def state_of(options: argparse.Namespace) -> State:
    """Makes the state that the options ask for, in memory or in a folder. With `--redis`, the denylist is in Redis."""

    def redis(create: bool) -> StoredDenylist:
        try:
            from scopekit.stores.redis import RedisDenylist

            return RedisDenylist(options.redis, create=create)
        except ModuleNotFoundError as missing:
            raise InputError(str(missing)) from None
        except StoreMissing:
            raise InputError(
                "This Redis holds no denylist. Create one with --init, together with a new state folder."
            ) from None

    denylist = None if options.redis is None else redis
    if options.state:
        return State.open(options.state, init=options.init, alg=options.alg, denylist=denylist)
    state = State.in_memory(alg=options.alg)
    return replace(state, denylist=denylist(options.init)) if denylist else state


if __name__ == "__main__":
    sys.exit(main())
