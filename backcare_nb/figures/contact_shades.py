"""Where a posture touches: a shade under what rests, a dot where a hand or a foot holds."""

import numpy as np

from backcare_nb.body.skeleton import body
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import View
from backcare_nb.figures.shape import Shape
from backcare_nb.posture.contacts import single_contacts
from backcare_nb.posture.pose import Pose

SHADE = (0.026, 0.007)  # half width and half height of a shade
DOT = 0.011


def marks(pose: Pose, seen: View) -> tuple[list[Shape], list[Shape]]:
    """Shades to draw below the body, and dots to draw over it."""
    under, over = [], []
    for words in single_contacts(pose.spec.contacts):
        site, _, rest = words.partition(" on ")
        if rest and seen.level and not seen.close:
            under += _shade(pose, site.removeprefix("either "), seen)
        elif " at " in words:
            over += _dot(pose, words.partition(" at ")[0], seen)
    return under, over


def _place(pose: Pose, site: str, seen: View) -> tuple[np.ndarray, float] | None:
    if site not in body().site_names:
        return None
    return seen.project(pose.point(site))[:2], body().site(site)[2]


def _shade(pose: Pose, site: str, seen: View) -> list[Shape]:
    found = _place(pose, site, seen)
    if not found:
        return []
    (x, y), radius = found
    path = outlines.ellipse(np.diag([*SHADE, 1.0])[None])
    at = np.array([x, y - radius - 0.003])
    return [_shape("shade", outlines.Outline(path.codes, path.points + at))]


def _dot(pose: Pose, site: str, seen: View) -> list[Shape]:
    found = _place(pose, site, seen)
    return [_shape("touch", outlines.circle(found[0], DOT))] if found else []


def _shape(tone: str, path: outlines.Outline) -> Shape:
    return Shape(tone, tone, path, np.zeros(1))
