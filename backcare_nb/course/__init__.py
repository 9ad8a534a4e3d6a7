"""What is taught: models, YAML files with line numbers, names, and mistakes told in a sentence."""

from pathlib import Path

_PACKAGE_FOLDER = Path(__file__).resolve().parents[1]
# A wheel carries data/ inside the package; a checkout has it beside the package.
DATA = next(p / "data" for p in (_PACKAGE_FOLDER, _PACKAGE_FOLDER.parent) if (p / "data").is_dir())
