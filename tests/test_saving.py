"""Files that people are given: over no other file, unless that is asked for."""

import pytest

from backcare_nb.course.files import SaveError, save_file


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_is_saved_by_its_name_and_the_same_again_is_as_good(tmp_path):
    for _ in range(2):
        save_file(tmp_path / "a lesson.pdf", b"one")
    assert files(tmp_path) == {"a lesson.pdf": b"one"}


def test_another_file_of_that_name_stays_until_it_is_asked_to_be_replaced(tmp_path):
    path = tmp_path / "lesson.pdf"
    path.write_bytes(b"mine")
    with pytest.raises(SaveError, match=r"^.+lesson\.pdf is there already and is not the same, so"):
        save_file(path, b"one")
    assert files(tmp_path) == {"lesson.pdf": b"mine"}
    save_file(str(path), b"one", replace=True)
    assert files(tmp_path) == {"lesson.pdf": b"one"}


def test_a_folder_of_that_name_stays(tmp_path):
    (tmp_path / "lesson.pdf").mkdir()
    for replace in (False, True):
        with pytest.raises(SaveError, match=r"lesson\.pdf"):
            save_file(tmp_path / "lesson.pdf", b"one", replace=replace)
    assert [path.name for path in tmp_path.iterdir()] == ["lesson.pdf"]


def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path):
    with pytest.raises(SaveError, match=r" cannot be written: no such .+\. Choose another file\.$"):
        save_file(tmp_path / "nowhere" / "lesson.pdf", b"one")
    assert files(tmp_path) == {}
