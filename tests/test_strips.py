"""What stands beside each other in a picture: the frames of a strip."""

import numpy as np

from backcare_nb.figures import draw
from backcare_nb.figures.silhouette import silhouette_change_shares
from backcare_nb.posture.motion import MotionPath, solve_motion
from backcare_nb.posture.table import posture_table
from tests.for_each import for_each

MIN_CHANGE = 0.1  # of the silhouette, from one picture of a strip to the next


def changes(path: MotionPath, frames: list[int]) -> np.ndarray:
    return silhouette_change_shares(
        path.frames.select_rows(np.array(frames)), path.supports, draw.cameras_of_figure(path)
    )


def strip_frames(path: MotionPath) -> list[int]:
    """The frames that a strip shows of a motion."""
    seen = draw.cameras_of_figure(path)
    if len(path.stops) > draw.MAX_STOPS_FOR_EVENLY_SPACED_FRAMES and not path.spec.loop:
        return [path.stop_frame_indices[k] for k in draw._choose_different_stop_indices(path, seen)]
    return draw._choose_strip_frames(path, seen)


@for_each(posture_table().motions)
def test_neighbouring_pictures_of_a_strip_differ_by_a_tenth_of_the_silhouette(name):
    path = solve_motion(name)
    frames = strip_frames(path)
    assert len(frames) > 1
    assert changes(path, frames).min() >= MIN_CHANGE


def test_pictures_of_a_strip_that_look_alike_are_noticed():
    path = solve_motion("knuckle_slide")
    assert changes(path, [0, 6, 12, 18]).min() < MIN_CHANGE
    assert changes(path, [0, 0]).max() == 0
