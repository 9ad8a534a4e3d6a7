"""The drawn body: on the floor and never through it, near over far, and what is seen of it."""

from dataclasses import replace
from itertools import combinations, product

import matplotlib.path
import numpy as np

from backcare_nb.body.skeleton import SIDES, SegmentFrames, body, mirror_name, split_side
from backcare_nb.body.supports import BoxPart, SupportPart
from backcare_nb.figures import draw, outlines
from backcare_nb.figures.body_shapes import draw_body
from backcare_nb.figures.camera import Camera, camera_for_view
from backcare_nb.figures.projection import Shape
from backcare_nb.posture.contacts import split_contacts_by_site, split_site_verb_and_place
from backcare_nb.posture.motion import solve_motion
from backcare_nb.posture.pose import Pose, solve_posture
from backcare_nb.posture.spec import STATURE_CM
from backcare_nb.posture.table import posture_table
from tests.for_each import for_each
from tests.test_figure import polygon_of

POSTURES, MOTIONS = posture_table().postures, posture_table().motions
ALLOWED_CM = 0.3
EDGE_CM = 3.0  # of a support, which is drawn round and gives way
PIECES = ("left thigh", "left shank", "left foot", "left upper_arm", "left forearm")
LEG_AND_ARM = (("thigh", "shank"), ("upper_arm", "forearm"))
LIMBS = [[f"{side} {piece}" for piece in limb] for side in SIDES for limb in LEG_AND_ARM]
# Fractions of stature:
CLEARLY_NEARER_LIMB = 0.07  # by which one of a pair is nearer as a whole, beyond doubt
CLEARLY_NEARER_THERE = 0.01  # and where two pieces cross
SHARE_CROSSED = 0.8  # of their thickness: what crosses by less touches edges


def outline_of(shape: Shape, k: int) -> np.ndarray:
    """Places (N, 2) close to each other along an outline, in cm."""
    path = matplotlib.path.Path(shape.path.points[k] * 1000, shape.path.codes)
    corners = np.vstack(path.to_polygons(closed_only=False)) / 1000 * STATURE_CM
    shares = np.linspace(0, 1, 12)[:, None, None]
    return (corners[:-1] * (1 - shares) + corners[1:] * shares).reshape(-1, 2)


def in_frame(shapes: list[Shape], k: int) -> list[Shape]:
    """What is seen in a frame, far to near."""
    return [shape for shape in shapes if not shape.hidden[k]]


def some_frames(frames: SegmentFrames, count: int = 7) -> SegmentFrames:
    last = len(frames.origins) - 1
    return frames.select_rows(np.unique(np.linspace(0, last, count).astype(int)))


def through_the_floor(frames: SegmentFrames, seen: Camera, supports=()) -> dict[str, float]:
    """How far in cm each outline goes through the floor that goes too far."""
    found: dict[str, float] = {}
    shapes = draw_body(frames, seen, supports)
    for k in range(len(frames.origins)):
        for shape in in_frame(shapes, k):
            depth = -outline_of(shape, k)[:, 1].min()
            found[shape.name] = max(depth, found.get(shape.name, 0.0))
    return {name: depth for name, depth in found.items() if depth > ALLOWED_CM}


def level_views(what) -> list[Camera]:
    return [s for s in draw.cameras_of_figure(what) if s.looks_level and not s.is_close_up]


@for_each([*POSTURES, *MOTIONS])
def test_no_outline_goes_through_the_floor(name):
    what = draw.find_figure(name)
    frames = some_frames(what.frames)
    for seen in level_views(what):
        assert through_the_floor(frames, seen, what.supports) == {}


def test_the_floor_check_finds_a_foot_whose_outline_cuts_through_the_floor(monkeypatch):
    def tangents(centres, shapes, axis, count) -> outlines.Outline:
        return outlines.polygon(outlines.hull_curve(centres, shapes, axis, 11).points[:, 1:-1:2])

    frames = solve_posture("constructive_rest").frames
    monkeypatch.setattr(outlines, "hull_polygon", tangents)
    assert "right foot" in through_the_floor(frames, camera_for_view("side"))


