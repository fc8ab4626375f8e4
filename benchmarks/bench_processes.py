"""Background, colour, channel and crop nodes beside plain NumPy and SciPy on the same image.

Each node and its plain equivalent run in turn, several times; printed are the medians, their
ratio, and for both the peak of extra memory as a multiple of the image.

    python benchmarks/bench_processes.py [--megapixels 24] [--repeats 3] [--only background]
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nodes.background import polynomial
from nodes.channels import combine, luminance
from nodes.color import calibrate_white, linear_fit, neutralize_background
from nodes.geometry import crop
from nodes.values import Image


def make_image(megapixels: float) -> Image:
    """A colour image of sky with a gradient, noise and stars of ratio 1 : 2 : 4."""
    height = int((megapixels * 1e6 / 1.5) ** 0.5)
    width = int(height * 1.5)
    rng = np.random.default_rng(1)
    data = rng.standard_normal((3, height, width), np.float32)
    data *= np.float32(0.001)
    data += np.linspace(0.03, 0.05, width, dtype=np.float32)
    y, x = np.mgrid[-8:9, -8:9]
    star = np.exp(-(x**2 + y**2) / 4.5).astype(np.float32)
    for _ in range(int(megapixels * 100)):
        top, left = rng.integers(0, height - 17), rng.integers(0, width - 17)
        for c, part in enumerate((0.25, 0.5, 1.0)):
            data[c, top : top + 17, left : left + 17] += star * np.float32(part * rng.random() ** 4)
    return Image(data)


# --- the plain way --------------------------------------------------------------------------


def plain_background(image: Image, degree: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Box medians, least squares, and legval2d on every pixel."""
    from numpy.polynomial import legendre

    _, height, width = image.data.shape
    x, y = np.linspace(-1, 1, width), np.linspace(-1, 1, height)
    model = np.empty_like(image.data)
    step = width // 20
    for c in range(3):
        tops, lefts = np.arange(0, height - 25, step), np.arange(0, width - 25, step)
        value = np.array(
            [[np.median(image.data[c, t : t + 25, u : u + 25]) for u in lefts] for t in tops]
        )
        at_x, at_y = np.meshgrid(x[lefts + 12], y[tops + 12])
        design = legendre.legvander2d(at_x.ravel(), at_y.ravel(), (degree, degree))
        fit = np.linalg.lstsq(design, value.ravel(), rcond=None)[0].reshape(degree + 1, degree + 1)
        model[c] = legendre.leggrid2d(y, x, fit.T)
    return image.data - model + model.mean(axis=(1, 2), keepdims=True), model


def plain_neutral(image: Image) -> np.ndarray:
    """Boolean mask, medians, broadcast sum."""
    data = image.data
    inside = ((data > 0) & (data < 0.1)).all(axis=0)
    levels = np.array([np.median(data[c][inside]) for c in range(3)], np.float32)
    out = data + (levels.mean() - levels)[:, None, None]
    low, high = out.min(), out.max()
    return (out - low) / (high - low) if low < 0 or high > 1 else out


def plain_fit(image: Image, reference: Image) -> np.ndarray:
    """Ordinary least squares with np.polyfit (it has no robust fit), channel by channel."""
    out = np.empty_like(image.data)
    for c in range(3):
        x, y = image.data[c], reference.data[c]
        keep = (x > 0) & (x < 0.92) & (y > 0) & (y < 0.92)
        slope, intercept = np.polyfit(x[keep], y[keep], 1)
        out[c] = intercept + slope * x
    return out


