"""A journal in figures, drawn by matplotlib, each with its words made from the same numbers.

Series are told apart by form and lightness before hue.
"""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from backcare_nb.course.dates import MONTH_NAMES, format_date
from backcare_nb.figures.palette import PAPER_COLOUR, QUIET_TEXT_COLOUR
from backcare_nb.html.chart import (
    CHART_WIDTH_PX,
    Chart,
    new_axes_with_label_margins,
    new_pixel_axes,
)
from backcare_nb.journal import summary
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.summary import monday_of

DARK_TEAL, PALE_TEAL, RANGE_LINE_COLOUR = "#1d565d", "#86b9b1", "#b9b09d"
# Of days with no practice, and with more and more.
DAY_SHADE_COLOURS = ("#e9e2d3", "#c3dcd4", PALE_TEAL, "#44898a", DARK_TEAL)
DAY_SHADE_LIMITS_MINUTES = (5, 10, 20)  # between the shades of days with practice
MAX_WEEKS_IN_LARGE_SQUARES = 17  # a calendar no longer than this has large days
MAX_VALUES_DRAWN_SINGLY = 120  # more are drawn as the middle of stretches of time

TimedValues = Sequence[tuple[datetime, int]]


def make_journal_charts(
    entries: Iterable[Entry], today: date, titles: Mapping[str, str], watermark: str = ""
) -> list[Chart]:
    """The figures that a journal has something to show in; none where it is empty.

    ``titles`` are those of exercises by id; ``watermark`` stands in every figure and its words.
    """
    entries = summary.practice_entries(entries)
    if not entries:
        return []
    charts = [
        make_calendar_chart(entries, today),
        make_regularity_chart(entries, today),
        make_pain_chart(entries),
        make_knee_roll_chart(entries),
        make_exercises_chart(entries, titles),
    ]
    return [Chart(chart.title, chart.alt, chart.draw, watermark) for chart in charts if chart]


# The calendar


def make_calendar_chart(entries: Sequence[Entry], today: date) -> Chart:
    """Minutes on each day: the last weeks, or every year there is."""
    minutes = summary.practice_minutes_by_day(entries)
    first = min(minutes)
    last = max(today, first)
    recent = first >= monday_of(last) - timedelta(weeks=MAX_WEEKS_IN_LARGE_SQUARES - 1)
    inside = {day: value for day, value in minutes.items() if day <= last}
    longest = max(inside, key=lambda day: inside[day])
    days = "1 day" if len(inside) == 1 else f"{len(inside)} days"
    alt = (
        f"A calendar from {format_date(first)} to {format_date(last)}: practice on {days} of"
        f" {(last - first).days + 1}, {_format_minutes(sum(inside.values()))} in all; the most on"
        f" {format_date(longest)}, {_format_minutes(inside[longest])}."
    )
    draw = _draw_weeks if recent else _draw_years
    return Chart("Minutes a day", alt, lambda: draw(minutes, first, last))


