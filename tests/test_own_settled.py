"""Postures of own exercises: what is written wins, and what nobody mentioned stays."""

import json
import random
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from PIL import Image

from backcare_nb.body.skeleton import SIDES, body
from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.library import shipped_library
from backcare_nb.course.models import Repeat
from backcare_nb.course.yaml_reader import DataError, read_yaml_text
from backcare_nb.custom.file_format import OwnPosture
from backcare_nb.custom.own_exercises import RefusedExerciseError, check_exercise_text
from backcare_nb.custom.room import with_full_support_names
from backcare_nb.export import exercise_check
from backcare_nb.figures.alt_text import describe_figure
from backcare_nb.figures.body_shapes import draw_body
from backcare_nb.figures.camera import cameras_for_views
from backcare_nb.figures.draw import draw_still, draw_stops
from backcare_nb.html.course_cards import describe_amounts
from backcare_nb.posture import motion as motions
from backcare_nb.posture.contacts import (
    make_support,
    parse_contacts,
    point_on_body_or_support,
    split_contacts_by_site,
)
from backcare_nb.posture.pose import find_dof_index_and_sign, iter_joint_angles, solve_posture
from backcare_nb.posture.spec import (
    NEAREST_SITE_CANDIDATES_BY_WORD,
    SITES_BY_GROUP,
    STATURE_CM,
    OwnPostureSpec,
)
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions import timeline

FILES = sorted((Path(__file__).parent / "own_exercises").glob("*.yaml"))
FILES += [DATA_FOLDER / "own_example.yaml"]
SCHEMA = json.loads((DATA_FOLDER / "schema" / "own_exercise.json").read_text(encoding="utf-8"))
REST = """\
why: It does one good.
setup: Get ready.
say: Move, and breathe.
cautions: [{whom: anyone, what: Gently.}]
easier: {what: Less of it.}
stop: Stop if it hurts.
"""
MAX_WRITTEN_ERROR_DEG = 5
MAX_SPINE_WANDER_DEG = 8


def made(posture_words: str, more: str = "seconds: 20\n"):
    """The exercise of a posture, and the settled posture itself."""
    judged = check_exercise_text(f"title: Mine\nposture:\n{posture_words}{more}{REST}")
    specs = judged.exercise.own_figures
    (name, *_) = [n for n, spec in specs.items() if isinstance(spec, OwnPostureSpec)]
    return judged, solve_posture(name, None, posture_table(specs))


def refusal(posture_words: str) -> str:
    with pytest.raises(RefusedExerciseError) as caught:
        made(posture_words)
    return str(caught.value)


def angle(pose, joint: str, motion: str) -> float:
    index, sign = find_dof_index_and_sign(joint, motion)
    return float(sign * pose.numbers[index])


def solve_motion_of(judged):
    (step,) = judged.exercise.steps
    return motions.solve_motion(step.motion, None, posture_table(judged.exercise.own_figures))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_own_exercise_fits_the_schema_plays_and_reaches_its_angles_with_the_spine_kept(
    path,
):
    text = read_yaml_text(path)
    jsonschema.validate(yaml.safe_load(text), SCHEMA)
    exercise = check_exercise_text(text).exercise
    assert timeline.compile_session([exercise], rise=shipped_library().rise).total > 0
    table = posture_table(exercise.own_figures)
    for name, spec in exercise.own_figures.items():
        if not isinstance(spec, OwnPostureSpec):
            continue
        pose = solve_posture(name, None, table)
        for joint, motion, asked in iter_joint_angles(spec.angles):
            assert abs(angle(pose, joint, motion) - asked) <= MAX_WRITTEN_ERROR_DEG, (joint, motion)
        for joint, motion, kept in iter_joint_angles(spec.kept):
            if joint in ("lumbar", "thoracic", "cervical"):
                wandered = abs(angle(pose, joint, motion) - kept)
                assert wandered <= MAX_SPINE_WANDER_DEG, (joint, motion)


def test_a_limb_that_is_carried_away_lets_go_and_the_others_hold():
    _, pose = made(
        "  like: hands_and_knees\n  side: right\n  angles: {right hip: {flexion: 0}, "
        "right knee: {flexion: 5}, left shoulder: {flexion: 165}}\n"
    )
    held = split_contacts_by_site(pose.spec.contacts)
    assert {"left knee on floor", "right palm_heel on floor"} <= {*held}
    assert not {"right knee on floor", "left palm_heel on floor"} & {*held}
    assert abs(angle(pose, "left elbow", "flexion")) < 15  # an arm that lets go is straight


def test_a_hand_goes_where_it_is_written_and_leaves_where_it_was():
    _, pose = made("  like: sitting_on_chair\n  side: right\n  contacts: right palm at left knee\n")
    held = split_contacts_by_site(pose.spec.contacts)
    assert "right palm at right thigh_top" not in held
    assert "left palm at left thigh_top" in held


@pytest.mark.parametrize("like", ["standing", "sitting_on_chair", "constructive_rest"])
def test_arms_cross_with_the_palms_at_the_other_shoulders(like):
    contacts = ["left palm at right shoulder", "right palm at left shoulder"]
    _, pose = made(f"  like: {like}\n  contacts: [{', '.join(contacts)}]\n")
    trunk = pose.frames.rotations[0, body().index["thoracic_5"]]
    left, right = ((pose.point(f"{side} wrist") @ trunk)[2] for side in ("left", "right"))
    assert right + 0.08 < left


@pytest.mark.parametrize("place", ["chest", "tummy", "occiput", "hip_side", "thigh_top"])
def test_both_palms_lie_beside_each_other_at_one_place(place):
    _, pose = made(f"  like: sitting_on_chair\n  contacts: both palm at {place}\n")
    left, right = (pose.point(f"{side} palm") for side in ("left", "right"))
    assert right[2] - left[2] > 0.03
    assert np.abs((left - right)[:2]).max() < 0.01


def test_what_stands_before_the_body_is_drawn_over_it_and_under_the_hands_that_hold_it():
    _, pose = made("  like: standing\n  contacts: both palm on chair_back\n  views: [front]\n")
    tones = [shape.tone for shape in draw_still(pose).shapes]
    seat = max(k for k, tone in enumerate(tones) if tone == "wood")
    assert tones.index("trousers") < tones.index("shirt") < seat
    assert "skin" in tones[seat:]
    assert not {"trousers", "shirt"} & {*tones[seat:]}


def test_a_step_on_this_side_of_a_chair_is_drawn_over_its_legs():
    _, pose = made(
        "  like: standing\n  contacts: [both ball on step, both palm on chair_back]\n"
        "  views: [back]\n"
    )
    things = [shape for shape in draw_still(pose).shapes if shape.tone.startswith("wood")]
    widths = [np.ptp(shape.points[0, :, 0]) for shape in things]
    assert widths[-1] == max(widths) > 1.4 * max(widths[:-1])  # the step, which is seen last


def test_a_lifted_limb_touches_nothing():
    _, pose = made(
        "  like: standing\n  side: right\n  lift: right foot\n"
        "  angles: {right hip: {flexion: 30}, right knee: {flexion: 50}}\n"
    )
    assert not any(c.startswith("right") for c in split_contacts_by_site(pose.spec.contacts))
    assert pose.point("right heel")[1] > 0.05


@pytest.mark.parametrize(
    ("like", "contact", "wall"),
    [
        ("standing", "both palm", "wall_ahead"),
        ("standing", "both shoulder_blade", "wall_behind"),
        ("standing", "right elbow", "wall_right"),
        ("constructive_rest", "both heel", "wall_ahead"),
    ],
)
def test_a_wall_is_placed_where_the_touching_part_of_the_body_faces(like, contact, wall):
    side = "  side: right\n" if "right" in contact else ""
    legs = "  angles: {hips: {flexion: 85}, knees: {flexion: 5}}\n"
    legs = legs if like == "constructive_rest" else ""
    judged, pose = made(f"  like: {like}\n{side}{legs}  contacts: {contact} on wall\n")
    assert pose.spec.on == (wall,)
    assert "wall" in judged.exercise.needs
    assert "wall" in {shape.tone for shape in draw_still(pose).shapes}


def test_a_person_on_tiptoe_at_a_wall_stays_in_front_of_it():
    _, pose = made(
        "  like: standing\n  contacts: [both palm on wall, both ball on floor]\n"
        "  angles: {ankles: {plantarflexion: 30}}\n"
    )
    face = make_support("wall_ahead").parts[0].bounds[0][0]
    assert pose.frames.origins[0, :, 0].max() < face
    assert (pose.point("left heel") - pose.point("left toes"))[1] * STATURE_CM > 5


