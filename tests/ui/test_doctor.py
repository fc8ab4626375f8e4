"""``linearlink doctor``: what is installed, what is missing, how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import tomllib

import pytest

from tests.command_line import ROOT, Command
from ui.commands.doctor import CORE, EXTRAS


def _rows(done: str) -> dict[str, list[str]]:
    return {line.split()[1]: line.split(maxsplit=2) for line in done.splitlines()}


def test_all_is_well_where_the_tests_run(linearlink: Command) -> None:
    done = linearlink("doctor")
    assert done.code == 0
    rows = _rows(done.out)
    assert {"linearlink", "Python", "machine", "store", *CORE} <= set(rows)
    assert rows["numpy"] == ["ok", "numpy", importlib.metadata.version("numpy")]
    found = linearlink("doctor", "--json").json
    assert {row["what"] for row in found} >= set(CORE)
    assert {row["state"] for row in found} <= {"ok", "optional"}


def test_what_is_missing_is_told_with_the_remedy(
    linearlink: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, find = importlib.metadata.version, importlib.util.find_spec

    def version(name: str) -> str:
        if name == "tifffile":
            raise importlib.metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "lz4" else find(name, *rest),
    )
    done = linearlink("doctor")
    assert done.code == 1
    rows = _rows(done.out)
    assert rows["tifffile"] == ["missing", "tifffile", "pip install tifffile"]
    assert rows["lz4"][0] == "optional"
    assert rows["lz4"][2].endswith("pip install lz4")


def test_a_store_that_cannot_be_written(
    linearlink: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    done = linearlink("doctor")
    assert done.code == 1
    assert "--store DIR" in _rows(done.out)["store"][2]


def test_the_list_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    def names(requirements: list[str]) -> list[str]:
        return [re.split(r"[><=; \[]", line)[0] for line in requirements]

    assert list(CORE) == names(project["dependencies"])
    extras = project["optional-dependencies"]
    assert sorted(package for _, package, _ in EXTRAS) == sorted(
        [name for extra in ("raw", "tiff", "xisf") for name in names(extras[extra])]
    )
