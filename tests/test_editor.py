"""The token editor: what it does as a plain object, how it looks, and its view driven from code."""

from __future__ import annotations

import json

import pytest
from IPython.core.interactiveshell import InteractiveShell

from scopekit import Key, Token
from scopekit.errors import TokenError
from scopekit.issuer import sign
from scopekit.keys import base64url
from scopekit.lab import Lab, TokenEditor
from scopekit.lab.editor.model import flipped, legible, read_part, split, write_part

LIVE = {"iss": "https://login.live.example/", "sub": "user-4711-of-somebody", "jti": "live-token-id-000001",
        "act": {"sub": "somebody-else-0815"}, "exp": 1416930000}  # fmt: skip
MARKUP = "<img src=x onerror=alert(1)>"
NASTY = {
    "markup": MARKUP, "script": "</script><script>alert(1)</script>", "override": "a\u202etxt.exe",
    "long": "x" * 4000, "emoji": "\U0001f511\u200d\U0001f6aa", "lines": "a\nsign    signature: as it was minted",
}  # fmt: skip


@pytest.fixture
def lab():
    with Lab("test") as lab:
        yield lab


@pytest.fixture
def editor(lab):
    return TokenEditor(lab)


@pytest.fixture
def live():
    """A token of somebody else, as a person might paste one."""
    return str(sign({"alg": "HS256", "kid": "theirs"}, LIVE, Key.generate("theirs", issuer=LIVE["iss"])))


def pieces(text, size=13):
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def holds(text, token):
    """The pieces of more than twelve characters of a token that are in a text."""
    return {piece for piece in pieces(token) if piece in text}


# Decode


def test_a_text_is_decoded_with_every_change(editor):
    editor.write(write_part({"alg": "HS256"}) + "." + write_part({"sub": "hubot"}) + ".")
    assert (editor.header, editor.claims, editor.problem) == ({"alg": "HS256"}, {"sub": "hubot"}, "")
    editor.write("")
    assert (editor.header, editor.claims, editor.token) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("one.two", "three parts of base64url"),
        ("e30.e31.", "one correct spelling in base64url"),
        (f"e30.{'W10'}.", "claims part must be a JSON object"),
        ("e30.eyJhIjoxLCJhIjoyfQ.", "unique names"),
        ("bm90aGluZw.e30.", "header part is not JSON"),
        (f"{write_part({'alg': 'HS256', 'b64': False})}.e30.", "must not hold 'b64'"),
        (f"{'e30.e30.'}{'A' * 9000}", "at most 8192 characters"),
        ("Bearer e30.e30.", "begins with the word Bearer"),
        ("e30.e30.\n", "There is white space in it."),
    ],
    ids=["two", "spelling", "list", "twice", "not JSON", "b64", "long", "bearer", "line break"],
)  # fmt: skip
def test_what_is_no_token_is_told_in_one_sentence_of_the_strict_parser(editor, text, told):
    editor.write(text)
    assert told in editor.problem
    assert "\n" not in editor.problem
    assert editor.token is None


def test_what_no_guard_takes_is_read_as_far_as_it_can_be(editor):
    editor.write(f"Bearer {write_part({'alg': 'none', 'jku': 'x'})}.{write_part({'sub': 'hubot'})}.")
    assert editor.header == {"alg": "none", "jku": "x"}
    assert "sub" in editor.claims_json


def test_half_a_character_and_old_line_ends_become_what_a_page_has(editor):
    editor.write("a\ud800\r\nb")
    assert editor.text == "a\ufffd\nb"


@pytest.mark.parametrize("deep", [60, 2000, 100_000])
def test_what_is_nested_beyond_reason_stops_nothing(editor, deep):
    for text in ('{"x":' * deep + "1" + "}" * deep, "[" * deep):
        editor.write(f"e30.{base64url(text.encode())}.")
        assert editor.problem
        editor.write_claims(text)
        assert editor.claims_problem
        assert repr(editor)


def test_times_are_told_from_the_clock_of_the_lesson(editor):
    assert "ends in 60 min" in repr(editor)
    editor.lab.clock.advance(3900)
    assert "ended 5 min ago" in repr(editor)
    assert "issued 65 min ago" in repr(editor)


def test_a_time_that_is_not_a_number_is_reported(editor):
    editor.write_claims('{"exp": "tomorrow"}')
    assert "not a time: a time is a number of seconds since 1970" in repr(editor)


# Verify