@pytest.mark.parametrize("held", ["chair_back", "wall"])
def test_heels_rise_over_toes_that_stay_with_the_trunk_upright(held):
    start = f"like: standing, contacts: both palm on {held}"
    judged = check_exercise_text(
        f"title: Mine\nstart: {{{start}}}\nposture: {{{start}, lift: both heels}}\ntimes: 5\n{REST}"
    )
    path = solve_motion_of(judged)
    heel, toes = (path.frames.point(*body().sites[f"left {s}"][:2]) for s in ("heel", "toes"))
    assert np.ptp(heel[:, 1]) * STATURE_CM > 5
    assert np.ptp(toes, axis=0).max() * STATURE_CM < 2
    assert abs(angle(path.stops[-1], "pelvis", "forward_tilt")) < 6


def test_a_pelvis_rolls_on_the_back_and_the_person_stays_along_the_mat():
    _, pose = made(
        "  like: constructive_rest\n  side: right\n  angles: {pelvis: {turn_right: 10}}\n"
    )
    assert abs(angle(pose, "pelvis", "list_right")) < 5
    assert "upper_back on floor" in split_contacts_by_site(pose.spec.contacts)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "  like: standing\n  on: {box: [30, 45, 95], at: [45, 0]}\n"
            "  contacts: both palm on box\n",
            "lean forward",
        ),
        (
            "  like: side_lying\n  angles: {right hip: {abduction: 30}}\n",
            "in side_lying the right side lies below: the whole body would roll",
        ),
    ],
)
def test_a_posture_is_refused_where_a_joint_that_nobody_wrote_would_have_to_move(words, said):
    assert said in refusal(words)


def test_a_ball_stays_in_its_place_from_the_start_to_the_end_of_a_movement():
    ball = "contacts: both calf on ball, on: [{ball: 45}]"
    judged = check_exercise_text(
        f"title: Mine\nstart: {{like: constructive_rest_chair, {ball}}}\n"
        f"posture: {{like: constructive_rest_chair, side: right, {ball}, "
        f"angles: {{pelvis: {{turn_right: 15}}}}}}\ntimes: 5\n{REST}"
    )
    specs = judged.exercise.own_figures.values()
    assert len({spec.on for spec in specs if isinstance(spec, OwnPostureSpec)}) == 1


def test_an_own_roll_has_the_size_that_was_written_and_is_listed_as_needed():
    judged, pose = made(
        "  like: stretched_out\n  on: [{roll: 18}]\n  contacts: both knee_back on roll\n"
    )
    assert "roll" in judged.exercise.needs
    assert "a roll" in describe_figure(pose)
    assert 0.1 < pose.point("left knee")[1] < 0.2  # fractions of stature, over 18 cm


def test_the_size_of_a_thing_is_in_centimetres():
    with pytest.raises(DataError, match=r"found 0\.18, expected a number not below 1"):
        made("  like: stretched_out\n  on: [{roll: 0.18}]\n  contacts: both knee_back on roll\n")


def test_a_strap_of_an_own_exercise_is_drawn_listed_as_needed_and_named_in_the_alt_text():
    judged, pose = made("  like: sitting_on_chair\n  strap: [left knee, right knee]\n")
    assert "strap" in judged.exercise.needs
    assert "a strap at the left knee and right knee" in describe_figure(pose)
    assert "strap" in {shape.tone for shape in draw_still(pose).shapes}


def test_a_strap_at_the_sole_goes_to_the_ball_of_the_foot_and_adds_no_exercise_ball():
    leg = "  like: stretched_out\n  side: right\n  angles: {right hip: {flexion: 60}}\n"
    _, pose = made(leg + "  strap: [left hand, right sole, right palm]\n")
    assert pose.strap == ("left palm", "right ball", "right palm")
    assert pose.spec.on == ()


BAND = "  strap: [left palm, door handle, right palm]\n"


def test_a_band_is_fixed_to_a_door_that_does_not_move():
    pulled = f"  like: standing\n{BAND}  angles: {{elbows: {{flexion: 90}}}}\n"
    judged, pose = made(pulled, "times: 10\n")
    path = solve_motion_of(judged)
    assert "fixed at the handle of the door" in describe_figure(pose)
    assert "wood" in {shape.tone.removesuffix(" side") for shape in draw_still(pose).shapes}
    segment, place = point_on_body_or_support(path.strap[1])
    assert np.ptp(path.frames.point(segment, place), axis=0).max() == 0
    with pytest.raises(DataError, match='a strap is fixed to "door handle"'):
        made(pulled.replace("door handle", "wall"))


def test_one_who_half_kneels_has_the_chair_and_the_wall_where_they_look():
    for words in ("both palm on chair_back", "both palm on wall"):
        _, pose = made(f"  like: half_kneeling\n  side: right\n  contacts: {words}\n")
        assert pose.point("left palm")[0] < pose.point("sacrum")[0] - 0.1


def test_one_lies_over_a_thick_roll_with_the_hips_lifted():
    _, pose = made(
        "  like: constructive_rest\n  on: [{roll: 15}]\n  lift: hips\n"
        "  contacts: [both shoulder_blade on roll, both palm at occiput]\n"
    )
    assert pose.point("sacrum")[1] * STATURE_CM > 5


def test_heels_sink_beyond_the_edge_of_a_step_and_rise_over_it():
    on_step = "like: standing, contacts: both ball on step"
    judged = check_exercise_text(
        f"title: Mine\nstart: {{{on_step}, angles: {{ankles: {{dorsiflexion: 20}}}}}}\n"
        f"posture: {{{on_step}, lift: both heels}}\ntimes: 8\n{REST}"
    )
    path = solve_motion_of(judged)
    heel, ball = (path.frames.point(*body().sites[f"left {end}"][:2]) for end in ("heel", "ball"))
    assert heel[0, 1] < ball[0, 1]
    assert heel[-1, 1] - ball[-1, 1] > 0.05
    assert np.ptp(ball[:, 0]) * STATURE_CM < 3
    assert "on tiptoe" in describe_figure(path)


def test_a_box_under_one_foot_changes_sides_with_the_posture():
    box = "  on: [{box: [30, 20, 25]}]\n  contacts: right sole on box\n"
    judged, pose = made(f"  like: standing\n  side: right\n{box}")
    other = solve_posture(pose.name, "left", posture_table(judged.exercise.own_figures))
    for mirrored, side in ((pose, "right"), (other, "left")):
        (box,) = [s.parts[0] for s in mirrored.supports if s.name.startswith("box")]
        assert box.low[2] < mirrored.point(f"{side} heel")[2] < box.high[2]


def test_a_ball_is_held_between_the_knees_over_feet_that_stand():
    _, pose = made(
        "  like: constructive_rest\n  on: [{ball: 20}]\n  contacts: both knee_inner on ball\n"
    )
    assert "left heel on floor" in split_contacts_by_site(pose.spec.contacts)
    assert "a ball between the knees" in describe_figure(pose)


def test_a_prop_added_to_a_posture_leaves_its_furniture_in_place():
    _, pose = made(
        "  like: sitting_on_chair\n  side: right\n  on: [{ball: 8, at: [26, 12]}]\n"
        "  contacts: right ball on ball\n"
    )
    assert {"chair", "ball_8_at_26_12"} <= {support.name for support in pose.supports}
    assert pose.point("right ball")[1] * STATURE_CM > 6


def test_a_ball_may_have_another_place_in_another_step_but_not_within_one_movement():
    on_ball = "like: sitting_on_chair, side: right, on: [{ball: 8, at: [%d, 12]}], contacts: right "
    first, then = ((on_ball % x) + site for x, site in ((26, "ball on ball"), (14, "heel on ball")))
    steps = "".join(
        f"- {{title: One, say: Press., seconds: 20, posture: {{{words}}}}}\n"
        for words in (first, then)
    )
    rest = REST.replace("say: Move, and breathe.\n", "").replace("less", "less, rounds: 1")
    assert check_exercise_text(f"title: Mine\nsides: right\nsteps:\n{steps}{rest}")
    rolling = f"title: Mine\nstart: {{{first}}}\nposture: {{{then}}}\ntimes: 8\n{REST}"
    with pytest.raises(DataError, match=r"the ball cannot roll in a movement: write .* or steps"):
        check_exercise_text(rolling)


@pytest.mark.parametrize("like", ["side_on_elbow", "side_lying"])
def test_hips_are_lifted_on_the_side_over_an_elbow_that_stays(like):
    judged, _ = made(f"  like: {like}\n  side: right\n  lift: hips\n")
    table = posture_table(judged.exercise.own_figures)
    low, high = (solve_posture(judged.postures[n], None, table) for n in ("mine_start", "mine"))
    assert "right knee on floor" in split_contacts_by_site(high.spec.contacts)
    assert (high.point("right hip_side") - low.point("right hip_side"))[1] * STATURE_CM > 8
    assert np.linalg.norm(high.point("right elbow") - low.point("right elbow")) * STATURE_CM < 6
    aside = (high.point("right elbow") - high.point("right shoulder"))[[0, 2]]
    assert np.linalg.norm(aside) * STATURE_CM < 12  # it is below the shoulder


