"""The whole collection as pages for any web server, or to be opened from a folder.

    python -m backcare_nb.export.website FOLDER

An overview, a page for each section with its guidance, its adjustable figures and its players, a
timer and the safety page; for each section handouts to print and pages that play offline. No page
asks for anything outside its folder, which is written whole or not at all, with the same bytes each
time, and only where nothing stands but what was written here before, as it was written.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from backcare_nb.body.skeleton import SIDES
from backcare_nb.course.fields import Model
from backcare_nb.course.files import SaveError
from backcare_nb.course.models import Exercise, Section, VersionName
from backcare_nb.custom.library import current_library
from backcare_nb.export.handout import TYPST_PAPER_BY_NAME, render_handout
from backcare_nb.export.typesetting import is_typst_installed
from backcare_nb.export.webpage import (
    SITE_TITLE,
    SITE_WORDS,
    embed_card_content,
    join_and_minify_page_css,
    page_section,
    render_document,
    save_page,
)
from backcare_nb.html import course_cards, exercise_figures, own_exercise_cards, picture
from backcare_nb.html.amount_words import describe_amounts
from backcare_nb.html.card import Node, div, h, para, strong
from backcare_nb.lesson.lesson import section_lesson
from backcare_nb.player import bundle
from backcare_nb.posture.motion import solve_motion
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions.options import VERSION_LABELS, Options
from backcare_nb.sessions.timeline import (
    Timeline,
    compile_session,
    format_count_with_noun,
    intervals_timeline,
    timer_timeline,
)

SITE_SECURITY_POLICY = (
    "img-src 'self' file: data:; media-src blob:; style-src 'self' file:; script-src 'self' file:;"
    " manifest-src 'self'; worker-src 'self' blob:"
)
SITE_HEAD_HTML = """\
<link rel="stylesheet" href="site.css">
<link rel="apple-touch-icon" href="icons/touch-180.png">
<script src="site.js" defer></script>"""
OFFERED_TIMER_MINUTES = (1, 2, 3, 5, 10, 15, 20, 30)
OFFERED_INTERVAL_SECONDS_AND_ROUNDS = (
    (30, 10, 5),
    (45, 15, 5),
    (20, 10, 8),
)  # seconds of work, of rest, and rounds
SVG_DATA_URL_PREFIX = "data:image/svg+xml,"
ICONS_FOLDER = Path(__file__).with_name("icons")  # taken by tools/icons.py

FILE_LIST_FILE_NAME = "about-this-folder.txt"
FILE_LIST_HEADER = """\
These pages were written by: python -m backcare_nb.export.website
Put the folder on any web server, or open index.html.
Keep nothing of your own here, and change nothing: it is written anew each time. It holds these
files, each with its SHA-256:
"""
FILE_NAMES_LEFT_BY_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}


# The files, as text


@dataclass
class SiteFiles:
    """The files of a site by their paths, as its pages ask for them.

    ``needed`` are those of each section's page by its name, and under "" those of all others.
    """

    files: dict[str, str] = field(default_factory=dict)
    needed: dict[str, set[str]] = field(default_factory=lambda: {"": set()})
    _added_since_last_page: set[str] = field(default_factory=set)  # since the last page

    def add_page(
        self, name: str, title: str, description: str, *body: Node, is_section: bool = False
    ) -> None:
        """Add a page between the head and the foot that all have, with what was added before."""
        links = (("index.html", "Sections"), ("timer.html", "Timer"), ("safety.html", "Safety"))
        here = f"{name}.html"
        current = {here: {"aria-current": "page"}}
        skip = h("a", "To the page", href="#the-page", class_="skip")
        home = h("a", SITE_TITLE, href="index.html", class_="home")
        goals = (h("a", words, href=goal, **current.get(goal, {})) for goal, words in links)
        header = h("header", skip, home, h("nav", *goals, aria_label="Course"), class_="top")
        main = h("main", *body, id="the-page", data_scale=current_library().safety.scale.what)
        whole = (header, main, h("footer", para(SITE_WORDS["privacy"])))
        words = title if title == SITE_TITLE else f"{title} - {SITE_TITLE}"
        markup = [node.map_attributes(self._move_drawing_to_file).html() for node in whole]
        text = render_document(words, description, SITE_SECURITY_POLICY, SITE_HEAD_HTML, *markup)
        self._add_file(here, text)
        self.needed.setdefault(name if is_section else "", set()).update(
            self._added_since_last_page
        )
        self._added_since_last_page.clear()

    def _add_file(self, path: str, text: str) -> None:
        self.files[path] = text
        self._added_since_last_page.add(path)

    def add_session(self, name: str, session: Timeline) -> str:
        """Add a session with its figures, each in a file of its own; return its name."""
        state = bundle.build_player_state(session, {})
        self._add_script(f"sessions/{name}", {key: state[key] for key in ("timeline", "key")})
        for key in session.figure_keys():
            self.add_figure(key, session.own_figures)
        return name

    def add_figure(self, key: str, own: Mapping[str, Model]) -> None:
        """Add a figure for players and for adjustable figures."""
        self._add_script(
            f"figures/{key.replace(':', '-')}", picture.cached_figure_sprite(key, own=own)
        )

    def _add_script(self, name: str, data: object) -> None:
        """Add data as a script: a page may have that from its folder where it may not have data."""
        text = json.dumps(data, separators=(",", ":"))
        self._add_file(f"{name}.js", f'backcare("{name}",{text});\n')

    def _move_drawing_to_file(self, attributes: dict[str, str]) -> dict[str, str]:
        """Make a picture's drawing a file, so that a page is there before its drawings are."""
        if attributes.get("src", "").startswith(SVG_DATA_URL_PREFIX):
            svg = unquote(attributes["src"].removeprefix(SVG_DATA_URL_PREFIX))
            size = dict(re.findall(r" (width|height)='(\d+)'", svg.partition(">")[0]))
            name = f"pictures/{sha256(svg.encode()).hexdigest()[:12]}.svg"
            self._add_file(name, svg)
            attributes |= {"src": name, **size, "loading": "lazy"}
        return attributes


