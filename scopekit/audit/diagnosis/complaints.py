"""Complaints: the well-known reasons for "insufficient scope, but my token has it", and for the denials around it.

Each is one row and one sign over the facts, which says what it found or nothing. The likeliest comes first; one
that belongs to the check that the answer itself blames comes before all others.
"""

from __future__ import annotations

from typing import NamedTuple

from scopekit.audit.diagnosis import signs
from scopekit.audit.diagnosis.signs import Facts, Sign


class Diagnosis(NamedTuple):
    """A complaint that fits: its stable id, what was found, the cheapest fix, and the source of the rule."""

    id: str
    sentence: str
    fix: str
    source: str


class Complaint(NamedTuple):
    """One well-known complaint; `found` returns its sentence where it fits. `check` is the step that it belongs to."""

    id: str
    check: str
    found: Sign
    fix: str
    source: str


def diagnose(facts: Facts) -> tuple[Diagnosis, ...]:
    """The complaints that fit a denial, the likeliest first; none where the token simply lacks the scope."""
    if facts.told.status not in (401, 403, 404):
        return ()
    # The sign of an ID token is strong, and what an API blames in one is its audience, or a scope it never had.
    ranked = sorted(COMPLAINTS, key=lambda each: each.check not in (facts.told.blames, "type"))
    found = ((each, each.found(facts)) for each in ranked)
    return tuple(Diagnosis(each.id, sentence, each.fix, each.source) for each, sentence in found if sentence)


_SCOPE = "RFC 6749 section 3.3"
_CLAIM = "RFC 8693 section 4.2"

COMPLAINTS: tuple[Complaint, ...] = (
    Complaint("expired", "time", signs.expired,
              "Ask for a new token.", "RFC 7519 section 4.1.4"),
    Complaint("not-yet-valid", "time", signs.not_yet_valid,
              "Wait, or set the issuer's clock.", "RFC 7519 section 4.1.5"),
    Complaint("id-token", "type", signs.id_token,
              "Send the access token, which came beside it.", "OpenID Connect Core 1.0 section 2"),
    Complaint("other-api", "audience", signs.other_api,
              "Ask the issuer for a token whose audience is this API.", "RFC 7519 section 4.1.3, RFC 8707 section 2"),
    Complaint("other-issuer", "issuer", signs.other_issuer,
              "Ask for a token where this API's own environment has them issued.", "RFC 8725 section 3.8"),
    Complaint("delimiter", "scopes", signs.in_form(signs.has_delimiter,
              "{claim!r} holds scopes that are not parted as its form, {kind}, has it: the API reads several as one."),
              "Part the scopes in a string with one space, and give each an element of its own in a list.", _SCOPE),
    Complaint("list-for-string", "scopes", signs.in_form(signs.is_list_for_text,
              "{claim!r} is {kind}; the API reads one string with spaces."),
              "Have the issuer write 'scope' as one string with spaces.", _CLAIM),
    Complaint("string-for-list", "scopes", signs.in_form(signs.is_text_for_list,
              "{claim!r} is {kind}; the API reads a list, and takes a string for letters."),
              "Have the issuer write a list, or 'scope' as one string.", f"{_CLAIM}; express-jwt-authz, README"),
    Complaint("own-namespace", "scopes", signs.in_form(signs.is_own_namespace,
              "The scopes are in {claim!r}, a claim of somebody's own; the API reads 'scope'."),
              "Have the issuer write 'scope', or have the API read that claim.", _CLAIM),
    Complaint("permissions-not-scope", "scopes", signs.in_form(signs.is_other_claim("permissions", "roles"),
              "What the call needs is in {claim!r}, which role-based access control fills; the API reads 'scope'."),
              "Ask the issuer for it as a scope, or have the API read that claim.", f"{_CLAIM}; Auth0, RBAC for APIs"),
    Complaint("vendor-claim", "scopes", signs.in_form(signs.is_other_claim("scp"),
              "The scopes are in {claim!r}, as some vendors have it; the API reads 'scope'."),
              "Have the API read 'scp' too, or the issuer write 'scope'.", _CLAIM),
    Complaint("claim-name", "scopes", signs.in_form(signs.is_other_claim("scopes", "authorization_details"),
              "The scopes are in {claim!r}; the registered claim, which the API reads, is 'scope'."),
              "Have the issuer write 'scope', one string with spaces.", _CLAIM),
    Complaint("letter-case", "scopes", signs.by_name(signs.is_other_case,
              "The token holds {has}, the call needs {lack}: scopes differ by the case of a letter."),
              "Ask for the scope in the API's own spelling.", _SCOPE),
    Complaint("address-before-scope", "scopes", signs.by_name(signs.is_other_address,
              "The token holds {has}, the call needs {lack}: an address before a scope is a part of it."),
              "Use the form that the API compares with, in the token or in the API.", _SCOPE),
    Complaint("wildcard", "scopes", signs.by_name(signs.is_wildcard,
              "The token holds {has}; no standard makes a star stand for {lack}."),
              "Ask for the scope by its whole name.", _SCOPE),
    Complaint("unknown-hierarchy", "scopes", signs.unknown_hierarchy,
              "Ask for the child by its exact name.", _SCOPE),
    Complaint("prefix", "scopes", signs.by_name(signs.is_prefix,
              "The token holds {has}, the call needs {lack}, which begins alike and is another scope."),
              "Ask for the whole scope.", _SCOPE),
    Complaint("not-granted", "scopes", signs.not_granted,
              "Ask whoever grants it; a client may be granted less than it asks for.", f"{_SCOPE}, section 5.1"),
    Complaint("needs-all", "scopes", signs.needs_all,
              "Ask for all of them in one token.", "RFC 6750 section 3"),
    Complaint("read-elsewhere", "scopes", signs.read_elsewhere,
              "Look which claim the API reads: 'scopes', 'scp', 'permissions' or one of its own.", _CLAIM),
    Complaint("beyond-scopes", "scopes", signs.beyond_scopes,
              "Look at the rights of the user or client itself; a scope adds none.", "GitHub, Scopes for OAuth apps"),
    Complaint("hidden", "scopes", signs.hidden,
              "Ask for the scope, and call again.", "RFC 9110 section 15.5.4"),
    Complaint("401-for-scope", "scopes", signs.wrong_status,
              "Have the API answer 403 insufficient_scope.", "RFC 6750 section 3.1"),
)  # fmt: skip
"""The well-known complaints, the likeliest first."""
