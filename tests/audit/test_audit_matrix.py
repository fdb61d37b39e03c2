"""The matrix: what the document predicts and what the API does, for every call and many tokens."""

from dataclasses import replace

import pytest

from sample_api.mounts import MODERN
from sample_api.vocabularies import GITHUB_SCOPES as SCOPES
from scopekit import any_of
from scopekit.audit import Call, Cell, Exchange, Matrix, Probe, predict
from scopekit.errors import LabError
from scopekit.requirements import NO_SCOPE
from scopekit.scopes import ANY_SCOPE


@pytest.fixture(scope="module")
def token(world):
    return world.mint(["public_repo"])


# What the document predicts


def foretold(requirement, token, vocabulary=SCOPES, now=0, **more):
    """What is predicted for a call that needs this, tried with this token."""
    return predict(Call("read", "GET", "/", "/", requirement, **more), Probe("token", token), vocabulary, now)


@pytest.mark.parametrize(
    ("requirement", "scopes", "predicted"),
    [
        pytest.param(NO_SCOPE, [], "allowed", id="nothing needed"),
        pytest.param(any_of("public_repo"), ["public_repo"], "allowed", id="held"),
        pytest.param(any_of("public_repo"), ["repo"], "allowed", id="implied"),
        pytest.param(any_of("repo"), ["public_repo"], "denied", id="the parent of what is held"),
        pytest.param(any_of("repo", "gist"), ["gist"], "allowed", id="one of two"),
        pytest.param(any_of("gist"), [], "denied", id="nothing held"),
        pytest.param(None, ["repo"], "undetermined", id="not documented"),
    ],
)
def test_a_prediction_follows_the_document_and_the_token(world, requirement, scopes, predicted):
    assert foretold(requirement, world.mint(scopes), SCOPES, world.clock.now()) == predicted


@pytest.mark.parametrize(
    ("scopes", "predicted"),
    [(["gist"], "denied"), (["public_repo"], "undetermined"), (["repo"], "allowed")],
    ids=["no alternative", "one of two", "both"],
)
def test_a_call_that_depends_on_what_nobody_says_is_not_guessed(world, scopes, predicted):
    either = any_of("public_repo", "repo")
    assert foretold(either, world.mint(scopes), now=world.clock.now(), conditional=True) == predicted


def test_a_public_call_needs_no_token_and_may_refuse_a_bad_one(world, token):
    assert foretold(None, None, public=True) == "allowed"
    assert foretold(None, token, now=world.clock.now(), public=True) == "allowed"
    assert foretold(None, token, now=token.expires, public=True) == "undetermined"


def test_a_token_that_no_call_should_take_is_predicted_to_be_denied(world, token):
    call = Call("read", "GET", "/", "/", NO_SCOPE)
    assert predict(call, Probe("other", token, "for another API"), SCOPES, world.clock.now()) == "denied"


def test_without_a_vocabulary_nothing_is_implied(world):
    assert foretold(any_of("public_repo"), world.mint(["repo"]), ANY_SCOPE, world.clock.now()) == "denied"


def test_no_token_is_predicted_to_be_denied():
    assert foretold(NO_SCOPE, None, SCOPES, 0) == "denied"


def test_an_expired_token_is_predicted_to_be_denied_from_the_second_it_ends(token):
    assert foretold(NO_SCOPE, token, SCOPES, token.expires - 1) == "allowed"
    assert foretold(NO_SCOPE, token, SCOPES, token.expires) == "denied"


def test_the_opaque_key_is_predicted_to_open_what_needs_no_scope(world):
    assert foretold(NO_SCOPE, world.opaque_key(), SCOPES, 2**40) == "allowed"


# Predicted and observed


@pytest.mark.parametrize("scope", [None, *SCOPES], ids=lambda scope: scope or "no scope")
def test_the_api_does_what_its_document_says_for_a_token_of(world, scope):
    matrix = world.matrix(world.mint([scope] if scope else []))
    assert len(matrix.rows) == 28
    assert matrix.differences() == ()
    assert {cell.predicted for row in matrix.rows for cell in row} <= {"allowed", "denied"}


@pytest.mark.parametrize("prefix", ["", MODERN], ids=["/", "/modern"])
def test_a_token_of_all_scopes_opens_every_call(world, prefix):
    matrix = world.matrix(world.mint(SCOPES, **({"audience": prefix} if prefix else {})))
    assert (len(matrix.allowed()), matrix.differences()) == (28, ())


def test_public_repo_opens_these_calls(world, token):
    assert world.matrix(token).allowed() == (
        "create a public repository",
        "create a public repository of an organisation",
        "read a public repository's code alerts",
        "read a public repository's secret alerts",
        "read the profile",
    )


def test_no_token_opens_nothing_as_documented(world):
    matrix = world.matrix(None)
    assert (matrix.allowed(), matrix.differences(), matrix.labels) == ((), (), ("no token",))


def test_an_expired_token_opens_nothing_as_documented(lab):
    token = lab.mint(["repo"])
    lab.clock.advance(3600)
    matrix = lab.matrix(token)
    assert (matrix.allowed(), matrix.differences()) == ((), ())
    assert {row[0].reason for row in matrix.rows} == {"The token has expired."}


def test_a_revoked_token_is_predicted_to_be_denied_by_whoever_knows_that_it_was_taken_back(lab):
    token = lab.mint(["public_repo"])
    lab.revoke(token)
    matrix = lab.matrix(token)
    cell = matrix["create a public repository"]
    assert (cell.predicted, cell.observed, cell.differs) == ("denied", "denied", False)
    assert cell.reason == "The token has been revoked."
    assert (matrix.allowed(), matrix.differences()) == ((), ())


