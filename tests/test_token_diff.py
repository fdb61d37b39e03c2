"""Two tokens beside each other."""

from __future__ import annotations

import pytest

from scopekit import Key, Lab
from scopekit.errors import TokenError
from scopekit.issuer import sign
from scopekit.lab import TokenDiff, TokenEditor

KEY = Key.generate("k", issuer="x")


def token(**claims):
    return sign({"alg": "HS256"}, claims, KEY)


def verdicts(diff):
    return {each.name: each.verdict for each in diff.differences}


def test_every_name_is_in_one_only_or_changed_or_the_same():
    diff = TokenDiff(token(sub="a", jti="1", iat=5), token(sub="b", iat=5, aud="x"))
    assert verdicts(diff) == {
        "alg": "same", "sub": "changed", "jti": "only in the first", "iat": "same", "aud": "only in the second",
    }  # fmt: skip


def test_true_is_not_one_and_the_order_of_names_means_nothing():
    diff = TokenDiff(token(a=True, b=[1], c={"x": 1, "y": 2}), token(a=1, b=[True], c={"y": 2, "x": 1}))
    assert verdicts(diff) == {"alg": "same", "a": "changed", "b": "changed", "c": "same"}


def test_scopes_are_compared_whatever_their_notation():
    diff = TokenDiff(token(scopes=["repo", "gist"]), token(scope="gist user"))
    assert (diff.only_in_first, diff.only_in_second) == (("repo",), ("user",))
    assert "scopes only in the first: repo; only in the second: user" in repr(diff)


def test_text_says_how_much_later_and_whether_one_signature_is_over_both():
    with Lab("test") as lab:
        editor = TokenEditor(lab)
        first = editor.text
        editor.write_claims(editor.claims_json.replace("1416932709", "1416934509"))
        diff = TokenDiff(first, editor.text)
    assert "≠ claims exp  changed: 1416932709 and 1416934509, 30 min later" in repr(diff)
    assert "with the same key, at most one of them can verify" in repr(diff)
    assert "30 min later" in diff._repr_html_()


def test_a_token_does_not_differ_from_itself():
    one = token(sub="a")
    assert not TokenDiff(one, str(one))
    assert repr(TokenDiff(one, one)).splitlines()[1:] == [
        "= 2 names the same", "scopes the same in both", "signatures the same, over the same content",
    ]  # fmt: skip


def test_html_has_a_word_for_every_verdict_and_neither_token():
    one, other = token(sub="<b>", jti="1"), token(sub="b", aud="x\u202e")
    html = TokenDiff(one, other)._repr_html_()
    for word in ("= same", "≠ changed", "- only in the first", "+ only in the second", "not there"):
        assert word in html
    assert "<b>" not in html
    assert "\u202e" not in html
    for each in (one, other):
        assert each.text[:40] not in html
        assert each.text.rpartition(".")[2] not in html


def test_what_is_no_token_is_refused():
    with pytest.raises(TokenError, match="three parts"):
        TokenDiff("x", token(a=1))
