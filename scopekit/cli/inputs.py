"""What a call needs, as one writes it: `repo`, `a or (b and c)`. A requirement reads back as it prints.

What a command reads: a token, keys, a document, an answer. A file that cannot be read is one sentence.

The options that several commands have.

The guard that a command makes of its options, as one would make it for an API of one's own.
"""

from __future__ import annotations

import json
import os
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from scopekit.errors import InputError, KeyRefused, ScopeError, shortened
from scopekit.keys import KeySet
from scopekit.requirements import NO_SCOPE, Requirement, all_of, any_of
from scopekit.scopes import ANY_SCOPE, Vocabulary

if TYPE_CHECKING:
    from scopekit.audit import Document
    from scopekit.guard import Guard
    from scopekit.issuer import Profile
    from scopekit.keys import Key
    from scopekit.tokens import Token


_WORD = re.compile(r"[()]|[^\s()]+")


def read_needs(text: str) -> Requirement:
    """The requirement that `text` says; `and` binds closer than `or`. ScopeError where it cannot be read."""
    words = _WORD.findall(text)
    if words == ["no", "scope"]:
        return NO_SCOPE
    words.reverse()
    found = _either(words, 0)
    if words:
        raise ScopeError(f"Between two scopes stands `and` or `or`; found {shortened(words[-1])}.")
    return found


def _either(words: list[str], depth: int) -> Requirement:
    parts = [_both(words, depth)]
    while words and words[-1] == "or":
        words.pop()
        parts.append(_both(words, depth))
    return any_of(*parts)


def _both(words: list[str], depth: int) -> Requirement:
    parts = [_one(words, depth)]
    while words and words[-1] == "and":
        words.pop()
        parts.append(_one(words, depth))
    return all_of(*parts)


def _one(words: list[str], depth: int) -> Requirement:
    word = words.pop() if words else ""
    if word == "(" and depth < 20:
        found = _either(words, depth + 1)
        if not words or words.pop() != ")":
            raise ScopeError("A bracket that is opened is closed; found one that is not.")
        return found
    if word in ("", "and", "or", "(", ")"):
        raise ScopeError(f"A scope is wanted; found {f'`{word}`' if word else 'the end'}.")
    return any_of(word)


MAX_BYTES = 16 * 1024 * 1024
MAX_TOKEN_CHARACTERS = 64 * 1024
JWE_DOTS = 4
TIMEOUT_SECONDS = 10
_PEM = "-----BEGIN "


def read_token(file: str | None) -> str:
    """The token's text: from `file`, `-` being standard input; else from what is piped in, or from a hidden prompt."""
    if file not in (None, "-"):
        text = read_file(str(file), "token")
    elif sys.stdin is None:
        raise InputError("There is no standard input to read a token from; give --token-file FILE.")
    elif file == "-" or not sys.stdin.isatty():
        text = sys.stdin.buffer.read(MAX_TOKEN_CHARACTERS + 1).decode("utf-8-sig", errors="replace")
    else:
        from getpass import getpass

        text = getpass("Token (not shown): ")
    return _bare(text)


def parsed(text: str) -> Token:
    """The token in this text, read strictly where it can be and leniently where not; TokenError where it is none.

    InputError for one that is encrypted, as an issuer hands it out that was asked for no API in particular.
    """
    from scopekit.errors import TokenError
    from scopekit.tokens import parse, parse_leniently

    if text.count(".") == JWE_DOTS:
        raise InputError("A token that can be read has three parts; found five: it is encrypted (RFC 7516).")
    try:
        return parse(text)
    except TokenError:
        return parse_leniently(text)


def read_file(path: str, what: str) -> str:
    """The text of a file, or of standard input where it is `-`; InputError where it is none."""
    try:
        with _opened(path) as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise InputError(f"The {what}'s file may have {MAX_BYTES} bytes; this one has more.")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"The {what}'s file cannot be read: {error.strerror}.") from None
    except ValueError:  # no UTF-8, or a NUL in the path
        raise InputError(f"The {what}'s file cannot be read: it is no text in UTF-8.") from None


def read_keys(source: str, issuer: str | None) -> KeySet:
    """The keys of a JWK or a JWK Set, in a file or at an address, given to `issuer` where it is known."""
    if _is_address(source):
        text = _fetched(source)
        if issuer:
            return _public_keys(text, issuer)
    else:
        text = read_file(source, "key")
    found = _json(text)
    if isinstance(found, dict) and "keys" not in found:
        found = {"keys": [found]}
    try:
        return KeySet.from_jwks(found, issuer)
    except KeyRefused as error:
        raise KeyRefused(f"The key cannot be used. {error}") from None


def signing_key(file: str, owner: str | None) -> Key:
    """The first key in a file that signs; KeyRefused where none does."""
    for key in read_keys(file, owner):
        if not key.verify_only:
            return key
    raise KeyRefused("A key that signs is private; those given only verify.")


def _public_keys(text: str, issuer: str) -> KeySet:
    from scopekit.stores.jwks import public_keys

    try:
        return public_keys(text.encode(), issuer)
    except KeyRefused as error:
        raise KeyRefused(f"The key set cannot be used: {error}.") from None


