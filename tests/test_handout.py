"""The handout: a PDF that prints on both papers, reads in order, and is the same on every run."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import segno

from backcare_nb.course.fields import fill_sides
from backcare_nb.course.files import SaveError
from backcare_nb.custom.library import current_library
from backcare_nb.export import handout, typesetting, website
from backcare_nb.export.handout import (
    TYPST_PAPER_BY_NAME,
    main,
    render_handout,
)
from backcare_nb.export.handout_content import lesson_fields
from backcare_nb.export.sheet import render_sheet
from backcare_nb.figures.draw import PRINTED_LETTER_SIZES_UNITS
from backcare_nb.html import course_cards
from backcare_nb.lesson.lesson import LeftOutExercise, Lesson, LessonItem, section_lesson
from backcare_nb.sessions.phases import things_to_notice
from backcare_nb.sessions.timeline import frequency_in_words
from tests import samples

pytest.importorskip("typst")

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = [section.id for section in current_library().sections]
LINK = "https://example.org/back/relax?class=tuesday"
TOOLS = ("pdffonts", "pdfimages", "pdfinfo", "pdftoppm", "pdftotext", "qpdf")
REQUIRED = os.environ.get("BACKCARE_BROWSER") == "required"
needs_tools = pytest.mark.skipif(
    not REQUIRED and not all(map(shutil.which, TOOLS)), reason="poppler-utils or qpdf is missing"
)
every_handout = pytest.mark.parametrize(
    ("section", "version"),
    [*((section, "source") for section in SECTIONS), ("standing_up", "easier")],
)


@cache
def handout_of(section: str, version: str = "source", paper: str = "A4", **more) -> bytes:
    return render_handout(section_lesson(section, version), paper, **more)


@pytest.fixture
def run(tmp_path):
    """Run a tool on a PDF and give what it prints; {} in its arguments is the file."""

    def call(made: bytes, *command: str) -> str:
        path = tmp_path / "a handout.pdf"
        path.write_bytes(made)
        filled = [word.replace("{}", str(path)) for word in command]
        done = subprocess.run(filled, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    return call


@pytest.fixture
def words(run):
    """The words of a PDF on one line, as a person reads them."""
    return lambda made, *options: " ".join(run(made, "pdftotext", *options, "{}", "-").split())


@pytest.fixture
def tags(run):
    """The tags of a PDF in their order, from qpdf: each a dictionary, with its depth."""

    def read(made: bytes) -> list[dict]:
        objects = json.loads(run(made, "qpdf", "--json", "--json-key=qpdf", "{}"))["qpdf"][1]

        def walk(node: object, depth: int) -> Iterator[dict]:
            if isinstance(node, list):
                for each in node:
                    yield from walk(each, depth)
            elif isinstance(node, str):
                node = objects[f"obj:{node}"]["value"]
                if "/S" in node:
                    yield {**node, "depth": depth}
                    yield from walk(node.get("/K", []), depth + 1)

        (root,) = (each["value"] for each in objects.values() if is_tree(each.get("value")))
        return list(walk(root["/K"], 0))

    def is_tree(value: object) -> bool:
        return isinstance(value, dict) and value.get("/Type") == "/StructTreeRoot"

    return read


def in_order(text: str, parts: list[str]) -> list[str]:
    """The parts that a text does not hold after the ones before them."""
    flat, place, missing = " ".join(text.split()), 0, []
    for part in parts:
        found = flat.find(" ".join(part.split()), place)
        if found < 0:
            missing.append(part)
        else:
            place = found
    return missing


def guidance(item: LessonItem, lesson: Lesson) -> list[str]:
    """What is printed of an exercise, in the order in which it is needed."""
    exercise = item.exercise
    found = lesson_fields(lesson, "")["exercises"]
    care = [c["what"] for e in found if e["title"] == exercise.title for c in e["cautions"]]
    told = (words for step in course_cards.step_texts(exercise, item.options) for words in step)
    steps = [sentence for words in told for sentence in re.split(r"(?<=[.!?]) ", words)]
    stop = fill_sides(exercise.stop, exercise.first)
    notes = [fill_sides(note, exercise.first) for note in things_to_notice(exercise)]
    return [exercise.title, "Take care", *care, stop, *steps, *notes]


def lesson_of(*exercises, title: str = "A lesson") -> Lesson:
    return Lesson(title, tuple(map(LessonItem, exercises)), source=current_library())


# The file


@needs_tools
@pytest.mark.parametrize(("paper", "size"), [("A4", "595.276 x 841.89"), ("Letter", "612 x 792")])
def test_a_handout_pdf_states_title_language_and_accessibility_standard_no_date_and_its_paper_size(
    run, paper, size
):
    made = handout_of("relax_the_back", paper=paper)
    about = run(made, "pdfinfo", "-l", "99", "{}")
    sizes = re.findall(r"Page +\d+ size: +([\d.]+ x [\d.]+)", about)
    assert len(sizes) == int(re.search(r"Pages: +(\d+)", about)[1]) > 1
    assert set(sizes) == {size}
    assert re.search(r"Title: +Relax the back\n", about)
    assert re.search(r"Subject: +Exercises for the back, about \d+ minutes", about)
    assert re.search(r"Tagged: +yes", about)
    assert "Date" not in about
    assert "<pdfuaid:part>1</pdfuaid:part>" in run(made, "pdfinfo", "-meta", "{}")
    whole = run(made, "qpdf", "--json", "--json-key=qpdf", "{}")
    assert '"/Lang": "u:en"' in whole
    assert '"/DisplayDocTitle": true' in whole


@needs_tools
@every_handout
def test_a_handout_is_sound_with_its_headings_lists_and_figures_tagged(run, tags, section, version):
    made = handout_of(section, version)
    assert "No syntax or stream encoding errors" in run(made, "qpdf", "--check", "{}")
    found = tags(made)
    headings = [int(tag["/S"][2:]) for tag in found if re.fullmatch(r"/H\d", tag["/S"])]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    exercises = lesson_fields(section_lesson(section, version), "")["exercises"]
    assert headings.count(3) == len(exercises)
    kinds = [tag["/S"] for tag in found]
    assert kinds.count("/LI") == kinds.count("/LBody") > len(exercises)
    shown = []
    for exercise in exercises:
        *steps, easier = (*exercise["steps"], exercise["easier"])
        printed = [frame for step in steps for frame in step["frames"]]
        printed += exercise["pictures"]
        printed.append(easier and easier["figure"])
        shown += [figure["alt"] for figure in printed if figure]
    figures = [tag["/Alt"].removeprefix("u:") for tag in found if tag["/S"] == "/Figure"]
    assert figures == shown
    assert all(shown)
    assert sum(alt.startswith("Hatched where it is felt") for alt in shown) >= len(exercises) - 1
    assert any(alt.startswith("Not like this") for alt in shown)


@needs_tools
def test_letters_are_embedded_and_nothing_is_a_picture_of_dots(run):
    made = handout_of("standing_up", link=LINK)
    fonts = run(made, "pdffonts", "{}").splitlines()[2:]
    assert fonts
    assert all("DejaVuSans" in font and "TrueType" in font for font in fonts)
    assert all(re.search(r"Identity-H +yes +yes +yes", font) for font in fonts)
    assert len(run(made, "pdfimages", "-list", "{}").splitlines()) == 2  # its heading alone


def test_a_handout_has_the_same_bytes_under_other_matplotlib_settings_locale_and_time_zone(
    tmp_path,
):
    code = (
        "import matplotlib; matplotlib.rcParams.update({'font.family': 'serif', 'pdf.fonttype': 3,"
        "'text.parse_math': True, 'lines.linewidth': 9, 'patch.edgecolor': 'red',"
        "'savefig.bbox': 'tight', 'text.usetex': True});"
        "from backcare_nb.export.handout import main; main(['standing_up', '--out', 'made.pdf'])"
    )
    more = {"PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1", "TZ": "Asia/Tokyo"}
    more |= {"XDG_CACHE_HOME": str(tmp_path), "LANG": "ar_EG.UTF-8"}
    environment = {**os.environ, **more, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert (tmp_path / "made.pdf").read_bytes() == handout_of("standing_up")


# The words


@needs_tools
@every_handout
def test_every_caution_and_every_step_is_read_in_order(run, section, version):
    """In the file's own order, not one guessed from where the letters of two figures stand."""
    lesson = section_lesson(section, version)
    text = run(handout_of(section, version), "pdftotext", "-raw", "{}", "-")
    rest = text[text.index("Before you begin") :]
    for number, item in enumerate(lesson.parts, 1):
        rest = rest[re.search(rf"^{number} {item.exercise.title}", rest, re.M).start() :]
        rest = re.sub(rf"\f{lesson.title} \d of \d\n", "", rest)
        assert in_order(rest, guidance(item, lesson)) == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_caution_is_printed_once_with_those_whom_it_is_for(section):
    lesson, names = section_lesson(section), current_library().safety.conditions_in_words
    content = lesson_fields(lesson, "")
    done = [part.exercise for part in lesson.parts] + [current_library().rise] * lesson.ends_lying
    shared = [(c["whom"], c["what"], c["whose"]) for c in content["shared_cautions"]]
    for number, (exercise, printed) in enumerate(zip(done, content["exercises"], strict=True), 1):
        told = [(c["whom"], c["what"]) for c in printed["cautions"]]
        told += [(w, what) for w, what, at in shared if at == "all" or str(number) in at]
        for caution in exercise.cautions:
            for whom in caution.whom:
                hits = [w for w, what in told if what == caution.what and has(w, names([whom]))]
                assert len(hits) == 1, (exercise.id, whom)


