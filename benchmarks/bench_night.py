"""A night from raw frames to masters through LinearLink and through Siril's scripts.

    python benchmarks/bench_night.py NIGHT --mode mono --peer FOLDER
    python benchmarks/bench_night.py NIGHT --mode osc --peer FOLDER --rounds 3 --only whole score

NIGHT: made by simulate_night.py. FOLDER: where that, siril_baseline.py, score_stack.py and ssf/
are. Both work with the same settings (winsorized 3, 3, additive with scaling for lights), in
alternation, from nothing; printed are clock and processor seconds, the largest resident set, and
their ratios.

whole: both programs from start to end. stages: processor seconds of each of Siril's scripts, and
of our run up to the same point (the difference of two runs from an empty store). again: one more
light, another weight, another rejection. score: both results held against the simulation's truth;
pixels that are missing in ours get 0, as Siril writes them.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
WHAT = ("whole", "stages", "again", "score")
SETTINGS = {"rejection": "winsorized", "sigma_low": 3, "sigma_high": 3}
SHOWN = ("fwhm_ratio", "reg_rms_px", "phot_rms_pct", "phot_slope", "bg_rms_pct", "snr_vs_ideal",
         "outlier_px_pct", "outlier_base_pct", "outlier_leak_pct")  # fmt: skip


class Cost(NamedTuple):
    """What a program took: seconds by the clock and of processors, MB at most."""

    wall: float
    cpu: float
    memory: float


def measure(words: Sequence[str], folder: Path) -> Cost:
    """Run a program to its end."""
    began = time.perf_counter()
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=folder, env=environment, text=True, **quiet) as process:
        said = process.stderr.read() if process.stderr else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(words)} ended with {process.returncode}:\n{said}")
    cpu = used.ru_utime + used.ru_stime
    return Cost(time.perf_counter() - began, cpu, used.ru_maxrss / 1024)


def linearlink(*words: str) -> list[str]:
    """The command line of our program."""
    return [sys.executable, "-m", "linearlink", *words]


class Ours:
    """Our side: a graph made of a night, run in a folder of its own."""

    def __init__(self, night: Path, folder: Path) -> None:
        self.night, self.folder = night, folder
        self.graph, self.store = folder / "night.graph.json", folder / "store"

    def link(self) -> Cost:
        """Make the graph; lights are integrated with the settings of Siril's scripts."""
        cost = measure(linearlink("night", str(self.night), "-o", str(self.graph), "--overwrite"),
                       self.folder)  # fmt: skip
        document = json.loads(self.graph.read_text())
        for node in document["nodes"].values():
            if node["type"] == "integrate.stack":
                node["params"] |= SETTINGS
        self.graph.write_text(json.dumps(document, indent=2))
        return cost

    def nodes(self, type: str) -> list[str]:
        """The nodes of a type."""
        nodes = json.loads(self.graph.read_text())["nodes"]
        return [id for id, node in nodes.items() if node["type"] == type]

    def run(self, *more: str) -> Cost:
        """Run the graph over what the store holds."""
        words = ["run", str(self.graph), "--store", str(self.store), "--yes", "--quiet"]
        return measure(linearlink(*words, *more), self.folder)

    def clear(self) -> None:
        """Begin from nothing."""
        shutil.rmtree(self.store, ignore_errors=True)
        shutil.rmtree(self.folder / "masters", ignore_errors=True)

    @property
    def result(self) -> Path:
        """The integrated lights."""
        [stack] = self.nodes("integrate.stack")
        document = json.loads(self.graph.read_text())
        for link in document["links"]:
            source, end = link.split(" -> ")
            node = document["nodes"][end.partition(".")[0]]
            name = str(node["params"].get("file", ""))
            if source == f"{stack}.image" and name.endswith(".fits"):
                return self.folder / name
        raise LookupError("the graph saves no integrated image")


class Siril:
    """The peer's side: its scripts, as siril_baseline.py splits them."""

    def __init__(self, night: Path, mode: str, peer: Any) -> None:
        self.night, self.peer = night, peer
        self.stages: dict[str, list[str]] = peer.stages(mode)

    def run(self, lines: list[str]) -> Cost:
        """Run a script."""
        found, log = self.peer.siril(str(self.night), lines)
        if not found["ok"]:
            sys.exit(f"Siril failed:\n{log[-2000:]}")
        return Cost(found["wall"], found["user"] + found["sys"], found["rss_mb"])

    def whole(self) -> Cost:
        """All stages in one process."""
        self.peer.fresh(str(self.night))
        return self.run([line for lines in self.stages.values() for line in lines])


def show(name: str, ours: Cost, peer: Cost | None = None) -> None:
    """A line of a table."""
    text = f"{name:34s} {ours.wall:7.2f} s  {ours.cpu:7.2f} CPU s  {ours.memory:6.0f} MB"
    if peer:
        text += f"   Siril {peer.wall:7.2f} s  {peer.cpu:7.2f} CPU s  {peer.memory:6.0f} MB"
        text += f"   ratio {ours.wall / peer.wall:.2f}, CPU {ours.cpu / peer.cpu:.2f}"
    print(text, flush=True)


