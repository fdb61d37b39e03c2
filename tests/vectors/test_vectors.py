"""Published test vectors, read where they lie beside the checkout: Wycheproof, and those of five RFCs."""

import json
from pathlib import Path

import pytest

from scopekit import NO_SCOPE, SEED_2014, Guard, KeySet
from scopekit.checks import RequestContext, algorithm, key, signature
from scopekit.errors import KeyRefused, TokenError
from scopekit.tokens import Token, parse_jws
from scopekit.unsafe import GuessableKey

FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors"

SET_ASIDE = {
    "json_web_signature 346": "its key is bound to another algorithm than its token",
    "json_web_signature 347": "its key is bound to an algorithm that does not exist",
    "json_web_signature 350": "its key is bound to another algorithm than its token",
    "json_web_signature 351": "its key is bound to an algorithm that does not exist",
    "json_web_signature 367": "the same bytes as 357, which is valid",
    "json_web_signature 370": "the same bytes as 357, which is valid",
    "json_web_signature 372": "holds a question mark and is said to be valid",
    "json_web_signature 373": "holds a question mark and is said to be valid",
    "json_web_key 7": "optional: the fingerprint of one maker's weak RSA keys",
    "json_web_crypto 46": "optional: the fingerprint of one maker's weak RSA keys",
}
"""Cases whose label contradicts another's, or asks for what is optional."""


def wycheproof():
    """The cases of Wycheproof: a key or a set of keys each, a JWS, and what is right."""
    for file in sorted((FOLDER / "wycheproof").glob("json_web_*_test.json")):
        for group in json.loads(file.read_text(encoding="utf-8"))["testGroups"]:
            for case in group["tests"]:
                if "jws" in case:
                    name = f"{file.stem.removesuffix('_test')} {case['tcId']}"
                    yield name, group.get("public") or group["private"], case["jws"], case["result"]


def rfc7520():
    """The compact examples of the JOSE cookbook, of RFC 8037 and of RFC 7797, whose payload may not go unencoded."""
    for file in sorted((FOLDER / "rfc7520").glob("*.json")):
        example = json.loads(file.read_text(encoding="utf-8"))
        jws = example["output"].get("compact", "")
        if all(jws.split(".")) and jws.count(".") == 2:
            jwk = {**example["input"]["key"], "alg": example["input"]["alg"]}
            yield file.stem, jwk, jws, "invalid" if "b64" in example["signing"]["protected"] else "valid"


def rfc7515():
    """The examples of RFC 7515."""
    for name, jws, jwk, result in json.loads((FOLDER / "rfc7515.json").read_text(encoding="utf-8")):
        yield f"rfc7515 {name}", jwk, jws, result


CASES = [*wycheproof(), *rfc7520(), *rfc7515()] if FOLDER.is_dir() else []
JUDGED = [pytest.param(*case, id=name) for name, *case in CASES if name not in SET_ASIDE]

pytestmark = pytest.mark.skipif(not CASES, reason="the published vectors are not beside the checkout")


def accepted(jwks, jws):
    """Whether the JWS is read, and passes the checks of key, algorithm and signature, with these keys."""
    try:
        entries = [{"kid": "the only one", **jwk} for jwk in jwks.get("keys", [jwks]) if jwk.get("use") != "enc"]
        keys = KeySet(GuessableKey.from_jwk(jwk) for jwk in entries)  # one of their secrets is 32 zeros
        text = jws if isinstance(jws, str) else json.dumps(jws)
        header, _, seal = parse_jws(text)
    except (KeyRefused, TokenError):
        return False
    context = RequestContext(Guard(keys, profile=SEED_2014).policy, None, None, NO_SCOPE)
    context.token, context.claims = Token(text, header, {}, seal), {}
    return not any(check(context) for check in (key, algorithm, signature))


@pytest.mark.parametrize(("jwks", "jws", "result"), JUDGED)
def test_a_published_vector_is_judged_as_it_says(jwks, jws, result):
    assert result == "acceptable" or accepted(jwks, jws) == (result == "valid")


def test_all_477_vectors_with_one_right_answer_are_judged():
    assert len(CASES) == 487
    assert SET_ASIDE.keys() <= {name for name, *_ in CASES}
    assert len(JUDGED) == 477