def _draw_weeks(minutes: Mapping[date, float], first: date, last: date) -> Figure:
    cell, left, top = 17.2, 38, 52
    start = monday_of(first)  # what lies before the first session was not missed
    figure, axes = new_pixel_axes(top + 7 * cell + 50)
    _draw_days(axes, minutes, (start, first, last), (left, top), cell)
    for row, name in ((0, "Mon"), (3, "Thu"), (6, "Sun")):
        axes.text(left - 5, top + (row + 0.5) * cell, name, ha="right", va="center", size=10)
    previous = -9
    for week in range((last - start).days // 7 + 1):
        day = start + timedelta(weeks=week)
        begins = not week or (day - timedelta(weeks=1)).month != day.month
        if begins and (week - previous >= 2.5 or not week):  # else there is no room for its name
            axes.text(left + week * cell, top - 7, _short_month_name(day), size=10)
            previous = week
    _draw_shade_legend(axes, left, top + 7 * cell + 14)
    return figure


def _draw_years(minutes: Mapping[date, float], first: date, last: date) -> Figure:
    years = range(last.year, first.year - 1, -1)
    cell, left, top, gap = 5.4, 40, 48, 9
    block = 7 * cell + gap
    figure, axes = new_pixel_axes(top + len(years) * block + 44)
    for row, year in enumerate(years):
        high = top + row * block
        start, end = date(year, 1, 1), min(date(year, 12, 31), last)
        _draw_days(axes, minutes, (monday_of(start), max(start, first), end), (left, high), cell)
        axes.text(left - 6, high + 3.5 * cell, str(year), ha="right", va="center", size=10)
    for month in (1, 4, 7, 10):
        day = date(years[0], month, 1)
        week = (day - monday_of(date(years[0], 1, 1))).days // 7
        axes.text(left + week * cell, top - 6, _short_month_name(day), size=10)
    _draw_shade_legend(axes, left, top + len(years) * block + 6)
    return figure


def _draw_days(
    axes: Axes,
    minutes: Mapping[date, float],
    monday_first_and_last: tuple[date, date, date],
    corner: tuple[float, float],
    cell: float,
) -> None:
    """A square for each day: columns of weeks, in a shade for its minutes.

    ``monday_first_and_last`` has the Monday of the first column, the first day and the last.
    """
    monday, first, last = monday_first_and_last
    days = np.arange((first - monday).days, (last - monday).days + 1)
    dates_shown = (monday + timedelta(days=int(n)) for n in days)
    shades = np.array([shade_index_of_minutes(minutes.get(day, 0)) for day in dates_shown])
    corners = np.column_stack((corner[0] + days // 7 * cell, corner[1] + days % 7 * cell))
    for shade in range(len(DAY_SHADE_COLOURS)):
        _draw_squares(axes, corners[shades == shade], cell, shade)


def shade_index_of_minutes(minutes: float) -> int:
    """The index in DAY_SHADE_COLOURS for a day's minutes."""
    return 1 + bisect(DAY_SHADE_LIMITS_MINUTES, minutes) if minutes else 0


def _draw_squares(axes: Axes, corners: NDArray[np.float64], cell: float, shade: int) -> None:
    """Squares at corners (N, 2) in one path, drawn many times faster than as many patches.

    As an artist and not a patch, whose every corner would be searched for the limits of the axes.
    """
    if not len(corners):
        return
    low, high = cell * 0.08, cell - cell * 0.08
    outline = np.array([(low, low), (high, low), (high, high), (low, high), (low, low)])
    points = (corners[:, None, :] + outline).reshape(-1, 2).round(1)
    codes = np.tile([Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY], len(corners))
    edge, width = (DARK_TEAL, 0.5) if shade else ("none", None)
    patch = PathPatch(
        Path(points, codes), facecolor=DAY_SHADE_COLOURS[shade], edgecolor=edge, linewidth=width
    )
    axes.add_artist(patch)


def _draw_shade_legend(axes: Axes, left: float, y: float) -> None:
    """What the shades mean."""
    first, *_ = limits = DAY_SHADE_LIMITS_MINUTES
    words = ("none", f"under {first}", *(f"{low}+" for low in limits))
    for shade, word in enumerate(words):
        _draw_squares(axes, np.array([(left, y)]), 11, shade)
        axes.text(left + 14, y + 6, word, va="center", size=10)
        left += 22 + 6 * len(word)
    axes.text(left, y + 6, "minutes", va="center", size=10)


# Days a week


def make_regularity_chart(entries: Sequence[Entry], today: date) -> Chart | None:
    """Days with practice in each of the last weeks: a week without is a space, and no fault."""
    minutes = summary.practice_minutes_by_day(entries)
    count = min(12, max(4, (monday_of(today) - monday_of(min(minutes))).days // 7 + 1))
    weeks = summary.practice_day_counts_per_week(minutes, today, count)
    if not any(days for _, days in weeks):
        return None
    alt = (
        f"Days with practice in each of the last {count} weeks, this week last:"
        f" {', '.join(str(days) for _, days in weeks)}."
        f" {summary.describe_regularity(entries, today)}"
    )
    return Chart("Days of practice a week", alt, lambda: _draw_regularity(weeks))


def _draw_regularity(weeks: Sequence[tuple[date, int]]) -> Figure:
    figure, axes = new_axes_with_label_margins(150)
    last = len(weeks) - 1
    for at, (_, days) in enumerate(weeks):
        if days:
            colour = DARK_TEAL if at == last else PALE_TEAL
            axes.bar(at, days, 0.68, color=colour, edgecolor=DARK_TEAL, lw=0.8)
            axes.text(at, days + 0.25, str(days), ha="center", size=10)
    axes.set(ylim=(0, 8.2), yticks=(0, 7), xlim=(-0.6, last + 0.6))
    shown = [n for n in range(last - 1) if n % 4 == last % 4]
    names = [_format_day_and_month(weeks[n][0]) for n in shown]
    axes.set_xticks([*shown, last], [*names, "this week"])
    axes.tick_params(length=0)
    if len(weeks) > 6:  # bars are narrow then, and the words would come near the edge
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
    return figure


# Comfort and rotation over time


def make_pain_chart(entries: Sequence[Entry]) -> Chart | None:
    """What was felt before and after sessions, over time."""
    before = summary.feedback_with_times(entries, "before")
    after = summary.feedback_with_times(entries, "after")
    if not before and not after:
        return None
    both = [
        (_days_since_1970(summary.learner_begin_time(e)), e.before, e.after)
        for e in entries
        if e.before is not None and e.after is not None
    ]

    def draw() -> Figure:
        figure, axes = new_axes_with_label_margins(210)
        axes.set(ylim=(-0.6, 10.6), yticks=(0, 2, 4, 6, 8, 10))
        axes.set_ylabel("0 no pain, 10 the worst", size=10, labelpad=3)
        if max(len(before), len(after)) <= MAX_VALUES_DRAWN_SINGLY:
            for at, high, low in both:
                axes.plot([at, at], [high, low], color=RANGE_LINE_COLOUR, lw=1.4, zorder=1)
        _draw_series(axes, before, "before", "o", filled=False)
        _draw_series(axes, after, "after", "o", filled=True)
        _draw_dates_and_legend(figure, axes, [at for at, _ in before + after])
        return figure

    words = [
        "How it felt, from 0, no pain, to 10, the worst.",
        _describe_series("before", before),
        _describe_series("after", after),
        summary.describe_pain_over_weeks(entries),
    ]
    return Chart("Before and after", " ".join(filter(None, words)), draw)


def make_knee_roll_chart(entries: Sequence[Entry]) -> Chart | None:
    """How far the knees rolled, left and right, over time."""
    left = summary.feedback_with_times(entries, "left")
    right = summary.feedback_with_times(entries, "right")
    if not left and not right:
        return None

    def draw() -> Figure:
        figure, axes = new_axes_with_label_margins(190)
        axes.set(ylim=(0, 95), yticks=(0, 30, 60, 90))
        axes.set_yticklabels(f"{angle}°" for angle in (0, 30, 60, 90))
        _draw_series(axes, left, "left", "<", filled=True)
        _draw_series(axes, right, "right", ">", filled=False)
        _draw_dates_and_legend(figure, axes, [at for at, _ in left + right])
        return figure

    words = ["How far the knees rolled, in degrees from straight up."]
    words += [_describe_series("to the left", left, "°")]
    words += [_describe_series("to the right", right, "°")]
    return Chart("Knee rolls, how far", " ".join(filter(None, words)), draw)


def _draw_series(axes: Axes, values: TimedValues, label: str, marker: str, *, filled: bool) -> None:
    """Values as they were said; where they are many, the middle of stretches, and half of them."""
    if not values:
        return
    face, line = (DARK_TEAL, "-") if filled else (PAPER_COLOUR, ":")
    look: dict[str, Any] = {"marker": marker, "mfc": face, "mec": DARK_TEAL, "color": DARK_TEAL}
    if len(values) <= MAX_VALUES_DRAWN_SINGLY:
        at = [_days_since_1970(time) for time, _ in values]
        style = line if len(values) > 1 and marker != "o" else "none"
        look |= {"linestyle": style, "lw": 1, "mew": 1.3}
        axes.plot(at, [value for _, value in values], label=label, zorder=3, **look)
        return
    span = summary.PAIN_COMPARISON_SPAN  # and as many times as long where 40 would be too few
    span *= max(1, round((values[-1][0] - values[0][0]) / span / 40))
    times, low, middle, high = zip(*summary.quartiles_per_span(values, span), strict=True)
    at = [_days_since_1970(time) for time in times]
    axes.fill_between(at, low, high, color=PALE_TEAL, alpha=0.35, lw=0)
    look |= {"linestyle": line, "markersize": 3.5, "mew": 1}
    axes.plot(at, middle, label=label, zorder=3, **look)


def _describe_series(name: str, values: TimedValues, unit: str = "") -> str:
    """A series in a sentence: how many, over which time, from where to where."""
    if not values:
        return ""
    (first, start), (last, end) = values[0], values[-1]
    if len(values) == 1:
        return f"{name.capitalize()}: {start}{unit} on {format_date(first)}."
    low, high = min(v for _, v in values), max(v for _, v in values)
    many = len(values) > MAX_VALUES_DRAWN_SINGLY
    drawn = " Drawn as the middle of stretches of time, in a paler band." if many else ""
    return (
        f"{name.capitalize()}: {len(values)} times from {format_date(first)} to"
        f" {format_date(last)}, first {start}{unit}, last {end}{unit}, between {low}{unit} and"
        f" {high}{unit}.{drawn}"
    )


# Exercises


def make_exercises_chart(entries: Sequence[Entry], titles: Mapping[str, str]) -> Chart | None:
    """Minutes at work in each exercise, those done most first, and beyond eight the others.

    One that the library has no more is called by its id.
    """
    done = summary.work_minutes_by_exercise(entries)
    rows = [(titles.get(n, n.replace("_", " ").strip() or n), done[n]) for n in done]
    if not rows:
        return None
    if len(rows) > 9:
        others = rows[8:]
        rows[8:] = [(f"{len(others)} others", sum(minutes for _, minutes in others))]
    words = "; ".join(f"{name}, {_format_minutes(minutes)}" for name, minutes in rows)
    alt = f"Minutes at work in each exercise: {words}."
    return Chart("Exercises done", alt, lambda: _draw_exercises(rows))


def _draw_exercises(rows: Sequence[tuple[str, float]]) -> Figure:
    row_height, top, margin = 31, 38, 12
    figure, axes = new_pixel_axes(top + row_height * len(rows) + 22)
    most = max(minutes for _, minutes in rows)
    for n, (name, minutes) in enumerate(rows):
        y = top + n * row_height
        title = " ".join(name.split())
        title = title if len(title) <= 36 else f"{title[:35]}…"
        axes.text(margin, y + 9, title, va="center")
        right, much = CHART_WIDTH_PX - margin, _format_minutes(minutes)
        axes.text(right, y + 9, much, va="center", ha="right", color=QUIET_TEXT_COLOUR)
        width = max(2, (CHART_WIDTH_PX - 2 * margin) * minutes / most)
        axes.barh(y + 20, width, 6, left=margin, color=PALE_TEAL, edgecolor=DARK_TEAL, lw=0.6)
    return figure


# Dates and minutes


def _draw_dates_and_legend(figure: Figure, axes: Axes, times: Sequence[datetime]) -> None:
    """An axis of dates, and a key above, for series over time."""
    first, last = min(times), max(times)
    room = max((last - first) * 0.04, timedelta(days=2))
    if last - first < timedelta(days=5):
        axes.set_xticks([_days_since_1970(first)], [_format_day_and_month(first)])
    else:
        days = _choose_date_ticks(first - room, last + room)
        axes.set_xticks([_days_since_1970(day) for day in days], _label_date_ticks(days))
    axes.set_xlim(_days_since_1970(first - room), _days_since_1970(last + room))
    axes.grid(axis="y", color="#e4ddd0", lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=3)
    height = figure.get_figheight() * 72
    corner = (1 - 8 / CHART_WIDTH_PX, 1 - 4 / height)
    spacing = {"handletextpad": 0.3, "columnspacing": 1, "borderaxespad": 0}
    look: Any = {"ncols": 2, "frameon": False, "fontsize": 10.5} | spacing
    figure.legend(loc="upper right", bbox_to_anchor=corner, **look)


def _days_since_1970(at: datetime) -> float:
    """Where a time stands on an axis: where matplotlib itself counts from is a person's to set."""
    return (at - datetime(1970, 1, 1)) / timedelta(days=1)


def _choose_date_ticks(first: datetime, last: datetime) -> list[datetime]:
    """Some days, months or years apart, as matplotlib chooses them for an axis."""
    untyped: Any = dates  # matplotlib.dates declares no types
    locator = untyped.AutoDateLocator(tz=UTC, minticks=2, maxticks=5, interval_multiples=True)
    epoch = untyped._epoch  # chosen by the first who counts, for the whole process
    try:
        ticks = locator.tick_values(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
        return [at.replace(tzinfo=None) for at in untyped.num2date(ticks, tz=UTC)]
    finally:
        untyped._epoch = epoch


def _label_date_ticks(days: Sequence[datetime]) -> list[str]:
    """Each day in a word: January as its year among months, the first as its month among days."""
    if any(day.day > 1 for day in days):
        return [str(day.day) if day.day > 1 else _short_month_name(day) for day in days]
    return [str(day.year) if day.month == 1 else _short_month_name(day) for day in days]


def _short_month_name(day: date) -> str:
    return MONTH_NAMES[day.month - 1][:3]


def _format_day_and_month(day: date) -> str:
    return f"{day.day} {_short_month_name(day)}"


def _format_minutes(minutes: float) -> str:
    """A length in words: under a minute, minutes, or hours and minutes."""
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return f"{rest} min" if rest else "under a minute"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
