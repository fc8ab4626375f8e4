"""Choosing among frames."""

from __future__ import annotations

import math
from typing import Annotated

from graph.errors import InputError
from graph.expression import evaluate
from graph.spec import Each, Expression, From, node
from nodes.measure import image_statistics
from nodes.values import Image, Statistics

_MEASURES = ("median", "mad", "mean", "deviation", "noise", "minimum", "maximum")


@node(
    "frames.approve",
    version=1,
    known_as=("SubframeSelector", "select", "unselect"),
    memory=lambda inputs, counts, params: 0,
)
def approve(
    image: Image,
    statistics: Annotated[Statistics, From(image_statistics)],
    *,
    formula: Annotated[str, Expression((*_MEASURES, "width", "height"))] = "1",
    accepted: Annotated[bool, Each()] = True,
) -> Image:
    """Weigh a frame by a formula over its statistics: 0 leaves it out of an integration.

    The weight of the frame is multiplied by the value of the formula. A comparison is worth 1
    where it holds and 0 where not: ``median < 0.1 and noise < 0.002`` keeps frames that are dark
    and clean. A frame that is left out stays in the list, so that lists keep their length.

    Frames can be rejected by eye as well: those whose ``accepted`` is false get the weight 0,
    whatever the formula says. Raises InputError for a formula without a value, or with one below 0.

    formula: over median, mad, mean, deviation, noise, minimum and maximum (means over the
        channels, in units of the image, 0 black to 1 white), width and height (pixels).
    accepted: true or false for each frame, in their order; a single true for all.
    """
    if not accepted:
        return image.replace(weight=0.0)
    values = {name: _mean(getattr(statistics, name)) for name in _MEASURES}
    values |= {"width": float(statistics.width), "height": float(statistics.height)}
    try:
        factor = evaluate(formula, values)
    except ValueError as error:
        raise InputError(f"{error}; change the formula") from error
    if not (math.isfinite(factor) and factor >= 0):
        raise InputError(
            f"the formula {formula!r} gives {factor:g} for this frame; a weight is 0 or more"
        )
    return image.replace(weight=image.weight * factor)


def _mean(values: tuple[float, ...]) -> float:
    return math.fsum(values) / len(values)
