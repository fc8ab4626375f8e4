"""Real windows under a screen without a monitor; skipped with the reason where it is missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.window.canvas import Canvas
from tests.window.chains import write_chain
from tests.window.screen import Screen, Window, missing


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    gone = missing()
    if gone:
        pytest.skip(f"not installed: {', '.join(gone)} (apt packages xvfb xdotool imagemagick)")
    server = Screen()
    yield server
    server.close()


@pytest.fixture
def open_window(
    screen: Screen, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Window]]:
    """Opens editors with graphs; they end with the test, and must not have told of a mistake.

    Those of tests marked ``drawn`` make pixels; all do with ``DRAW_WINDOWS=1``, for people to look.
    """
    drawn = bool(request.node.get_closest_marker("drawn") or os.environ.get("DRAW_WINDOWS"))
    windows: list[Window] = []

    def open_one(*graphs: Path, home: Path | None = None, options: tuple[str, ...] = ()) -> Window:
        windows.append(Window(screen, home or tmp_path / "home", graphs, *options, drawn=drawn))
        return windows[-1]

    yield open_one
    for window in windows:
        if window.process.poll() is None:
            log = window.state()["message"]
            assert "a mistake in LinearLink" not in log[1], window.told()
        window.quit()
        assert "Traceback" not in window.told(), window.told()


@pytest.fixture
def start(open_window: Callable[..., Window], tmp_path: Path) -> Callable[..., Canvas]:
    """Opens an editor with the chain of ``write_chain``."""

    def begin(name: str = "chain", **changes: tuple[str, float, float] | None) -> Canvas:
        path = write_chain(tmp_path / f"{name}.graph.json", **changes)
        return Canvas(open_window(path))

    return begin
