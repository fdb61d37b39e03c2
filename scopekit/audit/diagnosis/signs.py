"""Facts: what can be known of a denial from outside, by its answer and by a token that nobody verified.

Signs: by what each well-known complaint is known.

A sign is a small function over the facts: it says in a sentence what it found, or returns None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scopekit.audit.diagnosis.responses import Told
from scopekit.audit.facts import Written, find_scopes
from scopekit.clock import human_span
from scopekit.errors import TokenError, shortened
from scopekit.requirements import Requirement
from scopekit.scopes import Scopes, Vocabulary
from scopekit.tokens import Claims, Token, is_numeric_date, parse, parse_leniently

Relation = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answer told, what the token says of itself, and what the call needs: the answer's word comes first.

    `token` is None for a key that is no token, whose form is told by `form`. `requested` is what was asked of the
    issuer.
    """

    told: Told
    token: Token | None
    form: str
    is_strict: bool
    needed: Requirement | None
    vocabulary: Vocabulary
    now: float
    sent: bool
    requested: frozenset[str]

    @property
    def claims(self) -> Claims:
        """The token's claims; none for an opaque key."""
        return self.token.claims if self.token else {}

    @property
    def written(self) -> tuple[Written, ...]:
        """The claims that hold scopes."""
        return find_scopes(self.claims)

    @property
    def held(self) -> Scopes:
        """The scopes held: as the API itself says, or else all that any claim holds, read with goodwill."""
        if self.told.held is not None:
            return self.told.held
        return tuple(dict.fromkeys(name for each in self.written for name in each.split))

    @property
    def blames_scopes(self) -> bool:
        """Whether the answer's reason may be a scope: it says so, it hides, or it is a 401 that blames nothing else."""
        return self.told.blames == "scopes" or (self.told.blames is None and self.told.status in (401, 404))

    @property
    def is_held(self) -> bool:
        """Whether the scopes held, with nothing implied, are what the call needs."""
        return self.satisfies(self.held)

    @property
    def is_implied(self) -> bool:
        """Whether the scopes held are what the call needs by the vocabulary's hierarchy alone."""
        return not self.is_held and self.satisfies(self.vocabulary.expand(self.held))

    def satisfies(self, names: frozenset[str] | Scopes) -> bool:
        """Whether these scopes, and none that they imply, satisfy what the call is known to need."""
        return self.needed is not None and self.needed.satisfied_by(frozenset(names))

    @property
    def nearest(self) -> Scopes:
        """What is lacking of the alternative that lacks least; where several do, of the least privileged one."""
        if self.needed is None:
            return ()
        lacking = (tuple(sorted(each - set(self.held))) for each in self.needed.alternatives)
        return min(lacking, key=lambda names: (len(names), len(self.vocabulary.expand(names)), names))

    def related(self, relation: Relation) -> tuple[str, str] | None:
        """A scope held and one needed that stand in this relation, where the scopes held are not what is needed."""
        if self.needed is None or self.is_held:
            return None
        lacking = sorted(frozenset().union(*self.needed.alternatives) - set(self.held))
        return next(((has, lack) for lack in lacking for has in self.held if relation(has, lack)), None)

    def seconds(self, *names: str) -> float | None:
        """The latest of the times that these claims hold; None where none holds one."""
        return max((self.claims[name] for name in names if is_numeric_date(self.claims.get(name))), default=None)


def read_token(token: Token | str | None) -> tuple[Token | None, str, bool]:
    """The token, what its form is, and whether that is strict; None for text that no reader takes for a token.

    Header parameters that this kit's own guard refuses are nobody's mistake elsewhere, so they are read.
    """
    if token is None:
        return None, "no token to look at", False
    text = str(token)
    try:
        lenient = parse_leniently(text)
    except TokenError:
        return None, "an opaque key, in which nothing can be read", False
    try:
        strict = parse(text, also_in_header=frozenset(lenient.header))
    except TokenError as error:
        return lenient, str(error), False
    return strict, f"{len(text)} characters of strict compact form, NOT VERIFIED", True


Sign = Callable[[Facts], str | None]

# The token itself, before its scopes


def expired(facts: Facts) -> str | None:
    """Past its `exp`, where the API may have refused it for that."""
    ends = facts.seconds("exp")
    if ends is None or ends > facts.now or not _refused_whole(facts, "time"):
        return None
    return f"The token ended {human_span(facts.now - ends)} before the answer."


