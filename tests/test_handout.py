"""The handout: a PDF that prints on both papers, reads in order, and is the same on every run."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import segno
from matplotlib.text import Text

from backcare_nb.course.fields import fill_sides
from backcare_nb.course.files import SaveError
from backcare_nb.custom.library import library
from backcare_nb.export import arrangement, boxes, handout, pagination, printed, sheet
from backcare_nb.export.handout import HandoutError, main, pdf, save_handout
from backcare_nb.export.paper import PAPERS, Run, Type, lines, plain
from backcare_nb.html import course_cards
from backcare_nb.lesson.lesson import LeftOut, Lesson, LessonItem, section_lesson
from tests import samples

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = [section.id for section in library().sections]
LINK = "https://example.org/back/relax?class=tuesday"
TOOLS = ("pdffonts", "pdfimages", "pdfinfo", "pdftoppm", "pdftotext", "qpdf")
REQUIRED = os.environ.get("BACKCARE_BROWSER") == "required"
needs_tools = pytest.mark.skipif(
    not REQUIRED and not all(map(shutil.which, TOOLS)), reason="poppler-utils or qpdf is missing"
)


@cache
def handout_of(section: str, version: str = "source", paper: str = "A4", link: str = "") -> bytes:
    return pdf(section_lesson(section, version), paper, link)


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


def told(part: LessonItem) -> list[str]:
    """What is printed of an exercise, in the order in which it is needed."""
    exercise = part.exercise
    care = list(dict.fromkeys(fill_sides(c.what, exercise.first) for c in exercise.cautions))
    steps = [words for step in course_cards.step_texts(exercise) for words in step]
    return [exercise.title, "Take care", *care, fill_sides(exercise.stop, exercise.first), *steps]


# The file


@needs_tools
@pytest.mark.parametrize(("paper", "size"), [("A4", "595.276 x 841.89"), ("Letter", "612 x 792")])
def test_a_handout_has_the_size_of_its_paper_on_every_page(run, paper, size):
    made = handout_of("standing_up", paper=paper)
    about = run(made, "pdfinfo", "-l", "99", "{}")
    sizes = re.findall(r"Page +\d+ size: +([\d.]+ x [\d.]+)", about)
    assert len(sizes) == int(re.search(r"Pages: +(\d+)", about)[1]) > 1
    assert set(sizes) == {size}


@needs_tools
@pytest.mark.parametrize("section", SECTIONS)
def test_a_handout_is_a_valid_pdf(run, section):
    assert "No syntax or stream encoding errors" in run(
        handout_of(section), "qpdf", "--check", "{}"
    )


@needs_tools
def test_a_handout_says_its_title_its_language_and_no_date(run):
    made = handout_of("relax_the_back")
    about = run(made, "pdfinfo", "{}")
    assert re.search(r"Title: +Relax the back\n", about)
    assert re.search(r"Subject: +Exercises for the back, about \d+ minutes", about)
    assert "Date" not in about
    catalogue = run(made, "qpdf", "--show-object=1", "{}")
    assert "/Lang (en)" in catalogue
    assert "/DisplayDocTitle true" in catalogue


@needs_tools
def test_letters_are_embedded_whole_and_nothing_is_a_picture_of_dots(run):
    made = handout_of("standing_up", link=LINK)
    fonts = run(made, "pdffonts", "{}").splitlines()[2:]
    assert fonts
    assert all("DejaVuSans" in font and "TrueType" in font for font in fonts)
    assert all(re.search(r"Identity-H +yes +yes +yes", font) for font in fonts)
    assert len(run(made, "pdfimages", "-list", "{}").splitlines()) == 2  # its heading alone


def test_a_handout_is_the_same_in_every_process_and_in_anybodys_style(tmp_path):
    code = (
        "import matplotlib; matplotlib.rcParams.update({'font.family': 'serif', 'pdf.fonttype': 3,"
        "'text.parse_math': True, 'lines.linewidth': 9, 'patch.edgecolor': 'red',"
        "'savefig.bbox': 'tight', 'text.usetex': True});"
        "from backcare_nb.export.handout import main; main(['standing_up', '--out', 'made.pdf'])"
    )
    more = {"PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1", "TZ": "Asia/Tokyo"}
    environment = {**os.environ, **more, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert (tmp_path / "made.pdf").read_bytes() == handout_of("standing_up")


# The words


@needs_tools
@pytest.mark.parametrize(
    ("section", "version"),
    [
        ("relax_the_back", "source"),
        ("rotate_the_back", "source"),
        ("standing_up", "easier"),
        ("stretching_the_spine", "source"),
        ("massaging_the_neck", "source"),
    ],
)
def test_every_caution_and_every_step_is_read_in_order(run, section, version):
    """In the file's own order, not one guessed from where the letters of two figures stand."""
    lesson = section_lesson(section, version)
    text = run(handout_of(section, version), "pdftotext", "-raw", "{}", "-")
    rest = text[text.index("Before you begin") :]
    for number, part in enumerate(lesson.parts, 1):
        rest = rest[re.search(rf"^{number} {part.exercise.title}", rest, re.M).start() :]
        assert in_order(rest, told(part)) == []


