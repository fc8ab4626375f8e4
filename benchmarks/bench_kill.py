"""Processes that share one store are killed at random moments, and others take their place.

Each process works through the same graphs: an array for every item, one made of it, and a sum.
Whenever one is killed another begins where it was. In the end it is counted: right and wrong
results, damaged objects, results lost after they were kept, results computed although they were
kept, and how much work was found again.

    python benchmarks/bench_kill.py [--kills 100] [--items 12] [--processes 2] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from graph.disk import Disk
from graph.entry import Entry
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import Each, node
from graph.store import Store
from graph.values import value_type

SIZE = 50_000


@value_type("Plate")
@dataclass(frozen=True, eq=False)
class Plate:
    """Some numbers."""

    data: np.ndarray


@node("kill.expose")
def expose(*, number: Annotated[int, Each()]) -> Plate:
    """A plate by its number."""
    time.sleep(0.004)
    return Plate(np.random.default_rng(number).standard_normal(SIZE))


@node("kill.develop")
def develop(plate: Plate) -> Plate:
    """A plate made of another."""
    time.sleep(0.004)
    return Plate(plate.data * 2)


@node("kill.add")
def add(plates: Sequence[Plate]) -> float:
    """The sum of all plates."""
    return float(sum(plate.data.sum() for plate in plates))


def make_graph(turn: int, items: int) -> Graph:
    """The graph of one turn; every turn has numbers of its own."""
    graph = Graph(Registry([expose, develop, add]))
    graph.add("expose", "kill.expose", number=[turn * items + i for i in range(items)])
    graph.add("develop", "kill.develop")
    graph.add("add", "kill.add")
    graph.link("expose", "plate", "develop", "plate")
    graph.link("develop", "plate", "add", "plates")
    return graph


def due(turn: int, items: int) -> float:
    """The right result of a turn, without any graph."""
    numbers = range(turn * items, (turn + 1) * items)
    return float(sum((np.random.default_rng(n).standard_normal(SIZE) * 2).sum() for n in numbers))


class Diary(Store):
    """A store that writes down what was asked of it, made and kept, in the order of all."""

    def __init__(self, root: Path, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        super().__init__(0, Disk(root), warn=lambda message: self.write("warning", message))

    def write(self, what: str, about: Any) -> None:
        """Write a line; they do not mix, whoever writes at the same time."""
        os.write(self._file, (json.dumps([os.getpid(), what, about]) + "\n").encode())

    def find_content(self, content: str) -> Entry | None:
        """Written down before it is looked up."""
        self.write("asked", content)
        found = super().find_content(content)
        if found:
            self.write("found", content)
        return found

    def put(self, entry: Entry, values: Mapping[str, Any], *more: Any, **options: Any) -> bool:
        """Written down before, and when it is kept."""
        self.write("made", entry.content)
        kept = super().put(entry, values, *more, **options)
        if kept:
            self.write("kept", entry.content)
        return kept


def work(root: Path, file: Path, turn: int, items: int, turns: int) -> None:
    """Carry out one turn after the other."""
    store = Diary(root, file)
    store.write("ready", turn)
    for current in range(turn, turn + turns):
        store.write("turn", current)
        result = run(plan(make_graph(current, items), store, targets=["add"]), store, workers=2)
        right = result.status == "ok" and result.value("add") == due(current, items)
        cached = sum(row["hits"] for row in result.statistics().values())
        store.write("right" if right else "wrong", [current, cached])


def start(root: Path, file: Path, turn: int, items: int, turns: int) -> subprocess.Popen[bytes]:
    """A process that works, from that turn on."""
    arguments = ["--work", root, file, turn, items, turns]
    return subprocess.Popen([sys.executable, __file__, *map(str, arguments)])


def read(file: Path) -> Iterator[tuple[int, str, Any]]:
    """The diary of all processes."""
    text = file.read_text() if file.exists() else ""
    return (tuple(json.loads(line)) for line in text.splitlines())


def wait_for(process: subprocess.Popen[bytes], file: Path, lines: int) -> None:
    """Wait until a process has written so many lines. Raises RuntimeError if it ends before."""
    mark = f"[{process.pid}, "
    while not file.exists() or file.read_text().count(mark) < lines:
        if process.poll() is not None:
            raise RuntimeError(f"a process ended with {process.returncode} before it was killed")
        time.sleep(0.005)


def kill_some(
    root: Path, kills: int = 100, items: int = 12, processes: int = 2, seed: int = 0
) -> dict[str, Any]:
    """Kill so many processes that share the store at ``root``, and count what became of it all."""
    chance = random.Random(seed)
    file = root.parent / f"{root.name}.jsonl"
    root.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    crew = [start(root, file, 0, items, 10_000) for _ in range(processes)]
    try:
        for _ in range(kills):
            victim = chance.randrange(processes)
            wait_for(crew[victim], file, chance.randrange(1, 6 * items))  # not while it starts
            time.sleep(chance.uniform(0, 0.02))
            crew[victim].send_signal(signal.SIGKILL)
            if crew[victim].wait() != -signal.SIGKILL:
                raise RuntimeError("a process ended before it was killed")
            turn = last_turn(file, crew[victim].pid)
            crew[victim] = start(root, file, turn, items, 10_000)
    finally:
        for process in crew:
            process.kill()
            process.wait()
    seconds = time.monotonic() - begun
    before = Counter(what for _, what, _ in read(file))
    last = max(about for _, what, about in read(file) if what == "turn")
    final = start(root, file, 0, items, last + 1)  # all of it once more, by one that lives
    final.wait()
    told = Counter(what for who, what, _ in read(file) if who == final.pid)
    found = [about[1] for who, what, about in read(file) if who == final.pid and what == "right"]
    return {
        "killed": kills,
        "seconds": seconds,
        "tasks": (last + 1) * (2 * items + 1),
        "wrong": last + 1 - told["right"] + sum(what == "wrong" for _, what, _ in read(file)),
        "computed": before["made"],
        "kept": before["kept"],
        "found at last": sum(found),
        "made at last": told["made"],
        "warnings": [about for _, what, about in read(file) if what == "warning"],
        "damaged": len(Disk(root).verify()),
        **judge(read(file), final.pid),
    }


def last_turn(file: Path, process: int) -> int:
    """Where a process was."""
    turns = [about for who, what, about in read(file) if who == process and what == "turn"]
    return int(turns[-1]) if turns else 0


def judge(lines: Iterable[tuple[int, str, Any]], final: int) -> dict[str, int]:
    """What was computed although it was kept before it was asked for, and what was lost."""
    kept: set[str] = set()
    asked_after: dict[tuple[int, str], bool] = {}
    twice = lost = 0
    for who, what, about in lines:
        if what == "kept":
            kept.add(about)
        elif what == "asked":
            asked_after[who, about] = about in kept
        elif what == "made" and asked_after.get((who, about)):
            twice += 1
            lost += who == final
    return {"computed twice": twice, "lost": lost}


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--items", type=int, default=12)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        root, file, turn, items, turns = options.work
        work(Path(root), Path(file), int(turn), int(items), int(turns))
        return
    with tempfile.TemporaryDirectory() as folder:
        facts = kill_some(
            Path(folder) / "store", options.kills, options.items, options.processes, options.seed
        )
        left = sum(1 for _ in (Path(folder) / "store" / "aside").iterdir())
    for name, value in facts.items():
        print(f"{name:16} {value:.1f}" if isinstance(value, float) else f"{name:16} {value}")
    print(f"{'left aside':16} {left}")


if __name__ == "__main__":
    main()
