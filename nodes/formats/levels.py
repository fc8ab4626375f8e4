"""From the numbers a file stores to 0 … 1, and back: one rule for all formats.

Integers are divided by the full scale of their width (65535 for 16 bit, signed or not), floats
that do not exceed 1 are taken as they are. Whatever else is white must be said by DATAMAX or by
the user: the observed maximum is never used, for frames would get different scales.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from nodes.bands import run_bands
from nodes.formats import memory

_SLACK = 1e-6  # floats this little above 1 still count as 0 … 1


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asks for when a file is read; the fields are those of ``io.load_image``."""

    hdu: int | None = None
    white: float | None = None
    signed: bool = False
    row_order: str = "header"
    linear: str = "auto"
    ctx: Context = SILENT

    def state(self, recorded: Any, default: bool = True) -> bool:
        """Whether the image is linear, given what the file records of it (None: nothing)."""
        if self.linear != "auto":
            return self.linear == "linear"
        return default if recorded is None else bool(recorded)


def decode(
    path: Path,
    stored: np.ndarray,
    options: Options,
    *,
    scale: float = 1.0,
    zero: float = 0.0,
    blank: int | None = None,
    full: float | None = None,
    flip: bool = False,
) -> tuple[np.ndarray, float]:
    """Stored numbers to float32 of the range 0 … 1, and the value that became 1.

    stored: ``(channels, height, width)``, any integer or float type and byte order.
    scale, zero: the physical value is ``zero + scale · stored``.
    blank: the stored integer that stands for a missing pixel.
    full: the physical value of white as the file states it, for data that are not plain integers.
    flip: turn the rows of each plane upside down.

    Raises InputError for negative integers unless ``options.signed``, and for floats above 1
    when nothing says what is white.
    """
    channels, height, width = stored.shape
    rows = stored.reshape(channels * height, width)
    out = memory.empty(rows.shape)
    bits = 8 * stored.dtype.itemsize
    integer = stored.dtype.kind in "iu" and scale == 1
    if stored.dtype.kind == "b":
        integer, bits = True, 1
    half = 1 << (bits - 1)
    unsigned = integer and zero == (0 if stored.dtype.kind in "ub" else half)
    signed = integer and zero == (-half if stored.dtype.kind == "u" else 0) and not unsigned
    whole = unsigned or signed
    white = options.white or (float(2**bits - 1) if whole else None)
    if whole and blank is None and bits in (8, 16, 32):
        lowest = _decode_integers(
            rows, out, height, flip, stored.dtype.kind, signed, white, options
        )
        largest, infinite = 0.0, 0
    elif stored.dtype.kind == "f" and bits == 32 and scale == 1 and zero == 0:
        lowest = 0.0
        largest, infinite = _decode_floats(rows, out, height, flip, options)
        if white not in (None, 1.0):
            _divide(out, white, options)
    else:
        lowest, largest, infinite = _decode_any(
            rows, out, height, flip, scale, zero, blank, white or 1.0, options
        )
    if signed and lowest < 0 and not options.signed:
        raise InputError(
            f"{path.name} holds negative numbers (down to {lowest:.0f}) in signed {bits}-bit "
            "integers: switch on 'signed' if they are meant as they stand"
        )
    if infinite:
        options.ctx.warn(f"{path.name}: {infinite} infinite pixels are taken as missing")
    if math.isnan(largest):
        options.ctx.warn(f"{path.name}: not one pixel has a valid value")
    if white is None:
        white = 1.0
        if largest > 1 + _SLACK:
            white = _white_of_floats(path, largest, full)
            _divide(out, white, options)
    return out.reshape(stored.shape), white


def _white_of_floats(path: Path, largest: float, full: float | None) -> float:
    if full is not None and math.isfinite(full) and full > 0:
        return float(full)
    usual = "1 if it was scaled before" if largest < 2 else "65535 for data of 16-bit cameras"
    raise InputError(
        f"{path.name} holds values up to {largest:.6g}, and neither it nor DATAMAX in it says "
        f"which value is white: set 'white' ({usual})"
    )


def _words(rows: np.ndarray, unsigned: Any) -> tuple[np.ndarray, bool]:
    """The numbers as native unsigned words, and whether their bytes must be swapped."""
    order = rows.dtype.byteorder
    swap = order not in "|=" and (order == "<") != (sys.byteorder == "little")
    words = np.ascontiguousarray(rows).view(unsigned)
    return (words if words.flags.aligned else words.copy()), swap


