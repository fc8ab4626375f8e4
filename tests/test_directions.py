"""Who may import whom: ui → graph ← nodes, and what is heavy only where it is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(
    path for room in ("graph", "nodes", "ui", "linearlink") for path in (ROOT / room).rglob("*.py")
)
DOORS = ("context", "errors", "expression", "spec", "threads", "values")
HEAVY = {"numba", "scipy", "astropy", "PIL", "tifffile", "matplotlib"}


def _imports(path: Path, top_only: bool = False) -> Iterator[str]:
    """The full names of all modules that a file imports, of relative imports too."""
    tree = ast.parse(path.read_text("utf-8"))
    for statement in tree.body if top_only else ast.walk(tree):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, (
                f"{path} line {statement.lineno}: imports by full names only"
            )
            yield statement.module or ""
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def _packages(path: Path, top_only: bool = False) -> set[str]:
    return {name.partition(".")[0] for name in _imports(path, top_only)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    room = place.partition("/")[0]
    packages = _packages(path)
    ours = packages & {"graph", "nodes", "ui", "linearlink", "tests"}
    allowed = {"graph": {"graph"}, "nodes": {"graph", "nodes"}}
    assert ours <= allowed.get(room, {"graph", "nodes", "ui", "linearlink"})
    if room == "nodes":
        doors = {"graph", *(f"graph.{name}" for name in DOORS)}
        used = {
            ".".join(name.split(".")[:2]) for name in _imports(path) if name.startswith("graph")
        }
        assert used <= doors
    assert ("dearpygui" in packages) <= (room == "ui")
    pools = ("graph/workers.py", "graph/processes.py", "graph/threads.py")
    assert ("joblib" in packages) <= (place in pools)
    assert ("networkx" in packages) <= (place in ("graph/model.py", "graph/loops.py"))
    if Path(place).parent == Path("nodes"):  # the families, which every start of the program loads
        assert not _packages(path, top_only=True) & HEAVY


def test_the_rules_are_read_from_files_that_exist() -> None:
    places = {path.relative_to(ROOT).as_posix() for path in FILES}
    assert {"graph/run.py", "graph/model.py", "nodes/io.py", "ui/command.py"} <= places
    assert "joblib" in _packages(ROOT / "graph/workers.py")
    assert "networkx" in _packages(ROOT / "graph/model.py")