def render_site_files() -> dict[str, str]:
    """Every page and what it needs, by path; printed and offline pages are not among them."""
    # Players and adjustable figures, and what makes them, for all pages.
    script = f'(() => {{\n"use strict";\n{bundle.build_script("website.js")}}})();\n'
    shared = {"site.css": join_and_minify_page_css("after_session.css"), "site.js": script}
    site, sections = SiteFiles({**shared}, {"": {*shared}}), current_library().sections
    site.add_page("index", SITE_TITLE, SITE_WORDS["lead"], *_overview_nodes(sections))
    for section in sections:
        name = section_page_stem(section)
        body = _section_page_nodes(site, section)
        site.add_page(name, section.title, section.summary, *body, is_section=True)
    safety = embed_card_content(*course_cards.safety_page_nodes())
    education = current_library().safety.education.what
    site.add_page("safety", "Safety", education, div("opening", h("h1", "Safety")), safety)
    site.add_page("timer", "Timer", SITE_WORDS["timer"], *_timer_page_nodes(site))
    shared_page = _shared_page_nodes(site)
    site.add_page("shared", "Shared with you", SITE_WORDS["shared"], *shared_page)
    names = own_exercise_cards.exercise_keys().children
    site.add_page(
        *("names", "Names for own exercises", SITE_WORDS["names"]),
        div("opening", h("h1", "Names"), h("p", SITE_WORDS["names"], class_="lead")),
        embed_card_content(*names),
        *own_exercise_cards.posture_gallery(),
        h("h2", "Joints"),
        embed_card_content(*own_exercise_cards.angles("standing").children),
        is_section=True,
    )
    worker, manifest = build_service_worker(site), build_web_app_manifest()
    return site.files | {"service-worker.js": worker, "manifest.webmanifest": manifest}


def build_service_worker(site: SiteFiles) -> str:
    """Build the worker that keeps the files of a site on a device, as each page needs them."""
    digests = {path: sha256(text.encode()).hexdigest()[:16] for path, text in site.files.items()}
    pages = {name: sorted(needed) for name, needed in site.needed.items()}
    content = json.dumps({"digests": digests, "pages": pages}, separators=(",", ":"))
    return f"self.SITE={content};\n{bundle.build_script('service_worker.js')}"


def build_web_app_manifest() -> str:
    """Describe the site as an app to the system that installs it: its web app manifest."""
    described = json.loads(Path(__file__).with_name("manifest.json").read_text(encoding="utf-8"))
    described |= dict.fromkeys(("name", "short_name"), SITE_TITLE)
    described["description"] = SITE_WORDS["lead"]
    sections = current_library().sections
    described["shortcuts"] = [
        {"name": each.title, "url": f"{section_page_stem(each)}.html"} for each in sections
    ]
    return json.dumps(described, indent=1) + "\n"


