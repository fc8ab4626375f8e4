"""Choosing and joints: the functions themselves and what they declare."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.spec import spec_of
from graph.store import Store
from nodes.flow import choose, join, joint
from nodes.formats import fits
from nodes.values import Image
from ui.packs import load_registry


def test_choose_gives_the_one_that_is_taken() -> None:
    assert choose("a", "b") == "a"
    assert choose("a", "b", take="second") == "b"
    assert choose(None, "b", take="second") == "b"


@pytest.mark.parametrize("take", ["first", "second"])
def test_l03_only_the_chosen_socket_is_read(take: str) -> None:
    sockets = spec_of(choose).sockets
    read = [n for n, socket in sockets.items() if socket.when and socket.when.holds({"take": take})]
    assert read == [take]
    assert list(sockets) == ["first", "second"]


def test_l12_joint_is_a_mere_wire() -> None:
    assert spec_of(joint).through
    value = object()
    assert joint(value) is value


def test_l03_what_makes_the_other_is_skipped(tmp_path: Path) -> None:
    graph = Graph(load_registry(packs=False))
    for level, name in ((0.1, "a"), (0.2, "b")):
        fits.write(tmp_path / f"{name}.fits", Image(np.full((4, 5), level)))
        graph.add(name, "io.load_image", file=f"{name}.fits")
    graph.add("joint", "flow.joint")
    graph.link("a", "image", "joint", "value")
    graph.add("chosen", "flow.choose")
    graph.link("joint", "any", "chosen", "first")
    graph.link("b", "image", "chosen", "second")
    for take, level, left in (("first", 0.1, "b"), ("second", 0.2, "a")):
        graph.set("chosen", "take", take)
        store = Store()
        result = run(plan(graph, store, targets=["chosen"], folder=tmp_path), store)
        assert result.value("chosen").data == pytest.approx(level)
        assert left in result.skipped
        assert "joint" not in result.executed


def test_join_makes_one_list_of_lists_and_values() -> None:
    assert spec_of(join).joins
    assert join([1, 2], None, 3, [4]) == [1, 2, 3, 4]
    assert join() == []
