"""The stretch of a viewer by its settings, and what handles and the link toggle do to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.measure import image_statistics
from nodes.stf import IDENTITY, auto_stretch
from nodes.values import Image, Mask
from nodes.view import image_pyramid, screen
from ui.editor.picture import Look, Picture, Want
from ui.editor.viewer.look import (
    HANDLES,
    NEAREST,
    choose,
    drag,
    handle_places,
    is_linked,
    toggle_link,
    typed,
)

WANT = Want("a", "image")


def picture(channels: int = 3, other: Image | None = None, **fields: Any) -> Picture:
    rng = np.random.default_rng(1)
    level = np.array([0.1, 0.13, 0.08])[:channels, None, None]
    data = (level + rng.normal(0, 0.01, (channels, 40, 50))).astype(np.float32)
    image = Image(data, **fields)
    return Picture(WANT, image, image_pyramid(image), image_statistics(other or image))


@pytest.mark.parametrize("calibrated", [False, True])
@pytest.mark.parametrize(
    "look",
    [
        Look(),
        Look(link="linked"),
        Look(link="unlinked", stretch="boosted"),
        Look(stretch="none"),
        Look(target=0.4, clipping=-1.0, exact_target=True),
        Look(stretch="manual", shadows=(0.1, 0.2, 0.3), midtones=(0.01,)),
    ],
)
def test_same_as_the_viewer_node(look: Look, calibrated: bool) -> None:
    shown = picture(color_calibrated=calibrated)
    assert shown.statistics
    assert shown.pyramid
    made = screen(shown.statistics, shown.pyramid, **look.to_json())
    assert choose(shown, look) == (made.stretch, list(made.notes))


def test_what_has_no_statistics_is_shown_as_it_is() -> None:
    assert choose(Picture(WANT, Mask(np.zeros((4, 5)))), Look(stretch="boosted")) == (IDENTITY, [])


def test_manual_numbers_for_other_channels_give_way_to_an_automatic_stretch() -> None:
    shown = picture(1)
    assert shown.statistics
    stretch, notes = choose(shown, Look(stretch="manual", midtones=(0.1, 0.2, 0.3)))
    assert stretch == auto_stretch(shown.statistics, "auto")
    assert notes == [
        "stretched automatically: midtones has 3 numbers but the image has 1 channel; "
        "give one number or none for the default"
    ]


def test_statistics_locked_to_an_image_of_other_channels() -> None:
    stretch, notes = choose(picture(3, other=Image(np.zeros((9, 9)))), Look())
    assert stretch is IDENTITY
    assert "1 channel" in notes[0]


# --- link ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("calibrated", "first"), [(False, "linked"), (True, "unlinked")])
def test_link_toggle_begins_with_the_other_of_auto(calibrated: bool, first: str) -> None:
    measured = picture(color_calibrated=calibrated).statistics
    once = toggle_link(Look(), measured)
    twice = toggle_link(once, measured)
    assert once.link == first
    assert {once.link, twice.link} == {"linked", "unlinked"}
    assert toggle_link(twice, measured).link == first


def test_link_toggle_takes_a_manual_stretch_back_to_automatic() -> None:
    measured = picture().statistics
    same = Look(stretch="manual", midtones=(0.1,))
    own = Look(stretch="manual", midtones=(0.1, 0.2, 0.3))
    found = [toggle_link(look, measured) for look in (same, own)]
    assert [look.stretch for look in found] == ["auto", "auto"]
    assert [look.link for look in found] == ["unlinked", "linked"]


def test_link_toggle_does_nothing_to_mono() -> None:
    assert toggle_link(Look(), picture(1).statistics) == Look()
    assert toggle_link(Look(), None) == Look()


# --- handles -------------------------------------------------------------------------------------

levels = st.floats(0, 1)


@given(st.sampled_from(HANDLES), levels, st.sampled_from([None, 0, 1, 2]), st.booleans())
@settings(deadline=None)
def test_a_handle_is_where_it_was_dragged(
    handle: Any, level: float, channel: int | None, linked: bool
) -> None:
    shown = picture()
    before = Look(link="linked" if linked else "unlinked")
    stretch, _ = choose(shown, before)
    look = drag(before, stretch, handle, level, channel, 3)
    after, _ = choose(shown, look)
    assert look.stretch == "manual"
    number = HANDLES.index(handle)
    low, mid, high = handle_places(after, channel or 0)
    s, _, h = handle_places(stretch, channel or 0)
    wanted = {
        "shadows": min(level, h - NEAREST),
        "midtones": min(max(level, s), h),
        "highlights": max(level, s + NEAREST),
    }[handle]
    assert (low, mid, high)[number] == pytest.approx(max(wanted, 0), abs=1e-9)
    assert low <= mid <= high
    for other in range(3):
        if channel is not None and other != channel:
            assert handle_places(after, other) == pytest.approx(handle_places(stretch, other))
    if linked and channel is None:
        assert is_linked(after)
        assert len(look.midtones) == 1


def test_all_channels_of_an_unlinked_stretch_move_as_far() -> None:
    shown = picture()
    stretch, _ = choose(shown, Look())
    first = handle_places(stretch, 0)[0]
    look = drag(Look(), stretch, "shadows", first + 0.01, None, 3)
    assert look.shadows == pytest.approx([s + 0.01 for s in stretch.shadows])
    assert look.midtones == stretch.midtones


def test_dragging_on_keeps_what_was_dragged_before() -> None:
    shown = picture(1)
    look = Look()
    for handle, level in (("shadows", 0.05), ("highlights", 0.8), ("midtones", 0.2)):
        look = drag(look, choose(shown, look)[0], handle, level, None, 1)  # type: ignore[arg-type]
    assert (look.shadows, look.highlights) == ((0.05,), (0.8,))
    assert look.midtones == pytest.approx((0.2,))


def test_typed_numbers() -> None:
    shown = picture()
    stretch, _ = choose(shown, Look())
    look = typed(Look(), stretch, "midtones", 0.25, 1, 3)
    assert look.midtones == (stretch.midtones[0], 0.25, stretch.midtones[2])
    assert typed(Look(), stretch, "highlights", 7, None, 3).highlights == (1.0, 1.0, 1.0)
