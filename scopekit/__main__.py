"""`python -m scopekit`: the command line, in case its script is not on the PATH."""

import sys

from scopekit.cli import main

if __name__ == "__main__":
    sys.exit(main())
