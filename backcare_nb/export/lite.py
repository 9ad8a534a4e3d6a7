"""The notebooks with nothing installed: a folder for any web server, run by the browser itself.

    python -m backcare_nb.export.lite FOLDER

JupyterLite shows the notebooks, and Pyodide, a Python for browsers, runs them. Python comes from
npm and packages from PyPI, pinned; they are fetched while the folder is written, and nothing is
ever asked of another machine after that. Figures are drawn ahead: in the browser is neither numpy
nor matplotlib.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from backcare_nb.course import CHECKOUT_OR_PACKAGE_FOLDER, DATA_FOLDER, PACKAGE_FOLDER
from backcare_nb.course.files import SaveError
from backcare_nb.export.saved_widgets import run_code_cells, save_widgets
from backcare_nb.figures import disk_cache
from backcare_nb.html import picture
from backcare_nb.journal.store import JOURNAL_PATH_VARIABLE

PYODIDE_VERSION = "314.0.6"  # the one that the kernel of JupyterLite is made for
PYODIDE_ARCHIVE_SHA256 = "d78ac549b28a2a58600cd06f44e017024151775f8c6b2d73fab1475400d38ea2"
PYODIDE_FILE_NAMES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
# Its largest file is sent packed by any server, and unpacked by the browser as it comes. Its name
# is one that no server takes for something packed, to have it unpacked a second time.
PACKED_WASM_FILE_NAME = "pyodide.asm.packed"
REPLACEMENT_BY_PYODIDE_CODE = {
    '"pyodide.asm.wasm"': f'"{PACKED_WASM_FILE_NAME}"',
    "instantiateStreaming(n,": (
        "instantiateStreaming(n.then(r=>new Response("
        'r.body.pipeThrough(new DecompressionStream("gzip")),'
        '{headers:{"Content-Type":"application/wasm"}})),'
    ),
}
PYODIDE_LOCK_FILE_NAME = "pyodide-lock.json"
# By tools/pin.py: what runs in the browser, and what writes the folder. JupyterLite's own are not
# installed, because each JupyterLab beside them would take its kernel for one of its extensions.
BROWSER_REQUIREMENTS_FILE = Path(__file__).with_name("lite_requirements.txt")
BUILD_REQUIREMENTS_FILE = Path(__file__).with_name("lite_build_requirements.txt")
BROWSER_PLATFORM_TAG = "pyemscripten_2026_0_wasm32"
BROWSER_PYTHON_VERSION = "3.14"
FAVICON_FILE = Path(__file__).with_name("icons") / "touch-180.png"  # JupyterLite's has 319 kB
LAB_EXTENSIONS_PATH_IN_PREFIX = Path("share", "jupyter", "labextensions")
SAVED_WIDGETS_PATH_IN_LAB_EXTENSIONS = Path("backcare-run-on-open", "static", "widgets")
KERNEL_EXTENSION_NAME = "@jupyterlite/pyodide-kernel-extension"
# What packages bring along for JupyterLab itself, and to colour what no notebook is written in.
UNNEEDED_WHEEL_FILES_PATTERN = re.compile(
    r"[^/]+\.data/|anywidget/(lab|nb)extension/|.*\.dist-info/sboms/|pygments/lexers/(?!__init__"
    r"|_mapping|_(css|lilypond|scheme)_|(css|data|html|javascript|jvm|lilypond|lisp|markup|perl"
    r"|python|ruby|shell)\.py)"
)
KERNEL_WHEEL_PREFIXES = ("ipykernel-6", "piplite-", "pyodide_kernel-", "widgetsnbextension-4")
SHIPPED_INDEX_FILE = Path(__file__).with_name(
    "lite_index.html"
)  # where JupyterLite reads settings too
# JupyterLite's pages name an icon late, after a browser has looked for one elsewhere.
TITLE_AND_ICON_HTML = '<title>Back care</title>\n    <link rel="icon" href="favicon.ico">'
# What is the same each time has no date.
FIXED_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def write_lite_site(folder: Path) -> Path:
    """Write the folder, new or empty. Raises SaveError with a sentence."""
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SaveError(f"{folder} is there already: name a new folder, or an empty one.")
    with TemporaryDirectory() as work:
        parts, builder = Path(work, "parts"), Path(work, "builder")
        install_lite_builder(builder)
        python = parts / "static" / "pyodide"
        python.mkdir(parents=True)
        lock = fetch_pyodide_and_lock_info(python)
        fetch_browser_wheels(python)
        copy_kernel_wheels(python, builder)
        os.environ[JOURNAL_PATH_VARIABLE] = str(Path(work, "none"))  # nobody's is given away
        paths = sorted((CHECKOUT_OR_PACKAGE_FOLDER / "notebooks").glob("[0-9][0-9]_*.ipynb"))
        notebooks = {path.name: nbformat.read(path, as_version=4) for path in paths}
        widgets = parts / "widgets"
        pictures = save_widgets_and_draw_picture_folder(notebooks, parts / "drawn", widgets)
        write_course_wheel(python, pictures)
        packages = lock_entries_by_package(python)
        locked = json.dumps(lock | {"packages": packages})
        (python / PYODIDE_LOCK_FILE_NAME).write_text(locked, encoding="utf-8")
        write_trusted_notebooks(notebooks, parts / "files")
        copy_lab_extensions(parts / "labextensions", builder)
        shutil.copytree(widgets, parts / "labextensions" / SAVED_WIDGETS_PATH_IN_LAB_EXTENSIONS)
        shutil.copy(CHECKOUT_OR_PACKAGE_FOLDER / "lab" / "overrides.json", parts)
        settings = json.dumps(_lite_settings(packages))
        (parts / "jupyter-lite.json").write_text(settings, encoding="utf-8")
        run_lite_build(parts, folder, builder)
    shutil.copy(SHIPPED_INDEX_FILE, folder / "index.html")
    for page in ("lab", "notebooks"):
        shutil.copy(FAVICON_FILE, folder / page / "favicon.ico")
        html = (folder / page / "index.html").read_text(encoding="utf-8")
        named = re.sub("<title>.*?</title>", TITLE_AND_ICON_HTML, html, count=1)
        (folder / page / "index.html").write_text(named, encoding="utf-8")
    return folder


# Python and packages for the browser


def fetch_pyodide_and_lock_info(folder: Path) -> dict[str, object]:
    """Fetch Pyodide into a folder, and return what its lock file says of its Python."""
    name = f"pyodide@{PYODIDE_VERSION}"
    with TemporaryDirectory() as work:
        npm = shutil.which("npm")
        if not npm:
            raise SaveError(
                "Python for browsers is fetched by npm, which is not here: install Node.js, which"
                " brings it, and run this again."
            )
        failure = "Python for browsers could not be fetched"
        _run_or_raise([npm, "pack", "--silent", name], failure, Path(work))
        (packed,) = Path(work).glob("*.tgz")
        if hashlib.sha256(packed.read_bytes()).hexdigest() != PYODIDE_ARCHIVE_SHA256:
            raise SaveError(f"{name} is not the one that was tried: nothing was written.")
        with tarfile.open(packed) as archive:
            archive.extractall(work, filter="data")
        unpacked = Path(work, "package")
        for file in PYODIDE_FILE_NAMES:
            shutil.copyfile(unpacked / file, folder / file)
        lock = json.loads((unpacked / PYODIDE_LOCK_FILE_NAME).read_bytes())
    gzip_wasm_and_patch_pyodide(folder)
    return {"info": lock["info"]}


def gzip_wasm_and_patch_pyodide(folder: Path) -> None:
    """Pack the largest file of Pyodide, and have the browser unpack it."""
    whole, script = folder / "pyodide.asm.wasm", folder / "pyodide.mjs"
    (folder / PACKED_WASM_FILE_NAME).write_bytes(gzip.compress(whole.read_bytes(), mtime=0))
    whole.unlink()
    words = script.read_text(encoding="utf-8")
    for said, instead in REPLACEMENT_BY_PYODIDE_CODE.items():
        if words.count(said) != 1:
            raise SaveError(f"{script.name} of Pyodide is not the one that was tried: {said}")
        words = words.replace(said, instead)
    script.write_text(words, encoding="utf-8")


def fetch_browser_wheels(folder: Path) -> None:
    """Write the packages that are needed in the browser."""
    command = pip_download_command(folder, pip_options_for_pinned(BROWSER_REQUIREMENTS_FILE))
    _run_or_raise(command, "Packages for the browser could not be fetched")
    for wheel in folder.glob("*.whl"):
        whole = BytesIO(wheel.read_bytes())
        with zipfile.ZipFile(whole) as found, zipfile.ZipFile(wheel, "w") as kept:
            for entry in found.infolist():
                if not UNNEEDED_WHEEL_FILES_PATTERN.match(entry.filename):
                    kept.writestr(entry, found.read(entry))
    # PyYAML, which has no wheel for a browser, does without its machine code.
    own = Path(yaml.__file__).parent
    pure = ((f"yaml/{path.name}", path.read_bytes()) for path in sorted(own.glob("*.py")))
    write_wheel(folder, "pyyaml", yaml.__version__, pure)
    # The kernel asks for jedi, which would be a third of all packages; IPython completes without.
    write_wheel(folder, "jedi", "0", ())


def copy_kernel_wheels(folder: Path, builder: Path) -> None:
    """Copy the packages that JupyterLite's kernel brings along."""
    extension = builder / LAB_EXTENSIONS_PATH_IN_PREFIX / KERNEL_EXTENSION_NAME
    for wheel in (extension / "static" / "pypi").glob("*.whl"):
        if wheel.name.startswith(KERNEL_WHEEL_PREFIXES):
            shutil.copy(wheel, folder)


