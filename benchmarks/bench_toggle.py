"""Toggling the link of a viewer through the engine: plan, run and a new screen of 1600 × 1000.

    python benchmarks/bench_toggle.py [--megapixels 24 61]

The peer is what a program without statistics and pyramid at hand does: medians of the whole image
and the stretch of every pixel, in NumPy. Nothing but the viewer may run; that is asserted.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time

import numpy as np

from graph.disk import Disk
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.spec import node
from graph.store import Store
from nodes.values import Image
from ui.packs import load_registry


@node("bench.image")
def image(*, megapixels: float = 24.0) -> Image:
    """An RGB image of noise with a green cast, 3 : 2."""
    height = int((megapixels * 1e6 / 1.5) ** 0.5)
    rng = np.random.default_rng(1)
    data = rng.normal(0.02, 0.002, (3, height, height * 3 // 2)).astype(np.float32)
    data[1] *= 1.5
    return Image(data)


def toggles(megapixels: float, store: Store, times: int = 15) -> tuple[list[float], list[float]]:
    """Seconds of toggles to screens never seen before, and of toggles back to known ones."""
    registry = load_registry(packs=False)
    registry.add(image)
    graph = Graph(registry)
    graph.add("image", "bench.image", megapixels=megapixels)
    graph.add("view", "view.screen", link="linked")
    graph.link("image", "image", "view", "image")
    run(plan(graph, store), store)
    fresh, known = [], []
    for turn in range(times):
        graph.set("view", "clipping", -2.8 - 0.01 * turn)  # so that this toggle is a new one
        run(plan(graph, store), store)
        for found in (fresh, known):
            link = "unlinked" if graph.nodes["view"].params["link"] == "linked" else "linked"
            start = time.perf_counter()
            graph.set("view", "link", link)
            result = run(plan(graph, store), store)
            screen = result.value("view")
            found.append(time.perf_counter() - start)
            assert result.executed == (["view"] if found is fresh else [])
            assert screen.pixels.size > 0
    return fresh, known


def whole_image(megapixels: float) -> float:
    """Seconds that NumPy takes for the same screen from the whole image."""
    data = image(megapixels=megapixels).data
    start = time.perf_counter()
    median = np.median(data, axis=(1, 2))
    mad = np.array([np.median(abs(c - m)) for c, m in zip(data, median, strict=True)])
    black = (median - 2.8 * 1.4826 * mad)[:, None, None].astype(np.float32)
    x = np.clip((data - black) / (1 - black), 0, 1)
    m = np.float32(0.1)
    ((m - 1) * x / ((2 * m - 1) * x - m) * 255).astype(np.uint8)
    return time.perf_counter() - start


def main() -> None:
    """Print medians for every size, with a store in memory and one with a disk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[24.0, 61.0])
    print("megapixels  store    new screen   known screen   NumPy, whole image")
    for size in parser.parse_args().megapixels:
        peer = whole_image(size)
        with tempfile.TemporaryDirectory() as folder:
            for name, disk in (("memory", None), ("disk", Disk(folder))):
                fresh, known = toggles(size, Store(memory_limit=4 << 30, disk=disk))
                print(
                    f"{size:10.0f}  {name:8} {statistics.median(fresh) * 1e3:7.1f} ms "
                    f"{statistics.median(known) * 1e3:10.2f} ms {peer * 1e3:14.0f} ms"
                )


if __name__ == "__main__":
    main()
