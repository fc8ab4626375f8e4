"""What an edit of a graph costs in the editor: copy, change, undo, at 200 and 2,000 nodes.

    python benchmarks/bench_edits.py [--nodes 200 2000]

The bound that we keep is 20 ms for the undo of any edit at 200 nodes. Memory is what a step of the
history takes, for as many steps as were made.
"""

from __future__ import annotations

import argparse
import copy
import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable

from graph.file import serialize
from graph.model import Graph
from ui.editor import edits
from ui.editor.document import Document
from ui.editor.edits import places
from ui.packs import load_registry

TURNS = 25


def build(nodes: int) -> Graph:
    """Chains of eight nodes, each with its place, in frames of eight."""
    graph = Graph(load_registry(packs=False))
    before = ""
    with graph.edit():
        for number in range(nodes):
            first = number % 8 == 0
            at = (220.0 * (number % 8), 160.0 * (number // 8))
            type = "io.load_image" if first else "stretch.histogram"
            id = graph.add(f"n{number}", type, **({"file": "a.fits"} if first else {}))
            places.put(graph, id, at)
            if not first:
                graph.link(before, "image", id, "image")
            before = id
    for row in range(0, nodes, 80):
        edits.add_frame(graph, [f"n{row + place}" for place in range(8)], "Frame")
    return graph


def changes(graph: Graph) -> dict[str, Callable[[Graph, int], object]]:
    """Edits by name; each gets the number of the turn, so that it changes something."""
    ids = list(graph.nodes)
    text = edits.copy_text(graph, ids[:40])
    return {
        "move one": lambda g, turn: edits.move(g, {ids[3]: (turn, 7)}),
        "move all": lambda g, turn: edits.move(g, dict.fromkeys(ids, (turn, 7))),
        "set": lambda g, turn: g.set(ids[3], "shadows", turn / 1000),
        "connect": lambda g, turn: edits.connect(g, (ids[turn % 2], "image"), (ids[5], "image")),
        "remove and reconnect": lambda g, turn: edits.remove(g, ids[1:4], reconnect=True),
        "paste 40": lambda g, turn: edits.paste(g, text, (turn, 0)),
        "arrange all": lambda g, turn: edits.arrange(g),
    }


def milliseconds(found: list[float]) -> str:
    """The median and the worst."""
    return f"{statistics.median(found) * 1e3:8.2f} {max(found) * 1e3:8.2f}"


def measure(nodes: int) -> None:
    """Print a table for a graph of so many nodes."""
    graph = build(nodes)
    print(f"\n{nodes:,} nodes, {len(graph.links):,} links           median  worst, ms")
    found = []
    for _ in range(TURNS):
        start = time.perf_counter()
        copy.copy(graph)
        found.append(time.perf_counter() - start)
    print(f"{'copy of the graph':32} {milliseconds(found)}")
    for name, change in changes(graph).items():
        document = Document(graph)
        made, undone = [], []
        for turn in range(TURNS):
            start = time.perf_counter()
            with document.change(name) as edited:
                change(edited, turn + 10)
            made.append(time.perf_counter() - start)
            before = document.graph
            start = time.perf_counter()
            document.undo()
            undone.append(time.perf_counter() - start)
            assert document.graph is graph
            assert before is not graph
        print(f"{name:32} {milliseconds(made)}")
        print(f"{'  undo':32} {milliseconds(undone)}")
    sliders(graph)


def sliders(graph: Graph) -> None:
    """Memory of a step: a slider set again and again."""
    document = Document(graph)
    gc.collect()
    tracemalloc.start()
    for turn in range(100):
        with document.change("Set") as edited:
            edited.set("n3", "shadows", (turn + 1) / 1000)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f"{'memory of a step':32} {used / 100 / 1024:8.1f} KiB")
    assert serialize(document.graph) != serialize(graph)


def main() -> None:
    """Measure graphs of the sizes asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--nodes", type=int, nargs="+", default=[200, 2000])
    for nodes in parser.parse_args().nodes:
        measure(nodes)


if __name__ == "__main__":
    main()