@needs_tools
def test_the_first_page_says_what_to_know_before_beginning(run):
    text = " ".join(run(handout_of("relax_the_back"), "pdftotext", "-l", "1", "{}", "-").split())
    safety = library().safety
    assert text.count(safety.education.what) == 1
    assert safety.stop.what in text
    for advice in (safety.emergency, *safety.urgent[:2]):
        assert advice.title in text
        assert all(sign[1:] in text for sign in advice.signs)
    assert all(need in text for need in library().section("relax_the_back").needs)
    assert "About 15 minutes" in text


@needs_tools
def test_each_exercise_names_its_easier_version(run):
    text = " ".join(run(handout_of("relax_the_back"), "pdftotext", "{}", "-").split())
    for part in section_lesson("relax_the_back").parts:
        assert f"Easier: {part.exercise.easier.title}." in text


@needs_tools
def test_the_easier_version_is_named_beside_its_title(run):
    text = " ".join(run(handout_of("standing_up", "easier"), "pdftotext", "{}", "-").split())
    assert "easier version" in text
    assert "Easier: Seated" in text
    assert text.count("Easier:") == 1


@needs_tools
def test_a_lesson_that_ends_lying_ends_with_getting_up(run):
    lying = run(handout_of("relax_the_back"), "pdftotext", "{}", "-")
    standing = run(handout_of("standing_up"), "pdftotext", "{}", "-")
    rise = library().rise
    assert in_order(lying, ["Rest again", *told(LessonItem(rise))]) == []
    assert rise.steps[0].title not in standing


@needs_tools
def test_the_amounts_are_those_of_the_lesson_and_not_of_the_collection(run):
    exercise = samples.exercise("small", steps=(samples.hold(seconds=seconds(17)),))
    text = " ".join(run(pdf(of_one(exercise)), "pdftotext", "{}", "-").split())
    assert text.count("17 seconds") >= 2


@needs_tools
def test_pages_are_numbered_and_carry_the_lessons_title(run):
    made = handout_of("relax_the_back")
    pages = run(made, "pdftotext", "{}", "-").split("\f")[:-1]
    for number, page in enumerate(pages, 1):
        assert f"{number} of {len(pages)}" in page
        assert "Relax the back" in page


@needs_tools
@pytest.mark.parametrize("section", ["relax_the_back", "standing_up"])
def test_there_is_room_for_notes(run, section):
    assert "Notes" in run(handout_of(section), "pdftotext", "{}", "-")


@needs_tools
def test_what_a_lesson_eases_is_said_with_its_reason_and_what_it_leaves_out_is_not(run):
    lesson = section_lesson("standing_up")
    part = replace(lesson.parts[0], why="Eased for sore knees.")
    left = LeftOut(library().exercise("knuckles"), "It bends the back under load.")
    made = pdf(replace(lesson, parts=(part,), left_out=(left,)))
    text = " ".join(run(made, "pdftotext", "{}", "-").split())
    assert "Eased for sore knees." in text
    assert "Left out" not in text
    assert "Knuckles down the back" not in text


