"""The node types a graph may use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from graph.parameters import near
from graph.spec import NodeSpec


class Registry:
    """Node types by id. Aliases are followed; the engine is handed one and never makes its own."""

    def __init__(self, functions: Iterable[Callable[..., Any]] = ()) -> None:
        self._specs: dict[str, NodeSpec] = {}
        self._aliases: dict[str, str] = {}
        self._near: dict[str, str] = {}  # the search is slow, and a graph may ask it often
        for function in functions:
            self.add(function)

    def add(self, function: Callable[..., Any]) -> None:
        """Add a function declared with ``@node``. Raises ValueError when its id is taken."""
        spec: NodeSpec = function.spec  # type: ignore[attr-defined]
        known = self._specs.get(spec.id)
        if known and known.function is not spec.function:
            raise ValueError(
                f"the node type {spec.id!r} is declared twice: "
                f"in {known.function.__module__} and in {spec.function.__module__}"
            )
        self._specs[spec.id] = spec
        self._near.clear()
        self._aliases |= dict.fromkeys(spec.aliases, spec.id)

    def add_module(self, module: ModuleType) -> None:
        """Add every node declared in a module."""
        for function in vars(module).values():
            spec = getattr(function, "spec", None)
            if isinstance(spec, NodeSpec) and function.__module__ == module.__name__:
                self.add(function)

    def get(self, type: str) -> NodeSpec | None:
        """The node type of that id or former id, or None."""
        return self._specs.get(type) or self._specs.get(self._aliases.get(type, ""))

    def near(self, type: str) -> str:
        """``; did you mean …?`` for an unknown id."""
        if type not in self._near:
            self._near[type] = near(type, [*self._specs, *self._aliases])
        return self._near[type]

    def __contains__(self, type: str) -> bool:
        return self.get(type) is not None

    def __iter__(self) -> Iterator[NodeSpec]:
        return iter(sorted(self._specs.values(), key=lambda spec: spec.id))

    def __len__(self) -> int:
        return len(self._specs)

    def __reduce__(self) -> Any:
        return Registry, ([spec.function for spec in self],)
