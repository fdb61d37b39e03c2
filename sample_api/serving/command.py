"""A command that serves: it prints its address once it answers, and a person's mistake is one sentence."""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import sys
from collections.abc import Awaitable, Callable
from socket import socket
from typing import Any

from sample_api.serving.sockets import loop_factory, server_of, url_of
from scopekit.errors import KeyRefused, ScopeKitError
from scopekit.keys import algorithm


def run(name: str, serving: Callable[[], Awaitable[None]]) -> int:
    """Serves until it is stopped; the exit status is 1 after a mistake, which is told on stderr."""
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_awaited(serving))
    except ScopeKitError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


async def serve(listener: socket, app: Any, told: str) -> None:
    """Serves an application on a socket; prints its address and what else is to be told."""
    gc.collect()
    gc.freeze()  # the application lives as long as the process, so no later collection need look through it
    server = server_of(app, fast=True)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    if server.started:
        if isinstance(sys.stdout, io.TextIOWrapper):  # a folder's name may have letters that the output has not
            sys.stdout.reconfigure(errors="backslashreplace")
        # Written at once: whoever reads the first line alone and hangs up does not break the second.
        print(url_of(listener), told, sep="\n", flush=True)
    await task


def add_address(parser: argparse.ArgumentParser) -> None:
    """The options that say where to listen."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=0, type=_port, help="the port, 0 for any free one (default: %(default)s)")


def algorithm_name(text: str) -> str:
    """The name of an algorithm, as an option has it."""
    try:
        return algorithm(text).name
    except KeyRefused as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535; found {text!r}")


async def _awaited(serving: Callable[[], Awaitable[None]]) -> None:
    # A runner takes a coroutine, and no other awaitable.
    await serving()
