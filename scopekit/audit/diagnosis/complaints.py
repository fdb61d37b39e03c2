"""The well-known reasons for "insufficient scope, but my token has it", and for similar complaints.

Each complaint is a row of one table. A function in the row returns a sentence if the complaint fits, and None if not.
The table begins with the likeliest complaint. Of the complaints that fit, those about the check that the response
blames come before all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from scopekit.audit.diagnosis.responses import ApiAnswer
from scopekit.audit.token_facts import Place, ScopeClaim, TokenFacts, scopes_of, value_in_words
from scopekit.requirements import Requirement
from scopekit.scopes import Scopes, Vocabulary
from scopekit.tokens import Token
from scopekit.wording import human_span, shortened


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the response says, what the token says, and what the call needs. If they disagree, the response counts.

    `token` is None for an opaque key, or if there is no token; `form` says in words what was found. `requested` are the
    scopes that the issuer was asked for. `sent` says whether the request is known to have carried credentials.
    """

    answer: ApiAnswer
    token: Token | None
    form: str
    is_strict: bool
    needed: Requirement | None
    vocabulary: Vocabulary
    now: float
    sent: bool
    requested: frozenset[str]

    @property
    def facts(self) -> TokenFacts:
        """The facts about the token. There are none for an opaque key."""
        return TokenFacts(self.token.claims, self.token.header) if self.token else TokenFacts({})

    @property
    def granted(self) -> Scopes:
        """The token's scopes, as the response lists them or, without a list, as read leniently from any claim."""
        return scopes_of(self.facts.claims) if self.answer.granted is None else self.answer.granted

    @property
    def blames_scopes(self) -> bool:
        """Whether scopes may explain the denial: the response blames them, or is a 401 or 404 that blames nothing."""
        return self.answer.blames == "scopes" or (self.answer.blames is None and self.answer.status in (401, 404))

    @property
    def is_granted(self) -> bool:
        """Whether the token's scopes are enough for the call if implied scopes do not count."""
        return self.satisfies(self.granted)

    @property
    def lacks_scopes(self) -> bool:
        """Whether scopes may explain the denial, and the token lacks what the call needs."""
        return self.blames_scopes and not self.is_granted

    @property
    def is_implied(self) -> bool:
        """Whether the token's scopes are enough for the call only if implied scopes count."""
        return not self.is_granted and self.satisfies(self.vocabulary.expand(self.granted))

    def satisfies(self, names: frozenset[str] | Scopes) -> bool:
        """Whether `names`, without implied scopes, are enough for the call. False if the call's needs are unknown."""
        return self.needed is not None and self.needed.satisfied_by(frozenset(names))

    def may_refuse_for(self, check: str) -> bool:
        """Whether `check` may have failed: the response blames it, or is a 401 that does not blame `credentials`."""
        blames = self.answer.blames
        return blames == check or (self.answer.status == 401 and blames != "credentials")

    @property
    def nearest(self) -> Scopes:
        """The fewest scopes that the token lacks for the call.

        Of several equally small sets, the set that implies the fewest scopes is taken.
        """
        if self.needed is None:
            return ()
        lacking = (tuple(sorted(each - set(self.granted))) for each in self.needed.alternatives)
        return min(lacking, key=lambda names: (len(names), len(self.vocabulary.expand(names)), names))

    @property
    def wanted(self) -> frozenset[str]:
        """Every scope that the call's requirement names."""
        return frozenset().union(*self.needed.alternatives) if self.needed else frozenset()

    def was_read(self, claim: ScopeClaim) -> bool:
        """Whether the API read `claim`: the response lists a scope that the claim holds in the same form."""
        return self.answer.granted is not None and not set(self.answer.granted).isdisjoint(claim.plain)


USUAL = (401, 403, 404)
"""The statuses with which an API refuses a token (RFC 6750 section 3.1), or hides what the token may not see."""

Sign = Callable[[Evidence], str | None]


class Complaint(NamedTuple):
    """A complaint that fits: a stable id, a sentence on what was found, the cheapest fix, and the rule's source."""

    id: str
    sentence: str
    fix: str
    source: str


class KnownComplaint(NamedTuple):
    """One well-known complaint about one `check`. `sign` returns a sentence if the complaint fits, and None if not."""

    id: str
    check: str
    sign: Sign
    fix: str
    source: str


def fitting(evidence: Evidence) -> tuple[Complaint, ...]:
    """The complaints that fit the evidence, the likeliest first. There are none if the token simply lacks the scope.

    With an unusual status, such as 422, only the status and the check that the response blames count.
    """
    answer = evidence.answer
    usual = answer.status in USUAL
    # An ID token without scopes explains everything: an API blames its audience, or a scope that it never had.
    first = (answer.blames, None if evidence.facts.scope_claims else "type")
    ranked = sorted(COMPLAINTS, key=lambda each: each.check not in first)
    about = [each for each in ranked if answer.blames and (each.check == answer.blames or each.sign is not_401)]
    sentences = ((each, each.sign(evidence)) for each in (ranked if usual else about))
    return tuple(Complaint(each.id, sentence, each.fix, each.source) for each, sentence in sentences if sentence)


