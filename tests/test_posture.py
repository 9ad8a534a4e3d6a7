"""Postures: names that are unknown are told by line, mirroring is exact, solving keeps its word."""

import re

import numpy as np
import pytest

from backcare_nb.body.skeleton import SIDES, body, mirror_name
from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.yaml_reader import DataError, read_model
from backcare_nb.posture.constraints import ContactRowsBuilder, LinearContact, PostureProblem
from backcare_nb.posture.contacts import split_contacts_by_site
from backcare_nb.posture.motion import solve_motion
from backcare_nb.posture.pose import (
    build_posture_problem,
    find_dof_index_and_sign,
    iter_joint_angles,
    mirror_pose,
    solve_posture,
)
from backcare_nb.posture.solver import contact_derivatives_and_misses, solve_posture_problems
from backcare_nb.posture.spec import (
    STATURE_CM,
    AheadContact,
    LeanContact,
    PlaceContact,
    PostureSpec,
    mirror_spec,
)
from backcare_nb.posture.table import PostureTable, posture_table
from tests.for_each import for_each

TEXT = (DATA_FOLDER / "postures.yaml").read_text(encoding="utf-8")

SMALL = """\
supports:
  bench:
    boxes: [{low: [-40, 0, -20], high: [0, 40, 20]}]
    places: {edge: [0, 38, 15]}
    grip: true
postures:
  stand:
    title: Standing
    position: standing
    context: [weight_bearing]
    angles:
      knees: {flexion: 5}
      pelvis: {turn_left: 3}
    contacts: [both sole on floor, {place: left heel, x: 0}]
  lean:
    title: Leaning to the {side}
    like: stand
    side: right
    on: [bench]
    free: [knees]
    without: [{place: left heel, x: 0}]
    contacts:
      - right palm at right bench edge
      - left knee touches right knee
      - {ahead: left heel, of: right heel, by: 3}
      - {lean: right knee, over: right heel, right: 4}
motions:
  sway:
    title: Sway
    through: [other lean, stand, lean]
    loop: true
    arrows: [left wrist]
    angle: {label: lean, start: 0, end: 4, sites: [right knee]}
    let_go: [right palm at right bench edge]
    slide: [left heel on floor]
"""


def mistake(tmp_path, old, new):
    """The report for the small file with one thing changed."""
    assert SMALL.count(old) >= 1
    return report(tmp_path, SMALL.replace(old, new, 1))


def report(tmp_path, text):
    path = tmp_path / "postures.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_model(path, PostureTable)
    return str(error.value)


def case(sentence, old, new, words):
    return pytest.param(old, new, words, id=sentence)


def changed_line(old, new):
    """The line of the first letter that is not as it was."""
    text = SMALL.replace(old, new, 1)
    first = next(k for k, (a, b) in enumerate(zip(SMALL, text, strict=False)) if a != b)
    return text.count("\n", 0, first) + 1


