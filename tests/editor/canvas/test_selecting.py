"""Selecting nodes, frames and notes by hand."""

from __future__ import annotations

import pytest

from tests.editor.hand import Hand, chain
from ui.editor import edits
from ui.editor.canvas.requests import Tell


def test_a_click_selects_and_shift_and_ctrl_add_and_take_away(hand: Hand) -> None:
    hand.click(("title", "load"))
    assert hand.document.selection == {"load"}
    hand.click(("title", "sky"), "shift")
    hand.click(("node", "view"), "ctrl")
    assert hand.document.selection == {"load", "sky", "view"}
    hand.click(("title", "sky"), "ctrl")
    assert hand.document.selection == {"load", "view"}
    hand.click(("place", 100, 500))
    assert hand.document.selection == frozenset()
    assert hand.document.undo_name is None


def test_a_press_on_a_selected_node_deselects_the_others_only_when_let_go(hand: Hand) -> None:
    hand.document.select(["load", "sky"])
    hand.press(("title", "sky"))
    assert hand.document.selection == {"load", "sky"}
    hand.release(("title", "sky"))
    assert hand.document.selection == {"sky"}


def test_a_box_selects_what_it_touches(hand: Hand) -> None:
    hand.drag(("place", -50, -50), ("place", 310, 10))
    assert hand.document.selection == {"load", "sky"}
    hand.drag(("place", 590, -50), ("place", 620, 10), "shift")
    assert hand.document.selection == {"load", "sky", "view"}
    hand.drag(("place", -50, -50), ("place", 10, 10), release=False)
    assert hand.document.selection == {"load"}
    hand.cancel()
    assert hand.document.selection == {"load", "sky", "view"}


# --- frames and notes ----------------------------------------------------------------------------


FRAME, NOTE = ("frames", 0), ("notes", 0)


@pytest.fixture
def marked() -> Hand:
    """The chain with a frame around load, and a note below sky."""
    graph = chain()
    edits.put_frame(graph, (-40.0, -60.0, 260.0, 400.0), "Masters")
    edits.set_rect(graph, "notes", edits.add_note(graph, (0, 0), "text"), (300, 600, 90, 60))
    return Hand(graph)


def test_frames_and_notes_are_selected_as_nodes_are(marked: Hand) -> None:
    document = marked.document
    document.select(["view"])
    marked.click(("frame", *FRAME))
    assert (document.selection, document.marks) == (frozenset(), {FRAME})
    marked.click(("note", *NOTE), "shift")
    marked.click(("title", "view"), "shift")
    assert (document.selection, document.marks) == ({"view"}, {FRAME, NOTE})
    marked.click(("note", *NOTE), "shift")
    assert document.marks == {FRAME}
    marked.click(("title", "view"))
    assert (document.selection, document.marks) == ({"view"}, frozenset())
    marked.click(("frame", *FRAME))
    marked.click(("place", 1200, 900))
    assert document.marks == frozenset()


def test_a_box_selects_the_frames_and_notes_that_it_holds_whole(marked: Hand) -> None:
    document = marked.document
    marked.drag(("place", 250, -90), ("place", 320, 630))  # half of the note
    assert (document.selection, document.marks) == ({"sky"}, frozenset())
    marked.drag(("place", 240, 590), ("place", 400, 670), "shift")
    assert (document.selection, document.marks) == ({"sky"}, {NOTE})
    marked.drag(("place", -50, -70), ("place", 230, 350), release=False)
    assert (document.selection, document.marks) == ({"load"}, {FRAME})
    marked.cancel()
    assert (document.selection, document.marks) == ({"sky"}, {NOTE})


def test_all_that_is_selected_moves_with_what_is_held(marked: Hand) -> None:
    marked.document.select(["view"], [FRAME, NOTE])
    for start in (("title", "view"), ("frame", *FRAME), ("note", *NOTE)):
        before = marked.graph.view
        x, y = marked.point(start)
        marked.drag((x, y), (x + 30, y + 40))
        after = marked.graph.view
        for kind in ("frames", "notes"):
            assert after[kind][0]["rect"][0] - before[kind][0]["rect"][0] == 30
            assert after[kind][0]["rect"][1] - before[kind][0]["rect"][1] == 40
        assert marked.at("load") == (
            before["nodes"]["load"][0] + 30,
            before["nodes"]["load"][1] + 40,
        )
        assert marked.at("sky") == (300, 0)
        assert marked.document.undo_name == "Move 1 node, 1 frame, 1 note"
    marked.document.undo()
    assert marked.document.marks == {FRAME, NOTE}


def test_what_is_selected_is_never_another_frame_after_one_has_gone(marked: Hand) -> None:
    document = marked.document
    with document.change("Add") as graph:
        edits.put_frame(graph, (900, 0, 90, 90), "second")
    document.select([], [("frames", 1)])
    with document.change("Title") as graph:
        edits.set_frame_title(graph, 1, "other")
    assert document.marks == {("frames", 1)}
    with document.change("Delete") as graph:
        edits.remove_marks(graph, [FRAME])
    assert document.marks == frozenset()
    document.select([], [("frames", 7), FRAME])
    assert document.marks == {FRAME}


def test_a_drag_to_where_nothing_can_stand_is_told(marked: Hand) -> None:
    before = marked.graph
    marked.press(("title", "view"))
    marked.move((3e6, 0))
    [told] = marked.release((3e6, 0))
    assert isinstance(told, Tell)
    assert "cannot stand at" in told.text
    assert marked.graph is before
    assert marked.stage.at["view"] == (600, 0)
