"""How a deck looks without a running kernel: all slides, one below the other."""

from __future__ import annotations

from scopekit.display import register
from scopekit.lab.deck.model import Deck, Slide
from scopekit.render.markdown import inline_html, plain, prose_html, prose_text
from scopekit.render.markup import Markup, join, page, tag


def slide_text(slide: Slide) -> str:
    """A slide as text: its title, with its content below."""
    content = [prose_text(each) if isinstance(each, str) else repr(each) for each in slide.content]
    return "\n\n".join([plain(slide.title), *content])


def slide_html(slide: Slide) -> Markup:
    """A slide as HTML, to embed in a page."""
    return join(title_html(slide), map(content_html, slide.content))


def title_html(slide: Slide) -> Markup:
    """A slide's title as an HTML heading."""
    return tag.h2(inline_html(slide.title))


def content_html(each: object) -> Markup:
    """Text or an object on a slide, as HTML. An object without HTML of its own is shown as its `repr`."""
    if isinstance(each, str):
        return prose_html(each)
    own = getattr(each, "_repr_html_", None)
    return Markup(own()) if own else tag.pre(prose_text(repr(each)))


def deck_text(deck: Deck) -> str:
    """All slides as text, each with its number before it."""
    return "\n\n".join(f"{number}/{len(deck)}  {slide_text(slide)}" for number, slide in enumerate(deck, start=1))


def deck_html(deck: Deck) -> str:
    """All slides as HTML, each in a section."""
    return page([tag.section(slide_html(slide), data_slide=number) for number, slide in enumerate(deck, start=1)])


register(Slide, slide_text, lambda slide: page(slide_html(slide)))
register(Deck, deck_text, deck_html)
