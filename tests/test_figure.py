"""Figures: drawn the same each time, whole, told in words, and ready to move in a browser."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from typing import get_args

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backcare_nb.body.skeleton import SegmentFrames, body, mirror_name
from backcare_nb.course.names import UnknownName
from backcare_nb.figures import draw, outlines
from backcare_nb.figures.alt_text import describe_figure, describe_pose
from backcare_nb.figures.body_shapes import draw_body
from backcare_nb.figures.camera import (
    Camera,
    camera_for_view,
    cameras_for_views,
    describe_viewpoint,
)
from backcare_nb.figures.drawing import Drawing, PlacedShape
from backcare_nb.figures.keyframe_codec import PathTrack, encode_integers, encode_keyframes
from backcare_nb.figures.palette import (
    INK_COLOUR,
    PAINT_STYLE_BY_TONE,
    PAPER_COLOUR,
    QUIET_TEXT_COLOUR,
    SPINE_COLOUR_BY_REGION,
)
from backcare_nb.figures.projection import Shape
from backcare_nb.figures.sprite import MAX_DROPPED_FRAME_ERROR_UNITS, MAX_POINT_ERROR_GRID_STEPS
from backcare_nb.figures.svg import GRID_STEPS_PER_UNIT, turn_ring_clockwise
from backcare_nb.notebook.explorer import explore
from backcare_nb.posture.motion import solve_motion
from backcare_nb.posture.pose import solve_posture
from backcare_nb.posture.spec import CornerView, ViewName
from backcare_nb.posture.table import posture_table
from tests.drawn import decode_frames, every_key, find, read_steps
from tests.for_each import for_each

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = r"-?(?:\d+\.?\d*|\.\d+)"


def figure(name: str, side: str | None = None) -> Drawing:
    return draw.draw_figure(draw.find_figure(name, side))


def keyframes(name: str) -> Drawing:
    return draw.draw_keyframes(draw.find_figure(name))


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@for_each(posture_table().postures)
def test_every_posture_is_described_in_words(name):
    words = describe_pose(solve_posture(name))
    assert re.match(
        r"(lying|rolling|on |sitting|standing|kneeling|crouching|half squatting)", words
    )
    assert not re.search(r"_|,,|  |None|\{", words)


@for_each([*posture_table().postures][::3])
def test_a_posture_becomes_an_svg_with_a_title_and_alt_text_that_loads_nothing(name):
    text, words = figure(name).svg(), describe_pose(solve_posture(name))
    tree = ET.fromstring(text)
    assert tree.get("role") == "img"
    assert words[1:] in tree.get("aria-label")
    assert tree.find(f"{SVG}title").text
    assert len(tree.findall(f"{SVG}path")) > 15
    tags = {element.tag.removeprefix(SVG) for element in tree.iter()}
    assert tags <= {"svg", "title", "path", "g", "text"}
    assert text.replace("xmlns='http://www.w3.org/2000/svg'", "").count("http") == 0
    assert not re.search(r"\bid='|<style|url\(", text)


def moving_paths(sprite: dict) -> list[ET.Element]:
    return [p for p in ET.fromstring(sprite["svg"]).iter(f"{SVG}path") if p.get("data-p")]


def told(d: str) -> list[float]:
    return [float(number) for number in re.findall(NUMBER, d)]


def frames_of(sprite: dict) -> list[list[float]]:
    """The numbers of all moving paths, one path after the other, in each frame."""
    own = {p.get("data-p"): told(p.get("d")) for p in moving_paths(sprite)}
    first = [number for numbers in own.values() for number in numbers]
    return decode_frames(first, sprite["frames"], sprite["steps"]).tolist()


def whole(d: str) -> np.ndarray:
    """The points of path data, told from point to point or from the corner, as places."""
    places: list[np.ndarray] = []
    for letter, numbers in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", d):
        points = np.array(told(numbers)).reshape(-1, 2)
        here = places[-1] if places and letter.islower() else np.zeros(2)
        if letter == "s":
            places.append(2 * places[-1] - places[-2])
        places += [*(points + here)]
    return np.array(places)


@for_each([*posture_table().motions][::3])
def test_a_motion_becomes_a_sprite_whose_steps_fit_its_paths(name):
    sprite = draw.draw_sprite(name)
    numbers = len(frames_of(sprite)[0])
    assert numbers > 100
    assert len([*read_steps(sprite["steps"])]) == numbers * (sprite["frames"] - 1)
    assert json.loads(json.dumps(sprite)) == sprite


def test_path_data_is_plain_numbers_of_known_commands_alone():
    sprite = draw.draw_sprite("roll_knees_45")
    for d in re.findall(r" d='([^']*)'", sprite["svg"]):
        assert re.fullmatch(r"(?:[mlcqs]-?\d+(?: -?\d+)+|z)+", d), d
    for d in re.findall(r" d='([^']*)'", figure("cow").svg()):
        assert re.fullmatch(r"(?:m-?\d+[ -]\d+(?:[lqc]?[ -]?\d+(?:[ -]\d+)+)*z?)+", d), d


def test_shapes_painted_alike_are_one_path_unless_something_lies_between_them():
    def square(tone: str, x: float, way: int = 1) -> PlacedShape:
        corners = [(x, 0), (x + 10, 0), (x + 10, 10), (x, 10), (x, 0)][::way]
        return PlacedShape(tone, (1, 2, 2, 2, 79), np.array([corners], float), np.array([False]))

    def paints(*marks: PlacedShape) -> list[str]:
        page = Drawing(100, 20, "Squares", "Squares side by side.", list(marks))
        return re.findall(r"<path fill='([^']*)'", page.svg())

    skin, shirt = PAINT_STYLE_BY_TONE["skin"].fill, PAINT_STYLE_BY_TONE["shirt"].fill
    assert paints(square("skin", 0), square("shirt", 20), square("skin", 40)) == [skin, shirt]
    covered = square("skin", 0), square("shirt", 5), square("skin", 8)
    assert paints(*covered) == [skin, shirt, skin]
    assert paints(*covered, square("shirt", 60)) == [skin, shirt, skin]
    without_edges = square("face", 0), square("face", 5), square("face", 8, way=-1)
    assert paints(*without_edges) == [PAINT_STYLE_BY_TONE["face"].fill]


def test_rings_go_round_one_way_so_that_none_is_a_hole_in_another():
    square = np.array([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)])
    for way in (1, -1):
        _, points = turn_ring_clockwise(np.array([1, 2, 2, 2, 79]), square[::way])
        assert np.linalg.det(np.diff(points[:3], axis=0)) > 0


def test_attributes_that_all_svg_paths_share_are_written_once():
    renderer = figure("kneeling_at_bed").render_first_frame()
    tree = ET.fromstring(renderer.svg_without_title_and_alt(1))
    rules = re.findall(r"([^{}]+)\{([^{}]+)\}", tree.find(f"{SVG}style").text)
    told = [part for _, parts in rules for part in parts.split(";")]
    assert len(set(told)) == len(told) > 5
    painted = []
    for path in tree.iter(f"{SVG}path"):
        paint = {"fill": tree.get("fill")} | path.attrib
        del paint["d"]
        selector = f".{paint.pop('class', None)}"
        for selectors, parts in rules:
            if selector in selectors.split(","):
                paint |= dict(part.split(":") for part in parts.split(";"))
        painted.append(paint)
    assert painted == [path.paint for path in renderer._paths]


@pytest.mark.parametrize("ask", [figure, keyframes, draw.draw_sprite, solve_posture, solve_motion])
@pytest.mark.parametrize("name", ["handstand", "", "Cow"])
def test_unknown_names_are_errors(ask, name):
    with pytest.raises(UnknownName):
        ask(name)


@pytest.mark.parametrize("name", ["sit_back", "maypole_swing", "roll_hands"])
def test_every_frame_of_a_sprite_is_what_matplotlib_draws(name):
    page, sprite = keyframes(name), draw.draw_sprite(name)
    frames = frames_of(sprite)
    paths = re.findall(r"<path [^>]*>", sprite["svg"])
    begins, at = {}, 0
    shown = shapes_of_sprite(page, len(frames))
    for i, path in zip(shown, paths, strict=True):
        number = re.search(r"data-p='(\d+)'", path)
        if not number:
            continue
        d = re.search(r" d='([^']*)'", path)[1]
        if number[1] not in begins:
            begins[number[1]], at = at, at + len(told(d))
        for k, numbers in enumerate(frames):
            exact = drawn(page, i, k / (len(frames) - 1))
            if exact is not None:
                ours = whole(filled(d, numbers[begins[number[1]] :]))
                assert np.abs(ours - exact).max() / GRID_STEPS_PER_UNIT < 2 * (
                    MAX_POINT_ERROR_GRID_STEPS / GRID_STEPS_PER_UNIT + MAX_DROPPED_FRAME_ERROR_UNITS
                ), (name, i, k)


def shapes_of_sprite(page: Drawing, frames: int) -> list[int]:
    """The places of the shapes that are seen in one of a sprite's frames."""

    def is_seen(hidden: np.ndarray) -> bool:
        return not hidden[np.rint(np.linspace(0, len(hidden) - 1, frames)).astype(int)].all()

    return [i for i, shape in enumerate(page.shapes) if is_seen(shape.hidden)]


