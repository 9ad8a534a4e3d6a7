"""A journal in figures, drawn by matplotlib, each with its words made from the same numbers.

Series are told apart by form and lightness before hue.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from backcare_nb.figures.palette import PAPER, QUIET
from backcare_nb.html.chart import WIDTH, Chart, canvas, plot
from backcare_nb.journal import summary
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.summary import MONTHS, dated, moment

RAMP = ("#e9e2d3", "#c3dcd4", "#86b9b1", "#44898a", "#1d565d")  # none, and more and more
STEPS = (5, 10, 20)  # minutes between the shades of days with practice
DARK, PALE, LINK = "#1d565d", "#86b9b1", "#b9b09d"
RECENT = 17  # weeks: a calendar no longer than this has large days
MANY = 120  # values: more are drawn as the middle of stretches


def charts(
    entries: Iterable[Entry], today: date, known: Mapping[str, str], mark: str = ""
) -> list[Chart]:
    """The figures that a journal has something to show in; none where it is empty.

    ``known`` has the titles of exercises by id; ``mark`` stands in every figure and its words.
    """
    entries = summary.practised(entries)
    if not entries:
        return []
    made = [calendar(entries, today), regularity(entries, today), comfort(entries)]
    made += [rotation(entries), exercises(entries, known)]
    return [Chart(c.title, c.alt, c.draw, mark) for c in made if c]


# The calendar


def calendar(entries: Sequence[Entry], today: date) -> Chart:
    """Minutes on each day: the last weeks, or every year there is."""
    minutes = summary.minutes(entries)
    first = min(minutes)
    last = max(today, first)
    recent = first >= _monday(last) - timedelta(weeks=RECENT - 1)
    alt = _told_calendar(minutes, first, last)
    draw = _draw_weeks if recent else _draw_years
    return Chart("Minutes a day", alt, lambda: draw(minutes, first, last))


def _told_calendar(minutes: Mapping[date, float], first: date, last: date) -> str:
    inside = {each: value for each, value in minutes.items() if each <= last}
    longest = max(inside, key=inside.get)
    span = (last - first).days + 1
    days = "1 day" if len(inside) == 1 else f"{len(inside)} days"
    return (
        f"A calendar from {dated(first)} to {dated(last)}: practice on {days} of {span},"
        f" {_minutes(sum(inside.values()))} in all; the most on {dated(longest)},"
        f" {_minutes(inside[longest])}."
    )


def _draw_weeks(minutes: Mapping[date, float], first: date, last: date) -> Figure:
    cell, left, top = 17.2, 38, 52
    start = _monday(first)  # what lies before the first session was not missed
    made, axes = canvas(top + 7 * cell + 50)
    _days(axes, minutes, start, last, left, top, cell, first)
    for row, name in ((0, "Mon"), (3, "Thu"), (6, "Sun")):
        axes.text(left - 5, top + (row + 0.5) * cell, name, ha="right", va="center", size=10)
    _months(axes, start, last, left, top - 7, cell)
    _key(axes, left, top + 7 * cell + 14)
    return made


def _draw_years(minutes: Mapping[date, float], first: date, last: date) -> Figure:
    years = range(last.year, first.year - 1, -1)
    cell, left, top, gap = 5.4, 40, 48, 9
    block = 7 * cell + gap
    made, axes = canvas(top + len(years) * block + 44)
    for row, year in enumerate(years):
        high = top + row * block
        start, end = date(year, 1, 1), min(date(year, 12, 31), last)
        _days(axes, minutes, _monday(start), end, left, high, cell, max(start, first))
        axes.text(left - 6, high + 3.5 * cell, str(year), ha="right", va="center", size=10)
    for month in (1, 4, 7, 10):
        at = left + (date(years[0], month, 1) - _monday(date(years[0], 1, 1))).days // 7 * cell
        axes.text(at, top - 6, _month(date(years[0], month, 1)), size=10)
    _key(axes, left, top + len(years) * block + 6)
    return made


def _days(
    axes: Axes,
    minutes: Mapping[date, float],
    start: date,
    last: date,
    left: float,
    top: float,
    cell: float,
    begin: date,
) -> None:
    """A square for each day: columns of weeks from a Monday on, in a shade for its minutes."""
    days = np.arange((begin - start).days, (last - start).days + 1)
    shade = np.array([_shade(minutes.get(start + timedelta(days=int(n)), 0)) for n in days])
    corners = np.column_stack((left + days // 7 * cell, top + days % 7 * cell))
    for level, colour in enumerate(RAMP):
        _squares(axes, corners[shade == level], cell, colour, edged=level > 0)


def _squares(axes: Axes, corners: np.ndarray, cell: float, colour: str, edged: bool) -> None:
    """Squares in one path, drawn many times faster than as many patches.

    As an artist and not a patch, whose every corner would be searched for the limits of the axes.
    """
    if not len(corners):
        return
    gap = cell * 0.08
    low, high = gap, cell - gap
    shape = np.array([(low, low), (high, low), (high, high), (low, high), (low, low)])
    points = (corners[:, None, :] + shape).reshape(-1, 2).round(1)
    codes = np.tile([Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY], len(corners))
    edge = {"edgecolor": DARK, "linewidth": 0.5} if edged else {"edgecolor": "none"}
    axes.add_artist(PathPatch(Path(points, codes), facecolor=colour, **edge))


def _shade(minutes: float) -> int:
    return 0 if not minutes else 1 + int(np.searchsorted(STEPS, minutes, side="right"))


def _months(axes: Axes, start: date, last: date, left: float, y: float, cell: float) -> None:
    """The name of each month over the week that it begins in, where there is room for it."""
    previous = -9.0
    for week in range((last - start).days // 7 + 1):
        day = start + timedelta(weeks=week)
        if week and (day - timedelta(weeks=1)).month == day.month:
            continue
        if week - previous >= 2.5 or week == 0:
            axes.text(left + week * cell, y, _month(day), size=10)
            previous = week


def _key(axes: Axes, left: float, y: float) -> None:
    """What the shades mean."""
    words = ("none", f"under {STEPS[0]}", *(f"{low}+" for low in STEPS))
    at = left
    for level, (colour, word) in enumerate(zip(RAMP, words, strict=True)):
        _squares(axes, np.array([(at, y)]), 11, colour, edged=level > 0)
        axes.text(at + 14, y + 6, word, va="center", size=10)
        at += 22 + 6 * len(word)
    axes.text(at, y + 6, "minutes", va="center", size=10)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# Days a week


def regularity(entries: Sequence[Entry], today: date, count: int = 12) -> Chart | None:
    """Days with practice in each of the last weeks: a week without is a space, and no fault."""
    minutes = summary.minutes(entries)
    count = min(count, max(4, (_monday(today) - _monday(min(minutes))).days // 7 + 1))
    weeks = summary.weeks(minutes, today, count)
    had = [days for _, days in weeks]
    if not any(had):
        return None
    told = ", ".join(map(str, had))
    alt = (
        f"Days with practice in each of the last {count} weeks, this week last: {told}."
        f" {summary.regularity(entries, today)}"
    )
    return Chart("Days of practice a week", alt, lambda: _draw_regularity(weeks))


def _draw_regularity(weeks: Sequence[tuple[date, int]]) -> Figure:
    made, axes = plot(150)
    places = range(len(weeks))
    for at, (_, days) in zip(places, weeks, strict=True):
        if days:
            colour = DARK if at == places[-1] else PALE
            axes.bar(at, days, 0.68, color=colour, edgecolor=DARK, lw=0.8)
            axes.text(at, days + 0.25, str(days), ha="center", size=10)
    axes.set(ylim=(0, 8.2), yticks=(0, 7), xlim=(-0.6, len(weeks) - 0.4))
    shown = [n for n in places[:-2] if n % 4 == (len(weeks) - 1) % 4]
    names = [_short(weeks[n][0]) for n in shown]
    axes.set_xticks([*shown, places[-1]], [*names, "this week"])
    axes.tick_params(length=0)
    if len(weeks) > 6:  # bars are narrow then, and the words would come near the edge
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
    return made


# Comfort


def comfort(entries: Sequence[Entry]) -> Chart | None:
    """What was felt before and after sessions, over time."""
    before, after = summary.said(entries, "before"), summary.said(entries, "after")
    if not before and not after:
        return None
    told = " ".join(_told("before", before) + _told("after", after))
    alt = (
        f"How it felt, from 0, no pain, to 10, the worst. {told} {summary.comfort_change(entries)}"
    )
    both = [e for e in entries if e.before is not None and e.after is not None]
    pairs = [(moment(e), e.before, e.after) for e in both]
    return Chart("Before and after", alt.strip(), lambda: _draw_comfort(before, after, pairs))


def _draw_comfort(before, after, pairs) -> Figure:
    made, axes = plot(210)
    axes.set(ylim=(-0.6, 10.6), yticks=(0, 2, 4, 6, 8, 10))
    axes.set_ylabel("0 no pain, 10 the worst", size=10, labelpad=3)
    if not _many(before) and not _many(after):
        for at, high, low in pairs:
            axes.plot([_number(at)] * 2, [high, low], color=LINK, lw=1.4, zorder=1)
    _series(axes, before, "before", "o", PAPER, DARK, ":")
    _series(axes, after, "after", "o", DARK, DARK, "-")
    _over_time(made, axes, [at for at, _ in before + after])
    return made


# Rotation


def rotation(entries: Sequence[Entry]) -> Chart | None:
    """How far the knees rolled, left and right, over time."""
    left, right = summary.said(entries, "left"), summary.said(entries, "right")
    if not left and not right:
        return None
    told = " ".join(_told("to the left", left, "°") + _told("to the right", right, "°"))
    alt = f"How far the knees rolled, in degrees from straight up. {told}"
    return Chart("Knee rolls, how far", alt, lambda: _draw_rotation(left, right))


def _draw_rotation(left, right) -> Figure:
    made, axes = plot(190)
    axes.set(ylim=(0, 95), yticks=(0, 30, 60, 90))
    axes.set_yticklabels(f"{angle}°" for angle in (0, 30, 60, 90))
    _series(axes, left, "left", "<", DARK, DARK, "-")
    _series(axes, right, "right", ">", PAPER, DARK, ":")
    _over_time(made, axes, [at for at, _ in left + right])
    return made


def _series(axes: Axes, values, label: str, marker: str, face: str, edge: str, line: str) -> None:
    """Values as they were said; where they are many, the middle of stretches, and half of them."""
    if not values:
        return
    look = {"marker": marker, "mfc": face, "mec": edge, "color": edge, "mew": 1.3, "zorder": 3}
    if not _many(values):
        style = line if len(values) > 1 and marker != "o" else "none"
        axes.plot(*_columns(values), linestyle=style, lw=1, label=label, **look)
        return
    found = summary.spreads(values, _stretch(values))
    at = [_number(each.at) for each in found]
    axes.fill_between(
        at, [e.low for e in found], [e.high for e in found], color=PALE, alpha=0.35, lw=0
    )
    look |= {"markersize": 3.5, "mew": 1}
    axes.plot(at, [each.middle for each in found], linestyle=line, label=label, **look)


def _stretch(values: Sequence[tuple[datetime, int]]) -> timedelta:
    """Four weeks, or more of them where that would be too many to see."""
    months = (values[-1][0] - values[0][0]) / summary.MONTH
    return summary.MONTH * max(1, round(months / 40))


def _columns(values) -> tuple[list, list]:
    return [_number(at) for at, _ in values], [value for _, value in values]


def _told(name: str, values: Sequence[tuple[datetime, int]], unit: str = "") -> list[str]:
    """A series in a sentence: how many, over which time, from where to where."""
    if not values:
        return []
    (first, start), (last, end) = values[0], values[-1]
    low, high = min(v for _, v in values), max(v for _, v in values)
    if len(values) == 1:
        return [f"{name.capitalize()}: {start}{unit} on {dated(first)}."]
    drawn = " Drawn as the middle of stretches of time, in a paler band." if _many(values) else ""
    return [
        f"{name.capitalize()}: {len(values)} times from {dated(first)} to {dated(last)}, first"
        f" {start}{unit}, last {end}{unit}, between {low}{unit} and {high}{unit}.{drawn}"
    ]


def _many(values: Sequence) -> bool:
    return len(values) > MANY


# Exercises


def exercises(entries: Sequence[Entry], known: Mapping[str, str], most: int = 8) -> Chart | None:
    """Minutes at work in each exercise, those done most first."""
    found = summary.exercises(entries)
    if not found:
        return None
    title = summary.titles(found, known)
    rows = [(title(name), value) for name, value in found.items()]
    if len(rows) > most + 1:
        others = rows[most:]
        rows[most:] = [(f"{len(others)} others", sum(value for _, value in others))]
    told = "; ".join(f"{name}, {_minutes(value)}" for name, value in rows)
    alt = f"Minutes at work in each exercise: {told}."
    return Chart("Exercises done", alt, lambda: _draw_exercises(rows))


def _draw_exercises(rows: Sequence[tuple[str, float]]) -> Figure:
    row, top = 31, 38
    made, axes = canvas(top + row * len(rows) + 22)
    most = max(value for _, value in rows)
    for n, (name, value) in enumerate(rows):
        y = top + n * row
        axes.text(12, y + 9, _cut(name), va="center")
        axes.text(WIDTH - 12, y + 9, _minutes(value), va="center", ha="right", color=QUIET)
        width = max(2, (WIDTH - 24) * value / most)
        axes.barh(y + 20, width, 6, left=12, color=PALE, edgecolor=DARK, lw=0.6)
    return made


def _cut(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 36 else f"{line[:35]}…"


# All of them


def _over_time(made: Figure, axes: Axes, times: Sequence[datetime]) -> None:
    """An axis of dates, and a key above, for series over time."""
    first, last = min(times), max(times)
    room = max((last - first) * 0.04, timedelta(days=2))
    if last - first < timedelta(days=5):
        axes.set_xticks([_number(first)], [_short(first)])
    else:
        days = _whole_days(first - room, last + room)
        axes.set_xticks([_number(day) for day in days], _labels(days))
    axes.set_xlim(_number(first - room), _number(last + room))
    if isinstance(axes.yaxis.get_major_locator(), MaxNLocator):
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.grid(axis="y", color="#e4ddd0", lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=3)
    height = made.get_figheight() * 72
    made.legend(
        loc="upper right",
        bbox_to_anchor=(1 - 8 / WIDTH, 1 - 4 / height),
        ncols=2,
        frameon=False,
        fontsize=10.5,
        handletextpad=0.3,
        columnspacing=1,
        borderaxespad=0,
    )


def _number(at: datetime) -> float:
    """A time as days since 1970: where matplotlib itself counts from is a person's to set."""
    return (at - datetime(1970, 1, 1)) / timedelta(days=1)


def _whole_days(first: datetime, last: datetime) -> list[datetime]:
    """Some days, months or years apart, as matplotlib chooses them for an axis."""
    chosen = dates.AutoDateLocator(tz=UTC, minticks=2, maxticks=5, interval_multiples=True)
    epoch = dates._epoch  # chosen by the first who counts, for the whole process
    try:
        found = chosen.tick_values(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
        return [at.replace(tzinfo=None) for at in dates.num2date(found, tz=UTC)]
    finally:
        dates._epoch = epoch


def _labels(days: Sequence[datetime]) -> list[str]:
    """Each day in a word: January as its year among months, the first as its month among days."""
    months = all(day.day == 1 for day in days)
    return [
        str(day.day) if day.day > 1 else str(day.year) if months and day.month == 1 else _month(day)
        for day in days
    ]


def _month(when: date) -> str:
    return MONTHS[when.month - 1][:3]


def _short(when: date) -> str:
    return f"{when.day} {_month(when)}"


def _minutes(value: float) -> str:
    """A length in words: under a minute, minutes, or hours and minutes."""
    whole = round(value)
    if not whole:
        return "under a minute"
    hours, rest = divmod(whole, 60)
    if not hours:
        return f"{whole} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
