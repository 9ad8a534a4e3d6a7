"""A lesson as one page: all of it readable without a script, and nothing that acts by itself."""

import json
import re
import zlib
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256

import html5lib
import pytest

from backcare_nb.course.fields import fill_sides
from backcare_nb.custom.library import current_library
from backcare_nb.export.webpage import main, render_page
from backcare_nb.lesson.lesson import LeftOutExercise, Lesson, LessonItem, section_lesson
from backcare_nb.player import bundle
from backcare_nb.sessions.options import VERSION_LABELS
from backcare_nb.sessions.timeline import duration_in_words
from tests.samples import exercise, hold

LIMIT = 400_000  # bytes
HOSTILE = "</script><!--<script>\u2028'\"]]><img src=x onerror=alert(1)>&amp;"


def parsed(text):
    """The page as a tree; an error for what is not HTML by the standard."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def words(element):
    return " ".join("".join(element.itertext()).split())


@pytest.fixture(scope="module")
def relax():
    return render_page(section_lesson("relax_the_back"))


@pytest.fixture(scope="module")
def page(relax):
    return parsed(relax)


def session(page):
    """What is handed to the player."""
    (packed,) = (s.text for s in page.iter("script") if s.get("id") == "session")
    return json.loads(zlib.decompress(b64decode(packed)))


@pytest.fixture
def hostile():
    """A lesson that a stranger may have written."""
    line, title = HOSTILE[:110], f"Knees {HOSTILE}"[:110]
    strange = exercise(
        title=title,
        setup=HOSTILE,
        stop=HOSTILE,
        cautions=({"whom": "osteoporosis", "what": HOSTILE},),
        steps=(hold(title=title, say=HOSTILE),),
    )
    return Lesson(
        line, (LessonItem(strange, "easier", HOSTILE),), (LeftOutExercise(strange, HOSTILE),)
    )


# What it is


@pytest.mark.parametrize("section", [section.id for section in current_library().sections])
def test_every_section_is_sound_html_and_small(section):
    for version in VERSION_LABELS:
        text = render_page(section_lesson(section, version))
        assert parsed(text).find("head/title").text.endswith("Back care")
        assert len(text.encode()) < LIMIT


def test_a_saved_page_has_viewport_language_title_and_description(page):
    metas = {m.get("name"): m.get("content") for m in page.iterfind("head/meta")}
    assert page.get("lang") == "en"
    assert metas["viewport"].startswith("width=device-width")
    assert metas["theme-color"]
    assert re.match(r"About \d+ minutes, 3 exercises, as taught\.", metas["description"])
    assert page.find("head/link[@rel='icon']").get("href").startswith("data:image/svg+xml,")


def test_a_saved_page_requests_no_other_file(relax, page):
    goals = [e.get(name) for e in page.iter() for name in ("src", "href") if e.get(name)]
    assert all(goal.startswith(("data:image/svg+xml,", "#")) for goal in goals)
    assert not re.search(r"url\((?!#)|@import|\bimport\(|\bfetch\(", relax)


def test_the_policy_of_a_saved_page_allows_only_its_own_script_and_style(page):
    policy = page.find("head/meta[@http-equiv]").get("content")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    style = page.find("head/style").text
    (script,) = (s.text for s in page.iter("script") if s.get("type") == "module")
    for name, text in (("style-src", style), ("script-src", script)):
        mark = b64encode(sha256(text.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{mark}'"
    assert rules["default-src"] == "'none'"
    assert rules["worker-src"] == "blob:"


def test_a_saved_page_carries_the_same_session_data_as_a_widget(page):
    state = bundle.build_player_state(section_lesson("relax_the_back").timeline)
    assert session(page) == json.loads(json.dumps(state))


# What can be read without a script


def test_every_step_can_be_read_with_its_seconds(page):
    text = words(page.find("body/main"))
    for phase in section_lesson("relax_the_back").timeline.phases:
        assert phase.title in text
        assert phase.words in text
        assert duration_in_words(phase.duration_ms) in text


def test_every_exercise_has_its_figure_in_words_and_getting_up_has_one_too(page):
    exercises = page.findall(".//section[@class='exercise']")
    titles = [e.find("h3").text for e in exercises]
    assert titles == ["Lie and breathe", "Knee to the chest", "Rest again", "Getting up"]
    assert all(e.find(".//img").get("alt") for e in exercises)


def test_cautions_and_the_stop_rule_stand_before_start_and_beside_each_exercise(relax, page):
    safety, text = current_library().safety, words(page.find("body/main"))
    before = relax[: relax.index('id="player"')]
    assert safety.stop.what in before
    assert safety.emergency.what in before
    assert all(sign in before for sign in safety.emergency.signs)
    for part in section_lesson("relax_the_back").parts:
        assert part.exercise.stop in text
        for caution in part.exercise.cautions:
            names = [safety.conditions[whom].lower() for whom in caution.whom]
            assert [name for name in names if name not in before.lower()] == []
            assert caution.what in text
        assert fill_sides(part.exercise.felt.words, part.exercise.first) in text
        assert all(mistake.words in text for mistake in part.exercise.mistakes)
    assert safety.going_on.what in text
    assert all(caution.what in text for caution in current_library().rise.cautions)
    assert words(page).count(safety.education.what) == 1


def test_the_page_of_a_lesson_says_why_a_part_is_in_it_and_names_nothing_that_was_left_out():
    whole = section_lesson("standing_up")
    left = LeftOutExercise(exercise(title="Bed hang"), "Somebody's own reason.")
    parts = (replace(whole.parts[0], why="Easier for sore knees."),)
    text = words(parsed(render_page(replace(whole, parts=parts, left_out=(left,)))))
    assert "Easier for sore knees." in text
    assert "Bed hang" not in text
    assert "Somebody's own reason." not in text


# Words that are hostile


def test_hostile_words_are_text_and_nothing_else(hostile):
    page = parsed(render_page(hostile))
    assert [s.get("id", s.get("type")) for s in page.iter("script")] == ["session", "module"]
    assert all(img.get("src").startswith("data:image/svg+xml,") for img in page.iter("img"))
    assert {name for e in page.iter() for name in e.attrib if name.startswith("on")} == set()
    text = words(page)
    assert " ".join(HOSTILE.split()) in text
    assert words(page.find("body/header/h1")) == " ".join(HOSTILE[:110].split())
    assert session(page)["timeline"]["title"] == HOSTILE[:110]


# The file


def test_the_command_writes_a_version_and_over_another_file_only_where_that_is_asked(
    tmp_path, capsys
):
    path = tmp_path / "a path with spaces" / "up.html"
    path.parent.mkdir()
    asked = ["standing_up", "--out", str(path), "--version", "easier"]
    assert [main(asked) for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out.startswith(f"Saved as {path}, ")
    path.write_text("my page", encoding="utf-8")
    assert main(asked) == 2
    assert "is there already and is not the same" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "my page"
    assert main([*asked, "--replace"]) == 0
    assert path.read_text(encoding="utf-8") == render_page(section_lesson("standing_up", "easier"))
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("section", "out", "sentence"),
    [("standing_upp", "up.html", "standing_up"), ("standing_up", "nowhere/up.html", "nowhere")],
)
def test_the_page_command_suggests_the_section_that_was_meant_or_says_what_cannot_be_written(
    tmp_path, capsys, section, out, sentence
):
    assert main([section, "--out", str(tmp_path / out)]) == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
