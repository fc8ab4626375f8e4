"""Presets, which PixInsight calls process icons: settings of a node type under a name.

A preset is ``{"type", "version", "params", "note"}``. It stands in the graph (``graph.presets``),
in a small file to share, or in the user's own folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from graph import file
from graph.document import MAX_BYTES, plain, read_json, too_large, write_json
from graph.errors import GraphError, Problem
from graph.migrate import VERSION as GRAPH_VERSION
from graph.model import Graph
from graph.node import Node
from graph.parameters import defaults, near
from graph.registry import Registry
from ui.editor.edits import places
from ui.editor.edits.adding import new_id
from ui.editor.rects import Point

Preset = dict[str, Any]

FORMAT, VERSION = "linearlink-preset", 1
#: of files in the user's folder
ENDING = ".preset.json"


# --- in a graph ----------------------------------------------------------------------------------


def make_preset(graph: Graph, id: str, note: str = "") -> Preset:
    """The settings of a node as a preset: all parameters by name, defaults too."""
    if id not in graph.nodes:
        raise GraphError(f"there is no such node{near(id, graph.nodes)}", id)
    node, spec = graph.nodes[id], graph.spec(id)
    params = (defaults(spec) if spec else {}) | dict(node.params)
    try:
        params = plain(params)
    except (TypeError, ValueError) as error:
        raise GraphError(str(error), id) from None
    return {"type": node.type, "version": node.version, "params": params, "note": note}


def save_preset(graph: Graph, name: str, id: str, note: str = "") -> None:
    """Keep the settings of a node in the graph under a name; one of that name is replaced."""
    graph.presets[_good_name(name)] = make_preset(graph, id, note)


def remove_preset(graph: Graph, name: str) -> None:
    """Remove a preset from the graph. Raises GraphError when there is none of that name."""
    _find(graph, name)
    del graph.presets[name]


def rename_preset(graph: Graph, name: str, new: str) -> None:
    """Give a preset of the graph another name. Raises GraphError for one in use."""
    _find(graph, name)
    if new != name and new in graph.presets:
        raise GraphError(f"there is already a preset {new!r}")
    _good_name(new)
    graph.presets = {new if key == name else key: item for key, item in graph.presets.items()}


def apply_preset(graph: Graph, name: str, id: str, preset: Preset | None = None) -> None:
    """Set all parameters of a node as a preset says; wires stay.

    preset: one from elsewhere than the graph. Raises GraphError when it is of another type.
    """
    if id not in graph.nodes:
        raise GraphError(f"there is no such node{near(id, graph.nodes)}", id)
    found = read_preset(name, preset or _find(graph, name), graph.registry)
    node, spec = graph.nodes[id], graph.spec(id)
    type = spec.id if spec else node.type
    if found.type != type:
        raise GraphError(f"the preset {name!r} is for {found.type}, this is a {type}", id)
    graph.nodes[id] = replace(node, params=dict(found.params), version=found.version)


def add_from_preset(graph: Graph, name: str, at: Point, preset: Preset | None = None) -> str:
    """Add a node with the settings of a preset; its id. preset: one from elsewhere."""
    node = read_preset(name, preset or _find(graph, name), graph.registry)
    with graph.edit():
        id = new_id(graph, node.type)
        graph.load({id: node}, [])
        places.put(graph, id, at)
        return id


def read_preset(name: str, preset: Any, registry: Registry) -> Node:
    """The node that a preset makes, brought up to date. Raises GraphError for a bad one."""
    kept = ("type", "version", "params")
    entry = {key: preset[key] for key in kept if key in preset} if isinstance(preset, dict) else {}
    document = {"format": file.FORMAT, "version": GRAPH_VERSION, "nodes": {"preset": entry}}
    try:
        return file.parse(json.dumps(document), registry).nodes["preset"]
    except GraphError as error:
        found = "; ".join(problem.message for problem in error.problems)
        raise GraphError(f"the preset {name!r} {found}") from None


def _find(graph: Graph, name: str) -> Preset:
    if name not in graph.presets:
        raise GraphError(f"there is no preset {name!r}{near(name, graph.presets)}")
    preset: Preset = graph.presets[name]
    return preset


def _good_name(name: str) -> str:
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise GraphError("a preset needs a name: printable text of up to 200 characters")
    return name


# --- in files ------------------------------------------------------------------------------------


def share_preset(preset: Mapping[str, Preset], path: Path | str) -> None:
    """Write presets, by name, to a file that others can read.

    Raises GraphError for values that a file cannot hold, OSError when it cannot be written.
    """
    sections = {"format": FORMAT, "version": VERSION, "presets": dict(preset)}
    try:
        text = write_json(plain(sections), {"presets": 1})
    except (TypeError, ValueError) as error:
        raise GraphError(f"the preset cannot be shared: {error}") from None
    file.write_text(path, text)


def read_presets(path: Path | str) -> dict[str, Preset]:
    """The presets in a file, by name. Raises GraphError naming the file and what is wrong."""
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise GraphError(too_large())
        return _read(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        found = [Problem(f"is not UTF-8 text (byte {error.start + 1})")]
    except OSError as error:
        found = [Problem(f"cannot be read: {error.strerror or error}")]
    except GraphError as error:
        found = list(error.problems)
    raise GraphError(replace(problem, file=str(path)) for problem in found)


def _read(text: str) -> dict[str, Preset]:
    data, found = read_json(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise GraphError(f'this is no file of presets: it has no "format": "{FORMAT}"')
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise GraphError(f"the format version must be a whole number from 1, not {version!r:.60}")
    if version > VERSION:
        raise GraphError(
            f"the file has format version {version}, and this program reads up to version "
            f"{VERSION}: open it with a newer LinearLink"
        )
    presets = data.get("presets")
    if not isinstance(presets, dict) or not presets:
        raise GraphError("there are no presets in it")
    for name, preset in presets.items():
        if not isinstance(preset, dict) or not isinstance(preset.get("type"), str):
            found.append(Problem(f"the preset {name!r:.60} has no type"))
        elif not isinstance(preset.get("params", {}), dict):
            found.append(Problem(f"the parameters of the preset {name!r:.60} are no object"))
        try:
            _good_name(name)
        except GraphError as error:
            found += error.problems
    if found:
        raise GraphError(found)
    return presets


# --- the user's own ------------------------------------------------------------------------------


def user_folder() -> Path:
    """Where the user's own presets are kept."""
    from platformdirs import user_data_path

    return user_data_path("linearlink", appauthor=False) / "presets"


