"""What an integration gained: noise and signal-to-noise ratio before and after."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from graph.errors import InputError
from graph.spec import From, Partial, node
from nodes.measure import image_statistics
from nodes.values import Statistics, Table

_COLUMNS = (
    "channel", "frames", "noise", "frame_noise", "predicted", "reduction", "median_reduction",
    "effective", "efficiency", "snr_before", "snr_after",
)  # fmt: skip


@node("integrate.noise_report", version=1, known_as=("NoiseEvaluation",))
def noise_report(
    statistics: Annotated[Statistics, From(image_statistics)],
    measures: Annotated[Sequence[Statistics], Partial()],
    report: Table,
) -> Table:
    """Compare the noise of an integrated image with that of its frames.

    Wire the image, the statistics of all its frames (of measure.statistics) and the table that
    the integration gave. A row for each channel: frames (how many counted), noise (of the image),
    frame_noise (of the first frame that counts), predicted (that noise divided by the root of
    effective), reduction (frame noise by noise), median_reduction (the same with the median over
    all frames, each brought to the scale of the first), effective (number of frames that would
    weigh equally: squared sum of weights by sum of squares), efficiency (predicted by noise, near
    1 where nothing was lost), snr_before and snr_after (squared ratio of the spread of the image,
    1.4826 MAD, to its noise, of the first frame and of the image).

    Resampling and warping make neighbouring pixels alike, so that the noise of registered frames
    is underestimated, before as after. Raises InputError when there are other numbers of
    statistics than frames, or the table is not of an integration.
    Source: PixInsight's ImageIntegration.
    """
    if not {"frame", "channel", "weight", "scale"} <= set(report.columns):
        raise InputError(
            f"the table has the columns {', '.join(report.columns)}, which are not those of an "
            "integration; wire the report of Integrate frames"
        )
    channels = len(statistics.noise)
    groups: dict[int, list[dict[str, Any]]] = {}
    for values in report.rows:
        row = dict(zip(report.columns, values, strict=True))
        groups.setdefault(row["frame"], []).append(row)
    if len(groups) != len(measures):
        raise InputError(
            f"there are statistics of {len(measures)} frames but the integration had "
            f"{len(groups)}; wire statistics of the frames that were integrated"
        )
    result = []
    for channel in range(channels):
        # of a mosaic, whose noise is measured as a whole, the first colour plane stands for all
        own = {number: group[channel] for number, group in groups.items()}
        counted = {number: row for number, row in own.items() if row["weight"] > 0}
        if not counted:
            raise InputError("no frame of the table has a weight; integrate some first")
        first = next(iter(counted))
        weights = np.array([row["weight"] for row in counted.values()])
        effective = float(weights.sum() ** 2 / (weights**2).sum())
        noise, before = statistics.noise[channel], measures[first - 1].noise[channel]
        scaled = [
            measures[number - 1].noise[channel] * counted[first]["scale"] / row["scale"]
            for number, row in counted.items()
            if row["scale"]
        ]
        predicted = before / math.sqrt(effective)
        result.append(
            (
                counted[first]["channel"] if channels > 1 else "image",
                len(counted),
                noise,
                before,
                predicted,
                _ratio(before, noise),
                _ratio(float(np.median(scaled)) if scaled else math.nan, noise),
                effective,
                _ratio(predicted, noise),
                _ratio(1.4826 * measures[first - 1].mad[channel], before) ** 2,
                _ratio(1.4826 * statistics.mad[channel], noise) ** 2,
            )
        )
    return Table(_COLUMNS, tuple(result))


def _ratio(above: float, below: float) -> float:
    return above / below if below else math.nan
