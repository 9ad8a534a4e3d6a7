"""What notebooks show to be read: all that the data say, in words, and nothing that acts."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from pydantic import ValidationError

from backcare_nb.course.models import Frequency, Reference, Section
from backcare_nb.course.names import UnknownName
from backcare_nb.custom.library import current_library
from backcare_nb.html import amount_words, course_cards, static_session
from backcare_nb.html.card import (
    Card,
    break_markup_into_lines,
    bullet_list,
    h,
    para,
    read_card_stylesheet,
    strong,
    svg_image,
    table,
)
from backcare_nb.lesson.lesson import section_lesson
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import compile_session, fill_sides, frequency_in_words
from tests.for_each import for_each
from tests.samples import breathe, exercise, hold, middle, repeat, rise

HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)">' &amp; </div>"""
TAGS = {
    *("a", "code", "details", "div", "em", "h3", "img", "li", "ol", "p", "span", "strong", "style"),
    *("summary", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"alt", "aria-label", "class", "data-head", "href", "scope", "src"}

EXERCISES = [*current_library().exercises, *current_library().rises_from_floor_and_bed]
EXERCISE_CARDS = (course_cards.about, course_cards.take_care, course_cards.versions)
SECTION_CARDS = (course_cards.opening, course_cards.recap)

every_exercise = for_each(EXERCISES)
every_section = for_each(current_library().sections)


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

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def page(card: Card) -> Page:
    return Page(card._repr_html_())


def test_the_static_html_of_a_lesson_says_its_minutes_once():
    planned = static_session.session_html(plan_lesson_from(20).timeline)
    assert "<strong>A lesson for the back, 20 minutes</strong>" in planned
    section = static_session.session_html(section_lesson("standing_up").timeline)
    assert re.search(r"<strong>Standing up, \d+ minutes?( \d+ seconds?)?</strong>", section)


# Every card


@for_each(
    [
        *((make, ()) for make in (course_cards.safety, course_cards.overview)),
        *((make, (s.id,)) for make in SECTION_CARDS for s in current_library().sections),
        *((make, (e.id,)) for make in EXERCISE_CARDS for e in EXERCISES),
    ]
)
def test_a_card_uses_only_known_html_gives_images_alt_text_and_requests_nothing_elsewhere(
    make, name
):
    card = make(*name)
    found = page(card)
    assert set(found.tags) <= TAGS
    assert {key for key, _ in found.attributes} <= ATTRIBUTES
    asked = [v for v in found.values("src") if not v.startswith("data:image/svg+xml,")]
    asked += [v for v in found.values("href") if not re.fullmatch(r"\d\d_[a-z_]+\.ipynb", v)]
    assert asked == []
    assert len(found.values("alt")) == found.tags.count("img")
    assert all(len(alt.strip()) > 5 for alt in found.values("alt"))
    # and in plain text it says the same, each time
    plain = re.sub(r"^\d+\. ", "", repr(card), flags=re.MULTILINE)
    assert set(re.findall(r"\w+", plain)) == set(re.findall(r"\w+", found.text))
    assert not re.search(r"</?\w+|&\w+;|\[@", repr(card))
    assert card._repr_html_() == make(*name)._repr_html_()


def test_every_rule_of_the_stylesheet_stays_inside_a_card():
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", read_card_stylesheet())
    assert len(rules) > 10
    assert not [rule for rule in rules if ".backcare-guide" not in rule]


# Hostile words


@pytest.fixture
def hostile(monkeypatch) -> Section:
    """A section in which every text is an attack."""
    words = dict.fromkeys(("title", "common_name", "why", "setup", "stop", "no_harder"), HOSTILE)
    bad = exercise(
        "bad",
        **(words | {"setup": f"{HOSTILE} {{side}}"}),
        steps=(hold(title="<b>{side}", say="<i onclick='x'>{side}"),),
        felt={"words": "<b>{side}"},
        mistakes=({"words": "<u>{side}", "instead": "<i>"},),
        often={"times": 1, "most": 2, "per": "day", "what": HOSTILE},
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
    names = dict.fromkeys(current_library().safety.conditions, "<b>whom")
    safety = current_library().safety.model_copy(update={"conditions": names})
    words = {
        "name": "<i>",
        "source": "<b>who",
        "found": HOSTILE,
        "certainty": HOSTILE,
        "read": "abstract",
    }
    references = dict.fromkeys(current_library().references, Reference(**words))
    other = replace(current_library(), sections=(section,), safety=safety, references=references)
    monkeypatch.setattr(course_cards, "current_library", lambda: other)
    return section


def test_what_the_data_say_is_never_markup(hostile):
    cards = [make("worse") for make in SECTION_CARDS] + [make("bad") for make in EXERCISE_CARDS]
    for card in [course_cards.overview(), course_cards.safety(), *cards]:
        found = page(card)
        assert set(found.tags) <= TAGS
        assert {key for key, _ in found.attributes} <= ATTRIBUTES
        assert "<" in found.text
        assert "<" in repr(card)


# What each card tells


@every_section
def test_the_overview_links_each_section_and_gives_its_minutes(section):
    card = course_cards.overview()
    taught = current_library()
    ways, rise = taught.safety.ways, taught.rise
    total = compile_session(section.session_exercises, rise=rise, ways=ways).total
    assert f"{section.number:02d}_{section.id}.ipynb" in page(card).values("href")
    lines = repr(card).splitlines()
    minutes = lines[lines.index(section.title) + 1]
    assert re.search(rf"\b{round(total / MINUTE_MS)}\b", minutes)


@every_section
def test_an_opening_says_what_is_done_what_is_needed_and_who_takes_care(section):
    said = repr(course_cards.opening(section.id))
    conditions = {whom for e in section.exercises for c in e.cautions for whom in c.whom}
    lines = [*section.will_do, *section.needs, current_library().safety.stop.what]
    lines += [current_library().safety.conditions[whom] for whom in conditions]
    assert not [line for line in lines if line.lower() not in said.lower()]


def test_an_opening_names_exercises_for_another_time_harder_minutes_and_first_everyones_care():
    stretching, massaging, rotating = (
        repr(course_cards.opening(section))
        for section in ("stretching_the_spine", "massaging_the_neck", "rotate_the_back")
    )
    assert "Hang at the end of a bath is for another time" in stretching
    assert "at another time" in repr(course_cards.recap("stretching_the_spine"))
    told = [bool(re.search(r"harder \d", opening)) for opening in (rotating, massaging)]
    assert told == [True, False]
    assert stretching.index("Everyone: read the first line beside Lie back") < stretching.index(
        "ore wrists"
    )
    alone = massaging.partition("Take care")[2].partition("What you will do")[0]
    assert "neck pain" in alone
    assert "Neck massage" not in alone


@every_section
def test_a_recap_names_every_exercise_with_its_amount_how_to_get_up_and_where_to_go_on(section):
    said = repr(course_cards.recap(section.id))
    *_, last_link = page(course_cards.recap(section.id)).values("href")
    assert last_link == "00_start_here.ipynb"
    assert ("Next: " in said) == (section.number < 5)
    rows = [f"{e.title} | {amount_words.describe_amounts(e)}" for e in section.exercises]
    assert not [row for row in rows if row not in said]
    last = section.session_exercises[-1]
    lies = (last.ends or last.position) in ("supine", "prone")
    assert (current_library().safety.rising.what in said) == lies


def test_a_frequency_in_words_gives_the_number_to_begin_with_and_a_maximum_that_must_be_larger():
    def told(**frequency) -> str:
        return frequency_in_words(Frequency(what="So.", **frequency))

    assert told(times=1, most=3, per="day") == "once a day to begin with, 3 times at most"
    assert told(times=2, per="week") == "twice a week"
    with pytest.raises(ValidationError, match="most 2 should be more than times 2"):
        told(times=2, most=2, per="week")


def test_a_cards_sources_are_folded_below_the_text_in_html_and_written_out_in_plain_text():
    card, reference = (
        course_cards.about("knee_rolls"),
        current_library().references["nzamba_2024"],
    )
    summary = "<details><summary>Sources: Nzamba 2024, Brinjikji 2015</summary>"
    assert summary in card._repr_html_()
    for words in (
        reference.source,
        reference.found,
        reference.certainty,
        f"Read: {reference.read}.",
    ):
        assert words in repr(card)
    plain = [
        node.plain_text() for node in course_cards.cited_paragraph_nodes("No [brackets] of ours.")
    ]
    assert plain == ["No [brackets] of ours."]


@every_exercise
def test_an_exercise_is_told_whole_with_its_reason_how_often_and_both_sides(taught):
    said, often = repr(course_cards.about(taught.id)), taught.often
    lines = [taught.why, taught.setup, *(step.say for step in taught.steps)]
    lines += [taught.felt.words] if taught.felt else []
    lines += [words for each in taught.mistakes for words in (each.words, each.instead)]
    lines += [f"{course_cards.capitalize_first(frequency_in_words(often))}."] if often else []
    assert not [line for line in lines if fill_sides(line, taught.first) not in said]
    other = {"left": "right", "right": "left"}[taught.first]
    assert (f"Then the same on the {other}." in said) == (taught.sides == "each")
    outs = [step.out for step in taught.steps if getattr(step, "out", None)]
    assert all(f"To come out: {fill_sides(out, taught.first)}" in said for out in outs)


@pytest.mark.parametrize("name", ["lie_over_ball", "bed_hang", "bath_hang", "toe_dangle"])
@pytest.mark.parametrize("version", ["easier", "source"])
def test_how_to_come_out_of_a_hang_is_written_and_not_only_said(name, version):
    chosen = current_library().exercise(name).version(version)
    told = [step.way_out for step in course_cards.step_texts(chosen)]
    assert told[len(chosen.steps) - 1] == chosen.steps[-1].out
    assert told[len(chosen.steps) - 1]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((hold(),), "Come back slowly. Then the same on the right."),
        ((hold(motion=None),), "Then the same on the right."),  # nothing to come back from
    ],
)
def test_changing_sides_says_to_come_back_only_after_a_hold(steps, words):
    *_, between = course_cards.step_texts(exercise(steps=steps))
    assert (between.title, between.words) == ("Change sides", words)