def test_hands_lie_flat_before_forearms_on_the_floor():
    _, pose = made(
        "  like: hands_and_knees\n  angles: {hips: {flexion: 0}, knees: {flexion: 0},"
        " shoulders: {flexion: 85}, elbows: {flexion: 90}}\n"
        "  contacts: [both forearm on floor, both toes on floor]\n  lift: both knees\n"
    )
    assert pose.point("left fingertips")[1] * STATURE_CM < 5


def test_who_holds_a_chair_and_stands_on_one_foot_has_the_weight_over_it():
    _, pose = made(
        "  like: standing\n  side: right\n  contacts: both palm on chair_back\n"
        "  angles: {left hip: {flexion: 45}, left knee: {flexion: 80}}\n"
    )
    weight = body().centre_of_mass(pose.frames)[0]
    assert abs(weight - pose.point("right heel"))[2] * STATURE_CM < 4


def test_a_leg_that_goes_back_lifts_its_foot_and_leaves_the_trunk_upright():
    _, pose = made(
        "  like: standing\n  side: right\n  contacts: both palm on chair_back\n"
        "  angles: {right hip: {extension: 15}, right knee: {flexion: 0}}\n"
    )
    assert "right heel on floor" not in split_contacts_by_site(pose.spec.contacts)
    assert abs(angle(pose, "pelvis", "forward_tilt")) < 8


def test_the_forearm_of_a_side_plank_stays_where_it_is_on_the_floor():
    judged, _ = made(
        "  like: side_on_elbow\n  side: right\n  lift: hips\n"
        "  angles: {hips: {flexion: 0}, knees: {flexion: 90}, pelvis: {turn_right: 90}}\n"
    )
    frames = solve_motion_of(judged).frames
    for site in ("right elbow", "right wrist"):
        at = frames.point(*body().sites[site][:2])
        assert np.ptp(at, axis=0).max() * STATURE_CM < 2


def test_forearms_on_the_floor_and_lifted_hips_are_a_plank():
    _, pose = made(
        "  like: prone\n  lift: hips\n  contacts: [both forearm on floor, both toes on floor]\n"
        "  angles: {shoulders: {flexion: 90}, elbows: {flexion: 90}, knees: {flexion: 0}}\n"
    )
    low = [pose.point(f"left {site}")[1] * STATURE_CM for site in ("elbow", "wrist", "toes")]
    assert max(low) < 5 < pose.point("left knee")[1] * STATURE_CM


def test_bent_hips_take_the_trunk_along_of_one_who_sits_on_the_floor():
    _, pose = made("  like: long_sitting\n  angles: {hips: {flexion: 100}}\n")
    assert abs(angle(pose, "left knee", "flexion")) < 12


@pytest.mark.parametrize(
    "words",
    [
        "like: long_sitting\n  angles: {hips: {flexion: 90, abduction: 40, external_rotation: 45},"
        " knees: {flexion: 120}}",
        "like: long_sitting\n  angles: {hips: {flexion: 90, abduction: 40, external_rotation: 50},"
        " knees: {flexion: 110}}\n  contacts: left ball touches right ball",
    ],
)
def test_who_sits_on_the_floor_stays_there_with_crossed_legs_and_no_ball_comes_of_the_feet(words):
    _, pose = made(f"  {words}\n")
    assert pose.spec.on == ()
    assert {"left seat on floor", "right heel on floor"} <= {
        *split_contacts_by_site(pose.spec.contacts)
    }


def test_hips_stay_over_the_knees_where_a_shoulder_goes_to_the_floor_and_a_hand_is_lifted():
    _, pose = made(
        "  like: hands_and_knees\n  side: right\n  angles: {thoracic: {turn_left: 30}}\n"
        "  contacts: right shoulder on floor\n  lift: right hand\n"
    )
    assert pose.point("sacrum")[1] > 0.2
    assert angle(pose, "right hip", "flexion") > 50


def test_an_arm_stays_as_the_start_has_it_where_only_another_joint_of_it_is_written():
    judged = check_exercise_text(
        "title: Mine\nstart: {like: standing, angles: {shoulders: {flexion: 90}, elbows:"
        " {flexion: 60}}}\nposture: {like: standing, angles: {shoulders: {flexion: 130}}}\n"
        f"times: 8\n{REST}"
    )
    end = solve_motion_of(judged).stops[-1]
    assert angle(end, "left elbow", "flexion") == pytest.approx(60, abs=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("on: [chair, {box: [30, 18, 60], at: [-30, 0]}]", "would stand in the"),
        ("on: [{ball: 55}], contacts: low_back on ball", 'write "low_back on wall"'),
    ],
)
def test_things_that_cannot_be_where_they_are_written_are_refused_with_the_cure(words, said):
    assert said in refusal(f"  {{like: standing, {words}}}\n")


def test_the_chest_is_lifted_on_the_front_with_the_hands_behind_the_head():
    _, pose = made(
        "  like: prone\n  lift: [head, shoulders]\n  contacts: both palm at occiput\n"
        "  angles: {thoracic: {extension: 12}, lumbar: {extension: 8}}\n"
    )
    assert pose.point("chest")[1] > solve_posture("prone").point("chest")[1] + 0.02


def test_hips_are_lifted_over_heels_on_a_box():
    words = "  like: constructive_rest\n  on: [{box: [30, 30, 50]}]\n  contacts: both heel on box\n"
    low, high = (made(f"{words}{lift}")[1] for lift in ("", "  lift: hips\n"))
    assert (high.point("sacrum") - low.point("sacrum"))[1] * STATURE_CM > 4
    assert high.point("left heel")[1] * STATURE_CM > 30


def test_a_hand_is_laid_over_the_head():
    _, pose = made(
        "  like: sitting_on_chair\n  side: right\n  angles: {cervical: {bend_right: 35}}\n"
        "  contacts: right palm at left temple\n"
    )
    assert angle(pose, "cervical", "bend_right") == pytest.approx(35, abs=1)


def test_opening_the_hips_in_a_crawl_on_the_forearms_keeps_the_knees_on_the_floor():
    _, pose = made("  like: crawl_forearms\n  angles: {hips: {flexion: 15}}\n")
    assert {"left knee on floor", "right knee on floor"} <= {
        *split_contacts_by_site(pose.spec.contacts)
    }


def test_alt_text_says_sitting_on_a_ball_and_does_not_call_feet_on_a_wall_rolled_knees():
    _, pose = made(
        "  like: constructive_rest\n  angles: {hips: {flexion: 90}, knees: {flexion: 90}}\n"
        "  contacts: both sole on wall\n"
    )
    assert "rolled" not in describe_figure(pose)
    _, pose = made("  like: sitting_on_chair\n  on: [{ball: 55}]\n  contacts: both seat on ball\n")
    assert describe_figure(pose).startswith("Sitting on a ball")


def test_a_chin_tuck_draws_the_head_back_with_the_face_level_and_the_trunk_as_it_was():
    words = "{like: sitting_on_chair, angles: {cervical: {%s}}, views: [side_close]}\n"
    text = f"title: Tuck\nstart: {words % 'protraction: 25'}posture: {words % 'retraction: 25'}"
    path = solve_motion_of(check_exercise_text(f"{text}times: 8\nseconds: 5\n{REST}"))
    assert path.spec.views == ("side_close",)
    occiput, forehead = (
        path.frames.point(*body().sites[site][:2]) for site in ("occiput", "forehead")
    )
    face = np.degrees(np.arctan2(*(forehead - occiput)[:, [1, 0]].T))
    assert np.ptp(face) < 1
    assert np.ptp(occiput[:, 0]) * STATURE_CM > 5
    here, there = (stop.point("chest") for stop in path.stops[:2])
    assert np.abs(here - there).max() * STATURE_CM < 0.5
    assert "chin drawn in" in describe_figure(path.stops[1])
    neck = "  like: sitting_on_chair\n  angles: {cervical: {tuck: 10}}\n"
    with pytest.raises(DataError, match="a chin tuck is its retraction"):
        made(neck)


def test_a_contact_that_contradicts_the_angles_is_refused_with_both_named_and_the_attempt_drawn():
    words = (
        "  like: sitting_on_chair\n  side: right\n"
        "  angles: {right shoulder: {flexion: 160}, right elbow: {flexion: 5}}\n"
        "  contacts: right palm at left knee\n"
    )
    said = refusal(words)
    assert said.count("\n") == 1
    assert "right palm touches left knee is missed by" in said
    assert "right shoulder, right elbow" in said
    with pytest.raises(RefusedExerciseError) as caught:
        made(words)
    assert [name for name in caught.value.postures if name in caught.value.figures]


