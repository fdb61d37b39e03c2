"""Revocations: the plain object with the denylist and the copy that lags, how it looks, and its live view."""

from __future__ import annotations

import pytest
from ipywidgets.widgets.widget import _instances

from scopekit import Lab, LessonClock, MemoryDenylist
from scopekit.errors import LabError
from scopekit.issuer import sign
from scopekit.lab import LaggingDenylist, Revocations
from scopekit.revocation import RevocationQuery

NASTIES = {
    "markup": "<img src=x onerror=alert(1)>", "script": "</td><script>alert(1)</script>", "bidi": "a‮b",
    "emoji": "😀", "long": "x" * 4000,
}  # fmt: skip


@pytest.fixture
def lab():
    with Lab("revocations") as lab:
        yield lab


@pytest.fixture
def revocations(lab):
    return Revocations(lab, lab.mint(["public_repo"]), lab.mint(["gist"], subject="hubot", ttl_seconds=7200))


def accepted(revocations):
    """For each token, whether the API and the server that lags take it."""
    return [(each.api_accepts, each.copy.allowed) for each in revocations.asked]


# The copy that lags


def test_a_copy_hears_of_a_revocation_when_it_is_as_old_as_its_lag():
    denylist, clock = MemoryDenylist(), LessonClock(1000)
    lagging = LaggingDenylist(denylist, clock, 60)
    lagging.revoke("issuer", "id-1", 5000)
    seen = [denylist.find(RevocationQuery("issuer", "id-1"))]
    for _ in range(3):
        seen.append(lagging.find(RevocationQuery("issuer", "id-1")))
        clock.advance(30)
    assert seen == ["itself", None, None, "itself"]


def test_a_copy_without_lag_is_never_behind():
    denylist = MemoryDenylist()
    lagging = LaggingDenylist(denylist, LessonClock(1000), 0)
    lagging.cut_off("issuer", 2000, "octocat")
    assert lagging.find(RevocationQuery("issuer", "id-1", subject="octocat", issued_at=1000)) == "its subject"
    assert len(lagging) == len(denylist) == 1


def test_a_copy_lists_what_it_knows_and_leaves_the_housekeeping_to_the_denylist():
    denylist, clock = MemoryDenylist(), LessonClock(1000)
    denylist.revoke("issuer", "id-1", 1100)
    lagging = LaggingDenylist(denylist, clock, 60)
    assert lagging.prune(1500) == 1
    assert (len(denylist), lagging.listed("issuer")) == (0, (("id-1", 1100),))
    clock.set(10)
    assert (lagging.age_seconds, repr(lagging)) == (0, "<denylist copied every 60 s; the copy is 0 s old>")
    lagging.refresh()
    assert lagging.listed("issuer") == ()


# What one can do


def test_revoked_token_is_refused_by_the_api_and_still_accepted_by_a_server_whose_copy_lags(revocations):
    revocations.revoke(revocations.tokens[0])
    assert accepted(revocations) == [(False, True), (True, True)]
    assert "token 1: public_repo was revoked" in revocations.said
    revocations.advance(299)
    assert accepted(revocations) == [(False, True), (True, True)]
    revocations.advance(1)
    assert accepted(revocations) == [(False, False), (True, True)]


def test_refresh_ends_the_lag_at_once(revocations):
    revocations.revoke(revocations.tokens[0])
    revocations.refresh()
    assert accepted(revocations)[0] == (False, False)


def test_subject_is_cut_off_with_its_tokens_and_no_one_else_s(revocations):
    revocations.cut_off_subject(revocations.tokens[1])
    assert accepted(revocations) == [(True, True), (False, True)]
    revocations.lab.clock.advance(1)
    assert revocations.lab.get("/user", revocations.lab.mint(["gist"], subject="hubot")).status == 200


