"""The pages of the collection: what a folder on a web server holds, as text.

An overview, a page for each section with its guidance, its adjustable figures and its players, a
timer, and the safety page. No page asks for anything outside its folder.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from urllib.parse import unquote

from backcare_nb.body.skeleton import SIDES
from backcare_nb.course.fields import Model
from backcare_nb.course.models import Exercise, Section, VersionName
from backcare_nb.custom.library import library
from backcare_nb.export.handout import PAPERS
from backcare_nb.export.typesetting import can_typeset
from backcare_nb.export.webpage import COURSE, card, document, section, styles
from backcare_nb.html import course_cards, picture
from backcare_nb.html.card import Node, group, h, image, para, strong
from backcare_nb.lesson.lesson import section_lesson
from backcare_nb.player import bundle
from backcare_nb.posture.motion import motion as path
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import VERSION_LABELS, Options
from backcare_nb.sessions.timeline import Timeline, count_noun

POLICY = {
    "img-src": "'self' file: data:",
    "style-src": "'self' file:",
    "script-src": "'self' file:",
    "worker-src": "blob:",
}
HEAD = '<link rel="stylesheet" href="site.css">\n<script src="site.js" defer></script>'
DRAWING = "data:image/svg+xml,"

LEAD = (
    "Gentle exercises in short sections, each with a figure to copy, a timer to trust with closed "
    "eyes, and an easier way for the days when that is better."
)
KEPT = (
    "These pages ask no other machine for anything. Your browser keeps the volumes you set and, "
    "for a day, the place where you stopped; nobody else hears of it."
)
NO_SCRIPT = (
    "The timer needs a browser that runs JavaScript, and this one does not run it here. What to do "
    "stands above, and the page to print has it all."
)
MINUTES = (1, 2, 3, 5, 10, 15, 20, 30)
INTERVALS = ((30, 10, 5), (45, 15, 5), (20, 10, 8))


@dataclass
class Site:
    """The files of a site, as its pages ask for them."""

    files: dict[str, str] = field(default_factory=dict)

    def page(self, name: str, title: str, description: str, *body: Node) -> None:
        """A page between the head and the foot that all have."""
        here = f"{name}.html"
        whole = (_head(here), h("main", *body, id="the-page"), _foot())
        words = title if title == COURSE else f"{title} - {COURSE}"
        markup = [self._apart(node).html() for node in whole]
        self.files[here] = document(words, description, POLICY, HEAD, *markup)

    def session(self, name: str, made: Timeline) -> str:
        """A session with its figures, each in a file of its own; its name."""
        parts = bundle.state(made, {})
        self._script(f"sessions/{name}", {"timeline": parts["timeline"], "key": parts["key"]})
        for key in made.figure_keys():
            self.figure(key, made.own_figures)
        return name

    def figure(self, key: str, own: Mapping[str, Model]) -> str:
        """A figure for players and for adjustable figures; its key."""
        self._script(f"figures/{key.replace(':', '-')}", picture.sprite(key, own=own))
        return key

    def _script(self, name: str, data: object) -> None:
        """Data as a script, which a page may have from its folder where it may not have data."""
        if f"{name}.js" not in self.files:
            text = json.dumps(data, separators=(",", ":"))
            self.files[f"{name}.js"] = f'backcare("{name}",{text});\n'

    def _apart(self, node: Node | str) -> Node | str:
        """A node whose drawings are files, so that a page is there before they are."""
        if isinstance(node, str):
            return node
        attributes = dict(node.attributes)
        if attributes.get("src", "").startswith(DRAWING):
            drawn = unquote(attributes["src"].removeprefix(DRAWING))
            width, height = _size(drawn)
            name = f"pictures/{sha256(drawn.encode()).hexdigest()[:12]}.svg"
            self.files[name] = drawn
            attributes |= {"src": name, "width": width, "height": height, "loading": "lazy"}
        children = tuple(map(self._apart, node.children))
        return replace(node, children=children, attributes=tuple(attributes.items()))


def _size(svg: str) -> tuple[str, str]:
    """Width and height of a drawing, for the room that a page keeps for it."""
    root = svg.partition(">")[0]
    return re.search(r" width='(\d+)'", root)[1], re.search(r" height='(\d+)'", root)[1]


def files() -> dict[str, str]:
    """Every page and what it needs, by path; printed and offline pages are not among them."""
    site = Site({"site.css": styles(), "site.js": _script()})
    sections = library().sections
    site.page("index", COURSE, LEAD, *_index(sections))
    for before, chosen, after in _between(sections):
        body = _section(site, chosen, before, after)
        site.page(page_name(chosen), chosen.title, chosen.summary, *body)
    site.page("safety", "Safety", library().safety.education.what, *_safety())
    site.page("timer", "Timer", "A timer of any length, and intervals.", *_timer(site))
    return site.files


def _script() -> str:
    """Players and adjustable figures, and what makes them, for all pages."""
    return f'(() => {{\n"use strict";\n{bundle.script("website.js")}}})();\n'


def _between(sections: Sequence[Section]) -> Iterator[tuple[Section | None, ...]]:
    """Each section between the one before and the one after it."""
    row = (None, *sections, None)
    return zip(row, sections, row[2:], strict=False)


def page_name(chosen: Section) -> str:
    """The name of a section's page, which is that of its notebook."""
    return f"{chosen.number:02d}_{chosen.id}"


