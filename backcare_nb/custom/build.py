"""An exercise of one's own made whole: what its file says, and the rest from the one it is like.

What is at stake for a body is never dropped in silence: cautions and the stop rule of the exercise
it is like stay and are added to, its easier version stays until another is written, and where
nothing can be taken over the file is asked for it.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from backcare_nb.course.fields import CitedText, Complaint, Loc
from backcare_nb.course.models import (
    AmountRange,
    Caution,
    CautionAction,
    Change,
    Exercise,
    Minutes,
    Prop,
    Rate,
    Seconds,
    Step,
    Times,
    Version,
)
from backcare_nb.course.names import unknown_name_message
from backcare_nb.custom.file_format import OwnExercise, OwnStep, OwnVersion
from backcare_nb.custom.own_postures import OwnFigures
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions.transitions import LYING


class AmountLimits(NamedTuple):
    """What a learner may choose where a file gives one number: from a share of it to a multiple."""

    kind: type[AmountRange]
    low: float
    high: float
    most: float
    otherwise: float | None = None  # where nobody says

    def around(self, said: float) -> AmountRange:
        """An amount with limits round it."""
        low, high = said * self.low, max(said, min(said * self.high, self.most))
        if self.kind is Times:
            return Times(default=int(said), min=max(1, int(low)), max=int(high))
        low = min(said, max(1.0, round(low, 1)))
        return self.kind.model_validate({"default": said, "min": low, "max": round(high, 1)})


AMOUNT_BOUNDS = {
    "seconds": AmountLimits(Seconds, 0.2, 4, 3600),
    "times": AmountLimits(Times, 0.2, 4, 100),
    "tempo": AmountLimits(Seconds, 0.5, 3, 3600, 6.0),
    "minutes": AmountLimits(Minutes, 0.2, 3, 60),
    "rate": AmountLimits(Rate, 0.6, 1.7, 20, 6.0),
    "rounds": AmountLimits(Times, 0.2, 4, 100),
}
STEP_AMOUNT_KEYS = {
    "hold": ("seconds",),
    "repeat": ("times", "tempo"),
    "breathe": ("minutes", "rate"),
}
MISSING_HINTS = {
    "why": "why one does it",
    "setup": "how to get ready for it",
    "say": "what the voice says as it begins",
    "cautions": "who should take care, and how; for everybody write whom: anyone",
    "easier": 'an easier way to do it, with "what": how it differs',
    "stop": "when to stop",
}
MIN_AMOUNT_IN_UNIT = 0.5  # seconds, minutes or breaths
INHERITED_KEYS = ("part", "after", "ends", "common_name", "first", "why", "setup")
REQUIRED_KEYS = ("why", "setup", "stop", "cautions")
STEP_KEYS = ("do", "say", "posture", "seconds", "times", "tempo", "minutes", "rate")
MOVEMENT_KEYS = {"posture", "start", "steps"}  # what makes it another movement


class ExerciseDraft(NamedTuple):
    """What a file says, made whole; an exercise only where there is no mistake."""

    exercise: Exercise | None
    figures: OwnFigures
    mistakes: tuple[Complaint, ...]


def build_exercise(own: OwnExercise, course: Mapping[str, Exercise]) -> ExerciseDraft:
    """The whole exercise, or what is in the way, each mistake with its place in the file."""
    builder = _Builder(own, course.get(own.like or ""))
    if own.like and own.like not in course:
        what = unknown_name_message("exercise", own.like, course)
        builder.complain(("like",), f"{what} (expected one of the course, not one of your own)")
        for key in ("start", "posture"):
            builder.figures.posture(getattr(own, key), (key,), own.id)
        return ExerciseDraft(None, builder.figures, builder.all_mistakes())
    words = builder.exercise()
    if mistakes := builder.all_mistakes():
        return ExerciseDraft(None, builder.figures, mistakes)
    try:
        return ExerciseDraft(Exercise.model_validate(words), builder.figures, ())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        said = ((e["loc"], str(e.get("ctx", {}).get("error", e["msg"]))) for e in found)
        return ExerciseDraft(None, builder.figures, tuple(said))


class _Builder:
    """Goes through a file, and remembers what is wrong on the way."""

    def __init__(self, own: OwnExercise, base: Exercise | None) -> None:
        self.own, self.base, self.figures = own, base, OwnFigures(own.title)
        self.mistakes: list[Complaint] = []

    def exercise(self) -> dict[str, Any]:
        """The words of the whole exercise, as its model takes them."""
        own, base = self.own, self.base
        start = self.figures.posture(own.start, ("start",), f"{own.id}_start")
        steps = self._steps(start)
        written = (step["posture"] for step in steps if step.get("posture"))
        start = start or (base.start if base else next(written, None))
        for key in REQUIRED_KEYS:
            if self._own_or_inherited(key) in (None, ()):
                self._complain_missing(key)
        if base and own.start is not None and own.setup is None:
            self._complain_missing("setup", ("start",))
        self._check_language()
        words = {key: self._own_or_inherited(key) for key in INHERITED_KEYS}
        words |= {"id": own.id, "title": own.title, "start": start, "steps": steps}
        words |= {"language": own.language, "cautions": self._cautions(), "stop": self._stop_rule()}
        words |= {"sides": self._sides(steps), "needs": self._needs(start)}
        words["position"] = self.figures.whole_spec(start).position if start else None
        words["rounds"] = self._amount("rounds", own.rounds, getattr(base, "rounds", None), ())
        words["common_name"] = words["common_name"] or own.title
        words |= self._notes(words["sides"])
        if base and not self._is_any_key_given(MOVEMENT_KEYS):
            words |= {"between": base.between, "position": base.position}
        words |= self._versions(start, steps)
        return {key: value for key, value in words.items() if value is not None}

    def all_mistakes(self) -> tuple[Complaint, ...]:
        return (*self.mistakes, *self.figures.mistakes)

    def complain(self, loc: Loc, what: str) -> None:
        self.mistakes.append((loc, what))

    def _is_any_key_given(self, keys: set[str]) -> bool:
        return any(getattr(self.own, key) not in (None, ()) for key in keys)

    def _own_or_inherited(self, key: str) -> Any:
        said = getattr(self.own, key, None)
        return said if said not in (None, ()) or self.base is None else getattr(self.base, key)

    def _complain_missing(self, key: str, loc: Loc = ()) -> None:
        self.complain(loc, f'the key "{key}" is missing: {MISSING_HINTS[key]}')

    # the exercise as a whole

    def _check_language(self) -> None:
        """What is read aloud has to be in the language of the file."""
        own, base = self.own, self.base
        if base and own.language != base.language:
            say = "steps" if own.steps or len(base.steps) > 1 else "say"
            for key in ("setup", say):
                if getattr(own, key) in (None, ()):
                    what = f"it is read aloud, and {base.id} has it in another language"
                    self.complain(("language",), f'the key "{key}" is missing: {what}')

    def _cautions(self) -> tuple[Caution, ...]:
        """Those of the exercise it is like, and its own: both are said, the graver holds."""
        inherited = self.base.cautions if self.base else ()
        own = {whom for caution in self.own.cautions for whom in caution.whom}
        kept = [c.only(set(c.whom) - own) for c in inherited]
        for caution in self.own.cautions:
            for whom in caution.whom:
                before = next((c for c in inherited if whom in c.whom), None)
                alone = caution.only({whom})
                kept.append(_merge_cautions(before, alone) if before else alone)
        return tuple(caution for caution in kept if caution.whom)

    def _stop_rule(self) -> str | None:
        rules = (self.base.stop if self.base else None, self.own.stop)
        written = dict.fromkeys(rule.written for rule in rules if rule)
        return " ".join(written) or None

    def _sides(self, steps: list[dict[str, Any]]) -> str | None:
        """Each side where the file says so, speaks of a side, or has a posture with one."""
        if self.own.sides:
            return "each" if self.own.sides == "each" else None
        held = {step.get("posture") for step in steps}
        written = [name for name in self.figures.postures if name in held]
        sided = any(self.figures.whole_spec(name).side for name in written)
        sided = sided or bool(
            re.search(r"\{(side|other|[^{}|]+\|[^{}|]+)\}", self.own.model_dump_json())
        )
        return "each" if sided or (self.base and self.base.sides) else None

    def _needs(self, start: str | None) -> tuple[str, ...]:
        found = [*self.own.needs, *(self.base.needs if self.base else ())]
        for name in self.figures.postures:
            on = self.figures.whole_spec(name).on or ()
            found += [prop for prop in get_args(Prop) if any(prop in support for support in on)]
        if self.base is None and start:
            lying = self.figures.whole_spec(start).position in (*LYING, "kneeling")
            found += ["mat"] if lying else []
        return tuple(dict.fromkeys(found))

    def _notes(self, sides: str | None) -> dict[str, Any]:
        """Where it is felt, what goes wrong and how often: taken over for the same movement."""
        own, base = self.own, self.base
        same = base and (base.language, base.sides) == (own.language, sides)
        if not same or self._is_any_key_given(MOVEMENT_KEYS):
            base = None
        keys = ("felt", "mistakes", "often")
        return {key: getattr(own, key) or getattr(base, key, None) for key in keys}

    # its steps

    def _steps(self, start: str | None) -> list[dict[str, Any]]:
        own, base = self.own, self.base
        if own.steps:
            self._refuse_keys(own, STEP_KEYS, "with steps, it belongs to one of them")
            return self._own_steps(own.steps, ("steps",), own.id, start)
        if base and len(base.steps) > 1:
            names = ", ".join(step.id for step in base.steps)
            what = (
                f"{base.id} has steps of its own ({names}); leave this out, or write"
                ' "steps" of yours'
            )
            self._refuse_keys(own, (*STEP_KEYS, "start"), what)
            return [{**dict(step), "facts": ()} for step in base.steps]
        return [self._step(own, base.steps[0] if base else None, (), own.id, start)]

    def _refuse_keys(self, own: Any, keys: tuple[str, ...], what: str, loc: Loc = ()) -> None:
        for key in keys:
            if getattr(own, key, None) is not None:
                self.complain((*loc, key), f"found {key}; {what}")

    def _own_steps(
        self, steps: tuple[OwnStep, ...], loc: Loc, name: str, here: str | None
    ) -> list[dict[str, Any]]:
        found = []
        for k, step in enumerate(steps):
            called = step.id or f"step_{k + 1}"
            made = self._step(step, None, (*loc, k), f"{name}_{called}", here)
            found.append({**made, "id": called})
            here = made.get("posture") or here
        return found

    def _step(
        self, own: Any, before: Step | None, loc: Loc, name: str, start: str | None
    ) -> dict[str, Any]:
        """One step: its own words and amounts, over those of the step it is like."""
        do = own.do or self._activity(own, before, loc)
        if before and do != before.do:
            before = None
        step: dict[str, Any] = {**dict(before), "facts": ()} if before else {"id": "own", "do": do}
        if own.say or own.posture is not None or not before:
            step |= {"say": own.say, "title": own.title, "cues": ()}
            if not own.say:
                self._complain_missing("say", loc)
        step |= self._amounts(own, before, loc, do, needed=True)
        if own.posture is not None:
            step["out"] = None  # it leads out of another posture
        if own.posture is not None or start or not before:
            step |= self._motion_and_posture_of(own, before, loc, name, start, do)
        return {key: value for key, value in step.items() if value is not None}

    def _activity(self, own: Any, before: Step | None, loc: Loc) -> str:
        told = [do for do, keys in STEP_AMOUNT_KEYS.items() if getattr(own, keys[0]) is not None]
        if len(told) > 1:
            found = " and ".join(STEP_AMOUNT_KEYS[do][0] for do in told)
            self.complain(loc, f'found {found}; say with the key "do" which of them it is')
        return next(iter(told), before.do if before else "hold")

    def _amounts(
        self, own: Any, before: Step | None, loc: Loc, do: str, *, needed: bool
    ) -> dict[str, Any]:
        """The amounts of a step, all that it takes where they are needed, else those written."""
        loops = ("tempo",) if getattr(before, "loop", None) else ()
        keys = (*STEP_AMOUNT_KEYS.get(do, ()), *loops)
        others = tuple(key for key in AMOUNT_BOUNDS if key in STEP_KEYS and key not in keys)
        self._refuse_keys(own, others, f"to {do} takes {' and '.join(keys) or 'no amount'}", loc)
        found = {}
        for key in keys:
            said = getattr(own, key)
            if said is not None or needed:
                found[key] = self._amount(key, said, getattr(before, key, None), loc)
                if said is None and found[key] is None:
                    self.complain(loc, f'the key "{key}" is missing: how much of it is done')
        return found

    def _amount(
        self, key: str, said: Any, base: AmountRange | None, loc: Loc
    ) -> AmountRange | None:
        """A number with its limits: those written, those of the course, or some round it."""
        limits = AMOUNT_BOUNDS[key]
        if said is None and base is None:
            said = limits.otherwise
        if said is None or isinstance(said, AmountRange):
            return said or base
        low, high = (base.min, base.max) if base else (MIN_AMOUNT_IN_UNIT, limits.most)
        if low <= said <= high:
            return base.model_copy(update={"default": said}) if base else limits.around(said)
        what = f"found {said:g}, expected {low:g} to {high:g}"
        if base:
            what += (
                f" as in {self.own.like}; for limits of your own write"
                f" {key}: {{default: {said:g}, min: ..., max: ...}}"
            )
        self.complain((*loc, key), what)
        return base

    def _motion_and_posture_of(
        self, own: Any, before: Step | None, loc: Loc, name: str, start: str | None, do: str
    ) -> dict[str, str | None]:
        """Where the body goes in a step, and the way into it."""
        if getattr(before, "loop", None):
            self.complain(
                (*loc, "posture"),
                f'{self.own.like} goes round and round; write "steps" of your own',
            )
            return {}
        like = getattr(before, "motion", None)
        through = posture_table().motion_spec(like).through if like else (None,)
        goal = self.figures.posture(own.posture, (*loc, "posture"), name)
        if goal is None and own.posture is not None:
            return {}
        goal = goal or getattr(before, "posture", None) or through[-1] or start
        first: Any = start or through[0]
        if goal is None or (do == "repeat" and first in (None, goal)):
            missing = "posture" if goal is None or first else "start"
            self.complain(loc, f'the key "{missing}" is missing: {_GOAL_HINTS[do]}')
            return {}
        motion = None
        if first not in (None, goal) and do != "breathe":
            place = (*loc, "posture" if own.posture is not None else "start")
            motion = self.figures.motion(first, goal, like, place, name)
        return {"motion": motion, "posture": None if do == "repeat" else goal}

    # its easier and harder versions

    def _versions(self, start: str | None, steps: list[dict[str, Any]]) -> dict[str, Any]:
        own, base = self.own, self.base
        same = base is not None and not self._is_any_key_given({*MOVEMENT_KEYS, "say", "do"})
        easier = self._version(own.easier, "easier", start, steps)
        harder = self._version(own.harder, "harder", start, steps)
        if base is None:
            if own.easier is None:
                self._complain_missing("easier")
            return {"easier": easier, "harder": harder}
        if own.easier is None:
            easier = base.easier if same else _complete_easier_version(base)
            if own.language != base.language:
                easier = easier.model_copy(update={"language": base.language})
        if same and own.harder is None:
            harder = base.harder
        return {"easier": easier, "harder": harder, "no_harder": base.no_harder if same else None}

    def _version(
        self, own: OwnVersion | None, kind: str, start: str | None, steps: list[dict[str, Any]]
    ) -> Version | None:
        if own is None:
            return None
        name = f"{self.own.id}_{kind}"
        made: dict[str, Any] = {"title": own.title or kind.capitalize()}
        begin = self.figures.posture(own.start, (kind, "start"), f"{name}_start")
        if begin:
            made |= {"start": begin, "position": self.figures.whole_spec(begin).position}
        rounds = self._amount("rounds", own.rounds, None, (kind,))
        made |= {"what": own.what, "setup": own.setup, "rounds": rounds}
        if own.steps:
            made["steps"] = self._own_steps(own.steps, (kind, "steps"), name, begin or start)
        elif len(steps) > 1:
            what = "there are several steps; write them out here too"
            self._refuse_keys(own, STEP_KEYS, what, (kind,))
        else:
            change = self._change(own, kind, name, begin, start, steps[0]["do"])
            made["change"] = {steps[0]["id"]: Change.model_validate(change)} if change else {}
        made = {key: value for key, value in made.items() if value is not None}
        return None if self.mistakes or self.figures.mistakes else Version.model_validate(made)

    def _change(
        self, own: OwnVersion, kind: str, name: str, begin: str | None, start: str | None, do: str
    ) -> dict[str, Any]:
        """What a version changes in the one step there is."""
        self._refuse_keys(own, ("do",), "write the steps of this version out", (kind,))
        change = self._amounts(own, None, (kind,), do, needed=False)
        change |= {"say": own.say} if own.say else {}
        if own.posture is not None and not own.say:
            self._complain_missing("say", (kind,))
        if own.posture is not None or begin:
            change |= self._motion_and_posture_of(own, None, (kind,), name, begin or start, do)
        return {k: v for k, v in change.items() if v is not None or do == "hold"}


_GOAL_HINTS = {
    "hold": "where the body goes",
    "breathe": "where the body rests",
    "repeat": 'one repetition goes from "start" to "posture" and back',
}


def _merge_cautions(before: Caution, own: Caution) -> Caution:
    """Both cautions' words; of what a lesson does about them, the more careful."""
    graver = min(before.then, own.then, key=get_args(CautionAction).index)
    what = CitedText(f"{before.what.written} {own.what.written}")
    return own.model_copy(update={"then": graver, "what": what})


def _complete_easier_version(base: Exercise) -> Version:
    """The easier version of an exercise of the course, whole, since it fits no other posture."""
    easy = base.version("easier")
    taken = (
        *("setup", "start", "position", "rounds", "between", "steps", "needs"),
        *("felt", "mistakes"),
    )
    words = {key: getattr(easy, key) for key in taken if getattr(easy, key) is not None}
    title, what = base.easier.title, base.easier.what
    return Version.model_validate({"title": title, "what": what, **words})
