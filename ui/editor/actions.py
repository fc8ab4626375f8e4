"""Everything a user can do by name: what menus, shortcuts, search and the sheet of keys list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ui.editor import acting, filing
from ui.editor.acting import on_canvas, on_panel, on_viewer
from ui.editor.editor import Editor


def _always(editor: Editor) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do by name.

    id: for tables and tests. title: what people read; it ends in … when a question follows. menu:
    where it stands, ``Edit/Align``. keys: shortcuts, the first is shown. where: the kind of panel
    under the mouse for which the keys hold (``canvas``, ``viewer``), or any. enabled: whether it
    can be done now. checked: whether its menu item has a tick, None for no tick. repeats: whether
    a key held down does it again. help: a sentence for the sheet of keys and the status line.
    """

    id: str
    title: str
    menu: str
    do: Callable[[Editor], None]
    keys: tuple[str, ...] = ()
    where: str = ""
    enabled: Callable[[Editor], bool] = _always
    checked: Callable[[Editor], bool] | None = None
    repeats: bool = False
    help: str = ""


def find_action(keys: str, where: str = "") -> Action | None:
    """The action of a shortcut: that of the panel under the mouse before the general one."""
    found = [action for action in ACTIONS if keys in action.keys and action.where in ("", where)]
    return max(found, key=lambda action: bool(action.where), default=None)


def _can_undo(editor: Editor) -> bool:
    return editor.document.undo_name is not None


def _can_redo(editor: Editor) -> bool:
    return editor.document.redo_name is not None


def _has_file(editor: Editor) -> bool:
    return editor.document.path is not None


_selected, _several, _nodes = acting.selected, acting.several, acting.has_nodes
_anything, _things = acting.anything, acting.has_things

