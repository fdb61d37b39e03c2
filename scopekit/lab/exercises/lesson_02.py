"""The exercises of lesson 02: verify a token by hand, sign one by hand, and count the spellings of a signature."""

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
    """Judges exercise 02.1: the learner's function must accept each token that the secret signed, and no others."""
    verifies, secret, other = as_function(answer), lab.secret("key"), lab.secret("elsewhere")
    good = lab.mint(["public_repo"], ttl_seconds=60)
    if not verifies(str(good), secret):
        return not_yet("Your function rejects a token that was signed with this secret.")
    elsewhere = hs256(good.header, good.claims, other)
    if result_of(verifies, elsewhere, secret):
        if result_of(verifies, "not.a.token", secret):
            message = "Any text of three parts is accepted, as on the page. Compare with the token's own signature."
            return mistaken("signing is verifying", message)
        return mistaken("reading is verifying", "It accepts a token signed with another secret. Anyone can write that.")
    lab.clock.advance(61)
    if not verifies(str(good), secret) or not verifies(elsewhere, other):
        return mistaken(
            "verified means allowed",
            "Your function rejects a token signed with this secret that has expired or has another issuer. "
            "Whether a guard accepts the token is a separate question.",
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
            return mistaken("everything that comes in is a token", f"{message} Anyone can send any text.")
    return passed(f"Your function is right in all {len(texts) + 4} cases: you have verified a token by hand.")


def result_of(verifies: Callable[[str, bytes], object], text: str, secret: bytes) -> bool | None:
    """Whether the learner's function `verifies` accepts `text`. None if the function stops with an error."""
    try:
        return bool(verifies(text, secret))
    except LabError:
        raise
    except Exception:  # the learner's own code may raise anything
        return None


def judge_signed(lab: World, answer: object) -> Verdict:
    """Judges exercise 02.2: the token must delete a repository and read the profile, and open nothing else."""
    token = as_token(answer)
    if lab.explain(CLEAN, token).check == "signature":
        return why_bad_signature(lab, token)
    open_calls = lab.matrix(token).allowed()
    if CLEAN not in open_calls:
        return not_yet("The API does not let this token delete a repository: `lab.explain` shows why.")
    if len(open_calls) > 2:
        return not_yet(f"The token opens {len(open_calls) - 2} calls too many: it needs only `delete_repo`.")
    if isinstance(answer, Token):
        return unintended("The API accepts it, but the Lab signed it for you. Can you write the token's text yourself?")
    return passed("The API accepts it. You held the secret, so you were the issuer.")


def why_bad_signature(lab: World, token: Token) -> Verdict:
    """Finds the learner's mistake behind a signature that does not verify."""
    [key], [_, claims, signature] = lab.state.keys, str(token).split(".")
    if token.signature == changed(token, key, scopes=["public_repo"]).signature:
        return mistaken(
            "the old signature will do", "This is the signature from before the change. A signature covers every byte."
        )
    if token.signature == key.sign(claims.encode()):
        return mistaken("the claims alone are signed", "You signed only the claims. Sign the header and the dot too.")
    if not signature or (len(signature) == 64 and set(signature.lower()) <= set("0123456789abcdef")):
        return mistaken(
            "a signature is any text of the right bytes",
            "Write the signature's bytes as base64url; this signature is missing or hexadecimal.",
        )
    return not_yet("The signature does not match the first two parts and the dot between them.")


def judge_spellings(lab: World, answer: object) -> Verdict:
    """Judges exercise 02.3: the answer must be how many characters an unsafe guard accepts as a token's last one."""
    number, token = as_number(answer), lab.mint(["public_repo"])
    unsafe = lab.guard_of(token).without("form")
    spellings = [each for each in ALPHABET if unsafe.decide(f"Bearer {str(token)[:-1]}{each}")]
    if number == len(spellings):
        return passed(f"An unsafe guard accepts {number} of {len(ALPHABET)} characters. A strict guard accepts one.")
    if number == 1:
        return mistaken("one signature, one text", "You have seen two. How many bits of the last character are unused?")
    if number == 2:
        return mistaken("two bits are two spellings", "Right, two bits are unused. How many values can they have?")
    return not_yet(f"Not {number}: the judge tried all {len(ALPHABET)} characters with an unsafe guard.")


def signature_over(text: str, secret: bytes) -> str:
    """The HS256 signature over a text, in base64url."""
    return base64url(hmac.digest(secret, text.encode(), "sha256"))


def verified(text: str, secret: bytes) -> bool:
    """Whether a text is a token that this secret signed."""
    message, _, signature = text.rpartition(".")
    return text.count(".") == 2 and hmac.compare_digest(signature_over(message, secret).encode(), signature.encode())


def verified_against_itself(text: str, secret: bytes) -> bool:
    """A wrong answer to 02.1: it makes a new signature and checks that one, instead of the token's own signature."""
    message = text.rpartition(".")[0]
    return verified(f"{message}.{signature_over(message, secret)}", secret)


def token_by_hand(lab: World, sign: Callable[[str, bytes], str] = signature_over) -> str:
    """Builds a solution to exercise 02.2. With a wrong function `sign(text, secret)`, builds a wrong answer."""
    good = lab.mint(["public_repo"], subject="octocat")
    text = signing_input(good.header, {**good.claims, "scopes": ["delete_repo"]})
    return f"{text}.{sign(text, lab.secret('key'))}"


def token_with_old_signature(lab: World) -> str:
    """A wrong answer to exercise 02.2: a token whose scopes were changed after it was signed."""
    old, [key] = lab.mint(["public_repo"]), lab.state.keys
    return with_signature(changed(old, key, scopes=["delete_repo"]), old.signature)


EXERCISES = (
    Exercise(
        "02.1",
        "verify a token by hand",
        "Write `verifies(text, secret)`: it returns True for a token that this secret signed with HS256, and False for "
        "any other text. It must not crash.",
        None,
        judge_verifies,
        (
            "The lesson's function does most of it. Which text does it accept although that is not a token?",
            "A token has three parts, and `text.count` counts the dots. What is the answer for two parts?",
            "`compare_digest` accepts only ASCII text, but any bytes. `encode` turns both sides into bytes.",
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
        "Take a token with `public_repo`. Make a token that has `delete_repo` instead and is otherwise the same, and "
        "sign it by hand with `lab.secret('key')`. The API must accept it.",
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
        "For how many different last characters of a token, including the issuer's own, does an unsafe reader decode "
        "the same 32 bytes?",
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