def filled(d: str, numbers: list[float]) -> str:
    """Path data with other numbers in it."""
    rest = iter(numbers)
    return re.sub(NUMBER, lambda _: f"{next(rest):.6f}", d)


def drawn(page, i: int, at: float) -> np.ndarray | None:
    """The points of a mark in a frame, in steps, as matplotlib is given them; None if hidden."""
    mark = page.shapes[i]
    k = round(at * (len(mark.points) - 1))
    if abs(k - at * (len(mark.points) - 1)) > 1e-6 or mark.hidden[min(k, len(mark.hidden) - 1)]:
        return None
    kept = np.array(mark.codes) != outlines.CLOSE_CODE
    return (mark.points[k, kept] * (1, -1) + (0, page.height)) * GRID_STEPS_PER_UNIT


def test_a_sprite_path_is_visible_in_exactly_the_frames_that_its_visibility_data_say():
    sprite, page = draw.draw_sprite("maypole_swing"), keyframes("maypole_swing")
    paths = ET.fromstring(sprite["svg"]).findall(f"{SVG}path")
    marks = [page.shapes[i] for i in shapes_of_sprite(page, sprite["frames"])]
    passing = [(m, p) for m, p in zip(marks, paths, strict=False) if p.get("data-s")]
    assert len(passing) > 5
    for mark, path in passing:
        turns = [int(turn) for turn in path.get("data-s").split()]
        for k in (0, sprite["frames"] - 1):
            seen = sum(turn <= k for turn in turns) % 2 == 1
            assert seen != mark.hidden[0 if k == 0 else -1]


