"""Registration: how frames lie to each other, and drawing them on one grid of pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Partial, Range, Repeat, node
from graph.values import value_type
from nodes.stars import SATURATED, Stars
from nodes.values import Image, LinearImage, Table, Wcs

#: pixels of the reference from one node of a distortion to the next
STEP = 64.0


def _frozen(data: Any) -> np.ndarray:
    view = np.ascontiguousarray(data, np.float64).view()
    view.setflags(write=False)
    return view


@value_type("Transform", color="#80c8a0")
@dataclass(frozen=True, eq=False)
class Transform:
    """Where each pixel of the reference lies in a frame.

    matrix: 3 × 3, from (x, y, 1) of the reference to the frame; pixel centres are integers, row 0
    on top. shifts: ``(2, rows, columns)`` of pixels that a distortion adds to x and y, at every 64
    pixels of the reference from (left, top) on, linear in between; no columns for none.
    width, height: of the frame; reference_width, reference_height: of the reference; pixels.

    matched: false where no transform was found, with the reason in words. model: what was fitted,
    which is a simpler one than asked for where pairs are few. pairs: stars that lay within the
    tolerance; inliers: those that were kept. overlap: share of the smaller image that both cover.
    regularity: share of that with inliers in it. rms, deviation: of the distances of the inliers,
    peak_x, peak_y: the largest; pixels of the frame. scale: pixels of the frame for one of the
    reference; rotation: degrees, from x towards y; shift_x, shift_y: of the middle of the image.
    flux_ratio: median flux of the reference's stars over the frame's. wcs: the reference's
    solution, or None.
    """

    matrix: np.ndarray
    width: int
    height: int
    reference_width: int
    reference_height: int
    matched: bool = True
    reason: str = ""
    model: str = "projective"
    shifts: np.ndarray = field(default_factory=lambda: np.zeros((2, 0, 0)))
    left: float = 0.0
    top: float = 0.0
    pairs: int = 0
    inliers: int = 0
    overlap: float = 0.0
    regularity: float = 0.0
    rms: float = math.nan
    deviation: float = math.nan
    peak_x: float = math.nan
    peak_y: float = math.nan
    flux_ratio: float = math.nan
    wcs: Wcs | None = None

    def __post_init__(self) -> None:
        matrix, shifts = _frozen(self.matrix), _frozen(self.shifts)
        if matrix.shape != (3, 3) or shifts.ndim != 3 or len(shifts) != 2:
            raise ValueError(f"a transform is (3, 3) and (2, rows, columns), not {matrix.shape}")
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "shifts", shifts)

    def place(self, points: Any) -> np.ndarray:
        """Where points ``(n, 2)`` of the reference lie in the frame."""
        from scipy.ndimage import map_coordinates

        from nodes.models import apply

        points = np.asarray(points, np.float64)
        placed = apply(self.matrix, points)
        if self.shifts.size:
            at = (points[:, ::-1] - (self.top, self.left)).T / STEP
            for axis, plane in enumerate(self.shifts):
                placed[:, axis] += map_coordinates(plane, at, order=1, mode="nearest")
        return placed

    @property
    def scale(self) -> float:
        """Pixels of the frame for one of the reference, in the middle of the reference."""
        (a, b), (c, d) = self._slope()
        return math.sqrt(abs(a * d - b * c))

    @property
    def rotation(self) -> float:
        """Degrees, from x towards y, -180 to 180."""
        (a, b), (c, d) = self._slope()
        sign = -1 if self.mirrored else 1
        return math.degrees(math.atan2(c - sign * b, a + sign * d))

    @property
    def mirrored(self) -> bool:
        """Whether the sense of rotation changes."""
        (a, b), (c, d) = self._slope()
        return a * d - b * c < 0

    def _middle(self) -> tuple[float, float]:
        return (self.reference_width - 1) / 2, (self.reference_height - 1) / 2

    def _slope(self) -> list[list[float]]:
        """What the place in the frame changes by for a step in the reference."""
        (x, y), m = self._middle(), self.matrix
        w = float(m[2, 0] * x + m[2, 1] * y + m[2, 2])
        u, v = (m[:2, 0] * x + m[:2, 1] * y + m[:2, 2]) / w
        slope: list[list[float]] = ((m[:2, :2] - np.outer((u, v), m[2, :2])) / w).tolist()
        return slope

    def summary(self) -> str:
        """``similarity, 0.12°, shift 3.1 -4.2 px, 240 stars, rms 0.11 px``."""
        if not self.matched:
            return f"not matched: {self.reason}"
        dx, dy = self.shift
        mirrored = ", mirrored" if self.mirrored else ""
        return (
            f"{self.model}, {self.rotation:.4g}°{mirrored}, shift {dx:.4g} {dy:.4g} px, "
            f"{self.inliers} stars, rms {self.rms:.2g} px"
        )

    @property
    def shift(self) -> tuple[float, float]:
        """By what the middle of the reference lies off the same pixel of the frame."""
        (x, y), m = self._middle(), self.matrix
        u, v, w = (float(row[0] * x + row[1] * y + row[2]) for row in m)
        return u / w - x, v / w - y


@value_type("Canvas", color="#a0b0c0")
@dataclass(frozen=True)
class Canvas:
    """The rectangle, in pixels of the reference, that frames are drawn on."""

    left: int
    top: int
    width: int
    height: int

    def summary(self) -> str:
        """``6000 × 4000 px from (0, 0)``."""
        return f"{self.width} × {self.height} px from ({self.left}, {self.top})"


@node(
    "register.match",
    version=1,
    known_as=("StarAlignment", "register", "setref", "FrameAlignment"),
    title="Match stars",
    memory=lambda inputs, counts, params: 8 << 20,
)
def match(
    stars: Stars,
    reference: Annotated[Stars, Repeat()],
    *,
    model: Literal["shift", "similarity", "affine", "projective"] = "projective",
    distortion: Literal["none", "polynomial", "spline"] = "none",
    order: Annotated[int, Range(2, 5)] = 3,
    smoothness: Annotated[float, Range(0, 1, slider=(0, 0.1))] = 0.005,
    mirror: bool = True,
    tolerance: Annotated[float, Range(0.1, 20, slider=(0.5, 5), unit="px")] = 1.9,
    limit: Annotated[int, Range(10, 10_000, slider=(50, 4000), scale="log")] = 800,
) -> Transform:
    """Find how a frame lies to the reference, by their stars.

    Shapes of triangles of the brightest stars are compared, whatever their shift, rotation, scale
    (0.4 to 2.5) and mirroring. Each pair of like triangles is a guess of the transform; those
    whose corners were paired most often are tried on the bright stars of both images, and what
    pairs more of them than chance can is taken: a tenth of the stars in common is enough. Then all
    stars are paired and the model is fitted by least squares, stars beyond three times the rms
    left out twice; faint ones weigh less. Where pairs are few (less than eight times what the
    model needs) a simpler model is taken, which the transform tells. Nothing is random: the same
    stars always give the same transform.

    A frame that cannot be matched gives a transform that is not, with the reason, and no error: a
    night goes on without it. Reasons: too few stars, no common pattern, too few pairs, more than
    3 px rms, an overlap below a tenth, a mirrored frame where that is not allowed.

    Source: triangles after Valdes et al. 1995 and Siril, tolerance and limits of PixInsight's
    StarAlignment; guesses by triangles take the place of RANSAC's random samples, and simplify
    its fitness to the chance of the match.

    model: shift moves; similarity turns and scales too; affine shears too; projective is that of
        a plane seen from another side, and right where nothing is known.
    distortion: of the optics, added to the model: a polynomial over the frame, or thin plates that
        follow any smooth form. Needs some hundred stars over the whole frame.
    order: of the polynomial.
    smoothness: of the thin plates; 0 goes through every star.
    mirror: match mirrored frames too.
    tolerance: pixels by which a star may lie off its place.
    limit: so many of the brightest stars are used.
    """
    from nodes.alignment import Wanted, align
    from nodes.matching import Points

    sizes = stars.width, stars.height, reference.width, reference.height
    points = [
        Points(np.stack([s.x[:limit], s.y[:limit]], 1), _spread(s)[:limit], s.width, s.height)
        for s in (reference, stars)
    ]
    count = len(points[0].places)
    same = sizes[:2] == sizes[2:] and np.array_equal(points[0].places, points[1].places)
    if same and count:  # the reference itself, which is not to be drawn anew
        return Transform(
            np.eye(3), *sizes, model="shift", pairs=count, inliers=count, overlap=1.0,
            regularity=1.0, rms=0.0, deviation=0.0, peak_x=0.0, peak_y=0.0, flux_ratio=1.0,
            wcs=reference.wcs,
        )  # fmt: skip
    wanted = Wanted(model, distortion, order, smoothness, tolerance, mirror)
    found = align(points[0], points[1], wanted)
    if isinstance(found, str):
        return Transform(np.eye(3), *sizes, matched=False, reason=found, model=model)
    distance = np.hypot(found.rest[:, 0], found.rest[:, 1])
    peaks = np.abs(found.rest).max(axis=0).tolist()
    return Transform(
        found.matrix, *sizes, model=found.model, shifts=found.shifts, pairs=found.pairs,
        inliers=len(found.one), overlap=found.overlap, regularity=found.regularity,
        rms=math.sqrt(float(np.mean(distance**2))), deviation=float(distance.std()),
        peak_x=peaks[0], peak_y=peaks[1], wcs=reference.wcs,
        flux_ratio=_flux_ratio(reference, stars, found.one, found.other),
    )  # fmt: skip


def _spread(stars: Stars) -> np.ndarray:
    """By how many pixels each place may be off: for a Gaussian star, 0.6 FWHM by its SNR.

    Never less than a twentieth of a pixel, which is what seeing does to bright ones.
    """
    known = (stars.snr > 0) & (stars.fwhm > 0)
    width, snr = np.where(known, stars.fwhm, 0.0), np.where(known, stars.snr, 1.0)
    return np.hypot(0.05, 0.6 * width / snr)


def _flux_ratio(reference: Stars, stars: Stars, one: np.ndarray, other: np.ndarray) -> float:
    """The median ratio over pairs of unsaturated stars."""
    flux, own = reference.flux[one].astype(np.float64), stars.flux[other].astype(np.float64)
    good = ~((reference.flags[one] | stars.flags[other]) & SATURATED).astype(bool)
    good &= (flux > 0) & (own > 0)
    return float(np.median(flux[good] / own[good])) if good.any() else math.nan


_COLUMNS = (
    "matched", "reason", "model", "pairs", "inliers", "overlap", "regularity", "rms", "deviation",
    "peak_x", "peak_y", "scale", "rotation", "shift_x", "shift_y", "mirrored", "flux_ratio",
)  # fmt: skip


@node("register.table", version=1, known_as=("registration report",), title="Registration table")
def table(transforms: Annotated[Sequence[Transform], Partial()]) -> Table:
    """Write transforms as a table, one row a frame.

    Columns: frame (from 1 on), matched, reason, model, pairs, inliers, overlap, regularity, rms,
    deviation, peak_x, peak_y, shift_x and shift_y (pixels), scale, rotation (degrees), mirrored,
    flux_ratio. A frame that was not matched has no numbers.
    """
    rows = []
    for number, transform in enumerate(transforms, 1):
        dx, dy = transform.shift
        numbers = {"shift_x": dx, "shift_y": dy}
        row = [numbers[c] if c in numbers else getattr(transform, c) for c in _COLUMNS]
        if not transform.matched:
            row[3:] = [0, 0, *[math.nan] * 10, False, math.nan]
        rows.append((number, *row))
    return Table(("frame", *_COLUMNS), tuple(rows))


@node(
    "register.canvas",
    version=1,
    known_as=("StarAlignment", "seqapplyreg", "framing"),
    title="Canvas",
)
def canvas(
    transforms: Annotated[Sequence[Transform], Partial()],
    *,
    framing: Literal["reference", "common", "union", "centre"] = "reference",
    ctx: Context = SILENT,
) -> Canvas:
    """Choose the rectangle that all frames are drawn on.

    Its pixels are those of the reference. Frames that were not matched have no say; a warning
    tells of them when they are more than half. Raises InputError when there are no frames, none
    was matched, they have no rectangle in common, or their union is more than a hundred times as
    large as the reference.

    framing: reference is the reference's own rectangle; common is the largest that lies in all
        frames; union the smallest that holds all; centre is as large as the reference, in the
        middle of where the frames lie.
    """
    from nodes.framing import bounds, common_rectangle
    from nodes.models import footprint

    good = [transform for transform in transforms if transform.matched]
    if not good:
        raise InputError(
            f"none of the {len(transforms)} frames was matched, so there is nothing to draw; "
            "look at the reasons in the registration table, and choose another reference"
            if len(transforms)
            else "there are no transforms; wire those of the frames"
        )
    lost = len(transforms) - len(good)
    if 2 * lost > len(transforms):
        ctx.warn(f"{lost} of {len(transforms)} frames could not be matched with the reference")
    width, height = good[0].reference_width, good[0].reference_height
    if framing == "reference":
        return Canvas(0, 0, width, height)
    found = [footprint(t.matrix, t.width, t.height) for t in good]
    outlines = [outline for outline in found if outline is not None]
    if framing == "common":
        box = common_rectangle(outlines)
        if box is None:
            raise InputError(
                f"the {len(good)} frames have no rectangle in common; take the union or the "
                "reference as the frame, or leave out those that lie elsewhere"
            )
        return Canvas(*box)
    if framing == "union":
        box = bounds(outlines)
        if box[2] * box[3] > 100 * width * height:
            raise InputError(
                f"the union of the frames would be {box[2]} × {box[3]} px for a reference of "
                f"{width} × {height}; leave out frames that lie elsewhere"
            )
        return Canvas(*box)
    middle = np.mean([outline.mean(axis=0) for outline in outlines], axis=0)
    left, top = (
        round(float(m) - (n - 1) / 2) for m, n in zip(middle, (width, height), strict=True)
    )
    return Canvas(left, top, width, height)


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """The result, and a frame turned over where it lies upside down."""
    return 2 * inputs["image"] + (16 << 20)


@node(
    "register.warp",
    version=1,
    known_as=("StarAlignment", "seqapplyreg", "Resample", "Rotation", "align"),
    title="Draw on the canvas",
    memory=_memory,
)
def warp(
    image: LinearImage,
    transform: Transform,
    canvas: Annotated[Canvas | None, Repeat()] = None,
    *,
    interpolation: Literal[
        "auto", "nearest", "bilinear", "catmull-rom", "b-spline", "mitchell", "lanczos3", "lanczos4"
    ] = "auto",
    clamping: Annotated[float, Range(0, 1)] = 0.30,
    ctx: Context = SILENT,
) -> Image:
    """Draw a frame on the pixels of the reference, in one resampling.

    Pixels outside of the frame are missing (NaN), and so is a pixel with less than half of its
    weight from pixels that are there. A shift by whole pixels, a quarter turn and a mirroring copy
    pixels bit for bit. Surface brightness is kept, and so is the flux of stars where the scale is
    1. A frame that was not matched becomes an image without pixels, of weight 0.

    The solution is the reference's where the transform carries one, moved with the canvas; else
    the frame's own, moved exactly for shifts, turns and shears (a SIP distortion only for shifts
    and mirrorings, else it is dropped with a warning); a frame's own solution that a distortion or
    a perspective of more than 0.05 px has bent is dropped with a warning. Astrometric properties
    of an XISF file, which speak of the old pixels, are dropped.

    Negative lobes of Lanczos and Catmull-Rom are clamped where they would draw dark rings around
    stars, by the published formula with two limits. It acts where the result would be darker than
    all four pixels about the place, and raises it to the darkest of them at most: everywhere, it
    would brighten the wings of stars by up to 3 %. It measures from thirty sigmas below the
    background and not from 0: so a pedestal changes nothing, and noise about 0 has no bias.

    Raises InputError for a raw mosaic (debayer it first; drizzle takes the transform alone) and
    for a frame of another size than the transform was found for.
    Source: Lanczos interpolation and clamping of PixInsight (PCL), Mitchell and Netravali 1988.

    interpolation: auto is Lanczos-3, or, where four fifths of the resolution or less remain,
        Mitchell-Netravali as wide as that needs.
    clamping: share of the positive weight from which on negative lobes are weakened; 1 never, 0
        always.
    """
    from nodes.drawing import draw

    if image.cfa:
        raise InputError(
            f"the frame is a raw mosaic ({image.cfa}), whose pixels cannot be mixed; debayer it "
            "first"
        )
    if (image.width, image.height) != (transform.width, transform.height):
        raise InputError(
            f"the frame is {image.width} × {image.height} px but its transform was found for "
            f"{transform.width} × {transform.height}; wire the stars of the same frames"
        )
    box = canvas or Canvas(0, 0, transform.reference_width, transform.reference_height)
    return draw(image, transform, box, interpolation, clamping, ctx)
