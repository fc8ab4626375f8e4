"""The nodes of a night: masters first, then a chain over the frames of each set of lights."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import GraphError
from graph.model import Graph
from graph.registry import Registry
from ui.night.frame import Frame
from ui.night.match import Choice, Matched
from ui.night.sets import FrameSet, plain

_KINDS = {"bias": "bias", "dark": "dark", "flatdark": "flat dark"}
_LUMINANCE = ("l", "lum", "luminance")
_PLURALS = (
    ("flat_dark", "flat_darks"), ("bias", "biases"), ("dark", "darks"), ("flat", "flats"),
)  # fmt: skip


@dataclass
class Patch:
    """Nodes that stand together in a frame: id → (column, row)."""

    title: str
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass
class Chains:
    """A graph of a night, and how its nodes belong together."""

    graph: Graph
    masters: list[Patch] = field(default_factory=list)
    shared: list[Patch] = field(default_factory=list)
    lights: list[Patch] = field(default_factory=list)
    #: the set whose frames the reference is chosen from, for each target
    references: list[FrameSet] = field(default_factory=list)


@dataclass(frozen=True)
class Options:
    """How the graph is made.

    folder: of the graph file; paths are written relative to it. out: where results go, relative
    to the folder of results of a run. reference: name of a set, or of a file of one, to which all
    frames are registered; None lets the best frame of L or of the largest set be chosen.
    """

    folder: Path
    out: str = "masters"
    reference: str | None = None


def make_chains(
    sets: Sequence[FrameSet], matched: Sequence[Matched], options: Options, registry: Registry
) -> Chains:
    """The graph of a night. Raises GraphError for a reference that is not there."""
    return _Maker(sets, matched, options, registry).make()


def targets_of(lights: Iterable[FrameSet]) -> list[list[FrameSet]]:
    """Sets of lights of one target each, which share a reference."""
    found: dict[str, list[FrameSet]] = {}
    lights = list(lights)
    known = {plain(frame.object) for one in lights for frame in one.frames if frame.object}
    only = next(iter(known)) if len(known) == 1 else ""
    for one in lights:
        target = next((plain(frame.object) for frame in one.frames if frame.object), only)
        found.setdefault(target, []).append(one)
    return list(found.values())


def choose_reference(sets: Sequence[FrameSet]) -> FrameSet:
    """The set that the reference is chosen from: L, or the one of most frames."""
    luminance = [one for one in sets if plain(one.first.filter) in _LUMINANCE]
    return max(luminance or sets, key=lambda one: (len(one.frames), -sets.index(one)))


class _Maker:
    def __init__(
        self,
        sets: Sequence[FrameSet],
        matched: Sequence[Matched],
        options: Options,
        registry: Registry,
    ) -> None:
        self.sets = sets
        self.options = options
        self.matched = {one.set.name: one for one in matched}
        self.chains = Chains(Graph(registry))
        self.graph = self.chains.graph
        self.made: dict[str, str] = {}  # sets of calibration frames → node of their master
        self.summed = ""  # the node that sums up all sets so far
        self.used = {c.set.name for one in matched for _, c in one.choices if c.set}

    def make(self) -> Chains:
        for kind in ("bias", "dark", "flatdark", "flat"):
            for one in self.sets:
                if one.type == kind and one.name in self.used:
                    self.chains.masters.append(self._make_master(one))
        lights = [one for one in self.sets if one.type == "light"]
        targets = targets_of(lights)
        asked = self._find_asked(lights)
        for sets in targets:
            self._make_target(sets, asked, len(targets) > 1)
        save = self._add(
            "save_night", "io.save_table", file=self._place("night.csv"), overwrite=True
        )
        self.graph.link(self.summed, "table", save, "table")
        self.chains.lights[-1].cells[save] = (10, 2)
        return self.chains

    # --- masters -----------------------------------------------------------------------------

    def _make_master(self, one: FrameSet) -> Patch:
        """The nodes of a master, from raw frames or from a file made before."""
        patch = Patch(f"Master {one.name.replace('_', ' ')}: {_count(one)}")
        if one.master:
            patch.title = f"{one.name.replace('_', ' ')}: {one.first.path.name}"
            id = self._add(one.name, "io.load_image", file=self._path(one.first))
            self.made[one.name] = id
            patch.cells[id] = (0, 0)
            return patch
        raw = _plural(one.name)
        source = self._load(patch, raw, one, 0)
        if one.type == "flat":
            matched = self.matched[one.name]
            calibrate = self._calibrate(f"calibrate_{raw}", source, matched)
            if calibrate:
                source = calibrate
                patch.cells[calibrate] = (1, 0)
        if one.type == "flat":
            master = self._add(one.name, "masters.flat", _title(one))
        else:
            master = self._add(one.name, "masters.dark", _title(one), kind=_KINDS[one.type])
        self.graph.link(source, "image", master, "frames")
        patch.cells[master] = (2, 0)
        patch.cells[self._save(master, one.name, one.name)] = (3, 0)
        self.made[one.name] = master
        return patch

    def _calibrate(self, id: str, source: str, matched: Matched) -> str | None:
        """A node that calibrates frames by the masters chosen for them; None without any."""
        chosen = {role: choice for role, choice in matched.choices if choice.set}
        if not chosen:
            return None
        scaled = matched.dark.scaled and matched.dark.set is not None
        params = {"dark_scaling": "optimize"} if scaled else {}
        node = self._add(id, "calibrate.frame", **params)
        self.graph.link(source, "image", node, "image")
        for role, choice in chosen.items():
            self._link_master(choice, node, role)
        return node

    def _link_master(self, choice: Choice, node: str, socket: str) -> None:
        assert choice.set is not None
        self.graph.link(self.made[choice.set.name], "image", node, socket)

    # --- lights ------------------------------------------------------------------------------

    def _make_target(self, sets: list[FrameSet], asked: tuple[FrameSet, int] | None,
                     several: bool) -> None:  # fmt: skip
        """Chains of all sets of one target, with one reference and one canvas."""
        chosen, number = asked if asked and asked[0] in sets else (choose_reference(sets), 0)
        self.chains.references.append(chosen)
        suffix = _suffix(chosen) if several else ""
        by: dict[str, Any] = {"by": "number", "number": number} if number else {}
        for one in sets:
            self._make_stars(one)
        about = next((f.object for f in chosen.frames if f.object), "")
        patch = Patch(f"Reference{f' of {about}' if several and about else ''}: {chosen.name}")
        reference = self._add(f"reference{suffix}", "quality.choose_reference", **by)
        own = _suffix(chosen)
        self.graph.link(f"stars{own}", "stars", reference, "stars")
        self.graph.link(f"quality{own}", "quality", reference, "qualities")
        canvas = self._add(f"canvas{suffix}", "register.canvas")
        patch.cells |= {reference: (0, 0), canvas: (1, 0)}
        self.chains.shared.append(patch)
        for one in sets:
            self._make_stack(one, reference, canvas)
        self.graph.link(f"match{own}", "transform", canvas, "transforms")

    def _make_stars(self, one: FrameSet) -> None:
        """From raw lights to their stars and quality."""
        suffix = _suffix(one)
        patch = Patch(f"{one.name}: {_count(one)}, {one.describe()}")
        source = self._load(patch, f"lights{suffix}", one, 0)
        matched = self.matched[one.name]
        if calibrate := self._calibrate(f"calibrate{suffix}", source, matched):
            source = calibrate
            patch.cells[calibrate] = (1, 0)
        # A list of the dark's hot pixels is enough; without, only what stands out far is taken.
        found = {"auto": False} if matched.dark.set else {"hot_sigma": 5.0, "cold_sigma": 5.0}
        cosmetic = self._add(f"cosmetic{suffix}", "cosmetic.correct", **found)
        self.graph.link(source, "image", cosmetic, "image")
        patch.cells[cosmetic] = (2, 0)
        if matched.dark.set:
            self.graph.link(self._find_defects(matched.dark.set), "defects", cosmetic, "defects")
        source = cosmetic
        if one.first.cfa:
            source = self._add(f"debayer{suffix}", "debayer.debayer")
            self.graph.link(cosmetic, "image", source, "image")
            patch.cells[source] = (3, 0)
        self.made[f"lights{suffix}"] = source
        stars = self._add(f"stars{suffix}", "stars.detect")
        self.graph.link(source, "image", stars, "image")
        quality = self._add(f"quality{suffix}", "quality.measure")
        self.graph.link(source, "image", quality, "image")
        self.graph.link(stars, "stars", quality, "stars")
        patch.cells |= {stars: (4, 1), quality: (5, 2)}
        self.chains.lights.append(patch)

    def _make_stack(self, one: FrameSet, reference: str, canvas: str) -> None:
        """From stars and quality to the master of a set."""
        suffix = _suffix(one)
        link = self.graph.link
        patch = next(p for p in self.chains.lights if f"stars{suffix}" in p.cells)
        match = self._add(f"match{suffix}", "register.match")
        link(f"stars{suffix}", "stars", match, "stars")
        link(reference, "stars", match, "reference")
        warp = self._add(f"warp{suffix}", "register.warp")
        link(self.made[f"lights{suffix}"], "image", warp, "image")
        link(match, "transform", warp, "transform")
        link(canvas, "canvas", warp, "canvas")
        survey = self._add(f"survey{suffix}", "quality.survey")
        link(f"quality{suffix}", "quality", survey, "qualities")
        weigh = self._add(f"weigh{suffix}", "quality.weigh")
        link(f"quality{suffix}", "quality", weigh, "quality")
        link(survey, "survey", weigh, "survey")
        stack = self._add(f"stack{suffix}", "integrate.stack")
        link(warp, "image", stack, "frames")
        link(weigh, "number", stack, "weights")
        save = self._save(stack, one.name, one.name)
        patch.cells |= {
            match: (5, 1), warp: (6, 0), survey: (6, 2), weigh: (7, 2), stack: (8, 0), save: (9, 0),
        }  # fmt: skip
        self._report(one, patch)

    def _report(self, one: FrameSet, patch: Patch) -> None:
        """Tables of a set: its frames one by one, and a row below those of the sets before."""
        suffix, link = _suffix(one), self.graph.link
        table = self._add(f"registration{suffix}", "register.table")
        link(f"match{suffix}", "transform", table, "transforms")
        report = self._add(f"report{suffix}", "report.frames")
        link(f"survey{suffix}", "table", report, "survey")
        link(table, "table", report, "registration")
        link(f"stack{suffix}", "report", report, "integration")
        save = self._add(
            f"save_report{suffix}", "io.save_table", file=self._place(f"{one.name}_frames.csv"),
            overwrite=True,
        )  # fmt: skip
        link(report, "table", save, "table")
        night = self._add(f"night{suffix}", "report.night", name=one.name)
        link(report, "table", night, "frames")
        link(f"stack{suffix}", "image", night, "image")
        if self.summed:
            link(self.summed, "table", night, "above")
        self.summed = night
        patch.cells |= {table: (6, 1), report: (9, 1), save: (10, 1), night: (9, 2)}

    def _find_defects(self, dark: FrameSet) -> str:
        """The node that finds the hot pixels of a master dark, once for all who need it."""
        id = f"defects_{dark.name}"
        if id not in self.graph.nodes:
            self._add(id, "cosmetic.find_defects")
            self.graph.link(self.made[dark.name], "image", id, "dark")
            patch = next(p for p in self.chains.masters if self.made[dark.name] in p.cells)
            patch.cells[id] = (3, 1)
        return id

    def _find_asked(self, lights: Sequence[FrameSet]) -> tuple[FrameSet, int] | None:
        """The set and the number of the frame (from 1; 0 for the best) that the user asks for."""
        wanted = self.options.reference
        if wanted is None:
            return None
        for one in lights:
            if wanted.casefold() in (one.name.casefold(), plain(one.first.filter)):
                return one, 0
            for number, frame in enumerate(one.frames, 1):
                if wanted in (frame.path.name, frame.path.stem, str(frame.path)):
                    return one, number
        known = ", ".join(one.name for one in lights)
        raise GraphError(f"no set of lights and no light is named {wanted!r}; the sets are {known}")

    # --- nodes -------------------------------------------------------------------------------

    def _add(self, id: str, type: str, title: str = "", **params: Any) -> str:
        self.graph.add(id, type, **params)
        if title:
            self.graph.set_title(id, title)
        return id

    def _load(self, patch: Patch, id: str, one: FrameSet, row: int) -> str:
        files = [self._path(frame) for frame in one.frames]
        patch.cells[self._add(id, "io.load_frames", files=files)] = (0, row)
        return id

    def _save(self, source: str, name: str, file: str) -> str:
        place = self._place(f"{file}.fits")
        id = self._add(f"save_{name}", "io.save_image", file=place, overwrite=True)
        self.graph.link(source, "image", id, "image")
        return id

    def _place(self, name: str) -> str:
        """Where a result goes."""
        return f"{self.options.out}/{name}" if self.options.out else name

    def _path(self, frame: Frame) -> str:
        """The path of a file relative to the graph; as it is on another drive."""
        whole = os.path.abspath(frame.path)
        try:
            path = Path(os.path.relpath(whole, self.options.folder)).as_posix()
        except ValueError:
            return whole
        return f"./{path}" if path.startswith("~") else path


def _suffix(one: FrameSet) -> str:
    return "" if one.name == "lights" else f"_{one.name}"


def _plural(name: str) -> str:
    """``dark_120s`` → ``darks_120s``: the raw frames of a master."""
    stem, many = next(pair for pair in _PLURALS if name.startswith(pair[0]))
    return many + name[len(stem) :]


def _title(one: FrameSet) -> str:
    return f"Master {one.name.replace('_', ' ')}"


def _count(one: FrameSet) -> str:
    return f"{len(one.frames)} frame{'s' if len(one.frames) > 1 else ''}"
