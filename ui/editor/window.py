"""The window: its loop, its input, its panels. Everything that draws is called from here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import dearpygui.dearpygui as dpg

from ui.editor import docking, theme
from ui.editor.actions import ACTIONS, Action, find_action
from ui.editor.clicks import Clicks
from ui.editor.clipboard import guard_clipboard, read_clipboard
from ui.editor.dispatch import call_back
from ui.editor.editor import Editor
from ui.editor.input import Input
from ui.editor.keyboard import held, key_names, modifier_names, shortcut
from ui.editor.layout import find_sizes, prepare, remember, was_reset
from ui.editor.preferences import guess_scale
from ui.editor.safety.crash import CrashLog
from ui.editor.safety.folders import state_folder
from ui.editor.safety.preflight import remember_window
from ui.editor.safety.recovery import Recovery

#: after input the window goes on drawing for so long, so that what it set off settles
AWAKE_SECONDS = 0.5
#: seconds between frames where the screen does not set the pace
PACE = 1 / 60
#: frames after which the window stands as it will
SETTLED = 10


class Panel(Protocol):
    """A part of the window. ``sync`` is called every frame and returns at once without changes.

    It may have: ``area``, the item whose hover means that the mouse is over it, with
    ``on_input``, ``on_leave`` and ``kind``, by which keys mean something else there; ``moving``,
    whether the next frame will differ by itself; ``typing``, whether keys go into a field of it;
    ``rebuild``, called after another scale was chosen.
    """

    def build(self) -> None: ...

    def sync(self) -> None: ...


class Window:
    """The editor on screen, from ``run`` until the user leaves."""

    def __init__(
        self, editor: Editor, recovery: Recovery, crash_log: CrashLog, probe: Any = None
    ) -> None:
        self.editor = editor
        self.recovery = recovery
        self.crash_log = crash_log
        self.probe = probe
        self.frames = 0
        self.costs: deque[float] = deque(maxlen=300)  # seconds of this thread for a frame
        self.panels: list[Any] = []
        self.popups: list[Any] = []  # hear of keys before all else while they are open
        self._latched: Any = None  # the panel that was pressed, until the buttons are up
        self.down: set[int] = set()  # mouse buttons
        self._clicks = Clicks()
        self._keys: set[int] = set()  # that have been down since the last frame
        self._mods: frozenset[str] = frozenset()  # by events: one let go at once still counts
        self._awake_until = 0.0
        self._complaint: str | None = None  # of the recovery, told once
        self._look = (editor.preferences.theme, editor.preferences.scale)

    # --- from start to end -----------------------------------------------------------------------

    def run(self) -> None:
        """Show the window until the user leaves it."""
        dpg.create_context()
        try:
            self._open()
            while dpg.is_dearpygui_running() and not self.editor.over:
                self._turn()
        finally:
            self._shut()

    def _open(self) -> None:
        scale = self.editor.preferences.scale or guess_scale()
        layout = prepare(state_folder(), scale)
        # the first frame puts every window where the file says, so there has to be one
        dpg.configure_app(
            manual_callback_management=True,
            docking=True,
            docking_space=True,
            init_file=str(layout),
            load_init_file=str(layout),
            auto_save_init_file=False,
        )
        testing = self.probe is not None
        size = (1600, 1000) if testing else (1500, 940)
        dpg.create_viewport(
            title="LinearLink",
            min_width=1000,
            min_height=700,
            width=size[0],
            height=size[1],
            x_pos=0 if testing else 60,
            y_pos=0 if testing else 40,
            decorated=not testing,
            vsync=not testing,
            disable_close=True,
        )
        dpg.setup_dearpygui()
        self._dress()
        from ui.editor.panels import make_panels

        self.panels, self.popups = make_panels(self.editor, self.do)
        for panel in (*self.panels, *self.popups):
            panel.build()
        self._listen()
        self.editor.get_clipboard = read_clipboard
        self.editor.set_clipboard = dpg.set_clipboard_text
        dpg.set_exit_callback(lambda: self._do_named("file.quit"))
        dpg.show_viewport()
        guard_clipboard(lambda text: self.editor.tell("warning", text))

    def _shut(self) -> None:
        folder = state_folder()
        if self.frames > SETTLED and self.probe is None and not was_reset(folder):
            dpg.save_init_file(str(folder / "layout.ini"))
            dpg.render_dearpygui_frame()
        if dialogs := self.editor.panels.get("dialogs"):
            dialogs.close()  # the system's is a program of its own, which would stay
        self.editor.close()  # no thread of ours may outlive the context
        dpg.destroy_context()

    def _dress(self) -> None:
        preferences = self.editor.preferences
        theme.apply(preferences.theme, preferences.scale or guess_scale())

    def _dress_anew(self) -> None:
        """Take over another theme or scale, in all that was made at the one before."""
        before = theme.scale()
        self._dress()
        scale = theme.scale()
        if scale == before:
            return
        theme.rescale(scale / before)
        for popup in self.popups:
            if rebuild := getattr(popup, "rebuild", None):
                rebuild()
        if docking.resize(find_sizes(docking.read_layout(), before, scale)):
            remember(state_folder(), scale)

    def _turn(self) -> None:
        """One frame, and all that follows from what happened in it."""
        began, spent = time.perf_counter(), time.thread_time()
        dpg.render_dearpygui_frame()
        self.frames += 1
        if self.frames == SETTLED:
            remember_window()
        editor = self.editor
        if call_back(editor.tell, self.crash_log.write):
            self._awake_until = time.perf_counter() + AWAKE_SECONDS
        self._keys = {code for code in self._keys if dpg.is_key_down(code)}
        self._mods = held()
        self._guard(editor.drain)
        for panel in (*self.panels, *self.popups):
            self._guard(panel.sync)
        self._guard(editor.update)
        self._guard(lambda: self.recovery.look(editor.documents))
        if self.recovery.complaint != self._complaint:
            self._complaint = self.recovery.complaint
            if self._complaint:
                editor.tell("warning", self._complaint)
        if self._look != (editor.preferences.theme, editor.preferences.scale):
            self._look = (editor.preferences.theme, editor.preferences.scale)
            self._guard(self._dress_anew)
        self.costs.append(time.thread_time() - spent)
        if self.probe is not None:
            self.probe.answer(self)
        self._rest(began)

    def _guard(self, function: Callable[[], None]) -> None:
        """Call what may have a mistake in it: that is told, and the window lives on."""
        try:
            function()
        except Exception as fault:
            self.crash_log.write(fault)
            self.editor.tell(
                "error", f"a mistake in LinearLink ({type(fault).__name__}: {fault}); see the log"
            )

    def _rest(self, began: float) -> None:
        """Sleep until there is something to do: until input, or the next frame while we work."""
        moving = any(getattr(panel, "moving", False) for panel in (*self.panels, *self.popups))
        now = time.perf_counter()
        busy = self.editor.busy or self.recovery.waiting or self.editor.questions or moving
        idle = not busy and now > self._awake_until and self.frames > SETTLED
        dpg.configure_app(wait_for_input=bool(idle and self.probe is None))
        pace = PACE if self.probe is None else 0.004  # tests wait for frames
        if (early := began + pace - time.perf_counter()) > 0:
            time.sleep(early)

    # --- input -----------------------------------------------------------------------------------

    def _listen(self) -> None:
        with dpg.handler_registry():
            dpg.add_mouse_click_handler(callback=self._on_press)
            dpg.add_mouse_release_handler(callback=self._on_release)
            dpg.add_mouse_move_handler(callback=self._on_move)
            dpg.add_mouse_wheel_handler(callback=self._on_wheel)
            dpg.add_key_press_handler(callback=self._on_key)

    def _input(self, kind: Any, **more: Any) -> Input:
        x, y = dpg.get_mouse_pos(local=False)
        return Input(kind, float(x), float(y), mods=self._mods, **more)

    def _under_mouse(self) -> Any:
        """The panel whose area the mouse is over, or None."""
        for panel in self.panels:
            area = getattr(panel, "area", None)
            if area and dpg.does_item_exist(area) and dpg.is_item_hovered(area):
                return panel
        return None

    def _on_press(self, sender: Any, button: int) -> None:
        if self._latched is None:
            self._latched = self._under_mouse()
        self.down.add(button)
        if self._latched:
            self._latched.on_input(self._input("press", button=button))
            x, y = dpg.get_mouse_pos(local=False)
            if self._clicks.take(button, (x, y), self.frames, time.perf_counter()):
                self._latched.on_input(self._input("double", button=button))

    def _on_release(self, sender: Any, button: int) -> None:
        self.down.discard(button)
        panel = self._latched
        if not self.down:
            self._latched = None
        if panel:
            panel.on_input(self._input("release", button=button))
        self.editor.document.settle()

    def _on_move(self) -> None:
        panel = self._latched or self._under_mouse()
        for other in self.panels:
            if other is not panel and (leave := getattr(other, "on_leave", None)):
                leave()
        if panel:
            panel.on_input(self._input("move"))

    def _on_wheel(self, sender: Any, steps: float) -> None:
        panel = self._latched or self._under_mouse()
        if panel:
            panel.on_input(self._input("wheel", steps=float(steps)))

    def _on_key(self, sender: Any, code: Any) -> None:
        code = code[0] if isinstance(code, list | tuple) else code
        if modifier := modifier_names().get(code):
            self._mods |= {modifier}
        name = key_names().get(code)
        if not name:
            return
        repeated = code in self._keys
        self._keys.add(code)
        event = self._input("key", key=name)
        for popup in self.popups:
            if popup.is_open:
                popup.on_input(event)
                return
        if self._is_typing():
            return
        panel = self._latched or self._under_mouse()
        if panel and panel.on_input(event):
            return
        where = getattr(panel, "kind", "")
        action = find_action(shortcut(name, event.mods), where)
        if action and (action.repeats or not repeated) and not self.down:
            self.do(action)

    def _is_typing(self) -> bool:
        """Whether keys go into a text field just now."""
        if any(getattr(panel, "typing", False) for panel in self.panels):
            return True
        item = dpg.get_focused_item()  # of a field in a group it is the group
        if not item or not dpg.does_item_exist(item):
            return False
        kind = dpg.get_item_type(item)
        fields = ("Input", "Drag", "Slider", "ColorEdit")
        return any(word in kind for word in fields) and dpg.is_item_active(item)

    # --- actions ---------------------------------------------------------------------------------

    def _do_named(self, id: str) -> None:
        self.do(next(action for action in ACTIONS if action.id == id))

    def do(self, action: Action) -> None:
        """Do what an action says, if it can be done now."""
        if action.enabled(self.editor):
            self._guard(lambda: action.do(self.editor))
