"""What a plan costs, for the course and for a thousand exercises, beside the times to keep.

    python tests/benchmarks/bench_lessons.py
    python tests/benchmarks/bench_lessons.py --all

With --all it plans for every condition and every pair, from 10 to 90 minutes, in every room and
position, and tells how many plans there are and how many break a rule of data/lessons.yaml;
--every 100 takes one in a hundred of these.

Each wish is planned and its timeline compiled, several times, in processor time, and the fastest
counts: the others had to share the machine. One compile of the same lesson is the floor that takes
the machine out: planning is told in how many times as long it takes.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backcare_nb.course.library import Library, shipped_library  # noqa: E402
from backcare_nb.course.models import Section  # noqa: E402
from backcare_nb.lesson.planner import plan_lesson_from  # noqa: E402
from backcare_nb.lesson.request import LessonError  # noqa: E402
from backcare_nb.lesson.rules import find_broken_rules  # noqa: E402
from tests.samples import classes  # noqa: E402

COURSE = 0.05  # seconds for a plan of the course
MANY = 1.0  # seconds for a plan of a thousand exercises
WISHES = {
    "10 minutes standing": {"minutes": 10, "positions": ["standing"]},
    "20 minutes": {"minutes": 20},
    "20 minutes, osteoporosis": {"minutes": 20, "cautions": ["osteoporosis"]},
    "45 minutes": {"minutes": 45},
    "60 minutes, harder": {"minutes": 60, "version": "harder"},
    "3 hours": {"minutes": 180},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description="What a plan costs, and whether it keeps its rules."
    )
    parser.add_argument("--all", action="store_true", help="plan for every class there may be")
    parser.add_argument("--every", type=int, default=0, help="plan for one in so many of them")
    asked = parser.parse_args()
    if asked.all or asked.every:
        sys.exit(check_rules(max(1, asked.every)))
    course = shipped_library()
    plan_lesson_from(20, library=course)
    for library, limit, runs in ((course, COURSE, 9), (_many(course, 1000), MANY, 3)):
        print(f"{len(library.exercises)} exercises")
        for words, wish in WISHES.items():
            _report(words, wish, library, limit, runs)


def check_rules(step: int) -> int:
    """Plan for every class, or one in so many; how many plans break a rule."""
    every = list(classes())
    chosen = every[:: step + (step > 1 and len(every) % step == 0)]
    with ProcessPoolExecutor() as workers:
        found = Counter(chain.from_iterable(workers.map(_broken, chosen, chunksize=200)))
    planned = found["kept"] + found["broken"]
    print(f"{len(chosen)} wishes: {planned} plans, {found['refused']} refused with a sentence")
    print(f"{found['in time']} within a minute of their time, the others say so; by the minutes:")
    print(*(f"{m}: {found[f'in {m}']} of {found[f'of {m}']}" for m in range(10, 91, 5)), sep=", ")
    print(f"{found['broken']} plans break a rule")
    for name, count in sorted(found.items()):
        if name.startswith("rule "):
            print(f"  {name}: {count}")
    return min(found["broken"], 1)


def _broken(wish: dict) -> list[str]:
    try:
        lesson = plan_lesson_from(library=shipped_library(), **wish)
    except LessonError:
        return ["refused"]
    broken = [f"rule {each.name}" for each in find_broken_rules(lesson)]
    in_time = abs(lesson.timeline.total / 60_000 - wish["minutes"]) <= 1
    if not in_time and not lesson.told:
        broken.append("rule untold")
    minutes = wish["minutes"]
    counted = ["in time", f"in {minutes}"] if in_time else []
    return [*broken, "broken" if broken else "kept", f"of {minutes}", *counted]


def _report(words: str, wish: dict, library: Library, limit: float, runs: int) -> None:
    try:
        lesson = plan_lesson_from(library=library, **wish)
    except LessonError as error:
        print(f"  {words:26} {error}")
        return
    planned = _fastest(lambda: plan_lesson_from(library=library, **wish).timeline, runs)
    compiled = _fastest(lambda: replace(lesson).timeline, runs)
    off = (lesson.timeline.total - wish["minutes"] * 60_000) / 1000
    print(
        f"  {words:26} {planned * 1000:6.0f} ms, {planned / limit:5.0%} of {limit * 1000:.0f} ms,"
        f" {planned / compiled:4.0f} compiles; {len(lesson.parts)} parts, {off:+.0f} s"
    )


def _fastest(run: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        before = time.process_time()
        run()
        times.append(time.process_time() - before)
    return min(times)


def _many(course: Library, count: int) -> Library:
    """The course again and again under other names, until there are so many exercises."""
    sections: list[Section] = []
    while sum(len(section.exercises) for section in sections) < count:
        number = len(sections) // len(course.sections)
        sections += (_again(section, f"_{number}", len(sections)) for section in course.sections)
    return replace(course, sections=tuple(sections))


def _again(section: Section, ending: str, number: int) -> Section:
    exercises = (
        e.model_copy(update={"id": e.id + ending, "after": e.after and e.after + ending})
        for e in section.exercises
    )
    change = {"id": section.id + ending, "number": number + 1, "exercises": tuple(exercises)}
    return section.model_copy(update=change)


if __name__ == "__main__":
    main()
