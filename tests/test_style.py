"""A person's settings of matplotlib change nothing of ours, and are theirs again afterwards."""

import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import matplotlib
import pytest
from cycler import cycler
from fontTools.ttLib import TTFont
from IPython.core.formatters import DisplayFormatter
from IPython.core.pylabtools import select_figure_formats
from matplotlib import patheffects, rcParamsDefault, style, units
from matplotlib.font_manager import fontManager

from backcare_nb.custom.library import current_library
from backcare_nb.export import handout
from backcare_nb.export.typesetting import FONTS_FOLDER
from backcare_nb.figures import draw
from backcare_nb.html import exercise_figures, journal_charts
from backcare_nb.journal import example
from backcare_nb.lesson.lesson import Lesson, LessonItem
from tests import samples
from tests.for_each import for_each
from tools import contact_sheet

ROOT = Path(__file__).resolve().parent.parent

# Values to try for a setting that does not list its own.
POOL = (True, False, 7, 0.3, "red", "serif", "--", "round", "bevel", [3, 4], [0.1, 0.2, 0.3, 0.4])
GLOW = [patheffects.withStroke(linewidth=9, foreground="red")]
SPECIAL = {
    "axes.prop_cycle": [cycler(color=["red"], linestyle=["--"])],
    "date.epoch": ["0001-01-01"],
    "font.family": [["DejaVu Serif"], ["DejaVu Sans Mono"], ["No Such Font"]],
    "font.sans-serif": [["DejaVu Serif"], ["DejaVu Sans Mono"], ["No Such Font"]],
    "legend.loc": ["lower left"],
    "mathtext.fallback": ["stix"],
    "path.effects": [GLOW],
    "path.sketch": [(1, 100, 2)],
    "pdf.fonttype": [42],
    "ps.fonttype": [42],
    "ps.usedistiller": ["ghostscript"],
    "savefig.bbox": ["tight"],
    "timezone": ["Asia/Tokyo"],
    "toolbar": ["None"],
}
NOT_TRIED = {"backend": "once set it opens windows; another process has another one, see below"}
SETTINGS = [name for name in matplotlib.rcParams if name not in NOT_TRIED]
COMMON = {
    "tight": {"savefig.bbox": "tight", "savefig.pad_inches": 1},
    "tex": {"text.usetex": True},
    "fonts": {"font.family": ["serif"], "font.size": 20, "font.weight": "bold"},
    "zone": {"timezone": "Pacific/Auckland", "axes.formatter.use_locale": True},
    "dots": {"figure.dpi": 30, "savefig.dpi": 30, "savefig.transparent": True},
    "sketch": {"path.sketch": (1, 100, 2), "path.effects": GLOW},
}


@cache
def others(name: str) -> list:
    """Other values that a setting may have than its default."""
    validate = matplotlib.rcParams.validate[name]
    found = {}
    for value in SPECIAL.get(name) or (*getattr(validate, "valid", {}).values(), *POOL):
        with suppress(Exception):  # validators raise what they like
            found.setdefault(repr(validate(value)), value)
    found.pop(repr(rcParamsDefault[name]), None)
    return [*found.values()]


@contextmanager
def set_by_a_person(settings: Mapping) -> Iterator[None]:
    """Sets them for a while, and sees that they were left alone."""
    with matplotlib.rc_context():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", matplotlib.MatplotlibDeprecationWarning)
            matplotlib.rcParams.update(settings)
        before = matplotlib.rcParams.copy()
        yield
        assert dict.__eq__(before, matplotlib.rcParams)


# What is drawn


@cache
def cow():
    return draw.draw_figure(draw.find_figure("cow"))


@cache
def practice() -> dict:
    """A chart of each kind; the calendar of some weeks, and that of years."""
    entries = example.example_entries()
    year = timedelta(days=400)
    first = replace(entries[0], begun=entries[0].begun - year, ended=entries[0].ended - year)
    return {
        "weeks": journal_charts.make_calendar_chart(entries, example.EXAMPLE_LAST_DAY),
        "years": journal_charts.make_calendar_chart([first, *entries], example.EXAMPLE_LAST_DAY),
        "regularity": journal_charts.make_regularity_chart(entries, example.EXAMPLE_LAST_DAY),
        "comfort": journal_charts.make_pain_chart(entries),
        "rotation": journal_charts.make_knee_roll_chart(entries),
        "exercises": journal_charts.make_exercises_chart(entries, {}),
        "one day": journal_charts.make_knee_roll_chart([replace(entries[0], left=30, right=None)]),
    }


def saved(what, name: str) -> bytes:
    with TemporaryDirectory() as folder:
        return what.save(Path(folder, name), dpi=50).read_bytes()


def printed() -> bytes:
    pytest.importorskip("typst")
    part = LessonItem(samples.exercise("small"))
    return handout.render_handout(
        Lesson("A lesson", (part,), source=current_library()), link="https://example.org/"
    )


def on_a_sheet() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "sheet.png")
        contact_sheet.main(["--out", str(path), "--only", "cow"])
        return path.read_bytes()


