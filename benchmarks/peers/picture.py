"""Draws the figures as SVG: a row of bars for each kind of call, readable on a light or dark background."""

from __future__ import annotations

from html import escape

ROW, LABEL, WIDE = 20, 190, 760
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #222 } .title { font-weight: 600 }
.peer { fill: #8a94a6 } .ours { fill: #0a7d55 }
@media (prefers-color-scheme: dark) { text { fill: #e8e8e8 } .peer { fill: #7d8799 } .ours { fill: #34c38f } }
"""


def svg(medians: dict[str, dict[str, float]], ours: str) -> str:
    """The picture of the requests per second, by kind of call and by server; each kind has its own scale."""
    works, lines, top = list(medians[ours]), [], 30
    for work in works:
        most = max(rates[work] for rates in medians.values())
        lines.append(f'<text class="title" x="0" y="{top}">{escape(work)}: requests a second</text>')
        for name, rates in medians.items():
            top += ROW
            length = rates[work] / most * (WIDE - LABEL - 80)
            kind = "ours" if name == ours else "peer"
            lines.append(f'<text x="0" y="{top}">{escape(name)}</text>')
            lines.append(f'<rect class="{kind}" x="{LABEL}" y="{top - 11}" width="{length:.0f}" height="13" rx="2"/>')
            lines.append(f'<text x="{LABEL + length + 6:.0f}" y="{top}">{rates[work]:,.0f}</text>')
        top += 2 * ROW
    size = f'viewBox="-10 0 {WIDE + 20} {top}" width="{WIDE + 20}" height="{top}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="Requests a second, by server">'
    return "\n".join([head, f"<style>{STYLE}</style>", *lines, "</svg>\n"])