def test_nothing_is_verified_until_it_is_asked_for_and_no_longer_once_the_text_changes(editor):
    assert "not verified" in repr(editor)
    assert editor.verify()
    assert "✓ verified with key 'lab-1'" in repr(editor)
    for change in (lambda: editor.flip("signature"), editor.undo, editor.strip, editor.sign,
                   lambda: editor.write(editor.text + "A"), lambda: editor.write_claims("{"),
                   lambda: editor.write_header('{"alg": "none"}'), editor.redact):  # fmt: skip
        editor.verify()
        change()
        assert editor.verified is None


def test_the_check_that_fails_is_told_in_words_first(editor):
    editor.write_claims(json.dumps({**editor.claims, "aud": "https://other.example/"}))
    editor.verify()
    lines = repr(editor).splitlines()
    at = lines.index("verify  ✗ does not verify")
    assert lines[at + 1].startswith("        Check 5, signature: a signature of 32 bytes that the key did not make.")
    assert "Check 8, audience" in lines[at + 2]


def test_a_signature_that_verifies_is_told_apart_from_a_token_that_the_guard_takes(editor):
    editor.lab.clock.advance(7200)
    assert not editor.verify()
    assert "✓ verified with key 'lab-1'" in repr(editor)
    assert "refused all the same, by the check time" in repr(editor)
    assert editor.said.startswith("The check time says no: exp was 2014-11-25 16:25:09 UTC")


# Sign


def test_editing_claims_leaves_the_old_signature_until_one_signs(editor):
    old = split(editor.text)[2]
    editor.write_claims(editor.claims_json.replace("public_repo", "repo"))
    assert split(editor.text)[2] == old
    assert editor.verify().check == "signature"
    editor.sign()
    assert editor.token.scopes == ("repo",)
    assert editor.verify().allowed


def test_claims_that_are_changed_back_verify_again(editor):
    before, text = editor.claims_json, editor.text
    editor.write_claims(before.replace("octocat", "root"))
    editor.write_claims(before)
    assert editor.text == text
    assert editor.verify()


def test_the_key_is_that_of_the_tenant_for_whom_the_token_is(lab):
    editor = TokenEditor(lab, lab.mint(["read:users"], audience="tenant_2"))
    editor.write_claims(json.dumps({**editor.claims, "sub": "hubot"}))
    editor.sign()
    assert editor.signature == "made here with key 'tenant_2-key', HS256"
    assert editor.verify()


def test_what_is_no_json_stays_in_its_box_and_out_of_the_token(editor):
    text = editor.text
    editor.write_claims('{"sub": ')
    assert "not JSON" in editor.claims_problem
    assert (editor.claims_json, editor.text) == ('{"sub": ', text)
    with pytest.raises(TokenError, match="correct the claims first"):
        editor.sign()
    editor.write_claims('{"sub": "hubot"}')
    editor.sign()
    assert editor.claims == {"sub": "hubot"}


def test_the_same_json_written_again_changes_nothing(editor):
    editor.write_claims('{"sub": "hubot"}')
    said = editor.said
    editor.write_claims('{"sub": "hubot"}')
    assert editor.said == said != ""


def test_both_boxes_can_be_edited_one_after_the_other(editor):
    editor.write_claims('{"sub": ')
    editor.write_header('{"alg": "none"}')
    assert editor.claims_json == '{"sub": '
    assert editor.claims_problem
    assert editor.header == {"alg": "none"}


def test_nothing_is_signed_where_there_are_no_claims(editor):
    editor.write("e30.")
    with pytest.raises(TokenError, match="this text does not hold both"):
        editor.sign()


# Damage


@pytest.mark.parametrize("part", ["header", "claims", "signature"])
def test_one_bit_flipped_and_the_token_does_not_verify(editor, part):
    text = editor.text
    editor.flip(part)
    before, after = (b"".join(map(read_bytes, split(each))) for each in (text, editor.text))
    changed = [one ^ other for one, other in zip(before, after, strict=True) if one != other]
    assert changed == [1]
    assert not editor.verify()
    assert editor.token is not None
    editor.flip(part)
    assert editor.text == text


def read_bytes(part):
    return Token.parse(f"e30.e30.{part}").signature


def test_no_bit_is_flipped_where_there_is_none(editor):
    editor.strip()
    assert editor.signature == "none"
    with pytest.raises(TokenError, match="it has no bit to flip"):
        editor.flip("signature")
    with pytest.raises(TokenError, match="not base64url"):
        flipped("é.e30.", "header")
    with pytest.raises(TokenError, match="one of header, claims, signature"):
        editor.flip("tail")