@given(st.lists(st.integers(-5000, 5000), max_size=300))
def test_sprite_steps_decode_to_the_numbers_that_were_encoded(numbers):
    assert [*read_steps(encode_integers(numbers))] == numbers


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_an_encoded_path_decodes_within_its_tolerance(frames, seed):
    rng = np.random.default_rng(seed)
    places = rng.uniform(-100, 400, (1, 5, 2)) + rng.normal(0, 9, (frames, 5, 2)).cumsum(axis=0)
    first, steps = encode_keyframes(
        [PathTrack(places, (-1, 0, 1, 1, 3), (1, 2, 1, 1, 1), np.ones(frames, dtype=bool))], 1.25
    )
    rows = decode_frames(first[0].ravel(), frames, steps).reshape(frames, 5, 2)
    for n, base in enumerate((-1, 0, 1, 1, 3)):
        rows[:, n] += rows[:, base] if base >= 0 else 0
    assert (np.abs(rows - places).max(axis=(0, 2)) <= np.multiply((1, 2, 1, 1, 1), 1.25)).all()


def test_a_path_that_is_never_seen_is_encoded_with_no_steps():
    places = np.arange(24.0).reshape(6, 2, 2) ** 2
    _, steps = encode_keyframes([PathTrack(places, (-1, 0), (1, 1), np.zeros(6, dtype=bool))], 1.25)
    assert not any(read_steps(steps))