# The link


@needs_tools
def test_the_code_holds_the_link_and_stands_beside_its_words(run, tmp_path):
    made = handout_of("standing_up", link=LINK)
    assert LINK in run(made, "pdftotext", "{}", "-").replace("\n", "")
    run(made, "pdftoppm", "-r", "144", "-l", "1", "-gray", "{}", str(tmp_path / "page"))
    dark = grey(tmp_path / "page-1.pgm") < 128
    expected = np.array([list(row) for row in segno.make(LINK, error="m", micro=False).matrix])
    assert np.array_equal(modules(dark, len(expected)), expected)


def grey(path: Path) -> np.ndarray:
    """The dots of a PGM file."""
    pgm = re.match(rb"P5\s(\d+) (\d+)\s255\s(.*)", path.read_bytes(), re.DOTALL)
    return np.frombuffer(pgm[3], np.uint8).reshape(int(pgm[2]), int(pgm[1]))


def modules(dark: np.ndarray, count: int) -> np.ndarray:
    """The modules of the code in the upper right of a page, as a reader finds them."""
    paper, inner = PAPERS["A4"], PAPERS["A4"].inner
    side = printed.CODE / (count + 2 * handout.QUIET_ZONE)
    left = handout.MARGIN + inner[0] - printed.CODE
    middles = (np.arange(-handout.QUIET_ZONE, count + handout.QUIET_ZONE) + 0.5) * side
    x = 2 * (left + handout.QUIET_ZONE * side + middles)
    y = 2 * (handout.MARGIN + handout.TOP + handout.QUIET_ZONE * side + middles)
    assert x.max() < 2 * paper.width
    seen = dark[np.ix_(y.astype(int), x.astype(int))].astype(int)
    zone = handout.QUIET_ZONE
    assert not seen[:zone].any()
    assert not seen[:, :zone].any()
    assert not seen[-zone:].any()
    assert not seen[:, -zone:].any()
    return seen[zone:-zone, zone:-zone]


@needs_tools
def test_without_a_link_there_is_no_code_and_no_word_of_it(run):
    assert "play along" not in run(handout_of("standing_up"), "pdftotext", "{}", "-")


def test_a_link_too_long_for_a_code_is_told_in_a_sentence():
    with pytest.raises(HandoutError, match=r"^The link has 620 letters, too many for a code .+\.$"):
        pdf(section_lesson("standing_up"), link="https://example.org/" + "a" * 600)


# Hostile words


def seconds(default: float):
    return samples.hold().seconds.model_copy(update={"default": default})


def of_one(exercise, title: str = "A lesson") -> Lesson:
    return Lesson(title, (LessonItem(exercise),), source=library())


HOSTILE = [
    r"$\frac{1}{2}$ and $x^2$",
    r"\textbf{no} \input{/etc/passwd} \\",
    "100% of it, #1 & {this} ~ ^ _",
    "naïve café Ωμέγα Привет ½ ° – × “quoted” …",
    "<b>bold</b> (paren\\theses) %PDF-1.4 endobj",
]


@needs_tools
@pytest.mark.parametrize("words", HOSTILE)
def test_words_are_printed_as_they_are_and_never_taken_for_mathematics(run, words):
    own = {"title": words, "setup": words, "stop": words}
    made = pdf(of_one(samples.exercise("small").model_copy(update=own), words))
    assert "No syntax or stream" in run(made, "qpdf", "--check", "{}")
    assert " ".join(run(made, "pdftotext", "{}", "-").split()).count(words) >= 4


