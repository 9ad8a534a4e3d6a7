"""Shadows: straight below what throws them, on what lies there, and none where none is seen."""

import numpy as np
from matplotlib.path import Path

from backcare_nb.body.skeleton import body
from backcare_nb.figures import draw
from backcare_nb.figures.body_shapes import draw_body
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.projection import Shape
from backcare_nb.figures.shadows import draw_shadows
from backcare_nb.posture.pose import Pose, solve_posture
from backcare_nb.posture.table import posture_table


def shadows(pose: Pose, seen: Camera) -> tuple[list[Shape], list[Shape]]:
    shapes = draw_body(pose.frames, seen, pose.supports)
    return draw_shadows(pose.frames, pose.supports, seen, shapes)


def seen_point(pose: Pose, seen: Camera, joint: str, height: float) -> np.ndarray:
    """The place (2,) in the picture straight below a joint, at a height."""
    x, _, z = pose.frames.origins[0, body().index[joint]]
    return seen.project(np.array([x, height, z]))[:2]


def hold(found: list[Shape], place: np.ndarray) -> bool:
    return any(Path(shadow.path.points[0]).contains_point(place) for shadow in found)


def test_a_lifted_knee_throws_its_shadow_on_the_floor_straight_below():
    pose = solve_posture("rising_lunge_by_bed")
    (seen,) = draw.cameras_of_figure(pose)
    floor, _ = shadows(pose, seen)
    assert hold(floor, seen_point(pose, seen, "right shank", 0))


def test_who_lies_over_the_edge_of_a_bed_throws_shadows_on_the_bed_and_on_the_floor():
    pose = solve_posture("prone_over_bed")
    (seen,) = draw.cameras_of_figure(pose)
    floor, bed = shadows(pose, seen)
    height = next(s.parts[0].high[1] for s in pose.supports if s.name == "bed")
    assert hold(bed, seen_point(pose, seen, "lumbar_4", height))
    assert not hold(floor, seen_point(pose, seen, "lumbar_4", 0))
    assert hold(floor, seen_point(pose, seen, "right foot", 0))
    assert {shadow.tone for shadow in bed} == {"mattress shadow"}


def test_shadows_are_drawn_only_in_views_from_a_corner():
    for pose in map(solve_posture, [*posture_table().postures][::4]):
        panels = [panel for panel, *_ in draw._draw_still_block(pose).panels]
        for panel, seen in zip(panels, draw.cameras_of_figure(pose), strict=True):
            assert seen.looks_from_corner or not any("shadow" in s.tone for s in panel.shapes)


def test_what_the_body_hides_of_its_shadow_is_left_out():
    pose = solve_posture("prone")
    (seen,) = draw.cameras_of_figure(pose)
    floor, _ = shadows(pose, seen)
    everything, _ = draw_shadows(pose.frames, (), seen, [])
    assert 0 < len(floor) < len(everything)