UNKNOWN = [
    case("a joint", "knees: {", "kneees: {",
         'stand > angles > kneees: unknown joint "kneees"; did you mean "knees"?'),
    case("a joint that has sides, without its side", "knees: {", "knee: {",
         'unknown joint "knee"'),
    case("a motion of a joint", "flexion: 5", "flexoin: 5",
         'unknown motion of knees "flexoin"; did you mean "flexion"?'),
    case("a motion that another joint has", "flexion: 5", "abduction: 5",
         'unknown motion of knees "abduction"'),
    case("a context", "[weight_bearing]", "[weightbearing]",
         'unknown context "weightbearing"; did you mean "weight_bearing"?'),
    case("the posture that one is like", "like: stand", "like: stnd",
         'lean > like: unknown posture "stnd"; did you mean "stand"?'),
    case("a support that a posture is on", "on: [bench]", "on: [bnech]",
         'unknown support "bnech"; did you mean "bench"?'),
    case("a support in a contact", "sole on floor", "sole on flor",
         'unknown support "flor"; did you mean "floor"?'),
    case("a site in a contact", "both sole on", "both soul on",
         'unknown site "both soul"; did you mean "both sole"?'),
    case("a part that lies along something", "both sole on floor", "both tigh along floor",
         'unknown part "both tigh"; did you mean "both thigh"?'),
    case("lying along what is not in the room", "both sole on floor", "both thigh along bench",
         '"bench" is not in the room; add it to "on"'),
    case("a site without its side", "left knee touches", "knee touches",
         'unknown site "knee"'),
    case("the other site of a contact", "touches right knee", "touches right kne",
         'unknown site or place "right kne"; did you mean "right knee"?'),
    case("a place of a support", "bench edge\n      -", "bench egde\n      -",
         'unknown site or place "right bench egde"; did you mean "right bench edge"?'),
    case("a site at a place in the room", "{place: left heel, x: 0}]\n  lean",
         "{place: left heal, x: 0}]\n  lean",
         'unknown site "left heal"; did you mean "left heel"?'),
    case("a site ahead of another", "of: right heel, by", "of: right hell, by",
         'unknown site "right hell"; did you mean "right heel"?'),
    case("a site that leans over another", "over: right heel", "over: right hel",
         'unknown site "right hel"; did you mean "right heel"?'),
    case("an angle to let go of", "free: [knees]", "free: [elbows]",
         'unknown angle to let go of "elbows"'),
    case("a joint to let go of", "free: [knees]", "free: [kneez]",
         'unknown joint "kneez"; did you mean "knees"?'),
    case("a contact to let go of", "without: [{place: left heel, x: 0}]",
         "without: [both sole on bench]",
         'unknown contact to let go of "both sole on bench"; did you mean "both sole on floor"?'),
    case("a posture of a motion", "through: [other lean,", "through: [other leen,",
         'sway > through > 1: unknown posture "leen"; did you mean "lean"?'),
    case("a site of an arrow", "arrows: [left wrist]", "arrows: [left rwist]",
         'unknown site "left rwist"; did you mean "left wrist"?'),
    case("a site of an angle", "sites: [right knee]", "sites: [right kneee]",
         'unknown site "right kneee"; did you mean "right knee"?'),
    case("a contact that a motion lets go", "let_go: [right palm", "let_go: [right plam",
         'unknown site "right plam"; did you mean "right palm"?'),
    case("a contact that slides", "slide: [left heel on floor]", "slide: [left heel in floor]",
         'found "left heel in floor", expected "SITE on SUPPORT"'),
    case("a key", "contacts: [both sole", "contact: [both sole",
         'unknown key "contact"; did you mean "contacts"?'),
    case("a ring of likes", "  stand:\n    title: Standing\n",
         "  stand:\n    title: Standing\n    like: lean\n", '"stand" is like itself'),
    case("resting on what is not in the room", "both sole on floor", "both sole on bench",
         '"bench" is not in the room; add it to "on"'),
    case("the other side of a posture without sides", "[other lean, stand", "[other stand, stand",
         '"stand" is the same on both sides; leave out "other"'),
    case("a way to look", "title: Sway", "title: Sway\n    views: [sid]",
         'unknown word "sid"; did you mean "side"?'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), UNKNOWN)
def test_an_unknown_name_is_told_with_its_file_and_line(tmp_path, old, new, words):
    line, report = changed_line(old, new), mistake(tmp_path, old, new)
    assert any(
        row.startswith(f"postures.yaml line {line},") and words in row
        for row in report.splitlines()[1:]
    ), report


def test_all_unknown_names_of_a_file_are_told_at_once(tmp_path):
    told = report(tmp_path, SMALL.replace("knees: {", "kneees: {").replace("like: st", "like: t"))
    assert "2 mistakes" in told
    assert "kneees" in told
    assert '"tand"' in told


def test_the_posture_table_reads_without_mistakes_from_the_shipped_file_and_from_a_small_one(
    tmp_path,
):
    path = tmp_path / "postures.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert set(read_model(path, PostureTable).postures) == {"stand", "lean"}
    assert read_model(DATA_FOLDER / "postures.yaml", PostureTable) == posture_table()


# Mirroring


@for_each(n for n in posture_table().postures if solve_posture(n).side)
def test_the_other_side_is_the_same_numbers_to_the_last_bit(name):
    here = solve_posture(name)
    there = solve_posture(name, mirror_name(here.side))
    assert there.side == mirror_name(here.side)
    assert there.numbers.tobytes() == body().mirror_poses(here.numbers).tobytes()
    spec = posture_table().resolve_posture_spec(name)
    assert mirror_spec(mirror_spec(spec)) == spec
    assert (mirror_pose(there).numbers + 0.0).tobytes() == (here.numbers + 0.0).tobytes()


@for_each(n for n in posture_table().postures if not solve_posture(n).side)
def test_a_posture_without_sides_is_its_own_mirror_image(name):
    numbers = solve_posture(name).numbers
    assert np.abs(numbers - body().mirror_poses(numbers)).max() < 1e-3


