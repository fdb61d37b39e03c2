"""The errors of the kit: one class for each kind of problem.

    ScopeKitError
    ├── ScopeError            a text is not a scope, notation or requirement, or a claim cannot be read as scopes
    ├── VocabularyError       scopes imply each other in a circle, or the API does not know a scope
    ├── KeyRefused            a key is too short, of the wrong kind, or twice in one set
    ├── KeysUnavailable       a remote key set cannot be fetched, and no earlier copy is still trusted
    │   └── KeysUnusable          the source answers, but not with keys that this kit can trust; waiting does not help
    ├── TokenError            a text is not a token in strict form, or a token cannot be minted
    ├── PolicyError           a guard's settings are not safe
    ├── StoreError            a denylist cannot be used
    │   ├── StoreMissing          the denylist does not exist, and `create=True` was not given
    │   └── StoreUnavailable      the denylist exists but does not answer: it is locked, corrupt or gone
    ├── DocumentError         an API's document or response cannot be read
    ├── InputError            a command or an audit cannot use a file, a folder, an address or an option
    └── LabError              a call, a Lab or an exercise does not exist, or the Lab cannot use what it was given

Each error says what was needed and what was found. A ScopeError also keeps the value that was found. No error holds a
secret or a whole token.
"""

from __future__ import annotations


class ScopeKitError(Exception):
    """The base class of all errors of the kit: `except ScopeKitError` catches each of them."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: one sentence and no traceback, because the kit's own code is not at fault."""
        return [f"{type(self).__name__}: {self}"]


class ScopeError(ScopeKitError):
    """A text is not a scope, notation or requirement, or a claim cannot be read as scopes. `value` is what was read."""

    def __init__(self, message: str, value: object = None) -> None:
        super().__init__(message)
        self.value = value


class VocabularyError(ScopeKitError):
    """Scopes imply each other in a circle, or the API's vocabulary does not know a scope."""


class KeyRefused(ScopeKitError):
    """A key is too short, of the wrong kind, or twice in one set."""


class KeysUnavailable(ScopeKitError):
    """A remote key set cannot be fetched, and no earlier copy is still trusted."""


class KeysUnusable(KeysUnavailable):
    """The source of a key set answers, but not with keys that this kit can trust. Waiting does not help."""


class TokenError(ScopeKitError):
    """A text is not a token in strict form, or a token cannot be minted."""


class PolicyError(ScopeKitError):
    """A guard's settings are not safe."""


class StoreError(ScopeKitError):
    """A denylist cannot be used."""


class StoreMissing(StoreError):
    """The denylist does not exist, and `create=True` was not given."""


class StoreUnavailable(StoreError):
    """The denylist exists but does not answer: it is locked, corrupt or gone."""


class DocumentError(ScopeKitError):
    """An API's document or response cannot be read."""


class InputError(ScopeKitError):
    """A command, an audit or the sample API cannot use a file, a folder, an address or an option."""


class LabError(ScopeKitError):
    """A call, a Lab or an exercise does not exist, or the Lab cannot use what it was given."""
