"""An issuer elsewhere, in a process of its own: its tokens open /modern, and it speaks for nobody but itself."""

import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
import requests
from authorizing import MODERN, claims_of
from serving import in_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

import sample_api.__main__
from sample_api import State, create_app
from sample_api.second_issuer import create_issuer, main
from sample_api.serving.sockets import listen, url_of
from sample_api.trusted_issuers import trusted, trusted_keys
from scopekit.errors import InputError, KeysUnavailable, PolicyError
from scopekit.keys import Key, KeySet

FORM = {"grant_type": "client_credentials", "scope": "user"}
OURS = "https://issuer.example/"


class Client:
    """Asks an issuer that answers at `url`."""

    url = ""

    def token(self, **form):
        """A token for a client that registers itself first."""
        client = send("POST", f"{self.url}/oauth/register").json()
        auth = client["client_id"], client["client_secret"]
        return send("POST", f"{self.url}/oauth/token", data={**FORM, **form}, auth=auth).json()["access_token"]


class Process(Client):
    """`python -m sample_api.second_issuer`, running."""

    def __init__(self, *arguments):
        command = [sys.executable, "-m", "sample_api.second_issuer", *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url, self.message = (self.process.stdout.readline().strip() for _ in range(2))

    def stop(self):
        self.process.terminate()
        return self.process.communicate(timeout=20)


class Elsewhere(Client):
    """The same issuer in a thread: as far away over HTTP, and there at once."""

    def __init__(self, name=None, port=0):
        listener = listen(port=port)
        self.url, self.port = url_of(listener), listener.getsockname()[1]
        state = State.in_memory(alg="ES256", issuer=name or self.url)
        self._serving = ExitStack()
        self._serving.enter_context(in_thread(create_issuer(state), listener))

    def stop(self):
        self._serving.close()


class Ahead:
    """The machine's clock, and how far it was moved on."""

    def __init__(self):
        self.moved = 0

    def now(self):
        return time.time() + self.moved

    def advance(self, seconds):
        self.moved += seconds


def exit_status(main, arguments):
    """The status with which a command ends that was called here."""
    try:
        return main(arguments)
    except SystemExit as end:
        return end.code


def send(method, url, **more):
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=10, **more)


