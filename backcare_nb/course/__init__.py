"""What is taught: models, YAML files with line numbers, names, and mistakes told in a sentence."""

from pathlib import Path

PACKAGE_FOLDER = Path(__file__).resolve().parents[1]
# A wheel carries data/ inside the package; a checkout has it beside the package.
DATA_FOLDER = next(
    p / "data" for p in (PACKAGE_FOLDER, PACKAGE_FOLDER.parent) if (p / "data").is_dir()
)
COURSE_FOLDER = DATA_FOLDER.parent  # a checkout, or the package where a wheel was installed
