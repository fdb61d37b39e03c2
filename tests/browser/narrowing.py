"""A page of JupyterLab made as narrow as a telephone, once its cells have run: before, its toolbar has no room."""

from __future__ import annotations


def narrowed(page, width, height=2400):
    """Puts the sidebar away and the page at this width."""
    page.keyboard.press("Control+b")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(500)
    return page
