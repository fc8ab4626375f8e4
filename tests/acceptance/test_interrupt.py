"""Runs that are stopped from outside, and runs side by side: in processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import SINKS, Command, outputs, write_graph

Start = Callable[..., "subprocess.Popen[str]"]


def test_c03_an_interruption_exits_130(start: Start, tmp_path: Path) -> None:
    graph = write_graph(tmp_path / "g.json", long=("toy.patient", {"seconds": 60}))
    process = start("run", graph, "--target", "long", "--json")
    assert process.stdout
    while json.loads(process.stdout.readline())["event"] != "progress":
        pass
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["status"] == "cancelled"
    assert "Traceback" not in err


def test_c03_a_second_interruption_ends_even_a_node_that_does_not_listen(
    start: Start, tmp_path: Path
) -> None:
    graph = write_graph(
        tmp_path / "g.json",
        one=("toy.sleep", {"seconds": 60, "name": "one"}),
        two=("toy.sleep", {"seconds": 60, "name": "two"}),
    )
    process = start("run", graph, "--target", "one", "--target", "two", "--jobs", 2, "--json")
    assert process.stdout
    while json.loads(process.stdout.readline())["event"] != "started":
        pass
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_c09_an_interrupt_stops_cleanly(start: Start, linearlink: Command, tmp_path: Path) -> None:
    folder = tmp_path / "g"
    graph = write_graph(
        folder / "g.json",
        ["quick.number -> save.value"],
        quick=("toy.number", {"value": 3.0}),
        save=("toy.write", {"file": "out/number.txt"}),
        half=("toy.slow_write", {"file": "out/half.txt"}),
        long=("toy.patient", {"seconds": 60}),
    )
    targets = [word for id in ("save", "half", "long") for word in ("--target", id)]
    process = start("run", graph, *targets, "--jobs", 3, "--json")
    assert process.stdout
    waited = {("finished", "save"), ("progress", "half"), ("progress", "long")}
    while waited:
        event = json.loads(process.stdout.readline())
        waited.discard((event["event"], event["node"]))
    assert len(outputs(folder / "out")) == 2  # the number, and what is written aside
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    summary = json.loads(out.splitlines()[-1])
    assert summary["status"] == "cancelled"
    assert set(summary["cancelled"]) == {"half", "long"}
    assert set(summary["executed"]) == {"quick", "save"}
    assert outputs(folder / "out") == ["number.txt"]

    again = start("plan", graph, *targets, "--json")
    out, _ = again.communicate(timeout=30)
    states = {id: node["state"] for id, node in json.loads(out)["nodes"].items()}
    assert states == {"quick": "cached", "save": "cached", "half": "run", "long": "run"}


def test_a_reader_that_goes_away_stops_the_run_silently(start: Start, tmp_path: Path) -> None:
    graph = write_graph(tmp_path / "g.json", long=("toy.patient", {"seconds": 60}))
    process = start("run", graph, "--target", "long", "--json")
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr
    assert process.stderr.read() == ""
    assert process.wait(20) == 130


def test_two_runs_at_once_share_one_store(small: Path, start: Start, linearlink: Command) -> None:
    twins = [start("run", small, "--json") for _ in range(2)]
    for twin in twins:
        out, err = twin.communicate(timeout=120)
        assert (twin.returncode, err) == (0, "")
        assert json.loads(out.splitlines()[-1])["status"] == "ok"
    assert len(outputs(small.parent / "output")) == len(SINKS)
    assert linearlink("store", "verify").code == 0
    assert linearlink("run", small, "--json").summary["executed"] == []
