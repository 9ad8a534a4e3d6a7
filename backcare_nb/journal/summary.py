"""What a journal says when it is looked at as a whole: days, weeks, comfort, angles, exercises.

Times are those of the learner's own clock. Minutes are minutes of practice; what was said of
comfort is 0 (no pain) to 10. Nothing here punishes a day off.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from backcare_nb.course.dates import format_date
from backcare_nb.journal.entry import Entry

MIN_PRACTICE_MS = 20_000  # a start that is taken back sooner is no practice
PAIN_COMPARISON_SPAN = timedelta(weeks=4)
MAX_UTC_OFFSET_AGE = timedelta(days=365)  # of a session that tells the learner's offset from UTC
# Farrar 2001 and Suzuki 2020: about two points, or three tenths of where it began, over weeks.
MIN_PAIN_CHANGE_POINTS, MIN_PAIN_CHANGE_SHARE = 2, 0.3
MIN_SESSIONS_TO_TELL_CHANGE = 3  # to speak of four weeks


def practice_entries(entries: Iterable[Entry]) -> list[Entry]:
    """The sessions that were finished, or were more than a start taken back, by their times."""
    kept = (e for e in entries if e.finished or max(e.practice_ms, e.work_ms) >= MIN_PRACTICE_MS)
    return sorted(kept, key=lambda entry: entry.begun)


def learner_begin_time(entry: Entry) -> datetime:
    """When a session began, by the learner's own clock."""
    return entry.begun.replace(tzinfo=None)


def to_learner_time(now: datetime, entries: Iterable[Entry]) -> datetime:
    """This moment by the learner's own clock, which need not be that of the machine (on a hub).

    ``now`` is by the machine's. The last session tells the learner's offset from UTC; where it was
    the machine's too, theirs is one clock, and summer time may have come or gone since.
    """
    recent = [entry.begun for entry in entries if now - MAX_UTC_OFFSET_AGE < entry.begun <= now]
    if not recent:
        return now
    last = max(recent)
    same = last.utcoffset() == last.astimezone().utcoffset()
    return now if same else now.astimezone(last.tzinfo)


def practice_minutes_by_day(entries: Iterable[Entry]) -> dict[date, float]:
    """Minutes of practice on each day that had some."""
    found: defaultdict[date, float] = defaultdict(float)
    for entry in practice_entries(entries):
        found[learner_begin_time(entry).date()] += max(entry.practice_ms, entry.work_ms) / 60_000
    return dict(found)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def practice_day_counts_per_week(
    days: Iterable[date], today: date, weeks: int
) -> list[tuple[date, int]]:
    """The Mondays of the last weeks, this one included, each with its days of practice."""
    this_week = monday_of(today)
    mondays = [this_week - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
    counts = Counter(monday_of(day) for day in set(days) if day <= today)
    return [(monday, counts[monday]) for monday in mondays]


def feedback_with_times(entries: Iterable[Entry], name: str) -> list[tuple[datetime, int]]:
    """What was said of comfort or of an angle, in the order of time."""
    found = sorted(practice_entries(entries), key=learner_begin_time)
    return [
        (learner_begin_time(e), getattr(e, name)) for e in found if getattr(e, name) is not None
    ]


def quartiles_per_span(
    values: Sequence[tuple[datetime, int]], span: timedelta
) -> list[tuple[datetime, float, float, float]]:
    """The middle of each stretch of time that has values; and the low, middle and high quartile."""
    first = values[0][0]
    stretches: defaultdict[int, list[int]] = defaultdict(list)
    for at, value in values:
        stretches[(at - first) // span].append(value)
    made: list[tuple[datetime, float, float, float]] = []
    for n, stretch in sorted(stretches.items()):
        stretch.sort()
        last = len(stretch) - 1
        low, high = stretch[round(last / 4)], stretch[round(3 * last / 4)]
        made.append((first + n * span + span / 2, low, median(stretch), high))
    return made


def work_minutes_by_exercise(entries: Iterable[Entry]) -> dict[str, float]:
    """Minutes at work in each exercise, the most first; what belongs to none is left out."""
    found: Counter[str] = Counter()
    for entry in entries:
        found.update({name: ms for name, ms in entry.spent.items() if name})
    return {name: ms / 60_000 for name, ms in found.most_common() if ms}


def describe_regularity(entries: Iterable[Entry], today: date) -> str:
    """How often, of late, in a sentence without a word on what was missed."""
    days = practice_minutes_by_day(entries).keys()
    if not days:
        return "There is nothing to show yet. It begins with your next session."
    week, month = (sum(0 <= (today - day).days < span for day in days) for span in (7, 28))
    ahead = sum(day > today for day in days)
    dates = "1 day of practice lies" if ahead == 1 else f"{ahead} days of practice lie"
    later = f" {dates} after today: was a clock wrong?" if ahead else ""
    if not month:
        last = format_date(max(days))
        return f"Your last practice was on {last}. Any day is a good day to go on.{later}"
    return (
        f"You practised on {week} of the last 7 days and on {month} of the last 28."
        f" Days off are part of it.{later}"
    )


def describe_pain_over_weeks(entries: Iterable[Entry]) -> str:
    """How what was felt before sessions changed over weeks; nothing where too little was said."""
    values = feedback_with_times(entries, "before")
    if not values or values[-1][0] - values[0][0] < 2 * PAIN_COMPARISON_SPAN:
        return ""
    early = [value for at, value in values if at - values[0][0] < PAIN_COMPARISON_SPAN]
    late = [value for at, value in values if values[-1][0] - at < PAIN_COMPARISON_SPAN]
    if min(len(early), len(late)) < MIN_SESSIONS_TO_TELL_CHANGE:
        return ""
    first, last = median(early), median(late)
    words = (
        f"In your first four weeks you began sessions at about {first:g}, in the last at {last:g}."
    )
    if abs(last - first) < max(1, min(MIN_PAIN_CHANGE_POINTS, MIN_PAIN_CHANGE_SHARE * first)):
        return f"{words} That is within what days differ by."
    if last < first:
        return f"{words} Over weeks, so much less is a change that counts."
    return (
        f"{words} Over weeks, so much more counts too: ease off, and if it goes on, ask a doctor or"
        " a physiotherapist."
    )