def through_its_support(pose: Pose, seen: Camera) -> dict[str, float]:
    """How far in cm the outlines go into what their sites rest on, that go too far."""
    shapes = {shape.name: shape for shape in draw_body(pose.frames, seen, pose.supports)}
    parts = {support.name: support.parts for support in pose.supports if support.name != "floor"}
    found = {}
    for words in split_contacts_by_site(pose.spec.contacts):
        site, verb, where = split_site_verb_and_place(words)
        if verb != "on" or where not in parts or site not in body().sites:
            continue
        for shape in (shapes[name] for name in names_over(site) if name in shapes):
            places = outline_of(shape, 0)
            height = pose.point(site)[1]
            for part in (part for part in parts[where] if part.bounds[1][1] < height + 0.02):
                depth = float(depths_in(part, places, seen).max())
                if depth > ALLOWED_CM:
                    found[shape.name] = depth
    return found


def names_over(site: str) -> tuple[str, ...]:
    """The shapes that are drawn over a site."""
    segment = body().segments[body().sites[site].segment].name
    side, bare = split_side(segment)
    if side:
        return (f"{side} {bare.replace('palm', 'hand')}",)
    return ("hips",) if bare == "pelvis" else ("head",) if bare == "head" else ("shirt",)


def depths_in(part: SupportPart, places: np.ndarray, seen: Camera) -> np.ndarray:
    """How far in cm places (N, 2) lie within a part as it is seen, beyond 0."""
    if isinstance(part, BoxPart):
        ends = seen.project(np.array([part.low, part.high]))[:, :2] * STATURE_CM
        low, high = ends.min(axis=0), ends.max(axis=0)
        x, y = places.T
        on_top = (x > low[0] + EDGE_CM) & (x < high[0] - EDGE_CM)
        return np.where(on_top, high[1] - y, 0)
    middle = seen.project(np.array(part.centre))[:2] * STATURE_CM
    return part.radius * STATURE_CM - np.linalg.norm(places - middle, axis=1)


@for_each(name for name in POSTURES if solve_posture(name).supports)
def test_no_outline_goes_into_what_it_rests_on(name):
    pose = solve_posture(name)
    for seen in level_views(pose):
        if seen.looks_from_side:
            assert through_its_support(pose, seen) == {}


def test_the_support_check_finds_forearms_that_are_sunk_into_a_bed():
    pose = solve_posture("leaning_over_bed")
    lower = pose.numbers - 0.01 * np.eye(len(pose.numbers))[1]
    sunk = through_its_support(replace(pose, numbers=lower), camera_for_view("side"))
    assert {"left forearm", "right forearm"} <= sunk.keys()


def too_pale(shapes: list[Shape], frames: SegmentFrames, seen: Camera) -> list[tuple[int, str]]:
    """Frames and pieces that are painted paler than a farther fellow."""
    depths = {name: line[..., 2].mean(axis=1) for name, line in limb_lines(frames, seen).items()}
    found = []
    for k in range(len(frames.origins)):
        tones = {shape.name: shape.tone for shape in shapes if not shape.hidden[k]}
        for one in PIECES:
            for near, far in ((one, mirror_name(one)), (mirror_name(one), one)):
                nearer = depths[near][k] - depths[far][k] >= CLEARLY_NEARER_LIMB
                if nearer and {near, far} <= tones.keys() and tones[near].endswith(" far"):
                    found += [(k, near)] * (not tones[far].endswith(" far"))
    return found


def limb_lines(frames: SegmentFrames, seen: Camera) -> dict[str, np.ndarray]:
    """The middle line (B, K, 3) of each piece of a limb, as it is seen."""
    return {
        name: seen.project(frames.points(np.full(len(balls), segment), balls[:, :3]))
        for name, (segment, balls) in body().limb_spheres.items()
    }


def wrongly_ordered(
    shapes: list[Shape], frames: SegmentFrames, seen: Camera
) -> list[tuple[int, str]]:
    """Frames and pieces that are drawn under one of another limb, before which they cross it."""
    lines = limb_lines(frames, seen)
    places = [
        {shape.name: at for at, shape in enumerate(shapes) if not shape.hidden[k]}
        for k in range(len(frames.origins))
    ]
    found = []
    for limb, others in combinations(LIMBS, 2):
        for one, other in product(limb, others):
            thick = sum(body().limb_spheres[name][1][:, 3].min() for name in (one, other))
            apart, gap = crossing(lines[one], lines[other])
            clear = (np.abs(gap) > CLEARLY_NEARER_THERE) & (apart < SHARE_CROSSED * thick)
            for k in np.flatnonzero(clear):
                near, far = (one, other) if gap[k] > 0 else (other, one)
                if {near, far} <= places[k].keys() and places[k][near] < places[k][far]:
                    found.append((int(k), near))
    return found


