"""What a command writes into a file: all of it, or nothing."""

import contextlib
import os
import tempfile
from pathlib import Path

from scopekit.errors import InputError


def write(file: Path, text: str) -> None:
    """The text in a file, in the place of what was there; InputError where it cannot be written."""
    try:
        handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(text)
        os.replace(beside, file)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None
