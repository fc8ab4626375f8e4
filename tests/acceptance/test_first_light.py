"""What a user does with the first sample: run it, look at it in another way, change a step."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graph.disk import Disk
from graph.file import read
from graph.model import Graph
from tests.command_line import SAMPLES, Command, Outcome
from ui.packs import load_registry

GRAPH = "first_light.graph.json"
PICTURE = Path("output") / "after_linked.png"


@pytest.fixture
def sample(tmp_path: Path, linearlink: Command) -> Path:
    """The sample in a folder of its own, run once."""
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("output", "__pycache__"))
    first = linearlink("run", folder / GRAPH, "--json")
    assert first.code == 0
    assert first.summary["failed"] == []
    assert len(first.summary["executed"]) >= 20
    return folder / GRAPH


def _graph(sample: Path) -> Graph:
    return read(sample, load_registry())


def _started(done: Outcome) -> list[str]:
    return [event["node"] for event in done.lines if event["event"] == "started"]


def _after(graph: Graph, id: str) -> set[str]:
    """A node and all that follows it."""
    found, pending = {id}, [id]
    while pending:
        new = {target for target, _ in graph.consumers(pending.pop())} - found
        found |= new
        pending += new
    return found


def _visible(ids: list[str]) -> set[str]:
    """The nodes that ids belong to: ``view`` for ``view:statistics``."""
    return {id.partition(":")[0] for id in ids}


def test_k22_the_second_run_computes_nothing(sample: Path, linearlink: Command) -> None:
    before = (sample.parent / PICTURE).stat().st_mtime_ns
    done = linearlink("run", sample, "--json")
    assert done.code == 0
    assert done.summary["executed"] == []
    assert _started(done) == []
    assert (sample.parent / PICTURE).stat().st_mtime_ns == before


def test_k22_stretch_link_runs_display_only(
    sample: Path, linearlink: Command, tmp_path: Path
) -> None:
    linked = (sample.parent / PICTURE).read_bytes()
    done = linearlink("run", sample, "--set", "view.link=unlinked", "--json")
    assert done.code == 0
    assert done.summary["executed"] == ["view", "view_png"]
    assert sorted(_started(done)) == ["view", "view_png"]
    assert (sample.parent / PICTURE).read_bytes() != linked


def test_k22_no_processing_node_is_asked_for_its_array(
    sample: Path, linearlink: Command, tmp_path: Path
) -> None:
    """The screen is made of statistics and pyramid alone, wherever the images have gone."""
    disk = Disk(tmp_path / "store")
    images = [entry["key"] for entry in disk.entries() if not entry["type"].startswith("view.")
              and not entry["type"].startswith(("measure.", "io.save"))]  # fmt: skip
    assert len(images) >= 5
    for entry in disk.find(images).values():
        for digest in entry.digests():
            for array in disk.root.glob(f"objects/*/{digest}/*.npy"):
                array.unlink()
    done = linearlink("run", sample, "--set", "view.link=unlinked", "--json")
    assert done.code == 0
    assert done.summary["executed"] == ["view", "view_png"]
    assert not [event for event in done.lines if event["event"] == "warning"]


def test_k23_toggling_back_runs_the_writer_at_most(sample: Path, linearlink: Command) -> None:
    linked = (sample.parent / PICTURE).read_bytes()
    linearlink("run", sample, "--set", "view.link=unlinked")
    done = linearlink("run", sample, "--json")
    # both screens are stored; the file on disk holds the other picture and is written again
    assert done.summary["executed"] == ["view_png"]
    assert (sample.parent / PICTURE).read_bytes() == linked
    back = linearlink("run", sample, "--set", "view.link=unlinked", "--target", "view", "--json")
    assert back.summary["executed"] == []
    assert linearlink("run", sample, "--target", "view", "--json").summary["executed"] == []


def test_k02_the_degree_runs_the_background_and_what_follows(
    sample: Path, linearlink: Command
) -> None:
    degree = ("--set", "background.degree=3")
    why = linearlink("plan", sample, *degree, "--explain", "background")
    assert why.out.splitlines()[0].endswith(": run: parameter degree changed 2 → 3")
    why = linearlink("plan", sample, *degree, "--explain", "picture")
    assert why.out.splitlines()[0].endswith(": run: input image changed")
    planned = linearlink("plan", sample, *degree, "--json").json["nodes"]
    to_run = [id for id, node in planned.items() if node["state"] == "run"]

    done = linearlink("run", sample, *degree, "--json")
    assert done.code == 0
    follows = _after(_graph(sample), "background")
    assert {"before", "before_png", "combine", "red"}.isdisjoint(follows)
    assert set(done.summary["executed"]) <= set(to_run)
    assert _visible(done.summary["executed"]) == _visible(to_run) == follows
    assert linearlink("run", sample, "--json").summary["executed"] != []  # the files go back
    assert not _started(linearlink("run", sample, "--target", "calibrate", "--json"))
