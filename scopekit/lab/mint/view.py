"""The mint form, live: controls for the choices, the claims that a token would hold, and a button that mints it."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.algorithms import ALGORITHMS
from scopekit.lab.mint.look import lifetime_text, mint_claims, mint_comparison, mint_status
from scopekit.lab.mint.model import NEW, OWN, PROFILES, SHAPES, MintForm
from scopekit.lab.picker.view import ScopePickerView
from scopekit.lab.views import Status, View, part, wide, with_parts
from scopekit.lab.world.credentials import MOUNTS
from scopekit.render.markup import page, tag, view_html

_AUDIENCES = [(f"{audience} (mount {mount or '/'})", audience) for audience, mount in MOUNTS.items()]
_KEYS = [("the issuer's own", OWN), ("a new one", NEW)]


class MintFormView(View):
    """A MintForm to fill in; `view.ttl.value = 60` sets a lifetime, `view["repo"].value = True` ticks a scope.

    The controls are `audience`, `profile`, `ttl`, `alg`, `key`, `subject`, `mint` and `against`.
    """

    def __init__(self, form: MintForm) -> None:
        self.form = form
        self.audience = self._select("Audience", "audience", _AUDIENCES)
        self.profile = self._select("Profile", "profile", list(PROFILES))
        self.ttl = _field(widgets.IntText, "Lifetime (s)")
        self.alg = self._select("Algorithm", "alg", list(ALGORITHMS))
        self.key = self._select("Key", "key", _KEYS)
        self.subject = _field(widgets.Text, "Subject", placeholder="the profile's own", continuous_update=False)
        self.against = _field(widgets.Dropdown, "Compare with", options=list(SHAPES))
        self.mint = widgets.Button(
            description="Mint", button_style="primary", tooltip="Signs the claims: before that, there is no token",
            layout=widgets.Layout(width="auto", margin="8px 0", align_self="flex-start"),
        )  # fmt: skip
        self.human = widgets.HTML(layout=widgets.Layout(width="auto", margin="0 0 0 8em"))
        self.status = Status()
        self.claims, self.compared = widgets.HTML(layout=wide()), widgets.HTML(layout=wide())
        self._scopes = widgets.VBox(layout=part("1 1 190px"))
        self.ttl.observe(self._lifetime_given, "value")
        self.subject.observe(lambda change: form.choose(subject=change["new"] or None), "value")
        self.against.observe(lambda change: setattr(form, "against", change["new"]), "value")
        self.mint.on_click(lambda _: form.mint())
        lifetime = widgets.VBox([self.ttl, self.human], layout=wide())
        fields = [self.audience, self.profile, lifetime, self.alg, self.key, self.subject]
        chosen = widgets.VBox([*fields, self.mint, self.status, self.claims], layout=part("4 1 300px"))
        beside = widgets.Layout(display="flex", flex_flow="row wrap", width="100%", grid_gap="0 24px")
        super().__init__(form, [widgets.Box([chosen, self._scopes], layout=beside), self.against, self.compared])

    def __getitem__(self, name: str) -> Any:
        """The checkbox of a scope."""
        return self._picker[name]

    def show(self) -> None:
        """Sets the controls to the choices, shows the scope picker of the audience's API, and shows the result."""
        form, chosen = self.form, self.form.choices
        for name in ("audience", "profile", "alg", "key"):
            select, value = getattr(self, name), getattr(chosen, name)
            if value in [option[1] if isinstance(option, tuple) else option for option in select.options]:
                select.value = value
        self.against.value = form.against
        self.subject.value = chosen.subject if isinstance(chosen.subject, str) else ""
        if isinstance(form.lifetime, int):
            self.ttl.value = form.lifetime
        self.ttl.disabled = form.lifetime is None
        self.human.value = page(tag.span(lifetime_text(form), class_="soft"))
        before = next(iter(self._scopes.children), None)
        if before is None or before.picker is not form.picker:
            self._picker = ScopePickerView(form.picker)
            self._scopes.children = [self._picker]
            for each in with_parts(before) if before else ():
                each.close()
        self.status.say(*mint_status(form))
        self.claims.value, self.compared.value = page(mint_claims(form)), page(view_html(mint_comparison(form)))

    def _lifetime_given(self, change: dict[str, Any]) -> None:
        if change["new"] != self.form.lifetime:
            self.form.choose(ttl_seconds=change["new"])

    def _select(self, description: str, name: str, options: list[Any]) -> Any:
        select = _field(widgets.Dropdown, description, options=options)
        select.observe(lambda change: self.form.choose(**{name: change["new"]}), "value")
        return select


def _field(kind: Any, description: str, **options: Any) -> Any:
    """A control with its label before it."""
    layout, style = widgets.Layout(width="auto", max_width="28em"), {"description_width": "7.5em"}
    return kind(description=description, layout=layout, style=style, **options)
