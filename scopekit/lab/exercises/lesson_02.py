"""Lesson 02, what is inside a token: verified by hand, signed by hand, and the spellings of one signature."""

from __future__ import annotations

import hmac
import string
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scopekit.errors import LabError
from scopekit.issuer import sign
from scopekit.keys import Key, base64url
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

CLEAN = "delete a repository"
ALPHABET = string.ascii_letters + string.digits + "-_"


def judge_verifies(lab: World, answer: object) -> Verdict:
    """The function is true of a token and the secret that signed it, however old it is, and of nothing else."""
    verifies: Callable[[str, bytes], Any] = answers.function(answer)
    good, secret = lab.mint(["public_repo"], ttl_seconds=60), lab.secret("key")
    if not verifies(str(good), secret):
        return not_yet("A token that was signed with this secret: your function does not say that it verifies.")
    elsewhere = sign(good.header, good.claims, Key("lab-1", lab.secret("elsewhere")))
    if _says(verifies, str(elsewhere), secret) is True:
        if _says(verifies, "not.a.token", secret) is True:
            return mistaken(
                "signing is verifying",
                "It says yes to all that has three parts, as the page did. Compare with the signature that came in.",
            )
        return mistaken(
            "reading is verifying", "It says yes to a token that another secret signed. Anyone can write what you read."
        )
    lab.clock.advance(61)
    if not verifies(str(good), secret) or not verifies(str(elsewhere), lab.secret("elsewhere")):
        return mistaken(
            "verified means allowed",
            "It says no to a token that was signed with just the secret given: one that has expired, or one of "
            "another issuer. Whether a guard would take it is a question of its own.",
        )
    return _of_what_is_no_token(lab, verifies, good)


def _of_what_is_no_token(lab: World, verifies: Callable[[str, bytes], Any], good: Token) -> Verdict:
    secret, (header, claims, signature) = lab.secret("key"), str(good).split(".")
    two_parts = f"{header}.{_signature(header, secret)}"
    forged = f"{header}.{base64url(b'{}')}.{signature}"
    tried = {
        "a token with other claims": forged, "a token without its signature": f"{header}.{claims}.",
        "an empty text": "", "a text without dots": "repo", "a text of two parts, signed": two_parts,
        "a text with an accent": "caf\u00e9.caf\u00e9.caf\u00e9",
    }  # fmt: skip
    for name, text in tried.items():
        if (found := _says(verifies, text, secret)) is not False:
            told = f"For {name}, your function {'says yes' if found else 'stops with an error'}."
            return mistaken("all that comes in is a token", f"{told} Anybody can send anything.")
    return passed(f"It says what it should of all {len(tried) + 4}: you have verified by hand.")


def judge_signed(lab: World, answer: object) -> Verdict:
    """The API takes the token for deleting, and it opens nothing else but the profile."""
    token = answers.token(answer)
    if lab.explain(CLEAN, token).check == "signature":
        return _of_signature(lab, token)
    opened = lab.matrix(token).allowed()
    if CLEAN not in opened:
        return not_yet("The API does not take it for deleting a repository: look at `lab.explain` for this call.")
    if len(opened) > 2:
        return not_yet(f"It deletes, and opens {len(opened) - 2} more than it should: `delete_repo` is to be alone.")
    if isinstance(answer, Token):
        return unintended("The API takes it, and the Lab signed it for you. Can you make the text of it yourself?")
    return passed("The API takes it. You held the secret, so you were the issuer.")


def _of_signature(lab: World, token: Token) -> Verdict:
    key = next(iter(lab.state.keys))
    before = sign(token.header, {**token.claims, "scopes": ["public_repo"]}, key)
    if token.signature == before.signature:
        return mistaken(
            "the old signature will do", "This is the signature of the token before the change. It is over every byte."
        )
    if token.signature == key.sign(str(token).split(".")[1].encode()):
        return mistaken(
            "the claims alone are signed", "You signed the claims alone. The header and the dot belong to the text too."
        )
    if not token.signature or _is_hexadecimal(str(token).split(".")[2]):
        return mistaken(
            "a signature is any text of the right bytes",
            "A signature is there in base64url, made from the bytes; this one is missing, or in hexadecimal.",
        )
    return not_yet("This is not the signature that the Lab's secret makes over the first two parts and their dot.")


def judge_spellings(lab: World, answer: object) -> Verdict:
    """The number of last characters with which a guard that reads carelessly takes the token."""
    number, token = answers.whole_number(answer), lab.mint(["public_repo"])
    careless = lab.guard_of(token).without("form")
    taken = [each for each in ALPHABET if careless.decide(f"Bearer {str(token)[:-1]}{each}")]
    if number == len(taken):
        return passed(f"All {len(ALPHABET)} were tried, and a careless guard takes {number}. A strict one takes one.")
    if number == 1:
        return mistaken("one signature, one text", "You have seen two. How many bits of the last character are left?")
    if number == 2:
        return mistaken("two bits are two spellings", "Two bits are left over, that is right. What can two bits be?")
    return not_yet(f"All {len(ALPHABET)} were tried, and {number} is not how many of them a careless guard takes.")


