"""What repo2docker, Binder and Zero to JupyterHub read, checked without a container engine."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from backcare_nb.figures import disk_cache
from backcare_nb.html import picture

ROOT = Path(__file__).resolve().parent.parent
BINDER = ROOT / "binder"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# The versions that repo2docker has an environment for, since it knows Python 3.13.
SUPPORTED = {f"3.{minor}" for minor in range(7, 15)}


@pytest.fixture(scope="module")
def values():
    return yaml.safe_load((BINDER / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8"))


def test_the_binder_image_installs_the_requirements_that_every_learner_gets():
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (wanted,) = [line for line in lines if line and not line.startswith("#")]
    option, name = wanted.split()
    assert option == "-r"
    assert (BINDER / name).resolve() == ROOT / "requirements.txt"


def test_the_image_gets_a_python_that_the_course_and_repo2docker_know():
    name, version = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().split("-")
    assert name == "python"
    assert version in SUPPORTED
    assert version in SpecifierSet(PROJECT["project"]["requires-python"])


def test_git_keeps_post_build_executable():
    done = subprocess.run(
        ["git", "ls-files", "--stage", "binder/postBuild"], cwd=ROOT, capture_output=True, text=True
    )
    if not done.stdout:
        pytest.skip("not a git checkout: nothing is known of a file's mode there")
    assert done.stdout.startswith("100755")


@pytest.mark.skipif(os.name == "nt", reason="an image runs Linux")
def test_post_build_installs_a_copied_course_draws_its_figures_and_links_its_jupyter_settings(
    tmp_path,
):
    course = tmp_path / "back care"
    for name in ("backcare_nb", "data", "lab", "binder"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, course)
    python = environment(tmp_path / "env")
    pictures = (
        tmp_path
        / "env"
        / disk_cache.SHARED_CACHE_FOLDER.relative_to(sys.prefix)
        / disk_cache.drawing_inputs_digest()
    )
    pictures.mkdir(parents=True)
    # Most of what other tests take as well need not be drawn for this again.
    assert all(picture.draw_course_and_yield_progress())
    kept = (disk_cache.FOLDER / disk_cache.drawing_inputs_digest()).glob("*.json")
    drawn = [path for path in kept if path.stem < "e"]
    for path in drawn:
        shutil.copy(path, pictures)
    home = tmp_path / "home"
    plain = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    plain |= {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "XDG_CACHE_HOME": home}
    subprocess.run(["./binder/postBuild"], cwd=course, env=plain, check=True)
    assert len(list(pictures.glob("*.json"))) > len(drawn), "no figure was drawn"
    assert not (home / "backcare_nb").exists(), "who starts the image may have another home"
    settings = tmp_path / "env" / "etc" / "jupyter" / "jupyter_server_config.py"
    assert settings.resolve() == course / "lab" / "settings.py"
    script = "import backcare_nb; print(backcare_nb.__file__)"
    said = subprocess.run([python, "-c", script], cwd=tmp_path, env=plain, capture_output=True)
    assert said.stdout.decode().strip() == str(course / "backcare_nb" / "__init__.py")


def environment(folder):
    """An environment of its own, which borrows the packages of this one; the path of its Python."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    inside = sysconfig.get_path("purelib", vars={"base": str(folder)})
    Path(inside, "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def test_the_helm_values_allow_no_login_without_authentication(values):
    hub = values["hub"]["config"]
    assert hub["JupyterHub"]["authenticator_class"] not in ("dummy", "null", "tmp")
    assert hub["GenericOAuthenticator"]["allowed_users"]
    assert "allow_all" not in str(values)
    assert values["proxy"]["https"]["enabled"] is True


def test_the_values_name_no_machine_but_those_that_are_to_be_filled_in():
    text = (BINDER / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8")
    assert "YOUR-" in text
    assert not re.search(r"\b[\w.-]+\.(?:com|org|io|net)\b", text)


def test_the_helm_values_set_the_memory_limit_and_start_timeout_of_the_hub_on_one_machine(values):
    config = (ROOT / "hub" / "jupyterhub_config.py").read_text(encoding="utf-8")
    single = values["singleuser"]
    assert f'c.Spawner.mem_limit = "{single["memory"]["limit"]}"' in config
    assert f"c.Spawner.start_timeout = {single['startTimeout']}\n" in config
    assert values["cull"]["enabled"] is True


def test_each_container_start_copies_the_notebooks_of_the_image_for_the_learner(values):
    text = (BINDER / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8")
    (folder,) = re.findall(r"--target-repo-dir (\S+)", text)
    *_, command = values["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"]
    python, program, shipped, own = shlex.split(command.partition(";")[0])
    assert python == "python3"
    assert (ROOT / Path(program).relative_to(folder)).is_file()
    assert (ROOT / Path(shipped).relative_to(folder)).is_dir()
    assert values["singleuser"]["defaultUrl"].startswith(f"/lab/tree/{Path(own).name}/")
