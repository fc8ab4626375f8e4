"""Which pixels of a plane are within a range, with soft edges."""

from __future__ import annotations

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel


def select(
    plane: np.ndarray,
    lower: float,
    upper: float,
    fuzziness: float,
    invert: bool,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """1 from lower to upper, 0 from fuzziness outside of them on; float32 as the plane.

    plane: float32 ``(height, width)``; clipped to 0 and 1. In between it is ``t² (3 - 2 t)``.
    Limits are held against the data as float32. invert: 1 less that. NaN gives 0 in either case.
    """
    out = np.empty(plane.shape, np.float32)
    low, high = float(np.float32(lower)), float(np.float32(upper))

    def work(first: int, last: int) -> None:
        _select_rows(plane, low, high, float(fuzziness), invert, first, last, out)

    run_bands(work, plane.shape[0], ctx=ctx, text="range", span=span)
    return out


@kernel
def _select_rows(
    plane: np.ndarray,
    lower: float,
    upper: float,
    fuzziness: float,
    invert: bool,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    slope = 1 / fuzziness if fuzziness > 0 else np.inf
    for y in range(first, last):
        line, target = plane[y], out[y]
        for x in range(line.size):
            v = np.float64(line[x])
            cut = v if v > 0 else 0.0
            cut = cut if cut < 1 else 1.0
            beyond = max(lower - cut, cut - upper)
            t = 1.0
            if beyond > 0:
                t = max(1 - beyond * slope, 0.0)
            share = t * t * (3 - 2 * t)
            share = 1 - share if invert else share
            target[x] = share if v == v else 0.0
