"""The nodes of a night: masters first, then a chain over the frames of each stack of lights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graph.errors import GraphError
from graph.model import Graph
from graph.registry import Registry
from ui.night.calibration import Calibration
from ui.night.draft import Draft, Options, Patch, suffix_of
from ui.night.integration import StackChain
from ui.night.match import Matched
from ui.night.sets import FEWEST, FrameSet, plain
from ui.night.stacks import Stack, object_of

_LUMINANCE = ("l", "lum", "luminance")


@dataclass
class Chains:
    """A graph of a night, and how its nodes belong together."""

    graph: Graph
    masters: list[Patch] = field(default_factory=list)
    shared: list[Patch] = field(default_factory=list)
    lights: list[Patch] = field(default_factory=list)
    #: the stack whose frames the reference is chosen from, for each target
    references: list[Stack] = field(default_factory=list)


def make_chains(
    sets: Sequence[FrameSet],
    stacks: Sequence[Stack],
    matched: Sequence[Matched],
    options: Options,
    registry: Registry,
) -> Chains:
    """The graph of a night. Raises GraphError for a reference that is not there."""
    asked = _find_asked(stacks, options.reference)
    draft = Draft(options, registry)
    calibration = Calibration(draft, matched)
    calibration.make_masters(sets)
    chains = Chains(draft.graph, calibration.patches)
    targets = targets_of(stacks)
    made: list[StackChain] = []
    for of_target in targets:
        made += _make_target(draft, calibration, chains, of_target, asked, len(targets) > 1)
    rows = [source for chain in made for source in chain.summaries]
    patch = Patch("The night, in a table")
    joined = draft.join(patch, (0, 0), "summaries", rows)
    gather = draft.add(patch, (1, 0), "night", "report.gather",
                       names=[chain.stack.name for chain in made])  # fmt: skip
    draft.link(*joined, gather, "tables")
    draft.save(patch, (2, 0), (gather, "table"), "night", "csv")
    chains.shared.append(patch)
    return chains


def targets_of(stacks: Sequence[Stack]) -> list[list[Stack]]:
    """Stacks of one target each, which share a reference and a canvas."""
    found: dict[str, list[Stack]] = {}
    known = {plain(target) for stack in stacks if (target := object_of(stack.whole))}
    only = next(iter(known)) if len(known) == 1 else ""
    for stack in stacks:
        target = object_of(stack.whole)
        found.setdefault(plain(target) if target else only, []).append(stack)
    return list(found.values())


def choose_reference(stacks: Sequence[Stack]) -> Stack:
    """The stack that the reference is chosen from: L, or the one of most frames."""
    luminance = [
        one
        for one in stacks
        if plain(one.whole.first.filter) in _LUMINANCE and len(one.whole.frames) >= FEWEST
    ]
    return max(luminance or stacks, key=lambda one: (len(one.whole.frames), -stacks.index(one)))


def _make_target(
    draft: Draft,
    calibration: Calibration,
    chains: Chains,
    stacks: list[Stack],
    asked: tuple[Stack, int] | None,
    several: bool,
) -> list[StackChain]:
    """Chains of all stacks of one target, with one reference and one canvas."""
    chosen, number = asked if asked and asked[0] in stacks else (choose_reference(stacks), 0)
    chains.references.append(chosen)
    made = [StackChain(draft, calibration, stack) for stack in stacks]
    of_reference = made[stacks.index(chosen)]
    suffix = suffix_of(chosen.name) if several else ""
    target = object_of(chosen.whole)
    about = f" of {target}" if several and target else ""
    patch = Patch(f"Reference{about}: {chosen.name}")
    by = {"by": "number", "number": number} if number else {}
    reference = draft.add(patch, (0, 0), f"reference{suffix}", "quality.choose_reference", **by)
    draft.link(of_reference.stars, "stars", reference, "stars")
    draft.link(of_reference.quality, "quality", reference, "qualities")
    for chain in made:
        chain.match_frames(reference)
    # Of the reference's own rectangle one set tells all, and others need not wait for it.
    telling = [of_reference] if draft.options.framing == "reference" else made
    transforms = draft.join(
        patch, (1, 0), f"transforms{suffix}", [(chain.match, "transform") for chain in telling]
    )
    canvas = draft.add(
        patch, (2, 0), f"canvas{suffix}", "register.canvas", framing=draft.options.framing
    )
    draft.link(*transforms, canvas, "transforms")
    for chain in made:
        chain.integrate(canvas)
    coverage = draft.join(
        patch, (3, 0), f"coverage{suffix}", [(chain.stacked, "coverage") for chain in made]
    )
    for chain in made:
        chain.finish(coverage)
    chains.shared.append(patch)
    chains.lights += [chain.patch for chain in made]
    return made


def _find_asked(stacks: Sequence[Stack], wanted: str | None) -> tuple[Stack, int] | None:
    """The stack and the number of the frame (from 1; 0 for the best) that the user asks for."""
    if wanted is None:
        return None
    for stack in stacks:
        names = [stack.name, *(one.name for one in stack.sets)]
        if wanted.casefold() in (*map(str.casefold, names), plain(stack.whole.first.filter)):
            return stack, 0
        for number, frame in enumerate(stack.whole.frames, 1):
            if wanted in (frame.path.name, frame.path.stem, str(frame.path)):
                return stack, number
    known = ", ".join(stack.name for stack in stacks)
    raise GraphError(f"no set of lights and no light is named {wanted!r}; the sets are {known}")
