"""Local normalisation and drizzle, beside STScI's drizzle package on the same frames.

Run: python benchmarks/bench_local.py [--size 4000 3000] [--frames 4] [--json FILE]

CPU time of the process (user + system) for one frame, best of several rounds, so that other work on
the machine counts little. Siril 1.0.6 has neither local normalisation nor drizzle by areas (its
drizzle of that version is an upscaling by two), so there is nothing of its to hold against.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from graph.context import SILENT
from nodes.blot import find_outliers
from nodes.drizzle import integrate
from nodes.local import apply, fit
from nodes.register import Canvas, Transform
from nodes.scale import frame_scale
from nodes.stack import stack
from nodes.stars import detect
from nodes.values import Image

ROUNDS = 3


def measure(work: Callable[[], Any]) -> float:
    """CPU seconds, the least of some rounds; the first call, which may compile, is left out."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds)


def make_field(width: int, height: int) -> np.ndarray:
    """Sky with stars and noise."""
    random = np.random.default_rng(1)
    data = random.normal(0.05, 0.002, (height, width)).astype(np.float32)
    y, x = np.mgrid[:31, :31]
    for _ in range(width * height // 8000):
        u, v = random.uniform(20, width - 20), random.uniform(20, height - 20)
        i, j = int(u) - 15, int(v) - 15
        r2 = (x + i - u) ** 2 + (y + j - v) ** 2
        data[j : j + 31, i : i + 31] += 10 ** random.uniform(-2, 0) * np.exp(-r2 / 4).astype(
            np.float32
        )
    return data


def make_transform(turn: float, width: int, height: int, dx: float, dy: float) -> Transform:
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    x, y = (width - 1) / 2, (height - 1) / 2
    matrix = np.array(
        [[c, -s, x + dx - c * x + s * y], [s, c, y + dy - s * x - c * y], [0, 0, 1.0]]
    )
    return Transform(matrix, width, height, width, height)


def stsci(data: np.ndarray, transforms: list[Transform], scale: int, drop: float) -> float:
    """The same by STScI's package; the map of where pixels lie is made outside of the clock."""
    from drizzle.resample import Drizzle

    height, width = data.shape
    y, x = np.mgrid[:height, :width].astype(float)
    maps = []
    for transform in transforms:
        a, b, c = np.linalg.inv(transform.matrix)[0]
        d, e, f = np.linalg.inv(transform.matrix)[1]
        u, v = a * x + b * y + c, d * x + e * y + f
        maps.append(np.stack([scale * (u + 0.5) - 0.5, scale * (v + 0.5) - 0.5], -1))
    begin = time.process_time()
    one = Drizzle(kernel="square", out_shape=(height * scale, width * scale), disable_ctx=True)
    for place in maps:
        one.add_image(data, 1.0, place, pixfrac=drop, in_units="cps", pixel_scale_ratio=1 / scale)
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, nargs=2, default=(4000, 3000))
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    width, height = options.size
    data = make_field(width, height)
    shade = (0.01 * np.arange(width) / width).astype(np.float32)
    reference, frame = Image(data), Image(0.8 * data + shade)
    stars, others = detect(frame), detect(reference)
    found = fit(frame, reference).fit
    results = {
        "fit, stars detected here": measure(lambda: fit(frame, reference)),
        "fit, stars wired": measure(lambda: fit(frame, reference, stars, others)),
        "apply": measure(lambda: apply(frame, found)),
    }
    count = options.frames
    frames, scale = [frame] * count, frame_scale(frame)
    local = {"normalization": "local", "rejection_normalization": "local"}
    for name, more in (
        ("stack", {}),
        ("stack, local on the fly", {"locals": [found] * count, **local}),
    ):
        work = measure(lambda more=more: stack(frames, [scale] * count, **more))
        results[f"{name}, a frame"] = work / count
    turns = [make_transform(0.3 * i, width, height, 3.3 * i, -2.7 * i) for i in range(count)]
    for name, kernel, zoom, drop, cfa in (
        ("square × 2", "square", 2, 0.9, None), ("square × 1", "square", 1, 0.9, None),
        ("square × 3", "square", 3, 0.9, None), ("turbo × 2", "turbo", 2, 0.9, None),
        ("gaussian × 2", "gaussian", 2, 0.9, None),
        ("mosaic, square × 1", "square", 1, 1.0, "RGGB"),
    ):  # fmt: skip
        lights = [frame.replace(cfa=cfa)] * count
        scales = [frame_scale(lights[0])] * count
        work = measure(
            lambda lights=lights, scales=scales, zoom=zoom, drop=drop, kernel=kernel: integrate(
                lights, turns, scales, scale=zoom, drop=drop, kernel=kernel
            )
        )
        results[f"drizzle, {name}, a frame"] = work / count
    box = Canvas(0, 0, width, height)
    results["outliers by the master, a frame"] = measure(
        lambda: find_outliers(frame, reference, turns[1], box, (3.5, 1.2, 3.0, 0.7), SILENT)
    )
    for zoom in (1, 2):
        results[f"STScI drizzle, square × {zoom}, a frame"] = (
            stsci(frame.data[0], turns[:2], zoom, 0.9) / 2
        )
    for name, seconds in results.items():
        print(f"{name:<44}{1000 * seconds:10.0f} ms CPU")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
