"""What a check finds, in a sentence that names the file, the line, the frame and the source."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from backcare_nb.course import DATA
from backcare_nb.course.yaml_tree import YamlTree

Severity = Literal["fail", "warn"]
Kind = Literal["bone", "chord", "range", "given", "inside", "contact", "overlap", "balance"]


@dataclass(frozen=True)
class Finding:
    """One thing that a body cannot do ("fail") or that is worth a second look ("warn").

    ``frame`` is None for a posture. ``value`` and ``limit`` are in ``unit`` (mm, degrees or
    percent); ``part`` is the joint, limb, contact or bone.
    """

    severity: Severity
    kind: Kind
    of: Literal["posture", "motion"]
    name: str
    frame: int | None
    part: str
    value: float
    limit: float
    unit: str
    says: str
    source: str

    def __str__(self) -> str:
        line = _lines().get((self.of, self.name))
        place = "postures.yaml" if line is None else f"postures.yaml line {line}"
        frame = "" if self.frame is None else f", frame {self.frame}"
        found = f"{self.of} {self.name}{frame}: {self.says} ({self.source})."
        return f"{self.severity.upper()} {place}, {found}"

    @property
    def excess(self) -> float:
        """How far past its limit, in its unit."""
        return abs(self.value - self.limit)


@cache
def _lines() -> dict[tuple[str, str], int]:
    """The line of data/postures.yaml where each posture and motion begins."""
    root = YamlTree((DATA / "postures.yaml").read_text(encoding="utf-8")).root
    return {
        (kind, name): line
        for kind in ("posture", "motion")
        for name, line in root[f"{kind}s"].lines.items()
    }
