"""Many frames: peak memory, one frame more, and planning again.

    python benchmarks/bench_frames.py                every table
    python benchmarks/bench_frames.py memory         one of: memory, added, plan
    python benchmarks/bench_frames.py memory --frames 20 40 --megapixels 4 --memory 500M

memory: 16-bit FITS frames are read, cropped and rescaled one by one, and averaged, in a process
of its own for each number of frames. Printed are the highest resident set that the system counted
(ru_maxrss) and what a look every 20 ms found at most: resident (with the pages of mapped files,
which the system takes back when memory is short) and unique (what the process alone holds).
added: one frame is added to a folder that has run; seconds of work apart from collectors.
plan: 8 nodes over small frames are planned again in a fresh process when all are stored.

The files and the store are made in a temporary folder, some 6 bytes a pixel and frame; it is
deleted in the end.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from graph.disk import Disk
from graph.estimate import share_for_work
from graph.events import Event
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.store import Store
from nodes.formats.hdus import BLOCK
from ui.packs import load_registry

_COLLECTORS = ("average",)
_SHORT = (
    ("crop", "geometry.crop", {"left": 8, "top": 8}),
    ("rescale", "stretch.histogram", {"highlights": 0.9}),
)
_LONG = (
    ("approve", "frames.approve", {"formula": "median < 0.9"}),
    ("crop", "geometry.crop", {"left": 1}),
    ("background", "background.polynomial", {"degree": 1}),
    ("rescale", "stretch.histogram", {"highlights": 0.9}),
    ("trim", "geometry.crop", {"top": 1}),
    ("shift", "stretch.histogram", {"shadows": 0.001}),
)  # with the loader and the statistics that approve implies: 8


def make_frames(folder: Path, first: int, last: int, megapixels: float) -> None:
    """16-bit FITS frames of 4:3 noise that differ in one card, so that each is its own frame."""
    folder.mkdir(exist_ok=True)
    width = max(8, 4 * round((megapixels * 1e6 * 4 / 3) ** 0.5 / 4))
    height = max(6, round(megapixels * 1e6 / width))
    noise = np.random.default_rng(1).integers(-31000, -29000, (height, width), dtype=np.int16)
    pixels = noise.astype(">i2").tobytes()
    pixels += bytes(-len(pixels) % BLOCK)
    for number in range(first, last):
        cards = {"SIMPLE": "T", "BITPIX": 16, "NAXIS": 2, "NAXIS1": width, "NAXIS2": height}
        cards |= {"BZERO": 32768, "BSCALE": 1, "EXPTIME": "300.0", "FRAMENO": number}
        text = "".join(f"{key:8}= {value:>20}".ljust(80) for key, value in cards.items())
        header = f"{text}{'END':80}".ljust(BLOCK).encode()
        with (folder / f"frame_{number:04d}.fits").open("wb") as file:
            file.write(header)
            file.write(pixels)


def make_graph(frames: Path, chain: tuple[tuple[str, str, dict[str, Any]], ...]) -> Graph:
    """A chain over the frames of a folder into an average."""
    graph = Graph(load_registry(packs=False))
    last = graph.add("lights", "io.load_frames", files=str(frames))
    for id, type, params in chain:
        graph.add(id, type, **params)
        graph.link(last, "image", id, "image")
        last = id
    graph.add("average", "integrate.average")
    graph.link(last, "image", "average", "frames")
    return graph


def work(options: argparse.Namespace) -> dict[str, Any]:
    """Plan and carry out a graph in this process: what it took."""
    store = Store(disk=Disk(options.folder / "store"))
    started = time.perf_counter()
    graph = make_graph(options.folder / "frames", _LONG if options.long else _SHORT)
    made = plan(graph, store, targets=["average"], folder=options.folder)
    planned = time.perf_counter()
    seconds: Counter[str] = Counter()
    runs: Counter[str] = Counter()

    def note(event: Event) -> None:
        if event.kind == "finished":
            seconds[event.node] += event.data["seconds"]
            runs[event.node] += 1

    status = "planned"
    if not options.plan_only:
        memory = share_for_work(parse_size(options.memory))
        status = run(made, store, memory=memory, workers=options.workers, post=note).status
    return {
        "status": status,
        "plan": planned - started,
        "run": time.perf_counter() - planned,
        "seconds": seconds,
        "runs": runs,
        "tasks": sum(node.to_run for node in made.nodes.values()),
        "maxrss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def parse_size(text: str) -> int:
    """Bytes of ``1500M``."""
    factor = {"K": 1000, "M": 1000**2, "G": 1000**3}.get(text[-1:].upper())
    return int(float(text[:-1]) * factor) if factor else int(text)


def start(options: argparse.Namespace, folder: Path, *words: str) -> dict[str, Any]:
    """Work in a fresh process, watched: what it took, and its highest memory."""
    command = [sys.executable, __file__, "--child", str(folder), "--memory", options.memory]
    command += ["--workers", str(options.workers)] if options.workers else []
    started = time.perf_counter()
    process = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True)
    resident = unique = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            found = watched.memory_full_info()
            resident, unique = max(resident, found.rss), max(unique, found.uss)
        except psutil.Error:  # it has ended meanwhile
            continue
        time.sleep(0.02)
    assert process.stdout
    if process.returncode:
        sys.exit(f"the child process failed ({process.returncode})")
    result: dict[str, Any] = json.loads(process.stdout.read())
    assert result["status"] in ("ok", "planned"), result
    return {
        **result,
        "resident": resident,
        "unique": unique,
        "whole": time.perf_counter() - started,
    }


def bench_memory(options: argparse.Namespace, folder: Path) -> None:
    """Peak memory for ever more frames."""
    print(f"memory: frames of {options.megapixels:g} megapixels, a run of {options.memory}")
    print(f"{'frames':>8} {'ru_maxrss':>12} {'resident':>12} {'unique':>12} {'seconds':>9}")
    made, peaks = 0, []
    for count in sorted(options.frames):
        make_frames(folder / "frames", made, count, options.megapixels)
        made = count
        delete(folder / "store")  # else only the frames that were added would be computed
        took = start(options, folder)
        peaks.append(took["maxrss"])
        figures = (f"{took[key] / 1e6:9.0f} MB" for key in ("maxrss", "resident", "unique"))
        print(f"{count:8} {' '.join(figures)} {took['run']:9.1f}", flush=True)
    print(f"highest / lowest ru_maxrss: {max(peaks) / min(peaks):.3f}")


def bench_added(options: argparse.Namespace, folder: Path) -> None:
    """Work for one frame more, beside that of the first run."""
    count = options.count
    make_frames(folder / "frames", 0, count, options.megapixels)
    first = start(options, folder, "--long")
    make_frames(folder / "frames", count, count + 1, options.megapixels)
    second = start(options, folder, "--long")
    print(f"added: one to {count} frames of {options.megapixels:g} megapixels, 8 nodes a frame")
    for name, took in (("first run", first), ("second run", second)):
        own = sum(s for node, s in took["seconds"].items() if node not in _COLLECTORS)
        took["own"] = own
        tasks = sum(n for node, n in took["runs"].items() if node not in _COLLECTORS)
        print(f"  {name:11} {tasks:6} tasks, {own:8.3f} s of work, {took['run']:7.2f} s in all")
    print(f"second / first, apart from the collector: {second['own'] / first['own']:.2%}")


def bench_plan(options: argparse.Namespace, folder: Path) -> None:
    """Planning 8 nodes over frames when everything is stored, in a fresh process."""
    count = options.planned
    make_frames(folder / "frames", 0, count, 0.001)
    first = start(options, folder, "--long")
    print(f"plan: {count} frames × 8 nodes; {first['tasks']} tasks ran in {first['run']:.1f} s")
    again = [start(options, folder, "--long", "--plan-only") for _ in range(5)]
    assert all(took["tasks"] == 0 for took in again), "not all was stored"
    seconds = sorted(took["plan"] for took in again)
    whole = sorted(took["whole"] for took in again)
    print(f"  first plan  {first['plan']:.3f} s")
    print(f"  planned again, all stored: median {seconds[2]:.3f} s, worst {seconds[-1]:.3f} s")
    print(f"  whole process: median {whole[2]:.3f} s")


def delete(folder: Path) -> None:
    """Delete a folder if it is there."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


_TABLES = {"memory": bench_memory, "added": bench_added, "plan": bench_plan}


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", choices=[*_TABLES, []], help="all by default")
    parser.add_argument("--frames", type=int, nargs="+", default=[50, 200, 500])
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--memory", default="1500M", help="what a run may use")
    parser.add_argument("--workers", type=int, help="nodes at once; as many as processors")
    parser.add_argument("--count", type=int, default=200, help="frames before one is added")
    parser.add_argument("--planned", type=int, default=500, help="frames that are planned")
    parser.add_argument("--folder", help="where the temporary folder is made")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--long", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--plan-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        options.folder = options.child
        print(json.dumps(work(options)))
        return
    for name in options.tables or _TABLES:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            _TABLES[name](options, Path(folder))


if __name__ == "__main__":
    main()
