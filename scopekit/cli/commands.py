"""The commands, in the order of the help, and their exit statuses.

To add a command, write a function in a module beside this one and list the function in COMMANDS. The docstring of the
function is the help text. A command returns its exit status: 0 for success or allowed, 1 for denied or a person's
mistake, 2 for a wrong command line, and 130 if somebody stopped the command.

A token in an argument would stay in the shell's history, and `ps` would show it to every user of the machine. So a
command line with a token is refused, and the message does not repeat the token.
"""

from __future__ import annotations

import os
import re
import sys
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from scopekit.cli.api_commands import audit, lint
from scopekit.cli.lesson_commands import lab, run_sheet
from scopekit.cli.token_commands import decode, explain, mint, scopes
from scopekit.errors import InputError, ScopeKitError
from scopekit.wording import visible

LONG_PART = 20
"""Three parts of at least this many characters count as a token. The parts of host and file names are shorter."""

LONG_VALUE, LONG_NAME = 12, 24
"""A value, or an option's name, that is at least this long may be a misplaced key."""


def refuse_tokens(arguments: Iterable[str]) -> None:
    """Raises InputError if an argument looks like a token. The message does not repeat the argument."""
    if any(looks_like_token(argument) for argument in arguments):
        raise InputError(
            "A token may not be an argument: it would stay in the shell's history and show in the list of processes. "
            "Give it at the prompt, in a file with --token-file, or on standard input."
        )


def looks_like_token(text: str) -> bool:
    """Whether the text holds a token: three parts of base64url, separated by dots, and JSON in the first part.

    Without JSON, three parts count only if all of them are long, because host names may also have three parts.
    """
    for run in re.findall(r"[A-Za-z0-9_.=-]+", text):
        parts = run.split(".")
        for first, *others in zip(parts, parts[1:], parts[2:], strict=False):
            header = first.rpartition("=")[2]  # `--option=` may come before the header
            if all(len(part) >= LONG_PART for part in (header, *others)) or _ends_in_json(header):
                return True
    return False


def _ends_in_json(part: str) -> bool:
    """Whether a JSON object in base64url starts somewhere in `part`, perhaps after an option such as `-t`."""
    for start in (match.start() for match in re.finditer("e", part)):
        encoded = part[start : start + 16]
        with suppress(ValueError):
            if re.match(rb'\{\s*["}]', urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))):
                return True
    return False


def without_values(message: str, arguments: Sequence[str]) -> str:
    """Removes long arguments from the message of a usage error, because a long argument may be a misplaced key."""
    for argument in sorted(arguments, key=len, reverse=True):
        name, _, value = argument.partition("=") if argument.startswith("-") else ("", "", argument)
        for text, least in ((name, LONG_NAME), (value, LONG_VALUE)):
            if len(text) >= least:
                message = message.replace(text, "…")
    return message


COMMANDS = (lab, run_sheet, mint, decode, explain, scopes, lint, audit)

STOPPED = 130
"""The exit status after Ctrl-C, the same as in shells."""

app = typer.Typer(
    epilog="A token is read from a hidden prompt, from --token-file or from standard input, never from an argument. "
    "To complete commands and options in your shell, run `scopekit --install-completion`.",
    add_completion=True,
    rich_markup_mode=None,  # rich takes a tenth of a second to draw boxes around the help
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def scopekit(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Learn and check what an API key may do: lessons, and tools for JSON Web Tokens with scopes."""
    if show_version:
        try:
            print(f"scopekit {version('scopekit-jwt')}")
        except PackageNotFoundError:
            print("scopekit, run from a checkout that is not installed")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        print(context.get_help())


for command in COMMANDS:
    app.command()(command)


def run() -> int:
    """Runs the command in `sys.argv` and returns its exit status. Reports a person's mistake on stderr."""
    if sys.stdout is None:
        return _refuse("There is no standard output to write to.", 1)
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")  # a mark that the terminal cannot encode prints as `?`
    try:
        refuse_tokens(sys.argv[1:])
        status = app(prog_name="scopekit", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _refuse(without_values(error.format_message(), sys.argv[1:]), error.exit_code)
    except ScopeKitError as error:
        return _refuse(str(error), 1)
    except (typer.Abort, EOFError):
        return _refuse("Stopped: nothing was entered.", 1)
    except KeyboardInterrupt:
        status = STOPPED
    except OSError as error:
        if error.filename is not None:  # the error is about a file and not about standard output
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # otherwise Python complains at exit
        if isinstance(error, BrokenPipeError):
            return 1
        return _refuse(f"Standard output cannot be written to: {error.strerror}.", 1)
    if status == STOPPED:  # Typer also returns this if a command was stopped
        return _refuse("Stopped before the command had finished.", STOPPED)
    return status if isinstance(status, int) else 0


def _refuse(sentence: str, status: int) -> int:
    print(visible(" ".join(sentence.split())), file=sys.stderr)
    return status
