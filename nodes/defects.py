"""Lists of defective pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graph.errors import InputError
from graph.values import value_type

_LINE = re.compile(
    r"(?P<kind>P|PIXEL|R|ROW|L|LINE|C|COL|COLUMN)\s+(?P<numbers>\d+(?:[\s,:-]+\d+){0,2})"
    r"(?:\s+(?P<sign>[HC]))?$",
    re.IGNORECASE,
)


@value_type("Defects", color="#b08080")
@dataclass(frozen=True, eq=False)
class Defects:
    """Pixels of a sensor that are not to be believed.

    pixels: int64, ``y · width + x``, rising, none twice. hot: of each, whether it is too bright;
    such are replaced by a mean, all others by a median. width and height: of the image.
    """

    pixels: np.ndarray
    hot: np.ndarray
    width: int
    height: int

    def __post_init__(self) -> None:
        pixels = np.ascontiguousarray(self.pixels, np.int64).view()
        hot = np.ascontiguousarray(self.hot, np.bool_).view()
        for array in (pixels, hot):
            array.setflags(write=False)
        object.__setattr__(self, "pixels", pixels)
        object.__setattr__(self, "hot", hot)

    def __len__(self) -> int:
        return len(self.pixels)

    def summary(self) -> str:
        """``1,203 hot and 12 other pixels of 6000 × 4000``."""
        count = int(np.count_nonzero(self.hot))
        return (
            f"{count:,} hot and {len(self) - count:,} other pixels of {self.width} × {self.height}"
        )


def join(*lists: Defects) -> Defects:
    """All defects of several lists of one image; of a pixel in two of them the first counts."""
    pixels, first = np.unique(np.concatenate([d.pixels for d in lists]), return_index=True)
    hot = np.concatenate([d.hot for d in lists])[first]
    return Defects(pixels, hot, lists[0].width, lists[0].height)


def read_list(text: str, width: int, height: int) -> Defects:
    """The defects of a list, one a line (or between semicolons), for an image of that size.

    ``P x y`` is a pixel (``H`` behind it: a hot one), ``R y`` a row, ``C x`` a column; two more
    numbers behind a row or column are its first and last pixel. ``#`` begins a remark. All count
    from 0 at the top left; what lies outside of the image is left out.

    Raises InputError for a line that says something else.
    """
    hot = np.zeros((height, width), bool)
    bad = np.zeros((height, width), bool)
    for line in _lines(text):
        match = _LINE.match(line)
        numbers = [int(n) for n in re.findall(r"\d+", match["numbers"])] if match else []
        kind = match["kind"][0].upper() if match else ""
        if not match or len(numbers) not in ((2,) if kind == "P" else (1, 3)):
            raise InputError(
                f"{line!r} is no line of a defect list; write 'P x y' for a pixel, 'R y' for a "
                "row, 'C x' for a column"
            )
        start, *ends = numbers
        if kind == "P":
            where = (slice(ends[0], ends[0] + 1), slice(start, start + 1))
        else:
            low, high = (min(ends), max(ends) + 1) if ends else (0, None)
            across, along = slice(start, start + 1), slice(low, high)
            where = (along, across) if kind == "C" else (across, along)
        bad[where] = True
        hot[where] = (match["sign"] or "").upper() == "H"
    pixels = np.flatnonzero(bad)
    return Defects(pixels, hot.reshape(-1)[pixels], width, height)


def _lines(text: str) -> Iterator[str]:
    for line in re.split(r"[\n;]", text):
        rest = line.partition("#")[0].strip()
        if rest:
            yield rest
