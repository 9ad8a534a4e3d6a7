"""A session as something to read: where no widget runs, its steps remain."""

import re
from html import escape

from backcare_nb.html.card import break_markup_into_lines
from backcare_nb.sessions.phases import Phase
from backcare_nb.sessions.timeline import (
    Timeline,
    duration_in_words,
    format_count_with_noun,
    join_with_and,
)

PLAYER_NOT_RUNNING_SENTENCE = "Run all cells to have its player here. To read, these are its steps."
WORK_PHASE_KINDS = ("hold", "repeat", "breathe")
WORDS_BY_NON_WORK_PHASE_KIND = {
    "setup": "getting into place",
    "change": "changing sides",
    "rest": "resting in between",
    "rise": "getting up",
}


def session_html(timeline: Timeline) -> str:
    """HTML of the title, and folded below it every step with its seconds.

    A planned lesson is named after its minutes already; after any other title stands its length.
    """
    title = timeline.title
    if not re.search(r", \d+ (minute|second)s?( \d+ seconds?)?$", title):
        title = f"{title}, {duration_in_words(timeline.total)}"
    steps = "".join(f"<li>{escape(describe_phase(phase))}</li>" for phase in timeline.phases)
    return break_markup_into_lines(
        f"<details><summary><strong>{escape(title)}</strong></summary>"
        f"<p>{PLAYER_NOT_RUNNING_SENTENCE}</p><ol>{steps}</ol></details>"
    )


def describe_time_at_work(timeline: Timeline, rise: str) -> str:
    """How much of a session is exercise, and what the rest is; nothing where all moves on."""
    busy = sum(p.duration_ms for p in timeline.phases if p.kind in WORK_PHASE_KINDS)
    rest = join_with_and(["words", *describe_non_work_phases(timeline, rise)])
    return f"{duration_in_words(busy)} of it at work; the rest is {rest}." if busy else ""


def describe_non_work_phases(timeline: Timeline, rise: str) -> list[str]:
    """What is counted in a session beside its exercises; ``rise`` is the id of getting up."""
    found = {"rise" if p.exercise == rise else p.kind for p in timeline.phases}
    return [words for kind, words in WORDS_BY_NON_WORK_PHASE_KIND.items() if kind in found]


def describe_phase(phase: Phase) -> str:
    """One step in words: what, on which side, how often and for how long."""
    name = f"{phase.label}: {phase.title}"
    if phase.label.startswith(phase.title):
        name = phase.label
    elif phase.title.startswith(phase.label):
        name = phase.title
    count = f"{format_count_with_noun(phase.count, 'time')}, " if phase.kind == "repeat" else ""
    return f"{name}. {count}{duration_in_words(phase.duration_ms)}."
