"""A real window on a screen of its own: driven by mouse and keyboard, looked into by its probe."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: what the tests saw, for people to look at
PICTURES = ROOT / "artefacts" / "window"
NEEDED = ("Xvfb", "xdotool", "import")
SIZE = 1600, 1000
#: seconds that anything may take on a loaded machine that compiles kernels for the first time
PATIENCE = 150.0
#: seconds between two presses that are no double click any more
DOUBLE = 0.4


def missing() -> list[str]:
    """The programs that are not installed."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Screen:
    """An X server without a monitor."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self._server = subprocess.Popen(
            [
                "Xvfb", "-displayfd", str(write), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24",
                "-nolisten", "tcp", "+extension", "GLX", "-r",  # keys repeat only by tests
            ],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as told:
            self.display = f":{told.readline().strip()}"

    def close(self) -> None:
        """End the server."""
        self._server.terminate()
        self._server.wait()


class Window:
    """A running editor. Every input is followed by a few frames, so that it has been seen.

    program: what Python is given to run. home: a folder of its own for state, preferences, cache
    and store. drawn: whether pixels are made: without a graphics card that is most of the time of a
    frame, and few tests look at them.
    """

    program: Sequence[str] = ("-m", "linearlink")

    def __init__(
        self,
        screen: Screen,
        home: Path,
        graphs: Sequence[Path] = (),
        *more: str,
        drawn: bool = True,
    ) -> None:
        self.screen = screen
        self.drawn = drawn
        self.home = home
        self.environment = {
            **os.environ,
            "DISPLAY": screen.display,
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "share"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "GALLIUM_NOOP": "0" if drawn else "1",  # of Mesa: all calls, no pixels
        }
        home.mkdir(parents=True, exist_ok=True)
        self.errors = (home / "errors.txt").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, *self.program, "--debug", "edit", "--ui-probe", *more]
            + [str(path) for path in graphs],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=self.environment,
            cwd=home,
        )
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._asked = 0
        self._pressed = 0.0  # when a button was pressed last
        threading.Thread(target=self._read, daemon=True).start()
        self.frame(8)

    # --- looking in ------------------------------------------------------------------------------

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put(None)

    def ask(self, do: str, **more: Any) -> Any:
        """What the probe says."""
        assert self.process.stdin
        self._asked += 1
        try:
            self.process.stdin.write(json.dumps({"id": self._asked, "do": do, **more}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(f"the editor has gone:\n{self.told()}") from None
        while True:
            try:
                found = self._answers.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"the editor does not answer {do} {more}") from None
            if found is None:
                raise AssertionError(f"the editor has gone:\n{self.told()}")
            if found["id"] == self._asked:
                return found["answer"]

    def told(self) -> str:
        """What the editor wrote to its error stream."""
        return (self.home / "errors.txt").read_text("utf-8", "replace")[-4000:]

    def frame(self, after: int = 2) -> None:
        """Wait for so many frames."""
        self.ask("frame", after=after)

    def document(self) -> dict[str, Any]:
        """The document shown; its graph as parsed JSON."""
        found: dict[str, Any] = self.ask("document")
        return {**found, "graph": json.loads(found["text"])}

    def state(self) -> dict[str, Any]:
        """What runs, what was told, what stands at nodes."""
        found: dict[str, Any] = self.ask("state")
        return found

    def describe(self, panel: str) -> dict[str, Any]:
        """What a panel says of itself."""
        found: dict[str, Any] = self.ask("ask", panel=panel)
        return found

    def item(self, tag: str) -> dict[str, Any] | None:
        """A widget by its tag."""
        found: dict[str, Any] | None = self.ask("item", tag=tag)
        return found

    def where(self, panel: str, *of: Any) -> tuple[float, float]:
        """The place of something that a panel knows."""
        found = self.ask("where", panel=panel, of=list(of))
        assert isinstance(found, list), f"{panel} does not show {of}: {found}"
        return found[0], found[1]

    def middle(self, tag: str) -> tuple[float, float]:
        """The middle of a widget."""
        found = self.item(tag)
        assert found, f"there is no widget {tag}: {self.ask('items', tag=tag[:4])}"
        x, y, wide, tall = found["rect"]
        return x + wide / 2, y + tall / 2

    def widgets(self, tag: str) -> list[dict[str, Any]]:
        """What can be read and clicked inside a widget: kind, label, value, rect."""
        found: list[dict[str, Any]] = self.ask("widgets", tag=tag)
        return found

    def until(self, holds: Callable[[], Any], what: str = "") -> Any:
        """Wait until something holds; what it gave."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = holds()
            if found:
                return found
            self.frame(3)
        self.shot("never")
        raise AssertionError(f"never came about: {what} {self.state()}\n{self.told()}")

    def settled(self) -> dict[str, Any]:
        """The state once nothing is at work any more."""
        self.frame(3)
        self.until(lambda: not self.state()["busy"], "quiet")
        return self.state()

    def shot(self, name: str, folder: Path = PICTURES) -> Path:
        """A picture of the screen, where it is drawn."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        if self.drawn:
            picture = ["import", "-window", "root", str(path)]
            subprocess.run(picture, env=self.environment, check=True)
        return path

    # --- mouse and keyboard ----------------------------------------------------------------------

    def tool(self, *words: Any) -> None:
        """Let xdotool do something, and the server hand it on: it may be slower than frames are."""
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True)
        time.sleep(0.02)

    def move(self, x: float, y: float) -> None:
        """Move the mouse."""
        self.tool("mousemove", round(x), round(y))
        self.frame(2)

    def press(self, button: int = 1) -> None:
        """Press a mouse button: 1 left, 2 middle, 3 right; never so soon as for a double click."""
        while time.monotonic() - self._pressed < DOUBLE:
            self.frame(1)
        self.tool("mousedown", button)
        self._seen(button, True)
        self.frame(2)
        self._pressed = time.monotonic()

    def release(self, button: int = 1) -> None:
        """Let a mouse button go."""
        self.tool("mouseup", button)
        self._seen(button, False)
        self.frame(4)

    def _seen(self, button: int, down: bool) -> None:
        """Wait until the window has seen a button go down or up, or clearly will not."""
        number = {1: 0, 2: 2, 3: 1}[button]
        for _ in range(100):
            if (number in self.ask("buttons")) == down:
                return
            self.frame(1)

    def click(self, x: float, y: float, button: int = 1) -> None:
        """Press and release at a place."""
        self.move(x, y)
        self.press(button)
        self.release(button)

    def double(self, x: float, y: float) -> None:
        """A double click; in one go, since its two clicks must be close in time."""
        self.move(x, y)
        self.tool("click", "--repeat", 2, "--delay", 4, 1)
        self.frame(5)

    def drag(
        self, a: tuple[float, float], b: tuple[float, float], button: int = 1, steps: int = 6
    ) -> None:
        """Press at one place, move in steps, release at another."""
        self.move(*a)
        self.press(button)
        for i in range(1, steps + 1):
            x, y = (a[k] + (b[k] - a[k]) * i / steps for k in (0, 1))
            self.move(x, y)
        self.frame(2)
        self.release(button)

    def wheel(self, x: float, y: float, steps: int) -> None:
        """Turn the wheel over a place; positive away from the user."""
        self.move(x, y)
        for _ in range(abs(steps)):
            self.tool("click", 4 if steps > 0 else 5)
            self.frame(2)

    def key(self, *names: str) -> None:
        """Press keys one after the other: ``ctrl+z``, ``Delete``, ``Tab``."""
        for name in names:
            *mods, last = name.split("+") if name != "+" else ["plus"]
            for mod in mods:
                self.tool("keydown", mod)
                self.frame(1)
            # in one go: what is held for long by a slow machine is repeated
            self.tool("key", "--delay", 20, last)
            self.frame(4 if not mods else 3)
            for mod in reversed(mods):
                self.tool("keyup", mod)
                self.frame(1)

    def type(self, text: str) -> None:
        """Type a text, character by character."""
        for i in range(0, len(text), 4):
            self.tool("type", "--delay", 25, text[i : i + 4])
            self.frame(3)

    def enter(self, tag: str, text: str) -> None:
        """Type into a field by its tag, which has the keys already, until the text stands there."""
        self.until(lambda: (self.item(tag) or {}).get("active"), f"{tag} takes keys")
        self.tool("type", "--delay", 12, text)
        self.until(lambda: (self.item(tag) or {}).get("value") == text, f"{text} in {tag}")

    # --- the end ---------------------------------------------------------------------------------

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()

    def quit(self) -> int:
        """End it as a user does who has nothing to save; the exit code."""
        if self.process.poll() is None:
            try:
                self.ask("quit")
            except AssertionError:
                pass
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
        self.errors.close()
        return int(self.process.returncode)
