"""Lesson 02, what is inside a token: a token verified by hand, one signed by hand, and a signature's spellings."""

from __future__ import annotations

import hmac
import string
from collections.abc import Callable

from scopekit.errors import LabError
from scopekit.keys import base64url
from scopekit.lab.exercises.answers import as_function, as_number, as_token, changed
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.lab.grid.forging import hs256, signing_input, with_signature
from scopekit.lab.world.world import World
from scopekit.tokens import Token

CLEAN = "delete a repository"
ALPHABET = string.ascii_letters + string.digits + "-_"


def judge_verifies(lab: World, answer: object) -> Verdict:
    """The function is true of a token and the secret that signed it, however old it is, and of nothing else."""
    verifies, secret, other = as_function(answer), lab.secret("key"), lab.secret("elsewhere")
    good = lab.mint(["public_repo"], ttl_seconds=60)
    if not verifies(str(good), secret):
        return not_yet("Your function does not verify a token that was signed with this secret.")
    elsewhere = hs256(good.header, good.claims, other)
    if result_of(verifies, elsewhere, secret):
        if result_of(verifies, "not.a.token", secret):
            message = "It accepts any text of three parts, as the page did. Compare with the signature that came in."
            return mistaken("signing is verifying", message)
        return mistaken("reading is verifying", "It accepts a token that another secret signed. Anyone can write that.")
    lab.clock.advance(61)
    if not verifies(str(good), secret) or not verifies(elsewhere, other):
        return mistaken(
            "verified means allowed",
            "It says no to a token that was signed with exactly this secret, but has expired or is another issuer's. "
            "Whether a guard accepts the token is another question.",
        )
    header, claims, signature = str(good).split(".")
    texts = {
        "a token with other claims": f"{header}.{base64url(b'{}')}.{signature}",
        "a token without its signature": f"{header}.{claims}.", "an empty text": "", "a text without dots": "repo",
        "a text of two parts, signed": f"{header}.{signature_over(header, secret)}",
        "a text with an accent": "caf\u00e9.caf\u00e9.caf\u00e9",
    }  # fmt: skip
    for name, text in texts.items():
        if (result := result_of(verifies, text, secret)) is not False:
            message = f"For {name}, your function {'says yes' if result else 'stops with an error'}."
            return mistaken("everything that comes in is a token", f"{message} Anybody can send anything.")
    return passed(f"It is right about all {len(texts) + 4}: you have verified a token by hand.")


def result_of(verifies: Callable[[str, bytes], object], text: str, secret: bytes) -> bool | None:
    """What a learner's function says; None where it stops with an error."""
    try:
        return bool(verifies(text, secret))
    except LabError:
        raise
    except Exception:  # the learner's own code, of which anything can be expected
        return None


def judge_signed(lab: World, answer: object) -> Verdict:
    """The API accepts the token for deleting, and it opens nothing else but the profile."""
    token = as_token(answer)
    if lab.explain(CLEAN, token).check == "signature":
        return why_bad_signature(lab, token)
    open_calls = lab.matrix(token).allowed()
    if CLEAN not in open_calls:
        return not_yet("The API does not let it delete a repository: look at `lab.explain` for this call.")
    if len(open_calls) > 2:
        return not_yet(f"It deletes, and opens {len(open_calls) - 2} calls too many: it needs `delete_repo` alone.")
    if isinstance(answer, Token):
        return unintended("The API accepts it, and the Lab signed it for you. Can you write its text yourself?")
    return passed("The API accepts it. You held the secret, so you were the issuer.")


def why_bad_signature(lab: World, token: Token) -> Verdict:
    """The mistake behind a signature that does not verify."""
    [key], [_, claims, signature] = lab.state.keys, str(token).split(".")
    if token.signature == changed(token, key, scopes=["public_repo"]).signature:
        return mistaken(
            "the old signature will do", "This is the signature from before the change. A signature covers every byte."
        )
    if token.signature == key.sign(claims.encode()):
        return mistaken("the claims alone are signed", "You signed the claims alone. Sign the header and the dot too.")
    if not signature or (len(signature) == 64 and set(signature.lower()) <= set("0123456789abcdef")):
        return mistaken(
            "a signature is any text of the right bytes",
            "A signature is written as base64url of its bytes; this one is missing, or in hexadecimal.",
        )
    return not_yet("This is not the Lab's signature over the first two parts and the dot between them.")


