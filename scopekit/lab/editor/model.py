"""The token editor: a token as text, with decoding, verifying and signing as three separate steps.

Only `Token.parse` and the guard decide what is accepted; the functions that read one part are lenient.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any, NamedTuple

from sample_api.mounts import PROFILES
from scopekit.decision import Decision
from scopekit.errors import TokenError
from scopekit.issuer import sign
from scopekit.keys import Key, base64url
from scopekit.lab.live import Live
from scopekit.lab.world.world import World
from scopekit.tokens import Claims, Token
from scopekit.wording import counted

FOREIGN = "This token is not from this lesson: do not paste live tokens."
MAX_UNDONE = 100

PARTS = ("header", "claims", "signature")

PERSONAL = ("sub", "jti", "parent_jti", "sid", "nonce", "email", "name", "preferred_username", "phone_number")
"""The claims that identify a person, or one particular token."""
REDACTED = "redacted"

_NEAR = 96
"""How many bytes around a part's middle `flipped` tries, to find one whose change leaves the part readable."""
_DEEPEST = 100


def split(text: str) -> list[str]:
    """The text split into three parts at its first two dots; missing parts are empty."""
    return [*text.split(".", 2), "", ""][:3]


def bare(text: str) -> str:
    """Removes what is often copied along with a token: all white space, and the word Bearer at the beginning."""
    words = text.split()
    return "".join(words[1:] if words and words[0].lower() == "bearer" else words)


def read_part(part: str) -> dict[str, Any] | None:
    """Reads the JSON object in one part of a token, without strict checks. Returns None if there is no object."""

    def is_deep(value: Any, left: int = _DEEPEST) -> bool:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return left == 0 or any(is_deep(each, left - 1) for each in inner)

    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8"))
        return value if isinstance(value, dict) and not is_deep(value) else None
    except (ValueError, RecursionError):
        return None


def write_part(value: Claims) -> str:
    """Encodes an object as one part of a token, as an issuer does: as base64url of JSON without spaces."""
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def read_header(json_text: str) -> dict[str, Any]:
    """Reads a header from JSON text. If the text is not a valid header, raises the strict parser's TokenError."""
    return Token.parse(f"{base64url(json_text.encode('utf-8', 'surrogatepass'))}.{write_part({})}.")._header


def read_claims(json_text: str) -> dict[str, Any]:
    """Reads claims from JSON text. If the text does not hold valid claims, raises the strict parser's TokenError."""
    return Token.parse(f"{write_part({})}.{base64url(json_text.encode('utf-8', 'surrogatepass'))}.")._claims


def legible(value: object, indent: int | None = None) -> str:
    """A value as JSON, with unprintable characters escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=dict)
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def flipped(text: str, part: str) -> str:
    """Flips one bit in `part` of the token. If possible, all names in the header and the claims stay the same.

    A second call flips the same bit again, which restores the token.
    """
    parts, at = split(text), PARTS.index(part)
    try:
        raw = urlsafe_b64decode(parts[at] + "=" * (-len(parts[at]) % 4))
    except ValueError:
        raise TokenError(f"The {part} is not base64url, so none of its bits can be flipped.") from None
    if not raw:
        raise TokenError(f"The {part} is empty; it has no bit to flip.")
    from_middle = sorted(range(len(raw)), key=lambda place: abs(place - len(raw) // 2))[:_NEAR]
    candidates = []
    for place in from_middle:
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        candidates.append(".".join([*parts[:at], base64url(changed), *parts[at + 1 :]]))
    names = _names(text)
    return next((each for each in candidates if names and _names(each) == names), candidates[0])


def _names(text: str) -> tuple[str, ...]:
    """The names in a token's header and claims; empty if the text is not a token."""
    try:
        token = Token.parse(text)
    except TokenError:
        return ()
    return (*token.header, *token.claims)


def redacted(text: str) -> str:
    """Makes the token in `text` useless and anonymous, but keeps its structure. Empty if `text` is not a token."""

    def nameless(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: REDACTED if name in PERSONAL else nameless(each) for name, each in value.items()}
        return [nameless(each) for each in value] if isinstance(value, list) else value

    first, second, third = split(bare(text))
    header, claims = read_part(first), read_part(second)
    if header is None or claims is None:
        return ""
    return f"{write_part(header)}.{write_part(nameless(claims))}.{'A' * len(third)}"


class EditorText(NamedTuple):
    """The editor's content: the text, where its signature comes from, and whether the token is foreign or redacted."""

    text: str
    signature: str
    foreign: bool = False
    redacted: bool = False


