"""Nodes become tasks, down to the items of frames, sources first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.check import check
from graph.errors import GraphError, Problem
from graph.files import list_files, place
from graph.grouping import group_files
from graph.inventory import Inventory, Progress
from graph.items import ItemMaker, as_lists
from graph.model import Graph
from graph.settings import resolve_params, settings
from graph.spec import InputFile, NodeSpec, Parameter
from graph.store import Store
from graph.task import State, Task, leaves, refer

#: header values that files have in common, and the number of these files
Groups = tuple[tuple[str, int], ...]


@dataclass
class NodePlan:
    """What happens to one node, and why."""

    id: str
    type: str
    state: State
    reasons: tuple[str, ...] = ()
    tasks: Any = None  # a Task, or nested lists of them
    items: int = 1
    to_run: int = 0
    record: dict[str, Any] = field(default_factory=dict)
    #: the visible node that an implicit one belongs to
    implicit_of: str | None = None
    #: header values by which its files stand in groups, and the number of files of each
    groups: Groups = ()
    #: the file of every item, in lists as the tasks are, of a node that reads a list of files
    read: Any = None

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return "; ".join(self.reasons)


class Expansion:
    """Turns the nodes that the targets need into tasks, sources first."""

    def __init__(
        self, graph: Graph, store: Store, folder: Path, out: Path, progress: Progress | None = None
    ) -> None:
        self.graph = graph
        self.inventory = Inventory(store, progress)
        self.folder = folder
        self.out = out
        self.nodes: dict[str, NodePlan] = {}
        self.tasks: dict[str, Task] = {}
        self.problems: list[Problem] = []
        self.trees: dict[str, tuple[Any, int, NodeSpec]] = {}  # tasks, depth of mapping, type
        self.joined: dict[str, tuple[list[Any], int]] = {}  # references of nodes that join lists
        self.written: dict[Path, tuple[str, tuple[int, ...], str]] = {}  # by node, item, parameter
        self.read: dict[Path, str] = {}  # input files → a node that reads them
        self.groups: dict[str, list[str]] = {}  # names of the groups over which a node is mapped
        self.origins: dict[str, tuple[Any, int]] = {}  # files its frames come from, depth of that

    def build(self, wanted: list[str]) -> None:
        order = self.graph.order()
        needed = self.graph.ancestors(wanted)
        self.problems = [p for p in check(self.graph) if p.node in needed]
        broken = {p.node: p for p in reversed(self.problems) if not p.warning}
        for id in order:
            if id not in needed:
                continue
            node = self.graph.nodes[id]
            problem = broken.get(id)
            blocker = next(
                (
                    src
                    for src, _ in self.graph.feeds(id).values()
                    if self.nodes[src].state == "blocked"
                ),
                None,
            )
            spec = self.graph.registry.get(node.type)
            if problem:
                self.nodes[id] = NodePlan(id, node.type, "blocked", (_reason(problem),))
            elif spec and spec.joins:
                self._join(id, spec)
            elif blocker:
                self.nodes[id] = NodePlan(id, node.type, "blocked", (f"blocked by {blocker}",))
            else:
                self._build_node(id)
        self._keep_inputs()

    def _keep_inputs(self) -> None:
        """Block sinks that would write over a file the graph reads."""
        for path, (id, _, name) in self.written.items():
            if path in self.read:
                message = f"{path} is also read, by {self.read[path]}; write to another file"
                self.problems.append(Problem(message, id, name))
                self.nodes[id] = NodePlan(id, self.nodes[id].type, "blocked", (message,))

    def _build_node(self, id: str) -> None:
        graph, node = self.graph, self.graph.nodes[id]
        spec = graph.registry.get(node.type)
        assert spec is not None
        feeds = graph.feeds(id)
        fed: dict[str, tuple[Any, int]] = {
            name: self._outputs(*source) for name, source in feeds.items()
        }
        params = settings(graph, id, spec)[0]
        origin = {name: list(source) for name, source in feeds.items()}
        try:
            self._apply(id, spec, fed, params, origin, None)
        except GraphError as error:
            self.problems += error.problems
            self.nodes[id] = NodePlan(id, spec.id, "blocked", (_reason(error.problems[0]),))

    def _join(self, id: str, spec: NodeSpec) -> None:
        """Make one list of what feeds a node; of what is blocked there is nothing to take."""
        feeds = self.graph.feeds(id)
        linked = [feeds[name] for name in spec.sockets if name in feeds]
        found = [source for source in linked if self.nodes[source[0]].state != "blocked"]
        if not found:
            blocked = ", ".join(source for source, _ in linked)
            reason = f"blocked by {blocked}" if blocked else "nothing is linked to it"
            self.nodes[id] = NodePlan(id, spec.id, "blocked", (reason,))
            return
        lists = [self._outputs(*source) for source in found]
        lists = [(tree, depth) if depth else ([tree], 1) for tree, depth in lists]
        if len({depth for _, depth in lists}) > 1:
            problem = Problem("lists of frames and lists of lists cannot be joined", id)
            self.problems.append(problem)
            self.nodes[id] = NodePlan(id, spec.id, "blocked", (_reason(problem),))
            return
        self.joined[id] = [item for tree, _ in lists for item in tree], lists[0][1]
        files = [self.origins[source] for source, _ in found]
        if all(depth == lists[0][1] for _, depth in files):
            self.origins[id] = [item for tree, _ in files for item in tree], lists[0][1]
        else:
            self.origins[id] = None, 0
        self.groups[id] = []
        keys = [self.nodes[source].record["key"] for source, _ in found]
        count = len(self.joined[id][0])
        self.nodes[id] = NodePlan(
            id, spec.id, "skipped", ("joins lists; nothing runs",), None, count,
            record={"key": _digest(keys)},
        )  # fmt: skip

    def _apply(
        self,
        id: str,
        spec: NodeSpec,
        fed: dict[str, tuple[Any, int]],
        params: dict[str, Any],
        origin: dict[str, Any],
        parent: str | None,
    ) -> None:
        """Make the tasks of a node, its implicit nodes first."""
        for name, socket in spec.sockets.items():
            if socket.implicit and name not in fed:
                below = f"{id}:{name}"
                inner = {key: fed[key] for key in socket.implicit.sockets if key in fed}
                settings, _ = resolve_params(socket.implicit, {}, set(inner))
                inner_origin = {key: origin[key] for key in inner}
                self._apply(below, socket.implicit, inner, settings, inner_origin, id)
                output = next(iter(socket.implicit.outputs))
                fed[name] = self._outputs(below, output)
                origin[name] = [below, output]
        args: list[tuple[str, Any, int]] = []  # name, tree, levels over which it is mapped
        sockets = {name: s for name, s in spec.sockets.items() if s.passed}
        for name in (*sockets, *spec.params):
            if name not in fed:
                continue
            tree, depth = fed[name]
            deep = sockets[name].depth if name in sockets else 0
            for _ in range(deep - depth):
                tree = [tree]  # a single value for a list is a list of one
            args.append((name, tree, max(depth - deep, 0)))
        groups: Groups = ()
        read: Any = None
        for name, parameter in spec.params.items():
            if name in fed or not parameter.each:
                continue
            if isinstance(parameter.file, InputFile):
                tree, depth, groups = self._list_files(id, spec, parameter, params)
                read = tree
            else:
                tree, depth = self._listed(id, parameter, params[name])
            args.append((name, tree, depth))
        self._name_items(
            id,
            read,
            [
                origin[name][0]
                for name, _, levels in args
                if levels and name in origin and not (name in sockets and sockets[name].repeat)
            ],
        )
        files: dict[str, str] = {}
        level = max((levels for *_, levels in args), default=0)
        maker = ItemMaker(self, id, spec, params, files)
        tree = maker.build(args, level, ())
        self.trees[id] = (tree, level, spec)
        tasks = list(leaves(tree)) if level else [tree]
        record = {
            "type": spec.id,
            "version": spec.version,
            "params": maker.record_params,
            "inputs": {
                name: [*origin[name], self.nodes[origin[name][0]].record["key"]] for name in origin
            },
            "files": files,
            "key": tasks[0].key if level == 0 else _digest(task.key for task in tasks),
        }
        self.nodes[id] = NodePlan(
            id, spec.id, "skipped", (), tree, len(tasks), record=record, implicit_of=parent,
            groups=groups, read=read,
        )  # fmt: skip

    def _outputs(self, id: str, output: str) -> tuple[Any, int]:
        """References to an output of all tasks of a node, and how deep a list that is."""
        if id in self.joined:
            return self.joined[id]
        tree, level, spec = self.trees[id]
        declared = spec.outputs[output].depth
        if level == 0 and declared == 0:
            return (tree, output, ()), 0
        return refer(tree, output), level + declared

    def _name_items(self, id: str, read: Any, above: list[str]) -> None:
        """Note of which files and groups the items of a node are: its own, or of what feeds it.

        read: the files it reads itself. above: the nodes over whose frames it is mapped.
        """
        if read is not None:
            self.groups.setdefault(id, [])
            self.origins[id] = read, depth_of(read)
        else:
            self.groups[id] = self.groups[above[0]] if above else []
            self.origins[id] = self.origins[above[0]] if above else (None, 0)

    def _list_files(
        self, id: str, spec: NodeSpec, parameter: Parameter, params: dict[str, Any]
    ) -> tuple[Any, int, Groups]:
        """The files of an ``Each`` parameter as a tree, its depth, and their groups if any."""
        assert isinstance(parameter.file, InputFile)
        tree, depth = self._listed(id, parameter, params[parameter.name])
        header = parameter.file.header
        paths = [place(self.folder, path) for path in leaves(tree)]
        self.inventory.look_at(paths, header)
        by = [k for n, p in spec.params.items() if p.grouping for k in params[n] if k]
        if not by or depth != 1:
            return tree, depth, ()
        headers = [self.inventory.header(path, header) for path in paths]
        tree, groups, self.groups[id], problems = group_files(tree, headers, by)
        self.problems += [Problem(text, id, parameter.name, warning=True) for text in problems]
        return tree, 2, groups

    def _listed(self, id: str, parameter: Parameter, value: Any) -> tuple[Any, int]:
        """The items of an ``Each`` parameter as a tree, and its depth."""
        if isinstance(value, str) and isinstance(parameter.file, InputFile):
            try:
                found = list_files(self.folder, value, parameter.file.patterns)
            except OSError as error:
                told = f"{error.filename}: {error.strerror}" if error.strerror else str(error)
                raise GraphError([Problem(told, id, parameter.name)]) from None
            return [str(path) for path in found], 1
        tree, depth = as_lists(value), depth_of(value)
        if not _is_even(tree, depth):
            message = "single values and lists of them stand in one list"
            raise GraphError([Problem(message, id, parameter.name)])
        return tree, depth


def _reason(problem: Problem) -> str:
    """A mistake at a node, for those who see that it stands there."""
    return f"{problem.name}: {problem.message}" if problem.name else problem.message


def _digest(keys: Iterable[str]) -> str:
    return hashlib.sha256("".join(keys).encode()).hexdigest()


def depth_of(value: Any) -> int:
    if not isinstance(value, list | tuple):
        return 0
    return 1 + max((depth_of(item) for item in value), default=0)


def _is_even(tree: Any, depth: int) -> bool:
    if depth == 0:
        return not isinstance(tree, list)
    return isinstance(tree, list) and all(_is_even(below, depth - 1) for below in tree)
