"""One command after a change makes what is made from it, and nothing else."""

import json
import shutil
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from backcare_nb.lesson import schema
from backcare_nb.posture import solve_all
from tools import regenerate, run_notebooks


@pytest.fixture
def steps(tmp_path):
    """A text that is copied in capitals, and a step after it that takes the copy."""
    text, copy = tmp_path / "text.txt", tmp_path / "made" / "copy.txt"
    copy.parent.mkdir()
    text.write_text("roll the knees")

    def shout():
        return regenerate.write_changed(copy, text.read_text().upper())

    def look():
        return [copy.read_text()] if "STOP" not in copy.read_text() else [].index("no stop")

    return (
        regenerate.Step("copy", ("*.txt", "made/*.txt"), shout),
        regenerate.Step("look", ("made/*.txt",), look),
    )


@pytest.fixture
def run(steps, tmp_path, capsys):
    """Regenerates, and returns what it said, line by line."""

    def run():
        regenerate.regenerate(steps, tmp_path, tmp_path / "record.json")
        return capsys.readouterr().out.splitlines()

    return run


def test_a_second_run_makes_nothing_and_says_so(run):
    first = ["copy ...", "    copy.txt", "look ...", "    ROLL THE KNEES", "2 changed."]
    unchanged = "made from nothing that changed"
    assert run() == first
    assert run() == [f"copy: {unchanged}", f"look: {unchanged}", "Nothing changed."]


def test_an_output_that_comes_out_the_same_is_not_written_and_no_later_step_is_run(run, tmp_path):
    run()
    before = (tmp_path / "made" / "copy.txt").stat().st_mtime_ns
    (tmp_path / "text.txt").write_text("Roll the Knees")
    assert run() == ["copy ...", "look: made from nothing that changed", "Nothing changed."]
    assert (tmp_path / "made" / "copy.txt").stat().st_mtime_ns == before


def test_what_was_changed_by_hand_is_made_again(run, tmp_path):
    run()
    (tmp_path / "made" / "copy.txt").write_text("MINE")
    assert run()[:2] == ["copy ...", "    copy.txt"]


def test_a_step_that_failed_is_run_again_the_next_time_and_the_steps_before_it_are_not(
    run, tmp_path
):
    (tmp_path / "text.txt").write_text("stop")
    with pytest.raises(ValueError, match="stop"):
        run()
    (tmp_path / "made" / "copy.txt").write_text("GO")
    (tmp_path / "text.txt").write_text("go")
    assert run()[-3:] == ["look ...", "    GO", "1 changed."]


def test_only_postures_whose_data_changed_are_solved_and_dropped_ones_are_removed(
    monkeypatch, tmp_path
):
    """And what it says no longer is taken out."""
    cache = solve_all.solution_cache.__wrapped__()  # what ships, and nothing of other tests
    one, *_ = sorted(entry for entry in cache.entries if entry.startswith("posture "))
    cache.entries[one] = json.dumps(["another mark", [1, 2]])
    cache.entries["posture of_old"] = json.dumps(["a mark", [1, 2]])
    solved = []

    def solve(kind):
        def made(name):
            if "another mark" in cache.entries[f"{kind} {name}"]:
                solved.append(f"{kind} {name}")
                cache.entries[f"{kind} {name}"] = json.dumps(["a mark", [3, 4]])

        return made

    monkeypatch.setattr(solve_all, "solution_cache", lambda: cache)
    monkeypatch.setattr(solve_all, "solve_posture", solve("posture"))
    monkeypatch.setattr(solve_all, "solve_motion", solve("motion"))
    monkeypatch.setattr(solve_all, "SOLUTIONS_FILE", tmp_path / "solutions.json")
    assert solve_all.solve_changed() == sorted([one, "posture of_old"])
    assert solved == [one]
    assert set(json.loads((tmp_path / "solutions.json").read_text())) == set(cache.entries)
    (tmp_path / "solutions.json").unlink()
    assert solve_all.solve_changed() == []
    assert not (tmp_path / "solutions.json").exists()


def test_only_schemas_that_come_out_otherwise_are_written(monkeypatch, tmp_path):
    shutil.copytree(schema.SCHEMA_FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "section.json").write_text("{}")
    monkeypatch.setattr(schema, "SCHEMA_FOLDER", tmp_path)
    assert regenerate.write_schemas() == ["section.json"]


def test_only_notebooks_that_come_out_otherwise_are_written(monkeypatch, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.ipynb").write_text("as before")
    monkeypatch.setattr(run_notebooks, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(
        run_notebooks, "run", lambda path: "new" if path.stem == "b" else "as before"
    )
    assert regenerate.run_notebooks() == ["b.ipynb"]
    assert (tmp_path / "b.ipynb").read_text() == "new"


def png(words):
    picture = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(picture).text((20, 20), words, "black", font_size=48)
    written = BytesIO()
    picture.save(written, "png")
    return written.getvalue()


def test_two_screenshots_differ_only_if_they_show_something_else():
    assert not regenerate.looks_different(png("0:28"), png("0:28"))
    assert regenerate.looks_different(png("0:28"), png("Hold, left side"))


def test_every_step_is_made_from_files_that_are_there():
    for step in regenerate.STEPS:
        for pattern in step.patterns:
            assert any(regenerate.ROOT.glob(pattern)), pattern