def _head(here: str) -> Node:
    links = (("index.html", "Sections"), ("timer.html", "Timer"), ("safety.html", "Safety"))
    return h(
        "header",
        h("a", "To the page", href="#the-page", **{"class": "skip"}),
        h("a", COURSE, href="index.html", **{"class": "home"}),
        h("nav", *(_link(href, words, here) for href, words in links), **{"aria-label": "Course"}),
        **{"class": "top"},
    )


def _link(href: str, words: str, here: str) -> Node:
    current = {"aria-current": "page"} if href == here else {}
    return h("a", words, href=href, **current)


def _foot() -> Node:
    return h("footer", para(KEPT))


# The overview


def _index(sections: Sequence[Section]) -> Iterator[Node]:
    safety = library().safety
    yield group("opening", h("h1", COURSE), h("p", LEAD, **{"class": "lead"}))
    yield h(
        "p",
        safety.education.what,
        " ",
        h("a", "When a back needs a doctor instead", href="safety.html"),
        **{"class": "note"},
    )
    cards = (h("li", *_entry(chosen)) for chosen in sections)
    yield section("sections", "Sections", h("ol", *cards, **{"class": "cards"}))


def _entry(chosen: Section) -> Iterator[Node]:
    lasts = (
        f"{name} {course_cards.section_minutes(chosen, v)} min"
        for v, name in versions(chosen).items()
    )
    yield course_cards.exercise_thumbnail(chosen.exercises[0])
    yield h("h3", h("a", chosen.title, href=f"{page_name(chosen)}.html"))
    yield para(chosen.summary)
    yield h("p", ", ".join(lasts), **{"class": "meta"})


# A section


def _section(
    site: Site, chosen: Section, before: Section | None, after: Section | None
) -> Iterator[Node]:
    sections = library().sections
    place = f"Section {sections.index(chosen) + 1} of {len(sections)}"
    yield group(
        "opening",
        h("p", place, **{"class": "eyebrow"}),
        h("h1", chosen.title),
        h("p", chosen.summary, **{"class": "lead"}),
    )
    yield card(*course_cards.opening(chosen.id).children)
    yield _contents(chosen)
    for exercise in chosen.exercises:
        yield section(exercise.id, exercise.title, *_exercise(site, exercise))
    yield section("the-whole", "The whole section", *_whole(site, chosen))
    yield section("take-along", "To print and to keep", *_take_along(chosen))
    yield _neighbours(before, after)