def test_every_form_of_a_contact_is_refused_in_a_sentence_or_can_be_solved_for():
    choose = random.Random(0).choice
    sides = "", "left ", "right ", "both ", "either "
    sites = [*body().table.sites, *SITES_BY_GROUP, *NEAREST_SITE_CANDIDATES_BY_WORD, "thigh", ""]
    places = [*sites, *posture_table().supports, "bed edge", "door handle"]
    accepted = 0
    for _ in range(4000):
        verb = choose([" on ", " along ", " at ", " touches ", " "])
        words = choose(sides) + choose(sites) + verb + choose(sides) + choose(places)
        figure = with_full_support_names(OwnPosture(like="standing", contacts=(words,)), None, {})
        if not [*posture_table().find_mistakes_in_spec(figure)]:
            accepted += 1
            assert all(parse_contacts([c]) for c in split_contacts_by_site(figure.contacts)), words
    assert accepted > 100


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("forehead at both palm", 'write "forehead at left palm", or "both palm at forehead"'),
        ("left palm at both hip_side", 'write "left palm at left hip_side", or "both palm at both'),
        ("both sole touches both sole", 'write "left sole touches right sole"'),
        ("left heel touches right sole", "is heel, ball_inner, ball_outer at once"),
        ("left palm left knee", 'expected "SITE on SUPPORT"'),
    ],
)
def test_a_contact_of_one_place_with_two_is_refused_with_the_cure(contact, said):
    assert said in refusal(f"  like: sitting_on_chair\n  side: right\n  contacts: {contact}\n")


@pytest.mark.parametrize(
    "hips", ["{abduction: 40, external_rotation: 50}", "{external_rotation: 45}", "{abduction: 40}"]
)
def test_soles_touch_of_one_who_sits_with_the_knees_out_over_feet_on_the_floor(hips):
    words = "  like: long_sitting\n  contacts: left sole touches right sole\n"
    judged, pose = made(f"{words}  angles: {{hips: {hips}, knees: {{flexion: 108}}}}\n")
    across = [pose.point(f"{side} {end}")[2] for end in ("heel", "ball") for side in SIDES]
    assert np.abs(across).max() * STATURE_CM < 5
    assert pose.point("left heel")[1] * STATURE_CM < 5
    assert pose.point("left knee")[2] * STATURE_CM < -25
    assert not judged.exercise.needs


def test_the_only_angle_that_is_in_the_way_is_named_with_what_it_would_be():
    words = "  like: long_sitting\n  contacts: left heel touches right heel\n"
    legs = "hips: {flexion: 80, abduction: 35}, knees: {flexion: 110}"
    assert "the trunk would lean backward by" in refusal(f"{words}  angles: {{{legs}}}\n")
    said = refusal(f"{words}  angles: {{pelvis: {{forward_tilt: 0}}, {legs}}}\n")
    assert said.startswith("1 mistake")
    assert "hips > flexion: hips flexion of 80° does not go with the rest" in said


def test_the_lower_leg_of_one_who_lies_on_a_side_stays_on_the_floor_however_it_is_bent():
    words = (
        "right hip: {flexion: 45}, right knee: {flexion: 80}, left hip: {flexion: 0, abduction: 30}"
    )
    _, pose = made(
        f"  like: side_lying\n  side: right\n  angles: {{{words}, left knee: {{flexion: 0}}}}\n"
    )
    assert pose.point("right ball_outer")[1] * STATURE_CM < 4


@pytest.mark.parametrize("more", ["", "right hip: {flexion: 0}, right knee: {flexion: 0}, "])
def test_who_stands_on_a_step_with_the_other_leg_lifted_stands_straight(more):
    bends = "left hip: {flexion: 70}, left knee: {flexion: 80}"
    _, pose = made(
        "  like: standing\n  side: right\n  contacts: right sole on step\n"
        f"  angles: {{{more}{bends}}}\n"
    )
    for joint, motion in (("hip", "flexion"), ("knee", "flexion"), ("ankle", "dorsiflexion")):
        assert abs(angle(pose, f"right {joint}", motion)) < 8
    assert not [c for c in split_contacts_by_site(pose.spec.contacts) if c.startswith("left heel")]
    assert describe_figure(pose).startswith("Standing at a step, left knee raised")


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (
            "{like: standing, angles: {hips: {flexion: 80}, knees: {flexion: 80}}, %s}",
            "start: %s\n",
        ),
        (
            "{like: standing, side: right, contacts: right forearm on wall_right, angles: {right"
            " shoulder: {flexion: 85, abduction: 90}, right elbow: {flexion: 90}}}",
            "",
        ),
    ],
)
def test_who_leans_on_a_wall_begins_with_the_feet_where_they_end_and_upright(words, start):
    wall = "contacts: [both shoulder_blade on wall, both buttock on wall]"
    start = start and start % f"{{like: standing, {wall}}}"
    text = f"title: Mine\n{start}posture: {words.replace('%s', wall)}\nseconds: 20\n{REST}"
    judged = check_exercise_text(text)
    here, there = solve_motion_of(judged).stops
    for site in ("left heel", "right heel", "left toes", "right toes"):
        assert np.abs(here.point(site) - there.point(site)).max() * STATURE_CM < 2
    for pose in (here, there):
        assert abs(pose.point("forehead")[2] - pose.point("sacrum")[2]) * STATURE_CM < 5
    assert not judged.remarks


@pytest.mark.parametrize("site", ["hand_back", "fingers"])
def test_hands_below_the_low_back_come_out_alike_and_leave_the_spine_and_the_straight_leg(site):
    _, pose = made(
        f"  like: constructive_rest\n  side: right\n  contacts: both {site} at low_back\n"
        "  angles: {right hip: {flexion: 0}, right knee: {flexion: 0}, thoracic: {flexion: 12}}\n"
        "  lift: [head, shoulders]\n"
    )
    shown = [shape.name for shape in draw_body(pose.frames, *cameras_for_views(["above"]))]
    assert max(shown.index(f"{side} hand") for side in SIDES) < shown.index("shirt")
    base = solve_posture("constructive_rest")
    for joint, motion in (("lumbar", "flexion"), ("right ankle", "dorsiflexion")):
        assert abs(angle(pose, joint, motion) - angle(base, joint, motion)) < 8
    for joint in ("shoulder", "elbow"):
        bends = [angle(pose, f"{side} {joint}", "flexion") for side in SIDES]
        assert abs(bends[0] - bends[1]) < 8
    assert pose.point("right heel")[1] * STATURE_CM < 5


def test_a_standing_leg_that_bends_though_nobody_wrote_it_is_told():
    judged, _ = made(
        "  like: standing\n  side: right\n  contacts: right palm at right shin\n"
        "  angles: {left hip: {extension: 20}, left knee: {flexion: 5}}\n"
    )
    assert any("right knee flexion by" in remark for remark in judged.remarks)


def test_an_alternating_leg_lift_on_the_front_is_drawn_for_the_written_side_with_the_head_still():
    words = "like: prone, side: right, angles: {right hip: {extension: 12}}"
    judged = check_exercise_text(
        f"title: Mine\nposture: {{{words}}}\ntimes: 8\nseconds: 3\nsides: alternate\n{REST}"
    )
    path = solve_motion_of(judged)
    assert np.ptp(path.numbers[:, body().dof["cervical.turn_right"]]) < 2
    assert np.abs(np.diff(path.frames.origins, axis=0)).max() * STATURE_CM < 15  # no jump
    drawn = draw_stops(path, one_size=True)
    poses = dict(zip(path.spec.through, path.stops, strict=True))
    raised = [[poses[d.posture].point(f"{s} heel")[1] for s in SIDES] for d in drawn[1:]]
    assert [left > right for left, right in raised] == [False, True]


def test_a_refused_posture_is_saved_in_grey_and_an_accepted_one_in_colours(tmp_path):
    path = tmp_path / "mine.yaml"
    for contact, is_refused in (("on chair", False), ("at left heel", True)):
        words = f"posture: {{like: sitting_on_chair, side: right, contacts: right palm {contact},"
        bends = "angles: {right elbow: {flexion: 10}}}\n"
        path.write_text(f"title: Mine\n{words} {bends}seconds: 9\n{REST}", encoding="utf-8")
        assert exercise_check.main([str(path)]) == is_refused
        saturation = Image.open(path.with_suffix(".png")).convert("HSV").split()[1]
        assert (saturation.getextrema()[1] == 0) == is_refused


def test_a_place_that_the_angles_cannot_reach_is_named():
    said = refusal(
        "  like: standing\n  side: right\n  contacts: [{place: right palm_heel, y: 200}]\n"
        "  angles: {right shoulder: {flexion: 20, abduction: 0}, right elbow: {flexion: 5}}\n"
    )
    assert "{place: right palm_heel, y: 200} is missed by" in said


def test_a_posture_without_the_key_like_gives_no_remark_about_contacts():
    judged, _ = made("  position: supine\n  contacts: [hips on floor, shoulders on floor]\n")
    assert judged.remarks == ()


