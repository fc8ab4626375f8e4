"""The pixels of a viewer: what they are, and that they are rendered only when something changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nodes.stf import IDENTITY, apply, auto_stretch
from nodes.values import Mask, Screen
from tests.editor.viewer_cases import make_image, make_picture
from ui.editor.picture import Want
from ui.editor.viewer.frame import BUCKET, Frame, Sight, data_of, is_picture, size_of
from ui.editor.viewer.lens import Lens

WANT = Want("a", "image")


@pytest.fixture
def sight() -> Sight:
    picture = make_picture(WANT)
    assert picture.statistics
    return Sight(picture, auto_stretch(picture.statistics), Lens(), (60, 40))


def shown(frame: Frame, size: tuple[int, int]) -> np.ndarray:
    return frame.buffer[: size[1], : size[0], :3]


def test_pixels_are_those_of_the_stretch(sight: Sight) -> None:
    frame = Frame()
    assert frame.render(sight)
    wanted = apply(sight.picture.value.data, sight.stretch).transpose(1, 2, 0)
    np.testing.assert_allclose(shown(frame, (60, 40)), wanted, atol=1e-6)


def test_nothing_is_rendered_twice(sight: Sight) -> None:
    frame = Frame()
    frame.render(sight)
    frame.buffer[0, 0, 0] = 7
    assert not frame.render(replace(sight))
    assert frame.buffer[0, 0, 0] == 7
    for other in (
        replace(sight, lens=Lens(1, 0, 2.0)),
        replace(sight, stretch=IDENTITY),
        replace(sight, size=(50, 30)),
        replace(sight, mode=2),
        replace(sight, picture=make_picture(WANT)),
    ):
        assert frame.render(other)
        assert frame.buffer[0, 0, 0] != 7
        frame.buffer[0, 0, 0] = 7


def test_the_buffer_only_grows_and_by_buckets(sight: Sight) -> None:
    frame = Frame()
    first = frame.buffer
    frame.render(replace(sight, size=(BUCKET, BUCKET)))
    assert frame.buffer is first
    frame.render(replace(sight, size=(BUCKET + 1, 3)))
    assert frame.buffer.shape == (BUCKET, 2 * BUCKET, 4)
    frame.render(replace(sight, size=(5, BUCKET + 1)))
    assert frame.buffer.shape == (2 * BUCKET, 2 * BUCKET, 4)
    again = frame.buffer
    frame.render(sight)
    assert frame.buffer is again


def test_two_pictures_on_either_side_of_the_line(sight: Sight) -> None:
    second = make_picture(WANT, make_image(1, seed=5))
    frame = Frame()
    frame.render(replace(sight, second=second, second_stretch=IDENTITY, split=0.25))
    one = apply(sight.picture.value.data, sight.stretch).transpose(1, 2, 0)
    np.testing.assert_allclose(shown(frame, (60, 40))[:, :15], one[:, :15], atol=1e-6)
    two = np.repeat(second.value.data, 3, 0).transpose(1, 2, 0)
    np.testing.assert_allclose(shown(frame, (60, 40))[:, 15:], two[:, 15:], atol=1e-6)


def test_mask_over_the_picture(sight: Sight) -> None:
    frame = Frame()
    mask = make_picture(WANT, Mask(np.zeros((40, 60))))
    frame.render(replace(sight, mask=mask, strength=1.0))
    assert (shown(frame, (60, 40)) == (1, 0, 0)).all()
    frame.render(replace(sight, mask=make_picture(WANT, make_image())))  # no mask at all
    plain = Frame()
    plain.render(sight)
    np.testing.assert_array_equal(frame.buffer, plain.buffer)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (make_image(3, (60, 40)), (60, 40)),
        (Mask(np.full((4, 5), 0.5)), (5, 4)),
        (Screen(np.full((6, 7, 3), 51, np.uint8), IDENTITY), (7, 6)),
    ],
)
def test_all_that_is_a_picture(value: Any, size: tuple[int, int]) -> None:
    assert is_picture(value)
    assert size_of(value) == size
    assert data_of(value).shape[1:] == size[::-1]
    frame = Frame()
    frame.render(Sight(make_picture(WANT, value), IDENTITY, Lens(), (5, 4)))
    wanted = np.clip(data_of(value)[:, :4, :5], 0, 1).transpose(1, 2, 0)
    np.testing.assert_allclose(shown(frame, (5, 4)), np.broadcast_to(wanted, (4, 5, 3)), atol=1e-6)


def test_what_is_no_picture() -> None:
    assert not any(map(is_picture, (None, "text", 3.0)))
