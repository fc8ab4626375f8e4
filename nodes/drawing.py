"""A frame drawn on a canvas: pixels, solution, and what the interpolation needs to know."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.context import Context
from nodes.formats.orientation import flip_wcs
from nodes.models import apply, invert, multiply
from nodes.values import Image, Wcs

if TYPE_CHECKING:
    from nodes.register import Canvas, Transform

_WHOLE = 1e-7  # pixels by which a copied pixel may lie off its place
_COARSE = 1.25  # pixels of the frame for one of the canvas from which on aliases are filtered
_WIDEST = 4.0  # times that a kernel is widened, at most
_SAMPLE = 1 << 14
_FLOOR = 30.0  # sigmas below the background from which negative lobes are measured
_BENT = 0.05  # pixels that a linear solution may be wrong by


def draw(
    image: Image,
    transform: Transform,
    canvas: Canvas,
    interpolation: str,
    clamping: float,
    ctx: Context,
) -> Image:
    """The frame on the canvas, as ``register.warp`` describes it."""
    shape = image.channels, canvas.height, canvas.width
    properties = tuple(p for p in image.properties if "AstrometricSolution" not in p[0])
    if not transform.matched:
        ctx.warn(f"drawn without pixels, as the frame was not matched: {transform.reason}")
        data = np.full(shape, np.nan, np.float32)
        return image.replace(data=data, wcs=None, weight=0.0, properties=properties)
    origin = np.array([[1.0, 0, canvas.left], [0, 1, canvas.top], [0, 0, 1]])
    matrix = multiply(transform.matrix, origin)
    wcs = _solution(image, transform, canvas, matrix, ctx)
    whole = None if transform.shifts.size else _whole(matrix)
    if whole is not None:
        data = image.data
        if (canvas.height, canvas.width) != data.shape[1:] or (whole != np.eye(3)).any():
            data = _copy(data, whole, canvas.width, canvas.height)
        return image.replace(data=data, wcs=wcs, properties=properties)
    from nodes.kernels.taps import taps_of
    from nodes.kernels.warp import Place, warp
    from nodes.register import STEP

    coarse = min(transform.scale, _WIDEST)
    stretch = coarse if coarse >= _COARSE and interpolation in ("auto", "mitchell") else 1.0
    if interpolation == "auto":
        interpolation = "mitchell" if stretch > 1 else "lanczos3"
    taps = None if interpolation == "nearest" else taps_of(interpolation, stretch)
    data = warp(
        image.data,
        Place(
            matrix, transform.shifts, transform.left - canvas.left, transform.top - canvas.top, STEP
        ),
        canvas.width,
        canvas.height,
        taps,
        threshold=clamping,
        floors=np.array([_floor(plane) for plane in image.data], np.float32),
        ctx=ctx,
    )
    return image.replace(data=data, wcs=wcs, properties=properties)


def _whole(matrix: np.ndarray) -> np.ndarray | None:
    """The same matrix in whole numbers, if it only moves, turns by quarters and mirrors."""
    rounded = np.rint(matrix)
    turns = np.abs(rounded[:2, :2])
    if not (turns.sum(axis=0) == 1).all() or not (turns.sum(axis=1) == 1).all():
        return None
    off = np.abs(matrix - rounded)
    slope = off.copy()
    slope[:2, 2] = 0
    return rounded if slope.max() <= 1e-12 and off.max() <= _WHOLE else None


def _copy(source: np.ndarray, matrix: np.ndarray, width: int, height: int) -> np.ndarray:
    """The frame on the canvas, pixel by pixel."""
    out = np.full((len(source), height, width), np.nan, np.float32)
    matrix = matrix.copy()
    if matrix[0, 0] == 0:
        source, matrix = source.transpose(0, 2, 1), matrix[[1, 0, 2]]
    spans = []
    for axis, length in enumerate((width, height)):
        size = source.shape[2 - axis]
        if matrix[axis, axis] < 0:
            source, matrix[axis, 2] = np.flip(source, 2 - axis), size - 1 - matrix[axis, 2]
        start = int(matrix[axis, 2])  # in the source, of the first pixel of the canvas
        first, last = max(0, -start), min(length, size - start)
        spans.append((first, max(first, last), start))
    (left, right, x), (top, bottom, y) = spans
    if right > left and bottom > top:
        out[:, top:bottom, left:right] = source[:, y + top : y + bottom, x + left : x + right]
    return out


def _floor(plane: np.ndarray) -> float:
    """Thirty sigmas below the background, from a sample of the pixels."""
    flat = plane.reshape(-1)
    sample = flat[:: max(1, flat.size // _SAMPLE) | 1]  # an odd step meets all columns
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0
    middle = float(np.median(sample))
    return middle - _FLOOR * 1.4826 * float(np.median(np.abs(sample - middle)))


def _solution(
    image: Image, transform: Transform, canvas: Canvas, matrix: np.ndarray, ctx: Context
) -> Wcs | None:
    """The solution of the drawn frame."""
    if transform.wcs is not None:
        return transform.wcs.moved(canvas.left, canvas.top)
    if image.wcs is None:
        return None
    linear, error = _linear_part(matrix, canvas)
    if transform.shifts.size:
        error += float(np.abs(transform.shifts).max())
    if error > _BENT:
        ctx.warn(
            f"the astrometric solution is dropped: the transform bends it by {error:.2g} px; solve "
            "the result, or the reference before"
        )
        return None
    return carry_solution(image.wcs, linear, image.width, image.height, ctx)


def _linear_part(matrix: np.ndarray, canvas: Canvas) -> tuple[np.ndarray, float]:
    """The affine matrix nearest to one, and the most that both differ by on the canvas."""
    matrix = matrix / matrix[2, 2]
    if not matrix[2, :2].any():
        return matrix, 0.0
    from nodes.models import fit_model

    x, y = np.meshgrid(np.linspace(0, canvas.width - 1, 9), np.linspace(0, canvas.height - 1, 9))
    points = np.stack([x.ravel(), y.ravel()], 1)
    places = apply(matrix, points)
    linear = fit_model("affine", points, places, np.ones(len(points)))
    if linear is None:
        return matrix, math.inf
    return linear, float(np.abs(apply(linear, points) - places).max())


def carry_solution(
    wcs: Wcs, matrix: np.ndarray, width: int, height: int, ctx: Context
) -> Wcs | None:
    """The solution of an image of which each pixel p is pixel ``matrix · p`` of the solved one.

    width, height: of the solved image. matrix: affine.
    """
    slope = matrix[:2, :2]
    diagonal = np.diag(np.sign(np.diag(slope)))
    if (slope == diagonal).all() and (np.abs(np.diag(slope)) == 1).all():
        x, y = matrix[0, 2], matrix[1, 2]
        if slope[0, 0] < 0:
            wcs, x = flip_wcs(wcs, 1, width), width - 1 - x
        if slope[1, 1] < 0:
            wcs, y = flip_wcs(wcs, 2, height), height - 1 - y
        return wcs.moved(float(x), float(y))
    try:
        scales = np.asarray(wcs.astropy().pixel_scale_matrix, np.float64)
    except Exception as error:  # astropy raises many kinds
        ctx.warn(f"the astrometric solution is dropped, as it cannot be read: {error}")
        return None
    if any(_SIP.match(key) for key, _, _ in wcs.cards):
        ctx.warn(
            "the SIP distortion of the astrometric solution is dropped, as the frame was turned or "
            "scaled; solve the result, or the reference before"
        )
    cd = (scales @ slope).tolist()
    back = invert(matrix)
    pixel = np.array([[float(wcs.get(f"CRPIX{axis}", 0.0)) - 1 for axis in (1, 2)]])
    crpix = (apply(back, pixel)[0] + 1).tolist()
    new: dict[str, Any] = {"CRPIX1": crpix[0], "CRPIX2": crpix[1]}
    new |= {f"CD{i + 1}_{j + 1}": cd[i][j] for i in (0, 1) for j in (0, 1)}
    cards = []
    for key, value, comment in wcs.cards:
        if _SIP.match(key) or (_MATRIX.match(key) and key not in new):
            continue
        if key.startswith("CTYPE") and isinstance(value, str):
            value = value.removesuffix("-SIP")
        cards.append((key, new.pop(key, value), comment))
    return Wcs((*cards, *((key, value, "") for key, value in new.items())))


_SIP = re.compile(r"(AP?|BP?)_(\d_\d|ORDER|DMAX)$")
_MATRIX = re.compile(r"(CDELT\d|CROTA\d|PC\d_\d|CD\d_\d)$")
