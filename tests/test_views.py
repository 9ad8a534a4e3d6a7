"""Views: in at least one of a picture's each limb is seen well, and they lie alike."""

from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise, product

import matplotlib.path
import numpy as np
import pytest
from scipy.spatial import ConvexHull

from backcare_nb.body.skeleton import SIDES, body, mirror_name
from backcare_nb.body.stable_math import round_off_last_digits
from backcare_nb.body.supports import BoxPart
from backcare_nb.figures import draw
from backcare_nb.figures.body_shapes import draw_body
from backcare_nb.figures.camera import Camera, cameras_for_views
from backcare_nb.figures.outlines import polygon
from backcare_nb.figures.palette import PAINT_STYLE_BY_TONE
from backcare_nb.figures.projection import Shape
from backcare_nb.figures.side_letters import (
    LETTER_GAP_STATURES,
    SEGMENT_TIP_AND_ROOT_BY_EXTREMITY,
    draw_side_letters,
)
from backcare_nb.posture.motion import MotionPath
from backcare_nb.posture.pose import Pose, solve_posture
from backcare_nb.posture.spec import CornerView
from backcare_nb.posture.table import posture_table
from tests.drawn import every_key, find
from tests.for_each import for_each

MIN_SEEN_LENGTH = 0.5  # of a limb, however it is foreshortened
MAX_HIDDEN = 0.6  # of a limb, by what is drawn over it
MAX_APART_STATURES = 0.08  # a limb that lies so near its fellow in the picture is read with it
MAX_UNLIKE_DEG = 15.0  # a limb whose joints do what its fellow's do may stay behind it
# Of each limb: where it begins and ends, the shapes that are its own, and the joints that place it.
LIMBS = {
    "thigh": (("thigh", "shank"), ("thigh", "seat"), ("hip", "knee")),
    "shank": (("shank", "foot"), ("shank",), ("hip", "knee")),
    "upper_arm": (("upper_arm", "forearm"), ("upper_arm", "sleeve"), ("shoulder", "elbow")),
    "forearm": (("forearm", "palm"), ("forearm",), ("shoulder", "elbow")),
}
MIN_DIFFERENT_DEG = 30.0  # from which both sides do different things
MIN_LONG = 0.35  # of a way's length, as it is foreshortened
MAX_TURNED = np.radians(70)  # between the ways in which it leads in two views
BED_AND_SEAT_STATURES = (0.16, 0.03)  # how thick they are; below they may be open
FIGURES = (*posture_table().postures, *posture_table().motions)
UNIT_BOX_CORNERS = np.array(np.meshgrid(*[(0, 1)] * 3)).reshape(3, -1).T  # (8, 3) of a block


def badly_seen(pose: Pose, views: list[Camera]) -> set[str]:
    """The limbs that none of the views shows well: they are end-on or hidden in all of them."""
    legs = () if views[0].is_close_up else ("thigh", "shank")
    asked = {f"{side} {limb}" for side in SIDES for limb in (*legs, "upper_arm", "forearm")}
    seen = set().union(*(well_seen(pose, each) for each in views))
    return {
        limb for limb in asked - seen if mirror_name(limb) not in seen or not are_alike(pose, limb)
    }


def well_seen(pose: Pose, view: Camera) -> set[str]:
    """The limbs that one view shows well, and those that lie beside such a one in the picture."""
    shapes = [
        s
        for s in draw_body(pose.frames, view)
        if PAINT_STYLE_BY_TONE[s.tone].fill and not s.hidden.all()
    ]
    joints = view.project(pose.frames.origins[0])[:, :2]
    ends = {
        f"{side} {limb}": joints[[body().index[f"{side} {joint}"] for joint in between]]
        for limb, (between, *_) in LIMBS.items()
        for side in SIDES
    }
    drawn = {shape.name for shape in shapes}  # from close by, less than all
    ends = {limb: where for limb, where in ends.items() if limb in drawn}
    seen = {limb for limb in ends if is_well_seen(pose, limb, ends[limb], shapes)}
    for limb in ends:
        apart = np.linalg.norm(ends[limb] - ends[mirror_name(limb)], axis=1).max()
        if mirror_name(limb) in seen and apart < MAX_APART_STATURES:
            seen.add(limb)
    return seen


def is_well_seen(pose: Pose, limb: str, ends: np.ndarray, shapes: list[Shape]) -> bool:
    side, _, name = limb.partition(" ")
    between, own, _ = LIMBS[name]
    joints = [pose.frames.origins[0, body().index[f"{side} {joint}"]] for joint in between]
    way = ends[1] - ends[0]
    if np.linalg.norm(way) < MIN_SEEN_LENGTH * np.linalg.norm(joints[1] - joints[0]):
        return False
    across = np.array([-way[1], way[0]]) / np.linalg.norm(way)
    places = ends[0] + np.array(
        [t * way + w * across for t in np.linspace(0.2, 0.95, 12) for w in (-0.012, 0, 0.012)]
    )
    last = max(k for k, s in enumerate(shapes) if s.name == limb)
    over = [s for s in shapes[last + 1 :] if s.name not in [f"{side} {shape}" for shape in own]]
    return np.any([covers(s, places) for s in over], axis=0).mean() <= MAX_HIDDEN


