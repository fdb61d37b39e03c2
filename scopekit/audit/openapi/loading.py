"""Sources: an OpenAPI document loaded from a URL, a file of JSON or YAML, or a mapping.

YAML is read by PyYAML, imported for YAML alone, and as YAML 1.2 has it: a date is text there, and so are `on` and `no`.
"""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from scopekit.errors import DocumentError, shortened

if TYPE_CHECKING:
    import requests

Json = Mapping[str, Any]

MAX_BYTES = 16 * 1024 * 1024
"""A document from a URL is at most this large; GitHub's has 13 MB."""

MAX_FILE_BYTES = 256 * 1024 * 1024
"""A document in a file, which somebody chose to have, may be larger; a device that never ends is no document."""

TIMEOUT_SECONDS = 30
MOST_REDIRECTS = 5
AS_IT_IS = {"Accept-Encoding": "identity"}
"""Asks for the body uncompressed, so that a small answer cannot become a large one."""
_KINDS = {type(None): "nothing", str: "text", list: "a list"}


class Loaded(NamedTuple):
    """A document and the URL that it was read from, None for one that came in no such way."""

    document: Json
    read_from: str | None = None


def load(source: object, *, session: requests.Session | None = None, anywhere: bool = False) -> Loaded:
    """The mapping at a URL, in a file, or that is handed over; DocumentError where there is none."""
    if isinstance(source, Mapping):
        return Loaded(source)
    if isinstance(source, str) and re.match(r"(?i)https?://", source):
        text, url = _fetched(source, session, anywhere=anywhere)
        return Loaded(parsed(text), url)
    if isinstance(source, str | Path):
        return Loaded(parsed(_read(Path(source))))
    raise DocumentError(f"A document is a URL, a path or a mapping; found {shortened(type(source).__name__)}.")


def parsed(text: str) -> Json:
    """The mapping that JSON or YAML holds; DocumentError where it holds none."""
    if (start := text.lstrip()[:1]) == "<":
        raise DocumentError("A document is written in JSON or YAML; found a page of HTML or XML.")
    try:
        document = json.loads(text) if start == "{" else _yaml(text)
    except (ValueError, RecursionError) as error:
        told = "too deep a nesting" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        raise DocumentError(
            f"A document is written in JSON or YAML; found what is neither: {shortened(told, 100)}."
        ) from None
    if not isinstance(document, Mapping):
        raise DocumentError(f"A document is a mapping; found {_KINDS.get(type(document), 'something else')}.")
    return document


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            raise DocumentError(f"A document in a file has at most {MAX_FILE_BYTES} bytes; found more: {path.name}.")
        return raw.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "no text in UTF-8"
        raise DocumentError(f"A document is a file that can be read; found {shortened(told)}: {path.name}.") from None


_DEEP = re.compile(r"(?<![-?:][ \t])(?:[-?:][ \t]+){1000}")
"""A thousand levels on one line of YAML, where each takes two characters; over several lines each is indented."""
MAX_BRACKETS = 10_000
"""How many brackets may be open at once; the compiled loader takes twice as many."""


def _refuse_deep(text: str) -> None:
    """RecursionError for what would take the compiled loader, and this process with it, past the end of its stack."""
    depth = deepest = 0
    for found in re.finditer(r"[\[\]{}]", text):
        depth = max(depth + (1 if found[0] in "[{" else -1), 0)
        deepest = max(deepest, depth)
    if deepest > MAX_BRACKETS or _DEEP.search(text):
        raise RecursionError


def _yaml(text: str) -> Any:
    _refuse_deep(text)
    try:
        import yaml
    except ImportError:
        raise DocumentError("A document in YAML needs the package PyYAML; it is not installed.") from None
    try:
        return yaml.load(text, Loader=_loader())  # a safe loader, and less
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{where}{error.problem}") from None
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


@functools.cache
def _loader() -> Any:
    """PyYAML's safe loader, compiled where there is one, with the words that YAML 1.2 knows and no more."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """The core schema of YAML 1.2, section 10.3."""

    dropped = {f"tag:yaml.org,2002:{kind}" for kind in ("timestamp", "bool", "int")}
    Loader.yaml_implicit_resolvers = {
        first: kept
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
        if (kept := [each for each in known if each[0] not in dropped])
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"), "-+0123456789")
    return Loader


def _fetched(url: str, session: requests.Session | None, *, anywhere: bool) -> tuple[str, str]:
    """The text at a URL, and the URL that it came from in the end."""
    try:
        import requests
        from urllib3.exceptions import HTTPError
    except ImportError:
        raise DocumentError("A document at a URL needs the package requests; it is not installed.") from None
    own = session or _session()
    try:
        for _ in range(MOST_REDIRECTS + 1):
            if not anywhere and not is_loopback(url):
                told = "A document is read from this machine unless from `anywhere`, or from an audit's `host`"
                raise DocumentError(f"{told}; found {_host(url)}.")
            with own.get(url, headers=AS_IT_IS, timeout=TIMEOUT_SECONDS, stream=True, allow_redirects=False) as answer:
                if not answer.is_redirect:
                    return _body(answer), url
                aim = urljoin(url, answer.headers["Location"])
            if _origin(aim) != _origin(url):
                raise DocumentError(f"A document is read from the host asked; found a redirect to {_host(aim)}.")
            url = aim
    except (requests.RequestException, HTTPError, ValueError, OSError) as error:
        told = type(error).__name__
        raise DocumentError(f"A document is read from a URL that answers; found {told} at {_host(url)}.") from None
    finally:
        if session is None:
            own.close()
    raise DocumentError(f"A document is read from a URL that answers; found more than {MOST_REDIRECTS} redirects.")


def _session() -> requests.Session:
    import requests

    session = requests.Session()
    session.trust_env = False  # neither a proxy variable nor a .netrc has a say
    return session


def _body(answer: requests.Response) -> str:
    """The text of an answer that is not too large, and comes in time as a whole, however slowly its pieces come."""
    if answer.status_code != 200:
        raise DocumentError(f"A document is read from a URL that answers 200; found {answer.status_code}.")
    until, body = time.monotonic() + TIMEOUT_SECONDS, bytearray()
    while piece := answer.raw.read1(64 * 1024):
        body += piece
        if len(body) > MAX_BYTES:
            raise DocumentError(f"A document at a URL has at most {MAX_BYTES} bytes; found more.")
        if time.monotonic() > until:
            raise DocumentError(f"A document at a URL comes within {TIMEOUT_SECONDS} seconds; it took longer.")
    return bytes(body).decode("utf-8-sig")


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine's loopback by its name alone: another name may lead anywhere."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _host(url: str) -> str:
    """The host of a URL: what else it holds may be secret."""
    try:
        return shortened(urlsplit(url).hostname)
    except ValueError:
        return "no host"