def plain_white(image: Image) -> np.ndarray:
    """The same structures by scipy.ndimage, means by boolean masks."""
    from scipy import ndimage

    data = image.data
    inside = ((data > 0) & (data < 0.1)).all(axis=0)
    background = np.array([np.median(data[c][inside]) for c in range(3)], np.float32)
    plane = (data.min(axis=0) + data.max(axis=0)) / 2
    for turn in range(4):
        smooth = [plane]
        for layer in range(5):
            taps = np.zeros(4 * 2**layer + 1)
            taps[:: 2**layer] = np.array([1, 4, 6, 4, 1]) / 16
            rows = ndimage.convolve1d(smooth[-1], taps, axis=0, mode="mirror")
            smooth.append(ndimage.convolve1d(rows, taps, axis=1, mode="mirror"))
        plane = smooth[1] - smooth[5]
        if turn == 0:
            limit = 3 * 1.4826 * np.median(np.abs(plane - np.median(plane)))
        plane[plane < limit] = 0
    chosen = (plane > 0.0005 * plane.max()) & ((data > 0) & (data < 0.9)).all(axis=0)
    white = np.array([data[c][chosen].mean() for c in range(3)]) - background
    factor = (white.max() / white)[:, None, None].astype(np.float32)
    base = background[:, None, None]
    out = (data - base) * factor + base
    return out / max(out.max(), 1)


def plain_lightness(image: Image) -> np.ndarray:
    """L* of a linear image by broadcasting."""
    y = np.tensordot(np.array([0.2225, 0.7169, 0.0606], np.float32), image.data, 1)
    return np.where(y > 0.008856, 1.16 * np.cbrt(y) - 0.16, 9.033 * y)


# --- measuring ------------------------------------------------------------------------------


def peak_of(work: Callable[[], object]) -> float:
    """Bytes of memory above the start while ``work`` runs, sampled every 2 ms."""
    import psutil

    process = psutil.Process()
    gc.collect()
    start = peak = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    result = work()
    peak = max(peak, process.memory_info().rss)
    done.set()
    thread.join()
    del result
    return float(peak - start)


def compare(
    name: str, ours: Callable[[], object], plain: Callable[[], object], image: Image, repeats: int
) -> None:
    """Run both in turn and print one line."""
    ours()  # compile
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(repeats):
        for side, work in (("ours", ours), ("plain", plain)):
            start = time.perf_counter()
            result = work()
            seconds[side].append(time.perf_counter() - start)
            del result
    a, b = (statistics.median(seconds[side]) for side in ("ours", "plain"))
    memory = [peak_of(work) / image.data.nbytes for work in (ours, plain)]
    print(
        f"{name:24} {a * 1000:8.0f} ms {b * 1000:9.0f} ms {b / a:7.1f} ×"
        f"   memory {memory[0]:5.2f} × against {memory[1]:5.2f} ×",
        flush=True,
    )


def main() -> None:
    """Read the arguments and run every comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="part of the name of the comparison")
    options = parser.parse_args()
    image = make_image(options.megapixels)
    rng = np.random.default_rng(2)
    noise = rng.standard_normal(image.data.shape, np.float32)
    noise *= np.float32(0.001)
    noise += image.data * np.float32(0.8) + np.float32(0.01)
    reference = Image(noise)
    mono = [image.replace(data=image.data[c].copy()) for c in range(3)]
    side = (slice(None), slice(100, -100), slice(100, -100))
    inner = {"left": 100, "top": 100, "width": image.width - 200, "height": image.height - 200}
    print(f"RGB {image.width} × {image.height} px; ours, plain, plain / ours; extra memory")
    for name, ours, plain in (
        ("background, degree 4", lambda: polynomial(image), lambda: plain_background(image)),
        ("neutralise", lambda: neutralize_background(image), lambda: plain_neutral(image)),
        (
            "linear fit, LAD / OLS",
            lambda: linear_fit(image, reference),
            lambda: plain_fit(image, reference),
        ),
        (
            "linear fit, OLS / OLS",
            lambda: linear_fit(image, reference, method="least squares"),
            lambda: plain_fit(image, reference),
        ),
        ("calibrate, stars", lambda: calibrate_white(image), lambda: plain_white(image)),
        (
            "luminance, L*",
            lambda: luminance(image, method="CIE L*"),
            lambda: plain_lightness(image),
        ),
        ("combine", lambda: combine(*mono), lambda: np.stack([one.data[0] for one in mono])),
        ("crop", lambda: crop(image, **inner), lambda: image.data[side].copy()),
    ):
        if options.only in name:
            compare(name, ours, plain, image, options.repeats)


if __name__ == "__main__":
    main()
