"""Exact median and MAD of RGB images, beside np.median, alternating in one run.

python benchmarks/bench_median.py [--repeats 3] [--size small|all]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median as middle

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nodes.kernels.median import median_mad

SIZES = {"24 MP": (4000, 6000), "61 MP": (6388, 9576)}


def make(kind: str, shape: tuple[int, int]) -> np.ndarray:
    """An RGB image of one kind."""
    if kind == "constant":
        return np.full((3, *shape), 0.1, np.float32)
    rng = np.random.default_rng(1)
    data = rng.standard_normal((3, *shape), dtype=np.float32)
    data *= np.float32(0.01)
    data += np.float32(0.1)
    if kind == "16 bit":
        np.rint(data * np.float32(65535), out=data)
        data /= np.float32(65535)
    return data


def ours(data: np.ndarray) -> list[tuple[float, float]]:
    """Median and MAD of each channel by the bracketed search."""
    return [median_mad(channel)[:2] for channel in data]


def numpy(data: np.ndarray) -> list[tuple[float, float]]:
    """Median and MAD of each channel by np.median."""
    results = []
    for channel in data:
        centre = np.median(channel)
        results.append((float(centre), float(np.median(np.abs(channel - centre)))))
    return results


def seconds(function: Callable[[np.ndarray], object], data: np.ndarray) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function(data)
    return time.perf_counter() - start


def main() -> None:
    """Print a line for each kind and size: both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--size", choices=["small", "all"], default="all")
    options = parser.parse_args()
    median_mad(make("noise", (500, 500))[0])  # compile
    for name, shape in list(SIZES.items())[: 1 if options.size == "small" else None]:
        for kind in ("noise", "16 bit", "constant"):
            data = make(kind, shape)
            found, wanted = ours(data), numpy(data)
            assert np.allclose(found, wanted, rtol=1e-5, atol=1e-8), (found, wanted)
            times = [(seconds(ours, data), seconds(numpy, data)) for _ in range(options.repeats)]
            mine, theirs = (middle(column) for column in zip(*times, strict=True))
            ratio = middle(b / a for a, b in times)
            print(
                f"{name} RGB {kind:9} linearlink {mine * 1e3:7.1f} ms   "
                f"np.median {theirs * 1e3:7.1f} ms   ratio {ratio:5.1f}"
            )


if __name__ == "__main__":
    main()