def _decode_integers(
    rows: np.ndarray,
    out: np.ndarray,
    height: int,
    flip: bool,
    kind: str,
    signed: bool,
    white: Any,
    options: Options,
) -> float:
    from nodes.kernels import decode as kernels

    size = rows.dtype.itemsize
    run = {1: kernels.decode_bytes, 2: kernels.decode_shorts, 4: kernels.decode_longs}[size]
    words, swap = _words(rows, f"u{size}")
    half = 1 << (8 * size - 1)
    mask = half if kind == "i" else 0  # two's complement becomes offset binary
    base = float(half) if signed else 0.0

    def work(first: int, last: int) -> float:
        return float(run(words, out, first, last, height, flip, swap, mask, base, 1 / white))

    return float(min(run_bands(work, len(rows), ctx=options.ctx))) - base  # type: ignore[type-var, arg-type]


def _decode_floats(
    rows: np.ndarray, out: np.ndarray, height: int, flip: bool, options: Options
) -> tuple[float, int]:
    """Largest finite value (NaN if there is none; 0 for any that is negative), and infinities."""
    from nodes.kernels.decode import decode_floats

    words, swap = _words(rows, np.uint32)
    bits = out.view(np.uint32)

    def work(first: int, last: int) -> tuple[int, int, int]:
        found: tuple[int, int, int] = decode_floats(words, bits, first, last, height, flip, swap)
        return found

    results: list[Any] = run_bands(work, len(rows), ctx=options.ctx)
    infinite = sum(int(r[1]) for r in results)
    if infinite + sum(int(r[2]) for r in results) == out.size:
        return math.nan, infinite
    largest = max(0, *(int(r[0]) for r in results), 0)
    return float(np.array(largest, np.int32).view(np.float32)), infinite


def _decode_any(
    rows: np.ndarray,
    out: np.ndarray,
    height: int,
    flip: bool,
    scale: float,
    zero: float,
    blank: int | None,
    white: float,
    options: Options,
) -> tuple[float, float, int]:
    """Smallest and largest physical value, and the number of infinities."""

    def work(first: int, last: int) -> tuple[float, float, int]:
        band = rows[first:last]
        values = band.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            values *= scale
            values += zero
            if blank is not None and band.dtype.kind in "iu":
                values[band == blank] = np.nan
            result = (values / white).astype(np.float32)
        infinite = np.isinf(result)
        result[infinite] = values[infinite] = np.nan
        target = np.arange(first, last)
        if flip:
            target = (target // height) * height + height - 1 - target % height
        out[target] = result
        valid = values[~np.isnan(values)]
        low, high = (valid.min(), valid.max()) if valid.size else (math.inf, -math.inf)
        return float(low), float(high), int(np.count_nonzero(infinite))

    results: list[Any] = run_bands(work, len(rows), ctx=options.ctx)
    largest = max(r[1] for r in results)
    infinite = sum(r[2] for r in results)
    return min(r[0] for r in results), (math.nan if largest == -math.inf else largest), infinite


def _divide(out: np.ndarray, white: Any, options: Options) -> None:
    from nodes.kernels.decode import divide

    run_bands(lambda first, last: divide(out, first, last, float(white)), len(out), ctx=options.ctx)


def encode(data: np.ndarray, bits: int, ctx: Context, name: str) -> np.ndarray:
    """0 … 1 to unsigned integers of 8 or 16 bits, rounded half up, of the same shape.

    What lies outside is clipped, missing pixels become 0; both are counted in a warning.
    """
    from nodes.kernels.decode import encode as encode_rows

    rows = np.ascontiguousarray(data).reshape(-1, data.shape[-1])
    out = np.empty(rows.shape, np.uint8 if bits == 8 else np.uint16)
    top = float(2**bits - 1)
    counts: list[Any] = run_bands(
        lambda first, last: encode_rows(rows, out, first, last, top), len(rows), ctx=ctx
    )
    clipped, missing = (sum(int(c[i]) for c in counts) for i in (0, 1))
    if clipped:
        ctx.warn(f"{name}: {clipped} values outside 0 … 1 were clipped for {bits}-bit integers")
    if missing:
        ctx.warn(f"{name}: {missing} missing pixels were written as 0; integers have no NaN")
    return out.reshape(data.shape)
