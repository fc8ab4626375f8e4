"""The whole way from folders to a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import GraphError
from graph.model import Graph
from graph.registry import Registry
from ui.night.chains import make_chains
from ui.night.draft import Options
from ui.night.group import make_sets
from ui.night.layout import lay_out
from ui.night.match import Matched, match_sets
from ui.night.read import Night
from ui.night.sets import FrameSet, Tolerances
from ui.night.stacks import Stack, make_stacks


@dataclass(frozen=True)
class Linked:
    """A night, its sets, what calibrates what, and what is integrated together."""

    night: Night
    sets: list[FrameSet]
    matched: list[Matched]
    stacks: list[Stack]


def link(
    night: Night,
    tolerances: Tolerances | None = None,
    keywords: Sequence[str] = (),
    *,
    by_object: bool = True,
    mix_exposures: bool = False,
    split: Sequence[str] = (),
) -> Linked:
    """Group the frames of a night and match the groups; parameters as of ``make_stacks``.

    Raises GraphError without lights.
    """
    sets = make_sets(night.frames, tolerances, keywords, by_object=by_object)
    if not any(one.type == "light" for one in sets):
        raise GraphError(_why_no_lights(night, sets))
    stacks = make_stacks(
        sets, tolerances, keywords, by_object=by_object, mix_exposures=mix_exposures, split=split
    )
    return Linked(night, sets, match_sets(sets, tolerances, keywords), stacks)


def make_graph(linked: Linked, options: Options, registry: Registry) -> Graph:
    """The graph of a linked night, laid out. Raises GraphError as ``make_chains``."""
    chains = make_chains(linked.sets, linked.stacks, linked.matched, options, registry)
    graph = chains.graph
    lights = [one for one in linked.sets if one.type == "light"]
    names = list(dict.fromkeys(f.object for one in lights for f in one.frames if f.object))
    starts = sorted(f.start for one in lights for f in one.frames if f.start)
    when = f" of {starts[0][:10]}" if starts else ""
    graph.meta["title"] = f"Night{when}{': ' if names else ''}{', '.join(names[:3])}"
    graph.meta["description"] = (
        f"From {sum(len(one.frames) for one in linked.sets)} raw files to "
        f"{len(linked.stacks)} master{'s' if len(linked.stacks) > 1 else ''}: "
        f"{', '.join(stack.name for stack in linked.stacks)}. Written by linearlink night."
    )
    lay_out(chains, _note(linked, chains.references))
    return graph


def _why_no_lights(night: Night, sets: Sequence[FrameSet]) -> str:
    kinds = ", ".join(f"{len(one.frames)} {one.type}" for one in sets)
    found = f"there are only: {kinds}" if kinds else "no file in it is an image that can be used"
    hint = f" ({night.left_out[0].path.name}: {night.left_out[0].why})" if night.left_out else ""
    return (
        f"no lights were found, {found}{hint}; a light is told by IMAGETYP in its header or by "
        "names such as lights/ or Light_…"
    )


def _note(linked: Linked, references: Sequence[Stack]) -> str:
    """What the graph does and what is doubtful, for who opens it."""
    lines = [
        "Left: frames become masters. Right: lights are calibrated set by set, registered to one "
        "reference and integrated by filter.",
        f"The reference is the best frame of {', '.join(one.name for one in references)}.",
    ]
    for one in linked.matched:
        for role, choice in one.choices:
            if choice.set is None:
                lines.append(f"{one.set.name}: no {role}, {choice.why}")
            lines += [f"{one.set.name}, {role} {choice.set and choice.set.name}: {doubt}"
                      for doubt in choice.doubts]  # fmt: skip
    if linked.night.left_out:
        lines.append(f"{len(linked.night.left_out)} files were left out.")
    return "\n".join(lines[:14])