def test_the_opaque_key_opens_everything_as_documented(world):
    matrix = world.matrix(world.opaque_key())
    assert (len(matrix.allowed()), matrix.differences(), matrix.labels) == (28, (), ("opaque key",))


def test_a_forged_token_is_observed_to_be_denied(world, token):
    forged = type(token).parse(f"{token.text[:-4]}AAAA")
    assert world.matrix(forged).allowed() == ()


# Several tokens


def test_each_token_has_a_column_of_its_own(world):
    tokens = [world.mint(["public_repo"]), world.mint(["gist", "user"]), None, world.opaque_key()]
    matrix = world.matrix(*tokens)
    assert matrix.labels == ("public_repo", "gist user", "no token", "opaque key")
    row = matrix.row("create a public repository")
    assert [cell.observed for cell in row] == ["allowed", "denied", "denied", "allowed"]
    assert [len(matrix.allowed(column)) for column in range(4)] == [5, 5, 0, 28]


def test_a_second_column_meets_the_world_that_the_first_met(world):
    token = world.mint(SCOPES)
    statuses = [[cell.exchange.status for cell in row] for row in world.matrix(token, token).rows]
    assert [pair for pair in statuses if pair[0] != pair[1] or pair[0] >= 400] == []


def test_a_matrix_of_no_token_at_all_is_refused(world):
    with pytest.raises(LabError, match="at least one token"):
        world.matrix()


def test_a_matrix_has_no_row_of_an_unknown_call(world, token):
    with pytest.raises(LabError, match="has no call 'make coffee'"):
        world.matrix(token)["make coffee"]


# The world afterwards


@pytest.mark.parametrize("column", ["all scopes", "opaque key", "no token"])
def test_a_matrix_leaves_the_world_as_it_found_it(lab, column):
    tokens = {"all scopes": lab.mint(SCOPES), "opaque key": lab.opaque_key(), "no token": None}
    lab.revoke(lab.mint(["gist"]))
    records, denied, now = lab.state.data.snapshot(), lab.state.denylist.snapshot(), lab.clock.now()
    lab.matrix(tokens[column])
    assert lab.state.data.snapshot() == records
    assert lab.state.denylist.snapshot() == denied
    assert lab.clock.now() == now


def test_a_matrix_that_breaks_leaves_the_world_as_it_found_it_too(lab, monkeypatch):
    records, asked = lab.state.data.snapshot(), lab.request

    def request(method, path, *more):
        exchange = asked(method, path, *more)
        if (method, path) == ("DELETE", "/repos/octocat/old-notes"):
            raise ConnectionError
        return exchange

    monkeypatch.setattr(lab, "request", request)
    with pytest.raises(ConnectionError):
        lab.matrix(lab.mint(SCOPES))
    assert lab.state.data.snapshot() == records


def test_a_matrix_does_the_same_a_second_time(world, token):
    assert repr(world.matrix(token)) == repr(world.matrix(token))


# What a cell says


@pytest.mark.parametrize(
    ("scopes", "call", "reason"),
    [
        (["public_repo"], "create a public repository", "public_repo"),
        (["repo"], "create a public repository of an organisation", "repo"),
        (["repo"], "report a deployment", "repo_deployment through repo"),
        (["admin:public_key"], "list SSH keys", "read:public_key through admin:public_key"),
        (["repo", "workflow"], "write a workflow file", "repo, workflow"),
        (["gist"], "read the profile", "no scope is asked for"),
        (["public_repo"], "create a private repository", "needs repo"),
        (["repo"], "write a workflow file", "needs repo and workflow"),
        (["user"], "list e-mail addresses", "user:email through user"),
    ],
)
def test_a_cell_says_why(world, scopes, call, reason):
    assert world.matrix(world.mint(scopes))[call].reason == reason


def test_a_cell_does_not_differ_where_the_document_says_nothing(world, token):
    cell = world.matrix(token)["read the profile"]
    assert not replace(cell, predicted="undetermined").differs
    assert replace(cell, predicted="denied").differs


def cell(predicted, status):
    """A cell of a call that was answered with this status."""
    call = Call("read", "GET", "/pets/1", "/pets/{id}", any_of("pets"))
    return Cell(call, predicted, Exchange("GET", "/pets/1", {}, "", status, "Phrase", {}, ""), "")


@pytest.mark.parametrize(
    ("predicted", "status", "observed", "differs"),
    [
        ("denied", 404, "hidden", False),
        ("denied", 403, "denied", False),
        ("denied", 410, "allowed", True),
        ("allowed", 404, "allowed", False),
        ("undetermined", 404, "allowed", False),
        ("allowed", 503, "failed", True),
        ("denied", 422, "unseen", False),
        ("allowed", 422, "allowed", False),
        ("denied", 302, "unseen", False),
        ("allowed", 429, "unseen", False),
        ("allowed", 0, "unseen", False),
    ],
)
def test_a_404_in_place_of_a_predicted_denial_is_hidden_and_no_difference(predicted, status, observed, differs):
    assert (cell(predicted, status).observed, cell(predicted, status).differs) == (observed, differs)


def test_a_call_that_is_hidden_is_not_allowed():
    assert Matrix(("token",), ((cell("denied", 404),), (cell("allowed", 200),))).allowed() == ("read",)


def test_a_matrix_says_how_many_calls_differ(lab):
    token = lab.mint(["public_repo"])
    assert repr(lab.matrix(token)).endswith("5 of 28 allowed; all as documented")
    matrix = lab.matrix(token)
    rows = [(replace(row[0], predicted="denied"),) for row in matrix.rows]
    assert repr(replace(matrix, rows=tuple(rows))).endswith("5 of 28 allowed; 5 not as documented")