def test_undo_takes_changes_back_one_by_one_and_typing_as_one(editor):
    text = editor.text
    for length in (1, 2, 3):
        editor.write("abc"[:length])
    editor.write("pasted", pasted=True)
    editor.flip("header")
    assert [step(editor) for _ in range(3)] == ["pasted", "abc", text]
    with pytest.raises(TokenError, match="no change to undo"):
        editor.undo()


def step(editor):
    editor.undo()
    return editor.text


# What is not of this lesson


def test_a_token_of_nobody_here_is_warned_of_and_redacted(editor, live):
    editor.write(live)
    assert editor.foreign
    editor.redact()
    assert editor.claims == {**LIVE, "sub": "redacted", "jti": "redacted", "act": {"sub": "redacted"}}
    assert [len(part) for part in split(editor.text)][2] == len(split(live)[2])
    assert set(split(editor.text)[2]) == {"A"}
    assert not editor.foreign


def test_what_was_redacted_is_forgotten(editor, live):
    editor.write(live)
    editor.flip("signature")
    editor.redact()
    with pytest.raises(TokenError, match="no change to undo"):
        editor.undo()
    kept = repr(vars(editor))
    assert not holds(kept, live.rpartition(".")[2])
    assert "4711" not in kept
    assert "0815" not in kept


@pytest.mark.parametrize("text", ["Bearer {}", " {}\n", "{}.extra.parts", "{}="])
def test_a_live_token_is_warned_of_however_it_is_copied(editor, live, text):
    editor.write(text.format(live))
    assert editor.foreign
    editor.redact()
    assert not holds(editor.text, live.rpartition(".")[2])
    assert "4711" not in repr(editor.claims)


def test_what_is_encrypted_is_forgotten_as_a_whole(editor):
    editor.write(f"{write_part({'alg': 'RSA-OAEP', 'enc': 'A256GCM'})}.AAAA.BBBB.CCCC.DDDD")
    assert editor.foreign
    editor.redact()
    assert editor.text == ""


def test_tokens_of_this_lesson_are_not_warned_of(lab):
    for audience, scope in (("https://api.example/modern", "repo"), ("tenant_1", "read:users")):
        editor = TokenEditor(lab, lab.mint([scope], audience=audience))
        editor.flip("claims")
        assert not editor.foreign
    for claims, foreign in (({"aud": ["x", "tenant_1"]}, False), ({"aud": ["x"]}, True), ({}, False)):
        editor.write(f"{write_part({'alg': 'HS256', 'kid': 'lab-1'})}.{write_part(claims)}.")
        assert editor.foreign is foreign


@pytest.mark.parametrize("claims", [{"iss": ["x"]}, {"iss": {}}, {"aud": {"a": 1}}, {"aud": [[]]}, {"iss": None}])
def test_an_issuer_of_any_type_stops_nothing(editor, claims):
    editor.write(f"{write_part({'alg': 'HS256', 'kid': 'k'})}.{write_part(claims)}.AAAA")
    editor.verify()
    assert editor.foreign
    assert editor.key.kid == "lab-1"


# What is kept


def test_no_text_or_html_holds_a_token_or_a_stranger_s_claim(editor, live):
    editor.verify()
    for shown in (repr(editor), editor._repr_html_()):
        assert not holds(shown, editor.text)
    for text in (live, f"Bearer {live}"):
        editor.write(text)
        editor.verify()
        for shown in (repr(editor), editor._repr_html_(), json.dumps(editor._repr_mimebundle_())):
            assert not holds(shown, live)
            assert not any(word in shown for word in ("live", "4711", "theirs"))
    editor.redact()
    assert "login.live" not in repr(editor) + editor._repr_html_()


def test_no_synced_state_holds_any_part_of_a_pasted_token(editor, live):
    view = editor.view()
    for do in ({"do": "paste", "text": live}, {"do": "verify"}, {"do": "flip", "text": "claims"}, {"do": "sign"},
               {"do": "claims", "text": json.dumps(LIVE)}, {"do": "claims", "text": "{"}):  # fmt: skip
        view.receive(do)
        state = json.dumps(view.get_state(), default=str)
        assert not holds(state, live)
        assert not holds(state, editor.text)
        assert "4711" not in state
    assert editor.foreign


