"""Makes the pictures of the editor in README and manual, so that they stay true.

    python docs/make_screenshots.py

Needs Xvfb, xdotool and ImageMagick. Opens the sample in a real window and looks.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from tests.window.screen import Screen, Window  # noqa: E402


def _keep(window: Window, name: str) -> None:
    """A picture of the window among those of the manual, small enough for a repository."""
    path = window.shot(f"manual_{name}")
    with Image.open(path) as picture:
        picture.convert("RGB").save(DOCS / "pictures" / f"{name}.jpg", quality=85, optimize=True)


def make() -> None:
    """Open the sample, look at a node, search for one, compare, run."""
    screen = Screen()
    with tempfile.TemporaryDirectory() as scratch:
        samples = Path(scratch) / "samples"
        shutil.copytree(ROOT / "samples", samples, ignore=shutil.ignore_patterns("output"))
        window = Window(screen, Path(scratch) / "home", [samples / "first_light.graph.json"])
        window.settled()
        window.key("F5")
        window.settled()
        window.click(*window.where("canvas", "title", "background"))
        window.settled()
        x, y = window.where("canvas", "area")
        window.move(x, y + 180)
        window.frame(30)
        _keep(window, "editor")
        window.key("Tab")
        window.type("stret")
        window.frame(10)
        _keep(window, "editor_search")
        window.key("Escape", "F1")
        window.frame(10)
        _keep(window, "editor_keys")
        window.quit()
    screen.close()


if __name__ == "__main__":
    make()
