"""Presets in the inspector: settings under a name, to apply, drag to the canvas, keep and share."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import dearpygui.dearpygui as dpg

from graph.errors import GraphError
from ui.editor.canvas.palette import PAYLOAD
from ui.editor.editor import Editor
from ui.editor.edits import presets
from ui.editor.inspector import preset_list
from ui.editor.inspector.listening import Listening
from ui.editor.inspector.looks import Looks
from ui.editor.inspector.popup_menu import PopupMenu
from ui.editor.inspector.preset_list import SOURCES, Entry
from ui.editor.question import Question, TextQuestion
from ui.editor.shell import accents
from ui.editor.theme import explain, px


class Owner(Protocol):
    """What the section needs of the inspector."""

    editor: Editor
    looks: Looks
    menu: PopupMenu
    listening: Listening

    def section(self, label: str, is_open: bool) -> AbstractContextManager[int]:
        """A section that folds."""


class PresetPanel:
    """The section of presets for one node."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._id = ""
        self._list = 0
        self._shown: Any = None

    @property
    def _editor(self) -> Editor:
        return self._owner.editor

    def build(self, id: str) -> None:
        """Make the section under the parent on Dear PyGui's stack."""
        self._id, self._shown = id, None
        with self._owner.section("Presets", False):
            with dpg.group() as self._list:
                pass
            with dpg.group(horizontal=True):
                self._name = dpg.add_input_text(width=-px(150), hint="name")
                keep = dpg.add_button(label="Save", callback=self._save, user_data="graph")
                mine = dpg.add_button(label="Save as mine", callback=self._save, user_data="mine")
            self._note = dpg.add_input_text(width=-1, hint="note, if you like")
            for field in (self._name, self._note):
                self._owner.listening.watch(field)
            explain(keep, "keep these settings in this graph, under that name")
            explain(mine, "keep these settings for all your graphs")
            read = dpg.add_button(label="Read a file…", callback=self._read)
            explain(read, "take presets that somebody shared into this graph")

    def show(self) -> None:
        """Show the presets as they are now."""
        graph = self._editor.document.graph
        # after a question the section may be another's, or gone
        if not dpg.does_item_exist(self._list) or self._id not in graph.nodes:
            return
        spec = graph.spec(self._id)
        if spec is None:
            return
        entries, problems = preset_list.list_entries(graph, spec.id)
        told = [str(problem) for problem in problems]
        if (entries, told) == self._shown:
            return
        self._shown = entries, told
        dpg.delete_item(self._list, children_only=True)
        dpg.push_container_stack(self._list)
        with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchProp):
            dpg.add_table_column(init_width_or_weight=1)
            dpg.add_table_column(width_fixed=True)
            dpg.add_table_column(width_fixed=True)
            for entry in entries:
                with dpg.table_row():
                    self._build_entry(entry)
        for text in told:
            dpg.add_text(text, wrap=0, color=self._owner.looks.ink.bad)
        dpg.pop_container_stack()

    def _build_entry(self, entry: Entry) -> None:
        label = f"{entry.name}##{entry.source}"
        ink = self._owner.looks.ink
        item = dpg.add_button(label=label, width=-1, callback=self._apply, user_data=entry)
        dpg.bind_item_theme(item, accents.plain_button())
        with dpg.drag_payload(parent=item, drag_data=entry.data, payload_type=PAYLOAD):
            dpg.add_text(entry.name)
        with dpg.tooltip(item, delay=0.4):
            if entry.note:
                dpg.add_text(entry.note, wrap=px(320))
            dpg.add_text("click to apply; drag to the canvas or onto a node", color=ink.dim)
        dpg.add_text(SOURCES[entry.source], color=ink.dim)
        more = dpg.add_button(label="▾", width=px(20), callback=self._open_menu, user_data=entry)
        dpg.bind_item_theme(more, self._owner.looks.flat)

    # --- what the user does ----------------------------------------------------------------------

    def _open_menu(self, sender: Any, app_data: Any, entry: Entry) -> None:
        choices: list[tuple[str, Any]] = [("Apply", self._apply)]
        if entry.source != "shipped":
            choices += [("Rename…", self._rename), ("Delete", self._delete)]
        if entry.source != "mine":
            choices.append(("Keep as mine", self._keep))
        if entry.source != "graph":
            choices.append(("Keep in this graph", self._put))
        choices.append(("Share as a file…", self._share))
        self._owner.menu.open([(label, call, entry) for label, call in choices])

    def _apply(self, sender: Any, app_data: Any, entry: Entry) -> None:
        preset_list.drop(self._editor, entry.data, self._id, (0, 0))

    def _save(self, sender: Any, app_data: Any, source: str) -> None:
        name, note = dpg.get_value(self._name).strip(), dpg.get_value(self._note).strip()
        if source == "graph":
            with self._editor.change(f"Save preset {name}") as graph:
                presets.save_preset(graph, name, self._id, note)
        else:
            try:
                preset = presets.make_preset(self._editor.document.graph, self._id, note)
                self._keep_mine(name, preset)
            except GraphError as error:
                self._editor.tell("error", str(error))
                return
        dpg.set_value(self._name, "")
        dpg.set_value(self._note, "")

    def _keep_mine(self, name: str, preset: presets.Preset) -> None:
        """Keep a preset in the user's folder; one of that name is replaced only when allowed."""

        def keep(answer: str) -> None:
            if answer == "Cancel":
                return
            try:
                presets.keep_preset(name, preset)
                self._editor.tell("info", f"The preset {name} is kept for all graphs.")
            except (GraphError, OSError) as error:
                self._editor.tell("error", str(error))
            self._shown = None
            self.show()

        if name in presets.list_presets()[0]:
            text = f"You have a preset {name!r} already. Replace it?"
            self._editor.ask(Question("Replace preset", text, ("Replace", "Cancel"), keep))
        else:
            keep("")

    def _keep(self, sender: Any, app_data: Any, entry: Entry) -> None:
        self._keep_mine(entry.name, entry.preset)

    def _put(self, sender: Any, app_data: Any, entry: Entry) -> None:
        with self._editor.change(f"Keep preset {entry.name} in the graph") as graph:
            graph.presets[entry.name] = entry.preset

    def _rename(self, sender: Any, app_data: Any, entry: Entry) -> None:
        def rename(new: str) -> None:
            new = new.strip()
            if entry.source == "graph":
                with self._editor.change(f"Rename preset {entry.name} to {new}") as graph:
                    presets.rename_preset(graph, entry.name, new)
                return
            try:
                presets.keep_preset(new, entry.preset)
                presets.delete_preset(entry.name)
            except (GraphError, OSError) as error:
                self._editor.tell("error", str(error))
            self.show()

        def check(new: str) -> str | None:
            known = preset_list.list_entries(self._editor.document.graph)[0]
            taken = any((e.source, e.name) == (entry.source, new.strip()) for e in known)
            return f"there is already a preset {new.strip()!r}" if taken else None

        self._editor.ask(
            TextQuestion("Rename preset", f"The name of {entry.name}:", entry.name, check, rename)
        )

    def _delete(self, sender: Any, app_data: Any, entry: Entry) -> None:
        if entry.source == "graph":
            with self._editor.change(f"Delete preset {entry.name}") as graph:
                presets.remove_preset(graph, entry.name)
            return

        def delete(answer: str) -> None:
            if answer != "Delete":
                return
            try:
                presets.delete_preset(entry.name)
            except (GraphError, OSError) as error:
                self._editor.tell("error", str(error))
            self.show()

        text = f"Delete your preset {entry.name!r}? This cannot be undone."
        self._editor.ask(Question("Delete preset", text, ("Delete", "Cancel"), delete))

    def _share(self, sender: Any, app_data: Any, entry: Entry) -> None:
        def share(paths: list[Path]) -> None:
            try:
                presets.share_preset({entry.name: entry.preset}, paths[0])
            except (GraphError, OSError) as error:
                self._editor.tell("error", str(error))
            else:
                self._editor.tell("info", f"The preset {entry.name} is written to {paths[0]}.")

        self._editor.ask_file(
            f"Share {entry.name}", "presets", share, patterns=("*.preset.json",), save=True
        )

    def _read(self) -> None:
        def read(paths: list[Path]) -> None:
            with self._editor.change("Read presets") as graph:
                for path in paths:
                    for name, preset in presets.read_presets(path).items():
                        graph.presets[_free(name, graph.presets)] = preset

        self._editor.ask_file(
            "Read presets", "presets", read, patterns=("*.preset.json", "*.json"), several=True
        )


def _free(name: str, taken: Any) -> str:
    """A name that is not in use: ``Plane 2``."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} {number}"
    return found
