"""The command lint: a document, a token or a guard, by one table of rules."""

import json
import os
import stat

import pytest
from commanding import in_terminal, refusal
from commanding import scopekit_process as scopekit

from scopekit import RFC9068, Issuer, Key
from scopekit.audit.lint import RULES
from scopekit.issuer import sign

pytestmark = pytest.mark.slow  # a process of its own for each, half a second and more

SECRET = b"my secret is longer than others!"
KEY = Key("k1", SECRET, issuer="https://issuer.example/")
GOOD = Issuer(KEY, RFC9068, "repos").mint(["repo"])
ENDLESS = sign({"alg": "HS256", "typ": "at+jwt"}, {"scope": "repos", "sub": "s3cr3t-s3cr3t"}, KEY)
GUARD = ("lint", "--key", "key.json", "--audience", "repos")
WRITE = {"security": [{"oauth": []}], "responses": {"200": {}, "401": {}, "403": {}}}
READ = {"security": [{"oauth": ["repo"]}], "responses": {"200": {}, "401": {}, "403": {}}}
FLOWS = {"clientCredentials": {"tokenUrl": "/token", "scopes": {"repo": "All"}}}


def document(**operations):
    return {
        "openapi": "3.1.0", "info": {"title": "Notes"}, "paths": {"/notes": operations},
        "components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": FLOWS}}},
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A folder with a key, a token as it should be, one that never ends, and three documents."""
    texts = {
        "key.json": json.dumps(KEY.to_jwk(private=True)), "good.txt": str(GOOD), "endless.txt": str(ENDLESS),
        "good.json": json.dumps(document(get=READ)), "warned.json": json.dumps(document(get=READ, post=WRITE)),
        "bad.json": json.dumps(document(get={**READ, "security": [{"oauth": ["repos"]}]})),
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def has_no_secret(told):
    assert KEY.to_jwk(private=True)["k"] not in told
    assert SECRET.decode() not in told
    assert "s3cr3t" not in told
    assert not [part for token in (GOOD, ENDLESS) for part in str(token).split(".") if part in told]


# Documents


def test_a_document_as_it_should_be_has_no_finding(folder):
    process = scopekit("lint", "--openapi", "good.json", "--strict", folder=folder)
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.splitlines() == [
        "Notes at an unnamed address: 1 operation, 1 call, 1 scope, 0 left out", "nothing found",
    ]  # fmt: skip


def test_an_error_in_a_document_is_told_with_its_place_fix_and_clause_and_by_the_exit_status(folder):
    process = scopekit("lint", "--openapi", "bad.json", folder=folder)
    assert process.returncode == 1
    assert "✗ error    document-scope-undeclared" in process.stdout
    assert "repos: asked for by GET /notes; did you mean repo?" in process.stdout
    assert "OpenAPI 3.1, Security Requirement Object" in process.stdout


@pytest.mark.parametrize(("strict", "status"), [([], 0), (["--strict"], 1)], ids=["else", "strict"])
def test_a_warning_is_no_error_unless_strict(folder, strict, status):
    process = scopekit("lint", "--openapi", "warned.json", *strict, folder=folder)
    assert process.returncode == status
    assert "! warning  document-write-any-token" in process.stdout


def test_a_document_may_come_from_standard_input(folder):
    told = scopekit("lint", "--openapi", "-", folder=folder, stdin=(folder / "bad.json").read_text())
    assert told.stdout == scopekit("lint", "--openapi", "bad.json", folder=folder).stdout


# Tokens


@pytest.mark.parametrize("arguments", [["--token-file", "endless.txt"], ["--token-file", "-"], []], ids=str)
def test_a_token_is_read_as_by_the_other_commands_and_its_claims_are_not_told(folder, arguments):
    process = scopekit("lint", *arguments, folder=folder, stdin=f"Bearer {ENDLESS}\n")
    assert process.returncode == 1
    assert process.stdout.startswith("A token, NOT VERIFIED\n")
    assert "token-no-exp" in process.stdout
    has_no_secret(process.stdout + process.stderr)


def test_a_token_is_asked_for_at_a_prompt(folder):
    shown, status = in_terminal("lint", folder=folder, typed=str(GOOD), columns=200, NO_COLOR="1")
    assert (status, shown.split("\r\n")[-2]) == (0, "nothing found")
    has_no_secret(shown)


def test_with_a_document_beside_it_a_token_s_scopes_are_to_be_the_document_s(folder):
    process = scopekit("lint", "--token-file", "endless.txt", "--openapi", "good.json", folder=folder)
    assert "'repos': did you mean repo?" in process.stdout
    assert "token-scope-unknown" not in scopekit("lint", "--token-file", "endless.txt", folder=folder).stdout


# Guards


def test_a_guard_is_looked_at_and_its_key_is_not_told(folder):
    process = scopekit(*GUARD, folder=folder)
    assert process.returncode == 1
    assert process.stdout.startswith("A guard for repos, profile RFC9068\n✗ error    guard-secret-password")
    has_no_secret(process.stdout + process.stderr)


def test_a_guard_with_a_generated_key_has_no_finding_for_where_its_denylist_is_no_option_says(folder):
    (folder / "key.json").write_text(json.dumps(Key.generate("k1", issuer="https://i.example/").to_jwk(private=True)))
    process = scopekit(*GUARD, "--strict", folder=folder)
    assert (process.returncode, process.stdout.splitlines()[1:]) == (0, ["nothing found"])


def test_a_guard_in_the_article_s_profile_has_checks_off(folder):
    process = scopekit("lint", "--key", "key.json", "--profile", "seed_2014", folder=folder)
    assert process.returncode == 1
    assert "check time: waived by SEED_2014" in process.stdout


# Reports


def test_findings_are_told_as_json_with_stable_names(folder):
    process = scopekit("lint", "--openapi", "bad.json", "--json", folder=folder)
    (first, *_) = json.loads(process.stdout)
    assert list(first) == ["id", "severity", "place", "found", "says", "fix", "clause"]
    assert (process.returncode, first["id"], first["place"]) == (1, "document-scope-undeclared", "repos")


def test_a_report_is_written_as_markdown_and_as_a_page_in_the_place_of_the_one_before(folder):
    (folder / "report.md").write_text("old")
    process = scopekit(
        "lint", "--openapi", "bad.json", "--markdown", "report.md", "--html", "report.html", folder=folder
    )
    markdown, page = ((folder / name).read_text() for name in ("report.md", "report.html"))
    assert process.stdout == scopekit("lint", "--openapi", "bad.json", folder=folder).stdout
    assert markdown.startswith("# Lint\n\n`Notes at an unnamed address: ")
    assert "- `repos: asked for by GET /notes; did you mean repo?`" in markdown
    assert page.startswith("<!doctype html>")
    assert "did you mean repo?" in page
    assert not [name for name in os.listdir(folder) if name.startswith(".")]


def test_a_report_may_have_as_long_a_name_as_files_have(folder):
    name = "r" * 255
    assert scopekit("lint", "--openapi", "good.json", "--html", name, folder=folder).stderr == ""
    assert (folder / name).exists()


def test_reports_of_a_token_and_of_a_guard_hold_nothing_secret(folder):
    reports = ("--markdown", "report.md", "--html", "report.html")
    for asked in (("lint", "--token-file", "endless.txt"), GUARD):
        assert scopekit(*asked, *reports, folder=folder).returncode == 1
        has_no_secret((folder / "report.md").read_text() + (folder / "report.html").read_text())


def test_a_document_can_neither_steer_a_terminal_nor_a_report(folder):
    api = document(get={**READ, "security": [{"oauth": ["[x](http://x.example)"]}]})
    api["info"]["title"] = "\x1b[2J<script>`# a`\ud800"
    (folder / "bad.json").write_text(json.dumps(api))
    reports = ("--markdown", "report.md", "--html", "report.html")
    process = scopekit("lint", "--openapi", "bad.json", *reports, folder=folder)
    markdown, page = ((folder / name).read_text() for name in ("report.md", "report.html"))
    assert "\x1b[2J" not in process.stdout + markdown
    assert r"``\x1b[2J<script>`# a`\ud800 at" in markdown
    assert "<script" not in page


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="no such device")
def test_a_device_is_not_replaced_by_a_report(folder):
    process = scopekit("lint", "--openapi", "good.json", "--html", "/dev/null", folder=folder)
    assert refusal(process, 1) == "/dev/null cannot be written: it is not a file."
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


# Rules


def test_the_rules_are_listed(folder):
    process = scopekit("lint", "--rules", folder=folder, COLUMNS=None)
    assert (process.returncode, process.stderr) == (0, "")
    assert [line.split()[0] for line in process.stdout.splitlines()[1:]] == [rule.id for rule in RULES]


def test_the_rules_are_told_as_json_with_stable_names(folder):
    told = json.loads(scopekit("lint", "--rules", "--json", folder=folder).stdout)
    assert list(told[0]) == ["id", "kind", "severity", "says", "fix", "clause"]
    assert [rule["id"] for rule in told] == [rule.id for rule in RULES]


# Mistakes

BAD = ("lint", "--openapi", "bad.json")
MISTAKES = [
    (("lint",), "", 1, "One token is needed; found none."),
    (("lint",), "s3cr3t", 1, "This text is not a token: it does not have three parts"),
    (("lint", "--token-file", "none.txt"), "", 1, "The token's file cannot be read: No such file or directory."),
    (("lint", "--openapi", "none.json"), "", 1, "The document 'none.json' cannot be read: No such file or directory."),
    (("lint", "--openapi", "key.json"), "", 1, "An OpenAPI document of version 3.0 or 3.1 is needed; found 'no ver"),
    (("lint", "--openapi", "http://x.example/s3cr3t"), "", 1, "A document's URL must be on this machine, unless"),
    (("lint", "--openapi", "-", "--token-file", "-"), "", 2, "Only one input can be standard input"),
    (
        (*GUARD, "--openapi", "good.json"),
        "",
        2,
        "With --jwks or --key, lint checks a guard: omit --openapi and --token-file.",
    ),
    ((*GUARD, "--token-file", "good.txt"), "", 2, "With --jwks or --key, lint checks a guard"),
    (GUARD[:3], "", 2, "A guard accepts tokens for one API: give --audience."),
    ((*GUARD, "--jwks", "key.json"), "", 2, "Give the keys with --jwks or with --key, not with both."),
    ((*BAD, "--audience", "repos"), "", 2, "--issuer and --audience describe a guard: give its keys too"),
    ((*BAD, "--markdown", "no/such/report.md"), "", 1, "no/such/report.md cannot be written: its folder does not"),
    ((*BAD, "--markdown", "/proc/report.md"), "", 1, "/proc/report.md cannot be written: "),
    ((*BAD, "--markdown", "report.md", "--html", "."), "", 1, ". cannot be written: it is a folder."),
    (
        (*BAD, "--markdown", "report", "--html", "./report"),
        "",
        1,
        "Each report needs a separate file; found report twice",
    ),
    (("lint", str(GOOD)), "", 1, "A token may not be an argument"),
]


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "sentence"), MISTAKES, ids=[each[3][:50] for each in MISTAKES]
)
def test_a_mistake_of_lint_is_one_sentence(folder, arguments, stdin, status, sentence):
    before = sorted(os.listdir(folder))
    process = scopekit(*arguments, folder=folder, stdin=stdin)
    assert sentence in refusal(process, status)
    assert process.stdout == ""
    has_no_secret(process.stderr)
    assert sorted(os.listdir(folder)) == before