def has(whom: str, condition: str) -> bool:
    return condition.lower() in whom.lower().split("; ")


@needs_tools
def test_the_first_page_says_what_to_know_and_the_end_how_often_and_when_to_see_a_doctor(words):
    made = handout_of("relax_the_back")
    first, whole = words(made, "-l", "1"), words(made)
    safety = current_library().safety
    assert whole.count(safety.education.what) == first.count(safety.education.what) == 1
    assert safety.stop.what in first
    assert safety.emergency.title in first
    assert all(sign[1:] in first for sign in safety.emergency.signs)
    assert all(need in first for need in current_library().section("relax_the_back").needs)
    assert re.search(r"About \d+ minutes", first)
    often = current_library().section("relax_the_back").often
    end = words(made, "-raw").rpartition("How often, and when to go on or back")[2]
    told = [f"{course_cards.capitalize_first(frequency_in_words(often))}. {often.what}"]
    told.append(safety.going_on.what)
    for advice in safety.urgent:
        told += [advice.title, *(sign[1:] for sign in advice.signs)]
    assert in_order(end, told) == []
    for name in (*often.what.references, *safety.going_on.what.references):
        assert current_library().references[name].name in end


@needs_tools
def test_a_handout_names_each_exercise_with_its_frequency_where_frequencies_differ(words):
    mixed = lesson_of(
        current_library().exercise("maypole"), current_library().exercise("neck_massage")
    )
    made = words(render_handout(mixed))
    assert "The maypole: Twice a day to begin with, 5 times at most." in made
    assert "Neck massage: Once a day to begin with, twice at most." in made


