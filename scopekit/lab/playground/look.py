"""How the playground looks without a kernel: the ticked scopes, the token, the open panel, and the matrix of calls."""

from __future__ import annotations

from html import escape

from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.lab.picker.look import picker_list
from scopekit.lab.playground.model import Playground
from scopekit.render.audit import matrix_table, matrix_text
from scopekit.render.core import token_table, token_text, verification
from scopekit.render.markup import Markup, page, tag
from scopekit.wording import human_span, human_time

_STYLE = """<style>
.scopekit .sk-two-lines { container-type: inline-size; }
@container (max-width: 420px) {
  .scopekit .sk-two-lines :is(table, tbody, caption) { display: block; overflow-wrap: anywhere; }
  .scopekit .sk-two-lines thead {
    position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .scopekit .sk-two-lines tbody tr { display: grid; grid-template-columns: 5.5em minmax(0, 1fr); padding: 3px 0;
    border-bottom: 1px solid var(--sk-line); }
  .scopekit .sk-two-lines tbody :is(th, td) { border: 0; padding: 0 8px 0 0; }
  .scopekit .sk-two-lines tbody :is(th, td):nth-child(1) { grid-area: 2 / 1; }
  .scopekit .sk-two-lines tbody :is(th, td):nth-child(4) { grid-area: 2 / 2; }
}
</style>"""


def playground_text(playground: Playground) -> str:
    """The playground as text: the ticked scopes, the token, the open panel, and the calls that the token opens."""
    ticked = " ".join(playground.picker.selected) or "none"
    token = token_text(playground.token, verification(playground.verified))
    parts = [f"scopes     {ticked}", *_since(playground), token, *_panel_text(playground)]
    return "\n\n".join([*parts, matrix_text(playground.matrix)])


def playground_html(playground: Playground) -> str:
    """The playground as HTML: a list of scopes, the token, the open panel, and the matrix."""
    since = "".join(f"<p>{escape(line)}</p>" for line in _since(playground))
    token = token_table(playground.token, playground.verified)
    opened, matrix = _panel_html(playground), matrix_table(playground.matrix)
    return page(Markup(picker_list(playground.picker) + since + token + opened + matrix))


def token_in_place(playground: Playground) -> str:
    """The decoded token as HTML. On a narrow page, each claim takes two lines instead of four columns."""
    table = token_table(playground.token, playground.verified)
    return page(Markup(_STYLE), tag.div(table, class_="sk-two-lines"))


def since_issue(playground: Playground) -> str:
    """Says the lab's time, how long before or after the token's issue that is, and whether the token is revoked."""
    scenario = playground.scenario
    now, after = human_time(scenario.now), scenario.now - scenario.issued
    told = f"It is {now}, {human_span(after)} {'after' if after >= 0 else 'before'} issue"
    return f"{told}, and the token has been revoked." if playground.revoked else f"{told}."


def _panel_text(playground: Playground) -> list[str]:
    """The open panel as text, with its title above it."""
    if not playground.opened:
        return []
    return [f"{playground.panels[playground.opened]}\n\n{playground.problem or repr(playground.panel)}"]


def _panel_html(playground: Playground) -> str:
    if not playground.opened:
        return ""
    title = f"<p><b>{escape(playground.panels[playground.opened])}</b></p>"
    if playground.panel is None:
        return f"{title}<p class='verdict off'>{MARKS['off']} {escape(playground.problem)}</p>"
    return title + playground.panel._repr_html_()


def _since(playground: Playground) -> list[str]:
    """A list with the sentence of `since_issue`. Empty if the token is not revoked and the clock has not moved."""
    scenario = playground.scenario
    return [since_issue(playground)] if scenario.revoked or scenario.now != scenario.issued else []


register(Playground, playground_text, playground_html)
