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
from backcare_nb.journal import summary
from backcare_nb.journal.example import (
    EXAMPLE_LAST_DAY,
    EXAMPLE_TITLES_MINUTES_AND_EXERCISE_SECONDS,
    EXAMPLE_WATERMARK,
    example_entries,
)
from tests.journal_writer import BEGAN, entry, ten_years

TODAY = date(2026, 3, 9)  # a Monday
HOSTILE = "<script>$\\frac{1}{0}$_^&"
PRACTISED = (
    "You practised on {} of the last 7 days and on {} of the last 28. Days off are part of it."
)
WRONG = "was a clock wrong?"
TITLES = [
    *("Minutes a day", "Days of practice a week", "Before and after", "Knee rolls, how far"),
    "Exercises done",
]


def on(day, id="", **changes):
    """A session of twelve minutes, so many days after the first of March."""
    made = entry(id or f"d{day}", **changes)
    later = timedelta(days=day)
    return replace(made, begun=made.begun + later, ended=made.ended + later)


def drawn(entries, today=TODAY, watermark=""):
    return journal_charts.make_journal_charts(
        entries, today, {"knee_rolls": "Knee rolls"}, watermark
    )


def texts(svg):
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter() if "text" in node.tag]


# What there is to draw


@pytest.mark.parametrize(
    ("entries", "titles"),
    [
        ([], []),
        ([on(8, finished=False, reached=4000, spent={"knee_rolls": 3000})], []),  # taken back
        ([on(8, spent={})], TITLES[:2]),
        ([on(400)], [TITLES[0], TITLES[-1]]),  # a clock was ahead
        ([on(8, before=5, left=40)], TITLES),
    ],
)
def test_only_charts_that_the_journal_has_data_for_are_drawn(entries, titles):
    charts = drawn(entries)
    assert [chart.title for chart in charts] == titles
    for chart in charts:
        ET.fromstring(chart.svg())


def test_made_up_sessions_last_as_long_as_their_titles_say():
    minutes = {title: minutes for title, minutes, _ in EXAMPLE_TITLES_MINUTES_AND_EXERCISE_SECONDS}
    assert all(e.total == 60_000 * minutes[e.title] for e in example_entries())


@pytest.mark.parametrize("many", [example_entries, ten_years], ids=["weeks", "years"])
def test_charts_are_small_the_same_on_every_run_and_their_watermark_stays_clear_of_the_legend(
    many, caplog
):
    charts = drawn(many(), EXAMPLE_LAST_DAY, EXAMPLE_WATERMARK)
    with caplog.at_level(logging.WARNING):
        svgs = [chart.svg() for chart in charts]
    assert caplog.records == []  # no font of this machine is missed
    assert len(svgs) == 5
    assert sum(map(len, svgs)) < 350_000
    for chart, svg in zip(charts, svgs, strict=True):
        assert svg == chart.svg()
        root = ET.fromstring(svg)
        assert (root.get("aria-label"), root.get("width")) == (chart.words, "340")
        assert not [node for node in root.iter() if node.tag.endswith(("script", "image"))]
        assert repr(chart).startswith(f"{chart.title}: Made up, as an example. ")
        assert "made up, as an example" in texts(svg)
        assert 'alt="Made up, as an example. ' in chart._repr_html_()
    figure = charts[0].figure()
    draws = FigureCanvasAgg(figure).get_renderer()
    (watermark,) = (each for each in figure.texts if each.get_text() == "made up, as an example")
    (key,) = (each for each in figure.axes[0].texts if each.get_text() == "minutes")
    # in pixels from below: the key stands above the watermark
    assert key.get_window_extent(draws).y0 >= watermark.get_window_extent(draws).y1 + 4


# Words


def test_whatever_the_journal_holds_is_text_and_not_mathematics():
    chart = drawn([on(8, spent={HOSTILE: 60_000})])[-1]
    assert "<script" not in chart.svg()
    assert HOSTILE.replace("_", " ") in texts(chart.svg())
    assert "<script" not in chart._repr_html_()


def test_the_alt_text_of_a_chart_has_the_numbers_that_are_drawn():
    week = [on(0, before=6, after=4, left=30), on(2, before=4, left=50, right=60), on(2, "again")]
    calendar, weeks, comfort, rotation, exercises = (chart.alt for chart in drawn(week))
    assert calendar == (
        "A calendar from 1 March 2026 to 9 March 2026: practice on 2 days of 9, 36 min in all; the"
        " most on 3 March 2026, 24 min."
    )
    assert "this week last: 0, 1, 1, 0. You practised on 1 of the last 7 days" in weeks
    assert "Before: 2 times from 1 March 2026 to 3 March 2026, first 6, last 4" in comfort
    assert "To the left: 2 times" in rotation
    assert "between 30° and 50°. To the right: 60° on 3 March 2026." in rotation
    assert exercises == "Minutes at work in each exercise: Knee rolls, 3 min."
    assert "middle of stretches of time" in drawn(ten_years(), EXAMPLE_LAST_DAY)[2].alt


