"""Lesson 10: a way round the exchange that does what was asked is told apart from the trade."""

from __future__ import annotations

from sample_api.mounts import REPOS, issuer_of
from scopekit import Lab


def test_child_written_with_the_key_passes_as_unintended(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Lab("by hand") as lab:

        def for_phone(token, scope):
            if scope == "delete_repo":
                return None
            claims = {"parent_jti": token.claims["jti"]}
            return issuer_of(lab.state, REPOS).mint(scope.split(), subject="octocat", claims=claims)

        checked = lab.check("10.1", for_phone)
    assert (checked.passed, checked.verdict.kind) == (True, "unintended")