def section_page_stem(section: Section) -> str:
    """The name of a section's page, which is that of its notebook."""
    return f"{section.number:02d}_{section.id}"


def _overview_nodes(sections: Sequence[Section]) -> Iterator[Node]:
    doctor = h("a", "When a back needs a doctor instead", href="safety.html")
    yield div("opening", h("h1", SITE_TITLE), h("p", SITE_WORDS["lead"], class_="lead"))
    yield h("p", current_library().safety.education.what, " ", doctor, class_="note")
    cards = []
    for section in sections:
        labels = labels_by_distinct_version(section)
        minutes = (f"{labels[v]} {course_cards.section_minutes(section, v)} min" for v in labels)
        picture_of_first = course_cards.exercise_thumbnail_node(section.exercises[0])
        title = h("h3", h("a", section.title, href=f"{section_page_stem(section)}.html"))
        meta = h("p", ", ".join(minutes), class_="meta")
        cards.append(h("li", picture_of_first, title, para(section.summary), meta))
    yield h("div", data_make="last", class_="last screen")
    yield page_section("sections", "Sections", h("ol", *cards, class_="cards"))
    titles = {section_page_stem(section): section.title for section in sections}
    keeping = h("div", data_make="keep", data_sections=json.dumps(titles), class_="keeping screen")
    own = para(h("a", "Names for exercises of your own", href="names.html"))
    yield page_section("device", "On your device", para(SITE_WORDS["offline"]), keeping, own)


# A section


def labels_by_distinct_version(section: Section) -> dict[VersionName, str]:
    """The versions of a section that are not the same as the one as taught."""
    harder = any(exercise.harder for exercise in section.session_exercises)
    return {v: label for v, label in VERSION_LABELS.items() if v != "harder" or harder}


def _section_page_nodes(site: SiteFiles, section: Section) -> Iterator[Node]:
    sections = current_library().sections
    place = sections.index(section)
    number = h("p", f"Section {place + 1} of {len(sections)}", class_="eyebrow")
    yield div("opening", number, h("h1", section.title), h("p", section.summary, class_="lead"))
    yield embed_card_content(*course_cards.opening(section.id).children)
    entries = (
        h("li", course_cards.exercise_thumbnail_node(e), h("a", e.title, href=f"#{e.id}"))
        for e in section.exercises
    )
    whole = h("a", "The whole section, with one Start", href="#the-whole", class_="button")
    contents = h("ol", *entries, class_="contents")
    attributes = {"aria_label": "On this page", "class_": "screen", "id": "on-this-page"}
    yield h("nav", contents, para(whole), **attributes)
    for exercise in section.exercises:
        yield page_section(exercise.id, exercise.title, *_exercise_nodes(site, exercise))
    yield page_section("the-whole", "The whole section", *_section_session_nodes(site, section))
    print_links = ((paper, handout_path(section, paper)) for paper in TYPST_PAPER_BY_NAME)
    printed = (
        para("To print: ", *_comma_separated_link_nodes(print_links)),
    ) * is_typst_installed()
    kept = (
        (label, offline_page_path(section, v))
        for v, label in labels_by_distinct_version(section).items()
    )
    what = "One page that plays with no network, to save on a phone: "
    taken = (*printed, para(what, *_comma_separated_link_nodes(kept)))
    yield page_section("take-along", "To print and to keep", *taken)
    neighbours = []
    for label, rel, other in (("Previous", "prev", place - 1), ("Next", "next", place + 1)):
        if 0 <= other < len(sections):
            goal = f"{section_page_stem(sections[other])}.html"
            neighbours.append(h("a", f"{label}: {sections[other].title}", href=goal, rel=rel))
    yield h("nav", *neighbours, aria_label="Sections", class_="neighbours screen")


def _exercise_nodes(site: SiteFiles, exercise: Exercise) -> Iterator[Node]:
    about = embed_card_content(*course_cards.about(exercise.id).children)
    care = embed_card_content(course_cards.exercise_cautions_node(exercise))
    yield div("beside", about, care)
    named = (getattr(step, key, None) for step in exercise.steps for key in ("motion", "loop"))
    names = dict.fromkeys(filter(None, named))
    motions = []
    for name in names:
        sided = solve_motion(name, None, posture_table(exercise.own_figures)).side
        keys = {side: f"{name}.{side}" for side in SIDES} if sided else {"": name}
        for key in keys.values():
            site.add_figure(key, exercise.own_figures)
        place = {"data_make": "adjust", "data_sides": json.dumps(keys), "class_": "adjustable"}
        motions.append(h("div", **place))
    drawn = embed_card_content(*exercise_figures.show(exercise).children)
    yield div("figures", drawn, div("motions screen", *motions))
    yield h("h3", "Practise")
    options = (_version_radio_option_node(site, exercise, version) for version in VERSION_LABELS)
    yield _player_placeholder_with_choices(options)
    yield h("p", h("a", "Back to the list", href="#on-this-page"), class_="screen")


