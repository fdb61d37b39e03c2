import itertools
import json
from base64 import urlsafe_b64decode

import jwt
import pytest

from scopekit import SEED_2014, Issuer, Key, LessonClock, Vocabulary, convert
from scopekit.errors import ScopeError, VocabularyError
from scopekit.scopes import ANY_SCOPE, NOTATIONS, notation, scope, scopes

GITHUB_TREE = Vocabulary(
    {
        "repo": "Full control of repositories",
        "public_repo": "Access to public repositories",
        "admin:org": "Full control of organisations",
        "write:org": "Write to organisations",
        "read:org": "Read organisations",
        "gist": "Create gists",
    },
    implies={"repo": ["public_repo"], "admin:org": ["write:org"], "write:org": ["read:org"]},
)


# A scope


@pytest.mark.parametrize("text", ["repo", "read:users", "a.b/c-d_e", "!", "~", "[x]", "REPO", ":repo", "repo:", "a:b"])
def test_printable_ascii_is_a_scope(text):
    assert scope(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "read users", 'a"b', "a\\b", "a\tb", "a\nb", "a\x00b", "a\x7f", "é", "repo ", "\ud800"],
    ids=["empty", "space", "quote", "backslash", "tab", "newline", "nul", "del", "accent", "space at end", "surrogate"],
)
def test_what_rfc_6749_leaves_out_is_no_scope(text):
    with pytest.raises(ScopeError, match="printable ASCII without space, quote or backslash"):
        scope(text)


@pytest.mark.parametrize("value", [None, 7, True, b"repo", ["repo"]], ids=["None", "number", "bool", "bytes", "list"])
def test_what_is_no_text_is_no_scope(value):
    with pytest.raises(ScopeError) as caught:
        scope(value)
    assert caught.value.value == value


def test_scopes_are_kept_once_in_the_order_given():
    assert scopes(["repo", "gist", "repo"]) == ("repo", "gist")


def test_a_string_is_not_read_letter_by_letter():
    with pytest.raises(ScopeError, match="Scopes must be a list of strings; found the string 'repo'"):
        scopes("repo")


def test_an_error_shows_at_most_sixty_characters_of_what_was_found():
    with pytest.raises(ScopeError) as caught:
        scope(" " * 5000)
    assert len(str(caught.value)) < 160


# A vocabulary


def test_expand_follows_what_is_implied_all_the_way_down():
    assert GITHUB_TREE.expand(["admin:org"]) == {"admin:org", "write:org", "read:org"}


def test_expand_keeps_an_unknown_scope_as_itself_alone():
    assert GITHUB_TREE.expand(["repo", "else"]) == {"repo", "public_repo", "else"}


def test_a_scope_never_stands_for_one_that_begins_alike():
    assert "read:users" not in ANY_SCOPE.expand(["read:users_app_metadata"])
    assert "repo" not in GITHUB_TREE.expand(["public_repo"])


def test_normalise_drops_what_another_scope_implies():
    assert GITHUB_TREE.normalise(["read:org", "gist", "admin:org", "gist"]) == ("gist", "admin:org")


def test_through_is_the_way_from_the_scope_held_to_the_one_needed():
    assert GITHUB_TREE.through(["gist", "admin:org"], "read:org") == ("admin:org", "write:org", "read:org")


def test_through_takes_the_shortest_way():
    assert GITHUB_TREE.through(["admin:org", "write:org"], "read:org") == ("write:org", "read:org")
    assert GITHUB_TREE.through(["repo", "public_repo"], "public_repo") == ("public_repo",)


def test_there_is_no_way_up():
    assert GITHUB_TREE.through(["public_repo"], "repo") is None


def test_roots_are_implied_by_nothing():
    assert GITHUB_TREE.roots() == ("repo", "admin:org", "gist")


def test_a_vocabulary_is_counted_searched_and_listed():
    assert len(GITHUB_TREE) == 6
    assert "repo" in GITHUB_TREE
    assert "repos" not in GITHUB_TREE
    assert list(GITHUB_TREE)[:2] == ["repo", "public_repo"]
    assert repr(GITHUB_TREE).startswith("Vocabulary of 6 scopes\nrepo ")


def test_a_string_is_not_expanded_letter_by_letter():
    with pytest.raises(ScopeError, match="Scopes must be a list of strings; found the string 'repo'"):
        GITHUB_TREE.expand("repo")