def _contents(chosen: Section) -> Node:
    entries = [
        h("li", course_cards.exercise_thumbnail(e), h("a", e.title, href=f"#{e.id}"))
        for e in chosen.exercises
    ]
    whole = h("a", "The whole section, with one Start", href="#the-whole", **{"class": "button"})
    return h(
        "nav",
        h("ol", *entries, **{"class": "contents"}),
        para(whole),
        **{"aria-label": "On this page", "class": "screen", "id": "on-this-page"},
    )


def _exercise(site: Site, exercise: Exercise) -> Iterator[Node]:
    shown = picture.show(exercise.id)
    yield group(
        "beside",
        card(*course_cards.about(exercise.id).children),
        card(course_cards.exercise_cautions(exercise)),
    )
    drawn = image(shown.drawn, shown.alt)
    motions = [_adjustable(site, exercise, motion) for motion in _motions(exercise)]
    kind = "figures" if len(motions) > 1 or _wide(shown.drawn) else "figures beside"
    yield group(kind, group("figure", drawn), group("motions screen", *motions))
    yield h("h3", "Practise")
    yield _practice(exercise.id, [_version(site, exercise, v) for v in VERSION_LABELS])
    yield h("p", h("a", "Back to the list", href="#on-this-page"), **{"class": "screen"})


def _wide(svg: str) -> bool:
    """Is a drawing too wide to stand beside something?"""
    width, height = map(int, _size(svg))
    return width > 1.4 * height


def _motions(exercise: Exercise) -> tuple[str, ...]:
    """The motions of an exercise as it is taught, in their order."""
    found = (getattr(step, name, None) for step in exercise.steps for name in ("motion", "loop"))
    return tuple(dict.fromkeys(filter(None, found)))


def _adjustable(site: Site, exercise: Exercise, motion: str) -> Node:
    """The place of an adjustable figure, and the keys of its sides."""
    sided = path(motion, None, posture_table(exercise.own_figures)).side
    sides = {side: f"{motion}.{side}" for side in SIDES} if sided else {"": motion}
    for key in sides.values():
        site.figure(key, exercise.own_figures)
    told = {"data-make": "adjust", "data-sides": json.dumps(sides), "class": "adjustable"}
    return h("div", **told)


@dataclass(frozen=True)
class Choice:
    """A session among which a person chooses: its name, and what is said of it."""

    name: str
    title: str
    told: str = ""
    more: tuple[Node, ...] = ()
    first: bool = False


def _version(site: Site, exercise: Exercise, version: VersionName) -> Choice | Node:
    """A version of an exercise to choose, or why there is none."""
    if version == "harder" and exercise.harder is None:
        words = para(strong(f"{VERSION_LABELS[version]}: "), exercise.no_harder or "there is none.")
        return group("option", words)
    chosen = exercise.version(version)
    made = timeline.compile_session(
        [exercise],
        Options(version=version),
        rise=library().rise,
        conditions=library().safety.conditions,
    )
    change = None if version == "source" else getattr(exercise, version)
    words = (strong(f"{change.title}. "), change.what) if change else ("As described above.",)
    return Choice(
        site.session(f"{exercise.id}.{version}", made),
        VERSION_LABELS[version],
        course_cards.describe_amounts(chosen),
        (course_cards.exercise_thumbnail(chosen), para(*words)),
        first=version == "source",
    )


def _practice(name: str, choices: Iterable[Choice | Node], legend="Version") -> Node:
    """A choice of sessions, and the place of their player."""
    options = [_option(name, c) if isinstance(c, Choice) else c for c in choices]
    return h(
        "div",
        h("fieldset", h("legend", legend), group("options", *options), **{"class": "choice"}),
        group("stage", h("p", NO_SCRIPT, **{"class": "plain"})),
        **{"data-make": "practise", "class": "practice"},
    )


