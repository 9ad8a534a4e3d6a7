"""A lesson as one HTML file, which plays with no server, no network and no notebook.

    python -m backcare_nb.export.webpage relax_the_back --out relax.html --version easier

The file holds the same player that notebooks use, the timeline, and its figures. Without
JavaScript, and on paper, it is a list of steps with figures, seconds and cautions. Its security
policy lets nothing run but what was written here, and lets nothing be asked for.
"""

import argparse
import json
import sys
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import get_args
from urllib.parse import quote

from backcare_nb.course.files import SaveError, save_file
from backcare_nb.course.models import Safety, VersionName
from backcare_nb.course.names import UnknownName
from backcare_nb.custom.library import library
from backcare_nb.html import course_cards, static_session
from backcare_nb.html.card import Card, Node, group, h, label, para, points, stylesheet
from backcare_nb.lesson.lesson import Lesson, LessonItem, section_lesson
from backcare_nb.player import bundle
from backcare_nb.sessions.options import VERSION_LABELS, SessionError
from backcare_nb.sessions.timeline import Phase, count_noun, format_clock

COURSE = "Back care"
LIGHT, DARK = "#fbf8f1", "#14191c"  # the page's colour in each theme, as in pages.css
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#1f5f66"/><g fill="none" stroke-width="4" '
    'stroke-linecap="round" stroke-dasharray="2.4 4.6"><path stroke="#fbf8f1" '
    'd="M13 6c5 4 6 8 2.5 12.500S15 25 19 28"/></g></svg>'
)

# The whole page


def save_page(lesson: Lesson | str, path: Path | str, *, replace: bool = False) -> Card:
    """Save a ``lesson``, or the section of that name, as one HTML file that plays with no network.

    ``path`` is the name of the file, such as "my_lesson.html". The same lesson gives the same
    bytes; another file that has the name is left as it is, unless ``replace`` is True. Raises
    SaveError or UnknownName, each with a sentence.
    """
    lesson = section_lesson(lesson) if isinstance(lesson, str) else lesson
    made = html(lesson).encode()
    save_file(path, made, replace=replace)
    return Card("told", (para(f"Saved as {path}, {len(made) / 1000:.0f} kB."),))


def html(lesson: Lesson) -> str:
    """The page's text: the same for the same lesson."""
    style, script = styles(), bundle.script("webpage.js")
    policy = {
        "img-src": "data:",
        "style-src": _mark(style),
        "script-src": _mark(script),
        "worker-src": "blob:",
    }
    body = (*_body(lesson), h("script", _packed(lesson), id="session", type="text/plain"))
    return document(
        f"{lesson.title} - {COURSE}",
        f"{_told(lesson)}. Plays without a network.",
        policy,
        f"<style>{style}</style>",
        *(node.html() for node in map(_encoded, body)),
        f'<script type="module">{script}</script>',
    )


def document(title: str, description: str, policy: dict[str, str], head: str, *body: str) -> str:
    """A document around its body, with a policy that allows what it names and nothing else."""
    policy = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"} | policy
    rules = "; ".join(f"{name} {value}" for name, value in policy.items())
    metas = (
        {"name": "viewport", "content": "width=device-width, initial-scale=1"},
        {"name": "description", "content": description},
        {"name": "theme-color", "content": LIGHT, "media": "(prefers-color-scheme: light)"},
        {"name": "theme-color", "content": DARK, "media": "(prefers-color-scheme: dark)"},
        {"http-equiv": "Content-Security-Policy", "content": rules},
    )
    lines = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        h("title", title).html(),
        *(h("meta", **meta).html() for meta in metas),
        h("link", rel="icon", href=f"data:image/svg+xml,{quote(ICON, safe='')}").html(),
        head,
        "</head>\n<body>",
        *body,
        "</body>\n</html>\n",
    )
    return "\n".join(lines)


def styles() -> str:
    """What a page needs of style: its own, that of the cards, and that of the player."""
    files = (bundle.BROWSER / name for name in ("player.css", "pages.css"))
    return "\n".join((stylesheet(), *(path.read_text(encoding="utf-8") for path in files)))


def _packed(lesson: Lesson) -> str:
    """The session, small, and in letters that cannot end a script."""
    data = json.dumps(bundle.state(lesson.timeline), separators=(",", ":"))
    return b64encode(zlib.compress(data.encode(), 9)).decode()