def _section_session_nodes(site: SiteFiles, section: Section) -> Iterator[Node]:
    options = []
    for version, label in labels_by_distinct_version(section).items():
        session = section_lesson(section.id, version).timeline
        lasts = f"about {format_count_with_noun(course_cards.rounded_minutes(session), 'minute')}"
        name = site.add_session(f"{section_page_stem(section)}.{version}", session)
        is_first = version == "easier"
        options.append(
            _session_radio_option_node(section.id, name, label, lasts, is_first=is_first)
        )
    yield para(SITE_WORDS["whole_section"])
    yield embed_card_content(course_cards.cautions_with_exercises_node(section.session_exercises))
    yield _player_placeholder_with_choices(options)


def _comma_separated_link_nodes(
    words_and_addresses: Iterable[tuple[str, str]],
) -> Iterator[Node | str]:
    for number, (words, goal) in enumerate(words_and_addresses):
        yield ", " if number else ""
        yield h("a", words, href=goal)


def handout_path(section: Section, paper: str) -> str:
    """Where the handout of a section is, from the folder of the site."""
    return f"print/{section_page_stem(section)}.{paper}.pdf"


def offline_page_path(section: Section, version: VersionName) -> str:
    """Where the page to keep of a section is, from the folder of the site."""
    return f"offline/{section_page_stem(section)}.{version}.html"


# Sessions to choose from


def _session_radio_option_node(
    group: str, session_name: str, title: str, amount: str, *details: Node, is_first: bool = False
) -> Node:
    """A session to choose among others: a radio button with its words."""
    checked = {"checked": ""} if is_first else {}
    radio = h("input", type="radio", name=group, value=session_name, **checked)
    said = (h("span", amount, class_="meta"),) if amount else ()
    return div("option", h("label", radio, h("span", strong(title), *said)), *details)


def _player_placeholder_with_choices(options: Iterable[Node], legend: str = "Version") -> Node:
    """A choice of sessions, and the place of their player."""
    choice = h("fieldset", h("legend", legend), div("options", *options), class_="choice")
    stage = div("stage", h("p", SITE_WORDS["no_timer"], class_="plain"))
    return h("div", choice, stage, data_make="practise", class_="practice")


def _version_radio_option_node(site: SiteFiles, exercise: Exercise, version: VersionName) -> Node:
    """A version of an exercise to choose, or why there is none."""
    label = VERSION_LABELS[version]
    if version == "harder" and exercise.harder is None:
        words = para(strong(f"{label}: "), exercise.no_harder or "there is none.")
        return div("option", words)
    taught, safety = current_library(), current_library().safety
    around: Any = {"rise": taught.rise, "conditions": safety.conditions, "ways": safety.ways}
    session = compile_session([exercise], Options(version=version), **around)
    chosen = exercise.version(version)
    change = None if version == "source" else getattr(exercise, version)
    is_new = picture.typical_posture(chosen) != picture.typical_posture(exercise)
    how = (strong(f"{change.title}. "), change.what) if change else ("As described above.",)
    return _session_radio_option_node(
        exercise.id,
        site.add_session(f"{exercise.id}.{version}", session),
        label,
        describe_amounts(chosen),
        *((course_cards.exercise_thumbnail_node(chosen),) if is_new else ()),
        para(*how),
        is_first=version == "easier",
    )


def _timer_page_nodes(site: SiteFiles) -> Iterator[Node]:
    lead = h("p", "A tone at the start, halfway and at the end.", class_="lead")
    yield div("opening", h("h1", "Timer"), lead)
    minutes: list[Node] = []
    for count in OFFERED_TIMER_MINUTES:
        name = site.add_session(f"timer.{count}", timer_timeline(count))
        title, is_first = format_count_with_noun(count, "minute"), count == 5
        minutes.append(_session_radio_option_node("minutes", name, title, "", is_first=is_first))
    intervals: list[Node] = []
    for work, rest, rounds in OFFERED_INTERVAL_SECONDS_AND_ROUNDS:
        session = intervals_timeline(work, rest, rounds)
        name = site.add_session(f"intervals.{work}-{rest}-{rounds}", session)
        title, amount = f"{rounds} times", f"{work} seconds of work, {rest} of rest"
        is_first = not intervals
        intervals.append(
            _session_radio_option_node("intervals", name, title, amount, is_first=is_first)
        )
    for part, options in (("minutes", minutes), ("intervals", intervals)):
        practice = div("short", _player_placeholder_with_choices(options, "How long"))
        yield page_section(part, part.capitalize(), practice)