def covers(shape: Shape, places: np.ndarray) -> np.ndarray:
    """Which places (N, 2) a shape lies over."""
    outline = matplotlib.path.Path(shape.path.points[0] * 1000, shape.path.codes).to_polygons()
    found = [matplotlib.path.Path(part).contains_points(places * 1000) for part in outline[:1]]
    return np.any(found, axis=0) if found else np.zeros(len(places), dtype=bool)


def are_alike(pose: Pose, limb: str) -> bool:
    """Do the joints of a limb do what those of its fellow do?"""
    joints = LIMBS[limb.partition(" ")[2]][2]
    at = body().dof
    names = [n for n in at if n.startswith("left ") and n[5:].partition(".")[0] in joints]
    apart = [pose.numbers[at[n]] - pose.numbers[at[mirror_name(n)]] for n in names]
    return np.abs(apart).max() <= MAX_UNLIKE_DEG


@for_each(
    name
    for name in posture_table().postures
    if not (solve_posture(name).is_mistake or solve_posture(name).spec.passing)
)
def test_each_limb_of_a_posture_is_seen_well_in_one_of_its_views(name):
    pose = solve_posture(name)
    assert badly_seen(pose, draw.cameras_of_figure(pose)) == set()


@for_each(posture_table().motions)
def test_each_limb_is_seen_well_where_a_motion_starts_and_ends_and_badly_at_no_two_stops_in_a_row(
    name,
):
    path = draw.find_figure(name)
    views = draw.cameras_of_figure(path)
    first, *passed, last = (badly_seen(pose, views) for pose in path.stops)
    assert first | last == set()
    assert [one & other for one, other in pairwise(passed) if one & other] == []


@pytest.mark.parametrize(
    ("name", "views", "limb"),
    [
        ("side_knees_up", ["side"], "right thigh"),  # end-on
        ("ankle_on_knee", ["feet"], "left thigh"),
        ("maypole", ["front"], "right forearm"),  # behind the back
        ("knuckles_up", ["side"], "left forearm"),
        ("crawl", ["above"], "left upper_arm"),  # from its end
        ("get_up_chair", ["side"], "right thigh"),
    ],
)
def test_a_limb_that_is_end_on_or_hidden_in_all_views_is_noticed(name, views, limb):
    what = draw.find_figure(name)
    stops = what.stops if isinstance(what, MotionPath) else [what]
    assert any(limb in badly_seen(pose, cameras_for_views(views)) for pose in stops)


def test_a_limb_hidden_by_its_counterpart_is_noticed_only_where_the_two_differ():
    assert badly_seen(solve_posture("tall_kneeling"), cameras_for_views(["side"])) == set()
    corner = cameras_for_views([CornerView(azimuth=105, elevation=20)])
    assert badly_seen(solve_posture("chair_hand_on"), corner) == {"right upper_arm"}


def limbs_behind_supports(what: Pose | MotionPath, seen: Camera) -> set[str]:
    """The limbs that a bed, a seat or a cushion would hide: they are drawn over all of these."""
    found = set()
    blocks = [(s, p) for s in what.supports for p in s.parts if isinstance(p, BoxPart)]
    for (support, block), (name, (segment, balls)) in product(blocks, body().limb_spheres.items()):
        centres = what.frames.points(np.full(len(balls), segment), balls[:, :3])
        low, high = np.array(block.low), np.array(block.high)
        thick = BED_AND_SEAT_STATURES["chair" in support.name or "stool" in support.name]
        low[1] = max(low[1], high[1] - thick)
        towards = np.sign(round_off_last_digits(seen.basis[2]))
        beyond = np.where(towards > 0, low - centres, centres - high) > 0
        before = np.where(towards > 0, centres - high, low - centres) > 0
        behind = (beyond.all(axis=1) & (towards != 0)).any(axis=1)
        behind &= ~(before.all(axis=1) & (towards != 0)).any(axis=1)
        outline = ConvexHull(seen.project(UNIT_BOX_CORNERS * (high - low) + low)[:, :2]).equations
        places = seen.project(centres)[..., :2] @ outline[:, :2].T + outline[:, 2]
        inside = (places < 0).all(axis=2).any(axis=1)
        found |= {name} if (behind & inside).any() else set()
    return found


@for_each(n for n in FIGURES if draw.find_figure(n).supports)
def test_no_view_from_a_corner_has_a_limb_behind_the_bed_or_the_seat(name):
    what = draw.find_figure(name)
    for seen in draw.cameras_of_figure(what):
        assert not seen.looks_from_corner or not limbs_behind_supports(what, seen)


