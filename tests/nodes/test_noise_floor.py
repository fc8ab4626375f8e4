"""The noise floor against simulated cameras."""

from __future__ import annotations

import numpy as np
import pytest

from graph.errors import InputError
from nodes.measure import image_statistics
from nodes.noise_floor import noise_floor
from nodes.values import Image, Statistics


def measure(level: float, readout: float, gain: float, seed: int, channels: int = 1) -> Statistics:
    """Statistics of a frame of so many e- of sky; gain in e-/DN."""
    rng = np.random.default_rng(seed)
    electrons = rng.poisson(level, (channels, 200, 300)) + rng.normal(
        0, readout, (channels, 200, 300)
    )
    return image_statistics(Image((electrons / gain / 65535).astype(np.float32)))


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("level", "readout"), [(200.0, 30.0), (0.5, 8.0), (1000.0, 40.0)])
def test_readout_noise_of_a_camera(level: float, readout: float, gain: float) -> None:
    measures = [measure(level, readout, gain, seed) for seed in range(3)]
    assert noise_floor(measures, gain=gain) == pytest.approx(readout, rel=0.06)


def test_with_the_light_it_makes_up_the_whole_noise_whatever_the_gain() -> None:
    measures = [measure(400.0, 5.0, 0.3, seed) for seed in range(3)]
    floor = noise_floor(measures)  # of a camera of 0.3 e-/DN, taken for one of 1
    level = measures[0].median[0] * 65535
    assert np.sqrt(floor**2 + level) == pytest.approx(np.hypot(20, 5) / 0.3, rel=0.05)


def test_where_the_gain_is_too_small_a_tenth_is_left() -> None:
    measures = [measure(400.0, 5.0, 3.0, seed) for seed in range(3)]
    noise = np.hypot(20, 5) / 3
    assert noise_floor(measures) == pytest.approx(0.1 * noise, rel=0.05)


def test_odd_frames_have_no_say() -> None:
    black = image_statistics(Image(np.zeros((1, 40, 50), np.float32)))
    missing = image_statistics(Image(np.full((1, 40, 50), np.nan, np.float32)))
    good = [measure(100.0, 30.0, 1.0, seed) for seed in range(3)]
    bright = measure(100.0, 90.0, 1.0, 9)
    assert noise_floor([black, *good, missing]) == pytest.approx(30, rel=0.06)
    assert noise_floor([*good, bright]) == pytest.approx(30, rel=0.06)
    for frames in ([], [black], [missing, black]):
        with pytest.raises(InputError, match=rf"none of the {len(frames)} frames has noise"):
            noise_floor(frames)


def test_colours_together() -> None:
    frame = measure(100.0, 30.0, 1.0, 4, channels=3)
    assert noise_floor([frame]) == pytest.approx(30, rel=0.06)