def test_scopes_that_imply_each_other_in_a_circle_are_refused():
    circle = {"a": ["b"], "b": ["c"], "c": ["a"]}
    with pytest.raises(VocabularyError, match="circle: a > b > c > a"):
        Vocabulary({"a": "", "b": "", "c": ""}, implies=circle)


def test_a_scope_that_implies_itself_is_refused():
    with pytest.raises(VocabularyError, match="circle: a > a"):
        Vocabulary({"a": ""}, implies={"a": ["a"]})


def test_a_scope_implied_from_two_sides_is_no_circle():
    diamond = Vocabulary(dict.fromkeys("abcd", ""), implies={"a": ["b", "c"], "b": ["d"], "c": ["d"]})
    assert diamond.expand(["a"]) == {"a", "b", "c", "d"}


@pytest.mark.parametrize("implies", [{"repo": ["unheard"]}, {"unheard": ["repo"]}], ids=["child", "parent"])
def test_a_hierarchy_of_undescribed_scopes_is_refused(implies):
    with pytest.raises(VocabularyError, match="needs a description; 'unheard' has none"):
        Vocabulary({"repo": ""}, implies=implies)


def test_a_misspelt_scope_is_refused_with_the_one_it_was_meant_to_be():
    with pytest.raises(VocabularyError, match="'public_rep' is not a scope of this API; did you mean 'public_repo'"):
        GITHUB_TREE.check(["repo", "public_rep"])


def test_a_scope_in_capitals_is_another_scope_and_the_small_one_is_suggested():
    assert GITHUB_TREE.suggest("REPO") == "repo"
    with pytest.raises(VocabularyError, match="did you mean 'repo'"):
        GITHUB_TREE.check(["REPO"])


def test_a_scope_like_no_other_is_refused_without_a_suggestion():
    assert GITHUB_TREE.suggest("zzz") is None
    with pytest.raises(VocabularyError, match=r"'zzz' is not a scope of this API\.$"):
        GITHUB_TREE.check(["zzz"])


# The notations

HELD = ("read:users", "create:users", "repo")
WRITTEN = {
    "flat": ["read:users", "create:users", "repo"],
    "structured": {"users": {"actions": ["read", "create"]}, "repo": {"actions": [""]}},
    "oauth": "read:users create:users repo",
    "rar": [{"type": "users", "actions": ["read", "create"]}, {"type": "repo", "actions": [""]}],
}


@pytest.mark.parametrize("name", WRITTEN)
def test_each_notation_writes_scopes_in_its_own_way(name):
    assert notation(name).write(HELD) == WRITTEN[name]


@pytest.mark.parametrize("name", WRITTEN)
def test_each_notation_reads_what_it_wrote(name):
    assert notation(name).read(WRITTEN[name]) == HELD


def test_the_article_writes_scopes_and_the_standards_write_scope_and_authorization_details():
    assert {name: each.claim for name, each in NOTATIONS.items()} == {
        "flat": "scopes",
        "structured": "scopes",
        "oauth": "scope",
        "rar": "authorization_details",
    }


@pytest.mark.parametrize(("name", "empty"), [("flat", []), ("structured", {}), ("oauth", ""), ("rar", [])])
def test_no_scope_is_written_and_read_as_none(name, empty):
    assert notation(name).write([]) == empty
    assert notation(name).read(empty) == ()


def test_a_notation_says_its_name_and_its_claim():
    assert repr(notation("rar")) == "<notation rar, in the claim 'authorization_details'>"


def test_an_unknown_notation_is_refused_with_those_that_exist():
    with pytest.raises(ScopeError, match="one of flat, structured, oauth, rar; found 'flatt'"):
        notation("flatt")


def test_an_unknown_notation_is_refused_by_convert_on_either_side():
    with pytest.raises(ScopeError, match="found 'csv'"):
        convert(["repo"], read="csv", write="flat")
    with pytest.raises(ScopeError, match="found 'csv'"):
        convert(["repo"], read="flat", write="csv")


