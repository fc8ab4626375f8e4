"""Statistics of images, and tables and texts of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from graph.context import SILENT, Context
from graph.spec import From, node
from nodes.values import Image, Statistics, Table

_NAMES = {1: ("mono",), 3: ("red", "green", "blue")}
_COLUMNS = (
    ("median", "median"),
    ("mad", "MAD"),
    ("mean", "mean"),
    ("deviation", "deviation"),
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("noise", "noise"),
    ("count", "pixels"),
    ("missing", "missing"),
)


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """Layers and counts of one band of rows of one channel."""
    return min(inputs["image"] * 4 // 5, 44 << 20)


@node(
    "measure.statistics",
    version=1,
    known_as=("stat", "bgnoise"),
    title="Statistics",
    memory=_memory,
)
def image_statistics(image: Image, *, ctx: Context = SILENT) -> Statistics:
    """Measure every channel: median, MAD, mean, deviation, extremes and noise.

    Median and MAD are exact, not sampled, and missing pixels (NaN) do not count. The deviation is
    that of a sample (divided by count - 1), 0 for a single pixel. The noise is the Gaussian sigma
    by the multiresolution support of four starlet layers (Starck and Murtagh 1998), or, when
    hardly a pixel is free of structures, k-sigma clipping of the first layer; pixels that are
    exactly 0 or saturated have no part in it. A raw mosaic is measured as a whole, its noise in
    each colour of the pattern and then averaged. A channel without a valid pixel gives NaN, count
    0 and a warning.
    """
    from nodes.kernels.median import median_mad
    from nodes.kernels.moments import moments

    rows: list[dict[str, Any]] = []
    for index, plane in enumerate(image.data):
        start, share = index / image.channels, 1 / image.channels
        median, mad, count = median_mad(plane, ctx, (start, start + 0.3 * share))
        rest = moments(plane, median, ctx, (start + 0.3 * share, start + 0.4 * share))
        noise = math.nan if count == 0 else 0.0
        if rest.deviation > 0:
            pattern = image.cfa is not None and min(plane.shape) > 1
            parts = [plane[y::2, x::2] for y in (0, 1) for x in (0, 1)] if pattern else [plane]
            noise = _noise(parts, rest.maximum, ctx, (start + 0.4 * share, start + share))
        if count == 0:
            name = _NAMES[image.channels][index]
            ctx.warn(f"the {name} channel has no valid pixel; its statistics are NaN")
        rows.append(
            {
                "median": median,
                "mad": mad,
                "mean": rest.mean,
                "deviation": rest.deviation,
                "minimum": rest.minimum,
                "maximum": rest.maximum,
                "noise": noise,
                "count": count,
                "missing": plane.size - count,
            }
        )
    columns: dict[str, Any] = {key: tuple(row[key] for row in rows) for key in rows[0]}
    return Statistics(
        **columns,
        width=image.width,
        height=image.height,
        linear=image.linear,
        color_calibrated=image.color_calibrated,
    )


def _noise(
    parts: list[np.ndarray], maximum: float, ctx: Context, span: tuple[float, float]
) -> float:
    """Noise of planes that are parts of one channel: the quadratic mean."""
    from nodes.kernels.median import median_mad
    from nodes.kernels.noise import estimate_noise

    squares = []
    for index, part in enumerate(parts):
        step = (span[1] - span[0]) / len(parts)
        inside = span[0] + index * step, span[0] + (index + 1) * step
        median, _, count = median_mad(part, ctx, inside)
        if count:
            squares.append(estimate_noise(part, median, maximum, ctx, inside) ** 2)
    return math.sqrt(sum(squares) / len(squares)) if squares else math.nan


@node("measure.table", version=1, known_as=("stat",), title="Statistics table")
def statistics_table(statistics: Statistics) -> Table:
    """Write statistics as a table, one row for each channel.

    Columns: channel, median, mad, mean, deviation, minimum, maximum, noise, count, missing, in
    the units of the image (0 black to 1 white).
    """
    keys = [key for key, _ in _COLUMNS]
    names = _NAMES[len(statistics.median)]
    rows = tuple(
        (name, *(getattr(statistics, key)[i] for key in keys)) for i, name in enumerate(names)
    )
    return Table(("channel", *keys), rows)


@node("measure.summary", version=1, known_as=("stat", "FITSHeader"), title="Summary")
def summary(
    image: Image,
    statistics: Annotated[Statistics, From(image_statistics)],
    *,
    title: str = "",
) -> str:
    """Describe an image in a short text: size, state, sky position, a table of its statistics.

    title: first line of the text; empty for the OBJECT in the header.
    """
    kind = "RGB" if image.channels == 3 else "raw mosaic " + image.cfa if image.cfa else "mono"
    facts = [f"{kind}, {image.width} × {image.height} px, {image.state}"]
    if image.channels == 3:
        facts.append("colour calibrated" if image.color_calibrated else "colour not calibrated")
    lines = [str(title or image.header.get("OBJECT") or "Untitled"), ", ".join(facts)]
    lines += [f"{label:<10}{text}" for label, text in _header_facts(image) if text]
    names = _NAMES[len(statistics.median)]
    lines += ["", " " * 10 + "".join(f"{name:>14}" for name in names)]
    for key, label in _COLUMNS:
        numbers = getattr(statistics, key)
        cells = [f"{v:,}" if isinstance(v, int) else f"{v:.7g}" for v in numbers]
        lines.append(f"{label:<10}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines) + "\n"


def _header_facts(image: Image) -> list[tuple[str, str]]:
    header = image.header
    exposure = header.get("EXPTIME", header.get("EXPOSURE"))
    facts = [
        ("exposure", f"{exposure} s" if exposure is not None else ""),
        ("filter", str(header.get("FILTER", ""))),
        ("date", str(header.get("DATE-OBS", ""))),
    ]
    if image.wcs is None:
        return facts
    try:
        wcs = image.wcs.astropy()
        centre = wcs.pixel_to_world((image.width - 1) / 2, (image.height - 1) / 2)
        place = centre.icrs.to_string("hmsdms", precision=0)
        sides = [side.to_value("arcsec") for side in wcs.proj_plane_pixel_scales()]
        scale = math.sqrt(sides[0] * sides[1])
    except Exception as error:  # astropy raises many kinds; a bad solution must not hide the rest
        return [*facts, ("centre", f"the astrometric solution cannot be read: {error}")]
    return [*facts, ("centre", str(place)), ("scale", f"{scale:.4g} arcsec/px")]
