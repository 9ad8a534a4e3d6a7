"""The table of supports, postures and motions in data/postures.yaml.

A posture may be like another and tell only what differs; ``whole_spec`` gives it whole.
"""

from collections.abc import Mapping
from functools import cache
from typing import Self

from pydantic import model_validator

from backcare_nb.body.skeleton import body
from backcare_nb.body.solution_cache import solution_cache
from backcare_nb.course import DATA
from backcare_nb.course.fields import Model, Name, raise_mistakes
from backcare_nb.course.names import find_by_name
from backcare_nb.posture.spec import (
    MotionSpec,
    PostureSpec,
    SupportSpec,
    opposite_motions,
    spec_json,
)
from backcare_nb.posture.spec_names import find_unknown_names


class PostureTable(Model):
    """data/postures.yaml."""

    supports: dict[Name, SupportSpec]
    postures: dict[Name, PostureSpec]
    motions: dict[Name, MotionSpec]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        raise_mistakes("PostureTable", find_unknown_names(self, body()))
        return self

    def __hash__(self) -> int:
        """Equal tables have equal names: what is solved is cached for each table."""
        return hash((tuple(self.postures), tuple(self.motions)))

    def with_own(self, specs: Mapping[str, Model]) -> Self:
        """Return the table with postures and motions that an own exercise writes out."""
        postures = {name: spec for name, spec in specs.items() if isinstance(spec, PostureSpec)}
        motions = {name: spec for name, spec in specs.items() if isinstance(spec, MotionSpec)}
        update = {"postures": self.postures | postures, "motions": self.motions | motions}
        return self.model_copy(update=update)

    def motion_spec(self, name: str) -> MotionSpec:
        """Return a motion's spec. Raises UnknownName."""
        return find_by_name("motion", name, self.motions)

    def whole_spec(self, name: str) -> PostureSpec:
        """Return a posture's spec with what it takes from the one it is like.

        Raises UnknownName.
        """
        spec = find_by_name("posture", name, self.postures)
        if spec.like is None:
            return spec
        base = self.whole_spec(spec.like)
        angles = {j: dict(a) for j, a in base.angles.items() if j not in spec.free}
        for joint, motions in spec.angles.items():
            opposites = {opposite_motions().get(motion) for motion in motions}
            before = angles.get(joint, {}).items()
            angles[joint] = {m: v for m, v in before if m not in motions and m not in opposites}
            angles[joint] |= motions
        contacts = tuple(c for c in base.contacts if c not in spec.without)
        return spec.model_copy(update={
            "angles": angles,
            "contacts": contacts + spec.contacts,
            "context": base.context + spec.context,
            "position": spec.position or base.position,
            "side": spec.side or base.side,
            "on": base.on if spec.on is None else spec.on,
            "views": spec.views or base.views,
            "near": spec.near or base.near,
        })  # fmt: skip


def posture_table(own: Mapping[str, Model] | None = None) -> PostureTable:
    """Return data/postures.yaml, and with it the ``own`` figures of an exercise, by name."""
    table = _shipped_table()
    return table.with_own(own) if own else table


@cache
def _shipped_table() -> PostureTable:
    return solution_cache().table("postures.yaml", PostureTable, others=("body.yaml",))


def solved_from(spec: PostureSpec) -> str:
    """All that a posture is solved from, as text: its spec, its supports, and the body."""
    keys = [key for key in PostureSpec.model_fields if key not in ("title", "views")]
    things = [posture_table().supports[name] for name in spec.on or ()]
    supports = (spec_json(thing, SupportSpec.model_fields) for thing in things)
    return "\n".join([spec_json(spec, keys), *supports, _body_text()])


@cache
def _body_text() -> str:
    return (DATA / "body.yaml").read_text(encoding="utf-8")
