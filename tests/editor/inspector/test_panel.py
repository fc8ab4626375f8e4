"""The inspector in a context without a window: what it shows."""

from __future__ import annotations

import dearpygui.dearpygui as dpg
import pytest

from tests.editor.inspecting import (
    REGISTRY,
    box,
    editor,
    look,
    make_document,
    panel,
    row,
)
from ui.editor import theme
from ui.editor.inspector import setting
from ui.editor.inspector.facts import tell_socket, tell_state
from ui.editor.inspector.field_row import shorten
from ui.editor.inspector.panel import Inspector
from ui.editor.picture import Picture, Want
from ui.editor.preferences import Preferences
from ui.editor.states import NodeState

__all__ = ["editor", "panel"]

OURS = [spec.id for spec in REGISTRY]
# --- what is shown -------------------------------------------------------------------------------


def test_nothing_selected_says_what_to_do(panel: Inspector) -> None:
    assert "Click a node on the canvas to see its settings here." in look(panel)


@pytest.mark.parametrize("type", OURS)
def test_every_node_type_is_shown(panel: Inspector, type: str) -> None:
    with panel.editor.document.change("Add") as graph:
        graph.add("new", type)
    shown = look(panel, "new")
    spec = REGISTRY.get(type)
    assert spec
    assert f"{type}  v{spec.version}" in shown
    for name in spec.params:
        assert name in shown  # in its help
    assert [each.name for each in panel._rows] == list(spec.params)
    assert not panel.editor.log.entries


def test_values_follow_the_document_and_items_stay(panel: Inspector) -> None:
    look(panel, "sky")
    items = dpg.get_all_items()
    slider = box(panel, "degree")._slider
    assert dpg.get_item_configuration(slider)["format"] == "2"
    setting.set_value(panel.editor.document, ["sky"], "degree", 5)
    look(panel)
    assert dpg.get_item_configuration(slider)["format"] == "5"
    assert dpg.get_value(slider) == pytest.approx(5 / 6)
    panel.editor.document.undo()
    look(panel)
    assert dpg.get_item_configuration(slider)["format"] == "2"
    assert dpg.get_all_items() == items


def test_many_changes_of_selection_leave_nothing_behind(panel: Inspector) -> None:
    counts = set()
    for _ in range(4):
        for id in ("sky", "approve", "m31", "lost"):
            look(panel, id)
            panel.menu.open([("choose", None, None)])
        look(panel, "sky")
        counts.add(len(dpg.get_all_items()))
    assert len(counts) == 1


