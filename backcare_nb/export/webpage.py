"""A lesson as one HTML file, which plays with no server, no network and no notebook.

    python -m backcare_nb.export.webpage relax_the_back --out relax.html --version easier

The file holds the same player that notebooks use, the timeline, and its figures. Without
JavaScript, and on paper, it is a list of steps with figures, seconds and cautions. Its security
policy lets nothing run but what was written here, and lets nothing be asked for.
"""

import argparse
import json
import re
import sys
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

from backcare_nb.course import read_yaml_data_file
from backcare_nb.course.errors import UserError
from backcare_nb.course.fields import fill_sides
from backcare_nb.course.files import save_file
from backcare_nb.custom.library import current_library
from backcare_nb.html import course_cards, static_session
from backcare_nb.html.card import (
    Card,
    DataURL,
    ListItem,
    Node,
    bold_line,
    bullet_list,
    div,
    foldable_part,
    h,
    para,
    read_card_stylesheet,
    strong,
)
from backcare_nb.journal.programme_progress import lesson_for_today
from backcare_nb.lesson.find import LessonHolder, find_lesson, find_programme
from backcare_nb.lesson.lesson import Lesson, LessonItem
from backcare_nb.lesson.programme import Programme, ProgrammeHolder
from backcare_nb.player import bundle
from backcare_nb.sessions.options import VERSION_LABELS
from backcare_nb.sessions.phases import Phase
from backcare_nb.sessions.timeline import format_clock, format_count_with_noun

SITE_TITLE = "Back care"
SITE_WORDS: dict[str, str] = read_yaml_data_file("site.yaml")


def save_page(
    lesson: Lesson | LessonHolder | Programme | ProgrammeHolder | str,
    path: Path | str,
    *,
    replace: bool = False,
) -> Card:
    """Save a ``lesson``, what a programme has for today, or what has that name, as one HTML file.

    A name is that of a section, a saved lesson, a saved programme or an exercise. It plays with no
    network. ``path`` is the name of the file, such as "my_lesson.html". The same lesson gives the
    same bytes; another file that has the name is left as it is, unless ``replace`` is True. Raises
    SaveError or UnknownName, each with a sentence.
    """
    programme = find_programme(lesson)
    is_named = programme and not isinstance(lesson, LessonHolder)
    shown = lesson_for_today(programme) if programme and is_named else find_lesson(lesson)
    made = render_page(shown, programme).encode()
    save_file(path, made, replace=replace)
    return Card("told", (para(f"Saved as {path}, {len(made) / 1000:.0f} kB."),))


def render_page(lesson: Lesson, programme: Programme | None = None) -> str:
    """A lesson as the text of an HTML file; the same lesson gives the same text.

    programme: that which the lesson is of, whose note and conditions are the person's own.
    """
    style, script = join_and_minify_page_css(), bundle.build_script("webpage.js")
    policy = (
        f"img-src data:; style-src {_csp_source(style)}; script-src {_csp_source(script)};"
        " media-src blob:; worker-src blob:"
    )
    # The session, small, and in letters that cannot end a script.
    session = json.dumps(bundle.build_player_state(lesson.timeline), separators=(",", ":"))
    packed = b64encode(zlib.compress(session.encode(), 9)).decode()
    kept = h("script", packed, id="session", type="text/plain")
    body = (*_page_body_nodes(lesson, programme), kept)

    def encode_spaces_in_src(attributes: dict[str, str]) -> dict[str, str]:
        """A picture's address without spaces: cards leave them in, to be read."""
        if "src" in attributes:
            attributes["src"] = DataURL(attributes["src"].replace(" ", "%20"))
        return attributes

    return render_document(
        f"{lesson.title} - {SITE_TITLE}",
        f"{_describe_minutes_exercises_and_version(lesson)}. Plays without a network.",
        policy,
        f"<style>{style}</style>",
        *(node.map_attributes(encode_spaces_in_src).html() for node in body),
        f'<script type="module">{script}</script>',
    )


def render_document(title: str, description: str, policy: str, head: str, *body: str) -> str:
    """A document around its body; its policy allows what `policy` names and nothing else."""
    template = Path(__file__).with_name("document.html").read_text(encoding="utf-8")
    texts = {"title": title, "description": description, "policy": policy}
    escaped = {name: escape(text) for name, text in texts.items()}
    return Template(template).substitute(escaped, head=head, body="\n".join(body))


def join_and_minify_page_css(*more: str) -> str:
    """The CSS of a page: that of the cards and of the player, its own, and that of more files."""
    styles = f"{read_card_stylesheet()} {bundle.join_css_files('player.css', 'pages.css', *more)}"
    text = re.sub(r"/\*.*?\*/|\s+", " ", styles, flags=re.DOTALL)
    return re.sub(r" ?([{};,]) ?", r"\1", text)


