"""What a body rests on: how far points are from it, and which way leads out."""

import numpy as np
import pytest

from backcare_nb.body.supports import BoxPart, CylinderPart, FloorPart, SpherePart, SupportPartBatch

THINGS = {
    "floor": FloorPart(),
    "box": BoxPart((-0.4, 0.1, -0.3), (0.2, 0.5, 0.3)),
    "roll": CylinderPart((0.1, 0.2, 0.0), 0.15, 0.3),
    "ball": SpherePart((0.1, 0.3, 0.0), 0.3),
}
FAR = 0.001


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(5).uniform(-0.8, 0.8, (400, 3))


@pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS)
def test_the_distance_to_a_support_is_how_far_its_surface_is_along_the_normal(thing, points):
    gap, way = thing.distances_and_normals(points)
    assert np.linalg.norm(way, axis=1) == pytest.approx(np.ones(len(points)))
    assert thing.distances_and_normals(points + FAR * way)[0] - gap == pytest.approx(
        np.full(len(gap), FAR)
    )
    assert np.abs(thing.distances_and_normals(points - gap[:, None] * way)[0]).max() < 1e-9
    steps = np.random.default_rng(6).normal(size=points.shape)
    steps *= 0.05 / np.linalg.norm(steps, axis=1, keepdims=True)
    assert (np.abs(thing.distances_and_normals(points + steps)[0] - gap) <= 0.05 + 1e-9).all()
    low, high = thing.bounds
    beyond = ((points < low) | (points > high)).any(axis=1)
    assert beyond.any()
    assert (gap[beyond] > 0).all()


def test_a_cylinder_support_ends_at_its_half_length():
    gap, way = THINGS["roll"].distances_and_normals(np.array([[0.1, 0.2, 0.5]]))
    assert gap[0] == pytest.approx(0.2)
    assert way[0] == pytest.approx([0, 0, 1])


def test_a_batch_of_support_parts_gives_the_distances_of_each_part_alone(points):
    named = list(THINGS.values())
    chosen = np.arange(len(points)) % len(named)
    gap, way = SupportPartBatch(named).distances_and_normals(points, chosen)
    for k, thing in enumerate(named):
        alone = thing.distances_and_normals(points[chosen == k])
        assert (gap[chosen == k] == alone[0]).all()
        assert (way[chosen == k] == alone[1]).all()