@needs_tools
def test_the_easier_version_is_named_with_its_picture_where_that_is_another(words):
    text = words(handout_of("relax_the_back"))
    for item in section_lesson("relax_the_back").parts:
        assert f"Easier: {item.exercise.easier.title}." in text
    pictured = {True: section_lesson("relax_the_back"), False: lesson_of(samples.exercise())}
    for expected, lesson in pictured.items():
        first = lesson_fields(lesson, "")["exercises"][0]
        assert bool(first["easier"]["figure"]) == expected
    easier = words(handout_of("standing_up", "easier"))
    assert "easier version" in easier
    for exercise in current_library().section("standing_up").exercises:
        assert easier.count(f"Easier: {exercise.easier.title}") == 1


@needs_tools
def test_a_lesson_that_ends_lying_ends_with_getting_up(words):
    rise = current_library().rise
    lesson, lying = section_lesson("relax_the_back"), words(handout_of("relax_the_back"), "-raw")
    assert in_order(lying, ["Rest again", *guidance(LessonItem(rise), lesson)]) == []
    assert rise.steps[0].title not in words(handout_of("standing_up"))


@needs_tools
def test_the_amounts_are_those_of_the_lesson_and_not_of_the_collection(words):
    seconds = samples.hold().seconds.model_copy(update={"default": 17})
    exercise = samples.exercise("small", steps=(samples.hold(seconds=seconds),))
    assert words(render_handout(lesson_of(exercise))).count("17 seconds") >= 2