OUTPUTS = {
    "figure": lambda: cow()._repr_svg_().encode(),
    "figure.svg": lambda: saved(cow(), "a.svg"),
    "figure.png": lambda: saved(cow(), "a.png"),
    "figure.pdf": lambda: saved(cow(), "a.pdf"),
    "sprite": lambda: json.dumps(draw.draw_sprite("sit_back")).encode(),
    **{name: lambda name=name: practice()[name]._repr_html_().encode() for name in practice()},
    "chart.svg": lambda: saved(practice()["comfort"], "a.svg"),
    "chart.png": lambda: saved(practice()["comfort"], "a.png"),
    "chart.pdf": lambda: saved(practice()["comfort"], "a.pdf"),
    "handout": printed,
    "contact sheet": on_a_sheet,
}


@cache
def usual(output: str) -> bytes:
    """What is drawn where nobody has set anything."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        return OUTPUTS[output]()


def changed(settings: Mapping, *outputs: str) -> list[str]:
    """Those of the outputs that are not as usual where a person has set something."""
    with set_by_a_person(settings):
        return [output for output in outputs if OUTPUTS[output]() != usual(output)]


# Settings


def test_every_matplotlib_setting_has_another_value_to_try():
    assert [name for name in SETTINGS if not others(name)] == []
    assert NOT_TRIED.keys() < matplotlib.rcParams.keys()


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("turn", [0, -1])
def test_all_matplotlib_settings_at_once_change_no_drawing(turn, output):
    assert changed({name: others(name)[turn] for name in SETTINGS}, output) == []


@pytest.mark.parametrize("settings", COMMON.values(), ids=COMMON)
def test_matplotlib_settings_that_people_often_set_change_no_drawing(settings):
    assert changed(settings, "figure.png", "figure.pdf", "comfort", "chart.pdf") == []


@for_each(style.available)
def test_no_style_sheet_changes_what_is_drawn(sheet):
    assert changed(style.library[sheet], "figure", "one day") == []


def test_a_drawing_made_before_a_matplotlib_setting_is_saved_without_its_effect():
    made = draw.draw_figure(draw.find_figure("cow"))
    page = made.figure()
    with set_by_a_person(COMMON["tight"] | COMMON["fonts"]):
        assert saved(made, "a.pdf") == usual("figure.pdf")
        assert page.get_size_inches().tolist() == [made.width / 72, made.height / 72]


# What is set elsewhere


def test_months_are_told_in_english_whatever_the_locale(monkeypatch):
    expected = {name: (usual(name), made.words) for name, made in practice().items()}
    practice.cache_clear()
    monkeypatch.setattr(time, "strftime", lambda *_: "a month of another language")
    assert f"{datetime(2026, 3, 1):%B}" == "a month of another language"
    found = {name: (OUTPUTS[name](), made.words) for name, made in practice().items()}
    assert found == expected


def test_another_font_of_the_same_name_is_not_used(tmp_path, monkeypatch):
    expected = usual("chart.png")
    font = TTFont(FONTS_FOLDER / "DejaVuSerif-Bold.ttf")
    for entry in font["name"].names:
        if entry.nameID == 1:
            entry.string = "DejaVu Sans"
    font.save(tmp_path / "another font.ttf")
    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist])
    fontManager.addfont(tmp_path / "another font.ttf")
    assert fontManager.ttflist[-1].name == "DejaVu Sans"
    assert OUTPUTS["chart.png"]() == expected


def test_a_converter_of_dates_that_others_registered_is_not_used(monkeypatch):
    expected = usual("comfort")
    monkeypatch.setitem(units.registry, datetime, units.ConversionInterface)
    assert OUTPUTS["comfort"]() == expected


def test_a_notebook_shows_charts_by_their_own_html_and_not_as_matplotlib_figures():
    shell = SimpleNamespace(display_formatter=DisplayFormatter())
    select_figure_formats(shell, {"png", "svg"}, bbox_inches="tight")
    for made in (practice()["comfort"], exercise_figures.show(samples.exercise())):
        data, _ = shell.display_formatter.format(made)
        assert data.keys() == {"text/plain", "text/html"}
        assert data["text/html"] == made._repr_html_()


CODE = """
import sys
from datetime import datetime
from hashlib import sha256
from matplotlib import dates
from tests.test_style import OUTPUTS

def tell():
    for name in sys.argv[1:]:
        print(sha256(OUTPUTS[name]()).hexdigest())

tell()
dates.set_epoch("0001-01-01")  # refused where matplotlib has counted before
tell()
assert dates.get_epoch() == "0001-01-01"
assert "matplotlib.pyplot" not in sys.modules
"""


def test_a_process_with_all_matplotlib_settings_changed_draws_the_same_files(tmp_path):
    """With a matplotlibrc, a backend, a zone, a date for files, and days counted from another."""
    lines = "savefig.bbox: tight\nfont.size: 30\npdf.fonttype: 42\ntimezone: Asia/Tokyo\n"
    (tmp_path / "matplotlibrc").write_text(lines, encoding="utf-8")
    settings = {
        "MATPLOTLIBRC": str(tmp_path),
        "MPLBACKEND": "svg",
        "PYTHONPATH": str(ROOT),
        "SOURCE_DATE_EPOCH": "1",
        "TZ": "Asia/Tokyo",
    }
    names = ["figure.png", "figure.pdf", "comfort", "chart.png", "chart.pdf"]
    command = [sys.executable, "-c", CODE, *names]
    environment = os.environ | settings
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == 2 * [sha256(usual(name)).hexdigest() for name in names]