def test_a_limb_that_passes_the_trunk_is_seen_in_one_copy_at_a_time():
    path = solve_motion("maypole_swing")
    shapes = draw_body(path.frames, camera_for_view("front"))
    copies = {}
    for shape in shapes:
        if shape.name.startswith(("left", "right")):
            copies.setdefault(shape.name, []).append(~shape.hidden)
    several = [np.sum(seen, axis=0) for seen in copies.values() if len(seen) > 1]
    assert several
    assert all((count <= 1).all() for count in several)


@pytest.mark.parametrize("name", ["get_up", "roll_knees_to_floor", "knuckle_rise"])
def test_shapes_keep_their_points_and_stay_near_the_body_in_all_frames(name):
    frames = solve_motion(name).frames.select_rows(np.s_[::4])
    for seen in get_args(ViewName):
        for shape in draw_body(frames, camera_for_view(seen)):
            assert shape.path.points.shape[:2] == (len(frames.origins), len(shape.path.codes))
            assert np.isfinite(shape.path.points).all()
            assert np.abs(shape.path.points).max() < 3


def test_a_loop_ends_where_it_began():
    frames = frames_of(draw.draw_sprite("circle_arms"))
    assert draw.draw_sprite("circle_arms")["loop"]
    assert np.abs(np.subtract(frames[0], frames[-1])).max() <= 2 * MAX_POINT_ERROR_GRID_STEPS


def test_breathing_moves_the_belly_and_nothing_else():
    sprite = draw.draw_sprite("breath:constructive_rest")
    start, *_, end = frames_of(sprite)
    assert len({path.get("data-p") for path in moving_paths(sprite)}) == 1
    assert 0.5 < np.abs(np.subtract(end, start)).max() / GRID_STEPS_PER_UNIT < 4


def test_seen_from_the_feet_the_left_version_of_a_posture_mirrors_the_right_one():
    def places(side):
        shapes = draw_body(solve_posture("knees_rolled_45", side).frames, camera_for_view("feet"))
        return {s.name: s.path.points[0].mean(axis=0) for s in shapes}

    right, left = places("right"), places("left")
    assert abs(right["left shank"][0]) > 0.05
    for name in ("shank", "thigh", "forearm"):
        assert np.allclose(right[f"left {name}"] * (-1, 1), left[f"right {name}"], atol=0.01)