def test_hips_leave_the_floor_where_the_legs_carry_them_and_knees_stay_over_the_feet():
    _, pose = made(
        "  like: constructive_rest\n  angles: {hips: {flexion: 0}, knees: {flexion: 90}}\n"
    )
    assert not any("buttock" in contact for contact in split_contacts_by_site(pose.spec.contacts))
    lying = solve_posture("constructive_rest").point("sacrum")
    assert pose.point("sacrum")[1] > lying[1] + 0.04  # fractions of stature
    assert abs(angle(pose, "right hip", "external_rotation")) < 12
    assert abs(angle(pose, "right hip", "abduction")) < 12


def test_a_leg_that_is_written_straight_lies_on_the_floor_beside_one_on_the_back():
    _, pose = made(
        "  like: constructive_rest\n  side: right\n"
        "  angles: {right hip: {flexion: 0}, right knee: {flexion: 0}}\n"
    )
    assert "right heel on floor" in split_contacts_by_site(pose.spec.contacts)


def test_a_foot_that_slides_along_the_floor_keeps_its_knee_over_it():
    _, pose = made(
        "  like: stretched_out\n  side: right\n  contacts: right sole on floor\n"
        "  angles: {right hip: {flexion: 50}, right knee: {flexion: 90}}\n"
    )
    assert abs(angle(pose, "right hip", "abduction")) < 16


def test_hands_that_press_the_chest_up_stay_where_they_were():
    _, pose = made(
        "  like: prone_hands_beside\n  lift: [head, shoulders]\n  contacts: both hand on floor\n"
        "  angles: {lumbar: {extension: 25}, thoracic: {extension: 15}, elbows: {flexion: 20}}\n"
    )
    before = solve_posture("prone_hands_beside").point("left palm_heel")
    assert np.abs((pose.point("left palm_heel") - before) * STATURE_CM).max() < 6


def test_one_lies_over_a_roll_with_the_head_down_and_is_refused_where_it_is_too_thick():
    words = (
        "  like: constructive_rest\n  on: [{roll: %d}]\n  contacts: mid_back on roll\n"
        "  angles: {thoracic: {extension: 15}}\n"
    )
    _, pose = made(words % 7)
    assert pose.point("mid_back")[1] * STATURE_CM > 5
    assert pose.point("occiput")[1] * STATURE_CM < 2
    assert "extension" in refusal(words % 12)


def test_writing_an_angle_that_a_posture_already_has_releases_no_contact():
    _, pose = made(
        "  like: sitting_on_chair\n  side: right\n  free: [elbows, wrists]\n"
        "  without: [both palm at both thigh_top]\n"
        "  angles: {pelvis: {turn_right: 0, list_right: 0}, thoracic: {turn_right: 22}}\n"
        "  contacts: [left palm at right thigh_outer, right palm on chair]\n"
    )
    assert "both seat on chair" in pose.spec.contacts
    assert abs(angle(pose, "pelvis", "forward_tilt")) < 10


@pytest.mark.parametrize(
    ("words", "site", "height_cm"),
    [
        ("sitting_on_chair, on: [{box: [40, 48, 50]}], contacts: both seat on box", "seat", 48),
        ("stretched_out, on: [{ball: 45}], contacts: both calf on ball, lift: hips", "calf", 25),
        ("constructive_rest, contacts: left knee touches right knee, lift: hips", "knee", 40),
        ("standing, contacts: both toes on step, lift: both heels", "knee", 65),
        ("standing, contacts: both sole on step", "heel", 18),
        ("constructive_rest, lift: hips", "buttock", 7),
    ],
)
def test_a_posture_on_a_prop_is_raised_by_its_height_with_the_trunk_upright(words, site, height_cm):
    _, pose = made(f"  {{like: {words}}}\n")
    assert pose.point(f"left {site}")[1] * STATURE_CM > height_cm
    if pose.spec.position in ("sitting", "standing"):
        assert abs(angle(pose, "pelvis", "forward_tilt")) < 8
    assert abs(angle(pose, "left hip", "abduction")) < 20


def test_feet_stay_at_the_places_that_are_written():
    places = "[{place: right heel, x: 22, z: 0}, {place: left heel, x: -6, z: 0}]"
    judged, _ = made(f"  like: standing\n  side: right\n  contacts: {places}\n")
    figures = judged.exercise.own_figures
    end = solve_posture(judged.exercise.steps[0].posture, None, posture_table(figures))
    assert abs(end.point("right heel")[2]) * STATURE_CM < 1


def test_a_repetition_on_a_step_begins_on_the_step():
    judged, _ = made(
        "  like: standing\n  side: right\n  contacts: right sole on step\n  lift: left foot\n"
        "  angles: {pelvis: {list_right: 8}}\n",
        "times: 10\n",
    )
    start = solve_motion_of(judged).stops[0]
    assert start.point("right heel")[1] * STATURE_CM > 18  # as high as the step is


def test_an_arm_whose_flexion_alone_is_written_goes_straight_ahead():
    _, pose = made("  like: constructive_rest\n  angles: {shoulders: {flexion: 90}}\n")
    assert abs(angle(pose, "left shoulder", "abduction")) < 5


def test_a_pelvis_tilts_as_its_person_sees_it_even_where_the_figure_faces_the_other_way():
    words = "  like: half_kneeling\n  angles: {pelvis: {%s: 10}}\n"
    leaning = [made(words % way)[1] for way in ("forward_tilt", "backward_tilt")]
    ahead = [pose.point("chest")[0] - pose.point("sacrum")[0] for pose in leaning]
    assert ahead[0] < ahead[1]  # who half kneels faces the way in which x falls


def test_a_close_view_of_a_posture_shows_its_wall():
    _, pose = made(
        "  like: standing\n  contacts: [both shoulder_blade on wall, occiput on wall]\n"
        "  views: [side_close]\n"
    )
    assert "wall" in {shape.tone for shape in draw_still(pose).shapes}


def test_a_trunk_bend_beyond_its_limit_is_refused_with_that_limit_alone():
    said = refusal(
        "  like: standing\n  side: right\n"
        "  angles: {lumbar: {bend_right: 28}, thoracic: {bend_right: 38}}\n"
    )
    assert "lumbar 28° and thoracic 38° of bend right are more than 50°" in said
    assert said.count("\n") == 1


# How much, and how

KNEE = """\
  like: standing
  side: right
  angles: {right hip: {flexion: 60}, right knee: {flexion: 70}}
"""


def phases_of(exercise):
    return timeline.compile_session([exercise], rise=shipped_library().rise).phases


def test_an_own_exercise_with_one_side_is_played_and_described_on_that_side():
    judged, _ = made(KNEE, "seconds: 20\nsides: left\nrounds: 2\n")
    sides = [phase.side for phase in phases_of(judged.exercise) if phase.kind == "hold"]
    assert sides == ["left", "left"]
    assert describe_amounts(judged.exercise) == "20 seconds, 2 times on the left side"


def test_the_rest_between_rounds_lasts_as_long_as_is_written_and_is_named_in_the_amounts():
    judged, _ = made(KNEE, "seconds: 20\nsides: right\nrounds: 3\nrest: 60\n")
    rests = [p.duration_ms for p in phases_of(judged.exercise) if p.title == "Once more"]
    assert rests == [60_000, 60_000]
    assert "with 1 minute of rest between" in describe_amounts(judged.exercise)


def test_amounts_in_words_name_sets_beside_repetitions_and_time_alternating_repetitions_per_side():
    judged, _ = made(KNEE, "times: 10\ntempo: 4\nrounds: 2\n")
    assert describe_amounts(judged.exercise) == "10 times, 4 seconds for each, 2 sets on each side"
    judged, _ = made(KNEE, "times: 8\nseconds: 6\ntempo: 6\nsides: alternate\n")
    assert describe_amounts(judged.exercise).endswith("held for 6 seconds, 12 seconds for each")


ON_WALL = "  like: standing\n  contacts: both palm on wall\n  angles: {hips: {flexion: 0}, "
PUSH = f"start:\n{ON_WALL}elbows: {{flexion: 90}}, ankles: {{dorsiflexion: 12}}}}\ntimes: 10\n"


def test_in_a_push_up_at_the_wall_hands_and_feet_stay_where_they_are():
    judged, _ = made(f"{ON_WALL}elbows: {{flexion: 0}}, knees: {{flexion: 0}}}}\n", PUSH)
    path = solve_motion_of(judged)
    for site in ("left palm_heel", "right palm_heel", "left heel", "right toes"):
        places = path.frames.point(*body().sites[site][:2]) * STATURE_CM
        assert np.ptp(places, axis=0).max() < 2
    assert judged.remarks == ()


