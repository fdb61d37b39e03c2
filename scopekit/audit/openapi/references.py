"""References: what a `$ref` points to, within one document and nowhere else.

`referencing` looks them up: the part that jsonschema itself stands on, kept, typed, and without a network unless one
hands it one, so a `$ref` to a file or a URL is told and never fetched. `jsonschema-path` and `openapi-core` stand on it
and bring requests or Werkzeug along; `prance` fetches what a `$ref` names; `openapi-pydantic` and `openapi3-parser`
read the whole document into models (pydantic is compiled) and refuse it whole for one slip. It takes 0.1 s to
import, so it is imported for the first `$ref` that must be followed: the sample API's document has none such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scopekit.errors import DocumentError, shortened

MOST_HOPS = 32
"""A reference to a reference to a reference: after this many it is taken for a circle."""


class Untried(Exception):
    """An operation of which no call can be made, or should; its text is the reason, and its reader's to show.

    It is nobody's mistake, so it is no ScopeKitError, and it never leaves `scopekit.audit`.
    """


class References:
    """The references of one document, each looked up once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._found: dict[str, Any] = {}
        self._lookup: Callable[[str], Any] | None = None

    def follow(self, value: Any) -> Any:
        """What `value` stands for: itself where it is no reference; Untried where a reference leads nowhere."""
        for _ in range(MOST_HOPS):
            if not isinstance(value, Mapping) or not isinstance(ref := value.get("$ref"), str):
                return value
            if ref not in self._found:
                self._found[ref] = self._target(ref)
            value = self._found[ref]
        raise Untried(f"Its `$ref` {shortened(ref)} leads in a circle.")

    def _target(self, ref: str) -> Any:
        if not ref.startswith("#"):
            raise Untried(f"Its `$ref` {shortened(ref)} leads out of the document.")
        self._lookup = self._lookup or _lookup(self._document)
        try:
            return self._lookup(ref)
        except (
            LookupError,
            ValueError,
            TypeError,
        ):  # no mapping on the way is a TypeError
            raise Untried(f"Its `$ref` {shortened(ref)} leads nowhere.") from None


def _lookup(document: Mapping[str, Any]) -> Callable[[str], Any]:
    """What finds the target of a reference, and raises a LookupError where there is none."""
    try:
        from referencing import Registry, Specification
        from referencing.exceptions import Unresolvable
    except ImportError:
        raise DocumentError("A document with a `$ref` needs the package referencing; it is not installed.") from None
    registry: Registry[Any] = Registry()
    resolver = registry.with_resource("", Specification.OPAQUE.create_resource(document)).resolver()

    def found(ref: str) -> Any:
        try:
            return resolver.lookup(ref).contents
        except Unresolvable:
            raise LookupError(ref) from None

    return found
