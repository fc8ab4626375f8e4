"""Thumbnails as textures: one for each value, deleted when nothing draws it any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dearpygui.dearpygui as dpg
import numpy as np


class Textures:
    """Static textures by node. They never change: another value gets another texture."""

    def __init__(self) -> None:
        self._registry: int | None = None
        self._made: dict[str, tuple[str, tuple[int, float]]] = {}
        self._old: list[int] = []

    def of(self, thumbnails: Mapping[str, tuple[str, Any]]) -> dict[str, tuple[int, float]]:
        """Texture of every thumbnail, and its height by width.

        thumbnails: id → (key, float32 RGBA (height, width, 4) or None).
        """
        for id in [id for id in self._made if id not in thumbnails]:
            self._old.append(self._made.pop(id)[1][0])
        for id, (key, array) in thumbnails.items():
            if array is None or (id in self._made and self._made[id][0] == key):
                continue
            if id in self._made:
                self._old.append(self._made[id][1][0])
            self._made[id] = key, (self._make(array), array.shape[0] / array.shape[1])
        return {id: made for id, (_, made) in self._made.items()}

    def drop_old(self) -> None:
        """Delete what nothing draws any more; to be called when the drawing is up to date."""
        for texture in self._old:
            dpg.delete_item(texture)
        self._old.clear()

    def _make(self, array: Any) -> int:
        if self._registry is None:
            self._registry = dpg.add_texture_registry()
        pixels = np.ascontiguousarray(array, np.float32)
        height, width, channels = pixels.shape
        assert channels == 4
        texture: int = dpg.add_static_texture(width, height, pixels.ravel(), parent=self._registry)
        return texture
