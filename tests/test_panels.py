"""The playground's panels: each on its token, and one world for all of them."""

from __future__ import annotations

import pytest
from ipywidgets.widgets.widget import _instances

from scopekit import Lab
from scopekit.errors import LabError, ScopeKitError
from scopekit.lab import DecisionLadder, MatrixTable, TokenDiff
from scopekit.lab.playground.model import PANELS

PUBLIC, PRIVATE = "create a public repository", "create a private repository"


@pytest.fixture
def lab():
    with Lab("panels") as lab:
        yield lab


@pytest.fixture
def playground(lab):
    return lab.playground()


def tokens_of(live):
    """The tokens that an object is on, by whatever name it has them."""
    if isinstance(live, MatrixTable):
        return [cell.exchange.token for row in live.cells for cell in row if cell.exchange.token]
    lives = getattr(live, "lives", ())
    return [life.token for life in lives] or list(getattr(live, "tokens", ())) or [live.token]


# Which panels there are


def test_panels_are_named_and_have_the_words_of_the_kit(playground):
    assert playground.panels == {
        "editor": "Look inside", "ladder": "Why?", "timeline": "Clock", "revocations": "Revocations",
        "switches": "Switch checks off", "table": "Every cell", "mint_form": "Mint another",
    }  # fmt: skip


def test_unknown_panel_is_refused_with_a_suggestion_and_opens_nothing(playground):
    with pytest.raises(LabError, match="did you mean 'ladder'"):
        playground.open("lader")
    assert playground.opened == ""


def test_object_in_a_panel_is_made_when_it_is_first_opened_and_kept(playground, monkeypatch):
    made, make = [], PANELS["ladder"].make
    ladder = PANELS["ladder"]._replace(make=lambda on: made.append(on) or make(on))
    monkeypatch.setattr("scopekit.lab.playground.model.PANELS", {**PANELS, "ladder": ladder})
    assert made == []
    first = playground.open("ladder")
    playground.open("timeline")
    assert playground.open("ladder") is first
    assert made == [playground]


def test_one_panel_is_open_at_a_time_until_it_is_shut(playground):
    ladder = playground.open("ladder")
    timeline = playground.open("timeline")
    assert (playground.opened, playground.panel) == ("timeline", timeline)
    assert ladder is not timeline
    playground.shut()
    assert (playground.opened, playground.panel) == ("", None)


# What they are on


@pytest.mark.parametrize("name", ["ladder", "timeline", "revocations", "switches"])
def test_open_panel_follows_the_new_token(playground, name):
    live = playground.open(name)
    assert tokens_of(live) == [playground.token]
    playground.picker["gist"] = True
    assert playground.panel is live
    assert tokens_of(live) == [playground.token]


def test_editor_follows_the_new_token_and_undo_gives_back_what_stood_there(playground):
    editor = playground.open("editor")
    editor.flip("claims")
    flipped = editor.text
    playground.picker["gist"] = True
    assert editor.token == playground.token
    editor.undo()
    assert editor.text == flipped


def test_table_has_the_cells_of_the_playground_and_makes_no_call_of_its_own(playground, lab, monkeypatch):
    monkeypatch.setattr(lab.session, "send", None)
    table = playground.open("table")
    monkeypatch.undo()
    assert table.matrix.rows == playground.matrix.rows
    playground.picker["repo"] = True
    assert table.open(PRIVATE).cell is playground.matrix[PRIVATE]
    assert table.labels == ("repo public_repo",)


def test_mint_form_ticks_the_scopes_of_the_playground_where_its_api_knows_them(playground):
    form = playground.open("mint_form")
    playground.picker["gist"] = True
    assert set(form.scopes) == {"public_repo", "gist"}
    form.choose(audience="tenant_1")
    playground.picker["gist"] = False
    assert (form.problem, form.scopes) == ("", ())


def test_panel_that_is_shut_catches_up_when_it_is_opened(playground):
    timeline = playground.open("timeline")
    playground.open("ladder")
    playground.picker["gist"] = True
    assert tokens_of(timeline) != [playground.token]
    assert tokens_of(playground.open("timeline")) == [playground.token]


