r"""A pytest plugin that tests an API against its OpenAPI document. Each test makes one call with one token.

    pytest --scopekit-openapi http://127.0.0.1:8000/openapi.json --scopekit-key key.json \
           --scopekit-issuer https://issuer.example/ --scopekit-audience https://api.example/

A test fails if the API does not do what its document says, or if the result cannot be observed. A test is skipped if
the document does not say what must happen. Every run of pytest loads this module, so the rest of the kit is imported
only if `--scopekit-openapi` is given, or by a test that has the fixture `scopekit_mint_for`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from scopekit.audit import Call, Document, Probe
    from scopekit.audit.matrix import Cell
    from scopekit.audit.sending import Connections
    from scopekit.testing import Mint

OPTIONS = (
    ("openapi", "FILE|URL", "test every call in this OpenAPI document with every token"),
    ("base-url", "URL", "the address of the API, if the document does not state it"),
    ("key", "FILE", "the private key that signs the tokens: a JWK, PEM or DER"),
    ("alg", "NAME", "the algorithm of a key that names none, such as RS256 for PEM"),
    ("kid", "NAME", "the kid of a key that names none, or which key of several signs"),
    ("password-file", "FILE", "file with the password of the private key"),
    ("issuer", "NAME", "the issuer of the tokens, who owns the key"),
    ("audience", "NAME", "the audience of the tokens, usually the name of the API"),
    ("profile", "NAME", "the profile of the tokens: a name such as rfc9068 (default) or okta, or a TOML file"),
    ("host", "NAME", "allow requests to this host (required unless the API is on localhost)"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the plugin's options to pytest's command line, in a group of their own."""
    group = parser.getgroup("scopekit", "which token opens which call of an API")
    for name, metavar, text in OPTIONS:
        group.addoption(f"--scopekit-{name}", metavar=metavar, help=text)
    group.addoption("--scopekit-unsafe", action="store_true", help="also make the calls that change data")


@pytest.hookimpl(tryfirst=True)  # so that -k and -m also select these tests
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Adds the API's tests to the collected tests, if `--scopekit-openapi` is given."""
    if config.getoption("--scopekit-openapi") is not None:  # an empty value is a mistake
        matrix = MatrixOfTests.from_parent(session, name="scopekit", nodeid="scopekit", path=session.path)
        items.extend(matrix.collect())
    elif given := [name for name, *_ in OPTIONS if config.getoption(f"--scopekit-{name}") is not None]:
        raise pytest.UsageError(f"--scopekit-{given[0]} needs --scopekit-openapi, the document to test.")


@pytest.fixture
def scopekit_mint_for() -> Iterator[Callable[..., Mint]]:
    """A function of a guard that returns a function which mints tokens. The guard accepts them until the test ends.

    A test writes `mint = scopekit_mint_for(guard)` and then `mint("notes:read")`. The arguments are those of
    `scopekit.testing.signing_for`.
    """
    from scopekit.testing import signing_for

    with ExitStack() as stack:
        yield lambda guard, **options: stack.enter_context(signing_for(guard, **options))