MALFORMED = {
    "a string where flat has a list": ("flat", "repo", "must be a list; found a string"),
    "an object where flat has a list": ("flat", {"repo": True}, "must be a list; found an object"),
    "null where flat has a list": ("flat", None, "must be a list; found null"),
    "a number where flat has a list": ("flat", 7, "must be a list; found a number"),
    "true where flat has a list": ("flat", True, "must be a list; found true or false"),
    "two scopes in one element": ("flat", ["read write"], "without space, quote or backslash; found 'read write'"),
    "a comma cannot part two scopes, so a space after it fails": ("flat", ["a, b"], "found 'a, b'"),
    "an empty element": ("flat", ["repo", ""], "printable ASCII"),
    "a number in the list": ("flat", ["repo", 7], "found 7"),
    "a list in the list": ("flat", [["repo"]], r"found \['repo'\]"),
    "a list where oauth has a string": ("oauth", ["repo"], "must be one string with spaces; found a list"),
    "null where oauth has a string": ("oauth", None, "must be one string with spaces; found null"),
    "two spaces between scopes": ("oauth", "repo  gist", "printable ASCII"),
    "a space at the end": ("oauth", "repo ", "printable ASCII"),
    "a tab between scopes": ("oauth", "repo\tgist", "printable ASCII"),
    "a list where structured has an object": ("structured", ["repo"], "must be an object; found a list"),
    "a string where structured has an object": ("structured", "repo", "must be an object; found a string"),
    "a list where a resource has actions": ("structured", {"users": ["read"]}, "'users' does not"),
    "a resource without actions": ("structured", {"users": {}}, "'users' does not"),
    "a resource with more than actions": ("structured", {"users": {"actions": [], "x": 1}}, "'users' does not"),
    "actions that are one string": ("structured", {"users": {"actions": "read"}}, "'users' does not"),
    "an action that is a number": ("structured", {"users": {"actions": [7]}}, "An action must be a verb.*found 7"),
    "an action that is null": ("structured", {"users": {"actions": [None]}}, "An action must be a verb.*found None"),
    "an action with a colon": ("structured", {"users": {"actions": ["a:b"]}}, "An action must be a verb.*'a:b'"),
    "an action with a space": ("structured", {"users": {"actions": ["a b"]}}, "printable ASCII"),
    "a resource that is a whole scope": ("structured", {"read:users": {"actions": [""]}}, "An action must be a verb"),
    "a resource without a name": ("structured", {"": {"actions": ["read"]}}, "An action must be a verb"),
    "an object where rar has a list": ("rar", {"type": "users", "actions": ["read"]}, "found an object"),
    "a string where rar has a list": ("rar", "read:users", "must be a list of objects; found a string"),
    "a string in the list of details": ("rar", ["users"], "A detail must be an object with a \"type\"; found 'users'"),
    "a detail without a type": ("rar", [{"actions": ["read"]}], 'A detail must be an object with a "type"'),
    "a detail whose type is a number": ("rar", [{"type": 7, "actions": ["read"]}], "A detail must be an object with a"),
    "a detail whose type is blank": ("rar", [{"type": "", "actions": ["read"]}], "An action must be a verb"),
    "a detail without actions": ("rar", [{"type": "users"}], "\"actions\"; found none for 'users'"),
    "a detail whose actions are a string": ("rar", [{"type": "users", "actions": "read"}], "found none for 'users'"),
    "a detail whose action is a number": ("rar", [{"type": "users", "actions": [7]}], "must be a verb.*found 7"),
    "one bad detail among good ones": ("rar", [{"type": "users", "actions": ["read"]}, {}], "detail must be an object"),
}


