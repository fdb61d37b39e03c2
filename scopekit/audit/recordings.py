"""Recordings: the requests of a session, read from a browser's HAR file or from an access log.

Of each request the method, the host and the path are kept. Headers, cookies, bodies and the query are never looked at,
and what looks like a key in a path is cut out while it is read, so that nothing here could show one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from scopekit.errors import DocumentError

CUT = "…"
"""What stands in a path where something was cut out."""

_NO_REQUEST = "-"
_LOG_LINE = re.compile(r'\S+ \S+ .*?\[[^\]]*\] "((?:[^"\\]|\\.)*)" \d{3} (?:\d+|-)(?: .*)?')
_REQUEST = re.compile(r"([A-Z]+) (\S+)(?: HTTP/[\d.]+)?")
_TOKEN = re.compile(r"eyJ[\w.=-]*")
_KEY = re.compile(r"(?=.*\d)(?=.*[A-Za-z]).{20,}|[A-Za-z]{32,}|.*@.*")
_METHODS = ("http.request.method", "method")
_PATHS = ("url.path", "path", "url", "uri")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request that was made: its method, host and path; `place` says where in the recording it stands.

    The host is empty where the recording does not name one, as access logs do not.
    """

    method: str
    path: str
    host: str = ""
    place: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.path}"


def read_recording(text: str) -> tuple[Recorded, ...]:
    """The requests in a HAR 1.2 file, or in an access log: JSON lines, or the common or combined log format.

    DocumentError says which line could not be read, and nothing of what is in it.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("{") and (har := _as_har(start)) is not None:
        return tuple(_entries(har))
    return tuple(_lines(text))


def _as_har(text: str) -> dict[str, Any] | None:
    """The file as one JSON object; None where it is a log, whose first line is an object of its own."""
    try:
        whole = json.loads(text)
    except ValueError as error:
        line, where = text.partition("\n")[0], getattr(error, "lineno", 1)
    except RecursionError:
        _refuse("Line 1", "nested a few levels deep")
    else:
        return whole if isinstance(whole, dict) and "log" in whole else None
    if _is_json(line):
        return None
    _refuse(f"Line {where}", "JSON")


def _entries(har: dict[str, Any]) -> Iterator[Recorded]:
    log = har["log"]
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        _refuse("Line 1", "a HAR file, whose log has a list of entries (HAR 1.2)")
    for number, entry in enumerate(entries, 1):
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(request, dict):
            _refuse(f"Entry {number}", "an object with a request (HAR 1.2)")
        yield _recorded(request.get("method"), request.get("url"), f"entry {number}", "with a method and a url")


def _lines(text: str) -> Iterator[Recorded]:
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        if line.strip():
            place = f"line {number}"
            yield _json_line(line, place) if line.lstrip().startswith("{") else _log_line(line.strip(), place)


def _json_line(line: str, place: str) -> Recorded:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        _refuse(place, "a whole JSON object")
    method = next((found for name in _METHODS if (found := _field(fields, name)) is not None), None)
    path = next((found for name in _PATHS if (found := _field(fields, name)) is not None), None)
    return _recorded(method, path, place, "with http.request.method and url.path")


def _field(fields: dict[str, Any], name: str) -> object:
    """A field by its dotted name, written flat or as objects within objects; none where it holds more of these."""
    found: Any = fields.get(name)
    if found is None and "." in name:
        found = fields
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    return None if isinstance(found, dict) else found


def _log_line(line: str, place: str) -> Recorded:
    """A line of the common or combined log format; what was sent in place of a request, to any port, is `-`."""
    found = _LOG_LINE.fullmatch(line)
    if not found:
        _refuse(place, "JSON, nor in the common or combined log format")
    request = _REQUEST.fullmatch(found[1])
    return _recorded(request[1], request[2], place, "") if request else Recorded(_NO_REQUEST, _NO_REQUEST, "", place)


def _recorded(method: object, target: object, place: str, wanted: str) -> Recorded:
    if not (isinstance(method, str) and isinstance(target, str) and re.fullmatch("[A-Za-z]{1,20}", method)):
        _refuse(place, f"a request {wanted}")
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        _refuse(place, f"a request {wanted}")
    return Recorded(method.upper(), _masked(parts.path or "/"), host + port, place)


def _masked(path: str) -> str:
    segments = (CUT if _KEY.fullmatch(unquote(part)) else part for part in _TOKEN.sub(CUT, path).split("/"))
    return "".join(each if each.isprintable() else CUT for each in "/".join(segments))


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _refuse(place: str, wanted: str) -> NoReturn:
    raise DocumentError(f"{place[0].upper()}{place[1:]} of the recording is not {wanted}.") from None


# Which documented path a request went to


class Templates:
    """Documented paths, and which of them a request went to: the one with the most of it written out."""

    def __init__(self, templates: Iterable[tuple[str, str]], base: str = "") -> None:
        parts = urlsplit(base)
        self._host, self._prefix = parts.netloc, parts.path.rstrip("/")
        self._known: dict[str, list[tuple[tuple[int, ...], re.Pattern[str], str]]] = {}
        for method, template in dict.fromkeys(templates):
            for spans in (0, 1):
                rank = (-len(re.sub("{[^}]*}", "", template)), spans, template.count("{"))
                self._known.setdefault(method, []).append((rank, _pattern(template, spans=bool(spans)), template))
        for known in self._known.values():
            known.sort(key=lambda one: (one[0], one[2]))

    def match(self, recorded: Recorded) -> tuple[str, str] | None:
        """The documented method and path of a request; HEAD is matched as GET, and None is what nothing documents."""
        if self._host and recorded.host and recorded.host != self._host:
            return None
        if not recorded.path.startswith(f"{self._prefix}/") and recorded.path != self._prefix:
            return None
        path = unquote(recorded.path[len(self._prefix) :]) or "/"
        for method in (recorded.method, "GET") if recorded.method == "HEAD" else (recorded.method,):
            for _, pattern, template in self._known.get(method, ()):
                if pattern.fullmatch(path):
                    return method, template
        return None


def _pattern(template: str, *, spans: bool) -> re.Pattern[str]:
    """A template as a pattern; where its last part is a parameter, that may span several segments (a file's path)."""
    parts = re.split("{[^}]*}", unquote(template))
    last = parts.pop() if spans and not parts[-1] and len(parts) > 1 else None
    text = "[^/]+".join(map(re.escape, parts))
    return re.compile(text if last is None else f"{text}.+", re.DOTALL)