def test_what_was_issued_before_a_moment_is_taken_back_and_what_came_after_is_not(lab):
    early = lab.mint(["gist"])
    lab.clock.advance(60)
    late = lab.mint(["gist"])
    revocations = Revocations(lab, early, late)
    revocations.cut_off_before(late.claims["iat"])
    assert accepted(revocations) == [(False, True), (True, True)]
    revocations.cut_off_up_to(late)
    assert accepted(revocations) == [(False, True), (False, True)]


@pytest.mark.parametrize("act", ["revoke", "cut_off_subject", "cut_off_up_to"])
def test_nothing_is_taken_back_twice(revocations, act):
    getattr(revocations, act)(revocations.tokens[0])
    listed = revocations.entries
    getattr(revocations, act)(revocations.tokens[0])
    assert revocations.said.endswith("nothing changed.")
    assert (revocations.entries, len(listed)) == (listed, 1)


def test_token_whose_subject_was_cut_off_needs_no_entry_of_its_own(revocations):
    revocations.cut_off_subject(revocations.tokens[0])
    revocations.revoke(revocations.tokens[0])
    assert "already, with all of its subject" in revocations.said
    assert len(revocations.entries) == 1


def test_denylist_shrinks_as_tokens_end_and_cut_offs_stay(revocations):
    for token in revocations.tokens:
        revocations.revoke(token)
    revocations.cut_off_before(5)
    sizes = [len(revocations.entries)]
    for _ in range(3):
        revocations.after_expiry()
        sizes.append(len(revocations.entries))
    assert sizes == [3, 2, 1, 1]
    assert revocations.said == "All of these tokens have ended, and the denylist has forgotten them."


def test_entry_is_kept_until_the_grace_after_the_token_s_end_is_over(revocations):
    revocations.revoke(revocations.tokens[0])
    entry = revocations.entries[0]
    assert (entry.id, entry.why) == (revocations.tokens[0].claims["jti"], "token 1: public_repo")
    revocations.lab.clock.set(revocations.tokens[0].claims["exp"] + 300)
    assert (entry.kept_until, len(revocations.entries)) == (revocations.lab.clock.now(), 1)
    revocations.advance(1)
    assert revocations.said.endswith("1 entry was forgotten: its token has ended.")
    assert revocations.entries == ()


def test_token_that_has_ended_needs_no_revocation(revocations):
    revocations.after_expiry()
    revocations.revoke(revocations.tokens[0])
    assert revocations.said == "token 1: public_repo has ended: there is nothing to revoke."
    assert revocations.entries == ()


def test_tenant_s_token_is_taken_back_under_the_tenant_s_name(lab):
    revocations = Revocations(lab, lab.mint(["read:users"], audience="tenant_1"))
    with pytest.raises(LabError, match="has no sub"):
        revocations.cut_off_subject(revocations.tokens[0])
    revocations.revoke(revocations.tokens[0])
    assert (revocations.entries[0].issuer, accepted(revocations)) == ("tenant_1", [(False, True)])


@pytest.mark.parametrize("seconds", [-1, 86401, True, "60", float("nan")], ids=str)
def test_lag_is_a_number_of_seconds_up_to_a_day(revocations, seconds):
    with pytest.raises(LabError, match="from 0 to 86400"):
        revocations.lag_seconds = seconds
    assert revocations.lag_seconds == 300


def test_what_cannot_be_taken_back_is_refused_in_a_sentence(revocations, lab):
    with pytest.raises(LabError, match="at least one token"):
        Revocations(lab)
    with pytest.raises(LabError, match="Only a token can be revoked by its id"):
        Revocations(lab, lab.opaque_key())
    with pytest.raises(LabError, match="issuer, jti, iat and exp"):
        Revocations(lab, sign({"alg": "HS256"}, {"iss": "x", "jti": "y"}, next(iter(lab.state.keys))))
    with pytest.raises(LabError, match="found another"):
        revocations.revoke(lab.mint(["repo"]))
    for moment in (-1, True, 1e18, "now"):
        with pytest.raises(LabError, match="since 1970, before the year 10000"):
            revocations.cut_off_before(moment)
    assert len(lab.denylist) == 0