@pytest.mark.parametrize(("name", "value", "sentence"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_claim_is_refused_in_one_sentence(name, value, sentence):
    with pytest.raises(ScopeError, match=sentence) as caught:
        notation(name).read(value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", "does not."))


# What authorization_details say beyond scopes

NARROWER = {
    "locations": ["https://api.example/customers"],
    "datatypes": ["contacts"],
    "identifier": "account-14-32-32-3",
    "privileges": ["admin"],
    "instructedAmount": {"currency": "EUR", "amount": "123.50"},
}


@pytest.mark.parametrize("name", NARROWER)
def test_a_detail_that_is_narrowed_is_never_read_as_the_whole_scope(name):
    detail = {"type": "users", "actions": ["read"], name: NARROWER[name]}
    with pytest.raises(ScopeError, match=f"a detail may hold only type and actions; found also '{name}'") as caught:
        notation("rar").read([{"type": "repo", "actions": [""]}, detail])
    assert caught.value.value == detail


def test_details_of_one_type_are_read_together_and_written_as_one():
    apart = [{"type": "users", "actions": ["read"]}, {"actions": ["create", "read"], "type": "users"}]
    assert notation("rar").read(apart) == ("read:users", "create:users")
    assert convert(apart, read="rar", write="rar") == [{"type": "users", "actions": ["read", "create"]}]


# The article's own two payloads

ARTICLE_FLAT = {"iat": 1416929109, "jti": "aa7f8d0a95c", "scopes": ["repo", "public_repo"]}
ARTICLE_STRUCTURED = {
    "iat": 1416929061,
    "jti": "802057ff9b5b4eb7fbb8856b6eb2cc5b",
    "scopes": {
        "users": {"actions": ["read", "create"]},
        "users_app_metadata": {"actions": ["read", "create"]},
    },
}
FLAT_OF_STRUCTURED = ["read:users", "create:users", "read:users_app_metadata", "create:users_app_metadata"]
DEMO_KEY = Key("demo", b"a demonstration secret, 32 bytes")


def payload(token):
    """The claims part of a token as the text that was signed."""
    middle = str(token).split(".")[1]
    return urlsafe_b64decode(middle + "=" * (-len(middle) % 4)).decode()


def test_the_article_s_github_payload_is_minted_to_the_letter():
    issuer = Issuer(DEMO_KEY, SEED_2014, clock=LessonClock(1416929109), new_id=lambda: "aa7f8d0a95c")
    token = issuer.mint(["repo", "public_repo"])
    assert payload(token) == json.dumps(ARTICLE_FLAT, separators=(",", ":"))
    assert jwt.decode(str(token), options={"verify_signature": False}) == ARTICLE_FLAT
    assert token.scopes == ("repo", "public_repo")


def test_the_article_s_auth0_payload_is_minted_to_the_letter():
    profile = SEED_2014.replace(notation=notation("structured"))
    new_id = lambda: "802057ff9b5b4eb7fbb8856b6eb2cc5b"  # noqa: E731
    issuer = Issuer(DEMO_KEY, profile, clock=LessonClock(1416929061), new_id=new_id)
    token = issuer.mint(FLAT_OF_STRUCTURED)
    assert payload(token) == json.dumps(ARTICLE_STRUCTURED, separators=(",", ":"))
    assert jwt.decode(str(token), options={"verify_signature": False}) == ARTICLE_STRUCTURED
    assert token.scopes == tuple(FLAT_OF_STRUCTURED)


CONVERTED = {
    "github": {
        "flat": ["repo", "public_repo"],
        "structured": {"repo": {"actions": [""]}, "public_repo": {"actions": [""]}},
        "oauth": "repo public_repo",
        "rar": [{"type": "repo", "actions": [""]}, {"type": "public_repo", "actions": [""]}],
    },
    "auth0": {
        "flat": FLAT_OF_STRUCTURED,
        "structured": ARTICLE_STRUCTURED["scopes"],
        "oauth": "read:users create:users read:users_app_metadata create:users_app_metadata",
        "rar": [
            {"type": "users", "actions": ["read", "create"]},
            {"type": "users_app_metadata", "actions": ["read", "create"]},
        ],
    },
}


@pytest.mark.parametrize("write", NOTATIONS)
@pytest.mark.parametrize("read", NOTATIONS)
@pytest.mark.parametrize("payload", CONVERTED)
def test_the_article_s_payloads_convert_between_all_notations_without_loss(payload, read, write):
    there = convert(CONVERTED[payload][read], read=read, write=write)
    assert there == CONVERTED[payload][write]
    assert convert(there, read=write, write=read) == CONVERTED[payload][read]


def test_a_way_is_found_at_once_where_there_are_very_many():
    layers = [[f"a{depth}", f"b{depth}"] for depth in range(40)]
    implies = {name: layers[depth + 1] for depth in range(39) for name in layers[depth]}
    diamonds = Vocabulary(dict.fromkeys((name for layer in layers for name in layer), ""), implies)
    assert len(diamonds.through(["a0"], "b39")) == 40
    assert len(list(diamonds.tree())) == 80


def test_scopes_hundreds_of_levels_deep_are_refused():
    names = [f"s{number}" for number in range(5000)]
    with pytest.raises(VocabularyError, match="found hundreds"):
        Vocabulary(dict.fromkeys(names, ""), {one: [other] for one, other in itertools.pairwise(names)})
