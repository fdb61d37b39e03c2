"""Rules for a token. Each rule names a fault of the token, the severity of this fault, and a fix.

No rule checks how strong the key is, because a token does not show that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scopekit.audit.lint.findings import Rule
from scopekit.audit.token_facts import Place, TokenFacts


def lacks(name: str) -> Callable[[TokenFacts], Iterator[Place]]:
    """Makes the `find` function of a rule that requires the claim `name`."""
    return lambda token: (Place(each) for each in {name} - token.claims.keys())


TOKEN_RULES: tuple[Rule, ...] = (
    Rule("token-no-signature", "token", "error", "The token says that it is not signed.",
         "Sign it, and have the guard accept one algorithm for each key.", "RFC 8725 section 3.2", TokenFacts.unsigned),
    Rule("token-form", "token", "error", "A strict parser refuses the text of this token.",
         "Send the token as the issuer gave it.", "RFC 7515 section 7.1, RFC 8725 section 3", TokenFacts.malformed),
    Rule("token-id-no-text", "token", "error",
         "A member that must be text of 1 to 255 characters is something else.",
         "Have the issuer write it as such a text; a number belongs in quotes.", "RFC 7519 section 4.1",
         TokenFacts.ids_that_are_not_text),
    Rule("token-read-otherwise", "token", "error",
         "The header says that the token must be read in another way, so most APIs refuse it.",
         "Leave it out.", "RFC 7515 section 4.1.11, RFC 7797", TokenFacts.read_otherwise),
    Rule("token-no-exp", "token", "error", "The token never expires.",
         "Give it an exp; one hour is usual.", "RFC 9068 section 2.2", lacks("exp")),
    Rule("token-no-aud", "token", "error", "The token does not say which API it is for.",
         "Give it an aud: the API's name.", "RFC 8725 section 3.9", lacks("aud")),
    Rule("token-no-iss", "token", "error", "The token does not say who made it.",
         "Give it an iss: the issuer that owns the key.", "RFC 9068 section 2.2, RFC 8725 section 3.8",
         lacks("iss")),
    Rule("token-no-jti", "token", "warning", "The token has no id to revoke it by.",
         "Give it a jti from a random source.", "RFC 9068 section 2.2", lacks("jti")),
    Rule("token-no-sub", "token", "warning", "The token does not say who it acts for.",
         "Give it a sub: the user, or the client that acts for itself.", "RFC 9068 section 2.2",
         lacks("sub")),
    Rule("token-long-life", "token", "warning", "The token lives for more than a day.",
         "Let it live for an hour or less, and mint a new one.", "RFC 6750 section 5.3", TokenFacts.long_life),
    Rule("token-time-no-number", "token", "error", "A time is not a number of seconds since 1970.",
         "Write it as a number.", "RFC 7519 section 2", TokenFacts.time_that_is_not_a_number),
    Rule("token-time-milliseconds", "token", "error",
         "A time is not in seconds, so it lies thousands of years ahead.",
         "Have the issuer write seconds: divide milliseconds by 1000.", "RFC 7519 section 2", TokenFacts.milliseconds),
    Rule("token-typ-generic", "token", "warning", "The type does not distinguish this token from any other JWT.",
         'Write the kind into typ: "at+jwt" for an access token.',
         "RFC 8725 section 3.11; draft-ietf-oauth-rfc8725bis: JWT is not an explicit type; RFC 9068 section 2.1",
         TokenFacts.generic_type),
    Rule("token-scopes-string", "token", "warning",
         "This claim should be a list; some code reads a string letter by letter.",
         "Write a list, or move the string into scope.", "RFC 8693 section 4.2", TokenFacts.text_for_list),
    Rule("token-scope-list", "token", "warning",
         "The scope claim should be a string with spaces, but it is a list.",
         "Join the scopes with spaces.", "RFC 8693 section 4.2", TokenFacts.list_for_text),
    Rule("token-scopes-twice", "token", "warning",
         "The scopes are in two claims, but a reader looks at only one of them.",
         "Keep scope, a string with spaces, and leave out scopes.", "RFC 8693 section 4.2", TokenFacts.twice),
    Rule("token-delimiter", "token", "error",
         "Several scopes are written as one text, so readers disagree on how many there are.",
         "Write each scope by itself; a space separates, a comma does not.", "RFC 6749 section 3.3",
         TokenFacts.delimiters),
    Rule("token-scopes-unreadable", "token", "error", "No notation reads the scopes in this token.",
         "Write them in one of the notations.", "RFC 8693 section 4.2", TokenFacts.unreadable),
    Rule("token-wildcard", "token", "warning",
         "No standard defines a star in a scope, but some code reads it as every scope.",
         "Name the scopes that are meant.", "RFC 6749 section 3.3", TokenFacts.wildcards),
    Rule("token-parent-too", "token", "note",
         "A scope is granted twice: by itself, and through another scope that implies it.",
         "Remove the implied scope or, if it is enough, the other.", "RFC 6749 section 3.3", TokenFacts.implied_too),
    Rule("token-scope-unknown", "token", "warning", "A scope is not one of this API's.",
         "Write it as the API does; case counts.", "RFC 6749 section 3.3", TokenFacts.unknown_scopes),
    Rule("token-personal", "token", "warning",
         "Anyone who has the token can read personal data in it: it is signed, not encrypted.",
         "Leave the claim out; the API can look it up by sub.", "RFC 7519 section 12", TokenFacts.personal),
    Rule("token-id-token", "token", "error",
         "This looks like an ID token, which tells a client who logged in and is not an API key.",
         "Ask for an access token for this API.", "RFC 8725 section 3.12", TokenFacts.id_token),
)  # fmt: skip
"""The rules for a token."""
