"""What a posture looks like, in words, found from the posture itself."""

import re
from collections.abc import Callable, Iterator

import numpy as np

from backcare_nb.body.skeleton import SIDES, body, mirror_name
from backcare_nb.body.stable_math import round_off_last_digits
from backcare_nb.course.fields import BodyPosition
from backcare_nb.figures.palette import LOOK_TOML_DATA
from backcare_nb.posture.motion import MotionPath
from backcare_nb.posture.pose import Pose

PHRASE_BY_SUPPORT: dict[str, str] = LOOK_TOML_DATA["words"]["supports"]
PHRASE_BY_OWN_SUPPORT_KIND: dict[str, str] = LOOK_TOML_DATA["words"]["own_supports"]
PHRASE_BY_GRIP_PLACE: dict[str, str] = LOOK_TOML_DATA["words"]["grips"]
PHRASE_BY_SITE: dict[str, str] = LOOK_TOML_DATA["words"]["sites"]
MIN_FRONTAL_SHANK_LENGTH_STATURES = 0.1
MIN_LIFTED_KNEE_HEIGHT_STATURES = 0.08  # fractions of stature: a knee so high is off the floor
MIN_RAISED_HEEL_HEIGHT_STATURES = 0.03  # over the toes
HAND_SITES = (
    *("palm", "fingers", "knuckles", "fingertips", "hand_back", "thumb", "hand", "palm_heel"),
)
LIKE_THIS_LABEL, NOT_LIKE_THIS_LABEL = "Like this", "Not like this"


def describe_figure(figure: Pose | MotionPath) -> str:
    """One sentence for a posture; for a motion, its title and where it begins and ends."""
    if isinstance(figure, Pose):
        words = describe_pose(figure)
        if figure.is_mistake:
            return f"{NOT_LIKE_THIS_LABEL}: {figure.title[0].lower()}{figure.title[1:]}; {words}."
        return f"{words[0].upper()}{words[1:]}."
    start, end = (describe_pose(p) for p in (figure.stops[0], figure.stops[-1]))
    held = dict.fromkeys(describe_pose(stop) for stop in figure.stops[1:-1])
    ends = "; and to ".join(words for words in held if words != start)
    comes_back = figure.spec.loop and (figure.spec.rest_share or start in held)
    if comes_back and ends:  # held, or left and right in turn
        return f"{figure.title}: from {start}; to {ends}; and back."
    if figure.spec.loop:
        return f"{figure.title}: {start}; the movement ends where it began."
    return f"{figure.title}: from {start}; to {end}."


def describe_pose(pose: Pose) -> str:
    """The posture without a capital or a full stop: "lying on the back, head turned right"."""
    look = _PoseDescriber(pose)
    body_parts = (look.leg_phrases, look.back_phrases, look.arm_phrases, look.head_phrases)
    told = [phrase for phrases in (*body_parts, look.strap_phrases) for phrase in phrases()]
    return ", ".join(dict.fromkeys(filter(None, [look.position_phrase(), *told])))