def test_a_chart_names_exercises_by_title_or_id_and_sums_up_all_but_the_most_done():
    assert "old twist, 1 min" in drawn([on(8, spent={"old_twist": 60_000})])[-1].alt
    spent = {f"exercise_{n}": 60_000 * (n + 1) for n in range(12)}
    assert drawn([on(8, spent=spent)])[-1].alt.endswith("; 4 others, 10 min.")


# Days and weeks


def test_days_are_those_of_the_learners_own_clock():
    late = replace(entry("a"), begun=BEGAN.replace(hour=23, minute=59))
    assert list(summary.practice_minutes_by_day([late])) == [BEGAN.date()]


@pytest.mark.parametrize(
    ("days", "after", "words"),
    [
        ((), 0, "There is nothing to show yet. It begins with your next session."),
        ((0, 3, 7, 8), 0, PRACTISED.format(3, 4)),
        ((0,), 90, "Your last practice was on 1 March 2026. Any day is a good day to go on."),
        ((8, 400), 0, f"{PRACTISED.format(1, 1)} 1 day of practice lies after today: {WRONG}"),
    ],
)
def test_regularity_is_told_kindly_and_names_no_day_that_was_missed(days, after, words):
    today = TODAY + timedelta(days=after)
    assert summary.describe_regularity([on(day) for day in days], today) == words


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


def test_the_learners_time_zone_is_that_of_the_latest_recent_session(machine):
    machine("UTC0")
    now = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    earlier, last = heard(now - timedelta(days=2), 1), heard(now - timedelta(hours=5), 13)
    assert summary.to_learner_time(now, [last, earlier]).date() == date(2026, 3, 10)
    assert summary.to_learner_time(now, [earlier]).date() == date(2026, 3, 10)
    for others in ([], [heard(now + timedelta(hours=1), 13)], [heard(now - timedelta(400), 13)]):
        assert summary.to_learner_time(now, others).utcoffset() == timedelta(0)


def test_after_a_change_to_summer_time_the_learners_time_has_the_machines_new_offset(machine):
    machine("CET-1CEST,M3.5.0,M10.5.0/3")
    summer = datetime(2026, 6, 1, 22, 30, tzinfo=UTC).astimezone()
    assert summary.to_learner_time(summer, [on(0)]).isoformat() == "2026-06-02T00:30:00+02:00"


def test_what_lies_before_the_first_session_is_not_shown_as_missed():
    weeks = summary.practice_day_counts_per_week([date(2026, 3, 3)], TODAY, 4)
    assert weeks[-2:] == [(date(2026, 3, 2), 1), (date(2026, 3, 9), 0)]
    assert "this week last: 0, 0, 1, 0." in drawn([on(2)])[1].alt


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
    (axes,) = (
        journal_charts.make_knee_roll_chart([on(0, left=30), on(apart, left=40)]).figure().axes
    )
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    low, high = axes.get_xlim()
    assert [label.get_text() for at, label in ticks if low <= at <= high] == labels


# Comfort over weeks


def weeks_of(first, last, count=5):
    early = [on(n, before=first) for n in range(count)]
    return early + [on(80 + n, before=last) for n in range(count)]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (weeks_of(6, 4), "so much less is a change that counts"),
        (weeks_of(3, 2), "so much less is a change that counts"),  # a third
        (weeks_of(6, 5), "within what days differ by"),
        (weeks_of(5, 5), "within what days differ by"),
        (weeks_of(0, 0), "within what days differ by"),
        (weeks_of(4, 6), "so much more counts too: ease off"),
        ([], ""),
        ([on(0, before=8), on(0, "b", before=1)], ""),
        ([on(n, before=8 - n // 4) for n in range(28)], ""),  # weeks, but not enough of them
        (weeks_of(8, 2, count=2), ""),
    ],
)
def test_a_change_of_comfort_counts_over_enough_weeks_and_by_two_points_or_three_tenths_at_least(
    entries, words
):
    said = summary.describe_pain_over_weeks(entries)
    assert words in said
    assert bool(said) == bool(words)


# To be seen in grey


def test_the_shades_of_a_calendar_darken_with_the_minutes():
    weights = (0.299, 0.587, 0.114)
    grey = [
        sum(w * c for w, c in zip(weights, to_rgb(shade), strict=True))
        for shade in journal_charts.DAY_SHADE_COLOURS
    ]
    assert min(a - b for a, b in pairwise(grey)) > 0.05
    shades = [journal_charts.shade_index_of_minutes(m) for m in (0, 0.2, 4.9, 5, 10, 19.9, 20, 300)]
    assert shades == [0, 1, 1, 2, 3, 3, 4, 4]


def test_series_differ_in_form_and_not_in_colour_alone():
    (axes,) = journal_charts.make_knee_roll_chart(example_entries()).figure().axes
    markers = {line.get_label(): line.get_marker() for line in axes.lines}
    assert markers == {"left": "<", "right": ">"}


def test_each_span_of_a_chart_gives_the_quartiles_and_the_median_of_its_values():
    values = [(datetime(2026, 1, 1) + timedelta(days=n), n % 11) for n in range(44)]
    (first, _) = summary.quartiles_per_span(values, timedelta(days=22))
    assert first[1:] == (2, 5, 8)
