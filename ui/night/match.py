"""Which masters calibrate which set: by exact keys and tolerances, after methods.md §6.1.

- A dark has the size, binning, colour pattern, gain and offset of its lights. Of several the one
  with most of the user's keywords in common is taken, then that of nearest exposure.
- A bias is used only where no dark is, or where the dark is scaled since its exposure is too far
  off.
- A flat has filter, binning, colour pattern, size and keywords of its lights; its gain may differ.
- A flat dark goes before a dark of the same exposure, and that before a bias.
- Fewer than three frames make no master. Masters made before are taken as they are.

What is not known of one of the two (a header without GAIN) is no hindrance, but told as a doubt;
what is known and differs is never passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ui.night.frame import Frame
from ui.night.sets import FEWEST, FrameSet, Tolerances


@dataclass(frozen=True)
class Choice:
    """A set that was chosen, or None; why; what is doubtful of it. scaled: as a scaled dark."""

    set: FrameSet | None = None
    why: str = ""
    doubts: tuple[str, ...] = ()
    scaled: bool = False


@dataclass(frozen=True)
class Matched:
    """A set of lights or flats with what calibrates it; of flats, dark may be a flat dark."""

    set: FrameSet
    bias: Choice = Choice()
    dark: Choice = Choice()
    flat: Choice = Choice()

    @property
    def choices(self) -> tuple[tuple[str, Choice], ...]:
        """(bias, dark or flat; what was chosen), only those looked for."""
        named = (("bias", self.bias), ("dark", self.dark), ("flat", self.flat))
        return tuple((name, choice) for name, choice in named if choice.set or choice.why)


@dataclass(frozen=True)
class _Candidate:
    set: FrameSet
    rank: tuple[float, ...]
    doubts: tuple[str, ...]


def match_sets(
    sets: Sequence[FrameSet], tolerances: Tolerances | None = None, keywords: Sequence[str] = ()
) -> list[Matched]:
    """What calibrates each set of lights, and each set of flats that lights use."""
    tolerances = tolerances or Tolerances()
    of = _Matcher(sets, tolerances, keywords)
    lights = [of.match_lights(one) for one in sets if one.type == "light"]
    used = {m.flat.set.name: m.flat.set for m in lights if m.flat.set and not m.flat.set.master}
    return [*(of.match_flats(one) for one in used.values()), *lights]


class _Matcher:
    def __init__(
        self, sets: Sequence[FrameSet], tolerances: Tolerances, keywords: Sequence[str]
    ) -> None:
        self.sets = sets
        self.tolerances = tolerances
        self.keywords = keywords

    def match_lights(self, lights: FrameSet) -> Matched:
        dark = self._find_dark(lights)
        bias = Choice()
        if dark.set is None or dark.scaled:
            bias = self._find_bias(lights)
        if dark.scaled and bias.set is None:
            close = self._exposure_off(lights, dark.set) <= self.tolerances.darks
            if close:  # only its temperature is off: better than none
                dark = Choice(dark.set, dark.why, (*dark.doubts, "not scaled: there is no bias"))
            else:
                why = (
                    f"{dark.set and dark.set.name} would have to be scaled, for which a bias lacks"
                )
                dark = Choice(None, why)
        return Matched(lights, bias, dark, self._find_flat(lights))

    def match_flats(self, flats: FrameSet) -> Matched:
        near = self.tolerances.flat_darks
        for kind in ("flatdark", "dark"):
            found = [
                c for c in self._candidates(flats, kind) if self._exposure_off(flats, c.set) <= near
            ]
            if found:
                best = min(found, key=lambda c: (*c.rank, self._exposure_off(flats, c.set)))
                doubts = list(best.doubts)
                exposures = [f.exposure for f in flats.frames if f.exposure is not None]
                if exposures and max(exposures) - min(exposures) > near:
                    spread = f"exposures of the flats go from {min(exposures):g} to "
                    doubts.append(f"{spread}{max(exposures):g} s")
                return Matched(flats, dark=Choice(best.set, _same(flats, best.set), tuple(doubts)))
        bias = self._find_bias(flats)
        if bias.set is None:
            bias = Choice(None, f"neither flat dark nor bias: {bias.why}")
        return Matched(flats, bias=bias)

    def _find_dark(self, lights: FrameSet) -> Choice:
        candidates = self._candidates(lights, "dark")
        if not candidates:
            return Choice(None, self._why_none(lights, "dark"))
        limit = self.tolerances.temperature

        def off(one: FrameSet) -> float:
            return _distance(lights.temperature, one.temperature)

        best = min(
            candidates,
            key=lambda c: (c.rank[0], off(c.set) > limit, self._exposure_off(lights, c.set),
                           off(c.set), c.rank),
        )  # fmt: skip
        doubts, scaled = list(best.doubts), False
        apart = self._exposure_off(lights, best.set)
        if apart > self.tolerances.doubt:
            doubts.append(f"{best.set.exposure:g} s for lights of {lights.exposure:g} s")
            scaled = apart > self.tolerances.darks
        if off(best.set) > limit:
            doubts.append(f"{best.set.temperature:g} °C for lights of {lights.temperature:g} °C")
            scaled = True
        return Choice(best.set, _same(lights, best.set), tuple(doubts), scaled)

    def _find_bias(self, of: FrameSet) -> Choice:
        candidates = self._candidates(of, "bias")
        if not candidates:
            return Choice(None, self._why_none(of, "bias"))
        best = min(
            candidates, key=lambda c: (*c.rank, _distance(of.temperature, c.set.temperature))
        )
        return Choice(best.set, _same(of, best.set), best.doubts)

    def _find_flat(self, lights: FrameSet) -> Choice:
        candidates = self._candidates(lights, "flat")
        if not candidates:
            return Choice(None, self._why_none(lights, "flat"))
        best = min(
            candidates,
            key=lambda c: (*c.rank, c.set.first.gain != lights.first.gain, _apart(lights, c.set)),
        )
        return Choice(best.set, _same(lights, best.set), best.doubts)

    def _candidates(self, of: FrameSet, kind: str) -> list[_Candidate]:
        found = []
        for one in self.sets:
            if one.type != kind or self._hindrances(of, one):
                continue
            hits, misses = self._compare_keys(of, one)
            doubts = self._doubts(of, one)
            if misses:
                doubts.append(f"of another {misses[0]}")
            rank = (len(misses) - len(hits), float(len(doubts)))
            found.append(_Candidate(one, rank, tuple(doubts)))
        return found

    def _hindrances(self, of: FrameSet, one: FrameSet) -> list[str]:
        """Why a set cannot calibrate another: what is known of both and differs."""
        a, b = of.first, one.first
        found = []
        if not one.usable:
            found.append(f"has {_files(one)}; a master needs {FEWEST}")
        if a.size != b.size:
            found.append("is {} × {} px, not {} × {}".format(*b.size, *a.size))
        if a.binning != b.binning:
            found.append(f"has binning {b.binning}, not {a.binning}")
        if a.channels != b.channels or (a.cfa and b.cfa and a.cfa != b.cfa):
            found.append(f"is {_colours(b)}, not {_colours(a)}")
        if one.type == "flat":
            if a.filter and b.filter and a.filter.casefold() != b.filter.casefold():
                found.append(f"has filter {b.filter}, not {a.filter}")
            if misses := self._compare_keys(of, one)[1]:
                found.append(f"is of another {misses[0]}")
        else:
            for name, mine, its in (("gain", a.gain, b.gain), ("offset", a.offset, b.offset)):
                if mine is not None and its is not None and mine != its:
                    found.append(f"has {name} {its:g}, not {mine:g}")
            if one.type in ("dark", "flatdark") and one.exposure is None:
                found.append("tells no exposure")
        return found

    def _doubts(self, of: FrameSet, one: FrameSet) -> list[str]:
        """What is known of one of the two only."""
        a, b = of.first, one.first
        found = []
        if one.type == "flat":
            if bool(a.filter) != bool(b.filter):
                found.append(
                    f"filter {b.filter or 'unknown'} for lights of {a.filter or 'unknown'}"
                )
        else:
            for name, mine, its in (("gain", a.gain, b.gain), ("offset", a.offset, b.offset)):
                if (mine is None) != (its is None):
                    whose = one.name if its is None else of.name
                    found.append(f"the {name} of {whose} is unknown")
        if a.cfa and not b.cfa:
            found.append(f"{one.name} tells no colour pattern")
        if a.camera and b.camera and a.camera != b.camera:
            found.append(f"camera {b.camera} for frames of {a.camera}")
        if of.exposure is None and one.type in ("dark", "flatdark"):
            found.append(f"the exposure of {of.name} is unknown")
        return found

    def _compare_keys(self, of: FrameSet, one: FrameSet) -> tuple[list[str], list[str]]:
        """The user's keywords of which both have the same value, and different ones."""
        pairs = zip(self.keywords, of.first.keys, one.first.keys, strict=False)
        known = [(k, a, b) for k, a, b in pairs if a is not None and b is not None]
        return [k for k, a, b in known if a == b], [k for k, a, b in known if a != b]

    def _exposure_off(self, of: FrameSet, one: FrameSet | None) -> float:
        return _distance(of.exposure, one.exposure if one else None)

    def _why_none(self, of: FrameSet, kind: str) -> str:
        """Why no set of a type calibrates this one: that which comes nearest is named."""
        tried = [(self._hindrances(of, one), one) for one in self.sets if one.type == kind]
        if not tried:
            return f"there are no {_PLURALS[kind]}"
        reasons, nearest = min(tried, key=lambda pair: len(pair[0]))
        return f"{nearest.name} {', '.join(reasons)}"


