"""A session as something to read: where no widget runs, its steps remain."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from backcare_nb.html import card
from backcare_nb.sessions.timeline import Phase, Timeline, count_noun, duration_in_words, join_words

WORK_KINDS = ("hold", "repeat", "breathe")
OTHER_PHASE_NAMES = {
    "setup": "getting into place",
    "change": "changing sides",
    "rest": "resting in between",
    "rise": "getting up",
}


def session_html(timeline: Timeline) -> str:
    """HTML of the title and every step with its seconds."""
    steps = "".join(f"<li>{escape(describe_phase(phase))}</li>" for phase in timeline.phases)
    title = escape(session_title(timeline))
    return card.break_lines(f"<div><p><strong>{title}</strong></p><ol>{steps}</ol></div>")


def session_title(timeline: Timeline) -> str:
    """The title and how long it lasts, which a planned lesson is named after already."""
    named = re.search(r", \d+ (minute|second)s?( \d+ seconds?)?$", timeline.title)
    return timeline.title if named else f"{timeline.title}, {duration_in_words(timeline.total)}"


def describe_time_at_work(timeline: Timeline, rise: str) -> str:
    """How much of a session is exercise, and what the rest is; nothing where all moves on."""
    busy = sum(p.end - p.start for p in timeline.phases if p.kind in WORK_KINDS)
    rest = join_words(["words", *other_phase_names(timeline, rise)])
    return f"{duration_in_words(busy)} of it at work; the rest is {rest}." if busy else ""


def other_phase_names(timeline: Timeline, rise: str) -> Iterator[str]:
    """What is counted in a session beside its exercises; ``rise`` is the id of getting up."""
    found = {"rise" if p.exercise == rise else p.kind for p in timeline.phases}
    return (words for kind, words in OTHER_PHASE_NAMES.items() if kind in found)


def sprite_image(sprite: Mapping[str, Any]) -> str:
    """A sprite's first frame as an image that stands by itself."""
    style = "background: #fbf8f1; border-radius: 8px"
    return card.image(sprite["svg"], sprite["alt"], width="320", style=style).html()


def describe_phase(phase: Phase) -> str:
    """One step in words: what, on which side, how often and for how long."""
    named = f"{phase.label}: {phase.title}"
    if phase.label.startswith(phase.title):
        named = phase.label
    elif phase.title.startswith(phase.label):
        named = phase.title
    counted = f"{count_noun(phase.count, 'time')}, " if phase.kind == "repeat" else ""
    return f"{named}. {counted}{duration_in_words(phase.end - phase.start)}."