@pytest.mark.parametrize(
    ("posture_words", "more", "remark"),
    [
        (
            "  like: standing\n  angles: {cervical: {flexion: 1}}\n",
            "times: 5\n",
            "line 2, posture: nothing moves",
        ),
        (
            "  like: sitting_on_chair\n  contacts: [both seat on floor, both heel on floor]\n"
            "  without: [both seat on chair, both thigh along chair, both sole on floor]\n"
            "  angles: {knees: {flexion: 15}, shoulders: {flexion: 50}}\n",
            "seconds: 20\n",
            "line 2, posture: nothing touches the chair any more: if it is not there, write on: []",
        ),
    ],
)
def test_a_posture_that_moves_nothing_or_no_longer_touches_its_chair_gives_a_remark(
    posture_words, more, remark
):
    judged, _ = made(posture_words, more)
    assert any(said.startswith(remark) for said in judged.remarks)


SIDE_PLANK = (
    "  like: side_on_elbow\n  side: right\n  lift: hips\n  angles: {hips: {flexion: 0}%s}\n"
)


def test_elbows_that_slide_while_they_support_give_a_remark_whose_cures_hold_or_mean_it():
    words = (
        "  like: prone\n  angles: {lumbar: {extension: 20}, thoracic: {extension: 20},"
        " shoulders: {flexion: 60}, elbows: {flexion: 90}}\n  contacts: [both forearm on floor%s]\n"
    )
    judged, _ = made(words % "")
    (slides,) = [said for said in judged.remarks if "slides" in said]
    assert re.match(r"line 2, posture: what bears slides, the (left|right) arm by \d+ cm", slides)
    places, meant = re.search(r"write \[(.*)\] in .*, (slide: .*)", slides).groups()
    for cured in (words % f", {places}", f"{words % ''}  {meant}\n"):
        assert not [said for said in made(cured)[0].remarks if "slides" in said]


@pytest.mark.parametrize(
    ("posture", "old", "new"),
    [
        (
            "like: sitting_on_chair, side: right, contacts: [right ankle_outer at left"
            " thigh_above_knee%s], angles: {pelvis: {forward_tilt: 15}}",
            'write in "posture", too, what bears, as "both seat on chair"',
            ", both seat on chair",
        ),
        ("like: prone, lift: shoulders%s", r"write more than \d+° of lumbar extension", ""),
    ],
)
def test_a_cure_says_what_the_file_does_not_and_mends_it(posture, old, new):
    start = re.sub(r"%s|, angles.*", "", posture)
    text = f"title: Mine\nstart: {{{start}}}\nposture: {{{posture}}}\ntimes: 5\nseconds: 5\n{REST}"
    text = text if "%s]" in posture else text.replace(f"start: {{{start}}}\n", "")
    with pytest.raises(DataError, match=old):
        check_exercise_text(text % "")
    mended = new or ", angles: {lumbar: {extension: 20}}"
    assert check_exercise_text(text % mended)


def test_no_cure_of_a_refusal_or_a_remark_stands_in_the_file_already():
    for path in FILES[:6]:
        text = read_yaml_text(path)
        for old, new in (
            ("flexion: 9", "flexion: 15"),
            ("contacts: [", "contacts: [left palm at left knee, "),
        ):
            try:
                said = "\n".join(check_exercise_text(text.replace(old, new)).remarks)
            except DataError as error:
                said = str(error)
            for cure in re.findall(r'write [^;:]*?(\{[^{}]+\}|as "[^"]+")', said):
                assert cure.removeprefix("as ").strip('"') not in text, said


def test_an_unreachable_contact_is_reported_as_the_only_mistake():
    words = "  like: seated_round\n  side: right\n  contacts: right palm at upper_back\n"
    angles = "{lumbar: {flexion: 10}, cervical: {flexion: 40}, right knee: {flexion: 15}}"
    said = refusal(f"{words}  angles: {angles}\n")
    assert said.startswith("1 mistake")
    assert "leave it out, or write the angles that bring it there" in said


def test_a_posture_whose_cushion_is_too_thick_is_refused_with_advice_for_a_flatter_one():
    words = "  like: prone\n  contacts: tummy on cushion\n"
    assert "the cushion is 8 cm thick, and a flatter one is a box" in refusal(words)


def test_a_repetition_may_be_held_and_done_left_and_right_in_turn():
    judged, _ = made(KNEE, "times: 8\nseconds: 5\ntempo: 4\nsides: alternate\n")
    (step,) = judged.exercise.steps
    assert isinstance(step, Repeat)
    assert (step.tempo.default, step.held, step.in_turn) == (18, 5, True)
    (phase,) = [p for p in phases_of(judged.exercise) if p.kind == "repeat"]
    assert (phase.count, phase.duration_ms, phase.side) == (8, 8 * 18_000, "")
    assert [cue.at for cue in phase.cues if cue.say == "Hold."][:2] == [2000, 11_000]
    spec = judged.exercise.own_figures[step.motion]
    assert spec.loop
    assert [words.startswith("other ") for words in spec.through].count(True) == 2


def test_a_repetition_may_be_held_for_most_of_its_time():
    judged, _ = made(KNEE, "times: 3\nseconds: 60\n")
    assert judged.exercise.steps[0].tempo.default == 66


def test_a_version_of_a_held_repetition_is_said_in_its_own_words():
    more = "times: 8\nseconds: 5\n"
    text = f"title: Mine\nposture:\n{KNEE}{more}{REST}"
    text = text.replace("what: Less of it.", "what: Less of it., seconds: 3, say: Only a little.")
    (step,) = check_exercise_text(text).exercise.version("easier").steps
    assert (step.held, step.say) == (3, "Only a little.")


def test_the_sit_to_stand_motion_passes_its_middle_posture_rises_and_keeps_the_feet_in_place():
    path = Path(__file__).parent / "own_exercises" / "sit_to_stand.yaml"
    exercise = check_exercise_text(read_yaml_text(path)).exercise
    spec = exercise.own_figures[exercise.steps[0].motion]
    assert len(spec.through) == 4  # of which one is the moment in which the seat leaves the chair
    table = posture_table(exercise.own_figures)
    start, end = (solve_posture(spec.through[k], None, table) for k in (0, -1))
    for site in ("left heel", "right heel"):  # one stands up where the feet are
        assert np.linalg.norm(start.point(site) - end.point(site)) < 0.01
    lifted = solve_posture(spec.through[2], None, table)
    weight = body().centre_of_mass(lifted.frames)[0]
    assert lifted.point("left heel")[0] < weight[0] < lifted.point("left toes")[0]
    assert body().centre_of_mass(end.frames)[0][1] > body().centre_of_mass(start.frames)[0][1]


def test_no_lesson_changes_an_amount_that_is_prescribed():
    judged, _ = made(KNEE, "times: 10\nrounds: 3\nsides: right\n")
    exercise = judged.exercise
    amounts = (exercise.steps[0].times, exercise.rounds)
    assert [(each.min, each.default, each.max) for each in amounts] == [(10, 10, 10), (3, 3, 3)]


def test_a_repetition_begins_in_the_posture_that_it_is_like():
    judged, _ = made(KNEE, "times: 5\n")
    assert judged.exercise.start == "standing"
    assert judged.exercise.id == "mine"


# Files as people save them