def test_it_tells_when_keys_go_into_its_fields(
    panel: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(panel, "sky")
    assert not panel.typing
    for field in (box(panel, "degree")._entry, panel._presets._note, panel._head._title):  # type: ignore[union-attr]
        with monkeypatch.context() as typing:
            typing.setattr(dpg, "is_item_active", lambda item, field=field: item == field)
            assert panel.typing


def test_a_menu_goes_with_its_node(panel: Inspector) -> None:
    look(panel, "sky")
    before = len(dpg.get_windows())
    panel.menu.open([("choose", None, None)])
    look(panel, "m31")
    assert len(dpg.get_windows()) == before


def test_a_missing_type_shows_what_is_kept(panel: Inspector) -> None:
    shown = look(panel, "lost")
    assert "other.pack  not installed" in shown
    assert "strength" in shown
    assert "0.75" in shown


def test_a_value_from_a_link_names_its_source_and_leads_there(panel: Inspector) -> None:
    look(panel, "approve")
    source = row(panel, "formula")._source
    assert dpg.get_item_label(source) == "← words.text"
    assert dpg.is_item_shown(source)
    assert not dpg.is_item_shown(row(panel, "formula").body)
    want = Want("words", "text")
    panel.editor.results.pictures[want] = Picture(want, "median < 1\nand so on" + 40 * ".")
    panel.editor.results.revision += 1
    look(panel)
    label = dpg.get_item_label(source)
    assert label.startswith("← words.text  =  median < 1\\nand so on.")
    row(panel, "formula")._go()
    assert panel.editor.document.selection == {"words"}


def test_what_feeds_a_link_cannot_be_set(panel: Inspector) -> None:
    look(panel, "approve")
    panel.take("formula", "1")
    assert panel.editor.document.undo_name is None


def test_problems_stand_at_their_fields(panel: Inspector) -> None:
    setting.set_value(panel.editor.document, ["sky2"], "degree", 99)
    shown = look(panel, "sky2")
    assert dpg.get_value(row(panel, "degree")._problem) == "99 is outside 0 to 6"
    assert "image: is not connected" in shown


def test_values_at_hand_are_told_at_outputs(panel: Inspector) -> None:
    want = Want("words", "text")
    panel.editor.results.pictures[want] = Picture(want, "short", items=3)
    shown = look(panel, "words")
    assert "3 frames; 'short'" in shown


def test_the_panel_follows_to_another_document_and_theme(
    panel: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(panel, "sky")
    panel.editor.preferences = Preferences(theme="light")
    look(panel)
    assert panel.looks.name == "light"
    size = panel.looks.size
    monkeypatch.setattr(theme, "_scale", 2.0)
    look(panel)
    assert panel.looks.size == 2 * size
    panel.editor.add(make_document())
    assert "Nothing is selected." in look(panel)


def test_sections_stay_as_the_user_left_them(panel: Inspector) -> None:
    look(panel, "sky")
    assert dpg.get_value(panel._headers["Parameters"])
    assert not dpg.get_value(panel._headers["Help"])
    dpg.set_value(panel._headers["Parameters"], False)
    dpg.set_value(panel._headers["Help"], True)
    look(panel, "m31")
    assert not dpg.get_value(panel._headers["Parameters"])
    assert dpg.get_value(panel._headers["Help"])


def test_a_pinned_node_stays_until_it_goes(panel: Inspector) -> None:
    look(panel, "sky")
    panel._pin()
    look(panel, "m31")
    assert panel.chosen() == ("sky",)
    setting.rename(panel.editor.document, "sky", "dome")
    assert panel.chosen() == ("m31",)


def test_a_preset_answered_after_its_node_was_left_is_kept(panel: Inspector) -> None:
    look(panel, "sky")
    section = panel._presets
    dpg.set_value(section._name, "Plane")
    section._save(0, None, "mine")
    dpg.set_value(section._name, "Plane")
    section._save(0, None, "mine")
    question = panel.editor.questions.popleft()
    panel.editor.document.select([])
    look(panel)
    question.then("Replace")  # type: ignore[union-attr,arg-type]
    assert "is kept for all graphs" in panel.editor.message[1]


# --- in words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "text", "color"),
    [
        (NodeState(), "not looked at yet", "dim"),
        (NodeState("cached", seconds=1.25), "up to date, took 1.2 s", "good"),
        (NodeState("stale", total=8, done=3), "5 of 8 items would run", "stale"),
        (NodeState("running", total=8, done=3), "running, 3 of 8 items", "busy"),
        (NodeState("running", fraction=0.256, left=41), "running 26 %, 41 s left", "busy"),
        (NodeState("failed", seconds=0.5), "failed, took 0.5 s", "bad"),
    ],
)
def test_states_in_words(state: NodeState, text: str, color: str) -> None:
    assert tell_state(state) == (text, color)


def test_sockets_in_words() -> None:
    spec = REGISTRY.get("view.screen")
    assert spec
    assert tell_socket(spec.sockets["image"], ("a", "image")) == "← a.image"
    assert tell_socket(spec.sockets["statistics"], None) == "made by Statistics"
    mask = REGISTRY.get("stretch.histogram")
    assert mask
    assert tell_socket(mask.sockets["mask"], None) == "not connected (optional)"


def test_values_are_cut_to_one_line() -> None:
    assert shorten("a\nb") == "a\\nb"
    assert shorten(0.25) == "0.25"
    assert len(shorten(100 * "x")) == 40
