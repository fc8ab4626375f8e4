"""The first things that a user does in the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.window.screen import ROOT, Window

Open = Callable[..., Window]
SAMPLE = ROOT / "samples" / "first_light.graph.json"


def test_an_empty_editor_starts_and_ends(open_window: Open) -> None:
    window = open_window()
    assert window.document()["graph"]["nodes"] == {}
    window.shot("empty")
    assert window.quit() == 0


@pytest.mark.drawn
def test_a_sample_is_drawn_and_its_nodes_can_be_moved(open_window: Open) -> None:
    window = open_window(SAMPLE)
    before = window.document()["graph"]["view"]["nodes"]["combine"]
    at = window.where("canvas", "title", "combine")
    window.drag(at, (at[0] + 40, at[1] + 120))
    moved = window.document()
    assert moved["graph"]["view"]["nodes"]["combine"] != before
    assert moved["modified"]
    window.key("ctrl+z")
    assert window.document()["graph"]["view"]["nodes"]["combine"] == before
    window.shot("sample")


def test_pasting_from_an_empty_clipboard_tells_a_sentence(open_window: Open) -> None:
    window = open_window(SAMPLE)
    before = window.document()["text"]
    window.move(*window.where("canvas", "area"))
    window.key("ctrl+v")
    window.until(lambda: window.state()["message"][0] == "error", "a sentence")
    assert window.document()["text"] == before
    assert window.document()["undo"] is None
