"""How the scope picker looks without a kernel: the scopes, and the fewest that open the chosen calls."""

from __future__ import annotations

from html import escape

from scopekit.display import register
from scopekit.lab.picker.model import ScopePicker
from scopekit.render.markdown import plain
from scopekit.render.markup import Markup, page, soft
from scopekit.scopes import Scopes
from scopekit.wording import counted


def picker_text(picker: ScopePicker) -> str:
    """The picker as text: the scopes, with marks for ticked and implied ones, and what the requested calls need."""
    found = {*picker.found}
    lines = [
        f"{'  ' * depth}[{_tick(picker, name)}] {name}" for depth, name in picker.vocabulary.tree() if name in found
    ]
    hidden = [picker_status(picker)] if picker.sought.split() else []
    told = ["", *_told(picker), *(f"  {number}. {way}" for number, way in enumerate(ways_in_words(picker)))]
    return "\n".join([*lines, *hidden, *(told if picker.wanted else [])])


def picker_html(picker: ScopePicker) -> str:
    """The picker as HTML, with its scopes as a list in columns."""
    return page(Markup(picker_list(picker) + enough_part(picker)))


def picker_list(picker: ScopePicker) -> str:
    """The picker's list of scopes as HTML, to embed in a page."""
    found = {*picker.found}
    items = "".join(
        f"<li style='padding-left:{1.2 * depth}em'>{'☑' if picker[name] else '☐'} <code>{escape(name)}</code>"
        f"{soft(f'through {way}' if (way := picker.through(name)) else '')}</li>"
        for depth, name in picker.vocabulary.tree()
        if name in found
    )
    hidden = f"<p>{escape(picker_status(picker))}</p>" if picker.sought.split() else ""
    return f"<ul aria-label='scopes' style='list-style-type:none; padding:0; columns:15em'>{items}</ul>{hidden}"


def picker_status(picker: ScopePicker) -> str:
    """Says how many scopes are ticked and implied, how many the search shows, and how many ticked ones it hides."""
    ticked, found = len(picker.selected), {*picker.found}
    implied = f", which imply {len(picker.implied)} more" if picker.implied else ""
    told = f"{ticked} of {len(picker.vocabulary)} scopes ticked{implied}."
    if not picker.sought.split():
        return told
    hidden = sum(name not in found for name in picker.selected)
    still = f" {hidden} ticked {'one is' if hidden == 1 else 'ones are'} hidden, and still ticked." if hidden else ""
    sought = plain(picker.sought.strip(), 60)
    shows = counted(len(found), "scope") if found else "no scopes"
    return f"{told} The search “{sought}” shows {shows}.{still}"


def enough_part(picker: ScopePicker) -> str:
    """The smallest sets of scopes for the requested calls, as HTML; empty if no call is requested."""
    if not picker.wanted:
        return ""
    items = "".join(f"<li>{escape(way)}</li>" for way in ways_in_words(picker))
    listed = f"<ol start='0'>{items}</ol>" if items else ""
    return "".join(f"<p>{escape(line)}</p>" for line in _told(picker)) + listed


def enough_status(picker: ScopePicker) -> str:
    """One or two sentences on the smallest sets of scopes for the requested calls."""
    return (
        " ".join(_told(picker)[1:]) if picker.wanted else "Tick calls, and see which scopes are just enough for them."
    )


def ways_in_words(picker: ScopePicker) -> list[str]:
    """Each smallest set of scopes in words, with a note if exactly that set is ticked now."""
    return [way_in_words(way) + (" (ticked now)" if {*way} == {*picker.selected} else "") for way in picker.ways]


def way_in_words(way: Scopes) -> str:
    """A set of scopes in words; if it is empty, `no scope at all`."""
    return " and ".join(way) or "no scope at all"


def _told(picker: ScopePicker) -> list[str]:
    """Sentences about the requested calls, the smallest sets for them, and the calls whose needs are undocumented."""
    names = [plain(name, 120) for name in picker.wanted]
    asked = f"Just enough for: {'; '.join(names)}"
    unknown = [f"The document does not say what these need: {'; '.join(map(plain, picker.undocumented))}."]
    return [asked, *([_answer(picker)] if picker.ways else []), *(unknown if picker.undocumented else [])]


def _answer(picker: ScopePicker) -> str:
    assert picker.least is not None
    count, each = len(picker.ways), picker.least.capabilities
    whole = f"{counted(each, 'capability', 'capabilities')}, what is implied included"
    one = f"There is one smallest way: {way_in_words(picker.ways[0])} ({whole})."
    told = one if count == 1 else f"There are {count} ways, equally small ({whole})."
    more = "" if picker.least.complete else " There may be more."
    return told + (more if picker.least.proven else " The search stopped early: a smaller way may exist.")


def _tick(picker: ScopePicker, name: str) -> str:
    return "x" if picker[name] else "-" if name in picker.implied else " "


register(ScopePicker, picker_text, picker_html)