def test_a_limb_behind_a_bed_is_noticed():
    (seen,) = cameras_for_views([CornerView(azimuth=105, elevation=25)])
    assert "left shank" in limbs_behind_supports(solve_posture("hands_back_at_bed"), seen)


def test_the_same_side_lies_the_same_way_in_all_views_of_a_figure():
    """A way across, along or up the room leads alike in two views that both show it long."""
    for key in every_key():
        for one, other in combinations(draw.cameras_of_figure(find(key)), 2):
            for here, there in zip(one.basis[:2].T, other.basis[:2].T, strict=True):
                lengths = np.linalg.norm([here, there], axis=1)
                if lengths.min() > MIN_LONG:
                    assert here @ there > np.cos(MAX_TURNED) * lengths.prod(), key


def test_views_that_are_turned_against_each_other_are_noticed():
    # which shows the head to the left
    feet, above = cameras_for_views(["feet"])[0], cameras_for_views(["above"])[0]
    across = np.array([0, 0, 1])
    assert abs(feet.project(across)[:2] @ above.project(across)[:2]) < 0.01


@cache
def letters(key: str) -> list[list[Shape]]:
    """The letters in each view of a figure."""
    what = find(key)
    views = draw.cameras_of_figure(what)
    bodies = [draw_body(what.frames, view, what.supports) for view in views]
    return draw_side_letters(what.frames, views, bodies)


@for_each(key for key in every_key() if "." in key and not key.startswith("mistake"))
def test_a_figure_whose_sides_differ_says_which_is_which_at_the_hands_and_feet_that_differ(key):
    what = find(key)
    found = [*zip(draw.cameras_of_figure(what), letters(key), strict=True)]
    assert any(shown for _, shown in found)
    for part in SEGMENT_TIP_AND_ROOT_BY_EXTREMITY:
        if do_differ(what, part) and not found[0][0].is_close_up:
            assert any(stands_at(part, what, seen, each) for seen, shown in found for each in shown)


def do_differ(what: Pose | MotionPath, part: str) -> bool:
    """Are the joints of both arms or both legs ever bent by very different angles?"""
    joints = {"hand": ("shoulder", "elbow"), "foot": ("hip", "knee")}[part]
    at = body().dof
    names = [n for n in at if n.startswith("left ") and n[5:].partition(".")[0] in joints]
    poses = what.stops if isinstance(what, MotionPath) else [what]
    apart = [p.numbers[at[n]] - p.numbers[at[mirror_name(n)]] for n in names for p in poses]
    return np.abs(apart).max() > MIN_DIFFERENT_DEG


def test_the_left_letter_is_to_the_right_of_the_right_one_in_both_views_for_either_side():
    for side in ("left", "right"):
        for left, right, *_ in letters(f"knees_rolled_45.{side}"):
            assert [left.name, right.name] == ["left letter", "right letter"]
            assert left.path.points[0, :, 0].min() > right.path.points[0, :, 0].max() + 0.5


@for_each(key for key in every_key() if len(draw.cameras_of_figure(find(key))) > 1)
def test_letters_stand_at_hands_and_feet_in_all_views_of_a_figure(key):
    what = find(key)
    lettered = [
        (seen, letter)
        for seen, found in zip(draw.cameras_of_figure(what), letters(key), strict=True)
        for letter in found
        if not seen.is_close_up
    ]
    assert all(
        any(stands_at(part, what, *each) for part in SEGMENT_TIP_AND_ROOT_BY_EXTREMITY)
        for each in lettered
    )


def stands_at(part: str, what: Pose | MotionPath, seen: Camera, letter: Shape) -> bool:
    """Does a letter stand just beyond the tips of its fingers or toes, whenever it is seen?"""
    tip = what.frames.point(
        *body().sites[f"{letter.name.split()[0]} {SEGMENT_TIP_AND_ROOT_BY_EXTREMITY[part][1]}"][:2]
    )
    x0, y0 = letter.path.points.min(axis=1).T
    x1, y1 = letter.path.points.max(axis=1).T
    middle = np.stack([x0 + x1, y0 + y1], axis=1) / 2
    apart = np.linalg.norm(seen.project(tip)[:, :2] - middle, axis=1)
    return bool((apart < 1.2 * LETTER_GAP_STATURES)[~letter.hidden].all())


def test_a_letter_is_seen_only_where_its_hand_is_and_never_on_another():
    side_view, front_view = letters("standing")
    assert [letter.name for letter in side_view] == ["right letter"]  # the left one lies behind it
    assert len(front_view) == 2
    shapes = draw_body(solve_posture("knees_together").frames, cameras_for_views(["feet"])[0])
    wall = replace(shapes[0], name="wall", path=polygon(np.array([[(-2, -2), (2, -2), (0, 3)]])))
    frames = solve_posture("knees_together").frames
    assert draw_side_letters(frames, cameras_for_views(["feet"]), [[*shapes, wall]]) == [[]]
