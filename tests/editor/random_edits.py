"""Edits at random, as people make them, over a graph of real node types."""

from __future__ import annotations

import random
from collections.abc import Callable

from graph.errors import GraphError
from graph.model import Graph
from nodes.values import Stretch
from tests.editor.pictures import REGISTRY
from ui.editor import edits
from ui.editor.document import Document
from ui.editor.edits import places

TYPES = [spec.id for spec in REGISTRY]
HOWS: tuple[edits.How, ...] = ("left", "middle", "distribute_x", "distribute_y", "bottom")


def some(rng: random.Random, graph: Graph, most: int = 4) -> list[str]:
    """A few ids, at times one of no node."""
    ids = [*graph.nodes, "nobody"] if rng.random() < 0.05 else list(graph.nodes)
    return rng.sample(ids, min(len(ids), rng.randint(1, most)))


def output(rng: random.Random, graph: Graph) -> tuple[str, str]:
    """An output of some node, or what is none."""
    id = rng.choice(list(graph.nodes))
    spec = graph.spec(id)
    return id, rng.choice([*spec.outputs] or ["none"]) if spec else "image"


def entry(rng: random.Random, graph: Graph) -> tuple[str, str]:
    """A socket or parameter of some node, or what is none."""
    id = rng.choice(list(graph.nodes))
    spec = graph.spec(id)
    return id, rng.choice([*spec.sockets, *spec.params] or ["none"]) if spec else "image"


def spot(rng: random.Random) -> tuple[float, float]:
    return rng.uniform(-500, 2000), rng.uniform(-500, 2000)


def fed(rng: random.Random, graph: Graph) -> tuple[str, str]:
    """An end that a link feeds, where there is one."""
    return rng.choice([*graph.links] or [("nobody", "image")])


def _add_linked(rng: random.Random, graph: Graph) -> None:
    way = rng.random() < 0.5
    end = output(rng, graph) if way else entry(rng, graph)
    offered = edits.fitting(graph, end, way)
    if offered:
        edits.add_linked(graph, rng.choice(offered)[0].id, spot(rng), end, way)


def _move_frame(rng: random.Random, graph: Graph) -> None:
    edits.set_rect(graph, "frames", rng.randrange(3), (*spot(rng), 300.0, 200.0))


def _preset(rng: random.Random, graph: Graph) -> None:
    name = rng.choice(["soft", "hard"])
    if rng.random() < 0.4:
        edits.save_preset(graph, name, rng.choice(list(graph.nodes)))
    elif rng.random() < 0.5:
        edits.apply_preset(graph, name, rng.choice(list(graph.nodes)))
    else:
        edits.add_from_preset(graph, name, spot(rng))


def _permanent(rng: random.Random, graph: Graph) -> None:
    rows = tuple(rng.random() for _ in range(rng.choice([1, 3])))
    stretch = Stretch(
        (0.01,) * len(rows), rows, (1.0,) * len(rows), (0.0,) * len(rows), (1.0,) * len(rows)
    )
    edits.make_permanent(graph, output(rng, graph), stretch, spot(rng))


def _remove_notes(rng: random.Random, graph: Graph) -> None:
    """All but a few: copies of nodes bring the notes among them along, so that they multiply."""
    while len(graph.view["notes"]) > 3:
        edits.remove_marks(graph, [("notes", rng.randrange(len(graph.view["notes"])))])


def _remove_frames(rng: random.Random, graph: Graph) -> None:
    edits.remove_marks(graph, [("frames", rng.randrange(9))])
    while len(graph.view["frames"]) > 3:
        edits.remove_marks(graph, [("frames", rng.randrange(len(graph.view["frames"])))])


def _set(rng: random.Random, graph: Graph) -> None:
    id = rng.choice([i for i in graph.nodes if graph.nodes[i].type == "geometry.crop"] or ["none"])
    graph.set(id, "left", rng.randrange(100))


#: name → edit; each may raise GraphError and has then changed nothing
EDITS: dict[str, Callable[[random.Random, Graph], object]] = {
    "add": lambda r, g: edits.add_node(g, r.choice(TYPES), spot(r)),
    "add_linked": _add_linked,
    "connect": lambda r, g: edits.connect(g, output(r, g), entry(r, g)),
    "disconnect": lambda r, g: edits.disconnect(g, [fed(r, g), fed(r, g)]),
    "remove": lambda r, g: edits.remove(g, some(r, g, 2)),
    "remove_and_reconnect": lambda r, g: edits.remove(g, some(r, g, 2), reconnect=True),
    "insert": lambda r, g: edits.insert(g, r.choice(list(g.nodes)), fed(r, g)),
    "add_joint": lambda r, g: edits.add_joint(g, fed(r, g), spot(r)),
    "extract": lambda r, g: edits.extract(g, some(r, g)),
    "paste": lambda r, g: edits.paste(g, edits.copy_text(g, some(r, g)), spot(r)),
    "duplicate": lambda r, g: edits.duplicate(g, some(r, g), spot(r), r.random() < 0.5),
    "set": _set,
    "mode": lambda r, g: edits.toggle_mode(g, some(r, g), r.choice(["bypass", "mute"])),
    "collapse": lambda r, g: edits.toggle_collapsed(g, some(r, g)),
    "title": lambda r, g: edits.set_title(g, some(r, g)[0], r.choice(["", "A", "é → ü"])),
    "rename": lambda r, g: edits.rename(g, some(r, g)[0], f"n{r.randrange(99)}"),
    "move": lambda r, g: edits.move(g, {id: spot(r) for id in some(r, g)}),
    "align": lambda r, g: edits.align(g, some(r, g), r.choice(HOWS)),
    "arrange": lambda r, g: edits.arrange(g, some(r, g, 9)),
    "add_frame": lambda r, g: edits.add_frame(g, some(r, g), "Frame"),
    "move_frame": _move_frame,
    "remove_frames": _remove_frames,
    "remove_notes": _remove_notes,
    "add_note": lambda r, g: edits.add_note(g, spot(r), "Note"),
    "note_text": lambda r, g: edits.set_text(g, r.randrange(3), f"text {r.random()}"),
    "color": lambda r, g: edits.set_color(g, "notes", r.randrange(3), "#123456"),
    "replace_type": lambda r, g: edits.replace_type(g, some(r, g)[0], r.choice(TYPES)),
    "preset": _preset,
    "permanent": _permanent,
}


def change_at_random(rng: random.Random, document: Document) -> tuple[str, bool]:
    """Make one edit in a step of its own: its name, and whether it could be made."""
    few = len(document.graph.nodes) < 6
    many = len(document.graph.nodes) > 60
    marks = len(document.graph.view["notes"]) > 20
    names = ["add"] if few else ["remove"] if many else ["remove_notes"] if marks else list(EDITS)
    name = rng.choice(names)
    try:
        with document.change(name) as graph:
            EDITS[name](rng, graph)
    except GraphError:
        return name, False
    document.select(rng.sample(list(document.graph.nodes), 1))
    return name, True


def with_viewers(graph: Graph) -> Graph:
    """A graph with all that travels beside nodes, so that edits may lose some of it."""
    graph.meta = {"title": "t"}
    graph.groups = {"g": {"nodes": ["load", "crop"], "title": "Kept as it is"}}
    graph.extra = {"later": [1, {"a": None}]}
    graph.inputs = {"file": {"node": "load", "param": "file"}}
    graph.view["viewers"] = {"1": {"node": "crop", "shadows": [0.1, 0.2, 0.3]}}
    graph.view["pan"] = [1, 2, 3]
    places.own_list(graph, "notes")
    return graph
