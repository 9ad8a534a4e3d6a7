"""JSON Schemas of the data files, so that editors complete and check them while one types.

``python -m backcare_nb.schema`` writes data/schema/. Names of postures, motions and conditions
stand in the schemas as choices; run it again when any of them is added.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from backcare_nb.model import Safety, Section
from backcare_nb.reading import DATA, outline

FOLDER = DATA / "schema"
MODELS: dict[str, type[BaseModel]] = {"section": Section, "safety": Safety}


def schema(model: type[BaseModel], names: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """The JSON Schema of a model, with the known names of each kind as choices."""
    found = _pointing_to_choices(model.model_json_schema())
    choices = {kind: {"type": "string", "enum": sorted(names[kind])} for kind in names}
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return draft | found | {"$defs": found["$defs"] | choices}


def _pointing_to_choices(node: Any) -> Any:
    """The schema with each ``names: posture`` turned into a reference to these choices."""
    if isinstance(node, list):
        return [_pointing_to_choices(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("names"), str):
        kept = {key: node[key] for key in ("title", "description") if key in node}
        return kept | {"$ref": f"#/$defs/{node['names']}"}
    return {key: _pointing_to_choices(value) for key, value in node.items()}


def names() -> dict[str, Collection[str]]:
    """The names that data files may refer to, by kind."""
    body, safety = outline(DATA / "postures.yaml"), outline(DATA / "safety.yaml")
    return {
        "posture": body["postures"],
        "motion": body["motions"],
        "condition": safety["conditions"],
    }


def texts() -> dict[str, str]:
    """The text of each file in data/schema/, by its name."""
    known = names()
    return {
        f"{name}.json": json.dumps(schema(model, known), indent=1, ensure_ascii=False) + "\n"
        for name, model in MODELS.items()
    }


def main() -> None:
    """Write data/schema/."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
