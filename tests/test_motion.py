"""Motions: bones keep their length in each frame and between frames, ends are postures, loops
close, what touches at both ends touches on the way."""

import numpy as np
import pytest

from backcare_nb.body.skeleton import body, mirrored
from backcare_nb.posture import motion as motions
from backcare_nb.posture.contacts import parse_contacts, single_contacts
from backcare_nb.posture.motion import motion
from backcare_nb.posture.pose import posture
from backcare_nb.posture.table import posture_table

NAMES = posture_table().motions
SIDED = [name for name in NAMES if motion(name).side]


def bones():
    """Segment, its parent, and the length between their joints."""
    for i, segment in enumerate(body().segments):
        length = np.linalg.norm(segment.at)
        if segment.parent >= 0 and length > 0:
            yield segment.name, i, segment.parent, length


@pytest.mark.parametrize("name", NAMES)
def test_no_frame_changes_the_length_of_a_bone(name):
    origins = motion(name).frames.origins
    for bone, i, parent, length in bones():
        found = np.linalg.norm(origins[:, i] - origins[:, parent], axis=1)
        assert np.abs(found - length).max() < 1e-9, bone


@pytest.mark.parametrize("name", NAMES)
def test_straight_lines_between_frames_shorten_no_bone_by_more_than_half_a_percent(name):
    origins = motion(name).frames.origins
    for share in (0.25, 0.5, 0.75):
        between = (1 - share) * origins[:-1] + share * origins[1:]
        for bone, i, parent, length in bones():
            found = np.linalg.norm(between[:, i] - between[:, parent], axis=1)
            assert found.min() > 0.995 * length, bone


@pytest.mark.parametrize("name", NAMES)
def test_a_motion_begins_and_ends_in_its_postures(name):
    path = motion(name)
    for frame, words in ((0, path.spec.through[0]), (-1, path.spec.through[-1])):
        stop = posture(words.removeprefix("other "))
        other = words.startswith("other ")
        wanted = body().mirrored(stop.numbers) if other else stop.numbers
        assert (path.numbers[frame] == wanted).all()


@pytest.mark.parametrize("name", [n for n in NAMES if motion(n).spec.loop])
def test_a_loop_ends_where_it_began(name):
    path = motion(name)
    assert (path.numbers[0] == path.numbers[-1]).all()
    assert path.stops[0].name == path.stops[-1].name


@pytest.mark.parametrize("name", NAMES)
def test_what_touches_at_both_ends_of_a_leg_touches_on_the_way(name):
    path = motion(name)
    ends = stops(path)
    for a, b, i, j in zip(path.stops, path.stops[1:], ends, ends[1:], strict=False):
        shared = set(single_contacts(a.spec.contacts)) & set(single_contacts(b.spec.contacts))
        for words in shared - set(single_contacts(path.spec.let_go)):
            gaps = [gap(path, words, k) for k in range(i, j + 1)]
            assert max(gaps) < 5, (a.name, b.name, words)


def stops(path):
    """The frames that are stops, found one after the other."""
    found = []
    for stop in path.stops:
        start = found[-1] + 1 if found else 0
        same = (path.numbers[start:] == stop.numbers).all(axis=1)
        assert same.any()
        found.append(start + int(same.argmax()))
    return found


def gap(path, words, k):
    """How far a contact is missed in a frame, mm, measured by this test's own means."""
    lines, rests = parse_contacts([words])
    missed = [way_gap(path, line, k) for line in lines]
    for rest in rests:
        if hasattr(rest, "spheres"):
            depths = [
                rest.support.distance(place(path, s, at, k))[0] - r for s, at, r in rest.spheres
            ]
            missed.append(min(depths))
        else:
            apart = place(path, *rest.a[:2], k) - place(path, *rest.b[:2], k)
            missed.append(np.linalg.norm(apart) - rest.a[2] - rest.b[2])
    return 1700 * float(np.linalg.norm(missed))


def way_gap(path, line, k):
    return float(line.way @ (place(path, *line.a, k) - place(path, *line.b, k)) - line.gap)


def place(path, segment, local, k):
    if segment < 0:
        return np.asarray(local, float)
    return path.frames.origins[k, segment] + path.frames.rotations[k, segment] @ local


@pytest.mark.parametrize("name", SIDED)
def test_the_other_side_is_the_mirror_image_to_the_last_bit(name):
    here = motion(name)
    there = motion(name, mirrored(here.side))
    assert there.side == mirrored(here.side)
    assert there.numbers.tobytes() == body().mirrored(here.numbers).tobytes()
    again = body().mirrored(there.numbers)
    assert (again + 0.0).tobytes() == (here.numbers + 0.0).tobytes()


@pytest.mark.parametrize("name", [n for n in NAMES if n not in SIDED])
def test_a_motion_without_sides_is_the_same_whichever_is_asked_for(name):
    assert motion(name, "left").numbers.tobytes() == motion(name, "right").numbers.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_frames_are_numbers_of_a_body(name):
    numbers = motion(name).numbers
    assert numbers.shape[1] == body().size
    assert len(numbers) >= motions.MIN_FRAMES
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("name", NAMES)
def test_each_motion_has_a_title_that_can_be_filled(name):
    path = motion(name)
    for side in ("left", "right") if path.side else (None,):
        title = motion(name, side).title
        assert title
        assert "{" not in title
        assert "None" not in title


def test_everything_of_each_stop_stands_in_the_room():
    path = motion("rise_from_bed")
    assert {s.name for stop in path.stops for s in stop.supports} == {s.name for s in path.supports}


@pytest.mark.parametrize(("name", "lies"), [("get_up", True), ("get_up_chair", False)])
def test_getting_up_by_a_chair_never_lies_on_the_stomach(name, lies):
    segment, local, _ = body().sites["chest"]
    heights = motion(name).frames.points(np.array([segment]), local[None])[:, 0, 1]
    assert (heights.min() < 0.02) == lies


@pytest.mark.parametrize("name", ["draw_knee", "", "cow"])
def test_an_unknown_motion_is_a_key_error(name):
    with pytest.raises(KeyError):
        motion(name)
