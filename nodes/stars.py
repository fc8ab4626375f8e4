"""Stars: where they are in an image, how bright and how sharp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Range, node
from graph.values import value_type
from nodes.values import LinearImage, Mask, Table, Wcs

if TYPE_CHECKING:
    from nodes.kernels.brightness import Brightness

#: bits of Stars.flags
SATURATED, BLENDED, INCOMPLETE = 1, 2, 4
_FLAGS = ((SATURATED, "saturated"), (BLENDED, "blended"), (INCOMPLETE, "incomplete"))
_COLUMNS = (
    "x", "y", "flux", "background", "amplitude", "fwhm", "eccentricity", "sx", "sy", "theta",
    "beta", "snr", "residual",
)  # fmt: skip
_FLOATS = ("flux", "mean", *_COLUMNS[3:])
#: so many peaks are looked at to count the stars, whatever the limit
_LOOKED_AT = 8000
#: fewer stars than that, and the image is looked at again at half its size, down to a quarter
_FEW, _COARSEST, _TINY = 10, 4, 32
#: by that much more sensitively; as few stars as these may be noise then
_KEENER, _CHANCE = 0.25, 6
_BETAS = {"gaussian": 0.0, "moffat 1.5": 1.5, "moffat 2.5": 2.5, "moffat 4": 4.0,
          "moffat 6": 6.0, "moffat 8": 8.0, "moffat 10": 10.0}  # fmt: skip


@value_type("Stars", color="#e8d080")
@dataclass(frozen=True, eq=False)
class Stars:
    """Stars of one image, the brightest first: arrays of one number a star.

    x, y: centre in pixels of the image, 0 the middle of the first, y down from the top row.
    flux: above the background, within the ellipse of a tenth of the height; mean: the flux by the
    area of that ellipse. background and amplitude: of the fitted profile, in units of the image.
    sx, sy: scale along the longer and the shorter axis, pixels (sigma of a Gaussian; of a Moffat
    the s of ``(1 + r²/s²)^-beta``), theta: of the longer axis, degrees from x towards y, 0 to 180.
    beta: exponent of the Moffat, 0 for a Gaussian. fwhm: geometric mean of both axes, pixels.
    eccentricity: 0 round, near 1 a line. snr: amplitude by the noise of a pixel beside the star.
    residual: mean deviation of the pixels from the profile. flags: 1 saturated, 2 blended with a
    fainter star, 4 incomplete because pixels were missing.

    width, height: of the image, pixels. found: how many stars there were before only the
    brightest were kept. wcs: the solution of the image, or None. sensitivity, and profile: what
    they were looked for with.
    """

    x: np.ndarray
    y: np.ndarray
    flux: np.ndarray
    mean: np.ndarray
    background: np.ndarray
    amplitude: np.ndarray
    fwhm: np.ndarray
    eccentricity: np.ndarray
    sx: np.ndarray
    sy: np.ndarray
    theta: np.ndarray
    beta: np.ndarray
    snr: np.ndarray
    residual: np.ndarray
    flags: np.ndarray
    width: int
    height: int
    found: int = 0
    wcs: Wcs | None = None
    sensitivity: float = 0.5
    profile: str = "moffat 4"

    def __post_init__(self) -> None:
        kinds = {"x": np.float64, "y": np.float64, "flags": np.uint8}
        for name in ("x", "y", "flags", *_FLOATS):
            kind = kinds.get(name, np.float32)
            column = np.ascontiguousarray(getattr(self, name), kind).view()
            if column.shape != np.shape(self.x)[:1]:
                raise ValueError(f"{name} has the shape {column.shape}, not that of x")
            column.setflags(write=False)
            object.__setattr__(self, name, column)
        object.__setattr__(self, "found", max(self.found, len(self.x)))

    def __len__(self) -> int:
        return len(self.x)

    def summary(self) -> str:
        """``1500 stars, FWHM 3.21 px``."""
        if not len(self):
            return "no stars"
        return f"{len(self)} stars, FWHM {float(np.median(self.fwhm)):.3g} px"


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """The plane of brightness of an image of several colours; lists of peaks."""
    return inputs["image"] + (16 << 20)


@node(
    "stars.detect",
    version=1,
    known_as=("StarDetector", "findstar", "DynamicPSF", "psf", "DAOFIND", "SExtractor"),
    title="Detect stars",
    memory=_memory,
)
def detect(
    image: LinearImage,
    mask: Mask | None = None,
    *,
    sensitivity: Annotated[float, Range(0, 1)] = 0.5,
    layers: Annotated[int, Range(2, 8)] = 5,
    min_size: Annotated[float, Range(0, 50, slider=(0, 10), unit="px")] = 0.0,
    max_size: Annotated[float, Range(2, 100, slider=(5, 50), unit="px")] = 32.0,
    max_distortion: Annotated[float, Range(0, 1)] = 0.6,
    saturation: Annotated[float, Range(0, 10, slider=(0.5, 1))] = 0.9,
    profile: Literal[
        "none", "gaussian", "moffat 1.5", "moffat 2.5", "moffat 4", "moffat 6", "moffat 8",
        "moffat 10", "auto",
    ] = "moffat 4",
    limit: Annotated[int, Range(1, 50_000, slider=(100, 8000), scale="log")] = 2000,
    ctx: Context = SILENT,
) -> Stars:  # fmt: skip
    """Find the stars of an image and measure their place, brightness, width and shape.

    Stars are looked for in the mean of the channels, or, in a raw mosaic, in the means of squares
    of 2 × 2 pixels, each of which holds all colours; places are those of the image's own pixels,
    and what the squares add to the width is taken off again. The background and its noise come
    from a mesh of boxes; the image less the background is smoothed slightly, and each peak of it
    that stands out of the noise is looked at: its local background (the frame around it) and the
    region above half of its height. Dropped are single pixels and thin lines (hot pixels, cosmic
    rays), regions that are too large or too long (trails, nebulae), the shoulders of a brighter
    star, what reaches the border, and what is much narrower or wider than the other stars (what is
    left of cosmic rays; galaxies). A profile is then fitted to each.

    Where fewer than ten are found, the image is looked at again by means of 2 × 2 and 4 × 4
    pixels, in which faint stars of bad seeing stand out, and more sensitively, by 0.25; that counts
    when it gives seven or more.

    Missing pixels (NaN) count as background; a star that lacks some has a flag.
    An image without stars gives an empty list. Everything but the saturation scales with the data:
    an image multiplied by a number has the same stars.

    The mask marks what to EXCLUDE: stars whose centre lies where it is above 0.5.

    Raises InputError for a mask of other size.
    Source: the steps and parameters of PixInsight's StarDetector, with a mesh (SExtractor) and
    windowed moments instead of a structure map and binarised layers, since that takes a single
    pass over the pixels; peaks are measured against the noise of the smoothed image, so faint
    wide stars are found as well as narrow ones. The Moffat exponent is one for the whole image.

    sensitivity: how far above the noise a peak must stand: at 0.5 six times, at 0 nine, at 1
        three.
    layers: background is what is larger than 2^(layers + 1) pixels.
    min_size: full width at half maximum of the smallest star; pixels.
    max_size: full width at half maximum of the largest star; pixels.
    max_distortion: 0 takes round stars only, 1 any shape; as the share that is missing of the
        circle around the star.
    saturation: stars that reach this value are flagged, and fitted by their other pixels; a flat
        top is noticed at any value.
    profile: what is fitted: an elliptical Gaussian or Moffat of that exponent; auto is the one of
        2.5, 4, 6 and 10 that suits the brightest stars best; none gives moments instead, faster
        and less exact.
    limit: so many of the brightest stars are kept.
    """
    from nodes.kernels.brightness import brightness, halve

    if mask is not None and mask.data.shape[1:] != image.data.shape[1:]:
        raise InputError(
            f"the mask is {mask.data.shape[2]} × {mask.data.shape[1]} px but the image is "
            f"{image.width} × {image.height} px; make the mask from this image"
        )
    view = brightness(image, ctx, (0.0, 0.1))
    settings = _Settings(
        sensitivity, layers, min_size, max_size, max_distortion, saturation, profile, limit
    )
    found, columns = _find(view, mask, settings, ctx)
    while len(columns["x"]) < _FEW and view.scale < _COARSEST and min(view.plane.shape) >= _TINY:
        view = halve(view, ctx)
        keen = settings._replace(sensitivity=min(sensitivity + _KEENER, 1.0))
        wide, others = _find(view, mask, keen, ctx)
        if len(others["x"]) > max(len(columns["x"]), _CHANCE):
            found, columns = wide, others
    if not np.isfinite(view.plane).any():
        ctx.warn("the image has no valid pixel, so it has no stars")
    return Stars(
        **columns,
        width=image.width,
        height=image.height,
        found=found,
        wcs=image.wcs,
        sensitivity=sensitivity,
        profile=profile,
    )


class _Settings(NamedTuple):
    """The parameters of a detection; see there."""

    sensitivity: float
    layers: int
    min_size: float
    max_size: float
    max_distortion: float
    saturation: float
    profile: str
    limit: int


def _find(
    view: Brightness, mask: Mask | None, settings: _Settings, ctx: Context
) -> tuple[int, dict[str, np.ndarray]]:
    """How many stars a plane has, and the columns of the brightest."""
    from nodes.kernels.columns import make_columns
    from nodes.kernels.mesh import make_mesh
    from nodes.kernels.peaks import find_peaks, smoothed_noise
    from nodes.kernels.psf_fit import choose_beta, fit_profiles
    from nodes.kernels.shapes import measure_peaks

    plane, limit, saturation = view.plane, settings.limit, settings.saturation
    mesh = make_mesh(plane, max(8, (2 << settings.layers) // view.scale), ctx, (0.1, 0.3))
    least = (3 + 6 * (1 - settings.sensitivity)) * smoothed_noise(plane, mesh)
    peaks = find_peaks(plane, mesh, least, ctx, (0.3, 0.5))
    if mask is not None:
        column, row = (view.scale * peaks[:, :2] + view.offset).astype(np.intp).T
        peaks = peaks[~(mask.data[0, row, column] > 0.5)]
    shapes = measure_peaks(
        plane, mesh, peaks[: max(4 * limit, _LOOKED_AT)], least=least,
        min_size=settings.min_size / view.scale, max_size=settings.max_size / view.scale,
        max_distortion=settings.max_distortion, saturation=saturation, ctx=ctx, span=(0.5, 0.7),
    )  # fmt: skip
    fits, beta = None, _BETAS.get(settings.profile, 0.0)
    if settings.profile == "auto":
        beta = choose_beta(plane, shapes, saturation, ctx)
    if settings.profile != "none":
        fits = fit_profiles(plane, shapes[:limit], beta, saturation, ctx, (0.7, 1.0))
    columns = make_columns(
        shapes[:limit], fits, beta=beta, max_distortion=settings.max_distortion,
        sizes=(settings.min_size / view.scale, settings.max_size / view.scale),
        offset=view.offset, spread=view.spread, scale=view.scale,
    )  # fmt: skip
    return max(len(shapes) - limit, 0) + len(columns["x"]), columns


@node("stars.table", version=1, known_as=("findstar",), title="Star table")
def table(stars: Stars) -> Table:
    """Write stars as a table, one row a star, the brightest first; viewers show it as rings.

    Columns: x and y (pixels, 0 the middle of the first), flux, background and amplitude (units of
    the image), fwhm (pixels), eccentricity, sx, sy (pixels), theta (degrees), beta, snr, residual,
    and flags in words.
    """
    columns = [getattr(stars, name).tolist() for name in _COLUMNS]
    words = [
        " ".join(word for bit, word in _FLAGS if flags & bit) for flags in stars.flags.tolist()
    ]
    return Table((*_COLUMNS, "flags"), tuple(zip(*columns, words, strict=True)))
