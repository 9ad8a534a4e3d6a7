"""Where an exercise is felt: hatched patches on the body, over the clothes of their region."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from backcare_nb.body.skeleton import body
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.palette import LOOK_TOML_DATA, PAINT_STYLE_BY_TONE, SPINE_COLOUR_BY_REGION
from backcare_nb.figures.projection import Shape, make_non_body_shape
from backcare_nb.posture.pose import Pose

FELT_PATCH_BY_SITE: dict[str, dict[str, Any]] = LOOK_TOML_DATA["felt"]
MIN_FELT_PATCH_FACING_COSINE = (
    -0.45
)  # cosine between the way it looks and the way to the viewer, to be seen
HATCH_LINE_GAP_STATURES = 0.017  # between two lines
HATCH_DIRECTION = np.array([1.0, 1.0]) / np.sqrt(2)


def add_felt_patches(
    shapes: list[Shape], pose: Pose, camera: Camera, sites: Iterable[str]
) -> list[Shape]:
    """Return the shapes of a body, with a hatched patch for each of some sites that is seen.

    A patch lies on what it is a part of, and what is nearer hides it; the spine, which would lie
    over many, is left out. sites: those of FELT_PATCH_BY_SITE, with their sides.
    """
    marked = [shape for shape in shapes if shape.tone not in ("bone", *SPINE_COLOUR_BY_REGION)]
    for site in sites:
        if (patch := _project_patch_if_seen(pose, camera, site)) is not None:
            at = _index_over_site(marked, site)
            marked[at:at] = _draw_hatched_patch(patch, camera.zoom)
    return marked


def sum_visibility_of_sites(
    shapes: list[Shape], pose: Pose, camera: Camera, sites: Iterable[str]
) -> float:
    """Rate how well a view shows some sites: for each that nothing hides, up to 1."""
    rate = 0.0
    for site in sites:
        if (patch := _project_patch_if_seen(pose, camera, site)) is not None:
            over = shapes[_index_over_site(shapes, site) :]
            filled = (shape.path for shape in over if PAINT_STYLE_BY_TONE[shape.tone].fill)
            covered = any(outlines.does_outline_contain(path, patch.centre) for path in filled)
            rate += 0.0 if covered else 0.6 + 0.4 * patch.facing
    return rate


def name_felt_sites(sites: Iterable[str]) -> list[str]:
    """Name some sites as people do; left and right of one are told together."""
    places = [site.replace("_", " ") for site in sites]
    for place in [name.removeprefix("left ") for name in places if name.startswith("left ")]:
        if f"right {place}" in places:
            places[places.index(f"left {place}")] = f"both {place}s"
            places.remove(f"right {place}")
    return places


class ProjectedPatch(NamedTuple):
    """Where a patch is seen: its centre (2,), its half axes (3, 3) as columns, how it faces us."""

    centre: np.ndarray
    axes: np.ndarray
    facing: float


def _project_patch_if_seen(pose: Pose, camera: Camera, site: str) -> ProjectedPatch | None:
    """The patch of a site, unless it looks away."""
    name = site.removeprefix("left ").removeprefix("right ")
    hand = -1 if site.startswith("left ") else 1
    segment, local, _ = body().sites[site]
    frames = camera.project_frames(pose.frames)
    turn = frames.rotations[0, segment]
    place = FELT_PATCH_BY_SITE[name]
    outward = np.array(place["outward"]) * (1, 1, hand)
    facing = float(turn[2] @ outward / np.linalg.norm(outward))
    if facing < MIN_FELT_PATCH_FACING_COSINE:
        return None
    middle = local + np.array(place["inside"]) * (1, 1, hand)
    centre = frames.points(np.array([segment]), middle[None])[0, 0]
    return ProjectedPatch(centre[:2], turn * np.array(place["half"]), facing)


def _index_over_site(shapes: list[Shape], site: str) -> int:
    """The place in the order for what lies on the cloth or the skin of a site."""
    side, _, name = site.rpartition(" ")
    names = {shape.format(side=side) for shape in FELT_PATCH_BY_SITE[name]["over"]}
    return max((k + 1 for k, shape in enumerate(shapes) if shape.name in names), default=0)


def _draw_hatched_patch(patch: ProjectedPatch, zoom: float) -> list[Shape]:
    """A patch and the lines over it, which go on from patch to patch."""
    centre, axes, _ = patch
    square = axes[:2] @ axes[:2].T
    edge = outlines.ellipsoid_outline(axes[None])
    across = np.array([-HATCH_DIRECTION[1], HATCH_DIRECTION[0]])
    reach, step = np.sqrt(across @ square @ across), HATCH_LINE_GAP_STATURES / zoom
    first, last = (centre @ across + hand * reach for hand in (-1, 1))
    steepness = HATCH_DIRECTION @ np.linalg.inv(square) @ HATCH_DIRECTION
    lines = []
    for level in np.arange(np.ceil(first / step), np.floor(last / step) + 1) * step:
        off = level - centre @ across
        middle = centre + off * (square @ across) / reach**2
        room = (1 - (off / reach) ** 2) / steepness
        end = 0.92 * np.sqrt(max(room, 0.0)) * HATCH_DIRECTION
        line = outlines.polyline(np.array([[middle - end, middle + end]]))
        lines.append(make_non_body_shape("felt hatch", line))
    return [make_non_body_shape("felt", edge._replace(points=edge.points + centre)), *lines]
