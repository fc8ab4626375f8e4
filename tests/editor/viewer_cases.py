"""An editor with images at hand, for the tests of viewers: nothing runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from graph.model import Graph
from graph.store import Store
from nodes.measure import image_statistics
from nodes.values import Image, Table
from nodes.view import image_pyramid
from ui.editor.document import Document
from ui.editor.editor import Editor
from ui.editor.picture import Picture, Want
from ui.editor.preferences import Preferences
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)


def make_graph() -> Graph:
    """``load`` → ``background`` → ``view`` → ``save``; ``frames`` → ``average``."""
    graph = Graph(REGISTRY)
    graph.add("load", "io.load_image", file="a.fits")
    graph.add("background", "background.polynomial")
    graph.add("view", "view.screen")
    graph.add("save", "io.save_screen", file="a.png")
    graph.add("frames", "io.load_frames", files="lights")
    graph.add("average", "integrate.average")
    graph.link("load", "image", "background", "image")
    graph.link("background", "image", "view", "image")
    graph.link("view", "screen", "save", "screen")
    graph.link("frames", "image", "average", "frames")
    return graph


@contextmanager
def make_editor() -> Iterator[Editor]:
    """An editor of that graph."""
    editor = Editor(REGISTRY, Store(), Preferences())
    editor.add(Document(make_graph()))
    try:
        yield editor
    finally:
        editor.close()


def make_image(channels: int = 3, size: tuple[int, int] = (60, 40), seed: int = 0) -> Image:
    """Noise on a dark background; size is (width, height)."""
    rng = np.random.default_rng(seed)
    level = np.array([0.1, 0.13, 0.08])[:channels, None, None]
    data = level + rng.normal(0, 0.01, (channels, size[1], size[0]))
    return Image(data.astype(np.float32))


def make_picture(want: Want, value: Any = None, items: int | None = None) -> Picture:
    """A value as results hand it to a viewer."""
    value = make_image() if value is None else value
    if not isinstance(value, Image):
        return Picture(want, value, items=items)
    return Picture(want, value, image_pyramid(value), image_statistics(value), items)


def give(editor: Editor, want: Want | None, value: Any = None, items: int | None = None) -> Picture:
    """Let the results hold a value."""
    assert want is not None
    picture = make_picture(want, value, items)
    editor.results.pictures[want] = picture
    return picture


SAMPLES = Table(("x", "y", "accepted"), ((10, 12, True), (30, 20, False)))
