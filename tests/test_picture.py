"""Pictures in notebooks: those of the figures, kept between kernels, apart for each version."""

import json
import os
import re
import stat
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from backcare_nb.figures import disk_cache, draw
from backcare_nb.html import picture

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_cache, "FOLDER", tmp_path / "a folder" / "pictures")
    monkeypatch.setattr(disk_cache, "SHARED_CACHE_FOLDER", tmp_path / "an environment" / "pictures")
    yield disk_cache.FOLDER
    disk_cache._touch_and_prune_digests.cache_clear()


def run_python(code, **variables):
    """What a fresh Python says to some code."""
    command, surroundings = [sys.executable, "-c", code], os.environ | variables
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    return done.stdout.strip() or done.stderr


@pytest.mark.parametrize(("show", "name"), [(picture.still, "cow"), (picture.strip, "cow_to_cat")])
def test_a_shown_still_or_strip_has_the_title_alt_text_and_svg_of_its_drawing(show, name):
    made, drawing = show(name), draw.draw_figure(draw.find_figure(name))
    assert (made.title, made.alt, made.svg()) == (drawing.title, drawing.alt, drawing.svg())
    assert repr(made) == f"{made.title}: {made.alt}"


def test_a_picture_is_shown_with_its_alt_text_and_never_wider_than_its_place():
    made = picture.still("cow")
    markup = made._repr_html_()
    assert f'alt="{made.alt}"' in markup
    assert "max-width: 100%" in markup
    assert made.markup.replace("\n", "") in unquote(unescape(markup)).replace("\n", "")


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_a_picture_is_saved_with_the_same_bytes_each_time(tmp_path, suffix):
    made = [picture.still("cow").save(tmp_path / f"{n} cow{suffix}") for n in (1, 2)]
    assert made[0].read_bytes() == made[1].read_bytes()
    assert made[0].stat().st_size > 1000


# Kept


def drawn_by_a_new_kernel(*words):
    """Which names are drawn, and not found, when a kernel asks for a picture twice."""
    calls = []

    @disk_cache.cache_on_disk
    def picture(name, side=None):
        calls.append(name)
        return {"name": name, "side": side}

    for _ in range(2):
        assert picture(*words) == {"name": words[0], "side": (*words, None)[1]}
    return calls


def test_a_cached_picture_is_found_by_the_next_kernel_for_the_same_arguments_alone():
    for words in (("cow",), ("cow", "left"), ("cow", "right")):
        assert drawn_by_a_new_kernel(*words) == ["cow"]
        assert drawn_by_a_new_kernel(*words) == []


def test_an_empty_result_is_cached_on_disk_too():
    calls = []
    for _ in range(2):
        assert disk_cache.cache_on_disk(lambda name: calls.append(name) or [])("cow") == []
    assert calls == ["cow"]


