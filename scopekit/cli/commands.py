"""The command line's own words, looked at for what must not be among them.

A token in an argument stays in the shell's history and is shown to every user of the machine by `ps`. So it is refused,
whatever the command, and not said again.

The commands: one file each, in the order of the help.

A new one is a function in a file of its own beside this one, whose docstring is its help text; name it in COMMANDS. It
returns its exit status: 0 fine or allowed, 1 denied or a person's mistake, 2 a command line that cannot be read, and
130 where somebody stopped it.
"""

from __future__ import annotations

import os
import re
import sys
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import typer

from scopekit import __version__
from scopekit.cli.audit_command import audit
from scopekit.cli.explain_command import explain
from scopekit.cli.lesson_commands import lab, run_sheet
from scopekit.cli.lint_command import lint
from scopekit.cli.token_commands import decode, mint, scopes
from scopekit.errors import InputError, ScopeKitError, visible

LONG_PART = 20
"""Characters that no three parts of a host's or file's name have each, as a token's mostly do."""

_RUN = re.compile(r"[A-Za-z0-9_.=-]+")
_OBJECT = re.compile(rb'\{\s*["}]')
_LONG_VALUE, _LONG_NAME = 12, 24


def refuse_tokens(arguments: Iterable[str]) -> None:
    """InputError, which says why and does not echo it, where one of the arguments looks like a token."""
    if any(looks_like_token(argument) for argument in arguments):
        raise InputError(
            "A token is no argument: it would stay in the shell's history and show in the list of processes. "
            "Give it at the prompt, in a file with --token-file, or on standard input."
        )


def looks_like_token(text: str) -> bool:
    """Whether a token is in the text: three parts of base64url with dots between, the first of them a JSON header.

    A host's name has three parts too, so parts that decode to nothing count only where all are long.
    """
    return any(_is_token(each) for run in _RUN.findall(text) for each in _triples(run.split(".")))


def without_values(message: str, arguments: Sequence[str]) -> str:
    """A usage error's message without the longer values of this command line: one may be a key in the wrong place."""
    for argument in sorted(arguments, key=len, reverse=True):
        name, _, value = argument.partition("=") if argument.startswith("-") else ("", "", argument)
        for text, least in ((name, _LONG_NAME), (value, _LONG_VALUE)):
            if len(text) >= least:
                message = message.replace(text, "…")
    return message


def _triples(parts: list[str]) -> Iterator[list[str]]:
    """Three parts in a row; `--option=` may stand before the first."""
    for start in range(len(parts) - 2):
        yield [parts[start].rpartition("=")[2], *parts[start + 1 : start + 3]]


def _is_token(parts: list[str]) -> bool:
    return all(len(each) >= LONG_PART for each in parts) or _is_header(parts[0])


def _is_header(part: str) -> bool:
    """Whether a JSON object is in base64url at the end of `part`: an `e` begins it, and `-t` may stand before."""
    return any(_is_object(part[at : at + 16]) for at, letter in enumerate(part) if letter == "e")


def _is_object(part: str) -> bool:
    try:
        return _OBJECT.match(urlsafe_b64decode(part + "=" * (-len(part) % 4))) is not None
    except ValueError:
        return False


COMMANDS = (lab, run_sheet, mint, decode, explain, scopes, lint, audit)

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""

app = typer.Typer(
    help="Learn and check what an API key may do: lessons, and tools for JSON Web Tokens with scopes.",
    epilog="A token is read from a hidden prompt, from --token-file, or from standard input; never from an argument. "
    "Your shell completes commands and options after `scopekit --install-completion`.",
    add_completion=True,
    rich_markup_mode=None,  # rich would take a tenth of a second to draw the help's boxes
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def scopekit(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Learn and check what an API key may do: lessons, and tools for JSON Web Tokens with scopes."""
    if show_version:
        print(f"scopekit {__version__}")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        print(context.get_help())


for command in COMMANDS:
    app.command()(command)


def run() -> int:
    """Exit status of the command that this process was asked for; a person's mistake is one sentence on stderr."""
    if sys.stdout is None:
        return _refuse("There is no standard output to write to.", 1)
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")  # a mark that this terminal's encoding lacks is no reason to fail
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
        if error.filename is not None:  # of a file, and not of standard output
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains as it exits
        if isinstance(error, BrokenPipeError):
            return 1
        return _refuse(f"Standard output cannot be written to: {error.strerror}.", 1)
    if status == STOPPED:  # which Typer gives, too, where a command was stopped
        return _refuse("Stopped before it was done.", STOPPED)
    return status if isinstance(status, int) else 0


def _refuse(sentence: str, status: int) -> int:
    print(visible(" ".join(sentence.split())), file=sys.stderr)
    return status
