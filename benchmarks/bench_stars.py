"""Stars of a simulated frame of 12 megapixels: time and what is found, beside two peers.

    python benchmarks/bench_stars.py NIGHT [--repeats 5]

NIGHT is a folder made by shared/bench/simulate_night.py --size 4000 3000 --mode mono; its first
light is calibrated by the truth. Ours: stars.detect and quality.measure. Peers: photutils'
DAOStarFinder, given the true FWHM, the background and the noise; and Siril, whose findstar cannot
be called alone from a script in 1.0.6: its register reads, detects, matches, draws and writes, and
the CPU time of four more frames is divided by four. CPU time of all threads, best of the repeats.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nodes.kernels.mesh import make_mesh
from nodes.quality import measure
from nodes.stars import detect
from nodes.values import Image

_NEAR = 1.5  # pixels
_SCRIPT = "requires 1.0.0\nregister light_\nclose\n"


def read(night: Path) -> tuple[np.ndarray, dict[str, Any], np.ndarray, np.ndarray]:
    """The calibrated frame, its conditions, and places and electrons of the true stars."""
    truth = night / "truth"
    facts = json.loads((truth / "frames.json").read_text())["frames"][0]
    band = facts["filter"]
    raw = fits.getdata(night / "lights" / f"{facts['name']}.fits").astype(np.float32)
    dark = fits.getdata(truth / "dark.fits") * facts["exptime"] + fits.getdata(truth / "bias.fits")
    flat = fits.getdata(truth / f"flat_{band}.fits")
    stars = np.genfromtxt(truth / "stars.csv", delimiter=",", names=True)
    back = np.linalg.inv(np.array(facts["matrix"]))
    places = back[:2, :2] @ [stars["x"], stars["y"]] + back[:2, 2:]
    height, width = raw.shape
    inside = (places.min(axis=0) > 5) & (places[0] < width - 6) & (places[1] < height - 6)
    flux = stars[f"flux_{band}"] * facts["exptime"]
    order = np.flatnonzero(inside)[np.argsort(-flux[inside])]
    data = ((raw - dark) / flat * flat.mean() / 65535).astype(np.float32)
    return data, facts, places.T[order], flux[order]


def cpu(function: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Least milliseconds of CPU, and the result."""
    best, result = np.inf, function()
    for _ in range(repeats):
        start = time.process_time()
        result = function()
        best = min(best, time.process_time() - start)
    return best * 1e3, result


def score(name: str, ms: float, found: np.ndarray, truth: np.ndarray) -> None:
    """One line: time, stars, false ones, and the share found of the 500, 1000, 2000 brightest."""
    distance, _ = cKDTree(truth).query(found)
    back, _ = cKDTree(found).query(truth)
    shares = "  ".join(f"{n}: {np.mean(back[:n] < _NEAR):6.1%}" for n in (500, 1000, 2000))
    near = distance[distance < _NEAR]
    print(
        f"{name:24} {ms:7.0f} ms  {len(found):5} stars, {np.sum(distance >= _NEAR):4} false   "
        f"{shares}   median error {np.median(near):.3f} px"
    )


def siril(data: np.ndarray) -> tuple[float, str] | None:
    """Milliseconds of CPU for a frame more, and how many stars it says it found."""
    if not shutil.which("siril-cli"):
        return None
    times, told = [], ""
    for count in (2, 6):
        with tempfile.TemporaryDirectory() as folder:
            for index in range(1, count + 1):
                fits.PrimaryHDU(data).writeto(Path(folder) / f"light_{index:05d}.fit")
            script = Path(folder) / "register.ssf"
            script.write_text(_SCRIPT)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run = subprocess.run(
                ["siril-cli", "-d", folder, "-s", str(script)], capture_output=True, text=True
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            told = next(iter(re.findall(r"Found \d+.*stars", run.stdout)), "?")
    return (times[1] - times[0]) / 4 * 1e3, told


def main() -> None:
    """Print a line for each program and profile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("night", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    data, facts, truth, _ = read(options.night)
    image = Image(data)
    print(f"FWHM {facts['fwhm']:.2f} px, eccentricity {facts['ecc']:.2f}, {len(truth)} true stars")
    for profile in ("none", "gaussian", "moffat 4", "auto"):
        ms, stars = cpu(lambda profile=profile: detect(image, profile=profile), options.repeats)
        score(f"detect, {profile}", ms, np.c_[stars.x, stars.y], truth)
        shape = np.median(stars.fwhm[:500]), np.median(stars.eccentricity[:500])
        print(f"{'':24} FWHM {shape[0]:.2f} px, eccentricity {shape[1]:.2f}")
    stars = detect(image)
    ms, _ = cpu(lambda: measure(image, stars), options.repeats)
    print(f"{'quality.measure':24} {ms:7.0f} ms")
    from photutils.detection import DAOStarFinder

    noise = float(np.median(make_mesh(data, 64).noise))
    level = float(np.median(data))
    ms, found = cpu(lambda: DAOStarFinder(threshold=6 * noise, fwhm=facts["fwhm"])(data - level), 1)
    x, y = (next(found[n] for n in (f"{a}_centroid", f"{a}centroid") if n in found.colnames)
            for a in "xy")  # fmt: skip
    score("photutils DAOStarFinder", ms, np.c_[x, y], truth)
    peer = siril(data)
    if peer:
        print(f"{'Siril register, all of it':24} {peer[0]:7.0f} ms  {peer[1]}")


if __name__ == "__main__":
    main()
