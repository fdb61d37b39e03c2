"""How a deck looks without a kernel: all of its slides, one below the other."""

from __future__ import annotations

from html import escape

from scopekit.display import register
from scopekit.lab.deck.model import Deck, Slide
from scopekit.render.markup import inline_html, page, plain, prose_html, prose_text


def deck_text(deck: Deck) -> str:
    """All slides, each after its number."""
    return "\n\n".join(f"{number}/{len(deck)}  {slide_text(slide)}" for number, slide in enumerate(deck, start=1))


def slide_text(slide: Slide) -> str:
    """The title, and what stands below it."""
    return "\n\n".join([plain(slide.title), *(prose_text(e) if isinstance(e, str) else repr(e) for e in slide.content)])


def slide_html(slide: Slide) -> str:
    """The same."""
    return page(title_html(slide) + "".join(map(content_html, slide.content)))


def deck_html(deck: Deck) -> str:
    """The same, a section for each slide."""
    return page("".join(_section(number, slide) for number, slide in enumerate(deck, start=1)))


def title_html(slide: Slide) -> str:
    """The title, as a heading."""
    return f"<h2>{inline_html(slide.title)}</h2>"


def content_html(each: object) -> str:
    """One piece of what stands on a slide: prose, what an object shows of itself, or else its text."""
    if isinstance(each, str):
        return prose_html(each)
    own = getattr(each, "_repr_html_", None)
    return str(own()) if own else f"<pre>{escape(prose_text(repr(each)))}</pre>"


def _section(number: int, slide: Slide) -> str:
    return f"<section data-slide='{number}'>{title_html(slide)}{''.join(map(content_html, slide.content))}</section>"


register(Deck, deck_text, deck_html)
register(Slide, slide_text, slide_html)
