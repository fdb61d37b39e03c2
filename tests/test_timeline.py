"""The clock timeline: the events of tokens, what flips as the clock moves, and its live view driven from code."""

from __future__ import annotations

import pytest

from scopekit import Key, Lab
from scopekit.issuer import sign
from scopekit.lab import MintForm, Timeline

PUBLIC, PRIVATE = "create a public repository", "create a private repository"
START = 1416929109


@pytest.fixture
def lab():
    with Lab("test") as lab:
        yield lab


@pytest.fixture
def timeline(lab):
    return Timeline(lab, lab.mint(["public_repo"]), calls=[PUBLIC, PRIVATE])


def opened(timeline, index=0):
    return [name for name, decision in timeline[index].calls.items() if decision.allowed]


def test_calls_flip_at_the_end_and_not_a_second_before(timeline):
    timeline.now = START + 3599
    assert (opened(timeline), timeline[0].why_not, timeline.news) == ([PUBLIC], "", "")
    timeline.step(1)
    assert opened(timeline) == []
    assert timeline[0].why_not.startswith("The token has expired: exp was 2014-11-25 16:25:09 UTC")
    assert timeline.news == f"At 2014-11-25 16:25:09 UTC: the token is no longer valid; now denied: {PUBLIC}."
    timeline.step(-1)
    assert timeline.news == f"At 2014-11-25 16:25:08 UTC: the token is valid; now allowed: {PUBLIC}."


def test_before_its_issue_a_token_is_not_valid_yet(timeline):
    timeline.now = START - 1
    assert timeline[0].why_not.startswith("The token is not valid yet: valid from 2014-11-25 15:25:09 UTC")
    timeline.to_issue()
    assert (timeline.now, timeline[0].why_not) == (START, "")


def test_clock_goes_to_the_events_and_is_the_clock_of_the_lab(timeline):
    timeline.to_just_before_the_end()
    assert timeline.lab.clock.now() == timeline.now == START + 3599
    assert timeline.lab.call(PUBLIC, timeline[0].token).status == 201
    timeline.to_the_end()
    assert timeline.lab.clock.now() == START + 3600
    assert timeline.lab.call(PUBLIC, timeline[0].token).status == 401


def test_what_the_line_says_of_a_call_is_what_the_api_answers(timeline):
    for seconds in (-1, 0, 1800, 3599, 3600, 7200):
        timeline.now = START + seconds
        for name, decision in timeline[0].calls.items():
            assert timeline.lab.call(name, timeline[0].token).verdict == ("allowed" if decision.allowed else "denied")


def test_leeway_of_the_guard_is_an_event_and_the_end_comes_after_it(lab, monkeypatch):
    import scopekit.lab.world.world as world

    lenient = world.guard_of
    monkeypatch.setattr(world, "guard_of", lambda state, audience: lenient(state, audience, leeway_seconds=60))
    timeline = Timeline(lab, lab.mint(["repo"]))
    assert [event.name for event in timeline[0].events] == ["issued", "expires", "leeway ends"]
    timeline.to_just_before_the_end()
    assert (timeline.now, timeline[0].why_not) == (START + 3659, "")
    timeline.step(1)
    assert timeline[0].why_not


def test_token_that_is_taken_back_is_refused_at_any_time_and_the_line_says_so(timeline):
    timeline.lab.revoke(timeline[0].token)
    assert timeline[0].revoked
    assert timeline[0].why_not == "The token has been revoked: itself on the denylist."
    assert "revoked     on the denylist, which does not say since when" in repr(timeline)
    assert "revoked" in timeline._repr_html_()


def test_not_before_is_an_event_and_the_start_of_its_life(lab):
    timeline = Timeline(lab, forged(lab, nbf=START + 600))
    assert [event.name for event in timeline[0].events] == ["issued", "not before", "expires"]
    assert timeline[0].why_not.startswith("The token is not valid yet")
    timeline.to_issue()
    assert (timeline.now, timeline[0].why_not) == (START + 600, "")


def test_token_for_ever_has_no_end_to_go_to(lab):
    form = MintForm(lab, ["repo"])
    form.choose(profile="SEED_2014")
    timeline = Timeline(lab, form.mint())
    assert "expires     never" in repr(timeline)
    with pytest.raises(Exception, match="The clock cannot move to the end of this token: the token never ends"):
        timeline.to_the_end()


def test_telling_calls_need_different_things_and_one_of_them_stays_shut(lab):
    timeline = Timeline(lab, lab.mint(["repo", "gist"]), lab.mint(["read:users"], audience="tenant_1"))
    assert len(opened(timeline)) == 3
    assert [decision.check for decision in timeline[0].calls.values() if not decision.allowed] == ["scopes"]
    assert opened(timeline, 1) == ["list users"]


def test_calls_are_named_as_the_lab_names_them_and_shown_where_the_api_has_them(lab):
    tokens = lab.mint(["repo"]), lab.mint(["read:users"], audience="tenant_1")
    timeline = Timeline(lab, *tokens, calls=["POST /user/repos", "list users"])
    assert [list(life.calls) for life in timeline.lives] == [["POST /user/repos"], ["list users"]]
    with pytest.raises(Exception, match="did you mean 'list users'"):
        Timeline(lab, tokens[1], calls=["list user"])


