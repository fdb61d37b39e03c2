"""Loads an OpenAPI document from a URL, a file of JSON or YAML, or a mapping, and follows references in it.

PyYAML is imported only for YAML. It is set up to read YAML 1.2, in which a date, `on` and `no` are text.

The package `referencing` follows a `$ref`. It is maintained and typed, and jsonschema uses it too. It never uses the
network itself, so a `$ref` to a file or a URL is reported and never fetched. Other packages fit less well:
`jsonschema-path` and `openapi-core` also bring requests or Werkzeug, and `prance` fetches what a `$ref` names.
`openapi-pydantic` (pydantic is compiled) and `openapi3-parser` refuse a whole document because of one mistake. The
import of `referencing` takes 0.1 s, so it waits for the first `$ref` that must be followed.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scopekit.errors import DocumentError
from scopekit.wording import shortened

Json = Mapping[str, Any]

MAX_BYTES = 16 * 1024 * 1024
"""The maximum size of a document from a URL; GitHub's has 13 MB."""

MAX_FILE_BYTES = 256 * 1024 * 1024
"""The maximum size of a file: larger, because the user chose the file. It stops the reading of endless devices."""

TIMEOUT_SECONDS = 30
MAX_REDIRECTS = 5
MAX_BRACKETS = 10_000
"""How many brackets may be open at once; the compiled loader can handle twice as many."""

MAX_HOPS = 32
"""A chain of more references than this counts as a circle."""

_DEEP = re.compile(r"(?<![-?:][ \t])(?:[-?:][ \t]+){1000}")
"""Matches 1,000 nested levels on one line of YAML, two characters each. Levels on separate lines need more space."""
_KINDS = {type(None): "nothing", str: "text", list: "a list"}


def load(source: object, *, anywhere: bool = False) -> tuple[Json, str | None]:
    """Loads a document from a URL, a file or a mapping. Returns the document as a mapping, and its URL or None.

    Raises DocumentError if the document is not a mapping. A URL must be on this machine, unless `anywhere` is True.
    Redirects are followed only on the same host.
    """
    if isinstance(source, Mapping):
        return source, None
    if isinstance(source, str) and re.match(r"(?i)https?://", source):
        return _fetched(source, anywhere=anywhere)
    if not isinstance(source, str | Path):
        raise DocumentError(f"A document must be a URL, a path or a mapping; found {shortened(type(source).__name__)}.")
    path = Path(source)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            raise DocumentError(f"A document's file may have at most {MAX_FILE_BYTES} bytes; {path.name} has more.")
        text = raw.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise DocumentError(f"The document {path.name!r} cannot be read: {reason}.") from None
    return parsed(text), None


def _fetched(url: str, *, anywhere: bool) -> tuple[Json, str]:
    from scopekit.stores.fetch import FetchError, fetch, is_loopback  # they need sockets, which some platforms lack

    try:
        host = urlsplit(url).hostname
    except ValueError:
        raise DocumentError("A document's URL must name a host; this one does not.") from None
    if not anywhere and not is_loopback(host):
        message = "A document's URL must be on this machine, unless `anywhere` or an audit's `host` allows it"
        raise DocumentError(f"{message}; found {shortened(host)}.")
    try:
        body, url = fetch(url, max_bytes=MAX_BYTES, timeout_seconds=TIMEOUT_SECONDS, max_redirects=MAX_REDIRECTS)
        text = body.decode("utf-8-sig")
    except (FetchError, UnicodeDecodeError) as error:
        reason = error if isinstance(error, FetchError) else "it is not text in UTF-8"
        raise DocumentError(f"The document at {shortened(host)} cannot be read: {reason}.") from None
    return parsed(text), url


def parsed(text: str) -> Json:
    """Reads the mapping in a text of JSON or YAML. Raises DocumentError if the text is not a mapping."""
    if (start := text.lstrip()[:1]) == "<":
        raise DocumentError("A document must be JSON or YAML; found a page of HTML or XML.")
    try:
        document = json.loads(text) if start == "{" else _yaml(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        raise DocumentError(f"A document must be JSON or YAML; found neither: {shortened(reason, 100)}.") from None
    if not isinstance(document, Mapping):
        raise DocumentError(f"A document must be a mapping; found {_KINDS.get(type(document), 'something else')}.")
    return document


def _yaml(text: str) -> Any:
    """Reads the value in a YAML text. Raises RecursionError if the text is nested too deeply for the loader."""
    depth = deepest = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth = max(depth + (1 if bracket[0] in "[{" else -1), 0)
        deepest = max(deepest, depth)
    if deepest > MAX_BRACKETS or _DEEP.search(text):
        raise RecursionError
    try:
        import yaml
    except ImportError:
        raise DocumentError("A document in YAML needs the package PyYAML; it is not installed.") from None
    try:
        return yaml.load(text, Loader=_loader())  # derived from the safe loader
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{where}{error.problem}") from None
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


@functools.cache
def _loader() -> Any:
    """Makes a safe loader that reads words such as `true` as YAML 1.2 does. Uses PyYAML's compiled one if available."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Reads unquoted values by the core schema of YAML 1.2 (section 10.3)."""

    dropped = {f"tag:yaml.org,2002:{kind}" for kind in ("timestamp", "bool", "int")}
    Loader.yaml_implicit_resolvers = {
        first: others
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        if (others := [resolver for resolver in resolvers if resolver[0] not in dropped])
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"), "-+0123456789")
    return Loader


class SkipOperation(Exception):
    """Raised for an operation that cannot or should not be called. The text of the exception gives the reason.

    No user made a mistake, so this is not a ScopeKitError. The exception is always caught inside `scopekit.audit`.
    """


class References:
    """The references in one document. Each reference is looked up only once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document, self._targets = document, dict[str, Any]()
        self._resolver: Any = None

    def follow(self, value: Any) -> Any:
        """The target if `value` is a reference, or else `value`. Raises SkipOperation if the target is missing."""
        for _ in range(MAX_HOPS):
            if not isinstance(value, Mapping) or not isinstance(ref := value.get("$ref"), str):
                return value
            if ref not in self._targets:
                self._targets[ref] = self._target(ref)
            value = self._targets[ref]
        raise SkipOperation(f"The `$ref` {shortened(ref)} leads in a circle.")

    def _target(self, ref: str) -> Any:
        if not ref.startswith("#"):
            raise SkipOperation(f"The `$ref` {shortened(ref)} points outside the document.")
        try:
            from referencing import Registry, Specification
            from referencing.exceptions import Unresolvable
        except ImportError:
            message = "A document with a `$ref` needs the package referencing; it is not installed."
            raise DocumentError(message) from None
        if self._resolver is None:
            resource = Specification.OPAQUE.create_resource(self._document)
            self._resolver = Registry[Any]().with_resource("", resource).resolver()
        try:
            return self._resolver.lookup(ref).contents
        except (Unresolvable, LookupError, ValueError, TypeError):  # TypeError if a step does not lead into a mapping
            raise SkipOperation(f"The `$ref` {shortened(ref)} points to nothing.") from None
