"""The exercises: every solution passes, every known mistake is named, every stub fails kindly, and hints help."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import nbformat
import pytest

from scopekit import Lab, LessonClock
from scopekit.errors import LabError
from scopekit.lab.exercises import EXERCISES, LESSONS

NOTEBOOKS = {path.name[:2]: path for path in (Path(__file__).parents[1] / "notebooks").glob("*.ipynb")}


class Touchy:
    def __eq__(self, other):
        raise ValueError("no comparison")

    __hash__ = None

    def __repr__(self):
        return "touchy"


JUNK = {
    "touchy": Touchy(), "ellipsis": ..., "nothing": None, "number": 3, "text": "repo", "bytes": b"repo",
    "unknown scope": ["no-such-scope"], "mixed list": ["repo", 7], "function": lambda: None, "object": object(),
    "empty": {}, "torn token": "eyJ.x.y",
}  # fmt: skip

each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
each_mistake = pytest.mark.parametrize(
    ("exercise", "name"),
    [pytest.param(each, name, id=f"{each.id} {name}") for each in EXERCISES.values() for name in each.wrong],
)


@pytest.fixture(scope="module")
def lab():
    with Lab("exercises") as lab:
        yield lab


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@each_exercise
def test_solution_passes(lab, exercise):
    checked = lab.check(exercise.id, exercise.solution(lab))
    assert checked.passed, checked
    assert checked.verdict.kind == "passed"


@each_mistake
def test_wrong_answer_gets_its_own_diagnosis(lab, exercise, name):
    checked = lab.check(exercise.id, exercise.wrong[name](lab))
    assert (checked.passed, checked.verdict.misconception) == (False, name), checked


@each_exercise
def test_stub_fails_kindly(lab, exercise):
    checked = lab.check(exercise.id, exercise.stub)
    assert checked.verdict.message == "There is no answer yet."
    assert f'`lab.hint("{exercise.id}")` gives a hint.' in repr(checked)


@each_exercise
@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_junk_is_refused_in_a_sentence(lab, exercise, junk):
    checked = lab.check(exercise.id, junk)
    assert not checked.passed
    assert re.fullmatch(r"[A-Z'].+[.?]", checked.verdict.message)


@each_exercise
def test_answer_leaves_the_lab_as_it_was(lab, exercise):
    def world():
        with lab.aside():
            return lab.clock.now(), len(lab.denylist), str(lab.mint(["repo"])), lab.state.data.snapshot()

    before = world()
    lab.check(exercise.id, exercise.solution(lab))
    assert [*world()[:2], world()[3]] == [*before[:2], before[3]]


def test_check_uses_up_no_id(lab):
    with lab.aside():
        before = str(lab.mint(["repo"]))
    lab.check("01.1", ["user:email", "user:follow"])
    with lab.aside():
        assert str(lab.mint(["repo"])) == before


@each_exercise
def test_exercise_has_two_mistakes_and_three_hints_at_least(exercise):
    assert len(exercise.wrong) >= 2
    assert len(exercise.hints) >= 3


@each_exercise
def test_hints_come_in_order_and_then_end(exercise):
    with Lab("hints") as lab:
        for number in range(1, len(exercise.hints) + 1):
            assert lab.hint(exercise.id).shown == exercise.hints[:number]
        with pytest.raises(LabError, match="no further hint"):
            lab.hint(exercise.id)


@each_exercise
def test_no_hint_holds_the_answer(lab, exercise):
    for fragment in re.findall(r"`([^`]+)`", " ".join(exercise.hints)):
        answer = None
        with contextlib.suppress(Exception):  # most are words, or have a gap
            answer = eval(fragment, {"lab": lab})
        assert not lab.check(exercise.id, answer).passed, fragment
    solution = exercise.solution(lab)
    if isinstance(solution, list):
        assert not set(solution) <= set(re.findall(r"[\w:.]+", " ".join(exercise.hints)))


@each_exercise
def test_lesson_asks_for_it_with_its_stub_and_says_so(exercise):
    cells = nbformat.read(NOTEBOOKS[exercise.lesson], as_version=4).cells
    [cell] = [cell for cell in cells if cell.cell_type == "code" and f'lab.check("{exercise.id}"' in cell.source]
    prose = "".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert f"### Exercise {exercise.id}" in prose
    assert "There is no answer yet" in json.dumps(cell.outputs)


def test_every_lesson_with_exercises_has_two_or_three():
    assert {2, 3} >= {len(lesson.EXERCISES) for lesson in LESSONS}


def test_unknown_exercise_is_refused_with_the_nearest(lab):
    with pytest.raises(LabError, match=r"found '03\.9'; did you mean '03\.\d'"):
        lab.check("03.9", [])


def test_error_in_an_answer_is_told_by_its_name_alone(lab):
    def careless(*_):
        return {}["scopes"]

    assert lab.check("03.2", careless).verdict.message == "Your answer stopped with KeyError: \"'scopes'\"."


def test_one_long_token_for_the_night_is_a_way_that_was_not_meant(lab):
    checked = lab.check("06.3", lambda token: token or lab.mint(["read:packages"], ttl_seconds=86400))
    assert (checked.passed, checked.verdict.kind) == (True, "unintended")
    assert "24 hours" in checked.verdict.message


def test_progress_is_kept_for_the_next_kernel(tmp_path):
    with Lab("first") as lab:
        lab.check("01.1", ["user:email", "user:follow"])
        lab.check("01.1", ["user:email", "user:follow"])
        lab.check("03.1", ["repo"])
    with Lab("second") as lab:
        assert lab.progress.passed == ("01.1",)
        assert f"1 of {len(EXERCISES)} exercises passed" in repr(lab.progress)
        exported = json.loads(lab.progress.export(tmp_path / "mine.json").read_text())
    assert exported == {"passed": {"01.1": EXERCISES["01.1"].objective}, "exercises": len(EXERCISES)}


def test_damaged_line_of_the_progress_is_passed_over_and_nothing_else_lost():
    damaged = ["not JSON", "[" * 9000, '{"passed": ["a"]}', '{"passed": "99.9"}', "[]"]
    lines = ['{"passed": "01.1"}', *damaged, '{"passed": "03.1"}']
    Path(".scopekit-progress.jsonl").write_text("\n".join(lines) + "\n")
    with Lab("damaged") as lab:
        assert lab.progress.passed == ("01.1", "03.1")


def test_progress_that_cannot_be_kept_is_kept_for_this_kernel():
    Path(".scopekit-progress.jsonl").mkdir()
    with Lab("folder") as lab:
        assert lab.check("01.1", ["user:email", "user:follow"]).passed
        assert lab.progress.passed == ("01.1",)


def test_certificate_holds_what_was_passed_and_verifies_with_the_public_key():
    from scopekit import GITHUB, Guard, any_of
    from scopekit.lab.exercises.course import LEARNT
    from scopekit.lab.world.world import CERTIFICATES

    with Lab("certified") as lab:
        lab.check("01.1", ["user:email", "user:follow"])
        certificate, keys = lab.certificate("Ada"), lab.certificate_keys
        clock = LessonClock(lab.clock.now())
    guard = Guard(keys, audience=CERTIFICATES, profile=GITHUB, vocabulary=LEARNT, clock=clock)
    assert (certificate.claims["sub"], certificate.scopes) == ("Ada", ("01.1",))
    assert guard.decide(f"Bearer {certificate}", any_of("01.1"))
    assert not guard.decide(f"Bearer {certificate}", any_of("03.1"))
    clock.advance(89 * 86400)
    assert guard.decide(f"Bearer {certificate}", any_of("01.1"))
    assert all(not key.is_secret for key in keys)


def test_contents_list_every_lesson_with_its_minutes(lab):
    contents = lab.contents
    assert [lesson.number for lesson in contents.lessons] == sorted(NOTEBOOKS)
    assert repr(contents).endswith(f"{len(NOTEBOOKS)} lessons, {contents.minutes} minutes")
    assert "<a href='01-what-is-wrong-with-an-api-key.ipynb'>" in contents._repr_html_()
