"""The older versions of the graph shown, to be restored."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg

from graph.units import size
from ui.editor import filing
from ui.editor.editor import Editor
from ui.editor.safety.versions import Version, find_versions, folder_of
from ui.editor.shell import accents
from ui.editor.shell.sheet import Sheet
from ui.editor.theme import px


class VersionsSheet(Sheet):
    """A list of the versions that were kept at each save."""

    tag, title = "versions", "Older versions"
    width, height = 480, 420

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self.editor = editor
        self._document = editor.document

    def build(self) -> None:
        """Make the window, hidden."""
        with self.window():
            dpg.add_text("", tag="versions:of", wrap=px(self.width - 24))
            dpg.add_text(
                "Restoring is a change like any other: undo takes it back.", color=accents.FAINT
            )
            with dpg.child_window(tag="versions:list"):
                pass

    def open(self) -> None:
        """Show the versions of the graph shown."""
        document = self._document = self.editor.document
        path = document.path
        found = find_versions(path) if path else []
        kept = f"kept in {folder_of(path)}" if path and found else "none is kept yet"
        dpg.set_value("versions:of", f"{document.name}: {kept}")
        dpg.delete_item("versions:list", children_only=True)
        for version in found:
            with dpg.group(horizontal=True, parent="versions:list"):
                dpg.add_button(label="Restore", user_data=version, callback=self._on_restore)
                dpg.add_text(f"{version.number:4}   {version.time:%Y-%m-%d  %H:%M}")
                dpg.add_text(size(version.file.stat().st_size), color=accents.FAINT)
        super().open()

    def _on_restore(self, sender: Any, value: Any, version: Version) -> None:
        self.close()
        if self._document in self.editor.documents:  # another may be shown by now
            self.editor.show(self._document)
            filing.restore(self.editor, version)
