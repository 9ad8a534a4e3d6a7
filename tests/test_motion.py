"""Motions: they pass their postures in order, loops close, and each has its mirror image.

That bones keep their length and that what touches stays together is asked by the checks.
"""

import re

import numpy as np
import pytest

from backcare_nb.body.skeleton import SIDES, body, mirror_name
from backcare_nb.custom.library import current_library
from backcare_nb.posture import motion as motions
from backcare_nb.posture.motion import solve_motion
from backcare_nb.posture.pose import solve_posture
from backcare_nb.posture.table import posture_table
from tests.for_each import for_each

NAMES = posture_table().motions


@for_each(NAMES)
def test_a_motion_goes_through_its_postures_in_order(name):
    path = solve_motion(name)
    frames = path.stop_frame_indices
    assert (frames[0], frames[-1]) == (0, len(path.numbers) - 1)
    assert frames == sorted(set(frames))
    for frame, words in zip(frames, path.spec.through, strict=True):
        stop = solve_posture(words.removeprefix("other "))
        other = words.startswith("other ")
        wanted = body().mirror_poses(stop.numbers) if other else stop.numbers
        assert (path.numbers[frame] == wanted).all()
    if path.spec.loop:
        assert (path.numbers[0] == path.numbers[-1]).all()


@for_each(n for n in NAMES if solve_motion(n).side)
def test_the_other_side_is_the_mirror_image_to_the_last_bit(name):
    here = solve_motion(name)
    there = solve_motion(name, mirror_name(here.side))
    assert there.side == mirror_name(here.side)
    assert there.numbers.tobytes() == body().mirror_poses(here.numbers).tobytes()
    again = body().mirror_poses(there.numbers)
    assert (again + 0.0).tobytes() == (here.numbers + 0.0).tobytes()


@for_each(n for n in NAMES if not solve_motion(n).side)
def test_a_motion_without_sides_is_the_same_whichever_is_asked_for(name):
    assert (
        solve_motion(name, "left").numbers.tobytes()
        == solve_motion(name, "right").numbers.tobytes()
    )


@for_each(NAMES)
def test_frames_of_a_motion_are_finite_body_numbers_and_its_title_has_no_open_placeholder(name):
    path = solve_motion(name)
    assert path.numbers.shape[1] == body().size
    assert len(path.numbers) >= motions.MIN_MOTION_FRAMES
    assert np.isfinite(path.numbers).all()
    for side in SIDES if path.side else (None,):
        assert re.fullmatch("(?!.*None)[^{]+", solve_motion(name, side).title)


def test_a_motion_shows_the_furniture_of_all_its_stops():
    path = solve_motion("rise_from_bed")
    assert {s.name for stop in path.stops for s in stop.supports} == {s.name for s in path.supports}


@pytest.mark.parametrize(("name", "lies"), [("get_up", True), ("get_up_chair", False)])
def test_getting_up_by_a_chair_never_lies_on_the_stomach(name, lies):
    heights = solve_motion(name).frames.point(*body().sites["chest"][:2])[:, 1]
    assert (heights.min() < 0.02) == lies


def test_a_crawling_step_lifts_first_the_hand_and_then_the_knee():
    path = solve_motion("crawl_pace")
    heights = {
        part: path.frames.point(*body().sites[f"{path.side} {part}"][:2])[:, 1]
        for part in ("palm_heel", "knee")
    }
    lifted = {part: np.flatnonzero(y > y.min() + 0.01) for part, y in heights.items()}
    assert 0 < lifted["palm_heel"].max() < lifted["knee"].min() < len(path.numbers) - 1


def test_words_said_during_a_long_movement_come_as_the_stage_they_describe_begins():
    exercises = (*current_library().exercises, *current_library().rises_from_floor_and_bed)
    versions = [e.version(name) for e in exercises for name in ("easier", "source", "harder")]
    said = {(s.motion, c) for e in versions for s in e.steps if s.do == "move" for c in s.cues}
    assert said
    for name, cue in said:
        path = solve_motion(name)
        rests = np.flatnonzero((path.numbers[1:] == path.numbers[:-1]).all(axis=1)) + 1
        begins = np.array([*path.stop_frame_indices, *rests]) / (len(path.numbers) - 1)
        shown = (1 - np.cos(np.pi * cue.at)) / 2  # as the player eases a way
        assert np.abs(begins - shown).min() < 0.01, cue.say
