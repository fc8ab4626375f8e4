"""What is seen: zoom about a point, panning, fitting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.editor.canvas.camera import ZOOMS, Camera, fit
from ui.editor.rects import around, overlap

NUMBERS = st.floats(-5000, 5000)
CAMERAS = st.builds(Camera, NUMBERS, NUMBERS, st.sampled_from(ZOOMS))
POINTS = st.tuples(NUMBERS, NUMBERS)


@given(CAMERAS, POINTS)
def test_to_the_screen_and_back(camera: Camera, at: tuple[float, float]) -> None:
    assert camera.to_canvas(camera.to_screen(at)) == pytest.approx(at, abs=1e-6)


@given(CAMERAS, POINTS, st.integers(-20, 20))
def test_zoom_keeps_what_is_under_the_mouse(
    camera: Camera, at: tuple[float, float], steps: int
) -> None:
    closer = camera.zoomed(steps, at)
    assert closer.to_canvas(at) == pytest.approx(camera.to_canvas(at), abs=1e-6)
    assert 0.1 <= closer.zoom <= 3.0
    if steps > 0:
        assert closer.zoom > camera.zoom or camera.zoom == 3.0
    if steps < 0:
        assert closer.zoom < camera.zoom or camera.zoom == 0.1


def test_each_step_is_one_zoom() -> None:
    camera = Camera(zoom=0.1)
    seen = [camera.zoom]
    while camera.zoom < 3:
        camera = camera.zoomed(1, (10, 10))
        seen.append(camera.zoom)
    assert tuple(seen) == ZOOMS


def test_a_small_turn_of_the_wheel_is_a_step() -> None:
    assert Camera(zoom=1.0).zoomed(0.2, (0, 0)).zoom == 1.25
    assert Camera(zoom=1.0).zoomed(0, (0, 0)).zoom == 1.0


def test_panning_moves_what_is_seen_with_the_hand() -> None:
    camera = Camera(10, 20, 2.0)
    before = camera.to_screen((100, 100))
    assert camera.panned(30, -8).to_screen((100, 100)) == (before[0] + 30, before[1] - 8)


@given(
    st.tuples(NUMBERS, NUMBERS, st.floats(1, 8000), st.floats(1, 8000)),
    st.tuples(st.floats(200, 3000), st.floats(200, 3000)),
)
def test_fit_shows_all_of_it(
    rect: tuple[float, float, float, float], size: tuple[float, float]
) -> None:
    camera = fit(rect, size)
    left, top = camera.to_screen(rect[:2])
    right, low = camera.to_screen((rect[0] + rect[2], rect[1] + rect[3]))
    assert camera.zoom <= 1.0
    if camera.zoom > ZOOMS[0]:  # else it cannot be smaller
        assert left >= -1e-3
        assert right <= size[0] + 1e-3
        assert top >= -1e-3
        assert low <= size[1] + 1e-3
    assert (left + right) / 2 == pytest.approx(size[0] / 2, abs=1e-3)


def test_rectangles() -> None:
    assert around([]) is None
    assert around([(0, 0, 10, 10), (20, -5, 5, 5)]) == (0, -5, 25, 15)
    assert overlap((0, 0, 10, 10), (10, 10, 5, 5))
    assert not overlap((0, 0, 10, 10), (11, 0, 5, 5))