def not_yet_valid(facts: Facts) -> str | None:
    """Before its `nbf` or `iat`, where the API may have refused it for that."""
    starts = facts.seconds("nbf", "iat")
    if starts is None or starts <= facts.now or not _refused_whole(facts, "time"):
        return None
    return f"The token begins {human_span(starts - facts.now)} after the answer."


def id_token_sign(facts: Facts) -> str | None:
    """What marks a token as an ID token (OpenID Connect Core section 2); None where it has scopes, or no such mark."""
    claims, client = facts.claims, facts.claims.get("azp")
    if facts.token is None or facts.written:
        return None
    if named := next((name for name in ("at_hash", "c_hash", "nonce") if name in claims), None):
        return f"the claim {named!r}"
    if claims.get("typ") == "ID":
        return "a claim 'typ' of 'ID'"
    return "an audience that is its client's id" if client is not None and claims.get("aud") == client else None


def id_token(facts: Facts) -> str | None:
    """An ID token in the place of an access token."""
    sign = id_token_sign(facts)
    return sign and f"This is an ID token, by {sign}: it tells a client who signed in, and opens no API."


def audiences(facts: Facts) -> tuple[str, ...]:
    """The audiences that the token names."""
    named = facts.claims.get("aud")
    return tuple(each for each in (named if isinstance(named, tuple) else (named,)) if isinstance(each, str))


def other_api(facts: Facts) -> str | None:
    """Made for another audience: the answer says so, or its metadata's address does."""
    here = facts.told.resource or facts.told.expected
    blamed = facts.told.blames == "audience"
    if facts.token is None or not (blamed or (facts.told.status == 401 and here == facts.told.resource and here)):
        return None
    named = audiences(facts)
    if here in named and not blamed:
        return None
    known = f"is {shortened(here)}" if here else "is another"
    return f"The token is for {shortened(', '.join(named) or None)}; this API {known}."


def other_issuer(facts: Facts) -> str | None:
    """Made by another issuer, or signed with another environment's key: the answer says so."""
    if facts.token is None or facts.told.blames not in ("issuer", "key", "signature"):
        return None
    here = facts.told.expected
    known = f"takes those of {shortened(here)}" if here else "does not know its issuer or key"
    return f"The token is from {shortened(facts.claims.get('iss'))}; this API {known}."


def _refused_whole(facts: Facts, check: str) -> bool:
    """Whether the API may have refused the token whole, for this check: a 403 says that it was accepted."""
    return facts.told.blames == check or (facts.told.status == 401 and facts.told.blames != "credentials")


# The scope is there, and is not seen


def in_form(fits: Callable[[Written], bool], told: str) -> Sign:
    """A complaint about a claim of this form that holds, read with goodwill, what the call needs."""

    def found(facts: Facts) -> str | None:
        if not facts.blames_scopes:
            return None
        unread = (each for each in facts.written if not _was_read(facts, each))
        fitting = (each for each in unread if fits(each) and facts.satisfies(each.split))
        each = next(fitting, None)
        return each and told.format(claim=each.claim, kind=each.kind)

    return found


def _was_read(facts: Facts, written: Written) -> bool:
    """Whether the API says of some scope in a claim, as it stands there, that the token holds it."""
    return facts.told.held is not None and not set(facts.told.held).isdisjoint(written.plain)


def _tail(written: Written) -> str:
    return written.claim.rpartition("/")[2]


def has_delimiter(written: Written) -> bool:
    """Whether a comma stands between scopes, or a space in one element of a list."""
    return set(written.plain) != set(written.split)


def is_text_for_list(written: Written) -> bool:
    """Whether a claim that is a list by custom is a string."""
    return _tail(written) in ("scopes", "permissions", "roles") and written.kind == "a string"


def is_list_for_text(written: Written) -> bool:
    """Whether `scope`, a string by RFC 8693, is a list."""
    return written.claim == "scope" and written.kind == "a list"


def is_other_claim(*names: str) -> Callable[[Written], bool]:
    """Whether a claim has one of these names."""
    return lambda written: _tail(written) in names


def is_own_namespace(written: Written) -> bool:
    """Whether the claim has an address before its name."""
    return written.claim != _tail(written)


