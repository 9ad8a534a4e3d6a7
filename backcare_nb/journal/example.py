"""A journal that nobody kept: four months made up to show what a journal shows, in memory only."""

from datetime import date, datetime, timedelta, timezone
from random import Random

from backcare_nb.journal.entry import Entry

MADE_UP = "Made up, as an example"
FIRST, TODAY = date(2026, 3, 2), date(2026, 6, 28)
ZONE = timezone(timedelta(hours=1))
# What was done, and the seconds at work in each exercise.
SESSIONS = (
    ("Relax the back", 11, {"constructive_rest": 300, "knee_to_chest": 80, "final_rest": 60}),
    ("Rotate the back", 12, {"knee_rolls": 60, "knee_rolls_to_floor": 60, "twisted_crawl": 240}),
    ("Knee rolls", 3, {"knee_rolls": 60}),
    ("Stretching the spine", 14, {"bed_hang": 60, "toe_dangle": 60, "lie_over_towel": 180}),
)


def sessions(first: date = FIRST, last: date = TODAY, seed: int = 7) -> list[Entry]:
    """Made-up sessions between two days, the same on every run and machine."""
    chance = Random(seed)
    span = (last - first).days + 1
    return [_session(chance, first, n, span) for n in range(span) if _practises(chance, n)]


def _practises(chance: Random, n: int) -> bool:
    """Four days in seven or so, and a week away after the second month."""
    return chance.random() < 0.55 and not 61 <= n % 365 <= 68


def _session(chance: Random, first: date, n: int, span: int) -> Entry:
    title, minutes, seconds = SESSIONS[chance.choice((0, 0, 1, 1, 2, 3))]
    share = n / max(span - 1, 1)
    begun = datetime.combine(first + timedelta(days=n), datetime.min.time(), ZONE)
    begun += timedelta(hours=chance.choice((7, 8, 19, 20)), minutes=chance.randrange(60))
    finished = chance.random() < 0.85
    length = minutes * 60_000 if finished else minutes * 30_000
    before = _within(5.6 - 2.4 * share + chance.gauss(0, 0.9), 0, 10)
    rolled = "knee_rolls" in seconds and finished
    return Entry(
        id=f"made-up-{n}",
        begun=begun,
        ended=begun + timedelta(milliseconds=length + 20_000),
        title=title,
        finished=finished,
        reached=length,
        total=minutes * 60_000,
        spent={name: s * (1000 if finished else 500) for name, s in seconds.items()},
        before=before,
        after=_within(before - chance.choice((0, 0, 1, 1, 2)), 0, 10) if n % 5 else None,
        left=_within(38 + 14 * share + chance.gauss(0, 2.5), 0, 90) if rolled else None,
        right=_within(47 + 9 * share + chance.gauss(0, 2.5), 0, 90) if rolled else None,
    )


def _within(value: float, low: int, high: int) -> int:
    return min(max(round(value), low), high)