ACTIONS: tuple[Action, ...] = (
    Action("file.new", "New", "File", filing.new, ("Ctrl+N",)),
    Action("file.open", "Open…", "File", filing.ask_open, ("Ctrl+O",)),
    Action("file.save", "Save", "File", filing.save, ("Ctrl+S",)),
    Action("file.save_as", "Save as…", "File", filing.save_as, ("Ctrl+Shift+S",)),
    Action("file.save_copy", "Save a copy…", "File", filing.save_copy),
    Action("file.versions", "Older versions…", "File", on_panel("versions"), enabled=_has_file),
    Action(
        "file.allow", "Allow files outside the folder…", "File", filing.ask_again,
        enabled=lambda editor: not editor.document.trusted,
    ),
    Action("file.start", "Start page", "File", on_panel("start page")),
    Action("file.close", "Close", "File", filing.close, ("Ctrl+W",)),
    Action("file.quit", "Quit", "File", filing.leave, ("Ctrl+Q",)),
    # ---
    Action("edit.undo", "Undo", "Edit", acting.undo, ("Ctrl+Z",), "", _can_undo, None, True),
    Action(
        "edit.redo", "Redo", "Edit", acting.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "", _can_redo,
        None, True,
    ),
    Action("edit.cut", "Cut", "Edit", acting.cut, ("Ctrl+X",), "", _anything),
    Action("edit.copy", "Copy", "Edit", acting.copy, ("Ctrl+C",), "", _anything),
    Action("edit.paste", "Paste", "Edit", acting.paste, ("Ctrl+V",)),
    Action(
        "edit.duplicate", "Duplicate", "Edit", acting.duplicate, ("Ctrl+D", "Shift+D"), "",
        _selected,
    ),
    Action(
        "edit.duplicate_linked", "Duplicate with inputs", "Edit",
        partial(acting.duplicate, keep_inputs=True), ("Ctrl+Shift+D",), "", _selected,
    ),
    Action(
        "edit.delete", "Delete", "Edit", acting.delete, ("Delete", "Backspace", "X"), "", _anything
    ),
    Action(
        "edit.delete_reconnect", "Delete and reconnect", "Edit",
        partial(acting.delete, reconnect=True), ("Ctrl+Delete", "Alt+Delete"), "", _selected,
    ),
    Action(
        "edit.extract", "Take out of the chain", "Edit", acting.extract, ("Alt+X",), "", _selected
    ),
    Action("edit.all", "Select all", "Edit", acting.select_all, ("Ctrl+A",), "", _things),
    Action("edit.none", "Select none", "Edit", acting.select_none, ("Ctrl+Shift+A",)),
    Action(
        "edit.upstream", "Select upstream", "Edit", acting.select_upstream, ("U",), "", _selected
    ),
    Action(
        "edit.downstream", "Select downstream", "Edit", acting.select_downstream, ("Shift+U",), "",
        _selected,
    ),
    Action("edit.find", "Go to node…", "Edit", on_panel("go to"), ("Ctrl+F",)),
    Action(
        "edit.search", "Search actions…", "Edit", on_panel("command search"),
        ("F3", "Ctrl+Shift+P"),
    ),
    Action("edit.preferences", "Preferences…", "Edit", on_panel("preferences"), ("Ctrl+,",)),
    # ---
    Action("node.add", "Add node…", "Node", on_canvas("open_search"), ("Tab", "Space"), "canvas"),
    Action("node.bypass", "Bypass", "Node", acting.toggle("bypass"), ("B",), "", _selected),
    Action("node.mute", "Mute", "Node", acting.toggle("mute"), ("M",), "", _selected),
    Action("node.collapse", "Collapse", "Node", acting.collapse, ("H",), "", _selected),
    Action("node.rename", "Rename", "Node", on_canvas("rename_selected"), ("F2",), "", _selected),
    Action("node.frame", "Frame selected", "Node", acting.frame, ("Ctrl+J",), "", _selected),
    Action("node.note", "Add note", "Node", acting.note, ("N",), "canvas"),
    Action("node.arrange", "Arrange", "Node", acting.arrange, ("Ctrl+L",), "", _nodes),
    Action("align.left", "Left edges", "Node/Align", acting.align("left"), (), "", _several),
    Action("align.right", "Right edges", "Node/Align", acting.align("right"), (), "", _several),
    Action("align.top", "Top edges", "Node/Align", acting.align("top"), (), "", _several),
    Action("align.bottom", "Bottom edges", "Node/Align", acting.align("bottom"), (), "", _several),
    Action(
        "align.center", "Centres across", "Node/Align", acting.align("center"), (), "", _several
    ),
    Action("align.middle", "Centres down", "Node/Align", acting.align("middle"), (), "", _several),
    Action(
        "align.across", "Distribute across", "Node/Align", acting.align("distribute_x"), (), "",
        _several,
    ),
    Action(
        "align.down", "Distribute down", "Node/Align", acting.align("distribute_y"), (), "",
        _several,
    ),
    # ---
    Action("view.fit", "Fit all", "View", on_canvas("fit"), ("Home", "Shift+F"), "", _things),
    Action("view.fit_selected", "Fit selected", "View", on_canvas("fit_selected"), ("F",)),
    Action("view.in", "Zoom in", "View", on_canvas("zoom", 1), ("+",), repeats=True),
    Action("view.out", "Zoom out", "View", on_canvas("zoom", -1), ("-",), repeats=True),
    Action("view.map", "Minimap", "View", on_canvas("toggle_map")),
    Action("view.next", "Next graph", "View", acting.next_document, ("Ctrl+Tab",)),
    Action("view.viewer_1", "Viewer 1", "View/Panels", on_panel("viewer 1"), ("Ctrl+1",)),
    Action("view.viewer_2", "Viewer 2", "View/Panels", on_panel("viewer 2"), ("Ctrl+2",)),
    Action("view.viewer_3", "Viewer 3", "View/Panels", on_panel("viewer 3"), ("Ctrl+3",)),
    Action("view.viewer_4", "Viewer 4", "View/Panels", on_panel("viewer 4"), ("Ctrl+4",)),
    Action("view.inspector", "Inspector", "View/Panels", on_panel("inspector")),
    Action("view.palette", "Palette", "View/Panels", on_panel("palette")),
    Action("view.histogram", "Histogram", "View/Panels", on_panel("histogram")),
    Action("view.log", "Log", "View/Panels", on_panel("log")),
    # ---
    Action(
        "viewer.link", "Link channels", "Viewer", on_viewer("toggle_link"), ("L",),
        help="one stretch for all channels, or one for each",
    ),
    Action(
        "viewer.auto", "Auto stretch", "Viewer", on_viewer("auto"), ("A",),
        help="bring the background to a dark grey",
    ),
    Action(
        "viewer.boosted", "Boosted stretch", "Viewer", on_viewer("boosted"), ("Shift+A",),
        help="show the faintest",
    ),
    Action(
        "viewer.reset", "No stretch", "Viewer", on_viewer("reset"), ("R",),
        help="show the numbers as they are",
    ),
    Action(
        "viewer.permanent", "Make permanent", "Viewer", on_viewer("make_permanent"), ("Ctrl+P",),
        help="add a histogram transformation with the numbers of this stretch",
    ),
    Action("viewer.fit", "Fit image", "Viewer", on_viewer("fit"), ("F", "Home"), "viewer"),
    Action(
        "viewer.actual", "Pixel for pixel", "Viewer", on_viewer("actual_size"), ("1",), "viewer"
    ),
    Action("viewer.in", "Zoom in", "Viewer", on_viewer("zoom", 1), ("+",), "viewer", repeats=True),
    Action(
        "viewer.out", "Zoom out", "Viewer", on_viewer("zoom", -1), ("-",), "viewer", repeats=True
    ),
    Action("viewer.pin", "Pin", "Viewer", on_viewer("toggle_pin"), ("P",), "viewer"),
    Action("viewer.channel", "Next channel", "Viewer", on_viewer("next_channel"), ("C",), "viewer"),
    Action(
        "viewer.clipping", "Show clipping", "Viewer", on_viewer("toggle_clipping"), ("Shift+C",),
        "viewer",
    ),
    Action("viewer.split", "A/B split", "Viewer", on_viewer("toggle_split"), ("W",), "viewer"),
    Action(
        "viewer.previous", "Previous frame", "Viewer", on_viewer("step", -1), ("Left",), "viewer",
        repeats=True,
    ),
    Action(
        "viewer.next", "Next frame", "Viewer", on_viewer("step", 1), ("Right",), "viewer",
        repeats=True,
    ),
    Action("viewer.play", "Blink", "Viewer", on_viewer("toggle_play"), ("Space",), "viewer"),
    Action(
        "viewer.accept", "Accept or reject frame", "Viewer", on_viewer("toggle_accepted"), ("X",),
        "viewer",
    ),
    # ---
    Action(
        "run.all", "Run all", "Run", acting.run_all, ("F5",), "", _nodes,
        help="run every sink and viewer",
    ),
    Action(
        "run.here", "Run to here", "Run", acting.run_here, ("F6", "Ctrl+Enter"), "", _selected,
        help="run the selected nodes and what they need",
    ),
    Action("run.stop", "Stop", "Run", acting.stop, ("Shift+F5",), "", acting.running),
    Action("run.pause", "Pause", "Run", acting.pause, ("F7",), checked=acting.paused),
    Action(
        "run.auto", "Run changes by themselves", "Run", acting.auto_run, ("F9",),
        checked=acting.auto_runs,
    ),
    Action("run.refresh", "Look again at files", "Run", acting.refresh, ("F8",)),
    # ---
    Action("help.keys", "Keys", "Help", on_panel("keys"), ("F1",)),
    Action("help.tour", "Tour", "Help", on_panel("tour")),
)  # fmt: skip
