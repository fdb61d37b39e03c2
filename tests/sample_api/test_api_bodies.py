"""Bodies that do not fit: a problem body with one clear sentence, and nothing changed."""

import pytest

from sample_api.mounts import issuer_of

TOO_LONG = b'{"name": "' + b"a" * 70 * 1024 + b'"}'
WHOLE = "The body must be a JSON object in UTF-8; it cannot be read as JSON."


def sent(lab, raw, token="mint", path="/user/repos", method="POST"):
    token = lab.mint(["repo", "user", "admin:public_key"]) if token == "mint" else token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return lab.session.request(method, lab.url + path, data=raw, headers=headers, timeout=10)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"name": "demo"', id="not closed"),
        pytest.param(b"", id="empty"),
        pytest.param(b"name=demo", id="a form"),
        pytest.param(b'{"name": NaN}', id="NaN"),
        pytest.param(b'{"name": "demo", "description": -Infinity}', id="minus infinity"),
        pytest.param(b'{"name": "\xff\xfe"}', id="not UTF-8"),
        pytest.param('{"name": "demo"}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
        pytest.param(b"[" * 60000, id="nested too deep"),
        pytest.param(b'{"name": ' + b"9" * 5000 + b"}", id="a number of 5000 digits"),
        pytest.param(rb'{"name": "demo", "description": "\ud800"}', id="half of a surrogate pair"),
        pytest.param(b'{"name": 1e999}', id="a number that is infinite"),
        pytest.param(b'{"name": -1e999}', id="a number that is minus infinite"),
        pytest.param(b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}", id="nested a hundred deep"),
    ],
)
def test_a_body_that_is_no_json_is_refused(lab, raw):
    response = sent(lab, raw)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == WHOLE


@pytest.mark.parametrize("value", [b"1e999", b"[" * 951 + b"]" * 951], ids=["infinite", "nested as deep as is read"])
def test_what_could_not_be_written_again_is_not_kept(lab, value):
    token = issuer_of(lab.state, "tenant_1").mint(["update:users", "read:users"])
    raw = b'{"user_metadata": {"size": ' + value + b"}}"
    assert sent(lab, raw, token, "/api/v2/users/auth0%7Cann", "PATCH").status_code == 400
    assert lab.get("/api/v2/users", token).status == 200


@pytest.mark.parametrize(
    ("raw", "detail", "pointer"),
    [
        pytest.param(b"[]", "The body does not fit: it must be object.", "", id="a list"),
        pytest.param(b"null", "The body does not fit: it must be object.", "", id="null"),
        pytest.param(b'"demo"', "The body does not fit: it must be object.", "", id="a string"),
        pytest.param(b'{"name": 1}', "The body does not fit: name must be string.", "/name", id="wrong type"),
        pytest.param(b'{"name": null}', "The body does not fit: name must be string.", "/name", id="null for a string"),
        pytest.param(b"{}", "The body does not fit: it must contain ['name'] properties.", "", id="missing field"),
        pytest.param(
            b'{"name": "demo", "colour": "red"}',
            "The body does not fit: it must not contain {'colour'} properties.",
            "",
            id="unknown field",
        ),
        pytest.param(
            b'{"name": "demo", "private": 0}', "The body does not fit: private must be boolean.", "/private", id="0"
        ),
        pytest.param(
            b'{"name": "demo", "private": "yes"}',
            "The body does not fit: private must be boolean.",
            "/private",
            id="text for true or false",
        ),
        pytest.param(
            b'{"name": "a b"}',
            "The body does not fit: name must match pattern ^[A-Za-z0-9._-]+$.",
            "/name",
            id="a name with a space",
        ),
        pytest.param(
            b'{"name": "demo\\n"}',
            "The body does not fit: name must match pattern ^[A-Za-z0-9._-]+$.",
            "/name",
            id="a name that ends a line",
        ),
    ],
)
def test_a_body_that_does_not_fit_the_schema_is_told_why(lab, raw, detail, pointer):
    response = sent(lab, raw)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.json()["detail"], response.json()["pointer"]) == (detail, pointer)


def test_the_pointer_reaches_into_a_list(lab):
    response = sent(lab, b'{"emails": ["a@b.example", "nonsense"]}', path="/user/emails")
    assert (response.status_code, response.json()["pointer"]) == (400, "/emails/1")


@pytest.mark.parametrize(
    "raw",
    [b"{}", b'{"name": 1}', b"{", b'{"name": "demo", "x": 1}', rb'{"name": "demo", "description": "\ud800"}', TOO_LONG],
    ids=["missing", "wrong type", "broken", "unknown", "surrogate", "too long"],
)
def test_a_refused_body_changes_nothing(lab, raw):
    before = lab.state.data.snapshot()
    assert sent(lab, raw).status_code in (400, 413)
    assert lab.state.data.snapshot() == before


def test_a_name_in_a_body_comes_back_as_text_and_breaks_no_answer(lab):
    response = sent(lab, rb'{"name": "demo", "\ud800": 1}')
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")


def test_a_long_unknown_name_is_not_echoed_whole(lab):
    response = sent(lab, b'{"name": "demo", "' + b"x" * 50000 + b'": 1}')
    assert response.status_code == 400
    assert len(response.content) < 1000


def test_a_body_of_70_kilobytes_is_too_large(lab):
    response = sent(lab, TOO_LONG)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "A body may have at most 65536 bytes."


def test_a_body_of_70_kilobytes_in_small_chunks_is_too_large(lab):
    response = sent(lab, iter([b"a" * 1024] * 70))
    assert response.status_code == 413


def test_a_body_too_large_is_refused_before_anyone_asks_who_sent_it(lab):
    assert sent(lab, TOO_LONG, token=None).status_code == 413


def test_the_largest_body_is_read(lab):
    raw = b'{"name": "demo"' + b" " * (65536 - 16) + b"}"
    assert (len(raw), sent(lab, raw).status_code) == (65536, 201)


@pytest.mark.parametrize("raw", [b"{", b"{}", b"[]"], ids=["broken", "missing", "a list"])
def test_without_a_token_a_broken_body_is_answered_401(lab, raw):
    assert sent(lab, raw, token=None).status_code == 401


@pytest.mark.parametrize("raw", [b"{", b"{}", b"[]"], ids=["broken", "missing", "a list"])
def test_without_the_scope_a_broken_body_is_answered_403(lab, raw):
    assert sent(lab, raw, token=lab.mint(["gist"])).status_code == 403


def test_a_public_scope_is_told_that_its_body_is_broken(lab):
    assert sent(lab, b"{", token=lab.mint(["public_repo"])).status_code == 400


def test_the_last_of_two_equal_names_counts_for_the_scope_and_for_the_repository(lab):
    raw = b'{"name": "demo", "private": false, "private": true}'
    assert sent(lab, raw, token=lab.mint(["public_repo"])).status_code == 403
    assert sent(lab, raw, token=lab.mint(["repo"])).json()["private"] is True


def test_a_call_that_takes_no_body_looks_at_none(lab):
    assert sent(lab, b"{", path="/user", method="GET").status_code == 200


def test_the_sentence_names_a_field_as_it_is_called(lab):
    token = issuer_of(lab.state, "tenant_1").mint(["update:users"])
    told = sent(lab, b'{"user_metadata": 1}', token, "/api/v2/users/auth0%7Cann", "PATCH").json()
    assert told["detail"] == "The body does not fit: user_metadata must be object."
    assert told["pointer"] == "/user_metadata"
