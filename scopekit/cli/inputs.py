"""Reads what a command needs: a token, keys, a document, a response, or a requirement such as `a or (b and c)`.

If a file cannot be read, one sentence says why. The pytest plugin also reads keys here, so this module needs no typer.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Iterator
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from scopekit.errors import InputError, KeyRefused, ScopeError, TokenError
from scopekit.keys import KeySet
from scopekit.requirements import NO_SCOPE, Requirement, all_of, any_of
from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.wording import named, no_such, shortened

if TYPE_CHECKING:
    from scopekit.audit import Document
    from scopekit.keys import Key
    from scopekit.profile import Profile
    from scopekit.tokens import Token

MAX_BYTES = 16 * 1024 * 1024
MAX_TOKEN_CHARACTERS = 64 * 1024
MAX_BRACKETS = 20
TIMEOUT_SECONDS = 10


def read_requirement(text: str) -> Requirement:
    """Parses a requirement, in which `and` binds more tightly than `or`. Raises ScopeError if that fails."""
    words = re.findall(r"[()]|[^\s()]+", text)
    if "," in text:  # a scope may hold a comma (RFC 6749 section 3.3), but whoever writes one here means two scopes
        raise ScopeError(f"Scopes must be joined by `and` or `or`, not by a comma; found {shortened(text)}.")
    if words == ["no", "scope"]:
        return NO_SCOPE
    words.reverse()
    requirement = _read_alternatives(words, 0)
    if words:
        raise ScopeError(f"Two scopes must be joined by `and` or `or`; found {shortened(words[-1])}.")
    return requirement


def _read_alternatives(words: list[str], depth: int) -> Requirement:
    """Parses words joined by `and` and `or`. Takes the words from the end of `words`, which is in reverse order."""
    alternatives, together = list[Requirement](), list[Requirement]()
    while True:
        word = words.pop() if words else ""
        if word == "(" and depth < MAX_BRACKETS:
            together.append(_read_alternatives(words, depth + 1))
            if not words or words.pop() != ")":
                raise ScopeError("A bracket is not closed.")
        elif word in ("", "and", "or", "(", ")"):
            raise ScopeError(f"A scope is missing {f'before `{word}`' if word else 'at the end'}.")
        else:
            together.append(any_of(word))
        if not words or words[-1] not in ("and", "or"):
            return any_of(*alternatives, all_of(*together))
        if words.pop() == "or":
            alternatives.append(all_of(*together))
            together = []


def read_token(file: str | None) -> str:
    """Reads a text that holds one token. Without a file, reads a pipe or a hidden prompt; `-` is standard input."""
    from scopekit.audit.token_text import bare

    if file not in (None, "-"):
        text = read_file(str(file), "token")
    elif sys.stdin is None:
        raise InputError("There is no standard input to read a token from; give --token-file FILE.")
    elif file == "-" or not sys.stdin.isatty():
        text = sys.stdin.buffer.read(MAX_TOKEN_CHARACTERS + 1).decode("utf-8-sig", errors="replace")
    else:
        text = getpass("Token (not shown): ")
    words = bare(text)[0].split()
    if len(words) != 1:
        raise InputError(f"One token is needed; found {'none' if not words else 'several words'}.")
    if len(words[0]) > MAX_TOKEN_CHARACTERS:
        raise InputError(f"A token may have at most {MAX_TOKEN_CHARACTERS} characters; this text has more.")
    return text


def unwrapped(text: str) -> str:
    """The token in a text, without what was copied along with it. Says on standard error what that was."""
    from scopekit.audit.token_text import bare

    token, around = bare(text)
    if around:
        print(f"Removed from the token: {around}. An API refuses a token with {around}.", file=sys.stderr)
    return token


def parsed(text: str) -> Token:
    """The token in a text, even if a strict parser refuses the token. Raises TokenError if nothing can be read.

    Raises InputError if the token is encrypted. Some issuers send an encrypted token to a client that names no API.
    """
    from scopekit.audit.token_text import read_text

    read = read_text(unwrapped(text))
    if read.kind == "encrypted":
        raise InputError("This token is encrypted (RFC 7516) and cannot be read: it has five parts, not three.")
    if read.token is None:
        raise TokenError("This text is not a token: it does not have three parts of base64url and JSON.")
    return read.token


def read_file(path: str, what: str) -> str:
    """The text of a file, or of standard input if `path` is `-`. Raises InputError if the text cannot be read."""
    try:
        return read_bytes(path, what).decode("utf-8-sig")
    except ValueError:
        raise InputError(f"The {what}'s file cannot be read: it is not text in UTF-8.") from None


def read_bytes(path: str, what: str) -> bytes:
    """The bytes of a file, or of standard input if `path` is `-`. Raises InputError if the file cannot be read."""
    if path == "-" and sys.stdin is None:
        raise InputError("There is no standard input to read from; name a file.")
    try:
        with os.fdopen(os.dup(sys.stdin.fileno()), "rb") if path == "-" else Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"The {what}'s file cannot be read: {error.strerror}.") from None
    except ValueError:  # a NUL in the path
        raise InputError(f"The {what}'s file cannot be read: its name is not a path.") from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"The {what}'s file may have at most {MAX_BYTES} bytes; this one has more.")
    return raw


class KeyChoice(NamedTuple):
    """What a key's file or address may leave open: the algorithm, the key's name, and the password that opens it.

    `kid` names a key without a name, or chooses one of several. `otherwise` names a single key without a name.
    """

    alg: str | None = None
    kid: str | None = None
    password_file: str | None = None
    otherwise: str | None = None


NO_CHOICE = KeyChoice()


def read_keys(source: str, issuer: str | None, choice: KeyChoice = NO_CHOICE) -> KeySet:
    """Reads keys from a file or a URL. `issuer`, if given, becomes their owner.

    A file holds a JWK Set, a JWK, or keys in another form of `scopekit.material`, such as PEM. A URL leads to a JWK Set
    or to the metadata of an issuer. Says on standard error which keys were skipped.
    """
    remote = source.startswith(("https://", "http://"))
    raw = _fetch(source) if remote else read_bytes(source, "key")
    try:
        if remote and (issuer_of_metadata := _issuer_in(raw, source)):
            keys = _discovered(issuer_of_metadata, issuer, choice)
        elif remote and issuer:
            from scopekit.stores.jwks import public_keys

            keys = public_keys(raw, issuer, alg=choice.alg)
        else:
            keys = _keys_in(raw, issuer, choice)
    except KeyRefused as error:
        reason = re.sub(r"alg='(\w+)'", r"--alg \1", str(error))
        raise KeyRefused(f"The key cannot be used: {reason}") from None
    for skipped in keys.skipped:
        print(f"Skipped key {skipped.kid or 'without a kid'}: {skipped.reason}", file=sys.stderr)
    return keys


def _keys_in(raw: bytes, issuer: str | None, choice: KeyChoice) -> KeySet:
    from scopekit.keys import Key
    from scopekit.material import entries_in, name_of, something_else

    is_known = name_of(raw) is not None
    if not is_known and choice.alg and choice.alg.startswith("HS"):
        return KeySet([Key(choice.kid or choice.otherwise or "secret", raw.strip(b"\r\n"), choice.alg, issuer)])
    if not is_known:
        raise InputError(f"A key must be a JWK, a JWK Set, PEM, DER or an OpenSSH key; found {something_else(raw)}.")
    password = _password(choice.password_file)
    try:
        entries = entries_in(raw, password)
    except KeyRefused as error:
        if password is not None or "password=" not in str(error):
            raise
        if not sys.stdin or not sys.stdin.isatty():
            raise InputError("The private key is encrypted: give --password-file FILE.") from None
        entries = entries_in(raw, getpass("Password of the key (not shown): "))
    if len(entries) == 1 and isinstance(entries[0], dict) and "kid" not in entries[0]:
        kid = choice.kid or choice.otherwise
        entries = [{**entries[0], "kid": kid}] if kid else entries
    keys = KeySet.from_jwks({"keys": entries}, issuer, alg=choice.alg)
    if choice.kid is None:
        return keys
    if not (chosen := [key for key in keys if key.kid == choice.kid]):
        raise KeyRefused(no_such("No key has the kid", choice.kid, [key.kid for key in keys]))
    return KeySet(chosen)


def _password(file: str | None) -> str | None:
    return None if file is None else read_file(file, "password").rstrip("\r\n")


def _issuer_in(raw: bytes, source: str) -> str | None:
    """The issuer whose metadata was found at `source`, or None if something else was found there."""
    from scopekit.material import json_in
    from scopekit.stores.discovery import metadata_addresses

    found = json_in(raw)
    if not isinstance(found, dict) or "jwks_uri" not in found:
        return None
    name = str(found.get("issuer"))
    return name if source in metadata_addresses(name) else source.partition("/.well-known/")[0]


def _discovered(name: str, issuer: str | None, choice: KeyChoice) -> KeySet:
    from scopekit.stores.discovery import DiscoveredKeySet

    if issuer not in (None, name):
        raise InputError(f"The metadata is that of {shortened(name)}, but --issuer is {shortened(issuer)}.")
    found = DiscoveredKeySet(name, alg=choice.alg, timeout_seconds=TIMEOUT_SECONDS)
    keys = KeySet(found)
    keys.skipped = found.skipped
    return keys


def _fetch(url: str) -> bytes:
    """Fetches what is at an `https://` URL, or at an `http://` URL on this machine."""
    from scopekit.stores.fetch import FetchError, fetch, trustworthy

    try:
        return fetch(trustworthy(url), max_bytes=MAX_BYTES, timeout_seconds=TIMEOUT_SECONDS).body
    except FetchError as error:
        raise InputError(f"The key set cannot be read: {error}.") from None


def signing_key(file: str, owner: str | None, choice: KeyChoice = NO_CHOICE) -> Key:
    """The first key in a file that can sign. Raises KeyRefused if no key in the file can sign."""
    for key in read_keys(file, owner, choice):
        if not key.verify_only:
            return key
    raise KeyRefused("A private key is needed to sign; this file holds only public keys.")


def read_profile(source: str) -> Profile:
    """The profile called `source`, in any letters, or the profile in a TOML file.

    A file's keys are the fields of Profile; `extends` names a profile whose other fields it takes, and to whose
    `requires` it adds. In `typ` and `requires`, an empty text permits that the member is missing, because TOML has no
    null. Raises InputError or PolicyError if there is no such profile, or if the file holds something else.
    """
    from scopekit.profiles import profile_named

    is_file = source.lower().endswith(".toml") or any(each in source for each in ("/", os.sep))
    return _profile_in(source) if is_file else profile_named(source)


def _profile_in(file: str) -> Profile:
    import tomllib

    from scopekit.profile import Profile
    from scopekit.profiles import profile_named

    try:
        values = {"name": Path(file).stem, **tomllib.loads(read_file(file, "profile"))}
    except ValueError as error:
        raise InputError(f"The profile's file must be TOML; {error}.") from None
    base = values.pop("extends", None)
    fields = _profile_fields(values)
    if base is not None and not isinstance(base, str):
        raise InputError(f"`extends` must be the name of a profile; it is {named(base)}.")
    if base is None and (missing := [name for name in ("notation", "typ", "claims") if name not in values]):
        raise InputError(f"A profile's file needs {missing[0]!r}, or `extends` with the name of another profile.")
    if base is None:
        return Profile(**fields)
    extended = profile_named(base)
    if isinstance(added := fields.get("requires"), dict):  # without those of the base, other kinds of tokens pass
        fields["requires"] = {**extended.requires, **added}
    return extended.replace(**fields)


def _profile_fields(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Profile as a TOML file spells them. Profile itself refuses what has a wrong type."""
    from scopekit.profile import Profile
    from scopekit.scopes import notation

    def with_none(value: Any) -> Any:
        return [None if each == "" else each for each in value] if isinstance(value, list) else value or None

    known = [each.name for each in dataclasses.fields(Profile) if each.init and each.name != "reader"]
    if unknown := [name for name in values if name not in known]:
        raise InputError(no_such("A profile's file has no key", unknown[0], ["extends", *known]))
    fields = dict(values)
    if "notation" in fields:
        fields["notation"] = notation(str(fields["notation"]))
    if "typ" in fields:
        fields["typ"] = with_none(fields["typ"])
    if isinstance(required := fields.get("requires"), dict):
        fields["requires"] = {path: with_none(value) for path, value in _paths_in(required)}
    if isinstance(places := fields.get("scopes_in"), list):
        fields["scopes_in"] = [tuple(each) if isinstance(each, list) else each for each in places]
    return fields


