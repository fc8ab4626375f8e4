"""Loading node types: our own families, and other people's packs by entry points."""

from __future__ import annotations

import importlib
import logging

from graph.registry import Registry
from nodes import FAMILIES

GROUP = "linearlink.nodes"


def load_registry(packs: bool = True) -> Registry:
    """Every node type installed. A pack that cannot be loaded is left out with a warning.

    A pack names a module of nodes in its ``pyproject.toml``:

        [project.entry-points."linearlink.nodes"]
        mine = "my_package.my_nodes"
    """
    registry = Registry()
    for family in FAMILIES:
        registry.add_module(importlib.import_module(family))
    if packs:
        from importlib.metadata import entry_points

        for entry in entry_points(group=GROUP):
            try:
                registry.add_module(entry.load())
            except Exception as error:  # a pack may fail in any way; the rest must go on
                logging.getLogger("linearlink").warning(
                    "The node pack %r (%s) cannot be loaded: %s", entry.name, entry.value, error
                )
    return registry
