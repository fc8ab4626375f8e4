"""Nodes become tasks, down to the items of frames, sources first."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.check import check
from graph.errors import GraphError, Problem
from graph.files import list_files, place
from graph.grouping import group_files
from graph.inventory import Inventory, Progress
from graph.keys import canonical, recipe
from graph.model import Graph
from graph.settings import resolve_params, settings
from graph.simplify import holds
from graph.spec import InputFile, NodeSpec, OutputFile, Parameter
from graph.store import Store
from graph.task import State, Task, leaves, ref_text, refer


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
    groups: tuple[tuple[str, int], ...] = ()
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
        self.written: dict[Path, tuple[str, tuple[int, ...], str]] = {}  # by node, item, parameter
        self.read: dict[Path, str] = {}  # input files → a node that reads them

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
            if problem:
                self.nodes[id] = NodePlan(id, node.type, "blocked", (problem.message,))
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
            self.nodes[id] = NodePlan(id, spec.id, "blocked", (str(error.problems[0].message),))

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
        groups: tuple[tuple[str, int], ...] = ()
        read: Any = None
        for name, parameter in spec.params.items():
            if name in fed or not parameter.each:
                continue
            tree, depth = self._listed(id, parameter, params[name])
            if isinstance(parameter.file, InputFile):
                paths = [place(self.folder, path) for path in leaves(tree)]
                self.inventory.look_at(paths, parameter.file.header)
                by = [k for n, p in spec.params.items() if p.grouping for k in params[n] if k]
                if by and depth == 1:
                    header = parameter.file.header
                    headers = [self.inventory.header(path, header) for path in paths]
                    tree, groups, problems = group_files(tree, headers, by)
                    self.problems += [Problem(text, id, name, warning=True) for text in problems]
                    depth = 2
                read = tree
            args.append((name, tree, depth))
        files: dict[str, str] = {}
        level = max((levels for *_, levels in args), default=0)
        maker = _Maker(self, id, spec, params, files)
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
        tree, level, spec = self.trees[id]
        declared = spec.outputs[output].depth
        if level == 0 and declared == 0:
            return (tree, output, ()), 0
        return refer(tree, output), level + declared

    def _listed(self, id: str, parameter: Parameter, value: Any) -> tuple[Any, int]:
        """The items of an ``Each`` parameter as a tree, and its depth."""
        if isinstance(value, str) and isinstance(parameter.file, InputFile):
            try:
                found = list_files(self.folder, value, parameter.file.patterns)
            except OSError as error:
                told = f"{error.filename}: {error.strerror}" if error.strerror else str(error)
                raise GraphError([Problem(told, id, parameter.name)]) from None
            return [str(path) for path in found], 1
        tree, depth = _as_lists(value), _depth(value)
        if not _is_even(tree, depth):
            message = "single values and lists of them stand in one list"
            raise GraphError([Problem(message, id, parameter.name)])
        return tree, depth


class _Maker:
    """Makes the tasks of one node over zipped lists."""

    def __init__(
        self,
        whole: Expansion,
        id: str,
        spec: NodeSpec,
        params: dict[str, Any],
        files: dict[str, str],
    ) -> None:
        self.whole = whole
        self.id = id
        self.spec = spec
        self.params = {n: value for n, value in params.items() if not spec.params[n].grouping}
        self.files = files
        self.record_params: dict[str, Any] = {}
        node = whole.graph.nodes.get(id)
        self.keep = node.keep if node else "auto"
        self.lazy = {
            n for n, s in spec.sockets.items() if s.when and holds(s.when.holds, params) is None
        }
        self.partial = {
            n
            for n, s in spec.sockets.items()
            if s.partial and (s.partial.when is None or holds(s.partial.when, params))
        }
        self.outputs = [n for n, p in spec.params.items() if isinstance(p.file, OutputFile)]
        self.headers = {
            n: p.file.header for n, p in spec.params.items() if isinstance(p.file, InputFile)
        }
        self.reads = list(self.headers)
        fixed = {}
        for name, value in params.items():
            parameter = spec.params[name]
            if parameter.kind == "file" or parameter.each or parameter.grouping:
                if parameter.kind != "file":
                    self.record_params[name] = _as_lists(value)
                continue
            try:
                fixed[name] = canonical(value)
            except (TypeError, ValueError) as error:
                raise GraphError([Problem(str(error), id, name)]) from None
            self.record_params[name] = value if parameter.kind != "any" else fixed[name]
        self.fixed = fixed

    def build(self, args: list[tuple[str, Any, int]], level: int, index: tuple[int, ...]) -> Any:
        """A task, or a list of what the next level gives."""
        if level == 0:
            return self._make({name: tree for name, tree, _ in args}, index)
        lengths = {name: len(tree) for name, tree, levels in args if levels}
        repeats = {s.name for s in self.spec.sockets.values() if s.repeat}
        strict = [length for name, length in lengths.items() if name not in repeats]
        count = max(strict or lengths.values())
        fits = all(
            length == count or (name in repeats and 0 < length < count)
            for name, length in lengths.items()
        )
        if count and not fits:
            shown = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            where = f" (in item {'.'.join(str(i + 1) for i in index)})" if index else ""
            raise GraphError([Problem(f"the lists are of unequal length{where}: {shown}", self.id)])
        result = []
        for i in range(count):
            inner = [
                (name, tree[i % len(tree)], levels - 1) if levels else (name, tree, 0)
                for name, tree, levels in args
            ]
            result.append(self.build(inner, level - 1, (*index, i)))
        return result

    def _make(self, args: dict[str, Any], index: tuple[int, ...]) -> Task:
        spec, whole = self.spec, self.whole
        error = None
        params = dict(self.params)
        texts = self.fixed
        for name in self.params:
            if name in args:  # an item of an Each parameter
                params[name] = args[name]
                if name not in self.reads:
                    try:
                        texts = {**texts, name: canonical(args[name])}
                    except (TypeError, ValueError) as fault:
                        raise GraphError([Problem(str(fault), self.id, name)]) from None
        digests = []
        for name in self.reads:
            if params.get(name) is None:
                digests.append("")
                continue
            path = place(whole.folder, params[name])
            params[name] = path
            whole.read.setdefault(path, self.id)
            whole.inventory.look_at([path], self.headers[name])
            try:
                digests.append(whole.inventory.digest(path))
                self.files[str(path)] = digests[-1]
            except OSError as fault:
                error = _file_error(fault, path)
                digests.append(f"missing {path}")
        inputs = [
            (name, args[name])
            for name in (*spec.sockets, *spec.params)
            if name in args and name not in self.params
        ]
        params_text = "{" + ",".join(f'"{name}":{texts[name]}' for name in sorted(texts)) + "}"
        inputs_text = "[" + ",".join(f'["{name}",{ref_text(tree)}]' for name, tree in inputs) + "]"
        if self.outputs and index:  # equal items still write a file each
            digests.append(f"item {index}")
        key = recipe(spec.id, spec.version, params_text, inputs_text, digests)
        if not spec.repeatable or error:
            key = recipe(spec.id, spec.version, params_text, f'"{uuid.uuid4().hex}"', digests)
        known = whole.tasks.get(key)
        if known:
            known.keep = max(known.keep, self.keep, key=("never", "auto", "keep").index)
            return known
        task = Task(self.id, spec, index, inputs, params, params_text, digests)
        task.key, task.inputs_text, task.error = key, inputs_text, error
        task.keep = self.keep
        if self.lazy:
            task.lazy = frozenset(name for name, _ in inputs if name in self.lazy)
        if self.partial:
            task.partial = frozenset(name for name, _ in inputs if name in self.partial)
        if self.reads:
            headers = (
                whole.inventory.header(params[name], self.headers[name])
                for name in self.reads
                if params.get(name)
            )
            task.nbytes = next((h["nbytes"] for h in headers if "nbytes" in h), None)
        for name in self.outputs:
            self._place_output(task, name)
        whole.tasks[key] = task
        return task

    def _place_output(self, task: Task, name: str) -> None:
        if task.params.get(name) is None:
            return
        text = str(task.params[name])
        if "{index}" in text:
            text = text.replace("{index}", "_".join(f"{i + 1:04d}" for i in task.index) or "0001")
        path = place(self.whole.out, text)
        other = self.whole.written.setdefault(path, (task.node, task.index, name))
        if other[:2] != (task.node, task.index):
            hint = "; put {index} into the name" if task.index else f", by {other[0]} too"
            raise GraphError([Problem(f"{path} would be written twice{hint}", self.id, name)])
        task.outputs[name] = path
        task.params[name] = path


def _file_error(error: OSError, path: Path) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the file {path} does not exist"
    return f"the file {path} cannot be read: {error.strerror or error}"


def _digest(keys: Iterable[str]) -> str:
    return hashlib.sha256("".join(keys).encode()).hexdigest()


def _as_lists(value: Any) -> Any:
    return [_as_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _depth(value: Any) -> int:
    if not isinstance(value, list | tuple):
        return 0
    return 1 + max((_depth(item) for item in value), default=0)


def _is_even(tree: Any, depth: int) -> bool:
    if depth == 0:
        return not isinstance(tree, list)
    return isinstance(tree, list) and all(_is_even(below, depth - 1) for below in tree)
