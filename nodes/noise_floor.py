"""What noise frames have beside that of their light: for the rejection of few frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Annotated

from graph.errors import InputError
from graph.spec import Partial, Range, node
from nodes.values import Statistics

_ADU = 65535.0
_MOST = 1000.0  # e-: the most that the rejection takes
_LEAST = 0.1  # share of the whole noise that is left where the gain is taken too small


@node(
    "integrate.noise_floor",
    version=1,
    title="Noise floor",
    memory=lambda inputs, counts, params: 0,
)
def noise_floor(
    measures: Annotated[Sequence[Statistics], Partial()],
    *,
    gain: Annotated[float, Range(1e-3, 1e3, scale="log", unit="e-/DN")] = 1.0,
) -> float:
    """The readout noise (e-) that with that gain makes up the noise of frames, as measured.

    Wire it to the readout noise of Integrate frames with the rejection ccd noise and the same gain:
    a sample is then held against the noise that frames really have, which three frames are too few
    to tell at a pixel. The variance of the sky's own light is taken off, since the rejection adds
    it; where the gain is too small for that, a tenth of the noise is left. It is the median over
    the frames, and of colours the root of the mean square.

    Raises InputError when no frame has noise.

    gain: of the camera, at 65535 DN for white; it matters little, since the sum is right at the
        sky whatever it is.
    """
    found = []
    for one in measures:
        squares = []
        for noise, level in zip(one.noise, one.median, strict=True):
            variance = (noise * _ADU * gain) ** 2
            if math.isfinite(variance) and variance > 0:
                light = max(level, 0.0) * _ADU * gain
                squares.append(max(variance - light, _LEAST**2 * variance))
        if squares:
            found.append(math.sqrt(math.fsum(squares) / len(squares)))
    if not found:
        raise InputError(
            f"none of the {len(measures)} frames has noise; they are black or empty, "
            "so look at how they were calibrated"
        )
    return min(median(found), _MOST)