SLIPS = {
    (
        "seconds: 20",
        "seconds: 20s",
    ): 'line 4, seconds: found "20s", expected a number alone: write 20',
    ("seconds: 20", "seconds: 1 min"): (
        'line 4, seconds: found "1 min", expected a number alone: write 60'
    ),
    ("seconds: 20", "times: 3x10"): (
        'line 4, times: found "3x10", expected a number alone: write 10, and rounds: 3'
    ),
    ("hips: {flexion: 80}", "hips: 80"): (
        "line 3, posture > angles > hips: found 80, expected a motion and its degrees:"
        " write {flexion: 80}"
    ),
    ("say: Move, and breathe.", "say: 'Don't move.'"): (
        "line 7: an apostrophe ends this text; put double quotes round it instead"
    ),
    ("seconds: 20", "seconds:20"): 'line 4: expected a space after "seconds:"',
    ("title: Mine", "title Mine"): 'line 1: expected a ":" after "title"',
    ("flexion: 80", "flexion: 12,5"): (
        "line 3, posture > angles > hips > flexion: found 12,5: a comma ends a value inside braces;"
        " write 12.5"
    ),
    ("flexion: 80", "flexion: 80°"): (
        'line 3, posture > angles > hips > flexion: found "80°", expected a number alone: write 80'
    ),
    ("say: Move, and breathe.", "say: Lie on mat #3, and breathe."): (
        'line 7, say: the words after " #" would be lost; put quotes round the whole text'
    ),
    ("Stop if it hurts.", "“Stop: now.”"): (
        "line 10: curly quotes count for nothing here; write straight ones, \" or '"
    ),
    ("  angles", "  angel"): 'line 3, posture > angel: unknown key "angel"; did you mean "angles"?',
    (
        "seconds: 20",
        "sets: 3\nseconds: 20",
    ): 'line 4, sets: unknown key "sets"; did you mean "rounds"?',
    ("what: Less of it.", "what: Less, and slower."): (
        'line 9, easier > what: found "Less, and slower.": a comma ends a text inside braces; put '
        "quotes round it"
    ),
    ("title: Mine", "TITLE: Mine"): 'line 1, TITLE: unknown key "TITLE"; did you mean "title"?',
    ("title: Mine", "titel: Mine"): 'line 1, titel: unknown key "titel"; did you mean "title"?',
    ("seconds: 20", "sekunden: 20"): (
        'line 4, sekunden: unknown key "sekunden"; did you mean "seconds"?'
    ),
    ("seconds: 20", "seconds: 30 Sek."): (
        'line 4, seconds: found "30 Sek.", expected a number alone: write 30'
    ),
    ("seconds: 20", "rounds: zwei\nseconds: 20"): (
        'line 4, rounds: found "zwei", expected a number alone: write 2'
    ),
    ("seconds: 20", "times: 3 sets of 10"): (
        'line 4, times: found "3 sets of 10", expected a number alone: write 10, and rounds: 3'
    ),
    ("seconds: 20", "sides: both\nseconds: 20"): (
        'line 4, sides: unknown word "both"; did you mean "each"?'
    ),
    ("seconds: 20", "often: daily\nseconds: 20"): (
        'line 4, often: found "daily", expected a group of keys:'
        ' write {times: 1, per: day, what: "Daily"}'
    ),
    ("seconds: 20", "often: 3x a week\nseconds: 20"): (
        'line 4, often: found "3x a week", expected a group of keys:'
        ' write {times: 3, per: week, what: "3x a week"}'
    ),
    ("like: constructive_rest", "like: Constructive Rest"): (
        'line 2, posture > like: found "Constructive Rest", expected a name of small letters, '
        "digits and _ that starts with a letter: write constructive_rest"
    ),
    ("say: Move, and breathe.", "say: Note: breathe."): (
        'line 7: a text that holds a colon: put quotes round what follows "say:"'
    ),
    ("say: Move, and breathe.", "say:"): (
        'line 7, say: the key "say" is missing: what the voice says as it begins'
    ),
    ("[{whom: anyone, what: Gently.}]", "none"): (
        'line 8, cautions: found "none", expected a group of keys:'
        ' write {whom: anyone, what: "Gently."}'
    ),
    ("[{whom: anyone, what: Gently.}]", "\n  - whom anyone\n    what: Gently."): (
        'line 9: expected a ":" after "whom"'
    ),
    ("[{whom: anyone, what: Gently.}]", "\n  -whom: anyone\n   what: Gently."): (
        'line 9: found "-" before an item; write "- ", with a space'
    ),
    ("title: Mine", "```\ntitle: Mine"): "line 1: found ```; remove this line",
    ("seconds: 20", "times: 3 Sätze à 10 Wdh."): (
        'line 4, times: found "3 Sätze à 10 Wdh.", expected a number alone: write 10, and rounds: 3'
    ),
    ("seconds: 20", "times: 8 bis 12"): (
        'line 4, times: found "8 bis 12", expected a number: write {default: 8, min: 8, max: 12}'
    ),
    ("seconds: 20", "seconds: ca. 1,5 min"): (
        'line 4, seconds: found "ca. 1,5 min", expected a number alone: write 90'
    ),
    ("seconds: 20", "times: 8,"): 'line 4, times: found "8,", expected a number alone: write 8',
    ("seconds: 20", "times: 8."): "line 4, times: found 8, expected a whole number: write 8",
    ("seconds: 20", "times: diez veces"): (
        'line 4, times: found "diez veces", expected a number alone: write 10'
    ),
    ("flexion: 80", "flexion: 70–80°"): (
        'line 3, posture > angles > hips > flexion: found "70–80°", expected one number: write 70'
        " or 80"
    ),
    ("seconds: 20", "seconds： 20"): 'line 4: found the wide "："; write ":" and a space',
    ("seconds: 20", "seconds: 20\nlanguage: Deutsch"): (
        'line 5, language: found "Deutsch", expected the tag of a language, such as en, de or '
        "pt-BR: write de"
    ),
    ("constructive_rest,", "constructive_rest, lift: 'left arm, head',"): (
        'line 2, posture > lift: found "left arm, head", expected a list: write [left arm, head]'
    ),
    ("whom: anyone,", "whom: neck_pain, dizzy,"): (
        'line 8, cautions > 1 > whom: found "neck_pain, dizzy": a comma ends a text inside braces;'
        " write [neck_pain, dizzy]"
    ),
    ("[{whom: anyone, what: Gently.}]", "neck pain, dizziness"): (
        'line 8, cautions: found "neck pain, dizziness", expected a group of keys:'
        ' write {whom: [neck_pain, dizzy], what: "Gently."}'
    ),
    ("[{whom: anyone, what: Gently.}]", "{dizzy: Sit down.}"): (
        'line 8, cautions > dizzy: write whom: dizzy, and behind "what:" what it should do'
    ),
    ("what: Less of it.", "what: “Less, and slower.”"): (
        'line 9, easier > what: found "“Less, and slower.”": a comma ends a text inside braces;'
        " write straight quotes in place of the curly ones"
    ),
    ("{what: Less of it.}", "[Less of it.]"): (
        'line 9, easier: found a list of 1, expected a group of keys: write {what: "Less of it."}'
    ),
    ("stop: Stop if it hurts.", "stop: [Pain., Dizziness.]"): (
        'line 10, stop: found a list of 2, expected one text: write "Pain. Dizziness."'
    ),
    ("say: Move, and breathe.", 'say: "Move" and breathe.'): (
        'line 7: put quotes round all that follows "say:"'
    ),
    ("say: Move, and breathe.", "say: Move {side}, thus:"): (
        'line 7: a text that holds a colon: put quotes round what follows "say:"'
    ),
    ("say: Move, and breathe.", "say: Move, and\nbreathe, and go on so."): (
        'line 8: expected a ":" after "breathe"; a text that goes on begins its lines with spaces'
    ),
    ("say: Move, and breathe.", "say: Move to the (side)."): (
        "line 7, say: found (side); expected {side} or {other}"
    ),
    ("title: Mine", "title: Mine:"): 'line 1: found a ":" behind the value; remove it',
    ("title: Mine", "**title:** Mine"): (
        "line 1: found **, which counts for nothing here; remove it"
    ),
    ("[{whom: anyone, what: Gently.}]", "\n● whom: anyone\n  what: Gently."): (
        'line 9: found "●" before an item; write "- ", with a space'
    ),
}
PLAIN = f"""\
title: Mine
posture: {{like: constructive_rest,
  angles: {{hips: {{flexion: 80}}}}}}
seconds: 20
{REST}"""


