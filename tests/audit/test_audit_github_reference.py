"""The advice over real data: 570 operations of GitHub's REST reference, and what it says about classic tokens' scopes.

The reference's sentences are English, written by hand, and not free of slips: what lint is for.
"""

import json
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from scopekit import all_of, any_of
from scopekit.audit import Call
from scopekit.audit.least import least_scopes
from scopekit.audit.lint import Documented, lint
from scopekit.scopes import Vocabulary

DATA = Path(__file__).parents[3] / "shared" / "data" / "github_ops_classic_scopes.json"
IMPLIES = {
    "repo": ["repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"],
    "admin:repo_hook": ["write:repo_hook"], "write:repo_hook": ["read:repo_hook"],
    "admin:org": ["write:org", "manage_runners:org"], "write:org": ["read:org"],
    "admin:public_key": ["write:public_key"], "write:public_key": ["read:public_key"],
    "admin:gpg_key": ["write:gpg_key"], "write:gpg_key": ["read:gpg_key"],
    "admin:ssh_signing_key": ["write:ssh_signing_key"], "write:ssh_signing_key": ["read:ssh_signing_key"],
    "user": ["read:user", "user:email", "user:follow"],
    "project": ["read:project"], "write:packages": ["read:packages"],
    "codespace": ["codespace:secrets"], "audit_log": ["read:audit_log"],
    "write:discussion": ["read:discussion"], "copilot": ["manage_billing:copilot"],
    "admin:enterprise": ["manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"],
    "manage_billing:enterprise": ["read:enterprise"],
}  # fmt: skip
ALONE = ["admin:org_hook", "gist", "notifications", "delete_repo", "delete:packages", "workflow"]
KNOWN = Vocabulary(
    dict.fromkeys([*IMPLIES, *ALONE, *(name for each in IMPLIES.values() for name in each)], ""), IMPLIES
)

SCOPES = re.compile(r"((?:`[a-z_:]+`(?:,? or |,? and |, )?)+)s? s?cope|\b([a-z]+:[a-z_]+) scope")


def requirement(text):
    """What a sentence of the reference asks for; None where it names no scope."""
    groups = [found[0] or f"`{found[1]}`" for found in SCOPES.findall(text)]
    parts = [(all_of if " and " in group else any_of)(*re.findall("`(.*?)`", group)) for group in groups]
    either = re.search("or the `|instead|to create a private repository|with a private repository", text)
    return (any_of if either else all_of)(*parts) if parts else None


@pytest.fixture(scope="module")
def calls():
    if not DATA.is_file():
        pytest.skip(f"the reference's sentences are not beside the checkout: no {DATA.name} in {DATA.parent.name}")
    operations = json.loads(DATA.read_text(encoding="utf-8"))
    read = []
    for name, told in operations.items():
        method, template = name.split(" ", 1)
        read.append(Call(name, method, template, template, requirement(told["text"])))
    return read


def test_the_reference_has_570_operations_and_all_but_a_few_name_a_scope(calls):
    silent = [call.name for call in calls if call.requirement is None]
    assert (len(calls), len(silent)) == (570, 11)
    assert "POST /credentials/revoke" in silent  # and eight whose text was cut off before it comes to scopes


def test_the_sentences_are_read_as_they_are_meant(calls):
    needed = {call.name: str(call.requirement) for call in calls}
    assert needed["DELETE /repos/{owner}/{repo}"] == "delete_repo"
    assert needed["GET /orgs/{org}/copilot/content_exclusion"] == "copilot or read:org"
    assert needed["DELETE /user/packages/{package_type}/{package_name}"] == "delete:packages and read:packages"
    assert needed["GET /repos/{owner}/{repo}/code-scanning/alerts"] == "security_events or public_repo"


def test_lint_finds_the_two_scopes_that_one_operation_alone_asks_for_and_the_scope_page_lacks(calls):
    findings = lint(Documented(calls, KNOWN)).by("document-scope-undeclared")
    assert [str(one) for one in findings if " more" not in one.found] == [
        "admin:read: asked for by GET /orgs/{org}/installations",
        "manage_runner:org: asked for by GET /orgs/{org}/actions/hosted-runners; did you mean manage_runners:org?",
    ]


def test_lint_finds_no_other_scope_than_those_the_vocabulary_lacks(calls):
    asked = Counter(
        name for call in calls if call.requirement for name in frozenset().union(*call.requirement.alternatives)
    )
    lacking = {name: count for name, count in asked.items() if name not in KNOWN}
    assert {one.place for one in lint(Documented(calls, KNOWN)).by("document-scope-undeclared")} == set(lacking)
    assert lacking == {
        "admin:read": 1, "manage_runner:org": 1, "repository_advisories:read": 2, "write:network_configurations": 3,
        "read:network_configurations": 3, "write:user": 3, "repository_advisories:write": 4, "admin:repository": 4,
        "admin:organization": 4,
    }  # fmt: skip


def test_the_least_scopes_for_all_of_github_open_every_operation_and_are_proven(calls):
    asked = [call.requirement for call in calls if call.requirement]
    found = least_scopes(asked, KNOWN)
    assert (found.proven, found.complete) == (True, True)
    assert all(each.satisfied_by(KNOWN.expand(found.scopes)) for each in asked)
    assert "gist" not in found.scopes


def test_vocabulary_solver_and_lint_over_all_of_it_take_few_steps(calls, capsys):
    begun = time.perf_counter()
    found = least_scopes([call.requirement for call in calls if call.requirement], KNOWN)
    findings = lint(Documented(calls, KNOWN))
    took = time.perf_counter() - begun
    with capsys.disabled():
        print(f"\n{len(calls)} operations: {found.steps} steps, {len(findings)} findings, {took:.2f} s")
    assert found.steps < 1000
