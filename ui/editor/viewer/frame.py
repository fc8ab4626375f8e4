"""The pixels of a viewer: rendered again when something of what it shows is another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ui.editor.picture import Picture
from ui.editor.viewer.lens import Lens

if TYPE_CHECKING:
    from nodes.kernels.viewport import Layer
    from nodes.values import Stretch

#: textures grow by so many pixels, for each new one leaks on some systems
BUCKET = 256
#: beside the image, 0 to 255
GROUND = {"dark": (24, 24, 26), "light": (188, 188, 192)}


def grown(buffer: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A buffer ``(height, width, 4)`` with room for (width, height): the same while it has that."""
    have = buffer.shape[1], buffer.shape[0]
    wide, tall = (max(-(-n // BUCKET) * BUCKET, h) for n, h in zip(size, have, strict=True))
    return buffer if (wide, tall) == have else np.zeros((tall, wide, 4), np.float32)


@dataclass(frozen=True, slots=True)
class Sight:
    """All that decides what a viewer's pixels are; equal ones need not be rendered again.

    size: (width, height) in pixels. mode, channel: as of ``render_viewport``. mask: tints by
    ``strength``. second: another picture, shown from the column ``split`` on (0 left to 1 right).
    """

    picture: Picture
    stretch: Stretch
    lens: Lens
    size: tuple[int, int]
    mode: int = 0
    channel: int = 0
    mask: Picture | None = None
    strength: float = 0.5
    second: Picture | None = None
    second_stretch: Stretch | None = None
    split: float = 0.5
    ground: tuple[int, int, int] = GROUND["dark"]


def is_picture(value: Any) -> bool:
    """Whether a value is shown as pixels; others are tables or text."""
    from nodes.values import Image, Mask, Screen

    return isinstance(value, Image | Mask | Screen)


def size_of(value: Any) -> tuple[int, int]:
    """(width, height) of a picture in pixels."""
    from nodes.values import Screen

    shape = value.pixels.shape[:2] if isinstance(value, Screen) else value.data.shape[1:]
    return int(shape[1]), int(shape[0])


def data_of(value: Any) -> np.ndarray:
    """The data of a picture, float32 ``(channels, height, width)``; of a screen 0 to 1."""
    from nodes.values import Screen

    if isinstance(value, Screen):
        return np.ascontiguousarray(value.pixels.transpose(2, 0, 1), np.float32) / np.float32(255)
    data: np.ndarray = value.data
    return data


@dataclass(slots=True)
class Frame:
    """A buffer of pixels. buffer: float32 RGBA ``(height, width, 4)``, at least as large as shown.

    It only grows, by whole buckets, and is written in place.
    """

    buffer: np.ndarray = field(default_factory=lambda: np.zeros((BUCKET, BUCKET, 4), np.float32))
    sight: Sight | None = None
    _layers: dict[Picture, Layer] = field(default_factory=dict)

    def grow(self, size: tuple[int, int]) -> bool:
        """Have room for so many pixels; whether the buffer is another one now."""
        before, self.buffer = self.buffer, grown(self.buffer, size)
        if self.buffer is before:
            return False
        self.sight = None
        return True

    def let_go(self) -> None:
        """Hold no picture any more; the next is rendered anew."""
        self.sight = None
        self._layers.clear()

    def render(self, sight: Sight) -> bool:
        """Write what is to be seen into the buffer; whether that is anything new."""
        from nodes.kernels.viewport import render_viewport

        if sight == self.sight:
            return False
        self.grow(sight.size)
        self.sight = sight
        used = (sight.picture, sight.second, sight.mask)
        self._layers = {known: layer for known, layer in self._layers.items() if known in used}
        ground = tuple(part / 255 for part in sight.ground)
        width = sight.size[0]
        edge = round(sight.split * width) if sight.second else width
        for picture, stretch, columns in (
            (sight.picture, sight.stretch, (0, edge)),
            (sight.second, sight.second_stretch, (edge, width)),
        ):
            if picture is None or stretch is None or columns[0] >= columns[1]:
                continue
            render_viewport(
                self.buffer,
                sight.size,
                self._layer(picture, stretch),
                (sight.lens.x, sight.lens.y),
                sight.lens.zoom,
                mode=sight.mode,
                channel=sight.channel,
                mask=self._mask(sight.mask),
                strength=sight.strength,
                columns=columns,
                background=(ground[0], ground[1], ground[2]),
            )
        return True

    def _mask(self, mask: Picture | None) -> Layer | None:
        from nodes.stf import IDENTITY
        from nodes.values import Mask

        if mask is None or not isinstance(mask.value, Mask):
            return None
        return self._layer(mask, IDENTITY)

    def _layer(self, picture: Picture, stretch: Stretch) -> Layer:
        from nodes.kernels.viewport import Layer

        layer = self._layers.get(picture)
        if layer is None:
            levels = picture.pyramid.levels if picture.pyramid else ()
            scales = picture.pyramid.scales if picture.pyramid else ()
            layer = Layer.of(data_of(picture.value), levels, scales, stretch)
        else:
            layer = layer.restretch(stretch)
        self._layers[picture] = layer
        return layer


def warm_up() -> None:
    """Load what the first picture needs, on another thread: else the window would stand still."""
    import warnings

    from nodes.kernels.histogram import count_levels
    from nodes.kernels.viewport import Layer, render_viewport
    from nodes.stf import IDENTITY

    layer = Layer.of(np.zeros((3, 4, 4), np.float32), (), (), IDENTITY)
    for zoom in (0.5, 1.0):
        render_viewport(np.zeros((4, 4, 4), np.float32), (4, 4), layer, (0, 0), zoom)
    count_levels(layer.levels[0], 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import astropy.wcs  # noqa: F401
