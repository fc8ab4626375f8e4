"""What images say of themselves."""

from __future__ import annotations

import numpy as np
import pytest

from nodes.values import Image


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ([[1, 2]], "1 to 2"),
        ([[1, np.nan, 3]], "1 to 3"),
        ([[np.inf, 2, -1, -np.inf]], "-1 to 2"),
        ([[np.nan]], "nan to nan"),
    ],
)
def test_a_summary_has_the_limits_of_what_is_there(values: list[list[float]], limits: str) -> None:
    image = Image(np.array(values, np.float32))
    assert image.summary() == f"mono {len(values[0])} × 1 px, linear, {limits}"


def test_pixels_are_read_once_for_all_summaries() -> None:
    # it is shown at every change of a graph, and an image may have 61 megapixels
    data = np.zeros((3, 4, 5), np.float32)
    image = Image(data)
    before = image.summary()
    data[:] = 7
    assert image.summary() == before == "RGB 5 × 4 px, linear, 0 to 0"
    assert image.replace(data=image.data.copy()).summary() == "RGB 5 × 4 px, linear, 7 to 7"
