"""Widgets side by side are never cut."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg
import pytest

from tests.editor.inspecting import editor, look, panel, row
from ui.editor.inspector.flow import Flow, break_rows, is_other
from ui.editor.inspector.panel import Inspector
from ui.editor.letters import width
from ui.editor.theme import TEXT

__all__ = ["editor", "panel"]


@pytest.mark.parametrize(
    ("least", "room", "rows"),
    [
        ([], 100, []),
        ([30, 30, 30], 98, [[0, 1, 2]]),
        ([30, 30, 30], 97, [[0, 1], [2]]),
        ([30, 30, 30], 10, [[0], [1], [2]]),
        ([90, 10, 10, 90], 100, [[0], [1, 2], [3]]),
    ],
)
def test_rows_are_broken_where_there_is_no_room(
    least: list[float], room: float, rows: list[list[int]]
) -> None:
    assert break_rows(least, room, 4) == rows


def test_a_scroll_bar_that_comes_and_goes_changes_nothing(panel: Inspector) -> None:
    assert is_other(300, 0)
    assert is_other(286, 300)  # it came: there is less room
    assert not is_other(300, 286)  # it went, since there are fewer rows now
    assert is_other(330, 286)  # the panel was widened


def test_each_takes_its_share_and_no_word_is_cut(panel: Inspector) -> None:
    look(panel, "sky")
    flow: Flow = row(panel, "correction").widget._flow  # type: ignore[attr-defined]
    buttons = row(panel, "correction").widget._buttons  # type: ignore[attr-defined]
    labels = [dpg.get_item_label(button) for button in buttons]
    for room in (400.0, 120.0, 400.0):
        flow.lay(room)
        widths = [dpg.get_item_width(button) for button in buttons]
        for label, wide in zip(labels, widths, strict=True):
            assert wide >= width(label, TEXT)
        parents = [dpg.get_item_parent(button) for button in buttons]
        for parent in set(parents):
            own = [wide for wide, p in zip(widths, parents, strict=True) if p == parent]
            assert sum(own) + 4 * (len(own) - 1) == pytest.approx(room, abs=len(own))
        assert (len(set(parents)) == 1) == (room == 400)


def test_numbers_are_not_broken_at_their_points(
    panel: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.editor.picture import Picture, Want

    want = Want("words", "text")
    words = "linear, 0.0166934 to 1, 0.0166934 to 1"
    panel.editor.results.pictures[want] = Picture(want, words)
    look(panel, "words")
    assert panel._facts
    [text] = [panel._facts._values["text"]]
    state: dict[str, Any] = {"content_region_avail": [90, 10]}
    monkeypatch.setattr(dpg, "get_item_state", lambda item: state)
    panel.sync()
    lines = dpg.get_value(text._text).split("\n")
    assert len(lines) > 2
    assert all(width(line, TEXT) <= 90 for line in lines)
    assert " ".join(lines) == repr(words)