def _says(verifies: Callable[[str, bytes], Any], text: str, secret: bytes) -> bool | None:
    """What the function says; None where it stops with an error."""
    try:
        return bool(verifies(text, secret))
    except LabError:
        raise
    except Exception:  # the learner's own code, of which anything can be expected
        return None


def _signature(text: str, secret: bytes) -> str:
    return base64url(hmac.digest(secret, text.encode(), "sha256"))


def _is_hexadecimal(text: str) -> bool:
    return len(text) == 64 and set(text.lower()) <= set("0123456789abcdef")


def _verified(text: str, secret: bytes) -> bool:
    signed, _, signature = text.rpartition(".")
    return text.count(".") == 2 and hmac.compare_digest(_signature(signed, secret).encode(), signature.encode())


def _read(text: str, secret: bytes) -> bool:
    return bool(Token.parse(text))


def _page(text: str, secret: bytes) -> bool:
    signed = text.rpartition(".")[0]
    return _verified(f"{signed}.{_signature(signed, secret)}", secret)


def _parts(lab: World, scope: str) -> list[str]:
    """A token's parts, for one scope; each time the other claims are the same."""
    return str(lab.mint([scope], subject="octocat")).split(".")


def _signed(lab: World, over: Callable[[str, str], str] = lambda header, claims: f"{header}.{claims}") -> str:
    header, claims, _ = _parts(lab, "delete_repo")
    return f"{header}.{claims}.{_signature(over(header, claims), lab.secret('key'))}"


def _under_old_signature(lab: World) -> str:
    old = lab.mint(["public_repo"])
    new = sign(old.header, {**old.claims, "scopes": ["delete_repo"]}, next(iter(lab.state.keys)))
    return ".".join([*str(new).split(".")[:2], str(old).split(".")[2]])


def _in_hexadecimal(lab: World) -> str:
    header, claims, _ = _parts(lab, "delete_repo")
    return f"{header}.{claims}.{hmac.digest(lab.secret('key'), f'{header}.{claims}'.encode(), 'sha256').hex()}"


EXERCISES = (
    Exercise(
        "02.1",
        "verify a token by hand",
        "Write `verifies(text, secret)`: true just where the text is a token that was signed with this secret, by "
        "HS256. It must not crash, whatever text comes in.",
        None,
        judge_verifies,
        (
            "The function of the lesson does most of it. Which text is no token, and gets a yes from it all the same?",
            "A token has three parts: `text.count` tells how many dots there are. What should two parts be told?",
            "`compare_digest` takes text of ASCII alone, and bytes of any kind. `encode` makes bytes of both sides.",
        ),
        lambda lab: _verified,
        {
            "signing is verifying": lambda lab: _page,
            "reading is verifying": lambda lab: _read,
            "verified means allowed": lambda lab: (
                lambda text, secret: lab.guard_of(text).decide(f"Bearer {text}").allowed
            ),
            "all that comes in is a token": lambda lab: (
                lambda text, secret: _signature(text.rpartition(".")[0], secret) == text.rpartition(".")[2]
            ),
        },
    ),
    Exercise(
        "02.2",
        "sign a token by hand",
        "Take a token with `public_repo`, and make of it one that holds `delete_repo` and is otherwise the same, "
        "signed by hand with `lab.secret('key')`. The API has to take it.",
        None,
        judge_signed,
        (
            "Three steps: change the claims, write them as a part, sign the text that the two parts make.",
            "`damaged` does the first two. What it leaves as it was is the third part.",
            "`text.rpartition` gives what is to be signed; `signature_over` signs it. Put the two together with a dot.",
        ),
        _signed,
        {
            "the old signature will do": _under_old_signature,
            "the claims alone are signed": lambda lab: _signed(lab, lambda header, claims: claims),
            "a signature is any text of the right bytes": _in_hexadecimal,
        },
    ),
    Exercise(
        "02.3",
        "say why a token's text does not name it",
        "How many characters, that of the issuer included, can stand at the very end of a token, so that a careless "
        "reader finds the same 32 bytes?",
        None,
        judge_spellings,
        (
            "A character of base64url stands for six bits. Count the bits of 43 of them.",
            "32 bytes have 256 bits. What is left over may be anything, and is thrown away.",
            "Each bit that is left over doubles the number of spellings. Begin with one.",
        ),
        lambda lab: 4,
        {
            "one signature, one text": lambda lab: 1,
            "two bits are two spellings": lambda lab: 2,
        },
    ),
)
