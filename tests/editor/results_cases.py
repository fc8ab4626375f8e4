"""Graphs over small files whose results are looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph.disk import Disk
from graph.model import Graph
from graph.store import Store
from tests.editor.images import write_image
from ui.editor.results import Results
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        write_image(tmp_path / f"frame_{number}.fits", seed=number)
    return tmp_path


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    made = Results(Store(disk=Disk(tmp_path / "store")))
    yield made
    made.close()
    assert made.wait()


def make_graph() -> Graph:
    graph = Graph(REGISTRY)
    graph.add("load", "io.load_image", file="frame_0.fits")
    graph.add("background", "background.polynomial", degree=1)
    graph.add("stretch", "stretch.histogram", midtones=0.2)
    graph.add("view", "view.screen")
    graph.link("load", "image", "background", "image")
    graph.link("background", "image", "stretch", "image")
    graph.link("background", "image", "view", "image")
    return graph


def make_frames() -> Graph:
    graph = Graph(REGISTRY)
    graph.add("lights", "io.load_frames", files="frame_*.fits")
    graph.add("stretch", "stretch.histogram", midtones=0.2)
    graph.link("lights", "image", "stretch", "image")
    return graph


def settle(results: Results, until: Callable[[], bool] = lambda: True) -> None:
    """Drain until nothing is at work and the condition holds."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        results.drain(1.0)
        if not results.busy and until():
            return
        time.sleep(0.005)
    raise AssertionError("it did not come about")