class _PoseDescriber:
    """Angles and directions of a pose, as a person would notice them."""

    def __init__(self, pose: Pose) -> None:
        self.pose, self.body = pose, body()
        self.where: BodyPosition = pose.spec.position or "standing"
        self.contacts = [c for c in pose.spec.contacts if isinstance(c, str)]
        self.things = [s.name for s in pose.supports if s.name != "floor"]
        self.up = self._direction_between_segments("pelvis", "cervical_1")
        self.right = self._segment_axis("thoracic_3", 2)
        self.ahead = np.cross((0, 1, 0), self._segment_axis("pelvis", 2))

    def motion_angle_deg(self, name: str) -> float:
        return float(self.pose.numbers[self.body.dof[name]])

    def _segment_origin(self, segment: str) -> np.ndarray:
        return round_off_last_digits(self.pose.frames.origins[0, self.body.index[segment]])

    def _site_point(self, site: str) -> np.ndarray:
        return round_off_last_digits(self.pose.point(site))

    def _direction_between_segments(self, start: str, end: str) -> np.ndarray:
        way = self._segment_origin(end) - self._segment_origin(start)
        return round_off_last_digits(way / np.linalg.norm(way))

    def _segment_axis(self, segment: str, axis: int) -> np.ndarray:
        turn = self.pose.frames.rotations[0, self.body.index[segment]]
        return round_off_last_digits(turn[:, axis])

    def touches(self, what: str, where: str) -> bool:
        """Is there a contact of this part, on one or both sides, at this place?"""
        return any(re.search(rf"\b{what} (on|at) {where}", c) for c in self.contacts)

    def position_phrase(self) -> str:
        positions: dict[BodyPosition, Callable[[], str]] = {
            "supine": self._supine_phrase,
            "prone": self._prone_phrase,
            "kneeling": self._kneeling_phrase,
            "sitting": self._sitting_phrase,
            "standing": self._standing_phrase,
        }
        return positions[self.where]()

    def _supine_phrase(self) -> str:
        below = next((s for s in SIDES if self.touches(f"{s} hip_side", ".*")), None)
        if below and self.up[1] > 0.25:
            elbow = f"the {below} elbow and the {mirror_name(below)} hand"
            propped = elbow if self.touches(f"{below} elbow", "floor") else "the hands"
            return f"sitting on the {below} hip, leaning on {propped}"
        side = "left" if self.right[1] > 0 else "right"
        bed = " on a bed" if "bed" in self.things else ""
        on_elbow = self.touches(f"{side} (elbow|forearm)", "floor") and abs(self.right[1]) > 0.7
        if on_elbow and not self.touches("(hip_side|seat)", ".*"):
            return f"on the {side} elbow and the knees, the hips lifted"
        if abs(self.right[1]) > 0.9:
            return f"lying on the {side} side{bed}"
        if self._segment_axis("thoracic_3", 0)[1] < 0:
            return f"rolling from the {side} side to the front{bed}"
        beside = ("chair", "stool", "wall", "door", "step")
        over = [t for t in self.things if not t.startswith(beside) and "_up_" not in t]
        return "lying on the back" + "".join(
            f", with {told}" if told.endswith("head") else f" over {told}"
            for told in map(_support_phrase, over)
        )

    def _prone_phrase(self) -> str:
        return "lying on the front" + "".join(f" over {_support_phrase(t)}" for t in self.things)

    def _kneeling_phrase(self) -> str:
        knees = min(self.motion_angle_deg(f"{side} knee.flexion") for side in SIDES)
        if self.up[1] > 0.6:
            return self._upright_kneeling_phrase(knees)
        if knees > 125:
            soft = [t for t in self.things if t.startswith("cushion")]
            back = "".join(f" on {_support_phrase(t)}" for t in soft) or " towards the heels"
            return f"sitting back{back}, hands ahead on the floor"
        if "bed" in " ".join(self.things):
            return "kneeling at a bed, the front of the body on it"
        low = self._segment_origin("left forearm")[1] < 0.08
        heights = [self._site_point(f"{side} knee")[1] for side in SIDES]
        ends = "feet" if min(heights) > MIN_LIFTED_KNEE_HEIGHT_STATURES else "knees"
        return f"on {'forearms' if low else 'hands'} and {ends}{self._leading_hand_phrase()}"

    def _leading_hand_phrase(self) -> str:
        """Which hand and knee lead, when crawling."""
        parts = [f"{side} {part}" for part in ("palm", "shank") for side in SIDES]
        ahead = np.sign(self.ahead[0]) * np.array([self._segment_origin(p)[0] for p in parts])
        hands, knees = ahead.reshape(2, 2)
        step, lead = hands - knees, hands[0] - hands[1]
        if abs(lead) < 0.1 or max(step) < 0.1:
            return ""
        return f", the {'left' if lead > 0 else 'right'} hand and knee ahead"

    def _upright_kneeling_phrase(self, knee_flexion_deg: float) -> str:
        if knee_flexion_deg > 125:
            return "sitting upright on the heels" + "".join(
                f", on {_support_phrase(t)}" for t in self.things
            )
        for side in SIDES:
            if self.touches(f"{side} sole", "floor"):
                return f"kneeling on one knee, the {side} foot ahead"
            if self._site_point(f"{side} knee")[1] > MIN_LIFTED_KNEE_HEIGHT_STATURES:
                return f"kneeling on one knee, the {side} knee lifted"
        return "kneeling upright"

    def _sitting_phrase(self) -> str:
        seat = next((t for t in self.things if self.touches("seat", t)), None)
        seat = seat or next((t for t in self.things if t.startswith(("bed", "chair"))), None)
        edge = "the edge of " if seat == "bed" else ""
        elbows = ", leaning back on the elbows" if self.touches("both elbow", "bed") else ""
        if seat:
            return f"sitting on {edge}{_support_phrase(seat)}{elbows}"
        knees = max(self.motion_angle_deg(f"{side} knee.flexion") for side in SIDES)
        return f"sitting on the floor, {_knee_bend_phrase(knees)}"

    def _standing_phrase(self) -> str:
        knees = min(self.motion_angle_deg(f"{side} knee.flexion") for side in SIDES)
        if knees > 60:
            return "crouching" if knees > 95 else "half squatting"
        if self.up[1] < 0.35:
            return "standing, folded forward from the hips"
        lean = self.up @ self.ahead
        if self.up[1] < 0.85 and lean > 0:
            return "standing, bent forward"
        if lean < -0.12:
            return "standing, leaning back"
        places = (
            f" {'in' if thing == 'bath' else 'at'} {_support_phrase(thing)}"
            for thing in self.things
        )
        return f"standing{next(places, '')}"

    def leg_phrases(self) -> Iterator[str]:
        if self.where in ("supine", "prone"):
            yield from self._lying_leg_phrases()
        elif self.where == "standing":
            yield from self._standing_leg_phrases()
        elif self.where == "sitting":
            yield from self._foot_phrases()

    def _standing_leg_phrases(self) -> Iterator[str]:
        """A leg in the air while the other stands; a foot well ahead of the other."""
        heights = [self._site_point(f"{side} toes")[1] for side in SIDES]
        if abs(heights[0] - heights[1]) > 0.05:
            side = SIDES[int(heights[0] < heights[1])]
            raised = self.motion_angle_deg(f"{side} hip.flexion") > 30
            yield f"{side} {'knee raised' if raised else 'leg lifted'}"
        left, right = (self._site_point(f"{side} heel") for side in SIDES)
        ahead = (left - right) @ self.ahead
        if abs(ahead) > 0.15:
            yield f"the {'left' if ahead > 0 else 'right'} foot ahead"
        rises = [self._site_point(f"{s} heel")[1] - self._site_point(f"{s} toes")[1] for s in SIDES]
        if min(rises) > MIN_RAISED_HEEL_HEIGHT_STATURES:
            yield "on tiptoe"

    def _lying_leg_phrases(self) -> Iterator[str]:
        bent = [side for side in SIDES if self.motion_angle_deg(f"{side} knee.flexion") > 35]
        drawn = [s for s in SIDES if self.motion_angle_deg(f"{s} hip.flexion") > 95 and s in bent]
        hips = [self.motion_angle_deg(f"{s} hip.flexion") for s in SIDES]
        together = abs(hips[0] - hips[1]) < 45
        flat = not self.touches("hip_side", ".*")
        rolls = flat and (together or self.touches(".*ankle_outer", ""))
        roll = self._knee_roll_right_deg() if rolls else 0.0
        crossed = next((s for s in SIDES if self.touches(f"{s} ankle_outer", mirror_name(s))), None)
        if crossed:
            yield f"{crossed} ankle on the other knee"
        lies_flat = self.where == "supine" and abs(self.right[1]) <= 0.9  # else on the side
        lies_flat &= self.touches("(hips|hip_side|buttock|seat|lumbar)", "")
        if len(bent) == 2 and abs(roll) >= 18 and lies_flat:
            yield self._knee_roll_phrase(roll)
        elif drawn and self.where == "supine" and not self.touches("calf", ".*"):
            other = mirror_name(drawn[0])
            yield f"{drawn[0]} knee drawn to the chest"
            yield f"{other} knee bent" if other in bent else f"{other} leg straight"
        elif len(bent) == 2 and self.where == "supine":
            upright = abs(self.right[1]) < 0.5
            over_edge = upright and "bed" in self.things and not self.touches("heel", "bed")
            yield "lower legs over its edge" if over_edge else "knees bent"
        elif not bent:
            yield _knee_bend_phrase(
                min(self.motion_angle_deg(f"{side} knee.flexion") for side in SIDES)
            )
        yield from self._foot_phrases()

    def _foot_phrases(self) -> Iterator[str]:
        if self.touches("knee_inner", "ball.*") or self.touches("thigh_inner", "ball.*"):
            yield "a ball between the knees"
        both = self.touches("both sole", "floor")
        if both and self.where != "sitting":
            yield "soles on the floor"
        for side in SIDES:
            if not both and self.touches(f"{side} sole", "floor"):
                yield f"{side} sole on the floor"
            elif self.touches(f"{side} (ball|heel|sole|toes)", "(ball|box|roll)_"):
                yield f"{side} foot on {_support_phrase(self._own_support_name_under_foot(side))}"
        if self.touches("calf", "chair"):
            yield "calves on a chair"
        if self.touches("both (sole|heel)", "stool"):
            yield "feet on a stool"

    def _own_support_name_under_foot(self, side: str) -> str:
        """The thing of one's own that a foot is on."""
        on = re.compile(rf"{side} (?:ball|heel|sole|toes) on ((?:ball|box|roll)_\w+)")
        return next(found[1] for c in self.contacts if (found := on.fullmatch(c)))

    def _knee_roll_phrase(self, roll_deg: float) -> str:
        side = "right" if roll_deg > 0 else "left"
        if self.touches(f"{side} knee", "floor"):
            return f"both knees rolled to the floor on the {side}"
        return f"both knees rolled {5 * round(abs(roll_deg) / 5)} degrees to the {side}"

    def _knee_roll_right_deg(self) -> float:
        """How far the leading knee leans over its heel, degrees to the person's right."""
        free = [side for side in SIDES if not self.touches(f"{side} ankle_outer", "")]
        at = self._site_point
        ways = np.array([at(f"{side} knee") - at(f"{side} heel") for side in free])
        if np.hypot(ways[:, 1], ways[:, 2]).max() < MIN_FRONTAL_SHANK_LENGTH_STATURES:
            return 0.0  # lower legs that lie level, as with the feet on a wall, lean nowhere
        leans = round_off_last_digits(np.degrees(np.arctan2(ways[:, 2], ways[:, 1])))
        return float(leans[-1] if leans.sum() > 0 else leans[0])

    def back_phrases(self) -> Iterator[str]:
        bend = self.motion_angle_deg("lumbar.flexion") + self.motion_angle_deg("thoracic.flexion")
        if bend > 32 and self.where != "supine":
            yield "back rounded"
        elif bend < -18:
            yield "back gently arched"
        regions = ("lumbar", "thoracic")
        aside = sum(self.motion_angle_deg(f"{region}.bend_right") for region in regions)
        if abs(aside) > 15 and self.where in ("standing", "sitting", "kneeling"):
            yield f"bent sideways to the {'right' if aside > 0 else 'left'}"
        if self._is_trunk_turned():
            yield f"trunk turned to the {'right' if self._trunk_turn_right_deg() > 0 else 'left'}"

    def _trunk_turn_right_deg(self) -> float:
        regions = ("lumbar", "thoracic")
        return sum(self.motion_angle_deg(f"{region}.turn_right") for region in regions)

    def _is_trunk_turned(self) -> bool:
        """Does the trunk turn over feet or a seat that stay?"""
        return abs(self._trunk_turn_right_deg()) > 12 and self.where in ("standing", "sitting")

    def arm_phrases(self) -> Iterator[str]:
        if held := list(self._hand_phrases()):
            # "right hand at the shin" and "left hand at the shin" as "both hands at the shin"
            rights = [h for h in held if h.startswith("right hand")]
            pairs = {h.replace("right hand", "left hand", 1) for h in rights}
            both = [h.replace("left hand", "both hands", 1) for h in held if h in pairs]
            yield from both
            yield from (h for h in held if f"both hands{h.partition(' hand')[2]}" not in both)
            return
        away = round_off_last_digits(
            np.degrees(np.arccos([-self._arm_direction(s) @ self.up for s in SIDES]))
        )
        if min(away) > 135 and self.where != "kneeling":
            yield "arms above the head"
        elif (
            self.where in ("supine", "prone")
            and min(away) > 25
            and self._arm_direction("right") @ self.right > 0.3
            and self._arm_direction("left") @ self.right < -0.3
        ):
            yield f"arms out at {5 * round(float(np.mean(away)) / 5)} degrees"
        elif self._is_trunk_turned():
            yield "arms swung round the body"
        elif self.where in ("standing", "sitting") and abs(away[0] - away[1]) > 40:
            yield from (_arm_phrase(side, angle) for side, angle in zip(SIDES, away, strict=True))
        elif self.where == "standing" and self._arm_direction("left")[1] < -0.7:
            yield "arms hanging" if self.up[1] < 0.35 else "arms at the sides"
        elif self.where == "standing" and self.up[1] > 0.9:
            yield "arms held out"

    def _arm_direction(self, side: str) -> np.ndarray:
        return self._direction_between_segments(f"{side} upper_arm", f"{side} palm")

    def _hand_phrases(self) -> Iterator[str]:
        clasped = any("fingertips touches" in contact for contact in self.contacts)
        # lying down, wrists say only where the arms lie
        hands = HAND_SITES if self.where in ("supine", "prone") else (*HAND_SITES, "wrist")
        for contact in self.contacts:
            found = re.fullmatch(r"(both|left|right) (\w+) (at|on) (.+)", contact)
            if found and found[2] in hands and found[4] != "floor":
                yield _hold_phrase("both" if clasped else found[1], *found.groups()[1:])

    def strap_phrases(self) -> Iterator[str]:
        if self.pose.strap:
            door = next((end.split() for end in self.pose.strap if end.startswith("door")), None)
            sites = dict.fromkeys(end for end in self.pose.strap if not end.startswith("door"))
            places = " and ".join(site.replace("_", " ") for site in sites)
            fixed = f", fixed at the {door[1]} of the door" if door else ""
            yield f"a strap at the {places}{fixed}"

    def head_phrases(self) -> Iterator[str]:
        turn = self.motion_angle_deg("cervical.turn_right")
        bend = self.motion_angle_deg("cervical.flexion")
        if abs(turn) >= 15:
            yield f"head turned {'right' if turn > 0 else 'left'}"
        drawn_in = self.motion_angle_deg("cervical.retraction")
        if bend > 22:
            yield "chin towards the chest"
        elif abs(drawn_in) > 8:
            yield "chin drawn in" if drawn_in > 0 else "chin pushed ahead"
        elif bend < -18:
            level = self.where != "supine" and self.up[1] <= 0.5
            yield "looking up" if level else "head tipped back"


