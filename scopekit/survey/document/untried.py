"""Why an operation is not tried: one sentence, for whoever reads the list of what was left out."""

from __future__ import annotations


class Untried(Exception):
    """An operation of which no call can be made, or should; its text is the reason, and its reader's to show.

    It is nobody's mistake, so it is no ScopeKitError, and it never leaves `scopekit.survey`.
    """
