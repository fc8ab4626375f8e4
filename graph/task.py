"""One application of a node type, and how tasks refer to one another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from graph.entry import Entry
from graph.keys import by_content, file_digest
from graph.spec import NodeSpec
from graph.store import Store

State = Literal["cached", "run", "blocked", "skipped"]


class Task:
    """One application of a node type to known inputs."""

    __slots__ = (
        "conditional",
        "entry",
        "error",
        "files",
        "index",
        "inputs",
        "inputs_text",
        "keep",
        "key",
        "lasting",
        "lazy",
        "nbytes",
        "node",
        "outputs",
        "params",
        "params_text",
        "partial",
        "sources",
        "spec",
        "state",
    )

    def __init__(
        self,
        node: str,
        spec: NodeSpec,
        index: tuple[int, ...],
        inputs: list[tuple[str, Any]],
        params: dict[str, Any],
        params_text: str,
        files: list[str],
    ) -> None:
        self.node = node
        self.spec = spec
        self.index = index
        self.inputs = inputs  # (name, Ref or nested lists of Ref) in the order of the signature
        self.params = params
        self.params_text = params_text
        self.files = files
        self.key = ""
        self.inputs_text = ""
        self.outputs: dict[str, Path] = {}
        self.entry: Entry | None = None
        self.error: str | None = None
        self.state: State = "skipped"
        self.keep = "auto"  # what the graph says of its node
        self.nbytes: int | None = None  # of the value that a reader will give, by its header
        self.lazy: frozenset[str] = frozenset()  # sockets of which the run decides if they are read
        self.partial: frozenset[str] = frozenset()  # list sockets that take what could be made
        self.conditional = False  # whether it runs only if some lazy socket asks for it
        #: the tasks whose outputs it takes, each once
        self.sources = tuple(dict.fromkeys(ref[0] for ref in self.refs()))
        #: whether the next plan will give it the same key
        self.lasting: bool = spec.repeatable and all(source.lasting for source in self.sources)

    def refs(self) -> Iterator[Ref]:
        """Every output it takes."""
        for _, tree in self.inputs:
            yield from leaves(tree)

    def sources_of(self, names: Collection[str]) -> tuple[Task, ...]:
        """The tasks that feed these sockets, each once."""
        trees = (tree for name, tree in self.inputs if name in names)
        return tuple(dict.fromkeys(ref[0] for tree in trees for ref in leaves(tree)))

    def eager(self) -> tuple[Task, ...]:
        """The tasks that it needs in any case."""
        if not self.lazy:
            return self.sources
        return self.sources_of([name for name, _ in self.inputs if name not in self.lazy])

    def __str__(self) -> str:
        place = ".".join(str(i + 1) for i in self.index)
        return f"{self.node}[{place}]" if place else self.node

    def __repr__(self) -> str:
        return f"<Task {self.node}{list(self.index) or ''} {self.state}>"


#: an output of a task: (task, output, place in the list it returns)
Ref = tuple[Task, str, tuple[int, ...]]


def placed(tree: Any, index: tuple[int, ...] = ()) -> Iterator[tuple[Any, tuple[int, ...]]]:
    """The leaves of nested lists, each with where it stands."""
    if not isinstance(tree, list):
        yield tree, index
        return
    for place, below in enumerate(tree):
        yield from placed(below, (*index, place))


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of nested lists, in order."""
    if not isinstance(tree, list):
        yield tree
        return
    for below in tree:
        yield from leaves(below)


def ref_text(tree: Any) -> str:
    """References as canonical JSON, for keys."""
    if isinstance(tree, list):
        return "[" + ",".join(map(ref_text, tree)) + "]"
    task, output, path = tree
    place = "".join(f",{i}" for i in path)
    return f'["{task.key}","{output}"{place}]'


def refer(tree: Any, output: str) -> Any:
    """A tree of tasks as a tree of references to an output; lists they return are opened."""
    if isinstance(tree, list):
        return [refer(below, output) for below in tree]
    return _open(tree, output, tree.spec.outputs[output].depth, _shape(tree), ())


def _open(task: Task, output: str, depth: int, shape: Any, path: tuple[int, ...]) -> Any:
    if depth == 0:
        return (task, output, path)
    return [
        _open(task, output, depth - 1, below, (*path, i)) for i, below in enumerate(shape or [])
    ]


def _shape(task: Task) -> Any:
    """The list a node returns has the shape of the first list it takes."""
    return next((tree for name, tree in task.inputs if isinstance(tree, list)), None)


def content_key(
    task: Task, inputs: Sequence[tuple[str, Any]], digest_of: Callable[[Ref], str]
) -> str:
    """The second name of a task's result, by the digests of what it was given.

    inputs: those of the task, without what it left unread and what could not be made.
    """

    def text(tree: Any) -> str:
        if isinstance(tree, list):
            return "[" + ",".join(map(text, tree)) + "]"
        return f'"{digest_of(tree)}"'

    taken = "[" + ",".join(f'["{name}",{text(tree)}]' for name, tree in inputs) + "]"
    return by_content(task.spec.id, task.spec.version, task.params_text, taken, task.files)


def files_are_there(task: Task, entry: Entry, store: Store) -> bool:
    """Whether the files that a sink wrote are still what it wrote."""
    for name, path in task.outputs.items():
        try:
            if file_digest(path, store) != entry.written.get(name):
                return False
        except OSError:
            return False
    return True