def pip_options_for_pinned(requirements: Path) -> list[str]:
    """What tells pip to take the packages of a file, and only with their digests."""
    return ["--require-hashes", f"--requirement={requirements}"]


def pip_download_command(folder: Path, wanted: Iterable[str]) -> list[str]:
    """The command that fetches wheels for the Python of the browser."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={BROWSER_PYTHON_VERSION}"]
    command += [f"--abi={abi}" for abi in ("cp314", "none")]
    command += [f"--platform={platform}" for platform in (BROWSER_PLATFORM_TAG, "any")]
    return [*command, f"--dest={folder}", *wanted]


def _run_or_raise(
    command: Sequence[str], failure: str, folder: Path | None = None, python_path: str = ""
) -> None:
    """Run a program, with a path of packages; what it says is for the person where it fails."""
    environment = os.environ | ({"PYTHONPATH": python_path} if python_path else {})
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    done = subprocess.run(command, cwd=folder, env=environment, **pipes)
    if done.returncode:
        raise SaveError(f"{failure}:\n{done.stdout.strip()[-2000:]}")


def lock_entries_by_package(folder: Path) -> dict[str, dict[str, object]]:
    """Describe the wheels of a folder as Pyodide's lock file does."""
    packages = {}
    for path in sorted(folder.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        name = re.sub("[-_.]+", "-", name).lower()
        with zipfile.ZipFile(path) as wheel:
            tops = {file.partition("/")[0] for file in wheel.namelist()}
        packages[name] = {
            "name": name,
            "version": version,
            "file_name": path.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": sorted(top.removesuffix(".py") for top in tops if "-" not in top),
            "depends": [],
            "unvendored_tests": False,
        }
    return packages


# The course for the browser


def save_widgets_and_draw_picture_folder(
    notebooks: Mapping[str, NotebookNode], pictures: Path, widgets: Path
) -> Path:
    """Draw what the course's notebooks show, and return where that lies.

    What of it runs in the browser alone is saved with them, in a folder ``widgets``.
    """
    disk_cache.FOLDER = disk_cache.SHARED_CACHE_FOLDER = pictures
    for _ in picture.draw_course_and_yield_progress():
        pass
    widgets.mkdir()
    for name, notebook in notebooks.items():
        if name < "07":  # 07 is of the learner's own journal, and 08 draws what is new
            save_widgets(notebook, run_code_cells(notebook), widgets)
    return pictures / disk_cache.drawing_inputs_digest()


def write_course_wheel(folder: Path, pictures: Path) -> None:
    """Write the package as a wheel, with its data and its pictures."""

    def course_files() -> Iterator[tuple[str, bytes]]:
        roots = {"": PACKAGE_FOLDER, "data": DATA_FOLDER, "pictures": pictures}
        for place, root in roots.items():
            for path in sorted(root.rglob("*")):
                inside = path.relative_to(root)
                if path.is_file() and "__pycache__" not in inside.parts:
                    yield Path("backcare_nb", place, inside).as_posix(), path.read_bytes()

    # Another course has another name, so that no browser takes it for one that it kept.
    version = f"0.{int(disk_cache.drawing_inputs_digest(), 16)}"
    write_wheel(folder, "backcare_nb", version, course_files())


def write_wheel(folder: Path, name: str, version: str, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files, by their paths, as a wheel that any Python takes; the same bytes each time."""
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        tag = (
            "Wheel-Version: 1.0\nGenerator: backcare_nb\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        about = {"METADATA": metadata, "WHEEL": tag, "RECORD": ""}
        described = ((f"{name}-{version}.dist-info/{k}", v.encode()) for k, v in about.items())
        for path, content in (*files, *described):
            entry = zipfile.ZipInfo(path, FIXED_ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)


def write_trusted_notebooks(notebooks: Mapping[str, NotebookNode], folder: Path) -> None:
    """Write the course's notebooks, trusted: JupyterLite knows of no other signature."""
    folder.mkdir()
    for name, notebook in notebooks.items():
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.metadata["trusted"] = True
        # As it is read, each text in one piece; nbformat would write no trust.
        (folder / name).write_text(json.dumps(notebook), encoding="utf-8")


# JupyterLite


def install_lite_builder(folder: Path) -> None:
    """Install JupyterLite into a folder of its own, beside what is installed here."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    command += [str(folder), *pip_options_for_pinned(BUILD_REQUIREMENTS_FILE)]
    _run_or_raise(command, "JupyterLite could not be fetched")


def copy_lab_extensions(folder: Path, builder: Path) -> None:
    """Copy what JupyterLite needs: widgets, its kernel, and what runs the course's notebooks."""
    origins = {
        "@jupyter-widgets": Path(sys.prefix),
        "anywidget": Path(sys.prefix),
        KERNEL_EXTENSION_NAME: builder,
    }
    for name, origin in origins.items():
        shutil.copytree(origin / LAB_EXTENSIONS_PATH_IN_PREFIX / name, folder / name)
    shutil.copytree(
        CHECKOUT_OR_PACKAGE_FOLDER / "lab" / "labextensions", folder, dirs_exist_ok=True
    )


def _lite_settings(packages: Iterable[str]) -> dict[str, object]:
    kernel = {
        "disablePyPIFallback": True,
        "pyodideUrl": "./static/pyodide/pyodide.mjs",
        "loadPyodideOptions": {"packages": list(packages)},
    }
    plugins = {f"{KERNEL_EXTENSION_NAME}:kernel": kernel}
    settings = {"appName": "Back care", "litePluginSettings": plugins}
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": settings}


def run_lite_build(parts: Path, folder: Path, builder: Path) -> None:
    """Have JupyterLite join its parts to a folder."""
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--ignore-sys-prefix", "true"]
    command += ["--lite-dir", str(parts), "--output-dir", str(folder), "--contents", "files"]
    command += ["--apps", "lab", "--apps", "notebooks"]
    command += ["--no-unused-shared-packages", "--no-sourcemaps"]
    extensions = parts / "labextensions"
    command += [f"--FederatedExtensionAddon.extra_labextensions_path={extensions}"]
    _run_or_raise(command, "JupyterLite could not be built", parts, str(builder))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folder; a sentence and 2 where that cannot be."""
    parser = argparse.ArgumentParser(
        "python -m backcare_nb.export.lite",
        description="Write the notebooks as a folder for any web server, run by the browser.",
    )
    parser.add_argument("folder", type=Path, help="the folder to write, new or empty")
    try:
        folder = write_lite_site(parser.parse_args(arguments).folder)
    except (SaveError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    print(f"{len(sizes)} files, {sum(sizes) / 1e6:.0f} MB, in {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
