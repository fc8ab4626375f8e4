"""A viewer of the window: from a change of its settings to new pixels in the texture's buffer.

    python benchmarks/bench_viewer.py [--megapixels 24 61] [--changes 1000]

Statistics and pyramid are at hand, as they are once an image has been shown; the viewport has
1600 × 1000 pixels. Link: the stretch from the statistics, and the pixels. Handle: a step of a
drag of the midtones. Pan and zoom: the pixels of another part. The peer is what a program does
that stretches the whole image, in NumPy. In the end images are changed a thousand times and the
memory of the process is held against what it was.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import psutil

from nodes.kernels.viewport import Layer, render_viewport
from nodes.measure import image_statistics
from nodes.stf import choose_stretch
from nodes.values import Image, Pyramid, Statistics
from nodes.view import image_pyramid

SIZE = 1600, 1000


def make_image(megapixels: float, seed: int = 1) -> Image:
    """An RGB image of noise with a green cast, 3 : 2."""
    height = int((megapixels * 1e6 / 1.5) ** 0.5)
    rng = np.random.default_rng(seed)
    data = rng.normal(0.02, 0.002, (3, height, height * 3 // 2)).astype(np.float32)
    data[1] *= 1.5
    return Image(data)


class Bench:
    """An image as a viewer holds it."""

    def __init__(self, image: Image, measured: Statistics, pyramid: Pyramid) -> None:
        self.measured = measured
        self.layer = Layer.of(image.data, pyramid.levels, pyramid.scales,
                              choose_stretch(measured))  # fmt: skip
        self.buffer = np.zeros((SIZE[1], SIZE[0], 4), np.float32)
        self.fit = min(SIZE[0] / image.width, SIZE[1] / image.height)

    def show(self, zoom: float, at: tuple[float, float] = (0.0, 0.0)) -> None:
        """Render what is seen from there on."""
        render_viewport(self.buffer, SIZE, self.layer, at, zoom)

    def restretch(self, zoom: float, **settings: object) -> None:
        """What a toggle or a handle does."""
        stretch = choose_stretch(self.measured, **settings)  # type: ignore[arg-type]
        self.layer = self.layer.restretch(stretch)
        self.show(zoom, (100.0, 100.0) if zoom > self.fit else (0.0, 0.0))


def measure(name: str, action: Callable[[int], None], times: int = 41) -> float:
    """Print the median milliseconds of an action, and those of the thread that draws alone."""
    wall, own = [], []
    action(0)
    for turn in range(times):
        start, busy = time.perf_counter(), time.thread_time()
        action(turn)
        wall.append(time.perf_counter() - start)
        own.append(time.thread_time() - busy)
    middle, least = statistics.median(wall) * 1e3, min(wall) * 1e3
    alone = statistics.median(own) * 1e3
    print(f"  {name:34} {middle:7.2f} ms   best {least:6.2f}   own thread {alone:6.2f}")
    return statistics.median(wall)


def whole_image(data: np.ndarray) -> float:
    """Seconds that NumPy takes to stretch all pixels, medians too."""
    start = time.perf_counter()
    median = np.median(data, axis=(1, 2))
    mad = np.array([np.median(abs(c - m)) for c, m in zip(data, median, strict=True)])
    black = (median - 2.8 * 1.4826 * mad)[:, None, None].astype(np.float32)
    x = np.clip((data - black) / (1 - black), 0, 1)
    m = np.float32(0.1)
    ((m - 1) * x / ((2 * m - 1) * x - m) * 255).astype(np.uint8)
    return time.perf_counter() - start


def bench(megapixels: float) -> None:
    """All figures of one size."""
    image = make_image(megapixels)
    measured, pyramid = image_statistics(image), image_pyramid(image)
    bench = Bench(image, measured, pyramid)
    print(f"{megapixels:g} megapixels RGB, viewport {SIZE[0]} × {SIZE[1]}")
    links = "linked", "unlinked"
    for name, zoom in (("fit", bench.fit), ("26 %", 0.26), ("51 %", 0.51), ("100 %", 1.0)):
        toggle = measure(f"link, {name}", lambda i: bench.restretch(zoom, link=links[i % 2]))  # noqa: B023
        if name == "fit":
            peer = whole_image(image.data)
            print(
                f"  {'NumPy, whole image':34} {peer * 1e3:7.0f} ms   {peer / toggle:.0f} × as long"
            )
    measure("handle of the midtones, fit", lambda i: bench.restretch(
        bench.fit, stretch="manual", midtones=[0.01 + 0.001 * i, 0.02, 0.03]))  # fmt: skip
    for name, zoom in (("26 %", 0.26), ("51 %", 0.51), ("99 %", 0.99), ("100 %", 1.0),
                       ("300 %", 3.0)):  # fmt: skip
        measure(f"pan, {name}", lambda i: bench.show(zoom, (50.3 + 7.1 * i, 40.2 + 5.3 * i)))  # noqa: B023
    measure("zoom, 5 to 1600 %", lambda i: bench.show(0.05 * 320 ** (i / 40), (200.0, 200.0)))


def soak(changes: int) -> None:
    """Show other images all the time, and print how much the memory of the process grew."""
    images = [make_image(6, seed) for seed in range(3)]
    known = [(i, image_statistics(i), image_pyramid(i)) for i in images]
    buffer = np.zeros((SIZE[1], SIZE[0], 4), np.float32)
    process = psutil.Process()
    before = 0
    for turn in range(changes + 50):
        if turn == 50:
            before = process.memory_info().rss
        image, measured, pyramid = known[turn % 3]
        layer = Layer.of(image.data, pyramid.levels, pyramid.scales, choose_stretch(measured))
        render_viewport(buffer, SIZE, layer, (turn % 100, 0.0), 0.3 + turn % 7)
    grown = (process.memory_info().rss - before) / 1e6
    print(f"memory after {changes} image changes: {grown:+.1f} MB")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[24.0, 61.0])
    parser.add_argument("--changes", type=int, default=1000)
    given = parser.parse_args()
    for megapixels in given.megapixels:
        bench(megapixels)
    soak(given.changes)


if __name__ == "__main__":
    main()
