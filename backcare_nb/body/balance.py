"""Can what touches hold the weight? Forces at the touching points, found or shown to be missing.

A support only pushes, within a cone of friction; a hand that grips may also pull. The body counts
as one rigid piece: the question is where weight can be borne, not how strong a muscle is.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

from backcare_nb.body.skeleton import SIDES, Body, SegmentFrames, add_side
from backcare_nb.body.skin import skin_surface
from backcare_nb.body.stable_math import cross_products, normalize_vectors
from backcare_nb.body.supports import Support

MAX_CONTACT_GAP_STATURES = 8.0 / 1700  # fractions of stature: skin this near a support touches it
MAX_TIPTOE_BALL_HEIGHT_STATURES = (
    60.0 / 1700
)  # fractions of stature, of the ball of a stiff foot on its toes
FRICTION_COEFFICIENT = 0.6  # skin, socks and clothes on carpet or wood
MAX_PULL_PER_HAND_BODY_WEIGHTS = 0.5  # of the body's weight: the most that one gripping hand bears
MAX_UNBORNE_WEIGHT_SHARE = 0.05  # where more is missing, it is not a matter of balance
# Forces come before moments, of which a share of stature is the unit.
FORCE_ROWS_LEAST_SQUARES_WEIGHT = 10.0
# What of the limbs bears weight, by the segments of the trunk that lie on nothing meanwhile.
LIMB_SITES_BY_CARRIED_TRUNK_SEGMENTS = {
    ("lumbar", "thoracic", "left upper_arm", "right upper_arm"): (
        "palm_heel", "palm_inner", "palm_outer", "fingertips", "elbow",
    ),
    ("pelvis",): ("knee", "heel", "ball_inner", "ball_outer", "toes"),
}  # fmt: skip
MAX_LEAST_SQUARES_ITERATIONS = 200
ZERO_FORCE_TOLERANCE = 1e-10
MAX_BEARING_GAP_STATURES = 3.0 / 1700  # fractions of stature: skin this near a support bears weight
MIN_UPWARD_COSINE_OF_BEARING_NORMAL = 0.5  # of the normal of what carries weight: a wall does not


def centre_of_mass_overhang_statures(
    body: Body, frames: SegmentFrames, supports: Iterable[Support], grip_points: np.ndarray
) -> np.ndarray:
    """Return how far the centre of mass is from where it can be held: (B,) fractions of stature.

    Infinite where nothing bears the weight. ``grip_points`` (B, G, 3) are where hands grip, which
    may pull; NaN where a hand grips nothing.
    """
    segments, local, radius = _possible_contact_points(body)
    points = frames.points(segments, local)
    gaps, normals = zip(
        *(support.distances_and_normals(points) for support in supports), strict=True
    )
    shortfalls = []
    for k, centre in enumerate(body.centre_of_mass(frames)):
        places, pushes = [], []
        for gap, normal in zip(gaps, normals, strict=True):
            near = gap[k] - radius < MAX_CONTACT_GAP_STATURES
            near |= _are_tiptoe_balls_of_feet(body, gap[k] - radius, near)
            places.append((points[k] - normal[k] * gap[k][:, None])[near])
            pushes.append(normal[k][near])
        grip = grip_points[k][~np.isnan(grip_points[k][:, 0])]
        shortfall = _least_unbalanced_moment_statures(
            centre, np.concatenate(places), np.concatenate(pushes), grip
        )
        shortfalls.append(shortfall)
    return np.array(shortfalls)


def weight_bearing_masks_by_site(
    body: Body, frames: SegmentFrames, supports: Iterable[Support]
) -> dict[str, np.ndarray]:
    """Tell in which frames each hand, elbow, knee and foot bears weight: (B,) of each site.

    It stands on a support while the part of the trunk that it would carry lies on none. What can be
    gripped is left out: a hand closes round it, and turns.
    """
    bears: dict[str, np.ndarray] = {}
    firm = [support for support in supports if not support.grip]
    for trunk, sites in LIMB_SITES_BY_CARRIED_TRUNK_SEGMENTS.items():
        names = [add_side(site, side) for side in SIDES for site in sites]
        limbs = map(np.array, zip(*(body.sites[name] for name in names), strict=True))
        surface = _possible_contact_points(body)
        chosen = [k for k, s in enumerate(surface[0]) if body.segments[s].name.startswith(trunk)]
        trunk_points = (each[chosen] for each in surface)
        lies = np.logical_or.reduce(
            _are_points_resting_on_supports(frames, firm, *trunk_points), axis=1
        )
        bearing = _are_points_resting_on_supports(frames, firm, *limbs) & ~lies[:, None]
        bears |= dict(zip(names, bearing.T, strict=True))
    return bears


def _are_points_resting_on_supports(
    frames: SegmentFrames,
    supports: Iterable[Support],
    segments: np.ndarray,
    local: np.ndarray,
    radius: np.ndarray,
) -> np.ndarray:
    """(B, N): which points of the skin, as balls, lie on a support: it carries them from below."""
    points = frames.points(segments, local)
    found = [support.distances_and_normals(points) for support in supports]
    near = [
        (d - radius < MAX_BEARING_GAP_STATURES)
        & (way[..., 1] > MIN_UPWARD_COSINE_OF_BEARING_NORMAL)
        for d, way in found
    ]
    resting: np.ndarray = np.logical_or.reduce(near)
    return resting


def _are_tiptoe_balls_of_feet(body: Body, gaps: np.ndarray, touches: np.ndarray) -> np.ndarray:
    """Tell which balls of feet bear weight because the toes do: on tiptoe a foot bends there."""
    found = np.zeros(len(gaps), dtype=bool)
    sites = list(body.sites)
    first = len(gaps) - len(sites)  # the named places come last
    for side in SIDES:
        if touches[first + sites.index(f"{side} toes")]:
            for ball in ("ball_inner", "ball_outer"):
                row = first + sites.index(f"{side} {ball}")
                found[row] = gaps[row] < MAX_TIPTOE_BALL_HEIGHT_STATURES
    return found


@cache
def _possible_contact_points(body: Body) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface and the named places on it, which tell a foot's inner and outer edge."""
    surface = skin_surface(body)
    segments, local, radius = map(np.array, zip(*body.sites.values(), strict=True))
    return (
        np.concatenate([surface.segments, segments]),
        np.concatenate([surface.local, local]),
        np.concatenate([surface.radius, radius]),
    )