def test_ladder_starts_with_a_call_that_is_denied_and_keeps_the_one_that_was_chosen(playground):
    ladder = playground.open("ladder")
    assert ladder.decision.status == 403
    ladder.call = PUBLIC
    playground.picker["gist"] = True
    assert (ladder.call, ladder.token, list(ladder.choices)[-1]) == (PUBLIC, playground.token, "no token")
    assert len(ladder.choices) == 2


def test_switches_stay_off_while_tokens_come_and_go(playground):
    switches = playground.open("switches")
    switches["signature"] = False
    playground.picker["gist"] = True
    assert switches.off == ("signature",)


def test_token_that_a_panel_cannot_be_on_is_told_in_a_sentence_until_one_comes_that_it_can(playground):
    playground.open("switches")
    playground.picker["public_repo"] = False
    assert (playground.panel, playground.opened) == (None, "switches")
    assert "a token with a scope" in playground.problem
    for text in (repr(playground), playground._repr_html_(), playground.view().panels.problem.text):
        assert "The switches start from a token with a scope" in text
    playground.picker["repo"] = True
    assert (playground.problem, playground.panel.needed) == ("", "repo")


def test_panel_that_cannot_be_on_the_token_is_refused_from_code(playground):
    playground.revoke()
    with pytest.raises(LabError, match="a token that the guard lets in"):
        playground.open("switches")
    playground.picker["gist"] = True
    assert playground.panel.token == playground.token


# One world


def test_token_taken_back_in_a_panel_opens_nothing_in_the_matrix(playground):
    revocations = playground.open("revocations")
    revocations.revoke(playground.token)
    assert playground.revoked
    assert playground.matrix.allowed() == ()


def test_clock_moved_in_a_panel_shows_in_the_matrix(playground):
    timeline = playground.open("timeline")
    timeline.to_the_end()
    assert playground.matrix.allowed() == ()
    timeline.to_just_before_the_end()
    assert PUBLIC in playground.matrix.allowed()


@pytest.mark.parametrize("name", ["timeline", "ladder", "revocations", "editor", "table"])
def test_clock_moved_in_the_playground_shows_in_the_open_panel(playground, name):
    live, told = playground.open(name), []
    before = repr(live)
    live.watchers.append(lambda: told.append(name))
    playground.advance(7200)
    assert told
    assert repr(live) != before


def test_another_cell_that_moves_the_clock_or_takes_the_token_back_is_seen_at_once(playground, lab):
    playground.open("ladder")
    lab.clock.advance(7200)
    seen = [playground.matrix.allowed(), playground.panel.decision.check]
    lab.clock.advance(-7200)
    lab.revoke(playground.token)
    assert [*seen, playground.matrix.allowed(), playground.panel.decision.check] == [(), "time", (), "revocation"]


def test_token_taken_back_over_the_api_is_seen_when_its_answer_has_come(playground, lab):
    revoker = lab.mint(["blacklist:tokens"], audience="tenant_1")
    told = []
    playground.watchers.append(lambda: told.append(len(lab.denylist)))
    lab.post("/api/v2/blacklists/tokens", revoker, jti="a token of the past")
    assert told == [1]


def test_examples_that_take_a_token_back_are_no_news(playground, lab):
    told = []
    playground.watchers.append(lambda: told.append(playground.scenario))
    lab.matrix(lab.mint(["blacklist:tokens"], audience="tenant_1"))
    assert told == []


def test_a_mere_call_is_no_news(playground, lab):
    told = []
    playground.watchers.append(lambda: told.append(playground.scenario))
    lab.post("/user/repos", playground.token, name="demo")
    assert told == []


def test_change_from_elsewhere_is_undone(playground, lab):
    lab.revoke(playground.token)
    playground.undo()
    assert not playground.revoked
    assert PUBLIC in playground.matrix.allowed()


def test_cut_off_is_lifted_by_undo(playground):
    revocations = playground.open("revocations")
    revocations.cut_off_subject(playground.token)
    assert playground.matrix.allowed() == ()
    playground.undo()
    assert PUBLIC in playground.matrix.allowed()