def list_presets(folder: Path | None = None) -> tuple[dict[str, Preset], list[Problem]]:
    """The user's presets by name, sorted, and what is wrong with files that were passed over."""
    found: dict[str, Preset] = {}
    problems: list[Problem] = []
    for path in sorted((folder or user_folder()).glob(f"*{ENDING}")):
        try:
            about = path.stat()
            found |= _read_once(path, about.st_mtime_ns, about.st_size)
        except FileNotFoundError:
            continue
        except GraphError as error:
            problems += error.problems
    return dict(sorted(found.items(), key=lambda item: item[0].casefold())), problems


@lru_cache(maxsize=1024)
def _read_once(path: Path, changed: int, size: int) -> dict[str, Preset]:
    """The presets of a file as it is: the inspector asks whenever something changes."""
    return read_presets(path)


def keep_preset(name: str, preset: Preset, folder: Path | None = None) -> Path:
    """Write a preset to the user's folder; its file. One of that name is replaced."""
    place = _file(_good_name(name), folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    share_preset({name: preset}, place)
    return place


def delete_preset(name: str, folder: Path | None = None) -> None:
    """Delete a preset from the user's folder. Raises GraphError when there is none."""
    try:
        _file(name, folder).unlink()
    except FileNotFoundError:
        raise GraphError(f"you have no preset {name!r}") from None


def _file(name: str, folder: Path | None) -> Path:
    """A file name that any system takes, and no two presets share."""
    plain_name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return (folder or user_folder()) / f"{plain_name or 'preset'}-{mark}{ENDING}"
