"""Packs of nodes by entry points."""

from __future__ import annotations

import logging
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from graph.spec import node
from ui import packs

PACK = types.ModuleType("some_pack")


@node("some.node")
def some_node(a: float) -> float:
    """Give what it gets."""
    return a


some_node.__module__ = "some_pack"
PACK.some_node = some_node  # type: ignore[attr-defined]


def _install(patch: pytest.MonkeyPatch, *entries: EntryPoint) -> None:
    patch.setitem(sys.modules, "some_pack", PACK)
    patch.setattr("importlib.metadata.entry_points", lambda group: entries)


def test_a_pack_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, EntryPoint("mine", "some_pack", packs.GROUP))
    registry = packs.load_registry()
    assert registry.get("some.node") is some_node.spec  # type: ignore[attr-defined]
    assert "io.load_image" in registry


def test_a_broken_pack_is_left_out_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = EntryPoint("broken", "no_such_module_at_all", packs.GROUP)
    _install(monkeypatch, broken, EntryPoint("mine", "some_pack", packs.GROUP))
    with caplog.at_level(logging.WARNING, "linearlink"):
        registry = packs.load_registry()
    assert "some.node" in registry
    assert "'broken'" in caplog.text
    assert "no_such_module_at_all" in caplog.text


def test_every_family_is_listed() -> None:
    import nodes

    folder = Path(nodes.__path__[0])
    declaring = {
        f"nodes.{path.stem}"
        for path in folder.glob("*.py")
        if any(line.startswith("@node(") for line in path.read_text("utf-8").splitlines())
    }
    assert declaring == set(nodes.FAMILIES)