def test_no_history_holds_a_pasted_token(lab, live):
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    shell.push({"lab": lab, "TokenEditor": TokenEditor})
    shell.run_cell("editor = TokenEditor(lab)\neditor", store_history=True)
    shell.user_ns["editor"].view().receive({"do": "paste", "text": live})
    shell.run_cell("editor", store_history=True)
    history = repr([shell.user_ns[name] for name in ("In", "Out", "_", "__")])
    assert not holds(history, live)
    assert "4711" not in history


# How nasty texts look


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_nasty_claims_are_shown_as_text_on_one_line(editor, text):
    lines = len(repr(editor).splitlines())
    editor.write_claims(json.dumps({**editor.claims, "say": text, "note": {text[:200]: [text[:200]]}, text[:200]: 1}))
    assert len(repr(editor).splitlines()) == lines + 3
    for shown in (repr(editor), editor._repr_html_()):
        assert "\u202e" not in shown
        assert len(shown) < 12_000
    assert "<img" not in editor._repr_html_()
    assert "<script" not in editor._repr_html_()
    assert "\u202e" not in editor.claims_json
    assert json.loads(editor.claims_json)["say"] == text


def test_json_to_edit_is_read_back_as_it_was():
    for value in (*NASTY.values(), "\ud800", "\x00\x7f\xa0", "\U000e0001"):
        assert json.loads(legible({"a": [value]}, indent=2)) == {"a": [value]}
    assert "🔑" in legible("🔑")


def test_html_says_what_a_claim_means_and_where_that_is_written(editor):
    html = editor._repr_html_()
    assert "issuer: who signed it" in html
    link = "<a href='https://www.rfc-editor.org/rfc/rfc7519#section-4.1.1' rel='noreferrer' target='_blank'>"
    assert f"{link}RFC 7519 section 4.1.1</a>" in html


# The view


@pytest.fixture
def sent(editor):
    """What the view has sent to its page so far, the last at the end."""
    view, messages = editor.view(), []
    view.send = lambda content: messages.append(json.loads(json.dumps(content, allow_nan=False).encode("utf-8")))
    view.receive({"do": "show"})
    return messages


def test_the_page_is_told_what_it_asked_for(editor, sent):
    view = editor.view()
    view.receive({"do": "flip", "text": "claims", "page": "p", "turn": 3})
    assert (sent[-1]["text"], sent[-1]["received"]) == (editor.text, ["p", 3])
    view.receive({"do": "verify"})
    assert sent[-1]["verified"]["words"] == "does not verify"
    assert sent[-1]["verified"]["refusals"][0].startswith("Check 5, signature")
    for each in ("undo", "sign", "verify"):
        view.receive({"do": each})
    assert sent[-1]["verified"]["verdict"] == "passed"


def test_the_page_follows_the_object(editor, sent):
    editor.write("x")
    assert sent[-1]["text"] == "x"
    assert "three parts" in sent[-1]["problem"]


def test_a_mistake_is_one_sentence_on_the_page_and_no_traceback(editor, sent):
    view = editor.view()
    mistakes = {
        "undo": "There is no change to undo.",
        "flip": "The part must be one of header, claims, signature.",
    }
    for do, words in mistakes.items():
        view.receive({"do": do, "text": "tail"})
        assert (sent[-1]["said"], sent[-1]["failed"]) == (words, True)
    view.receive({"do": "strip"})
    assert sent[-1]["failed"] is False


@pytest.mark.parametrize("message", [{}, {"do": "rm"}, {"do": ["write"]}, {"do": "write", "text": 5}, {"do": "close"}])
def test_a_message_that_is_none_does_nothing(editor, sent, message):
    before = editor.text, len(sent)
    editor.view().receive(message)
    assert (editor.text, len(sent)) == before


@pytest.mark.parametrize("text", ["\ud800", "e30.\x00.", *(f"{write_part({'alg': x})}.{write_part({'sub': x, x: x})}."
                                  for x in (*NASTY.values(), "\ud800"))])  # fmt: skip
def test_any_text_can_be_sent_to_the_page(editor, sent, text):
    editor.view().receive({"do": "paste", "text": text})
    assert json.dumps(sent[-1], ensure_ascii=False).encode("utf-8")


def test_numbers_that_json_lacks_stop_nothing(editor, sent):
    part = "eyJleHAiOiBOYU4sICJ4IjogSW5maW5pdHl9"
    assert read_part(part)["x"] == float("inf")
    editor.view().receive({"do": "paste", "text": f"e30.{part}."})
    editor.view().receive({"do": "sign"})
    assert "finite numbers" in sent[-1]["said"]
