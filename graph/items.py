"""The tasks of one node, down to the items of its lists."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError, Problem
from graph.files import place
from graph.keys import canonical, recipe
from graph.simplify import holds
from graph.spec import InputFile, NodeSpec, OutputFile
from graph.task import Task, ref_text

if TYPE_CHECKING:
    from graph.expansion import Expansion


class ItemMaker:
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
                    self.record_params[name] = as_lists(value)
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
        names = {name: self._name_output(params[name], index) for name in self.outputs}
        if index:  # equal items still write a file each
            digests += [f"to {name}" for name in names.values()]
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
        for name, text in names.items():
            if text is not None:
                self._place_output(task, name, text)
        whole.tasks[key] = task
        return task

    def _name_output(self, value: Any, index: tuple[int, ...]) -> str | None:
        """The name of an output file: with ``{index}``, ``{group}`` and ``{name}`` of the item."""
        if value is None:
            return None
        text = str(value)
        if "{index}" in text:
            text = text.replace("{index}", "_".join(f"{i + 1:04d}" for i in index) or "0001")
        if "{group}" in text:
            groups = self.whole.groups[self.id]
            text = text.replace("{group}", groups[index[0]] if groups else "all")
        if "{name}" in text:
            tree, depth = self.whole.origins[self.id]
            if not depth or depth != len(index):
                message = "{name} stands for the file of a frame, and these come from no single one"
                raise GraphError([Problem(message, self.id)])
            for place in index:
                tree = tree[place]
            text = text.replace("{name}", Path(tree).stem)
        return text

    def _place_output(self, task: Task, name: str, text: str) -> None:
        path = place(self.whole.out, text)
        other = self.whole.written.setdefault(path, (task.node, task.index, name))
        if other[:2] != (task.node, task.index):
            hint = (
                "; put {index} or {group} into the name" if task.index else f", by {other[0]} too"
            )
            raise GraphError([Problem(f"{path} would be written twice{hint}", self.id, name)])
        task.outputs[name] = path
        task.params[name] = path


def _file_error(error: OSError, path: Path) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the file {path} does not exist"
    return f"the file {path} cannot be read: {error.strerror or error}"


def as_lists(value: Any) -> Any:
    """Tuples as lists, all the way down."""
    return [as_lists(item) for item in value] if isinstance(value, list | tuple) else value