def crossing(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How near two straight lines (B, K, 3) come in the picture, and how much nearer to the viewer
    the one is there, (B,) each."""
    at, way = one[:, 0], one[:, -1] - one[:, 0]
    base, along = other[:, 0], other[:, -1] - other[:, 0]

    def flat(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a * b)[:, :2].sum(axis=1)

    ways, alongs, both = flat(way, way) + 1e-12, flat(along, along) + 1e-12, flat(way, along)
    room = ways * alongs - both**2
    first = both * flat(along, at - base) - alongs * flat(way, at - base)
    share = np.clip(np.where(room > 1e-9, first / np.maximum(room, 1e-9), 0.5), 0, 1)
    beyond = np.clip((share * both + flat(along, at - base)) / alongs, 0, 1)
    share = np.clip((beyond * both - flat(way, at - base)) / ways, 0, 1)
    gap = at + share[:, None] * way - base - beyond[:, None] * along
    return np.linalg.norm(gap[:, :2], axis=1), gap[:, 2]


@for_each([*POSTURES, *MOTIONS])
def test_in_no_frame_is_a_nearer_limb_paler_than_a_farther_one_or_under_it(name):
    what = draw.find_figure(name)
    frames = what.frames.select_rows(np.s_[::2])
    for seen in draw.cameras_of_figure(what):
        shapes = draw_body(frames, seen, what.supports)
        assert too_pale(shapes, frames, seen) == []
        assert wrongly_ordered(shapes, frames, seen) == []


def test_the_drawing_order_check_notices_limbs_drawn_in_the_order_of_other_frames():
    path = solve_motion("get_up")
    (seen, *_), backwards = draw.cameras_of_figure(path), np.arange(len(path.numbers))[::-1]
    shapes = draw_body(path.frames.select_rows(backwards), seen)
    assert wrongly_ordered(shapes, path.frames, seen)


def test_both_legs_are_drawn_equally_dark_in_the_ankle_on_knee_postures():
    for name in ("ankle_on_knee", "ankle_on_knee_twist"):
        pose = solve_posture(name)
        for seen in draw.cameras_of_figure(pose):
            tones = {shape.tone for shape in draw_body(pose.frames, seen)}
            assert "trousers far" not in tones


def names_seen(name: str, view: str) -> set[str]:
    return {shape.name for shape in draw_body(solve_posture(name).frames, camera_for_view(view))}


def test_the_spine_is_seen_from_behind_and_from_the_side_and_not_from_the_front():
    spine = {"sacrum", "lumbar", "thoracic", "cervical"}
    for name, view in (("standing", "back"), ("standing", "side"), ("hands_and_knees", "above")):
        assert spine <= names_seen(name, view)
    for name, view in (("standing", "front"), ("constructive_rest", "above")):
        assert not spine & names_seen(name, view)


@for_each(n for n in POSTURES if "side" in (POSTURES[n].views or ()))
def test_the_line_of_the_vertebrae_lies_within_the_skin_of_the_back(name):
    shapes = {s.name: s for s in draw_body(solve_posture(name).frames, camera_for_view("side"))}
    skins = [polygon_of(shapes[part].path) for part in ("hips", "shirt", "neck") if part in shapes]
    for region in {"sacrum", "lumbar", "thoracic"} & shapes.keys():
        for place in shapes[region].path.points[0]:
            assert any(skin.contains_point(place) for skin in skins), (region, place)


def test_palms_are_seen_where_they_face_the_viewer_and_fingers_bend_to_a_fist():
    assert {"left palm", "right palm"} <= names_seen("constructive_rest", "above")
    assert not {"left palm", "right palm"} & names_seen("hands_and_knees", "above")
    assert {"left finger_lines", "right finger_lines"} <= names_seen("hands_and_knees", "above")
    fist, open_hand = hand_length("knuckles_up"), hand_length("standing")
    assert fist < 0.7 * open_hand


def hand_length(name: str) -> float:
    """The longest way through the right hand, seen from where it is longest."""
    frames = solve_posture(name).frames
    pieces = ("right hand", "right fingers")
    hands = [
        np.concatenate(
            [s.path.points[0] for s in draw_body(frames, camera_for_view(v)) if s.name in pieces]
        )
        for v in ("side", "front", "above")
    ]
    return max(np.linalg.norm(hand[:, None] - hand[None], axis=-1).max() for hand in hands)


def test_in_the_back_view_a_hanging_head_is_hidden_by_the_legs_until_it_has_risen():
    path = solve_motion("knuckle_rise")
    shapes = draw_body(path.frames, camera_for_view("back"))
    heads = np.any([~shape.hidden for shape in shapes if shape.name == "head"], axis=0)
    assert not heads[0]
    assert heads[-1]
