"""The lessons: the original notebooks, a learner's copies of them, and the run-sheet (timetable) for a presenter.

A copy has no outputs, because the learner predicts each output before running the cell. A newer original replaces a
copy only if the learner never changed the copy. To detect changes by the learner, the file
`.scopekit-lessons.json` holds the hash that each copy had when it was made or updated.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scopekit.errors import InputError
from scopekit.wording import one_of, shortened

MANIFEST = ".scopekit-lessons.json"

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class CopyReport:
    """The files that `copy_lessons` created, updated, left unchanged, or kept because the learner had changed them."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def originals() -> Path:
    """The folder of the original lessons: inside an installed package, or beside the package in a source checkout."""
    installed = _PACKAGE / "notebooks"
    return installed if installed.is_dir() else checkout_originals()


def checkout_originals() -> Path:
    """For authors: the folder of the original lessons in a source checkout. Raises InputError outside a checkout."""
    checkout = _PACKAGE.parent
    if not (checkout / "pyproject.toml").is_file() or not (checkout / "notebooks").is_dir():
        raise InputError("The original lessons are only in a source checkout, and scopekit does not run from one.")
    return checkout / "notebooks"


def copy_lessons(folder: Path) -> CopyReport:
    """Copies each lesson to `folder`, but never overwrites a copy that the learner changed.

    Raises InputError if the folder cannot be used.
    """
    try:
        source = originals()
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file; the lessons need a folder.")
        if folder.resolve() == source.resolve():
            raise InputError(f"{folder} holds the original lessons; copies need another folder.")
        folder.mkdir(parents=True, exist_ok=True)
        return _copy(source, folder)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"The lessons cannot be copied to {folder}: {reason}.") from error


def _copy(source: Path, folder: Path) -> CopyReport:
    try:
        recorded = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        recorded = {}
    recorded = recorded if isinstance(recorded, dict) else {}  # without hashes, a different copy counts as changed
    manifest = dict(recorded)
    outcomes: dict[str, list[str]] = {"created": [], "updated": [], "kept": [], "unchanged": []}
    for lesson in sorted(source.glob("*.ipynb")):
        copy, content = folder / lesson.name, without_outputs(lesson.read_bytes())
        outcome = _outcome(copy, content, recorded.get(lesson.name))
        outcomes[outcome].append(lesson.name)
        if outcome in ("created", "updated"):
            _write(copy, content)
        if outcome != "kept":
            manifest[lesson.name] = hashlib.sha256(content).hexdigest()
    if manifest != recorded:
        _write(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n")
    return CopyReport(**{outcome: tuple(names) for outcome, names in outcomes.items()})


def without_outputs(content: bytes) -> bytes:
    """Returns a notebook without its outputs. If the content is not a notebook, returns the content unchanged."""
    try:
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            cell.update({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})
    except (ValueError, TypeError, KeyError):
        return content
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _outcome(copy: Path, content: bytes, recorded: str | None) -> str:
    """Says what to do with a copy: `created`, `updated`, `unchanged`, or `kept` because the learner changed it."""
    if not os.path.lexists(copy):
        return "created"
    if not copy.is_file():
        return "kept"
    present = copy.read_bytes()
    if present == content:
        return "unchanged"
    return "updated" if hashlib.sha256(present).hexdigest() == recorded else "kept"


def _write(path: Path, content: bytes) -> None:
    """Writes a file atomically, so that a reader finds either the old content or all of the new content."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


SECTION = re.compile(r"^## +(.+)$", re.MULTILINE)
"""The heading of a section of a lesson. Sections are numbered from 1, and `lab.goto` uses these numbers."""

FULL_MINUTES = 60
"""A pause follows once the lessons have taken this many minutes."""

_EXERCISE = re.compile(r'lab\.check\("(\d\d\.\d+)"')


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson, read from its notebook: the question, the length in minutes, and the objectives.

    `before` holds the numbers of the lessons to take first. `notes` are for the presenter. `sections` are the
    headings, and `exercises` are the ids of the exercises.
    """

    number: str
    file: str
    question: str
    minutes: int
    before: tuple[str, ...]
    objectives: tuple[str, ...]
    notes: tuple[str, ...]
    sections: tuple[str, ...]
    exercises: tuple[str, ...]


def lessons() -> tuple[Lesson, ...]:
    """All original lessons, in order of their numbers."""
    return tuple(read_lesson(path) for path in sorted(originals().glob("*.ipynb")))


def read_lesson(path: Path) -> Lesson:
    """Reads a lesson from its notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    facts = notebook["metadata"]["scopekit"]
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return Lesson(
        path.name[:2], path.name, cells[0][1].splitlines()[0].removeprefix("# "), facts["minutes"],
        tuple(facts["before"]), tuple(facts["objectives"]), tuple(facts["notes"]),
        sections=tuple(title for kind, source in cells if kind == "markdown" for title in SECTION.findall(source)),
        exercises=tuple(name for kind, source in cells if kind == "code" for name in _EXERCISE.findall(source)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunSheet:
    """A timetable of lessons, with a pause after each hour of lessons. Times are in minutes after midnight."""

    lessons: tuple[Lesson, ...]
    start: int
    pause: int

    @property
    def begins(self) -> tuple[int, ...]:
        """The start of each lesson, followed by the end of the last lesson."""
        now, listened, begins = self.start, 0, list[int]()
        for lesson in self.lessons:
            if listened >= FULL_MINUTES:
                now, listened = now + self.pause, 0
            begins.append(now)
            now, listened = now + lesson.minutes, listened + lesson.minutes
        return (*begins, now)


def run_sheet(numbers: Sequence[str] = (), start: str = "09:00", pause: int = 10) -> RunSheet:
    """The run-sheet of the lessons with these numbers (default: all). Raises InputError for a wrong number or start."""
    paths = {path.name[:2]: path for path in sorted(originals().glob("*.ipynb"))}
    if unknown := [number for number in numbers if number not in paths]:
        raise InputError(one_of("A lesson", unknown[0], paths))
    clock = re.fullmatch(r"(\d{1,2}):(\d\d)", start, re.ASCII)
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:
        raise InputError(f"A run-sheet must start at a time of day, such as 09:00; found {shortened(start)}.")
    chosen = tuple(read_lesson(paths[number]) for number in numbers or paths)
    return RunSheet(chosen, int(clock[1]) * 60 + int(clock[2]), pause)