def _paths_in(required: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """The claims that a table requires, each with its path. A table inside it is a claim that holds other claims."""
    for name, value in required.items():
        path = (*above, name)
        if isinstance(value, dict) and value:
            yield from _paths_in(value, path)
        else:
            yield path if above else name, value


def key_owner(profile: Profile, issuer: str | None, audience: str | None) -> str | None:
    """The owner of the keys: the audience if the profile finds keys by `aud`, otherwise the issuer."""
    return audience if profile.hint == "aud" else issuer


def missing_option(profile: Profile, key: Key, audience: str | None) -> str | None:
    """The option that is missing to mint a token of `profile`: `issuer` or `audience`. None if no option is missing."""
    if "iss" in profile.claims and key.issuer is None:
        return "issuer"
    return "audience" if profile.recipient in profile.claims and not audience else None


def read_document(source: str, *, anywhere: bool = False) -> Document:
    """Reads an OpenAPI document from a file, a URL or standard input (`-`). Raises DocumentError if that fails.

    The document is JSON or YAML. A URL must be on this machine, unless `anywhere` is True.
    """
    from scopekit.audit import read_document as read
    from scopekit.audit.openapi.loading import parsed as mapping_in

    return read(mapping_in(read_file("-", "document")) if source == "-" else source, anywhere=anywhere)


def read_vocabulary(source: str | None, *, anywhere: bool = False) -> Vocabulary:
    """The vocabulary of an OpenAPI document. Without a document, ANY_SCOPE, in which no scope implies another."""
    return ANY_SCOPE if source is None else read_document(source, anywhere=anywhere).vocabulary
