"""Says in the log that a guard with a denylist in memory runs in one of several processes.

Each process then has a denylist of its own, so that a token that was revoked in one stays valid in the others.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

from scopekit.log import logger
from scopekit.revocation import Denylist
from scopekit.stores.memory import MemoryDenylist

_OTHERS = (b"resource_tracker", b"forkserver")
"""Words in the command lines of the processes that multiprocessing starts for itself."""


def is_one_of_several() -> bool:
    """Whether this process is one of several workers, as far as the process can know.

    True if WEB_CONCURRENCY is above 1, and for one of several workers of gunicorn, or of a server that starts its
    workers with multiprocessing, as uvicorn and hypercorn do. A server on another machine, or one that was started
    by itself, is not seen. The first worker may ask before its siblings are started; the last one sees them.
    """
    count = os.environ.get("WEB_CONCURRENCY", "")
    if count.isdecimal() and int(count) > 1:
        return True
    # A process that multiprocessing started has loaded this module; loading it here would take milliseconds.
    processes = sys.modules.get("multiprocessing.process")
    spawned = processes is not None and processes.parent_process() is not None
    return (spawned or os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn/")) and _count_siblings() > 1


def _count_siblings() -> int:
    """How many workers this process's parent has, this one included. Without Linux's /proc, 2 are assumed."""
    parent = os.getppid()
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        commands = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    except OSError:
        return 2
    return sum(1 for command in commands if not any(word in command for word in _OTHERS))


@functools.cache
def _warn() -> None:
    if is_one_of_several():
        logger().warning(
            "This process is one of several, and a guard in it has its denylist in memory. A token that is revoked "
            "in one process stays valid in the others. Give the guard a SqliteDenylist or a RedisDenylist."
        )


def warn_of_others(denylist: Denylist) -> None:
    """Logs a warning, once in a process, if `denylist` is in memory and the process is one of several."""
    if isinstance(denylist, MemoryDenylist):
        _warn()
