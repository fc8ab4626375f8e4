"""One file of every format version, kept for ever: each holds the same graph, and still opens.

When the format changes, add ``vN.graph.json`` (what ``serialize`` gives for the graph below) and
leave the older files as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from graph.check import check
from graph.file import read, serialize
from graph.migrate import VERSION
from graph.model import Graph, Node
from graph.registry import Registry
from graph.spec import Each, InputFile, OutputFile, Range, node

FOLDER = Path(__file__).parent
SAMPLES = sorted(FOLDER.glob("*.graph.json"))


@node("sample.load_each")
def load_each(*, files: Annotated[Path, InputFile(("*.txt",)), Each()]) -> float:
    """Stands for a loader of frames."""
    return float(Path(files).read_text())


@node("sample.scale", version=3)
def scale(
    value: float,
    *,
    factor: Annotated[float, Range(0, 1)] = 0.5,
    mode: Literal["linked", "unlinked"] = "linked",
    points: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0)),
    limit: float | None = None,
) -> float:
    """Stands for a node with parameters of many kinds."""
    return value * factor


@node("sample.sum")
def total(items: Sequence[float]) -> float:
    """Stands for a stack."""
    return sum(items)


@node("sample.save", writes=True)
def save(
    value: float, *, file: Annotated[Path, OutputFile((".txt",))], overwrite: bool = False
) -> None:
    """Stands for a writer."""


REGISTRY = Registry([load_each, scale, total, save])


def expected() -> Graph:
    """The graph that every sample holds."""
    graph = Graph(REGISTRY)
    curve = [(i / 32, (i / 32) ** 0.5) for i in range(5)]
    places: dict[str, Any] = {
        "lights": Node("sample.load_each", {"files": "data/lights/*.txt"}),
        "scale1": Node(
            "sample.scale",
            {
                "factor": 0.30000000000000004,
                "mode": "unlinked",
                "points": [list(point) for point in curve],
                "limit": None,
            },
            3,
            "Größe 🌌 \"q\" \\ \u2028 \t",
        ),
        "denoise": Node(
            "pack.denoise", {"strength": 1e-300, "layers": [1, 2.5, None, {"on": True}]}, 7, "",
            {"colour": "#80ff00"},
        ),
        "stack 1": Node("sample.sum", {"later": "kept"}),
        "save": Node("sample.save", {"file": "out/sum.txt", "overwrite": True}),
    }  # fmt: skip
    graph.load(
        places,
        [
            (("scale1", "value"), ("lights", "number")),
            (("scale1", "factor"), ("denoise", "level")),
            (("denoise", "image"), ("lights", "number")),
            (("stack 1", "items"), ("scale1", "number")),
            (("save", "value"), ("stack 1", "number")),
        ],
    )
    graph.meta = {
        "title": "Sample",
        "description": "Everything that a file can hold.\nTwo lines.",
        "author": "N. N.",
        "license": "CC0-1.0",
    }
    graph.inputs = {"lights": {"node": "lights", "param": "files", "help": "folder of frames"}}
    graph.groups = {"calibrate": {"nodes": ["lights", "scale1"], "colour": "#406080"}}
    graph.presets = {"strong": {"scale1.factor": 0.9}, "weak": {"scale1.factor": 0.1}}
    graph.view = {
        "nodes": {"lights": [40, 80], "scale1": [240, 80.5], "save": [-1e6, 0]},
        "frames": [{"title": "Calibrate", "box": [0, 0, 400, 200]}],
        "notes": [{"text": "Ärger", "at": [10, 20]}],
        "zoom": 0.75,
    }
    graph.extra = {"thumbnail": {"width": 320}, "tags": ["a", "ü"]}
    return graph


def test_there_is_a_sample_of_every_version() -> None:
    assert [path.name for path in SAMPLES] == [f"v{n + 1}.graph.json" for n in range(VERSION)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_r05_sample_of_every_version_opens(path: Path) -> None:
    graph = read(path, REGISTRY)
    assert graph == expected()
    assert list(graph.nodes) == list(expected().nodes)
    assert serialize(graph) == serialize(expected())
    assert [str(problem) for problem in check(graph)] == [
        "denoise: missing type 'pack.denoise'",
        "stack 1.later: unknown parameter of sample.sum, kept and not used",
    ]


def test_sample_of_todays_version_is_what_is_written() -> None:
    text = (FOLDER / f"v{VERSION}.graph.json").read_bytes()
    assert serialize(expected()).encode() == text
