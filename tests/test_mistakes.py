"""Common mistakes, and where it is felt: drawn for each exercise, never taken for the right way."""

import re

import numpy as np
import pytest

from backcare_nb.body.skeleton import body
from backcare_nb.course.fields import MISTAKE_POSTURE_PREFIX
from backcare_nb.course.models import MIDLINE_FELT_SITES, PAIRED_FELT_SITES
from backcare_nb.course.names import UnknownName
from backcare_nb.custom.library import current_library
from backcare_nb.figures import draw
from backcare_nb.figures.body_shapes import draw_body
from backcare_nb.figures.camera import cameras_for_views
from backcare_nb.figures.felt import FELT_PATCH_BY_SITE, add_felt_patches
from backcare_nb.figures.palette import PAINT_STYLE_BY_TONE, PAPER_COLOUR
from backcare_nb.html.course_cards import about
from backcare_nb.html.picture import picture_of_common_mistake, picture_of_felt_sites
from backcare_nb.posture.checks import check_figure
from backcare_nb.posture.pose import solve_posture
from backcare_nb.posture.table import posture_table
from tests.for_each import for_each
from tests.test_figure import contrast

MISTAKES = [name for name in posture_table().postures if name.startswith(MISTAKE_POSTURE_PREFIX)]
MIN_VISIBLE_DIFFERENCE_STATURES = 0.02


@for_each(current_library().exercises)
def test_every_exercise_shows_where_it_is_felt_and_a_mistake_beside_the_right_way(exercise):
    here, wrong = picture_of_felt_sites(exercise), picture_of_common_mistake(exercise)
    assert here.alt.startswith("Hatched where it is felt: ")
    assert PAINT_STYLE_BY_TONE["felt"].fill in here.markup
    assert re.match(r"Not like this: .+\. Like this: .+\.$", wrong.alt)
    assert [*re.findall(r">([^<]+)</text>", wrong.markup)][:2] == ["Not like this", "Like this"]
    card = about(exercise.id)._repr_html_()
    assert card.count('class="thumbnail"') == 2
    assert "Not like this: " in card


@for_each(MISTAKES)
def test_a_mistake_is_crossed_out_wherever_it_is_drawn_and_the_right_way_never(name):
    wrong = solve_posture(name)
    right = solve_posture(wrong.spec.like, wrong.side)
    for drawing in (draw.draw_still(wrong), draw.draw_thumbnail(wrong), draw.draw_figure(wrong)):
        tones = [shape.tone for shape in drawing.shapes]
        views = tones.count("wrong frame")
        assert tones.count("cross") == 2 * views > 0
        assert drawing.alt.startswith("Not like this: ")
    tones = [shape.tone for shape in draw.draw_mistake(wrong, right).shapes]
    assert [tones.count(tone) for tone in ("cross", "wrong frame", "right frame")] == [2, 1, 1]
    assert not {"cross", "wrong frame"} & {shape.tone for shape in draw.draw_still(right).shapes}


@for_each(MISTAKES)
def test_a_mistake_is_one_that_a_body_can_make_and_that_is_seen(name):
    wrong = solve_posture(name)
    right = solve_posture(wrong.spec.like, wrong.side)
    assert [str(finding) for finding in check_figure(wrong) if finding.severity == "fail"] == []
    seen = draw.cameras_of_figure(wrong)[0]
    sites = [site for site in body().sites if "finger" not in site and "thumb" not in site]
    places = [seen.project(np.array([pose.point(s) for s in sites])) for pose in (wrong, right)]
    apart = np.linalg.norm((places[0] - places[1])[:, :2], axis=1) * seen.zoom
    assert apart.max() > MIN_VISIBLE_DIFFERENCE_STATURES


def test_a_mistake_is_never_played_and_no_motion_or_step_leads_to_it():
    for key in (MISTAKES[0], f"breath:{MISTAKES[0]}"):
        with pytest.raises(UnknownName, match="never played"):
            draw.draw_sprite(key)
    stops = {n.removeprefix("other ") for m in posture_table().motions.values() for n in m.through}
    shown = {getattr(s, "posture", None) for e in current_library().exercises for s in e.steps}
    starts = {exercise.start for exercise in current_library().exercises}
    assert not (stops | shown | starts) & set(MISTAKES)


def test_the_crossed_out_frame_is_thicker_than_the_right_frame_and_its_cross_contrasts_with_paper():
    wrong, right = PAINT_STYLE_BY_TONE["wrong frame"], PAINT_STYLE_BY_TONE["right frame"]
    assert wrong.width >= 2 * right.width
    assert contrast(PAINT_STYLE_BY_TONE["cross"].fill, PAPER_COLOUR) > 4.5
    assert PAINT_STYLE_BY_TONE["cross"].edge == PAPER_COLOUR


def test_a_hatched_patch_is_read_in_grey_on_every_cloth_and_on_the_skin():
    hatch, patch = PAINT_STYLE_BY_TONE["felt hatch"].edge, PAINT_STYLE_BY_TONE["felt"].fill
    assert contrast(hatch, patch) > 4.5
    for under in ("trousers", "shirt", "skin"):
        cloth = PAINT_STYLE_BY_TONE[under].fill
        assert max(contrast(patch, cloth), contrast(hatch, cloth)) > 3, under


def test_every_place_that_the_data_may_name_has_its_patch():
    assert {*FELT_PATCH_BY_SITE} == {*MIDLINE_FELT_SITES, *PAIRED_FELT_SITES}


@pytest.mark.parametrize(
    ("name", "site", "view", "seen"),
    [
        ("standing", "low_back", "back", True),
        ("standing", "low_back", "side", True),
        ("standing", "low_back", "front", False),
        ("standing", "tummy", "front", True),
        ("standing", "tummy", "back", False),
        ("standing", "right hip_side", "right_side", True),
        ("standing", "left hip_side", "right_side", False),
        ("lying_over_bed", "right thigh_top", "side", True),
    ],
)
def test_a_felt_patch_is_hatched_only_where_its_place_faces_the_viewer(name, site, view, seen):
    pose, camera = solve_posture(name), cameras_for_views([view])[0]
    shapes = draw_body(pose.frames, camera)
    marked = add_felt_patches(shapes, pose, camera, [site])
    assert ("felt" in [shape.tone for shape in marked]) == seen


def test_what_is_nearer_hides_a_patch():
    pose, camera = solve_posture("heel_sit"), cameras_for_views(["side"])[0]
    marked = add_felt_patches(draw_body(pose.frames, camera), pose, camera, ["chest"])
    order = [shape.name for shape in marked]
    assert order.index("shirt") < order.index("felt") < order.index("right thigh")