def odd_time(evidence: Evidence) -> Place | None:
    """The first time of the token that is not a number of seconds, with what it is instead."""
    return next(chain(evidence.facts.milliseconds(), evidence.facts.time_that_is_not_a_number()), None)


def milliseconds(evidence: Evidence) -> str | None:
    """A time is in milliseconds or a smaller unit, and that may be why the API refused the token."""
    odd = next(evidence.facts.milliseconds(), None)
    if odd is None or not evidence.may_refuse_for("time"):
        return None
    return f"{odd.name} is {odd.found}; an API reads it as seconds, thousands of years ahead."


def time_that_is_no_number(evidence: Evidence) -> str | None:
    """A time is not a number, and that may be why the API refused the token."""
    odd = next(evidence.facts.time_that_is_not_a_number(), None)
    if odd is None or not (evidence.may_refuse_for("time") or evidence.may_refuse_for("form")):
        return None
    return f"{odd.name} is {odd.found}; a time must be a number of seconds since 1970."


def id_that_is_not_text(evidence: Evidence) -> str | None:
    """A member such as `sub` is not text, and that may be why the API refused the token."""
    odd = next(evidence.facts.ids_that_are_not_text(), None)
    if odd is None or not evidence.may_refuse_for("form"):
        return None
    return f"{odd.name} is {odd.found}, but it must be text; many libraries refuse such a token."


def expired(evidence: Evidence) -> str | None:
    """The token has expired, and that may be why the API refused it."""
    ends = evidence.facts.seconds("exp")
    if ends is None or ends > evidence.now or not evidence.may_refuse_for("time"):
        return None
    return f"The token expired {human_span(evidence.now - ends)} before the answer."


def not_yet_valid(evidence: Evidence) -> str | None:
    """According to `nbf` or `iat`, the token is not valid yet, and that may be why the API refused it."""
    starts = evidence.facts.seconds("nbf", "iat")
    if starts is None or starts <= evidence.now or not evidence.may_refuse_for("time"):
        return None
    return f"The token becomes valid {human_span(starts - evidence.now)} after the answer."


def id_token_mark(evidence: Evidence) -> str | None:
    """Describes what marks the token as an ID token. None if nothing does."""
    mark = next(evidence.facts.id_token(), None)
    return mark and (f"the claim {mark.name!r}" + (f", {mark.found}" if mark.found else ""))


def id_token(evidence: Evidence) -> str | None:
    """The token is an ID token, but the API needs an access token."""
    mark = id_token_mark(evidence)
    return mark and f"This is an ID token (it has {mark}): it tells a client who signed in, and opens no API."


def other_api(evidence: Evidence) -> str | None:
    """The token is for another audience, according to the response or to the address of the API's metadata."""
    answer, named = evidence.answer, evidence.facts.audiences
    here, blamed = answer.resource or answer.expected, answer.blames == "audience"
    by_metadata = answer.status == 401 and here == answer.resource and here and here not in named
    if evidence.token is None or not (blamed or by_metadata):
        return None
    known = f"is {shortened(here)}" if here else "is another one"
    return f"The token is for {shortened(', '.join(named) or None)}; this API {known}."


def other_issuer(evidence: Evidence) -> str | None:
    """The response says that the token is from another issuer, or was signed in another environment."""
    if evidence.token is None or evidence.answer.blames not in ("issuer", "key", "signature"):
        return None
    here = evidence.answer.expected
    known = f"accepts tokens of {shortened(here)}" if here else "does not know its issuer or key"
    return f"The token is from {value_in_words(evidence.token.claims.get('iss'))}; this API {known}."


def in_form(fits: Callable[[ScopeClaim], object], sentence: str) -> Sign:
    """Makes the `sign` of a complaint that a claim holds the needed scopes, but the API does not read this claim."""

    def sign(evidence: Evidence) -> str | None:
        for each in evidence.facts.scope_claims if evidence.blames_scopes else ():
            if fits(each) and not evidence.was_read(each) and evidence.satisfies(each.split):
                return sentence.format(claim=each.claim, kind=each.kind)
        return None

    return sign


def by_name(relation: Callable[[str, str], bool], sentence: str) -> Sign:
    """Makes the `sign` of a complaint that the token holds a scope which people may confuse with a needed one."""

    def sign(evidence: Evidence) -> str | None:
        for lack in sorted(evidence.wanted - set(evidence.granted)) if evidence.lacks_scopes else ():
            for has in evidence.granted:
                if relation(has, lack):
                    return sentence.format(has=shortened(has), lack=shortened(lack))
        return None

    return sign


