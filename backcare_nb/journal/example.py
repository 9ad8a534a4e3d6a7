"""A journal that nobody kept: four months made up to show what a journal shows, in memory only."""

from datetime import date, datetime, timedelta, timezone
from random import Random

from backcare_nb.journal.entry import Entry

EXAMPLE_WATERMARK = "Made up, as an example"
EXAMPLE_FIRST_DAY, EXAMPLE_LAST_DAY = date(2026, 3, 2), date(2026, 6, 28)
EXAMPLE_TIME_ZONE = timezone(timedelta(hours=1))
# What was done, its minutes, and the seconds at work in each exercise.
EXAMPLE_TITLES_MINUTES_AND_EXERCISE_SECONDS = (
    ("Relax the back", 11, {"constructive_rest": 300, "knee_to_chest": 80, "final_rest": 60}),
    ("Rotate the back", 12, {"knee_rolls": 60, "knee_rolls_to_floor": 60, "twisted_crawl": 240}),
    ("Knee rolls", 3, {"knee_rolls": 60}),
    ("Stretching the spine", 14, {"bed_hang": 60, "toe_dangle": 60, "lie_over_towel": 180}),
)


def example_entries() -> list[Entry]:
    """Four made-up months, the same on every run and machine.

    There is practice on four days in seven or so, and a week away after the second month.
    """
    chance = Random(7)
    days = (EXAMPLE_LAST_DAY - EXAMPLE_FIRST_DAY).days
    kept = (d for d in range(days + 1) if chance.random() < 0.55 and not 61 <= d <= 68)
    return [_make_example_entry(chance, day, day / days) for day in kept]


def _make_example_entry(chance: Random, day: int, share: float) -> Entry:
    """A session on a day, which is such a share of the way from the first to the last."""
    title, minutes, seconds = EXAMPLE_TITLES_MINUTES_AND_EXERCISE_SECONDS[
        chance.choice((0, 0, 1, 1, 2, 3))
    ]
    begun = datetime.combine(EXAMPLE_FIRST_DAY, datetime.min.time(), EXAMPLE_TIME_ZONE)
    hour, minute = chance.choice((7, 8, 19, 20)), chance.randrange(60)
    begun += timedelta(days=day, hours=hour, minutes=minute)
    finished = chance.random() < 0.85
    length_ms = minutes * 60_000 if finished else minutes * 30_000
    before = _round_and_clip(5.6 - 2.4 * share + chance.gauss(0, 0.9), 10)
    rolled = "knee_rolls" in seconds and finished
    return Entry(
        id=f"made-up-{day}",
        begun=begun,
        ended=begun + timedelta(milliseconds=length_ms + 20_000),
        title=title,
        finished=finished,
        reached=length_ms,
        total=minutes * 60_000,
        spent={name: s * (1000 if finished else 500) for name, s in seconds.items()},
        before=before,
        after=_round_and_clip(before - chance.choice((0, 0, 1, 1, 2)), 10) if day % 5 else None,
        left=_round_and_clip(38 + 14 * share + chance.gauss(0, 2.5), 90) if rolled else None,
        right=_round_and_clip(47 + 9 * share + chance.gauss(0, 2.5), 90) if rolled else None,
    )


def _round_and_clip(value: float, largest: int) -> int:
    return min(max(round(value), 0), largest)
