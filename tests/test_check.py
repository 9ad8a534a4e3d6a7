"""The checks are checked: each broken posture fails, for its own reason and at its own limit.

Every broken posture is made from one of the collection that has no fault.
"""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.optimize import nnls
from scipy.spatial import ConvexHull

from backcare_nb.body import balance, collision
from backcare_nb.body.skeleton import body, split_side
from backcare_nb.body.supports import FLOOR
from backcare_nb.course import DATA_FOLDER
from backcare_nb.posture import checks
from backcare_nb.posture.checks import check_all_figures
from backcare_nb.posture.motion import solve_motion
from backcare_nb.posture.pose import find_dof_index_and_sign, mirror_pose, solve_posture
from backcare_nb.posture.spec import STATURE_CM, PlaceContact
from backcare_nb.posture.table import posture_table
from tests.for_each import for_each


def bent(pose, **joints):
    """The pose with angles changed: bent(pose, left_knee={"flexion": -20})."""
    return replace(pose, numbers=angled(pose.numbers, joints))


def angled(numbers, joints):
    numbers = numbers.copy()
    for joint, moves in joints.items():
        name = re.sub("^(left|right)_", r"\1 ", joint)
        for move, value in moves.items():
            index, sign = find_dof_index_and_sign(name, move)
            numbers[index] = sign * value
    return numbers


def moved(pose, *cm):
    """The pose carried as a whole, cm forward, up and to the right."""
    numbers = pose.numbers.copy()
    numbers[:3] += np.array(cm) / STATURE_CM
    return replace(pose, numbers=numbers)


def planted(pose, **joints):
    """The pose with angles changed and its left heel where it was."""
    tilted = bent(pose, **joints)
    return moved(tilted, *STATURE_CM * (pose.point("left heel") - tilted.point("left heel")))


def leaning(pose, degrees):
    """The pose leaning forward as one piece about the ankles, the feet flat."""
    tilt, _ = find_dof_index_and_sign("pelvis", "forward_tilt")
    ankle, _ = find_dof_index_and_sign("left ankle", "dorsiflexion")
    numbers = pose.numbers
    turned = {"dorsiflexion": numbers[ankle] + degrees}
    return planted(
        pose, pelvis={"forward_tilt": numbers[tilt] + degrees},
        left_ankle=turned, right_ankle=turned,
    )  # fmt: skip


def stretched(pose, segment, cm):
    """The pose with one joint pulled away along its bone."""
    origins = pose.frames.origins.copy()
    origins[:, body().index[segment], 1] -= cm / STATURE_CM
    broken = replace(pose)
    broken.__dict__["frames"] = replace(pose.frames, origins=origins)
    return broken


def claiming(pose, *contacts):
    """The pose with contacts that nobody solved."""
    return replace(pose, spec=pose.spec.model_copy(update={"contacts": contacts}))


def without_context(pose):
    return replace(pose, spec=pose.spec.model_copy(update={"context": ()}))


def on_nothing(pose):
    return replace(pose, supports=(FLOOR,))


def case(sentence, name, change, kind, part, limit):
    return pytest.param(name, change, kind, part, limit, id=sentence)


