"""The course's notebooks are signed as the course wrote them, and no others."""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from backcare_nb.command import trust
from tools.regenerate import LAB_EXTENSION, ROOT

NOTEBOOKS = sorted(ROOT.glob("notebooks/[0-9][0-9]_*.ipynb"))


@pytest.fixture
def is_signed(tmp_path, monkeypatch):
    """Signs the notebooks of a folder, and says whether one is signed."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))

    def sign_and_look(path):
        trust.sign_course_notebooks(path.parent)
        return NotebookNotary().check_signature(nbformat.read(path, as_version=4))

    return sign_and_look


def test_the_known_notebook_digests_are_those_of_the_shipped_notebooks():
    assert trust.KNOWN_NOTEBOOK_DIGESTS_FILE.read_text(
        encoding="utf-8"
    ) == trust.format_known_notebook_digests(NOTEBOOKS)


def test_a_notebook_of_the_course_is_signed_whether_or_not_it_has_outputs(tmp_path, is_signed):
    path = tmp_path / NOTEBOOKS[1].name
    shutil.copy(NOTEBOOKS[1], path)
    assert is_signed(path)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, path)
    assert is_signed(path)


def test_a_notebook_that_was_changed_or_cannot_be_read_is_not_signed(tmp_path, is_signed):
    changed, broken = tmp_path / NOTEBOOKS[1].name, tmp_path / NOTEBOOKS[0].name
    broken.write_text("{", encoding="utf-8")
    notebook = json.loads(NOTEBOOKS[1].read_text(encoding="utf-8"))
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["source"] = "open('deed', 'w').close()"
    changed.write_text(json.dumps(notebook), encoding="utf-8")
    assert not is_signed(changed)
    with closing(sqlite3.connect(NotebookNotary().db_file)) as signatures:
        assert signatures.execute("SELECT * FROM nbsignatures").fetchall() == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_id_of_a_cell_begins_with_the_hash_of_its_source(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert cell.id.split("-")[0] == hashlib.sha256(cell.source.encode()).hexdigest()[:8]


def test_the_lab_script_is_named_by_its_hash_so_that_no_browser_runs_an_old_one():
    (script,) = LAB_EXTENSION.glob("static/*.js")
    assert script.stem.split(".")[1] == hashlib.sha256(script.read_bytes()).hexdigest()[:16]
    package = json.loads((LAB_EXTENSION / "package.json").read_text(encoding="utf-8"))
    assert package["jupyterlab"]["_build"]["load"] == f"static/{script.name}"
