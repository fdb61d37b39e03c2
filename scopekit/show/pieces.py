"""What every page of the kit is made of: its style, and the few pieces that all of them share.

Every text that comes from a token, an answer or a person is escaped. Nothing is told by colour alone: a verdict is a
word with a mark before it.
"""

from __future__ import annotations

from html import escape

MARKS = {
    "allowed": "✓", "passed": "✓", "denied": "✗", "hidden": "✗", "failed": "✗", "off": "!", "skipped": "-",
    "undetermined": "?", "unseen": "?",
}  # fmt: skip

LEFT = "style='text-align:left'"
"""Said again in every cell, for a page that strips the style sheet from a notebook it does not trust."""

CSS = """
.scopekit { --sk-yes: #116329; --sk-no: #a40e26; --sk-soft: #4d555d; --sk-line: #c8ced5; --sk-back: #eef1f4;
  font-family: var(--jp-content-font-family, system-ui, sans-serif); font-size: 14px; line-height: 1.5;
  color: var(--jp-content-font-color1, inherit); }
[data-jp-theme-light="false"] .scopekit, .vscode-dark .scopekit {
  --sk-yes: #6fdd8b; --sk-no: #ffa198; --sk-soft: #b6bec7; --sk-line: #4a525b; --sk-back: #23282e; }
.scopekit table { border-collapse: collapse; margin: 0 0 1em; width: 100%; max-width: 1400px; table-layout: auto;
  font-size: inherit; }
.scopekit caption { text-align: left; font-weight: 600; padding: 4px 0; color: inherit; }
.scopekit th, .scopekit td { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; border: 0;
  border-bottom: 1px solid var(--sk-line); background: none; white-space: normal; max-width: none;
  line-height: 1.4; }
.scopekit td { overflow-wrap: anywhere; }
.scopekit td.part, .scopekit th { overflow-wrap: normal; }
.scopekit tbody tr, .scopekit thead tr { background: none; }
.scopekit thead th { color: var(--sk-soft); font-weight: 600; }
.scopekit tbody th { font-weight: 400; }
.scopekit code, .scopekit pre { font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: 13px;
  color: inherit; background: none; padding: 0; }
.scopekit pre { white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; margin: 0 0 1em;
  padding: 8px 12px; border-left: 3px solid var(--sk-line); }
.scopekit .path { overflow-wrap: anywhere; }
.scopekit .soft { color: var(--sk-soft); }
.scopekit .verdict { font-weight: 600; }
.scopekit .mark { white-space: nowrap; }
.scopekit .allowed, .scopekit .passed { color: var(--sk-yes); }
.scopekit .denied, .scopekit .failed, .scopekit .off { color: var(--sk-no); }
.scopekit p { margin: 0 0 .5em; }
.scopekit :is(p, li) { max-width: 100ch; }
.scopekit ul { margin: 0 0 1em; }
.scopekit li { break-inside: avoid; }
@media (max-width: 480px) {
  .scopekit :is(table, caption, tbody, thead, tr, th, td):not(.sk-box *, .sk-stacked *, .sk-claims, .sk-claims *) {
    display: block; min-width: 0; padding: 0; border: 0; overflow-wrap: anywhere; }
  .scopekit thead:not(.sk-box *) { position: absolute; clip-path: inset(50%); width: 1px; height: 1px;
    overflow: hidden; }
  .scopekit tbody tr:not(.sk-box *, .sk-stacked *, .sk-claims *) { display: flex; flex-wrap: wrap; gap: 0 10px;
    padding: 4px 0; border-bottom: 1px solid var(--sk-line); }
  .scopekit td[data-column]:not(.sk-box *, .sk-stacked *)::before { content: attr(data-column) ": ";
    color: var(--sk-soft); }
}
@media (forced-colors: active) {
  .scopekit .verdict { color: CanvasText; }
  :is(.scopekit, .scopekit-view) .jupyter-button { border: 1px solid ButtonText; }
}
"""
"""The one look, in JupyterLab's theme variables where there are some."""

STYLE = f"<style>{CSS}</style>"


def page(content: str) -> str:
    """The content with the style that it needs, to stand anywhere."""
    return f"{STYLE}<div class='scopekit'>{content}</div>"


def header_row(*names: str) -> str:
    """The head of a table: one row of names."""
    return f"<thead><tr>{''.join(f'<th {LEFT} scope=col>{escape(name)}</th>' for name in names)}</tr></thead>"


def column(name: str) -> str:
    """What a cell says of its column, for a page without room for the head of the table; nothing without a name."""
    return f" data-column='{escape(name)}'" if name else ""


def mark(verdict: str) -> str:
    """A verdict, its mark before the word."""
    return f"<span class='verdict mark {verdict}'>{MARKS[verdict]} {verdict}</span>"


def soft(text: str) -> str:
    """What is said beside, in softer ink; nothing where there is nothing to say."""
    return f" <span class='soft'>{escape(text)}</span>" if text else ""
