"""A toy API, modelled on GitHub's, that shows a guard in use: `python -m sample_api` serves it."""

from sample_api.app import create_app
from sample_api.state import State

__all__ = ["State", "create_app"]
