"""`scopekit explain`: why a call is allowed or denied, by one's own guard or by somebody else's answer."""

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
    read_file,
    read_needs,
    read_token,
    read_vocabulary,
    refuse_shared_input,
)
from scopekit.cli.output import AsJson, tell, tell_json
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.scopes import Vocabulary

if TYPE_CHECKING:
    from scopekit.decision import Decision


def explain(
    needs: Annotated[
        str | None, typer.Option(metavar="TEXT", help='What the call needs: "repo", "a or (b and c)".')
    ] = None,
    token_file: TokenFile = None,
    jwks: Jwks = None,
    key: KeyFile = None,
    issuer: Annotated[str | None, typer.Option(help="Who owns the keys.")] = None,
    audience: Audience = None,
    profile: Named = ProfileName.RFC9068,
    answer: Annotated[
        str | None, typer.Option(metavar="FILE", help="Somebody else's answer instead, as `curl -i` prints it.")
    ] = None,
    requested: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="With --answer: asked of the issuer. May be repeated.")
    ] = None,
    openapi: OpenApi = None,
    anywhere: Anywhere = False,
    as_json: AsJson = False,
) -> int:
    """Explain in eleven steps why a token opens a call, or does not.

    With --jwks or --key a guard decides, as in your own API. With --answer it is told from outside, from the answer and
    from what the token says of itself, with the well-known complaints that fit. Exit status: 0 allowed, 1 denied.
    """
    source = one_source(jwks, key)
    if (source is None) == (answer is None):
        raise typer.BadParameter("Either keys decide, with --jwks or --key, or an --answer is explained: give one.")
    refuse_shared_input(answer, openapi, source, token_file or "-")
    needed = None if needs is None else read_needs(needs)
    vocabulary, text = read_vocabulary(openapi, anywhere=anywhere), read_token(token_file)
    if answer is not None:
        return _tell_diagnosis(read_file(answer, "answer"), text, needed, vocabulary, requested or [], as_json)
    guard = guard_of(str(source), issuer, audience, profile.profile, vocabulary)
    return _tell(guard.explain(f"Bearer {text}", needed or NO_SCOPE), as_json)


def _tell(decision: "Decision", as_json: bool) -> int:
    if as_json:
        tell_json(decision.to_json(private=True))
    else:
        tell(repr(decision))
    return 0 if decision else 1


def _tell_diagnosis(
    answer: str, token: str, needed: Requirement | None, vocabulary: Vocabulary, requested: list[str], as_json: bool
) -> int:
    from scopekit.audit.diagnosis import diagnose, read_response

    diagnosis = diagnose(read_response(answer), token, needed, vocabulary, requested=requested)
    if as_json:
        tell_json(diagnosis.to_json())
    else:
        tell(repr(diagnosis))
    return 0 if diagnosis.decision else 1