def _option(name: str, choice: Choice) -> Node:
    checked = {"checked": ""} if choice.first else {}
    radio = h("input", type="radio", name=name, value=choice.name, **checked)
    told = (h("span", choice.told, **{"class": "meta"}),) if choice.told else ()
    return group("option", h("label", radio, h("span", strong(choice.title), *told)), *choice.more)


def versions(chosen: Section) -> dict[VersionName, str]:
    """The versions of a section that are not the same as the one as taught."""
    harder = any(exercise.harder for exercise in chosen.session)
    return {v: name for v, name in VERSION_LABELS.items() if v != "harder" or harder}


def _whole(site: Site, chosen: Section) -> Iterator[Node]:
    choices = []
    for version, name in versions(chosen).items():
        made = section_lesson(chosen.id, version).timeline
        lasts = f"about {count_noun(course_cards.rounded_minutes(made), 'minute')}"
        session = site.session(f"{page_name(chosen)}.{version}", made)
        choices.append(Choice(session, name, lasts, first=version == "source"))
    yield para(
        "One Start for all of it: the words are said, the sides are timed alike, and the tones "
        "tell you what comes, so that you can close your eyes."
    )
    yield card(course_cards.combined_cautions(chosen.session))
    yield _practice(chosen.id, choices)


def _take_along(chosen: Section) -> Iterator[Node]:
    if can_typeset():
        yield para("To print: ", *_links((p, printed(chosen, p)) for p in PAPERS))
    kept = ((name, offline(chosen, v)) for v, name in versions(chosen).items())
    yield para("One page that plays with no network, to save on a phone: ", *_links(kept))


def _links(goals: Iterable[tuple[str, str]]) -> Iterator[Node | str]:
    for number, (words, href) in enumerate(goals):
        yield ", " if number else ""
        yield h("a", words, href=href)


def printed(chosen: Section, paper: str) -> str:
    """Where the handout of a section is, from the folder of the site."""
    return f"print/{page_name(chosen)}.{paper}.pdf"


def offline(chosen: Section, version: VersionName) -> str:
    """Where the page to keep of a section is, from the folder of the site."""
    return f"offline/{page_name(chosen)}.{version}.html"


def _neighbours(before: Section | None, after: Section | None) -> Node:
    links = []
    if before:
        links.append(
            h("a", f"Previous: {before.title}", href=f"{page_name(before)}.html", rel="prev")
        )
    if after:
        links.append(h("a", f"Next: {after.title}", href=f"{page_name(after)}.html", rel="next"))
    return h("nav", *links, **{"aria-label": "Sections", "class": "neighbours screen"})


# Safety, and a timer


def _safety() -> Iterator[Node]:
    yield group("opening", h("h1", "Safety"))
    yield card(*course_cards.safety().children)


def _timer(site: Site) -> Iterator[Node]:
    yield group(
        "opening",
        h("h1", "Timer"),
        h("p", "A tone at the start, halfway and at the end.", **{"class": "lead"}),
    )
    minutes = [
        Choice(
            site.session(f"timer.{n}", timeline.timer_timeline(n)),
            count_noun(n, "minute"),
            first=n == 5,
        )
        for n in MINUTES
    ]
    turns = [_interval(site, *turn) for turn in INTERVALS]
    for name, title, choices in (
        ("minutes", "Minutes", minutes),
        ("intervals", "Intervals", turns),
    ):
        yield section(name, title, group("short", _practice(name, choices, "How long")))


def _interval(site: Site, work: int, rest: int, rounds: int) -> Choice:
    name = f"intervals.{work}-{rest}-{rounds}"
    told = f"{work} seconds of work, {rest} of rest"
    made = site.session(name, timeline.intervals_timeline(work, rest, rounds))
    first = (work, rest, rounds) == INTERVALS[0]
    return Choice(made, count_noun(rounds, "time"), told, first=first)
