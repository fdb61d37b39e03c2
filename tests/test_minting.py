"""The mint form: what is chosen, what it makes or why it does not, the comparison, and its live view from code."""

from __future__ import annotations

import pytest

from scopekit import Lab
from scopekit.lab import MintForm

MODERN = "https://api.example/modern"
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def form():
    with Lab("test") as lab:
        yield MintForm(lab, ["public_repo"])


def test_nothing_is_minted_until_it_is_asked_for(form):
    assert form.token is None
    form.choose(ttl_seconds=60)
    assert form.token is None
    assert form.claims["exp"] - form.claims["iat"] == 60
    assert form.mint() is form.token
    assert form.token.claims["exp"] - form.token.claims["iat"] == 60


def test_a_look_at_the_claims_costs_no_id(form):
    for _ in range(5):
        repr(form)
    with Lab("test") as other:
        assert form.mint().claims["jti"] == MintForm(other, ["public_repo"]).mint().claims["jti"]


def test_preview_holds_what_the_minted_token_holds_but_for_its_id(form):
    seen = dict(form.claims)
    assert seen.pop("jti") == "(made when it is minted)"
    assert seen == {name: value for name, value in form.mint().claims.items() if name != "jti"}


def test_minted_token_opens_the_api(form):
    assert form.lab.call("create a public repository", form.mint()).status == 201


def test_a_change_takes_the_token_away(form):
    form.mint()
    form.picker["gist"] = True
    assert form.token is None
    assert form.claims["scopes"] == ("public_repo", "gist")


@pytest.mark.parametrize(
    ("audience", "profile", "mount"),
    [
        ("https://api.example/", "GITHUB", "/"),
        (MODERN, "RFC9068", "/modern"),
        ("tenant_1", "AUTH0_V2", "/api/v2"),
        ("tenant_2", "AUTH0_V2", "/api/v2"),
    ],
)
def test_an_audience_brings_the_profile_of_its_mount_whose_guard_believes_the_token(form, audience, profile, mount):
    form.choose(audience="tenant_1")
    form.choose(audience=audience)
    assert form.choices.profile == profile
    assert form.believers == (mount,)
    assert form.belief == f"The guard of {mount} will believe it."
    form.mint()
    assert form.belief == f"The guard of {mount} believes it."


def test_scopes_of_another_api_are_kept_for_when_it_is_back(form):
    form.choose(audience="tenant_1")
    assert form.scopes == ()
    form.choose(audience=MODERN)
    assert form.scopes == ("public_repo",)


NO_LIFETIME = "A lifetime must be a whole number of seconds above 0; found"
NO_ID = "'sub' must be text of 1 to 255 characters without control characters; it is the text"
IMPOSSIBLE = {
    "too long a lifetime": (
        {"ttl_seconds": 10**9},
        "A token of profile GITHUB may live at most 7776000 s; found 10000000",
    ),
    "no lifetime": ({"ttl_seconds": 0}, f"{NO_LIFETIME} 0."),
    "a lifetime in words": ({"ttl_seconds": "1 h"}, f"{NO_LIFETIME} '1 h'."),
    "a lifetime for ever": ({"profile": "SEED_2014", "ttl_seconds": 60}, "SEED_2014 never ends, so it takes no"),
    "a tenant's profile": ({"profile": "AUTH0_V2"}, "one of tenant_1, tenant_2; found 'https://api.example/', an API."),
    "an unknown audience": ({"audience": "nobody"}, "An audience must be one of https://api.example/, "),
    "an unknown profile": (
        {"profile": ["x"]},
        "A profile must be one of RFC9068, GITHUB, AUTH0_V2, SEED_2014; found ['x'].",
    ),
    "an unknown algorithm": ({"alg": "none"}, "An algorithm must be one of HS256, "),
    "an unknown key": ({"key": "yours"}, "A key must be one of own, new; found 'yours'."),
    "the own key for another algorithm": ({"alg": "ES256", "key": "own"}, "is bound to HS256; ES256 needs a new key."),
    "a subject that is no id": ({"subject": "a\tb"}, f"{NO_ID} 'a\\tb'."),
    "a subject that is too long": ({"subject": "x" * 4000}, f"{NO_ID} 'xxx"),
}


