"""The figures as text: a table for each kind of call, and the ratios that our server must reach."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from servers import ARTICLE, FASTIFY, OURS, TUNED

Figures = dict[str, dict[str, list[Any]]]

HOT, OPEN = "GET, one token", "GET, unprotected"


def ratio(figures: Figures, to: str, work: str, other_work: str | None = None, kind: str = "rate") -> float:
    """Our rate divided by another server's: the median over all rounds."""
    pairs = zip(figures[OURS.name][work], figures[to][other_work or work], strict=True)
    return median(getattr(one, kind) / getattr(other, kind) for one, other in pairs)


def table(figures: Figures, memory: dict[str, float], ours: str) -> str:
    works = list(figures[ours])

    def medians(kind: str, form: str) -> list[str]:
        return _rows(
            figures, works, lambda name, work: format(median(getattr(e, kind) for e in figures[name][work]), form)
        )  # fmt: skip

    ratios = _rows(figures, works, lambda name, work: f"{ratio(figures, name, work):.2f}")
    held = [f"{name:<26}{megabytes:>7.0f}" for name, megabytes in memory.items()]
    head = f"{'':<26}" + "".join(f"{work:>19}" for work in works)
    parts = {
        "Requests a second, medians": [head, *medians("rate", ",.0f")],
        "Ours divided by each, medians of the rounds' ratios": [head, *ratios],
        "Requests per second of the server's processor time, medians": [head, *medians("rate_by_processor", ",.0f")],
        "99 of 100 answered within, milliseconds": [head, *medians("p99_ms", ".1f")],
        "Memory at the end, MB": held,
    }
    return "\n".join(f"\n{title}\n" + "\n".join(lines) for title, lines in parts.items())


def bars(figures: Figures, memory: dict[str, float]) -> str:
    """Our ratios and the ratios to reach, by the clock and by the servers' processor time."""
    p99 = {name: median(each.p99_ms for each in figures[name][HOT]) for name in (OURS.name, TUNED.name)}
    asked = (
        ("by the article's stack", ARTICLE.name, HOT, "at least 9, aim 14"),
        ("by the same, tuned", TUNED.name, HOT, "at least 3, aim 4.5"),
        ("by Fastify", FASTIFY.name, HOT, "at least 0.7, aim 1.0"),
        ("by our unprotected", OURS.name, OPEN, "at least 0.8"),
    )
    lines = [
        f"{title:<26}{ratio(figures, name, HOT, work):>7.2f}"
        f"{ratio(figures, name, HOT, work, 'rate_by_processor'):>7.2f}   {bar}"
        for title, name, work, bar in asked
    ]
    return "\n".join([
        "\nOurs, GET with one token: by the clock, by processor time, and the bar",
        *lines,
        f"{'p99 by tuned Express':<26}{p99[OURS.name] / p99[TUNED.name]:>7.2f}{'':>7}   at most 0.5",
        f"{'memory by tuned Express':<26}{memory[OURS.name] / memory[TUNED.name]:>7.2f}{'':>7}   at most 0.6",
    ])  # fmt: skip


def _rows(figures: Figures, works: list[str], cell: Callable[[str, str], str]) -> list[str]:
    return [f"{name:<26}" + "".join(f"{cell(name, work):>19}" for work in works) for name in figures]
