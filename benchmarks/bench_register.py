"""Matching and drawing frames, beside Siril's ``register`` and SciPy, in CPU seconds.

python benchmarks/bench_register.py NIGHT [--repeats 5] [--no-siril]

NIGHT is made by shared/bench/simulate_night.py; --size 4000 3000 --lights 4 gives 12 megapixels.
Siril detects and draws in one command; detection by stars.detect is measured beside.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from astropy.io import fits

from nodes.models import apply, invert, multiply
from nodes.register import Transform, match, warp
from nodes.stars import detect
from nodes.values import Image


def cpu(work: Callable[[], object], repeats: int) -> float:
    """CPU milliseconds of all threads, the best of several."""
    best = math.inf
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return 1e3 * best


def turned(degrees: float, width: int, height: int, dx: float, dy: float) -> np.ndarray:
    """A turn about the middle, and a shift."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array([[c, -s, x + dx - c * x + s * y], [s, c, y + dy - s * x - c * y], [0, 0, 1]])


def siril(names: list[Path]) -> float:
    """CPU milliseconds a frame of Siril's register."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            shutil.copy(name, folder)
        script = Path(folder, "x.ssf")
        used = []
        for lines in ("convert light\n", "register light\n"):
            script.write_text("requires 1.0.0\n" + lines)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                ["siril-cli", "-d", folder, "-s", str(script)], capture_output=True, check=True
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return 1e3 * used[1] / len(names)


def main() -> None:
    """Print a line for each kind of work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("night", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-siril", action="store_true")
    options = parser.parse_args()
    facts = json.loads((options.night / "truth" / "frames.json").read_text())["frames"]
    names = [options.night / "lights" / f"{fact['name']}.fits" for fact in facts]
    images = [Image(np.float32(fits.getdata(name)) / 65535) for name in names]
    width, height = images[0].width, images[0].height
    full = 12e6 / (width * height)
    print(f"{len(images)} frames of {width} × {height}; milliseconds of CPU per 12 megapixels")
    stars = [detect(image) for image in images]
    transforms = [match(one, stars[0]) for one in stars]
    warp(images[1], transforms[1])  # compiled
    corners = np.array([[0.0, 0], [width, 0], [0, height], [width, height]])
    for fact, transform in zip(facts[1:], transforms[1:], strict=True):
        truth = multiply(invert(np.array(fact["matrix"])), np.array(facts[0]["matrix"]))
        off = np.abs(apply(transform.matrix, corners) - apply(truth, corners)).max()
        print(f"  {fact['name']}: {transform.summary()}, corners within {off:.3f} px")
    found = cpu(lambda: detect(images[1]), options.repeats) * full
    paired = cpu(lambda: match(stars[1], stars[0]), options.repeats)
    drawn = cpu(lambda: warp(images[1], transforms[1]), options.repeats) * full
    print(f"detect {found:.0f}, match {paired:.1f}, warp {drawn:.0f}: {found + paired + drawn:.0f}")
    image = Image(images[1].data)
    colour = Image(np.repeat(image.data, 3, axis=0))
    size = (width, height, width, height)
    cases = [("whole shift", np.array([[1.0, 0, 7], [0, 1, -3], [0, 0, 1]]))]
    cases += [("shift", turned(0, width, height, 3.3, 2.2))]
    cases += [(f"{d}°", turned(d, width, height, 3.3, 2.2)) for d in (0.1, 1, 17, 180.1)]
    for kind, matrix in cases:
        transform = Transform(matrix, *size)
        line = [f"  {kind:12}"]
        for name in ("auto", "bilinear", "catmull-rom", "lanczos4"):
            time_ = cpu(lambda n=name: warp(image, transform, interpolation=n), options.repeats)  # type: ignore[misc]  # noqa: B023
            line.append(f"{name} {time_ * full:5.0f}")
        time_ = cpu(lambda: warp(colour, transform), options.repeats)  # noqa: B023
        print("  ".join(line), f" RGB auto {time_ * full:5.0f}")
    from scipy.ndimage import affine_transform

    matrix = turned(0.1, width, height, 3.3, 2.2)[:2]
    swapped = matrix[::-1][:, [1, 0, 2]]
    peer = full * cpu(lambda: affine_transform(image.data[0], swapped[:, :2], swapped[:, 2]), 1)
    print(f"scipy.ndimage.affine_transform of order 3: {peer:.0f}, {peer / drawn:.0f} times warp")
    if not options.no_siril and shutil.which("siril-cli"):
        theirs = siril(names) * full
        own = found + paired + drawn
        print(
            f"Siril's register: {theirs:.0f} a frame, with reading and writing; "
            f"ours {own / theirs:.2f}"
        )


if __name__ == "__main__":
    main()
