"""Other values than those of the graph: from the command line and from settings files.

A settings file is JSON; relative paths in it start at its folder:

    {"format": "linearlink-settings", "version": 1,
     "set": {"background.degree": 2}, "input": {"lights": "lights/*.fits"}}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError, Problem

if TYPE_CHECKING:
    from graph.model import End, Graph
    from graph.spec import Parameter

FORMAT, VERSION = "linearlink-settings", 1
KEYS = ("format", "version", "set", "input")
COMMAND_LINE = "command line"

#: where values come from, by node and parameter
Origins = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Setting:
    """A value given to a parameter, and whence.

    outside: a path in it that leaves the folder of its settings file.
    """

    end: End
    value: Any
    origin: str
    outside: str | None = None


def change(graph: Graph, given: Sequence[tuple[str, str]]) -> dict[End, Setting]:
    """Set what ``--set``, ``--input`` and ``--settings`` ask for, in their order: later ones win.

    given: (name of the option, its text). Returns the settings by node and parameter. Raises
    GraphError for what is wrong with one, of a file with everything that is.
    """
    made: dict[End, Setting] = {}
    for option, text in given:
        if option == "settings":
            settings = _read(graph, Path(text))
        else:
            settings = [(_take_input if option == "input" else _take_set)(graph, text)]
        for setting in settings:
            graph.set(*setting.end, setting.value)
            made[setting.end] = setting
    return made


def origins(graph: Graph, settings: Mapping[End, Setting], ids: Iterable[str]) -> Origins:
    """Where each parameter of these nodes has its value from, links apart; by node and name.

    ``command line``, the name of a settings file, ``graph`` or ``default``.
    """
    found: Origins = {}
    for id in ids:
        spec = graph.spec(id) if id in graph.nodes else None  # implicit nodes take no settings
        found[id] = {
            name: settings[id, name].origin
            if (id, name) in settings
            else "graph"
            if name in graph.nodes[id].params
            else "default"
            for name in (spec.params if spec else ())
            if (id, name) not in graph.links
        }
    return found


# --- the command line -----------------------------------------------------------------------------


def _take_input(graph: Graph, text: str) -> Setting:
    name, path = halves(text, "NAME=PATH")
    if not path:
        raise GraphError(f"the input {name!r} is given no path")
    return Setting(_find_input(graph, name), _root(path, Path.cwd()), COMMAND_LINE)


def _take_set(graph: Graph, text: str) -> Setting:
    from graph.parameters import parse

    name, text = halves(text, "NODE.PARAM=VALUE")
    end, parameter = _find_parameter(graph, name)
    if parameter is None:
        return Setting(end, text, COMMAND_LINE)
    try:
        value = parse(parameter, text)
    except ValueError as error:
        raise GraphError([Problem(str(error), *end)]) from None
    return Setting(end, _root(value, Path.cwd()) if parameter.file else value, COMMAND_LINE)


def halves(text: str, form: str) -> tuple[str, str]:
    """What is before and after the equals sign. Raises GraphError naming the form that is due."""
    left, equals, right = text.partition("=")
    if not equals or not left:
        raise GraphError(f"{text!r} is not {form}")
    return left, right


# --- files ----------------------------------------------------------------------------------------


def _read(graph: Graph, path: Path) -> list[Setting]:
    """The settings in a file. Raises GraphError naming the file and every mistake in it."""
    from graph.document import MAX_BYTES, read_json, too_large

    found: list[Problem] = []
    settings: list[Setting] = []
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise GraphError(too_large())
        content, found = read_json(data.decode("utf-8-sig"))
        settings = list(_take_file(graph, content, path, found))
    except GraphError as error:
        found += error.problems
    except UnicodeDecodeError as error:
        found.append(Problem(f"is not UTF-8 text (byte {error.start + 1})"))
    except OSError as error:
        found.append(Problem(f"cannot be read: {error.strerror or error}"))
    if found:
        raise GraphError(replace(problem, file=str(path)) for problem in found)
    return settings


def _take_file(graph: Graph, content: Any, path: Path, found: list[Problem]) -> Iterator[Setting]:
    """Every setting of a file; what is wrong is added to ``found``."""
    from graph.parameters import near, resolve

    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise GraphError(f'these are no LinearLink settings: there is no "format": "{FORMAT}"')
    version = content.get("version")
    if version != VERSION or isinstance(version, bool):
        raise GraphError(f"its version must be {VERSION}, not {version!r:.60}")
    for key in content:
        if key not in KEYS:
            found.append(Problem(f"unknown key {key!r}{near(key, KEYS)}"))
    folder = path.resolve().parent
    for name, value in _section(content, "input", found):
        try:
            yield _place(_find_input(graph, name), value, path, folder)
        except GraphError as error:
            found += error.problems
    for name, value in _section(content, "set", found):
        try:
            end, parameter = _find_parameter(graph, name)
            value = resolve(parameter, value) if parameter else value
            is_path = parameter is not None and parameter.file and value is not None
            yield _place(end, value, path, folder) if is_path else Setting(end, value, path.name)
        except GraphError as error:
            found += error.problems
        except ValueError as error:
            found.append(Problem(str(error), *end))


def _section(content: Mapping[str, Any], key: str, found: list[Problem]) -> list[tuple[str, Any]]:
    section = content.get(key, {})
    if isinstance(section, dict):
        return list(section.items())
    found.append(Problem(f"{key!r} must be an object in braces, not {section!r:.60}"))
    return []


def _place(end: End, value: Any, path: Path, folder: Path) -> Setting:
    """A path or paths of a settings file."""
    from graph.files import leads_out

    texts = list(_texts(value))
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise GraphError([Problem(f"needs the path of a file, not {value!r:.60}", *end)])
    outside = next((text for text in texts if leads_out(text)), None)
    return Setting(end, _root(value, folder), path.name, outside)


def _texts(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    else:
        yield value


# --- both -----------------------------------------------------------------------------------------


def known_node(graph: Graph, id: str) -> str:
    """The id of a node that is there. Raises GraphError with near names for another."""
    from graph.parameters import near

    if id not in graph.nodes:
        known = ", ".join(graph.nodes)
        raise GraphError(f"no node {id!r}{near(id, graph.nodes)} (nodes: {known})")
    return id


def _find_input(graph: Graph, name: str) -> End:
    from graph.parameters import near

    entry = graph.inputs.get(name)
    if entry is None:
        known = ", ".join(graph.inputs) or "none"
        raise GraphError(f"no input {name!r}{near(name, graph.inputs)} (inputs: {known})")
    id, param = str(entry.get("node")), str(entry.get("param"))
    if id not in graph.nodes:
        raise GraphError(f"the input {name!r} names the node {id!r}, which does not exist")
    return id, param


def _find_parameter(graph: Graph, name: str) -> tuple[End, Parameter | None]:
    """What ``node.parameter`` names; no Parameter for one that the file has and its type has not.

    Raises GraphError for no such node or parameter, and for one that a link feeds.
    """
    id, dot, param = name.partition(".")
    if not dot:
        raise GraphError(f"{name!r} is not NODE.PARAM")
    spec = graph.spec(known_node(graph, id))
    if spec is None:
        raise GraphError(f"the type {graph.nodes[id].type!r} is not installed", id)
    if param not in spec.params and param not in graph.nodes[id].params:
        graph.set(id, param, None)  # raises, with the names that exist
    if (id, param) in graph.links:
        raise GraphError([Problem("is fed by a link and cannot be set", id, param)])
    return (id, param), spec.params.get(param)


def _root(value: Any, folder: Path) -> Any:
    """Relative paths start at the folder."""
    from graph.files import place

    if isinstance(value, list | tuple):
        return [_root(item, folder) for item in value]
    return str(place(folder, value)) if isinstance(value, str) else value
