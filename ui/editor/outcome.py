"""What viewers need of a run: nodes put beside those of the graph, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.errors import GraphError
from graph.model import End, Graph, Node
from graph.plan import Target
from graph.result import Result
from graph.simplify import simplify
from graph.task import leaves
from nodes.measure import image_statistics
from nodes.values import Image, Mask, Statistics
from nodes.view import image_pyramid
from ui.editor.picture import Picture, Want
from ui.editor.thumbnails import make_thumbnail

#: the node type that is a viewer itself
VIEWER = "view.screen"
#: images up to so many bytes are read again for a thumbnail when their node did not run
SMALL_BYTES = 64 << 20


def shown_end(graph: Graph, want: Want) -> End | None:
    """What a viewer shows: of a viewer node, what feeds it; None for nothing."""
    node = graph.nodes.get(want.node)
    if node is None:
        return None
    if node.type == VIEWER:
        return graph.links.get((want.node, "image"))
    return want.node, want.output


def statistics_end(graph: Graph, want: Want) -> End | None:
    """The output of type Statistics that is wired to the viewer node shown, or None."""
    node = graph.nodes.get(want.node)
    return graph.links.get((want.node, "statistics")) if node and node.type == VIEWER else None


def _hidden(number: int, what: str) -> str:
    return f"viewer {number}:{what}"


def add_hidden(graph: Graph, numbers: Mapping[Want, int]) -> tuple[Graph, dict[Want, list[Target]]]:
    """A copy of the graph with the nodes that make viewers' pyramids and statistics; its targets.

    Their ids have a colon, so that they can never be those of people's nodes. What cannot be made
    (of a muted node, of a viewer node that nothing feeds) is not among the targets.
    """
    nodes, links = dict(graph.nodes), dict(graph.links)

    def put(id: str, type: str, source: End) -> None:
        nodes[id] = Node(type)
        links[id, "image"] = source

    for want, number in numbers.items():
        end = shown_end(graph, want)
        if end is None or not _is_image(graph, end):
            continue
        put(_hidden(number, "pyramid"), "view.pyramid", end)
        other = want.statistics
        if statistics_end(graph, want) is None:
            of = other if other and other[0] in graph.nodes and _is_image(graph, other) else end
            put(_hidden(number, "statistics"), "measure.statistics", of)
    made = graph.variant(nodes, links)
    try:
        running = simplify(made).graph
    except GraphError:
        running = made
    targets: dict[Want, list[Target]] = {}
    for want, number in numbers.items():
        pyramid, statistics = _hidden(number, "pyramid"), _hidden(number, "statistics")
        if pyramid in running.nodes:
            source = running.links.get((pyramid, "image"))
            if source is None:
                continue
            made_of = targets[want] = [(pyramid, want.item), (source[0], want.item)]
            if statistics in running.nodes:
                locked = running.links.get((statistics, "image")) != source
                made_of.append(statistics if locked else (statistics, want.item))
            elif wired := statistics_end(graph, want):
                made_of.append(wired[0])
        elif pyramid not in nodes:
            end = shown_end(graph, want)
            if end and end[0] in running.nodes:
                targets[want] = [(end[0], want.item)]
    return made, targets


def _is_image(graph: Graph, end: End) -> bool:
    spec = graph.spec(end[0])
    output = spec.outputs.get(end[1]) if spec else None
    if output is None:
        return False
    if output.type is Any and spec and spec.through:  # a joint: what feeds it decides
        fed = next((graph.links[key] for key in graph.links if key[0] == end[0]), None)
        return fed is not None and _is_image(graph, fed)
    return output.type is Image


class Outcome:
    """What the window takes of a result, read on the thread that ran it."""

    def __init__(self, result: Result) -> None:
        self.pictures: dict[Want, Picture] = {}
        self.errors: dict[Want, str] = {}
        self.failed = [id for id in result.failed if ":" not in id]
        self.traces = {id: _read_trace(result, id) for id in self.failed}
        self.executed = [id for id in result.executed if ":" not in id]
        self.outputs = result.outputs()
        self.keys = {id: node.record.get("key", "") for id, node in result.plan.nodes.items()}
        self.seconds = result.seconds
        self.total = len([id for id in result.plan.nodes if ":" not in id])


def read_outcome(result: Result, numbers: Mapping[Want, int]) -> Outcome:
    """The pictures of these wants as far as the result is of them, and why there are none."""
    outcome = Outcome(result)
    resting = set(result.plan.graph.nodes) - set(simplify(result.plan.graph).graph.nodes)
    for want, number in numbers.items():
        if not _is_of(result, want, number, resting):
            continue
        try:
            picture = _read_picture(result, want, number)
        except (GraphError, OSError) as error:
            outcome.errors[want] = _find_cause(result, want) or str(error)
            continue
        if picture:
            outcome.pictures[want] = picture
    return outcome


def _is_of(result: Result, want: Want, number: int, resting: set[str]) -> bool:
    """Whether a run was for a want, which may have come up after it was begun."""
    graph = result.plan.graph
    end = shown_end(graph, want)
    if end is None:
        return False
    if _is_image(graph, end):
        return _hidden(number, "pyramid") in graph.nodes
    node = result.plan.nodes.get(end[0])
    if node is None or node.tasks is None:
        return end[0] in result.plan.targets or end[0] in resting
    tasks = list(leaves(node.tasks))
    return want.item < len(tasks) and tasks[want.item] in result.plan.wanted


def read_thumbnails(
    result: Result, known: Mapping[str, tuple[str, Any]]
) -> dict[str, tuple[str, Any]]:
    """By node: the key of its value, and its thumbnail or None; those that are not known yet."""
    found: dict[str, tuple[str, Any]] = {}
    for id, node in result.plan.nodes.items():
        if ":" in id or result.states[id] not in ("executed", "cached"):
            continue
        key = node.record.get("key", "")
        if id in known and known[id][0] == key:
            continue
        first = next(leaves(node.tasks))
        large = first.entry is None or first.entry.nbytes > SMALL_BYTES
        if large and result.states[id] == "cached":
            continue
        try:
            found[id] = key, make_thumbnail(result.item(id, 0))
        except (GraphError, OSError):
            continue
    return found


def _find_cause(result: Result, want: Want) -> str:
    """What failed or is wrong at a node that a want needs: the first of them, in words."""
    needed = result.plan.graph.ancestors([want.node])
    for problem in result.plan.problems:
        if problem.node in needed and not problem.warning:
            return str(problem)
    for id in result.failed:
        if id in needed and (failures := result.failures(id)):
            return f"{id}: {failures[0][1].message}"
    return ""


def _read_trace(result: Result, id: str) -> str:
    """What developers want to know of a failure: the inputs in words, and the trace."""
    failure = next((failure for _, failure in result.failures(id) if failure.trace), None)
    return "\n".join([*failure.inputs, failure.trace]).strip() if failure else ""


def _read_picture(result: Result, want: Want, number: int) -> Picture | None:
    nodes, graph = result.plan.nodes, result.plan.graph
    pyramid, statistics = _hidden(number, "pyramid"), _hidden(number, "statistics")
    if pyramid in nodes:
        count = nodes[pyramid].items if isinstance(nodes[pyramid].tasks, list) else None
        levels = result.item(pyramid, want.item)
        image = result.taken(pyramid, want.item, "image")
        measured: Statistics | None = None
        if statistics in nodes:
            many = isinstance(nodes[statistics].tasks, list) and want.statistics is None
            measured = result.item(statistics, want.item if many else 0)
        elif wired := statistics_end(graph, want):
            measured = result.item(wired[0], 0, wired[1])
        return Picture(want, image, levels, measured, count, sizes_of(nodes[pyramid].tasks))
    end = shown_end(graph, want)
    if end is None:
        return None
    if end[0] not in nodes:
        raise GraphError("has no result: it is muted or bypassed", end[0])
    count = nodes[end[0]].items if isinstance(nodes[end[0]].tasks, list) else None
    sizes = sizes_of(nodes[end[0]].tasks)
    value = result.item(end[0], want.item, end[1])
    if isinstance(value, Image):  # an output of any type
        return Picture(want, value, image_pyramid(value), image_statistics(value), count, sizes)
    if isinstance(value, Mask):
        return Picture(want, value, image_pyramid(Image(value.data)), None, count, sizes)
    return Picture(want, value, items=count, groups=sizes)


def sizes_of(tasks: Any) -> tuple[int, ...] | None:
    """How many frames each group has, of tasks in lists of lists; None of other tasks."""
    if not isinstance(tasks, list) or not tasks or not isinstance(tasks[0], list):
        return None
    return tuple(len(list(leaves(group))) for group in tasks)
