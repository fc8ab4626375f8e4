"""The graph file: UTF-8 JSON that people can read, compare and share.

What this program does not know is kept: node types, parameters, keys of nodes and of the file.
Reading imports, evaluates and unpickles nothing; what is too large is refused (see
``graph.document`` for the other limits).
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from graph.document import MAX_BYTES, plain, read_json, too_large, write_json
from graph.errors import GraphError, Problem
from graph.migrate import VERSION, migrate
from graph.model import End, Graph
from graph.node import MODES, POLICIES, Node
from graph.parameters import defaults
from graph.registry import Registry

FORMAT = "linearlink-graph"
MAX_NODES = 50_000
MAX_LINKS = 200_000

META = ("title", "description", "author", "license")
SECTIONS = ("inputs", "groups", "presets", "view")
KEYS = ("format", "version", *META, "inputs", "nodes", "links", "groups", "presets", "view")
NODE_KEYS = ("type", "version", "title", "mode", "keep", "params")
#: what these keys of a node may be; the first stands for none
_WORDS = {"mode": MODES, "keep": POLICIES}

#: So many levels of these sections have one item a line however short they are.
_OPEN_LEVELS = {"inputs": 1, "nodes": 1, "links": 1, "groups": 1, "presets": 1, "view": 2}


# --- reading -------------------------------------------------------------------------------------


def read(path: Path | str, registry: Registry) -> Graph:
    """The graph in a file. Raises GraphError naming the file and every mistake in it."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise GraphError(too_large())
        return parse(data.decode("utf-8-sig"), registry)
    except GraphError as error:
        raise GraphError(replace(found, file=str(path)) for found in error.problems) from None
    except UnicodeDecodeError as error:
        found = Problem(f"is not UTF-8 text (byte {error.start + 1})", file=str(path))
        raise GraphError([found]) from None
    except OSError as error:
        found = Problem(f"cannot be read: {error.strerror or error}", file=str(path))
        raise GraphError([found]) from error


