import json
import os
from pathlib import Path

import pytest

from scopekit import lessons
from scopekit.errors import InputError
from scopekit.lessons import MANIFEST, CopyReport, copy_lessons, originals


@pytest.fixture
def source(tmp_path, monkeypatch):
    """An installed package with two lessons."""
    package = tmp_path / "site-packages" / "scopekit"
    source = package / "notebooks"
    source.mkdir(parents=True)
    (source / "00-start.ipynb").write_text("start, first edition")
    (source / "01-keys.ipynb").write_text("keys, first edition")
    monkeypatch.setattr(lessons, "_PACKAGE", package)
    return source


@pytest.fixture
def folder(tmp_path):
    """The learner's folder, not made yet."""
    return tmp_path / "mine"


def test_the_first_run_copies_every_lesson(source, folder):
    assert copy_lessons(folder) == CopyReport(created=("00-start.ipynb", "01-keys.ipynb"))
    assert (folder / "00-start.ipynb").read_text() == "start, first edition"
    assert sorted(os.listdir(folder)) == [MANIFEST, "00-start.ipynb", "01-keys.ipynb"]


def test_a_second_run_changes_nothing(source, folder):
    copy_lessons(folder)
    manifest = (folder / MANIFEST).stat().st_mtime_ns
    assert copy_lessons(folder) == CopyReport(unchanged=("00-start.ipynb", "01-keys.ipynb"))
    assert (folder / MANIFEST).stat().st_mtime_ns == manifest


def test_an_untouched_lesson_is_updated(source, folder):
    copy_lessons(folder)
    (source / "00-start.ipynb").write_text("start, second edition")
    assert copy_lessons(folder) == CopyReport(updated=("00-start.ipynb",), unchanged=("01-keys.ipynb",))
    assert (folder / "00-start.ipynb").read_text() == "start, second edition"


def test_a_lesson_is_updated_again_and_again(source, folder):
    copy_lessons(folder)
    for edition in ("second", "third"):
        (source / "00-start.ipynb").write_text(edition)
        assert copy_lessons(folder).updated == ("00-start.ipynb",)


def test_a_changed_lesson_is_kept(source, folder):
    copy_lessons(folder)
    (folder / "00-start.ipynb").write_text("my notes")
    (source / "00-start.ipynb").write_text("start, second edition")
    assert copy_lessons(folder).kept == ("00-start.ipynb",)
    assert (folder / "00-start.ipynb").read_text() == "my notes"


def test_a_change_that_was_taken_back_is_no_change(source, folder):
    copy_lessons(folder)
    (folder / "00-start.ipynb").write_text("my notes")
    copy_lessons(folder)
    (folder / "00-start.ipynb").write_text("start, first edition")
    (source / "00-start.ipynb").write_text("start, second edition")
    assert copy_lessons(folder).updated == ("00-start.ipynb",)


def test_a_file_that_was_there_before_the_first_run_is_kept(source, folder):
    folder.mkdir()
    (folder / "00-start.ipynb").write_text("somebody's own notebook")
    assert copy_lessons(folder) == CopyReport(created=("01-keys.ipynb",), kept=("00-start.ipynb",))
    assert (folder / "00-start.ipynb").read_text() == "somebody's own notebook"


@pytest.mark.parametrize("manifest", ["", "not JSON", "[]"], ids=["empty", "no JSON", "a list"])
def test_with_a_damaged_manifest_every_changed_lesson_is_kept(source, folder, manifest):
    copy_lessons(folder)
    (folder / MANIFEST).write_text(manifest)
    (source / "00-start.ipynb").write_text("start, second edition")
    assert copy_lessons(folder) == CopyReport(kept=("00-start.ipynb",), unchanged=("01-keys.ipynb",))
    assert list(json.loads((folder / MANIFEST).read_text())) == ["01-keys.ipynb"]


def test_a_lesson_that_was_deleted_comes_back(source, folder):
    copy_lessons(folder)
    (folder / "01-keys.ipynb").unlink()
    assert copy_lessons(folder).created == ("01-keys.ipynb",)


def test_checkpoints_are_not_copied(source, folder):
    (source / ".ipynb_checkpoints").mkdir()
    (source / ".ipynb_checkpoints" / "00-start-checkpoint.ipynb").write_text("old")
    copy_lessons(folder)
    assert sorted(os.listdir(folder)) == [MANIFEST, "00-start.ipynb", "01-keys.ipynb"]


def test_a_write_that_fails_leaves_the_old_lesson_whole(source, folder, monkeypatch):
    copy_lessons(folder)
    (source / "00-start.ipynb").write_text("start, second edition")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match=r"cannot be copied to .*: No space left on device"):
        copy_lessons(folder)
    assert (folder / "00-start.ipynb").read_text() == "start, first edition"
    assert sorted(os.listdir(folder)) == [MANIFEST, "00-start.ipynb", "01-keys.ipynb"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write to a read-only folder")
def test_a_folder_without_permission_is_refused_in_a_sentence(source, folder):
    folder.mkdir(mode=0o500)
    with pytest.raises(InputError, match=r"cannot be copied to .*: Permission denied"):
        copy_lessons(folder)


def test_a_file_in_the_place_of_the_folder_is_refused(source, folder):
    folder.write_text("a letter")
    with pytest.raises(InputError, match="is a file; the lessons need a folder"):
        copy_lessons(folder)
    assert folder.read_text() == "a letter"


def test_the_folder_of_the_originals_is_refused(source):
    with pytest.raises(InputError, match="holds the original lessons"):
        copy_lessons(source)
    assert sorted(os.listdir(source)) == ["00-start.ipynb", "01-keys.ipynb"]


def test_an_installed_package_has_its_lessons_inside(source):
    assert originals() == source


def test_a_checkout_has_its_lessons_beside_the_package():
    assert originals() == Path(__file__).parent.parent / "notebooks"


def test_an_installed_package_has_no_originals_to_edit(source):
    with pytest.raises(InputError, match="only in a source checkout"):
        lessons.checkout_originals()


def test_a_copy_has_no_outputs_so_that_a_prediction_comes_before_the_answer(folder, source):
    cell = {"cell_type": "code", "execution_count": 3, "outputs": [{"text": "28"}], "source": "len(calls)"}
    (source / "00-start.ipynb").write_text(json.dumps({"cells": [cell, {"cell_type": "markdown", "source": "Why?"}]}))
    copy_lessons(folder)
    blank = {"cell_type": "code", "execution_count": None, "outputs": [], "source": "len(calls)"}
    copied = json.loads((folder / "00-start.ipynb").read_text())
    assert copied == {"cells": [blank, {"cell_type": "markdown", "source": "Why?"}]}