@pytest.mark.parametrize(("chosen", "sentence"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_be_is_one_sentence_and_no_token(form, chosen, sentence):
    form.choose(**chosen)
    assert sentence in form.problem
    assert (form.mint(), form.token, form.claims, form.believers) == (None, None, None, ())
    assert form.problem in repr(form)
    assert "Not possible" in form._repr_html_()
    assert form.view().status.text == f"! Not possible: {form.problem}"
    form.choose(audience="tenant_1", profile="AUTH0_V2", ttl_seconds=60, alg="HS256", key="own", subject="ann")
    assert form.problem == ""


def test_unknown_scope_is_a_problem_until_the_scopes_are_chosen_anew(form):
    form.scopes = ["public-repo"]
    assert form.problem == "'public-repo' is not a scope of this API; did you mean 'public_repo'?"
    assert form.mint() is None
    form.picker["gist"] = True
    assert form.problem == ""


def test_a_profile_brings_its_own_lifetime(form):
    form.choose(ttl_seconds=60)
    form.choose(profile="RFC9068")
    assert form.lifetime == 3600
    form.choose(profile="SEED_2014")
    assert form.lifetime is None
    assert "exp" not in form.mint().claims


def test_subject_is_written_where_one_is_given_and_where_the_profile_wants_one(form):
    assert form.claims["sub"] == "octocat"
    form.choose(audience="tenant_1")
    assert "sub" not in form.claims
    form.choose(subject="auth0|ann")
    assert form.claims["sub"] == "auth0|ann"


@pytest.mark.parametrize(("alg", "size"), [("HS512", 64), ("RS256", 256), ("ES256", 64), ("Ed25519", 64)])
def test_another_algorithm_takes_a_new_key_that_no_guard_believes_and_says_so(form, alg, size):
    form.choose(alg=alg)
    assert form.belief == f"No guard of this lab will believe it: none of them knows its key 'new-{alg}'."
    token = form.mint()
    assert (token.header["alg"], token.header["kid"], len(token.signature)) == (alg, f"new-{alg}", size)
    assert form.lab.get("/user", token).status == 401


def test_token_of_another_shape_is_made_and_the_refusal_is_told(form):
    form.choose(audience=MODERN, profile="GITHUB")
    assert form.believers == ()
    assert form.belief.startswith("No guard of this lab will believe it. At /modern: The token is not of the type")


def test_the_same_scopes_in_another_profile_line_by_line(form):
    found = {line.name: line.change for line in form.in_notation("RFC9068").differences}
    assert found == {"typ": "changed", "scopes": "removed", "client_id": "added", "scope": "added"}


@pytest.mark.parametrize(
    ("shape", "claim", "value"),
    [
        ("flat", "scopes", ("public_repo",)),
        ("structured", "scopes", {"public_repo": {"actions": ("",)}}),
        ("oauth", "scope", "public_repo"),
        ("rar", "authorization_details", ({"type": "public_repo", "actions": ("",)},)),
    ],
)
def test_the_same_scopes_in_each_notation(form, shape, claim, value):
    rewriting = form.in_notation(shape)
    assert rewriting.after.claims[claim] == value
    assert rewriting.after.scopes == ("public_repo",)
    assert {line.name for line in rewriting.differences} <= {"scopes", claim}


def test_in_the_shape_of_a_tenant_the_audience_is_a_tenant(form):
    lines = {line.name: line for line in form.in_notation("AUTH0_V2").lines}
    assert (lines["aud"].before, lines["aud"].after) == ("https://api.example/", "tenant_1")
    assert lines["iss"].change == "removed"
    assert lines["exp"].change == "same"


def test_comparison_tells_in_words_and_with_the_id_of_the_minted_token(form):
    form.mint()
    assert "<code>alg</code> <span class='soft'>header</span>" in form.view().claims.value
    text, html = repr(form.in_notation("RFC9068")), form._repr_html_()
    assert "≠ changed  typ        JWT -> at+jwt" in text
    assert "GITHUB as RFC9068: 2 added, 1 removed, 1 changed" in text
    assert f"= same     jti        {form.token.claims['jti']}" in text
    assert html.count("data-change='added'") == 2
    assert "nothing differs" in repr(form.in_notation("GITHUB"))


def test_comparison_with_a_shape_that_does_not_exist_is_refused(form):
    with pytest.raises(Exception, match=r"A shape must be one of RFC9068, .*, rar; found 'xml'"):
        form.against = "xml"


def test_no_output_and_no_state_holds_the_token(form):
    view = form.view()
    token = str(form.mint())
    shown = [repr(form), form._repr_html_(), view.claims.value, view.compared.value, view.status.text]
    for text in shown:
        assert token not in text
        assert token.rpartition(".")[2] not in text
    assert f"Minted: <code>{token[:12]}…" in view.claims.value
    assert f"Minted: {len(token)} characters." in view.status.text


def test_markup_in_the_subject_is_text(form):
    form.choose(subject=NASTY)
    for html in (form._repr_html_(), form.view().claims.value, form.view().compared.value):
        assert NASTY not in html
        assert "&lt;img src=x onerror=alert(1)&gt;" in html


# The view, driven from code


def test_view_follows_its_controls(form):
    view = form.view()
    view.audience.value = "tenant_1"
    assert (view.profile.value, view.ttl.value) == ("AUTH0_V2", 86400)
    view["read:users"].value = True
    view.ttl.value = 60
    view.subject.value = "auth0|ann"
    assert "60 s, at most 30 days" in view.human.value
    view.mint.click()
    assert form.token.claims["scopes"] == {"users": {"actions": ("read",)}}
    assert form.token.claims["exp"] - form.token.claims["iat"] == 60
    assert form.token.claims["sub"] == "auth0|ann"
    assert "Minted: <code>eyJ" in view.claims.value


def test_view_mints_nothing_by_a_choice(form):
    view = form.view()
    view.ttl.value = 120
    view.subject.value = "ann"
    view["gist"].value = True
    assert form.token is None
    assert "Not minted yet" in view.claims.value


def test_view_follows_the_plain_object(form):
    view = form.view()
    form.choose(profile="SEED_2014")
    assert (view.profile.value, view.ttl.disabled) == ("SEED_2014", True)
    assert "never ends" in view.human.value
    form.choose(alg="EdDSA")
    assert (view.alg.value, view.key.value) == ("Ed25519", "new")
    form.against = "rar"
    assert view.against.value == "rar"
    assert "authorization_details" in view.compared.value


def test_another_api_puts_its_own_scopes_in_place_of_the_others_and_leaves_no_widget_behind(form):
    view = form.view()
    counts = []
    for audience in ["tenant_1", MODERN] * 4:
        form.choose(audience=audience)
        counts.append(count_widgets())
    assert len(set(counts[0::2])) == len(set(counts[1::2])) == 1
    assert view["public_repo"].value


def count_widgets():
    from ipywidgets.widgets.widget import _instances

    return len(_instances)
