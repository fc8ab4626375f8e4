"""What the store knows of a result beside its content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)  # not frozen: that costs microseconds a node
class Entry:
    """One result: how it was made, in plain text, and the digests of its outputs.

    outputs: by name, a digest, or nested lists of digests for frames.
    written: digests of the files a sink wrote, by parameter.
    """

    key: str
    content: str
    type: str
    version: int
    params: str
    inputs: str
    outputs: dict[str, Any]
    seconds: float = 0.0
    nbytes: int = 0
    warnings: tuple[str, ...] = ()
    written: dict[str, str] = field(default_factory=dict)

    def digests(self) -> Iterator[str]:
        """Every digest among the outputs."""
        pending = list(self.outputs.values())
        while pending:
            item = pending.pop()
            if isinstance(item, str):
                yield item
            else:
                pending += item
