"""What the tests of the shell share: an editor in a context that nothing is drawn in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg
import pytest

from graph.store import Store
from tests.editor.documents import REGISTRY, make_document
from ui.editor.editor import Editor
from ui.editor.input import Input
from ui.editor.preferences import Preferences
from ui.editor.recent import Recent
from ui.editor.safety.trust import Trust


class FakeCanvas:
    """Remembers which nodes it was sent to."""

    def __init__(self) -> None:
        self.went: list[str] = []

    def go_to(self, id: str) -> None:
        self.went.append(id)


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    """An editor with one unsaved document of one node ``a``, over folders of its own."""
    for kind in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    dpg.create_context()
    made = Editor(
        REGISTRY,
        Store(1 << 20),
        Preferences(dialogs="own"),
        recent=Recent(tmp_path / "state"),
        trust=Trust(tmp_path / "state"),
    )
    made.panels["canvas"] = FakeCanvas()
    made.add(make_document())
    yield made
    made.close()
    dpg.destroy_context()


def key(name: str, *mods: str) -> Input:
    """A key that was pressed."""
    return Input("key", 0, 0, mods=frozenset(mods), key=name)


def texts(item: int | str) -> list[str]:
    """All texts and labels in an item, in their order."""
    found: list[str] = []
    for slot in (0, 1):
        for child in dpg.get_item_children(item, slot) or ():
            kind = dpg.get_item_type(child)
            value: Any = dpg.get_value(child) if kind.endswith("::mvText") else None
            label = value if isinstance(value, str) else dpg.get_item_label(child)
            if label and "Column" not in kind:
                found.append(str(label).partition("##")[0])
            found += texts(child)
    return found
