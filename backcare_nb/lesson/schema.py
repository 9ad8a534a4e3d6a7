"""JSON Schemas of the data files, so that editors complete and check them while one types.

``python -m backcare_nb.lesson.schema`` writes data/schema/. Names of postures, motions and
conditions stand in the schemas as choices; run it again when any of them is added.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from backcare_nb.body.skeleton import body
from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.files import write_atomically
from backcare_nb.course.library import read_figure_names_by_kind, shipped_library
from backcare_nb.course.models import LessonRules, References, Safety, Section
from backcare_nb.course.yaml_reader import read_names_under_each_key
from backcare_nb.custom.file_format import OwnExercise
from backcare_nb.custom.own_postures import find_joint_range
from backcare_nb.lesson.programme import Programme
from backcare_nb.posture.spec import motion_names_by_joint

SCHEMA_FOLDER = DATA_FOLDER / "schema"


def build_model_schema(
    model: type[BaseModel], schemas_by_kind: Mapping[str, Any]
) -> dict[str, Any]:
    """The JSON Schema of a model, with the schema of what names of each kind may be."""
    found: dict[str, Any] = _replace_names_by_refs(model.model_json_schema())
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return draft | found | {"$defs": found["$defs"] | schemas_by_kind}


def _replace_names_by_refs(node: Any) -> Any:
    """The schema with each ``names: posture`` turned into a reference to these choices."""
    if isinstance(node, list):
        return [_replace_names_by_refs(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("names"), str):
        kept = {key: node[key] for key in ("title", "description") if key in node}
        return kept | {"$ref": f"#/$defs/{node['names']}"}
    return {key: _replace_names_by_refs(value) for key, value in node.items()}


def read_known_names_by_kind() -> dict[str, Collection[str]]:
    """The names that data files may refer to, by kind."""
    conditions = read_names_under_each_key(DATA_FOLDER / "safety.yaml")["conditions"]
    return {**read_figure_names_by_kind(DATA_FOLDER / "postures.yaml"), "condition": conditions}


def _joint_angles_schema() -> dict[str, Any]:
    """Joints, their motions, and the degrees of each, from body.yaml."""
    contexts = {name for dof in body().dofs for name in dof.spec.contexts}

    def degrees(joint: str, motion: str) -> dict[str, Any]:
        reach = find_joint_range(joint, motion, contexts)
        return {"type": "number", "minimum": reach.low, "maximum": reach.high}

    return _object_schema({
        joint: _object_schema({motion: degrees(joint, motion) for motion in motions})
        for joint, motions in motion_names_by_joint().items()
    })  # fmt: skip


def _object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _choice_schema(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": sorted(names)}


def format_schema_files() -> dict[str, str]:
    """The text of each file in data/schema/, by its name."""
    names = {kind: _choice_schema(known) for kind, known in read_known_names_by_kind().items()}
    exercises = _choice_schema(exercise.id for exercise in shipped_library().exercises)
    models: dict[str, type[BaseModel]] = {"lessons": LessonRules, "safety": Safety}
    models["section"] = Section
    found = {name: build_model_schema(model, names) for name, model in models.items()}
    found["references"] = build_model_schema(References, {})
    found["programme"] = build_model_schema(Programme, {})
    names |= {"exercise": exercises, "angles": _joint_angles_schema()}
    found["own_exercise"] = build_model_schema(OwnExercise, names)
    return {
        f"{name}.json": json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        for name, made in found.items()
    }


def main() -> None:
    """Write data/schema/."""
    SCHEMA_FOLDER.mkdir(exist_ok=True)
    for name, text in format_schema_files().items():
        write_atomically(SCHEMA_FOLDER / name, text)


if __name__ == "__main__":
    main()
