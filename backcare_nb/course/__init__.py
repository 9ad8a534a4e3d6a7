"""What is taught: models, YAML files with line numbers, names, and mistakes told in a sentence."""

from pathlib import Path
from typing import Any

PACKAGE_FOLDER = Path(__file__).resolve().parents[1]
# A wheel carries data/ inside the package; a checkout has it beside the package.
DATA_FOLDER = next(
    p / "data" for p in (PACKAGE_FOLDER, PACKAGE_FOLDER.parent) if (p / "data").is_dir()
)
CHECKOUT_OR_PACKAGE_FOLDER = (
    DATA_FOLDER.parent
)  # a checkout, or the package where a wheel was installed


def read_yaml_data_file(name: str) -> Any:
    """Read a file of data/ as plain values; what a person may edit is read with its lines."""
    import yaml  # which start.py does without

    text = (DATA_FOLDER / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
