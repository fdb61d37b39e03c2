"""Markdown in which somebody else's text stays text: no heading, no link, no mention, no HTML of its own."""

from __future__ import annotations

import re

from scopekit.errors import visible


def code(text: str) -> str:
    """The text as a code span, in which nothing else is read; a character that is none to be seen is written out.

    CommonMark section 6.1: the fence is longer than any run of backticks within.
    """
    shown = visible(text.replace("\n", "\\n"))
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    blank = not shown.strip(" ")  # of blanks alone a reader takes none away
    space = " " if not shown or (not blank and shown.strip(" `") != shown) else ""
    return f"{fence}{space}{shown}{space}{fence}"
