"""Figures of a journal: what they say, that they say it in words too, and that they stay text."""

import logging
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from backcare_nb.html import journal_charts
from backcare_nb.html.chart import Chart
from backcare_nb.journal import summary
from backcare_nb.journal.example import EXAMPLE_LAST_DAY, EXAMPLE_MARK, example_entries
from tests.journal_writer import BEGAN, entry

TODAY = date(2026, 3, 9)  # a Monday
KNOWN = {"knee_rolls": "Knee rolls"}
HOSTILE = "<script>$\\frac{1}{0}$_^&"


def on(day, id="", **changes):
    """A session of twelve minutes, so many days after the first of March."""
    made = entry(id or f"d{day}", **changes)
    later = timedelta(days=day)
    return replace(made, begun=made.begun + later, ended=made.ended + later)


def ten_years():
    made = example_entries()
    return [
        replace(e, id=f"m{n}", begun=e.begun - timedelta(days=n), ended=e.ended - timedelta(days=n))
        for n, e in enumerate(made * (3650 // len(made) + 1))
    ][:3650]


def drawn(entries, today=TODAY, mark=""):
    return journal_charts.journal_charts(entries, today, KNOWN, mark)


def texts(svg):
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter() if "text" in node.tag]


def titles(made):
    return [chart.title for chart in made]


# What there is to draw


def test_nothing_recorded_is_no_figure_and_a_friendly_sentence():
    assert drawn([]) == []
    assert summary.describe_regularity([], TODAY).startswith("There is nothing to show yet.")


def test_one_record_is_drawn():
    made = drawn([on(8, before=5, left=40)])
    assert titles(made) == [
        "Minutes a day",
        "Days of practice a week",
        "Before and after",
        "Knee rolls, how far",
        "Exercises done",
    ]
    assert made[0].alt == (
        "A calendar from 9 March 2026 to 9 March 2026: practice on 1 day of 1, 12 min in all;"
        " the most on 9 March 2026, 12 min."
    )
    assert made[2].alt.endswith("Before: 5 on 9 March 2026.")
    for chart in made:
        ET.fromstring(chart.svg())


def test_what_was_never_said_is_no_figure():
    assert titles(drawn([on(8, spent={})])) == ["Minutes a day", "Days of practice a week"]


def test_a_start_that_was_taken_back_is_no_practice():
    taken_back = on(8, finished=False, reached=4000, spent={"knee_rolls": 3000})
    assert drawn([taken_back]) == []


@pytest.mark.parametrize("many", [example_entries, ten_years], ids=["four months", "ten years"])
def test_every_figure_is_well_formed_and_the_same_on_every_run(many):
    for chart in drawn(many(), EXAMPLE_LAST_DAY):
        svg = chart.svg()
        assert svg == chart.svg()
        root = ET.fromstring(svg)
        assert root.get("aria-label") == chart.words
        assert root.get("width") == "340"
        assert not [node for node in root.iter() if node.tag.endswith(("script", "image"))]


def test_ten_years_are_as_light_as_they_can_be():
    sizes = [len(chart.svg()) for chart in drawn(ten_years(), EXAMPLE_LAST_DAY)]
    assert len(sizes) == 5
    assert max(sizes) < 300_000
    assert sum(sizes) < 350_000


def test_a_figure_can_be_saved_as_a_picture(tmp_path):
    chart = drawn([on(8)])[0]
    for name in ("a.svg", "a.png", "a.pdf"):
        assert chart.save(tmp_path / name).stat().st_size > 1000


def test_no_font_of_this_machine_is_missed(caplog):
    with caplog.at_level(logging.WARNING):
        for chart in drawn(example_entries(), EXAMPLE_LAST_DAY, "Made up"):
            chart.svg()
    assert caplog.records == []


# Words


def test_the_mark_stands_in_every_figure_and_in_its_words():
    for chart in drawn(example_entries(), EXAMPLE_LAST_DAY, EXAMPLE_MARK):
        assert chart.words.startswith("Made up, as an example. ")
        assert "made up, as an example" in texts(chart.svg())
        assert 'alt="Made up, as an example. ' in chart._repr_html_()


@pytest.mark.parametrize("entries", [example_entries(), ten_years()], ids=["weeks", "years"])
def test_the_mark_of_a_calendar_stands_clear_of_its_key(entries):
    made = journal_charts.journal_charts(entries, EXAMPLE_LAST_DAY, KNOWN, "Made up")[0].figure()
    draws = FigureCanvasAgg(made).get_renderer()
    (mark,) = (each for each in made.texts if each.get_text() == "made up")
    (key,) = (each for each in made.axes[0].texts if each.get_text() == "minutes")
    # in pixels from below: the key stands above the mark
    assert key.get_window_extent(draws).y0 >= mark.get_window_extent(draws).y1 + 4


def test_whatever_the_journal_holds_is_text_and_not_mathematics():
    chart = drawn([on(8, spent={HOSTILE: 60_000})])[-1]
    svg = chart.svg()
    assert "<script" not in svg
    assert HOSTILE.replace("_", " ") in texts(svg)
    assert "<script" not in chart._repr_html_()


def test_words_tell_the_numbers_that_are_drawn():
    week = [on(0, before=6, after=4, left=30), on(2, before=4, left=50, right=60), on(2, "again")]
    made = drawn(week)
    assert "practice on 2 days of 9, 36 min in all; the most on 3 March 2026, 24 min" in made[0].alt
    assert "this week last: 0, 1, 1, 0. You practised on 1 of the last 7 days" in made[1].alt
    assert "Before: 2 times from 1 March 2026 to 3 March 2026, first 6, last 4" in made[2].alt
    assert "To the left: 2 times" in made[3].alt
    assert "between 30° and 50°. To the right: 60° on 3 March 2026." in made[3].alt
    assert made[4].alt == "Minutes at work in each exercise: Knee rolls, 3 min."


def test_an_exercise_that_is_known_no_more_is_called_by_its_id():
    assert "old twist, 1 min" in drawn([on(8, spent={"old_twist": 60_000})])[-1].alt


def test_beyond_the_most_done_exercises_the_others_are_summed_up():
    spent = {f"exercise_{n}": 60_000 * (n + 1) for n in range(12)}
    assert drawn([on(8, spent=spent)])[-1].alt.endswith("; 4 others, 10 min.")


def test_values_too_many_to_see_are_told_to_be_drawn_as_their_middle():
    assert "middle of stretches of time" in drawn(ten_years(), EXAMPLE_LAST_DAY)[2].alt


# Days and weeks


def test_days_are_those_of_the_learners_own_clock():
    late = replace(entry("a"), begun=BEGAN.replace(hour=23, minute=59))
    assert list(summary.minutes_by_day([late])) == [BEGAN.date()]


def test_regularity_names_days_with_practice_and_none_without():
    words = summary.describe_regularity([on(n) for n in (0, 3, 7, 8)], TODAY)
    assert words == "You practised on 3 of the last 7 days and on 4 of the last 28." + (
        " Days off are part of it."
    )


def test_after_a_long_time_away_the_words_are_kind():
    words = summary.describe_regularity([on(0)], TODAY + timedelta(days=90))
    assert words == ("Your last practice was on 1 March 2026. Any day is a good day to go on.")


def test_a_clock_that_was_ahead_is_told_and_its_days_are_not_counted():
    words = summary.describe_regularity([on(8), on(400)], TODAY)
    assert "1 of the last 7 days" in words
    assert "1 day of practice lies after today: was a clock wrong?" in words
    assert titles(drawn([on(400)]))[0] == "Minutes a day"


@pytest.fixture
def machine(monkeypatch):
    """Sets the zone of the machine, as a POSIX rule."""
    if not hasattr(time, "tzset"):
        pytest.skip("a process cannot set its zone here")
    with monkeypatch.context() as patch:
        yield lambda rule: (patch.setenv("TZ", rule), time.tzset())
    time.tzset()


def heard(when, hours):
    """A session that began then, told by a clock so many hours ahead of UTC."""
    begun = when.astimezone(timezone(timedelta(hours=hours)))
    return replace(entry("heard"), begun=begun, ended=begun + timedelta(minutes=12))


def test_the_learners_clock_is_the_one_that_the_last_session_told(machine):
    machine("UTC0")
    now = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    earlier, last = heard(now - timedelta(days=2), 1), heard(now - timedelta(hours=5), 13)
    assert summary.learner_time(now, [last, earlier]).date() == date(2026, 3, 10)
    assert summary.learner_time(now, [earlier]).date() == date(2026, 3, 10)
    assert summary.learner_time(now, []).date() == date(2026, 3, 9)


@pytest.mark.parametrize("away", [timedelta(hours=1), -timedelta(days=400)])
def test_a_session_to_come_or_of_long_ago_tells_no_clock(machine, away):
    machine("UTC0")
    now = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert summary.learner_time(now, [heard(now + away, 13)]).utcoffset() == timedelta(0)


def test_summer_time_that_came_since_is_the_machines_to_tell(machine):
    machine("CET-1CEST,M3.5.0,M10.5.0/3")
    summer = datetime(2026, 6, 1, 22, 30, tzinfo=UTC).astimezone()
    assert summary.learner_time(summer, [on(0)]).isoformat() == "2026-06-02T00:30:00+02:00"


def test_what_lies_before_the_first_session_is_not_shown_as_missed():
    weeks = summary.days_by_week([date(2026, 3, 3)], TODAY, 4)
    assert weeks[-2:] == [(date(2026, 3, 2), 1), (date(2026, 3, 9), 0)]
    assert len(drawn([on(2)])[1].alt.split("this week last: ")[1].split(".")[0].split(", ")) == 4


@pytest.mark.parametrize(
    ("apart", "labels"),
    [
        (2, ["1 Mar"]),
        (20, ["Mar", "8", "15", "22"]),
        (100, ["Mar", "Apr", "May", "Jun"]),
        (400, ["May", "Sep", "2027"]),
        (1500, ["2026", "2027", "2028", "2029", "2030"]),
    ],
)
def test_an_axis_of_dates_has_days_months_or_years_and_tells_where_a_year_begins(apart, labels):
    (axes,) = journal_charts.rotation_chart([on(0, left=30), on(apart, left=40)]).figure().axes
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    low, high = axes.get_xlim()
    assert [label.get_text() for at, label in ticks if low <= at <= high] == labels


# Comfort over weeks


def weeks_of(first, last, count=5):
    early = [on(n, before=first) for n in range(count)]
    return early + [on(80 + n, before=last) for n in range(count)]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (6, 4, "so much less is a change that counts"),
        (3, 2, "so much less is a change that counts"),  # a third
        (6, 5, "within what days differ by"),
        (5, 5, "within what days differ by"),
        (0, 0, "within what days differ by"),
        (4, 6, "so much more counts too: ease off"),
    ],
)
def test_a_change_counts_from_two_points_or_three_tenths(first, last, words):
    assert words in summary.describe_comfort_change(weeks_of(first, last))


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [on(0, before=8), on(0, "b", before=1)],
        [on(n, before=8 - n // 4) for n in range(28)],  # weeks, but not enough of them
        weeks_of(8, 2, count=2),
    ],
)
def test_of_a_session_or_a_few_weeks_nothing_is_concluded(entries):
    assert summary.describe_comfort_change(entries) == ""


