"""The collection as pages: sound, complete, at home in any folder, never in the way of others."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest

from backcare_nb.course.files import SaveError
from backcare_nb.custom.library import current_library
from backcare_nb.export import website
from backcare_nb.export.website import (
    FILE_LIST_FILE_NAME,
    SiteFiles,
    main,
    render_site_files,
    write_site,
)
from backcare_nb.sessions.options import Options
from backcare_nb.sessions.timeline import compile_session
from tests.samples import exercise

SECTIONS = {f"{s.number:02d}_{s.id}": s for s in current_library().sections}
EXERCISES = [(name, e) for name, section in SECTIONS.items() for e in section.exercises]
PAGES = ["index", *SECTIONS, "safety", "timer", "names"]

every_exercise = pytest.mark.parametrize(
    ("section", "taught"), EXERCISES, ids=[taught.id for _, taught in EXERCISES]
)


@pytest.fixture(scope="module")
def made():
    return render_site_files()


@pytest.fixture(scope="module")
def trees(made):
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return {name: parser.parse(made[f"{name}.html"]) for name in PAGES}


@pytest.fixture
def quick(monkeypatch):
    """Writes a site of one page, in place of the whole."""
    monkeypatch.setattr(
        website, "render_site_files", lambda: {"index.html": "A page", "a/b.js": "b"}
    )
    monkeypatch.setattr(website, "_write_downloads", lambda fresh, chosen, address: None)


def words(element):
    return " ".join("".join(element.itertext()).split())


def ids(tree):
    return [e.get("id") for e in tree.iter() if e.get("id")]


def data(script):
    """What a script hands over, by the name under which it does."""
    name, text = re.fullmatch(r'backcare\("([^"]+)",(.*)\);\n', script).groups()
    return {name: json.loads(text)}


# Every page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_title_language_ordered_headings_and_only_scripts_of_its_folder(trees, name):
    tree = trees[name]
    assert tree.get("lang") == "en"
    assert tree.find("head/title").text.endswith("Back care")
    assert all(m.get("content") for m in tree.iterfind("head/meta[@name]"))
    assert tree.find("body/header/nav/a[@href='safety.html']").text == "Safety"
    policy = tree.find("head/meta[@http-equiv]").get("content")
    assert "default-src 'none'" in policy
    assert "script-src 'self' file:;" in policy
    assert [s.get("src") for s in tree.iter("script")] == ["site.js"]
    assert not [a for e in tree.iter() for a in e.attrib if a == "style" or a[:2] == "on"]
    levels = [int(e.tag[1]) for e in tree.iter() if re.fullmatch("h[1-6]", str(e.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [i for i, times in Counter(ids(tree)).items() if times > 1] == []
    for image in tree.iter("img"):
        assert image.get("alt")
        assert int(image.get("width")) > 0 < int(image.get("height"))


ADDRESS = re.compile(r"""["'(=]//\w|https?://\w""")  # packed numbers may hold "//" too


def test_no_file_of_the_site_holds_an_address_outside_its_folder(made):
    kept = re.compile(r"http://www\.w3\.org/\S+")  # the name of SVG, which nobody asks for
    assert [n for n, text in made.items() if ADDRESS.search(kept.sub("", text))] == []


def test_a_page_of_the_site_is_small(made):
    shared = len(made["site.css"]) + len(made["site.js"])
    assert len(made["index.html"]) + shared < 130_000
    assert max(len(made[f"{name}.html"]) for name in PAGES) < 95_000


# A section


@every_exercise
def test_a_section_teaches_each_exercise_with_its_cautions_before_the_player(
    made, trees, section, taught
):
    part = trees[section].find(f".//section[@id='{taught.id}']")
    assert part.find("h2").text == taught.title
    assert all(w in words(part) for w in (taught.why, taught.common_name, taught.easier.what))
    page = made[f"{section}.html"]
    begins = page.index(f'<section id="{taught.id}">')
    before = page[begins : page.index('<div class="stage">', begins)]
    text = words(html5lib.parseFragment(before, namespaceHTMLElements=False))
    assert '<div class="care">' in before
    assert all(
        current_library().safety.conditions_in_words(c.whom) in text for c in taught.cautions
    )
    moved = [json.loads(e.get("data-sides")) for e in part.iter() if e.get("data-sides")]
    motions = {getattr(s, name, None) for s in taught.steps for name in ("motion", "loop")}
    assert {next(iter(m.values())).partition(".")[0] for m in moved} == motions - {None}