def _shared_page_nodes(site: SiteFiles) -> Iterator[Node]:
    lead = h("p", SITE_WORDS["shared"], class_="lead")
    yield div("opening", h("h1", "Shared with you"), lead)
    for exercise in current_library().rules.quiet:  # in a lesson, and in no section
        for version in ("easier", "source"):
            session = compile_session([exercise.version(version)], rise=current_library().rise)
            for key in session.figure_keys():
                site.add_figure(key, session.own_figures)
    yield embed_card_content(*course_cards.safety_check(current_library().safety.check))
    yield h("div", data_make="shared", class_="keeping screen")
    yield h("noscript", para(SITE_WORDS["no_timer"]))


# The folder


def write_site(folder: Path | str, address: str = "") -> Path:
    """Write the site into a folder, which is made; SaveError where it holds anything else.

    ``address`` is where the folder will be on the web, for the QR codes of what is printed.
    """
    folder = Path(folder).resolve()
    _raise_if_foreign_files(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
        fresh, before = Path(work, "site"), Path(work, "before")
        for name, text in render_site_files().items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        shutil.copytree(ICONS_FOLDER, fresh / ICONS_FOLDER.name)
        for section in current_library().sections:
            _write_downloads(fresh, section, address)
        text = "\n".join([FILE_LIST_HEADER, *sorted(_digest_lines(fresh)), ""])
        (fresh / FILE_LIST_FILE_NAME).write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rename(before)
        try:
            fresh.rename(folder)
        except OSError:
            if before.exists():
                before.rename(folder)
            raise
    return folder


def _write_downloads(site_folder: Path, section: Section, address: str) -> None:
    """Write what of a section is to print and to keep."""
    link = f"{address.rstrip('/')}/{section_page_stem(section)}.html" if address else ""
    for folder in ("print", "offline"):
        (site_folder / folder).mkdir(exist_ok=True)
    for paper in TYPST_PAPER_BY_NAME if is_typst_installed() else ():
        (site_folder / handout_path(section, paper)).write_bytes(
            render_handout(section.id, paper, link)
        )
    for version in labels_by_distinct_version(section):
        save_page(
            section_lesson(section.id, version), site_folder / offline_page_path(section, version)
        )


def _raise_if_foreign_files(folder: Path) -> None:
    """Raise SaveError where a folder holds what was not written here, or was changed."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise SaveError(f"{folder} is a file: name a folder for the pages.")
    ours = set()
    with suppress(FileNotFoundError):
        ours.update((folder / FILE_LIST_FILE_NAME).read_text(encoding="utf-8").splitlines())
    foreign = sorted(line.split("  ", 1)[1] for line in _digest_lines(folder) if line not in ours)
    if foreign:
        raise SaveError(
            f"{folder} holds {foreign[0]}, which was not written here, or was changed since: name a"
            " new folder, or an empty one."
        )


def _digest_lines(folder: Path) -> Iterator[str]:
    """Each file of a folder with its digest, but for the list of them and what systems leave."""
    for path in _list_files_and_links(folder):
        name = path.relative_to(folder).as_posix()
        if name != FILE_LIST_FILE_NAME and path.name not in FILE_NAMES_LEFT_BY_SYSTEMS:
            yield f"{sha256(path.read_bytes()).hexdigest()}  {name}"


def _list_files_and_links(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the site; a sentence and 2 where that cannot be."""
    parser = argparse.ArgumentParser(
        "python -m backcare_nb.export.website",
        description="Write the collection as pages for a web server.",
    )
    parser.add_argument("folder", type=Path, help="the folder to write, new or written here before")
    parser.add_argument("--address", default="", help="where it will be on the web, for QR codes")
    asked = parser.parse_args(arguments)
    try:
        folder = write_site(asked.folder, asked.address)
    except (SaveError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    sizes = [path.stat().st_size for path in _list_files_and_links(folder)]
    print(f"{len(sizes)} files, {sum(sizes) / 1e6:.1f} MB; open {folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
