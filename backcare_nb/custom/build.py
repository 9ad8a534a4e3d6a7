"""An exercise of one's own made whole: what its file says, and the rest from the one it is like.

What is at stake for a body is never dropped in silence, and never taken from another movement.
Where only amounts or words differ, cautions and the stop rule of the exercise it is like stay and
are added to, and its easier version stays until another is written. Where the movement differs,
the file is asked for them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from backcare_nb.body.skeleton import SIDES
from backcare_nb.course.fields import (
    ENGLISH_TAG,
    LYING_POSITIONS,
    Loc,
    LocAndText,
    Side,
    TextWithCitations,
    fill_sides,
)
from backcare_nb.course.models import (
    AmountRange,
    BreathRateRange,
    Caution,
    CautionAction,
    Exercise,
    ExerciseVersion,
    MinutesRange,
    Prop,
    SecondsRange,
    Step,
    StepChange,
    TimesRange,
)
from backcare_nb.course.names import unknown_name_message
from backcare_nb.custom.angles_and_contacts import is_trunk_on_own_support
from backcare_nb.custom.file_format import (
    MovementKeys,
    OwnExercise,
    OwnPosture,
    OwnStep,
    OwnVersion,
)
from backcare_nb.custom.implied_angles import with_joints_of_start, with_low_hips_to_begin
from backcare_nb.custom.own_postures import OwnFigures, is_symmetric
from backcare_nb.posture.contacts import split_contacts_by_site
from backcare_nb.posture.table import posture_table


class AmountTypeMaximumAndDefault(NamedTuple):
    """The most that an amount may be, and what a learner may choose where a file gives none."""

    kind: type[AmountRange]
    most: float
    otherwise: AmountRange | None = None


MAXIMUM_AND_DEFAULT_BY_AMOUNT_NAME = {
    "seconds": AmountTypeMaximumAndDefault(SecondsRange, 3600),
    "times": AmountTypeMaximumAndDefault(TimesRange, 100),
    "tempo": AmountTypeMaximumAndDefault(
        SecondsRange, 3600, SecondsRange(default=6, min=3, max=18)
    ),
    "minutes": AmountTypeMaximumAndDefault(MinutesRange, 60),
    "rate": AmountTypeMaximumAndDefault(
        BreathRateRange, 20, BreathRateRange(default=6, min=3.6, max=10.2)
    ),
    "rounds": AmountTypeMaximumAndDefault(TimesRange, 100),
    "rest": AmountTypeMaximumAndDefault(SecondsRange, 600),
}
MAX_REST_SHARE_OF_REPETITION = 0.95  # of a repetition, for all its stays: there are frames for each
AMOUNT_KEYS_BY_ACTIVITY = {
    "hold": ("seconds",),
    "repeat": ("times", "tempo"),
    "breathe": ("minutes", "rate"),
}
HINT_BY_MISSING_KEY = {
    "why": "why one does it",
    "setup": "how to get ready for it",
    "say": "what the voice says as it begins",
    "cautions": "who should take care, and how; for everybody write whom: anyone",
    "easier": 'an easier way to do it, with "what": how it differs',
    "stop": "when to stop",
}
KEYS_INHERITED_FOR_ANY_MOVEMENT = ("part", "after", "ends", "common_name", "setup")
KEYS_REQUIRED_UNLESS_INHERITED = ("why", "setup", "stop", "cautions", "easier")
# What the exercise that it is like says of its own movement, and of no other.
KEYS_INHERITED_FOR_SAME_MOVEMENT = ("why", "stop", "cautions", "easier")
KEYS_OF_SINGLE_STEP = tuple(MovementKeys.model_fields)
KEYS_THAT_CHANGE_THE_MOVEMENT = {"posture", "start", "steps", "through"}


class ExerciseDraft(NamedTuple):
    """What a file says, made whole; an exercise only where there is no mistake."""

    exercise: Exercise | None
    figures: OwnFigures
    mistakes: tuple[LocAndText, ...]


def build_exercise(own: OwnExercise, course: Mapping[str, Exercise]) -> ExerciseDraft:
    """The whole exercise, or what is in the way, each mistake with its place in the file."""
    builder = _ExerciseBuilder(own, course.get(own.like or ""))
    if own.like and own.like not in course:
        what = unknown_name_message("exercise", own.like, course)
        builder.add_mistake(("like",), f"{what} (expected one of the course, not one of your own)")
        for key in ("start", "posture"):
            builder.figures.add_posture(getattr(own, key), (key,), own.name)
        return ExerciseDraft(None, builder.figures, builder.all_mistakes())
    words = builder.build_exercise_data()
    if mistakes := builder.all_mistakes():
        return ExerciseDraft(None, builder.figures, mistakes)
    try:
        return ExerciseDraft(Exercise.model_validate(words), builder.figures, ())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        said = ((e["loc"], str(e.get("ctx", {}).get("error", e["msg"]))) for e in found)
        return ExerciseDraft(None, builder.figures, tuple(said))


class _ExerciseBuilder:
    """Goes through a file, and remembers what is wrong on the way."""

    def __init__(self, own: OwnExercise, base: Exercise | None) -> None:
        self.base, self.figures = base, OwnFigures(own.title)
        self.mistakes: list[LocAndText] = []
        # one begins in the posture that one's own is like, unless the file or its base says where
        posture = own.posture or next((s.posture for s in own.steps if s.posture), None)
        if isinstance(posture, OwnPosture):
            own = own.model_copy(update={"start": with_low_hips_to_begin(posture, own.start)})
        self.own = own
        self.moves_otherwise = self._is_any_key_given(KEYS_THAT_CHANGE_THE_MOVEMENT)
        like = posture.like if isinstance(posture, OwnPosture) else None
        self.default_start = like if base is None and like in posture_table().postures else None

    def build_exercise_data(self) -> dict[str, Any]:
        """The words of the whole exercise, as its model takes them."""
        own, base = self.own, self.base
        start = self.figures.add_posture(own.start, ("start",), f"{own.name}_start")
        steps = self._build_steps(start)
        written = (step["posture"] for step in steps if step.get("posture"))
        start = start or self.default_start or (base.start if base else next(written, None))
        for key in KEYS_REQUIRED_UNLESS_INHERITED:
            if self._own_or_inherited_value(key) in (None, ()):
                self._add_missing_key_mistake(key)
        positions = {
            self.figures.whole_spec(name).position
            for name in self._own_posture_names_in_steps(steps)
        }
        if base and own.setup is None and (own.start is not None or positions - {base.position}):
            self._add_missing_key_mistake("setup", ("start",) if own.start is not None else ())
        self._add_missing_translation_mistakes()
        words = {
            key: self._own_or_inherited_value(key)
            for key in (*KEYS_INHERITED_FOR_ANY_MOVEMENT, "why")
        }
        words |= {"id": own.name, "title": own.title, "start": start, "steps": steps}
        words |= {
            "language": own.language,
            "cautions": self._merge_inherited_cautions(),
            "stop": self._join_stop_rules(),
        }
        sides = self._infer_sides(steps)
        first = sides if sides in SIDES else own.first or (base.first if base else None)
        words |= {"sides": sides, "first": first, "needs": self._collect_needed_props(start)}
        words["position"] = self.figures.whole_spec(start).position if start else None
        for key in ("rounds", "rest"):
            words[key] = self._build_amount(key, getattr(own, key), getattr(base, key, None), ())
        if own.rest and not words["rounds"]:
            self.add_mistake(("rest",), 'a rest lies between rounds; say how many with "rounds"')
        words["common_name"] = words["common_name"] or own.title
        words |= self._inherit_felt_mistakes_frequency(sides)
        if base and not self.moves_otherwise:
            words |= {"between": base.between, "position": base.position}
        words |= self._build_versions(start, steps)
        found = {key: value for key, value in words.items() if value is not None}
        if own.sides != "alternate" or sides:
            return found
        shown = (
            self.figures.whole_spec(name).side for name in self._own_posture_names_in_steps(steps)
        )
        then = IN_TURN_SENTENCE_BY_LANGUAGE.get(own.language.partition("-")[0], "")
        side: Side = next((side for side in shown if side), "right")
        filled: dict[str, Any] = _fill_sides_for_alternation(found, side, then)
        return filled

    def all_mistakes(self) -> tuple[LocAndText, ...]:
        return (*self.mistakes, *self.figures.mistakes)

    def add_mistake(self, loc: Loc, what: str) -> None:
        self.mistakes.append((loc, what))

    def _is_any_key_given(self, keys: set[str]) -> bool:
        return any(getattr(self.own, key) not in (None, ()) for key in keys)

    def _own_or_inherited_value(self, key: str) -> Any:
        said = getattr(self.own, key, None)
        if said not in (None, ()) or self.base is None:
            return said
        foreign = self.moves_otherwise and key in KEYS_INHERITED_FOR_SAME_MOVEMENT
        return None if foreign else getattr(self.base, key)

    def _add_missing_key_mistake(self, key: str, loc: Loc = ()) -> None:
        what = HINT_BY_MISSING_KEY[key]
        if self.base and self.moves_otherwise and key in KEYS_INHERITED_FOR_SAME_MOVEMENT:
            what += f" (you move otherwise than {self.base.id}, whose own does not fit)"
        self.add_mistake((*loc, key), f'the key "{key}" is missing: {what}')

    # the exercise as a whole

    def _add_missing_translation_mistakes(self) -> None:
        """What is read aloud has to be in the language of the file."""
        own, base = self.own, self.base
        if base and own.language != base.language:
            say = "steps" if own.steps or len(base.steps) > 1 else "say"
            for key in ("setup", say):
                if getattr(own, key) in (None, ()):
                    what = f"it is read aloud, and {base.id} has it in another language"
                    self.add_mistake(("language",), f'the key "{key}" is missing: {what}')

    def _merge_inherited_cautions(self) -> tuple[Caution, ...]:
        """Those of the exercise it is like, and its own: both are said, the graver holds."""
        inherited = self.base.cautions if self.base and not self.moves_otherwise else ()
        own = {whom for caution in self.own.cautions for whom in caution.whom}
        kept = [c.limited_to_conditions(set(c.whom) - own) for c in inherited]
        for caution in self.own.cautions:
            for whom in caution.whom:
                before = next((c for c in inherited if whom in c.whom), None)
                alone = caution.limited_to_conditions({whom})
                kept.append(_merge_cautions(before, alone) if before else alone)
        return tuple(caution for caution in kept if caution.whom)

    def _join_stop_rules(self) -> str | None:
        rules = (self.base.stop if self.base and not self.moves_otherwise else None, self.own.stop)
        return " ".join(dict.fromkeys(rule.written for rule in rules if rule)) or None

    def _infer_sides(self, steps: list[dict[str, Any]]) -> str | None:
        """Each side where the file says so, speaks of a side, or has a posture with one."""
        if self.own.sides == "alternate" and any(step["do"] == "repeat" for step in steps):
            return None  # one repetition is done on both
        if self.own.sides:
            return {"none": None, "alternate": "each"}.get(self.own.sides, self.own.sides)
        words = self.own.model_dump_json(exclude={"note"})
        sided = any(
            self._is_one_sided_posture(name) for name in self._own_posture_names_in_steps(steps)
        )
        sided = sided or bool(re.search(r"\{(side|other|[^{}|]+\|[^{}|]+)\}", words))
        return "each" if sided or (self.base and self.base.sides) else None

    def _own_posture_names_in_steps(self, steps: list[dict[str, Any]]) -> Iterator[str]:
        """The postures of its own in which its steps end."""
        for step in steps:
            motion = self.figures.motions.get(step.get("motion") or "")
            stops = motion.through if motion else (step.get("posture"),)
            yield from (stop for stop in stops if stop in self.figures.postures)

    def _is_one_sided_posture(self, name: str) -> bool:
        """Is it for one side, and of its own: not only like one that is solved for a side?"""
        spec, figure = self.figures.whole_spec(name), self.figures.written.get(name)
        even = figure is not None and not figure.side and is_symmetric(figure)
        return bool(spec.side) and not (even and spec.position == "prone")

    def _collect_needed_props(self, start: str | None) -> tuple[str, ...]:
        base = self.base if not self.moves_otherwise else None
        found = [*self.own.needs, *(base.needs if base else ())]
        for name in self.figures.postures:
            spec = self.figures.whole_spec(name)
            on = [*(spec.on or ()), *(("strap",) if getattr(spec, "strap", ()) else ())]
            found += [prop for prop in get_args(Prop) if any(prop in support for support in on)]
        if base is None and start:
            lying = self.figures.whole_spec(start).position in (*LYING_POSITIONS, "kneeling")
            found += ["mat"] if lying else []
        return tuple(dict.fromkeys(found))

    def _inherit_felt_mistakes_frequency(self, sides: str | None) -> dict[str, Any]:
        """Where it is felt, what goes wrong and how often: taken over for the same movement."""
        own, base = self.own, self.base
        same = base and (base.language, base.sides) == (own.language, sides)
        if not same or self.moves_otherwise:
            base = None
        keys = ("felt", "mistakes", "often")
        return {key: getattr(own, key) or getattr(base, key, None) for key in keys}

    # its steps

    def _build_steps(self, start: str | None) -> list[dict[str, Any]]:
        own, base = self.own, self.base
        if own.steps:
            self._refuse_keys(own, KEYS_OF_SINGLE_STEP, "with steps, it belongs to one of them")
            return self._build_own_steps(own.steps, ("steps",), own.name, start)
        if base and len(base.steps) > 1:
            names = ", ".join(step.id for step in base.steps)
            what = (
                f"{base.id} has steps of its own ({names}); leave this out, or write"
                ' "steps" of yours'
            )
            self._refuse_keys(own, (*KEYS_OF_SINGLE_STEP, "start"), what)
            return [{**dict(step), "facts": ()} for step in base.steps]
        return [self._build_step(own, base.steps[0] if base else None, (), own.name, start)]

    def _refuse_keys(self, own: Any, keys: tuple[str, ...], what: str, loc: Loc = ()) -> None:
        for key in keys:
            if getattr(own, key, None) not in (None, ()):
                self.add_mistake((*loc, key), f"found {key}; {what}")

    def _build_own_steps(
        self, steps: tuple[OwnStep, ...], loc: Loc, name: str, start: str | None
    ) -> list[dict[str, Any]]:
        found = []
        for k, step in enumerate(steps):
            called = step.id or f"step_{k + 1}"
            made = self._build_step(step, None, (*loc, k), f"{name}_{called}", start)
            found.append({**made, "id": called})
            start = made.get("posture") or start
        return found

    def _build_step(
        self, own: Any, base_step: Step | None, loc: Loc, name: str, start: str | None
    ) -> dict[str, Any]:
        """One step: its own words and amounts, over those of the step it is like."""
        do = own.do or self._infer_activity(own, base_step, loc)
        if base_step and do != base_step.do:
            base_step = None
        step: dict[str, Any] = (
            {**dict(base_step), "facts": ()} if base_step else {"id": "own", "do": do}
        )
        if own.say or own.posture is not None or not base_step:
            step |= {"say": own.say, "title": own.title, "cues": ()}
            if not own.say:
                self._add_missing_key_mistake("say", loc)
        step |= self._build_amounts(own, base_step, loc, do, needed=True)
        if own.posture is not None:
            step["out"] = None  # it leads out of another posture
        if own.posture is not None or start or not base_step:
            step |= self._build_motion_and_posture(own, base_step, loc, name, start, do)
        return {key: value for key, value in step.items() if value is not None}

    def _infer_activity(self, own: Any, base_step: Step | None, loc: Loc) -> str:
        """What is done, told by its amount; with times, seconds are held in each repetition."""
        told = [
            do for do, keys in AMOUNT_KEYS_BY_ACTIVITY.items() if getattr(own, keys[0]) is not None
        ]
        if told == ["hold", "repeat"]:
            return "repeat"
        if len(told) > 1:
            found = " and ".join(AMOUNT_KEYS_BY_ACTIVITY[do][0] for do in told)
            self.add_mistake(loc, f'found {found}; say with the key "do" which of them it is')
        return next(iter(told), base_step.do if base_step else "hold")

    def _build_amounts(
        self, own: Any, base_step: Step | None, loc: Loc, do: str, *, needed: bool
    ) -> dict[str, Any]:
        """The amounts of a step, all that it takes where they are needed, else those written."""
        loops = ("tempo",) if getattr(base_step, "loop", None) else ()
        keys = (*AMOUNT_KEYS_BY_ACTIVITY.get(do, ()), *loops)
        may = {*keys, "seconds"} if do == "repeat" else {*keys}
        others = tuple(
            key
            for key in MAXIMUM_AND_DEFAULT_BY_AMOUNT_NAME
            if key in KEYS_OF_SINGLE_STEP and key not in may
        )
        self._refuse_keys(own, others, f"to {do} takes {' and '.join(keys) or 'no amount'}", loc)
        found = {}
        for key in keys:
            said = getattr(own, key)
            if said is not None or needed:
                found[key] = self._build_amount(key, said, getattr(base_step, key, None), loc)
                if said is None and found[key] is None:
                    self.add_mistake(loc, f'the key "{key}" is missing: how much of it is done')
        return found

    def _build_amount(
        self, key: str, own_value: Any, base_range: AmountRange | None, loc: Loc
    ) -> AmountRange | None:
        """An amount as it was prescribed, which no lesson changes; or one that may be chosen."""
        limits = MAXIMUM_AND_DEFAULT_BY_AMOUNT_NAME[key]
        if own_value is None or isinstance(own_value, AmountRange):
            return own_value or base_range or limits.otherwise
        if own_value <= limits.most:
            return limits.kind(default=own_value, min=own_value, max=own_value)
        what = f"found {own_value:g}, expected {limits.most:g} at most"
        self.add_mistake((*loc, key), what)
        return base_range

    def _build_motion_and_posture(
        self, own: Any, base_step: Step | None, loc: Loc, name: str, start: str | None, do: str
    ) -> dict[str, Any]:
        """Where the body goes in a step, and the way into it."""
        if getattr(base_step, "loop", None):
            self.add_mistake(
                (*loc, "posture"),
                f'{self.own.like} goes round and round; write "steps" of your own',
            )
            return {}
        like = getattr(base_step, "motion", None)
        through = posture_table().find_motion_spec(like).through if like else (None,)
        posture = own.posture
        if isinstance(posture, OwnPosture) and isinstance(self.own.start, OwnPosture):
            posture = with_joints_of_start(posture, self.own.start)
        goal = self.figures.add_posture(posture, (*loc, "posture"), name)
        stops: list[Any] = [
            self.figures.add_posture(stop, (*loc, "through", k), f"{name}_{k + 1}")
            for k, stop in enumerate(own.through)
        ]
        if (goal is None and own.posture is not None) or None in stops:
            return {}
        goal = goal or getattr(base_step, "posture", None) or through[-1] or start
        begun = own.posture.like if isinstance(own.posture, OwnPosture) else None
        first: Any = start or through[0] or self.default_start or (begun if self.base else None)
        if goal is None or (do == "repeat" and first in (None, goal)):
            missing = "posture" if goal is None or first else "start"
            self.add_mistake(
                loc, f'the key "{missing}" is missing: {_POSTURE_HINT_BY_ACTIVITY[do]}'
            )
            return {}
        held = self.figures.whole_spec(goal).contacts if do == "hold" else ()
        on_own = any(map(is_trunk_on_own_support, split_contacts_by_site(held)))
        if first in (None, goal) or do == "breathe" or on_own:  # it would lie through the thing
            return {"motion": None, "posture": None if do == "repeat" else goal}
        if not self.figures.is_any_impossible((first, *stops, goal)):  # which is told
            first, stops, goal = self._fit_stops_together(first, stops, goal, name)
        place = (*loc, "posture" if own.posture is not None else "start")
        if do != "repeat":
            way = self.figures.add_motion((first, *stops, goal), like, place, name)
            return {"motion": way, "posture": goal}
        return self._build_repetition(own, (first, *stops, goal), like, place, name)

    def _fit_stops_together(
        self, first: str, stops: list[str], goal: str, name: str
    ) -> tuple[str, list[str], str]:
        """The stops of a motion with hands and feet where others have them, and more between."""
        first = self.figures.add_first_with_toes_touching(first, goal, f"{name}_start")
        first = self.figures.add_first_with_fixed_hands(first, goal, f"{name}_start")
        first = self.figures.add_first_with_forearms_of(first, goal, f"{name}_start")
        if self.own.start is None:
            first = self.figures.add_first_with_feet_of(first, goal, f"{name}_start")
        flat = self.figures.add_flat_foot_stop(first, goal, f"{name}_flat")
        stands = flat or first
        stops = [
            self.figures.add_goal_with_feet_of(stands, stop, f"{name}_{stop}") for stop in stops
        ]
        stops = [*([flat] if flat else ()), *stops]
        before, goal = goal, self.figures.add_goal_with_feet_of(stands, goal, name)
        if goal == before:
            first = self.figures.add_first_with_feet_of(first, goal, f"{name}_start")
        if lifts := self.figures.add_chair_lift_off_stop(
            [first, *stops][-1], goal, f"{name}_lift_off"
        ):
            stops.append(lifts)
        return first, stops, goal

    def _build_repetition(
        self, own: Any, stops: tuple[str, ...], like: str | None, place: Loc, name: str
    ) -> dict[str, Any]:
        """There and back once: with a stay at the far end, or first on one side and then other."""
        held = self._build_amount("seconds", own.seconds, None, place[:-1])
        in_turn = self.own.sides == "alternate"
        if not held and not in_turn:
            return {"motion": self.figures.add_motion(stops, like, place, name)}
        tempo = self._build_amount("tempo", own.tempo, None, place[:-1])
        stays, moves = held.default if held else 0.0, tempo.default if tempo else 0.0
        sides = 2 if in_turn else 1
        lasts = (stays + moves) * sides
        there = (*stops, stops[-1]) if held else stops
        round_trip = (*there, *reversed(stops[:-1]))
        if in_turn:
            others = {
                stop: self.figures.add_other_side(stop, f"{name}_other") for stop in {*stops[1:]}
            }
            round_trip += tuple(others[stop] for stop in round_trip[1:-1])
            round_trip += (stops[0],)
        share = round(min(stays / lasts, MAX_REST_SHARE_OF_REPETITION / sides), 4)
        made = self.figures.add_motion(round_trip, like, place, name, rest_share=share)
        fixed = SecondsRange(default=lasts, min=lasts, max=lasts)
        return {"motion": made, "tempo": fixed, "held": stays, "in_turn": in_turn}

    # its easier and harder versions

    def _build_versions(self, start: str | None, steps: list[dict[str, Any]]) -> dict[str, Any]:
        own, base = self.own, self.base
        same = base is not None and not self._is_any_key_given(
            {*KEYS_THAT_CHANGE_THE_MOVEMENT, "say", "do"}
        )
        easier = self._build_version(own.easier, "easier", start, steps)
        harder = self._build_version(own.harder, "harder", start, steps)
        if base is None or self.moves_otherwise:
            return {"easier": easier, "harder": harder}
        if own.easier is None:
            easier = base.easier if same else _write_out_easier_version(base)
            if own.language != base.language:
                easier = easier.model_copy(update={"language": base.language})
        if same and own.harder is None:
            harder = base.harder
        return {"easier": easier, "harder": harder, "no_harder": base.no_harder if same else None}

    def _build_version(
        self, own: OwnVersion | None, kind: str, start: str | None, steps: list[dict[str, Any]]
    ) -> ExerciseVersion | None:
        if own is None:
            return None
        name = f"{self.own.name}_{kind}"
        made: dict[str, Any] = {"title": own.title or kind.capitalize()}
        begin = self.figures.add_posture(own.start, (kind, "start"), f"{name}_start")
        if begin:
            made |= {"start": begin, "position": self.figures.whole_spec(begin).position}
        rounds = self._build_amount("rounds", own.rounds, None, (kind,))
        made |= {"what": own.what, "setup": own.setup, "rounds": rounds}
        if own.steps:
            made["steps"] = self._build_own_steps(own.steps, (kind, "steps"), name, begin or start)
        elif len(steps) > 1:
            what = "there are several steps; write them out here too"
            self._refuse_keys(own, KEYS_OF_SINGLE_STEP, what, (kind,))
        else:
            change = self._build_version_step_change(own, kind, name, begin, start, steps[0]["do"])
            made["change"] = {steps[0]["id"]: StepChange.model_validate(change)} if change else {}
        made = {key: value for key, value in made.items() if value is not None}
        return (
            None if self.mistakes or self.figures.mistakes else ExerciseVersion.model_validate(made)
        )

    def _build_version_step_change(
        self, own: OwnVersion, kind: str, name: str, begin: str | None, start: str | None, do: str
    ) -> dict[str, Any]:
        """What a version changes in the one step there is."""
        self._refuse_keys(own, ("do",), "write the steps of this version out", (kind,))
        change = self._build_amounts(own, None, (kind,), do, needed=False)
        change |= {"say": own.say} if own.say else {}
        of_stays = bool(self.own.seconds) or self.own.sides == "alternate"
        of_stays &= not self.figures.mistakes  # which are told of the exercise itself
        if do == "repeat" and of_stays and (own.seconds or own.tempo) and own.posture is None:
            keys = ("posture", "through", "seconds", "tempo")
            held = {key: getattr(own, key) or getattr(self.own, key) for key in keys}
            change |= self._build_motion_and_posture(
                own.model_copy(update=held), None, (kind,), name, begin or start, do
            )
            change.pop("in_turn", None)
            return change
        if own.posture is not None and not own.say:
            self._add_missing_key_mistake("say", (kind,))
        if own.posture is not None or begin:
            change |= self._build_motion_and_posture(own, None, (kind,), name, begin or start, do)
        return {k: v for k, v in change.items() if v is not None or do == "hold"}


IN_TURN_SENTENCE_BY_LANGUAGE = {
    ENGLISH_TAG: " Then the same on the other side, in turn.",
    "de": " Dann ebenso auf der anderen Seite, im Wechsel.",
    "es": " Luego lo mismo del otro lado, alternando.",
    "fr": " Puis de même de l'autre côté, en alternance.",
    "it": " Poi lo stesso dall'altro lato, alternando.",
    "nl": " Daarna hetzelfde aan de andere kant, om en om.",
    "pl": " Potem to samo na drugą stronę, na przemian.",
    "pt": " Depois o mesmo do outro lado, alternando.",
}
_POSTURE_HINT_BY_ACTIVITY = {
    "hold": "where the body goes",
    "breathe": "where the body rests",
    "repeat": 'one repetition goes from "start" to "posture" and back',
}


def _fill_sides_for_alternation(data: Any, first_side: Side, in_turn_sentence: str) -> Any:
    """Words for what is done on both sides in turn: those of the first, and then that it changes.

    Words of another language that it has for both sides, as {links|rechts}, are said both.
    """
    if isinstance(data, BaseModel):
        filled = _fill_sides_for_alternation(
            data.model_dump(exclude_unset=True), first_side, in_turn_sentence
        )
        return type(data).model_validate(filled)
    if isinstance(data, dict):
        filled = {
            key: _fill_sides_for_alternation(value, first_side, in_turn_sentence)
            for key, value in data.items()
        }
        if re.search(r"{(side|other|[^{}|]+\|[^{}|]+)}", str(data.get("say"))):
            filled["say"] += in_turn_sentence
        return filled
    if isinstance(data, list | tuple):
        return type(data)(
            _fill_sides_for_alternation(value, first_side, in_turn_sentence) for value in data
        )
    if not isinstance(data, str):
        return data
    return fill_sides(data, None if "|" in data else first_side)


def _merge_cautions(inherited: Caution, own: Caution) -> Caution:
    """Both cautions' words; of what a lesson does about them, the more careful."""
    graver = min(inherited.then, own.then, key=get_args(CautionAction).index)
    what = TextWithCitations(f"{inherited.what.written} {own.what.written}")
    return own.model_copy(update={"then": graver, "what": what})


def _write_out_easier_version(base: Exercise) -> ExerciseVersion:
    """The easier version of an exercise of the course, whole, since it fits no other posture."""
    easy = base.version("easier")
    taken = (
        *("setup", "start", "position", "rounds", "between", "steps", "needs"),
        *("felt", "mistakes"),
    )
    words = {key: getattr(easy, key) for key in taken if getattr(easy, key) is not None}
    title, what = base.easier.title, base.easier.what
    return ExerciseVersion.model_validate({"title": title, "what": what, **words})
