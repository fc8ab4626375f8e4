"""What is edited in words, for the names of steps."""

from __future__ import annotations

from collections.abc import Collection

from ui.editor.edits.places import Mark


def tell(ids: Collection[str], marks: Collection[Mark] = ()) -> str:
    """``background``, ``3 nodes``, ``frame``, ``3 nodes, 1 frame``."""
    counts = {"node": len(ids)}
    for kind in ("frames", "notes"):
        counts[kind.removesuffix("s")] = sum(mark[0] == kind for mark in marks)
    found = [(word, count) for word, count in counts.items() if count]
    if len(found) == 1 and found[0][1] == 1:
        return next(iter(ids), found[0][0])
    return ", ".join(f"{count} {word}{'s' * (count > 1)}" for word, count in found) or "nothing"