@needs_tools
def test_pages_are_numbered_and_carry_the_lessons_title_and_the_last_has_room_for_notes(run):
    text = run(handout_of("relax_the_back"), "pdftotext", "{}", "-")
    pages = text.split("\f")[:-1]
    for number, page in enumerate(pages, 1):
        assert f"{number} of {len(pages)}" in page
        assert "Relax the back" in page
    assert re.search(r"^Notes$", pages[-1], re.M)


@needs_tools
def test_what_a_lesson_eases_is_said_with_its_reason_and_what_it_leaves_out_is_not(words):
    lesson = section_lesson("standing_up")
    item = replace(lesson.parts[0], why="Eased for sore knees.")
    left = LeftOutExercise(current_library().exercise("knuckles"), "It bends the back under load.")
    text = words(render_handout(replace(lesson, parts=(item,), left_out=(left,))))
    assert "Eased for sore knees." in text
    assert "Left out" not in text
    assert left.exercise.title not in text


# The link


@needs_tools
def test_the_qr_code_of_a_handout_holds_the_link_that_is_printed_beside_it(run, tmp_path):
    made = handout_of("standing_up", link=LINK)
    assert LINK in run(made, "pdftotext", "{}", "-").replace("\n", "")
    assert "play along" not in run(handout_of("standing_up"), "pdftotext", "{}", "-")
    corner = ("-x", "1000", "-y", "0", "-W", "190", "-H", "215")
    run(made, "pdftoppm", "-r", "144", "-l", "1", *corner, "-gray", "{}", str(tmp_path / "page"))
    below_the_header = dots(tmp_path / "page-1.pgm")[68:] < 128
    rows, columns = np.nonzero(below_the_header)
    code = below_the_header[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    expected = np.array([list(row) for row in segno.make(LINK, error="m", micro=False).matrix])
    count = len(expected)
    places = ((np.arange(count) + 0.5) / count)[:, None] * code.shape
    assert np.array_equal(code[np.ix_(*places.T.astype(int))], expected)


def dots(path: Path) -> np.ndarray:
    """The dots of a PGM or PPM file, its colours in the last axis."""
    kind, width, height, data = re.match(
        rb"P([56])\s(\d+) (\d+)\s255\s(.*)", path.read_bytes(), re.DOTALL
    ).groups()
    found = np.frombuffer(data, np.uint8).reshape(int(height), int(width), -1)
    return found[..., 0] if kind == b"5" else found


# Hostile words


HOSTILE = [
    r"$\frac{1}{2}$ and $x^2$ \textbf{no} \input{/etc/passwd} \\",
    '#read("/etc/passwd") #panic() *b* _i_ `raw` = h @ref <label> // c /* d */',
    "100% of it, #1 & {this} ~ ^ _ -- --- ... 'q' \"q\"",
    "naïve café Ωμέγα Привет ½ ° – × “quoted” … e\u0301 שלום",
    "<b>bold</b> (paren\\theses) %PDF-1.4 endobj office",
]


@needs_tools
@pytest.mark.parametrize("said", HOSTILE)
def test_words_are_printed_as_they_are_and_nothing_in_them_is_run(run, said):
    own = {"title": said, "setup": said, "stop": said}
    exercise = samples.exercise("small").model_copy(update=own)
    made = render_handout(lesson_of(exercise, title=said))
    assert "No syntax or stream" in run(made, "qpdf", "--check", "{}")
    text = run(made, "pdftotext", "-raw", "{}", "-").translate(dict.fromkeys(b"\n\f ", None))
    assert re.sub("[\u202b\u202c]", "", text).count(said.replace(" ", "")) >= 3


@needs_tools
@pytest.mark.parametrize("paper", TYPST_PAPER_BY_NAME)
def test_very_long_words_are_broken_and_stay_on_the_paper(run, paper):
    long = "Donaudampfschifffahrt" * 50
    exercise = samples.exercise("small", title=long[:120], setup=long, stop=long)
    link = "https://example.org/" + "path/" * 90
    made = render_handout(lesson_of(exercise, title=long[:120]), paper, link)
    boxes = run(made, "pdftotext", "-bbox", "{}", "-")
    width = float(re.search(r'<page width="([\d.]+)"', boxes)[1])
    sides = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', boxes)
    assert len(sides) > 100
    assert min(float(left) for left, _ in sides) > 20
    assert max(float(right) for _, right in sides) < width - 20
    assert long in "".join(run(made, "pdftotext", "-raw", "{}", "-").split())


@needs_tools
@pytest.mark.parametrize("look", [{}, {"large": True}], ids=["usual", "large"])
def test_an_exercise_longer_than_a_page_is_printed_to_its_last_word(run, look):
    cautions = [{"whom": "osteoporosis", "what": f"Word {k} " + "of care " * 140} for k in range(9)]
    steps = tuple(
        samples.hold(id=f"hold{k}", title=f"Step number {k}", say=f"Say {k} " + "unhurried " * 110)
        for k in range(12)
    )
    exercise = samples.exercise("small", cautions=cautions, steps=steps)
    made = render_handout(lesson_of(exercise), **look)
    text = run(made, "pdftotext", "-raw", "{}", "-")
    assert in_order(text, [f"Word {k}" for k in range(9)]) == []
    assert in_order(text, [f"Say {k}" for k in range(12)]) == []
    assert text.count("unhurried") == 12 * 110
    boxes = run(made, "pdftotext", "-bbox", "{}", "-")
    assert max(map(float, re.findall(r'yMax="([\d.]+)"', boxes))) < 841.89 - 20


@needs_tools
def test_an_exercise_too_long_for_its_first_column_goes_on_and_does_not_run_off_the_page(run):
    cautions = [{"whom": "osteoporosis", "what": f"Word {k} " + "of care " * 14} for k in range(8)]
    content = lesson_fields(lesson_of(samples.exercise("small", cautions=cautions)), "")
    look = {"paper": "a4", "large": False, "grey": False}
    made = typesetting.typeset_pdf_on_least_paper(
        content | look, typesetting.HANDOUT_LAYOUTS_ROOMIEST_FIRST[:1]
    )
    boxes = run(made, "pdftotext", "-bbox", "{}", "-")
    assert max(map(float, re.findall(r'yMax="([\d.]+)"', boxes))) < 841.89 - 20


@needs_tools
def test_letters_missing_from_the_font_are_printed_as_boxes_with_a_warning(words):
    exercise = samples.exercise("small", title="背中 \u202eback\u0000wards")
    with pytest.warns(UserWarning, match="^背中: boxes stand for letters that cannot be") as told:
        made = render_handout(lesson_of(exercise))
    assert len(told) == 1
    assert "□□ back wards" in words(made)


@needs_tools
def test_words_of_another_language_are_tagged_with_it(tags):
    exercise = samples.exercise("small", language="pt-BR", setup="Deite-se de costas.")
    languages = {tag.get("/Lang") for tag in tags(render_handout(lesson_of(exercise)))}
    assert "u:pt-BR" in languages


# Laying out


@needs_tools
@pytest.mark.parametrize(
    ("section", "look", "points"),
    [
        ("stretching_the_spine", {}, 8.5),  # of DejaVu, which are as large as 9 of others
        ("stretching_the_spine", None, 9),
        ("standing_up", {}, 9),
        ("standing_up", {"large": True, "grey": True}, 18),
    ],
)
def test_no_letters_are_smaller_than_can_be_read(run, tmp_path, section, look, points):
    made = render_sheet(section) if look is None else handout_of(section, **look)
    run(made, "qpdf", "--qdf", "{}", str(tmp_path / "plain.pdf"))
    plain = (tmp_path / "plain.pdf").read_bytes()
    assert min(map(float, re.findall(rb"/f\d+ ([\d.]+) Tf", plain))) >= points


@needs_tools
def test_in_grey_there_is_no_colour_and_figures_keep_their_lightness(run, tmp_path):
    shades = {}
    for look in ("grey", "usual"):
        made = handout_of("standing_up", grey=look == "grey")
        run(made, "pdftoppm", "-r", "50", "{}", str(tmp_path / look))
        shades[look] = dots(tmp_path / f"{look}-1.ppm").astype(int)
    spread = {look: np.ptp(found, axis=-1).max() for look, found in shades.items()}
    assert spread["grey"] <= 1
    assert spread["usual"] > 100
    assert np.abs(shades["grey"].mean() - shades["usual"].mean()) < 2


def page_count(made: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b", made))


@pytest.mark.parametrize("paper", TYPST_PAPER_BY_NAME)
def test_a_section_of_one_or_two_exercises_takes_one_page_and_the_longest_one_for_two(paper):
    pages = {s: page_count(handout_of(s, paper=paper)) for s in SECTIONS}
    counts = {s: len(section_lesson(s).parts) for s in SECTIONS}
    assert [s for s in SECTIONS if counts[s] <= 2 and pages[s] > 1] == []
    longest = max(SECTIONS, key=counts.__getitem__)
    assert pages[longest] <= -(-counts[longest] // 2)


def test_what_is_short_is_set_large_and_what_is_long_on_the_fewest_pages():
    roomiest, *_, densest = typesetting.HANDOUT_LAYOUTS_ROOMIEST_FIRST
    look = {"paper": "a4", "large": False, "grey": False}
    short = lesson_fields(lesson_of(samples.exercise()), "") | look
    short["signs"] = short["signs"][:1]  # so that there is room for notes, however it is set
    made = typesetting.typeset_pdf_on_least_paper(short, [roomiest])
    assert typesetting.typeset_pdf_on_least_paper(short, [roomiest, densest]) == made
    long = lesson_fields(section_lesson("stretching_the_spine"), "") | look
    fewest = page_count(typesetting.typeset_pdf_on_least_paper(long, [densest]))
    assert page_count(typesetting.typeset_pdf_on_least_paper(long, [roomiest])) > fewest
    assert page_count(handout_of("stretching_the_spine")) == fewest


def test_each_frame_of_a_step_has_its_own_words_and_the_held_one_the_views_and_the_amount():
    rolls, *_ = lesson_fields(lesson_of(current_library().exercise("knee_rolls")), "")["exercises"]
    (first, held), *others = [step["frames"] for step in rolls["steps"]]
    assert others == [[]]
    assert held["views"] == "from the feet, from above"
    assert {label["text"] for label in held["labels"]} == {"45\N{DEGREE SIGN}", "L", "R"}
    assert first["words"].startswith("Lie on your back")
    assert held["words"].startswith("Let both knees go slowly to the left")
    assert (first["amount"], held["amount"]) == ("", "Hold for 30 seconds")
    assert first["scale"] < held["scale"]


@needs_tools
def test_left_and_right_are_letters_of_nine_points_beside_the_hands_however_small_a_figure_is(run):
    made = handout_of("stretching_the_spine")
    boxes = run(made, "pdftotext", "-bbox", "{}", "-")
    word = r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">[LR]</word>'
    heights = [float(low) - float(high) for high, low in re.findall(word, boxes)]
    assert len(heights) > 20
    assert min(heights) > 8.99
    frames = [
        frame
        for exercise in lesson_fields(section_lesson("rotate_the_back"), "")["exercises"]
        for step in exercise["steps"]
        for frame in step["frames"]
    ]
    for frame in frames:
        letters = [label for label in frame["labels"] if label["text"] in ("L", "R")]
        for letter in letters:
            assert 0 <= letter["x"] <= frame["width"]
            assert 0 <= letter["y"] <= frame["height"]
        if frame["posture"] == "knees_rolled_45":
            assert {letter["size"] for letter in letters} == set(PRINTED_LETTER_SIZES_UNITS)


@needs_tools
def test_a_handout_of_one_exercise_has_it_all_in_front_and_when_to_see_a_doctor_behind(run):
    made = render_handout(lesson_of(current_library().exercise("knee_rolls")))
    front, back = run(made, "pdftotext", "-raw", "{}", "-").split("\f")[:2]
    assert "Easier: By a chair" in front
    assert "When a back needs a doctor instead" in back.splitlines()


# Without Typst


def test_without_typst_a_handout_is_refused_with_advice_and_the_site_offers_none(monkeypatch):
    monkeypatch.setattr(typesetting, "find_spec", lambda name: None)
    with pytest.raises(SaveError, match=r"^Handouts are set by .+ print the saved page instead"):
        render_handout("standing_up")
    page = website.render_site_files()["03_standing_up.html"]
    assert "To print: " not in page
    assert "offline/" in page


# Asking for one


def test_the_command_writes_a_handout_and_over_another_file_only_where_that_is_asked(
    tmp_path, capsys
):
    path = tmp_path / "standing.pdf"
    look = ["--paper", "letter", "--version", "easier", "--large", "--grey", "--link", LINK]
    asked = ["standing_up", "--out", str(path), *look]
    assert [main(asked) for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out == 2 * f"Saved as {path}.\n"
    path.write_bytes(b"my notes")
    assert main(asked) == 1
    assert "is there already and is not the same" in capsys.readouterr().err
    assert path.read_bytes() == b"my notes"
    assert main([*asked, "--replace"]) == 0
    expected = handout_of("standing_up", "easier", "Letter", large=True, grey=True, link=LINK)
    assert path.read_bytes() == expected
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["standing_upp"], 'programme "standing_upp"; did you mean "standing_up"?'),
        (["standing_up", "--paper", "B5"], 'The paper can be A4 or Letter, not "B5".'),
        (["standing_up", "--out", "nowhere/a.pdf"], "cannot be written: no such file"),
        (["standing_up", "--link", f"https://{'a' * 612}"], "The link has 620 letters, too many"),
        ([], "Name a section, or write all of them with --all FOLDER."),
    ],
)
def test_a_mistake_in_the_handout_command_is_one_sentence_and_writes_no_file(
    tmp_path, monkeypatch, capsys, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert (told.out, list(tmp_path.iterdir())) == ("", [])


def test_all_sections_are_written_into_one_folder(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(
        handout, "save_handout", lambda lesson, path, *_, **__: asked.append(path) or path
    )
    assert main(["--all", str(tmp_path)]) == 0
    assert [path.name for path in asked] == [f"{s.id}.pdf" for s in current_library().sections]
    assert capsys.readouterr().out.split() == [str(path) for path in asked]
