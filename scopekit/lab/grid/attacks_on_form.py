"""Attacks that send a token in the wrong place, send it twice, or write it in an unexpected form."""

from __future__ import annotations

import json
import zlib

from scopekit.audit import Exchange
from scopekit.keys import base64url
from scopekit.lab.grid.attack import TENANTS, AttackRequest, Scene, attack, lets_in
from scopekit.lab.grid.forging import json_text


# Where the token is
@attack("token in the address", "credentials", source="RFC 9700 section 4.3.2")
def token_in_the_address(scene: Scene) -> AttackRequest:
    """The token is in ?access_token=, where every log keeps it."""
    return AttackRequest(query_token=str(scene.good))


@attack("two Authorization headers", "credentials", source="RFC 6750 section 2")
def two_headers(scene: Scene) -> AttackRequest:
    """Two tokens in one request: a proxy in front of the API checks one, and the API uses the other."""
    return AttackRequest((f"Bearer {scene.good}", f"Bearer {scene.signed(jti='another')}"))


@attack("token in the body", rule="the API never looks for a token in a body", source="RFC 6750 section 2.2")
def token_in_the_body(scene: Scene) -> AttackRequest:
    """The token is in the form field access_token. Any web page can make a browser send such a form."""
    return AttackRequest(form={"access_token": str(scene.good)})


# How it is written
@attack("padding", "form", source="RFC 7515 section 2")
def padding(scene: Scene) -> str:
    """The good token with = at its end: a second spelling, which no list of tokens holds."""
    return f"{scene.good}="


@attack("duplicate names", "form", source="RFC 7519 section 4", on=TENANTS)
def duplicate_names(scene: Scene) -> str:
    """The scopes are there twice: a proxy in front reads the first, and the API the last."""
    harmless = scene.claims | {"scopes": {"stats": {"actions": ["read"]}}}
    return scene.sealed(f'{json_text(harmless)[:-1]},"scopes":{json_text(scene.claims["scopes"])}}}')


@attack("UTF-16 claims", "form", source="RFC 8725 section 3.7", on=TENANTS)
def utf16_claims(scene: Scene) -> str:
    """The claims are in UTF-16. A filter in front of the API cannot read this encoding, but an unsafe API can."""
    return scene.sealed(json_text(scene.claims).encode("utf-16"))


@attack("deep JSON", "form", source="RFC 8259 section 9", on=TENANTS)
def deep_json(scene: Scene) -> str:
    """A claim holds lists within lists, 100 levels deep. Such JSON can make a recursive parser run out of stack."""
    return scene.signed(x=json.loads("[" * 100 + "]" * 100))


@attack("huge token", "form", source="CWE-400", on=TENANTS)
def huge_token(scene: Scene) -> str:
    """One claim has 20,000 characters. The API does much work for a caller that it does not know yet."""
    return scene.signed(x="x" * 20_000)


# What its header asks for
@attack("crit unknown", "form", source="RFC 7515 section 4.1.11", on=TENANTS)
def crit_unknown(scene: Scene) -> str:
    """The header (crit) names an extension that the API must understand. An unsafe API ignores this demand."""
    return scene.signed({"crit": ["once"], "once": True})


@attack("b64=false", "form", source="RFC 7797 section 7", on=TENANTS)
def b64_false(scene: Scene) -> str:
    """The header says that the claims are not in base64, so the signer and the reader may see different texts."""
    return scene.signed({"crit": ["b64"], "b64": False})


@attack("zip", rule="the API never inflates claims", source="RFC 8725 section 3.6", on=TENANTS)
def zipped(scene: Scene) -> str:
    """The claims are compressed. They are small until the API inflates them."""
    return scene.sealed(zlib.compress(json_text(scene.claims | {"x": "x" * 100_000}).encode()), {"zip": "DEF"})


@attack("nested token", rule="claims are a JSON object", source="RFC 7519 section 5.2", on=TENANTS)
def nested_token(scene: Scene) -> str:
    """A token contains another token in place of claims. An API that reads only the outer token sees no claims."""
    return scene.sealed(str(scene.good), {"cty": "JWT"})


# Other serialisations
@attack("JWE", rule="a token has three parts and a signature", source="CVE-2023-51774")
def jwe(scene: Scene) -> str:
    """The token is encrypted and has five parts. Nobody signed it, but some libraries accepted such tokens."""
    header = base64url(b'{"alg":"dir","enc":"A128GCM"}')
    return f"{header}..{base64url(bytes(12))}.{base64url(json_text(scene.forged).encode())}.{base64url(bytes(16))}"


@attack("JSON serialisation", rule="a token has three parts with dots between them", source="RFC 7515 section 7.2")
def json_serialisation(scene: Scene) -> str:
    """The three parts of the token are in a JSON object. Such an object has room for parts that nobody signed."""
    protected, payload, signature = str(scene.good).split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature, "header": {"alg": "none"}})


# Text that becomes a header


def sets_a_header(exchange: Exchange) -> bool:
    """Whether the API let the attack in, or sent the injected text back as a response header."""
    return lets_in(exchange) or any("injected" in name.lower() for name in exchange.headers)


@attack("header injection through kid", rule="an id is printable text", source="CWE-113", succeeds=sets_a_header)
def header_injection_through_kid(scene: Scene) -> str:
    """The kid contains a line break. If an API repeats it in a header, the attacker adds a header to the response."""
    return scene.signed({"kid": "k1\r\nInjected: 1"})


@attack(
    "header injection through jti", rule="an id is printable text", source="CWE-113", on=TENANTS, succeeds=sets_a_header
)
def header_injection_through_jti(scene: Scene) -> str:
    """The jti contains a line break. In a log or in the headers, the text after the break becomes a separate line."""
    return scene.signed(jti="id-1\r\nInjected: 1")
