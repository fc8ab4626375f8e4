"""What stands at nodes: by plans and events of real runs over toy graphs."""

from __future__ import annotations

from pathlib import Path

from graph.control import Control
from graph.events import Event
from graph.expansion import NodePlan
from graph.plan import plan
from graph.run import run
from graph.store import Store
from ui.editor.states import NodeState, States


def _plan(id: str, state: str, *reasons: str, items: int = 1, to_run: int = 0) -> NodePlan:
    made = NodePlan(id, "toy", state, reasons, tasks=[], items=items, to_run=to_run)  # type: ignore[arg-type]
    return made


def test_a_plan_tells_what_is_cached_stale_blocked_missing() -> None:
    states = States()
    plans = [
        _plan("a", "cached"),
        _plan("b", "run", "parameter degree changed 1 → 2", to_run=1),
        _plan("c", "blocked", "is not set"),
        _plan("d", "blocked", "missing type 'x.y'"),
    ]
    states.take_plan({p.id: p for p in plans}, missing={"d"})
    assert [states[id].standing for id in "abcd"] == ["cached", "stale", "blocked", "missing"]
    assert states["b"].text == "parameter degree changed 1 → 2"
    assert states["nobody"].standing == "unknown"


def test_u13_a_blocked_node_is_sound_again_at_the_next_plan() -> None:
    states = States()
    states.take_plan({"a": _plan("a", "blocked", "is not set")}, set())
    revision = states.revision
    states.take_plan({"a": _plan("a", "run", "new", to_run=1)}, set())
    assert states["a"] == NodeState("stale", "new")
    assert states.revision > revision


def test_u13_a_failure_stays_until_its_cause_is_gone() -> None:
    states = States()
    states.take_event(Event("failed", "a", (), {"error": "InputError", "message": "too dark"}))
    states.take_plan({"a": _plan("a", "run", "failed last time", to_run=1)}, set())
    assert (states["a"].standing, states["a"].text) == ("failed", "too dark")
    states.take_plan({"a": _plan("a", "run", "parameter level changed 1 → 2", to_run=1)}, set())
    assert states["a"].standing == "stale"


def test_events_of_a_run_pass_through_every_standing() -> None:
    states, seen = States(), []
    for kind, data in (
        ("queued", {"items": 1, "reasons": ["new"]}),
        ("started", {}),
        ("progress", {"fraction": 0.5, "left": 3.0}),
        ("finished", {"seconds": 2.0}),
    ):
        states.take_event(Event(kind, "a", (), data))  # type: ignore[arg-type]
        seen.append((states["a"].standing, states["a"].fraction))
    assert seen == [("queued", None), ("running", 0.0), ("running", 0.5), ("cached", None)]
    assert states["a"].seconds == 2.0


def test_a_mapped_node_runs_until_its_last_item() -> None:
    states = States()
    states.take_event(Event("queued", "a", (), {"items": 4, "reasons": ["new"]}))
    for i in range(4):
        states.take_event(Event("started", "a", (i,), {}))
        assert states["a"].standing == "running"
        data = {"seconds": 1.0, "done": i + 1, "total": 4, "left": 3.0 - i}
        states.take_event(Event("finished", "a", (i,), data))
        assert states["a"].fraction == (None if i == 3 else (i + 1) / 4)
    assert (states["a"].standing, states["a"].seconds, states["a"].done) == ("cached", 4.0, 4)


def test_one_failed_item_stays_to_be_seen() -> None:
    states = States()
    states.take_event(Event("queued", "a", (), {"items": 2}))
    states.take_event(Event("failed", "a", (0,), {"message": "bad", "done": 1, "total": 2}))
    states.take_event(Event("finished", "a", (1,), {"seconds": 1.0, "done": 2, "total": 2}))
    assert (states["a"].standing, states["a"].text, states["a"].done) == ("failed", "bad", 2)


def test_hidden_nodes_and_the_end_of_a_run() -> None:
    states = States()
    states.take_event(Event("started", "viewer 1:pyramid", (), {}))
    assert states.running() == []
    states.take_event(Event("queued", "a", (), {}))
    states.take_event(Event("started", "b", (), {}))
    assert (states.queued(), states.running()) == (["a"], ["b"])
    states.end_run()
    assert (states["a"].standing, states["b"].standing) == ("stale", "stale")


def test_warnings_are_kept_once() -> None:
    states = States()
    for text in ("dark", "dark", "noisy"):
        states.take_event(Event("warning", "a", (), {"message": text}))
    assert states["a"].warnings == ("dark", "noisy")


def test_a_real_run_leaves_what_a_real_plan_says() -> None:
    import ui.packs
    from graph.model import Graph

    graph = Graph(ui.packs.load_registry(packs=False))
    graph.add("load", "io.load_image", file="nowhere.fits")
    graph.add("view", "view.screen")
    graph.link("load", "image", "view", "image")
    store, states = Store(), States()
    made = plan(graph, store, targets=list(graph.nodes))
    states.take_plan(made.nodes, set())
    run(made, store, post=states.take_event, control=Control())
    states.end_run()
    assert states["load"].standing in ("failed", "blocked")
    assert "nowhere.fits" in states["load"].text
    assert states["view"].standing == "blocked"


def test_what_needs_a_failed_node_stays_blocked_until_that_can_run_again(tmp_path: Path) -> None:
    import ui.packs
    from graph.model import Graph

    (tmp_path / "dark.fits").write_bytes(b"no image")
    graph = Graph(ui.packs.load_registry(packs=False))
    graph.add("load", "io.load_image", file="dark.fits")
    graph.add("flat", "background.polynomial")
    graph.add("view", "view.screen")
    graph.link("load", "image", "flat", "image")
    graph.link("flat", "image", "view", "image")
    store, states = Store(), States()

    def look() -> list[str]:
        made = plan(graph, store, targets=list(graph.nodes), folder=tmp_path)
        states.take_plan(made.nodes, set())
        return [states[id].standing for id in graph.nodes]

    made = plan(graph, store, targets=list(graph.nodes), folder=tmp_path)
    run(made, store, post=states.take_event, control=Control())
    states.end_run()
    assert look() == ["failed", "blocked", "blocked"]
    assert states["view"].text == "blocked by flat"
    graph.set("flat", "degree", 3)  # which is no remedy
    assert look() == ["failed", "blocked", "blocked"]
    graph.unlink("view", "image")
    assert look() == ["failed", "blocked", "blocked"]  # now as its input is missing
    graph.link("load", "image", "view", "image")
    graph.set("load", "white", 2.0)
    assert look() == ["stale", "stale", "stale"]
