"""An audit of the sample API: no drift in it, and in a copy with five faults exactly the five that were put in."""

import contextlib
import functools
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from starlette.responses import Response

from sample_api import mounts
from sample_api.docs import oauth2
from sample_api.mounts import GITHUB_API, MODERN, REPOS, ApiMount, check_scopes, guard_of, issuer_of
from sample_api.serving.application import Application, Paths
from sample_api.state import State
from sample_api.vocabularies import GITHUB_SCOPES
from scopekit import AUTH0_V2, RFC9068, Issuer, Key, Token, all_of
from scopekit.asgi import requires
from scopekit.audit import read_document
from scopekit.audit.drift import KINDS
from scopekit.audit.probe_tokens import mint_probes
from scopekit.audit.run import audit
from scopekit.errors import InputError
from scopekit.lab import Loopback
from scopekit.requirements import NO_SCOPE

MOUNTS = {"": REPOS, "/modern": MODERN, "/api/v2": "tenant_1"}


@pytest.fixture(params=MOUNTS, ids=["/", "/modern", "/api/v2"])
def mount(request):
    return request.param


def audited(lab, mount, document=None):
    """The audit of a mount, and the tokens that it sent."""
    document = document or read_document(f"{lab.url}{mount}/openapi.json")
    probes = mint_probes(document, issuer_of(lab.state, MOUNTS[mount]))
    return audit(document, probes, base_url=lab.url + mount, unsafe=True, now=lab.clock.now()), probes


# The sample API, as it is


@pytest.fixture(scope="module")
def once(world):
    """The audit of each mount, which is made once and looked at by several tests."""
    return functools.cache(lambda mount: audited(world, mount))


def test_the_sample_api_does_what_its_document_says_and_no_cell_is_undetermined(once, mount):
    found, _ = once(mount)
    assert (found.drifts, found.undetermined, found.unseen) == ((), (), ())
    assert len(found.matrix.rows) * len(found.matrix.labels) > 1000


def test_an_audit_tries_a_token_for_each_scope_and_those_that_must_open_nothing(lab, once, mount):
    labels = set(once(mount)[0].matrix.labels)
    assert labels >= {"no token", "no scope", "every scope", "expired"}
    assert labels >= set(read_document(f"{lab.url}{mount}/openapi.json").vocabulary)
    assert ("another API's" in labels) == (mount != "/api/v2")


def test_an_owner_s_own_scopes_are_tried_by_the_owner(once):
    found, _ = once("/api/v2")
    column = found.matrix.labels.index("read:current_user of auth0|ann")
    assert [row[column].call.name for row in found.matrix.rows if row[column].observed == "allowed"] == ["read a user"]


@pytest.mark.parametrize(
    ("mount", "conditional"),
    [
        ("", {"POST /user/repos", "POST /orgs/{org}/repos", "PUT /repos/{owner}/{repo}/contents/{path}",
              "GET /repos/{owner}/{repo}/code-scanning/alerts", "GET /repos/{owner}/{repo}/secret-scanning/alerts"}),
        ("/api/v2", {"GET /users/{user_id}", "PATCH /users/{user_id}", "POST /users/{user_id}/identities",
                     "PATCH /clients/{client_id}"}),
    ],
    ids=["/", "/api/v2"],
)  # fmt: skip
def test_without_its_conditions_the_conditional_cells_are_undetermined_and_not_guessed(lab, mount, conditional):
    raw = lab.get(f"{mount}/openapi.json").json
    for item in raw["paths"].values():
        for operation in item.values():
            operation.pop("x-scope-conditions")
    found, _ = audited(lab, mount, read_document(raw))
    assert {f"{cell.call.method} {cell.call.template}" for _, cell in found.undetermined} == conditional
    assert found.drifts == ()


# A copy with five faults


def forgets_its_check(guard, handler):
    async def unguarded(request):
        request.state.decision = None
        return await handler(request)

    return unguarded


def asks_for_all(guard, handler):
    return requires(guard, all_of("read:repo_hook", "repo"))(handler)


def compares_prefixes(guard, handler):
    async def needed(request):
        held = Token.parse(request.headers["authorization"].removeprefix("Bearer ")).scopes
        return NO_SCOPE if any("admin:org_hook".startswith(scope) for scope in held) else all_of("admin:org_hook")

    async def checked(request):
        return await requires(guard, needed if "authorization" in request.headers else NO_SCOPE)(handler)(request)

    return checked


