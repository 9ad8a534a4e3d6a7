"""Pictures are kept between kernels, and never where they could be out of date."""

import json
import os
import stat

import pytest

from backcare_nb.figures import kept


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "a folder" / "pictures")
    return kept.FOLDER


def drawing(calls):
    @kept.kept
    def picture(name, side=None):
        calls.append(name)
        return {"name": name, "side": side}

    return picture


def test_a_picture_is_drawn_once_in_a_kernel():
    calls = []
    picture = drawing(calls)
    assert picture("cow") == picture("cow") == {"name": "cow", "side": None}
    assert calls == ["cow"]


def test_the_next_kernel_finds_the_picture():
    first, second = [], []
    drawing(first)("cow", "left")
    assert drawing(second)("cow", "left") == {"name": "cow", "side": "left"}
    assert (first, second) == (["cow"], [])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_picture_that_one_account_drew_is_read_by_others(folder):
    drawing([])("cow")
    (file,) = folder.rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_other_words_are_another_picture():
    calls = []
    picture = drawing(calls)
    picture("cow", "left")
    picture("cow", "right")
    assert calls == ["cow", "cow"]


def test_changed_data_or_code_starts_anew(monkeypatch, folder):
    drawing([])("cow")
    monkeypatch.setattr(kept, "digest", lambda: "other")
    calls = []
    drawing(calls)("cow")
    assert calls == ["cow"]
    assert [path.name for path in folder.iterdir()] == ["other"]


def test_a_damaged_file_is_drawn_again(folder):
    drawing([])("cow")
    (file,) = folder.rglob("*.json")
    file.write_text('{"name":', encoding="utf-8")
    calls = []
    assert drawing(calls)("cow")["name"] == "cow"
    assert calls == ["cow"]
    assert json.loads(file.read_text(encoding="utf-8"))["name"] == "cow"


def test_where_nothing_can_be_written_pictures_are_drawn(monkeypatch, tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setattr(kept, "FOLDER", blocked / "pictures")
    calls = []
    assert drawing(calls)("cow")["name"] == "cow"
    assert calls == ["cow"]


def test_the_digest_knows_code_and_data():
    assert kept.digest() == kept.digest.__wrapped__()
    assert len(kept.digest()) == 16
