"""The value types of image processing: Image, Mask, Statistics, Pyramid, Screen, Table.

Every array is held read-only, float32 and ``(channels, height, width)``, row 0 on top unless
said otherwise. Missing pixels are NaN.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from graph.spec import Gives, Requires
from graph.values import value_type

if TYPE_CHECKING:
    from astropy.wcs import WCS

#: keyword, value, comment
Card = tuple[str, Any, str]


def read_only(data: Any) -> np.ndarray:
    """A read-only float32 view of an array, C-contiguous; the caller's own array is untouched."""
    view = np.ascontiguousarray(data, dtype=np.float32).view()
    view.setflags(write=False)
    return view


@value_type("Header")
@dataclass(frozen=True)
class Header:
    """FITS cards in their order, duplicates kept. Structure and WCS cards are not in it."""

    cards: tuple[Card, ...] = ()

    def get(self, keyword: str, default: Any = None) -> Any:
        """The value of the first card of that keyword."""
        return next((value for key, value, _ in self.cards if key == keyword), default)

    def set(self, keyword: str, value: Any, comment: str = "") -> Header:
        """A header with that card replaced in its place, or added at the end."""
        card = (keyword, value, comment)
        if all(key != keyword for key, _, _ in self.cards):
            return Header((*self.cards, card))
        return Header(tuple(card if c[0] == keyword else c for c in self.cards))

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards)

    def __len__(self) -> int:
        return len(self.cards)


@value_type("Wcs")
@dataclass(frozen=True)
class Wcs:
    """An astrometric solution: its FITS cards (CTYPE, CRVAL, CRPIX, CD or PC, SIP …)."""

    cards: tuple[Card, ...]

    def get(self, keyword: str, default: Any = None) -> Any:
        """The value of a card."""
        return next((value for key, value, _ in self.cards if key == keyword), default)

    def moved(self, dx: float, dy: float) -> Wcs:
        """The solution of the image whose pixel (0, 0) was pixel (dx, dy) of this one.

        Only the reference pixel moves; SIP polynomials are relative to it and stay.
        """
        shift = {"CRPIX1": dx, "CRPIX2": dy}
        absent = [key for key in shift if self.get(key) is None]  # which stands for 0
        kept = [(k, v - shift[k], c) if k in shift else (k, v, c) for k, v, c in self.cards]
        return Wcs((*kept, *((key, -shift[key], "") for key in absent)))

    def binned(self, count: float) -> Wcs:
        """The solution of the image of which each pixel is count × count of this one.

        CRPIX becomes (CRPIX - 0.5) / count + 0.5, the matrix is multiplied by count and the SIP
        terms by count^(p + q - 1).
        """
        keys = {card[0] for card in self.cards}
        steps = "CD" if any(re.match(r"CD\d_\d$", key) for key in keys) else "CDELT"
        cards: list[Card] = []
        for key, value, comment in self.cards:
            sip = re.match(r"[AB]P?_(\d)_(\d)$", key)
            if key in ("CRPIX1", "CRPIX2"):
                value = (value - 0.5) / count + 0.5
            elif re.match(rf"{steps}\d(_\d)?$", key):
                value = value * count
            elif sip:
                value = value * count ** (int(sip[1]) + int(sip[2]) - 1)
            elif re.match(r"[AB]P?_DMAX$", key):
                value = value / count
            cards.append((key, value, comment))
        for axis in (1, 2):  # what is absent stands for 0 and 1
            if f"CRPIX{axis}" not in keys:
                cards.append((f"CRPIX{axis}", -0.5 / count + 0.5, ""))
            if steps == "CDELT" and f"CDELT{axis}" not in keys:
                cards.append((f"CDELT{axis}", float(count), ""))
        return Wcs(tuple(cards))

    def astropy(self) -> WCS:
        """The solution as :class:`astropy.wcs.WCS`."""
        from astropy.io import fits
        from astropy.wcs import WCS

        return WCS(fits.Header([fits.Card(*card) for card in self.cards]), naxis=2)


@value_type("Image", color="#c8b070")
@dataclass(frozen=True, eq=False)
class Image:
    """A picture: one channel, or three (R, G, B).

    data: float32 ``(channels, height, width)``, nominal range 0 (black) to 1 (white); may exceed
    it. A two-dimensional array is taken as one channel.
    header: FITS cards without structure and WCS.
    wcs: astrometric solution, or None.
    linear: False after any stretch.
    color_calibrated: True once the colour balance is true.
    cfa: Bayer pattern from the top left pixel, ``RGGB``, for raw mosaics.
    weight: of this frame in an integration; 0 leaves it out.
    white: the value that 1.0 stood for in the file (65535 for 16 bit).
    properties: (id, XISF type, value) of an XISF file, kept for when it is written again.
    """

    data: np.ndarray
    header: Header = Header()
    wcs: Wcs | None = None
    linear: bool = True
    color_calibrated: bool = False
    cfa: str | None = None
    weight: float = 1.0
    white: float = 1.0
    properties: tuple[tuple[str, str, Any], ...] = ()

    def __post_init__(self) -> None:
        data = read_only(self.data)
        if data.ndim == 2:
            data = data[np.newaxis]
        if data.ndim != 3 or data.shape[0] not in (1, 3) or 0 in data.shape:
            raise ValueError(f"an image is (1 or 3, height, width), not {np.shape(self.data)}")
        if self.cfa is not None and not (len(self.cfa) == 4 and set(self.cfa) <= set("RGB")):
            raise ValueError(f"a Bayer pattern is four letters such as RGGB, not {self.cfa!r}")
        object.__setattr__(self, "data", data)

    @property
    def channels(self) -> int:
        """1 or 3."""
        return int(self.data.shape[0])

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.data.shape[1])

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.data.shape[2])

    @property
    def state(self) -> str:
        """``linear`` or ``stretched``: what sockets may require."""
        return "linear" if self.linear else "stretched"

    def name_plane(self, index: int) -> str:
        """What people call a channel, or a colour plane of a mosaic: ``red channel``."""
        if self.cfa:
            return f"plane {index + 1} ({self.cfa[index]}) of the mosaic"
        return (
            ("red channel", "green channel", "blue channel")[index]
            if self.channels == 3
            else "image"
        )

    def replace(self, **changes: Any) -> Image:
        """The same image with other fields; everything else travels on."""
        return dataclasses.replace(self, **changes)

    @cached_property
    def _limits(self) -> tuple[float, float]:
        """Smallest and largest number there is; read once: that takes as long as many frames."""
        low, high = float(self.data.min()), float(self.data.max())
        if not np.isfinite((low, high)).all():  # some are missing
            finite = self.data[np.isfinite(self.data)]
            return (float(finite.min()), float(finite.max())) if finite.size else (np.nan, np.nan)
        return low, high

    def summary(self) -> str:
        """``RGB 6000 × 4000, linear``."""
        kind = "RGB" if self.channels == 3 else (f"CFA {self.cfa}" if self.cfa else "mono")
        low, high = self._limits
        return f"{kind} {self.width} × {self.height} px, {self.state}, {low:.6g} to {high:.6g}"


