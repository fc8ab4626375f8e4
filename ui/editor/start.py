"""Starting the editor: what it opens with, and how it ends."""

from __future__ import annotations

import argparse
from pathlib import Path

from graph.errors import GraphError
from graph.store import Store
from graph.threads import stand_back
from ui.editor import filing
from ui.editor.editor import Editor
from ui.editor.preferences import Preferences, read
from ui.editor.safety.crash import CrashLog, find_crashes
from ui.editor.safety.recovery import Recovery
from ui.editor.safety.restoring import offer_all


def show(arguments: argparse.Namespace) -> int:
    """Show the editor with these graphs until the user leaves it; the exit code.

    arguments: ``graphs``, ``store``, ``no_store`` and ``ui_probe`` of ``linearlink edit``. Work
    that is unsaved when the program ends otherwise is kept for the next start.
    """
    from ui.editor.probe import Probe
    from ui.editor.window import Window

    crashes = find_crashes()
    crash_log = CrashLog()
    try:
        editor, recovery = open_editor(arguments)
        for path in crashes:
            editor.tell("warning", f"the editor ended in a crash; what is known is in {path}")
        try:
            Window(editor, recovery, crash_log, Probe() if arguments.ui_probe else None).run()
        except BaseException:
            recovery.keep(editor.documents)
            raise
        recovery.close()
    finally:
        crash_log.close()
    return 0


def open_editor(arguments: argparse.Namespace) -> tuple[Editor, Recovery]:
    """The editor with its graphs open and its first questions asked; nothing is on screen yet."""
    from ui.packs import load_registry

    stand_back()
    preferences, told = read()
    store, trouble = _open_store(arguments, preferences)
    editor = Editor(load_registry(), store, preferences)
    editor.own_dialogs = arguments.ui_probe
    for sentence in told + trouble:
        editor.tell("warning", sentence)
    recovery = Recovery(every=preferences.autosave)
    for path in arguments.graphs:
        filing.open_file(editor, path)
    offer_all(editor, recovery)
    return editor, recovery


def _open_store(arguments: argparse.Namespace, chosen: Preferences) -> tuple[Store, list[str]]:
    """The store asked for, and sentences about it; one that cannot be used is no obstacle."""
    from graph.memory import memory_share
    from ui.opening import open_store

    own = Path(chosen.store) if chosen.store else None
    wanted = argparse.Namespace(
        store=arguments.store or own, no_store=arguments.no_store, memory=chosen.memory
    )
    results = memory_share(0.25)  # people go back to what they have seen
    try:
        return open_store(wanted, results), []
    except GraphError as error:
        if arguments.store:
            raise
        wanted.store = None
        return open_store(wanted, results), [f"the preferences name a store that is none: {error}"]
