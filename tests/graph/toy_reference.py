"""What graphs of toy nodes mean, by plain recursion from the definitions, however slow.

Nothing of the planner or the executor is used. Lists are one level deep.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from typing import Any

from graph.model import End, Graph
from graph.spec import NodeSpec, Socket
from graph.values import fits

#: a node and the place of one of its items; None for a node that is not mapped
Unit = tuple[str, int | None]
#: an output of a unit, and the place in the list that it returns
Ref = tuple[str, int | None, str, int | None]


class Lost(Exception):
    """A unit gives nothing: its function raised, or something that it needs is lost."""


class Reference:
    """Answers for a graph that nobody edits meanwhile."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._keys: dict[Unit, str] = {}
        self._values: dict[Unit, Any] = {}

    # --- what is left of the graph ---------------------------------------------------------------

    def spec(self, id: str) -> NodeSpec:
        spec = self.graph.spec(id)
        assert spec
        return spec

    def passes(self, id: str) -> bool:
        """Whether a node only passes on what it takes."""
        mode = self.graph.nodes[id].mode
        return mode == "bypass" or (mode == "run" and self.spec(id).through)

    def origin(self, id: str, name: str) -> End | None:
        """What feeds an input in the end, past joints and bypassed nodes."""
        link = self.graph.links.get((id, name))
        if not link or not self.passes(link[0]):
            return link
        output = self.spec(link[0]).outputs[link[1]]
        for socket in self.spec(link[0]).sockets.values():
            if socket.depth == output.depth and fits(socket.type, output.type):
                found = self.origin(link[0], socket.name)
                if found:
                    return found
        return None

    def rests(self, id: str) -> bool:
        """Whether a node is muted, or needs one that is."""
        if self.graph.nodes[id].mode == "mute":
            return True
        spec, unread = self.spec(id), self.never_read(id)
        for name, socket in spec.sockets.items():
            source = self.origin(id, name)
            if source and self.rests(source[0]) and name not in unread and not socket.optional:
                return True
        return False

    def settings(self, id: str) -> dict[str, Any]:
        """The parameters that no link feeds."""
        spec, node = self.spec(id), self.graph.nodes[id]
        found = {}
        for name, parameter in spec.params.items():
            source = self.origin(id, name)
            if not source or self.rests(source[0]):
                value = node.params.get(name, parameter.default)
                real = parameter.type is float and not parameter.each
                found[name] = float(value) if real else value
        return found

    def never_read(self, id: str) -> set[str]:
        """Lazy sockets that the set parameters leave unread in any case."""
        return {name for name in self.lazy(id) if self.holds(id, name, self.settings(id)) is False}

    def lazy(self, id: str) -> list[str]:
        return [name for name, socket in self.spec(id).sockets.items() if socket.when]

    def undecided(self, id: str) -> list[str]:
        """Lazy sockets of which a parameter decides that a link feeds."""
        return [n for n in self.lazy(id) if self.holds(id, n, self.settings(id)) is None]

    def holds(self, id: str, name: str, params: dict[str, Any]) -> bool | None:
        when = self.spec(id).sockets[name].when
        assert when
        try:
            return bool(when.holds(params))
        except KeyError:
            return None

    def feeds(self, id: str) -> dict[str, End]:
        """What a node takes, in the order of its signature."""
        spec, unread = self.spec(id), self.never_read(id)
        found = {}
        for name in (*spec.sockets, *spec.params):
            source = self.origin(id, name)
            if source and name not in unread and not self.rests(source[0]):
                found[name] = source
        return found

    # --- items -----------------------------------------------------------------------------------

    def count(self, id: str) -> int | None:
        """How many items a node has; None when it is not mapped."""
        spec = self.spec(id)
        for name, (source, output) in self.feeds(id).items():
            if name in spec.params or not spec.sockets[name].depth:
                length = self.length(source, output)
                if length is not None:
                    return length
        for name, value in self.settings(id).items():
            if spec.params[name].each:
                return len(value)
        return None

    def length(self, id: str, output: str) -> int | None:
        """How many values stand on an output; None for a single one."""
        count = self.count(id)
        if count is not None or not self.spec(id).outputs[output].depth:
            return count
        name = next(n for n, s in self.spec(id).sockets.items() if s.depth)
        length = self.length(*self.feeds(id)[name])
        return 1 if length is None else length

    def refs(self, id: str, output: str) -> Ref | list[Ref]:
        length = self.length(id, output)
        if length is None:
            return (id, None, output, None)
        if self.count(id) is None:
            return [(id, None, output, place) for place in range(length)]
        return [(id, place, output, None) for place in range(length)]

    def units(self, id: str) -> list[Unit]:
        count = self.count(id)
        return [(id, None)] if count is None else [(id, place) for place in range(count)]

    def inputs(self, unit: Unit) -> dict[str, Ref | list[Ref]]:
        """What one unit takes by name."""
        id, item = unit
        found: dict[str, Ref | list[Ref]] = {}
        for name, source in self.feeds(id).items():
            refs, socket = self.refs(*source), self.spec(id).sockets.get(name)
            if socket and socket.depth:
                found[name] = refs if isinstance(refs, list) else [refs]
            else:
                found[name] = refs[item] if isinstance(refs, list) and item is not None else refs
        return found

    def params(self, unit: Unit) -> dict[str, Any]:
        """The set parameters of one unit."""
        id, item = unit
        return {
            name: value[item] if self.spec(id).params[name].each else value
            for name, value in self.settings(id).items()
        }

    # --- keys ------------------------------------------------------------------------------------

    def key(self, unit: Unit) -> str:
        if unit not in self._keys:
            spec = self.spec(unit[0])
            inputs = []
            for name, refs in self.inputs(unit).items():
                many = [self._named(ref) for ref in refs] if isinstance(refs, list) else None
                inputs.append([name, self._named(refs) if many is None else many])  # type: ignore[arg-type]
            recipe = ["linearlink-key-1", spec.id, spec.version, self.params(unit), inputs, []]
            text = json.dumps(recipe, separators=(",", ":"), sort_keys=True)
            self._keys[unit] = hashlib.sha256(text.encode()).hexdigest()
        return self._keys[unit]

    def _named(self, ref: Ref) -> list[Any]:
        id, item, output, place = ref
        return [self.key((id, item)), output, *([] if place is None else [place])]

    # --- what runs -------------------------------------------------------------------------------

    def above(self, unit: Unit, names: Collection[str]) -> Iterator[Unit]:
        """The units that feed these inputs."""
        for name, refs in self.inputs(unit).items():
            if name in names:
                for ref in refs if isinstance(refs, list) else [refs]:
                    yield ref[0], ref[1]

    def to_run(self, targets: list[str], stored: Collection[str]) -> tuple[set[str], set[str]]:
        """Keys of what must run for these targets, and of what a choice may ask for."""
        run: set[str] = set()
        perhaps: set[str] = set()
        choices: list[Unit] = []

        def visit(unit: Unit, found: set[str], follow_all: bool) -> None:
            key = self.key(unit)
            if key in stored or key in run or key in found:
                return
            found.add(key)
            lazy = [] if follow_all else self.undecided(unit[0])
            names = [name for name in self.inputs(unit) if name not in lazy]
            choices.extend(self.above(unit, lazy))
            for above in self.above(unit, names):
                visit(above, found, follow_all)

        for id in targets:
            for unit in self.units(id):
                visit(unit, run, False)
        for unit in choices:
            visit(unit, perhaps, True)
        return run, perhaps - run

    # --- values ----------------------------------------------------------------------------------

    def value(self, unit: Unit) -> Any:
        """What the function returns. Raises Lost."""
        if unit not in self._values:
            try:
                self._values[unit] = self._compute(unit)
            except Exception as error:
                self._values[unit] = Lost(str(error))
        found = self._values[unit]
        if isinstance(found, Lost):
            raise found
        return found

    def is_lost(self, unit: Unit) -> bool:
        try:
            self.value(unit)
        except Lost:
            return True
        return False

    def _compute(self, unit: Unit) -> Any:
        spec, inputs = self.spec(unit[0]), self.inputs(unit)
        args = self.params(unit)
        for name in spec.params:
            if name in inputs:
                args[name] = self._value(inputs[name], None)
        unread = {n for n in self.lazy(unit[0]) if not self.holds(unit[0], n, args)}
        for name, socket in spec.sockets.items():
            if name in inputs and name not in unread:
                args[name] = self._value(inputs[name], socket)
            elif socket.when and not socket.optional:
                args[name] = None
        return spec.function(**args)

    def _value(self, refs: Ref | list[Ref], socket: Socket | None) -> Any:
        if not isinstance(refs, list):
            return self._one(refs)
        if not (socket and socket.partial):
            return [self._one(ref) for ref in refs]
        left = [self._one(ref) for ref in refs if not self.is_lost(ref[:2])]
        if refs and not left:
            raise Lost("nothing is left")
        return left

    def _one(self, ref: Ref) -> Any:
        id, item, output, place = ref
        value = self.value((id, item))
        value = getattr(value, output) if self.spec(id).named_outputs else value
        return value if place is None else value[place]
