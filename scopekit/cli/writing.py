"""What a command writes into a file: all of it, or nothing."""

import contextlib
import os
import tempfile
from pathlib import Path

from scopekit.errors import InputError


def reports_must_be_writable(*files: Path | None) -> None:
    """InputError where a report could not be written, or two of them would be one file."""
    named = [file for file in files if file]
    if len({os.path.realpath(file) for file in named}) < len(named):
        raise InputError(f"Each report needs a file of its own; found {named[0]} for two.")
    for file in named:
        must_be_writable(file)


def must_be_writable(file: Path) -> None:
    """InputError where nothing could be written there: asked before the work is done that would be lost."""
    if not os.access(file.parent, os.W_OK):
        raise InputError(f"{file} cannot be written: its folder is not there, or not yours.")
    if file.exists() and not file.is_file():  # a device would be replaced by a file
        raise InputError(f"{file} cannot be written: it is {'a folder' if file.is_dir() else 'no file'}.")


def write(file: Path, text: str) -> None:
    """The text in a file, in the place of what was there; InputError where it cannot be written."""
    must_be_writable(file)
    try:
        handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:100]}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as written:
                written.write(text)
            os.replace(beside, file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None
