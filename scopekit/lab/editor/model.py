"""The token editor as a plain object: a token as text, which one decodes, verifies and signs, each on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from sample_api.mounts import PROFILES
from scopekit.decision import Decision
from scopekit.errors import TokenError, counted
from scopekit.issuer import sign
from scopekit.keys import Key
from scopekit.lab.editor import parts
from scopekit.lab.live import Live
from scopekit.tokens import Claims, Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

FOREIGN = "This token is not of this lesson: do not paste live tokens."
MAX_UNDONE = 100


class Written(NamedTuple):
    """What stands in the editor: the text, where its signature comes from, and whether the token is a stranger's."""

    text: str
    signature: str
    foreign: bool = False
    redacted: bool = False


class TokenEditor(Live):
    """A token's text, which is decoded with every change, and verified and signed only when that is asked for.

    `token` is what the strict parser reads in `text`, or None, and then `problem` is its sentence; `header` and
    `claims` are what a careless reader finds all the same. `header_json` and `claims_json` are the two to edit: what is
    written there goes into the text, under the signature that was there. `verified` is None after each change. `said`
    tells what the last change was.
    """

    VIEW = "TokenEditorView"

    text: str
    token: Token | None
    problem: str
    header: dict[str, Any] | None
    claims: dict[str, Any] | None
    header_json: str
    claims_json: str
    header_problem: str
    claims_problem: str
    verified: Decision | None

    def __init__(self, lab: World, token: object = None, name: str = "") -> None:
        super().__init__(lab, name)
        self.lab = lab
        self.forgotten = 0
        """How many times all that was there before has been forgotten."""
        self._past: list[Written] = []
        self._kind = ""
        if token is None:
            self._now = Written(str(lab.mint(["public_repo"])), "as it was minted")
        else:
            self._now = self._given(str(token), "as it was given")
        self._followed = self._now.text
        self.said = ""
        self._read()

    # What stands in it

    @property
    def signature(self) -> str:
        """Where the signature comes from."""
        return self._now.signature if parts.split(self.text)[2] else "none"

    @property
    def foreign(self) -> bool:
        """Whether the token names an issuer that has no key in this lab, so that it may be a live one."""
        return self._now.foreign

    @property
    def hidden(self) -> bool:
        """Whether nothing of the token may be shown where it is kept: it is, or was, a stranger's."""
        return self._now.foreign or self._now.redacted

    @property
    def undoes(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def decoded(self) -> str:
        """What a reader finds in it, in words; a key is needed for none of it."""
        if self.header is None and self.claims is None:
            return "nothing"
        return f"{_named(self.header, 'header')}, {_named(self.claims, 'claims')}"

    # What one does with it

    def write(self, text: str, *, pasted: bool = False) -> None:
        """Puts a text in the place of the one there; typing on is one change, and so is each text pasted."""
        self._put(self._given(text, "as it was written"), "" if pasted else "write")
        self.said = self.problem or f"Decoded: {self.decoded}. Not verified yet."
        self.changed()

    def write_header(self, json_text: str) -> None:
        """Puts a header, written as JSON, in the place of the one there; the signature stays as it was."""
        self._edit(0, json_text, parts.read_header)

    def write_claims(self, json_text: str) -> None:
        """Puts claims, written as JSON, in the place of those there; the signature stays as it was."""
        self._edit(1, json_text, parts.read_claims)

    def verify(self) -> Decision:
        """Has the guard of the API that the token is for check it, whatever scopes it holds."""
        found = self.verified = self.lab.guard_of(self.text).explain(f"Bearer {self.text}")
        told = f"The check {found.check} says no: {found.step(found.check).found}." if found.check else ""
        self.said = told or "Verified: the guard takes it."
        self.changed()
        return found

    def sign(self) -> None:
        """Signs the header and the claims with the lab's key for their audience; TokenError where they cannot be."""
        for name, problem in (("header", self.header_problem), ("claims", self.claims_problem)):
            if problem:
                raise TokenError(f"What is signed is JSON; mend the {name} first. {problem}")
        if self.header is None or self.claims is None:
            raise TokenError("What is signed is a header and claims, each a JSON object; this text does not hold both.")
        key = self.key
        self._put(self._now._replace(
            text=str(sign(self.header, self.claims, key)), signature=f"made here with key {key.kid!r}, {key.alg}",
        ))  # fmt: skip
        self.said = f"Signed with key {key.kid!r}. Not verified yet."
        self.changed()

    def flip(self, part: str) -> None:
        """Flips one bit of the header, the claims or the signature; a second time flips it back."""
        if part not in parts.PARTS:
            raise TokenError(f"A part is one of {', '.join(parts.PARTS)}; found another.")
        origin = "with a bit flipped" if part == "signature" else f"made before a bit of the {part} was flipped"
        self._put(self._now._replace(text=parts.flipped(self.text, part), signature=origin))
        self.said = f"One bit of the {part} is flipped. Not verified yet."
        self.changed()

    def strip(self) -> None:
        """Takes the signature away, and leaves the dot before it."""
        first, second, _ = parts.split(self.text)
        self._put(self._now._replace(text=f"{first}.{second}."))
        self.said = "The signature is gone. Not verified yet."
        self.changed()

    def undo(self) -> None:
        """Takes the last change back; TokenError where there is none."""
        if not self._past:
            raise TokenError("There is no change to take back.")
        self._now, self._kind = self._past.pop(), ""
        self._read()
        self.said = "The last change is taken back. Not verified yet."
        self.changed()

    def redact(self) -> None:
        """Puts a token of the same structure in the place of this one, and forgets this one and all before it.

        Neither its signature nor a claim that names somebody is left. What is no token is forgotten as a whole.
        """
        text = parts.redacted(self.text)
        self._now = Written(text, "replaced, so that it opens nothing", redacted=True)
        self._past.clear()
        self._kind = ""
        self.forgotten += 1
        self._read()
        self.said = "Redacted: the signature, and who and which token it was, are replaced; the original is forgotten."
        self.changed()

    def follow(self, token: Token) -> None:
        """Puts a token here once it has come in place of the one before; that can be undone."""
        if (text := str(token)) != self._followed:
            self._followed = text
            self._put(self._given(text, "as it was minted"))
            self.said = f"A new token was minted. Decoded: {self.decoded}. Not verified yet."
            self.changed()

    def moved(self) -> None:
        """Counts as not verified again: time has passed, or something been taken back."""
        if self.verified is not None:
            self.verified, self.said = None, "The clock or the denylist has changed. Not verified any more."
        self.changed()

    @property
    def key(self) -> Key:
        """The lab's key that signs for the audience in the claims, the issuer's own where the lab knows none such."""
        tenant = (self.claims or {}).get("aud", "")
        keys: tuple[Key, ...] = (*self.lab.state.tenants.of_issuer(tenant), *self.lab.state.keys)
        return keys[0]

    def _given(self, text: str, signature: str) -> Written:
        text = _clean(text)
        return Written(text, signature, foreign=self._is_foreign(text))

    def _is_foreign(self, text: str) -> bool:
        """Whether the token names nobody of this lab: by `iss`, by `aud` without one, by `kid` without either."""
        header, claims = (parts.read_part(part) for part in parts.split(parts.bare(text))[:2])
        if header is None and claims is None:
            return False
        keys = [*self.lab.state.keys, *self.lab.state.tenants]
        owners = [key.issuer for key in keys]
        if claims and "iss" in claims:
            return claims["iss"] not in owners
        if claims and "aud" in claims:
            named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
            return not any(each in (*owners, *PROFILES) for each in named)
        return (header or {}).get("kid") not in [key.kid for key in keys]

    def _edit(self, place: int, json_text: str, read: Callable[[str], Claims]) -> None:
        """Puts what was written in a box into the text, if it can be read; both boxes stay as they were written."""
        part = parts.PARTS[place]
        if json_text != getattr(self, f"{part}_json"):
            setattr(self, f"{part}_json", json_text)
            try:
                value, problem = read(json_text), ""
            except TokenError as error:
                value, problem = None, str(error)
            setattr(self, f"{part}_problem", problem)
            self.verified, self.said = None, problem and f"The token stays as it is. {problem}"
            if value is not None:
                self._replace(place, value)
        self.changed()

    def _replace(self, place: int, value: Claims) -> None:
        written, part = parts.split(self.text), parts.PARTS[place]
        written[place] = parts.write_part(value)
        kept = self.header_json, self.claims_json, self.header_problem, self.claims_problem
        if (text := ".".join(written)) != self.text:
            self._put(self._now._replace(text=text, signature=f"made before the {part} changed"), part)
            self.said = f"The {part} changed, and the signature is the old one. Not verified yet."
        self.header_json, self.claims_json, self.header_problem, self.claims_problem = kept

    def _put(self, new: Written, kind: str = "") -> None:
        """Puts `new` in the place of what is there; changes of one kind, one after another, are undone as one."""
        if new != self._now and not (kind and kind == self._kind):
            self._past = [*self._past, self._now][-MAX_UNDONE:]
        self._now, self._kind = new, kind
        self._read()

    def _read(self) -> None:
        self.text, self.verified, self.token, self.problem = self._now.text, None, None, ""
        try:
            self.token = Token.parse(self.text)
        except TokenError as error:
            self.problem = f"{error}{_hint(self.text)}" if self.text else "Type or paste a token."
        first, second, _ = parts.split(parts.bare(self.text))
        self.header, self.claims = parts.read_part(first), parts.read_part(second)
        self.header_json, self.claims_json = _json(self.header), _json(self.claims)
        self.header_problem = self.claims_problem = ""


def _clean(text: str) -> str:
    """Text as a page has it: one kind of line break, and no half of a character."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\r\n", "\n").replace("\r", "\n")


def _hint(text: str) -> str:
    """What is often copied along with a token and is none of it."""
    if text[:7].lower() == "bearer ":
        return " It begins with the word Bearer, which is no part of a token."
    return " There is white space in it." if any(each.isspace() for each in text) else ""


def _json(value: dict[str, Any] | None) -> str:
    return "" if value is None else parts.legible(value, indent=2)


def _named(value: dict[str, Any] | None, name: str) -> str:
    return f"no {name}" if value is None else f"{name} of {counted(len(value), 'name')}"
