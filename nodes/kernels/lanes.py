"""Pixels side by side: how many, and where the numbers stand that each of them has.

``rows`` is one flat float32 array. With places that are constants the compiler sees that the
rows do not overlap, and takes many lanes at once; rows of two dimensions it takes one by one.
"""

from __future__ import annotations

LANES = 64
MIDDLE, BOTTOM, TOP, CENTRE, SIGMA, SUMS, SQUARES, CUT, FAR_BOTTOM, FAR_TOP = (
    LANES * row for row in range(10)
)
#: length of ``rows``
NUMBERS = 10 * LANES
