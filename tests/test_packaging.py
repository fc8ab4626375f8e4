"""Wheel and source archive: built here, installed in an empty environment, run from there."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
NAME = f"linearlink-{VERSION}"


@dataclass(frozen=True)
class Built:
    """The two archives, and the environment in which the wheel is installed."""

    wheel: Path
    archive: Path
    python: Path


def _call(*words: object, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build without network, and install the wheel; dependencies are those of the tests."""
    folder = tmp_path_factory.mktemp("packaging")
    _call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    wheel, archive = folder / f"{NAME}-py3-none-any.whl", folder / f"{NAME}.tar.gz"
    venv.create(folder / "empty", with_pip=False, symlinks=os.name != "nt")
    programs = "Scripts" if os.name == "nt" else "bin"
    python = folder / "empty" / programs / "python"
    offline = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    _call(sys.executable, "-m", "pip", "--python", python, "install", *offline, wheel, cwd=folder)
    site = Path(
        _call(python, "-c", "import site; print(site.getsitepackages()[-1])", cwd=folder).strip()
    )
    # a line of a .pth file lends the packages there, but not what .pth files there would add,
    # so the checkout stays unseen
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    _lend_compiled_kernels(site)
    return Built(wheel, archive, python)


def _lend_compiled_kernels(site: Path) -> None:
    """Save the half minute of compiling where the sources are the very same."""
    for source in (ROOT / "nodes" / "kernels").glob("*.py"):
        installed = site / "nodes" / "kernels" / source.name
        assert installed.read_bytes() == source.read_bytes()
        shutil.copystat(source, installed)
    for name in ("*.nbi", "*.nbc"):
        for compiled in (ROOT / "nodes" / "kernels" / "__pycache__").glob(name):
            shutil.copy2(compiled, site / "nodes" / "kernels" / "__pycache__")


def test_the_wheel_holds_the_program_and_nothing_else(built: Built) -> None:
    names = zipfile.ZipFile(built.wheel).namelist()
    rooms = {name.partition("/")[0] for name in names}
    assert rooms == {"graph", "nodes", "ui", "linearlink", f"{NAME}.dist-info"}
    for room in ("graph", "nodes", "ui", "linearlink"):
        assert f"{room}/py.typed" in names
        assert f"{room}/__init__.py" in names
        for source in (ROOT / room).rglob("*.py"):
            assert source.relative_to(ROOT).as_posix() in names
    assert f"{NAME}.dist-info/licenses/LICENSE" in names
    assert "ui/samples/data/first_light_red.fits" in names
    shipped = ("ui/samples/", "ui/editor/inspector/shipped.preset.json")
    left = [name for name in names if name.endswith((".pyc", ".nbi", ".nbc", ".json"))]
    assert [name for name in left if not name.startswith(shipped)] == []


def test_the_wheel_names_what_it_needs(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        about = archive.read(f"{NAME}.dist-info/METADATA").decode()
        entries = archive.read(f"{NAME}.dist-info/entry_points.txt").decode()
    assert "License-Expression: BSD-3-Clause" in about
    assert "Requires-Python: >=3.11" in about
    for package in ("numpy", "networkx", "joblib", "astropy", "dearpygui"):
        assert f"\nRequires-Dist: {package}>=" in about
    assert "linearlink = linearlink:main" in entries


def test_the_source_archive_holds_what_a_packager_needs(built: Built) -> None:
    with tarfile.open(built.archive) as archive:
        names = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "constraints.txt", "pyproject.toml"} <= names
    assert {"samples/first_light.graph.json", "samples/make_first_light.py"} <= names
    assert {f"samples/data/first_light_{c}.fits" for c in ("red", "green", "blue")} <= names
    assert {"tests/conftest.py", "tests/test_packaging.py", "docs/design.md"} <= names
    assert not [name for name in names if "__pycache__" in name or "samples/output" in name]


def test_the_sample_runs_from_the_archives_with_the_same_results(
    built: Built, tmp_path: Path
) -> None:
    with tarfile.open(built.archive) as archive:
        archive.extractall(tmp_path, filter="data")
    samples = tmp_path / NAME / "samples"
    rooms = "import graph, linearlink, nodes, ui as u; "
    where = f"{rooms} print(*(m.__file__ for m in (graph, linearlink, nodes, u)))"
    for file in _call(built.python, "-c", where, cwd=samples).split():
        assert Path(file).is_relative_to(built.python.parents[1])

    command = built.python.with_name("linearlink")
    graph = samples / "first_light.graph.json"
    told = _call(command, "run", graph, "--store", tmp_path / "store", cwd=tmp_path)
    assert " executed, " in told
    from linearlink import main

    here = shutil.copytree(
        ROOT / "samples", tmp_path / "here", ignore=shutil.ignore_patterns("output")
    )
    assert main(["run", str(here / graph.name), "--no-store", "--quiet"]) == 0
    ours, theirs = _digests(here / "output"), _digests(samples / "output")
    assert len(ours) == 5
    assert theirs == ours


def _digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
