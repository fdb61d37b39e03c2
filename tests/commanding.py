"""The command line: called here, in a process of its own, or in a terminal."""

import contextlib
import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
from unittest import mock

from scopekit.cli import main

MAIN = "import sys; from scopekit.cli import main; sys.exit(main())"


def _no_other_program(program, *_):
    raise AssertionError(f"{program} would take the place of the tests; say what to call for it")


def scopekit(*arguments, folder, stdin="", execve=_no_other_program, **environment):
    """What `scopekit ARGUMENTS` does, called here as if started in `folder`; `execve` stands for os.execve."""
    streams = [io.TextIOWrapper(io.BytesIO(sent), encoding="utf-8") for sent in (stdin.encode(), b"", b"")]
    patched = dict(zip(("stdin", "stdout", "stderr"), streams, strict=True), argv=["scopekit", *arguments])
    with (
        contextlib.chdir(folder),
        mock.patch.multiple(sys, **patched),
        _surroundings(environment),
        mock.patch("os.execve", execve),
    ):
        try:
            status = main()
        except SystemExit as end:
            status = end.code
    _, *printed = streams
    for stream in printed:
        stream.flush()
    return subprocess.CompletedProcess(arguments, status, *(stream.buffer.getvalue().decode() for stream in printed))


@contextlib.contextmanager
def _surroundings(environment):
    """The environment of a command: this process's own, without colours and wide, and changed as asked."""
    known = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **environment}
    with mock.patch.dict(os.environ, clear=True):
        os.environ.update({name: value for name, value in known.items() if value is not None})
        yield


def scopekit_process(*arguments, folder, before="", stdin="", **environment):
    """The finished process of `scopekit ARGUMENTS`, run in `folder` after the statements `before`."""
    command = [sys.executable, "-c", f"{before}\n{MAIN}", *arguments]
    with _surroundings(environment):
        return subprocess.run(
            command, cwd=folder, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=60
        )


def refusal(process, status=None):
    """The one line on stderr of a process that failed without a traceback, and without a word on stdout."""
    assert process.returncode in (1, 2) if status is None else process.returncode == status
    assert "Traceback" not in process.stderr
    (line,) = process.stderr.splitlines()
    return line


def in_terminal(*arguments, folder, typed="", columns=80, **environment):
    """What a terminal of so many columns shows of `scopekit ARGUMENTS`, once `typed` was answered; and the status."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        known |= {"TERM": "xterm-256color", **environment}
        os.execve(sys.executable, [sys.executable, "-c", MAIN, *arguments], known)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = _read_until(terminal, b": ") if typed else b""
    os.write(terminal, f"{typed}\n".encode())
    shown += _read_until(terminal, None)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(status)


def _read_until(terminal, end):
    shown = b""
    while end is None or not shown.endswith(end):
        try:
            read = os.read(terminal, 4096)
        except OSError:  # Linux says so where the other side is closed
            break
        if not read:
            break
        shown += read
    return shown