def compare_whole(ours: Ours, siril: Siril, rounds: int) -> None:
    """Both from start to end, in alternation; the best round of each."""
    found = []
    for _ in range(rounds):
        ours.clear()
        link, run = ours.link(), ours.run()
        both = Cost(link.wall + run.wall, link.cpu + run.cpu, run.memory)
        found.append((both, siril.whole()))
        show("whole", *found[-1])
    show("whole, the best of each", *(min(side) for side in zip(*found, strict=True)))


def compare_stages(ours: Ours, siril: Siril) -> None:
    """Processor seconds of stages."""
    siril.peer.fresh(str(siril.night))
    theirs = {name: siril.run(lines) for name, lines in siril.stages.items()}
    ours.link()
    lights = ours.nodes("quality.choose_reference") and [
        id for id in ours.nodes("calibrate.frame") if "flats" not in id
    ]
    upto = {
        "masters": [*ours.nodes("masters.dark"), *ours.nodes("masters.flat")],
        "calibrate (and debayer)": ours.nodes("debayer.debayer") or lights,
        "register": ours.nodes("register.warp"),
        "stack": ours.nodes("integrate.stack"),
    }
    before = 0.0
    for name, targets in upto.items():
        ours.clear()
        cost = ours.run(*(word for id in targets for word in ("--target", id)))
        key = name.split()[0]
        peer = sum(cost.cpu for stage, cost in theirs.items() if stage.startswith((key, key[:-1])))
        mine, before = cost.cpu - before, cost.cpu
        print(f"{name:34s} {mine:7.2f} CPU s   Siril {peer:7.2f} CPU s   ratio {mine / peer:.2f}")


@contextlib.contextmanager
def without_one(night: Path) -> Iterator[tuple[Path, Path]]:
    """The night as links in another folder but for its last light; and that light."""
    with tempfile.TemporaryDirectory(dir=night.parent) as text:
        folder = Path(text)
        for kind in ("lights", "darks", "flats", "biases"):
            (folder / kind).mkdir()
            files = sorted((night / kind).glob("*.fits"))
            for path in files[:-1] if kind == "lights" else files:
                (folder / kind / path.name).symlink_to(path.resolve())
        yield folder, sorted((night / "lights").glob("*.fits"))[-1]


def run_again(ours: Ours) -> None:
    """One more light, other weights, another rejection."""
    night = ours.night
    with without_one(night) as (folder, light):
        ours.night = folder
        ours.clear()
        ours.link()
        first = ours.run()
        show("first run, one light less", first)
        (folder / "lights" / light.name).symlink_to(light.resolve())
        ours.link()
        overwrite = [f"--set={id}.overwrite=true" for id in
                     (*ours.nodes("io.save_image"), *ours.nodes("io.save_table"))]  # fmt: skip
        [stack], [survey] = ours.nodes("integrate.stack"), ours.nodes("quality.survey")
        for name, more in (
            ("one light more", ()),
            ("another weight", (f"--set={survey}.weight=noise",)),
            ("another rejection", (f"--set={stack}.sigma_high=2.8",)),
        ):
            cost = ours.run(*overwrite, *more)
            show(f"{name} ({100 * cost.wall / first.wall:.0f} %)", cost)
    ours.night = night


def compare_scores(ours: Ours, siril: Siril, score: Any) -> None:
    """Both results against the truth."""
    import numpy as np
    from astropy.io import fits

    data = np.nan_to_num(fits.getdata(ours.result).astype(np.float32), nan=0.0)
    filled = ours.folder / "filled.fits"
    fits.writeto(filled, data, overwrite=True)
    truth = str(ours.night / "truth")
    mine = score.score(str(filled), truth)
    theirs = score.score(str(siril.night / "process" / "result.fit"), truth)
    for band in mine:
        for name in SHOWN:
            print(f"{band} {name:20s} {mine[band][name]:10.4f}   Siril {theirs[band][name]:10.4f}")


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("night", type=Path)
    parser.add_argument("--mode", choices=("mono", "osc"), default="mono")
    parser.add_argument("--peer", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=WHAT, default=WHAT)
    given = parser.parse_args()
    if shutil.which("siril-cli") is None:
        sys.exit("siril-cli is not installed; it is in Debian's package siril")
    sys.path.insert(0, str(given.peer))
    os.environ.setdefault("WAIT", "0")
    night = given.night.resolve()
    with tempfile.TemporaryDirectory(dir=night.parent) as folder:
        ours = Ours(night, Path(folder))
        siril = Siril(night, given.mode, importlib.import_module("siril_baseline"))
        ours.link()
        ours.run()  # kernels are compiled, files are in the system's memory
        if "whole" in given.only:
            compare_whole(ours, siril, given.rounds)
        if "score" in given.only:
            if "whole" not in given.only:
                siril.whole()
            compare_scores(ours, siril, importlib.import_module("score_stack"))
        if "stages" in given.only:
            compare_stages(ours, siril)
        if "again" in given.only:
            run_again(ours)


if __name__ == "__main__":
    main()
