"""`python -m sample_api`: serves the sample API, and prints its address once it answers."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sample_api.app import create_app
from sample_api.serving.command import add_address, algorithm_name, run, serve
from sample_api.serving.sockets import listen
from sample_api.state import State, StoredDenylist
from sample_api.trusted_issuers import trusted
from scopekit.errors import StateError, StoreMissing


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is stopped; a person's mistake is one sentence and exit status 1."""
    return run("sample_api", functools.partial(_serve, _options(arguments)))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sample_api", description="Serves the sample API.")
    add_address(parser)
    parser.add_argument("--state", type=_folder, metavar="DIR", help="the folder with keys, clients and the denylist")
    parser.add_argument("--init", action="store_true", help="make the state folder, or the denylist in Redis")
    parser.add_argument("--redis", metavar="URL", help="keep the denylist in this Redis instead")
    parser.add_argument("--alg", type=algorithm_name, help="what tokens are signed with (a new key: HS256)")
    parser.add_argument(
        "--trust", action="append", default=[], metavar="ISSUER[=JWKS_URL]",
        help="take this issuer's tokens at /modern too; without a URL its metadata says where its keys are",
    )  # fmt: skip
    parser.add_argument("--hide", action="store_true", help="answer 404, not 403, where a repository is private")
    parser.add_argument("--log", action="store_true", help="write a line of JSON to stderr for each request")
    options = parser.parse_args(arguments)
    if options.init and options.state is None and options.redis is None:
        parser.error("--init makes a state folder; name it with --state DIR")
    return options


async def _serve(options: argparse.Namespace) -> None:
    state = _state(options)
    others = [trusted(text, state.clock) for text in options.trust]
    listener = listen(options.host, options.port)
    host, log = listener.getsockname()[0], sys.stderr if options.log else None
    app = create_app(state, host=host, trusted=others, log=log, hide=options.hide)
    await serve(listener, app, _kept(options))


def _folder(text: str) -> Path:
    if text:
        return Path(text)
    raise argparse.ArgumentTypeError("a folder has a name; found none, which would be the one you are in")


def _state(options: argparse.Namespace) -> State:
    denylist = None if options.redis is None else functools.partial(_redis, options.redis)
    if options.state:
        return State.open(options.state, init=options.init, alg=options.alg, denylist=denylist)
    state = State.in_memory(alg=options.alg)
    return replace(state, denylist=denylist(options.init)) if denylist else state


def _redis(url: str, create: bool) -> StoredDenylist:
    try:
        from scopekit.stores.redis import RedisDenylist

        return RedisDenylist(url, create=create)
    except ModuleNotFoundError as missing:
        raise StateError(str(missing)) from None
    except StoreMissing:
        raise StateError(
            "This Redis holds no denylist. Make one with --init, beside a state folder that is new."
        ) from None


def _kept(options: argparse.Namespace) -> str:
    where = f"Keys and clients are kept in {options.state}" if options.state else "Keys and clients are in memory"
    if options.redis:
        return f"{where}, and the denylist in Redis."
    if options.state:
        return f"Keys, clients and the denylist are kept in {options.state}."
    return "Everything is in memory, and gone when this stops; --state DIR keeps it."


if __name__ == "__main__":
    sys.exit(main())
