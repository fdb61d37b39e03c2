"""A toy API, modelled on GitHub's, that shows a guard in use: `python -m sample_api` serves it."""

import sys

try:
    from sample_api.app import create_app
    from sample_api.state import State
except ImportError as error:
    if (error.name or "").partition(".")[0] != "scopekit":
        raise
    sentence = f"Another module named scopekit hides the kit's own: {sys.modules['scopekit']}."
    if sys.argv[0] == "-m":  # while `python -m sample_api` looks for what to run
        sys.exit(sentence)
    raise ImportError(sentence, name=error.name) from None

__all__ = ["State", "create_app"]
