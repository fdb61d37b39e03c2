"""`scopekit lint`: what is unwise in a document, a token or a guard, by rule and clause."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scopekit.cli.inputs import (
    Anywhere,
    Audience,
    Jwks,
    KeyFile,
    Named,
    OpenApi,
    ProfileName,
    TokenFile,
    guard_of,
    one_source,
    parsed,
    read_document,
    read_token,
    read_vocabulary,
    refuse_shared_input,
)
from scopekit.cli.output import AsJson, reports_must_be_writable, tell, tell_json, tell_table, write
from scopekit.scopes import ANY_SCOPE, Vocabulary

if TYPE_CHECKING:
    from scopekit.audit import Findings
    from scopekit.audit.lint import Lintable

NOT_ON_THE_LINE = ("guard-memory-denylist",)
"""Rules over what a command line does not say: where the guard's denylist is."""


def lint(
    openapi: OpenApi = None,
    anywhere: Anywhere = False,
    token_file: TokenFile = None,
    jwks: Jwks = None,
    key: KeyFile = None,
    issuer: Annotated[str | None, typer.Option(help="Who owns the keys.")] = None,
    audience: Audience = None,
    profile: Named = ProfileName.RFC9068,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings and notes count as errors do.")] = False,
    show_rules: Annotated[bool, typer.Option("--rules", help="List the rules, and look at nothing.")] = False,
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as Markdown too.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one page too.")] = None,
    as_json: AsJson = False,
) -> int:
    """Find what is unwise in an API's document, in a token, or in a guard.

    A document with --openapi, a guard with --jwks or --key, else a token; with --token-file and --openapi the token,
    whose scopes are to be the document's. Exit status: 0 no error found, with --strict nothing at all; 1 otherwise.
    """
    source = one_source(jwks, key)
    if show_rules:
        return _tell_rules(as_json=as_json)
    _refuse_unfit(source, openapi, token_file, issuer or audience)
    reports_must_be_writable(markdown, html)
    if source:
        subject, findings = _of_guard(source, issuer, audience, profile)
    elif openapi and token_file is None:
        subject, findings = _of_document(openapi, anywhere=anywhere)
    else:
        subject, findings = _of_token(token_file, openapi, anywhere=anywhere)
    _report(subject, findings, markdown, html, as_json=as_json)
    return 1 if findings.errors or (strict and len(findings)) else 0


def _refuse_unfit(source: str | None, openapi: str | None, token_file: str | None, of_guard: str | None) -> None:
    if source and (openapi or token_file):
        raise typer.BadParameter("Lint looks at one thing: a guard, with --jwks or --key, or a token, or a document.")
    if of_guard and not source:
        raise typer.BadParameter("--issuer and --audience are a guard's: give its keys, with --jwks or --key.")
    refuse_shared_input(openapi, token_file)


def _of_guard(source: str, issuer: str | None, audience: str | None, named: ProfileName) -> "tuple[str, Findings]":
    guard = guard_of(source, issuer, audience, named.profile, ANY_SCOPE)
    found = _found(guard)
    kept = type(found)(tuple(one for one in found if one.id not in NOT_ON_THE_LINE))
    return f"A guard for {audience or 'any API'}, profile {guard.policy.profile.name}", kept


def _of_document(source: str, *, anywhere: bool) -> "tuple[str, Findings]":
    from scopekit.render.reports import document_line

    document = read_document(source, anywhere=anywhere)
    return document_line(document), _found(document)


def _of_token(file: str | None, openapi: str | None, *, anywhere: bool) -> "tuple[str, Findings]":
    vocabulary = read_vocabulary(openapi, anywhere=anywhere)
    return "A token, NOT VERIFIED", _found(parsed(read_token(file)), vocabulary)


def _found(thing: "Lintable", vocabulary: Vocabulary = ANY_SCOPE) -> "Findings":
    from scopekit.audit import lint as find

    return find(thing, vocabulary=vocabulary)


def _report(subject: str, findings: "Findings", markdown: Path | None, html: Path | None, *, as_json: bool) -> None:
    from scopekit.render.reports import findings_markdown, findings_page

    if markdown:
        write(markdown, findings_markdown(findings, subject))
    if html:
        write(html, findings_page(findings, subject))
    if as_json:
        tell_json([one.to_json() for one in findings])
    else:
        tell(f"{subject}\n{findings!r}")


def _tell_rules(*, as_json: bool) -> int:
    from scopekit.audit import rules

    names = ("id", "kind", "severity", "says", "fix", "clause")
    if as_json:
        tell_json([{name: getattr(rule, name) for name in names} for rule in rules()])
    else:
        head = ("rule", "severity", "what is wrong", "clause")
        tell_table([head, *((rule.id, rule.severity, rule.says, rule.clause) for rule in rules())])
    return 0
