"""The skeleton: forward kinematics and the centre of mass against a chain built from scipy's
rotations, mirroring to the last bit, and the signs that left and right share."""

import numpy as np
import pytest
import yaml
from scipy.spatial.transform import Rotation

from backcare_nb.body.skeleton import SIDES, add_side, body, mirror_name
from backcare_nb.course import DATA_FOLDER

TABLE = yaml.safe_load((DATA_FOLDER / "body.yaml").read_text(encoding="utf-8"))
SPINE = ("lumbar", "thoracic", "cervical")


@pytest.fixture(scope="module")
def poses():
    """Sixty poses with every angle anywhere within its limits."""
    low, high = body().pose_limits.T
    chance = np.random.default_rng(7)
    found = chance.uniform(low, high, (60, body().size))
    found[:, :3] = chance.uniform(-1, 1, (60, 3))
    return found


class Chain:
    """Another engine, from the table's words alone: each piece's place and rotation in the room."""

    def __init__(self, pose: np.ndarray) -> None:
        self.angle = dict(zip((d.name for d in body().dofs), pose[3:], strict=True))
        self.place: dict[str, tuple[np.ndarray, Rotation]] = {}
        self.lean: dict[str, float] = {}
        self.length: dict[str, float] = {}
        for name, joint in TABLE["joints"].items():
            for side in SIDES if joint.get("sided") else (None,):
                self._joint(name, joint, side, pose[:3])

    def _joint(self, name, joint, side, root):
        count = joint.get("links", 1)
        below, lean, length = self._below(joint, side)
        shared = count + (name == "cervical")
        for k in range(count):
            own = f"{joint['moves']}_{k + 1}" if count > 1 else add_side(joint["moves"], side)
            tilt = joint.get("start", 0) + joint.get("curve", 0) * (k + 0.5) / count
            tilt = tilt if count > 1 else 0.0
            at = np.array(joint.get("at", (0, 0, 0)), float) * (1, 1, -1 if side == "left" else 1)
            at = (at if k == 0 else np.zeros(3)) + (0, length, 0)
            turned = joint.get("turned", 0) * (-1 if side == "left" else 1)
            turn = self._turn(name, joint, side, (k, shared), (0, turned, lean - tilt))
            self._put(own, below, at, turn, root)
            below, lean, length = own, tilt, joint.get("length", 0) / count
            self.length[own], self.lean[own] = length, tilt
        self.place[add_side(name, side)] = self.place[add_side(joint["moves"], side)] = self.place[
            own
        ]
        self.lean[add_side(name, side)], self.length[add_side(name, side)] = lean, length
        if name == "cervical":
            turn = self._turn(name, joint, side, (shared - 1, shared), (0, 0, lean))
            self._put("head", own, np.array([0, length, 0]), turn, root)

    def _below(self, joint, side):
        """The piece a joint sits on, how far that leans, and how far up it the joint is."""
        parent = joint.get("parent")
        if parent is None:
            return None, 0.0, 0.0
        own = add_side(parent, side) if add_side(parent, side) in self.place else parent
        region = TABLE["joints"].get(parent, {}).get("links", 1) > 1
        return own, self.lean.get(own, 0.0) * region, self.length.get(own, 0.0) * region

    def _turn(self, name, joint, side, link, rest):
        angles = np.array(rest, float)
        for motion, spec in joint["motions"].items():
            axis = "xyz".index(spec["axis"])
            flip = -1 if side == "left" and axis != 2 else 1
            value = self.angle[f"{add_side(name, side)}.{motion}"]
            share = spec["shares"][link[0]] if "shares" in spec else 1 / link[1]
            angles[axis] += flip * spec["sign"] * value * share
        return Rotation.from_euler("ZXY", angles[[2, 0, 1]], degrees=True)

    def _put(self, own, below, at, turn, root):
        if below is None:
            self.place[own] = (np.array(root), turn)
        else:
            origin, base = self.place[below]
            self.place[own] = (origin + base.apply(at), base * turn)

    def centre(self) -> np.ndarray:
        """The centre of mass, from percentages and shares of length."""
        total, sum_ = 0.0, np.zeros(3)
        for name, mass in TABLE["masses"].items():
            links = [n for n in self.place if n.startswith(f"{name}_")]
            own = links or [n for n in (name, *(f"{s} {name}" for s in SIDES)) if n in self.place]
            for piece in own:
                up = mass["along"] * self._reach(name, piece)
                origin, turn = self.place[piece]
                weight = mass["percent"] / (len(links) or 1)
                sum_ += weight * (origin + turn.apply([mass.get("forward", 0), up, 0]))
                total += weight
        return sum_ / total

    def _reach(self, name, piece):
        if name in ("pelvis", "head"):
            return 1.0
        return self.length[piece] * (1 if name in ("lumbar", "thoracic") else -1)


