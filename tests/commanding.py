"""The real command in a process of its own: piped, or in a terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

MAIN = "import sys; from scopekit.cli import main; sys.exit(main())"


def scopekit(*arguments, folder, before="", stdin="", **environment):
    """The finished process of `scopekit ARGUMENTS`, run in `folder` after the statements `before`."""
    command = [sys.executable, "-c", f"{before}\n{MAIN}", *arguments]
    known = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **environment}
    known = {name: value for name, value in known.items() if value is not None}
    return subprocess.run(
        command, cwd=folder, env=known, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=60
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
