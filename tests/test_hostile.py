"""Broken and hostile files are refused with a report, and do nothing else.

BACKCARE_SPOILED says how many files are spoiled by chance, such as ten thousand.
"""

import os
import re
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

import backcare_nb
from backcare_nb.body.skeleton import body
from backcare_nb.course import yaml_tree
from backcare_nb.course.library import load_library, shipped_library
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.custom import folder as own_folder
from backcare_nb.custom import own_exercises
from backcare_nb.custom.library import current_library
from backcare_nb.export import handout, webpage
from backcare_nb.figures import disk_cache
from backcare_nb.html import picture, static_session
from backcare_nb.lesson import lesson
from backcare_nb.posture.pose import build_posture_problem, supports_of_posture
from backcare_nb.posture.solver import solve_posture_problems
from backcare_nb.posture.spec import PostureSpec
from backcare_nb.sessions import timeline
from tests import hostile
from tests.hostile import ATTACKS

COUNT = int(os.environ.get("BACKCARE_SPOILED", 80))

ROLLS = (Path(__file__).parent / "own_exercises" / "gentle_rolls.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def deeds(tmp_path_factory):
    """What is written or started while a file is read, outside the folder of the test."""
    folder = tmp_path_factory.mktemp("hostile files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk_cache, "FOLDER", folder / "pictures")
        yield hostile.Deeds((folder,))


@pytest.fixture
def within(deeds):
    """Reads a file, watched, and gives up on it after a while."""

    def use(kind: str, path: Path) -> str:
        deeds.found.clear()
        with hostile.at_most(20), deeds.watched():
            end = hostile.outcome(kind, path)
        assert deeds.found == []
        return end

    return use


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(own_folder.EXERCISES_FOLDER_VARIABLE, str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


def test_spoiled_files_are_read_or_refused_and_nothing_else(tmp_path, within):
    ends = set()
    for kind, name, content in hostile.mutations(20, COUNT):
        path = tmp_path / name
        path.write_bytes(content)
        ends.add((kind, within(kind, path)))
    assert {end for _, end in ends} == {"read", "refused"}
    assert {kind for kind, _ in ends} == set(hostile.USES)


def test_the_time_limit_of_these_tests_interrupts_endless_work():
    with pytest.raises(hostile.Late), hostile.at_most(0.01):
        all(True for _ in count())


def test_a_file_that_writes_runs_or_connects_while_it_is_read_is_noticed(tmp_path, deeds):
    with deeds.watched():
        (tmp_path / "x").write_text("", encoding="utf-8")
    assert len(deeds.found) >= 1
    deeds.found.clear()


# Attacks that are known


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_known_attack_is_refused(tmp_path, within, attack):
    path = tmp_path / "attack.yaml"
    path.write_bytes(ATTACKS[attack])
    assert within("own", path) == "refused"
    assert [p.name for p in tmp_path.iterdir()] == ["attack.yaml"]


def test_the_pure_python_yaml_parser_refuses_the_same_attacks(tmp_path, within, monkeypatch):
    monkeypatch.setattr(yaml_tree, "YamlLoader", yaml.SafeLoader)
    for name in ("a call", "laughs", "merge", "deep lists", "deep groups", "utf-16", "bells"):
        path = tmp_path / "attack.yaml"
        path.write_bytes(ATTACKS[name][:20_000])
        assert within("section", path) == "refused"


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/x", "..", "a/../b", "C:\\x", "con.yaml", "a\x00b"]
)
def test_an_id_that_looks_like_a_path_reads_no_other_file(tmp_path, folder, name):
    (folder / "mine.yaml").write_text(f"id: {name!r}\ntitle: ResultT\nlike: sit_back\n", "utf-8")
    assert list(own_exercises.load_own_exercises().reports) == ["mine.yaml"]
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["mine", "mine.yaml"]


# Numbers that no posture has


@pytest.mark.parametrize(
    "number", ["1e300", "-1e300", ".inf", ".nan", "99999999999999999999", "1e-320"]
)
@pytest.mark.parametrize(
    "where",
    [
        "angles: {cervical: {turn_left: %s}}",
        "contacts: [{place: left knee, x: %s}]",
        "contacts: [{ahead: left knee, of: left heel, by: %s}]",
        "contacts: [{lean: left knee, over: left heel, right: %s}]",
        "near: [%s, 0, 0]",
    ],
)
def test_a_strange_number_in_a_posture_ends_in_a_report_or_a_posture(
    tmp_path, within, number, where
):
    text = (
        f"id: a\ntitle: A\nlike: sit_back\nsay: S\nposture: {{like: heel_sit, {where % number}}}\n"
    )
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    assert within("own", path) in ("read", "refused")


CONTRADICTING = [
    {"contacts": ["left sole on floor", "left sole on floor", "left sole on floor"]},
    {"contacts": [{"place": "left heel", "x": 0}, {"place": "left heel", "x": 900}]},
    {"contacts": [{"place": "left heel", "y": -900}, {"place": "head_top", "y": 900}]},
    {"contacts": ["left knee touches left knee"]},
    {"contacts": ["left palm at left palm"]},
    {"contacts": [{"ahead": "left heel", "of": "left heel", "by": 500}]},
    {"contacts": [{"lean": "left knee", "over": "left knee", "right": 360}]},
    {"contacts": [{"place": "crown", "x": 0, "y": 0, "z": 0}] * 30},
    {"angles": {"pelvis": {"forward_tilt": 360, "list_right": 360, "turn_right": -360}}},
    {"near": [999, -999, 999], "contacts": ["both sole on floor"]},
    {"on": ["ball", "bed", "bath", "chair"], "contacts": ["mid_back on ball", "left sole on bed"]},
]


@pytest.mark.parametrize("asked", CONTRADICTING, ids=str)
def test_solving_ends_whatever_contacts_ask(asked):
    spec = PostureSpec.model_validate({"title": "ResultT", "position": "standing", **asked})
    with np.errstate(all="ignore"), hostile.at_most(20):
        solved = solve_posture_problems(body(), [build_posture_problem(spec)])
    assert solved.shape == (1, body().size)
    assert supports_of_posture(spec)


# No word of a file is markup, code or a format


class _Tags(HTMLParser):
    """The elements of a page, and what would run in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.running: list[tuple] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            link = name in ("href", "src") and not (value or "").startswith("data:image/svg")
            if name.startswith("on") or (link and ":" in (value or "")):
                self.running.append((tag, name, value))


def harmless(markup: str) -> None:
    """Nothing in a page that its makers have not put there."""
    page = _Tags()
    page.feed(markup)
    assert not page.running
    assert not {"script", "iframe", "object", "embed", "b", "link"} & set(page.tags)
    for source in re.findall(r'src="([^"]*)"', markup):
        assert source.startswith("data:image/svg+xml,")


def well_drawn(svg: str) -> None:
    """An SVG that is whole, and holds only what is drawn."""
    drawn = {"svg", "g", "path", "text", "rect", "use"}
    allowed = drawn | {"title", "desc", "defs", "clipPath", "style"}
    for element in ElementTree.fromstring(svg).iter():
        assert element.tag.rpartition("}")[2] in allowed
        assert not [name for name in element.attrib if name.startswith("on")]


NASTY = [*hostile.MARKUP[:6], "{0.__class__.__mro__}", "{", "%s%n%x", r"$\frac{1}{0}$", "$"]


def nasty(word: str) -> str:
    """The example with a foul word wherever a file has words, as far as they may hold it."""
    content = yaml.safe_load(ROLLS)
    content |= dict.fromkeys(("title", "say", "why", "setup", "stop", "common_name", "note"), word)
    content["posture"]["title"] = word
    content["cautions"] = [{"whom": "anyone", "what": word}]
    content["easier"] = {"title": word, "what": word, "say": word, "seconds": 5}
    return yaml.safe_dump(content, allow_unicode=True)


@pytest.mark.parametrize("word", NASTY, ids=repr)
def test_no_word_of_a_file_becomes_markup_or_code(folder, word):
    (folder / "mine.yaml").write_text(nasty(word), encoding="utf-8")
    if (
        "gentle_rolls" not in own_exercises.load_own_exercises().exercises
    ):  # a brace that nothing fills
        harmless(backcare_nb.my_exercises()._repr_html_())
        assert re.search(r"\{.*\}", word)
        return
    for make in (backcare_nb.about, backcare_nb.show, backcare_nb.take_care, backcare_nb.versions):
        harmless(make("gentle_rolls")._repr_html_())
    for make in (backcare_nb.opening, backcare_nb.recap):
        harmless(make("my_exercises")._repr_html_())
    harmless(backcare_nb.my_exercises()._repr_html_())


def test_a_hostile_word_in_an_own_exercise_stays_text_in_figures_players_pages_and_handouts(folder):
    pytest.importorskip("typst")
    word = rf"{NASTY[1]} $\undefined$ $"
    (folder / "mine.yaml").write_text(nasty(word), encoding="utf-8")
    well_drawn(backcare_nb.still("gentle_rolls").svg())
    motion, own = picture.resolve_own_figure("motion", "gentle_rolls")
    well_drawn(picture.cached_figure_sprite(f"{motion}.left", own=own)["svg"])
    for shown in (backcare_nb.play("gentle_rolls"), backcare_nb.write_exercise("gentle_rolls")):
        bundle = shown._repr_mimebundle_()  # a widget's comes with its metadata
        harmless((bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"])
    made = lesson.section_lesson("my_exercises")
    assert handout.render_handout(made).startswith(b"%PDF")
    assert word not in webpage.render_page(made)
    assert current_library().exercise("knee_rolls") == shipped_library().exercise("knee_rolls")


def test_a_report_on_a_file_with_markup_is_shown_as_text(folder):
    for k, word in enumerate(hostile.MARKUP):
        text = yaml.safe_dump({"id": "a", "title": "ResultT", word: word, "like": word})
        (folder / f"f{k}.yaml").write_text(text, encoding="utf-8")
    harmless(backcare_nb.my_exercises()._repr_html_())
    assert len(own_exercises.load_own_exercises().reports) == len(hostile.MARKUP)


def test_a_spoiled_section_that_can_still_be_read_can_be_played(tmp_path):
    played = 0
    for kind, name, content in hostile.mutations(31, COUNT):
        path = tmp_path / name
        path.write_bytes(content)
        if kind == "section" and hostile.outcome(kind, path) == "read":
            section = hostile.USES[kind](path)
            session = timeline.compile_session(
                section.session_exercises, rise=shipped_library().rise
            )
            harmless(static_session.session_html(session))
            played += 1
    assert played > 0


def test_a_folder_with_a_hostile_section_is_refused_and_the_shipped_course_still_loads(tmp_path):
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "01_x.yaml").write_bytes(ATTACKS["laughs"])
    with pytest.raises(DataError, match=r"01_x\.yaml"):
        load_library(tmp_path)
    assert current_library().exercise("knee_rolls")
