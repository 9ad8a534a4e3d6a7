"""What a journal says when it is looked at as a whole: days, weeks, comfort, angles, exercises.

Times are those of the learner's own clock. Minutes are minutes of practice; what was said of
comfort is 0 (no pain) to 10. Nothing here punishes a day off.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from backcare_nb.journal.entry import Entry

BRIEF = 20_000  # milliseconds: a start that is taken back sooner is no practice
MONTH = timedelta(days=28)
YEAR = timedelta(days=365)
# Farrar 2001 and Suzuki 2020: about two points, or three tenths of where it began, over weeks.
POINTS, SHARE = 2, 0.3
ENOUGH = 3  # sessions, to speak of a month
# In the language of the words around them, whatever the locale that a person has set.
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Spread:
    """The middle of some values and the half of them around it."""

    at: datetime
    low: float
    middle: float
    high: float


def practised(entries: Iterable[Entry]) -> list[Entry]:
    """The sessions that were finished, or were more than a start taken back, by their times."""
    kept = (e for e in entries if e.finished or max(e.length, e.work) >= BRIEF)
    return sorted(kept, key=lambda entry: entry.begun)


def moment(entry: Entry) -> datetime:
    """When a session began, by the learner's own clock."""
    return entry.begun.replace(tzinfo=None)


def day(entry: Entry) -> date:
    return moment(entry).date()


def here(now: datetime, entries: Iterable[Entry]) -> datetime:
    """This moment by the learner's own clock, which need not be that of the machine (on a hub).

    ``now`` is by the machine's. The last session tells the learner's offset from UTC; where it was
    the machine's too, theirs is one clock, and summer time may have come or gone since.
    """
    recent = [entry for entry in entries if now - YEAR < entry.begun <= now]
    if not recent:
        return now
    last = max(recent, key=lambda entry: entry.begun).begun
    same = last.utcoffset() == last.astimezone().utcoffset()
    return now if same else now.astimezone(last.tzinfo)


def minutes(entries: Iterable[Entry]) -> dict[date, float]:
    """Minutes of practice on each day that had some."""
    found: defaultdict[date, float] = defaultdict(float)
    for entry in practised(entries):
        found[day(entry)] += max(entry.length, entry.work) / 60_000
    return dict(found)


def days_of(days: Iterable[date], today: date, span: int) -> int:
    """How many of the last days, today included, had practice."""
    return sum(timedelta(0) <= today - each < timedelta(days=span) for each in set(days))


def weeks(days: Iterable[date], today: date, count: int) -> list[tuple[date, int]]:
    """The Mondays of the last weeks, this one included, each with its days of practice."""
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=back) for back in range(count - 1, -1, -1)]
    had = Counter(each - timedelta(days=each.weekday()) for each in set(days) if each <= today)
    return [(each, had[each]) for each in mondays]


def said(entries: Iterable[Entry], name: str) -> list[tuple[datetime, int]]:
    """What was said of comfort or of an angle, in the order of time."""
    found = sorted(practised(entries), key=moment)
    return [(moment(e), getattr(e, name)) for e in found if getattr(e, name) is not None]


def spreads(values: Sequence[tuple[datetime, int]], span: timedelta) -> list[Spread]:
    """The middle of each stretch of time that has values, and the half of them around it."""
    stretches: defaultdict[int, list[int]] = defaultdict(list)
    for at, value in values:
        stretches[(at - values[0][0]) // span].append(value)
    half = span / 2
    return [
        Spread(values[0][0] + n * span + half, *_quarters(sorted(stretch)))
        for n, stretch in sorted(stretches.items())
    ]


def _quarters(values: Sequence[int]) -> tuple[float, float, float]:
    last = len(values) - 1
    return values[round(last / 4)], median(values), values[round(3 * last / 4)]


def exercises(entries: Iterable[Entry]) -> dict[str, float]:
    """Minutes at work in each exercise, the most first; what belongs to none is left out."""
    found: Counter[str] = Counter()
    for entry in entries:
        found.update({name: ms for name, ms in entry.spent.items() if name})
    return {name: ms / 60_000 for name, ms in found.most_common() if ms}


# In words


def regularity(entries: Iterable[Entry], today: date) -> str:
    """How often, of late, without a word on what was missed."""
    days = list(minutes(entries))
    if not days:
        return "There is nothing to show yet. It begins with your next session."
    week, month = days_of(days, today, 7), days_of(days, today, 28)
    ahead = sum(each > today for each in set(days))
    dates = "1 day of practice lies" if ahead == 1 else f"{ahead} days of practice lie"
    later = f" {dates} after today: was a clock wrong?" if ahead else ""
    if not month:
        return (
            f"Your last practice was on {dated(max(days))}. Any day is a good day to go on.{later}"
        )
    return (
        f"You practised on {week} of the last 7 days and on {month} of the last 28."
        f" Days off are part of it.{later}"
    )


def comfort_change(entries: Iterable[Entry]) -> str:
    """How what was felt before sessions changed over weeks; nothing where too little was said."""
    values = said(entries, "before")
    if not values or values[-1][0] - values[0][0] < 2 * MONTH:
        return ""
    early = [value for at, value in values if at - values[0][0] < MONTH]
    late = [value for at, value in values if values[-1][0] - at < MONTH]
    if min(len(early), len(late)) < ENOUGH:
        return ""
    return _compared(median(early), median(late))


def _compared(first: float, last: float) -> str:
    change = last - first
    words = (
        f"In your first four weeks you began sessions at about {first:g}, in the last at {last:g}."
    )
    if abs(change) < max(1, min(POINTS, SHARE * first)):
        return f"{words} That is within what days differ by."
    if change < 0:
        return f"{words} Over weeks, so much less is a change that counts."
    return (
        f"{words} Over weeks, so much more counts too: ease off, and if it goes on, ask a doctor or"
        " a physiotherapist."
    )


def dated(when: date) -> str:
    """A day in words: 2 March 2026."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def titles(names: Iterable[str], known: Mapping[str, str]) -> Callable[[str], str]:
    """The title of an exercise by its id; one that the library has no more is called by its id."""
    table = {name: known.get(name, name.replace("_", " ").strip() or name) for name in names}
    return table.__getitem__