def test_every_body_segment_has_the_place_and_rotation_that_an_independent_calculation_gives(poses):
    frames = body().frames(poses)
    for k, pose in enumerate(poses):
        chain = Chain(pose)
        for i, segment in enumerate(body().segments):
            origin, turn = chain.place[segment.name]
            assert np.abs(frames.origins[k, i] - origin).max() < 1e-6, segment.name
            assert np.abs(frames.rotations[k, i] - turn.as_matrix()).max() < 1e-6, segment.name


def test_the_centre_of_mass_is_where_an_independent_calculation_puts_it(poses):
    found = body().centre_of_mass(body().frames(poses))
    other = [Chain(pose).centre() for pose in poses]
    assert np.abs(found - other).max() < 1e-6


def test_thigh_shank_and_ankle_of_the_table_add_up_to_the_height_of_the_hip():
    joints = TABLE["joints"]
    assert joints["hip"]["length"] + joints["knee"]["length"] + 0.039 == pytest.approx(0.53)


def test_the_masses_of_all_body_parts_add_up_to_100_percent():
    percent = {name: mass["percent"] for name, mass in TABLE["masses"].items()}
    both = ("upper_arm", "forearm", "palm", "thigh", "shank", "foot")
    total = sum(value * (2 if name in both else 1) for name, value in percent.items())
    assert total == pytest.approx(100, abs=0.05)
    assert body().point_masses[0].sum() == pytest.approx(1, abs=1e-12)


def test_mirroring_twice_gives_back_every_bit(poses):
    assert body().mirror_poses(body().mirror_poses(poses)).tobytes() == (poses + 0.0).tobytes()


def test_a_mirrored_pose_is_the_mirror_image(poses):
    frames, mirror = body().frames(poses), body().frames(body().mirror_poses(poses))
    for i, segment in enumerate(body().segments):
        other = body().index[mirror_name(segment.name)]
        image = mirror.origins[:, other] * (1, 1, -1)
        assert np.abs(frames.origins[:, i] - image).max() < 1e-12, segment.name


# Where ten degrees of a motion carry a segment: of the right side, or of the trunk.
WAYS = [
    ("hip.flexion", "shank", (1, 0, 0)),
    ("hip.abduction", "shank", (0, 0, 1)),
    ("knee.flexion", "foot", (-1, 0, 0)),
    ("shoulder.flexion", "forearm", (1, 0, 0)),
    ("shoulder.abduction", "forearm", (0, 0, 1)),
    ("girdle.elevation", "upper_arm", (0, 1, 0)),
    ("girdle.protraction", "upper_arm", (1, 0, 0)),
    *((f"{region}.flexion", "head", (1, 0, 0)) for region in SPINE),
    *((f"{region}.bend_right", "head", (0, 0, 1)) for region in SPINE),
]


@pytest.mark.parametrize(("motion", "segment", "way"), WAYS, ids=[w[0] for w in WAYS])
def test_a_positive_angle_goes_the_same_way_left_and_right(motion, segment, way):
    for side in (None,) if segment == "head" else SIDES:
        pose = np.zeros((2, body().size))
        pose[1, body().dof[add_side(motion, side)]] = 10
        origins = body().frames(pose).origins[:, body().index[add_side(segment, side)]]
        outward = np.array(way) * (1, 1, -1 if side == "left" else 1)
        moved = origins[1] - origins[0]
        assert moved @ outward > (0.9 if side else 0.5) * np.linalg.norm(moved) > 0


@pytest.mark.parametrize("region", SPINE)
def test_turning_right_brings_the_face_to_the_right(region):
    pose = np.zeros((1, body().size))
    pose[0, body().dof[f"{region}.turn_right"]] = 20
    face = body().frames(pose).rotations[0, body().index["head"], :, 0]
    assert face[2] == pytest.approx(np.sin(np.radians(20)), abs=0.03)  # links lean


def test_every_number_of_the_table_has_a_source_that_is_listed():
    used = {joint["source"] for joint in TABLE["joints"].values()} | {TABLE["head"]["source"]}
    for joint in TABLE["joints"].values():
        for motion in (*joint["motions"].values(), *TABLE["trunk"].values()):
            used |= {motion["source"], *(c["source"] for c in motion.get("contexts", {}).values())}
    used |= {mass["source"] for mass in TABLE["masses"].values()}
    assert used <= set(TABLE["sources"])


def test_each_site_on_the_body_has_a_mirrored_site_of_the_same_radius():
    for name, (segment, local, radius) in body().sites.items():
        other, place, same = body().sites[mirror_name(name)]
        assert body().segments[other].name == mirror_name(body().segments[segment].name), name
        assert (place == local * (1, 1, -1 if name != mirror_name(name) else 1)).all(), name
        assert same == radius, name
