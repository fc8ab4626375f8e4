"""What it costs to run a node in a process of its own, beside loky as it comes.

    python benchmarks/bench_workers.py [--megabytes 100] [--times 20]

Both sides have warm workers. The peer hands a function and its arguments to a loky executor, which
pickles arrays; here they travel by memory map: those of the store as they are, others by a file in
shared memory.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from graph.control import Control
from graph.processes import call_in_process
from graph.threads import processors
from tests.graph.toy_processes import echo, fill, mapped
from tests.graph.toy_values import Grid


def peer_echo(value: Any) -> Any:
    """Give back what comes."""
    return value


def peer_size(data: np.ndarray) -> int:
    """Take an array."""
    return int(data.size)


def peer_fill(size: int) -> np.ndarray:
    """Give an array."""
    return np.full(size, 1.0)


def ours(function: Callable[..., Any], **arguments: Any) -> Callable[[], Any]:
    """A call of a node in a worker process."""
    spec = function.spec  # type: ignore[attr-defined]
    return lambda: call_in_process(spec, arguments, key="key", control=Control(), context=None)


def in_turn(one: Callable[[], Any], other: Callable[[], Any], times: int) -> tuple[float, float]:
    """The median milliseconds of both, called in turn."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(times + 1):
        for action, spent in zip((one, other), found, strict=True):
            start = time.perf_counter()
            action()
            spent.append(time.perf_counter() - start)
    first, second = (1e3 * statistics.median(spent[1:]) for spent in found)
    return first, second


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(max_workers=1)
    data = np.random.default_rng(1).random(options.megabytes * 125_000)
    side = int(data.size**0.5)
    print(f"ms a call ({processors()} processors)    node in a process      loky    ratio")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array.npy"
        np.save(path, data)
        stored = np.load(path, mmap_mode="r")
        rows: tuple[tuple[str, Callable[[], Any], Callable[[], Any]], ...] = (
            ("a number", ours(echo, value=1.0), lambda: pool.submit(peer_echo, 1.0).result()),
            (
                f"{options.megabytes} MB of the store, in",
                ours(mapped, grid=Grid(stored)),
                lambda: pool.submit(peer_size, stored).result(),
            ),
            (
                f"{options.megabytes} MB of memory, in",
                ours(mapped, grid=Grid(data)),
                lambda: pool.submit(peer_size, data).result(),
            ),
            (
                f"{options.megabytes} MB, out",
                ours(fill, value=1.0, size=side),
                lambda: pool.submit(peer_fill, side * side).result(),
            ),
        )
        for name, one, other in rows:
            mine, theirs = in_turn(one, other, options.times)
            print(f"{name:32} {mine:12.2f} {theirs:14.2f} {theirs / mine:8.1f} x")
    pool.shutdown()


if __name__ == "__main__":
    main()
