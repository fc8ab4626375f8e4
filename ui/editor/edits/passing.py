"""What really feeds an end, past joints and bypassed nodes, as in a run."""

from __future__ import annotations

from dataclasses import dataclass

from graph.model import End, Graph
from graph.simplify import passes
from graph.spec import NodeSpec

#: stands for an output that is not in the graph yet
PROBE: End = ("", "")


@dataclass(frozen=True, slots=True)
class Ways:
    """given: what the outputs of joints and bypassed nodes pass on, None for nothing.

    fed: what feeds every end of a link at work; ends that get nothing are not in it.
    """

    given: dict[End, End | None]
    fed: dict[End, End]

    def origin(self, end: End) -> End | None:
        """The output that an output passes on: itself, unless its node is a joint or bypassed."""
        return self.given.get(end, end)


def trace(graph: Graph, target: End | None = None, alive: bool = True) -> Ways:
    """The ways of a graph; with a target, as they were if ``PROBE`` fed it.

    alive: whether the probe gives anything, or is a joint that nothing feeds.
    """
    links = graph.links if target is None else {**graph.links, target: PROBE}
    given: dict[End, End | None] = {PROBE: PROBE if alive else None}
    idle = {
        id: spec
        for id, node in graph.nodes.items()
        if (spec := graph.registry.get(node.type))
        and (node.mode == "bypass" or (spec.through and node.mode != "mute"))
    }
    for id in graph.order() if idle else ():
        if id in idle:
            for output in idle[id].outputs:
                inlets = alike(idle[id], output)
                if inlets:
                    feeds = (links[id, name] for name in inlets if (id, name) in links)
                    origins = (given.get(end, end) for end in feeds)
                    given[id, output] = next((end for end in origins if end), None)
    fed = {end: origin for end, feed in links.items() if (origin := given.get(feed, feed))}
    return Ways(given, fed)


def alike(spec: NodeSpec, output: str) -> list[str]:
    """The sockets that an output passes on when its node does nothing, first choice first."""
    found = spec.outputs.get(output)
    return [socket.name for socket in spec.sockets.values() if found and passes(socket, found)]
