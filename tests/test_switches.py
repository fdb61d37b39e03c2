"""The guard's switches: what gets in without a check, by the plain object, its text and HTML, and its live view."""

from __future__ import annotations

from itertools import combinations

import pytest
from ipywidgets.widgets.widget import _instances

from sample_api.mounts import MODERN
from scopekit import Lab
from scopekit.checks import CHECK_NAMES
from scopekit.errors import LabError
from scopekit.lab import GuardSwitches
from scopekit.lab.switches.model import MISTAKES

GETS_IN = {
    "credentials": ["token in the address"],
    "form": ["padding"],
    "key": ["embedded jwk"],
    "algorithm": ["alg none"],
    "signature": ["one flipped bit", "unverified signature"],
    "type": ["ID token"],
    "issuer": ["another issuer's name"],
    "audience": ["token for another API"],
    "time": ["expired token"],
    "revocation": ["revoked token"],
    "scopes": ["token without the scope"],
}


@pytest.fixture
def lab():
    with Lab("switches") as lab:
        yield lab


@pytest.fixture
def switches(lab):
    return GuardSwitches(lab)


def getting_in(switches):
    return [each.request.name for each in switches.tried if each.gets_in]


def allowed(switches):
    return [each.request.name for each in switches.tried if each.weakened]


@pytest.mark.parametrize("audience", [None, MODERN], ids=["GITHUB", "RFC9068"])
@pytest.mark.parametrize("check", CHECK_NAMES)
def test_without_a_check_exactly_the_requests_that_it_kept_out_get_in(lab, check, audience):
    switches = GuardSwitches(lab, audience and lab.mint(["gist"], audience=audience))
    switches[check] = False
    assert getting_in(switches) == GETS_IN[check]
    assert allowed(switches) == ["the good token", *GETS_IN[check]]


def test_with_every_check_on_only_the_good_token_gets_in(switches):
    assert allowed(switches) == ["the good token"]
    assert getting_in(switches) == []


def test_every_check_keeps_something_out_and_has_its_mistake_in_words(switches):
    assert {each.kept_out_by for each in switches.requests} - {None} == set(CHECK_NAMES) == set(MISTAKES)


def test_without_two_checks_what_either_kept_out_gets_in_and_no_more(switches):
    for pair in combinations(CHECK_NAMES, 2):
        switches.all_on()
        for check in pair:
            switches[check] = False
        assert getting_in(switches) == [name for check in pair for name in GETS_IN[check]]


def test_without_any_check_there_is_still_nothing_to_let_in_where_no_token_came(switches):
    for check in CHECK_NAMES:
        switches[check] = False
    assert [each.request.name for each in switches.tried if not each.weakened] == ["no token at all"]
    switches.all_on()
    assert getting_in(switches) == []


def test_running_api_and_its_denylist_stay_whole(switches, lab):
    for check in CHECK_NAMES:
        switches[check] = False
    for each in switches.requests[1:]:
        if each.authorization:
            assert lab.get("/user/emails", each.authorization.removeprefix("Bearer ")).status in (401, 403)
    assert len(lab.denylist) == 0
    assert lab.guard_of(switches.token).policy.off == frozenset()


def test_denial_is_that_of_the_request_s_own_check_where_the_form_does_not_say_no_before(switches):
    for each in switches.tried:
        if each.request.kept_out_by not in (None, "key"):
            assert each.whole.check == each.request.kept_out_by


def test_check_that_is_not_there_is_refused_with_the_one_that_was_meant(switches):
    with pytest.raises(LabError, match="did you mean 'signature'"):
        switches["signatur"] = False
    assert switches.off == ()


def test_switches_start_from_a_token_that_the_guard_lets_in(lab):
    expired = lab.mint(["repo"], ttl_seconds=60)
    lab.clock.advance(120)
    for token, found in (
        (expired, "The token has expired"), (lab.mint(["read:users"], audience="tenant_1"), "a tenant's"),
        (lab.mint([]), "a token with a scope"), ("x.y.z", "a token with a scope"),
    ):  # fmt: skip
        with pytest.raises(LabError, match=found):
            GuardSwitches(lab, token)


def test_text_says_what_is_off_what_it_means_and_what_gets_in(switches):
    switches["signature"] = switches["scopes"] = False
    lines = repr(switches).splitlines()
    assert lines[:3] == [
        "! CHECKS OFF: signature, scopes. 3 of 13 bad requests get in.",
        "  signature: anyone may write anything",
        "  scopes: an API key as of old: all or nothing",
    ]
    assert next(line for line in lines if line.startswith("unverified")).endswith("! gets in now: signature is off")
    assert lines[-1].startswith("The running API keeps all its checks")


def test_html_has_both_decisions_side_by_side_with_the_words_gets_in_now(switches):
    switches["time"] = False
    row = switches._repr_html_().partition("data-request='expired token'")[2].partition("</tr>")[0]
    assert row.count("<td") == 2
    for told in ("✗ denied", "by time", "! gets in now", "time is off"):
        assert told in row
    assert switches._repr_html_().count("gets in now") == 1


def test_neither_text_nor_html_nor_an_error_holds_a_token(switches):
    switches["signature"] = False
    view = switches.view()
    shown = (repr(switches), switches._repr_html_(), view.table.value, repr(switches.requests))
    for each in switches.requests:
        if sent := (each.authorization or each.query_token or "").removeprefix("Bearer "):
            assert not [text for text in shown if sent in text]


def test_claims_with_markup_are_not_on_the_page(lab):
    token = lab.mint(["repo"], subject="<img src=x onerror=alert(1)>")
    assert "<img" not in GuardSwitches(lab, token)._repr_html_()


def test_checkbox_switches_a_check_and_the_button_switches_all_on(switches):
    view = switches.view()
    view["signature"].value = view["key"].value = False
    assert switches.off == ("key", "signature")
    assert view.banner.text == "! CHECKS OFF: key, signature. 3 of 13 bad requests get in."
    assert view.table.value.count("gets in now") == 3
    view.all_on.click()
    assert (switches.off, view["key"].value) == ((), True)
    assert view.banner.text == "✓ All 11 checks are on: none of the bad requests gets in."


def test_view_follows_the_plain_object(switches):
    view = switches.view()
    switches["audience"] = False
    assert not view["audience"].value
    assert view["audience"].description == "8 audience"


def test_cell_that_is_run_again_leaves_no_widget_behind(lab):
    token = lab.mint(["repo"])
    GuardSwitches(lab, token).view()
    one = len(_instances)
    for _ in range(5):
        GuardSwitches(lab, token).view()
    assert len(_instances) == one