def _support_phrase(name: str) -> str:
    return PHRASE_BY_SUPPORT.get(name) or PHRASE_BY_OWN_SUPPORT_KIND[name.partition("_")[0]]


def _knee_bend_phrase(flexion_deg: float) -> str:
    bent = "knees bent" if flexion_deg > 35 else "knees a little bent"
    return bent if flexion_deg > 20 else "legs straight"


def _arm_phrase(side: str, angle_from_trunk_deg: float) -> str:
    """An arm by its angle from the trunk, where the other has another."""
    if angle_from_trunk_deg > 135:
        return f"{side} arm above the head"
    return f"{side} arm {'held out' if angle_from_trunk_deg > 50 else 'at the side'}"


def _hold_phrase(which: str, part: str, verb: str, where: str) -> str:
    side, _, place = where.rpartition(" ")
    part = {"knuckles": "knuckle", "thumb": "thumb", "fingertips": "fingertip"}.get(part, "hand")
    who = f"both {part}s" if which == "both" else f"{which} {part}{'s' * (part != 'hand')}"
    held = re.sub(r"^(both|left|right) ", "", where)
    things = PHRASE_BY_GRIP_PLACE | PHRASE_BY_SUPPORT | PHRASE_BY_OWN_SUPPORT_KIND
    thing = next((words for t, words in things.items() if held.startswith(t)), None)
    if thing:
        resting = verb == "on" or "top" in where or "seat" in where
        return f"{who} {'on' if resting else 'holding'} {thing}"
    near = f"{side} " if side in SIDES and place.startswith(("shin", "thigh")) else ""
    named = PHRASE_BY_SITE.get(place, place.replace("_", " "))
    return f"{who} on the {near}{'thighs' if named == 'thigh' and not near else named}"
