"""The decision ladder: the guard's decision on one call with one token, check by check, and the guard's answer."""

from __future__ import annotations

from scopekit.decision import Decision
from scopekit.errors import TokenError
from scopekit.http import Answer, answer
from scopekit.lab.live import Live
from scopekit.lab.world.credentials import token_name
from scopekit.lab.world.world import World
from scopekit.tokens import Token

NO_TOKEN = "no token"


class DecisionLadder(Live):
    """The guard's decision on one call with the first of `tokens`, or without a token.

    Set `ladder.call` or `ladder.token` to ask about another call or token. A new token is added to `tokens`. If the
    token is for an API without this call, the ladder moves to the first call of that API. Raises LabError if no call
    has that name, or if the token is an opaque key, which no guard checks.
    """

    def __init__(self, lab: World, call: str, *tokens: object, name: str = "") -> None:
        self.lab = lab
        self.tokens = tuple(_read(token) for token in tokens if token is not None)
        self._token = _read(tokens[0]) if tokens else None
        self._call = lab.call_named(call, self._token).name
        for token in self.tokens:
            lab.explain(lab.calls_for(token)[0].name, token)
        super().__init__(lab, name)

    @property
    def call(self) -> str:
        """The name of the call that the decision is about."""
        return self._call

    @call.setter
    def call(self, name: str) -> None:
        self._ask(self.lab.call_named(name, self._token).name, self._token)

    @property
    def token(self) -> object:
        """The token that the decision is about, or text that is not a token. None if the call has no token."""
        return self._token

    @token.setter
    def token(self, token: object) -> None:
        read = _read(token)
        names = [call.name for call in self.lab.calls_for(read)]
        self._ask(self._call if self._call in names else names[0], read)

    @property
    def calls(self) -> tuple[str, ...]:
        """The names of all calls of the token's API."""
        return tuple(dict.fromkeys(call.name for call in self.lab.calls_for(self._token)))

    @property
    def choices(self) -> dict[str, object]:
        """The tokens to choose from, each under a name. The last choice is to send no token."""
        return {token_name(number, token): token for number, token in enumerate(self.tokens, 1)} | {NO_TOKEN: None}

    @property
    def chosen(self) -> str:
        """The name, in `choices`, of the token that the decision is about."""
        return next(name for name, token in self.choices.items() if token == self._token)

    @property
    def decision(self) -> Decision:
        """The decision at the current time of the lab's clock, with a step for every check."""
        return self.lab.explain(self._call, self._token)

    def wire(self, decision: Decision) -> Answer | None:
        """The guard's answer to the caller. None if the guard allows the call, because then the API answers."""
        return None if decision else answer(decision, self.lab.guard_of(self._token).policy.audience or "api")

    def follow(self, token: object) -> None:
        """Replaces the first token with the given token, and asks for the decision on the new token."""
        if (read := _read(token)) != next(iter(self.tokens), None):
            self.tokens = (read, *(each for each in self.tokens[1:] if each != read))
            self._token = None
            self.token = read

    def moved(self) -> None:
        """Asks for the decision again, because the clock or the denylist has changed."""
        self.changed()

    def _ask(self, call: str, token: object) -> None:
        if (call, token) == (self._call, self._token):
            return
        self.lab.explain(call, token)
        if token is not None and token not in self.tokens:
            self.tokens += (token,)
        self._call, self._token = call, token
        self.changed()


def _read(token: object) -> object:
    """Parses text that is a token. Other text stays text, so that a guard can say what is wrong with it."""
    if not isinstance(token, str):
        return token
    try:
        return Token.parse(token)
    except TokenError:
        return token
