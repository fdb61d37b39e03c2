"""Lint checks tokens, guards and API documents against one table of rules, and lists where a rule is broken.

Each rule has a stable id. The rule says what is wrong, what to do, and which clause of a standard demands it. A finding
may quote scopes, times and numbers that should be text, but no other value of a claim, no key and no token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scopekit.audit.lint.document_rules import DOCUMENT_RULES, Documented
from scopekit.audit.lint.findings import Finding, Findings, Kind, Rule
from scopekit.audit.lint.guard_rules import GUARD_RULES, REFUSED
from scopekit.audit.lint.token_rules import TOKEN_RULES
from scopekit.audit.openapi import Document, read_calls, read_vocabulary
from scopekit.audit.token_facts import Place, TokenFacts
from scopekit.display import Displayed
from scopekit.errors import DocumentError
from scopekit.guard import Guard
from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.tokens import Token

__all__ = ["REFUSED", "RULES", "Documented", "Finding", "Findings", "Place", "Rule", "Rules", "lint", "rules"]

RULES: tuple[Rule, ...] = (*TOKEN_RULES, *GUARD_RULES, *DOCUMENT_RULES)
"""All rules, in one table."""


Lintable = Token | Guard | Sequence[Guard] | Mapping[str, Any] | Document | Documented


class Rules(Displayed, tuple[Rule, ...]):
    """A tuple of rules that prints as a table."""

    __slots__ = ()


def rules(kind: Kind | None = None) -> Rules:
    """The rules for one kind of input (`token`, `guard`, `guards` or `document`), or all rules."""
    return Rules(rule for rule in RULES if kind in (None, rule.kind))


def lint(thing: Lintable, *, vocabulary: Vocabulary | None = None) -> Findings:
    """What the rules find in `thing`: a token, a guard, several guards, or an OpenAPI document (Document or mapping).

    Raises DocumentError if `thing` is anything else. `vocabulary` lists the scopes that a token may have.
    """
    if isinstance(thing, Token):
        return Findings.of(rules("token"), TokenFacts.of(thing, vocabulary or ANY_SCOPE))
    if isinstance(thing, Guard):
        return Findings.of(rules("guard"), thing)
    if isinstance(thing, Mapping):
        thing = Documented(read_calls(thing), read_vocabulary(thing), thing)
    if isinstance(thing, Document):
        thing = Documented(thing.calls, thing.vocabulary, thing.raw)
    if isinstance(thing, Documented):
        return Findings.of(rules("document"), thing)
    if isinstance(thing, Sequence) and thing and all(isinstance(each, Guard) for each in thing):
        each = [Findings.of(rules("guard"), one) for one in thing]
        return Findings.sorted([*Findings.of(rules("guards"), thing), *(found for one in each for found in one)])
    raise DocumentError(f"Lint checks a token, a guard or an OpenAPI document; found {type(thing).__name__}.")