def _mark(text: str) -> str:
    """A text's digest: what is not this very text is not run."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _encoded(node: Node | str) -> Node | str:
    """A node whose pictures have addresses without spaces: cards leave them in, to be read."""
    if isinstance(node, str):
        return node
    attributes = (
        (name, value.replace(" ", "%20") if name == "src" else value)
        for name, value in node.attributes
    )
    return replace(node, children=tuple(map(_encoded, node.children)), attributes=tuple(attributes))


# What is on it


def _body(lesson: Lesson) -> Iterator[Node]:
    yield h(
        "header",
        h("p", COURSE, **{"class": "eyebrow"}),
        h("h1", lesson.title),
        h("p", _told(lesson), **{"class": "lead"}),
    )
    yield h(
        "main",
        section("before", "Before you start", *_before(lesson)),
        section("practice", "Practise", _stage()),
        section("steps", "Step by step", *_steps(lesson)),
        section("safety", "Safety", card(*_safety(), heading="h3")),
    )
    yield h("footer", para("Nothing you do on this page leaves it."))


def section(name: str, title: str, *children: Node) -> Node:
    """A part of a page under its heading."""
    return h("section", h("h2", title, id=f"{name}-title"), *children, id=name)


def card(*children: Node, heading: str = "h2") -> Node:
    """What a card says, with headings that fit where it stands."""
    return group("backcare-guide", *(_headed(child, heading) for child in children))


def _headed(node: Node, heading: str) -> Node:
    return replace(node, tag=heading) if node.tag == "h3" else node


def _told(lesson: Lesson) -> str:
    """Version, minutes and number of exercises in a line."""
    versions = {part.version for part in lesson.parts}
    minutes = course_cards.rounded_minutes(lesson.timeline)
    told = [f"About {count_noun(minutes, 'minute')}", count_noun(len(lesson.parts), "exercise")]
    if len(versions) == 1:
        told.append(VERSION_LABELS[versions.pop()].lower())
    return ", ".join(told)


def _before(lesson: Lesson) -> Iterator[Node]:
    safety = lesson.library.safety
    exercises = [part.exercise for part in lesson.parts]
    yield para(safety.education.what)
    yield card(course_cards.combined_cautions(exercises, lesson.library), emergency(safety))
    yield para(h("a", "When a back needs a doctor instead", href="#safety"))


def emergency(safety: Safety) -> Node:
    """When to stop at once and call for help, as a box like that of the cautions."""
    advice = safety.emergency
    return group("care", label(advice.title), para(advice.what), points(advice.signs))


def _safety() -> Iterator[Node]:
    """The safety page, without what is said before Start."""
    education = library().safety.education
    for node in course_cards.safety().children:
        if node.plain().strip() not in (education.title, education.what):
            yield node


def _stage() -> Node:
    plain = (
        "The timer needs a browser that runs JavaScript, and this one does not run it here. "
        "All the steps below say what to do and for how long; a clock with seconds will do."
    )
    return h("div", h("p", plain, **{"class": "plain"}), id="player", **{"class": "stage"})


# The session, to be read


def _steps(lesson: Lesson) -> Iterator[Node]:
    rise = lesson.rising
    parts = {part.exercise.id: part for part in lesson.parts} | {rise.id: LessonItem(rise)}
    for name, phases in groupby(lesson.timeline.phases, lambda phase: phase.exercise):
        lines = h("ol", *_lines(phases), **{"class": "steps"})
        if name in parts:
            yield h("section", *_exercise(parts[name], lesson), lines, **{"class": "exercise"})
        else:
            yield lines


def _exercise(part: LessonItem, lesson: Lesson) -> Iterator[Node]:
    yield h("h3", part.exercise.title)
    if part.why:
        yield para(part.why)
    yield course_cards.exercise_thumbnail(part.exercise)
    yield card(course_cards.exercise_cautions(part.exercise, lesson.library))


def _lines(phases: Iterable[Phase]) -> Iterator[Node]:
    """Each phase with the time at which it begins; words are not said twice."""
    told = ""
    for phase in phases:
        words = (h("span", phase.words, **{"class": "words"}),) if phase.words != told else ()
        told = phase.words
        line = h("span", static_session.describe_phase(phase), *words)
        yield h("li", h("span", format_clock(phase.start_ms), **{"class": "time"}), line)


# The command


def main(words: list[str] | None = None) -> int:
    """Write the page of a section; a sentence and 2 where that cannot be."""
    asked = _parser().parse_args(words)
    try:
        lesson = section_lesson(asked.section, asked.version)
        print(save_page(lesson, asked.out, replace=asked.replace))
    except (UnknownName, SessionError, SaveError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m backcare_nb.export.webpage",
        description="Write a section as one page that plays offline.",
    )
    parser.add_argument("section", help="such as relax_the_back")
    parser.add_argument("--out", type=Path, required=True, help="the HTML file to write")
    parser.add_argument("--replace", action="store_true", help="write over a file that is there")
    parser.add_argument("--version", choices=get_args(VersionName), default="source")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