BROKEN = [
    # ranges
    case("a knee bent backwards", "standing", lambda p: bent(p, left_knee={"extension": 20}),
         "range", "left knee extension", 2),
    case("a knee folded past what kneeling asks", "heel_sit",
         lambda p: bent(p, left_knee={"flexion": 176}), "range", "left knee flexion", 168),
    case("a knee folded as in kneeling where nobody kneels", "standing",
         lambda p: bent(p, right_knee={"flexion": 162}), "range", "right knee flexion", 156),
    case("an elbow bent backwards", "standing", lambda p: bent(p, right_elbow={"extension": 30}),
         "range", "right elbow extension", 5),
    case("a chest turned past its range", "maypole", lambda p: bent(p, thoracic={"turn_right": 40}),
         "range", "thoracic turn right", 38),
    case("a low back turned past its range", "maypole",
         lambda p: bent(p, lumbar={"turn_left": 20}), "range", "lumbar turn left", 7),
    case("a neck thrown back too far", "cow", lambda p: bent(p, cervical={"extension": 85}),
         "range", "cervical extension", 74),
    case("a trunk bent aside too far, though no region of it is", "standing",
         lambda p: bent(p, lumbar={"bend_left": 27}, thoracic={"bend_left": 39}),
         "range", "trunk bend left", 50),
    case("a trunk bent back too far, though no region of it is", "standing",
         lambda p: bent(p, lumbar={"extension": 28}, thoracic={"extension": 27}),
         "range", "trunk extension", 50),
    case("a low back bent aside too far", "standing", lambda p: bent(p, lumbar={"bend_left": 40}),
         "range", "lumbar bend left", 28),
    case("legs spread too wide", "constructive_rest", lambda p: bent(p, left_hip={"abduction": 70}),
         "range", "left hip abduction", 45),
    case("an ankle bent as under weight where there is none", "hands_and_knees",
         lambda p: without_context(bent(p, left_ankle={"dorsiflexion": 30})),
         "range", "left ankle dorsiflexion", 25),
    # the room
    case("feet in the floor", "standing", lambda p: moved(p, 0, -3, 0),
         "inside", "left foot in floor", 2),
    case("a hand in the floor", "hands_and_knees", lambda p: bent(p, left_wrist={"extension": 30}),
         "inside", "left fingers in floor", 2),
    case("a seat in the chair", "sitting_on_chair", lambda p: moved(p, 0, -3, 0),
         "inside", "left thigh in chair", 2),
    case("a back in the bed", "lying_over_bed", lambda p: moved(p, 0, -2, 0),
         "inside", "trunk in bed", 2),
    case("a back in the cushion", "over_cushion", lambda p: moved(p, 0, -2, 0),
         "inside", "trunk in cushion", 2),
    case("a back deeper in the ball than the ball is soft", "over_ball",
         lambda p: moved(p, 0, -2, 0), "inside", "trunk in ball", 47),
    case("a gripping hand in the middle of the bed", "bed_hang", lambda p: moved(p, 8, 4, 0),
         "inside", "left fingers in bed_ahead", 25),
    # contacts
    case("a foot in the air that is said to stand", "standing",
         lambda p: bent(p, right_hip={"flexion": 40}), "contact", "right heel on floor", 5),
    case("a hand in the air that is said to lie on the thigh", "sitting_on_chair",
         lambda p: bent(p, left_elbow={"flexion": 130}),
         "contact", "left palm at left thigh_top", 5),
    case("knees apart that are said to touch", "constructive_rest",
         lambda p: claiming(p, "left knee touches right knee"),
         "contact", "left knee touches right knee", 5),
    case("a hand that grips nothing", "bed_hang", lambda p: bent(p, left_shoulder={"flexion": 20}),
         "contact", "left fingers at left bed_ahead underside", 5),
    case("a heel beside its place", "standing",
         lambda p: claiming(p, PlaceContact(place="left heel", x=4)),
         "contact", "{place: left heel, x: 4}", 5),
    case("thighs that hover over the bed they lie along", "lying_over_bed",
         lambda p: bent(p, left_hip={"flexion": 2}), "contact", "left thigh along bed", 15),
    case("a back that lies only on its shoulder blades", "over_ball",
         lambda p: moved(p, 0, 3, 0), "contact", "lumbar along ball", 15),
    case("a forearm that lies only on its elbow", "constructive_rest",
         lambda p: claiming(bent(p, left_elbow={"flexion": 60, "pronation": 0}),
                            "left elbow on floor", "left forearm along floor"),
         "contact", "left forearm along floor", 15),
    # bones
    case("a stretched shin", "standing", lambda p: stretched(p, "left foot", 1),
         "bone", "left shank to left foot", 418.2),
    case("a short upper arm", "cow", lambda p: stretched(p, "right forearm", -1),
         "bone", "right upper_arm to right forearm", 316.2),
    # the body in itself
    case("a forearm through the belly", "standing",
         lambda p: bent(p, right_elbow={"flexion": 90}, right_shoulder={
             "internal_rotation": 85, "adduction": 20, "flexion": 0}),
         "overlap", "right forearm in lumbar", 12),
    case("a leg through the other", "standing",
         lambda p: bent(p, left_hip={"adduction": 25}, right_hip={"adduction": 25}),
         "overlap", "left thigh in right thigh", 28),
    case("a hand in the head", "neck_thumbs", lambda p: bent(p, cervical={"extension": 45}),
         "overlap", "left hand in head", 25),
    case("a thigh through the belly", "knee_to_chest",
         lambda p: bent(p, right_hip={"flexion": 135}, lumbar={"flexion": 73}),
         "overlap", "right thigh in lumbar", 35),
    # balance
    case("leaning past balance", "standing", lambda p: leaning(p, 15),
         "balance", "centre of mass", 5),
    case("leaning back past balance", "standing", lambda p: leaning(p, -10),
         "balance", "centre of mass", 5),
    case("hanging to the toes with the hips too far back", "toe_dangle", lambda p: leaning(p, -10),
         "balance", "centre of mass", 5),
    case("standing on one leg without moving over it", "standing",
         lambda p: bent(p, right_hip={"flexion": 60}, right_knee={"flexion": 90}),
         "balance", "centre of mass", 5),
    case("lying on a bed that is not there", "lying_over_bed", on_nothing,
         "balance", "centre of mass", 5),
    case("holding on to a bed that is not there", "bed_hang", on_nothing,
         "balance", "centre of mass", 5),
    case("letting go of the bed", "bed_hang",
         lambda p: bent(p, left_shoulder={"flexion": 20}, right_shoulder={"flexion": 20}),
         "balance", "centre of mass", 5),
]  # fmt: skip


