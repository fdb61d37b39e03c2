"""Facts: what can be known of a denial from outside, by its answer and by a token that nobody verified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scopekit.errors import TokenError
from scopekit.requirements import Requirement
from scopekit.scopes import Scopes, Vocabulary
from scopekit.survey.denial.answers import Told
from scopekit.survey.denial.claims import Written, find_scopes
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
