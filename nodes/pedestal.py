"""The least pedestal that keeps an image above zero."""

from __future__ import annotations

import numpy as np

from graph.context import Context

_SHARE = 1e-4


def add_least_pedestal(
    data: np.ndarray, low: int, valid: int, clip: bool, ctx: Context
) -> tuple[float, int]:
    """Add to all pixels the least number that leaves at most 0.01 % of them below 0.

    data: float32 ``(channels, height, width)``, changed in place; low: how many lie below 0;
    valid: how many are not missing. Returns what was added and how many are below 0 now.
    """
    from nodes.kernels.calibrate import calibrate_plane

    allowed = int(_SHARE * valid)
    if low > allowed:
        negative = data[data < 0]
        # the value that is to become 0: so many are allowed to stay below it
        pedestal = -float(np.partition(negative, allowed)[allowed])
        low = int(np.count_nonzero(negative < -pedestal))
    else:
        pedestal = 0.0
    if pedestal or clip:
        for plane in data:
            calibrate_plane(
                plane, None, None, None, np.ones(4), plane, pedestal=pedestal, clip=clip, ctx=ctx
            )
    return pedestal, low
