"""Files in groups by what their headers say, and what is remembered of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.disk import Disk
from graph.model import Graph
from graph.plan import plan
from graph.store import Store
from graph.task import leaves
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy


@pytest.fixture(autouse=True)
def _no_headers_read() -> Iterator[None]:
    lazy.reset()
    yield
    lazy.reset()


def write(folder: Path, name: str, number: float, **header: Any) -> Path:
    """A file with a header, changed long ago."""
    path = folder / f"{name}.txt"
    lines = [f"{keyword}={value}" for keyword, value in header.items()]
    path.write_text("\n".join([*lines, str(number)]))
    os.utime(path, (1e9, 1e9 + len(name)))
    return path


def night(folder: Path) -> None:
    """Six frames through two filters, one without any."""
    for name, number, header in (
        ("l_1", 1, {"FILTER": "Ha", "EXPTIME": 300.0}),
        ("l_2", 2, {"FILTER": "B", "EXPTIME": 60}),
        ("l_3", 3, {"FILTER": "Ha", "EXPTIME": 60}),
        ("l_4", 4, {"FILTER": "B", "EXPTIME": 60.0}),
        ("l_5", 5, {"EXPTIME": 300}),
        ("l_10", 10, {"FILTER": "Ha", "EXPTIME": "300"}),
    ):
        write(folder, name, number, **header)


def grouped(*keywords: str) -> Graph:
    """Frames in groups, a chain over each, a collector for each group and one for all."""
    return lazy.build(
        "l.number -> o.a; o.number -> t.items; t.number -> s.items",
        l=("lazy.load", {"files": "*.txt", "group_by": list(keywords)}),
        o=("toy.one", {"plus": 0.0}),
        t="toy.total",
        s="toy.order",
    )


def groups(folder: Path, *keywords: str, store: Store | None = None) -> list[list[float]]:
    result = toy.execute(grouped(*keywords), store or Store(1 << 20), "l", folder=folder)
    return [list(group) for group in result.value("l")]


def test_groups_by_one_keyword_in_natural_order(tmp_path: Path, store: Store) -> None:
    night(tmp_path)
    made = plan(grouped("filter"), store, targets=["s"], folder=tmp_path)
    assert made.nodes["l"].groups == (("FILTER=B", 2), ("FILTER=Ha", 3), ("FILTER=none", 1))
    assert [(p.node, p.name, p.warning, p.message) for p in made.problems] == [
        ("l", "files", True, "1 of 6 files say no FILTER in their header; they stand apart")
    ]
    assert groups(tmp_path, "FILTER") == [[2, 4], [1, 3, 10], [5]]


def test_m04_groups_go_through_nested_collectors(tmp_path: Path, store: Store) -> None:
    night(tmp_path)
    result = toy.execute(grouped("FILTER"), store, "s", "o", folder=tmp_path)
    assert [list(group) for group in result.value("o")] == [[2, 4], [1, 3, 10], [5]]
    assert list(result.value("t")) == [6.0, 14.0, 5.0]
    assert result.value("s") == "6 14 5"
    assert result.status == "ok"


def test_groups_by_two_keywords(tmp_path: Path) -> None:
    night(tmp_path)
    assert groups(tmp_path, "FILTER", "EXPTIME") == [[2, 4], [3], [1, 10], [5]]
    assert groups(tmp_path, "EXPTIME") == [[2, 3, 4], [1, 5, 10]]


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["100", "20", "3"], [3, 2, 1]),
        ([0.5, 0.25, 30], [2, 1, 3]),  # a quarter is less than a half
        ([-10, -20, 5], [2, 1, 3]),  # a camera at -20 is colder
        (["gain 100", "gain 20", "Gain 3"], [3, 2, 1]),
        (["R", 2, "1e3"], [2, 3, 1]),  # numbers before text
        ([1e9, 3e7, 1e10], [2, 1, 3]),
    ],
)
def test_order_of_groups(tmp_path: Path, values: list[Any], order: list[float]) -> None:
    for place, value in enumerate(values):
        write(tmp_path, f"f{place}", place + 1, KEY=value)
    assert groups(tmp_path, "KEY") == [[number] for number in order]


def test_no_keywords_make_no_groups(tmp_path: Path, store: Store) -> None:
    night(tmp_path)
    result = toy.execute(grouped(), store, "t", folder=tmp_path)
    assert result.value("t") == 25.0
    assert result.plan.nodes["l"].groups == ()


def test_keyword_that_no_file_has(tmp_path: Path, store: Store) -> None:
    night(tmp_path)
    made = plan(grouped("OBJECT"), store, targets=["t"], folder=tmp_path)
    assert made.nodes["l"].groups == (("OBJECT=none", 6),)
    assert "6 of 6 files say no OBJECT" in made.problems[0].message


def test_regrouping_changes_no_item(tmp_path: Path, store: Store) -> None:
    night(tmp_path)

    def keys(*keywords: str) -> set[str]:
        made = plan(grouped(*keywords), store, targets=["o"], folder=tmp_path)
        return {task.key for task in leaves(made.nodes["o"].tasks)}

    assert keys() == keys("FILTER") == keys("EXPTIME", "FILTER")
    toy.execute(grouped("FILTER"), store, "s", folder=tmp_path)
    toy.reset()
    result = toy.execute(grouped("EXPTIME"), store, "s", folder=tmp_path)
    assert toy.calls == {"total": 2, "order": 1}
    assert result.value("s") == "9 16"
    assert result.states["l"] == "cached"


def test_f05_one_more_file_runs_itself_and_the_collectors_of_its_group(
    tmp_path: Path, store: Store
) -> None:
    night(tmp_path)
    toy.execute(grouped("FILTER"), store, "s", folder=tmp_path)
    write(tmp_path, "l_11", 11, FILTER="B", EXPTIME=60)
    toy.reset()
    result = toy.execute(grouped("FILTER"), store, "s", folder=tmp_path)
    assert toy.calls == {"load": 1, "one": 1, "total": 1, "order": 1}
    assert result.value("s") == "17 14 5"
    assert result.reason("l") == "file l_11.txt added; 1 of 7 items"


def test_headers_are_read_once(tmp_path: Path) -> None:
    night(tmp_path)
    store = Store(1 << 20, Disk(tmp_path / "store"))
    graph = grouped("FILTER")
    plan(graph, store, targets=["s"], folder=tmp_path)
    assert sorted(lazy.headers) == sorted(path.name for path in tmp_path.glob("*.txt"))
    lazy.headers.clear()
    toy.execute(graph, store, "s", folder=tmp_path)
    assert lazy.headers == []
    write(tmp_path, "l_2", 2, FILTER="OIII", EXPTIME=60)
    assert groups(tmp_path, "FILTER", store=store) == [[4], [1, 3, 10], [2], [5]]
    assert lazy.headers == ["l_2.txt"]


AGAIN = """
import sys
from pathlib import Path
from graph.disk import Disk
from graph.plan import plan
from graph.store import Store
from tests.graph import toy_lazy as lazy
folder = Path(sys.argv[1])
graph = lazy.build(l=("lazy.load", {"files": "*.txt", "group_by": ["FILTER"]}))
made = plan(graph, Store(0, Disk(folder / "store")), targets=["l"], folder=folder)
print(made.nodes["l"].groups, lazy.headers)
"""


def test_headers_are_remembered_over_processes(tmp_path: Path, fresh: Any) -> None:
    night(tmp_path)
    first = fresh(AGAIN, tmp_path).strip()
    assert "('FILTER=Ha', 3)" in first
    assert first.count(".txt") == 6
    second = fresh(AGAIN, tmp_path).strip()
    assert "('FILTER=Ha', 3)" in second
    assert second.endswith("[]")


def test_header_of_a_file_that_was_just_written_is_not_trusted(tmp_path: Path) -> None:
    """It could be written again within the same tick of the clock of its disk."""
    path = write(tmp_path, "a", 1, FILTER="B")
    os.utime(path)
    now = path.stat()
    store = Store(1 << 20)
    assert plan(grouped("FILTER"), store, targets=["l"], folder=tmp_path).nodes["l"].groups == (
        ("FILTER=B", 1),
    )
    path.write_text("FILTER=R\n1")
    os.utime(path, ns=(now.st_atime_ns, now.st_mtime_ns))
    assert plan(grouped("FILTER"), store, targets=["l"], folder=tmp_path).nodes["l"].groups == (
        ("FILTER=R", 1),
    )


def test_file_without_a_readable_header_stands_apart_and_says_why(
    tmp_path: Path, store: Store
) -> None:
    night(tmp_path)
    (tmp_path / "l_3.txt").write_text("damaged\nno number")
    result = toy.execute(grouped("EXPTIME"), store, "s", folder=tmp_path)
    assert result.plan.nodes["l"].groups == (("EXPTIME=60", 2), ("EXPTIME=300", 3),
                                             ("EXPTIME=none", 1))  # fmt: skip
    assert result.counts("l") == {"executed": 5, "failed": 1}
    assert result.counts("t") == {"executed": 2, "blocked": 1}


def test_two_nodes_over_the_same_files(tmp_path: Path, store: Store) -> None:
    """One of them knows nothing of headers and comes first."""
    night(tmp_path)
    graph = grouped("FILTER")
    graph.add("a", "toy.read_each", files="*.txt")
    graph.add("b", "toy.read", file="l_1.txt")
    made = plan(graph, store, targets=["b", "a", "l"], folder=tmp_path)
    assert [count for _, count in made.nodes["l"].groups] == [2, 3, 1]


def written(folder: Path, name: str, *keywords: str, of: str = "t") -> list[str]:
    """The files that a sink of that name writes, of frames (o) or what collects them (t)."""
    graph = grouped(*keywords)
    graph.add("w", "toy.write", file=f"out/{name}", overwrite=True)
    graph.link(of, "number", "w", "value")
    result = toy.execute(graph, Store(1 << 20), "w", folder=folder)
    assert result.status == "ok", result.plan.problems
    return sorted(path.name for path in (folder / "out").iterdir())


def test_outputs_named_by_group(tmp_path: Path) -> None:
    night(tmp_path)
    names = ["B_60.txt", "Ha_300.txt", "Ha_60.txt", "none_300.txt"]
    assert written(tmp_path, "{group}.txt", "FILTER", "EXPTIME") == names


def test_outputs_named_by_group_where_there_is_none(tmp_path: Path) -> None:
    night(tmp_path)
    assert written(tmp_path, "{group}.txt") == ["all.txt"]


def test_outputs_named_by_the_file_of_the_frame(tmp_path: Path) -> None:
    night(tmp_path)
    names = [f"l_{place}.txt" for place in (1, 10, 2, 3, 4, 5)]
    assert written(tmp_path, "{name}.txt", "FILTER", of="o") == names


def test_frames_that_come_and_go_leave_the_names_of_others(tmp_path: Path) -> None:
    night(tmp_path)
    graph = grouped("FILTER")
    graph.add("w", "toy.write", file="out/{group}_{name}.txt")
    graph.link("o", "number", "w", "value")
    store = Store(1 << 20)
    toy.execute(graph, store, "w", folder=tmp_path)
    (tmp_path / "l_1.txt").unlink()
    write(tmp_path, "k", 7, FILTER="C")
    result = toy.execute(graph, store, "w", folder=tmp_path)
    assert result.counts("w") == {"cached": 5, "executed": 1}


def test_output_of_many_frames_has_no_name_of_one(tmp_path: Path) -> None:
    night(tmp_path)
    graph = grouped("FILTER")
    graph.add("w", "toy.write", file="{name}.csv.txt")
    graph.link("t", "number", "w", "value")
    made = plan(graph, Store(0), targets=["w"], folder=tmp_path)
    assert made.state("w") == "blocked"
    assert "come from no single one" in made.nodes["w"].reason


def test_group_whose_value_holds_a_comma(tmp_path: Path) -> None:
    write(tmp_path, "l_1", 1, FILTER="Ha, 3nm")
    write(tmp_path, "l_2", 2, FILTER="Ha, 5nm")
    assert written(tmp_path, "{group}.txt", "FILTER") == ["Ha-3nm.txt", "Ha-5nm.txt"]
