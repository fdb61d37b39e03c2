"""Advice: what a token holds too much, what it opens when it leaks, and what a session took."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_api.vocabularies import GITHUB_SCOPES as SCOPES
from scopekit import any_of
from scopekit.audit import Call
from scopekit.audit.exposure import advise, blast_radius, kind_of, needed, over_grant
from scopekit.audit.recordings import Recorded
from scopekit.requirements import NO_SCOPE


def call(text, requirement, **more):
    method, path = text.split(" ")
    return Call(text, method, path, path, requirement, **more)


READ = call("GET /repos", any_of("public_repo", "repo"))
MAKE = call("POST /repos", any_of("repo"))
DROP = call("DELETE /repos", any_of("delete_repo"))
MINE = call("GET /me", NO_SCOPE)
UNSAID = call("GET /unsaid", None)


# What is held and not needed


def test_a_wide_scope_has_a_smaller_one_in_its_place():
    grant = over_grant(["repo", "gist"], [READ, UNSAID], SCOPES)
    assert grant.enough == ("public_repo",)
    assert grant.instead == (("repo", ("public_repo",)), ("gist", ()))
    assert grant.unneeded == ("gist",)
    assert grant.spare == ("gist", "repo", "repo:invite", "repo:status", "repo_deployment", "security_events")


def test_a_token_that_holds_what_is_needed_has_nothing_to_spare():
    grant = over_grant(["repo"], [MAKE], SCOPES)
    assert (grant.enough, grant.spare, grant.unneeded) == (("repo",), (), ())
    assert repr(grant) == "everything held is needed\n  repo: needed\nenough: repo"


def test_what_is_held_is_never_widened_and_what_it_does_not_open_is_named():
    grant = over_grant(["gist"], [MAKE, DROP], SCOPES)
    assert (grant.enough, grant.least.unopened) == ((), (any_of("repo"), any_of("delete_repo")))
    assert "not opened by what is held\n  repo\n  delete_repo" in repr(grant)


def test_requirements_will_do_in_place_of_calls():
    assert over_grant(["repo"], [any_of("public_repo")], SCOPES).enough == ("public_repo",)


def test_it_prints_what_to_hold_instead():
    assert repr(over_grant(["repo", "gist"], [READ], SCOPES)) == (
        "repo gist grants 6 capabilities more than needed\n"
        "  repo: public_repo would do\n"
        "  gist: not needed\n"
        "enough: public_repo"
    )


@given(st.data())
def test_what_is_enough_opens_the_same_calls_as_what_is_held(data):
    held = data.draw(st.lists(st.sampled_from(sorted(SCOPES)), unique=True))
    calls = data.draw(
        st.lists(st.lists(st.sampled_from(sorted(SCOPES)), min_size=1, max_size=3).map(lambda n: any_of(*n)))
    )
    grant = over_grant(held, calls, SCOPES)
    before, after = SCOPES.expand(held), SCOPES.expand(grant.enough)
    assert after | set(grant.spare) == before
    assert [each.satisfied_by(before) for each in calls] == [each.satisfied_by(after) for each in calls]
    assert sorted(part for _, parts in grant.instead for part in parts) == sorted(grant.enough)


# What a leaked token opens


def test_a_leak_is_counted_by_reads_writes_and_deletions_with_what_opens_each():
    blast = blast_radius(["repo", "delete_repo"], [READ, MAKE, DROP, MINE, UNSAID], SCOPES)
    assert [(one.call.name, one.kind, one.by) for one in blast.opened] == [
        ("GET /repos", "read", ("repo",)),
        ("POST /repos", "write", ("repo",)),
        ("DELETE /repos", "deletion", ("delete_repo",)),
        ("GET /me", "read", ()),
    ]
    assert (len(blast.of("read")), blast.closed, blast.undocumented) == (2, 0, (UNSAID,))


def test_each_scope_that_could_open_a_call_is_responsible_for_it():
    (one,) = blast_radius(["repo", "public_repo", "gist"], [READ], SCOPES).opened
    assert one.by == ("repo", "public_repo")


def test_the_scope_that_costs_most_is_the_one_without_which_the_fewest_calls_are_left():
    blast = blast_radius(["delete_repo", "repo"], [READ, MAKE, DROP, MINE], SCOPES)
    assert blast.left == (("delete_repo", 3), ("repo", 2))
    assert blast.costliest == "repo"


def test_where_each_scope_stands_in_for_the_other_none_costs_most():
    assert blast_radius(["repo", "public_repo"], [READ], SCOPES).costliest is None
    assert blast_radius([], [MINE], SCOPES).costliest is None


@pytest.mark.parametrize(
    ("expires", "told"),
    [(7200, "; for 2 h"), (None, "; for ever"), (0, "; it has ended"), (-60, "; it has ended")],
)
def test_it_says_for_how_long(expires, told):
    blast = blast_radius(["repo"], [READ], SCOPES, expires=expires, now=0)
    assert repr(blast).startswith(f"repo opens 1 of 1 calls: 1 read, 0 writes, 0 deletions{told}\n")


def test_without_a_clock_it_does_not_guess_how_long():
    assert repr(blast_radius(["repo"], [READ], SCOPES, expires=7200)).splitlines()[0].endswith("0 deletions")


def test_an_owner_s_token_opens_what_is_its_own():
    owned = call("GET /users/ann", any_of("read:org"), own=any_of("read:user"), owner="ann")
    assert blast_radius(["read:user"], [owned], SCOPES).opened == ()
    assert len(blast_radius(["read:user"], [owned], SCOPES, subject="ann").opened) == 1
    assert needed(owned, "bob") == any_of("read:org")


@pytest.mark.parametrize(
    ("method", "kind"),
    [("GET", "read"), ("HEAD", "read"), ("QUERY", "read"), ("DELETE", "deletion"), ("PUT", "write"), ("ODD", "write")],
)
def test_what_is_not_known_to_read_is_taken_to_write(method, kind):
    assert kind_of(method) == kind


def test_what_is_predicted_to_be_open_is_what_the_matrix_observes(lab):
    token = lab.mint(["repo", "user:email"])
    blast = blast_radius(token.scopes, lab.calls, lab.vocabulary)
    assert tuple(one.call.name for one in blast.opened) == lab.matrix(token).allowed()


# What a session took


def test_a_session_is_opened_by_the_least_scopes_for_what_it_did(world):
    went = [Recorded("GET", "/user/emails"), Recorded("GET", "/user/emails"), Recorded("PUT", "/user/following/hubot")]
    advice = advise(went, world.calls, world.vocabulary)
    assert advice.least.scopes == ("user:email", "user:follow")
    assert [(each.name, count) for each, count in advice.calls] == [("list e-mail addresses", 2), ("follow a user", 1)]


def test_where_a_recording_does_not_say_which_case_it_was_all_are_counted_and_named(world):
    advice = advise([Recorded("POST", "/user/repos")], world.calls, world.vocabulary)
    assert advice.least.scopes == ("repo",)
    assert [each.name for each in advice.ambiguous] == ["create a public repository", "create a private repository"]


def test_what_nothing_documents_is_listed_with_how_often(world):
    advice = advise([Recorded("GET", "/nothing"), Recorded("GET", "/nothing")], world.calls, world.vocabulary)
    assert (advice.unmatched, advice.least.sets) == ((("GET /nothing", 2),), ((),))
    assert "undocumented requests\n  2 x GET /nothing" in repr(advice)


def test_a_call_of_which_nobody_said_what_it_needs_is_named():
    assert advise([Recorded("GET", "/unsaid")], [UNSAID]).undocumented == (UNSAID,)


def test_a_session_made_for_real_is_opened_again_by_what_is_advised(lab):
    went = [Recorded(each.method, each.path.partition("?")[0]) for each in lab.calls]
    advice = advise(went, lab.calls, lab.vocabulary)
    assert advice.unmatched == ()
    assert len(lab.matrix(lab.mint(advice.least.scopes)).allowed()) == len(lab.calls)


@pytest.mark.parametrize(
    "made",
    [
        lambda name: over_grant([name], [call("GET /x", any_of(name))]),
        lambda name: blast_radius([name], [call(f"GET /{name}", any_of(name))]),
        lambda name: advise([Recorded("GET", f"/{name}")], []),
    ],
    ids=["over-grant", "blast radius", "session"],
)
def test_advice_is_escaped_on_a_page(made):
    html = made("<script>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
