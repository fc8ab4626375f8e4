"""The package ``linearlink``: the names it lists, how light it is, the guard at its door."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import linearlink

ROOT = Path(__file__).resolve().parents[1]


def _run(*words: str, path: list[Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(
        [sys.executable, *words],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", linearlink.__all__)
def test_every_listed_name_is_there(name: str) -> None:
    assert getattr(linearlink, name) is not None
    assert name in dir(linearlink)


def test_the_names_for_type_checkers_are_the_names_at_run_time() -> None:
    tree = ast.parse(Path(linearlink.__file__).read_text("utf-8"))
    block = next(
        statement for statement in tree.body
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"
    )  # fmt: skip
    typed = {}
    for statement in block.body:
        assert isinstance(statement, ast.ImportFrom)
        for alias in statement.names:
            name = alias.asname or alias.name
            inner = "" if alias.name == name else f":{alias.name}"
            typed[name] = f"{statement.module}{inner}"
    assert typed == linearlink._NAMES
    assert set(linearlink.__all__) == {"__version__", "main", *typed}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no public name 'nothing'"):
        linearlink.nothing  # noqa: B018


def test_the_version_is_that_of_the_package() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert linearlink.__version__ == project["version"]


def test_import_stays_light(tmp_path: Path) -> None:
    code = "import sys, linearlink; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = _run("-c", code, path=[ROOT], cwd=tmp_path)
    heavy = {"numpy", "numba", "scipy", "astropy", "networkx", "joblib", "graph", "nodes", "ui"}
    assert done.returncode == 0
    assert not heavy & set(done.stdout.split())


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    code = (
        "import sys; from linearlink import main; code = main(sys.argv[1:]); "
        "print('modules:', *sorted({m.partition('.')[0] for m in sys.modules})); sys.exit(code)"
    )
    done = _run("-c", code, *words, path=[ROOT], cwd=tmp_path)
    assert done.returncode == 0
    modules = set(done.stdout.partition("modules:")[2].split())
    assert not modules & {"numpy", "numba", "scipy", "astropy", "networkx", "joblib", "rich"}


def test_the_list_of_nodes_imports_no_kernels(tmp_path: Path) -> None:
    code = (
        "import sys; from linearlink import main; main(['nodes']); "
        "print('modules:', *sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    done = _run("-c", code, path=[ROOT], cwd=tmp_path)
    modules = set(done.stdout.partition("modules:")[2].split())
    assert "numpy" in modules
    assert not modules & {"numba", "scipy", "astropy", "PIL", "tifffile", "matplotlib", "dearpygui"}


@pytest.mark.parametrize("room", ["graph", "nodes", "ui"])
def test_the_guard_names_the_file_that_stands_in_the_way(room: str, tmp_path: Path) -> None:
    foreign = tmp_path / "site" / room / "__init__.py"
    foreign.parent.mkdir(parents=True)
    foreign.write_text('"""Another package of that name."""\n')
    done = _run("-m", "linearlink", "--version", path=[tmp_path / "site", ROOT], cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert str(foreign) in done.stderr
    assert "pipx install" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_guard_sees_a_single_file_and_one_that_is_no_text(tmp_path: Path) -> None:
    foreign = tmp_path / "site" / "nodes.py"
    foreign.parent.mkdir()
    foreign.write_bytes(b"# coding: latin-1\n# caf\xe9\n")
    done = _run("-m", "linearlink", "nodes", path=[tmp_path / "site", ROOT], cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert str(foreign) in done.stderr


def test_the_guard_lets_our_own_pass(tmp_path: Path) -> None:
    done = _run("-m", "linearlink", "--version", path=[ROOT], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"linearlink {linearlink.__version__}\n"
