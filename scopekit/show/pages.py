"""A whole page in one file, for what is kept or sent: it asks for nothing else, and runs nothing."""

from __future__ import annotations

from html import escape

from scopekit.errors import visible
from scopekit.show.pieces import STYLE

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

# The colours are those of the whole page: `.scopekit` takes its own from what is around it.
_STYLE = """<style>
html { color-scheme: light dark; color: #1f2328; background: #fff; }
body { margin: 0 auto; padding: 16px; max-width: 120rem; }
@media (prefers-color-scheme: dark) {
  html { color: #e6edf3; background: #0d1117; }
  .scopekit { --sk-yes: #6fdd8b; --sk-no: #ffa198; --sk-soft: #b6bec7; --sk-line: #4a525b; --sk-back: #23282e; } }
</style>"""


def whole_page(title: str, heading: str, content: str, style: str = "") -> str:
    """A page with this title and heading, which are escaped, and this content, which is HTML already.

    Characters that are not to be seen are written out, wherever they stand.
    """
    return visible(
        "<!doctype html>\n<html lang='en'>\n<head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title>{STYLE}{_STYLE}{style}</head>\n"
        f"<body class='scopekit'><main><h1>{escape(heading)}</h1>{content}</main></body>\n</html>\n"
    )
