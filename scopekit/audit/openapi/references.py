"""References: what a `$ref` points to, within one document and nowhere else.

`referencing` looks them up: the part that jsonschema itself stands on, maintained, typed, and without a network unless
it is given one, so a `$ref` to a file or a URL is reported and never fetched. `jsonschema-path` and `openapi-core`
stand on it and bring requests or Werkzeug along; `prance` fetches what a `$ref` names; `openapi-pydantic` and
`openapi3-parser` read the whole document into models (pydantic is compiled) and refuse it whole for one slip. It takes
0.1 s to import, so it is imported for the first `$ref` that must be followed: the sample API's document has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scopekit.errors import DocumentError, shortened

MAX_HOPS = 32
"""A reference to a reference to a reference: after this many it is taken for a circle."""


class SkipOperation(Exception):
    """An operation of which no call can be made, or should; its text is the reason, as a sentence.

    It is nobody's mistake, so it is not a ScopeKitError, and it never leaves `scopekit.audit`.
    """


class References:
    """The references of one document, each looked up once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document, self._targets = document, dict[str, Any]()
        self._resolver: Any = None

    def follow(self, value: Any) -> Any:
        """What `value` stands for: itself unless it is a reference; SkipOperation where a reference leads nowhere."""
        for _ in range(MAX_HOPS):
            if not isinstance(value, Mapping) or not isinstance(ref := value.get("$ref"), str):
                return value
            if ref not in self._targets:
                self._targets[ref] = self._target(ref)
            value = self._targets[ref]
        raise SkipOperation(f"Its `$ref` {shortened(ref)} leads in a circle.")

    def _target(self, ref: str) -> Any:
        if not ref.startswith("#"):
            raise SkipOperation(f"Its `$ref` {shortened(ref)} leads out of the document.")
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
        except (Unresolvable, LookupError, ValueError, TypeError):  # a TypeError where the way is not through mappings
            raise SkipOperation(f"Its `$ref` {shortened(ref)} leads nowhere.") from None