def read_document(source: str, *, anywhere: bool = False) -> Document:
    """The OpenAPI document in a file, at a URL or, for `-`, on standard input, as JSON or YAML; DocumentError else.

    A URL is one of this machine's, unless `anywhere` is True.
    """
    from scopekit.audit import read_document as read
    from scopekit.audit.openapi.loading import parsed as mapping_in

    return read(mapping_in(read_file("-", "document")) if source == "-" else source, anywhere=anywhere)


def read_vocabulary(source: str | None, *, anywhere: bool = False) -> Vocabulary:
    """The vocabulary of an OpenAPI document; of none, one that knows no hierarchy."""
    return ANY_SCOPE if source is None else read_document(source, anywhere=anywhere).vocabulary


def _opened(path: str) -> IO[bytes]:
    if path != "-":
        return Path(path).open("rb")
    if sys.stdin is None:
        raise InputError("There is no standard input to read from; name a file.")
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")


def _bare(text: str) -> str:
    """The token alone: without a header's name, the scheme, and what stands around it."""
    words = text.split()
    if words and words[0].lower() == "authorization:":
        words = words[1:]
    if words and words[0].lower() == "bearer":
        words = words[1:]
    if len(words) != 1:
        raise InputError(f"One token is needed; found {'none' if not words else 'several words'}.")
    if words[0][0] in "\"'":
        raise InputError("A token stands without quotes; found some around it. `jq -r` writes none.")
    if len(words[0]) > MAX_TOKEN_CHARACTERS:
        raise InputError(f"A token has at most {MAX_TOKEN_CHARACTERS} characters; this text has more.")
    return words[0]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        told = "PEM: its JWK is Key(kid, pem, alg).to_jwk(private=True)" if _PEM in text else "what is no JSON"
        raise InputError(f"A key is a JWK or a JWK Set; found {told}.") from None


def _is_address(source: str) -> bool:
    return source.startswith(("https://", "http://"))


def _fetched(url: str) -> str:
    """What stands at an address: `https://`, or `http://` on this machine, as for a guard's own remote keys."""
    from scopekit.stores.fetch import FetchError, fetch, trustworthy

    try:
        return fetch(trustworthy(url), max_bytes=MAX_BYTES, timeout_seconds=TIMEOUT_SECONDS).body.decode("utf-8")
    except (FetchError, UnicodeDecodeError) as error:
        reason = error if isinstance(error, FetchError) else "it is not text in UTF-8"
        raise InputError(f"The key set cannot be read: {reason}.") from None


class ProfileName(StrEnum):
    """The profiles, by name."""

    RFC9068 = "RFC9068"
    GITHUB = "GITHUB"
    AUTH0_V2 = "AUTH0_V2"
    SEED_2014 = "SEED_2014"

    @property
    def profile(self) -> Profile:
        """The profile of that name."""
        from scopekit import profiles

        found: Profile = getattr(profiles, self.value)
        return found


TokenFile = Annotated[
    str | None,
    typer.Option("--token-file", metavar="FILE", help="Where the token is; `-` is standard input. Asked for else."),
]
Audience = Annotated[str | None, typer.Option(help="The API that it is for.")]
Named = Annotated[ProfileName, typer.Option("--profile", case_sensitive=False, help="The shape of the token.")]
Jwks = Annotated[str | None, typer.Option("--jwks", metavar="FILE|URL", help="The issuer's public keys, a JWK Set.")]
KeyFile = Annotated[str | None, typer.Option("--key", metavar="FILE", help="The key, a JWK or a JWK Set.")]
OpenApi = Annotated[
    str | None, typer.Option("--openapi", metavar="FILE|URL", help="The API's OpenAPI document, in JSON or YAML.")
]
Anywhere = Annotated[
    bool, typer.Option("--anywhere", help="Read the document from a URL of another machine than this one, too.")
]


def one_source(jwks: str | None, key: str | None) -> str | None:
    """The one place that keys come from, if there is one."""
    if jwks and key:
        raise typer.BadParameter("Keys come from --jwks or from --key, and not from both.")
    return jwks or key


def refuse_shared_input(*sources: str | None) -> None:
    """BadParameter where two of these are read from standard input, which has an end but once."""
    if sources.count("-") > 1:
        raise typer.BadParameter("Only one thing comes from standard input: name a file for the others.")


def guard_of(source: str, issuer: str | None, audience: str | None, profile: Profile, vocabulary: Vocabulary) -> Guard:
    """A guard with the keys at `source`; BadParameter where it lacks an audience that the profile does not waive."""
    from scopekit.guard import Guard

    if audience is None and "audience" not in profile.waives:
        raise typer.BadParameter("A guard takes tokens for one API: give --audience.")
    owner = audience if profile.hint == "aud" else issuer  # there, a tenant is an issuer under the name of its audience
    keys = read_keys(source, owner)
    return Guard(keys, audience=audience, issuer=owner, profile=profile, vocabulary=vocabulary)
