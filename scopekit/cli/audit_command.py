"""`scopekit audit`: every call of an API by every token, what its document says held against what it does."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scopekit.cli.inputs import (
    Audience,
    KeyFile,
    Named,
    ProfileName,
    parsed,
    read_document,
    read_token,
    refuse_shared_input,
    signing_key,
)
from scopekit.cli.output import AsJson, reports_must_be_writable, tell, tell_json, write

if TYPE_CHECKING:
    from scopekit.audit import Document, Probe
    from scopekit.audit.run import Audit
    from scopekit.issuer import Profile


def audit(
    openapi: Annotated[str, typer.Option("--openapi", metavar="FILE|URL", help="The API's OpenAPI document.")],
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Where the API is, if not where it says.")] = None,
    key: KeyFile = None,
    issuer: Annotated[str | None, typer.Option(help="Who signs with the key.")] = None,
    audience: Audience = None,
    profile: Named = ProfileName.RFC9068,
    token_file: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="A token to try instead of minting. May be repeated.")
    ] = None,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Make the calls that change something too.")] = False,
    host: Annotated[
        str | None, typer.Option(metavar="NAME", help="The API's host, named again: another than this machine.")
    ] = None,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="How many calls are under way at a time.")] = 8,
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds to wait for an answer.")] = 10,
    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write down what was seen, and go on from there next time.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as Markdown too.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one page too.")] = None,
    as_json: AsJson = False,
) -> int:
    """Try every call of an API with many tokens, and tell where it does another thing than its document says.

    With --key the tokens are minted: one for each scope, and some that must open nothing. Only calls that change
    nothing are made, unless --unsafe, and only on this machine, unless --host. Exit status: 0 all as documented, 1 not
    so, or not all of it could be seen.
    """
    from scopekit.audit.run import audit as run

    if (key is None) == (not token_file):
        raise typer.BadParameter("Tokens are minted with --key, or given with --token-file: give one of the two.")
    if token_file and (issuer or audience):
        raise typer.BadParameter("Tokens of --token-file name their issuer and API: leave out --issuer, --audience.")
    refuse_shared_input(openapi, key, *token_file or [])
    reports_must_be_writable(markdown, html)
    document = read_document(openapi, anywhere=host is not None)
    tried = _given(token_file or []) if key is None else _minted(document, key, issuer, audience, profile.profile)
    with _progress(silent=as_json) as progress:
        found = run(
            document, tried, base_url=base_url, host=host, unsafe=unsafe, at_once=at_once, timeout_seconds=timeout,
            journal=journal, progress=progress,
        )  # fmt: skip
    _report(found, markdown, html, as_json=as_json)
    return 0 if found else 1


def _given(files: list[str]) -> "tuple[Probe, ...]":
    from scopekit.audit.probe_tokens import probes_of

    return probes_of(parsed(read_token(file)) for file in files)


def _minted(
    document: "Document", key: str, issuer: str | None, audience: str | None, profile: "Profile"
) -> "tuple[Probe, ...]":
    from scopekit.audit.probe_tokens import mint_probes
    from scopekit.issuer import Issuer

    owner = audience if profile.hint == "aud" else issuer
    signer = signing_key(key, owner)
    if "iss" in profile.claims and signer.issuer is None:
        raise typer.BadParameter(f"A token of profile {profile.name} names its issuer: give --issuer.")
    if "aud" in profile.claims and not audience:
        raise typer.BadParameter("The tokens are for one API: give --audience.")
    return mint_probes(document, Issuer(signer, profile, audience))


def _progress(*, silent: bool) -> AbstractContextManager[Any]:
    """Draws how far the audit is, on standard error; nothing where that is no terminal."""
    import sys

    if silent or not sys.stderr.isatty():
        return nullcontext()
    from scopekit.cli.output import drawn

    return drawn("cells")


def _report(found: "Audit", markdown: Path | None, html: Path | None, *, as_json: bool) -> None:
    from scopekit.render.audit import audit_markdown, audit_page

    if markdown:
        write(markdown, audit_markdown(found))
    if html:
        write(html, audit_page(found))
    if as_json:
        tell_json(found.to_json())
    else:
        tell(repr(found))
