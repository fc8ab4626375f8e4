"""The graph: nodes, links and edits that keep it sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graph.document import copy_plain
from graph.errors import GraphError, Problem
from graph.loops import find_loops, find_way
from graph.node import MODES as MODES
from graph.node import POLICIES as POLICIES
from graph.node import Node as Node
from graph.node import check_id
from graph.parameters import near
from graph.references import follow
from graph.registry import Registry
from graph.spec import NodeSpec
from graph.values import fits, type_name

if TYPE_CHECKING:
    import networkx as nx

#: (node, socket or parameter) that a link feeds, and (node, output) that it comes from
End = tuple[str, str]

#: near names are looked up for that many dangling links of one file: it is slow
HINTS = 20


class Graph:
    """Nodes and links. Every public edit either succeeds whole or changes nothing.

    nodes: by id. links: from what is fed to what feeds it. The rest is for people and travels
    with the file: meta (title, description, author, license), inputs (named, for the command
    line), groups, presets, view, extra (what a newer program wrote).
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.nodes: dict[str, Node] = {}
        self.links: dict[End, End] = {}
        self.meta: dict[str, str] = {}
        self.inputs: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, Any] = {}
        self.presets: dict[str, Any] = {}
        self.view: dict[str, Any] = {}
        self.extra: dict[str, Any] = {}
        self._consumers: dict[str, set[End]] = {}  # links by their source
        self._sources: dict[str, set[str]] = {}  # fed names by node; sets are never changed
        self._lent = False  # whether a copy reads these two as well
        self._view: nx.MultiDiGraph | None = None
        self._order: list[str] = []
        #: what ``check`` found of each node, kept as long as the node stays the same
        self.checked: dict[str, Any] = {}

    # --- reading -----------------------------------------------------------------------------

    def spec(self, id: str) -> NodeSpec | None:
        """The node type of a node; None when it is not installed."""
        return self.registry.get(self.nodes[id].type)

    def feeds(self, id: str) -> dict[str, End]:
        """What feeds a node: fed socket or parameter → (source node, output)."""
        return {name: self.links[id, name] for name in sorted(self._sources[id])}

    def consumers(self, id: str) -> list[End]:
        """The (node, socket) ends that a node feeds."""
        return sorted(self._consumers[id])

    def networkx(self) -> nx.MultiDiGraph:
        """The graph for networkx: one edge a link, keyed by what it feeds. Do not change it."""
        if self._view is None:
            import networkx as nx

            view = nx.MultiDiGraph()
            view.add_nodes_from(self.nodes)
            view.add_edges_from(
                (source, target, socket, {"output": output})
                for (target, socket), (source, output) in self.links.items()
            )
            self._view, self._order = view, []
        return self._view

    def order(self) -> list[str]:
        """The ids, sources first. Raises GraphError naming a loop."""
        import networkx as nx

        view = self.networkx()
        try:
            if len(self._order) != len(self.nodes):
                self._order = list(nx.topological_sort(view))
            return self._order
        except nx.NetworkXUnfeasible:
            loop = next(find_loops(self))
            raise GraphError(f"loop: {' → '.join(loop)}", loop[0]) from None

    def ancestors(self, ids: list[str]) -> set[str]:
        """The nodes that some of these need, themselves included."""
        found, pending = set(ids), list(ids)
        while pending:
            id = pending.pop()
            for name in self._sources[id]:
                source = self.links[id, name][0]
                if source not in found:
                    found.add(source)
                    pending.append(source)
        return found

    def variant(self, nodes: Mapping[str, Node], links: Mapping[End, End]) -> Graph:
        """These nodes and links for planning: fit and order are taken for granted."""
        twin = Graph(self.registry)
        twin.nodes, twin.links, twin.inputs = dict(nodes), dict(links), self.inputs
        twin.checked = self.checked
        twin._index()
        return twin

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and all(
            getattr(self, name) == getattr(other, name) for name in _CONTENT
        )

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Graph:
        twin = Graph(self.registry)
        twin._restore(self._snapshot())
        twin.checked = self.checked  # it holds for nodes that are the same
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Graph:
        return self.__copy__()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_view": None, "_order": [], "checked": {}}

    # --- edits -------------------------------------------------------------------------------

    @contextmanager
    def edit(self) -> Iterator[Graph]:
        """Several edits as one: an exception inside leaves the graph as it was before."""
        before = self._snapshot()
        try:
            yield self
        except BaseException:
            self._restore(before)
            raise

    def add(self, id: str, type: str, /, **params: Any) -> str:
        """Add a node. Raises GraphError for an id in use or an unknown type."""
        if id in self.nodes:
            raise GraphError("there is already a node with this id", id)
        check_id(id)
        spec = self.registry.get(type)
        if spec is None:
            raise GraphError(f"unknown node type {type!r}{self.registry.near(type)}", id)
        unknown = [name for name in params if name not in spec.params]
        if unknown:
            raise GraphError(_no_parameter(spec, unknown[0]), id)
        self._put(id, Node(spec.id, dict(params), spec.version))
        return id

    def load(self, nodes: Mapping[str, Node], links: Iterable[tuple[End, End]]) -> None:
        """Add many nodes and links (fed end, feeding end) at once, in linear time.

        Types may be unknown; how links fit is judged by ``check``. Raises GraphError with every
        id that is bad or in use, link to nowhere, end fed twice and loop; nothing is added then.
        """
        found: list[Problem] = []
        with self.edit():
            for id, node in nodes.items():
                if id in self.nodes:
                    found.append(Problem("there is already a node with this id", id))
                    continue
                try:
                    check_id(id)
                except GraphError as error:
                    found += error.problems
                self._put(id, node)
            for target, source in links:
                problem = self._no_end(*source, *target, hint=len(found) < HINTS)
                problem = problem or self._already_fed(*target)
                if problem:
                    found.append(problem)
                else:
                    self.links[target] = source
            self._index()
            found += [Problem(f"loop: {' → '.join(loop)}", loop[0]) for loop in find_loops(self)]
            if found:
                raise GraphError(found)

    def remove(self, id: str) -> None:
        """Remove a node and the links at it."""
        self._known(id)
        for end in [*((id, name) for name in self._sources[id]), *self._consumers[id]]:
            self.unlink(*end)
        self._own_index()
        del self.nodes[id], self._consumers[id], self._sources[id]
        follow(self.view, id, None)
        self._view = None

    def rename(self, id: str, new: str) -> None:
        """Give a node another id; its links follow. Raises GraphError for an id in use."""
        self._known(id)
        if new == id:
            return
        if new in self.nodes:
            raise GraphError(f"there is already a node with the id {new!r}", id)
        check_id(new)
        self.nodes = {new if key == id else key: node for key, node in self.nodes.items()}
        self.links = {
            (new if target == id else target, name): (new if source == id else source, output)
            for (target, name), (source, output) in self.links.items()
        }
        for entry in self.inputs.values():
            if entry.get("node") == id:
                entry["node"] = new
        follow(self.view, id, new)
        self._index()

    def replace_type(self, id: str, type: str) -> None:
        """Make a node one of another type. Parameters and links whose names fit stay."""
        self._known(id)
        spec = self.registry.get(type)
        if spec is None:
            raise GraphError(f"unknown node type {type!r}{self.registry.near(type)}", id)
        old = self.nodes[id]
        links = {end: source for end, source in self.links.items() if id in (end[0], source[0])}
        with self.edit():
            for end in links:
                self.unlink(*end)
            params = {name: value for name, value in old.params.items() if name in spec.params}
            self._put(id, replace(old, type=spec.id, version=spec.version, params=params))
            for end, source in links.items():
                try:
                    self.link(*source, *end)
                except GraphError:
                    continue  # does not fit the new type

    def set(self, id: str, name: str, value: Any) -> None:
        """Set a parameter. Its value is judged by ``check``; its name here."""
        self._known(id)
        spec = self.spec(id)
        node = self.nodes[id]
        if spec and name not in spec.params and name not in node.params:
            raise GraphError(_no_parameter(spec, name), id)
        self.nodes[id] = replace(node, params={**node.params, name: value})

    def set_mode(self, id: str, mode: str) -> None:
        """Let a node do its work (``run``), pass its input on (``bypass``) or rest (``mute``)."""
        self._known(id)
        if mode not in MODES:
            raise GraphError(f"{mode!r} is not one of: {', '.join(MODES)}", id)
        self._put(id, replace(self.nodes[id], mode=mode))

    def set_keep(self, id: str, keep: str) -> None:
        """Keep the results of a node as they are worth it (``auto``), always or never."""
        self._known(id)
        if keep not in POLICIES:
            raise GraphError(f"{keep!r} is not one of: {', '.join(POLICIES)}", id)
        self._put(id, replace(self.nodes[id], keep=keep))

    def set_title(self, id: str, title: str) -> None:
        """Give a node a title for people; an empty one takes it away."""
        self._known(id)
        self._put(id, replace(self.nodes[id], title=title))

    def link(self, source: str, output: str, target: str, name: str) -> None:
        """Feed a socket or scalar parameter. Raises GraphError saying why it cannot be."""
        problem = self.why_not(source, output, target, name)
        if problem:
            raise GraphError([problem])
        self._connect((target, name), (source, output))

    def unlink(self, target: str, name: str) -> None:
        """Remove the link that feeds a socket or parameter."""
        source = self.links.pop((target, name), None)
        if source is None:
            raise GraphError("nothing feeds this", f"{target}.{name}")
        self._own_index()
        self._consumers[source[0]] = self._consumers[source[0]] - {(target, name)}
        self._sources[target] = self._sources[target] - {name}
        self._view = None

    def why_not(self, source: str, output: str, target: str, name: str) -> Problem | None:
        """Why that link cannot be made, or None."""
        problem = self._no_end(source, output, target, name) or self._already_fed(target, name)
        return problem or self.cannot_feed(source, output, target, name)

    def cannot_feed(self, source: str, output: str, target: str, name: str) -> Problem | None:
        """Why that link cannot be made even where it replaces the one that is there, or None."""
        problem = self._no_end(source, output, target, name)
        problem = problem or self.misfit(source, output, target, name)
        if problem:
            return problem
        path = find_way(self, target, source)
        if path:
            return Problem(f"would close a loop: {' → '.join([*path, target])}", target, name)
        return None

    def _no_end(
        self, source: str, output: str, target: str, name: str, hint: bool = True
    ) -> Problem | None:
        for id in (source, target):
            if id not in self.nodes:
                link = f"{source}.{output} -> {target}.{name}"
                known = near(id, self.nodes) if hint else ""
                return Problem(f"the link {link} names no node{known}", id)
        return None

    def _already_fed(self, target: str, name: str) -> Problem | None:
        if (target, name) not in self.links:
            return None
        fed = ".".join(self.links[target, name])
        return Problem(f"is already fed by {fed}; remove that link first", target, name)

    def misfit(self, source: str, output: str, target: str, name: str) -> Problem | None:
        """Why the two ends do not fit by name and type, or None. Unknown types fit anything."""
        giver, taker = self.spec(source), self.spec(target)
        out = giver.outputs.get(output) if giver else None
        if giver and not out:
            known = ", ".join(giver.outputs) or "none"
            return Problem(f"has no output {output!r} (its outputs: {known})", source)
        end = taker and (taker.sockets.get(name) or taker.params.get(name))
        if taker and not end:
            known = ", ".join(taker.sockets) or "none"
            return Problem(f"has no socket {name!r} (its sockets: {known})", target)
        if taker and name in taker.params and not taker.params[name].linkable:
            return Problem(
                "is set by hand: only single numbers, texts and choices take a link", target, name
            )
        if not out or not end:
            return None
        wanted = str if getattr(end, "choices", ()) else end.type
        if not fits(out.type, wanted):
            return Problem(
                f"{source}.{output} is of type {type_name(out.type)}, "
                f"{target}.{name} takes {type_name(wanted)}",
                target,
                name,
            )
        return None

    # --- inside ------------------------------------------------------------------------------

    def _put(self, id: str, node: Node) -> None:
        known = id in self.nodes
        self.nodes[id] = node
        if not known:
            self._own_index()
            self._consumers[id], self._sources[id] = set(), set()
            self._view = None

    def _connect(self, target: End, source: End) -> None:
        self._own_index()
        self.links[target] = source
        self._consumers[source[0]] = self._consumers[source[0]] | {target}
        self._sources[target[0]] = self._sources[target[0]] | {target[1]}
        self._view = None

    def _own_index(self) -> None:
        if self._lent:
            self._consumers, self._sources = dict(self._consumers), dict(self._sources)
            self._lent = False

    def _index(self) -> None:
        self._consumers = {id: set() for id in self.nodes}
        self._sources = {id: set() for id in self.nodes}
        self._lent, self._view = False, None
        for target, source in self.links.items():
            self._consumers[source[0]].add(target)
            self._sources[target[0]].add(target[1])

    def _known(self, id: str) -> None:
        if id not in self.nodes:
            raise GraphError(f"there is no such node{near(id, self.nodes)}", id)

    def _snapshot(self) -> dict[str, Any]:
        self._lent = True
        kept = {name: dict(getattr(self, name)) for name in ("nodes", "links")}
        kept |= {name: copy_plain(getattr(self, name)) for name in _CONTENT[2:]}
        return kept | {name: getattr(self, name) for name in _INDEX}

    def _restore(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)


_CONTENT = ("nodes", "links", "meta", "inputs", "groups", "presets", "view", "extra")
_INDEX = ("_consumers", "_sources", "_lent", "_view", "_order")


def _no_parameter(spec: NodeSpec, name: str) -> str:
    known = ", ".join(spec.params) or "none"
    return f"{spec.id} has no parameter {name!r}{near(name, spec.params)} (it has: {known})"
