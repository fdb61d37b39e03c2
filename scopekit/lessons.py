"""The lessons on disk: where the originals are, and a learner's own copies of them.

A copy has no outputs: a learner predicts first, and then runs. It belongs to the learner. A newer original replaces it
only while it is still, byte for byte, what was copied.
The hash of each copied file is kept in `.scopekit-lessons.json` beside the copies.

The course: its lessons as their notebooks say them, and the sheet by which somebody presents them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scopekit.errors import LessonsError, one_of, shortened

MANIFEST = ".scopekit-lessons.json"

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What `copy_lessons` did, as the names of lessons: `kept` are those that the learner has made their own."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def originals() -> Path:
    """Folder of the lessons as shipped: inside an installed package, beside the package in a source checkout."""
    installed = _PACKAGE / "notebooks"
    return installed if installed.is_dir() else checkout_originals()


def checkout_originals() -> Path:
    """Folder of the lessons in a source checkout, for authors; `LessonsError` when this is no checkout."""
    checkout = _PACKAGE.parent
    if not (checkout / "pyproject.toml").is_file() or not (checkout / "notebooks").is_dir():
        raise LessonsError("The original lessons are only in a source checkout, and scopekit does not run from one.")
    return checkout / "notebooks"


def copy_lessons(folder: Path) -> CopyReport:
    """Each lesson is in `folder` afterwards, and nothing that the learner wrote is lost.

    `LessonsError` when the folder cannot be used.
    """
    source = originals()
    try:
        return _copied(source, _usable(folder, source))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LessonsError(f"The lessons cannot be copied to {folder}: {reason}.") from error


def _usable(folder: Path, source: Path) -> Path:
    if folder.exists() and not folder.is_dir():
        raise LessonsError(f"{folder} is a file; the lessons need a folder.")
    if folder.resolve() == source.resolve():
        raise LessonsError(f"{folder} holds the originals; copies need another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _copied(source: Path, folder: Path) -> CopyReport:
    recorded = _read_manifest(folder)
    manifest = dict(recorded)
    outcomes: dict[str, list[str]] = {"created": [], "updated": [], "kept": [], "unchanged": []}
    for lesson in sorted(source.glob("*.ipynb")):
        content = _without_outputs(lesson.read_bytes())
        outcome = _outcome(folder / lesson.name, content, recorded.get(lesson.name))
        outcomes[outcome].append(lesson.name)
        if outcome in ("created", "updated"):
            _write(folder / lesson.name, content)
        if outcome != "kept":
            manifest[lesson.name] = _sha256(content)
    if manifest != recorded:
        _write(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n")
    return CopyReport(**{outcome: tuple(names) for outcome, names in outcomes.items()})


def _without_outputs(content: bytes) -> bytes:
    """A notebook as it was before it was run; a file that is none, as it is."""
    try:
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            cell.update({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})
    except (ValueError, TypeError, KeyError):
        return content
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _outcome(copy: Path, content: bytes, recorded: str | None) -> str:
    if not os.path.lexists(copy):
        return "created"
    if not copy.is_file():
        return "kept"
    found = copy.read_bytes()
    if found == content:
        return "unchanged"
    return "updated" if _sha256(found) == recorded else "kept"


def _read_manifest(folder: Path) -> dict[str, str]:
    """Hash of each copied lesson; empty without a readable manifest, so that each changed file is the learner's."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _write(path: Path, content: bytes) -> None:
    """The file holds either its old content or all of the new, whenever one looks."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


SECTION = re.compile(r"^## +(.+)$", re.MULTILINE)
"""A heading that begins a section of a lesson; they are counted from 1, and `lab.goto` knows them by that number."""

FULL_MINUTES = 60
"""How long people listen before they are given a pause."""

_EXERCISE = re.compile(r'lab\.check\("(\d\d\.\d+)"')
_TIME = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as its notebook says it: its question, its minutes, what comes before it and what one can do after.

    `notes` are for whoever presents it. `sections` are its headings, and `exercises` the ids of those it asks for.
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
    """The lessons that are shipped, in their order."""
    return tuple(_read(path.name, path.read_text("utf-8")) for path in sorted(originals().glob("*.ipynb")))


def _read(file: str, text: str) -> Lesson:
    notebook = json.loads(text)
    facts = notebook["metadata"]["scopekit"]
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return Lesson(
        file[:2], file, cells[0][1].splitlines()[0].removeprefix("# "), facts["minutes"],
        tuple(facts["before"]), tuple(facts["objectives"]), tuple(facts["notes"]),
        sections=tuple(title for kind, source in cells if kind == "markdown" for title in SECTION.findall(source)),
        exercises=tuple(name for kind, source in cells if kind == "code" for name in _EXERCISE.findall(source)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunSheet:
    """Lessons, and when each begins, in minutes after midnight; there is a pause once an hour is full.

    Its text is Markdown: to print, or to read beside the room's screen.
    """

    lessons: tuple[Lesson, ...]
    start: int
    pause: int

    @property
    def begins(self) -> tuple[int, ...]:
        """When each lesson begins, and last when all is over."""
        now, listened, begins = self.start, 0, list[int]()
        for lesson in self.lessons:
            if listened >= FULL_MINUTES:
                now, listened = now + self.pause, 0
            begins.append(now)
            now, listened = now + lesson.minutes, listened + lesson.minutes
        return (*begins, now)

    def __str__(self) -> str:
        from scopekit.render.run_sheets import run_sheet_markdown

        return run_sheet_markdown(self)


def run_sheet(numbers: Sequence[str] = (), start: str = "09:00", pause: int = 10) -> RunSheet:
    """The run-sheet of these lessons, or of all, from a time of day on; LessonsError for what is no lesson, or time."""
    known = {lesson.number: lesson for lesson in lessons()}
    if unknown := [number for number in numbers if number not in known]:
        raise LessonsError(one_of("A lesson", unknown[0], known))
    found = _TIME.fullmatch(start)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise LessonsError(f"A run-sheet starts at a time of day, such as 09:00; found {shortened(start)}.")
    return RunSheet(tuple(known[number] for number in numbers or known), int(found[1]) * 60 + int(found[2]), pause)