@every_exercise
def test_each_version_of_an_exercise_can_be_played_and_the_easier_one_is_preselected(
    trees, made, section, taught
):
    part = trees[section].find(f".//section[@id='{taught.id}']")
    radios = [i for i in part.iter("input") if i.get("type") == "radio"]
    there = ["easier", "source", *(["harder"] if taught.harder else [])]
    assert [radio.get("value") for radio in radios] == [f"{taught.id}.{v}" for v in there]
    assert [r.get("value") for r in radios if "checked" in r.attrib] == [f"{taught.id}.easier"]
    for version in there:
        (session,) = data(made[f"sessions/{taught.id}.{version}.js"]).values()
        options = Options(version=version)
        safety = current_library().safety
        told = {"conditions": safety.conditions, "ways": safety.ways}
        alone = compile_session([taught], options, rise=current_library().rise, **told)
        assert session["timeline"] == json.loads(alone.to_json())


@pytest.mark.parametrize("name", SECTIONS)
def test_a_whole_section_can_be_played_in_each_of_its_versions(trees, made, name):
    radios = trees[name].findall(".//section[@id='the-whole']//input")
    sessions = [data(made[f"sessions/{r.get('value')}.js"]) for r in radios]
    assert [list(s) for s in sessions] == [[f"sessions/{r.get('value')}"] for r in radios]
    assert radios[0].get("value") == f"{name}.easier"
    assert current_library().safety.stop.what in words(
        trees[name].find(".//section[@id='the-whole']")
    )


def test_sections_lead_on_and_back(trees):
    for before, after in pairwise(SECTIONS):
        assert trees[before].find(".//a[@rel='next']").get("href") == f"{after}.html"
        assert trees[after].find(".//a[@rel='prev']").get("href") == f"{before}.html"


def test_the_overview_leads_to_each_section_with_its_minutes(trees):
    entries = trees["index"].findall(".//ol[@class='cards']/li")
    assert [e.find("h3/a").get("href") for e in entries] == [f"{name}.html" for name in SECTIONS]
    assert all(re.search(r"Easier \d+ min, As taught \d+ min", words(e)) for e in entries)


def test_own_exercises_have_a_page_of_their_own(tmp_path, monkeypatch):
    own = ["id: mine", "title: Knees my way", "like: knee_rolls", "seconds: 15"]
    (tmp_path / "mine.yaml").write_text("\n".join(own), encoding="utf-8")
    monkeypatch.setenv("BACKCARE_EXERCISES", str(tmp_path))
    whole = render_site_files()
    (page,) = (n for n in whole if n.endswith(".html") and "Knees my way" in whole[n])
    assert f"Section {len(SECTIONS) + 1} of {len(SECTIONS) + 1}" in whole[page]
    assert "sessions/mine.source.js" in whole


# What players fetch


def test_the_site_holds_exactly_the_figures_that_its_sessions_and_pages_name(made, trees):
    named = set()
    for name, text in made.items():
        if name.startswith("sessions/"):
            (session,) = data(text).values()
            named |= {p["figure"]["key"] for p in session["timeline"]["phases"] if p["figure"]}
    for tree in trees.values():
        sides = (json.loads(e.get("data-sides")) for e in tree.iter() if e.get("data-sides"))
        named |= {key for side in sides for key in side.values()}
    for calm in current_library().rules.quiet:  # of lessons alone, which are shared
        for version in ("easier", "source"):
            session = compile_session([calm.version(version)], rise=current_library().rise)
            named |= set(session.figure_keys())
    there = {name[8:-3] for name in made if name.startswith("figures/")}
    assert there == {key.replace(":", "-") for key in named}


