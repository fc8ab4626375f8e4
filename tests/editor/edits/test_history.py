"""Edits in a document: undone and redone to the byte (U01, U02), drags (U03), moves (U12)."""

from __future__ import annotations

import copy
import random
from collections import Counter

import pytest

from graph.check import check
from graph.errors import GraphError
from graph.file import parse, serialize
from graph.model import Graph
from graph.plan import Plan, plan
from graph.store import Store
from tests.editor.pictures import REGISTRY, chain
from tests.editor.random_edits import EDITS, change_at_random, entry, output, with_viewers
from ui.editor import edits
from ui.editor.document import Document


@pytest.mark.parametrize("name", EDITS)
def test_u01_every_edit_is_undone_and_redone_to_the_byte(name: str) -> None:
    """Some tries fail for want of luck; those that do change nothing."""
    made = 0
    for seed in range(400):
        rng = random.Random(f"{name}{seed}")
        graph = with_viewers(chain())
        edits.add_frame(graph, ["load", "crop"], "Frame")
        for _ in range(5):
            edits.add_note(graph, (0, 0), "Note")
        edits.save_preset(graph, "soft", "crop")
        edits.add_node(graph, "background.polynomial", (9, 9))
        document = Document(graph)
        before = serialize(document.graph)
        try:
            with document.change(name) as changed:
                EDITS[name](rng, changed)
        except GraphError:
            assert serialize(document.graph) == before
            continue
        after = serialize(document.graph)
        made += after != before
        for _ in range(2 if after != before else 0):
            assert document.undo() == name
            assert serialize(document.graph) == before
            assert document.redo() == name
            assert serialize(document.graph) == after
        if made == 4:
            return
    raise AssertionError(f"{name} could be made {made} times only")


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_that_fails_leaves_the_very_graph_as_it_was(name: str) -> None:
    """Also where it is not called inside a change."""
    graph = with_viewers(chain())
    for seed in range(20):
        rng = random.Random(f"{name}{seed}")
        before = serialize(graph)
        try:
            EDITS[name](rng, copy.copy(graph))
        except GraphError:
            with pytest.raises(GraphError):
                EDITS[name](random.Random(f"{name}{seed}"), graph)
        assert serialize(graph) == before


@pytest.mark.parametrize("seed", range(3))
def test_u02_a_thousand_random_edits_are_undone_to_the_byte(seed: int) -> None:
    rng = random.Random(seed)
    document = Document(with_viewers(chain()))
    texts = [serialize(document.graph)]
    names: Counter[str] = Counter()
    for _ in range(1_000):
        name, done = change_at_random(rng, document)
        names[name] += done
        text = serialize(document.graph)
        if text != texts[-1]:
            texts.append(text)
    assert set(names) == set(EDITS)
    assert min(names.values()) > 0
    assert len(texts) > 500
    for text in texts[-2::-1]:
        assert document.undo()
        assert serialize(document.graph) == text
    assert document.undo() is None
    assert not document.modified
    for text in texts[1:]:
        assert document.redo()
        assert serialize(document.graph) == text


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_keep_a_graph_that_can_be_opened(seed: int) -> None:
    rng = random.Random(1000 + seed)
    document = Document(with_viewers(chain()))
    for _ in range(200):
        change_at_random(rng, document)
        graph = document.graph
        assert graph.groups == {"g": {"nodes": ["load", "crop"], "title": "Kept as it is"}}
        text = serialize(graph)
        opened = parse(text, REGISTRY)
        assert serialize(opened) == text
        assert list(opened.nodes) == list(graph.nodes)
        assert opened.links == graph.links
        assert {id: graph.feeds(id) for id in graph.nodes} == {
            id: opened.feeds(id) for id in opened.nodes
        }
        assert {id: graph.consumers(id) for id in graph.nodes} == {
            id: opened.consumers(id) for id in opened.nodes
        }
        assert set(graph.networkx().edges(keys=True)) == set(opened.networkx().edges(keys=True))
        places = {id: place for place, id in enumerate(graph.order())}
        assert all(places[s] < places[t] for (t, _), (s, _) in graph.links.items())


