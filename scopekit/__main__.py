"""Runs the command line as `python -m scopekit`, for when the script `scopekit` is not on the PATH."""

import sys

from scopekit.cli import main

if __name__ == "__main__":
    sys.exit(main())