def is_other_address(has: str, lack: str) -> bool:
    """Whether two scopes differ only in an address before one of them, like `https://api.example/read` and `read`."""
    return ("://" in has) != ("://" in lack) and has.rpartition("/")[2] == lack.rpartition("/")[2]


def is_prefix(has: str, lack: str) -> bool:
    """Whether one of two scopes begins with the other and is not its child. A child of `user` is `user:email`."""
    short, long = sorted((has, lack), key=len)
    return long.startswith(short) and not long.startswith(f"{short}:")


def unknown_hierarchy(evidence: Evidence) -> str | None:
    """The token holds the needed scope's parent, such as `user` for `user:email`, but the API ignores the hierarchy."""
    implies = evidence.vocabulary.expand
    sentence = "The token holds {has}, the parent of {lack}; in this API, a parent does not imply its children."
    return by_name(lambda has, lack: lack in implies([has]) or lack.startswith(f"{has}:"), sentence)(evidence)


def needs_all(evidence: Evidence) -> str | None:
    """The call needs several scopes together, but the token holds only some of them."""
    for alternative in evidence.needed.alternatives if evidence.needed and evidence.lacks_scopes else ():
        has, lacking = sorted(alternative & set(evidence.granted)), sorted(alternative - set(evidence.granted))
        if has and lacking:
            return f"The token holds {' and '.join(has)}, but the call also needs {' and '.join(lacking)}."
    return None


def not_granted(evidence: Evidence) -> str | None:
    """A needed scope was not granted, although it was requested or is in a claim that the API reads."""
    claims = (each for each in evidence.facts.scope_claims if evidence.was_read(each))
    claimed = {name for each in claims for name in each.split}
    lost = sorted((evidence.requested | claimed) & evidence.wanted - set(evidence.granted))
    return f"{', '.join(lost)} was requested, but not granted." if lost and evidence.lacks_scopes else None


def read_elsewhere(evidence: Evidence) -> str | None:
    """The claim `scope` holds the needed scopes in the right form, so the API must read another claim."""
    sentence = "The token has the scopes in {claim!r}, the registered claim; this API reads another claim."
    form = ("scope", "a string", ())
    return in_form(lambda each: (each.claim, each.kind, each.delimited) == form, sentence)(evidence)


def beyond_scopes(evidence: Evidence) -> str | None:
    """The token holds all needed scopes, and the API can see them, so the API must ask for more than scopes."""
    known = evidence.answer.granted is not None or read_elsewhere(evidence)
    if not (evidence.blames_scopes and evidence.is_granted and known):
        return None
    return "The token has the scopes, but its user or client lacks a permission, or the call needs more."


def hidden(evidence: Evidence) -> str | None:
    """The token lacks a scope, and the API answered 404 to hide what exists."""
    if evidence.answer.status != 404 or evidence.needed is None or evidence.is_granted:
        return None
    return "The API answers 404 instead of 403 to hide what this token may not see."


def wrong_status(evidence: Evidence) -> str | None:
    """The API answered 401 to a valid token that only lacks a scope; 403 would be right."""
    answer, unexplained = evidence.answer, evidence.token and evidence.needed and not evidence.is_granted
    if answer.blames is None and unexplained:
        unexplained = not any(sign(evidence) for sign in (expired, not_yet_valid, id_token, other_api))
    if answer.status != 401 or not (answer.blames == "scopes" or (answer.blames is None and unexplained)):
        return None
    return "This API answers 401 if a scope is missing, as if the token were invalid."


def not_401(evidence: Evidence) -> str | None:
    """The API refused the token with a status that does not tell a client to renew the token."""
    if evidence.answer.status in USUAL or evidence.answer.error == "invalid_request":
        return None
    return f"This API refuses the token with {evidence.answer.status}, so a client does not know that it needs another."


_SCOPE = "RFC 6749 section 3.3"
_CLAIM = "RFC 8693 section 4.2"

