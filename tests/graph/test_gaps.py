"""Lists of which some items cannot be made: left out, or the end of it (M06)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import pytest

from graph.disk import Disk
from graph.events import Event
from graph.model import Graph
from graph.plan import plan
from graph.spec import Partial, node
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy


@pytest.fixture(autouse=True)
def _nothing_bad() -> Iterator[None]:
    lazy.reset()
    yield
    lazy.reset()


def frames(values: list[float], collector: str = "lazy.text", **params: object) -> Graph:
    """A list, a node that fails at bad numbers, and what collects the rest."""
    return lazy.build(
        "n.number -> f.a; f.number -> c.items",
        n=("toy.numbers", {"value": values}),
        f="lazy.broken",
        c=(collector, params),
    )


TWENTY = [float(i) for i in range(20)]


@pytest.mark.parametrize("workers", [1, 4])
def test_m06_nineteen_of_twenty_are_collected(store: Store, workers: int) -> None:
    lazy.bad.add(7.0)
    events: list[Event] = []
    result = toy.execute(frames(TWENTY), store, "c", workers=workers, post=events.append)
    assert result.value("c") == " ".join(f"{i}" for i in range(20) if i != 7)
    assert result.states == {"n": "executed", "f": "failed", "c": "executed"}
    assert result.status == "failed"  # something is wrong, and that is told
    assert [index for index, _ in result.failures("f")] == [(7,)]
    told = "1 of its frames could not be made and are left out"
    assert result.warnings("c") == [told]
    assert [e.data["message"] for e in events if e.kind == "warning"] == [told]


def test_m06_policy_to_fail(store: Store) -> None:
    lazy.bad.add(7.0)
    result = toy.execute(frames(TWENTY, gaps="fail"), store, "c")
    assert result.counts("f") == {"executed": 19, "failed": 1}
    assert result.states["c"] == "blocked"
    assert result.failures("c")[0][1].by == "f"
    assert toy.calls["text"] == 0


def test_m06_nothing_left_blocks(store: Store) -> None:
    lazy.bad.update(TWENTY)
    result = toy.execute(frames(TWENTY), store, "c")
    assert result.states["c"] == "blocked"
    assert result.failures("c")[0][1].by == "f"
    assert toy.calls["text"] == 0


def test_m06_empty_list_is_no_gap(store: Store) -> None:
    result = toy.execute(frames([]), store, "c")
    assert (result.value("c"), result.warnings("c")) == ("", [])


def test_m06_item_blocked_further_up_is_a_gap(store: Store) -> None:
    graph = frames([1.0, 2.0, 3.0])
    graph.add("o", "toy.one")
    graph.unlink("c", "items")
    graph.link("f", "number", "o", "a")
    graph.link("o", "number", "c", "items")
    lazy.bad.add(2.0)
    result = toy.execute(graph, store, "c")
    assert result.value("c") == "2 4"
    assert result.counts("o") == {"executed": 2, "blocked": 1}


def test_m06_zipped_lists_lose_the_same_places(store: Store) -> None:
    graph = lazy.build(
        "n.number -> f.a; w.number -> g.a; f.number -> z.items; g.number -> z.weights; "
        "r.number -> z.references",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0, 4.0]}),
        w=("toy.numbers", {"value": [10.0, 20.0, 30.0, 40.0]}),
        r=("toy.numbers", {"value": [5.0, 6.0]}),
        f="lazy.broken",
        g="lazy.broken",
        z="lazy.zipped",
    )
    lazy.bad.update((2.0, 30.0))
    result = toy.execute(graph, store, "z")
    assert result.value("z") == "1:10 4:40 of 2"
    assert result.warnings("z") == ["2 of its frames could not be made and are left out"]


def test_lists_beside_a_partial_one_must_be_partial() -> None:
    """Or the third item of one would meet the second of the other."""
    with pytest.raises(TypeError, match="must be partial"):

        @node("bad.pairs")
        def pairs(
            items: Annotated[Sequence[float], Partial()], weights: Sequence[float]
        ) -> float: ...  # type: ignore[empty-body]


def test_list_with_gaps_gives_no_list() -> None:
    with pytest.raises(TypeError, match="no list of a known length"):

        @node("bad.list")
        def halves(items: Annotated[Sequence[float], Partial()]) -> Sequence[float]: ...  # type: ignore[empty-body]


def test_rule_of_a_partial_list_is_not_fed_by_a_link(store: Store) -> None:
    graph = lazy.build(
        "n.number -> c.items; t.text -> c.gaps",
        n=("toy.numbers", {"value": [1.0, 2.0]}),
        t=("toy.constant_text", {"value": "skip"}),
        c="lazy.text",
    )
    result = toy.execute(graph, store, "c")
    assert result.states["c"] == "blocked"
    assert "set it by hand" in result.reason("c")


def test_m06_groups_lose_only_their_own(store: Store) -> None:
    graph = frames([])
    graph.set("n", "value", [[1.0, 2.0], [3.0, 4.0], [5.0]])
    lazy.bad.update((2.0, 5.0))
    result = toy.execute(graph, store, "c")
    assert result.counts("c") == {"executed": 2, "blocked": 1}
    assert toy.calls["text"] == 2
    lazy.bad.clear()
    toy.reset()
    assert list(toy.execute(graph, store, "c").value("c")) == ["1 2", "3 4", "5"]
    assert (toy.calls["text"], toy.calls["broken 2"], toy.calls["broken 5"]) == (2, 1, 1)


def test_m06_repaired_item_runs_the_collector_again(store: Store) -> None:
    graph = frames([1.0, 2.0, 3.0])
    lazy.bad.add(2.0)
    assert toy.execute(graph, store, "c").value("c") == "1 3"
    lazy.bad.clear()
    toy.reset()
    made = plan(graph, store, targets=["c"])
    assert (made.state("f"), made.state("c")) == ("run", "run")
    result = toy.execute(graph, store, "c")
    assert toy.calls == {"broken 2": 1, "text": 1}
    assert result.value("c") == "1 2 3"
    assert result.warnings("c") == []
    toy.reset()
    assert toy.execute(graph, store, "c").value("c") == "1 2 3"
    assert not toy.calls


def test_m06_the_same_gaps_again_are_found_by_content(store: Store) -> None:
    graph = frames([1.0, 2.0, 3.0])
    lazy.bad.add(2.0)
    first = toy.execute(graph, store, "c")
    toy.reset()
    result = toy.execute(graph, store, "c")
    assert toy.calls == {"broken 2": 1}
    assert result.states["c"] == "cached"
    assert result.value("c") == first.value("c") == "1 3"
    assert result.warnings("c") == first.warnings("c")


def followed() -> Graph:
    """A collector that takes gaps, a chain behind it, a writer and a viewer."""
    graph = frames([1.0, 2.0, 3.0], "lazy.sum")
    for id, type in (("o", "toy.one"), ("p", "toy.one"), ("w", "toy.write")):
        graph.add(id, type)
    graph.set("w", "file", "sum.txt")
    graph.set("w", "overwrite", True)
    graph.link("c", "number", "o", "a")
    graph.link("o", "number", "p", "a")
    graph.link("p", "number", "w", "value")
    return graph


@pytest.mark.parametrize("on_disk", [False, True])
def test_m06_what_follows_gaps_is_never_found_as_if_whole(
    store: Store, tmp_path, on_disk: bool
) -> None:
    graph = followed()
    if on_disk:
        store = Store(0, Disk(tmp_path / "s"))
    lazy.bad.add(2.0)
    result = toy.execute(graph, store, "w", folder=tmp_path)
    assert (tmp_path / "sum.txt").read_text() == "6"
    assert result.states["w"] == "executed"
    toy.reset()
    again = plan(graph, store, targets=["w"], folder=tmp_path)
    assert again.state("f") == "run"  # it is tried again
    toy.execute(graph, store, "w", folder=tmp_path)
    assert toy.calls == {"broken 2": 1}  # to no avail, and nothing else is done again
    lazy.bad.clear()
    toy.reset()
    toy.execute(graph, store, "w", folder=tmp_path)
    assert (tmp_path / "sum.txt").read_text() == "8"
    assert toy.calls == {"broken 2": 1, "sum_up": 1, "one": 2, "write": 1}
    toy.reset()
    toy.execute(graph, store, "w", folder=tmp_path)
    assert not toy.calls


def test_m06_what_follows_gaps_is_not_taken_for_whole_by_another_graph(store: Store) -> None:
    graph = followed()
    lazy.bad.add(2.0)
    assert toy.execute(graph, store, "p").value("p") == 6.0
    lazy.bad.clear()
    assert toy.execute(followed(), store, "p", scope="other").value("p") == 8.0


def test_m06_list_that_is_just_what_is_left_gets_no_warning(store: Store) -> None:
    graph = frames([1.0, 2.0, 3.0])
    lazy.bad.add(2.0)
    toy.execute(graph, store, "c")
    toy.reset()
    whole = frames([1.0, 3.0])
    result = toy.execute(whole, store, "c", scope="whole")
    assert (result.value("c"), result.warnings("c")) == ("1 3", [])
    assert toy.calls == {}  # the same content
    again = toy.execute(whole, store, "c", scope="whole")
    assert (again.states["c"], again.warnings("c")) == ("cached", [])
    lazy.bad.add(2.0)
    assert toy.execute(graph, store, "c").warnings("c") != []


def test_m06_gaps_survive_a_restart(tmp_path) -> None:
    graph = frames([1.0, 2.0, 3.0])
    lazy.bad.add(2.0)
    toy.execute(graph, Store(1 << 20, Disk(tmp_path / "s")), "c")
    toy.reset()
    result = toy.execute(graph, Store(1 << 20, Disk(tmp_path / "s")), "c")
    assert toy.calls == {"broken 2": 1}
    assert result.value("c") == "1 3"
    assert len(result.warnings("c")) == 1


def test_m06_cancelled_items_are_no_gaps(store: Store) -> None:
    """A run that is cancelled does not hand on half a list."""
    from graph.control import Control

    control = Control()

    def post(event: Event) -> None:
        if (event.kind, event.node, event.item) == ("finished", "f", (1,)):
            control.cancel()

    graph = frames([1.0, 2.0, 3.0])
    result = toy.execute(graph, store, "c", workers=1, post=post, control=control)
    assert result.status == "cancelled"
    assert toy.calls["text"] == 0
    assert toy.execute(graph, store, "c").value("c") == "1 2 3"


def test_one_of_two_lists_is_lost_whole(store: Store) -> None:
    graph = lazy.build(
        "n.number -> z.items; n.number -> f.a; f.number -> z.weights",
        n=("toy.numbers", {"value": [4.0, 4.0, 4.0]}),
        f="lazy.broken",
        z="lazy.zipped",
    )
    lazy.bad.add(4.0)
    result = toy.execute(graph, store, "z")
    assert (result.states["f"], result.states["z"]) == ("failed", "blocked")
