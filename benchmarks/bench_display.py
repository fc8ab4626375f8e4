"""Showing an image from its pyramid, beside whole-image NumPy, alternating in one run.

python benchmarks/bench_display.py [--repeats 9] [--size small|all]

The peer does what a viewer without a pyramid does when the link is toggled: stretch the whole
image in float32, average it down to the screen, and round it to 8 bits.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nodes.measure import image_statistics
from nodes.stf import auto_stretch
from nodes.values import Image, Statistics
from nodes.view import image_pyramid, screen

SIZES = {"24 MP": (4000, 6000), "61 MP": (6388, 9576)}


def make(shape: tuple[int, int]) -> Image:
    """A linear RGB image with a cast."""
    data = np.random.default_rng(1).standard_normal((3, *shape), dtype=np.float32)
    data *= np.float32(0.01)
    data += np.array([0.1, 0.13, 0.08], np.float32)[:, None, None]
    return Image(data)


def whole_image(image: Image, statistics: Statistics, link: str) -> np.ndarray:
    """The stretch of all pixels, then averages of equal blocks, by NumPy."""
    stretch = auto_stretch(statistics, link)
    step = max(-(-image.width // 1600), -(-image.height // 1000))
    height, width = image.height // step, image.width // step
    pixels = np.empty((height, width, 3), np.uint8)
    for channel, plane in enumerate(image.data):
        low, m = np.float32(stretch.shadows[channel]), np.float32(stretch.midtones[channel])
        x = np.clip((plane - low) / (1 - low), 0, 1)
        x = (m - 1) * x / ((2 * m - 1) * x - m)
        blocks = x[: height * step, : width * step].reshape(height, step, width, step)
        pixels[..., channel] = np.rint(255 * blocks.mean(axis=(1, 3)))
    return pixels


def milliseconds(function: Callable[..., object], *values: object, **params: object) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function(*values, **params)
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    """Print times of statistics, pyramid and screen, and the ratio to the peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--size", choices=["small", "all"], default="all")
    options = parser.parse_args()
    warm = make((300, 2000))
    screen(image_statistics(warm), image_pyramid(warm))  # compile
    screen(image_statistics(warm), image_pyramid(warm), width=170)
    for name, shape in list(SIZES.items())[: 1 if options.size == "small" else None]:
        image = make(shape)
        start = time.perf_counter()
        statistics = image_statistics(image)
        middle = time.perf_counter()
        pyramid = image_pyramid(image)
        end = time.perf_counter()
        print(
            f"{name} RGB, once: statistics {1e3 * (middle - start):.0f} ms, "
            f"pyramid {1e3 * (end - middle):.0f} ms"
        )
        times: dict[tuple[int, int], list[float]] = {(1600, 1000): [], (1300, 850): []}
        peer: list[float] = []
        for repeat in range(options.repeats):
            link = ("linked", "unlinked")[repeat % 2]
            for (width, height), column in times.items():
                box = {"width": width, "height": height}
                column.append(milliseconds(screen, statistics, pyramid, link=link, **box))
            if repeat < 3:
                peer.append(milliseconds(whole_image, image, statistics, link))
        for size, column in times.items():
            print(
                f"{name} RGB toggle to {size[0]} × {size[1]}: {median(column):.1f} ms   "
                f"whole image by NumPy {median(peer):.0f} ms   "
                f"ratio {median(peer) / median(column):.0f}"
            )


if __name__ == "__main__":
    main()
