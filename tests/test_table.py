"""The matrix as a live table: the object, how it looks, and its view driven from code."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from types import SimpleNamespace

import pytest
import requests

from scopekit import Lab, ScopeKitError
from scopekit.lab import MatrixTable
from scopekit.lab.table.view import SLICE_SECONDS

PUBLIC, PRIVATE = "create a public repository", "create a private repository"
MARKUP = "<img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def lab():
    with Lab("table") as lab:
        yield lab


@pytest.fixture
def table(lab):
    return lab.table(lab.mint(["public_repo"]), lab.mint(["gist", "user"]))


@pytest.fixture
def full(table):
    table.fill()
    return table


def names(table):
    return [table.calls[row].name for row in table.rows]


# Filling


def test_full_table_holds_the_matrix_that_the_lab_makes(lab, full):
    again = lab.matrix(lab.mint(["public_repo"]), lab.mint(["gist", "user"]))
    assert repr(full.matrix) == repr(again) == repr(full)


def test_table_tells_of_every_cell_that_is_made(table):
    told = []
    table.watchers.append(lambda: told.append((table.done, table.filling)))
    table.fill()
    assert told == [*((done, True) for done in range(1, 57)), (56, False)]


def test_table_that_is_not_full_says_how_far_it_is(table):
    with pytest.raises(ScopeKitError, match=r"has 0 of 56 cells; fill\(\) makes the others"):
        _ = table.matrix
    table.fill(seconds=0)
    assert repr(table) == "28 calls with 2 tokens: 1 of 56 cells made; fill() makes the others"
    assert table._repr_html_().count("not made yet") == 55


def test_filling_goes_on_where_it_stopped_and_after_a_call_that_broke(table, monkeypatch):
    send, broken = table.lab.session.send, iter([False, False, True])

    def breaking(*arguments, **more):
        if next(broken, False):
            raise ConnectionError
        return send(*arguments, **more)

    monkeypatch.setattr(table.lab.session, "send", breaking)
    with pytest.raises(ConnectionError):
        table.fill()
    assert (table.done, table.filling) == (2, False)
    table.fill()
    assert len(table.matrix.allowed()) == 5


def test_what_happens_between_two_slices_stays_and_changes_no_cell_to_come(lab):
    table = lab.table(lab.mint(["repo"]))
    table.fill(seconds=0)
    assert lab.post("/user/repos", lab.mint(["repo"]), name="demo").status == 201
    table.fill()
    assert table.matrix[PRIVATE].exchange.status == 201
    assert lab.post("/user/repos", lab.mint(["repo"]), name="demo").status == 409


def test_cell_is_judged_by_the_time_at_which_it_is_made(lab):
    table = lab.table(lab.mint(["repo"], ttl_seconds=60))
    table.fill(seconds=0)
    lab.clock.advance(61)
    table.fill()
    assert table.matrix.allowed() == (PUBLIC,)
    assert table.matrix.differences() == ()


def test_tokens_for_two_apis_make_no_table(lab):
    with pytest.raises(ScopeKitError, match="'repo' and 'read:users' are for different APIs"):
        lab.table(lab.mint(["repo"]), lab.mint(["read:users"], audience="tenant_1"))


def test_two_threads_that_fill_at_once_make_each_cell_once(lab):
    table, made = lab.table(*[lab.mint(["repo"])] * 4), []
    table.watchers.append(lambda: made.append(table.done))

    def fill():
        while not table.full:
            table.fill(seconds=0.01)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(fill) for _ in range(4)]:
            done.result()
    assert table.done == table.total
    assert len(table.matrix.allowed()) == 13
    assert made == sorted(made)


def test_call_of_another_thread_waits_for_the_example_that_is_being_made(lab, monkeypatch):
    token, send, meanwhile = lab.mint(["repo"]), lab.session.send, []

    def sending(request, **options):
        if not meanwhile:
            meanwhile.append(pool.submit(lab.post, "/user/repos", token, name="meanwhile"))
            assert wait(meanwhile, timeout=0.2).done == set()
        return send(request, **options)

    monkeypatch.setattr(lab.session, "send", sending)
    with ThreadPoolExecutor(1) as pool:
        lab.matrix(token)
        assert meanwhile[0].result().status == 201
    assert "octocat/meanwhile" in lab.state.data["repositories"]


# Filtering and sorting


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 28),
        ({"text": "REPOSITORY create"}, 4),
        ({"text": "gpg"}, 3),
        ({"text": "post /user/"}, 5),
        ({"text": MARKUP}, 0),
        ({"verdicts": ["allowed"]}, 9),
        ({"verdicts": ["denied"], "text": "gpg"}, 3),
        ({"verdicts": ["hidden", "failed"]}, 0),
        ({"differences_only": True}, 0),
    ],
)
def test_filter_leaves_the_calls_that_fit(full, asked, count):
    full.filter(**asked)
    assert len(full.rows) == count
    assert repr(full).count(" /") == count
    assert full._repr_html_().count("<tr data-call=") == count
    assert len(full.matrix.rows) == 28


def test_filter_of_differences_leaves_the_calls_that_differ_in_the_verdicts_asked_for(lab):
    table = lab.table(lab.mint(["public_repo"]))
    lab.revoke(lab.mint([]))
    table.fill()
    row = table.cells[3]
    row[0] = replace(row[0], predicted="allowed")
    table.filter(differences_only=True)
    assert table.rows == (3,)
    assert "(the document says allowed)" in table._repr_html_()
    table.filter(differences_only=True, verdicts=["allowed"])
    assert table.rows == ()
    assert repr(table).endswith("1 not as documented; 0 of 28 calls shown")


def test_rows_are_sorted_by_call_path_and_verdict_and_back_again(full):
    documented = names(full)
    full.sort("call")
    assert names(full) == sorted(documented, key=str.casefold)
    full.sort("path")
    paths = [full.calls[row].path for row in full.rows]
    assert paths == sorted(paths)
    full.sort("verdict")
    verdicts = [tuple(cell.observed for cell in full.cells[row]) for row in full.rows]
    assert verdicts == sorted(verdicts)
    full.sort()
    assert names(full) == documented


@pytest.mark.parametrize(
    ("doing", "sentence"),
    [
        (lambda table: table.filter(verdicts=["maybe"]), "A verdict must be one of allowed, denied, .*; found 'maybe'"),
        (lambda table: table.sort("colour"), "ordered by one of documented, call, path, verdict; found 'colour'"),
        (lambda table: table.open("create a public repo"), f"did you mean '{PUBLIC}'"),
        (lambda table: table.open(PUBLIC, 2), "A column must be a number from 0 to 1; found 2"),
        (lambda table: table.open(PUBLIC, "first"), "A column must be a number from 0 to 1; found 'first'"),
        (lambda table: table.open(PUBLIC), "has not been made with 'public_repo' yet"),
    ],
    ids=["verdict", "order", "call", "column", "column by name", "cell to come"],
)
def test_mistake_is_answered_with_one_sentence(table, doing, sentence):
    with pytest.raises(ScopeKitError, match=sentence) as caught:
        doing(table)
    assert "\n" not in str(caught.value)


# A cell


def test_open_cell_is_the_whole_of_it(full):
    opened = full.open(PRIVATE)
    assert (opened.cell.predicted, opened.cell.observed, opened.cell.reason) == ("denied", "denied", "needs repo")
    assert opened.request.startswith("POST $API/user/repos\nUser-Agent: scopekit\n")
    assert opened.response.startswith("403 Forbidden\ndate: ")
    assert list(opened.snippets) == ["curl", "requests", "httpx", "fetch"]
    for text in (opened.request, opened.response, *opened.snippets.values()):
        assert text in repr(opened)


def test_no_output_of_a_table_holds_a_token(full):
    token = str(full.lab.mint(["gist"]))
    table = full.lab.table(token)
    table.fill()
    view = table.view()
    sent = sent_by(view)
    view.receive({"do": "open", "call": PUBLIC, "column": 0})
    opened = table.open(PUBLIC)
    texts = [repr(table), table._repr_html_(), repr(opened), opened._repr_html_(), json.dumps([view.state, view.shown])]
    for text in [*texts, json.dumps(sent)]:
        assert token not in text
        assert token.rpartition(".")[2] not in text


def test_markup_in_a_name_is_shown_as_text(lab):
    lab.__dict__["calls"] = tuple(replace(call, name=call.name + MARKUP) for call in lab.calls)
    table = lab.table(lab.mint([]))
    table.fill()
    for html in (table._repr_html_(), table.open(table.calls[0].name)._repr_html_()):
        assert "<img" not in html
        assert "&lt;img" in html


# The view


def sent_by(view):
    sent = []
    view.send = sent.append
    return sent


def test_view_fills_by_slices_and_says_how_far_it_is(table):
    view = table.view()
    sent = sent_by(view)
    assert (view.state["done"], view.state["cells"][0]) == (0, [None, None])
    while view.state["done"] < view.state["total"]:
        view.receive({"do": "fill"})
    assert sent[-1] == {"made": 56}
    assert [message["made"] for message in sent] == sorted(message["made"] for message in sent)
    assert view.state["cells"][1] == [["denied", "needs repo", ""], ["denied", "needs repo", ""]]


def test_view_sends_partial_states_at_most_once_in_a_slice(table, monkeypatch):
    moments = iter([0, *(n * SLICE_SECONDS / 10 for n in range(1000))])
    view = table.view()
    states = []
    view.observe(lambda change: states.append(change["new"]["done"]), "state")
    monkeypatch.setattr("scopekit.lab.table.view.time", SimpleNamespace(monotonic=lambda: next(moments)))
    view._shown_at = 0.0
    table.fill()
    assert 2 <= len(states) <= 56 / 5
    assert states[-1] == 56


def test_view_filters_sorts_and_follows_the_object(full):
    view = full.view()
    view.receive({"do": "filter", "text": "gpg", "verdicts": "denied", "differences_only": False})
    assert (full.text, full.verdicts) == ("gpg", ("denied",))
    assert len(view.shown["rows"]) == 3
    view.receive({"do": "sort", "by": "path"})
    assert (full.order, view.shown["order"]) == ("path", "path")
    full.filter("create")
    assert view.shown["text"] == "create"
    assert view.shown["summary"].endswith("4 of 28 calls shown")


def test_exchange_of_a_cell_is_sent_when_it_is_opened_and_not_before(full):
    view = full.view()
    assert "403 Forbidden" not in json.dumps([view.state, view.shown])
    sent = sent_by(view)
    view.receive({"do": "open", "call": PRIVATE, "column": 1})
    (message,) = sent
    assert message["opened"]["response"].startswith("403 Forbidden")
    assert message["opened"]["label"] == "gist user"


def test_mistake_ends_as_a_sentence_on_the_page(table):
    view = table.view()
    sent = sent_by(view)
    view.receive({"do": "open", "call": PUBLIC, "column": 0})
    view.receive({"do": "sort", "by": MARKUP})
    assert [list(message) for message in sent] == [["sorry"], ["sorry"]]
    assert "\u202e" not in sent[1]["sorry"]


def test_api_that_does_not_answer_is_told_in_a_sentence_without_its_address(table, monkeypatch):
    def broken(request, **_):
        raise requests.ConnectionError(request.url)

    view = table.view()
    sent = sent_by(view)
    monkeypatch.setattr(table.lab.session, "send", broken)
    view.receive({"do": "fill"})
    assert sent == [{"sorry": "No answer came from the API (ConnectionError); show the table again to go on."}]


def test_table_of_another_run_closes_the_one_before_it(lab):
    from ipywidgets.widgets.widget import _instances

    lab.table(lab.mint([])).view()
    one = len(_instances)
    for _ in range(5):
        lab.table(lab.mint([])).view()
    assert len(_instances) == one


def test_two_tables_of_two_names_live_side_by_side(lab):
    first, second = MatrixTable(lab, None, name="first"), MatrixTable(lab, None, name="second")
    first_view = first.view()
    second.view()
    assert first.view() is first_view


def test_shown_table_has_text_html_and_the_live_view(table):
    assert set(table._repr_mimebundle_()) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
