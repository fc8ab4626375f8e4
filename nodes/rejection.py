"""Which rejection a stack of frames gets, with what numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graph.context import Context
from graph.errors import InputError

Method = Literal[
    "none", "min/max", "percentile", "sigma", "winsorized", "averaged sigma", "linear fit", "esd",
    "ccd noise",
]  # fmt: skip

#: fewest and most frames for which a method is meant
_MEANT = {
    "percentile": (3, 8),
    "sigma": (8, 15),
    "winsorized": (8, math.inf),
    "averaged sigma": (8, 10),
    "linear fit": (15, math.inf),
    "esd": (25, math.inf),
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A method and its limits; names and units are those of the parameters of integrate.stack."""

    method: Method = "none"
    low: float = 4.0
    high: float = 3.0
    outliers: float = 0.3
    significance: float = 0.05
    gain: float = 1.0
    readout_noise: float = 10.0
    scale_noise: float = 0.0
    clip_low: bool = True
    clip_high: bool = True

    def options(self) -> np.ndarray:
        """What the kernel takes: low and high limit, then gain, readout noise, scale noise."""
        off = 0.0 if self.method in ("min/max", "esd") else math.inf
        low = self.low if self.clip_low else off
        high = self.high if self.clip_high else off
        if self.method == "esd":
            low, high = float(self.clip_low), float(self.clip_high)
        return np.array([low, high, 0, self.gain, self.readout_noise, self.scale_noise], np.float32)

    def critical(self, frames: int) -> np.ndarray:
        """For each number of samples up to so many: how many steps of ESD, and their limits."""
        if self.method != "esd":
            return np.zeros((frames + 1, 1))
        from scipy.stats import t as student

        table = np.zeros((frames + 1, int(self.outliers * frames) + 2))
        for count in range(3, frames + 1):
            steps = np.arange(1, min(int(self.outliers * count), count - 2) + 1)
            left = count - steps
            quantile = student.ppf(1 - self.significance / (2 * (left + 1)), left - 1)
            table[count, 0] = steps.size
            table[count, 1 : steps.size + 1] = (
                left * quantile / np.sqrt((left - 1 + quantile**2) * (left + 1))
            )
        return table


def choose_method(frames: int, calibration: bool = False) -> Method:
    """What auto stands for; calibration: bias and dark, whose levels scatter little."""
    if frames < 3:
        return "none"
    if frames < 6:
        return "percentile"
    return "winsorized" if frames <= 15 or calibration else "linear fit"


def check_count(method: Method, frames: int, lost: int, auto: bool, ctx: Context) -> Method:
    """The method, or none where there are too few frames, with a warning.

    lost: how many samples min/max takes. auto: nobody chose the method. Raises InputError when
    min/max takes all.
    """
    if method == "none" and not auto:
        return method
    if frames < 3:
        ctx.warn(
            f"{frames} frame{'s' * (frames > 1)}: nothing can be rejected, "
            "the result is their plain mean; at least 3 are needed"
        )
        return "none"
    if method == "min/max" and lost >= frames:
        raise InputError(
            f"min/max would reject {lost} of {frames} samples at every pixel; "
            f"reject {frames - 1} at most, or choose another rejection"
        )
    least, most = _MEANT.get(method, (0, math.inf))
    if not (auto or least <= frames <= most):
        meant = f"{least} to {most:g}" if most < math.inf else f"{least} or more"
        ctx.warn(f"{method} rejection is meant for {meant} frames, not {frames}; auto chooses")
    return method
