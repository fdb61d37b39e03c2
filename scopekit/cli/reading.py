"""What a command reads: a token, keys, a document, an answer. A file that cannot be read is one sentence."""

import json
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from scopekit.errors import InputError, KeyRefused, KeysUnavailable
from scopekit.keys import KeySet
from scopekit.scopes import ANY_SCOPE, Vocabulary

if TYPE_CHECKING:
    from scopekit.keys import Key
    from scopekit.survey import Document
    from scopekit.tokens import Token

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


def parsed(text: str) -> "Token":
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


def signing_key(file: str, owner: str | None) -> "Key":
    """The first key in a file that signs; KeyRefused where none does."""
    for key in read_keys(file, owner):
        if not key.verify_only:
            return key
    raise KeyRefused("A key that signs is private; those given only verify.")


def _public_keys(text: str, issuer: str) -> KeySet:
    from scopekit.remote.jwks import public_keys

    try:
        return public_keys(text.encode(), issuer)
    except KeyRefused as error:
        raise KeyRefused(f"The key set cannot be used: {error}.") from None


def read_document(source: str, *, anywhere: bool = False) -> "Document":
    """The OpenAPI document in a file, at a URL or, for `-`, on standard input, as JSON or YAML; DocumentError else.

    A URL is one of this machine's, unless `anywhere` is True.
    """
    from scopekit.survey import read_document as read
    from scopekit.survey.document.source import parsed as mapping_in

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
    from scopekit.remote.fetch import get
    from scopekit.remote.jwks import RemoteKeySet

    place = RemoteKeySet(url, "-").url  # refuses an address that nothing should be believed from
    try:
        return get(place, most_bytes=MAX_BYTES, timeout_seconds=TIMEOUT_SECONDS).decode("utf-8")
    except (KeysUnavailable, UnicodeDecodeError) as error:
        told = str(error) if isinstance(error, KeysUnavailable) else "it is no text"
        raise InputError(f"The key set cannot be had: {told}.") from None
