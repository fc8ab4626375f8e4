"""The plan as a table, with what it would take."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from graph.disk import Disk
from graph.estimate import Estimate, NodeEstimate
from graph.expansion import NodePlan
from graph.model import Graph
from graph.plan import Plan
from graph.registry import Registry
from graph.store import Store
from tests.command_line import Command, write_graph
from tests.ui.progress_cases import make_plan
from ui.commands.plan import show_plan, table, totals


@pytest.fixture
def made() -> Plan:
    """A source of twenty-three frames in two groups, a node over them, and others."""
    plans = {
        "lights": NodePlan(
            "lights", "io.load_frames", "run", ("new",), [], 23, 12,
            groups=(("FILTER=Ha, EXPTIME=300", 12), ("FILTER=OIII, EXPTIME=none", 11)),
        ),
        "stack": NodePlan("stack", "integrate.average", "run", ("input frames changed",)),
        "twin": NodePlan("twin", "integrate.average", "run", ("the same work as stack",)),
        "old": NodePlan("old", "x.y", "cached"),
    }  # fmt: skip
    for node in plans.values():
        node.to_run = node.to_run or int(node.state == "run")
    return Plan(plans, list(plans), [], [], [], "", graph=Graph(Registry()))


def _estimate(lights: float | None = 90.0, stack: float | None = 30.0) -> Estimate:
    nodes = {
        "lights": NodeEstimate(lights, 1_200_000_000, 24_000_000_000),
        "stack": NodeEstimate(stack, 96_000_000, 0),
        "twin": NodeEstimate(None, 0, 0),
    }
    known = [seconds for seconds in (lights, stack) if seconds is not None]
    return Estimate(nodes, sum(known) if known else None, 1_300_000_000, 24_000_000_000)


def _arguments(**words: object) -> argparse.Namespace:
    return argparse.Namespace(**{"jobs": 3, "memory": None, "json": False, "explain": None} | words)


def test_the_table_aligns_names_and_figures(made: Plan) -> None:
    assert table(made, _estimate()) == [
        "run     lights  io.load_frames     12 of 23  90 s  1.2 GB memory  24 GB disk  new",
        "    Ha 300 12, OIII none 11",
        "run     stack   integrate.average            30 s   96 MB memory              "
        "input frames changed",
        "run     twin    integrate.average                                             "
        "the same work as stack",
        "cached  old     x.y",
    ]


def test_unknown_times_are_marked(made: Plan) -> None:
    rows = table(made, _estimate(lights=None))
    assert re.search(r"12 of 23 +\? +1.2 GB memory", rows[0])
    assert "30 s" in rows[2]


def test_totals_tell_time_memory_and_disk(
    made: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.estimate.share_for_work", lambda total: total * 4 // 5)
    store = Store(1 << 20, Disk(tmp_path / "store"))
    line = totals(made, _estimate(), store, _arguments(memory=20 * 10**9))
    start = "3 to run, 1 cached; about 2 min of work with 3 at once, peak memory 1.3 GB of 16 GB, "
    assert line.startswith(start)
    assert re.fullmatch(r"24 GB on disk \([\d.]+ .?B free\)", line.removeprefix(start))
    partly = totals(made, _estimate(lights=None), store, _arguments())
    assert "; at least 30 s of work with 3 at once, " in partly
    never = totals(made, _estimate(None, None), store, _arguments())
    assert "; times are known after the first run, peak memory" in never


def test_totals_without_a_disk_or_work(made: Plan) -> None:
    assert "disk" not in totals(made, _estimate(), Store(1 << 20), _arguments())
    for node in made.nodes.values():
        node.state = "cached"
    nothing = Estimate({}, None, 0, 0)
    assert totals(made, nothing, Store(1 << 20), _arguments()) == "4 cached"


def test_a_machine_too_small_is_a_warning(made: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    expected = _estimate()
    expected.shortfalls = ["stack needs 20 GB", "results take 90 GB"]
    assert show_plan(made, expected, Store(1 << 20), {}, _arguments()) == 0
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        "linearlink: warning: stack needs 20 GB",
        "linearlink: warning: results take 90 GB",
    ]
    show_plan(made, expected, Store(1 << 20), {}, _arguments(json=True))
    assert json.loads(capsys.readouterr().out)["shortfalls"] == expected.shortfalls


def test_json_has_the_same_figures(made: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    origins = {"lights": {"files": "night.json"}}
    show_plan(made, _estimate(), Store(1 << 20), origins, _arguments(json=True))
    told = json.loads(capsys.readouterr().out)
    lights = told["nodes"]["lights"]
    assert (lights["seconds"], lights["memory"], lights["disk"]) == (90, 12 * 10**8, 24 * 10**9)
    assert (lights["items"], lights["to_run"]) == (23, 12)
    assert lights["groups"] == {"FILTER=Ha, EXPTIME=300": 12, "FILTER=OIII, EXPTIME=none": 11}
    assert (told["seconds"], told["memory"], told["disk"]) == (120, 13 * 10**8, 24 * 10**9)
    assert told["origins"] == origins
    assert told["nodes"]["old"]["seconds"] is None


def test_a_plan_of_nothing_has_no_table() -> None:
    assert table(make_plan(), Estimate({}, None, 0, 0)) == []


def test_times_are_told_after_the_first_run(
    linearlink: Command, packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(packs)
    graph = write_graph(
        tmp_path / "g.json",
        ["each.number -> one.a", "one.number -> total.items"],
        each=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        one=("toy.one", {}),
        total=("toy.total", {}),
    )
    words = (graph, "--target", "total", "--jobs", 2)
    first = linearlink("plan", *words)
    assert "3 to run; times are known after the first run" in first.out
    linearlink("run", *words)
    again = linearlink("plan", *words, "--set", "each.value=[1, 2, 4, 5]")
    rows = {line.split()[1]: line for line in again.out.splitlines()[:-1]}
    assert "2 of 4" in rows["one"]
    assert "?" not in rows["one"]
    assert re.match(r"3 to run; (about )?<?[\d.]+ m?s of work with 2 at once, ", _last(again.out))
    told = linearlink("plan", *words, "--set", "each.value=[1, 2, 4, 5]", "--json").json
    assert told["nodes"]["one"]["seconds"] > 0
    assert told["seconds"] > 0


def _last(text: str) -> str:
    return text.splitlines()[-1]