def is_registered(written: Written) -> bool:
    """Whether it is `scope`, a string with spaces."""
    return written.claim == "scope" and written.kind == "a string" and not has_delimiter(written)


# A scope is there that looks like the one needed


def by_name(relation: Callable[[str, str], bool], told: str) -> Sign:
    """A complaint about a scope held that a person takes for one that is needed."""

    def found(facts: Facts) -> str | None:
        pair = facts.related(relation) if facts.blames_scopes else None
        return pair and told.format(has=shortened(pair[0]), lack=shortened(pair[1]))

    return found


def is_other_case(has: str, lack: str) -> bool:
    """Whether they differ by the case of a letter alone."""
    return has != lack and has.lower() == lack.lower()


def is_other_address(has: str, lack: str) -> bool:
    """One of them has an address before it, `https://api.example/read` or `api://x/read`, and they end alike."""
    return ("://" in has) != ("://" in lack) and has.rpartition("/")[2] == lack.rpartition("/")[2]


def is_wildcard(has: str, lack: str) -> bool:
    """Whether the scope held ends in a star that could stand for the other."""
    return has.endswith("*") and lack.startswith(has[:-1])


def is_prefix(has: str, lack: str) -> bool:
    """Whether one begins with the other, and is no child of it by its colon."""
    short, long = sorted((has, lack), key=len)
    return long.startswith(short) and not long.startswith(f"{short}:")


def unknown_hierarchy(facts: Facts) -> str | None:
    """By the vocabulary, or by the custom that `user` stands above `user:email`."""
    if not facts.blames_scopes or facts.is_held:
        return None
    pair = facts.related(lambda has, lack: lack in facts.vocabulary.expand([has]) or lack.startswith(f"{has}:"))
    if pair is None:
        return None
    has, lack = map(shortened, pair)
    return f"The token holds {has}, the parent of {lack}; this API knows no such hierarchy."


# Not for its name


def needs_all(facts: Facts) -> str | None:
    """Some of an alternative is held, and not the whole."""
    if facts.needed is None or facts.is_held or not facts.blames_scopes:
        return None
    for alternative in facts.needed.alternatives:
        if (lacking := sorted(alternative - set(facts.held))) and len(lacking) < len(alternative):
            has = " and ".join(sorted(alternative & set(facts.held)))
            return f"The call needs all of them: {has} held, {' and '.join(lacking)} not held."
    return None


def not_granted(facts: Facts) -> str | None:
    """Asked for, or in a claim of which the API read another scope, and not among what is held."""
    if not facts.blames_scopes or facts.is_held:
        return None
    claimed = {name for each in facts.written if _was_read(facts, each) for name in each.split}
    lost = sorted((facts.requested | claimed) & _named(facts) - set(facts.held))
    return f"{', '.join(lost)} was asked for, and not granted." if lost else None


def _named(facts: Facts) -> frozenset[str]:
    return frozenset().union(*facts.needed.alternatives) if facts.needed else frozenset()


def read_elsewhere(facts: Facts) -> str | None:
    """All is held in the registered claim and form, so the API must look elsewhere."""
    told = "The token holds what the call needs in {claim!r}, as registered; this API reads another claim."
    return in_form(is_registered, told)(facts)


def beyond_scopes(facts: Facts) -> str | None:
    """All is held, and the API may know it: then it asks for more than scopes."""
    if not (facts.blames_scopes and facts.is_held and (facts.told.held is not None or read_elsewhere(facts))):
        return None
    return "The scopes are held; whoever the token acts for lacks the right itself, or the call asks for more."


def hidden(facts: Facts) -> str | None:
    """A 404 where a scope lacks."""
    if facts.told.status != 404 or facts.needed is None or facts.is_held:
        return None
    return "A 404 in place of a 403: the API hides what this token may not see."


def wrong_status(facts: Facts) -> str | None:
    """A 401 for a token that is good and lacks a scope."""
    if facts.told.status != 401 or not (facts.told.blames == "scopes" or _seems_to_lack_one(facts)):
        return None
    return "For a scope that it does not find, this API answers 401, as if the token were no good."


def _seems_to_lack_one(facts: Facts) -> bool:
    """Whether an answer that blames nothing can be explained by a scope alone."""
    if facts.token is None or facts.told.blames is not None or facts.needed is None or facts.is_held:
        return False
    return not (expired(facts) or not_yet_valid(facts) or id_token(facts) or other_api(facts))
