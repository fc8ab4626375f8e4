"""Running the command in tests: in this process, or as a person does, in one of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from linearlink import main

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
#: commands that use a store
STORED = ("run", "plan", "store")
#: the sinks of the small sample, and the files they write
SINKS = {
    "before_png": "before_unlinked.png",
    "linear_fits": "first_light.fits",
    "other_fits": "other.fits",
    "picture": "first_light.tif",
    "summary_text": "summary.txt",
    "view_png": "after_linked.png",
}


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """The JSON lines of ``run --json``."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def summary(self) -> dict[str, Any]:
        """The last of them."""
        last: dict[str, Any] = self.lines[-1]
        assert last["event"] == "summary"
        return last

    @property
    def json(self) -> Any:
        """The whole output as one JSON text."""
        return json.loads(self.out)

    @property
    def mistakes(self) -> list[str]:
        """The lines on stderr that tell of an error, without the name of the command."""
        told = [line.removeprefix("linearlink: ") for line in self.err.splitlines()]
        quiet = ("warning:", "progress:", "blocked by", "    ", "usage:")
        return [line.removeprefix("error: ") for line in told if not line.startswith(quiet)]


Command = Callable[..., Outcome]


def _complete(arguments: tuple[object, ...], store: Path) -> list[str]:
    """The arguments as text; those that use a store get one in the test's own folder."""
    words = [str(argument) for argument in arguments]
    if words[:1] and words[0] in STORED and not {"--store", "--no-store"} & set(words):
        words += ["--store", str(store)]
    return words


@pytest.fixture
def linearlink(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def call(*arguments: object) -> Outcome:
        code = main(_complete(arguments, tmp_path / "store"))
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder where the toy nodes are installed as a pack of nodes."""
    about = tmp_path / "packs" / "toys-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n")
    modules = [f"{name} = tests.graph.{name}" for name in ("toy_nodes", "toy_waits")]
    (about / "entry_points.txt").write_text("\n".join(["[linearlink.nodes]", *modules, ""]))
    return about.parent


@pytest.fixture
def start(tmp_path: Path, packs: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a command in a process of its own, with the toy nodes among its node types."""

    def begin(*arguments: object, launcher: tuple[str, ...] = (), **options: Any) -> Any:
        path = os.pathsep.join([str(ROOT), str(packs)])
        words = _complete(arguments, tmp_path / "store")
        return subprocess.Popen(
            [*launcher, sys.executable, "-m", "linearlink", *words],
            env={**os.environ, "PYTHONPATH": path},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    return begin


@pytest.fixture(scope="session")
def small_masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The middle of the sample's masters: the galaxy, 240 × 160 pixels."""
    from astropy.io import fits

    folder = tmp_path_factory.mktemp("masters")
    for path in sorted((SAMPLES / "data").glob("first_light_*.fits")):
        with fits.open(path) as hdus:
            middle = hdus[0].data[200:360, 380:620]
            fits.PrimaryHDU(middle, hdus[0].header).writeto(folder / path.name)
    return folder


@pytest.fixture
def small(tmp_path: Path, small_masters: Path) -> Path:
    """The sample's graph on small masters, in a folder of its own, with one more branch.

    The branch reads the green master as ``other`` and saves it, so that something can go on when
    the rest cannot.
    """
    folder = tmp_path / "small"
    shutil.copytree(small_masters, folder / "data")
    shutil.copyfile(SAMPLES / "first_light.graph.json", folder / "graph.json")
    add_nodes(
        folder / "graph.json",
        ["other.image -> other_fits.image"],
        other=("io.load_image", {"file": "data/first_light_green.fits"}),
        other_fits=("io.save_image", {"file": "output/other.fits", "overwrite": True}),
    )
    return folder / "graph.json"


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    """Edit the plain data of a graph file."""
    data = json.loads(path.read_text("utf-8"))
    edit(data)
    path.write_text(json.dumps(data, indent=2), "utf-8")
    return path


def add_nodes(path: Path, links: list[str] | None = None, **nodes: tuple[str, Any]) -> Path:
    """Add nodes, given as type and parameters, and links to a graph file."""

    def edit(data: dict[str, Any]) -> None:
        for id, (type, params) in nodes.items():
            data["nodes"][id] = {"type": type, "params": params}
        data["links"] += links or []

    return change(path, edit)


def write_graph(path: Path, links: list[str] | None = None, **nodes: tuple[str, Any]) -> Path:
    """Write a graph file of nodes, given as type and parameters, and links."""
    path.parent.mkdir(parents=True, exist_ok=True)
    empty = {"format": "linearlink-graph", "version": 1, "nodes": {}, "links": []}
    path.write_text(json.dumps(empty), "utf-8")
    return add_nodes(path, links, **nodes)


def outputs(folder: Path) -> list[str]:
    """Everything in a folder by name, hidden files too."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def told(done: Outcome, code: int, *words: str) -> str:
    """The one message of an outcome, after the checks that hold for every mistake."""
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    assert "mistake in LinearLink" not in done.err
    assert "numpy" not in done.err
    assert "[Errno" not in done.err
    assert len(done.mistakes) == 1, done.err
    for word in words:
        assert word in done.mistakes[0], f"{word!r} is not in {done.mistakes[0]!r}"
    return done.mistakes[0]
