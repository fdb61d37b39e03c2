"""The option --profile: the name of a profile in any spelling, or a TOML file."""

import json

import pytest
from commanding import refusal, scopekit

from scopekit import Key, profiles
from scopekit.cli.inputs import read_profile
from scopekit.errors import ScopeKitError

KEY = Key("k1", bytes(range(7, 39)), issuer="https://x.okta.com/oauth2/default")
OWN = """
extends = "okta"
name = "OURS"
typ = ["", "JWT"]
scopes_in = ["scp", ["resource_access", "my.api", "roles"]]
ttl_seconds = 60

[requires]
token_use = ["access", ""]
tid = "t1"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(KEY.to_jwk(private=True)))
    (tmp_path / "my.toml").write_text(OWN)
    return tmp_path


@pytest.mark.parametrize("name", ["okta", "OKTA", "Okta"])
def test_a_profile_has_its_name_in_any_letters(name):
    assert read_profile(name) is profiles.OKTA


@pytest.mark.parametrize("name", ["entra-v2", "Entra_V2", "ENTRA-v2"])
def test_a_profile_has_its_name_with_either_line(name):
    assert read_profile(name) is profiles.ENTRA_V2


def test_a_file_gives_the_fields_of_a_profile_and_what_it_extends_the_others(folder):
    profile = read_profile(str(folder / "my.toml"))
    assert profile == profiles.OKTA.replace(
        name="OURS", typ=(None, "JWT"), scopes_in=("scp", ("resource_access", "my.api", "roles")), ttl_seconds=60,
        requires={"token_use": ("access", None), "tid": ("t1",)},
    )  # fmt: skip


def test_a_file_that_extends_nothing_is_named_after_the_file(tmp_path):
    (tmp_path / "own.toml").write_text('notation = "oauth"\ntyp = ["JWT"]\nclaims = ["iss", "exp"]\n')
    profile = read_profile(str(tmp_path / "own.toml"))
    assert (profile.name, profile.claims, profile.notation.name) == ("own", ("iss", "exp"), "oauth")


def test_a_file_adds_to_what_the_extended_profile_requires(tmp_path):
    (tmp_path / "own.toml").write_text('extends = "cognito"\nrequires = {username = "ada"}\n')
    assert read_profile(str(tmp_path / "own.toml")).requires == {"token_use": ("access",), "username": ("ada",)}


def test_a_table_in_what_a_file_requires_is_a_claim_that_holds_claims(tmp_path):
    (tmp_path / "own.toml").write_text('extends = "kubernetes"\n[requires."kubernetes.io"]\nnamespace = ["shop", ""]\n')
    requires = read_profile(str(tmp_path / "own.toml")).requires
    assert requires[("kubernetes.io", "namespace")] == ("shop", None)
    (tmp_path / "own.toml").write_text('extends = "kubernetes"\n[requires."kubernetes.io"]\n')
    with pytest.raises(ScopeKitError, match="requires must be claims with one value or several"):
        read_profile(str(tmp_path / "own.toml"))
    (tmp_path / "own.toml").write_text('extends = "okta"\nrequires = {org = ""}\n')
    with pytest.raises(ScopeKitError, match="requires must be claims with one value or several"):
        read_profile(str(tmp_path / "own.toml"))


@pytest.mark.parametrize("profile", ["okta", "./my.toml"])
def test_mint_and_explain_agree_on_a_profile(folder, profile):
    mint = scopekit("mint", "notes:read", "--key", "key.json", "--audience", "api", "--profile", profile, folder=folder)
    explain = ("explain", "--key", "key.json", "--audience", "api", "--needs", "notes:read", "--profile")
    assert scopekit(*explain, profile, folder=folder, stdin=mint.stdout).returncode == 0
    other = scopekit(*explain, "rfc9068", folder=folder, stdin=mint.stdout)
    assert "denied by the check type" in other.stdout


def test_lint_names_the_profile_of_a_file(folder):
    process = scopekit("lint", "--key", "key.json", "--audience", "api", "--profile", "my.toml", folder=folder)
    assert process.stdout.startswith("A guard for api, profile OURS\n")


def test_a_recipient_other_than_aud_is_asked_for(folder):
    process = scopekit("mint", "notes:read", "--key", "key.json", "--profile", "cognito", folder=folder)
    assert refusal(process, 2) == "Invalid value: A token of profile COGNITO names its audience: give --audience."


MISTAKES = {
    "an unknown key": ('extends = "okta"\ntype = ["JWT"]', "has no key 'type'; did you mean 'typ'?"),
    "a field that is worked out": ('extends = "okta"\n_needed = ["a"]', "A profile's file has no key '_needed'"),
    "a reader": ('extends = "okta"\nreader = "f"', "A profile's file has no key 'reader'"),
    "text for a list": ('extends = "okta"\ntyp = "JWT"', "typ must be several names, such as ['a']; found 'JWT'"),
    "a number for a list": ('extends = "okta"\nclaims = 7', "claims must be several names"),
    "a number among the names": ('extends = "okta"\nclaims = ["iss", 7]', "claims must be names"),
    "text for a number": ('extends = "okta"\nttl_seconds = "60"', "ttl_seconds must be a whole number"),
    "a number among the places": ('extends = "okta"\nscopes_in = [7]', "scopes_in must be"),
    "an object among the places": ('extends = "okta"\nscopes_in = [{a = 1}]', "scopes_in must be"),
    "a list for a table": ('extends = "okta"\nrequires = ["a"]', "requires must be"),
    "a date as a value": ('extends = "okta"\nrequires = {a = 2026-01-01}', "requires must be"),
    "a waiver that is none": ('extends = "okta"\nwaives = ["signature"]', "What a profile waives must be one of"),
    "an unknown notation": ('extends = "okta"\nnotation = "oath"', "did you mean 'oauth'?"),
    "a list as notation": ('extends = "okta"\nnotation = ["oauth"]', "A notation must be one of"),
    "an unknown base": ('extends = "oktta"', "There is no profile 'OKTTA'; did you mean 'OKTA'?"),
    "a number as base": ("extends = 7", "`extends` must be the name of a profile; it is the number 7."),
    "no base and no typ": ('notation = "oauth"', "needs 'typ', or `extends`"),
    "no TOML": ("{}", "The profile's file must be TOML; "),
    "a name without text": ('extends = "okta"\nname = ""', "name must be text"),
}


@pytest.mark.parametrize(("text", "reason"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_file_is_one_sentence(tmp_path, text, reason):
    (tmp_path / "my.toml").write_text(text)
    with pytest.raises(ScopeKitError) as caught:
        read_profile(str(tmp_path / "my.toml"))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", ["mint", "explain", "lint", "audit"])
@pytest.mark.parametrize("profile", ["no.toml", "oktta"], ids=["no file", "an unknown name"])
def test_a_profile_that_is_not_there_is_a_wrong_command_line(folder, command, profile):
    needs = {"mint": ["--audience", "a"], "audit": ["--openapi", "api.json", "--audience", "a"]}
    (folder / "api.json").write_text('{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}')
    asked = [command, "--key", "key.json", *needs.get(command, ["--audience", "a"]), "--profile", profile]
    process = scopekit(*asked, folder=folder, stdin="eyJhbGciOiJIUzI1NiJ9.e30.AAAA")
    assert refusal(process, 2).startswith(("Invalid value: The profile's file", "Invalid value: There is no profile"))
