"""``linearlink night FOLDER … -o GRAPH``."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from graph.errors import GraphError, RefusedError


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser(
        "night",
        help="a graph from the raw files of a night",
        description="Read the raw files below some folders, link lights to darks, flats and "
        "biases by their headers, tell what is linked to what and why, and write the graph that "
        "makes masters of them.",
    )
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="searched with all folders in it"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="GRAPH", help="the graph; without it only the table"
    )
    parser.add_argument(
        "--out", default="masters", metavar="DIR",
        help="where the graph puts results, relative to itself (default: masters)",
    )  # fmt: skip
    parser.add_argument("--table", type=Path, metavar="FILE.csv", help="the table as a file")
    parser.add_argument(
        "--group", action="append", default=[], metavar="KEY",
        help="calibrate frames apart by a header keyword or by KEY_value in names, such as NIGHT "
        "(may be repeated)",
    )  # fmt: skip
    parser.add_argument(
        "--split", action="append", default=[], metavar="KEY",
        help="as --group, and integrate them apart as well",
    )  # fmt: skip
    parser.add_argument(
        "--mix-exposures", action="store_true", help="integrate lights of all exposures together"
    )
    parser.add_argument(
        "--reference", metavar="NAME", help="the set, filter or file that all are registered to"
    )
    parser.add_argument(
        "--framing", choices=("reference", "common", "union"), default="reference",
        help="what the images show, those of all filters alike: what the reference does, what all "
        "lights have in common, or all that any shows (default: reference)",
    )  # fmt: skip
    parser.add_argument(
        "--local", action="store_true",
        help="bring sky and flux of the frames to those of the best, place by place",
    )  # fmt: skip
    parser.add_argument(
        "--drizzle", type=_scale, default=0.0, metavar="K",
        help="also drizzle, on pixels K times as fine; 1 to 4",
    )  # fmt: skip
    parser.add_argument(
        "--mix-targets", action="store_true", help="do not keep lights apart by OBJECT"
    )
    for name, default, of in (
        ("exposure", "2", "exposures of lights in one set, seconds"),
        ("dark", "10", "exposures of a dark and its lights, seconds"),
        ("flat-dark", "0.5", "exposures of a flat dark and its flats, seconds"),
        ("temperature", "2", "temperatures, °C"),
    ):
        parser.add_argument(
            f"--{name}-tolerance", type=partial(_positive, name), default=float(default),
            metavar="X", help=f"{of} (default: {default})",
        )  # fmt: skip
    parser.add_argument(
        "--without", action="append", default=[], type=Path, metavar="FOLDER",
        help="pass a folder over (may be repeated)",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace a graph that differs")
    parser.add_argument("--quiet", action="store_true", help="no table, no progress")
    parser.set_defaults(do=do)


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no tolerance; 0 or more is needed")
    return value


def _scale(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 1 <= value <= 4:
        raise argparse.ArgumentTypeError(f"{text!r} is no scale; 1 to 4 is needed")
    return value


def do(arguments: argparse.Namespace) -> int:
    """Link the night, print the table, write the graph; the exit code."""
    from ui.night.make import link
    from ui.night.read import read_night
    from ui.night.sets import Tolerances
    from ui.night.table import make_rows, to_csv, to_lines
    from ui.opening import reading

    split = [keyword.strip().upper() for keyword in arguments.split]
    grouped = [keyword.strip().upper() for keyword in arguments.group]
    keywords = list(dict.fromkeys([*grouped, *split]))
    output = arguments.output
    own = [path for path in (output, arguments.table) if path]
    if output and arguments.out:
        own.append(output.absolute().parent / arguments.out)
    with reading(arguments.quiet) as progress:
        night = read_night(
            arguments.folders,
            keywords=keywords,
            without=[*arguments.without, *own],
            progress=progress,
        )
    tolerances = Tolerances(
        arguments.exposure_tolerance,
        arguments.dark_tolerance,
        arguments.flat_dark_tolerance,
        arguments.temperature_tolerance,
    )
    linked = link(
        night,
        tolerances,
        keywords,
        by_object=not arguments.mix_targets,
        mix_exposures=arguments.mix_exposures,
        split=split,
    )
    top = arguments.folders[0]
    if not arguments.quiet:
        for line in to_lines(linked, top):
            print(line)
    if arguments.table:
        from graph.file import write_text

        rows = make_rows(linked, top)
        write_text(arguments.table, to_csv(rows))
    if output:
        _write(linked, arguments)
    return 0


def _write(linked: Any, arguments: argparse.Namespace) -> None:
    from graph.check import check
    from graph.file import serialize, write_text
    from graph.files import find_outside
    from ui.night.draft import Options
    from ui.night.make import make_graph
    from ui.packs import load_registry

    path = arguments.output.absolute()
    options = Options(
        path.parent,
        arguments.out.strip("/"),
        arguments.reference,
        arguments.framing,
        arguments.local,
        arguments.drizzle,
    )
    graph = make_graph(linked, options, load_registry())
    problems = [problem for problem in check(graph) if not problem.warning]
    if problems:
        raise GraphError(problems)
    text = serialize(graph)
    if path.exists() and path.read_text("utf-8", "replace") != text and not arguments.overwrite:
        raise RefusedError(
            f"{arguments.output} exists and differs (it may hold changes of yours); add "
            "--overwrite, or choose another name"
        )
    write_text(path, text)
    if not arguments.quiet:
        count = len(linked.stacks)
        images = f"{count} image{'s' * (count > 1)}"
        print(f"{arguments.output}: {len(graph.nodes)} nodes, {images}")
        consent = " --yes" if find_outside(graph) else ""
        why = " (files lie outside its folder)" if consent else ""
        print(f"run it with: linearlink run {arguments.output}{consent}{why}")