@needs_tools
def test_very_long_words_are_broken_and_stay_on_the_paper(run):
    long = "Donaudampfschifffahrt" * 50
    exercise = samples.exercise("small", title=long[:120], setup=long, stop=long)
    made = pdf(of_one(exercise, long[:400]), "Letter", "https://example.org/" + "path/" * 90)
    told = run(made, "pdftotext", "-bbox", "{}", "-")
    sides = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', told)
    assert len(sides) > 100
    assert min(float(left) for left, _ in sides) > handout.MARGIN - 1
    assert max(float(right) for _, right in sides) < 612 - handout.MARGIN + 1
    assert "".join(run(made, "pdftotext", "-raw", "{}", "-").split()).count(long[:100]) >= 1


@needs_tools
def test_an_exercise_longer_than_a_page_is_printed_to_its_last_word(run):
    cautions = [{"whom": "osteoporosis", "what": f"Word {k} " + "of care " * 140} for k in range(9)]
    steps = tuple(
        samples.hold(id=f"hold{k}", title=f"Step number {k}", say=f"Say {k} " + "unhurried " * 110)
        for k in range(12)
    )
    made = pdf(of_one(samples.exercise("small", cautions=cautions, steps=steps)))
    text = run(made, "pdftotext", "{}", "-")
    assert in_order(text, [f"Word {k}" for k in range(9)]) == []
    assert in_order(text, [f"Say {k}" for k in range(12)]) == []
    assert text.count("unhurried") == 12 * 110
    low = re.findall(r'yMax="([\d.]+)"', run(made, "pdftotext", "-bbox", "{}", "-"))
    assert max(map(float, low)) < PAPERS["A4"].height - handout.MARGIN + 4


@needs_tools
def test_letters_that_the_type_lacks_are_boxes_and_said_to_be(run):
    exercise = samples.exercise("small", title="背中 \u202eback\u0000wards")
    with pytest.warns(UserWarning, match="^背中: boxes stand for letters that cannot be printed"):
        made = pdf(of_one(exercise))
    assert "□□ back wards" in " ".join(run(made, "pdftotext", "{}", "-").split())


# Laying out


@pytest.mark.parametrize("width", [60, 200, 520])
def test_no_line_is_wider_than_its_column(width):
    type_ = Type()
    words = "Lie on your back, knees bent, " * 6 + "https://example.org/" + "x" * 300
    for line in lines([Run("Setup.", type_.bold), Run(words, type_)], width):
        last = line[-1]
        assert last.x + last.type.width(last.words) <= width + 0.5


def test_the_lines_hold_every_word_in_order():
    words = "One two three four five six seven eight nine ten"
    made = lines([Run(words, Type()), Run("eleven", Type().bold)], 80)
    assert " ".join(piece.words for line in made for piece in line) == f"{words} eleven"


def test_unprintable_letters_are_taken_out_and_spaces_made_one():
    assert plain("  a\tb\n\n c\x00d\u202e ") == "a b c d"


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("paper", PAPERS)
def test_no_exercise_is_parted_by_the_end_of_a_page(paper, section):
    width, height = PAPERS[paper].inner
    blocks = list(printed.blocks(section_lesson(section), width, "", None))
    pages = pagination.paged(blocks, width, height - handout.TOP)
    whole = [box for page in pages for box in page.boxes if isinstance(box, arrangement.Placed)]
    assert len(whole) == len(blocks) - 1
    assert all(page.height(width) <= height for page in pages)


def test_a_figure_is_larger_where_its_page_has_room():
    width, height = PAPERS["A4"].inner
    _, only = printed.blocks(section_lesson("standing_up"), width, "", None)
    roomy = only.roomier(height, width)
    assert roomy.height(width) > only.height(width)
    assert only.roomier(0, width) is only


def test_a_view_is_named_once_for_a_row_of_frames():
    from backcare_nb.figures import figure

    page = figure.strip("knuckle_slide")  # noqa: B005  # a figure, not words
    words = [word.text for word in boxes.named_once(page.words)]
    assert [word.text for word in page.words].count("from behind") > 1
    assert words.count("from behind") == words.count("from the side") == 1
    assert {"a", "b", "c"} <= set(words)