def _least_unbalanced_moment_statures(
    centre_of_mass: np.ndarray,
    contact_points: np.ndarray,
    normals: np.ndarray,
    grip_points: np.ndarray,
) -> float:
    """The moment that remains when the touching points do their best, for a weight of 1."""
    edges = _friction_cone_edges(normals)
    pushes = np.concatenate(
        [_forces_with_moments(contact_points - centre_of_mass, edge) for edge in edges]
    )
    ways = np.tile(np.concatenate([np.eye(3), -np.eye(3)]), (len(grip_points), 1))
    pulls = _forces_with_moments(np.repeat(grip_points - centre_of_mass, 6, axis=0), ways)
    matrix, wanted = _equilibrium_equations(np.concatenate([pushes, pulls]).T, len(grip_points))
    missed = matrix @ solve_nonnegative_least_squares(matrix, wanted) - wanted
    unborne = np.linalg.norm([*missed[:3], *missed[6:]]) / FORCE_ROWS_LEAST_SQUARES_WEIGHT
    return float(np.linalg.norm(missed[3:6])) if unborne < MAX_UNBORNE_WEIGHT_SHARE else np.inf


def _equilibrium_equations(forces: np.ndarray, hand_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Equations for forces (6, N): the last six of each hand have a limit in all."""
    count = forces.shape[1]
    matrix = np.zeros((6 + hand_count, count + hand_count))
    matrix[:6, :count] = forces
    for k in range(hand_count):
        first = count - 6 * (hand_count - k)
        matrix[6 + k, first : first + 6] = matrix[6 + k, count + k] = 1
    scale = np.array(
        [FORCE_ROWS_LEAST_SQUARES_WEIGHT] * 3
        + [1.0] * 3
        + [FORCE_ROWS_LEAST_SQUARES_WEIGHT] * hand_count
    )
    return scale[:, None] * matrix, scale * np.array(
        [0, 1, 0, 0, 0, 0] + [MAX_PULL_PER_HAND_BODY_WEIGHTS] * hand_count
    )


def _forces_with_moments(points: np.ndarray, forces: np.ndarray) -> np.ndarray:
    """Forces with their moments, (N, 6)."""
    return np.hstack([forces, cross_products(points, forces)])


def _friction_cone_edges(normals: np.ndarray) -> Iterator[np.ndarray]:
    """The four edges of a cone of friction about each normal."""
    across = np.where(np.abs(normals[:, :1]) < 0.9, [[1.0, 0, 0]], [[0, 0, 1.0]])
    first = normalize_vectors(cross_products(normals, across))
    for side in (first, cross_products(normals, first)):
        yield from (normals + FRICTION_COEFFICIENT * side, normals - FRICTION_COEFFICIENT * side)


def solve_nonnegative_least_squares(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Find the x >= 0 with the least |matrix x - wanted| (Lawson and Hanson 1974, chapter 23)."""
    x = np.zeros(matrix.shape[1])
    used = np.zeros(len(x), dtype=bool)
    for _ in range(MAX_LEAST_SQUARES_ITERATIONS):
        slope = np.where(used, -np.inf, matrix.T @ (wanted - matrix @ x))
        if used.all() or slope.max() < ZERO_FORCE_TOLERANCE:
            break
        used[slope.argmax()] = True
        x, used = _solve_without_negative_columns(matrix, wanted, x, used)
    return x


def _solve_without_negative_columns(
    matrix: np.ndarray, wanted: np.ndarray, x: np.ndarray, used: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The least squares of the used columns, without those that would turn negative."""
    while used.any():
        best = np.zeros(len(x))
        best[used] = np.linalg.lstsq(matrix[:, used], wanted, rcond=None)[0]
        falls = used & (best <= 0)
        if not falls.any():
            return best, used
        share = (x[falls] / np.maximum(x[falls] - best[falls], ZERO_FORCE_TOLERANCE)).min()
        x = x + share * (best - x)
        used = used & (x > ZERO_FORCE_TOLERANCE)
        x = np.where(used, x, 0.0)
    return x, used
