"""The kit's log, `scopekit`: what an operator should hear. No message holds a token, a claim or a secret."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

RARELY_SECONDS = 30
"""A message that every request would repeat is written at most once in this time."""

_SAID: dict[str, float] = {}


def logger() -> logging.Logger:
    """The logger `scopekit`. It is silent until the application configures logging."""
    import logging  # slow to import, and only needed if something goes wrong

    log = logging.getLogger("scopekit")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return log


def warn_rarely(message: str, detail: object) -> None:
    """Writes a warning, unless the same message was written within the last RARELY_SECONDS."""
    now = time.monotonic()
    if now - _SAID.get(message, -RARELY_SECONDS) >= RARELY_SECONDS:
        _SAID[message] = now
        logger().warning(message, detail)
