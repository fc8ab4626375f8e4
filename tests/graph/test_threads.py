"""Threads that compute give way to those that draw."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator

import pytest

from graph import threads
from graph.store import Store
from tests.graph import toy_nodes as toy


@pytest.fixture
def standing_back() -> Iterator[None]:
    threads.stand_back(7)
    yield
    threads.stand_back(0)


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities on Linux only")
@pytest.mark.usefixtures("standing_back")
def test_workers_give_way_and_nobody_else(store: Store) -> None:
    before = _priority()
    found: list[int] = []

    def look() -> None:
        threads.give_way()
        found.append(_priority())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [max(before, 7)]
    assert _priority() == before


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities on Linux only")
def test_nothing_changes_unless_asked_for(store: Store) -> None:
    before = _priority()
    graph = toy.build("a.number -> b.a", a="toy.number", b="toy.one")
    toy.execute(graph, store, "b")
    threads.give_way()
    assert _priority() == before
