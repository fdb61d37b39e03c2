"""What a call needs, as one writes it: `repo`, `a or (b and c)`. A requirement reads back as it prints."""

import re

from scopekit.errors import RequirementError, shortened
from scopekit.requirements import NO_SCOPE, Requirement, all_of, any_of

_WORD = re.compile(r"[()]|[^\s()]+")


def read_needs(text: str) -> Requirement:
    """The requirement that `text` says; `and` binds closer than `or`. RequirementError where it cannot be read."""
    words = _WORD.findall(text)
    if words == ["no", "scope"]:
        return NO_SCOPE
    words.reverse()
    found = _either(words, 0)
    if words:
        raise RequirementError(f"Between two scopes stands `and` or `or`; found {shortened(words[-1])}.")
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
            raise RequirementError("A bracket that is opened is closed; found one that is not.")
        return found
    if word in ("", "and", "or", "(", ")"):
        raise RequirementError(f"A scope is wanted; found {f'`{word}`' if word else 'the end'}.")
    return any_of(word)
