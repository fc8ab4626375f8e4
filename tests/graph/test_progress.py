"""How far a mapped node is, told with every item (M10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.disk import Disk
from graph.events import Event
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.test_maps import failing, numbers


def test_m10_progress_of_items(store: Store) -> None:
    events: list[Event] = []
    graph = numbers([1.0, 2.0, 3.0], "n.number -> o.a", o="toy.one")
    toy.execute(graph, store, "o", post=events.append)
    queued = {event.node: event.data["items"] for event in events if event.kind == "queued"}
    done = [event.item for event in events if (event.kind, event.node) == ("finished", "o")]
    assert queued["o"] == 3
    assert sorted(done) == [(0,), (1,), (2,)]


@pytest.mark.parametrize("workers", [1, 4])
def test_m10_every_end_of_an_item_says_how_far_the_node_is(store: Store, workers: int) -> None:
    toy.execute(failing(), store, "o", workers=workers)  # nineteen of each are stored
    events: list[Event] = []
    graph = failing()
    graph.set("n", "value", [float(i) for i in range(24)])  # four more than the last time
    toy.execute(graph, store, "o", workers=workers, post=events.append)
    for id, total in (("n", 4), ("f", 5), ("o", 5)):
        ends = [e for e in events if e.node == id and e.kind in ("finished", "failed", "blocked")]
        assert [e.data["done"] for e in ends] == list(range(1, total + 1))
        assert {e.data["total"] for e in ends} == {total}
        assert all(e.data["rate"] > 0 for e in ends if e.kind == "finished")
    last = [e for e in events if (e.kind, e.node) == ("finished", "n")][-1]
    assert last.data["left"] == 0.0
    assert all("done" not in e.data for e in events if e.kind == "started")


def test_m10_node_that_is_not_mapped_has_no_count(store: Store) -> None:
    events: list[Event] = []
    toy.execute(toy.diamond(), store, "d", post=events.append)
    assert not [e for e in events if "done" in e.data]


def test_m10_only_the_items_of_this_run_count(store: Store) -> None:
    graph = numbers([1.0, 2.0, 3.0], "n.number -> o.a", o="toy.one")
    for part in ([1.0, 2.0], [1.0, 2.0, 3.0]):
        graph.set("n", "value", part)
        events: list[Event] = []
        toy.execute(graph, store, "o", post=events.append)
    kinds = [(e.kind, e.data.get("done"), e.data.get("total")) for e in events if e.node == "o"]
    assert kinds == [("queued", None, None), ("started", None, None), ("finished", 1, 1)]


def test_m10_equal_items_count_each(store: Store) -> None:
    events: list[Event] = []
    graph = numbers([2.0, 2.0, 5.0], "n.number -> o.a", o="toy.one")
    toy.execute(graph, store, "o", workers=1, post=events.append)
    ends = [e for e in events if (e.kind, e.node) == ("finished", "o")]
    assert [e.data["done"] for e in ends] == [1, 2, 3]
    assert {e.data["total"] for e in ends} == {3}


def test_m10_items_that_have_to_be_made_again_count_as_well(tmp_path: Path) -> None:
    """They were stored when the run was planned; there are never more done than there are."""
    store = Store(0, Disk(tmp_path / "s"))
    graph = numbers(
        [1.0, 2.0, 3.0],
        "n.number -> o.a; o.number -> q.a; q.number -> t.items",
        o="toy.one",
        q=("toy.one", {"plus": 2.5}),
        t="toy.total",
    )
    toy.execute(graph, store, "q")
    made = plan(graph, store, targets=["t"])
    assert made.ids("run") == ["t"]
    for path in tmp_path.glob("s/objects/*/*/value.json"):
        path.write_text("rubbish")
    events: list[Event] = []
    result = run(made, store, workers=2, post=events.append)
    assert result.value("t") == 16.5
    ends = [e for e in events if e.kind == "finished" and e.node in "noq"]
    assert len(ends) == 9
    for event in ends:
        assert event.data["done"] <= event.data["total"]
        assert event.data["left"] >= 0
