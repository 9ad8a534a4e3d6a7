"""What a body rests on: how far points are from it, and which way leads out."""

import numpy as np
import pytest

from backcare_nb.body.supports import BoxPart, CylinderPart, FloorPart, Solids, SpherePart

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
def test_a_step_along_the_way_out_leads_out_by_as_much(thing, points):
    gap, way = thing.distance(points)
    assert np.linalg.norm(way, axis=1) == pytest.approx(np.ones(len(points)))
    further, _ = thing.distance(points + FAR * way)
    assert further - gap == pytest.approx(np.full(len(points), FAR), abs=1e-9)


@pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS)
def test_going_back_by_the_distance_arrives_at_the_surface(thing, points):
    gap, way = thing.distance(points)
    surface, _ = thing.distance(points - gap[:, None] * way)
    assert np.abs(surface).max() < 1e-9


@pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS)
def test_no_step_of_any_way_comes_nearer_than_its_length(thing, points):
    gap, _ = thing.distance(points)
    steps = np.random.default_rng(6).normal(size=points.shape)
    steps *= 0.05 / np.linalg.norm(steps, axis=1, keepdims=True)
    assert (np.abs(thing.distance(points + steps)[0] - gap) <= 0.05 + 1e-9).all()


def test_a_roll_ends():
    gap, way = THINGS["roll"].distance(np.array([[0.1, 0.2, 0.5]]))
    assert gap[0] == pytest.approx(0.2)
    assert way[0] == pytest.approx([0, 0, 1])


def test_many_parts_at_once_say_what_each_says(points):
    named = list(THINGS.values())
    chosen = np.arange(len(points)) % len(named)
    gap, way = Solids(named).distance(points, chosen)
    for k, thing in enumerate(named):
        alone = thing.distance(points[chosen == k])
        assert (gap[chosen == k] == alone[0]).all()
        assert (way[chosen == k] == alone[1]).all()


@pytest.mark.parametrize("name", ["box", "roll", "ball"])
def test_nothing_beyond_its_bounds_is_inside(name, points):
    low, high = THINGS[name].bounds
    beyond = ((points < low) | (points > high)).any(axis=1)
    assert beyond.any()
    assert (THINGS[name].distance(points)[0][beyond] > 0).all()
