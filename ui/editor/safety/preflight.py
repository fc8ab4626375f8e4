"""Whether a window can be shown, asked before anything is tried that would end the process.

GLFW aborts where there is no display or no OpenGL, and no exception can be caught. So what is
cheap is looked at first, and a window is tried in a child process where it has not worked before.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path

from ui.editor.safety.folders import state_folder

#: seconds for the child; drivers that compile their shaders are slow the first time
PATIENCE = 30.0
_TRY = (
    "import dearpygui.dearpygui as d; d.create_context(); "
    "d.create_viewport(width=64, height=64, decorated=False); d.setup_dearpygui(); "
    "d.show_viewport(minimized=True); d.render_dearpygui_frame(); d.destroy_context()"
)
_LINUX = "On Debian and Ubuntu: apt install libgl1 libx11-6"


def why_no_window(folder: Path | None = None) -> str | None:
    """A sentence why no window can be shown here and what to do, or None when one can.

    What has worked on this display with these libraries (``remember_window``) is not tried again,
    so that it costs next to nothing; the first time takes about a second.
    """
    missing = _missing_display() or _missing_module()
    if missing:
        return missing
    mark = _mark(folder)
    try:
        worked = mark.read_text() == _fingerprint()
        mark.unlink()  # should the window end the process, the next start tries first
    except (OSError, ValueError):
        worked = False
    return None if worked else _try()


def remember_window(folder: Path | None = None) -> None:
    """A window was shown: the next start needs no trial."""
    mark = _mark(folder)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(_fingerprint())
    except OSError:
        pass  # tried again next time


def _mark(folder: Path | None) -> Path:
    return (folder or state_folder()) / "window_works"


def _missing_display() -> str | None:
    """Why there is no display, for Linux; others have one or say so in the trial."""
    if not sys.platform.startswith("linux"):
        return None
    display = os.environ.get("DISPLAY", "")
    if not display:
        if os.environ.get("WAYLAND_DISPLAY"):
            return (
                "no X display: the editor runs on Wayland through XWayland, which is not running; "
                "install xwayland and log in again"
            )
        return (
            "no display: DISPLAY is not set. Start the editor on a desktop, or over ssh -X; "
            "linearlink run needs no display"
        )
    if not _answers(display):
        return (
            f"no display: nothing answers at DISPLAY={display}. Set DISPLAY to a running X "
            "server; linearlink run needs no display"
        )
    return None


def _answers(display: str) -> bool:
    """Whether something listens where an X server of that name would; True where unknown."""
    host, colon, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not colon or not number.isdecimal():
        return False
    try:
        if host in ("", "unix"):
            return any(_connects(name) for name in _sockets(number))
        with socket.create_connection((host, 6000 + int(number)), timeout=3):
            return True
    except (OSError, OverflowError, UnicodeError):
        return False


def _sockets(number: str) -> tuple[str, str]:
    path = f"/tmp/.X11-unix/X{number}"
    return path, f"\0{path}"


def _connects(name: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(3)
        try:
            connection.connect(name)
        except OSError:
            return False
        return True


def _missing_module() -> str | None:
    if importlib.util.find_spec("dearpygui") is None:
        return "the window needs Dear PyGui: pip install dearpygui"
    return None


def _fingerprint() -> str:
    """What decides whether a window works: the display, the session, the libraries' files."""
    spec = importlib.util.find_spec("dearpygui")
    facts = [sys.executable, sys.version, os.environ.get("DISPLAY", ""), _boot()]
    if spec and spec.origin:
        facts += [spec.origin, str(os.stat(spec.origin).st_mtime_ns)]
    facts += [os.environ.get(name, "") for name in ("LD_LIBRARY_PATH", "LIBGL_ALWAYS_SOFTWARE")]
    return hashlib.sha256("\n".join(facts).encode("utf-8", "surrogateescape")).hexdigest()


def _boot() -> str:
    """When the machine was started: drivers change with that."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text()
    except OSError:
        return ""


def _try() -> str | None:
    """Show a tiny window in a child process; why that failed, or None."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRY], capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return f"no window: the graphics driver did not answer within {PATIENCE:.0f} s"
    except OSError as error:
        return f"no window: Python cannot be started for a trial: {error.strerror}"
    return None if done.returncode == 0 else explain(done.stderr)


def explain(said: str) -> str:
    """A sentence from what a failed trial wrote."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1][:200] if lines else "it ended without a word"
    if "GLIBC" in said:
        return (
            f"this system is too old for Dear PyGui, which needs glibc 2.34 and a C++ library of "
            f"2022 (Debian 12, Ubuntu 22.04 or newer): {last}"
        )
    if "cannot open shared object" in said:
        library = last.rpartition("Error: ")[2].partition(":")[0]
        return f"a library that the window needs is missing: {library}. {_LINUX}"
    words = ("GLX", "OpenGL", "libGL", "EGL")
    about = next((line for line in lines if any(word in line for word in words)), "")
    if about or "glfw" in said:
        why = f" ({about[:200]})" if about else ""
        return (
            f"no window: this display offers no OpenGL 3{why}. Install a graphics driver, or "
            f"Mesa for drawing without one. {_LINUX} libgl1-mesa-dri"
        )
    return f"no window can be shown here: {last}"
