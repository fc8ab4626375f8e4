"""Integration beside Siril and beside the speed of memory.

    python benchmarks/bench_integrate.py                 all tables
    python benchmarks/bench_integrate.py --frames 20 --megapixels 12 --rounds 3
    python benchmarks/bench_integrate.py --memory 200    peak memory of so many frames, too

Frames of noise with hot pixels are integrated as lights (winsorized 3 3, additive with scaling)
and as darks (winsorized 3 3, no normalisation), by our nodes and, where ``siril-cli`` is found, by
Siril from FITS files in float32. Both are run in turn and the least processor time counts, since
the machine may be shared. ``read`` is what NumPy takes to add up the same frames once: no way of
integrating is faster. Siril's time holds its reading of files, which lie in the page cache, ours
that of memory-mapped arrays; an empty script of Siril is subtracted.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from graph.values import Frames
from nodes.formats import fits
from nodes.masters import master_dark
from nodes.scale import frame_scale
from nodes.stack import stack
from nodes.values import Image


def make_frames(folder: Path, count: int, megapixels: float) -> list[Path]:
    """Frames of noise on disk, as .npy to be mapped."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = round(megapixels * 1e6 / height)
    rng = np.random.default_rng(1)
    base = rng.normal(0.1, 0.001, (height, width)).astype(np.float32)
    paths = []
    for index in range(count):
        data = np.roll(base, (37 * index, 91 * index), (0, 1)) + np.float32(1e-4 * index)
        hot = rng.integers(0, data.size, data.size // 4000)
        data.reshape(-1)[hot] = 0.9
        paths.append(folder / f"frame_{index:05d}.npy")
        np.save(paths[-1], data)
    return paths


def load(path: Path) -> Image:
    return Image(np.load(path, mmap_mode="r"))


def seconds(work: Callable[[], object]) -> float:
    """Processor time of this process and of the children that it waits for."""
    before = os.times()
    work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])


def run_siril(folder: Path, lines: list[str]) -> None:
    script = folder / "job.ssf"
    script.write_text("\n".join(["requires 1.0.0", *lines, ""]))
    made = subprocess.run(
        ["siril-cli", "-d", str(folder), "-s", str(script)], capture_output=True, text=True
    )
    if made.returncode:
        raise SystemExit(made.stdout[-2000:] + made.stderr[-2000:])


def peak(count: int, megapixels: float) -> None:
    """Integrate in this process and print its highest resident set."""
    with tempfile.TemporaryDirectory() as name:
        if os.fork():  # another process makes the frames, so that this one stays small
            os.wait()
        else:
            make_frames(Path(name), count, megapixels)
            os._exit(0)
        frames = Frames(sorted(Path(name).glob("*.npy")), load)
        scales = [frame_scale(frame) for frame in frames]
        spent = seconds(lambda: stack(frames, scales, rejection="winsorized"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{count} frames of {megapixels:g} Mpx: {spent:.1f} s, peak {most / 2**20:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--frames", type=int, nargs="*", default=[20, 10])
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=0)
    options = parser.parse_args()
    siril = shutil.which("siril-cli") is not None
    limits: Any = {"rejection": "winsorized", "sigma_low": 3.0, "sigma_high": 3.0}
    print("processor seconds         read  measure  lights   darks" + "   Siril  ratio" * siril)
    for count in options.frames:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            frames = Frames(make_frames(folder, count, options.megapixels), load)
            jobs: dict[str, Callable[[], Any]] = {}
            scales = [frame_scale(frame) for frame in frames]
            jobs["read"] = lambda frames=frames: sum(
                float(frame.data.sum(dtype=np.float32)) for frame in frames
            )
            jobs["measure"] = lambda frames=frames: [frame_scale(frame) for frame in frames]
            jobs["lights"] = lambda frames=frames, scales=scales: stack(frames, scales, **limits)
            jobs["darks"] = lambda frames=frames: master_dark(frames, **limits)
            if siril:
                for index, frame in enumerate(frames, 1):
                    fits.write(folder / f"f_{index:05d}.fit", frame)
                jobs["empty"] = lambda folder=folder: run_siril(folder, ["close"])
                for job, norm in (("siril lights", "-norm=addscale"), ("siril darks", "-nonorm")):
                    lines = [f"stack f_ rej w 3 3 {norm} -out=result"]
                    jobs[job] = lambda lines=lines, folder=folder: run_siril(folder, lines)
            best = dict.fromkeys(jobs, float("inf"))
            for turn in range(options.rounds + 1):  # the first compiles
                for job, work in jobs.items():
                    spent = seconds(work)
                    if turn:
                        best[job] = min(best[job], spent)
        for job in ("lights", "darks"):
            measure = best["measure"] if job == "lights" else 0.0
            cells = [
                best["read"],
                measure,
                *(best[job] if job == k else 0.0 for k in ("lights", "darks")),
            ]
            if siril:
                theirs = best[f"siril {job}"] - best["empty"]
                cells += [theirs, (best[job] + measure) / theirs]
            line = "".join(f"{cell:8.2f}" if cell else " " * 8 for cell in cells)
            print(f"{count} × {options.megapixels:g} Mpx, {job:7}{line}", flush=True)
    if options.memory:
        peak(options.memory, options.megapixels)


if __name__ == "__main__":
    main()
