"""Factors and summands that make frames alike, from their locations and scales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from nodes.scale import Scale

Normalization = Literal[
    "none", "additive", "multiplicative", "additive with scaling", "multiplicative with scaling"
]
RejectionNormalization = Literal["none", "scale and offset", "equalize fluxes"]

#: what the normalisations for rejection are as one for the result; frames that were made alike by
#: local fits before are left as they are
_SAME: dict[str, Normalization] = {
    "none": "none",
    "local": "none",
    "scale and offset": "additive with scaling",
    "equalize fluxes": "multiplicative",
}


def find_fault(scale: Scale, normalization: str) -> str | None:
    """Why a frame of that level and spread cannot be made like others; None if it can."""
    kind = _SAME.get(normalization, normalization)
    if kind == "none":
        return None
    if not all(map(math.isfinite, (*scale.location, *scale.scale))):
        return "it is black, saturated or missing as a whole"
    if "scaling" in kind and min(scale.scale) <= 0:
        return "it is constant (its scale is 0)"
    if "multiplicative" in kind and min(scale.location) <= 0:
        return f"its level is {min(scale.location):g}, and multiplicative needs one above 0"
    return None


def make_scaling(scales: Sequence[Scale], plane: int, normalization: str) -> np.ndarray:
    """Factor and summand of each frame, float64 ``(2, frames)``, that make it like the first.

    normalization: for the result or for rejection. plane: index of a channel or colour plane.
    """
    kind = _SAME.get(normalization, normalization)
    result = np.array([np.ones(len(scales)), np.zeros(len(scales))])
    if kind == "none":
        return result
    location = np.array([scale.location[plane] for scale in scales])
    if kind == "additive":
        result[1] = location[0] - location
        return result
    if kind == "multiplicative":
        result[0] = location[0] / location
        return result
    spread = np.array([scale.scale[plane] for scale in scales])
    ratio = spread[0] / spread
    if kind == "additive with scaling":
        result[0] = ratio
        result[1] = location[0] - location * ratio
    else:
        result[0] = ratio * location[0] / location
    return result
