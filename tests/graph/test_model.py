"""The graph: edits of nodes and links, and what they refuse."""

from __future__ import annotations

import copy

import pytest

from graph.check import check
from graph.errors import GraphError
from graph.model import Graph, Node
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_nodes as toy

REGISTRY = toy.registry()


def empty() -> Graph:
    return Graph(REGISTRY)


def chain() -> Graph:
    """a → b → c."""
    return toy.build("a.number -> b.a; b.number -> c.a", a="toy.one", b="toy.one", c="toy.one")


def content(graph: Graph) -> tuple[object, ...]:
    return tuple(
        copy.deepcopy(part)
        for part in (graph.nodes, graph.links, graph.meta, graph.inputs, graph.groups, graph.view)
    )


# --- nodes -----------------------------------------------------------------------------------


def test_g01_added_node_is_stored_under_its_id() -> None:
    graph = empty()
    assert graph.add("a", "toy.one", plus=2.0) == "a"
    assert graph.nodes == {"a": Node("toy.one", {"plus": 2.0}, 1)}
    assert not graph.links
    assert not graph.inputs
    assert not graph.view


def test_g02_id_in_use_is_refused() -> None:
    graph = chain()
    before = content(graph)
    with pytest.raises(GraphError, match=r"^a: there is already a node"):
        graph.add("a", "toy.number")
    assert content(graph) == before


@pytest.mark.parametrize("id", ["", " a", "a.b", "a->b", "a\n", "\x00"])
def test_ids_that_could_not_stand_in_a_link_are_refused(id: str) -> None:
    graph = chain()
    with pytest.raises(GraphError, match="printable"):
        graph.add(id, "toy.one")
    with pytest.raises(GraphError, match="printable"):
        graph.rename("a", id)
    assert graph == chain()


def test_unknown_types_and_parameters_are_refused_with_near_names() -> None:
    graph = empty()
    with pytest.raises(GraphError, match=r"did you mean 'toy\.number'"):
        graph.add("a", "toy.nunber")
    with pytest.raises(GraphError, match="did you mean 'plus'"):
        graph.add("a", "toy.one", pluss=1)
    assert not graph.nodes
    graph.add("a", "toy.one")
    with pytest.raises(GraphError, match="it has: plus"):
        graph.set("a", "nothing like it", 1)
    graph.rename("a", "stretch1")
    with pytest.raises(GraphError, match="no such node; did you mean 'stretch1'"):
        graph.set("strech1", "plus", 1)


def test_alias_gives_todays_type() -> None:
    graph = empty()
    graph.add("a", "toy.plus")
    assert graph.nodes["a"].type == "toy.add"


def test_g14_removed_node_takes_its_links_along() -> None:
    graph = chain()
    graph.add("d", "toy.one")
    graph.link("a", "number", "d", "a")
    graph.remove("b")
    assert graph.links == {("d", "a"): ("a", "number")}
    assert list(graph.nodes) == ["a", "c", "d"]
    with pytest.raises(GraphError, match="no such node"):
        graph.remove("b")


def test_g15_links_follow_a_rename() -> None:
    graph = chain()
    graph.inputs = {"value": {"node": "b", "param": "plus"}}
    graph.view = {"nodes": {"b": [1, 2]}}
    graph.rename("b", "middle")
    assert graph.links == {("middle", "a"): ("a", "number"), ("c", "a"): ("middle", "number")}
    assert list(graph.nodes) == ["a", "middle", "c"]
    assert graph.inputs["value"]["node"] == "middle"
    assert graph.view == {"nodes": {"middle": [1, 2]}}
    before = content(graph)
    with pytest.raises(GraphError, match="already a node with the id 'c'"):
        graph.rename("middle", "c")
    graph.rename("middle", "middle")
    assert content(graph) == before


def test_g16_another_type_under_an_id_only_when_asked_for() -> None:
    graph = chain()
    with pytest.raises(GraphError, match="already"):
        graph.add("b", "toy.clip")
    graph.replace_type("b", "toy.add")
    assert graph.nodes["b"].type == "toy.add"
    assert graph.links[("b", "a")] == ("a", "number")
    assert graph.links[("c", "a")] == ("b", "number")
    graph.replace_type("b", "toy.stencil")
    assert list(graph.links) == []
    with pytest.raises(GraphError, match="unknown node type"):
        graph.replace_type("b", "toy.nonsense")
    assert graph.nodes["b"].type == "toy.stencil"


def test_replaced_type_keeps_parameters_of_the_same_name() -> None:
    graph = empty()
    graph.add("a", "toy.one", plus=4.0)
    graph.replace_type("a", "toy.total")
    assert graph.nodes["a"].params == {"plus": 4.0}
    graph.replace_type("a", "toy.add")
    assert graph.nodes["a"].params == {}


# --- links -----------------------------------------------------------------------------------


def test_g03_link_is_in_model_and_networkx_once() -> None:
    graph = chain()
    assert graph.links == {("b", "a"): ("a", "number"), ("c", "a"): ("b", "number")}
    assert list(graph.networkx().edges(keys=True, data="output")) == [
        ("a", "b", "a", "number"),
        ("b", "c", "a", "number"),
    ]