def test_clock_that_is_dragged_is_one_change_and_buttons_are_one_each(playground):
    timeline = playground.open("timeline")
    start = timeline.now
    for _ in range(5):
        timeline.step(60)
    playground.undo()
    assert timeline.now == start
    playground.advance(60)
    playground.advance(60)
    playground.undo()
    assert timeline.now == start + 60


def test_editor_counts_as_not_verified_once_the_world_has_changed(playground, lab):
    editor = playground.open("editor")
    editor.verify()
    lab.revoke(playground.token)
    assert editor.verified is None
    assert editor.verify().check == "revocation"


# How they look


@pytest.mark.parametrize("name", PANELS)
def test_open_panel_is_in_text_and_html_and_holds_no_token(playground, name):
    live = playground.open(name)
    playground.picker["gist"] = True
    for text, shown in ((repr(playground), repr(live)), (playground._repr_html_(), live._repr_html_())):
        assert shown in text
        assert f"\n{PANELS[name].title}\n" in text or f"<b>{PANELS[name].title}</b>" in text
        assert str(playground.token).rpartition(".")[2] not in text
    playground.shut()
    assert f"\n{PANELS[name].title}\n" not in repr(playground)


@pytest.mark.parametrize("name", PANELS)
def test_button_opens_a_panel_and_shuts_it(playground, name):
    panels = playground.view().panels
    panels.tabs.receive({"panel": name})
    assert (playground.opened, panels.tabs.state["opened"], panels[name].layout.display) == (name, name, None)
    panels.tabs.receive({"panel": name})
    assert (playground.opened, panels.tabs.state["opened"], panels[name].layout.display) == ("", "", "none")


@pytest.mark.parametrize("message", [{}, {"panel": "nothing"}, {"panel": ["ladder"]}, {"panel": None}])
def test_message_that_names_no_panel_opens_none(playground, message):
    playground.view().panels.tabs.receive(message)
    assert playground.opened == ""


def test_view_that_is_closed_leaves_no_widget_and_no_watcher_of_any_panel(playground, lab):
    before = len(_instances)
    playground.view()
    lives = [playground.open(name) for name in PANELS]
    lives[1].view()
    assert len(_instances) > before
    playground.close()
    assert len(_instances) == before
    assert [len(live.watchers) for live in (playground, *lives)] == [0] * 8


def test_playground_that_took_the_place_of_another_is_told_alone(playground, lab):
    told = []
    playground.watchers.append(lambda: told.append("the old one"))
    lab.playground().watchers.append(lambda: told.append("the new one"))
    lab.clock.advance(60)
    assert told == ["the new one"]


def test_playground_that_could_not_be_made_is_not_kept(playground, lab):
    with pytest.raises(ScopeKitError, match="did you mean"):
        lab.playground(["public-repo"])
    lab.clock.advance(7200)
    assert playground.matrix.allowed() == ()


# Shortcuts of the lab


def test_lab_makes_each_live_object_by_a_line(lab):
    token = lab.mint(["repo"])
    made = [
        lab.editor(token), lab.ladder(PUBLIC, token), lab.switches(token), lab.timeline(token),
        lab.revocations(token), lab.mint_form(["gist"]), lab.table(token), lab.picker(["gist"]),
    ]  # fmt: skip
    assert all(each._repr_html_() for each in made)
    assert isinstance(lab.diff(token, lab.mint(["gist"])), TokenDiff)


def test_object_of_a_lesson_and_the_one_in_a_panel_live_side_by_side(lab, playground):
    ladder = lab.ladder(PUBLIC, playground.token)
    view = ladder.view()
    assert isinstance(playground.open("ladder"), DecisionLadder)
    assert ladder.view() is view


@pytest.mark.parametrize(
    "make",
    [Lab.timeline, Lab.revocations, lambda lab, token: lab.ladder(PUBLIC, token)],
    ids=["timeline", "revocations", "ladder"],
)
def test_object_of_a_lesson_follows_the_clock_that_another_cell_moves(lab, make):
    live, told = make(lab, lab.mint(["repo"])), []
    live.watchers.append(lambda: told.append(lab.clock.now()))
    lab.clock.advance(60)
    assert set(told) == {lab.clock.now()}
