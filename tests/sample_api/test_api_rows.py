"""Each row of the tables, over real HTTP: the status and the private fields are what the row says."""

import re
from urllib.parse import quote, urlencode

import pytest

from sample_api.mounts import issuer_of
from sample_api.operations import AUTH0_OPERATIONS, GITHUB_OPERATIONS
from sample_api.vocabularies import AUTH0_SCOPES, GITHUB_SCOPES

APIS = (("", GITHUB_OPERATIONS, GITHUB_SCOPES), ("/api/v2", AUTH0_OPERATIONS, AUTH0_SCOPES))
ROWS = [
    pytest.param(prefix, operation, case, vocabulary, id=f"{operation.method} {operation.path}: {case.name}")
    for prefix, operations, vocabulary in APIS
    for operation in operations
    for case in operation.cases
]
PRIVATE = {prefix: {one.private for one in operations if one.private} for prefix, operations, _ in APIS}


def asked(lab, prefix, operation, case, scopes):
    """The case's own example, with a token of these scopes."""
    token = issuer_of(lab.state, "tenant_1").mint(scopes) if prefix else lab.mint(scopes)
    path = re.sub(r"{(\w+)}", lambda found: quote(case.path[found[1]]), operation.path)
    query = f"?{urlencode(case.query)}" if case.query else ""
    return lab.request(operation.method, prefix + path + query, token, case.body)


def names_in(value):
    """The names of all fields in an answer, however deep."""
    if isinstance(value, list):
        return {name for each in value for name in names_in(each)}
    return value.keys() | names_in(list(value.values())) if isinstance(value, dict) else set()


def shown(exchange, private):
    fields = {name.rpartition(".")[2] for name in private.names}
    return fields & names_in(exchange.json if exchange.text else None)


@pytest.mark.parametrize(("prefix", "operation", "case", "vocabulary"), ROWS)
def test_a_call_answers_with_the_status_of_its_row(lab, prefix, operation, case, vocabulary):
    assert asked(lab, prefix, operation, case, vocabulary).status == operation.success


@pytest.mark.parametrize(("prefix", "operation", "case", "vocabulary"), ROWS)
def test_no_call_shows_a_private_field_to_a_token_without_its_scope(lab, prefix, operation, case, vocabulary):
    for private in PRIVATE[prefix]:
        others = [one for one in vocabulary if not private.requirement.satisfied_by(vocabulary.expand([one]))]
        assert shown(asked(lab, prefix, operation, case, others), private) == set()


@pytest.mark.parametrize(("prefix", "operation", "case", "vocabulary"), ROWS)
def test_a_call_that_shows_private_fields_to_a_scope_says_so_in_its_row(lab, prefix, operation, case, vocabulary):
    exchange = asked(lab, prefix, operation, case, vocabulary)
    assert {one for one in PRIVATE[prefix] if shown(exchange, one)} <= {operation.private}