COMPLAINTS: tuple[KnownComplaint, ...] = (
    KnownComplaint("milliseconds", "time", milliseconds,
              "Have the issuer write seconds: divide milliseconds by 1000.", "RFC 7519 section 2"),
    KnownComplaint("time-no-number", "time", time_that_is_no_number,
              "Have the issuer write times as numbers of seconds.", "RFC 7519 section 2"),
    KnownComplaint("id-no-text", "form", id_that_is_not_text,
              "Have the issuer write it as text.", "RFC 7519 section 4.1"),
    KnownComplaint("expired", "time", expired,
              "Ask for a new token.", "RFC 7519 section 4.1.4"),
    KnownComplaint("not-yet-valid", "time", not_yet_valid,
              "Wait, or set the issuer's clock.", "RFC 7519 section 4.1.5"),
    KnownComplaint("id-token", "type", id_token,
              "Send the access token that was issued with it.", "OpenID Connect Core 1.0 section 2"),
    KnownComplaint("other-api", "audience", other_api,
              "Ask the issuer for a token whose audience is this API.", "RFC 7519 section 4.1.3, RFC 8707 section 2"),
    KnownComplaint("other-issuer", "issuer", other_issuer,
              "Ask for a token from the issuer of this API's environment.", "RFC 8725 section 3.8"),
    KnownComplaint("delimiter", "scopes", in_form(lambda each: each.delimited,
              "{claim!r} is {kind} with the wrong separator between scopes: the API reads several as one."),
              "Separate the scopes in a string with one space; in a list, give each its own element.", _SCOPE),
    KnownComplaint("list-for-string", "scopes", in_form(lambda each: each.is_list_for_text,
              "{claim!r} is {kind}; the API expects one string with spaces."),
              "Have the issuer write 'scope' as one string with spaces.", _CLAIM),
    KnownComplaint("string-for-list", "scopes", in_form(lambda each: each.is_text_for_list,
              "{claim!r} is {kind}; the API expects a list and reads a string letter by letter."),
              "Have the issuer write a list, or 'scope' as one string.", f"{_CLAIM}; express-jwt-authz, README"),
    KnownComplaint("own-namespace", "scopes", in_form(lambda each: each.is_namespaced,
              "The scopes are in {claim!r}, a claim with an address in its name; the API reads 'scope'."),
              "Have the issuer write 'scope', or have the API read that claim.", _CLAIM),
    KnownComplaint("permissions-not-scope", "scopes", in_form(lambda each: each.name in ("permissions", "roles"),
              "The scopes are in {claim!r}, the claim of role-based access control; the API reads 'scope'."),
              "Ask the issuer for it as a scope, or have the API read that claim.", f"{_CLAIM}; Auth0, RBAC for APIs"),
    KnownComplaint("vendor-claim", "scopes", in_form(lambda each: each.name in ("scp",),
              "The scopes are in {claim!r}, a claim of some vendors; the API reads 'scope'."),
              "Have the API read 'scp' too, or have the issuer write 'scope'.", _CLAIM),
    KnownComplaint("claim-name", "scopes", in_form(lambda each: each.name in ("scopes", "authorization_details"),
              "The scopes are in {claim!r}; the API reads the registered claim, 'scope'."),
              "Have the issuer write 'scope', one string with spaces.", _CLAIM),
    KnownComplaint("letter-case", "scopes", by_name(lambda has, lack: has.lower() == lack.lower(),
              "The token holds {has}, but the call needs {lack}: scopes are case-sensitive."),
              "Ask for the scope in the API's own spelling.", _SCOPE),
    KnownComplaint("address-before-scope", "scopes", by_name(is_other_address,
              "The token holds {has}, but the call needs {lack}: the address before a scope is part of its name."),
              "Use the form that the API compares with, in the token or in the API.", _SCOPE),
    KnownComplaint("wildcard", "scopes", by_name(lambda has, lack: has.endswith("*") and lack.startswith(has[:-1]),
              "The token holds {has}; no standard lets a star stand for {lack}."),
              "Ask for the scope by its whole name.", _SCOPE),
    KnownComplaint("unknown-hierarchy", "scopes", unknown_hierarchy,
              "Ask for the child by its exact name.", _SCOPE),
    KnownComplaint("prefix", "scopes", by_name(is_prefix,
              "The token holds {has}, but the call needs {lack}: they begin alike, but are different."),
              "Ask for the whole scope.", _SCOPE),
    KnownComplaint("not-granted", "scopes", not_granted,
              "Ask whoever grants scopes; a client may get fewer than it requests.", f"{_SCOPE}, section 5.1"),
    KnownComplaint("needs-all", "scopes", needs_all,
              "Ask for all of them in one token.", "RFC 6750 section 3"),
    KnownComplaint("read-elsewhere", "scopes", read_elsewhere,
              "Find out which claim the API reads: 'scopes', 'scp', 'permissions' or another one.", _CLAIM),
    KnownComplaint("beyond-scopes", "scopes", beyond_scopes,
              "Check the permissions of the user or client; a scope adds none.", "GitHub, Scopes for OAuth apps"),
    KnownComplaint("hidden", "scopes", hidden,
              "Ask for the scope, and call again.", "RFC 9110 section 15.5.4"),
    KnownComplaint("401-for-scope", "scopes", wrong_status,
              "Have the API answer 403 insufficient_scope.", "RFC 6750 section 3.1"),
    KnownComplaint("not-401", "credentials", not_401,
              "Have the API answer 401 invalid_token, or 403 for a missing scope.", "RFC 6750 section 3.1"),
)  # fmt: skip
"""The well-known complaints, the likeliest first."""
