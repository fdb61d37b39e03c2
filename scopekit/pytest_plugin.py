r"""A pytest plugin: each cell of an API's matrix, a call with a token, is a test.

    pytest --scopekit-openapi http://127.0.0.1:8000/openapi.json --scopekit-key key.json \
           --scopekit-issuer https://issuer.example/ --scopekit-audience https://api.example/

A test fails where the API does another thing than its document says, and is skipped where that cannot be seen, or the
document does not say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from scopekit.audit import Call, Document, Probe
    from scopekit.audit.matrix import Cell
    from scopekit.audit.sending import Connections

_OPTIONS = (
    ("openapi", "FILE|URL", "the API's OpenAPI document: each cell of its matrix is a test"),
    ("base-url", "URL", "where the API is, if not where the document says"),
    ("key", "FILE", "the private JWK that tokens are minted with"),
    ("issuer", "NAME", "who signs with the key"),
    ("audience", "NAME", "the API that the tokens are for"),
    ("profile", "NAME", "the shape of the tokens: RFC9068 where not given, GITHUB, AUTH0_V2 or SEED_2014"),
    ("host", "NAME", "the API's host, named again: another than this machine"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, in a group of their own."""
    group = parser.getgroup("scopekit", "which token opens which call of an API")
    for name, metavar, told in _OPTIONS:
        group.addoption(f"--scopekit-{name}", metavar=metavar, help=told)
    group.addoption("--scopekit-unsafe", action="store_true", help="make the calls that change something too")


@pytest.hookimpl(tryfirst=True)  # so that -k and -m choose among these too
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Adds the cells to what was collected, where a document is named."""
    if config.getoption("--scopekit-openapi") is not None:  # an empty one is a mistake, and no wish for no test
        matrix = MatrixOfTests.from_parent(session, name="scopekit", nodeid="scopekit", path=session.path)
        items.extend(matrix.collect())


class MatrixOfTests(pytest.Collector):
    """The matrix of one API: a test for each call and each token."""

    def collect(self) -> Iterator[CellTest]:
        """The cells, call by call; a person's mistake is a usage error."""
        try:
            from scopekit.audit.run import address, calls_to_make
            from scopekit.audit.sending import Connections
        except ModuleNotFoundError as missing:
            from scopekit.errors import needs_extra

            raise pytest.UsageError(needs_extra(f"--scopekit-openapi needs {missing.name}, which", "audit")) from None
        from scopekit.errors import ScopeKitError

        try:
            self.document, probes = self._planned()
            url = address(self.document, self._option("base-url"), self._option("host"), unsafe=self._unsafe)
            calls = calls_to_make(self.document, unsafe=self._unsafe)
        except ScopeKitError as error:
            raise pytest.UsageError(str(error)) from None
        self.connections: Connections = Connections(url, 10)
        self._cells: dict[CellTest, Cell] = {}
        self.session.config.add_cleanup(self.connections.close)
        counts = Counter(call.name for call in calls)
        for call in calls:
            shown = call.name if counts[call.name] == 1 else f"{call.name} {call}"
            for each in probes:
                name = "".join(char if char.isprintable() else " " for char in f"{shown}[{each.label}]")
                yield CellTest.from_parent(self, name=name, call=call, probe=each)

    def cell(self, test: CellTest) -> Cell:
        """What came of a test's call, made with those of its other tests: they tell whether a 404 hides something."""
        import time

        from scopekit.audit.matrix import judge
        from scopekit.audit.run import seen_together

        if test not in self._cells:
            call, vocabulary = test.call, self.document.vocabulary
            tests = [each for each in self.session.items if isinstance(each, CellTest) and each.call is call]
            made = [(each.probe, self.connections.exchange(call, each.probe.token)) for each in tests]
            cells = [judge(call, *one, vocabulary, time.time()) for one in made]
            self._cells |= zip(tests, seen_together(cells), strict=True)
        return self._cells[test]

    def _planned(self) -> tuple[Document, tuple[Probe, ...]]:
        from scopekit.audit import read_document
        from scopekit.audit.probe_tokens import mint_probes
        from scopekit.cli.inputs import signing_key
        from scopekit.issuer import Issuer
        from scopekit.profiles import PROFILES

        if not self._option("key"):
            raise pytest.UsageError("--scopekit-openapi needs --scopekit-key, which the tokens are minted with.")
        if (profile := PROFILES.get(self._option("profile") or "RFC9068")) is None:
            raise pytest.UsageError(f"--scopekit-profile is one of {', '.join(PROFILES)}.")
        audience = self._option("audience")
        if "aud" in profile.claims and not audience:
            raise pytest.UsageError("--scopekit-audience is needed: the API that the tokens are for.")
        key = signing_key(self._option("key"), audience if profile.hint == "aud" else self._option("issuer"))
        if "iss" in profile.claims and key.issuer is None:
            raise pytest.UsageError("--scopekit-issuer is needed: who signs with the key.")
        document = read_document(self._option("openapi"), anywhere=self._option("host") is not None)
        return document, mint_probes(document, Issuer(key, profile, audience))

    @property
    def _unsafe(self) -> bool:
        return bool(self.config.getoption("--scopekit-unsafe"))

    def _option(self, name: str) -> Any:
        return self.config.getoption(f"--scopekit-{name}")


class CellTest(pytest.Item):
    """One cell: a call with a token, which comes out as the document says."""

    parent: MatrixOfTests

    def __init__(self, *, call: Call, probe: Probe, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.call, self.probe = call, probe

    def runtest(self) -> None:
        """Looks at the cell, and fails with the drifts that it shows, or where nothing could be seen."""
        from scopekit.audit import Matrix
        from scopekit.audit.drift import find_drifts

        cell = self.parent.cell(self)
        drifts = find_drifts(Matrix((self.probe.label,), ((cell,),)), [self.probe], self.parent.document.vocabulary)
        if drifts:
            raise NotAsDocumented("\n".join(f"{each.kind}: {each.sentence}" for each in drifts))
        if cell.observed == "unseen":
            told = (str(cell.exchange.status or ""), cell.exchange.phrase)
            raise NotAsDocumented(f"it cannot be seen: {' '.join(filter(None, told))}")
        if cell.predicted == "undetermined":
            pytest.skip("the document does not say")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> Any:
        """What was seen alone: no traceback would tell more."""
        if isinstance(excinfo.value, NotAsDocumented):
            return f"{self.call}, with {self.probe.label}\n{excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """What the report calls it."""
        return Path("scopekit"), None, self.name


class NotAsDocumented(Exception):
    """The API did another thing than its document says, or nothing that could be seen."""
