"""Can what touches hold the weight? Forces at the touching points, found or shown to be missing.

A support only pushes, within a cone of friction; a hand that grips may also pull. The body counts
as one rigid piece: the question is where weight can be borne, not how strong a muscle is.
"""

from collections.abc import Iterable

import numpy as np

from .body import Body, Frames
from .support import Support
from .surface import surface

TOUCH = 8.0 / 1700  # fractions of stature: skin this near a support touches it
FRICTION = 0.6  # skin, socks and clothes on carpet or wood
PULL = 0.5  # of the body's weight: the most that one gripping hand bears
MOST = 200  # rounds of the least squares
SMALL = 1e-10

Points = tuple[np.ndarray, np.ndarray]  # places (N, 3) and ways (N, 3)


def unbalance(
    body: Body, frames: Frames, supports: Iterable[Support], grips: np.ndarray
) -> np.ndarray:
    """(B,) fractions of stature: how far the centre of mass is from where it can be held.

    ``grips`` (B, G, 3) are the places of hands that may pull; NaN where a hand grips nothing.
    """
    centres = body.centre_of_mass(frames)
    touching = _touching(body, frames, tuple(supports))
    return np.array([
        _missing(centre, *points, grip[~np.isnan(grip[:, 0])])
        for centre, points, grip in zip(centres, touching, grips, strict=True)
    ])  # fmt: skip


def _touching(body: Body, frames: Frames, supports: tuple[Support, ...]) -> list[Points]:
    """Where each pose's skin touches a support, and which way that pushes."""
    segments, local, radius = _skin(body)
    centres = frames.points(segments, local)
    found = [support.distance(centres) for support in supports]
    return [
        _join([(points, gap[k] - radius, way[k], radius) for gap, way in found])
        for k, points in enumerate(centres)
    ]


def _skin(body: Body) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface and the named places on it, which tell a foot's inner and outer edge."""
    cloud, sites = surface(body), [body.site(name) for name in body.site_names]
    segments, local, radius = (np.array([site[k] for site in sites]) for k in range(3))
    return (
        np.concatenate([cloud.segments, segments]),
        np.concatenate([cloud.local, local]),
        np.concatenate([cloud.radius, radius]),
    )


def _join(found: list) -> Points:
    near = [(p, gap < TOUCH, way, radius) for p, gap, way, radius in found]
    places = [p[m] - (way * radius[:, None])[m] for p, m, way, radius in near]
    return np.concatenate(places), np.concatenate([way[m] for _, m, way, _ in near])


def _missing(centre, places, ways, grips) -> float:
    """The moment (and force) that remains when the touching points do their best, for weight 1."""
    pushes = np.concatenate([_arms(places - centre, edge) for edge in _cone(ways)])
    turns = np.tile(np.concatenate([np.eye(3), -np.eye(3)]), (len(grips), 1))
    pulls = _arms(np.repeat(grips - centre, 6, axis=0), turns)
    forces = np.concatenate([pushes, pulls]).T
    bounds = np.zeros((len(grips), forces.shape[1]))
    for k in range(len(grips)):
        bounds[k, len(pushes) + 6 * k : len(pushes) + 6 * (k + 1)] = 1
    spare = np.concatenate([np.zeros((6, len(grips))), np.eye(len(grips))])
    matrix = np.hstack([np.vstack([forces, bounds]), spare])
    wanted = np.array([0, 1, 0, 0, 0, 0] + [PULL] * len(grips), dtype=float)
    return float(np.linalg.norm(matrix @ nonnegative(matrix, wanted) - wanted))


def _arms(places: np.ndarray, forces: np.ndarray) -> np.ndarray:
    """Forces with their moments, (N, 6)."""
    return np.hstack([forces, np.cross(places, forces)])


def _cone(ways: np.ndarray) -> Iterable[np.ndarray]:
    """The four edges of a cone of friction about each way."""
    across = np.where(np.abs(ways[:, :1]) < 0.9, [[1.0, 0, 0]], [[0, 0, 1.0]])
    first = np.cross(ways, across)
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), SMALL)
    for side in (first, np.cross(ways, first)):
        yield from (ways + FRICTION * side, ways - FRICTION * side)


def nonnegative(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The x >= 0 with the least |matrix x - wanted| (Lawson and Hanson 1974, chapter 23)."""
    x = np.zeros(matrix.shape[1])
    used = np.zeros(len(x), dtype=bool)
    for _ in range(MOST):
        slope = np.where(used, -np.inf, matrix.T @ (wanted - matrix @ x))
        if used.all() or slope.max() < SMALL:
            break
        used[slope.argmax()] = True
        x, used = _backed(matrix, wanted, x, used)
    return x


def _backed(matrix, wanted, x, used) -> tuple[np.ndarray, np.ndarray]:
    """The least squares of the used columns, without those that would turn negative."""
    while used.any():
        best = np.zeros(len(x))
        best[used] = np.linalg.lstsq(matrix[:, used], wanted, rcond=None)[0]
        falls = used & (best <= 0)
        if not falls.any():
            return best, used
        share = (x[falls] / np.maximum(x[falls] - best[falls], SMALL)).min()
        x = x + share * (best - x)
        used = used & (x > SMALL)
        x = np.where(used, x, 0.0)
    return x, used
