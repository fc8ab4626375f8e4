"""Zoom and pan of a viewer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.editor.viewer.lens import LARGEST, SMALLEST, ZOOMS, Lens, fit, read_zoom, write_zoom

places = st.floats(-5000, 5000)
lenses = st.builds(Lens, places, places, st.floats(SMALLEST, LARGEST))
points = st.tuples(st.floats(0, 1600), st.floats(0, 1000))
AREA = 800.0, 600.0


@given(lenses, points)
def test_to_the_image_and_back(lens: Lens, at: tuple[float, float]) -> None:
    assert lens.to_screen(lens.to_image(at)) == pytest.approx(at, abs=1e-6)


@given(lenses, points, st.integers(-30, 30))
def test_zoom_keeps_what_is_under_the_mouse(
    lens: Lens, at: tuple[float, float], steps: int
) -> None:
    found = lens.zoomed(steps, at)
    assert found.to_image(at) == pytest.approx(lens.to_image(at), abs=1e-6)
    assert SMALLEST <= found.zoom <= LARGEST
    if steps:
        assert found.zoom in ZOOMS
        assert (
            (found.zoom > lens.zoom) == (steps > 0)
            or lens.zoom in (ZOOMS[0], ZOOMS[-1])
            or (abs(found.zoom - lens.zoom) < 0.002 * lens.zoom)
        )


def test_steps_lead_from_5_to_1600_percent_through_100() -> None:
    lens, seen = Lens(zoom=SMALLEST), []
    for _ in range(40):
        seen.append(lens.zoom)
        lens = lens.zoomed(1, (0, 0))
    assert seen[: len(ZOOMS)] == list(ZOOMS)
    assert seen[-1] == LARGEST
    assert 1.0 in seen
    for zoom in reversed(ZOOMS):
        assert lens.zoom == zoom
        lens = lens.zoomed(-1, (0, 0))
    assert lens.zoom == SMALLEST


def test_pan_moves_the_picture_by_pixels_of_the_screen() -> None:
    lens = Lens(10, 20, 4.0)
    x, y = lens.to_screen((100, 100))
    assert lens.panned(7, -3).to_screen((100, 100)) == (x + 7, y - 3)


@given(lenses, st.tuples(st.floats(1, 9000), st.floats(1, 9000)))
def test_the_middle_never_leaves_the_image(lens: Lens, image: tuple[float, float]) -> None:
    found = lens.clamped(AREA, image)
    middle = found.to_image((AREA[0] / 2, AREA[1] / 2))
    for place, length in zip(middle, image, strict=True):
        assert -1e-6 <= place <= length + 1e-6
    assert found.zoom == lens.zoom
    again = found.clamped(AREA, image)
    assert (again.x, again.y) == pytest.approx((found.x, found.y), abs=1e-6)


@pytest.mark.parametrize(
    ("image", "zoom"),
    [((1600, 600), 0.5), ((800, 1200), 0.5), ((799, 599), 1.0), ((300, 200), 2.0), ((1, 1), 16.0),
     ((80_000, 3), 0.01), ((801, 10), 800 / 801)],
)  # fmt: skip
def test_fit_shows_all_in_the_middle(image: tuple[float, float], zoom: float) -> None:
    lens = fit(AREA, image)
    assert lens.zoom == pytest.approx(zoom)
    left, top = lens.to_screen((0, 0))
    right, bottom = lens.to_screen(image)
    assert (left + right, top + bottom) == pytest.approx(AREA)
    assert min(left, top) >= -1e-9


def test_a_very_large_image_may_be_left_as_far_away_as_it_fits() -> None:
    lens = fit(AREA, (80_000, 3))
    assert lens.zoomed(-1, (5, 5)).zoom == lens.zoom
    assert lens.zoomed(1, (5, 5)).zoom == SMALLEST


def test_a_resized_area_keeps_its_middle() -> None:
    lens = Lens(5, 6, 2.0)
    found = lens.resized(AREA, (400, 300))
    assert found.to_image((200, 150)) == lens.to_image((400, 300))


@pytest.mark.parametrize(
    ("text", "zoom"),
    [("50", 0.5), (" 50 % ", 0.5), ("33,3%", 0.333), ("1:2", 0.5), ("2:1", 2.0), ("1", 0.05),
     ("99999", 16.0), ("", None), ("x", None), ("-5", None), ("1:0", None), ("nan", None)],
)  # fmt: skip
def test_typed_zoom(text: str, zoom: float | None) -> None:
    assert read_zoom(text) == (pytest.approx(zoom) if zoom else None)


def test_written_zoom() -> None:
    assert [write_zoom(z) for z in (0.05, 1 / 3, 1, 16)] == ["5 %", "33.3 %", "100 %", "1600 %"]