@pytest.mark.parametrize(
    ("contact", "image"),
    [
        ("both sole on floor", "both sole on floor"),
        ("left palm at right shin", "right palm at left shin"),
        (PlaceContact(place="left heel", x=3, z=-6), PlaceContact(place="right heel", x=3, z=6)),
        (PlaceContact(place="sacrum", y=5), PlaceContact(place="sacrum", y=5)),
        (AheadContact(ahead="left heel", of="right heel", by=3),
         AheadContact(ahead="right heel", of="left heel", by=3)),
        (AheadContact(ahead="left heel", of="sacrum", by=3, along="z"),
         AheadContact(ahead="right heel", of="sacrum", by=-3, along="z")),
        (LeanContact(lean="right knee", over="right heel", right=45),
         LeanContact(lean="left knee", over="left heel", right=-45)),
    ],
)  # fmt: skip
def test_a_contact_has_its_mirror_image(contact, image):
    spec = PostureSpec(title="Any", contacts=(contact,), side="right")
    assert mirror_spec(spec).contacts == (image,)


def test_turns_and_bends_of_the_spine_change_sides_in_the_mirror():
    spec = PostureSpec(title="Any", angles={"lumbar": {"turn_right": 5, "flexion": 9}})
    assert mirror_spec(spec).angles == {"lumbar": {"turn_left": 5, "flexion": 9}}


# What is asked for


def test_a_plural_joint_sets_the_left_and_the_right_joint():
    assert list(iter_joint_angles({"knees": {"flexion": 9}})) == [
        ("left knee", "flexion", 9), ("right knee", "flexion", 9),
    ]  # fmt: skip


def test_a_posture_like_another_takes_over_its_contacts_except_those_it_releases():
    spec = posture_table().resolve_posture_spec("knee_to_chest_thigh")
    assert "left palm at right shin_inner" not in spec.contacts
    assert "left sole on floor" in spec.contacts
    assert (
        spec.angles["right hip"]["flexion"]
        != posture_table().resolve_posture_spec("knee_to_chest").angles["right hip"]["flexion"]
    )
    assert spec.side == "right"


def test_the_solver_keeps_a_written_angle_that_is_possible():
    index, sign = find_dof_index_and_sign("left knee", "extension")
    assert (index, sign) == (find_dof_index_and_sign("left knee", "flexion")[0], -1.0)
    assert solve_posture("standing").numbers[index] == pytest.approx(2, abs=0.5)


# Solving


def test_a_posture_is_the_same_alone_as_among_others():
    wanted = ("standing", "cow", "knees_rolled_45", "sitting_on_chair", "maypole")
    problems = [
        build_posture_problem(posture_table().resolve_posture_spec(name)) for name in wanted
    ]
    together = solve_posture_problems(body(), problems)
    for row, one in zip(together, problems, strict=True):
        assert np.abs(solve_posture_problems(body(), [one])[0] - row).max() < 1e-3


@for_each(posture_table().postures)
def test_the_title_of_each_posture_has_no_open_placeholder_on_either_side(name):
    for side in SIDES if solve_posture(name).side else (None,):
        assert re.fullmatch("(?!.*None)[^{]+", solve_posture(name, side).title)


def test_a_contact_of_a_sole_is_split_into_contacts_of_its_single_sites():
    assert split_contacts_by_site(["left sole on floor", "either buttock on floor"]) == (
        "left heel on floor", "left ball_inner on floor", "left ball_outer on floor",
        "either buttock on floor",
    )  # fmt: skip


def test_every_posture_is_used_by_the_data_or_named_in_the_guide_to_own_exercises():
    uses = "\n".join(
        p.read_text(encoding="utf-8") for p in (DATA_FOLDER / "sections").glob("*.yaml")
    )
    uses += (DATA_FOLDER / "safety.yaml").read_text(encoding="utf-8")
    uses += (DATA_FOLDER.parent / "docs" / "own_exercises.md").read_text(encoding="utf-8")
    for name in posture_table().postures:
        inside = len(re.findall(rf"\b{name}\b", TEXT)) > 1
        assert inside or re.search(rf"\b{name}\b", uses), name


def test_the_person_drawn_is_as_tall_as_the_table_says():
    origins = solve_posture("standing").frames.origins[0]
    crown = solve_posture("standing").point("crown")[1]
    assert crown == pytest.approx(1, abs=0.03)
    assert origins[:, 1].min() > 0
    assert STATURE_CM == 170


@pytest.mark.parametrize("name", ["bed_hang", "bath_hang"])
def test_in_a_hang_the_whole_spine_is_curved_and_the_hips_sink_behind_the_heels(name):
    pose = solve_posture(name)
    for region, least in (("lumbar", 40), ("thoracic", 25), ("cervical", 25)):
        assert pose.numbers[body().dof[f"{region}.flexion"]] > least
    seat, heel, hand = (pose.point(f"left {site}") for site in ("seat", "heel", "fingers"))
    assert seat[0] < heel[0] < hand[0]
    assert seat[1] - body().sites["left seat"][2] < hand[1]