def judge_spellings(lab: World, answer: object) -> Verdict:
    """The number of last characters with which an unsafe guard accepts the token."""
    number, token = as_number(answer), lab.mint(["public_repo"])
    unsafe = lab.guard_of(token).without("form")
    spellings = [each for each in ALPHABET if unsafe.decide(f"Bearer {str(token)[:-1]}{each}")]
    if number == len(spellings):
        return passed(f"Of all {len(ALPHABET)} characters, an unsafe guard accepts {number}. A strict one accepts one.")
    if number == 1:
        return mistaken("one signature, one text", "You have seen two. How many bits of the last character are unused?")
    if number == 2:
        return mistaken("two bits are two spellings", "Two bits are unused, that is right. Which values can they have?")
    return not_yet(f"All {len(ALPHABET)} characters were tried: an unsafe guard accepts another number than {number}.")


def signature_over(text: str, secret: bytes) -> str:
    """The HS256 signature over a text, as a token has it."""
    return base64url(hmac.digest(secret, text.encode(), "sha256"))


def verified(text: str, secret: bytes) -> bool:
    """Whether a text is a token that this secret signed."""
    message, _, signature = text.rpartition(".")
    return text.count(".") == 2 and hmac.compare_digest(signature_over(message, secret).encode(), signature.encode())


def verified_against_itself(text: str, secret: bytes) -> bool:
    """The page's mistake: it compares with a signature that it has just made."""
    message = text.rpartition(".")[0]
    return verified(f"{message}.{signature_over(message, secret)}", secret)


def token_by_hand(lab: World, sign: Callable[[str, bytes], str] = signature_over) -> str:
    """A solution of 02.2, unless `sign`, of a text and a secret, is mistaken."""
    good = lab.mint(["public_repo"], subject="octocat")
    text = signing_input(good.header, {**good.claims, "scopes": ["delete_repo"]})
    return f"{text}.{sign(text, lab.secret('key'))}"


def token_with_old_signature(lab: World) -> str:
    """A token whose scopes were changed after it was signed."""
    old, [key] = lab.mint(["public_repo"]), lab.state.keys
    return with_signature(changed(old, key, scopes=["delete_repo"]), old.signature)


EXERCISES = (
    Exercise(
        "02.1",
        "verify a token by hand",
        "Write `verifies(text, secret)`: true only where the text is a token that this secret signed by HS256. It must "
        "not crash, whatever text comes in.",
        None,
        judge_verifies,
        (
            "The lesson's function does most of it. For which text that is not a token does it still say yes?",
            "A token has three parts, and `text.count` counts the dots. What is the answer for two parts?",
            "`compare_digest` accepts ASCII text only, but bytes of any kind. `encode` makes bytes of both sides.",
        ),
        lambda lab: verified,
        {
            "signing is verifying": lambda lab: verified_against_itself,
            "reading is verifying": lambda lab: lambda text, secret: bool(Token.parse(text)),
            "verified means allowed": lambda lab: (
                lambda text, secret: lab.guard_of(text).decide(f"Bearer {text}").allowed
            ),
            "everything that comes in is a token": lambda lab: (
                lambda text, secret: signature_over(text.rpartition(".")[0], secret) == text.rpartition(".")[2]
            ),
        },
    ),
    Exercise(
        "02.2",
        "sign a token by hand",
        "Take a token with `public_repo`, and make one of it that has `delete_repo` and is otherwise the same, signed "
        "by hand with `lab.secret('key')`. The API must accept it.",
        None,
        judge_signed,
        (
            "Three steps: change the claims, write them as a part, sign the text of the first two parts.",
            "`damaged` does the first two steps. It leaves the third part as it was.",
            "`text.rpartition` finds the text to sign; `signature_over` signs it. Join the two with a dot.",
        ),
        token_by_hand,
        {
            "the old signature will do": token_with_old_signature,
            "the claims alone are signed": lambda lab: token_by_hand(
                lab, lambda text, secret: signature_over(text.split(".")[1], secret)
            ),
            "a signature is any text of the right bytes": lambda lab: token_by_hand(
                lab, lambda text, secret: hmac.digest(secret, text.encode(), "sha256").hex()
            ),
        },
    ),
    Exercise(
        "02.3",
        "say why a token's text does not identify it",
        "How many characters, the issuer's own included, can stand at the very end of a token, so that an unsafe "
        "reader decodes the same 32 bytes?",
        None,
        judge_spellings,
        (
            "A character of base64url stands for six bits. Count the bits of 43 of them.",
            "32 bytes have 256 bits. The reader ignores the bits that are left over, so they can have any value.",
            "Each bit that is left over doubles the number of spellings. Start with one.",
        ),
        lambda lab: 4,
        {
            "one signature, one text": lambda lab: 1,
            "two bits are two spellings": lambda lab: 2,
        },
    ),
)
