"""Pictures in notebooks: drawn once, kept, and the same as the figures they come from."""

import re
import subprocess
import sys
from html import unescape
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

from backcare_nb.custom.library import library
from backcare_nb.figures import disk_cache, draw
from backcare_nb.html import picture


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_cache, "FOLDER", tmp_path / "kept pictures")
    monkeypatch.setattr(disk_cache, "SHARED", tmp_path / "shared pictures")


@pytest.mark.parametrize(("show", "name"), [(picture.still, "cow"), (picture.strip, "cow_to_cat")])
def test_a_picture_is_the_figure(show, name):
    made, drawing = show(name), draw.draw_figure(draw.find_figure(name))
    assert (made.title, made.alt, made.svg()) == (drawing.title, drawing.alt, drawing.svg())


def test_its_text_says_what_it_shows():
    made = picture.still("cow")
    assert repr(made) == f"{made.title}: {made.alt}"


def test_it_is_shown_with_its_words_and_never_wider_than_its_place():
    made = picture.still("cow")
    markup = made._repr_html_()
    assert f'alt="{made.alt}"' in markup
    assert "max-width: 100%" in markup
    assert made.markup.replace("\n", "") in unquote(unescape(markup)).replace("\n", "")


def test_a_version_of_an_exercise_is_drawn_too():
    easier = library().exercise("knee_rolls").version("easier")
    assert picture.show(easier).alt == draw.draw_exercise(easier).alt


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_it_can_be_saved(tmp_path, suffix):
    assert picture.still("cow").save(tmp_path / f"a cow{suffix}").stat().st_size > 1000


def test_a_kept_picture_needs_no_drawing():
    """The next kernel shows it without loading matplotlib."""
    first = (
        "from backcare_nb import show; from backcare_nb.figures import disk_cache; "
        "disk_cache.FOLDER = disk_cache.Path({!r}); show('maypole')"
    )
    then = first + "; import sys; print('matplotlib' in sys.modules)"
    told = [_python(code.format(str(disk_cache.FOLDER))) for code in (first, then)]
    assert told == ["", "False"]


def _python(code: str) -> str:
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("exercise", library().exercises, ids=lambda e: e.id)
def test_what_a_step_and_its_figure_are_both_called_is_said_once(exercise):
    parts = re.split(r": |\. ", draw.draw_exercise(exercise).alt)
    assert not [one for one, other in pairwise(parts) if one == other]
