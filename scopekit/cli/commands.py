"""The commands: one file each, in the order of the help.

A new one is a function in a file of its own beside this one, whose docstring is its help text; name it in COMMANDS. It
returns its exit status: 0 fine or allowed, 1 denied or a person's mistake, 2 a command line that cannot be read, and
130 where somebody stopped it.
"""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from scopekit.cli.argv import refuse_tokens, without_values
from scopekit.cli.audit import audit
from scopekit.cli.decode import decode
from scopekit.cli.explain import explain
from scopekit.cli.lab import lab
from scopekit.cli.lint import lint
from scopekit.cli.mint import mint
from scopekit.cli.run_sheet import run_sheet
from scopekit.cli.scopes import scopes
from scopekit.errors import ScopeKitError, visible

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
        print(f"scopekit {version('scopekit')}")
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
