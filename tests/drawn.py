"""All that the course draws and says of postures, as text by name; as a program, its digests.

python tests/drawn.py writes {name: sha256} to standard output, for this processor and settings.
"""

import json
import sys
from collections.abc import Iterator
from hashlib import sha256

from backcare_nb.custom.library import library
from backcare_nb.figures import figure
from backcare_nb.posture import motion as motions
from backcare_nb.posture import pose as poses
from backcare_nb.posture.checks import check
from backcare_nb.posture.motion import MotionPath, motion
from backcare_nb.posture.pose import Pose, posture
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions import timeline


def forget_solved() -> None:
    """Let every posture and motion be solved again, or taken from the solutions again."""
    poses._solve_posture.cache_clear()
    motions._solve_motion.cache_clear()


def every_key() -> Iterator[str]:
    """Every posture and motion, on each of its sides."""
    for name in (*posture_table().postures, *posture_table().motions):
        sides = ("left", "right") if find(name).side else ("",)
        yield from (f"{name}.{side}".removesuffix(".") for side in sides)


def find(key: str) -> Pose | MotionPath:
    """The posture or motion of a key."""
    name, _, side = key.partition(".")
    made = motion if name in posture_table().motions else posture
    return made(name, side or None)


def marks(key: str) -> str:
    """Every number, tone and word that a figure's files are made from, in their order."""
    name, _, side = key.partition(".")
    pages = [figure.page_of(name, side or None), figure.moving(key)]
    return repr([_page(page) for page in pages])


def _page(page) -> tuple:
    """A page as plain values: points as they are drawn, to the last bit."""
    drawn = [(m.tone, m.codes, m.points.tobytes(), m.hidden.tobytes()) for m in page.marks]
    return page.width, page.height, page.title, page.alt, drawn, page.words


def verdicts(key: str) -> str:
    """What the checks say of a posture or a motion."""
    return "\n".join(map(str, check(find(key))))


def files(key: str) -> str:
    """The files of a figure: a still or a strip, a thumbnail, and what a browser moves."""
    name, _, side = key.partition(".")
    made = [figure.svg(name, side or None), json.dumps(figure.sprite(key))]
    if name not in posture_table().motions:
        made.append(figure.thumbnail(name, side or None).svg())
    return "\n".join(made)


def sheets() -> Iterator[tuple[str, str]]:
    """The page of each exercise, and its figures that breathe."""
    for exercise in (*library().exercises, library().rise):
        yield f"show {exercise.id}", figure.show(exercise).svg()
        for key in timeline.compile_session([exercise], rise=library().rise).figure_keys():
            if key.startswith("breath:"):
                yield key, json.dumps(figure.sprite(key))


def digests() -> dict[str, str]:
    """The sha256 of all of it."""
    found = {key: files(key) + verdicts(key) for key in every_key()} | dict(sheets())
    return {name: sha256(text.encode()).hexdigest() for name, text in found.items()}


if __name__ == "__main__":
    json.dump(digests(), sys.stdout)
