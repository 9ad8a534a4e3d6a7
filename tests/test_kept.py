"""Pictures are kept between kernels, apart for each version, and shown where none can be kept."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backcare_nb.figures import disk_cache

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_cache, "FOLDER", tmp_path / "a folder" / "pictures")
    monkeypatch.setattr(disk_cache, "SHARED", tmp_path / "an environment" / "pictures")
    yield disk_cache.FOLDER
    disk_cache._use.cache_clear()


SHOW = "from backcare_nb import still; print('<svg' in still('cow').svg())"


def run_python(code, **variables):
    """What a fresh Python says to some code."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or done.stderr


def drawing(calls):
    @disk_cache.cached_on_disk
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


def test_another_version_draws_its_own_and_leaves_those_of_the_first(monkeypatch):
    seen = {"one": [], "other": []}
    for version in ("one", "other", "one", "other"):
        monkeypatch.setattr(disk_cache, "digest", lambda version=version: version)
        drawing(seen[version])("cow")
    assert seen == {"one": ["cow"], "other": ["cow"]}


def test_the_versions_that_were_used_longest_ago_go(monkeypatch, folder):
    for number in range(disk_cache.MOST + 3):
        age = folder / f"version {number:02}"
        age.mkdir(parents=True)
        os.utime(age, (number, number))
    monkeypatch.setattr(disk_cache, "digest", lambda: "version 01")
    drawing([])("cow")
    there = sorted(path.name for path in folder.iterdir())
    assert there == [f"version {n:02}" for n in (1, *range(4, disk_cache.MOST + 3))]


def test_reading_a_picture_counts_as_use(folder):
    drawing([])("cow")
    (version,) = folder.iterdir()
    os.utime(version, (0, 0))
    disk_cache._use.cache_clear()  # as in the next kernel
    drawing([])("cow")
    assert version.stat().st_mtime > 0


def test_what_was_drawn_for_every_account_is_found_and_not_kept_twice(monkeypatch, folder):
    with monkeypatch.context() as patch:
        patch.setattr(disk_cache, "FOLDER", disk_cache.SHARED)
        drawing([])("cow")
    calls = []
    assert drawing(calls)("cow")["name"] == "cow"
    assert calls == []
    assert not folder.exists()


def test_kernels_that_keep_the_same_picture_at_once_each_get_it_whole(folder):
    code = (
        "import sys; from pathlib import Path; from backcare_nb.figures import disk_cache\n"
        "path = Path(sys.argv[1])\n"
        "for _ in range(100):\n"
        "    disk_cache._write(path, ['cow'] * 1000)\n"
        "    assert disk_cache._read(path) in (None, ['cow'] * 1000)"
    )
    path = folder / "a version" / "cow.json"
    command = [sys.executable, "-c", code, str(path)]
    kernels = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]
    assert [kernel.communicate()[1] for kernel in kernels] == [b""] * 3
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows tells the folder by itself")
def test_pictures_are_kept_in_the_users_cache_folder(tmp_path):
    place = tmp_path / "my cache"
    assert run_python(SHOW, XDG_CACHE_HOME=str(place)) == "True"
    assert list((place / "backcare_nb" / "pictures").rglob("*.json"))


def test_an_account_without_a_home_has_the_pictures_of_the_environment():
    code = (
        "import platformdirs\n"
        "def refuse(*_, **__): raise RuntimeError('no home')\n"
        "platformdirs.user_cache_path = refuse\n"
        "from backcare_nb.figures import disk_cache; print(disk_cache.FOLDER == disk_cache.SHARED)"
    )
    assert run_python(code) == "True"


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
    monkeypatch.setattr(disk_cache, "FOLDER", blocked / "pictures")
    calls = []
    assert drawing(calls)("cow")["name"] == "cow"
    assert calls == ["cow"]


def test_the_digest_knows_code_and_data():
    assert disk_cache.digest() == disk_cache.digest.__wrapped__()
    assert len(disk_cache.digest()) == 16
