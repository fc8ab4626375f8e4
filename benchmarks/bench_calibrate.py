"""Calibration, cosmetic correction, cosmic rays and debayering: milliseconds for 12 megapixels.

python benchmarks/bench_calibrate.py [--repeats 5] [--night FOLDER]

Each is given in CPU time, the best of several, beside a plain copy of the frame. FOLDER is a night
of a one-shot colour camera by simulate_night.py; then the same frames are calibrated and debayered
by siril-cli as well, in alternation, and ratios of CPU seconds are printed. Siril writes its frames
to disk, ours stay in memory; both read the same 16-bit files.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nodes.calibrate import flat_level, frame
from nodes.cosmetic import correct, find_defects
from nodes.cosmic_rays import remove
from nodes.debayer import debayer
from nodes.formats import files
from nodes.values import Header, Image

SHAPE = (3000, 4000)
MASTERS = """cd biases
convert bias -out={out}
cd {out}
stack bias rej 3 3 -nonorm -out=bias_stacked
cd {night}/flats
convert flat -out={out}
cd {out}
preprocess flat -bias=bias_stacked
stack pp_flat rej 3 3 -norm=mul -out=flat_stacked
cd {night}/darks
convert dark -out={out}
cd {out}
stack dark rej 3 3 -nonorm -out=dark_stacked
cd {night}/lights
convert light -out={out}
"""
CALIBRATE = "preprocess light -dark=dark_stacked -flat=flat_stacked -cfa -equalize_cfa"


def best(function: Callable[[], object], repeats: int) -> float:
    """CPU milliseconds of the quickest call."""
    function()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def raw_frame(seed: int, level: float, noise: float) -> Image:
    """A raw mosaic of noise, of the size that all are measured at."""
    rng = np.random.default_rng(seed)
    data = rng.standard_normal(SHAPE, dtype=np.float32) * np.float32(noise) + np.float32(level)
    return Image(data, header=Header((("EGAIN", 1.0, ""),)), cfa="RGGB", white=65535.0)


def measure_nodes(repeats: int) -> None:
    """Each node on frames of noise."""
    light, bias = raw_frame(1, 0.05, 0.001), raw_frame(2, 0.01, 1e-4)
    dark, flat = raw_frame(3, 0.011, 1e-4), raw_frame(4, 0.4, 0.01)
    mono = light.replace(cfa=None)
    level, defects = flat_level(flat), find_defects(dark, hot_sigma=4.0, cold_sigma=4.0)
    copy = best(lambda: light.data.copy(), repeats)
    mega = light.data.nbytes / 1e6

    def show(name: str, function: Callable[[], object], arrays: int) -> None:
        took = best(function, repeats)
        speed = arrays * mega / took
        print(f"{name:42} {took:8.1f} ms  {took / copy:6.1f} copies  {speed:6.1f} GB/s")

    print(f"a copy of {light.width} × {light.height} float32 into new memory: {copy:.1f} ms")
    show("level of the flat (once)", lambda: flat_level(flat), 1)
    show("calibrate, dark and flat", lambda: frame(light, None, dark, flat, level), 4)
    show("calibrate, bias and flat", lambda: frame(light, bias, None, flat, level), 4)
    show(
        "calibrate, dark optimised",
        lambda: frame(light, bias, dark, flat, level, dark_scaling="optimize"),
        5,
    )
    show("find defects in a dark (once)", lambda: find_defects(dark), 1)
    show(f"cosmetic, {len(defects)} listed", lambda: correct(light, defects, auto=False), 2)
    show("cosmetic, automatic at 3", lambda: correct(light), 2)
    show("cosmetic, automatic at 5", lambda: correct(light, hot_sigma=5, cold_sigma=5), 2)
    show("debayer superpixel", lambda: debayer(light, method="superpixel"), 2)
    show("debayer bilinear", lambda: debayer(light, method="bilinear"), 4)
    show("debayer VNG", lambda: debayer(light, method="vng"), 4)
    show("debayer RCD", lambda: debayer(light, method="rcd"), 4)
    show("cosmic rays, mono", lambda: remove(mono), 2)
    show("cosmic rays, mosaic", lambda: remove(light), 2)


def siril(folder: Path, lines: str) -> float:
    """CPU seconds of a script."""
    script = folder / "bench.ssf"
    script.write_text("requires 1.0.0\n" + lines + "\n", encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["siril-cli", "-d", str(folder), "-s", str(script)], capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode or "Script execution failed" in done.stdout + done.stderr:
        sys.exit(f"siril failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_night(night: Path, repeats: int) -> None:
    """The lights of a night, by Siril and by the nodes, with the same masters."""
    with tempfile.TemporaryDirectory(dir=night) as name:
        out = Path(name)
        siril(night, MASTERS.format(night=night, out=out))
        lights = sorted((night / "lights").glob("*.fits"))
        dark, flat = (files.read(out / f"{kind}_stacked.fit") for kind in ("dark", "flat"))
        level = flat_level(flat)

        def ours(color: bool) -> float:
            start = time.process_time()
            for path in lights:
                image = frame(files.read(path), None, dark, flat, level, strict=False)
                if color:
                    debayer(image)
            return time.process_time() - start

        ours(True)
        nothing = min(siril(out, "cd .") for _ in range(2))
        print(f"{len(lights)} lights; Siril's start of {nothing:.2f} s is taken off")
        for title, color in (("calibrate", False), ("calibrate and debayer (RCD)", True)):
            pairs = []
            for _ in range(repeats):
                theirs = siril(out, CALIBRATE + (" -debayer" if color else "")) - nothing
                pairs.append((theirs, ours(color)))
                for made in out.glob("pp_light*"):
                    made.unlink()
            theirs, mine = (min(column) for column in zip(*pairs, strict=True))
            ratio = median(b / a for a, b in pairs)
            print(f"{title:30} Siril {theirs:6.2f} s  ours {mine:6.2f} s  ours / Siril {ratio:.2f}")


def main() -> None:
    """Print a line for each node, and for a night beside Siril."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--night", type=Path)
    options = parser.parse_args()
    measure_nodes(options.repeats)
    if options.night and shutil.which("siril-cli"):
        measure_night(options.night.resolve(), min(options.repeats, 3))


if __name__ == "__main__":
    main()