def parse(text: str, registry: Registry) -> Graph:
    """The graph that a text of the file format holds.

    Older formats and nodes are brought up to date, former ids of node types are followed. Values
    that do not fit their parameter and links that do not fit their sockets are judged by
    ``check``, so that such a graph can be opened and repaired. Raises GraphError with everything
    else that is wrong; nothing is half read.
    """
    data, found = read_json(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise GraphError(f'this is not a LinearLink graph: it has no "format": "{FORMAT}"')
    data = migrate(data)
    nodes, links = _take(data, "nodes", dict, found), _take(data, "links", list, found)
    if len(nodes) > MAX_NODES or len(links) > MAX_LINKS:
        raise GraphError(
            f"the graph has {len(nodes):,} nodes and {len(links):,} links; "
            f"the limits are {MAX_NODES:,} and {MAX_LINKS:,}"
        )
    graph = Graph(registry)
    graph.meta = {key: _take(data, key, str, found) for key in META if key in data}
    for section in SECTIONS:
        setattr(graph, section, _take(data, section, dict, found))
    for name, entry in graph.inputs.items():
        _check_input(name, entry, found)
    graph.extra = {key: value for key, value in data.items() if key not in KEYS}
    placed = {id: _read_node(id, entry, registry, found) for id, entry in nodes.items()}
    try:
        graph.load(placed, [ends for link in links if (ends := _read_link(link, found))])
    except GraphError as error:
        found += error.problems
    if found:
        raise GraphError(found)
    return graph


_KINDS: dict[type[Any], str] = {
    dict: "an object in braces",
    list: "a list in brackets",
    str: "text",
}


def _take(
    data: Mapping[str, Any],
    key: str,
    kind: type[Any],
    found: list[Problem],
    node: str | None = None,
) -> Any:
    """The value of a key; an empty one where it is missing, or of another kind and noted."""
    if key not in data:
        return kind()
    value = data[key]
    if isinstance(value, kind):
        return value
    found.append(Problem(f"{key!r} must be {_KINDS[kind]}, not {value!r:.60}", node))
    return kind()


def _check_input(name: str, entry: Any, found: list[Problem]) -> None:
    ends = [entry.get(key) for key in ("node", "param")] if isinstance(entry, dict) else [None]
    if not all(isinstance(end, str) for end in ends):
        found.append(Problem(f'the input {name!r} must be {{"node": …, "param": …}}'))


def _read_node(id: str, entry: Any, registry: Registry, found: list[Problem]) -> Node:
    """A node of the file; its mistakes are noted and something is returned all the same."""
    if not isinstance(entry, dict):
        found.append(Problem(f"must be {_KINDS[dict]}, not {entry!r:.60}", id))
        return Node("")
    type = _take(entry, "type", str, found, id)
    if not type and "type" not in entry:
        found.append(Problem("has no type", id))
    params = _take(entry, "params", dict, found, id)
    title = _take(entry, "title", str, found, id)
    spec = registry.get(type)
    version = entry.get("version", spec.version if spec else 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        found.append(Problem(f"its version must be a whole number from 1, not {version!r:.60}", id))
    elif spec:
        type = spec.id
        if version < spec.version:
            if spec.upgrade:
                try:
                    params = dict(spec.upgrade(dict(params), version))
                except Exception as error:
                    found.append(
                        Problem(
                            f"its parameters cannot be brought from version {version} of "
                            f"{spec.id} to version {spec.version}: {error!r:.200}",
                            id,
                        )
                    )
            version = spec.version
    extra = {key: value for key, value in entry.items() if key not in NODE_KEYS}
    mode, keep = (_read_word(id, entry, key, found) for key in _WORDS)
    return Node(type, params, version, title, extra, mode, keep)


def _read_word(id: str, entry: Mapping[str, Any], key: str, found: list[Problem]) -> str:
    words = _WORDS[key]
    word = entry.get(key, words[0])
    if word not in words:
        shown = ", ".join(words)
        found.append(Problem(f"its {key} must be one of: {shown}; not {word!r:.60}", id))
        return words[0]
    return str(word)


def _read_link(link: Any, found: list[Problem]) -> tuple[End, End] | None:
    """The fed and the feeding end of ``a.image -> b.image``."""
    if isinstance(link, str):
        source, _, target = (part.strip() for part in link.partition("->"))
        giver, _, output = source.partition(".")
        taker, _, name = target.partition(".")
        parts = (giver, output, taker, name)
        if all(parts) and not any("." in part or "->" in part for part in parts):
            return (taker, name), (giver, output)
    found.append(Problem(f"the link {link!r:.120} must read 'node.output -> node.socket'"))
    return None


# --- writing -------------------------------------------------------------------------------------


def serialize(graph: Graph) -> str:
    """The text of a graph: all parameters by name, defaults too.

    Raises GraphError naming every value that a file cannot hold.
    """
    found: list[Problem] = []
    places = {id: place for place, id in enumerate(graph.nodes)}
    links = sorted(graph.links.items(), key=lambda link: (places[link[0][0]], link[0][1]))
    sections: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    sections |= {key: graph.meta[key] for key in META if key in graph.meta}
    sections["inputs"] = graph.inputs
    sections["nodes"] = {id: _node_entry(graph, id, found) for id in graph.nodes}
    sections["links"] = [
        f"{source}.{output} -> {target}.{name}" for (target, name), (source, output) in links
    ]
    sections |= {"groups": graph.groups, "presets": graph.presets, "view": graph.view}
    sections |= {key: value for key, value in graph.extra.items() if key not in KEYS}
    for key in sections:
        if key not in ("nodes", "links"):
            sections[key] = _plain(sections[key], found, None, key)
    if found:
        raise GraphError(found)
    return write_json(sections, _OPEN_LEVELS)


def _node_entry(graph: Graph, id: str, found: list[Problem]) -> dict[str, Any]:
    node = graph.nodes[id]
    spec = graph.registry.get(node.type)
    params = dict(node.params)
    if spec:
        known = defaults(spec) | params
        params = {name: known[name] for name in spec.params if name in known} | params
    entry: dict[str, Any] = {"type": node.type, "version": node.version}
    if node.title:
        entry["title"] = node.title
    for key, words in _WORDS.items():
        if (word := getattr(node, key)) != words[0]:
            entry[key] = word
    entry["params"] = {name: _plain(value, found, id, name) for name, value in params.items()}
    for key, value in node.extra.items():
        if key not in NODE_KEYS:
            entry[key] = _plain(value, found, id, key)
    return entry


def _plain(value: Any, found: list[Problem], node: str | None, name: str) -> Any:
    try:
        return plain(value)
    except (TypeError, ValueError) as error:
        found.append(Problem(str(error), node, name))
        return None


def write(graph: Graph, path: Path | str) -> None:
    """Save a graph: written aside, then renamed, so that the file is the old or the new one whole.

    Raises GraphError for values that a file cannot hold and OSError when it cannot be written.
    """
    write_text(path, serialize(graph))


def write_text(path: Path | str, text: str) -> None:
    """Write a file aside and rename it, so that it is the old or the new one whole.

    Raises OSError, naming the file, when it cannot be written.
    """
    place = Path(os.path.realpath(path))  # a link keeps pointing to the file
    aside = place.with_name(f".{place.name[:100]}.{uuid.uuid4().hex[:8]}")
    try:
        with aside.open("xb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            shutil.copymode(place, aside)
        aside.replace(place)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        aside.unlink(missing_ok=True)
