"""Figures to take: whole files that say what they are, the same each time, still or moving."""

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from backcare_nb import save_figure
from backcare_nb.course.files import SaveError
from backcare_nb.course.names import UnknownName
from backcare_nb.export import figure_files
from backcare_nb.export.figure_files import AUTHORS, LICENCE, render_figure
from backcare_nb.posture.table import posture_table
from tests.test_last_bits import ROOT

SVG = "{http://www.w3.org/2000/svg}"
DC = "{http://purl.org/dc/elements/1.1/}"


def test_the_licence_and_the_authors_are_those_of_the_project():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'license = "{LICENCE}"' in project
    assert f'name = "{AUTHORS}"' in project


@pytest.mark.parametrize("kind", [".svg", ".png", ".pdf", ".gif"])
def test_a_figure_is_the_same_file_each_time_and_says_its_title_licence_and_source(kind):
    data = render_figure("cow_to_cat", kind)
    assert data == render_figure("cow_to_cat", kind)
    for word in ("Arch, then round", "MIT licence", AUTHORS):
        assert word.encode() in data or word.encode("utf-16-be") in data


@pytest.mark.parametrize("name", ["cow_to_cat", "crawl_circle", "constructive_rest"])
def test_a_moving_svg_plays_by_itself_and_rests_for_whoever_asks_for_less_motion(name):
    text = render_figure(name, ".svg", moving=True).decode()
    tree = ET.fromstring(text)
    assert tree.find(f"{SVG}title").text == tree.find(f"{SVG}metadata/{DC}title").text
    style = tree.find(f"{SVG}style").text
    assert "prefers-reduced-motion:reduce" in style
    move, rest = (tree.find(f"{SVG}g[@class='{kind}']") for kind in ("move", "rest"))
    assert not [*rest.iter(f"{SVG}animate")]
    animated = [*move.iter(f"{SVG}animate")]
    assert len({element.get("dur") for element in animated}) == 1
    for element in animated:
        values, times = element.get("values").split(";"), element.get("keyTimes").split(";")
        shares = np.array(times, dtype=float)
        assert len(values) == len(times) > 1 or element.get("calcMode")
        assert shares[0] == 0
        assert (np.diff(shares) >= 0).all()
        assert shares[-1] <= 1
        if element.get("attributeName") == "d":  # one number moves to one number
            assert len({re.sub(r"-?\d+", "0", re.sub(r"(?<=\d)-", " -", d)) for d in values}) == 1
            assert shares[-1] == 1
    assert "<script" not in text
    assert "href" not in text


def test_a_moving_svg_runs_back_where_a_motion_is_repeated_and_else_starts_anew():
    def ends(name):
        text = render_figure(name, ".svg", moving=True).decode()
        moved = [v.split(";") for v in re.findall(r"attributeName='d'[^>]* values='([^']*)'", text)]
        return [values[0] == values[-1] for values in moved]

    assert all(ends("cow_to_cat"))
    assert not any(ends("lie_back_over_bed"))


def test_a_gif_loops_and_is_small():
    for name in ("cow_to_cat", "constructive_rest"):
        data = render_figure(name, ".gif")
        picture = Image.open(io.BytesIO(data))
        assert picture.info["loop"] == 0
        assert picture.n_frames > 10
        assert len(data) < 200_000


def test_a_saved_mistake_figure_is_crossed_out_beside_the_right_way_and_is_never_moving():
    text = render_figure("mistake_bent_arms", ".svg").decode()
    assert "Not like this" in text
    assert "Like this" in text
    with pytest.raises(SaveError, match="never moves"):
        render_figure("mistake_bent_arms", ".gif")


@pytest.mark.parametrize(
    ("name", "path", "words", "error", "said"),
    [
        ("cowto_cat", "a.svg", {}, UnknownName, 'did you mean "cow_to_cat"'),
        ("cow", "a.bmp", {}, SaveError, r"ends in \.svg, \.png, \.pdf or \.gif"),
        ("cow", "a", {}, SaveError, r"ends in \.svg"),
        ("cow", "a.pdf", {"moving": True}, SaveError, r"\.svg or \.gif"),
        ("cow", "a.svg", {"side": "middle"}, UnknownName, "left, right"),
    ],
)
def test_a_figure_that_cannot_be_saved_is_refused_with_what_to_do(
    tmp_path, name, path, words, error, said
):
    with pytest.raises(error, match=said):
        save_figure(name, tmp_path / path, **words)
    assert [*tmp_path.iterdir()] == []


def test_another_file_of_the_name_is_left_as_it_is_unless_it_is_to_be_replaced(tmp_path):
    path = tmp_path / "cow.svg"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(SaveError, match="so it was left as it is"):
        save_figure("cow", path)
    assert path.read_text(encoding="utf-8") == "mine"
    assert "Saved as" in repr(save_figure("cow", path, replace=True))
    assert path.read_bytes().startswith(b"<svg")


def test_one_command_writes_all_figures_in_the_formats_that_are_asked_for(
    tmp_path, monkeypatch, capsys
):
    table = posture_table()
    few = {name: table.postures[name] for name in ("constructive_rest", "mistake_knees_apart")}
    motions = {"draw_knee_in": table.motions["draw_knee_in"]}
    small = table.model_copy(update={"postures": few, "motions": motions})
    monkeypatch.setattr(figure_files, "posture_table", lambda own=None: small if not own else table)
    monkeypatch.setattr(
        figure_files, "_find_figure_or_raise", lambda name, side: figure_files.find_figure(name)
    )
    assert figure_files.main([str(tmp_path / "out"), "--formats", "svg", "moving"]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "constructive_rest.svg", "constructive_rest.moving.svg", "mistake_knees_apart.svg",
        "draw_knee_in.svg", "draw_knee_in.moving.svg",
    }  # fmt: skip
    assert "5 files" in capsys.readouterr().out