def test_news_names_the_token_where_there_are_several(lab):
    timeline = Timeline(lab, lab.mint(["repo"], ttl_seconds=60), lab.mint(["repo"]), calls=[PRIVATE])
    timeline.to_the_end(0)
    assert timeline.news == f"At 2014-11-25 15:26:09 UTC: token 1 is no longer valid; now denied: {PRIVATE}."
    assert opened(timeline, 1) == [PRIVATE]


@pytest.mark.parametrize("seconds", ["noon", None, True, float("nan"), float("inf"), -1, 10**12])
def test_a_time_that_no_clock_has_is_refused_in_a_sentence_and_nothing_moves(timeline, seconds):
    with pytest.raises(Exception, match=r"A time must be a number|A lesson's clock must stay between"):
        timeline.now = seconds
    assert timeline.now == START


def test_a_line_needs_a_token_that_can_be_read(lab):
    with pytest.raises(Exception, match="A time line needs at least one token"):
        Timeline(lab)
    with pytest.raises(Exception, match="A token must be three parts of base64url"):
        Timeline(lab, "no token")
    assert Timeline(lab, str(lab.mint(["repo"])))[0].why_not == ""


# How it looks


def test_line_is_drawn_with_its_events_and_with_now_below(timeline):
    lines = repr(timeline).splitlines()
    assert lines[2] == "token 1: public_repo, of octocat: ✓ valid now"
    assert lines[3] == f"  {'-' * 3}[{'=' * 56}]{'-' * 3}"
    assert lines[4] == "     ^ now"
    assert lines[5:7] == [
        "  [ issued      2014-11-25 15:25:09 UTC, now",
        "  ] expires     2014-11-25 16:25:09 UTC, in 60 min",
    ]
    timeline.to_the_end()
    assert repr(timeline).splitlines()[4].index("^") == lines[3].index("]")


def test_picture_has_a_name_that_says_what_is_in_it(timeline):
    html = timeline._repr_html_()
    assert "<svg role='img' aria-label='Time line of token 1: public_repo, of octocat: issued 2014-11-25" in html
    assert f"<tr data-call='{PUBLIC}'>" in html


NASTIES = {
    "markup in the subject": {"sub": "<img src=x onerror=alert(1)>"},
    "a quote in the subject": {"sub": "\" onload='alert(1)' x=\""},
    "markup in a scope": {"scopes": ["<script>alert(1)</script>"]},
    "a long scope": {"scopes": ["x" * 4000]},
    "no scopes at all": {"scopes": {"a": 1}},
    "a time beyond the calendar": {"exp": 2**53 - 1},
    "a time that is text": {"exp": "\u202e😀"},
    "a list for an audience": {"aud": ["<b>", 1]},
    "no times": {"iat": None, "exp": None},
}


@pytest.mark.parametrize("claims", NASTIES.values(), ids=NASTIES.keys())
def test_claims_of_any_kind_are_shown_as_text(lab, claims):
    timeline = Timeline(lab, forged(lab, **claims))
    timeline.step(60)
    html, text, state = timeline._repr_html_(), repr(timeline), timeline.view().state
    assert "<img src" not in html
    assert "<script" not in html
    assert "onload='" not in html
    assert "x" * 100 not in html
    assert all(line.isprintable() for line in text.splitlines())
    assert len(text.splitlines()[2]) < 300
    assert state["start"] <= state["now"] <= state["end"]


def test_no_output_and_no_state_holds_a_token(timeline):
    token = str(timeline[0].token)
    for text in (repr(timeline), timeline._repr_html_(), str(timeline.view().state)):
        assert token not in text
        assert token.rpartition(".")[2] not in text


def forged(lab, **claims):
    """A token of the lab's own key with these claims."""
    own = {"iss": "https://issuer.example/", "sub": "octocat", "aud": "https://api.example/", "iat": START,
           "exp": START + 3600, "jti": "1", "scopes": ["repo"]}  # fmt: skip
    key = next(iter(lab.state.keys))
    assert isinstance(key, Key)
    return sign({"alg": key.alg, "typ": "JWT", "kid": key.kid}, {**own, **claims}, key)


# The view, driven from code


def test_view_moves_the_clock_and_tells_what_flipped(timeline):
    view = timeline.view()
    view.receive({"do": "now", "seconds": START + 60})
    assert timeline.now == view.state["now"] == START + 60
    view.receive({"do": "step", "seconds": 3600})
    assert view.state["lives"][0]["calls"][0] == [PUBLIC, False, "The token has expired."]
    assert "no longer valid" in view.state["news"]
    view.receive({"do": "to_just_before_the_end", "token": 0})
    assert view.state["lives"][0]["calls"][0] == [PUBLIC, True, ""]
    assert view.state["lives"][0]["calls"][1] == [PRIVATE, False, "needs repo"]


def test_view_says_what_cannot_be_and_goes_on(timeline):
    view = timeline.view()
    view.receive({"do": "step", "seconds": -(10**12)})
    assert view.state["problem"].startswith("A lesson's clock must stay between the years 1970 and 9999")
    view.receive({"do": "step", "seconds": 60})
    assert (view.state["problem"], view.state["now"]) == ("", START + 60)


def test_view_follows_the_plain_object(timeline):
    view = timeline.view()
    timeline.to_the_end()
    assert view.state["lives"][0]["why"].startswith("The token has expired")


def test_view_is_shown_as_a_widget_with_its_styles(timeline):
    assert "application/vnd.jupyter.widget-view+json" in timeline._repr_mimebundle_()
    assert ".sk-timeline-line" in timeline.view().get_state()["_css"]
