"""The lessons on disk: where the originals are, and a learner's own copies of them.

A copy has no outputs: a learner predicts first, and then runs. It belongs to the learner. A newer original replaces it
only while it is still, byte for byte, what was copied.
The hash of each copied file is kept in `.scopekit-lessons.json` beside the copies.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from scopekit.errors import LessonsError

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