@every_exercise
def test_every_caution_and_the_stop_rule_are_told_what_is_for_everyone_first(taught):
    said = repr(course_cards.take_care(taught.id))
    names = current_library().safety.conditions_in_words
    expected = [f"{names(c.whom)}: {c.what}" for c in taught.cautions]
    assert not [line for line in (*expected, taught.stop) if line not in said]
    assert ("anyone",) not in [caution.whom for caution in taught.cautions][1:]


@every_exercise
def test_versions_tell_the_easier_and_the_harder_way_or_why_there_is_none(taught):
    said = repr(course_cards.versions(taught.id))
    harder = taught.harder.what if taught.harder else taught.no_harder
    call = f'play("{taught.id}", version="easier")'
    assert not [line for line in (taught.easier.what, harder, call) if line not in said]


def test_a_version_in_the_same_posture_has_no_second_picture():
    pictures = [page(course_cards.versions(n)).tags.count("img") for n in ("maypole", "knee_rolls")]
    assert pictures == [2, 3]


@pytest.mark.parametrize(
    ("taught", "words"),
    [
        (exercise(), "30 seconds on each side"),
        (exercise(rounds={"default": 5, "min": 1, "max": 9}), "30 seconds, 5 times on each side"),
        (middle(breathe()), "5 minutes, about 6 breaths a minute"),
        (middle(repeat()), "10 times, 6 seconds for each"),
        (
            middle(hold(title="Knees", say="Rest."), breathe()),
            "30 seconds, then 5 minutes, about 6 breaths a minute",
        ),
        (rise(), ""),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_amounts_are_told_in_words(taught, words):
    assert amount_words.describe_amounts(taught) == words


def test_the_safety_page_leaves_nothing_out_and_tells_first_when_to_call_for_help():
    said, safety = repr(course_cards.safety()), current_library().safety
    advice = [
        safety.check,
        *safety.urgent,
        safety.education,
        safety.net,
        safety.active,
        safety.stop,
    ]
    advice += [safety.going_on]
    advice += [safety.emergency, safety.neck, safety.holding, safety.breathing, safety.rising]
    advice += safety.care
    lines = [text for a in advice for text in (a.title, a.what, *a.signs)]
    lines += [text for band in safety.scale.bands for text in (band.title, band.what)]
    lines += [safety.scale.what, safety.scale.change]
    assert not [line for line in lines if line not in said]
    order = [said.index(each.title) for each in safety.urgent]
    assert order == sorted(order)
    assert said.index("Call the emergency number") < said.index(safety.stop.title)


@pytest.mark.parametrize(
    ("make", "name", "meant"),
    [(make, "knee_roll", "knee_rolls") for make in EXERCISE_CARDS]
    + [(make, "relax_back", "relax_the_back") for make in SECTION_CARDS],
)
def test_an_unknown_name_is_answered_with_the_one_that_was_meant(make, name, meant):
    with pytest.raises(UnknownName, match=f'did you mean "{meant}"'):
        make(name)


# The parts of a card


def test_a_card_reads_well_as_plain_text():
    rows = table(("", "Exercise", "How much"), [("", strong("Rest"), "5 minutes")])
    words = (
        para(strong("Now: "), "lie down."),
        bullet_list(["a", ("b", "c")]),
        bullet_list("de", ordered=True),
    )
    assert repr(Card("any", (*words, rows))) == (
        "Now: lie down.\n- a\n- bc\n1. d\n2. e\nExercise | How much\nRest | 5 minutes"
    )


def test_attributes_are_escaped_and_an_image_holds_its_drawing():
    assert h("a", "x", href='"><b>').html() == '<a href="&quot;&gt;&lt;b&gt;">x</a>'
    made = svg_image('<svg d="M 1 2"/>#', 'A "figure"').html()
    drawing = "data:image/svg+xml,<svg d=%22M 1 2%22/>%23"
    assert made == f'<img alt="A &quot;figure&quot;" src="{drawing}">'


@for_each(range(12))
def test_line_breaks_in_an_embedded_drawing_are_only_where_a_space_may_be(shift):
    shapes = (
        "<style>.a{fill:none}.z{fill:none}</style><g font-size='9'><path d='M0 0z'/>dizzy</g>" * 60
    )
    drawing = f"<svg><title>{'a' * shift}</title>{shapes}</svg>"
    (address,) = re.findall('src="(.*)"', svg_image(drawing, "").html(), re.DOTALL)
    assert "\n" in address
    kept = unquote(address).partition(",")[2]  # as Chromium reads it, line ends and all
    read = re.sub(r" +(?=[ \"])|(?<=})\n", "", ET.canonicalize(kept, strip_text=True))
    assert read == ET.canonicalize(drawing)


def test_html_saved_in_a_notebook_is_broken_into_short_lines_and_not_otherwise_changed():
    words = " ".join(f"word{n}" for n in range(400))
    markup = para(words, h("img", alt="")).html() + svg_image(f"<svg>{words}</svg>", "").html()
    lines = break_markup_into_lines(markup)
    assert max(map(len, lines.splitlines())) < 1000
    assert lines.replace("\n", "") == markup.replace("\n", "")