class TokenEditor(Live):
    """A token as text to edit. Every change decodes the token. Only `verify` verifies it, and only `sign` signs it.

    `token` is what the strict parser reads in `text`. If the parser fails, `token` is None and `problem` says why.
    `header` and `claims` are what a lenient reader still finds. `header_json` and `claims_json` hold both as JSON text.
    An edit of this JSON changes `text`, but keeps the old signature. `verified` is the guard's decision, and becomes
    None after each change. `said` describes the last change.
    """

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
        """How many times the editor has forgotten its earlier texts."""
        self._past: list[EditorText] = []
        self._kind = ""
        if token is None:
            self._now = EditorText(str(lab.mint(["public_repo"])), "as it was minted")
        else:
            self._now = self._given(str(token), "as it was given")
        self._followed = self._now.text
        self.said = ""
        self._read()

    # The content

    @property
    def signature(self) -> str:
        """Says in words where the signature comes from."""
        return self._now.signature if split(self.text)[2] else "none"

    @property
    def foreign(self) -> bool:
        """Whether the token comes from outside this lab, so that a real API might accept it."""
        return self._now.foreign

    @property
    def hidden(self) -> bool:
        """Whether a saved notebook must not show the token, because it is foreign or was redacted."""
        return self._now.foreign or self._now.redacted

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._past)

    @property
    def decoded(self) -> str:
        """Says in words what anyone can read in the token without a key."""
        if self.header is None and self.claims is None:
            return "nothing"
        sizes = {"header": self.header, "claims": self.claims}.items()
        return ", ".join(
            f"no {name}" if each is None else f"{name} of {counted(len(each), 'name')}" for name, each in sizes
        )

    @property
    def key(self) -> Key:
        """The key that `sign` uses: the key of the tenant named in `aud`, or else the key of the lab's main issuer."""
        tenant = (self.claims or {}).get("aud", "")
        keys: tuple[Key, ...] = (*self.lab.state.tenants.of_issuer(tenant), *self.lab.state.keys)
        return keys[0]

    # What can be done with it

    def write(self, text: str, *, pasted: bool = False) -> None:
        """Replaces the text. One `undo` takes back one paste, or all consecutive typing."""
        self._put(self._given(text, "as it was written"), "" if pasted else "write")
        self.said = self.problem or f"Decoded: {self.decoded}. Not verified yet."
        self.changed()

    def write_header(self, json_text: str) -> None:
        """Replaces the header with the JSON in `json_text`, and keeps the signature."""
        self._edit(0, json_text, read_header)

    def write_claims(self, json_text: str) -> None:
        """Replaces the claims with the JSON in `json_text`, and keeps the signature."""
        self._edit(1, json_text, read_claims)

    def verify(self) -> Decision:
        """Asks the guard of the token's API for a decision, without requiring any scope."""
        decision = self.verified = self.lab.guard_of(self.text).explain(f"Bearer {self.text}")
        check = decision.check
        self.said = (
            f"The check {check} says no: {decision.step(check).found}." if check else "Verified: the guard takes it."
        )
        self.changed()
        return decision

    def sign(self) -> None:
        """Signs the header and the claims with `key`. Raises TokenError if they cannot be read or signed."""
        for name, problem in (("header", self.header_problem), ("claims", self.claims_problem)):
            if problem:
                raise TokenError(f"Only JSON can be signed; correct the {name} first. {problem}")
        if self.header is None or self.claims is None:
            raise TokenError("Signing needs a header and claims, each a JSON object; this text does not hold both.")
        key = self.key
        text = str(sign(self.header, self.claims, key))
        self._put(self._now._replace(text=text, signature=f"made here with key {key.kid!r}, {key.alg}"))
        self.said = f"Signed with key {key.kid!r}. Not verified yet."
        self.changed()

    def flip(self, part: str) -> None:
        """Flips one bit of `part`: the header, the claims or the signature. A second call flips the bit back."""
        if part not in PARTS:
            raise TokenError(f"The part must be one of {', '.join(PARTS)}.")
        origin = "with a bit flipped" if part == "signature" else f"made before a bit of the {part} was flipped"
        self._put(self._now._replace(text=flipped(self.text, part), signature=origin))
        self.said = f"One bit of the {part} is flipped. Not verified yet."
        self.changed()

    def strip(self) -> None:
        """Removes the signature, and leaves the dot before it."""
        first, second, _ = split(self.text)
        self._put(self._now._replace(text=f"{first}.{second}."))
        self.said = "The signature is gone. Not verified yet."
        self.changed()

    def undo(self) -> None:
        """Undoes the last change. Raises TokenError if there is none."""
        if not self._past:
            raise TokenError("There is no change to undo.")
        self._now, self._kind = self._past.pop(), ""
        self._read()
        self.said = "The last change is undone. Not verified yet."
        self.changed()

    def redact(self) -> None:
        """Replaces the token with a harmless one of the same structure, and forgets all earlier texts.

        No signature and no claim that identifies a person remains. Text that is not a token is removed entirely.
        """
        self._now = EditorText(redacted(self.text), "replaced, so that it opens nothing", redacted=True)
        self._past.clear()
        self._kind = ""
        self.forgotten += 1
        self._read()
        self.said = "Redacted: the signature and all identifying claims are replaced; the original is forgotten."
        self.changed()

    def follow(self, token: Token) -> None:
        """Replaces the token with a newly minted one. `undo` brings the old token back."""
        if (text := str(token)) != self._followed:
            self._followed = text
            self._put(self._given(text, "as it was minted"))
            self.said = f"A new token was minted. Decoded: {self.decoded}. Not verified yet."
            self.changed()

    def moved(self) -> None:
        """Marks the token as not verified, because the clock or the denylist has changed."""
        if self.verified is not None:
            self.verified, self.said = None, "The clock or the denylist has changed. Not verified any more."
        self.changed()

    def _given(self, text: str, signature: str) -> EditorText:
        """The text as a text box would hold it: with one kind of line break, and no lone surrogates (half characters).

        Also decides whether the token is foreign, which means that this lab does not know its `iss`. For a token
        without `iss`, its `aud` decides. For a token without `iss` and `aud`, its `kid` decides.
        """
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text = whole.replace("\r\n", "\n").replace("\r", "\n")
        header, claims = (read_part(part) for part in split(bare(text))[:2])
        keys = [*self.lab.state.keys, *self.lab.state.tenants]
        owners = [key.issuer for key in keys]
        if claims and "iss" in claims:
            foreign = claims["iss"] not in owners
        elif claims and "aud" in claims:
            audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
            foreign = not any(each in (*owners, *PROFILES) for each in audiences)
        elif header is None and claims is None:
            foreign = False
        else:
            foreign = (header or {}).get("kid") not in [key.kid for key in keys]
        return EditorText(text, signature, foreign)

    def _edit(self, place: int, json_text: str, read: Callable[[str], Claims]) -> None:
        """Writes `json_text` into a part of the token if `read` accepts it. Both JSON boxes keep the text as typed."""
        part = PARTS[place]
        if json_text != getattr(self, f"{part}_json"):
            setattr(self, f"{part}_json", json_text)
            setattr(self, f"{part}_problem", "")
            self.verified, self.said = None, ""
            try:
                parts = split(self.text)
                parts[place] = write_part(read(json_text))
            except TokenError as error:
                setattr(self, f"{part}_problem", str(error))
                self.said = f"The token stays as it is. {error}"
            else:
                boxes = self.header_json, self.claims_json, self.header_problem, self.claims_problem
                if (text := ".".join(parts)) != self.text:
                    self._put(self._now._replace(text=text, signature=f"made before the {part} changed"), part)
                    self.said = f"The {part} changed, and the signature is the old one. Not verified yet."
                self.header_json, self.claims_json, self.header_problem, self.claims_problem = boxes
        self.changed()

    def _put(self, new: EditorText, kind: str = "") -> None:
        """Replaces the content with `new`. One `undo` takes back all consecutive changes of the same `kind`."""
        if new != self._now and not (kind and kind == self._kind):
            self._past = [*self._past, self._now][-MAX_UNDONE:]
        self._now, self._kind = new, kind
        self._read()

    def _read(self) -> None:
        text = self.text = self._now.text
        self.verified, self.token, self.problem = None, None, ""
        try:
            self.token = Token.parse(text)
        except TokenError as error:
            hint = ""  # names text that is often copied along with a token
            if text[:7].lower() == "bearer ":
                hint = " It begins with the word Bearer, which is not part of a token."
            elif any(each.isspace() for each in text):
                hint = " There is white space in it."
            self.problem = f"{error}{hint}" if text else "Type or paste a token."
        self.header, self.claims = (read_part(part) for part in split(bare(text))[:2])
        self.header_json, self.claims_json = (
            "" if each is None else legible(each, indent=2) for each in (self.header, self.claims)
        )
        self.header_problem = self.claims_problem = ""