@for_each(
    what.name
    for what in map(draw.find_figure, (*posture_table().postures, *posture_table().motions))
    if what.side
    and draw.cameras_of_figure(what)[0].name.startswith(("side", "corner"))
    and not what.name.startswith("crawl")  # who crawls on is not turned round
)
def test_seen_aslant_or_from_the_side_a_left_version_is_the_mirror_image_of_the_right_one(name):
    """Whatever is drawn lies where its counterpart lies, and is as near; hands have few corners."""
    right, left = (draw.find_figure(name, side) for side in ("right", "left"))
    some = np.s_[:: max(1, len(right.frames.origins) // 6)]
    for here, there in zip(
        draw.cameras_of_figure(right), draw.cameras_of_figure(left), strict=True
    ):
        ours, theirs = (
            limbs(right.frames.select_rows(some), here),
            limbs(left.frames.select_rows(some), there),
        )
        for k in range(len(ours[0].hidden)):
            one = {mirror_name(s.name): s for s in ours if not s.hidden[k]}
            other = {s.name: s for s in theirs if not s.hidden[k]}
            assert {n: s.tone for n, s in one.items()} == {n: s.tone for n, s in other.items()}
            for part, shape in one.items():
                assert np.abs(box(shape, k) - box(other[part], k, -1)).max() < 0.02, part


@pytest.mark.parametrize("name", ["crawl_circle", "crawl_pace"])
def test_a_crawling_figure_never_changes_the_way_it_faces_between_sides(name):
    right, left = (draw.cameras_of_figure(solve_motion(name, side)) for side in ("right", "left"))
    assert [seen.basis.tolist() for seen in right] == [seen.basis.tolist() for seen in left]


def limbs(frames: SegmentFrames, seen: Camera) -> list[Shape]:
    """All shapes but the cloth over the thighs, of which one may lie on the other."""
    return [s for s in draw_body(frames, seen) if s.tone != "seat"]


@pytest.mark.parametrize(
    ("name", "seen", "across"),
    [
        ("standing", "front", (-1, 1)),
        ("back_bend_knuckles", "back", (-1, 1)),
        ("neck_massage_low", "back_close", (-1, 1)),
        ("hands_and_knees", "above", (1, -1)),
        ("over_ball", "above", (1, -1)),
    ],
)
def test_the_shirt_of_a_body_alike_on_both_sides_is_alike_on_both_sides(name, seen, across):
    shapes = {s.name: s for s in draw_body(solve_posture(name).frames, camera_for_view(seen))}
    here = shapes["shirt"].path.points[0]
    apart = np.linalg.norm(here[:, None] - here[None] * across, axis=2).min(axis=1)
    assert apart.max() < 0.004


def box(shape: Shape, k: int, across: int = 1) -> np.ndarray:
    """The least and the greatest x and y (4,) of a shape in a frame, or of its mirror image."""
    points = shape.path.points[k] * (across, 1)
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def test_a_left_version_says_that_it_is_seen_from_the_other_side():
    frames = solve_posture("crawl").frames
    views = ["side", "above"]
    assert [describe_viewpoint(seen, frames) for seen in cameras_for_views(views)] == [
        "from the side",
        "from above",
    ]
    left = [describe_viewpoint(seen, frames) for seen in cameras_for_views(views, mirrored=True)]
    assert left == ["from the other side", "from above"]


@pytest.mark.parametrize(
    ("name", "azimuth", "words"),
    [
        ("standing", 10, "from the front"),
        ("standing", 130, "from behind, on the right"),
        ("standing", -100, "from the left"),
        ("constructive_rest", 45, "from the feet, on the right"),
        ("hands_and_knees", 20, "from the head"),
        ("prone", -90, "from the right"),  # who lies on the front has the right where the left was
        ("side_lying", 90, "from the front"),
    ],
)
def test_a_view_from_a_corner_is_named_by_the_sides_of_the_body(name, azimuth, words):
    (seen,) = cameras_for_views([CornerView(azimuth=azimuth, elevation=25)])
    assert describe_viewpoint(seen, solve_posture(name).frames) == words


def test_two_views_of_a_figure_have_two_names():
    for key in every_key():
        what = find(key)
        names = [describe_viewpoint(seen, what.frames) for seen in draw.cameras_of_figure(what)]
        assert len(set(names)) == len(names), key


def test_a_limb_outline_contains_every_circle_of_the_limb():
    rng = np.random.default_rng(3)
    for _ in range(40):
        centres, radii = rng.uniform(0, 1, (1, 2, 2)), -np.sort(-rng.uniform(0.05, 0.2, 2))
        edge = polygon_of(outlines.limb_outline(centres, radii))
        turns = np.linspace(0, 2 * np.pi, 40)
        ring = np.stack([np.cos(turns), np.sin(turns)], axis=1)
        for centre, radius in zip(centres[0], radii, strict=True):
            assert edge.contains_points(centre + 0.96 * radius * ring).all()


def polygon_of(path: outlines.Outline) -> matplotlib.path.Path:
    """The outline with its curves as short lines."""
    corners = matplotlib.path.Path(path.points[0] * 1000, path.codes).to_polygons()[0]
    return matplotlib.path.Path(corners / 1000)


@for_each(range(0, 181, 6))
def test_a_patch_on_a_ball_is_seen_where_it_faces_the_viewer_and_nowhere_else(away):
    """Whichever way it faces: whole, cut off by the rim, or a crescent round the back."""
    turn = np.radians(away)
    axis, up = np.array([np.sin(turn), 0, np.cos(turn)]), np.array([0.0, 1.0, 0.0])
    drawn = polygon_of(outlines.ellipsoid_cap_outline(axis, 64, up, np.eye(3)[None], 48))
    x, y = (grid.ravel() for grid in np.meshgrid(*[np.linspace(-0.95, 0.95, 39)] * 2))
    x, y = x[np.hypot(x, y) < 0.97], y[np.hypot(x, y) < 0.97]
    off = np.degrees(np.arccos(np.stack([x, y, np.sqrt(1 - x**2 - y**2)], axis=1) @ axis))
    inside = drawn.contains_points(np.stack([x, y], axis=1))
    assert inside[off < 60].all()
    assert not inside[off > 68].any()


def test_a_face_is_seen_from_the_front_and_not_from_behind():
    frames = solve_posture("standing").frames
    seen = {
        side: {
            s.name: np.ptp(s.path.points[0, :, 0]) for s in draw_body(frames, camera_for_view(side))
        }
        for side in ("front", "side", "back")
    }
    assert seen["front"]["face"] > seen["side"]["face"] > 0.02
    assert "face" not in seen["back"]
    assert {"left eye", "right eye"} <= seen["front"].keys()
    assert "left eye" not in seen["side"]
    assert not {"left eye", "right eye"} & seen["back"].keys()


@pytest.mark.parametrize(
    ("name", "seen", "way", "hair"),
    [
        ("back_bend_knuckles", "front", (0, -1), False),
        ("over_ball", "above", (1, 0), False),
        ("hands_and_knees", "front", (0, 1), True),
    ],
)
def test_a_tipped_head_shows_the_jaw_or_the_crown_and_no_hair_under_the_chin(name, seen, way, hair):
    shapes = draw_body(solve_posture(name).frames, camera_for_view(seen))
    parts = {shape.name: shape for shape in shapes}
    (place,) = parts["head"].path.points.mean(axis=1) + 0.04 * np.array(way)
    assert polygon_of(parts["head"].path).contains_point(place)
    skins = [parts[name] for name in ("face", "jaw") if name in parts]
    skin = any(polygon_of(shape.path).contains_point(place) for shape in skins)
    assert skin != hair


def test_near_limbs_are_drawn_after_far_ones_and_with_another_tone():
    order = [
        (s.name, s.tone) for s in draw_body(solve_posture("crawl").frames, camera_for_view("side"))
    ]
    at = {name: k for k, (name, _) in enumerate(order)}
    assert at["left thigh"] < at["hips"] < at["right thigh"]
    assert dict(order)["left thigh"] == "trousers far"
    assert dict(order)["right thigh"] == "trousers"


@pytest.mark.parametrize(
    ("name", "seen", "chosen", "side"),
    [
        ("knuckle_rise", "back", (0, -1), "left"),
        ("knuckle_rise", "back", (0, -1), "right"),
        ("draw_knee_in", "above", (0, 5), "left"),
        ("draw_knee_in", "above", (0,), "right"),
        ("crawl_pace", "above", (0, 11), "right"),
    ],
)
def test_no_edge_is_seen_between_the_hips_and_a_thigh_that_grows_out_of_them(
    name, seen, chosen, side
):
    """Seen last are the thigh and, over its edges, the cloth of the hips without an edge."""
    shapes = draw_body(solve_motion(name).frames, camera_for_view(seen))
    for k in chosen:
        shown = [shape.name for shape in shapes if not shape.hidden[k]]
        seat = max(at for at, part in enumerate(shown) if part.endswith("seat"))
        assert shown.index("hips") < shown.index(f"{side} thigh") < seat
    assert PAINT_STYLE_BY_TONE["seat"] == replace(
        PAINT_STYLE_BY_TONE["trousers"], edge=None, width=0.0
    )


def test_a_thigh_that_comes_towards_the_viewer_keeps_its_edge():
    shapes = draw_body(solve_motion("draw_knee_in").frames, camera_for_view("above"))
    seats = [~shape.hidden for shape in shapes if shape.name == "right seat"]
    assert not np.any(seats, axis=0).all()


def test_tones_and_words_differ_enough_by_lightness_for_grey_print_and_weak_eyes():
    for tone in ("trousers", "skin", "sleeve"):
        far = PAINT_STYLE_BY_TONE[f"{tone} far"].fill
        assert contrast(PAINT_STYLE_BY_TONE[tone].fill, far) > 1.4
        assert contrast(far, PAPER_COLOUR) > 1.3
    for one, other in pairwise(SPINE_COLOUR_BY_REGION.values()):
        assert contrast(one, other) > 1.4
    assert contrast(INK_COLOUR, PAPER_COLOUR) > 7
    assert contrast(QUIET_TEXT_COLOUR, PAPER_COLOUR) > 4.5


def test_a_figure_names_its_views_and_the_regions_of_the_spine_where_they_are_taught():
    assert [t.text for t in figure("knees_rolled_45").texts] == ["from the feet", "from above"]
    assert set(SPINE_COLOUR_BY_REGION) <= {t.text for t in figure("constructive_rest").texts}


def test_the_figure_of_a_motion_shows_exactly_one_arrow_drawn_after_most_of_the_body():
    tones = [mark.tone for mark in figure("fold_to_toes").shapes]
    assert tones.count("arrow") == 1
    assert tones.index("arrow") > len(tones) / 2


@for_each([*posture_table().motions][::3])
def test_the_letters_of_the_frames_in_a_strip_run_from_a_in_rows_from_left_to_right(name):
    letters = [w for w in figure(name).texts if w.weight == "bold" and len(w.text) == 1]
    assert [w.text for w in letters] == [chr(ord("a") + k) for k in range(len(letters))]
    for one, other in pairwise(letters):
        assert (other.y == one.y and other.x > one.x) or other.y < one.y - 20


def test_getting_up_by_a_chair_shows_the_chair_only_at_stops_that_use_it():
    rests = [stop for stop in solve_motion("get_up_chair").stops if not stop.spec.passing]
    stops = {stop.name: stop for stop in rests}.values()
    seats = sum(mark.tone == "wood" for mark in figure("get_up_chair").shapes)
    assert seats == sum(any(s.name == "chair_to_rise" for s in stop.supports) for stop in stops)
    assert 0 < seats < len(stops)


def test_the_angle_that_is_taught_has_an_arc_and_its_degrees_and_its_start_and_end_are_told():
    page = figure("roll_knees_45", "left")
    assert "45°" in [w.text for w in page.texts]
    assert "angle ray" in [m.tone for m in page.shapes]
    assert draw.draw_sprite("roll_knees_45")["angle"]["to"] == 45
    assert page.alt.index("from lying on the back") < page.alt.index("to lying on the back")
    assert "to the left" in page.alt


@pytest.mark.parametrize(
    ("name", "side", "expected"),
    [
        ("constructive_rest", None, "lying on the back, knees bent, soles on the floor"),
        ("knee_to_chest", "left", "left knee drawn to the chest"),
        ("knee_to_chest", "right", "right knee drawn to the chest"),
        ("knee_to_chest_thigh", "left", "both hands on the left thigh, from behind"),
        ("knees_on_floor", "left", "both knees rolled to the floor on the left"),
        ("knees_rolled_45", "left", "both knees rolled 45 degrees to the left, head turned right"),
        ("hands_and_knees", None, "on hands and knees"),
        ("cat", None, "back rounded"),
        ("side_lying", "right", "lying on the right side, knees a little bent"),
        ("side_knees_up", "right", "lying on the right side, knees bent"),
        ("side_on_elbow", "left", "leaning on the left elbow and the right hand"),
        ("side_plank_on_knees", "left", "on the left elbow and the knees, the hips lifted"),
        ("side_pressing_up", "left", "sitting on the left hip, leaning on the hands"),
        ("crawl", "right", "on hands and knees, the right hand and knee ahead"),
        ("chair_knee_on", "left", "on hands and knees, the right hand and knee ahead"),
        ("rising_at_chair", None, "kneeling upright, both hands on the seat of a chair"),
        ("rolling_over", "right", "rolling from the right side to the front"),
        ("rising_split", "right", "standing, the left foot ahead"),
        ("bent_over_bed", "right", "standing, folded forward from the hips, both hands on a bed"),
        ("cow", None, "back gently arched, looking up"),
        ("maypole", "left", "trunk turned to the left, arms swung round the body"),
        ("maypole", "right", "trunk turned to the right, arms swung round the body"),
        ("standing_at_bed", None, "standing at a bed, arms at the sides"),
        ("standing_in_bath", None, "standing in a bath, arms at the sides"),
        ("bath_hang", None, "crouching, both hands holding the rail of a bath"),
        ("bed_hang", None, "crouching, both hands holding a bed from below"),
        ("leaning_over_bed", None, "sitting on the edge of a bed, leaning back on the elbows"),
        (
            "lying_over_bed",
            None,
            "lying on the back over a bed, lower legs over its edge, soles on the floor",
        ),
        ("lying_over_bed_stool", None, "lower legs over its edge, feet on a stool"),
        ("bed_on_side", "right", "lying on the right side on a bed"),
        ("sitting_on_chair", None, "sitting on a chair"),
        ("prone", None, "lying on the front"),
        ("toe_dangle", None, "folded forward"),
        ("over_ball", None, "lying on the back over an exercise ball, head tipped back"),
        ("stretched_out", None, "arms above the head"),
    ],
)
def test_the_alt_text_of_a_posture_is_the_sentence_that_is_expected(name, side, expected):
    said = describe_pose(solve_posture(name, side))
    assert all(part in said for part in expected.split(", ")), said


def test_alt_text_follows_the_angles_of_a_pose_and_not_its_name():
    pose = solve_posture("constructive_rest")
    numbers = pose.numbers.copy()
    numbers[body().dof["cervical.turn_right"]] = -40
    turned = replace(pose, numbers=numbers)
    assert "head turned" not in describe_figure(pose)
    assert "head turned left" in describe_figure(turned)
    numbers[body().dof["left hip.flexion"]] = numbers[body().dof["right hip.flexion"]] = 0
    numbers[body().dof["left knee.flexion"]] = numbers[body().dof["right knee.flexion"]] = 0
    assert "legs straight" in describe_figure(replace(pose, numbers=numbers))


def test_hands_at_the_neck_are_seen_from_close_by_and_larger():
    near = draw_body(solve_posture("neck_thumbs").frames, camera_for_view("back_close"))
    names = {shape.name for shape in near}
    assert {"head", "left thumb", "right thumb", "cervical"} <= names
    assert not {"hips", "left thigh", "right foot"} & names
    assert {near[-1].name, near[-2].name} == {"left thumb", "right thumb"}
    page, far = figure("neck_thumbs"), figure("sitting_on_chair")
    assert head_width(page) > 2 * head_width(far)


def head_width(page) -> float:
    return max(np.ptp(mark.points[0, :, 0]) for mark in page.shapes if mark.tone == "hair")


@pytest.mark.parametrize("name", ["standing", "sitting_on_chair", "hands_and_knees", "cow"])
def test_no_outline_cuts_the_neck_from_the_head(name):
    """Where the edge of the hair crosses the neck, something without an edge is drawn over it."""
    pose = solve_posture(name)
    crossed = 0
    for seen in draw.cameras_of_figure(pose):
        made = [s for s in draw_body(pose.frames, seen) if not s.hidden.all()]
        over = next(k for k, s in enumerate(made) if s.name == "head")
        shapes = {s.name: polygon_of(s.path) for s in made if PAINT_STYLE_BY_TONE[s.tone].fill}
        middle = made[over].path.points[0].mean(axis=0)
        edge = middle + 1.04 * (shapes["head"].vertices - middle)
        upper = [s.name for s in made[over + 1 :] if PAINT_STYLE_BY_TONE[s.tone].fill]
        for place in edge[within(shapes["neck"], edge, 0.012)]:
            crossed += seen.name != "above"  # which looks along the neck of who stands or sits
            covered = any(shapes[name].contains_point(place) for name in upper)
            assert covered or seen.name == "above", (seen.name, place)
    assert crossed


def within(path: matplotlib.path.Path, places: np.ndarray, by: float) -> np.ndarray:
    """Which places (N, 2) lie inside a path, and by how much from its edge at least."""
    turns = np.linspace(0, 2 * np.pi, 16)
    ring = by * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return np.all([path.contains_points(places + step) for step in ring], axis=0)


def test_an_adjustable_figure_is_redrawn_for_each_angle_that_it_is_asked_for():
    explorer = explore("roll_knees_45")
    taught = explorer.sprites["left"]
    for degrees in (45, -165):
        explorer.asked = f"left {degrees}"
        assert explorer.turned["asked"] == f"left {degrees}"
        turned = explorer.turned["sprite"]
        assert turned["frames"] == taught["frames"]
        assert turned["angle"] == taught["angle"]
        assert turned["svg"] != taught["svg"]
    mirrored = explore("sit_back")
    assert list(mirrored.sprites) == [""]
    mirrored.asked = " 90"
    assert mirrored.turned["sprite"]["key"] == "sit_back"
