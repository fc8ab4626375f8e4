"""Only one thread at a time parses Python text."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph import expression
from graph.disk import Disk
from graph.store import Store
from graph.syntax import parsing
from tests.graph import toy_nodes as toy


def test_formulas_are_parsed_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []

    def parse(*args: Any, **options: Any) -> Any:
        held.append(parsing.locked())
        return compile(*args, "formula", flags=ast.PyCF_ONLY_AST, **options)

    monkeypatch.setattr("graph.expression.ast.parse", parse)
    assert expression.evaluate("x + 1", {"x": 2.0}) == 3.0
    assert held == [True]
    assert not parsing.locked()


def test_headers_of_arrays_are_parsed_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = toy.build("a.number -> g.a", a="toy.number", g="toy.make_grid")
    toy.execute(graph, Store(0, Disk(tmp_path)), "g")
    held: list[bool] = []
    load = np.load

    def watched(*args: Any, **options: Any) -> Any:
        held.append(parsing.locked())
        return load(*args, **options)

    monkeypatch.setattr(np, "load", watched)
    store = Store(0, Disk(tmp_path))
    assert toy.execute(graph, store, "g").value("g").data.size == 1000
    assert held
    assert all(held)
    assert not parsing.locked()
