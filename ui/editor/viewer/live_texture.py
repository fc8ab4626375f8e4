"""A texture whose pixels are written in place: what is in the buffer is seen at the next frame."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg
import numpy as np


class LiveTexture:
    """A raw texture of a buffer, drawn into a drawlist at its upper left corner.

    A new texture is made only for another buffer: deleting one leaks on some systems, so buffers
    grow by whole buckets and never shrink.
    """

    def __init__(self, parent: int | str) -> None:
        self._parent = parent
        self._registry = dpg.add_texture_registry()
        self._texture: int = 0
        self._image: int = 0
        self._buffer: np.ndarray | None = None
        self._size = (0, 0)

    def show(self, buffer: np.ndarray, size: tuple[int, int]) -> None:
        """Draw the upper left part of a float32 RGBA buffer ``(height, width, 4)``."""
        height, width = buffer.shape[:2]
        if buffer is self._buffer and size == self._size:
            return
        settings: dict[str, Any] = {
            "pmin": (0, 0),
            "pmax": size,
            "uv_max": (size[0] / width, size[1] / height),
        }
        if buffer is not self._buffer:
            # what the renderer reads without looking: it has to be exactly this
            assert buffer.dtype == np.float32
            assert buffer.shape == (height, width, 4)
            assert buffer.flags.c_contiguous
            before, self._buffer = self._texture, buffer
            self._texture = dpg.add_raw_texture(
                width, height, buffer, format=dpg.mvFormat_Float_rgba, parent=self._registry
            )
            settings["texture_tag"] = self._texture
            if self._image:
                dpg.configure_item(self._image, **settings)
                dpg.delete_item(before)
            else:
                self._image = dpg.draw_image(parent=self._parent, **settings)
        else:
            dpg.configure_item(self._image, **settings)
        self._size = size