@pytest.mark.parametrize(("old", "new"), SLIPS)
def test_a_typing_slip_in_an_own_exercise_is_reported_in_one_sentence_with_line_and_correction(
    old, new
):
    assert PLAIN.count(old) == 1
    with pytest.raises(DataError) as caught:
        check_exercise_text(PLAIN.replace(old, new), "mine.yaml")
    assert str(caught.value).split("\n")[1:] == [f"mine.yaml {SLIPS[old, new]}"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_file_is_read_however_its_editor_saves_text(tmp_path, encoding):
    path = tmp_path / "mine.yaml"
    path.write_bytes(PLAIN.replace("\n", "\r\n").encode(encoding))
    assert check_exercise_text(read_yaml_text(path)).exercise.id == "mine"


@pytest.mark.parametrize("start", [b"{\\rtf1 ", b"PK\x03\x04", b"\x89PNG", b"<html>", b"\0" * 9])
def test_a_file_of_another_program_is_refused_with_advice_to_save_plain_text(tmp_path, start):
    path = tmp_path / "mine.yaml"
    path.write_bytes(start + PLAIN.encode())
    with pytest.raises(DataError, match="save it as plain text"):
        read_yaml_text(path)


def test_a_key_that_stands_too_far_in_is_told_where_it_belongs():
    text = "posture:\n  like: constructive_rest\n  say: Move.\ntitle: Mine\nseconds: 20\n"
    with pytest.raises(DataError, match=r"line 3, posture > say: .*write it at the beginning"):
        check_exercise_text(text + REST.replace("say: Move, and breathe.\n", ""))


def test_a_comment_behind_a_number_is_a_comment():
    assert check_exercise_text(PLAIN.replace("20", "20 #slowly")).exercise.steps[0].seconds


def test_spaces_of_other_kinds_pasted_into_an_own_exercise_are_read_as_spaces():
    words = PLAIN.replace("seconds: 20", "\u200bseconds:\u300020").replace(
        "  angles: {hips", "\u00a0\u2003angles: {hips"
    )
    assert check_exercise_text(words).exercise.steps[0].seconds.default == 20


def test_keys_that_are_not_indented_below_theirs_are_told_where_they_belong():
    text = PLAIN.replace(
        "posture: {like: constructive_rest,\n  angles: {hips: {flexion: 80}}}",
        "posture:\nlike: constructive_rest\nangles: {hips: {flexion: 80}}",
    )
    with pytest.raises(DataError, match='line 4, angles: the key "angles" belongs to "posture"'):
        check_exercise_text(text)


def test_a_mistake_that_a_version_takes_over_is_told_once():
    text = f"title: A\nposture:\n{KNEE}times: 8\nseconds: 5\n{REST}"
    text = text.replace("right knee", "right kne").replace("Less of it.", "Less., seconds: 3")
    with pytest.raises(DataError, match=r"^1 mistake"):
        check_exercise_text(text)


def test_knees_that_are_lifted_leave_hands_and_feet_where_they_are():
    _, pose = made(
        "  like: hands_and_knees\n  lift: both knees\n"
        "  angles: {hips: {flexion: 5}, knees: {flexion: 0}}\n"
    )
    assert "both toes on floor" in pose.spec.contacts
    assert describe_figure(pose) == "On hands and feet."


def test_arms_not_mentioned_at_a_stop_on_the_way_give_a_remark_and_mentioned_ones_do_not():
    arms, legs = "shoulders: {flexion: 90}", "hips: {flexion: 30}, knees: {flexion: 30}"
    text = (
        f"title: Squat\nstart: {{like: standing, angles: {{{arms}}}}}\n"
        "through: [{like: standing, angles: {%s}}]\n"
        f"posture: {{like: standing, angles: {{{arms}, {legs}}}}}\ntimes: 5\n{REST}"
    )
    forgets = "arm moves, to a posture that says nothing of it"
    assert sum(forgets in said for said in check_exercise_text(text % legs).remarks) == 2
    assert check_exercise_text(text % f"{legs}, {arms}").remarks == ()


def test_a_motion_in_which_the_feet_would_have_to_step_is_refused_with_both_distances():
    stance = "{like: standing, side: right, angles: {right hip: {flexion: %d}, %s}}"
    start = stance % (20, "left hip: {extension: 20}")
    goal = stance % (80, "knees: {flexion: 80}, left hip: {extension: 10}")
    with pytest.raises(DataError, match=r"would have to step, from \d+ cm apart to \d+: write"):
        check_exercise_text(f"title: Split\nstart: {start}\nposture: {goal}\ntimes: 8\n{REST}")


def test_alt_text_of_sitting_on_the_floor_with_one_arm_lifted_names_the_other_hand_on_its_thigh():
    _, pose = made("  like: long_sitting\n  side: right\n  lift: left arm\n")
    assert describe_figure(pose).startswith(
        "Sitting on the floor, legs straight, right hand on the right thigh"
    )


def test_the_foot_ahead_of_one_who_half_kneels_stays_on_the_floor_as_the_hips_sink_towards_it():
    _, pose = made(
        "  like: half_kneeling\n  side: right\n  angles: {right hip: {extension: 15},"
        " left hip: {flexion: 95}, left knee: {flexion: 110}}\n"
    )
    assert "left sole on floor" in pose.spec.contacts
    assert describe_figure(pose).startswith("Kneeling on one knee, the left foot ahead")


def test_a_hand_that_stays_on_the_floor_stays_where_it_is_as_the_trunk_turns_down_to_it():
    _, pose = made(
        "  like: hands_and_knees\n  side: right\n  contacts: right shoulder on floor\n"
        "  angles: {hips: {flexion: 115}, thoracic: {turn_left: 30},"
        " right shoulder: {flexion: 60, adduction: 30}}\n"
    )
    before = solve_posture("hands_and_knees").point("left palm_heel")
    assert np.abs(pose.point("left palm_heel") - before).max() * STATURE_CM < 2


def test_a_repetition_at_the_back_of_a_chair_begins_with_the_hands_on_it():
    posture = "  like: standing\n  side: right\n  contacts: both palm on chair_back\n"
    judged, _ = made(f"{posture}  angles: {{right hip: {{abduction: 25}}}}\n", "times: 5\n")
    start, *_ = solve_motion_of(judged).stops
    assert "both palm at both chair_back top" in start.spec.contacts


def test_a_refusal_for_missing_words_still_gives_the_posture_and_does_not_call_it_impossible():
    with pytest.raises(RefusedExerciseError) as caught:
        check_exercise_text("title: A\nposture: {like: standing, lift: left arm}\nseconds: 9\n")
    assert not caught.value.are_impossible
    assert caught.value.postures


def remarks_of(start: str, posture: str) -> str:
    """What is told of a movement of one's own from one posture to another."""
    text = f"title: Mine\nstart: {{{start}}}\nposture: {{{posture}}}\ntimes: 5\n{REST}"
    return "\n".join(check_exercise_text(text).remarks)


SPLIT_STANCE = (
    "like: standing, side: right, angles: {right hip: {flexion: 25}, right knee: {flexion: 5},"
    " left hip: {extension: 15}, left knee: {flexion: 5}},"
    " contacts: [right sole on floor, left ball on floor%s]"
)
ARMS_AHEAD = "shoulders: {flexion: 170}, elbows: {flexion: 0}"


@pytest.mark.parametrize(
    ("start", "posture", "limb", "told"),
    [
        (
            SPLIT_STANCE % "",
            "like: standing, side: right, angles: {right hip: {flexion: 70}, right knee:"
            " {flexion: 80}, left hip: {extension: 5}, left knee: {flexion: 75}}",
            "left leg",
            r"the left foot floats \d+ cm away from where it rested",
        ),
        (
            "like: hands_and_knees",
            "like: hands_and_knees, side: right, angles: {hips: {flexion: 110}, lumbar:"
            " {flexion: 15}, thoracic: {turn_left: 30}, right shoulder: {flexion: 125,"
            " adduction: 40}, right elbow: {flexion: 0}}, contacts: [right shoulder on floor]",
            "right arm",
            r"the right hand floats \d+ cm away from where it rested",
        ),
    ],
)
def test_a_hand_or_foot_that_rested_and_floats_is_told_unless_it_is_said_to_be_lifted(
    start, posture, limb, told
):
    assert re.search(told, remarks_of(start, posture))
    assert "floats" not in remarks_of(start, f"{posture}, lift: {limb}")


def test_the_cure_of_a_split_stance_that_is_lost_keeps_it_when_it_is_copied():
    goal = (
        "like: standing, side: right, angles: {right knee: {flexion: 80}},"
        " contacts: [right sole on floor, left ball on floor%s]"
    )
    cure = re.search(r"to step, .* as contacts: \[(.*)\]", remarks_of(SPLIT_STANCE % "", goal % ""))
    places = f", {cure[1]}"
    told = remarks_of(SPLIT_STANCE % places, goal % places)
    assert "step" not in told
    assert "pelvis forward tilt by" in told  # of the whole trunk, which nobody wrote


def test_a_lift_of_what_is_no_higher_than_before_is_told():
    start = f"like: prone, angles: {{{ARMS_AHEAD}}}"
    posture = f"like: prone, side: right, lift: [right leg, left arm], angles: {{{ARMS_AHEAD}%s}}"
    legs = ", right hip: {extension: 12}"
    told = "lift says left arm, which is no higher than before"
    assert told in remarks_of(start, posture % legs)
    assert "lift" not in remarks_of(start, posture % f"{legs}, left shoulder: {{flexion: 180}}")


def test_an_ankle_on_the_other_knee_goes_along_with_the_thigh_below():
    judged, pose = made(
        "  like: ankle_on_knee\n  side: right\n  angles: {left hip: {flexion: 70}}\n"
    )
    assert "right ankle_outer at left thigh_above_knee" in pose.spec.contacts
    assert judged.remarks == ()


def test_a_palm_on_a_high_box_lies_on_its_top_and_the_trunk_stays_upright():
    _, pose = made(
        "  like: standing\n  side: right\n  on: [{box: [45, 90, 45], at: [0, -55]}]\n"
        "  angles: {right hip: {flexion: 45}, right knee: {flexion: 70}}\n"
        "  contacts: left palm on box\n"
    )
    assert pose.point("left palm_heel")[1] * STATURE_CM > 89
    assert abs(angle(pose, "pelvis", "forward_tilt")) < MAX_WRITTEN_ERROR_DEG


def test_a_lifted_thigh_that_swings_out_unasked_is_told():
    judged, _ = made(
        "  like: standing\n  side: right\n  angles: {right knee: {flexion: 115},"
        " hips: {flexion: 0}, left knee: {flexion: 0}}\n"
        "  contacts: [left palm on chair_back, right palm at right instep]\n"
    )
    assert "right hip abduction by" in " ".join(judged.remarks)
