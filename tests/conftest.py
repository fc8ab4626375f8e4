"""Shared by all tests: where the real data stand, what a skip means, a cache of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
NO_DATA = "no real images at"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure")


def pytest_configure(config: pytest.Config) -> None:
    """No example has a deadline, and where a skip is a failure they are the same every time."""
    steady = config.getoption("--no-skips")
    settings.register_profile("linearlink", deadline=None, derandomize=steady)
    settings.load_profile("linearlink")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With --no-skips a skip fails the session; only images that are not there may be missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not session.config.getoption("--no-skips") or reporter is None:
        return
    for report in reporter.stats.get("skipped", []):
        if NO_DATA not in str(report.longrepr):
            reporter.write_line(f"skipped, which is a failure here: {report.nodeid}", red=True)
            session.exitstatus = 1


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images; tests that need it are skipped where it is not present."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{NO_DATA} {folder}")
    return folder


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the user's own store, preferences or unsaved work."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CACHE", "CONFIG", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(tmp_path_factory.mktemp(kind.lower())))
        yield
