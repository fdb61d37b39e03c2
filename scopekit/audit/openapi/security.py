"""Reads which scopes the calls of an API need (Security Requirement Objects of OpenAPI 3.0 and 3.1)."""

from __future__ import annotations

from typing import Any, NamedTuple

from scopekit.audit.openapi.loading import Json, References, SkipOperation
from scopekit.audit.token_facts import is_scope
from scopekit.errors import DocumentError, VocabularyError
from scopekit.requirements import Requirement
from scopekit.scopes import Vocabulary

NO_SCHEMES = "An OpenAPI document must declare its scopes in valid securitySchemes; this one does not."


class Access(NamedTuple):
    """What a call needs, according to one `security` field of an OpenAPI document.

    `requirement` is what a token must hold, or None if the document does not say. `public` is true if the call needs no
    token. `other` is true if the call needs a credential other than a token.
    """

    requirement: Requirement | None
    public: bool
    other: bool = False


class Schemes:
    """The security schemes of an OpenAPI document. A scheme of type oauth2, openIdConnect or http bearer takes a token.

    A scheme that the document uses but does not declare also counts as a scheme that takes a token.
    """

    def __init__(self, document: Json, references: References) -> None:
        self._declared: dict[str, Json] = {}
        try:
            for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
                try:
                    self._declared[name] = references.follow(scheme)
                except SkipOperation:  # counts as not declared
                    self._declared[name] = {}
                self._declared[name].get("type")
        except AttributeError:
            raise DocumentError(NO_SCHEMES) from None

    def access(self, security: Any) -> Access:
        """Reads the value of a `security` field: a list of alternatives, or None. Raises TypeError for other values.

        Drops each alternative that needs a credential other than a token, such as an API key. If no alternative is
        left, the requirement is None. If one alternative needs no token, the requirement still consists of the others.
        """
        if security is None:
            return Access(None, public=False)
        alternatives = [
            {scheme: [_of(str, name) for name in _of(list | tuple, names)] for scheme, names in one.items()}
            for one in _of(list | tuple, security)
        ]
        public = not alternatives or {} in alternatives
        by_token = dict.fromkeys(
            frozenset(name for names in one.values() for name in names)
            for one in alternatives
            if one and all(_takes_token(self._declared.get(scheme)) for scheme in one)
        )
        requirement = Requirement(tuple(by_token)) if by_token else None
        return Access(requirement, public, other=not public and requirement is None)

    def vocabulary(self) -> Vocabulary:
        """The scopes that the schemes declare. The field `x-scope-implies` says which scopes imply others.

        Raises DocumentError if the schemes cannot be read. Leaves out each name that is not a scope-token (RFC 6749
        section 3.3), because no token can carry such a name.
        """
        descriptions: dict[str, str] = {}
        implies: dict[str, list[str]] = {}
        try:
            for scheme in filter(_takes_token, self._declared.values()):
                for flow in scheme.get("flows", {}).values():
                    texts = (flow.get("scopes") or {}).items()
                    descriptions |= {name: str(text or "") for name, text in texts if is_scope(name)}
                for parent, children in (scheme.get("x-scope-implies") or {}).items():
                    implies.setdefault(parent, []).extend(children)
                    if "flows" not in scheme:  # a bearer scheme has no other place for its scopes
                        descriptions |= {name: "" for name in (parent, *children) if is_scope(name)}
        except (TypeError, AttributeError):
            raise DocumentError(NO_SCHEMES) from None
        named = {parent: list(filter(is_scope, below)) for parent, below in implies.items() if is_scope(parent)}
        try:
            return Vocabulary(descriptions, named)
        except VocabularyError as error:
            raise DocumentError(f"An OpenAPI document's x-scope-implies cannot be read. {error}") from None


def _takes_token(scheme: Json | None) -> bool:
    kind = "oauth2" if scheme is None else scheme.get("type", "oauth2")
    bearer = scheme is not None and str(scheme.get("scheme")).lower() == "bearer"
    return kind in ("oauth2", "openIdConnect") or (kind == "http" and bearer)


def _of(kind: Any, value: Any) -> Any:
    """Returns the value. Raises TypeError if the value is not of the type `kind`."""
    if not isinstance(value, kind):
        raise TypeError(f"{kind} is needed")
    return value
