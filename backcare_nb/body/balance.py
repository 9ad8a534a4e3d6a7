"""Can what touches hold the weight? Forces at the touching points, found or shown to be missing.

A support only pushes, within a cone of friction; a hand that grips may also pull. The body counts
as one rigid piece: the question is where weight can be borne, not how strong a muscle is.
"""

from collections.abc import Iterable

import numpy as np

from backcare_nb.body.skeleton import Body, Frames
from backcare_nb.body.skin import surface
from backcare_nb.body.supports import Support

TOUCH = 8.0 / 1700  # fractions of stature: skin this near a support touches it
FRICTION = 0.6  # skin, socks and clothes on carpet or wood
PULL = 0.5  # of the body's weight: the most that one gripping hand bears
UNBORNE = 0.05  # of the body's weight: where more is missing, it is not a matter of balance
FORCE = 10.0  # forces come before moments, of which a share of stature is the unit
MOST = 200  # rounds of the least squares
SMALL = 1e-10

Points = tuple[np.ndarray, np.ndarray]  # places (N, 3) and ways (N, 3)


def unbalance(
    body: Body, frames: Frames, supports: Iterable[Support], grips: np.ndarray
) -> np.ndarray:
    """(B,) fractions of stature: how far the centre of mass is from where it can be held.

    Infinite where nothing bears the weight. ``grips`` (B, G, 3) are the places of hands that may
    pull; NaN where a hand grips nothing.
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
    """The moment that remains when the touching points do their best, for a weight of 1."""
    pushes = np.concatenate([_arms(places - centre, edge) for edge in _cone(ways)])
    ends = np.tile(np.concatenate([np.eye(3), -np.eye(3)]), (len(grips), 1))
    pulls = _arms(np.repeat(grips - centre, 6, axis=0), ends)
    matrix, wanted = _bounded(np.concatenate([pushes, pulls]).T, len(grips))
    missed = matrix @ nonnegative(matrix, wanted) - wanted
    unborne = np.linalg.norm([*missed[:3], *missed[6:]]) / FORCE
    return float(np.linalg.norm(missed[3:6])) if unborne < UNBORNE else np.inf


def _bounded(forces: np.ndarray, hands: int) -> tuple[np.ndarray, np.ndarray]:
    """Equations for forces (6, N), whose last six for each hand may add up to PULL at most."""
    count = forces.shape[1]
    matrix = np.zeros((6 + hands, count + hands))
    matrix[:6, :count] = forces
    for k in range(hands):
        first = count - 6 * (hands - k)
        matrix[6 + k, first : first + 6] = matrix[6 + k, count + k] = 1
    scale = np.array([FORCE] * 3 + [1.0] * 3 + [FORCE] * hands)
    return scale[:, None] * matrix, scale * np.array([0, 1, 0, 0, 0, 0] + [PULL] * hands)


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