#: A socket for images that were not stretched.
LinearImage = Annotated[Image, Requires("linear")]
#: An output of a stretch.
StretchedImage = Annotated[Image, Gives("stretched")]


@value_type("Mask", color="#909090")
@dataclass(frozen=True, eq=False)
class Mask:
    """Weights 0 to 1, float32 ``(1, height, width)``: out = mask · new + (1 - mask) · old."""

    data: np.ndarray

    def __post_init__(self) -> None:
        data = read_only(self.data)
        if data.ndim == 2:
            data = data[np.newaxis]
        if data.ndim != 3 or data.shape[0] != 1 or 0 in data.shape:
            raise ValueError(f"a mask is (1, height, width), not {np.shape(self.data)}")
        object.__setattr__(self, "data", data)

    def summary(self) -> str:
        """``mask 6000 × 4000``."""
        return f"mask {self.data.shape[2]} × {self.data.shape[1]} px"


@value_type("Statistics", color="#70b0c8")
@dataclass(frozen=True)
class Statistics:
    """Exact statistics, one number for each channel; missing pixels do not count.

    mad is the plain median absolute deviation; multiply by 1.4826 for a Gaussian sigma. A channel
    without a single valid pixel has NaN everywhere and count 0. color_calibrated and linear are
    those of the image.
    """

    median: tuple[float, ...]
    mad: tuple[float, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    noise: tuple[float, ...]
    count: tuple[int, ...]
    missing: tuple[int, ...]
    width: int
    height: int
    linear: bool = True
    color_calibrated: bool = False

    def summary(self) -> str:
        """``median 0.012 0.011 0.009``."""
        return "median " + " ".join(f"{value:.6g}" for value in self.median)


@value_type("Pyramid", color="#b09050")
@dataclass(frozen=True, eq=False)
class Pyramid:
    """Ever smaller versions of an image, by averages of 2 × 2 pixels, for display.

    levels: float32 ``(channels, height, width)`` each; ``scales[i]`` is the pixels of the image
    for one of level i (1, 2, 4 …). width and height are those of the image; missing counts its
    pixels without a value in some channel.
    """

    levels: tuple[np.ndarray, ...]
    scales: tuple[int, ...]
    width: int
    height: int
    missing: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(map(read_only, self.levels)))


@value_type("Stretch", color="#c08080")
@dataclass(frozen=True)
class Stretch:
    """Screen transfer function: one number for each channel.

    shadows, midtones, highlights are within 0 to 1; low and high are the range expansion
    (0 and 1 for none).
    """

    shadows: tuple[float, ...] = (0.0,)
    midtones: tuple[float, ...] = (0.5,)
    highlights: tuple[float, ...] = (1.0,)
    low: tuple[float, ...] = (0.0,)
    high: tuple[float, ...] = (1.0,)
    link: str = "linked"

    def summary(self) -> str:
        """``linked: 0.0576 0.0643 1``."""
        rows = zip(self.shadows, self.midtones, self.highlights, strict=True)
        return f"{self.link}: " + ", ".join(" ".join(f"{v:.5g}" for v in row) for row in rows)


@value_type("Screen", color="#e07070")
@dataclass(frozen=True, eq=False)
class Screen:
    """What a viewer shows: 8-bit ``(height, width, 1 or 3)``; no data socket takes it.

    stretch: the screen transfer function that made it. notes: sentences for the viewer
    (why a forced link misleads; that pixels are missing).
    """

    pixels: np.ndarray
    stretch: Stretch
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        pixels = np.ascontiguousarray(self.pixels, dtype=np.uint8).view()
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
            raise ValueError(f"a screen is (height, width, 1 or 3), not {pixels.shape}")
        pixels.setflags(write=False)
        object.__setattr__(self, "pixels", pixels)

    def summary(self) -> str:
        """``screen 1600 × 1000, linked``."""
        height, width, _ = self.pixels.shape
        return f"screen {width} × {height} px, {self.stretch.link}"


@value_type("Table", color="#a080c0")
@dataclass(frozen=True)
class Table:
    """Rows of numbers and text under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def summary(self) -> str:
        """``table of 12 rows: file, fwhm``."""
        return f"table of {len(self.rows)} rows: {', '.join(self.columns)}"
