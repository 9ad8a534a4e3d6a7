"""An exercise of one's own made whole: what its file says, and the rest from the one it is like.

What is at stake for a body is never dropped in silence: cautions and the stop rule of the exercise
it is like stay and are added to, its easier version stays until another is written, and where
nothing can be taken over the file is asked for it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from backcare_nb.course.fields import Complaint, Loc
from backcare_nb.course.models import (
    AmountRange,
    Caution,
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


AMOUNT_LIMITS = {
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
MIN_AMOUNT = 0.5  # seconds, minutes or breaths
INHERITED_KEYS = ("part", "after", "ends")  # taken over as they are
STEP_KEYS = ("do", "say", "posture", "seconds", "times", "tempo", "minutes", "rate")
MOVEMENT_KEYS = {"posture", "start", "steps"}  # what makes it another movement


@dataclass(frozen=True)
class ExerciseDraft:
    """What a file says, made whole; an exercise only where there is no mistake."""

    exercise: Exercise | None
    figures: OwnFigures
    mistakes: tuple[Complaint, ...]


def build_exercise(own: OwnExercise, course: Mapping[str, Exercise]) -> ExerciseDraft:
    """The whole exercise, or what is in the way, each mistake with its place in the file."""
    builder = _Builder(own, course.get(own.like or ""))
    if own.like and own.like not in course:
        what = unknown_name_message("exercise", own.like, course)
        return builder.draft_without_base(
            f"{what} (expected one of the course, not one of your own)"
        )
    words = builder.exercise()
    mistakes = (*builder.mistakes, *builder.figures.mistakes)
    made, wrong = (None, mistakes) if mistakes else _validate(words)
    return ExerciseDraft(made, builder.figures, tuple(wrong))


def _validate(words: dict[str, Any]) -> tuple[Exercise | None, list[Complaint]]:
    """The exercise, or what its model says of the words in it."""
    try:
        return Exercise.model_validate(words), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return None, [(e["loc"], str(e.get("ctx", {}).get("error", e["msg"]))) for e in found]


class _Builder:
    """Goes through a file, and remembers what is wrong on the way."""

    def __init__(self, own: OwnExercise, base: Exercise | None) -> None:
        self.own, self.base, self.figures = own, base, OwnFigures(own.title)
        self.mistakes: list[Complaint] = []

    def draft_without_base(self, what: str) -> ExerciseDraft:
        """What can be said where the exercise it is like is not there."""
        for key in ("start", "posture"):
            self.figures.posture(getattr(self.own, key), (key,), self.own.id)
        return ExerciseDraft(None, self.figures, ((("like",), what), *self.figures.mistakes))

    def exercise(self) -> dict[str, Any]:
        """The words of the whole exercise, as its model takes them."""
        own, base = self.own, self.base
        start = self.figures.posture(own.start, ("start",), f"{own.id}_start")
        steps = self._steps(start)
        start = start or (base.start if base else _first_posture(steps))
        words = {
            key: self._own_or_inherited(key) for key in (*INHERITED_KEYS, "common_name", "first")
        }
        words |= {key: self._require(key) for key in ("why", "stop", "cautions")}
        words |= {"id": own.id, "title": own.title, "start": start, "steps": steps}
        words |= {"language": self._language()}
        words |= {"cautions": self._cautions(), "stop": self._stop(), "setup": self._setup()}
        words |= {"sides": self._sides(steps), "rounds": self._rounds(own, base, ())}
        words |= {"position": self._position(start), "needs": self._needs(start)}
        words["common_name"] = words["common_name"] or own.title
        if base and not self._is_said(MOVEMENT_KEYS):
            words |= {"between": base.between, "position": base.position}
        words |= self._versions(start, steps)
        return {key: value for key, value in words.items() if value is not None}

    def _complain(self, loc: Loc, what: str) -> None:
        self.mistakes.append((loc, what))

    def _is_said(self, keys: set[str]) -> bool:
        return any(getattr(self.own, key) not in (None, ()) for key in keys)

    def _own_or_inherited(self, key: str) -> Any:
        said = getattr(self.own, key, None)
        return said if said not in (None, ()) or self.base is None else getattr(self.base, key)

    def _require(self, key: str) -> Any:
        """What the file says, or the exercise it is like; asked for where neither does."""
        found = self._own_or_inherited(key)
        if found in (None, ()):
            self._complain_missing(key)
        return found

    def _complain_missing(self, key: str, loc: Loc = ()) -> None:
        self._complain(loc, f'the key "{key}" is missing: {MISSING_HINTS[key]}')

    # the exercise as a whole

    def _setup(self) -> str | None:
        own, base = self.own, self.base
        if own.start is not None and own.setup is None and base is not None:
            self._complain_missing("setup", ("start",))
        setup: str | None = self._require("setup")
        return setup

    def _language(self) -> str:
        """The language of the file, in which all that is read aloud must then be written."""
        own, base = self.own, self.base
        if base and own.language != base.language:
            say = "steps" if len(base.steps) > 1 else "say"
            for key in ("setup", "steps" if own.steps else say):
                if getattr(own, key) in (None, ()):
                    what = f"it is read aloud, and {base.id} has it in another language"
                    self._complain(("language",), f'the key "{key}" is missing: {what}')
        return own.language

    def _cautions(self) -> tuple[Caution, ...]:
        """Those of the exercise it is like, and its own: both are said, the graver holds."""
        kept = {caution.whom: caution for caution in (self.base.cautions if self.base else ())}
        for caution in self.own.cautions:
            before = kept.get(caution.whom)
            kept[caution.whom] = _merge_cautions(before, caution) if before else caution
        return tuple(kept.values())

    def _stop(self) -> str | None:
        kept = self.base.stop if self.base else None
        return " ".join(dict.fromkeys(words for words in (kept, self.own.stop) if words)) or None

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

    def _position(self, start: str | None) -> str | None:
        return self.figures.whole_spec(start).position if start else None

    def _needs(self, start: str | None) -> tuple[str, ...]:
        found = [*self.own.needs, *(self.base.needs if self.base else ())]
        on = [
            prop
            for name in self.figures.postures
            for prop in self.figures.whole_spec(name).on or ()
        ]
        found += [prop for prop in get_args(Prop) if any(prop in name for name in on)]
        if self.base is None and self._position(start) in (*LYING, "kneeling"):
            found.append("mat")
        return tuple(dict.fromkeys(found))

    def _rounds(self, own: Any, base: Exercise | None, loc: Loc) -> AmountRange | None:
        return self._amount("rounds", own.rounds, base.rounds if base else None, loc)

    # its steps

    def _steps(self, start: str | None) -> list[dict[str, Any]]:
        own, base = self.own, self.base
        if own.steps:
            self._refuse_keys(own, STEP_KEYS, "with steps, it belongs to one of them")
            return list(self._own_steps(own.steps, ("steps",), own.id, start))
        if base and len(base.steps) > 1:
            names = ", ".join(step.id for step in base.steps)
            what = f"{base.id} has steps of its own ({names}); leave this out, or write"
            what = f'{what} "steps" of yours'
            self._refuse_keys(own, (*STEP_KEYS, "start"), what)
            return [{**dict(step), "facts": ()} for step in base.steps]
        before = base.steps[0] if base else None
        return [self._step(own, before, (), own.id, start)]

    def _refuse_keys(self, own: Any, keys: tuple[str, ...], what: str, loc: Loc = ()) -> None:
        for key in keys:
            if getattr(own, key, None) is not None:
                self._complain((*loc, key), f"found {key}; {what}")

    def _own_steps(
        self, steps: tuple[OwnStep, ...], loc: Loc, name: str, here: str | None
    ) -> Iterator[dict[str, Any]]:
        for k, step in enumerate(steps):
            called = step.id or f"step_{k + 1}"
            made = self._step(step, None, (*loc, k), f"{name}_{called}", here)
            yield {**made, "id": called}
            here = made.get("posture") or here

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
        step |= self._amounts(own, before, loc, do)
        if own.posture is not None:
            step["out"] = None  # it leads out of another posture
        if own.posture is not None or start or not before:
            step |= self._figures_of(own, before, loc, name, start, do)
        return {key: value for key, value in step.items() if value is not None}

    def _activity(self, own: Any, before: Step | None, loc: Loc) -> str:
        told = [do for do, keys in STEP_AMOUNT_KEYS.items() if getattr(own, keys[0]) is not None]
        if len(told) > 1:
            found = " and ".join(STEP_AMOUNT_KEYS[do][0] for do in told)
            self._complain(loc, f'found {found}; say with the key "do" which of them it is')
        return next(iter(told), before.do if before else "hold")

    def _amounts(self, own: Any, before: Step | None, loc: Loc, do: str) -> dict[str, Any]:
        loops = ("tempo",) if getattr(before, "loop", None) else ()
        keys = (*STEP_AMOUNT_KEYS.get(do, ()), *loops)
        self._check_amount_keys(own, keys, do, loc)
        found = {k: self._amount(k, getattr(own, k), getattr(before, k, None), loc) for k in keys}
        for key, amount in found.items():
            if amount is None and getattr(own, key) is None:
                self._complain(loc, f'the key "{key}" is missing: how much of it is done')
        return found

    def _check_amount_keys(self, own: Any, keys: tuple[str, ...], do: str, loc: Loc) -> None:
        """Refuse the amounts that what is done does not take."""
        others = tuple(key for key in AMOUNT_LIMITS if key in STEP_KEYS and key not in keys)
        self._refuse_keys(own, others, f"to {do} takes {' and '.join(keys) or 'no amount'}", loc)

    def _amount(
        self, key: str, said: Any, base: AmountRange | None, loc: Loc
    ) -> AmountRange | None:
        """A number with its limits: those written, those of the course, or some round it."""
        said = AMOUNT_LIMITS[key].otherwise if said is None and base is None else said
        if said is None or isinstance(said, AmountRange):
            return base if said is None else said
        if base is None and not MIN_AMOUNT <= said <= AMOUNT_LIMITS[key].most:
            self._complain(
                (*loc, key), f"found {said:g}, expected {MIN_AMOUNT} to {AMOUNT_LIMITS[key].most:g}"
            )
            return None
        if base is None:
            return _range_around(said, AMOUNT_LIMITS[key])
        if not base.min <= said <= base.max:
            self._complain(
                (*loc, key),
                f"found {said:g}, expected {base.min:g} to {base.max:g} as in {self.own.like}; "
                f"for limits of your own write {key}: {{default: {said:g}, min: ..., max: ...}}",
            )
            return base
        return base.model_copy(update={"default": said})

    def _figures_of(
        self, own: Any, before: Step | None, loc: Loc, name: str, start: str | None, do: str
    ) -> dict[str, str | None]:
        """Where the body goes in a step, and the way into it."""
        if getattr(before, "loop", None):
            self._complain(
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
            self._complain(loc, f'the key "{missing}" is missing: {_GOAL_HINTS[do]}')
            return {}
        motion = None
        if first not in (None, goal) and do != "breathe":
            place = (*loc, "posture" if own.posture is not None else "start")
            motion = self.figures.motion(first, goal, like, place, name)
        return {"motion": motion, "posture": None if do == "repeat" else goal}

    # its easier and harder versions

    def _versions(self, start: str | None, steps: list[dict[str, Any]]) -> dict[str, Any]:
        own, base = self.own, self.base
        same = base is not None and not self._is_said({*MOVEMENT_KEYS, "say", "do"})
        easier = self._version(own.easier, "easier", start, steps)
        harder = self._version(own.harder, "harder", start, steps)
        if base is None:
            if own.easier is None:
                self._complain_missing("easier")
            return {"easier": easier, "harder": harder}
        if own.easier is None:
            easier = base.easier if same else _whole_easier_version(base)
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
            made |= {"start": begin, "position": self._position(begin)}
        made |= {"what": own.what, "setup": own.setup, "rounds": self._rounds(own, None, (kind,))}
        if own.steps:
            here = begin or start
            made["steps"] = list(self._own_steps(own.steps, (kind, "steps"), name, here))
        elif len(steps) > 1:
            what = "there are several steps; write them out here too"
            self._refuse_keys(own, STEP_KEYS, what, (kind,))
        else:
            made["change"] = self._version_change(own, kind, name, begin, start, steps[0])
        made = {key: value for key, value in made.items() if value is not None}
        return None if self.mistakes or self.figures.mistakes else Version.model_validate(made)

    def _version_change(
        self, own: OwnVersion, kind: str, name: str, begin: Any, start: Any, step: dict[str, Any]
    ) -> dict[str, Change]:
        """What a version changes in the one step there is."""
        do = step["do"]
        self._refuse_keys(own, ("do",), "write the steps of this version out", (kind,))
        keys = STEP_AMOUNT_KEYS.get(do, ())
        self._check_amount_keys(own, keys, do, (kind,))
        said = {key: getattr(own, key) for key in keys}
        change: dict[str, Any] = {
            k: self._amount(k, v, None, (kind,)) for k, v in said.items() if v is not None
        }
        change |= {"say": own.say} if own.say else {}
        if own.posture is not None and not own.say:
            self._complain_missing("say", (kind,))
        if own.posture is not None or begin:
            before = begin or start
            change |= self._figures_of(own, None, (kind,), name, before, do)
            change = change if do == "hold" else {k: v for k, v in change.items() if v is not None}
        return {step["id"]: Change.model_validate(change)} if change else {}


_GOAL_HINTS = {
    "hold": "where the body goes",
    "breathe": "where the body rests",
    "repeat": 'one repetition goes from "start" to "posture" and back',
}


def _first_posture(steps: list[dict[str, Any]]) -> str | None:
    return next((step["posture"] for step in steps if step.get("posture")), None)


def _merge_cautions(before: Caution, own: Caution) -> Caution:
    """Both cautions' words; of what a lesson does about them, the more careful."""
    graver = min(before.then, own.then, key=("leave_out", "easier", "say").index)
    return own.model_copy(update={"then": graver, "what": f"{before.what} {own.what}"})


def _range_around(said: float, range_: AmountLimits) -> AmountRange:
    """An amount with limits round it."""
    low, high = said * range_.low, max(said, min(said * range_.high, range_.most))
    if range_.kind is Times:
        return Times(default=int(said), min=max(1, int(low)), max=int(high))
    low = min(said, max(1.0, round(low, 1)))
    return range_.kind.model_validate({"default": said, "min": low, "max": round(high, 1)})


def _whole_easier_version(base: Exercise) -> Version:
    """The easier version of an exercise of the course, whole, since it fits no other posture."""
    easy = base.version("easier")
    taken = ("setup", "start", "position", "rounds", "between", "steps", "needs")
    words = {key: getattr(easy, key) for key in taken if getattr(easy, key) is not None}
    title, what = base.easier.title, base.easier.what
    return Version.model_validate({"title": title, "what": what, **words})
