"""What is saved is saved whole and over no other file; where that fails, the old one is there."""

import os
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from backcare_nb.course.files import SaveError, save_file, write_atomically
from backcare_nb.custom import folder as own_folder
from backcare_nb.export import handout
from backcare_nb.export.handout import save_handout
from backcare_nb.export.webpage import save_page
from backcare_nb.figures import disk_cache, draw
from backcare_nb.html import journal_charts
from backcare_nb.journal import example, import_export
from tools import contact_sheet

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
OLD = b"what was there before"
ROTATION = journal_charts.make_knee_roll_chart(example.example_entries())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "a folder"
    path.mkdir()
    monkeypatch.setenv(own_folder.EXERCISES_FOLDER_VARIABLE, str(path))
    monkeypatch.setattr(handout, "render_handout", lambda *_, **__: b"%PDF" * 5000)
    return path


# Each way to save, and the name of the file.
SAVES = {
    "cow.svg": lambda path: draw.draw_still(draw.find_figure("cow")).save(path),
    "cow.png": lambda path: draw.draw_still(draw.find_figure("cow")).save(path),
    "cow.pdf": lambda path: draw.draw_still(draw.find_figure("cow")).save(path),
    "chart.svg": ROTATION.save,
    "chart.png": ROTATION.save,
    "chart.pdf": ROTATION.save,
    "lesson.pdf": lambda path: save_handout("standing_up", path, replace=True),
    "lesson.html": lambda path: save_page("standing_up", path, replace=True),
    "my_rolls.yaml": lambda path: own_folder.save_exercise_file(
        path.stem, "# words\n" * 1000, replace=True
    ),
    "sheet.png": lambda path: contact_sheet.main(["--out", str(path), "--only", "cow"]),
}
NEW = {
    "a_lesson.pdf": lambda path: save_handout("standing_up", path),
    "a_lesson.html": lambda path: save_page("standing_up", path),
    "copy.csv": lambda path: import_export.write_journal_copy(example.example_entries(), path),
    "copy.json": lambda path: import_export.write_journal_copy(example.example_entries(), path),
    "my_own.yaml": lambda path: own_folder.save_exercise_file(path.stem, "# words\n" * 1000),
}


