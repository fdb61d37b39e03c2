"""Attacks on how a token comes and how it is written: in the wrong place, twice, or in a form of its own."""

from __future__ import annotations

import json
import zlib

from scopekit.audit import Exchange
from scopekit.keys import base64url
from scopekit.lab.grid.attack import TENANTS, Sent, attack, attack_on_rule, lets_in
from scopekit.lab.grid.forging import written
from scopekit.lab.grid.scene import Scene

# Where the token is


@attack("token in the address", "credentials", source="RFC 9700 section 4.3.2")
def token_in_the_address(scene: Scene) -> Sent:
    """?access_token=, where every log keeps it."""
    return Sent(query_token=str(scene.good))


@attack("two Authorization headers", "credentials", source="RFC 6750 section 2")
def two_headers(scene: Scene) -> Sent:
    """Two tokens in one request: what stands in front of the API looks at the one, and the API at the other."""
    return Sent((f"Bearer {scene.good}", f"Bearer {scene.signed(jti='another')}"))


@attack_on_rule("token in the body", "nobody looks for a token in a body", source="RFC 6750 section 2.2")
def token_in_the_body(scene: Scene) -> Sent:
    """A field access_token in a form, which any page on the web can have a browser send."""
    return Sent(form={"access_token": str(scene.good)})


# How it is spelt


@attack("padding", "form", source="RFC 7515 section 2")
def padding(scene: Scene) -> str:
    """The good token with a = at its end: a second spelling, which no list of spellings has."""
    return f"{scene.good}="


@attack("duplicate names", "form", source="RFC 7519 section 4", scene=TENANTS)
def duplicate_names(scene: Scene) -> str:
    """The scopes are there twice: whoever stands in front reads the first, and the API the last."""
    harmless = scene.claims | {"scopes": {"stats": {"actions": ["read"]}}}
    return scene.sealed(f'{written(harmless)[:-1]},"scopes":{written(scene.claims["scopes"])}}}')


@attack("UTF-16 claims", "form", source="RFC 8725 section 3.7", scene=TENANTS)
def utf16_claims(scene: Scene) -> str:
    """The claims in an encoding that a filter in front of the API does not read, and a careless API does."""
    return scene.sealed(written(scene.claims).encode("utf-16"))


@attack("deep JSON", "form", source="RFC 8259 section 9", scene=TENANTS)
def deep_json(scene: Scene) -> str:
    """Lists in lists, 100 deep: a parser that calls itself runs out of stack."""
    return scene.signed(x=json.loads("[" * 100 + "]" * 100))


@attack("huge token", "form", source="CWE-400", scene=TENANTS)
def huge_token(scene: Scene) -> str:
    """20,000 characters in one claim: the API works for a caller that it does not know yet."""
    return scene.signed(x="x" * 20_000)


# What its header asks for


@attack("crit unknown", "form", source="RFC 7515 section 4.1.11", scene=TENANTS)
def crit_unknown(scene: Scene) -> str:
    """The header names an extension that has to be understood, and the API passes over it."""
    return scene.signed({"crit": ["once"], "once": True})


@attack("b64=false", "form", source="RFC 7797 section 7", scene=TENANTS)
def b64_false(scene: Scene) -> str:
    """The header says that the claims are not in base64: two readers sign and read two texts."""
    return scene.signed({"crit": ["b64"], "b64": False})


@attack_on_rule("zip", "nothing is inflated", source="RFC 8725 section 3.6", scene=TENANTS)
def zipped(scene: Scene) -> str:
    """Claims that are small until somebody inflates them."""
    return scene.sealed(zlib.compress(written(scene.claims | {"x": "x" * 100_000}).encode()), {"zip": "DEF"})


@attack_on_rule("nested token", "claims are an object, and no token", source="RFC 7519 section 5.2", scene=TENANTS)
def nested_token(scene: Scene) -> str:
    """A token within a token: whoever looks at the outer one alone has not seen the claims."""
    return scene.sealed(str(scene.good), {"cty": "JWT"})


# Other serialisations


@attack_on_rule("JWE", "a token has three parts, and is signed", source="CVE-2023-51774")
def jwe(scene: Scene) -> str:
    """Five parts, encrypted for nobody: it is not signed, and some libraries took it for as good as that."""
    header = base64url(b'{"alg":"dir","enc":"A128GCM"}')
    return f"{header}..{base64url(bytes(12))}.{base64url(written(scene.forged).encode())}.{base64url(bytes(16))}"


@attack_on_rule("JSON serialisation", "a token has three parts with dots between them", source="RFC 7515 section 7.2")
def json_serialisation(scene: Scene) -> str:
    """The same parts as a JSON object, with room beside them for parts that are not signed."""
    protected, payload, signature = str(scene.good).split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature, "header": {"alg": "none"}})


# Text that becomes a header


def sets_a_header(exchange: Exchange) -> bool:
    """Whether it was let in, or its text came back as a header of the answer."""
    return lets_in(exchange) or any("injected" in name.lower() for name in exchange.headers)


@attack_on_rule("header injection through kid", "an id is printable text", source="CWE-113", succeeds=sets_a_header)
def header_injection_through_kid(scene: Scene) -> str:
    """A line break in the kid: an API that tells which key is missing sends a header of the attacker's."""
    return scene.signed({"kid": "k1\r\nInjected: 1"})


@attack_on_rule(
    "header injection through jti", "an id is printable text", source="CWE-113", scene=TENANTS, succeeds=sets_a_header
)
def header_injection_through_jti(scene: Scene) -> str:
    """A line break in the jti: it ends up in a log, or in a header, as a line of its own."""
    return scene.signed(jti="id-1\r\nInjected: 1")
