"""The system's own file dialog, in a process of its own: it cannot halt or crash the window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ui.editor.question import FileQuestion

#: by the name of the program: what it takes is made by the function of that name below
_PROGRAMS = {"linux": ("kdialog", "zenity"), "darwin": ("osascript",), "win32": ("powershell",)}


def find_program() -> str | None:
    """The program that shows file dialogs on this desktop, or None where there is none."""
    names: Sequence[str] = _PROGRAMS.get(sys.platform, ())
    if "kde" not in os.environ.get("XDG_CURRENT_DESKTOP", "").lower():
        names = names[::-1]
    return next((name for name in names if shutil.which(name)), None)


class NativeDialog:
    """A file dialog that is on the screen. Raises OSError when it cannot be started."""

    def __init__(self, program: str, question: FileQuestion, folder: Path) -> None:
        # no pipe: it is read at the end only, and a thousand paths are more than it holds
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the dialog
        self._process = subprocess.Popen(
            command(program, question, folder),
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.DEVNULL,
        )

    def poll(self) -> list[Path] | None:
        """The files chosen, none when the user thought better of it; None while it is open."""
        if self._process.poll() is None:
            return None
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "surrogateescape").splitlines()
        return [Path(line) for line in lines if os.path.isabs(line)]

    def close(self) -> None:
        """Take it from the screen."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._said.close()


def command(program: str, question: FileQuestion, folder: Path) -> list[str]:
    """The command that shows the dialog and prints the paths chosen, one a line."""
    makers = {
        "zenity": _zenity,
        "kdialog": _kdialog,
        "osascript": _osascript,
        "powershell": _powershell,
    }
    return makers[program](question, folder)


def _name(question: FileQuestion) -> str:
    """The file name offered when saving."""
    start = question.start
    return start.name if start and question.save and not start.is_dir() else ""


def _zenity(question: FileQuestion, folder: Path) -> list[str]:
    made = ["zenity", "--file-selection", f"--title={question.title}"]
    made.append(f"--filename={folder}/{_name(question)}")
    if question.folder:
        made.append("--directory")
    if question.several:
        made += ["--multiple", "--separator=\n"]
    if question.save:
        made += ["--save", "--confirm-overwrite"]
    if not question.folder:
        both = [form for p in question.patterns for form in dict.fromkeys((p, p.upper()))]
        made += [f"--file-filter={' '.join(question.patterns)} | {' '.join(both)}"]
        made += ["--file-filter=All files | *"]
    return made


def _kdialog(question: FileQuestion, folder: Path) -> list[str]:
    made = ["kdialog", "--title", question.title]
    if question.folder:
        return [*made, "--getexistingdirectory", str(folder)]
    filters = f"{' '.join(question.patterns)}|{' '.join(question.patterns)}\n*|All files"
    if question.save:
        return [*made, "--getsavefilename", f"{folder}/{_name(question)}", filters]
    if question.several:
        made += ["--multiple", "--separate-output"]
    return [*made, "--getopenfilename", f"{folder}/", filters]


_APPLE = {
    "open": (
        "set found to (choose file with prompt (item 1 of given) default location "
        "(POSIX file (item 2 of given)) with multiple selections allowed)"
    ),
    "folder": (
        "set found to {choose folder with prompt (item 1 of given) default location "
        "(POSIX file (item 2 of given))}"
    ),
    "save": (
        "set found to {choose file name with prompt (item 1 of given) default location "
        "(POSIX file (item 2 of given)) default name (item 3 of given)}"
    ),
}


def _osascript(question: FileQuestion, folder: Path) -> list[str]:
    kind = "save" if question.save else "folder" if question.folder else "open"
    choose = _APPLE[kind]
    if kind == "open" and not question.several:
        choose = choose.replace("set found to (", "set found to {(", 1) + "}"
        choose = choose.replace(" with multiple selections allowed", "")
    lines = [
        "on run given",
        choose,
        'set told to ""',
        "repeat with one in found",
        "set told to told & POSIX path of one & linefeed",
        "end repeat",
        "return told",
        "end run",
    ]
    script = [part for line in lines for part in ("-e", line)]
    return ["osascript", *script, question.title, str(folder), _name(question) or "untitled"]


_WINDOWS = """
Add-Type -AssemblyName System.Windows.Forms
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$d = New-Object System.Windows.Forms.{kind}
{settings}
$owner = New-Object System.Windows.Forms.Form -Property @{{TopMost = $true}}
if ($d.ShowDialog($owner) -eq 'OK') {{ $d.{result} | ForEach-Object {{ $_ }} }}
"""


def _powershell(question: FileQuestion, folder: Path) -> list[str]:
    def quoted(text: object) -> str:
        return "'" + str(text).replace("'", "''") + "'"

    if question.folder:
        kind, result = "FolderBrowserDialog", "SelectedPath"
        settings = {"Description": question.title, "SelectedPath": folder}
    else:
        kind = "SaveFileDialog" if question.save else "OpenFileDialog"
        result = "FileNames"
        shown = ";".join(question.patterns)
        filters = f"{shown}|{shown}|All files|*.*"
        settings = {"Title": question.title, "InitialDirectory": folder, "Filter": filters}
        if question.save:
            settings["FileName"] = _name(question)
    lines = [f"$d.{name} = {quoted(value)}" for name, value in settings.items()]
    if question.several:
        lines.append("$d.Multiselect = $true")
    script = _WINDOWS.format(kind=kind, result=result, settings="\n".join(lines))
    return ["powershell", "-NoProfile", "-STA", "-Command", script]
