"""The command backcare: copies that lose nothing, what it starts, and a wheel on its own."""

import os
import stat
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from backcare_nb.command import cli, copies
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.lesson.saved_lessons import write_lesson

ROOT = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other modes, links and scripts")

# Copies in a folder of one's own


@pytest.fixture
def shipped(tmp_path):
    folder = tmp_path / "shipped notebooks"
    folder.mkdir()
    for name in ("00_start", "01_relax"):
        (folder / f"{name}.ipynb").write_text(f"{name} as shipped")
    return folder


@pytest.fixture
def own(shipped, tmp_path):
    """A folder that was given its copies."""
    folder = tmp_path / "home" / "back-care"
    copies.update_notebook_copies(shipped, folder)
    return folder


@pytest.fixture
def empty(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def held(folder):
    """What a person's folder holds, but for the record."""
    return {p.stem: p.read_text() for p in folder.glob("*.ipynb") if p.is_file()}


def update(shipped, text="newer"):
    (shipped / "01_relax.ipynb").write_text(text)


FRESH = {"00_start": "00_start as shipped", "01_relax": "01_relax as shipped"}
MINE = FRESH | {"01_relax": "my notes"}


def test_an_update_replaces_a_notebook_that_was_left_as_it_came(shipped, own):
    assert held(own) == FRESH
    assert copies.update_notebook_copies(shipped, own) == {}
    update(shipped)
    assert copies.update_notebook_copies(shipped, own) == {"01_relax.ipynb": "01_relax.ipynb"}
    assert held(own) == FRESH | {"01_relax": "newer"}
    if os.name != "nt":
        assert stat.S_IMODE(own.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in own.iterdir()} == {0o600}


def test_each_update_of_a_notebook_that_was_edited_is_copied_beside_it_once(shipped, own):
    (own / "01_relax.ipynb").write_text("my notes")
    assert copies.update_notebook_copies(shipped, own) == {}
    for text, name in (("newer", "01_relax (new)"), ("newest", "01_relax (new 2)")):
        update(shipped, text)
        assert copies.update_notebook_copies(shipped, own) == {"01_relax.ipynb": f"{name}.ipynb"}
        assert copies.update_notebook_copies(shipped, own) == {}
        assert held(own)[name] == text
    assert held(own)["01_relax"] == "my notes"


@pytest.mark.parametrize("away", ["deleted", "renamed"])
def test_a_notebook_that_was_deleted_or_renamed_comes_afresh(shipped, own, away):
    path = own / "01_relax.ipynb"
    path.unlink() if away == "deleted" else path.rename(own / "mine.ipynb")
    kept = held(own)
    copies.update_notebook_copies(shipped, own)
    assert held(own) == kept | FRESH


def test_a_notebook_that_is_no_longer_shipped_and_other_files_stay(shipped, own):
    (own / "diary.txt").write_text("slept well")
    (shipped / "00_start.ipynb").unlink()
    copies.update_notebook_copies(shipped, own)
    assert held(own) == FRESH
    assert (own / "diary.txt").read_text() == "slept well"


def test_a_notebook_that_was_made_read_only_is_not_replaced(shipped, own, monkeypatch):
    # Root, who may run this test, may write to everything.
    monkeypatch.setattr(copies.os, "access", lambda path, _: path.name != "01_relax.ipynb")
    update(shipped)
    assert copies.update_notebook_copies(shipped, own) == {"01_relax.ipynb": "01_relax (new).ipynb"}


@posix
@pytest.mark.parametrize("name", ["01_relax.ipynb", copies.SHIPPED_DIGESTS_FILE_NAME])
@pytest.mark.parametrize("target", ["a file", "a folder", "nothing"])
def test_nothing_is_written_through_a_link(shipped, empty, tmp_path, name, target):
    elsewhere = tmp_path / "elsewhere"
    if target == "a file":
        elsewhere.write_text("not yours")
    if target == "a folder":
        elsewhere.mkdir()
    (empty / name).symlink_to(elsewhere)
    copies.update_notebook_copies(shipped, empty)
    assert (empty / name).is_symlink() == (name != copies.SHIPPED_DIGESTS_FILE_NAME)
    if target == "a file":
        assert elsewhere.read_text() == "not yours"
    assert elsewhere.exists() == (target != "nothing")


@pytest.mark.parametrize("record", ["", "[1]", '{"01_relax.ipynb": 3}', "[" * 100_000, "\x00"])
def test_an_unreadable_record_of_what_was_shipped_overwrites_no_edited_notebook(
    shipped, own, record
):
    (own / "01_relax.ipynb").write_text("my notes")
    (own / copies.SHIPPED_DIGESTS_FILE_NAME).write_text(record)
    copies.update_notebook_copies(shipped, own)
    assert held(own) == MINE | {"01_relax (new)": "01_relax as shipped"}


def test_a_folder_of_a_notebooks_name_stays(shipped, empty):
    (empty / "01_relax.ipynb").mkdir()
    copies.update_notebook_copies(shipped, empty)
    assert (empty / "01_relax.ipynb").is_dir()
    assert held(empty)["01_relax (new)"] == "01_relax as shipped"


def test_the_notebook_copying_program_of_the_hub_prints_what_it_copied_or_why_not(
    shipped, tmp_path
):
    def run(shipped, own):
        command = [sys.executable, "-I", copies.__file__, shipped, own]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    own, file = tmp_path / "own", tmp_path / "file"
    file.touch()
    assert run(shipped, own) == (0, f"2 copied to {own}: 00_start.ipynb, 01_relax.ipynb\n")
    assert run(shipped, file) == (
        1,
        f"The notebooks could not be copied to {file}: File exists.\n",
    )
    assert "no notebook" in run(own / "none", tmp_path / "other")[1]
    assert not (tmp_path / "other").exists()


# What the command starts


@pytest.fixture
def runs(monkeypatch, shipped):
    """What would have been run or opened, for a checkout with three notebooks."""
    for name in ("00_start", "01_relax"):
        (shipped / f"{name}.ipynb").unlink()
    for name in ("00_start_here", "02_rotate_the_back", "04_stretching_the_spine"):
        (shipped / f"{name}.ipynb").touch()
    seen = []

    def run(command):
        seen.append(("-m", command[3:]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(cli, "SHIPPED_NOTEBOOKS_FOLDER", shipped)
    monkeypatch.setattr(
        cli, "run_module_in_process", lambda module, words: seen.append((module, words)) or 0
    )
    monkeypatch.setattr(cli.subprocess, "run", run)
    monkeypatch.setattr(cli.webbrowser, "open", lambda page: seen.append(("opened", [page])))
    monkeypatch.setattr(cli, "fill_figure_cache", lambda *how: seen.append(("drawn", [*how])))
    monkeypatch.setenv("JUPYTER_PATH", "")
    monkeypatch.setenv("BACKCARE_SLIDES", "")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.chdir(Path.cwd())
    return seen


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert not stop.value.code
    said = capsys.readouterr().out
    assert not [name for name in cli.COMMAND_BY_NAME if f"backcare {name} " not in said]


def test_an_unknown_command_is_refused_with_the_nearest_name_and_a_list_of_all_commands(runs):
    nearest = r"no command sldies\. Did you mean slides\?\nThere are lab, .*slides"
    with pytest.raises(SystemExit, match=nearest):
        cli.main(["sldies", "02"])
    with pytest.raises(SystemExit, match=r"no command yoga\.\nThere are"):
        cli.main(["yoga"])
    assert runs == []


def test_backcare_in_a_checkout_opens_the_start_notebook_there_with_the_given_options(
    runs, shipped
):
    assert cli.main(["--no-browser"]) == 0
    assert runs[0] == ("drawn", [])
    module, words = runs[1]
    assert module == "jupyterlab"
    assert words[-2:] == ["--no-browser", str(shipped / "00_start_here.ipynb")]


def test_lab_in_ones_own_folder_copies_notebooks_and_says_which_changed_ones_stay(
    runs, shipped, empty, capsys
):
    cli.main(["lab", str(empty)])
    (empty / "02_rotate_the_back.ipynb").write_text("my notes")
    (shipped / "02_rotate_the_back.ipynb").write_text("newer")
    cli.main(["lab", str(empty), "--port=9000"])
    assert runs[-1][1][-2:] == ["--port=9000", str(empty / "00_start_here.ipynb")]
    assert capsys.readouterr().out == (
        f"3 notebooks were laid into {empty}\n{cli.LAB_START_MESSAGE}\n"
        f"1 notebooks were laid into {empty}\n"
        "02_rotate_the_back.ipynb was changed there and stays: the new one is "
        f"02_rotate_the_back (new).ipynb, beside it.\n{cli.LAB_START_MESSAGE}\n"
    )


@pytest.mark.parametrize("name", ["02", "rotate", "Rotate", "old/02_rotate_the_back.ipynb"])
def test_slides_of_a_named_notebook_open_as_a_file_and_a_given_port_is_reported_as_unneeded(
    runs, shipped, name, capsys
):
    assert cli.main(["slides", name, "--port", "8973"]) == 0
    (_, words), (_, (page,)) = runs
    assert words[0] == "nbconvert"
    assert words[-1] == str(shipped / "02_rotate_the_back.ipynb")
    assert not [word for word in words if "8973" in word]
    assert page == (ROOT / "slides" / "02_rotate_the_back.slides.html").as_uri()
    assert "Slides are a file, which needs no port.\n" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["slides", "voila"])
def test_the_notebook_that_shows_a_saved_lesson_is_named_after_it_and_names_no_condition(
    runs, shipped, monkeypatch, command
):
    monkeypatch.setenv("BACKCARE_LESSONS", str(shipped / "my_lessons"))
    write_lesson(plan_lesson_from(10, cautions=["osteoporosis"]), "Tuesday at six")
    cli.main([command, "Tuesday at six", "--no-browser"])
    path = shipped / "tuesday_at_six.ipynb"
    assert str(path) in runs[-1][1]
    text = path.read_text(encoding="utf-8")
    assert 'teach(\\"tuesday_at_six\\")' in text
    assert "steoporosis" not in text


def test_the_slides_command_takes_all_notebooks_without_a_name_and_drops_the_option_no_browser(
    runs,
):
    cli.main(["slides"])
    cli.main(["slides", "--no-browser", "02"])
    (_, every), (_, one) = runs
    assert [len([w for w in words if w.endswith(".ipynb")]) for words in (every, one)] == [3, 1]
    assert "--no-browser" not in one


@pytest.mark.parametrize(
    ("name", "count"), [("yoga", "No notebook"), ("the", "More than one notebook")]
)
def test_a_name_that_fits_no_notebook_or_several_is_refused_with_a_list_of_notebooks(
    runs, name, count
):
    with pytest.raises(SystemExit, match=f"(?s){count} is called {name}.*02_rotate_the_back.ipynb"):
        cli.main(["slides", name])
    assert runs == []


@pytest.mark.parametrize(
    "words",
    [
        ["02", "--port", "8973", "--theme", "dark"],
        ["02", "--port=8973", "--theme=dark"],
        ["--port", "8973", "02", "--theme", "dark"],
    ],
)
def test_voila_serves_the_named_notebook_and_never_takes_the_value_of_an_option_for_the_name(
    runs, shipped, words
):
    cli.main(["voila", *words])
    options = ["--template=backcare", "--port=8973", "--theme=dark"]
    assert runs == [("voila", [str(shipped / "02_rotate_the_back.ipynb"), *options])]
    lab = str(ROOT / "lab")
    assert (os.environ["JUPYTER_PATH"], os.environ["JUPYTER_CONFIG_PATH"]) == (lab, lab)
    with pytest.raises(SystemExit, match="voila 02"):
        cli.main(["voila"])


def test_the_hub_command_draws_the_shared_figures_and_starts_jupyterhub_on_linux_only(
    runs, monkeypatch
):
    cli.main(["hub", "--port", "8973"])
    config = str(ROOT / "hub" / "jupyterhub_config.py")
    drawn, hub = ("drawn", ["--shared"]), ("jupyterhub", ["--config", config, "--port", "8973"])
    assert runs == [drawn, hub]
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SystemExit, match="Linux"):
        cli.main(["hub"])


def test_the_test_command_runs_pytest_in_the_checkout_with_its_options(runs):
    cli.main(["test", "-k", "cow"])
    [(module, words)] = runs
    assert (module, words[-2:]) == ("pytest", ["-k", "cow"])
    assert Path.cwd() == ROOT


def test_figures_that_cannot_be_drawn_ahead_are_reported_and_do_not_stop_the_command(
    monkeypatch, capfd
):
    monkeypatch.setattr(cli.sys, "executable", "/bin/false")
    cli.fill_figure_cache()
    assert "Not every figure could be drawn ahead: " in capfd.readouterr().out


# A wheel, with no checkout and no network


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("a wheel"))
    return next(WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"]))


def test_a_wheel_holds_all_that_the_command_needs(wheel):
    kept = zipfile.ZipFile(wheel).namelist()
    ignored = {"__pycache__", ".ipynb_checkpoints"}
    for folder in ("backcare_nb", "data", "notebooks", "lab", "hub"):
        files = [p for p in (ROOT / folder).rglob("*.*") if not ignored & {*p.parts}]
        names = {path.relative_to(ROOT).as_posix() for path in files if path.is_file()}
        inside = {n if n.startswith("backcare_nb/") else f"backcare_nb/{n}" for n in names}
        assert inside
        assert inside <= set(kept)


CELLS = """
import json, pathlib, sys
import backcare_nb
cells = json.loads(pathlib.Path("01_relax_the_back.ipynb").read_text("utf-8"))["cells"]
ran = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
for source in ran:
    exec(source, {})
print(backcare_nb.__file__, len(ran), "cells ran")
"""


@posix
def test_section_01_runs_from_a_wheel_in_an_environment_and_a_folder_of_its_own(wheel, tmp_path):
    """What the wheel asks for is borrowed from this environment: there is no network."""
    there = tmp_path / "an environment"
    venv.create(there, with_pip=False)
    inside = Path(sysconfig.get_path("purelib", "venv", {"base": str(there)}))
    pip = [sys.executable, "-m", "pip", "--python", there / "bin" / "python", "install"]
    subprocess.run([*pip, "--quiet", "--no-index", "--no-deps", wheel], check=True)
    borrowed = "".join(f"{sysconfig.get_path(name)}\n" for name in ("purelib", "platlib"))
    (inside / "borrowed.pth").write_text(borrowed, encoding="utf-8")
    home = tmp_path / "a home"
    plain = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    plain |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}

    def run(program, *words, cwd=tmp_path):
        command = [there / "bin" / program, *words]
        return subprocess.run(command, cwd=cwd, env=plain, capture_output=True, text=True)

    assert "No notebook is called yoga" in run("backcare", "slides", "yoga").stderr
    assert "come with a checkout" in run("backcare", "test").stderr
    assert run("backcare", "page", "relax_the_back", "--out", "relax.html").returncode == 0
    assert (tmp_path / "relax.html").stat().st_size > 50_000
    done = run("python", "-c", CELLS, cwd=home / "back-care")
    assert done.stderr == ""
    where, count = done.stdout.splitlines()[-1].split(" cells ran")[0].rsplit(" ", 1)
    assert where == str(inside / "backcare_nb" / "__init__.py")
    assert int(count) > 5
