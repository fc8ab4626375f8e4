"""Memory for decoded frames, used again once nothing refers to it.

A fresh block must first be cleared by the system, which takes longer than decoding a frame into
it. A few blocks are therefore remembered; one is handed out again when no array uses it.
"""

from __future__ import annotations

import math
import sys
import threading

import numpy as np

_LIMIT = 320 << 20  # bytes kept for this at most: a colour frame of 24 megapixels fits
_SMALLEST = 8 << 20

_blocks: list[np.ndarray] = []
_lock = threading.Lock()


def _references(blocks: list[np.ndarray], index: int) -> int:
    return sys.getrefcount(blocks[index])


_UNUSED = _references([np.empty(0)], 0)  # the list alone refers to it


def empty(shape: tuple[int, ...]) -> np.ndarray:
    """An uninitialised float32 array."""
    count = math.prod(shape)
    if not _SMALLEST <= 4 * count <= _LIMIT:
        return np.empty(shape, np.float32)
    with _lock:
        for index in range(len(_blocks)):
            if _blocks[index].size == count and _references(_blocks, index) == _UNUSED:
                _blocks.append(_blocks.pop(index))
                return _blocks[-1].reshape(shape)
        while sum(b.nbytes for b in _blocks) + 4 * count > _LIMIT:
            del _blocks[0]
        _blocks.append(np.empty(count, np.float32))
        return _blocks[-1].reshape(shape)
