"""`scopekit run-sheet`: what somebody needs beside the screen who presents the lessons."""

from pathlib import Path
from typing import Annotated

import typer

from scopekit.cli.writing import write


def run_sheet(
    lessons: Annotated[
        list[str] | None,
        typer.Argument(metavar="LESSON", help="Numbers of lessons, such as 03. All, else."),
    ] = None,
    start: Annotated[str, typer.Option(metavar="HH:MM", help="When the first one begins.")] = "09:00",
    pause: Annotated[int, typer.Option(min=0, max=240, help="Minutes of pause whenever an hour is full.")] = 10,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the Markdown there.")] = None,
) -> int:
    """Print the run-sheet of the lessons as Markdown: times, objectives, notes, and where one can begin anew."""
    from scopekit import course

    sheet = str(course.run_sheet(lessons or (), start, pause))
    if out is None:
        print(sheet)
    else:
        write(out, sheet + "\n")
    return 0