@pytest.mark.parametrize("scale", [arrangement.LEAST, 1.12, 1.7])
def test_the_name_of_a_view_is_clear_of_its_panel_at_any_size(scale):
    from backcare_nb.figures import figure

    page = figure.strip("knuckle_slide")  # noqa: B005  # a figure, not words
    floor = min(mark.points[..., 1].min() for mark in page.marks) * scale
    made = sheet.Sheet(PAPERS["A4"])
    boxes.Drawn(page, scale).draw(made, 0, page.height * scale, page.width * scale)
    named = [t for t in made.figure.findobj(Text) if t.get_text() == "from behind"]
    tops = [t.get_position()[1] + boxes.ASCENT * t.get_fontsize() for t in named]
    assert min(tops) + boxes.CLEAR <= floor + 0.01


def test_no_body_is_drawn_twice_for_the_ways_to_place_it(monkeypatch):
    from backcare_nb.figures import body_shapes

    drawn, shapes = [], body_shapes.shapes

    def drawing_once(frames, view, *breath):
        drawn.append((frames.origins.tobytes(), frames.rotations.tobytes(), view.name))
        return shapes(frames, view, *breath)

    monkeypatch.setattr(body_shapes, "shapes", drawing_once)
    rise = LessonItem(library().rise)
    printed.printed(1, rise, library(), PAPERS["A4"].inner[0])
    assert drawn
    assert len(drawn) == len(set(drawn))


# Asking for one


def test_a_section_can_be_asked_for_by_its_id(tmp_path):
    path = tmp_path / "with a space.pdf"
    assert repr(save_handout("standing_up", path)) == f"Saved as {path}."
    assert path.read_bytes() == handout_of("standing_up")


def test_an_unknown_paper_is_told_in_a_sentence(tmp_path):
    with pytest.raises(HandoutError, match=r'^The paper can be A4 or Letter, not "A3"\.$'):
        save_handout("standing_up", tmp_path / "no.pdf", paper="A3")
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    with pytest.raises(SaveError, match=r"nowhere.* cannot be written: no such file"):
        save_handout("standing_up", tmp_path / "nowhere" / "no.pdf")
    with pytest.raises(SaveError, match=r" is there already .+ choose another name"):
        save_handout("standing_up", tmp_path)


def test_another_file_is_written_over_only_where_that_is_asked(tmp_path, capsys):
    path = tmp_path / "up.pdf"
    for _ in range(2):
        assert main(["standing_up", "--out", str(path)]) == 0
    path.write_bytes(b"my notes")
    assert main(["standing_up", "--out", str(path)]) == 1
    assert "is there already and is not the same" in capsys.readouterr().err
    assert path.read_bytes() == b"my notes"
    assert main(["standing_up", "--out", str(path), "--replace"]) == 0
    assert path.read_bytes() == handout_of("standing_up")
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_writes_a_handout_and_says_where(tmp_path, capsys):
    path = tmp_path / "standing.pdf"
    assert (
        main(["standing_up", "--out", str(path), "--paper", "letter", "--version", "easier"]) == 0
    )
    assert capsys.readouterr().out == f"Saved as {path}.\n"
    assert path.read_bytes() == handout_of("standing_up", "easier", "Letter")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["standing_upp"], 'unknown section "standing_upp"; did you mean "standing_up"?'),
        (["standing_up", "--paper", "B5"], 'The paper can be A4 or Letter, not "B5".'),
        ([], "Name a section, or write all of them with --all FOLDER."),
    ],
)
def test_the_command_tells_a_mistake_in_a_sentence(
    tmp_path, monkeypatch, capsys, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert told.err == f"{sentence}\n"
    assert told.out == ""


def test_all_sections_are_written_into_one_folder(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(
        handout, "save_handout", lambda lesson, path, *_, **__: asked.append(path) or path
    )
    assert main(["--all", str(tmp_path)]) == 0
    assert [path.name for path in asked] == [f"{s.id}.pdf" for s in library().sections]
    assert capsys.readouterr().out.split() == [str(path) for path in asked]