def fails(findings):
    return [f for f in findings if f.severity == "fail"]


@pytest.mark.parametrize(("name", "change", "kind", "part", "limit"), BROKEN)
def test_a_posture_that_breaks_one_rule_fails_with_the_finding_of_that_rule(
    name, change, kind, part, limit
):
    found = [f for f in fails(checks.check_figure(change(solve_posture(name)))) if f.kind == kind]
    named = {f.part: f for f in found}
    assert part in named
    assert named[part].limit == pytest.approx(limit, abs=0.05)
    assert named[part].name == name
    assert named[part].frame is None


def test_an_angle_that_differs_from_the_one_asked_for_is_a_warning():
    cow = solve_posture("cow")
    (found,) = (
        f for f in checks.check_figure(bent(cow, lumbar={"extension": 0})) if f.kind == "given"
    )
    asked = cow.spec.angles["lumbar"]["extension"]
    assert (found.severity, found.part, found.limit) == ("warn", "lumbar extension", asked)


def test_an_angle_past_what_is_usual_is_a_warning_and_no_failure():
    found = checks.check_figure(bent(solve_posture("standing"), cervical={"bend_right": 52}))
    assert [(f.severity, f.part, f.limit) for f in found] == [("warn", "cervical bend right", 50)]


@pytest.mark.parametrize(
    ("name", "joints"),
    [
        pytest.param("standing", {"cervical": {"turn_right": 80}}, id="a neck turned by 80"),
        pytest.param("prone", {"left_knee": {"flexion": 150}}, id="a heel drawn to the seat"),
        pytest.param("knee_to_chest", {"right_hip": {"flexion": 140}}, id="a thigh on the chest"),
    ],
)  # fmt: skip
def test_an_angle_that_supple_people_reach_is_a_warning_and_no_failure(name, joints):
    found = checks.check_figure(bent(solve_posture(name), **joints))
    assert [f for f in fails(found) if f.kind == "range"] == []
    assert "range" in {f.kind for f in found}


# Motions


def broken_path(name, frame, **joints):
    path = solve_motion(name)
    numbers = path.numbers.copy()
    numbers[frame] = angled(numbers[frame], joints)
    return replace(path, numbers=numbers)


