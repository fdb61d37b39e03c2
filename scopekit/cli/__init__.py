"""Starts the command line. If an import fails, prints one sentence on stderr that says why."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command line on the arguments of this process and returns its exit status."""
    try:
        from scopekit.cli.commands import run

        return run()
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if package == "scopekit":
            sentence = f"Another module named scopekit hides the kit's own: {sys.modules['scopekit']}."
        elif package in ("typer", "rich"):
            from scopekit.wording import needs_extra

            sentence = needs_extra("The command line", "cli")
        else:
            raise
        print(sentence, file=sys.stderr)
        return 1
