"""What is kept is what the data says, and solving again finds the solutions again."""

import json
from dataclasses import replace

import numpy as np
import pytest

from backcare_nb.body import solution_cache
from backcare_nb.body.skeleton import BodyTable, body
from backcare_nb.body.solution_cache import SolutionCache
from backcare_nb.course import DATA_FOLDER, yaml_reader
from backcare_nb.course.yaml_reader import DataError, read_model
from backcare_nb.posture import motion as motions
from backcare_nb.posture import pose as poses
from backcare_nb.posture.motion import solve_motion
from backcare_nb.posture.pose import build_posture_problem, solve_posture
from backcare_nb.posture.solver import solve_posture_problems
from backcare_nb.posture.table import PostureTable, posture_table
from tests import drawn

TABLES = {"body.yaml": (BodyTable, ()), "postures.yaml": (PostureTable, ("body.yaml",))}


@pytest.fixture(scope="module")
def anew():
    """Every posture and every third motion solved from nothing, and all that changed."""
    shipped = json.loads(solution_cache.SOLUTIONS_FILE.read_text(encoding="utf-8"))
    drawn.forget_solved()
    patch = pytest.MonkeyPatch()
    cache = solution_cache.solution_cache.__wrapped__()
    solved = [f"posture {name}" for name in posture_table().postures]
    solved += [f"motion {name}" for name in [*posture_table().motions][::3]]
    for name in solved:
        cache.entries.pop(name, None)
    patch.setattr(poses, "solution_cache", lambda: cache)
    patch.setattr(motions, "solution_cache", lambda: cache)
    found = {f"posture {n}": solve_posture(n).numbers for n in posture_table().postures}
    found |= {f"motion {n}": solve_motion(n).numbers for n in posture_table().motions}
    patch.undo()
    drawn.forget_solved()
    return shipped, found, {name: json.loads(kept) for name, kept in cache.entries.items()}


def test_the_solutions_file_holds_exactly_all_tables_postures_and_motions(anew):
    kept, found, _ = anew
    assert set(kept) == {*found, *(f"table {file}" for file in TABLES)}


def test_no_stored_solution_is_stale_against_the_data(anew):
    kept, _, solved = anew
    stale = [name for name in solved if kept.get(name, [None])[0] != solved[name][0]]
    assert stale == [], "run python -m backcare_nb.posture.solve_all"


def test_solving_anew_finds_the_same_postures(anew):
    kept, found, _ = anew
    away = {name: _away(kept[name][1], found[name]) for name in found}
    far = [name for name, each in away.items() if each.max() > 0.05]
    assert far == [], "run python -m backcare_nb.posture.solve_all"


def _away(kept, found):
    """The largest difference of each frame, degrees or fractions of stature."""
    if np.shape(kept) != found.shape:
        return np.full(len(np.atleast_2d(found)), np.inf)
    return np.abs(kept - found).reshape(-1, found.shape[-1]).max(axis=1)


def test_a_kept_posture_solved_again_from_itself_does_not_move():
    names = posture_table().postures
    kept = np.array([solve_posture(name).numbers for name in names])
    problems = [build_posture_problem(posture_table().resolve_posture_spec(name)) for name in names]
    again = solve_posture_problems(
        body(), [replace(p, start=row) for p, row in zip(problems, kept, strict=True)]
    )
    assert np.abs(again - kept).max() < 0.05


def test_only_a_changed_source_is_solved_anew():
    cache = SolutionCache({"posture cow": '["old mark",[1.0]]'})
    for solve_now in (lambda: np.array([2.00001]), lambda: pytest.fail("solved again")):
        assert cache.get_or_solve("posture cow", "new words", solve_now).tolist() == [2.0]


@pytest.mark.parametrize("file", TABLES)
def test_a_cached_table_equals_what_reading_its_file_gives(file):
    model, others = TABLES[file]
    cache = solution_cache.solution_cache.__wrapped__()
    kept = cache.entries[f"table {file}"]
    table = cache.get_or_validate_table(file, model, others)
    assert table == read_model(DATA_FOLDER / file, model)
    assert repr(table) == repr(read_model(DATA_FOLDER / file, model))
    assert cache.entries[f"table {file}"] == kept, "run python -m backcare_nb.posture.solve_all"


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """The cache that came with the code, and tables that a person may edit."""
    for file in TABLES:
        (tmp_path / file).write_bytes((DATA_FOLDER / file).read_bytes())
    monkeypatch.setattr(solution_cache, "DATA_FOLDER", tmp_path)
    return solution_cache.solution_cache.__wrapped__(), tmp_path


def test_a_kept_table_is_not_read_again(edited, monkeypatch):
    cache, _ = edited
    monkeypatch.setattr(yaml_reader, "read_model", lambda *_: pytest.fail("read again"))
    for file, (model, others) in TABLES.items():
        assert cache.get_or_validate_table(file, model, others)


def replace_once(path, old, new):
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_an_edited_table_is_read_again_with_its_change(edited):
    cache, folder = edited
    replace_once(folder / "postures.yaml", "title: Standing\n", "title: Stood\n")
    table = cache.get_or_validate_table("postures.yaml", *TABLES["postures.yaml"])
    assert table.postures["standing"].title == "Stood"


def test_a_mistake_in_an_edited_table_is_told_with_its_line(edited):
    cache, folder = edited
    line = replace_once(folder / "postures.yaml", "knees:", "kneez:")
    with pytest.raises(DataError, match=f'postures.yaml line {line},.*did you mean "knees"'):
        cache.get_or_validate_table("postures.yaml", *TABLES["postures.yaml"])


def test_the_posture_table_is_checked_again_when_the_body_table_was_edited(edited):
    cache, folder = edited
    before = cache.entries["table postures.yaml"]
    replace_once(folder / "body.yaml", "sources:", "# taller\nsources:")
    cache.get_or_validate_table("postures.yaml", *TABLES["postures.yaml"])
    assert cache.entries["table postures.yaml"] != before


def test_a_missing_data_table_is_reported_as_a_missing_file(edited):
    cache, folder = edited
    (folder / "body.yaml").unlink()
    with pytest.raises(DataError, match="There is no file"):
        cache.get_or_validate_table("body.yaml", BodyTable)


def test_the_solutions_file_has_one_line_for_each_entry(tmp_path):
    cache = SolutionCache({"b": '["m",[1.0]]', "a": '["m",[2.0]]'})
    cache.save(tmp_path / "solutions.json")
    assert (tmp_path / "solutions.json").read_text(encoding="utf-8") == (
        '{\n"a": ["m",[2.0]],\n"b": ["m",[1.0]]\n}\n'
    )