def _csp_source(text: str) -> str:
    """A text's digest for the policy: what is not this very text is not run."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


# What is on it


def _page_body_nodes(lesson: Lesson, programme: Programme | None) -> Iterator[Node]:
    safety = lesson.library.safety
    education = safety.education
    lead = h("p", _describe_minutes_exercises_and_version(lesson), class_="lead")
    yield h("header", h("p", SITE_TITLE, class_="eyebrow"), h("h1", lesson.title), lead)
    cautions = embed_card_content(*_caution_and_emergency_nodes(lesson, programme))
    note = (para(programme.note),) if programme and programme.note else ()
    doctor = para(h("a", "When a back needs a doctor instead", href="#safety"))
    without_script = h("p", SITE_WORDS["no_timer_on_page"], class_="plain")
    # The safety page, without what is said before Start.
    said = {current_library().safety.education.title, current_library().safety.education.what}
    page = course_cards.safety_page_nodes()
    rest = (node for node in page if node.plain_text().strip() not in said)
    yield h(
        "main",
        page_section("before", "Before you start", *note, para(education.what), cautions, doctor),
        page_section("practice", "Practise", h("div", without_script, id="player", class_="stage")),
        page_section("steps", "Step by step", *_session_exercise_nodes(lesson)),
        page_section("safety", "Safety", embed_card_content(*rest, heading="h3")),
    )
    yield h("footer", para("Nothing you do on this page leaves it."))


def _caution_and_emergency_nodes(lesson: Lesson, programme: Programme | None) -> Iterator[Node]:
    """Who takes care before a lesson, and when to call; of one person, only what is theirs."""
    exercises, safety = [part.exercise for part in lesson.parts], lesson.library.safety
    emergency = safety.emergency
    signs = (para(emergency.what), bullet_list(emergency.signs))
    if not programme or not programme.cautions:
        yield course_cards.cautions_with_positions_and_rise_node(exercises, lesson.library)
        yield div("care", bold_line(emergency.title), *signs)
        return
    if lesson.ends_lying:
        exercises.append(lesson.rise_exercise)
    told: list[ListItem] = []
    for exercise in {each.id: each for each in exercises if each.cautions}.values():
        words = (fill_sides(caution.what, exercise.first) for caution in exercise.cautions)
        told.append((strong(f"{exercise.title}: "), " ".join(words)))
    # Without the amounts of its source, which are not those that were prescribed.
    yield div("care", bold_line("Take care"), bullet_list(told), para(safety.stop.what))
    yield div("care", foldable_part(emergency.title, *signs))


def page_section(name: str, title: str, *children: Node) -> Node:
    """A part of a page under its heading."""
    return h("section", h("h2", title, id=f"{name}-title"), *children, id=name)


def embed_card_content(*children: Node, heading: str = "h2") -> Node:
    """What a card says, with headings that fit where it stands."""
    headed = (replace(node, tag=heading) if node.tag == "h3" else node for node in children)
    return div("backcare-guide", *headed)


def _describe_minutes_exercises_and_version(lesson: Lesson) -> str:
    """Minutes, number of exercises and version in a line."""
    versions = {part.version for part in lesson.chosen_parts}
    minutes = format_count_with_noun(course_cards.rounded_minutes(lesson.timeline), "minute")
    told = [f"About {minutes}", format_count_with_noun(len(lesson.chosen_parts), "exercise")]
    told += [VERSION_LABELS[version].lower() for version in versions if len(versions) == 1]
    return ", ".join(told)


def _session_exercise_nodes(lesson: Lesson) -> Iterator[Node]:
    """The session to be read: its phases, under the exercise that they belong to."""
    rise = lesson.rise_exercise
    parts = {rise.id: LessonItem(rise)} | {part.exercise.id: part for part in lesson.parts}
    for name, phases in groupby(lesson.timeline.phases, lambda phase: phase.exercise):
        lines = h("ol", *_phase_line_nodes(phases), class_="steps")
        if name not in parts:
            yield lines
            continue
        exercise, why = parts[name].exercise, parts[name].why
        notes = course_cards.felt_mistake_and_frequency_nodes(exercise, lesson.library)
        hatched = exercise.felt and exercise.felt.sites  # shown below, on the same posture
        yield h(
            "section",
            h("h3", exercise.title),
            *((para(why),) if why else ()),
            *(() if hatched else (course_cards.exercise_thumbnail_node(exercise),)),
            embed_card_content(course_cards.exercise_cautions_node(exercise, lesson.library)),
            lines,
            *((embed_card_content(*notes),) if notes else ()),
            class_="exercise",
        )


def _phase_line_nodes(phases: Iterable[Phase]) -> Iterator[Node]:
    """Each phase with the time at which it begins; words are not said twice."""
    told = ""
    for phase in phases:
        words = (h("span", phase.words, class_="words"),) if phase.words != told else ()
        told = phase.words
        line = h("span", static_session.describe_phase(phase), *words)
        yield h("li", h("span", format_clock(phase.start_ms), class_="time"), line)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page of a section; a sentence and 2 where that cannot be."""
    parser = argparse.ArgumentParser(
        "python -m backcare_nb.export.webpage",
        description="Write a section as one page that plays offline.",
    )
    parser.add_argument(
        "section", help="such as relax_the_back, an exercise, a saved lesson or programme"
    )
    parser.add_argument("--out", type=Path, required=True, help="the HTML file to write")
    parser.add_argument("--replace", action="store_true", help="write over a file that is there")
    parser.add_argument("--version", choices=VERSION_LABELS, default="source")
    asked = parser.parse_args(arguments)
    try:
        wanted = find_programme(asked.section) or find_lesson(asked.section, asked.version)
        print(save_page(wanted, asked.out, replace=asked.replace))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
