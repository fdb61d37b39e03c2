"""A toy API, modelled on GitHub's, that shows a guard in use. `python -m sample_api` serves the API.

Read the modules in this order:

1. `operations`, `schemas` and `vocabularies`: the calls, their input, and the scopes that each call needs.
2. `github` and `auth0`: what the calls do to the records in `data`, after the guard lets a request through.
3. `oauth`: the authorization server that issues the tokens.
4. `docs`: the OpenAPI document, and the page that shows it.
5. `app`, `mounts` and `conditions`: they put each call behind its scope check.

Then the rest: `scope_headers`, `visibility`, `cookie_session`, `state`, `trusted_issuers`, `second_issuer`.
On a first reading, skip `serving`: the server, its limits and its log.
"""

import sys

try:
    from sample_api.app import create_app
    from sample_api.state import State
except ImportError as error:
    if (error.name or "").partition(".")[0] != "scopekit":
        raise
    sentence = f"Another module named scopekit hides the kit's own: {sys.modules['scopekit']}."
    if sys.argv[0] == "-m":  # while Python looks for the module that `-m` names
        sys.exit(sentence)
    raise ImportError(sentence, name=error.name) from None

__all__ = ["State", "create_app"]
