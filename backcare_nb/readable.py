"""A session as something to read: where no widget runs, its first picture and its steps remain."""

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import Any

from backcare_nb.timeline import Phase, Timeline, plural, spoken


def page(timeline: Timeline, sprites: Mapping[str, Mapping[str, Any]]) -> str:
    """HTML of the title, the first picture and every step with its seconds."""
    first = next((p.figure.key for p in timeline.phases if p.figure), None)
    picture = image(sprites[first]) if first in sprites else ""
    steps = "".join(f"<li>{escape(line(phase))}</li>" for phase in timeline.phases)
    title = f"{escape(timeline.title)}, {spoken(timeline.total)}"
    return f"<div><p><strong>{title}</strong></p>{picture}<ol>{steps}</ol></div>"


def image(sprite: Mapping[str, Any]) -> str:
    """A sprite's first frame as an image that stands by itself."""
    data = b64encode(sprite["svg"].encode()).decode()
    return (
        f'<img alt="{escape(sprite["alt"])}" width="320" style="background: #fbf8f1"'
        f' src="data:image/svg+xml;base64,{data}">'
    )


def line(phase: Phase) -> str:
    """One step in words: what, on which side, how often and for how long."""
    counted = f"{plural(phase.count, 'time')}, " if phase.kind == "repeat" else ""
    return f"{phase.label}: {phase.title}. {counted}{spoken(phase.end - phase.start)}."