@pytest.mark.parametrize("seed", range(4))
def test_wires_made_at_random_are_never_found_wrong(seed: int) -> None:
    """Whatever ``why_not`` lets through, ``check`` finds no end that does not fit, and no loop."""
    rng = random.Random(seed)
    graph = Graph(REGISTRY)
    for spec in REGISTRY:
        for _ in range(4 if spec.through else 2):
            edits.add_node(graph, spec.id, (0, 0))
    edits.toggle_mode(graph, rng.sample(list(graph.nodes), 20), "bypass")
    made = 0
    for _ in range(2_000):
        source, target = output(rng, graph), entry(rng, graph)
        if edits.why_not(graph, source, target) is None:
            edits.connect(graph, source, target)
            made += 1
    wrong = [str(p) for p in check(graph) if "is of type" in p.message or "loop" in p.message]
    assert wrong == []
    assert made > 100


def test_u03_a_slider_dragged_through_200_values_is_one_step() -> None:
    document = Document(chain())
    before = serialize(document.graph)
    for value in range(1, 201):
        with document.change("Set left of crop", merge=("crop", "left")) as graph:
            graph.set("crop", "left", value)
    document.settle()
    assert document.graph.nodes["crop"].params["left"] == 200
    assert document.undo() == "Set left of crop"
    assert serialize(document.graph) == before
    assert document.undo() is None
    document.redo()
    assert document.graph.nodes["crop"].params["left"] == 200
    for value in (5, 6):  # two drags are two steps
        with document.change("Set left of crop", merge=("crop", "left")) as graph:
            graph.set("crop", "left", value)
        document.settle()
    document.undo()
    assert document.graph.nodes["crop"].params["left"] == 5


def keys(plan: Plan) -> dict[str, str]:
    """The key of every task of a plan of single values."""
    return {id: node.tasks.key for id, node in plan.nodes.items() if node.tasks}


def test_u12_moved_nodes_modify_the_document_and_run_nothing() -> None:
    document = Document(chain())
    with document.change("Set file") as graph:
        graph.set("load", "file", "samples/data/first_light_red.fits")
    store = Store(memory_limit=1 << 20)
    before = plan(document.graph, store)
    revision, old = document.revision, document.graph
    with document.change("Move 2 nodes") as graph:
        edits.move(graph, {"crop": (5, 5), "stretch": (9, 9)})
        edits.add_frame(graph, ["crop"], "Frame")
        edits.add_note(graph, (0, 0), "Note")
        edits.toggle_collapsed(graph, ["load"])
        edits.align(graph, ["load", "crop"], "top")
        edits.arrange(graph)
    assert document.revision > revision
    assert document.modified
    assert document.graph != old
    after = plan(document.graph, store)
    assert keys(after) == keys(before)
    assert keys(after)
    assert (document.graph.nodes, document.graph.links) == (old.nodes, old.links)


def test_graphs_of_the_past_are_not_reached_by_edits_of_the_present() -> None:
    """Copies share what is never changed in place: every section is tried."""
    graph = with_viewers(chain())
    edits.add_frame(graph, ["load"], "Frame")
    past = copy.copy(graph)
    text = serialize(past)
    feeds = {id: past.feeds(id) for id in past.nodes}
    order = list(past.order())
    edits.add_note(graph, (0, 0), "n")
    edits.set_rect(graph, "frames", 0, (1, 2, 3, 4))
    edits.set_frame_title(graph, 0, "x")
    edits.rename(graph, "load", "first")
    edits.toggle_collapsed(graph, ["crop"])
    graph.view["viewers"]["1"]["item"] = 7
    graph.groups["g"]["nodes"].append("more")
    graph.extra["later"].append(3)
    edits.save_preset(graph, "p", "crop")
    edits.remove(graph, ["stretch"])
    assert serialize(past) == text
    assert {id: past.feeds(id) for id in past.nodes} == feeds
    assert list(past.order()) == order
    assert past.consumers("load") == [("crop", "image")]