# How it looks


def test_text_says_who_still_takes_each_token_what_is_listed_and_how_old_the_copy_is(revocations):
    revocations.revoke(revocations.tokens[0])
    revocations.advance(20)
    assert repr(revocations).splitlines() == [
        "The clock was moved to 2014-11-25 15:25:29 UTC.",
        "It is 2014-11-25 15:25:29 UTC.",
        "token 1: public_repo",
        "  the API           ✗ refused: 401, The token has been revoked.",
        "  the other server  ! STILL ACCEPTED: its copy lags",
        "token 2: gist",
        "  the API           ✓ accepted: 200 OK",
        "  the other server  ✓ accepted",
        "the denylist: 1 entry",
        f"  {revocations.tokens[0].claims['jti']}  token 1: public_repo  2014-11-25 16:30:09 UTC",
        "The other server's copy of the denylist is 20 s old; it is renewed once it is 5 min old, in 280 s.",
    ]


@pytest.mark.parametrize("text", NASTIES.values(), ids=NASTIES)
def test_nasty_ids_subjects_and_issuers_are_text(revocations, text):
    revocations.lab.denylist.revoke(text, text)
    revocations.lab.denylist.cut_off(text, 1, text)
    for shown in (repr(revocations), html := revocations._repr_html_()):
        assert "‮" not in shown
        assert "x" * 100 not in shown
    assert "<img" not in html
    assert "<script" not in html


def test_neither_text_nor_html_nor_view_holds_a_token(revocations):
    view = revocations.view()
    for token in revocations.tokens:
        for shown in (repr(revocations), revocations._repr_html_(), view.asked.value, view.denylist.value):
            assert str(token).rpartition(".")[2] not in shown


# The live view


def test_buttons_take_back_and_say_so(revocations):
    view = revocations.view()
    view[1, "revoke"].click()
    assert view.status.text.startswith("token 1: public_repo was revoked; its id is kept until")
    assert view.asked.value.count("STILL ACCEPTED: its copy lags") == 1
    assert revocations.tokens[0].claims["jti"] in view.denylist.value
    view.refresh.click()
    assert "STILL ACCEPTED" not in view.asked.value
    view[2, "subject"].click()
    assert view.status.text.startswith("Revoked: all tokens of hubot issued before")
    view[2, "before"].click()
    assert view.status.text.startswith("Revoked: all tokens of https://issuer.example/ issued before")
    assert "The denylist: 3 entries" in view.denylist.value


def test_clock_buttons_move_the_lab_s_clock_and_the_denylist_forgets(revocations):
    view, start = revocations.view(), revocations.lab.clock.now()
    view[1, "revoke"].click()
    view.minute.click()
    view.hour.click()
    assert revocations.lab.clock.now() == start + 3660
    view.expiry.click()
    assert "1 entry was forgotten" in view.status.text
    assert "Nothing is revoked, or every entry has expired" in view.denylist.value


def test_lag_is_set_on_the_page_and_follows_the_plain_object(revocations):
    view = revocations.view()
    view.lag.value = 0
    view[1, "revoke"].click()
    assert "never lags" in view.asked.value
    assert accepted(revocations)[0] == (False, False)
    revocations.lag_seconds = 90
    assert view.lag.value == 90


def test_mistake_is_a_sentence_in_the_status_line(revocations):
    view = revocations.view()
    revocations.lab.clock.set(253_402_300_700)
    view.hour.click()
    assert view.status.text.startswith("✗ A lesson's clock must stay between the years 1970 and 9999")


def test_cell_that_is_run_again_leaves_no_widget_behind(lab):
    token = lab.mint(["repo"])
    Revocations(lab, token).view()
    one = len(_instances)
    for _ in range(5):
        Revocations(lab, token).view()
    assert len(_instances) == one
