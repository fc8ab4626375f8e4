"""The tour: five steps at the real panels, each over when the user has done it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor.editor import Editor
from ui.editor.input import Input
from ui.editor.shell import accents
from ui.editor.theme import px

_WIDTH = 380
_MARK = (255, 178, 72, 255)


@dataclass(frozen=True, slots=True)
class Step:
    """A step. panel: the window it points at. done: whether the user has done it."""

    title: str
    text: str
    panel: str
    done: Callable[[Editor, Any], bool]


def _nodes(editor: Editor) -> set[str]:
    return set(editor.document.graph.nodes)


def _settings(editor: Editor) -> Any:
    return {id: dict(node.params) for id, node in editor.document.graph.nodes.items()}


def _links(editor: Editor) -> set[Any]:
    return set(editor.document.graph.links.items())


def _shown(editor: Editor) -> Any:
    return {number: want.node for number, want in editor.wants.items()}


#: what of the editor a step looks at; what it was at the start of the step is given to ``done``
_LOOKS: tuple[Callable[[Editor], Any], ...] = (_nodes, _settings, _links, _shown)

STEPS = (
    Step(
        "Add a node",
        'Double click on the empty canvas, or press Tab over it, type "load" and press Enter. '
        "A node is one operation: this one reads an image.",
        "canvas",
        lambda editor, before: bool(_nodes(editor) - before[0]),
    ),
    Step(
        "Give it a file",
        "The inspector has all settings of the selected node, with their help. Choose an image "
        "of yours, or one from samples/data. Any other setting will do as well.",
        "inspector",
        lambda editor, before: any(
            params != before[1][id] for id, params in _settings(editor).items() if id in before[1]
        ),
    ),
    Step(
        "Wire it to another",
        "Drag from the dot at the right of the node and let go over nothing: only what fits is "
        "offered. Choose one, such as Asinh stretch, and it is linked.",
        "canvas",
        lambda editor, before: bool(_links(editor) - before[2]),
    ),
    Step(
        "See it",
        "A viewer shows the selected node. Select another one, and it is made and shown at once; "
        "what was made before is not made again. L links the channels of the stretch.",
        "viewer 1",
        lambda editor, before: _shown(editor) != before[3],
    ),
    Step(
        "Save it",
        "Ctrl+S. The file is small and readable, and linearlink run makes the same results from "
        "it without a window.",
        "canvas",
        lambda editor, before: editor.document.path is not None and not editor.document.modified,
    ),
)


class Course:
    """Which step the user is at; no screen."""

    def __init__(self, editor: Editor, steps: tuple[Step, ...] = STEPS) -> None:
        self._editor = editor
        self._steps = steps
        self.number = 0
        self._before = self._look()

    def _look(self) -> tuple[Any, ...]:
        return tuple(look(self._editor) for look in _LOOKS)

    @property
    def step(self) -> Step | None:
        """The step to be done; None when the tour is over."""
        return self._steps[self.number] if self.number < len(self._steps) else None

    def advance(self) -> bool:
        """Go on when the step was done; whether it was."""
        if self.step is None or not self.step.done(self._editor, self._before):
            return False
        self.go(1)
        return True

    def go(self, by: int) -> None:
        """To another step, as the user asks for it."""
        self.number = min(max(self.number + by, 0), len(self._steps))
        self._before = self._look()


class Tour:
    """A small window beside the panel that the step is about, which has a frame around it.

    It takes no keys but Escape, for the user is to work with the panels.
    """

    is_open = False  # as a popup: it never keeps keys from the panels

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.course: Course | None = None
        self._written = -1  # the step that the window tells of

    def build(self) -> None:
        """Make the window and the frame, hidden."""
        with dpg.window(
            tag="tour",
            label="Tour",
            show=False,
            width=px(_WIDTH),
            autosize=True,
            no_resize=True,
            no_collapse=True,
            no_saved_settings=True,
            no_docking=True,
            no_focus_on_appearing=True,
            on_close=self.close,
        ):
            dpg.add_text("", tag="tour:title", color=_MARK)
            dpg.add_text("", tag="tour:text", wrap=px(_WIDTH - 20))
            dpg.add_spacer(height=px(4))
            with dpg.group(horizontal=True):
                dpg.add_button(label="Back", callback=self._on_step, user_data=-1, tag="tour:back")
                dpg.add_button(label="Skip", callback=self._on_step, user_data=1, tag="tour:skip")
                dpg.add_button(label="End the tour", callback=self.close, tag="tour:end")
                dpg.add_text("", tag="tour:count", color=accents.FAINT)
        dpg.add_viewport_drawlist(tag="tour:frame", front=True, show=False)

    def open(self) -> None:
        """Begin with the first step."""
        self.course = Course(self.editor)
        self._written = -1  # the step that the window tells of
        dpg.configure_item("tour", show=True)

    def close(self) -> None:
        """End it."""
        self.course = None
        dpg.configure_item("tour", show=False)
        dpg.configure_item("tour:frame", show=False)

    def on_input(self, event: Input) -> bool:
        """Nothing is for the tour."""
        return False

    def sync(self) -> None:
        """Go on when the step was done; follow the panel."""
        course = self.course
        if course is None:
            return
        course.advance()
        if course.number != self._written:
            self._written = course.number
            self._write(course)
        self._point(course.step)

    def _write(self, course: Course) -> None:
        step = course.step
        dpg.set_value("tour:title", step.title if step else "That was the tour")
        dpg.set_value(
            "tour:text",
            step.text
            if step
            else "F1 shows all keys, F3 finds every action by name, and File ▸ Start page has "
            "the samples. Everything can be undone.",
        )
        dpg.set_value("tour:count", f"{course.number + 1} of {len(STEPS)}" if step else "")
        dpg.configure_item("tour:back", show=course.number > 0)
        dpg.configure_item("tour:skip", show=step is not None)
        dpg.set_item_label("tour:end", "End the tour" if step else "Close")

    def _point(self, step: Step | None) -> None:
        """Draw the frame, and stand in the corner of the panel."""
        rect = _rect(step.panel) if step else None
        dpg.delete_item("tour:frame", children_only=True)
        dpg.configure_item("tour:frame", show=rect is not None)
        if rect is None:
            return
        x, y, wide, tall = rect
        dpg.draw_rectangle(
            (x + 1, y + 1),
            (x + wide - 1, y + tall - 1),
            color=_MARK,
            thickness=px(2),
            rounding=px(4),
            parent="tour:frame",
        )
        own = dpg.get_item_rect_size("tour")
        room = (dpg.get_viewport_client_width(), dpg.get_viewport_client_height())
        left = x + wide - own[0] - px(16) if wide > own[0] + px(60) else x - own[0] - px(10)
        at = [max(0, min(left, room[0] - own[0])), max(0, min(y + px(40), room[1] - own[1]))]
        if [int(v) for v in dpg.get_item_pos("tour")] != [int(v) for v in at]:
            dpg.set_item_pos("tour", at)

    def _on_step(self, sender: Any, value: Any, by: int) -> None:
        if self.course:
            self.course.go(by)

    def describe(self) -> dict[str, Any]:
        """Where it is, for tests."""
        return {"step": self.course.number if self.course else None}


def _rect(panel: str) -> tuple[float, float, float, float] | None:
    """Where the window of a panel is, if it can be seen."""
    if not dpg.does_item_exist(panel) or not dpg.is_item_visible(panel):
        return None
    x, y = dpg.get_item_pos(panel)
    wide, tall = dpg.get_item_rect_size(panel)
    return float(x), float(y), float(wide), float(tall)