def answers_401_for_403(guard, handler):
    async def checked(request):
        answer = await requires(guard, all_of("admin:public_key"))(handler)(request)
        answer.status_code = 401 if answer.status_code == 403 else answer.status_code
        return answer

    return checked


def asks_for_another_scope(guard, handler):
    async def needed(request):  # `requires` itself refuses a scope that the API does not have
        return all_of("write:gpg_key", "audit:write")

    return requires(guard, needed)(handler)


FAULTS = [
    pytest.param("list_emails", forgets_its_check, "opens", "list e-mail addresses",
                 "It answers without a token: nothing checks it.", id="a call that forgets its check"),
    pytest.param("read_hook_config", asks_for_all, "refuses", "read a hook's configuration",
                 "It asks for all of read:repo_hook, repo; one of them should be enough.", id="any-of turned all-of"),
    pytest.param("list_organisation_hooks", compares_prefixes, "opens", "list an organisation's hooks",
                 "It accepts admin:org in place of admin:org_hook: does it compare only the start of a scope?",
                 id="prefix matching"),
    pytest.param("delete_key", answers_401_for_403, "status", "delete an SSH key",
                 "It answers 401 to scopes that do not suffice; it should answer 403.", id="401 for 403"),
    pytest.param("create_gpg_key", asks_for_another_scope, "undocumented-scope", "add a GPG key",
                 "It asks for audit:write, which the document does not name.", id="an undocumented scope"),
]  # fmt: skip


@pytest.fixture(scope="module")
def faulty():
    """Starts a copy of the sample API in which operations, by id, are guarded by a fault; gives its URL and state."""
    state, session, running = State.in_memory(), requests.Session(), contextlib.ExitStack()

    def start(faults):
        guard = guard_of(state, REPOS)
        right = check_scopes(guard, GITHUB_API)

        def protect(operation):
            fault = faults.get(operation.id)
            return functools.partial(fault, guard) if fault else right(operation)

        copy = ApiMount("", GITHUB_API, protect, oauth2(GITHUB_SCOPES, "oauth/token"))
        app = Application(Paths(copy.routes()), state.clock, "127.0.0.1", data=state.data, store=state)
        server = Loopback()
        running.callback(server.close)
        return server.open(app, session)

    with session, running:
        yield start, state


@pytest.fixture(scope="module")
def with_five_faults(faulty):
    start, state = faulty
    document = read_document(f"{start({fault.values[0]: fault.values[1] for fault in FAULTS})}/openapi.json")
    return audit(document, mint_probes(document, issuer_of(state, REPOS)), unsafe=True)


@pytest.mark.parametrize(("operation", "fault", "kind", "name", "sentence"), FAULTS)
def test_a_fault_is_one_drift_of_its_call(with_five_faults, operation, fault, kind, name, sentence):
    drifts = [drift for drift in with_five_faults.drifts if drift.call.name == name]
    assert [(drift.kind, drift.sentence) for drift in drifts] == [(kind, sentence)]


def test_nothing_is_a_drift_but_the_faults(with_five_faults):
    assert len(with_five_faults.drifts) == len(FAULTS)
    assert not with_five_faults


def test_the_readme_shows_what_an_audit_of_the_first_copy_prints(faulty):
    start, state = faulty
    document = read_document(f"{start({'list_emails': forgets_its_check})}/openapi.json")
    printed = repr(audit(document, mint_probes(document, issuer_of(state, REPOS)))).splitlines()
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"^```\n(1 drift:.*?)^```$", readme, re.DOTALL | re.MULTILINE)[1].splitlines()
    assert shown == [*printed[1:3], printed[-1]]


# More that can drift


def with_answer(change):
    """A fault: the right check, whose answer is changed."""

    def fault(guard, handler):
        async def checked(request):
            return change(await requires(guard, all_of("user:email"))(handler)(request))

        return checked

    return fault


def bare(answer):
    if answer.status_code == 401:
        del answer.headers["www-authenticate"]
    return answer


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (bare, ["challenge"]),
        (lambda answer: Response(status_code=500), ["fails", "undocumented-answer"]),
        (lambda answer: Response(status_code=206) if answer.status_code == 200 else answer, ["undocumented-answer"]),
    ],
    ids=["no challenge", "500", "an undocumented status"],
)
def test_a_missing_challenge_a_500_and_an_undocumented_answer_are_drifts(faulty, change, kinds):
    start, state = faulty
    document = read_document(f"{start({'list_emails': with_answer(change)})}/openapi.json")
    found = audit(document, mint_probes(document, issuer_of(state, REPOS)))
    assert [drift.kind for drift in found.drifts] == kinds
    assert {drift.call.name for drift in found.drifts} == {"list e-mail addresses"}