def status(url, token, path="/modern/user"):
    return send("GET", url + path, headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.fixture
def processes():
    """Starts issuers in processes, and ends after the test those that still run."""
    started = []

    def begin(*arguments):
        started.append(Process(*arguments))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate(timeout=20)


@pytest.fixture
def issuers():
    """Starts issuers, and ends after the test those that still run."""
    with ExitStack() as running:

        def begin(**options):
            issuer = Elsewhere(**options)
            running.callback(issuer.stop)
            return issuer

        yield begin


@pytest.fixture
def api():
    """The sample API with a clock that can be moved on; it trusts what it is told to."""
    state = State.in_memory(alg="ES256")
    state.clock = Ahead()
    servers = []

    def begin(*texts):
        manager = in_thread(create_app(state, trusted=[trusted(text, state.clock) for text in texts]))
        servers.append(manager)
        return manager.__enter__()

    begin.state = state
    yield begin
    for manager in servers:
        manager.__exit__(None, None, None)


# Two processes


def test_a_token_from_elsewhere_opens_a_call_whichever_algorithm_signed_it(processes, start):
    issuers = [processes("--alg", alg) for alg in ("ES256", "EdDSA", "RS256")]
    api = start("--alg", "ES256", *(word for each in issuers for word in ("--trust", each.url)))
    for elsewhere in issuers:
        assert api.get("/modern/user", elsewhere.token()).status_code == 200
        assert api.get("/modern/user/emails", elsewhere.token(scope="gist")).status_code == 403


def test_a_token_from_elsewhere_is_not_exchanged_for_the_new_one_would_not_end_with_it(issuers, api):
    elsewhere = issuers()
    url, secret = api(elsewhere.url), api.state.clients["explorer"]
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": elsewhere.token(scope="user"),
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }  # fmt: skip
    answer = send("POST", f"{url}/oauth/token", data=form, auth=("explorer", secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "a key that this API does not know" in answer.json()["error_description"]


def test_an_issuer_may_be_trusted_by_its_name_and_the_place_of_its_keys(processes, start):
    elsewhere = processes("--name", "https://partner.example/")
    api = start("--alg", "ES256", "--trust", f"https://partner.example/={elsewhere.url}/.well-known/jwks.json")
    token = elsewhere.token()
    assert claims_of(token)["iss"] == "https://partner.example/"
    assert api.get("/modern/user", token).status_code == 200


def test_a_token_from_elsewhere_is_for_modern_alone_and_nothing_without_trust(issuers, api):
    elsewhere = issuers()
    trusting, other = api(elsewhere.url), api()
    token = elsewhere.token()
    assert (status(trusting, token, "/user"), status(other, token)) == (401, 401)


def test_modern_says_that_it_takes_tokens_from_elsewhere_and_the_other_api_does_not(api):
    url = api("https://partner.example/=http://127.0.0.1:1/keys")
    with requests.Session() as session:
        session.trust_env = False
        places = (f"{url}/.well-known/oauth-protected-resource{path}" for path in ("/modern", ""))
        told = [session.get(place, timeout=10).json()["authorization_servers"] for place in places]
    assert told == [[OURS, "https://partner.example/"], [OURS]]


def test_who_is_trusted_does_not_speak_for_us(issuers, api):
    elsewhere = issuers(name=OURS)
    url = api(f"https://partner.example/={elsewhere.url}/.well-known/jwks.json")
    token = elsewhere.token()
    assert claims_of(token)["iss"] == OURS
    assert status(url, token) in (401, 503)


def test_it_says_who_it_is_and_stops_without_a_word(processes):
    elsewhere = processes()
    assert elsewhere.message == f"Tokens are issued by {elsewhere.url} and signed with ES256."
    assert elsewhere.stop() == ("", "")


# With the API's clock moved on


def test_our_own_tokens_open_modern_beside_those_from_elsewhere(issuers, api):
    elsewhere = issuers()
    url = api(elsewhere.url)
    auth = ("explorer", api.state.clients["explorer"])
    own = send("POST", f"{url}/oauth/token", data={**FORM, "audience": MODERN}, auth=auth).json()["access_token"]
    assert (status(url, own), status(url, elsewhere.token())) == (200, 200)


def test_a_key_that_changed_is_taken_after_the_cooldown(issuers, api):
    first = issuers()
    url = api(first.url)
    old = first.token()
    assert status(url, old) == 200
    first.stop()
    second = issuers(port=first.port)
    new = second.token()
    assert status(url, new) == 401
    api.state.clock.advance(30)
    assert (status(url, new), status(url, old)) == (200, 401)


def test_while_the_issuer_is_down_its_known_keys_are_believed_for_an_hour_and_no_longer(issuers, api):
    elsewhere = issuers()
    url = api(elsewhere.url)
    token = elsewhere.token()
    assert status(url, token) == 200
    elsewhere.stop()
    api.state.clock.advance(300 + 3000)
    assert status(url, token) == 200
    api.state.clock.advance(600)
    assert status(url, token) == 503


def test_our_own_tokens_open_modern_while_the_issuer_is_down(issuers, api):
    elsewhere = issuers()
    url = api(elsewhere.url)
    elsewhere.stop()
    auth = ("explorer", api.state.clients["explorer"])
    own = send("POST", f"{url}/oauth/token", data={**FORM, "audience": MODERN}, auth=auth).json()["access_token"]
    assert status(url, own) == 200


def test_one_of_two_issuers_is_down_and_the_other_is_believed(issuers, api):
    down, up = issuers(), issuers()
    url = api(down.url, up.url)
    down.stop()
    assert status(url, up.token()) == 200


# The issuer's own endpoints


def test_md_1_its_metadata_names_it_and_its_keys(issuers):
    elsewhere = issuers()
    metadata = send("GET", f"{elsewhere.url}/.well-known/oauth-authorization-server").json()
    assert (metadata["issuer"], metadata["token_endpoint"]) == (elsewhere.url, f"{elsewhere.url}/oauth/token")
    (key,) = send("GET", metadata["jwks_uri"]).json()["keys"]
    assert (key["alg"], key["iss"], "d" in key) == ("ES256", elsewhere.url, False)


def test_at_2_its_tokens_have_every_claim_of_the_standard(issuers):
    claims = claims_of(issuers().token())
    assert claims.keys() == {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"}
    assert (claims["aud"], claims["scope"], claims["sub"]) == (MODERN, "user", claims["client_id"])


def test_it_knows_one_grant_and_no_stranger(issuers):
    elsewhere = issuers()
    for form, error in ((FORM, "invalid_client"), ({"grant_type": "authorization_code"}, "unsupported_grant_type")):
        answer = send("POST", f"{elsewhere.url}/oauth/token", data=form, auth=("explorer", "wrong"))
        assert answer.json()["error"] == error


def test_an_issuer_without_a_name_does_not_start():
    command = [sys.executable, "-m", "sample_api.second_issuer", "--name", ""]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    rule = "An issuer must be text of 1 to 255 characters without control characters"
    complaint = f"sample_api.second_issuer: {rule}; found ''.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", complaint)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--alg", "HS512"], "this issuer signs with a key pair, but HS512 uses a secret"),
        (["--alg", "none"], "Ed25519; found 'none'"),
    ],
    ids=["a secret", "no algorithm"],
)
def test_an_issuer_that_nobody_could_trust_does_not_start(capsys, arguments, told):
    assert exit_status(main, arguments) == 2
    printed, complaint = capsys.readouterr()
    assert (printed, complaint.splitlines()[-1].endswith(told)) == ("", True)


