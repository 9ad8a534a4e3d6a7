"""The table of supports, postures and motions in data/postures.yaml.

A posture may be like another and tell only what differs; ``flat`` gives it whole.
"""

from collections.abc import Mapping
from functools import cache
from typing import Self

from pydantic import model_validator

from backcare_nb.body.skeleton import body
from backcare_nb.body.solution_cache import solution_cache
from backcare_nb.course import DATA
from backcare_nb.course.fields import Model, Name, refuse
from backcare_nb.course.names import find
from backcare_nb.posture.spec import MotionSpec, PostureSpec, SupportSpec, said
from backcare_nb.posture.spec_names import mistakes
from backcare_nb.posture.vocabulary import opposites


class PostureTable(Model):
    """data/postures.yaml."""

    supports: dict[Name, SupportSpec]
    postures: dict[Name, PostureSpec]
    motions: dict[Name, MotionSpec]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        refuse("PostureTable", mistakes(self, body()))
        return self


@cache
def posture_table() -> PostureTable:
    """data/postures.yaml, read."""
    return solution_cache().table("postures.yaml", PostureTable, others=("body.yaml",))


_ADDED: tuple[dict[str, PostureSpec], dict[str, MotionSpec]] = ({}, {})


def add(postures: Mapping[str, PostureSpec], motions: Mapping[str, MotionSpec]) -> None:
    """Let postures and motions be drawn that are not in data/postures.yaml.

    A name stands for one posture or motion for ever: what changes takes another name, so that
    nothing that is remembered by name can be out of date.
    """
    for known, more in zip(_ADDED, (postures, motions), strict=True):
        known.update((name, spec) for name, spec in more.items() if name not in known)


def posture_spec(name: str) -> PostureSpec:
    """A posture of data/postures.yaml, or one that was added. Raises UnknownName."""
    return _ADDED[0].get(name) or find("posture", name, posture_table().postures)


def motion_spec(name: str) -> MotionSpec:
    """A motion of data/postures.yaml, or one that was added. Raises UnknownName."""
    return _ADDED[1].get(name) or find("motion", name, posture_table().motions)


def is_motion(name: str) -> bool:
    """Is this the name of a motion, shipped or added?"""
    return name in posture_table().motions or name in _ADDED[1]


def flat(name: str, spec: PostureSpec | None = None) -> PostureSpec:
    """A posture's spec with what it takes from the one it is like."""
    spec = spec or posture_spec(name)
    if spec.like is None:
        return spec
    base = flat(spec.like)
    joints = {j: dict(a) for j, a in base.angles.items() if j not in spec.free}
    for joint, motions in spec.angles.items():
        joints[joint] = _instead(joints.get(joint, {}), motions)
    kept = tuple(c for c in base.contacts if c not in spec.without)
    return spec.model_copy(update={
        "angles": joints,
        "contacts": kept + spec.contacts,
        "context": base.context + spec.context,
        "position": spec.position or base.position,
        "side": spec.side or base.side,
        "on": base.on if spec.on is None else spec.on,
        "views": spec.views or base.views,
        "near": spec.near or base.near,
    })  # fmt: skip


def _instead(old: dict[str, float], new: dict[str, float]) -> dict[str, float]:
    """The old angles with the new in their place; an extension takes the place of a flexion."""
    opposite = opposites()
    gone = {name for motion in new for name in (motion, opposite.get(motion))}
    return {**{m: v for m, v in old.items() if m not in gone}, **new}


def source(spec: PostureSpec) -> str:
    """All that a posture is solved from, as text: its spec, its supports, and the body."""
    keys = [key for key in PostureSpec.model_fields if key not in ("title", "views")]
    things = [posture_table().supports[name] for name in spec.on or ()]
    return "\n".join(
        [said(spec, keys), *(said(t, SupportSpec.model_fields) for t in things), _body()]
    )


@cache
def _body() -> str:
    return (DATA / "body.yaml").read_text(encoding="utf-8")
