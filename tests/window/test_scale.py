"""Letters of another size, chosen while the window is open."""

from __future__ import annotations

import pytest

from tests.window import panels
from tests.window.canvas import Canvas, Start
from tests.window.screen import SIZE
from ui.editor.letters import width
from ui.editor.theme import TEXT


def _wide(canvas: Canvas, tag: str) -> int:
    found = canvas.window.item(tag)
    assert found
    return int(found["rect"][2])


def _take_scale(canvas: Canvas, scale: str) -> None:
    window = canvas.window
    window.key("ctrl+comma")
    window.until(lambda: canvas.shown("preferences"), "the preferences")
    window.frame(6)
    window.click(*window.middle("preferences:scale"))
    window.key("ctrl+a")
    window.type(scale)
    window.key("Return")
    window.frame(20)


def test_panels_follow_the_scale_and_nothing_in_them_is_cut(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.click(*canvas.title("flat"))
    window.frame(10)
    before = {tag: _wide(canvas, tag) for tag in ("inspector", "palette", "histogram")}
    tall = window.item("status")["rect"][3]  # type: ignore[index]
    _take_scale(canvas, "1.5")
    for tag, wide in before.items():
        assert _wide(canvas, tag) == pytest.approx(1.5 * wide, abs=2)
    assert window.item("status")["rect"][3] == pytest.approx(1.5 * tall, abs=2)  # type: ignore[index]
    window.shot("scale_preferences")
    assert _wide(canvas, "preferences") == 930
    window.key("Escape")
    window.frame(6)
    window.shot("scale_1_5")
    for kind in ("Button", "Combo", "Slider", "InputText"):
        for each in panels.find_all(window, "inspector", kind=kind):
            x, _, wide, _ = each["rect"]
            assert x + wide <= SIZE[0]
            assert wide >= width(each["label"], 1.5 * TEXT)
    window.key("F3")
    window.until(lambda: canvas.shown("commands"), "the search for actions")
    window.frame(4)
    window.shot("scale_search")
    assert _wide(canvas, "commands") > 1.4 * 660
    window.key("Escape")
    _take_scale(canvas, "1")
    window.key("Escape")
    window.frame(6)
    assert _wide(canvas, "inspector") == pytest.approx(before["inspector"], abs=2)