def test_two_that_register_are_two_clients(issuers):
    elsewhere = issuers()
    answers = [send("POST", f"{elsewhere.url}/oauth/register") for _ in range(2)]
    assert len({answer.json()["client_secret"] for answer in answers}) == 2
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


# What is trusted


def test_md_1_metadata_of_another_issuer_is_refused(issuers):
    elsewhere = issuers(name="https://partner.example/")
    with pytest.raises(InputError, match="must name that issuer, and a jwks_uri of the same origin"):
        trusted(elsewhere.url)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("http://127.0.0.1:1/keys", "must name that issuer, and a jwks_uri of the same origin"),
        (["http://127.0.0.1:1/keys"], "must name that issuer, and a jwks_uri of the same origin"),
        ("http://[", "must name an issuer and a jwks_uri"),
    ],
    ids=["elsewhere", "a list", "no address"],
)
def test_metadata_that_says_nothing_of_use_about_its_keys_is_refused(uri, told):
    async def metadata(scope, receive, send):
        issuer = f"http://{Headers(scope=scope)['host']}"
        await JSONResponse({"issuer": issuer, "jwks_uri": uri})(scope, receive, send)

    with in_thread(metadata) as url, pytest.raises(InputError, match=told):
        trusted(url)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--trust", "http://127.0.0.1:1", "--alg", "ES256"],
            "The metadata of the issuer http://127.0.0.1:1 cannot be read",
        ),
        (["--trust", "http://partner.example", "--alg", "ES256"], "Keys must come from https://"),
        (["--trust", "http://[", "--alg", "ES256"], "Keys must come from https://"),
        (["--trust", "https://a.example=ftp://a.example", "--alg", "ES256"], "Keys must come from https://"),
    ],
    ids=["nobody there", "not encrypted", "no address", "no keys there"],
)
def test_trust_that_cannot_be_given_is_one_sentence(capsys, arguments, told):
    assert exit_status(sample_api.__main__.main, arguments) == 1
    printed, complaint = capsys.readouterr()
    assert (printed, told in complaint, len(complaint.splitlines())) == ("", True, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--trust", "https://a.example=https://a.example/keys"], "Give it one with --alg ES256."),
        (
            ["--trust", f"{OURS}=https://a.example/keys", "--alg", "ES256"],
            f"the name of this API's own issuer, {OURS}.",
        ),
    ],
    ids=["beside a secret", "under our own name"],
)
def test_trust_that_does_not_go_with_our_own_keys_is_one_sentence(fail, arguments, told):
    status, complaint = fail(*arguments)
    assert (status, told in complaint, len(complaint.splitlines())) == (1, True, 1)


def test_a_key_from_elsewhere_never_stands_in_for_one_of_ours(issuers):
    elsewhere = issuers()
    (published,) = send("GET", f"{elsewhere.url}/.well-known/jwks.json").json()["keys"]
    own = Key.generate(published["kid"], "ES256", OURS)
    keys = trusted_keys(KeySet([own]), [trusted(elsewhere.url)])
    assert keys.get(published["kid"], OURS) is own
    assert keys.get(published["kid"], elsewhere.url).issuer == elsewhere.url
    assert keys.get(published["kid"]) is None
    assert keys.of_issuer(OURS) == (own,)
    assert [key.issuer for key in keys.of_issuer(elsewhere.url)] == [elsewhere.url]


def test_a_kid_that_nobody_has_is_none_and_unknown_while_an_issuer_is_down(issuers):
    elsewhere = issuers()
    own, clock = KeySet([Key.generate("own", "ES256", OURS)]), Ahead()
    keys = trusted_keys(own, [trusted(elsewhere.url, clock)])
    assert keys.get("none such") is None
    elsewhere.stop()
    clock.advance(1e6)
    with pytest.raises(KeysUnavailable):
        keys.get("none such")


def test_an_issuer_is_asked_for_its_own_keys_alone():
    own = Key.generate("own", "ES256", OURS)
    keys = trusted_keys(KeySet([own]), [trusted("https://partner.example/=http://127.0.0.1:1/keys")])
    assert keys.of_issuer(OURS) == (own,)
    with pytest.raises(KeysUnavailable):
        keys.of_issuer("https://partner.example/")


def test_an_address_that_is_none_is_a_policy_error():
    with pytest.raises(PolicyError):
        trusted("sesame")
