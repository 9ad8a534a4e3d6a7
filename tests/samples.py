"""Small exercises for tests, valid and quick to change."""

from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import Any

from backcare_nb.course.library import shipped_library
from backcare_nb.course.models import ANYONE_CONDITION, Breathe, Exercise, Hold, Move, Repeat, Step
from backcare_nb.lesson.request import PROPS_OF_ANY_CLASS
from backcare_nb.sessions.options import Options, Pauses
from backcare_nb.sessions.timeline import Timeline, compile_session


def exercise(name: str = "knee_rolls", **changes: Any) -> Exercise:
    """A small exercise, done on each side, with one hold."""
    words = {
        "id": name,
        "title": "Knee rolls",
        "common_name": "Lumbar rotation",
        "why": "To turn.",
        "setup": "Lie on your back with your knees bent.",
        "start": "knees_together",
        "position": "standing",
        "sides": "each",
        "steps": (hold(),),
        "cautions": ({"whom": "osteoporosis", "what": "Keep it small."},),
        "easier": {"title": "Small rolls", "what": "Roll less far."},
        "stop": "Stop if it hurts.",
    }
    if changes.get("sides", "each") is None:
        words["steps"] = (hold(title="Knees up", say="Stay like this."),)
    return Exercise(**{**words, **changes})


def _step(model: type[Step], **words: Any) -> Callable[..., Step]:
    """A function that makes such a step, with changes."""
    return lambda **changes: model(**{"id": words["do"], **words, **changes})


hold = _step(
    Hold,
    do="hold",
    title="Knees to the {side}",
    say="Let both knees sink to the {side}, and look to the {other}.",
    seconds={"default": 30, "min": 5, "max": 60},
    posture="knees_rolled_45",
    motion="roll_knees_45",
)
repeat = _step(
    Repeat,
    do="repeat",
    title="Arch, then round",
    say="Arch and look up, then round.",
    times={"default": 10, "min": 5, "max": 20},
    tempo={"default": 6, "min": 4, "max": 10},
    motion="cow_to_cat",
)
breathe = _step(
    Breathe,
    do="breathe",
    title="Breathe low and slow",
    say="Breathe into your belly.",
    minutes={"default": 5, "min": 1, "max": 15},
    rate={"default": 6, "min": 4, "max": 10},
    posture="constructive_rest",
)
move = _step(
    Move,
    do="move",
    title="Roll over",
    say="Roll over and stand up.",
    seconds={"default": 10, "min": 5, "max": 60},
    motion="get_up",
)


def middle(*steps: Any, **changes: Any) -> Exercise:
    """An exercise without sides, made of these steps."""
    return exercise(**{"sides": None, "steps": steps, **changes})


def rise() -> Exercise:
    """A way of getting up."""
    return middle(move(), name="getting_up", title="Getting up", position="standing")


SHORT = Pauses(ready=1, settle=1, moving=1, change=1, rest=1)


def short(**changes: Any) -> Timeline:
    """A session of one exercise."""
    return compile_session([exercise(**changes)], Options(pauses=SHORT))


LONG = exercise(
    setup="Lie on your back with your knees bent and your feet flat. " * 4,
    cautions=[{"whom": "anyone", "what": "Keep it small, and stop early. " * 4}] * 4,
)


def classes() -> Iterator[dict[str, Any]]:
    """Wishes for every condition and every pair, 10 to 90 minutes, in every room and position."""
    conditions = [name for name in shipped_library().safety.conditions if name != ANYONE_CONDITION]
    groups = [(), *combinations(conditions, 1), *combinations(conditions, 2)]
    words = ("lying", "kneeling", "sitting", "standing")
    places = [None, *combinations(words, 1), *combinations(words, 2)]
    rooms = [
        None,
        ["mat"],
        ["chair"],
        ["mat", "chair"],
        [*PROPS_OF_ANY_CLASS, "bed", "stool", "ball"],
    ]
    minutes, versions = range(10, 91, 5), ("source", "easier")
    for long, group, room, place, version in product(minutes, groups, rooms, places, versions):
        wish = {"minutes": long, "cautions": group, "version": version}
        more = {"props": room, "positions": place}
        yield wish | {key: value for key, value in more.items() if value}