_PLURALS = {"bias": "biases", "dark": "darks", "flat": "flats", "flatdark": "flat darks"}


def _distance(a: float | None, b: float | None) -> float:
    """Of two numbers; 0 where one is not known."""
    return 0.0 if a is None or b is None else abs(a - b)


def _apart(of: FrameSet, one: FrameSet) -> float:
    """Seconds between the middles of two sets; 0 where a date cannot be read."""
    try:
        times = [
            datetime.fromisoformat(str(s.frames[len(s.frames) // 2].start)).timestamp()
            for s in (of, one)
        ]
    except (ValueError, OverflowError):
        return 0.0
    return abs(times[0] - times[1])


def _same(of: FrameSet, one: FrameSet) -> str:
    """In what they agree, in words."""
    a, b = of.first, one.first
    words = []
    if one.type == "flat" and a.filter and b.filter:
        words.append(f"filter {b.filter}")
    if one.type in ("dark", "flatdark") and one.exposure is not None:
        words.append(f"{one.exposure:g} s")
    if one.type != "flat" and a.gain is not None and a.gain == b.gain:
        words.append(f"gain {b.gain:g}")
    if one.type != "flat" and a.offset is not None and a.offset == b.offset:
        words.append(f"offset {b.offset:g}")
    if one.type == "dark" and one.temperature is not None:
        words.append(f"{one.temperature:.3g} °C")
    words += [f"binning {b.binning}"] if b.binning != 1 else []
    return ", ".join([*words, "{} × {} px".format(*b.size)])


def _colours(frame: Frame) -> str:
    return "RGB" if frame.channels == 3 else (frame.cfa or "mono")


def _files(one: FrameSet) -> str:
    return f"{len(one.frames)} frame{'' if len(one.frames) == 1 else 's'}"
