"""Frames that go one way together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ui.night.frame import Frame

#: so many calibration frames are needed to make a master of them
FEWEST = 3


@dataclass(frozen=True)
class Tolerances:
    """How much facts may differ: exposures in seconds, temperatures in °C."""

    lights: float = 2.0  # exposures of lights in one set
    darks: float = 10.0  # a dark and its lights
    flat_darks: float = 0.5  # a flat dark and its flats
    temperature: float = 2.0
    doubt: float = 5.0  # exposures of a dark and its lights that differ by more are told


@dataclass(frozen=True)
class FrameSet:
    """Frames that go one way together. Numbers are medians; a master is a set of one file.

    name: unique among all sets, such as ``L``, ``L_300s``, ``dark_120s``, ``flat_L``, ``bias``.
    """

    frames: tuple[Frame, ...]
    name: str = ""

    @property
    def first(self) -> Frame:
        return self.frames[0]

    @property
    def type(self) -> str:
        return self.first.type or ""

    @property
    def master(self) -> bool:
        return self.first.master

    @property
    def usable(self) -> bool:
        """Whether it is enough for a master; of lights one is."""
        return self.type == "light" or self.master or len(self.frames) >= FEWEST

    @property
    def exposure(self) -> float | None:
        return median_of(frame.exposure for frame in self.frames)

    @property
    def temperature(self) -> float | None:
        return median_of(frame.temperature for frame in self.frames)

    @property
    def files(self) -> list[Path]:
        return [frame.path for frame in self.frames]

    def describe(self) -> str:
        """``120 s, gain 100, -10 °C, 800 × 600 px``: what its frames have in common."""
        one = self.first
        words = [f"filter {one.filter}"] if one.filter else []
        if self.exposure is not None and self.type != "bias":
            words.append(f"{self.exposure:g} s")
        for name, value in (("gain", one.gain), ("offset", one.offset)):
            words += [f"{name} {value:g}"] if value is not None else []
        if self.temperature is not None and self.type != "flat":
            words.append(f"{self.temperature:.3g} °C")
        words += [f"binning {one.binning}"] if one.binning != 1 else []
        colours = "RGB" if one.channels == 3 else (one.cfa or "mono")
        return ", ".join([*words, colours, "{} × {} px".format(*one.size)])

    @property
    def guesses(self) -> list[str]:
        """``filter (Ha)``: facts that names told where headers are silent, once each."""
        found: dict[str, str] = {}
        for frame in self.frames:
            for fact, name in frame.guessed.items():
                found.setdefault(fact, name)
        return [
            f"{fact} (from {name!r})" if name else f"{fact} (a guess)"
            for fact, name in found.items()
        ]

    @property
    def doubts(self) -> list[str]:
        """What is odd about frames, once each, with the number of frames or the only one."""
        count: dict[str, list[Frame]] = {}
        for frame in self.frames:
            for doubt in frame.doubts:
                count.setdefault(doubt, []).append(frame)
        return [
            f"{(alike[0].path.name if len(alike) == 1 else f'{len(alike)} frames')}: {doubt}"
            for doubt, alike in count.items()
        ]


def plain(text: str | None) -> str:
    """How texts are compared: ``M 31`` is ``m31``."""
    return re.sub(r"[\s_]+", "", text or "").casefold()


def median_of(values: Iterable[float | None]) -> float | None:
    """The median of what is known."""
    known = [value for value in values if value is not None]
    return float(median(known)) if known else None
