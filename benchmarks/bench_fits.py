"""Loading FITS to float32: our reader beside astropy, in alternation on the same files.

    python benchmarks/bench_fits.py [--megapixels 24] [--rounds 7] [--folder DIR]

Both sides read from a warm file cache. astropy's part is ``getdata(...).astype(float32)``; ours
also brings the range to 0 … 1, takes the header apart and counts what is not finite.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from astropy.io import fits

from nodes.formats import files


def make_files(folder: Path, megapixels: float) -> dict[str, Path]:
    """One file of each kind, of 3:2 noise."""
    width = 2 * round((megapixels * 1e6 * 1.5) ** 0.5 / 2)
    height = round(megapixels * 1e6 / width)
    noise = np.random.default_rng(1).integers(500, 65535, (height, width), dtype=np.uint16)
    unit = noise.astype(np.float32) / 65535
    kinds = {
        "16 bit, BZERO 32768": noise,
        "16 bit, BZERO 32768, RGB": np.stack([noise, noise[::-1], noise[:, ::-1]]),
        "float32": unit,
        "float32, RGB": np.stack([unit, unit[::-1], unit[:, ::-1]]),
    }
    paths = {}
    for index, (name, data) in enumerate(kinds.items()):
        paths[name] = folder / f"{index}.fits"
        fits.writeto(paths[name], data)
    return paths


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print median times and the median of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", help="where the files are made; default: temporary")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        paths = make_files(Path(folder), arguments.megapixels)
        print(f"{'file':28} {'astropy':>10} {'LinearLink':>11} {'ratio':>6}")
        for name, path in paths.items():
            files.read(path)  # compiles, and warms the file cache
            theirs, ours = [], []
            for _ in range(arguments.rounds):
                theirs.append(seconds(lambda: fits.getdata(path).astype(np.float32)))  # noqa: B023
                ours.append(seconds(lambda: files.read(path)))  # noqa: B023
            ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
            times = (1e3 * statistics.median(theirs), 1e3 * statistics.median(ours))
            print(f"{name:28} {times[0]:7.1f} ms {times[1]:8.1f} ms {ratio:6.1f}")


if __name__ == "__main__":
    main()