@pytest.mark.parametrize(
    ("off", "sentence"),
    [("time", "It accepts a token although it has expired."),
     ("audience", "It accepts a token although it was made for another API.")],
)  # fmt: skip
def test_a_guard_that_looks_at_no_time_or_audience_is_told(faulty, off, sentence):
    def careless(guard, handler):
        return requires(guard.without(off), all_of("user:email"), lesson=True)(handler)

    start, state = faulty
    document = read_document(f"{start({'list_emails': careless})}/openapi.json")
    (drift,) = audit(document, mint_probes(document, issuer_of(state, REPOS))).drifts
    assert (drift.kind, drift.sentence) == ("opens", sentence)


def test_every_kind_of_drift_is_described_and_found_in_these_tests():
    found = {fault.values[2] for fault in FAULTS} | {"challenge", "fails", "undocumented-answer"}
    assert set(KINDS) == found


# What it tells


def test_an_audit_holds_no_token_in_whatever_form_it_is_told(once):
    from scopekit.render.audit import audit_markdown, audit_page

    found, tried = once("")
    told = repr(found) + json.dumps(found.to_json()) + audit_markdown(found) + audit_page(found)
    signatures = [str(each.token).rpartition(".")[2] for each in tried if each.token]
    assert len(signatures) > 30
    assert [each for each in signatures if each in told] == []
    assert "src=" not in audit_page(found)
    assert "href=" not in audit_page(found)


def test_what_a_document_says_is_text_on_the_page_and_in_markdown(lab):
    from scopekit.render.audit import audit_markdown, audit_page

    raw = lab.get("/openapi.json").json
    raw["info"]["title"] = "<script>alert(1)</script> | [a](b)"
    document = read_document(raw)
    found = audit(document, mint_probes(document, issuer_of(lab.state, REPOS)), base_url=lab.url, now=lab.clock.now())
    assert "<script" not in audit_page(found)
    assert "\\<script\\>alert(1)\\</script\\> \\| \\[a\\](b)" in audit_markdown(found)


def test_calls_that_may_change_something_are_left_out_and_listed_unless_asked_for(lab):
    document = read_document(f"{lab.url}/openapi.json")
    found = audit(document, mint_probes(document, issuer_of(lab.state, REPOS)), now=lab.clock.now())
    assert {row[0].call.method for row in found.matrix.rows} == {"GET"}
    assert "DELETE /repos/octocat/old-notes" in {each.operation for each in found.left_out}
    assert len(found.matrix.rows) + len(found.left_out) == 29


def test_the_plan_leaves_out_a_name_that_no_token_can_carry():
    document = read_document({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"security": [{"o": ["not a scope"]}, {"o": ["fine"]}]}}},
        "components": {"securitySchemes": {"o": {"type": "oauth2", "flows": {}}}},
    })  # fmt: skip
    labels = [each.label for each in mint_probes(document, mounts.issuer_of(State.in_memory(), REPOS))]
    assert labels == ["no token", "no scope", "fine", "every scope", "expired", "another API's"]


def test_what_is_too_long_for_one_token_is_left_out_or_spread_over_several():
    scopes = {f"scope:{number:04}": "" for number in range(900)}
    flow = {"tokenUrl": "t", "scopes": scopes}
    document = replace(read_document({"openapi": "3.1.0", "paths": {}}), vocabulary=docs_vocabulary(flow))
    labels = [each.label for each in mint_probes(document, mounts.issuer_of(State.in_memory(), REPOS))]
    assert labels[:902] == ["no token", "no scope", *scopes]
    assert {"expired", "expired (2)", "another API's", "another API's (2)"} <= set(labels[902:])
    assert "every scope" not in labels


@pytest.mark.parametrize(
    ("profile", "issuer", "audience"), [(RFC9068, None, "a"), (RFC9068, "i", None), (AUTH0_V2, "i", "j")], ids=str
)
def test_a_plan_without_a_token_is_refused(profile, issuer, audience):
    document = read_document({"openapi": "3.1.0", "paths": {}})
    with pytest.raises(InputError, match="do not fit together"):
        mint_probes(document, Issuer(Key.generate("k", issuer=issuer), profile, audience))


def docs_vocabulary(flow):
    scheme = {"type": "oauth2", "flows": {"clientCredentials": flow}}
    return read_document({"openapi": "3.1.0", "paths": {}, "components": {"securitySchemes": {"o": scheme}}}).vocabulary
