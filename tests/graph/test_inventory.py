"""Headers of files: each function's own facts of a file, asked for once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import pytest

from graph.disk import Disk
from graph.inventory import Inventory
from graph.model import Graph
from graph.plan import plan
from graph.spec import Each, Grouping, InputFile, node
from graph.store import Store
from tests.graph import toy_nodes as toy

read: list[str] = []


def read_filter(path: Path) -> Mapping[str, Any]:
    read.append("filter")
    return {"FILTER": path.read_text().strip()}


def read_size(path: Path) -> Mapping[str, Any]:
    read.append("size")
    return {"nbytes": 5}


@node("inventory.filtered")
def filtered(
    *,
    files: Annotated[Path, InputFile(("*.txt",), header=read_filter), Each()],
    group_by: Annotated[tuple[str, ...], Grouping()] = (),
) -> float:
    """Files with a filter."""
    return 1.0


@node("inventory.sized")
def sized(*, files: Annotated[Path, InputFile(("*.txt",), header=read_size), Each()]) -> float:
    """Files with a size."""
    return 2.0


@pytest.fixture(autouse=True)
def _nothing_read() -> None:
    read.clear()


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    """A file that was changed long ago."""
    path = tmp_path / "frame.txt"
    path.write_text("Ha")
    os.utime(path, (1e9, 1e9))
    return path


def facts(store: Store, path: Path, header: Callable[[Path], Mapping[str, Any]]) -> Any:
    """What a plan of its own learns of a file."""
    inventory = Inventory(store)
    inventory.look_at([path], header)
    return inventory.header(path, header)


def test_each_function_tells_its_own_facts(store: Store, frame: Path) -> None:
    for _ in range(2):
        assert facts(store, frame, read_size) == {"nbytes": 5}
        assert facts(store, frame, read_filter) == {"FILTER": "Ha"}
    assert read == ["size", "filter"]


def test_both_in_one_plan(store: Store, frame: Path) -> None:
    inventory = Inventory(store)
    for header in (read_size, read_filter, read_size):
        inventory.look_at([frame], header)
    assert inventory.header(frame, read_filter) == {"FILTER": "Ha"}
    assert inventory.header(frame, read_size) == {"nbytes": 5}
    assert inventory.header(frame, None) == {}
    assert read == ["size", "filter"]


def test_both_are_remembered_over_restarts(tmp_path: Path, frame: Path) -> None:
    for _ in range(2):
        disk = Disk(tmp_path / "s")
        store = Store(0, disk)
        for header in (read_size, read_filter):
            facts(store, frame, header)
        store.save_notes()
        disk.close()
    assert read == ["size", "filter"]


def test_function_of_a_higher_version_is_asked_again(
    store: Store, frame: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts(store, frame, read_filter)
    monkeypatch.setattr(read_filter, "version", 2, raising=False)
    for _ in range(2):
        facts(store, frame, read_filter)
    assert read == ["filter", "filter"]


def test_groups_by_what_the_own_header_says(store: Store, frame: Path) -> None:
    """Another node type has looked at the same file before, for something else."""
    registry = toy.registry()
    for spec in (filtered, sized):
        registry.add(spec)
    graph = Graph(registry)
    graph.add("a", "inventory.sized", files=str(frame))
    graph.add("b", "inventory.filtered", files=str(frame), group_by=["FILTER"])
    for targets in (["a"], ["b"], ["a", "b"]):
        made = plan(graph, store, targets=targets)
        assert made.problems == []
    assert made.nodes["b"].groups == (("FILTER=Ha", 1),)
    assert read == ["size", "filter"]
