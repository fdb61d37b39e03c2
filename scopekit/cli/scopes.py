"""`scopekit scopes`: the scopes that an API knows, as a tree, and which of them a token holds."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scopekit.cli.options import Anywhere, OpenApi, TokenFile, refuse_shared_input
from scopekit.cli.reading import parsed, read_token, read_vocabulary
from scopekit.cli.telling import AsJson, tell, tell_json, tell_table
from scopekit.scopes import Scopes, Vocabulary

if TYPE_CHECKING:
    from scopekit.survey.denial.claims import Written


def scopes(
    openapi: OpenApi = None,
    of_token: Annotated[bool, typer.Option("--of-token", help="What a token holds, and what that implies.")] = False,
    token_file: TokenFile = None,
    anywhere: Anywhere = False,
    as_json: AsJson = False,
) -> int:
    """Show the scopes of an API's document, each below the one that implies it; or those of a token.

    A token's scopes are looked for in every claim that issuers write them into, and are NOT verified.
    """
    if openapi is None and not of_token:
        raise typer.BadParameter("Whose scopes: give --openapi FILE, or --of-token, or both.")
    if token_file is not None and not of_token:
        raise typer.BadParameter("--token-file is for --of-token.")
    refuse_shared_input(openapi, (token_file or "-") if of_token else None)
    vocabulary = read_vocabulary(openapi, anywhere=anywhere)
    if of_token:
        return _tell_token(read_token(token_file), vocabulary, as_json)
    if as_json:
        tell_json({"scopes": [_scope(name, vocabulary) for name in vocabulary]})
    else:
        tell_table(
            [
                ("scope", "what it may do"),
                *((_indented(*one), vocabulary.descriptions[one[1]]) for one in vocabulary.tree()),
            ]
        )
    return 0


def _tell_token(text: str, vocabulary: Vocabulary, as_json: bool) -> int:
    from scopekit.survey.denial.claims import find_scopes

    written = find_scopes(parsed(text).claims)
    held = tuple(dict.fromkeys(name for each in written for name in each.split))
    ways = {name: vocabulary.through(held, name) or (name,) for name in sorted(vocabulary.expand(held))}
    if as_json:
        tell_json(_of_token(written, held, ways, vocabulary))
    else:
        where = "; ".join(f"{each.kind} in {each.claim!r}" for each in written) or "no claim that could hold any"
        tell(f"{len(held)} scopes, {where}. NOT VERIFIED.")
        tell_table(
            (_indented(*one), _told(ways[one[1]], vocabulary)) for one in vocabulary.tree(vocabulary.normalise(held))
        )
    return 0


def _of_token(written: "tuple[Written, ...]", held: Scopes, ways: dict[str, Scopes], vocabulary: Vocabulary) -> Any:
    return {
        "claims": [{"claim": each.claim, "kind": each.kind, "scopes": list(each.split)} for each in written],
        "held": list(held),
        "implied": {name: list(way) for name, way in ways.items() if len(way) > 1},
        "unknown": [name for name in held if vocabulary and name not in vocabulary],
        "verified": False,
    }


def _scope(name: str, vocabulary: Vocabulary) -> dict[str, Any]:
    return {"name": name, "description": vocabulary.descriptions[name], "implies": list(vocabulary.children(name))}


def _indented(depth: int, name: str) -> str:
    return "  " * depth + name


def _told(way: Scopes, vocabulary: Vocabulary) -> str:
    if len(way) > 1:
        return f"implied by {way[0]}"
    return "held" if not vocabulary or way[0] in vocabulary else "held; not a scope of this API"