def back_beside_straight(name):
    """How far the low and the mid back lie behind the line from sacrum to upper back, in cm."""
    pose = solve_posture(name)
    low, high = pose.point("sacrum"), pose.point("upper_back")
    line = (high - low) / np.linalg.norm(high - low)
    behind = pose.point("upper_back") - pose.point("chest")
    behind -= (behind @ line) * line
    behind /= np.linalg.norm(behind)
    return [STATURE_CM * float((pose.point(s) - low) @ behind) for s in ("low_back", "mid_back")]


@pytest.mark.parametrize(
    ("names", "least", "most"),
    [
        pytest.param(["toe_dangle", "bent_at_bed", "bed_hang", "bath_hang", "cat"],
                     3, 10, id="round"),
        pytest.param(["bent_long_at_bed", "half_squat_hang", "bent_hands_on_chair"], -1.5, 1.5,
                     id="long"),
        pytest.param(["cow", "over_towel", "over_cushion", "over_ball"], -7, -3, id="arched"),
    ],
)  # fmt: skip
def test_a_back_is_as_round_long_or_arched_as_it_is_meant(names, least, most):
    for name in names:
        low, mid = back_beside_straight(name)
        assert least < low < most, name
        assert least < mid < most, name


def test_linear_contact_derivatives_equal_finite_differences():
    step = 1e-5
    lines = [
        LinearContact(np.array([0.6, 0.0, 0.8]), place("left fingers"), place("right shin"), 0.1),
        LinearContact(
            np.array([0.0, 1.0, 0.0]), place("upper_back"), (-1, np.array([0.1, 0.2, 0.3]))
        ),
    ]
    pose = solve_posture("knees_rolled_45").numbers
    wanted = PostureProblem(pose, np.ones(len(pose)), body().pose_limits, lines)
    contacts = ContactRowsBuilder(body(), [wanted])

    def gaps(numbers):
        frames = body().frames(numbers[None])
        return contact_derivatives_and_misses(body(), frames, contacts.linear)

    slope, _ = gaps(pose)
    moved = [gaps(pose + step * way)[1] - gaps(pose - step * way)[1] for way in np.eye(len(pose))]
    assert slope == pytest.approx(np.array(moved).T / (2 * step), abs=1e-8)


def place(site):
    """Segment and place of a site."""
    return body().sites[site][:2]


@pytest.mark.parametrize("name", [n for n in posture_table().postures if n.startswith("over_")])
def test_who_lies_over_something_does_not_hang_the_head_back(name):
    neck = -solve_posture(name).numbers[body().dof["cervical.flexion"]]
    assert neck < 35


def test_whoever_has_the_easier_rest_over_a_towel_looks_up_at_the_ceiling():
    pose = solve_posture("over_small_towel")
    face = pose.frames.rotations[0, body().index["head"], 1, 0]
    assert face > np.sin(np.radians(65))


@pytest.mark.parametrize("name", ["massage_neck", "roll_hands"])
def test_thumbs_press_on_the_back_of_the_neck_and_never_on_its_sides(name):
    frames = solve_motion(name).frames
    for side, out in zip(SIDES, (-1, 1), strict=True):
        thumb = frames.point(*place(f"{side} thumb"))
        for segment in ("cervical_2", "head"):
            i = body().index[segment]
            offset = thumb - frames.origins[:, i]
            behind, _, beside = np.einsum("bij,bi->jb", frames.rotations[:, i], offset) * STATURE_CM
            assert behind.max() < -1
            assert (out * beside).min() > 1.2
            assert (out * beside).max() < 2.8


@pytest.mark.parametrize("name", ["massage_neck", "roll_hands"])
def test_the_head_of_who_massages_the_neck_is_level(name):
    extension = -solve_motion(name).numbers[:, body().dof["cervical.flexion"]]
    assert extension.min() > -3
    assert extension.max() < 5


def test_arms_that_circle_to_the_right_are_on_the_right():
    pose = solve_posture("toe_dangle_right", "right")
    assert min(pose.point(f"{side} fingertips")[2] for side in SIDES) > -0.02


def test_a_pace_of_the_crawl_carries_one_side_past_the_other_which_stays():
    path = solve_motion("crawl_pace", "left")
    start, end = path.stops[0], path.stops[-1]
    for site in ("palm_heel", "knee"):
        assert end.point(f"left {site}")[0] - start.point(f"left {site}")[0] > 0.3
        assert abs(end.point(f"right {site}")[0] - start.point(f"right {site}")[0]) < 0.01
