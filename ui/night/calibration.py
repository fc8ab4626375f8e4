"""The masters of a night: from calibration frames to bias, dark and flat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ui.night.draft import Draft, Patch
from ui.night.match import Matched
from ui.night.sets import FrameSet

_KINDS = {"bias": "bias", "dark": "dark", "flatdark": "flat dark"}
_PLURALS = (
    ("flat_dark", "flat_darks"), ("bias", "biases"), ("dark", "darks"), ("flat", "flats"),
)  # fmt: skip


class Calibration:
    """The masters, and the nodes that calibrate by them."""

    def __init__(self, draft: Draft, matched: Sequence[Matched]) -> None:
        self.draft = draft
        self.matched = {one.set.name: one for one in matched}
        self.patches: list[Patch] = []
        self.made: dict[str, str] = {}  # sets of calibration frames → node of their master
        self.used = {c.set.name for one in matched for _, c in one.choices if c.set}

    def make_masters(self, sets: Sequence[FrameSet]) -> None:
        """The masters that lights, or flats that lights use, are calibrated by."""
        for kind in ("bias", "dark", "flatdark", "flat"):
            for one in sets:
                if one.type == kind and one.name in self.used:
                    self.patches.append(self._make_master(one))

    def _make_master(self, one: FrameSet) -> Patch:
        """The nodes of a master, from raw frames or from a file made before."""
        title = one.name.replace("_", " ")
        if one.master:
            patch = Patch(f"{title}: {one.first.path.name}")
            file = self.draft.path(one.first)
            self.made[one.name] = self.draft.add(
                patch, (0, 0), one.name, "io.load_image", file=file
            )
            return patch
        patch = Patch(f"Master {title}: {count(one)}")
        raw = _plural(one.name)
        source = self.draft.load(patch, (0, 0), raw, one.frames)
        if one.type == "flat":
            source = self.calibrate(patch, (1, 0), f"calibrate_{raw}", source, one) or source
            master = self.draft.add(patch, (2, 0), one.name, "masters.flat")
        else:
            kind = _KINDS[one.type]
            master = self.draft.add(patch, (2, 0), one.name, "masters.dark", kind=kind)
        self.draft.graph.set_title(master, f"Master {title}")
        self.draft.link(source, "image", master, "frames")
        self.draft.save(patch, (3, 0), (master, "image"), one.name, "fits")
        self.draft.show(patch, (3, 1), (master, "image"), one.name)
        self.made[one.name] = master
        return patch

    def calibrate(
        self, patch: Patch, cell: tuple[int, int], id: str, source: str, one: FrameSet
    ) -> str | None:
        """A node that calibrates frames by the masters chosen for them; None without any."""
        matched = self.matched[one.name]
        chosen: Mapping[str, FrameSet] = {
            role: choice.set for role, choice in matched.choices if choice.set
        }
        if not chosen:
            return None
        scaled = matched.dark.scaled and matched.dark.set is not None
        params = {"dark_scaling": "optimize"} if scaled else {}
        node = self.draft.add(patch, cell, id, "calibrate.frame", **params)
        self.draft.link(source, "image", node, "image")
        for role, set in chosen.items():
            self.draft.link(self.made[set.name], "image", node, role)
        return node

    def find_defects(self, one: FrameSet) -> str | None:
        """The node that finds the hot pixels of a set's dark, once for all who need it."""
        dark = self.matched[one.name].dark.set
        if dark is None:
            return None
        id = f"defects_{dark.name}"
        if id not in self.draft.graph.nodes:
            master = self.made[dark.name]
            patch = next(patch for patch in self.patches if master in patch.cells)
            self.draft.add(patch, (3, 2), id, "cosmetic.find_defects")
            self.draft.link(master, "image", id, "dark")
        return id


def count(one: FrameSet) -> str:
    """``12 frames``."""
    return f"{len(one.frames)} frame{'s' if len(one.frames) > 1 else ''}"


def _plural(name: str) -> str:
    """``dark_120s`` → ``darks_120s``: the raw frames of a master."""
    stem, many = next(pair for pair in _PLURALS if name.startswith(pair[0]))
    return many + name[len(stem) :]