MOVING = [
    pytest.param("cow_to_cat", 5, {"left_knee": {"flexion": 60}}, "contact", "left toes on floor",
                 5, id="toes that leave the floor on the way"),
    pytest.param("fold_to_toes", 4, {"right_knee": {"extension": 15}}, "range",
                 "right knee extension", 2, id="a knee that bends backwards on the way"),
    pytest.param("cow_to_cat", 6, {"pelvis": {"list_right": 40}}, "inside",
                 "right forearm in floor", 2, id="an arm that goes through the floor on the way"),
    pytest.param("sit_back", 3, {"left_shoulder": {"adduction": 45}}, "overlap",
                 "left forearm in right forearm", 12,
                 id="an arm that goes through the other on the way"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "frame", "joints", "kind", "part", "limit"), MOVING)
def test_a_motion_frame_that_breaks_one_rule_fails_with_the_finding_of_that_rule(
    name, frame, joints, kind, part, limit
):
    found = [
        f for f in fails(checks.check_figure(broken_path(name, frame, **joints))) if f.kind == kind
    ]
    named = {f.part: f for f in found}
    assert part in named
    assert (named[part].frame, named[part].of) == (frame, "motion")
    assert named[part].limit == pytest.approx(limit, abs=0.05)


def gliding(path, cm):
    """The path, carried along as a whole while it goes."""
    numbers = path.numbers.copy()
    numbers[:, 0] += np.linspace(0, cm / STATURE_CM, len(numbers))
    return replace(path, numbers=numbers)


def not_lifted(path):
    """The path with no frame between its stops, so that nothing is seen to lift."""
    return replace(path, numbers=path.numbers[path.stop_frame_indices])


SLIDING = [
    pytest.param("sit_back", lambda p: gliding(p, 6), {"left hand", "left shank", "left foot"},
                 id="a body that glides over the floor on hands and knees"),
    pytest.param("fold_to_toes", lambda p: gliding(p, 3), {"left foot", "right foot"},
                 id="feet that slide under one who stands"),
    pytest.param("crawl_pace", not_lifted, {"left hand", "left foot"},
                 id="a hand and a foot that are drawn over the floor"),
    pytest.param("rise_on_heels", not_lifted, {"left hand"},
                 id="a hand that is drawn in under the weight of the chest"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "parts"), SLIDING)
def test_what_bears_weight_may_not_slide(name, change, parts):
    found = [f for f in fails(checks.check_figure(change(solve_motion(name)))) if f.kind == "slide"]
    assert parts <= {f.part for f in found}
    assert [f.limit for f in found] == pytest.approx([20] * len(found))


def test_what_bears_weight_may_slide_where_that_is_meant():
    path = gliding(solve_motion("sit_back"), 6)
    spec = path.spec.model_copy(update={"slide": ("both hand on floor",)})
    found = [f.part for f in checks.check_figure(replace(path, spec=spec)) if f.kind == "slide"]
    assert set(found) == {"left shank", "right shank", "left foot", "right foot"}


def test_what_lies_beside_the_body_may_slide():
    path = gliding(solve_motion("draw_knee_in"), 3)
    assert not [f for f in checks.check_figure(path) if f.kind == "slide"]


def test_a_motion_with_too_few_frames_fails_as_bones_shorten_between_them():
    path = solve_motion("cow_to_cat")
    few = replace(path, numbers=path.numbers[[0, -1]])
    (found,) = (f for f in checks.check_figure(few) if f.kind == "chord")
    assert (found.severity, found.limit, found.frame) == ("fail", 0.5, 0)
    assert found.value > 0.5


@pytest.mark.parametrize(
    ("name", "frame", "degrees", "limit"),
    [
        pytest.param("fold_to_toes", 6, 20, checks.MAX_PASSING_IMBALANCE_MM,
                     id="on the way balance may be a step away but no more"),
        pytest.param("circle_arms", 3, -12, checks.MAX_HELD_IMBALANCE_MM,
                     id="a loop is held to balance in every frame"),
    ],
)  # fmt: skip
def test_balance_is_asked_of_each_frame(name, frame, degrees, limit):
    path = solve_motion(name)
    numbers = path.numbers.copy()
    for joint in ("left ankle", "right ankle"):
        numbers[frame, find_dof_index_and_sign(joint, "dorsiflexion")[0]] += degrees
    numbers[frame, find_dof_index_and_sign("pelvis", "forward_tilt")[0]] += degrees
    heel = body().sites["left heel"][:2]
    tilted = body().frames(numbers).point(*heel)
    numbers[frame, :3] += (path.frames.point(*heel) - tilted)[frame]
    found = [f for f in checks.check_figure(replace(path, numbers=numbers)) if f.kind == "balance"]
    assert [(f.frame, f.limit) for f in found] == [(frame, limit)]


