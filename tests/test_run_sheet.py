"""The sheet by which somebody presents the lessons: its times, and what it says of each."""

from __future__ import annotations

import pytest

from scopekit import lessons as course
from scopekit.errors import InputError
from scopekit.lab.exercises import EXERCISES
from scopekit.lessons import run_sheet
from scopekit.render.markdown import run_sheet_markdown
from tests.test_cli import scopekit


def test_a_lesson_begins_when_the_one_before_has_ended():
    sheet = run_sheet(["01", "02"], "23:50")
    assert sheet.begins == (23 * 60 + 50, 24 * 60 + 5, 24 * 60 + 25)
    assert "| 00:05 | 02 What is inside a token? | 20 |" in run_sheet_markdown(sheet)


def test_there_is_a_pause_once_an_hour_is_full_and_none_at_the_end():
    sheet = run_sheet(["02", "03", "04", "05"], "09:00", pause=15)
    assert sheet.begins == (540, 560, 580, 615, 635)
    assert run_sheet_markdown(sheet).count("*pause* | 15 |") == 1
    assert "*pause*" not in run_sheet_markdown(run_sheet(["02", "03", "04"]))


def test_the_lessons_come_in_the_order_in_which_they_are_asked_for():
    assert [lesson.number for lesson in run_sheet(["12", "03"]).lessons] == ["12", "03"]
    assert run_sheet().lessons == course.lessons()


@pytest.mark.parametrize("lesson", course.lessons(), ids=lambda lesson: lesson.number)
def test_the_sheet_says_all_that_a_lesson_says_to_whoever_presents_it(lesson):
    shown = run_sheet_markdown(run_sheet([lesson.number]))
    assert lesson.notes
    for each in (lesson.question, *lesson.objectives, *lesson.notes, *lesson.sections, *lesson.exercises):
        assert each in shown


def test_a_lesson_asks_for_the_exercises_that_there_are():
    assert [name for lesson in course.lessons() for name in lesson.exercises] == list(EXERCISES)


@pytest.mark.parametrize("start", ["9", "24:00", "09:60", "nine", "09:00:00", "\u0660\u0669:00"])
def test_what_is_no_time_of_day_is_refused(start):
    with pytest.raises(InputError, match="must start at a time of day, such as 09:00; found"):
        run_sheet(start=start)


def test_a_command_prints_it_or_writes_it(tmp_path):
    printed = scopekit("run-sheet", "03", "--start", "14:00", folder=tmp_path)
    assert printed.stdout == f"{run_sheet_markdown(run_sheet(['03'], '14:00'))}\n"
    written = scopekit("run-sheet", "03", "--start", "14:00", "--out", "sheet.md", folder=tmp_path)
    assert (written.stdout, (tmp_path / "sheet.md").read_text("utf-8")) == ("", printed.stdout)


def test_the_command_refuses_a_lesson_that_there_is_not(tmp_path):
    refused = scopekit("run-sheet", "44", folder=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("A lesson must be one of 00, 01,")
