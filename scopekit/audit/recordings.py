"""Reads the requests of a session from a recording: a browser's HAR file or an access log.

Only the method, the host and the path of a request are kept. Headers, cookies, bodies and the query are never read, and
text in a path that looks like a key is cut out, so that no result shows a key.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from scopekit.errors import DocumentError

CUT = "…"
"""The mark in a path for each text that was cut out."""

_LOG_LINE = re.compile(r'\S+ \S+ .*?\[[^\]]*\] "((?:[^"\\]|\\.)*)" \d{3} (?:\d+|-)(?: .*)?')
_REQUEST = re.compile(r"([A-Z]+) (\S+)(?: HTTP/[\d.]+)?")
_TOKEN = re.compile(r"eyJ[\w.=-]*")
_KEY = re.compile(r"(?=.*\d)(?=.*[A-Za-z]).{20,}|[A-Za-z]{32,}|.*@.*")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request in a recording: its method, host and path. `place` says where, such as `line 3` or `entry 3`.

    The host is empty if the recording names no host, as in an access log.
    """

    method: str
    path: str
    host: str = ""
    place: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.path}"


def read_recording(text: str) -> tuple[Recorded, ...]:
    """Reads the requests in a HAR 1.2 file or an access log (JSON lines, or the common or combined log format).

    Raises DocumentError with the number of the line or entry that cannot be read, but does not quote the text.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith("{") or (har := _as_har(start)) is None:
        return tuple(_lines(text))
    entries = har["log"].get("entries") if isinstance(har["log"], dict) else None
    if not isinstance(entries, list):
        _refuse("Line 1", "the start of a HAR 1.2 file with a list of entries")
    requests = []
    for number, entry in enumerate(entries, 1):
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(request, dict):
            _refuse(f"Entry {number}", "an object with a request (HAR 1.2)")
        method, url = request.get("method"), request.get("url")
        requests.append(_recorded(method, url, f"entry {number}", "with a method and a url"))
    return tuple(requests)


def _as_har(text: str) -> dict[str, Any] | None:
    """Reads a HAR file as one JSON object. Returns None if the text is a log with one JSON object on each line."""
    try:
        whole = json.loads(text)
        return whole if isinstance(whole, dict) and "log" in whole else None
    except ValueError as error:
        where = getattr(error, "lineno", 1)
    except RecursionError:
        _refuse("Line 1", "JSON that is nested only a few levels deep")
    with contextlib.suppress(ValueError, RecursionError):
        if isinstance(json.loads(text.partition("\n")[0]), dict):
            return None
    _refuse(f"Line {where}", "JSON")


def _lines(text: str) -> Iterator[Recorded]:
    for number, line in enumerate(map(str.strip, text.lstrip("\ufeff").split("\n")), 1):
        place = f"line {number}"
        if line.startswith("{"):
            try:
                fields = json.loads(line)
            except (ValueError, RecursionError):
                _refuse(place, "a whole JSON object")
            method = _first(fields, "http.request.method", "method")
            path = _first(fields, "url.path", "path", "url", "uri")
            yield _recorded(method, path, place, "with http.request.method and url.path")
        elif line:
            if not (match := _LOG_LINE.fullmatch(line)):
                _refuse(place, "JSON, nor in the common or combined log format")
            request = _REQUEST.fullmatch(match[1])  # a client may send something that is not a request
            yield _recorded(request[1], request[2], place, "in HTTP") if request else Recorded("-", "-", "", place)


def _first(fields: dict[str, Any], *names: str) -> object:
    """The first value found under one of these names. The name `a.b` also finds the field `b` of an object `a`."""
    for name in names:
        value: Any = fields.get(name)
        if value is None and "." in name:
            value = fields
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
        if value is not None and not isinstance(value, dict):
            return value
    return None


def _recorded(method: object, target: object, place: str, wanted: str) -> Recorded:
    if not (isinstance(method, str) and isinstance(target, str) and re.fullmatch("[A-Za-z]{1,20}", method)):
        _refuse(place, f"a request {wanted}")
    try:
        parts = urlsplit(target)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        _refuse(place, f"a request {wanted}")
    segments = _TOKEN.sub(CUT, parts.path or "/").split("/")
    path = "/".join(CUT if _KEY.fullmatch(unquote(segment)) else segment for segment in segments)
    return Recorded(method.upper(), "".join(each if each.isprintable() else CUT for each in path), host, place)


def _refuse(place: str, wanted: str) -> NoReturn:
    raise DocumentError(f"{place[0].upper()}{place[1:]} of the recording is not {wanted}.") from None


class Templates:
    """Finds the documented path that a request matches. If several match, takes the path with the most literal text."""

    def __init__(self, templates: Iterable[tuple[str, str]], base: str = "") -> None:
        parts = urlsplit(base)
        self._host, self._prefix = parts.netloc, parts.path.rstrip("/")
        self._known: dict[str, list[tuple[tuple[int, ...], str, re.Pattern[str]]]] = {}
        for method, template in dict.fromkeys(templates):
            texts = re.split("{[^}]*}", unquote(template))
            plain = "[^/]+".join(map(re.escape, texts))
            # A parameter at the end may span several segments, because it may be the path of a file.
            wide = plain.removesuffix("[^/]+") + ".+" if not texts[-1] and len(texts) > 1 else plain
            for spans, pattern in enumerate((plain, wide)):
                rank = (-len(re.sub("{[^}]*}", "", template)), spans, template.count("{"))
                self._known.setdefault(method, []).append((rank, template, re.compile(pattern, re.DOTALL)))
        for known in self._known.values():
            known.sort(key=lambda one: one[:2])

    def match(self, recorded: Recorded) -> tuple[str, str] | None:
        """The documented method and path of a request, or None if no path matches. A HEAD request can match a GET."""
        if self._host and recorded.host and recorded.host != self._host:
            return None
        if not recorded.path.startswith(f"{self._prefix}/") and recorded.path != self._prefix:
            return None
        path = unquote(recorded.path[len(self._prefix) :]) or "/"
        for method in (recorded.method, "GET") if recorded.method == "HEAD" else (recorded.method,):
            for _, template, pattern in self._known.get(method, ()):
                if pattern.fullmatch(path):
                    return method, template
        return None
