"""From the file format of then to that of today, one step after the other.

When the format changes: raise ``VERSION`` by one, add the function that turns a document of the
version before into one of the new version to ``STEPS``, and keep a file of the old version in
``tests/format`` for ever. A step gets the whole document as plain data and returns the new one;
it must not fail on what it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graph.errors import GraphError

Step = Callable[[dict[str, Any]], dict[str, Any]]

#: The format version that is written.
VERSION = 1

#: Version of a document → what makes it one of the next version. Version 1 was the first.
STEPS: Mapping[int, Step] = {}


def migrate(
    document: dict[str, Any], steps: Mapping[int, Step] | None = None, version: int | None = None
) -> dict[str, Any]:
    """The document in today's format (or in ``version``, by ``steps``).

    Raises GraphError when it has no version, or one that is newer than today's.
    """
    steps = STEPS if steps is None else steps
    version = VERSION if version is None else version
    found = document.get("version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise GraphError(f"the format version must be a whole number from 1, not {found!r:.60}")
    if found > version:
        raise GraphError(
            f"the graph has format version {found}, and this program reads up to version "
            f"{version}: open it with a newer LinearLink"
        )
    for step in range(found, version):
        document = {**steps[step](document), "version": step + 1}
    return document
