"""Which version of an exercise comes first, by what the learner chose and what the journal says.

The rule is `going_on` of data/safety.yaml, and its numbers are the bands of the scale there. The
journal knows what was felt, and neither how long that took to settle nor what somebody has: so it
goes back by itself, and to go on, as far as an exercise is taught, it only proposes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from backcare_nb.course.models import ScaleBand, VersionName
from backcare_nb.journal.entry import Entry

MIN_EASY_SESSIONS_TO_GO_ON = 2  # in a row
NEXT_EASIER_VERSION_BY_VERSION: dict[VersionName, VersionName] = {
    "harder": "source",
    "source": "easier",
}


class DatedVersionChoice(NamedTuple):
    """The version that a learner chose, and since when; without that it is where one begins."""

    version: VersionName = "easier"
    since: datetime | None = None


def worst_pain_per_entry(
    entries: Iterable[Entry], exercises: Iterable[str]
) -> list[tuple[Entry, int]]:
    """The sessions that hold one of the exercises, each with the worst that was felt by it.

    Those of which nothing was said are left out.
    """
    ids = set(exercises)
    numbers = ((e, [n for n in (e.before, e.after) if n is not None]) for e in entries)
    return [(entry, max(felt)) for entry, felt in numbers if felt and ids & entry.spent.keys()]


def choose_version_and_reason(
    choice: DatedVersionChoice,
    entries: Iterable[Entry],
    exercises: Iterable[str],
    bands: Sequence[ScaleBand],
    limit: str = "",
) -> tuple[VersionName, str]:
    """The version to begin with, and the sentence that says why where it is not the choice.

    Of the journal's ``entries``, those since the choice that hold one of the ``exercises`` count.
    ``limit`` is what an exercise says of going on from its easier version, where it has a word of
    its own.
    """
    felt = worst_pain_per_entry(entries, exercises)
    worst = [n for entry, n in felt if choice.since is None or entry.begun > choice.since]
    go_on, ease_off, *_ = bands
    if not worst:
        return choice.version, ""
    if worst[-1] > ease_off.highest:
        words = "leave it out until another day, and then begin again with the easier version"
        return "easier", f"Your journal has a {worst[-1]} of 10 for the last time: {words}."
    if worst[-1] > go_on.highest:
        back = NEXT_EASIER_VERSION_BY_VERSION.get(choice.version, "easier")
        words = "so it goes back by one step" if back != choice.version else "so it stays easier"
        return back, f"Your journal has a {worst[-1]} of 10 for the last time, {words}."
    last = worst[-MIN_EASY_SESSIONS_TO_GO_ON:]
    are_good = len(last) == MIN_EASY_SESSIONS_TO_GO_ON and max(last) <= go_on.highest
    if choice.version == "easier" and are_good:
        proposal = (
            "If both settled within a day, and no condition of yours is named here, you may"
            " choose As taught."
        )
        felt_little = f"Your journal has {last[0]} and {last[1]} of 10 for the last two times."
        return "easier", f"{felt_little} {limit or proposal}"
    return choice.version, ""
