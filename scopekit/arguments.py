"""Checks the arguments of the functions that people call themselves against the type hints of the parameters.

Somebody who mixes up two arguments should read one sentence that says what was needed and what was found. Without the
check, Python would raise an AttributeError deep in the kit, or the mistake would go unnoticed until the first request.
No sentence shows a text or bytes that were found, because they could be a secret.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from scopekit.errors import PolicyError, ScopeKitError
from scopekit.wording import no_such, shortened

P = ParamSpec("P")
T = TypeVar("T")

MOST_SECONDS = 10**9  # about 30 years; some systems cannot wait longer
Seconds = Annotated[float, "a number of seconds, 0 or more and below 10^9"]
"""A length of time that is not negative."""

_RULES = {
    "KeySet": "a KeySet: KeySet([key]) of keys, RemoteKeySet(url, issuer) of an address",
    "Profile": "a Profile, such as RFC9068 or one of scopekit.profiles",
    "Vocabulary": "a Vocabulary({scope: description, ...})",
    "Notation": "one such as notation('oauth')",
    "Requirement": "any_of(...) or all_of(...) of scopes",
    "str": "text",
    "bytes": "bytes",
    "bool": "True or False",
    "int": "a whole number",
    "float": "a number",
    "Mapping": "a mapping",
    "PathLike": "a path",
    "Callable": "a function",
}
_METHODS = {"Clock": "now", "Denylist": "find", "KeysInTurn": "signing_key"}
"""The method that shows what an object is; its other methods are needed later, or never."""
_ENTRIES = {str: "text", bytes: "bytes", tuple: "pairs", frozenset: "sets", object: "values"}
_UNIONS = (Union, UnionType)
_SEVERAL = (Iterable, Collection, list, tuple, set, frozenset)


def checked(
    error: type[ScopeKitError] = PolicyError,
    whose: str = "",
    *methods: str,
    when: Literal["first", "last", "failed"] = "first",
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A decorator of a function whose arguments must fit the type hints. Raises `error` if one does not.

    It is also a decorator of a class, for its constructor and these `methods`. With `whose`, a sentence about the
    constructor begins with it and the argument's name, as in "A guard's keys must be ...". The check runs `first`; or
    `last`, where the function has sentences of its own; or only if the function has `failed` with an error that a wrong
    argument causes (TypeError, AttributeError, KeyError, ValueError), where a good call must cost nothing.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        if isinstance(function, type):
            for name in ("__init__", *methods):
                found = vars(function)[name]
                plain = _checking(getattr(found, "__func__", found), error, "" if name in methods else whose, when)
                setattr(function, name, classmethod(plain) if isinstance(found, classmethod) else plain)
            return function
        return _checking(function, error, whose, when)

    return decorate


def _checking(function: Callable[P, T], error: type[ScopeKitError], whose: str, when: str) -> Callable[P, T]:
    def check(args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
        if wrong := _mistake(function, whose, args, kwargs):
            raise error(wrong) from None

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        if when == "first":
            check(args, kwargs)
        try:
            result = function(*args, **kwargs)
        except (TypeError, AttributeError, KeyError, ValueError):
            check(args, kwargs)
            raise
        if when == "last":
            check(args, kwargs)
        return result

    return call


def _mistake(function: Callable[..., Any], whose: str, args: tuple[object, ...], kwargs: Mapping[str, object]) -> str:
    """What is wrong with the arguments of a call, in one sentence, or "" if nothing is."""
    name = function.__qualname__.removesuffix(".__init__")
    signature, hints = _read(function)
    if inspect.Parameter.VAR_KEYWORD not in {each.kind for each in signature.parameters.values()}:
        for each in kwargs.keys() - signature.parameters.keys():
            return no_such(f"{name}() has no argument", each, signature.parameters)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as reason:
        return f"{name}() cannot be called like this: {reason}."
    for each, hint in hints.items():
        if each in given and not _fits_safely(given[each], hint):
            what = f"{whose} {each}" if whose else f"The argument {each!r} of {name}()"
            rule = " or ".join(dict.fromkeys(_rules(hint)))
            found = type(given[each]).__name__ if each == "password" else _found(given[each])
            return f"{what} must be {rule}; found {found}."
    return ""


@functools.cache
def _read(function: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, Any]]:
    """The signature and the type hints of a function, without the hints that only a type checker can read."""
    signature, hints = inspect.signature(function), dict[str, Any]()
    for name, parameter in signature.parameters.items():
        one_by_one = (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if parameter.annotation is not parameter.empty and parameter.kind not in one_by_one:
            alone = SimpleNamespace(__annotations__={name: parameter.annotation})
            try:
                hints |= get_type_hints(alone, inspect.unwrap(function).__globals__, include_extras=True)
            except NameError:
                continue
    return signature, hints


def _fits_safely(value: Any, hint: Any) -> bool:
    try:
        return _fits(value, hint)
    except Exception:  # some objects only look like a list: the request of a web framework, say
        return False


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value fits a type hint. A value of one that is not known here fits."""
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind in _UNIONS:
        return any(_fits(value, each) for each in inner)
    if kind is Annotated:
        return _fits(value, inner[0]) and bool(0 <= value < MOST_SECONDS)
    if kind is Callable:
        return callable(value)
    if kind in _SEVERAL:
        least = Iterable if kind is Iterable else Collection  # what reads a value twice cannot take an iterator
        several = isinstance(value, least) and not isinstance(value, str | bytes | Mapping)
        if not several or not inner or not isinstance(value, Collection):  # an iterator is read only once
            return several
        pair = kind is tuple and inner[-1] is not ...
        return (not pair or len(value) == len(inner)) and all(_fits(each, inner[0]) for each in value)
    if kind is Mapping:
        named = isinstance(value, Mapping) or hasattr(value, "items")
        return named and all(_fits(each, inner[0]) and _fits(value[each], inner[1]) for each in value)
    if not isinstance(kind, type) or kind in (Any, object):
        return True
    if kind.__name__ in _METHODS:
        method = getattr(value, _METHODS[kind.__name__], None)
        return callable(method) and not isinstance(value, type | str | bytes | datetime)
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool)
    return isinstance(value, kind)


def _rules(hint: Any) -> Iterator[str]:
    """What a type hint asks for, in words: one text for each of its alternatives. Leaves out None."""
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind in _UNIONS:
        for each in inner:
            yield from () if each is NoneType else _rules(each)
    elif kind is Annotated:
        yield inner[1]
    elif kind in _SEVERAL:
        one = inner[0] if inner else None
        kinds = [each for each in (get_args(one) if get_origin(one) in _UNIONS else inner[:1]) if each is not NoneType]
        entries = [_ENTRIES.get(get_origin(each) or each) or f"{each.__name__} objects" for each in kinds]
        yield f"a list of {' or '.join(entries)}" if entries else "a list"
    elif name := _METHODS.get(kind.__name__):
        yield f"an object with a method `{name}`"
    else:
        yield _RULES.get(kind.__name__, f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}")


def _found(value: object) -> str:
    """The kind of a value that was found, and of what is in it, in words that show no text or bytes."""
    kind = "None" if value is None else type(value).__name__
    if isinstance(value, type | int | float):
        return f"{value.__name__}, a class" if isinstance(value, type) else f"{kind} {shortened(value)}"
    inner = value if isinstance(value, list | tuple | set | frozenset | dict) else ()
    kinds = ", ".join(sorted({type(each).__name__ for each in inner}))
    return f"{kind} of {kinds}" if kinds else kind