@contextmanager
def full_disk(monkeypatch):
    """No file can be longer than a thousand bytes."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@contextmanager
def file_in_use(monkeypatch):
    """As on Windows, where a file that another program shows cannot be replaced."""

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        for name in ("replace", "hardlink_to"):
            patch.setattr(Path, name, refused)
        yield


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("trouble", [full_disk, file_in_use])
@pytest.mark.parametrize("name", [*SAVES, *NEW])
def test_a_file_that_cannot_be_written_stays_as_it_was_or_is_not_there(
    folder, monkeypatch, name, trouble
):
    for before in ({}, {name: OLD} if name in SAVES else {}):
        for each, old in before.items():
            (folder / each).write_bytes(old)
        with trouble(monkeypatch), pytest.raises((OSError, ValueError)):
            (SAVES | NEW)[name](folder / name)
        assert contents(folder) == before


@pytest.mark.parametrize("name", [*SAVES, *NEW])
def test_saving_a_file_leaves_no_other_file_in_its_folder(folder, name):
    (SAVES | NEW)[name](folder / name)
    assert [path.name for path in folder.iterdir()] == [name]
    assert (folder / name).stat().st_size > 1000


def test_where_a_picture_cannot_be_saved_a_sentence_says_so(folder):
    with pytest.raises(
        SaveError, match=r"nowhere.*cow.pdf cannot be written: no such .*\. Choose another"
    ):
        draw.draw_still(draw.find_figure("cow")).save(folder / "nowhere" / "cow.pdf")
    for name in ("cow.jpg", "cow"):
        with pytest.raises(SaveError, match=rf"^{name}: choose a name that ends in \.svg"):
            draw.draw_still(draw.find_figure("cow")).save(folder / name)
    assert list(folder.iterdir()) == []


def test_on_a_full_disk_a_picture_is_drawn_uncached_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_cache, "FOLDER", tmp_path / "kept" / "pictures")
    with full_disk(monkeypatch):
        assert disk_cache.cache_on_disk(lambda name: name * 1000)("cow") == "cow" * 1000
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# Over no other file, unless that is asked for


def test_saving_over_a_different_file_is_refused_unless_replace_is_asked_for(tmp_path):
    path = tmp_path / "lesson.pdf"
    path.write_bytes(b"mine")
    with pytest.raises(SaveError, match=r"^.+lesson\.pdf is there already and is not the same, so"):
        save_file(path, b"one")
    assert contents(tmp_path) == {"lesson.pdf": b"mine"}
    save_file(str(path), b"one", replace=True)
    save_file(path, b"one")  # the same again is as good
    assert contents(tmp_path) == {"lesson.pdf": b"one"}
    (tmp_path / "folder.pdf").mkdir()
    for replace in (False, True):
        with pytest.raises(SaveError, match=r"folder\.pdf"):
            save_file(tmp_path / "folder.pdf", b"one", replace=replace)
    with pytest.raises(SaveError, match=r" cannot be written: no such .+\. Choose another file\.$"):
        save_file(tmp_path / "nowhere" / "lesson.pdf", b"one")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder.pdf", "lesson.pdf"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_must_be_new_replaces_none_even_where_hard_links_are_refused(
    folder, monkeypatch, links
):
    def refused(*_):
        raise OSError(95, "Operation not supported")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", refused)
    write_atomically(folder / "a file", "é\r\n\n", replace=False)
    with pytest.raises(FileExistsError):
        write_atomically(folder / "a file", b"new", replace=False)
    assert contents(folder) == {"a file": b"\xc3\xa9\r\n\n"}  # in UTF-8, with its own line ends


# The file


def test_an_error_names_the_file_that_was_asked_for(folder):
    with pytest.raises(OSError, match=r"nowhere.*lesson.html'$") as told:
        write_atomically(folder / "nowhere" / "lesson.html", "words")
    assert told.value.filename == str((folder / "nowhere" / "lesson.html").resolve())


@POSIX
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_file_has_the_permissions_that_were_asked_for_or_those_it_had(folder, umask):
    def written(name: str, **asked) -> int:
        write_atomically(folder / name, b"new", **asked)
        return stat.S_IMODE((folder / name).stat().st_mode)

    (folder / "old").touch(mode=0o640)
    (folder / "old").chmod(0o640)
    before = os.umask(umask)
    try:
        assert written("old") == 0o640
        assert written("new") == 0o666 & ~umask
        assert written("asked for", mode=0o644) == 0o644
    finally:
        os.umask(before)


@POSIX
def test_writing_to_a_symbolic_link_keeps_the_link_and_changes_the_file_it_leads_to(folder):
    (folder / "a file").write_bytes(OLD)
    (folder / "a link").symlink_to("a file")
    write_atomically(folder / "a link", b"new")
    assert (folder / "a link").readlink() == Path("a file")
    assert (folder / "a file").read_bytes() == b"new"


@POSIX
def test_a_pipe_is_written_to_and_not_replaced(folder):
    os.mkfifo(folder / "a pipe")
    found = []
    reader = Thread(target=lambda: found.append((folder / "a pipe").read_bytes()))
    reader.start()
    write_atomically(folder / "a pipe", b"new")
    reader.join()
    assert found == [b"new"]
    assert stat.S_ISFIFO((folder / "a pipe").stat().st_mode)


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0 and sys.platform != "win32", reason="root")
def test_a_write_protected_file_is_refused(folder):
    path = folder / "a file"
    path.write_bytes(OLD)
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        write_atomically(path, b"new")
    path.chmod(0o644)
    assert path.read_bytes() == OLD
