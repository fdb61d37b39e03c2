"""Responses: an exchange read from text, as `curl -i` prints a response."""

from __future__ import annotations

import re

from scopekit.errors import DocumentError
from scopekit.survey.calls import Exchange

MAX_CHARACTERS = 1_000_000

_STATUS = re.compile(r"HTTP/[0-9.]+[ \t]+([1-5][0-9][0-9])(?:[ \t]+([^\r\n]*))?")
_HEADER = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*)")
_BLANK = re.compile(r"\r?\n[ \t]*\r?\n|\r?\n[ \t]*\Z")


def read_response(text: str) -> Exchange:
    """The response in `text`, with nothing of its request; DocumentError where there is none.

    Where several stand one after the other, as after a redirect, a proxy's answer or a `100 Continue`, it is the last.
    A header that is there several times becomes one, its values with commas between (RFC 9110 section 5.3).
    """
    head, rest = _split(text[:MAX_CHARACTERS].lstrip("\ufeff \t\r\n"))
    while _STATUS.match(rest):
        head, rest = _split(rest)
    first, *lines = head.splitlines() or [""]
    if not (status := _STATUS.fullmatch(first)):
        raise DocumentError("An answer begins as `curl -i` prints it, with a line such as `HTTP/1.1 403 Forbidden`.")
    headers: dict[str, str] = {}
    names: dict[str, str] = {}
    for line in filter(None, map(_HEADER.fullmatch, lines)):
        name = names.setdefault(line[1].lower(), line[1])
        headers[name] = f"{headers[name]}, {line[2].rstrip()}" if name in headers else line[2].rstrip()
    return Exchange("", "", {}, "", int(status[1]), status[2] or "", headers, rest)


def _split(text: str) -> tuple[str, str]:
    """The head of a response, and what comes after the blank line."""
    blank = _BLANK.search(text)
    return (text[: blank.start()], text[blank.end() :]) if blank else (text, "")
