"""The commands for a whole API: `scopekit audit` calls the API, and `scopekit lint` reads its document.

`scopekit lint` can also check a token or a guard. One table has the rules for documents, tokens and guards.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from scopekit.cli.inputs import (
    KeyChoice,
    key_owner,
    parsed,
    read_document,
    read_token,
    read_vocabulary,
    signing_key,
)
from scopekit.cli.options import (
    DEFAULT_PROFILE,
    Alg,
    Anywhere,
    AsJson,
    Audience,
    Host,
    Html,
    Journal,
    Jwks,
    KeyFile,
    Kid,
    Markdown,
    OpenApi,
    Owner,
    PasswordFile,
    Shape,
    TokenFile,
    guard_of,
    one_source,
    profile_of,
    refuse_missing_option,
    refuse_shared_input,
)
from scopekit.cli.output import print_json, print_result, print_table, progress_bar, refuse_unwritable, write_reports
from scopekit.scopes import ANY_SCOPE

if TYPE_CHECKING:
    from scopekit.audit import Document, Findings, Probe

NOT_AN_OPTION = ("guard-memory-denylist",)
"""Rules that `lint` skips for a guard, because they are about its denylist and no option sets a denylist."""


def audit(
    openapi: Annotated[str, typer.Option("--openapi", metavar="FILE|URL", help="The API's OpenAPI document.")],
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The API's address, if not in its document.")
    ] = None,
    key: KeyFile = None, alg: Alg = None, kid: Kid = None, password_file: PasswordFile = None,
    issuer: Annotated[str | None, typer.Option(metavar="NAME", help="The issuer that signs with the key.")] = None,
    audience: Audience = None,
    profile: Shape = DEFAULT_PROFILE,
    token_file: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Call with the token in this file. May be repeated.")
    ] = None,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Also make the calls that change data.")] = False,
    host: Host = None,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Number of calls to make at the same time.")] = 8,
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds to wait for an answer.")] = 10,
    journal: Journal = None, markdown: Markdown = None, html: Html = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Make every call of an API with many tokens, and report each difference from its OpenAPI document.

    With --key, mint a token for each scope, and some tokens that must open nothing. Without --unsafe, make only calls
    that change no data. Exit status: 0 if the API behaves as documented, 1 if it does not or if that cannot be seen.
    """
    from scopekit.audit.run import audit as run
    from scopekit.render.audit import audit_markdown, audit_page

    refuse_shared_input(openapi, key, *token_file or [])
    refuse_unwritable(markdown, html)
    document = read_document(openapi, anywhere=host is not None)
    choice = KeyChoice(alg, kid, password_file)
    probes = _probes(document, token_file or [], key, issuer, audience, profile, choice)
    with progress_bar("cells", silent=as_json) as progress:
        result = run(
            document, probes, base_url=base_url, host=host, unsafe=unsafe, at_once=at_once, timeout_seconds=timeout,
            journal=journal, progress=progress,
        )  # fmt: skip
    write_reports((markdown, lambda: audit_markdown(result)), (html, lambda: audit_page(result)))
    return print_result(result.to_json(), repr(result), as_json=as_json, passed=result)


def _probes(
    document: "Document",
    files: list[str],
    key: str | None,
    issuer: str | None,
    audience: str | None,
    named: str,
    choice: KeyChoice,
) -> "tuple[Probe, ...]":
    """The tokens to try: read from the files, or minted with the key for the document's scopes."""
    from scopekit.audit.probe_tokens import mint_probes, probes_of
    from scopekit.issuer import Issuer

    if key is None and not files:
        raise typer.BadParameter("Give --key (to mint tokens) or --token-file (to try tokens that you have).")
    if key is not None and files:
        raise typer.BadParameter("Give --key (to mint tokens) or --token-file, not both.")
    if key is None:
        if issuer or audience:
            raise typer.BadParameter("With --token-file, omit --issuer and --audience: the tokens name them.")
        return probes_of(parsed(read_token(file)) for file in files)
    profile = profile_of(named)
    signer = signing_key(key, key_owner(profile, issuer, audience), choice)
    refuse_missing_option(profile, signer, audience)
    return mint_probes(document, Issuer(signer, profile, audience))


def lint(
    openapi: OpenApi = None, anywhere: Anywhere = False, token_file: TokenFile = None, jwks: Jwks = None,
    key: KeyFile = None, alg: Alg = None, kid: Kid = None, password_file: PasswordFile = None,
    issuer: Owner = None,
    audience: Audience = None,
    profile: Shape = DEFAULT_PROFILE,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings and notes as errors.")] = False,
    show_rules: Annotated[bool, typer.Option("--rules", help="List the rules and exit.")] = False,
    markdown: Markdown = None,
    html: Html = None,
    as_json: AsJson = False,
) -> int:  # fmt: skip
    """Find mistakes and risks in an API's document, in a token or in a guard.

    Give --openapi to check a document, --jwks or --key to check a guard, and none of these to check a token.
    To check a token against a document, give --openapi and --token-file. Exit status: 1 if an error is found, else 0.
    """
    from scopekit.render.reports import findings_markdown, findings_page

    source = one_source(jwks, key)
    if show_rules:
        return _list_rules(as_json=as_json)
    if source and (openapi or token_file):
        raise typer.BadParameter("With --jwks or --key, lint checks a guard: omit --openapi and --token-file.")
    if (issuer or audience) and not source:
        raise typer.BadParameter("--issuer and --audience describe a guard: give its keys too, with --jwks or --key.")
    refuse_shared_input(openapi, token_file)
    refuse_unwritable(markdown, html)
    if source:
        subject, findings = _lint_guard(source, issuer, audience, profile, KeyChoice(alg, kid, password_file))
    else:
        subject, findings = _lint_text(openapi, token_file, anywhere=anywhere)
    write_reports(
        (markdown, lambda: findings_markdown(findings, subject)), (html, lambda: findings_page(findings, subject))
    )
    passed, listed = not (findings.errors or (strict and len(findings))), [finding.to_json() for finding in findings]
    return print_result(listed, f"{subject}\n{findings!r}", as_json=as_json, passed=passed)


def _lint_guard(
    source: str, issuer: str | None, audience: str | None, named: str, choice: KeyChoice
) -> "tuple[str, Findings]":
    from scopekit.audit import lint as find

    profile = profile_of(named)
    findings = find(guard_of(source, issuer, audience, profile, ANY_SCOPE, choice))
    stated = tuple(finding for finding in findings if finding.id not in NOT_AN_OPTION)
    return f"A guard for {audience or 'any API'}, profile {profile.name}", type(findings)(stated)


def _lint_text(openapi: str | None, token_file: str | None, *, anywhere: bool) -> "tuple[str, Findings]":
    """Checks the document if only a document is given. Otherwise checks the token, with the document's vocabulary."""
    from scopekit.audit import lint as find
    from scopekit.render.reports import document_line

    if openapi and token_file is None:
        document = read_document(openapi, anywhere=anywhere)
        return document_line(document), find(document)
    vocabulary = read_vocabulary(openapi, anywhere=anywhere)
    return "A token, NOT VERIFIED", find(parsed(read_token(token_file)), vocabulary=vocabulary)


def _list_rules(*, as_json: bool) -> int:
    from scopekit.audit import rules

    if as_json:
        names = ("id", "kind", "severity", "says", "fix", "clause")
        print_json([{name: getattr(rule, name) for name in names} for rule in rules()])
    else:
        head = ("rule", "severity", "what is wrong", "clause")
        print_table([head, *((rule.id, rule.severity, rule.says, rule.clause) for rule in rules())])
    return 0