# The whole collection


@cache
def everything():
    return check_all_figures()


def test_no_posture_and_no_motion_of_the_course_fails_the_body_check():
    assert [str(f) for f in fails(everything())] == []


@for_each(n for n in posture_table().postures if solve_posture(n).side)
def test_the_mirror_image_of_a_posture_has_the_same_findings(name):
    here, there = (
        checks.check_figure(solve_posture(name)),
        checks.check_figure(mirror_pose(solve_posture(name))),
    )
    assert len(here) == len(there)
    assert sorted(round(f.value, 3) for f in here) == sorted(round(f.value, 3) for f in there)


def test_a_finding_of_a_posture_is_not_repeated_for_a_motion_that_stops_in_it():
    told = {(f.name, f.kind, f.part) for f in everything() if f.of == "posture"}
    for found in (f for f in everything() if f.of == "motion"):
        path = solve_motion(found.name)
        stops = dict(zip(path.stop_frame_indices, path.stops, strict=True))
        stop = stops.get(found.frame)
        assert stop is None or (stop.name, found.kind, found.part) not in told


# What is said


def test_a_finding_names_file_line_posture_joint_value_limit_and_source():
    found = checks.check_figure(bent(solve_posture("standing"), left_knee={"extension": 20}))
    text = next(str(f) for f in found if f.part == "left knee extension")
    told = re.fullmatch(
        r"FAIL postures\.yaml line (\d+), posture standing: left knee extension is 20\.0°, "
        r"past its limit of 2° \(Soucie 2011, .*\)\.",
        text,
    )
    lines = (DATA_FOLDER / "postures.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[int(told[1]) - 1] == "  standing:"


def test_a_finding_in_a_motion_names_the_frame():
    found = checks.check_figure(broken_path("cow_to_cat", 5, left_knee={"extension": 20}))
    assert any("motion cow_to_cat, frame 5: left knee extension" in str(f) for f in found)


@pytest.mark.parametrize(
    ("joints", "severities", "counted"),
    [
        ({"left_knee": {"extension": 20}, "cervical": {"bend_right": 52}},
         ["fail", "warn"], "1 failure, 1 warning."),
        ({"cervical": {"bend_right": 52}}, ["warn"], "0 failures, 1 warning."),
    ],
    ids=["failures before warnings", "only warnings"],
)  # fmt: skip
def test_the_command_prints_every_finding_and_fails(
    joints, severities, counted, capsys, monkeypatch
):
    findings = checks.check_figure(bent(solve_posture("standing"), **joints))
    found = [f for f in findings if f.kind == "range"]
    assert [f.severity for f in found] == severities
    monkeypatch.setattr(checks, "check_all_figures", lambda: found)
    assert checks.main() == (1 if "fail" in severities else 0)
    *printed, last = capsys.readouterr().out.splitlines()
    assert printed == [str(f) for f in found]
    assert counted in last


# The forces


def test_least_squares_without_negatives_are_as_small_as_scipy_finds():
    chance = np.random.default_rng(0)
    for _ in range(30):
        rows, columns = chance.integers(2, 9), chance.integers(1, 40)
        matrix, wanted = chance.normal(size=(rows, columns)), chance.normal(size=rows)
        found = balance.solve_nonnegative_least_squares(matrix, wanted)
        assert (found >= 0).all()
        missed = np.linalg.norm(matrix @ found - wanted)
        assert missed == pytest.approx(nnls(matrix, wanted)[1], abs=1e-8)


@for_each(range(-14, 15, 2))
def test_on_a_flat_floor_balance_is_the_centre_of_mass_over_the_feet(degrees):
    pose = leaning(solve_posture("standing"), degrees)
    nowhere = np.empty((1, 0, 3))
    missing = balance.centre_of_mass_overhang_statures(body(), pose.frames, (FLOOR,), nowhere)[0]
    segments, local, radius = balance._possible_contact_points(body())
    (points,) = pose.frames.points(segments, local)
    points = points[points[:, 1] - radius < balance.MAX_CONTACT_GAP_STATURES]
    hull = ConvexHull(points[:, [0, 2]])
    centre = body().centre_of_mass(pose.frames)[0, [0, 2]]
    outside = (hull.equations @ [*centre, 1]).max() * checks.STATURE_MM
    missing *= checks.STATURE_MM
    assert missing == pytest.approx(max(outside, 0), abs=0.01 * max(outside, 1) + 0.01)


def test_a_hand_that_grips_can_pull_but_only_so_hard():
    pose = solve_posture("bath_hang")
    hands = np.array([[pose.point(f"{side} fingers") for side in ("left", "right")]])
    held = balance.centre_of_mass_overhang_statures(body(), pose.frames, pose.supports, hands)[0]
    free = balance.centre_of_mass_overhang_statures(
        body(), pose.frames, pose.supports, hands[:, :0]
    )[0]
    assert held * checks.STATURE_MM < checks.MAX_HELD_IMBALANCE_MM < free * checks.STATURE_MM


def test_one_hand_alone_does_not_carry_the_whole_body():
    lifted = moved(solve_posture("bed_hang"), 0, 60, 0)
    grip = np.array([[lifted.point("left fingers")]])
    assert np.isinf(
        balance.centre_of_mass_overhang_statures(body(), lifted.frames, (FLOOR,), grip)[0]
    )


# The body in itself


def test_nearest_points_of_two_lines_are_nearest():
    chance = np.random.default_rng(3)
    side_by_side = np.array([[0, 0, 0], [1, 0, 0], [0.5, 1, 0], [1.5, 1, 0]])
    ends = np.concatenate([chance.uniform(-1, 1, (4, 200, 3)), side_by_side[:, None]], axis=1)

    def apart(share, other):
        one = ends[0] + np.multiply(share, (ends[1] - ends[0]).T).T
        return np.linalg.norm(one - ends[2] - np.multiply(other, (ends[3] - ends[2]).T).T, axis=1)

    grid = np.linspace(0, 1, 41)
    tried = np.min([apart(s, t) for s in grid for t in grid], axis=0)
    assert (apart(*collision._shares_of_nearest_points(*ends)) <= tried + 1e-9).all()


def test_every_pair_in_the_table_of_what_may_press_is_of_parts_that_are_there():
    parts = {
        split_side(part)[1] for names in collision.body_capsules(body()).names for part in names
    }
    for pair in collision.ALLOWED_OVERLAP_MM_BY_PART_PAIR | dict.fromkeys(
        collision.ADJOINING_PARTS
    ):
        assert pair <= parts


def test_what_touches_on_purpose_may_press_a_little_more():
    pair = ("left hand", "right shank")
    index = [frozenset(names) for names in collision.body_capsules(body()).names].index({*pair})
    meant = frozenset({frozenset(pair)})
    alone, on_purpose = (
        collision.allowed_overlaps_statures(body(), touching)[index] * checks.STATURE_MM
        for touching in (frozenset(), meant)
    )
    assert alone == pytest.approx(collision.DEFAULT_ALLOWED_OVERLAP_MM)
    assert on_purpose == pytest.approx(collision.ALLOWED_OVERLAP_OF_TOUCHING_PARTS_MM)


def test_balance_of_a_batch_of_frames_is_that_of_each_frame_alone():
    path = solve_motion("cow_to_cat")
    whole = collision.find_near_capsule_pairs(body(), path.frames)
    for k in (0, len(path.numbers) - 1):
        alone = collision.find_near_capsule_pairs(body(), body().frames(path.numbers[k : k + 1]))
        assert np.allclose(np.sort(whole.depth[whole.pose == k]), np.sort(alone.depth))