def test_hostile_words_in_a_session_are_data():
    site = SiteFiles()
    strange = "</script>\u2028\u2029'\"\\"
    session = compile_session([exercise(title=f"Knees {strange}", position="standing")])
    site.add_session("strange", session)
    text = site.files["sessions/strange.js"]
    assert text.isascii()
    assert data(text)["sessions/strange"]["timeline"]["title"] == f"Knees {strange}"


# The folder


def test_every_link_target_of_the_site_exists(made, trees, tmp_path, monkeypatch):
    monkeypatch.setattr(website, "is_typst_installed", lambda: True)
    monkeypatch.setattr(website, "render_handout", lambda *_: b"there")
    monkeypatch.setattr(website, "save_page", lambda lesson, path: path.write_text("there"))
    folder = write_site(tmp_path / "a path with spaces" / "site")
    for tree in trees.values():
        for element in tree.iter():
            goal = element.get("href") or element.get("src") or ""
            path, _, anchor = goal.partition("#")
            if goal and not goal.startswith("data:"):
                assert not path or (folder / path).is_file(), goal
            if anchor:
                assert anchor in ids(tree)


def test_the_site_has_handouts_to_print_and_offline_pages_of_each_section(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(website, "is_typst_installed", lambda: True)
    monkeypatch.setattr(website, "render_handout", lambda *words: asked.append(words) or b"%PDF")
    website._write_downloads(
        tmp_path, current_library().section("standing_up"), "https://a.example/back/"
    )
    link = "https://a.example/back/03_standing_up.html"
    assert asked == [("standing_up", paper, link) for paper in ("A4", "Letter")]
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*")} == {
        *(f"print/03_standing_up.{paper}.pdf" for paper in ("A4", "Letter")),
        *(f"offline/03_standing_up.{version}.html" for version in ("easier", "source", "harder")),
    }
    page = (tmp_path / "offline" / "03_standing_up.source.html").read_text(encoding="utf-8")
    assert "Standing up" in page


@pytest.mark.usefixtures("quick")
def test_a_site_can_be_written_again_into_its_own_folder(tmp_path, capsys):
    (tmp_path / "site").mkdir()
    folder = write_site(tmp_path / "site")
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / ".DS_Store").write_text("left by a system")
    write_site(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first
    assert sorted(path.name for path in folder.iterdir()) == [
        "a",
        FILE_LIST_FILE_NAME,
        "icons",
        "index.html",
    ]
    assert list(tmp_path.iterdir()) == [folder]
    assert main([str(folder)]) == 0
    assert capsys.readouterr().out.endswith(f"open {folder / 'index.html'}\n")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "foreign", ["mine.txt", "a/mine.txt", ".git/config", "about.html", "index.html"]
)
def test_a_site_folder_with_foreign_or_changed_files_is_not_overwritten(tmp_path, foreign, capsys):
    folder = write_site(tmp_path / "site")
    (folder / foreign).parent.mkdir(exist_ok=True)
    (folder / foreign).write_text("mine")
    with pytest.raises(SaveError, match=rf"holds {re.escape(foreign)}, which .+ changed since"):
        write_site(folder)
    assert main([str(folder)]) == 2
    assert foreign in capsys.readouterr().err
    assert (folder / foreign).read_text() == "mine"
    with pytest.raises(SaveError, match="is a file"):
        write_site(folder / foreign)


@pytest.mark.usefixtures("quick")
def test_a_site_that_cannot_be_written_or_put_in_place_leaves_the_old_one(tmp_path, monkeypatch):
    folder = write_site(tmp_path / "site")
    rename = Path.rename

    def refused(path, goal):
        if path.name == "site" and path != folder:
            raise OSError("in use")
        return rename(path, goal)

    with monkeypatch.context() as patch:
        patch.setattr(website, "render_site_files", lambda: {"index.html": "new", "b\0d": ""})
        with pytest.raises(ValueError, match="null"):
            write_site(folder)
    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="in use"):
        write_site(folder)
    assert (folder / "index.html").read_text() == "A page"
    assert list(tmp_path.iterdir()) == [folder]