def test_g04_second_link_to_an_input_is_refused() -> None:
    graph = chain()
    before = content(graph)
    with pytest.raises(GraphError, match=r"already fed by a\.number"):
        graph.link("c", "number", "b", "a")
    assert content(graph) == before


def test_g05_types_that_do_not_fit_are_refused() -> None:
    graph = empty()
    graph.add("stencil", "toy.stencil")
    graph.add("double", "toy.double")
    with pytest.raises(
        GraphError, match=r"stencil\.stencil is of type Stencil, double\.grid takes Grid"
    ):
        graph.link("stencil", "stencil", "double", "grid")
    assert not graph.links


def test_g06_unknown_sockets_are_refused_and_listed() -> None:
    graph = chain()
    graph.add("d", "toy.add")
    with pytest.raises(GraphError, match=r"d: has no socket 'x' \(its sockets: a, b\)"):
        graph.link("a", "number", "d", "x")
    with pytest.raises(GraphError, match=r"a: has no output 'x' \(its outputs: number\)"):
        graph.link("a", "x", "d", "a")
    assert graph.feeds("d") == {}


def test_g07_missing_ends_are_refused() -> None:
    graph = chain()
    with pytest.raises(GraphError, match=r"nowhere: .* names no node"):
        graph.link("nowhere", "number", "a", "a")
    with pytest.raises(GraphError, match=r"nowhere: .* names no node"):
        graph.link("c", "number", "nowhere", "a")
    assert graph == chain()


def test_g08_link_to_itself_is_refused() -> None:
    graph = empty()
    graph.add("a", "toy.one")
    with pytest.raises(GraphError, match="would close a loop: a → a"):
        graph.link("a", "number", "a", "a")
    assert not graph.links


def test_g09_loop_is_refused_in_order() -> None:
    graph = chain()
    with pytest.raises(GraphError, match="would close a loop: a → b → c → a"):
        graph.link("c", "number", "a", "a")
    assert graph == chain()


def test_g10_integer_arrives_as_real() -> None:
    graph = empty()
    graph.add("whole", "toy.whole", value=3)
    graph.add("one", "toy.one", plus=0.0)
    graph.link("whole", "integer", "one", "a")
    graph.add("kind", "toy.anything")
    graph.link("one", "number", "kind", "value")
    store = Store()
    result = run(plan(graph, store, targets=["kind", "one"]), store, workers=1)
    assert result.value("kind") == "float"
    assert result.value("one") == 3.0


def test_g11_real_into_integer_is_refused() -> None:
    graph = empty()
    graph.add("number", "toy.number")
    graph.add("whole", "toy.whole")
    with pytest.raises(GraphError, match=r"of type Number, whole\.value takes Integer"):
        graph.link("number", "number", "whole", "value")


@pytest.mark.parametrize("type", ["toy.number", "toy.whole", "toy.stencil", "toy.formula"])
def test_g12_any_takes_every_type(type: str) -> None:
    graph = empty()
    graph.add("source", type)
    graph.add("any", "toy.anything")
    graph.link("source", next(iter(REGISTRY.get(type).outputs)), "any", "value")  # type: ignore[union-attr]
    assert len(graph.links) == 1
    assert not check(graph)


def test_g13_list_into_single_input_is_a_map_and_shown_so() -> None:
    graph = empty()
    graph.add("numbers", "toy.numbers", value=[1.0, 2.0, 6.0])
    graph.add("less", "toy.deviations")
    graph.add("one", "toy.one")
    graph.add("double", "toy.double")
    graph.link("numbers", "number", "less", "items")
    graph.link("less", "number", "one", "a")
    with pytest.raises(GraphError, match=r"of type Number, double\.grid takes Grid"):
        graph.link("less", "number", "double", "grid")
    store = Store()
    planned = plan(graph, store, targets=["one"])
    assert planned.nodes["one"].items == 3
    assert not isinstance(planned.nodes["less"].tasks, list)
    assert isinstance(planned.nodes["one"].tasks, list)
    assert list(run(planned, store, workers=1).value("one")) == [-1.0, 0.0, 4.0]


def test_link_feeds_a_scalar_parameter_only() -> None:
    graph = empty()
    graph.add("number", "toy.number")
    graph.add("one", "toy.one")
    graph.link("number", "number", "one", "plus")
    assert graph.feeds("one") == {"plus": ("number", "number")}
    graph.add("numbers", "toy.numbers")
    with pytest.raises(GraphError, match=r"numbers\.value: is set by hand"):
        graph.link("number", "number", "numbers", "value")


def test_text_feeds_a_choice() -> None:
    graph = empty()
    graph.add("text", "toy.formula")
    graph.add("between", "toy.between")
    graph.link("text", "text", "between", "mode")
    graph.add("number", "toy.number")
    graph.add("other", "toy.between")
    with pytest.raises(GraphError, match="takes Text"):
        graph.link("number", "number", "other", "mode")


def test_unlink_names_what_is_not_fed() -> None:
    graph = chain()
    graph.unlink("b", "a")
    assert list(graph.links) == [("c", "a")]
    with pytest.raises(GraphError, match=r"b\.a: nothing feeds this"):
        graph.unlink("b", "a")