class MatrixOfTests(pytest.Collector):
    """Collects the tests of one API: one test for each pair of a call and a token."""

    def collect(self) -> Iterator[CellTest]:
        """Yields the tests, call by call. Raises pytest's UsageError if an option or the document is wrong."""
        try:
            from scopekit.audit.run import address, calls_to_make
            from scopekit.audit.sending import Connections
        except ModuleNotFoundError as missing:
            from scopekit.wording import needs_extra

            raise pytest.UsageError(needs_extra(f"--scopekit-openapi needs {missing.name}, which", "audit")) from None
        from scopekit.errors import ScopeKitError

        try:
            self.document, probes = self._planned()
            url = address(self.document, self._option("base-url"), self._option("host"), unsafe=self._option("unsafe"))
            calls = calls_to_make(self.document, unsafe=self._option("unsafe"))
        except ScopeKitError as error:
            raise pytest.UsageError(str(error)) from None
        self.connections: Connections = Connections(url, 10)
        self._cells: dict[CellTest, Cell] = {}
        self.session.config.add_cleanup(self.connections.close)
        counts = Counter(call.name for call in calls)
        for call in calls:
            label = call.name if counts[call.name] == 1 else f"{call.name} {call}"
            for each in probes:
                name = "".join(char if char.isprintable() else " " for char in f"{label}[{each.label}]")
                yield CellTest.from_parent(self, name=name, call=call, probe=each)

    def cell(self, test: CellTest) -> Cell:
        """The result of `test`. Also runs the other tests of its call, because one result cannot explain a 404."""
        import time

        from scopekit.audit.matrix import judge
        from scopekit.audit.run import seen_together

        if test not in self._cells:
            call, vocabulary = test.call, self.document.vocabulary
            tests = [each for each in self.session.items if isinstance(each, CellTest) and each.call is call]
            exchanges = [(each.probe, self.connections.exchange(call, each.probe.token)) for each in tests]
            cells = [judge(call, *each, vocabulary, time.time()) for each in exchanges]
            self._cells |= zip(tests, seen_together(cells), strict=True)
        return self._cells[test]

    def _planned(self) -> tuple[Document, tuple[Probe, ...]]:
        from scopekit.audit import read_document
        from scopekit.audit.probe_tokens import mint_probes
        from scopekit.cli.inputs import KeyChoice, key_owner, missing_option, read_profile, signing_key
        from scopekit.errors import ScopeKitError
        from scopekit.issuer import Issuer

        if not self._option("key"):
            raise pytest.UsageError("--scopekit-openapi needs --scopekit-key, the key that signs the tokens.")
        name, audience = self._option("profile") or "RFC9068", self._option("audience")
        try:
            profile = read_profile(name)
        except ScopeKitError as error:
            raise pytest.UsageError(f"--scopekit-profile: {error}") from None
        choice = KeyChoice(self._option("alg"), self._option("kid"), self._option("password-file"))
        key = signing_key(self._option("key"), key_owner(profile, self._option("issuer"), audience), choice)
        if option := missing_option(profile, key, audience):
            raise pytest.UsageError(f"A token of the profile {name} needs an {option}: give --scopekit-{option}.")
        document = read_document(self._option("openapi"), anywhere=self._option("host") is not None)
        return document, mint_probes(document, Issuer(key, profile, audience))

    def _option(self, name: str) -> Any:
        return self.config.getoption(f"--scopekit-{name}")


class CellTest(pytest.Item):
    """One test: makes a call with a token, and compares the result with the document."""

    parent: MatrixOfTests

    def __init__(self, *, call: Call, probe: Probe, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.call, self.probe = call, probe

    def runtest(self) -> None:
        """Fails if the result differs from the document or was not observed. Skips if the document states no result."""
        from scopekit.audit import Matrix
        from scopekit.audit.drift import find_drifts

        cell = self.parent.cell(self)
        drifts = find_drifts(Matrix((self.probe.label,), ((cell,),)), [self.probe], self.parent.document.vocabulary)
        if drifts:
            raise NotAsDocumented("\n".join(f"{each.kind}: {each.sentence}" for each in drifts))
        if cell.observed == "unseen":
            answer = (str(cell.exchange.status or ""), cell.exchange.phrase)
            raise NotAsDocumented(f"the result cannot be observed: {' '.join(filter(None, answer))}")
        if cell.predicted == "undetermined":
            pytest.skip("the document does not say")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> Any:
        """The text of the failure, without a traceback, because the traceback would add nothing."""
        if isinstance(excinfo.value, NotAsDocumented):
            return f"{self.call}, with {self.probe.label}\n{excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """The name of the test in pytest's report."""
        return Path("scopekit"), None, self.name


class NotAsDocumented(Exception):
    """The API did not do what its document says, or the result could not be observed."""
