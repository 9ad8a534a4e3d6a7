"""What is kept is what the data says, and solving again finds the solutions again."""

import json
from dataclasses import replace

import numpy as np
import pytest

from backcare_nb.body import motion, posture, solutions
from backcare_nb.body.body import BodyTable, body
from backcare_nb.body.posture_model import PostureTable
from backcare_nb.body.solutions import Shelf
from backcare_nb.body.solver import solve
from backcare_nb.content import DATA
from backcare_nb.content.reading import DataError, read

TABLES = {"body.yaml": (BodyTable, ()), "postures.yaml": (PostureTable, ("body.yaml",))}


@pytest.fixture(scope="module")
def anew():
    """Every posture and motion solved from nothing."""
    shipped = json.loads(solutions.FILE.read_text(encoding="utf-8"))
    caches = (posture._solved, motion._solved, motion.motion)
    for one in caches:
        one.cache_clear()
    patch = pytest.MonkeyPatch()
    empty = Shelf({})
    patch.setattr(posture, "shelf", lambda: empty)
    patch.setattr(motion, "shelf", lambda: empty)
    found = {f"posture {n}": posture.posture(n).numbers for n in posture.names()}
    found |= {f"motion {n}": motion.motion(n).numbers for n in motion.names()}
    patch.undo()
    for one in caches:
        one.cache_clear()
    return shipped, found, {name: json.loads(kept) for name, kept in empty.kept.items()}


def test_every_table_posture_and_motion_is_kept_and_nothing_else(anew):
    kept, found, _ = anew
    assert set(kept) == {*found, *(f"table {file}" for file in TABLES)}


def test_each_was_solved_from_the_data_as_it_is(anew):
    kept, _, solved = anew
    stale = [name for name in solved if kept.get(name, [None])[0] != solved[name][0]]
    assert stale == [], "run python -m backcare_nb.body.solutions"


def test_solving_anew_finds_the_same_postures(anew):
    kept, found, _ = anew
    away = {name: _away(kept[name][1], found[name]) for name in found}
    far = [name for name, each in away.items() if each.max() > 0.05]
    assert far == [], "run python -m backcare_nb.body.solutions"


def _away(kept, found):
    """The largest difference of each frame, degrees or fractions of stature."""
    if np.shape(kept) != found.shape:
        return np.full(len(np.atleast_2d(found)), np.inf)
    return np.abs(kept - found).reshape(-1, found.shape[-1]).max(axis=1)


def test_a_kept_posture_solved_again_stands_still():
    names = posture.names()
    kept = np.array([posture.posture(name).numbers for name in names])
    problems = [posture.problem(posture.flat(name)) for name in names]
    again = solve(body(), [replace(p, start=row) for p, row in zip(problems, kept, strict=True)])
    assert np.abs(again - kept).max() < 0.05


def test_a_changed_source_is_solved_anew():
    shelf = Shelf({"posture cow": '["old mark",[1.0]]'})
    assert shelf.take("posture cow", "new words", lambda: np.array([2.00001])) == [2.0]


def test_a_kept_solution_is_not_solved_again(tmp_path):
    shelf = Shelf({})
    shelf.take("posture cow", "words", lambda: np.array([1.5, 2.5]))
    again = shelf.take("posture cow", "words", lambda: pytest.fail("solved again"))
    assert again.tolist() == [1.5, 2.5]


@pytest.mark.parametrize("file", TABLES)
def test_a_table_is_kept_as_reading_finds_it(file):
    model, others = TABLES[file]
    shelf = solutions.shelf.__wrapped__()
    kept = shelf.kept[f"table {file}"]
    table = shelf.table(file, model, others)
    assert table == read(DATA / file, model)
    assert repr(table) == repr(read(DATA / file, model))
    assert shelf.kept[f"table {file}"] == kept, "run python -m backcare_nb.body.solutions"


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """The shelf that came with the code, and tables that a person may edit."""
    for file in TABLES:
        (tmp_path / file).write_bytes((DATA / file).read_bytes())
    monkeypatch.setattr(solutions, "DATA", tmp_path)
    return solutions.shelf.__wrapped__(), tmp_path


def test_a_kept_table_is_not_read_again(edited, monkeypatch):
    shelf, _ = edited
    monkeypatch.setattr(solutions, "_read", lambda *_: pytest.fail("read again"))
    for file, (model, others) in TABLES.items():
        assert shelf.table(file, model, others)


def test_an_edited_table_says_at_once_what_is_new(edited):
    shelf, folder = edited
    path = folder / "postures.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title: Standing\n", "title: Stood\n", 1), encoding="utf-8")
    assert (
        shelf.table("postures.yaml", *TABLES["postures.yaml"]).postures["standing"].title == "Stood"
    )


def test_a_mistake_in_an_edited_table_is_told_with_its_line(edited):
    shelf, folder = edited
    path = folder / "postures.yaml"
    text = path.read_text(encoding="utf-8").replace("knees:", "kneez:", 1)
    path.write_text(text, encoding="utf-8")
    line = text[: text.index("kneez:")].count("\n") + 1
    with pytest.raises(DataError, match=f'postures.yaml line {line},.*did you mean "knees"'):
        shelf.table("postures.yaml", *TABLES["postures.yaml"])


def test_postures_are_checked_again_where_the_body_they_name_is_another(edited):
    shelf, folder = edited
    before = shelf.kept["table postures.yaml"]
    path = folder / "body.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# taller\n", encoding="utf-8")
    shelf.table("postures.yaml", *TABLES["postures.yaml"])
    assert shelf.kept["table postures.yaml"] != before


def test_a_table_that_is_gone_is_told(edited):
    shelf, folder = edited
    (folder / "body.yaml").unlink()
    with pytest.raises(DataError, match="There is no file"):
        shelf.table("body.yaml", BodyTable)


def test_the_file_has_a_line_for_each(tmp_path):
    shelf = Shelf({"b": '["m",[1.0]]', "a": '["m",[2.0]]'})
    shelf.save(tmp_path / "solutions.json")
    assert (tmp_path / "solutions.json").read_text(encoding="utf-8") == (
        '{\n"a": ["m",[2.0]],\n"b": ["m",[1.0]]\n}\n'
    )