# To be seen in grey


def test_the_shades_of_a_calendar_darken_with_the_minutes():
    grey = [sum(w * c for w, c in zip((0.299, 0.587, 0.114), to_rgb(t), strict=True))
            for t in journal_charts.SHADES]  # fmt: skip
    assert grey == sorted(grey, reverse=True)
    assert min(a - b for a, b in pairwise(grey)) > 0.05
    shades = [journal_charts.shade_of(m) for m in (0, 0.2, 4.9, 5, 10, 19.9, 20, 300)]
    assert shades == [0, 1, 1, 2, 3, 3, 4, 4]


def test_series_differ_in_form_and_not_in_colour_alone():
    figure = next(c for c in drawn(example_entries()) if c.title == "Knee rolls, how far").figure()
    (axes,) = figure.axes
    markers = {line.get_label(): line.get_marker() for line in axes.lines}
    assert markers == {"left": "<", "right": ">"}


def test_spreads_hold_the_middle_half():
    values = [(datetime(2026, 1, 1) + timedelta(days=n), n % 11) for n in range(44)]
    (first, _) = summary.quartiles_by_span(values, timedelta(days=22))
    assert (first.low, first.middle, first.high) == (2, 5, 8)


def test_a_chart_reads_as_its_title_and_words():
    chart = Chart("Title", "Words.", lambda: None)
    assert repr(chart) == "Title: Words."
