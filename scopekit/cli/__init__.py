"""The command line. `commands` holds its commands and needs typer; this door says so when typer is not there."""

from __future__ import annotations

import sys


def main() -> int:
    """Exit status of the command line, run on the arguments of this process."""
    try:
        from scopekit.cli.commands import run
    except ModuleNotFoundError as missing:
        if missing.name not in ("typer", "rich"):
            raise
        from scopekit.errors import needs_extra

        print(needs_extra("The command line", "cli"), file=sys.stderr)
        return 1
    return run()
