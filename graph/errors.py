"""What can go wrong, as one tree.

LinearLinkError
├── GraphError      a graph, its file or a setting is wrong; carries every problem found
├── RefusedError    refused for safety until the user consents
├── InputError      a node was given data it cannot use
├── RemoteError     a node failed in a worker process
├── WorkerDiedError the worker process of a node ended in the middle of its work
└── Cancelled       the run was cancelled while the node was at work
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class LinearLinkError(Exception):
    """The root of every error that is meant to be read by people."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a graph: where it is, what it is, and what to do about it."""

    message: str
    node: str | None = None
    name: str | None = None  # of the socket or parameter
    warning: bool = False  # does not stop a run
    file: str | None = None  # that holds the graph

    def __str__(self) -> str:
        where = ".".join(part for part in (self.node, self.name) if part)
        return ": ".join(part for part in (self.file, where, self.message) if part)


class GraphError(LinearLinkError):
    """A graph, its file or a setting is wrong. ``problems`` lists every mistake found."""

    def __init__(self, problems: Iterable[Problem] | str, node: str | None = None) -> None:
        if isinstance(problems, str):
            problems = [Problem(problems, node)]
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class RefusedError(LinearLinkError):
    """Something a shared graph asks for that needs the user's consent first."""


class InputError(LinearLinkError, ValueError):
    """A node was given data it cannot use: says what was found, expected, and what to do."""


class RemoteError(LinearLinkError):
    """A function failed in a worker process.

    kind: class of the exception there. message: it in words. trace: the traceback there.
    """

    def __init__(self, kind: str, message: str, trace: str) -> None:
        self.kind = kind
        self.message = message
        self.trace = trace
        super().__init__(message)


class WorkerDiedError(LinearLinkError):
    """A worker process ended in the middle of its work."""


class Cancelled(LinearLinkError):
    """Raised inside a node when the run it belongs to was cancelled."""