def test_a_cached_picture_is_shown_without_drawing_it_again():
    """The next kernel shows it without loading matplotlib."""
    first = (
        "from backcare_nb import show; from backcare_nb.figures import disk_cache; "
        f"disk_cache.FOLDER = disk_cache.Path({str(disk_cache.FOLDER)!r}); show('maypole')"
    )
    then = f"{first}; import sys; print('matplotlib' in sys.modules)"
    assert [run_python(code) for code in (first, then)] == ["", "False"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_picture_that_one_account_drew_is_read_by_others(folder):
    drawn_by_a_new_kernel("cow")
    (file,) = folder.rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_another_code_version_draws_its_own_pictures_and_keeps_the_first_versions(monkeypatch):
    for version, drawn in (("one", ["cow"]), ("other", ["cow"]), ("one", []), ("other", [])):
        monkeypatch.setattr(disk_cache, "drawing_inputs_digest", lambda version=version: version)
        assert drawn_by_a_new_kernel("cow") == drawn


def test_cached_pictures_of_the_versions_used_longest_ago_are_deleted(monkeypatch, folder):
    for number in range(disk_cache.MAX_CACHED_DRAWING_VERSIONS + 3):
        age = folder / f"version {number:02}"
        age.mkdir(parents=True)
        os.utime(age, (number, number))
    monkeypatch.setattr(disk_cache, "drawing_inputs_digest", lambda: "version 01")
    drawn_by_a_new_kernel("cow")
    there = sorted(path.name for path in folder.iterdir())
    assert there == [
        f"version {n:02}" for n in (1, *range(4, disk_cache.MAX_CACHED_DRAWING_VERSIONS + 3))
    ]


def test_reading_a_picture_counts_as_use(folder):
    drawn_by_a_new_kernel("cow")
    (version,) = folder.iterdir()
    os.utime(version, (0, 0))
    disk_cache._touch_and_prune_digests.cache_clear()  # as in the next kernel
    drawn_by_a_new_kernel("cow")
    assert version.stat().st_mtime > 0


def test_a_picture_in_the_shared_cache_is_used_and_not_cached_again_for_the_account(
    monkeypatch, folder
):
    with monkeypatch.context() as patch:
        patch.setattr(disk_cache, "FOLDER", disk_cache.SHARED_CACHE_FOLDER)
        drawn_by_a_new_kernel("cow")
    assert drawn_by_a_new_kernel("cow") == []
    assert not folder.exists()


def test_kernels_that_keep_the_same_picture_at_once_each_get_it_whole(folder):
    code = (
        "import sys; from pathlib import Path; from backcare_nb.figures import disk_cache\n"
        "path = Path(sys.argv[1])\n"
        "for _ in range(100):\n"
        "    disk_cache._write_json(path, ['cow'] * 1000)\n"
        "    assert disk_cache._read_json_or_none(path) in (None, ['cow'] * 1000)"
    )
    path = folder / "a version" / "cow.json"
    command = [sys.executable, "-c", code, str(path)]
    kernels = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]
    assert [kernel.communicate()[1] for kernel in kernels] == [b""] * 3
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows tells the folder by itself")
def test_pictures_are_kept_in_the_users_cache_folder(tmp_path):
    code = "from backcare_nb import still; print('<svg' in still('cow').svg())"
    assert run_python(code, XDG_CACHE_HOME=str(tmp_path / "my cache")) == "True"
    assert list((tmp_path / "my cache" / "backcare_nb" / "pictures").rglob("*.json"))


def test_an_account_without_a_home_has_the_pictures_of_the_environment():
    code = (
        "import platformdirs\n"
        "def refuse(*_, **__): raise RuntimeError('no home')\n"
        "platformdirs.user_cache_path = refuse\n"
        "from backcare_nb.figures.disk_cache import FOLDER, SHARED_CACHE_FOLDER;"
        " print(FOLDER == SHARED_CACHE_FOLDER)"
    )
    assert run_python(code) == "True"


def test_a_damaged_cache_file_is_drawn_again(folder):
    drawn_by_a_new_kernel("cow")
    (file,) = folder.rglob("*.json")
    file.write_text('{"name":', encoding="utf-8")
    assert drawn_by_a_new_kernel("cow") == ["cow"]
    assert json.loads(file.read_text(encoding="utf-8"))["name"] == "cow"


def test_pictures_are_drawn_where_the_cache_folder_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "a file").write_text("", encoding="utf-8")
    monkeypatch.setattr(disk_cache, "FOLDER", tmp_path / "a file" / "pictures")
    assert drawn_by_a_new_kernel("cow") == ["cow"]


def test_the_cache_digest_changes_with_code_and_with_data(monkeypatch, tmp_path):
    found = {disk_cache.drawing_inputs_digest()}
    for name in ("PACKAGE_FOLDER", "DATA_FOLDER"):
        monkeypatch.setattr(disk_cache, name, tmp_path)
        found.add(disk_cache.drawing_inputs_digest.__wrapped__())
    assert len(found) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", digest) for digest in found)
