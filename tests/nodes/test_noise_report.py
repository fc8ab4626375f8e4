"""Noise before and after an integration, of noise that is known."""

from __future__ import annotations

import numpy as np
import pytest

from graph.errors import InputError
from nodes.measure import image_statistics
from nodes.noise_report import noise_report
from nodes.scale import frame_scale
from nodes.stack import stack
from nodes.values import Image, Table


def report_of(frames: list[Image]) -> list[dict[str, float]]:
    made = stack(frames, [frame_scale(f) for f in frames], rejection="none")
    measures = [image_statistics(frame) for frame in frames]
    table = noise_report(image_statistics(made.image), measures, made.report)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


@pytest.mark.parametrize("shape", [(1, 300, 300), (3, 200, 300)])
def test_noise_falls_with_the_root_of_the_frames(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    frames = [Image(rng.normal(0.1, 0.002, shape), weight=w) for w in (1, 2, 0, 1, 1, 1, 3)]
    rows = report_of(frames)
    assert len(rows) == shape[0]
    effective = 9**2 / (1 + 4 + 1 + 1 + 1 + 9)
    for row in rows:
        assert row["frames"] == 6
        assert row["effective"] == pytest.approx(effective)
        assert row["frame_noise"] == pytest.approx(0.002, rel=0.03)
        assert row["noise"] == pytest.approx(0.002 / effective**0.5, rel=0.03)
        assert row["reduction"] == pytest.approx(effective**0.5, rel=0.04)
        assert row["median_reduction"] == pytest.approx(effective**0.5, rel=0.04)
        assert row["efficiency"] == pytest.approx(1, abs=0.04)
        assert row["snr_before"] == pytest.approx(1, rel=0.06)


def test_frames_are_brought_to_one_scale_and_signal_gains() -> None:
    rng = np.random.default_rng(2)
    wave = 0.01 * np.sin(np.arange(400) / 60) * np.ones((400, 1))
    frames = [Image(k * (0.1 + wave + rng.normal(0, 0.001, (400, 400)))) for k in (1, 2, 2, 4)]
    (row,) = report_of(frames)
    assert row["median_reduction"] == pytest.approx(2, rel=0.05)
    assert row["snr_after"] == pytest.approx(4 * row["snr_before"], rel=0.1)


def test_mosaic_has_one_row() -> None:
    rng = np.random.default_rng(3)
    frames = [Image(rng.normal(0.1, 0.002, (1, 200, 200)), cfa="RGGB") for _ in range(4)]
    (row,) = report_of(frames)
    assert (row["frames"], row["channel"]) == (4, "image")
    assert row["reduction"] == pytest.approx(2, rel=0.05)


def test_other_tables_are_refused() -> None:
    known = image_statistics(Image(np.ones((4, 4))))
    with pytest.raises(InputError, match="columns file, which are not those of an integration"):
        noise_report(known, [known], Table(("file",), (("a",),)))
    table = Table(("frame", "channel", "weight", "scale"), ((1, "image", 1.0, 0.1),))
    with pytest.raises(InputError, match="statistics of 2 frames but the integration had 1"):
        noise_report(known, [known, known], table)
    bare = Table(table.columns, ((1, "image", 0.0, None),))
    with pytest.raises(InputError, match="no frame of the table has a weight"):
        noise_report(known, [known], bare)
