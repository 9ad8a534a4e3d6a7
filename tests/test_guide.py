"""What notebooks show to be read: all that the data say, in words, and nothing that acts."""

import re
from html.parser import HTMLParser

import pytest

from backcare_nb.course.library import Library
from backcare_nb.course.models import Section
from backcare_nb.course.names import UnknownName
from backcare_nb.custom.library import library
from backcare_nb.html import course_cards, static_session
from backcare_nb.html.card import (
    Card,
    break_lines,
    h,
    image,
    numbered,
    para,
    points,
    strong,
    stylesheet,
    table,
)
from backcare_nb.lesson.lesson import section_lesson
from backcare_nb.lesson.planner import plan
from backcare_nb.sessions import timeline
from tests.samples import exercise, hold

HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)">' &amp; </div>"""
TAGS = {
    *("a", "code", "div", "em", "h3", "img", "li", "ol", "p", "span", "strong", "style"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"alt", "class", "data-head", "href", "scope", "src"}

EXERCISES = [*library().exercises, library().rise]
EXERCISE_CARDS = (course_cards.about, course_cards.take_care, course_cards.versions)
SECTION_CARDS = (course_cards.opening, course_cards.recap)

every_exercise = pytest.mark.parametrize("taught", EXERCISES, ids=lambda e: e.id)
every_section = pytest.mark.parametrize("section", library().sections, ids=lambda s: s.id)


class Page(HTMLParser):
    """The tags, attributes and words of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data: str) -> None:
        self.text += "" if self.tags[-1:] == ["style"] else f"{data} "


def page(card: Card) -> Page:
    return Page(card._repr_html_())


def values(card: Card, name: str) -> list[str]:
    return [value for key, value in page(card).attributes if key == name]


def test_what_stands_in_for_a_lesson_says_its_minutes_once():
    planned = static_session.session_html(plan(20).timeline)
    assert "<strong>A lesson for the back, 20 minutes</strong>" in planned
    section = static_session.session_html(section_lesson("standing_up").timeline)
    assert "<strong>Standing up, 1 minute 42 seconds</strong>" in section


# Every card


def cards() -> dict[str, Card]:
    made = {"safety": course_cards.safety(), "overview": course_cards.overview()}
    for make in SECTION_CARDS:
        made |= {f"{make.__name__} {s.id}": make(s.id) for s in library().sections}
    for make in EXERCISE_CARDS:
        made |= {f"{make.__name__} {e.id}": make(e.id) for e in EXERCISES}
    return made


@pytest.fixture(scope="module")
def all_cards() -> dict[str, Card]:
    return cards()


def test_cards_hold_nothing_but_plain_elements(all_cards):
    found = [page(card) for card in all_cards.values()]
    assert {tag for each in found for tag in each.tags} <= TAGS
    assert {name for each in found for name, _ in each.attributes} <= ATTRIBUTES


def test_cards_ask_no_other_machine_for_anything(all_cards):
    asked = [
        value
        for card in all_cards.values()
        for name, value in page(card).attributes
        if name in ("src", "href") and not value.startswith("data:image/svg+xml,")
    ]
    assert {goal for goal in asked if not re.fullmatch(r"\d\d_[a-z_]+\.ipynb", goal)} == set()


def test_every_picture_in_a_card_is_described(all_cards):
    described = [alt for card in all_cards.values() for alt in values(card, "alt")]
    assert len(described) > 50
    assert all(len(alt.strip()) > 5 for alt in described)


def test_cards_say_the_same_in_plain_text(all_cards):
    for name, card in all_cards.items():
        said = set(re.findall(r"\w+", page(card).text))
        plain = re.sub(r"^\d+\. ", "", repr(card), flags=re.MULTILINE)
        assert set(re.findall(r"\w+", plain)) == said, name


def test_cards_are_the_same_each_time(all_cards):
    again = cards()
    assert all(card._repr_html_() == again[name]._repr_html_() for name, card in all_cards.items())


def test_plain_text_holds_no_markup(all_cards):
    assert not [name for name, card in all_cards.items() if re.search(r"</?\w+|&\w+;", repr(card))]


def test_every_rule_of_the_stylesheet_stays_inside_a_card():
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", stylesheet())
    assert len(rules) > 10
    assert not [rule for rule in rules if not rule.strip().startswith(".backcare-guide")]


# Hostile words


@pytest.fixture
def hostile(monkeypatch) -> Section:
    """A section in which every text is an attack."""
    words = dict.fromkeys(("title", "common_name", "why", "setup", "stop", "no_harder"), HOSTILE)
    bad = exercise(
        "bad",
        **(words | {"setup": f"{HOSTILE} {{side}}"}),
        steps=(hold(title="<b>{side}", say="<i onclick='x'>{side}"),),
        cautions=({"whom": "osteoporosis", "what": HOSTILE},),
        easier={"title": "<u>easier", "what": HOSTILE},
    )
    section = Section(
        id="worse",
        number=9,
        title="<h1>worse",
        summary=HOSTILE,
        will_do=["<b>do"],
        needs=["<b>need"],
        exercises=[bad],
    )
    names = dict.fromkeys(library().safety.conditions, "<b>whom")
    safety = library().safety.model_copy(update={"conditions": names})
    monkeypatch.setattr(course_cards, "library", lambda: Library((section,), safety))
    return section


@pytest.mark.parametrize(
    ("make", "name"),
    [(course_cards.overview, ()), *((make, ("worse",)) for make in SECTION_CARDS)]
    + [(make, ("bad",)) for make in EXERCISE_CARDS],
)
def test_what_the_data_say_is_never_markup(hostile, make, name):
    card = make(*name)
    found = page(card)
    assert set(found.tags) <= TAGS - {"script"}
    assert {key for key, _ in found.attributes} <= ATTRIBUTES
    assert "<" in found.text
    assert "<" in repr(card)


def test_the_sample_is_as_hostile_as_it_looks():
    found = Page(HOSTILE)
    assert found.tags == ["script", "img"]
    assert ("onerror", "alert(2)") in found.attributes


# What each card tells


@every_section
def test_the_overview_links_each_section_and_gives_its_minutes(section):
    card = course_cards.overview()
    total = section_lesson(section.id).timeline.total
    assert f"{section.number:02d}_{section.id}.ipynb" in values(card, "href")
    [row] = [line for line in repr(card).splitlines() if line.startswith(f"{section.title} | ")]
    assert row.endswith(f"{round(total / timeline.MINUTE_MS)}\N{NO-BREAK SPACE}min")


@every_section
def test_an_opening_says_what_is_done_what_is_needed_and_who_takes_care(section):
    said = repr(course_cards.opening(section.id))
    assert not [line for line in (*section.will_do, *section.needs) if line not in said]
    conditions = {c.whom for e in section.exercises for c in e.cautions}
    assert not [w for w in conditions if library().safety.conditions[w] not in said]
    assert library().safety.stop.what in said


def test_an_opening_gives_the_minutes_of_each_version_that_lasts_another_time():
    assert "Harder" in repr(course_cards.opening("rotate_the_back"))
    assert "Harder" not in repr(course_cards.opening("massaging_the_neck"))


def test_what_is_kept_for_another_time_is_said_to_be_left_out():
    said = repr(course_cards.opening("stretching_the_spine"))
    assert "Hang at the end of a bath is for another time" in said
    assert "at another time" in repr(course_cards.recap("stretching_the_spine"))


@every_section
def test_a_recap_names_every_exercise_with_its_amount(section):
    said = repr(course_cards.recap(section.id))
    assert not [
        e
        for e in section.exercises
        if f"{e.title} | {course_cards.describe_amounts(e)}" not in said
    ]


@every_section
def test_a_section_that_ends_lying_recalls_how_to_get_up(section):
    last = section.session[-1]
    lies = (last.ends or last.position) in ("supine", "prone")
    assert (library().safety.rising.what in repr(course_cards.recap(section.id))) == lies


@every_exercise
def test_an_exercise_is_told_with_its_reason_and_every_step(taught):
    said = repr(course_cards.about(taught.id))
    assert taught.why in said
    steps = [taught.setup, *(step.say for step in taught.steps)]
    assert not [words for words in steps if timeline.fill_sides(words, taught.first) not in said]


@every_exercise
def test_both_sides_are_named_where_an_exercise_has_them(taught):
    other = {"left": "right", "right": "left"}[taught.first]
    told = f"Then the same on the {other}." in repr(course_cards.about(taught.id))
    assert told == (taught.sides == "each")


@every_exercise
def test_how_to_come_out_of_a_hold_is_written_and_not_only_said(taught):
    for version in ("easier", "source", "harder"):
        chosen = taught.version(version)
        outs = [getattr(step, "out", None) or "" for step in chosen.steps]
        assert [told[3] for told in course_cards.step_texts(chosen)][: len(outs)] == outs
    told = repr(course_cards.about(taught.id))
    assert all(f"To come out: {s.out}" in told for s in taught.steps if getattr(s, "out", None))


def test_the_ball_and_the_hangs_say_how_one_comes_out_of_them():
    for name in ("lie_over_ball", "bed_hang", "bath_hang", "toe_dangle"):
        for version in ("easier", "source"):
            assert library().exercise(name).version(version).steps[-1].out, (name, version)


def test_to_come_back_is_written_only_where_something_was_held():
    between = {title: words for title, words, _, _ in course_cards.step_texts(exercise())}
    assert between["Change sides"] == "Come back slowly. Then the same on the right."
    still = exercise(steps=(hold(motion=None),))
    between = {title: words for title, words, _, _ in course_cards.step_texts(still)}
    assert between["Change sides"] == "Then the same on the right."


@every_exercise
def test_what_is_for_everyone_stands_first(taught):
    whom = [caution.whom for caution in taught.cautions]
    assert "anyone" not in whom[1:]


def test_the_cautions_of_one_exercise_do_not_name_it_again_and_again():
    alone = repr(course_cards.opening("massaging_the_neck")).partition("Take care")[2]
    assert "- Neck pain\n" in alone
    assert "Neck massage" not in alone


def test_among_those_who_take_care_in_a_section_everyone_stands_first():
    care = repr(course_cards.opening("stretching_the_spine")).partition("Take care")[2]
    assert care.index("Everyone: Lie back") < care.index("Sore wrists:")


def test_a_version_in_the_same_posture_has_no_second_picture():
    assert len(values(course_cards.versions("maypole"), "alt")) == 2
    assert len(values(course_cards.versions("knee_rolls"), "alt")) == 3


@every_exercise
def test_every_caution_and_the_stop_rule_are_told(taught):
    said = repr(course_cards.take_care(taught.id))
    names = library().safety.conditions
    expected = [f"{names[c.whom]}: {c.what}" for c in taught.cautions]
    assert not [line for line in (*expected, taught.stop) if line not in said]


@every_exercise
def test_versions_tell_the_easier_and_the_harder_way_or_why_there_is_none(taught):
    said = repr(course_cards.versions(taught.id))
    assert taught.easier.what in said
    assert (taught.harder.what if taught.harder else taught.no_harder) in said
    assert f'play("{taught.id}", version="easier")' in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("constructive_rest", "5 minutes, about 6 breaths a minute"),
        ("knee_to_chest", "6 seconds, 5 times on each side"),
        ("knee_rolls", "30 seconds on each side"),
        ("arch_and_round", "10 times, 8 seconds for each"),
        ("knuckles", "5 times"),
        ("neck_massage", "20 seconds, then 2 minutes"),
        ("getting_up", ""),
    ],
)
def test_amounts_are_told_in_words(name, words):
    assert course_cards.describe_amounts(library().exercise(name)) == words


def test_an_easier_version_has_its_own_amounts():
    easier = library().exercise("knee_rolls").version("easier")
    assert course_cards.describe_amounts(easier) == "5 seconds, 2 times on each side"


def test_the_safety_page_leaves_nothing_out():
    said = repr(course_cards.safety())
    safety = library().safety
    advice = [safety.education, *safety.urgent, safety.net, safety.active, safety.stop]
    advice += [safety.emergency, safety.neck, safety.holding, safety.breathing, safety.rising]
    advice += safety.care
    lines = [text for a in advice for text in (a.title, a.what, *a.signs, a.source or "")]
    lines += [text for band in safety.scale.bands for text in (band.title, band.what)]
    lines += [safety.scale.what, safety.scale.change]
    assert not [line for line in lines if line not in said]


def test_the_safety_page_tells_first_when_to_call_for_help():
    said = repr(course_cards.safety())
    order = [said.index(advice.title) for advice in library().safety.urgent]
    assert order == sorted(order)
    assert said.index("Call 999") < said.index(library().safety.stop.title)


@pytest.mark.parametrize("make", EXERCISE_CARDS)
def test_an_unknown_exercise_is_answered_with_the_one_that_was_meant(make):
    with pytest.raises(UnknownName, match='did you mean "knee_rolls"'):
        make("knee_roll")


@pytest.mark.parametrize("make", SECTION_CARDS)
def test_an_unknown_section_is_answered_with_the_one_that_was_meant(make):
    with pytest.raises(UnknownName, match='did you mean "relax_the_back"'):
        make("relax_back")


# The parts of a card


def test_a_card_reads_well_as_plain_text():
    rows = table(("", "Exercise", "How much"), [("", strong("Rest"), "5 minutes")])
    card = Card("any", (para(strong("Now: "), "lie down."), points(["a", ("b", "c")]), rows))
    assert repr(card) == "Now: lie down.\n- a\n- bc\nExercise | How much\nRest | 5 minutes"


def test_a_numbered_list_keeps_its_numbers_in_plain_text():
    assert repr(Card("any", (numbered(["roll", "kneel"]),))) == "1. roll\n2. kneel"


def test_an_attribute_cannot_be_broken_out_of():
    assert h("a", "x", href='"><b>').html() == '<a href="&quot;&gt;&lt;b&gt;">x</a>'


def test_a_picture_brings_its_drawing_along():
    made = image('<svg d="M 1 2"/>#', 'A "figure"').html()
    drawing = "data:image/svg+xml,<svg d=%22M 1 2%22/>%23"
    assert made == f'<img alt="A &quot;figure&quot;" src="{drawing}">'


def test_what_a_notebook_saves_has_short_lines_and_says_the_same():
    words = " ".join(f"word{n}" for n in range(400))
    markup = para(words, h("img", alt="")).html() + image(f"<svg>{words}</svg>", "").html()
    lines = break_lines(markup)
    assert max(map(len, lines.splitlines())) < 1000
    assert lines.replace("\n", "") == markup.replace("\n", "")
