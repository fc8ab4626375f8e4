"""Grouping and matching after methods.md §6.1: headers in, assignments out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ui.night.frame import Frame, make_frame
from ui.night.group import make_sets
from ui.night.match import Matched, match_sets
from ui.night.sets import FrameSet, Tolerances

USUAL = {"width": 60, "height": 40, "channels": 1, "GAIN": 100, "OFFSET": 50, "XBINNING": 1,
         "CCD-TEMP": -10.0, "INSTRUME": "Cam"}  # fmt: skip


def frames(
    kind: str, count: int = 3, names: str = "", keywords: tuple[str, ...] = (), **cards: Any
) -> list[Frame]:
    """Frames of one kind of header. names: folders before the file; a keyword of None is absent."""
    found = []
    for number in range(count):
        facts = USUAL | {"IMAGETYP": kind} | {k.replace("_", "-"): v for k, v in cards.items()}
        facts = {key: value for key, value in facts.items() if value is not None}
        name = f"{kind}_{'_'.join(map(str, cards.values()))}_{number}.fits".replace("/", "-")
        parts = (*names.split("/"), name) if names else (name,)
        found.append(make_frame(Path(*parts), facts, parts, keywords))
    return found


def link(
    *groups: list[Frame], tolerances: Tolerances | None = None, keywords: tuple[str, ...] = ()
) -> tuple[dict[str, FrameSet], dict[str, Matched]]:
    every = [frame for group in groups for frame in group]
    sets = make_sets(every[::-1], tolerances, keywords)  # the order of the files does not matter
    matched = match_sets(sets, tolerances, keywords)
    return {one.name: one for one in sets}, {one.set.name: one for one in matched}


def chosen(matched: Matched) -> dict[str, str | None]:
    return {role: choice.set.name if choice.set else None for role, choice in matched.choices}


BIAS = frames("BIAS", EXPTIME=0.0)
DARK = frames("DARK", EXPTIME=120.0)
FLAT_L = frames("FLAT", EXPTIME=1.5, FILTER="L")
FLAT_R = frames("FLAT", EXPTIME=2.5, FILTER="R")
LIGHT_L = frames("LIGHT", EXPTIME=120.0, FILTER="L")
LIGHT_R = frames("LIGHT", EXPTIME=120.0, FILTER="R")


def test_a_whole_night() -> None:
    sets, matched = link(BIAS, DARK, FLAT_L, FLAT_R, LIGHT_L, LIGHT_R)
    assert {name: len(one.frames) for name, one in sets.items()} == dict.fromkeys(
        ["bias", "dark_120s", "flat_L", "flat_R", "L", "R"], 3
    )
    assert {name: chosen(one) for name, one in matched.items()} == {
        "flat_L": {"bias": "bias"},
        "flat_R": {"bias": "bias"},
        "L": {"dark": "dark_120s", "flat": "flat_L"},
        "R": {"dark": "dark_120s", "flat": "flat_R"},
    }
    assert not any(choice.doubts for one in matched.values() for _, choice in one.choices)


DARKS = [
    # darks: (exposure, gain, offset, temperature, binning), the one for lights of
    # (120, 100, 50, -10, 1), whether it is scaled, part of a doubt
    ([(120, 100, 50, -10, 1), (60, 100, 50, -10, 1)], 0, False, ""),
    ([(118, 100, 50, -10, 1), (123, 100, 50, -10, 1)], 0, False, ""),
    ([(126, 100, 50, -10, 1)], 0, False, "126 s for lights of 120 s"),
    ([(130, 100, 50, -10, 1)], 0, False, "130 s"),
    ([(131, 100, 50, -10, 1)], 0, True, "131 s"),
    ([(300, 100, 50, -10, 1), (60, 100, 50, -10, 1)], 1, True, "60 s"),
    ([(120, 200, 50, -10, 1)], None, False, ""),
    ([(120, 200, 50, -10, 1), (60, 100, 50, -10, 1)], 1, True, "60 s"),
    ([(120, 100, 30, -10, 1)], None, False, ""),
    ([(120, 100, 50, -10, 2)], None, False, ""),
    ([(120, 100, 50, -12, 1)], 0, False, ""),
    ([(120, 100, 50, -20, 1), (120, 100, 50, -9, 1)], 1, False, ""),
    ([(120, 100, 50, -20, 1)], 0, True, "-20 °C for lights of -10 °C"),
    ([(120, 100, 50, -20, 1), (125, 100, 50, -10, 1)], 1, False, ""),
    ([(120, None, 50, -10, 1)], 0, False, "gain of dark_120s is unknown"),
    ([(120, None, 50, -10, 1), (120, 100, 50, -10, 1)], 1, False, ""),
    ([(120, 100, None, -10, 1)], 0, False, "offset of dark_120s is unknown"),
    ([(120, 100, 50, None, 1)], 0, False, ""),
    ([(None, 100, 50, -10, 1)], None, False, ""),
]  # fmt: skip


@pytest.mark.parametrize(("darks", "expected", "scaled", "doubt"), DARKS)
def test_darks(
    darks: list[tuple[Any, ...]], expected: int | None, scaled: bool, doubt: str
) -> None:
    groups = [
        frames("DARK", EXPTIME=t, GAIN=g, OFFSET=o, CCD_TEMP=c, XBINNING=b)
        for t, g, o, c, b in darks
    ]
    _, matched = link(BIAS, LIGHT_L, *groups)
    found = matched["L"].dark
    assert found.scaled is scaled
    if expected is None:
        assert found.set is None
        assert chosen(matched["L"])["bias"] == "bias"  # takes its place
    else:
        assert found.set is not None
        assert sorted(found.set.files) == sorted(frame.path for frame in groups[expected])
        assert ("bias" in chosen(matched["L"])) is scaled  # only where the dark is scaled
    assert doubt in "; ".join(found.doubts)
    assert bool(found.doubts) is bool(doubt)


def test_another_gain_is_named_not_passed_over() -> None:
    _, matched = link(LIGHT_L, frames("DARK", EXPTIME=120.0, GAIN=200))
    assert matched["L"].dark.why == "dark_120s has gain 200, not 100"


@pytest.mark.parametrize("kind", ["DARK", "FLAT", "BIAS"])
def test_masters_of_another_size_are_named(kind: str) -> None:
    _, matched = link(LIGHT_L, frames(kind, EXPTIME=120.0, FILTER="L", width=61))
    assert matched["L"].set.name == "L"
    whys = " ".join(choice.why for _, choice in matched["L"].choices)
    assert "is 61 × 40 px, not 60 × 40" in whys
    assert not any(choice.set for _, choice in matched["L"].choices)


def test_a_dark_that_needs_scaling_needs_a_bias() -> None:
    _, matched = link(LIGHT_L, frames("DARK", EXPTIME=60.0))
    assert matched["L"].dark.set is None
    assert "scaled" in matched["L"].dark.why
    _, matched = link(LIGHT_L, frames("DARK", EXPTIME=120.0, CCD_TEMP=5.0))
    assert matched["L"].dark.set is not None  # better than none
    assert not matched["L"].dark.scaled
    assert "5 °C" in " ".join(matched["L"].dark.doubts)


FLATS = [
    # flats (filter, gain, binning, pattern), the one for lights of (Ha, 100, 1, RGGB)
    ([("Ha", 100, 1, "RGGB"), ("OIII", 100, 1, "RGGB")], 0),
    ([("ha", 100, 1, "RGGB")], 0),
    ([("OIII", 100, 1, "RGGB")], None),
    ([("Ha", 0, 1, "RGGB")], 0),  # a flat may be of another gain
    ([("Ha", 0, 1, "RGGB"), ("Ha", 100, 1, "RGGB")], 1),
    ([("Ha", 100, 2, "RGGB")], None),
    ([("Ha", 100, 1, "GBRG")], None),
    ([("Ha", 100, 1, None)], 0),
    ([(None, 100, 1, "RGGB"), ("Ha", 100, 1, "RGGB")], 1),
    ([(None, 100, 1, "RGGB")], 0),
]


@pytest.mark.parametrize(("flats", "expected"), FLATS)
def test_flats(flats: list[tuple[Any, ...]], expected: int | None) -> None:
    groups = [
        frames("FLAT", FILTER=f, GAIN=g, XBINNING=b, BAYERPAT=p, EXPTIME=1.0)
        for f, g, b, p in flats
    ]
    lights = frames("LIGHT", FILTER="Ha", BAYERPAT="RGGB", EXPTIME=60.0)
    _, matched = link(lights, *groups)
    found = matched["Ha"].flat.set
    assert (found and sorted(found.files)) == (
        None if expected is None else sorted(frame.path for frame in groups[expected])
    )
    unknown = any(None in flat for flat in flats) and len(flats) == 1
    assert bool(matched["Ha"].flat.doubts) is unknown


def test_what_calibrates_flats() -> None:
    flat_dark = frames("FLATDARK", EXPTIME=1.4)
    short_dark = frames("DARK", EXPTIME=1.6)
    lights = (FLAT_L, LIGHT_L, DARK, BIAS)
    assert chosen(link(*lights, flat_dark, short_dark)[1]["flat_L"]) == {"dark": "flat_dark_1_4s"}
    assert chosen(link(*lights, short_dark)[1]["flat_L"]) == {"dark": "dark_1_6s"}
    assert chosen(link(*lights, frames("DARKFLAT", EXPTIME=2.1))[1]["flat_L"]) == {"bias": "bias"}
    assert chosen(link(*lights)[1]["flat_L"]) == {"bias": "bias"}
    assert chosen(link(FLAT_L, LIGHT_L)[1]["flat_L"]) == {"bias": None}
    other = frames("FLATDARK", EXPTIME=1.5, GAIN=0)
    assert chosen(link(*lights, other)[1]["flat_L"]) == {"bias": "bias"}


def test_the_night_keyword_separates_flats_and_lights() -> None:
    groups = [
        frames(kind, names=f"NIGHT_{night}", keywords=("NIGHT",), FILTER="L", EXPTIME=seconds)
        for night in (1, 2)
        for kind, seconds in (("FLAT", 1.0), ("LIGHT", 60.0))
    ]
    darks = frames("DARK", names="NIGHT_1", keywords=("NIGHT",), EXPTIME=60.0)
    both = frames("DARK", names="library", keywords=("NIGHT",), EXPTIME=61.0)
    sets, matched = link(*groups, darks, keywords=("NIGHT",))
    assert {"L_night_1", "L_night_2", "flat_L_night_1", "flat_L_night_2"} <= set(sets)
    assert chosen(matched["L_night_1"])["flat"] == "flat_L_night_1"
    assert chosen(matched["L_night_2"])["flat"] == "flat_L_night_2"
    assert "of another NIGHT" in matched["L_night_2"].dark.doubts
    _, matched = link(*groups, darks, both, keywords=("NIGHT",))
    assert chosen(matched["L_night_1"])["dark"] == "dark_60s"  # more keywords before exposure
    assert chosen(matched["L_night_2"])["dark"] == "dark_61s"
    _, matched = link(*groups[1:], keywords=("NIGHT",))  # no flats of night 1
    assert matched["L_night_1"].flat.set is None
    assert matched["L_night_1"].flat.why == "flat_L is of another NIGHT"


def test_the_night_of_a_date_goes_from_noon_to_noon() -> None:
    def night(date: str, **cards: Any) -> str | None:
        facts = {**USUAL, "DATE-OBS": date, **cards}
        return make_frame(Path("a.fits"), facts, None, ("NIGHT",)).keys[0]

    assert night("2024-03-14T22:00:00") == night("2024-03-15T03:00:00") == "2024-03-14"
    assert night("2024-03-15T13:00:00") == "2024-03-15"
    assert night("2024-03-15T05:00:00", SITELONG=-120.0) == "2024-03-14"
    assert night("2024-03-15T13:00:00", SITELONG=-120.0) == "2024-03-14"
    assert night("2024-03-15T21:00:00", SITELONG=-120.0) == "2024-03-15"
    assert night("nonsense") is None
    assert night("2024-03-15T13:00:00", NIGHT=7) == "7"


def test_exposures_of_lights_in_one_set() -> None:
    lights = [f for t in (60.0, 61.0, 62.0, 63.0) for f in frames("LIGHT", 1, EXPTIME=t)]
    sets, _ = link(lights)
    assert {name: len(s.frames) for name, s in sets.items()} == {"61s": 3, "63s": 1}
    sets, _ = link(lights, tolerances=Tolerances(lights=0))
    assert len(sets) == 4
    sets, _ = link(lights, tolerances=Tolerances(lights=3))
    assert list(sets) == ["lights"]


def test_temperatures_leap_or_drift() -> None:
    drift = [f for c in range(10, 22, 2) for f in frames("LIGHT", 1, CCD_TEMP=float(c))]
    assert list(link(drift)[0]) == ["lights"]
    leap = frames("LIGHT", CCD_TEMP=-10.0) + frames("LIGHT", CCD_TEMP=-20.0)
    assert set(link(leap)[0]) == {"-10C", "-20C"}
    assert list(link(leap, tolerances=Tolerances(temperature=10))[0]) == ["lights"]


@pytest.mark.parametrize(
    "cards",
    [{"GAIN": 101}, {"OFFSET": 10}, {"XBINNING": 2}, {"BAYERPAT": "RGGB"}, {"width": 61},
     {"channels": 3}, {"FILTER": "L"}, {"GAIN": None}],
)  # fmt: skip
def test_what_sets_lights_apart(cards: dict[str, Any]) -> None:
    assert len(link(frames("LIGHT"), frames("LIGHT", **cards))[0]) == 2


def test_targets_stand_apart() -> None:
    m31 = frames("LIGHT", OBJECT="M 31")
    other = frames("LIGHT", OBJECT="M33")
    assert set(link(m31, other)[0]) == {"M_31", "M33"}
    assert list(link(m31, frames("LIGHT", OBJECT="m31"))[0]) == ["lights"]
    assert list(link(m31, frames("LIGHT"))[0]) == ["lights"]  # only one target is named
    assert len(make_sets(m31 + other, by_object=False)) == 1


def test_flats_of_any_exposure_make_one_master() -> None:
    flats = [f for t in (0.5, 1.0, 4.0) for f in frames("FLAT", 1, EXPTIME=t)]
    flats += frames("FLAT", 1, EXPTIME=1.0, CCD_TEMP=20.0)
    sets, matched = link(flats, frames("LIGHT"), frames("FLATDARK", EXPTIME=1.0))
    assert len(sets["flat"].frames) == 4
    assert "0.5 to 4 s" in matched["flat"].dark.doubts[0]


def test_fewer_than_three_frames_make_no_master() -> None:
    sets, matched = link(LIGHT_L, FLAT_L[:2], DARK[:1], BIAS[:2])
    assert chosen(matched["L"]) == {"bias": None, "dark": None, "flat": None}
    assert matched["L"].flat.why == "flat_L has 2 frames; a master needs 3"
    assert not sets["flat_L"].usable


def test_masters_made_before_are_taken_as_they_are() -> None:
    dark = frames("Master Dark", 1, EXPTIME=120.0)
    named = [make_frame(Path("master_flat_L.fits"), USUAL)]
    sets, matched = link(LIGHT_L, dark, named)
    assert sets["dark_120s"].master
    assert chosen(matched["L"]) == {"dark": "dark_120s", "flat": "flat_L"}
    two = frames("Master Dark", 1, EXPTIME=120.0, CCD_TEMP=-15.0)
    sets, matched = link(LIGHT_L, dark, two)
    assert len(sets) == 3  # each master by itself
    assert chosen(matched["L"])["dark"] == "dark_120s_-10C"


def test_headers_go_before_names() -> None:
    facts = {**USUAL, "IMAGETYP": "Flat Frame", "FILTER": "R", "EXPTIME": 2.0}
    found = make_frame(Path("dark_5s_L.fits"), facts, ("darks", "dark_5s_L.fits"))
    assert (found.type, found.filter, found.exposure) == ("flat", "R", 2.0)
    assert found.guessed == {}
    assert found.doubts == ("its header says flat, its name or folder 'dark_5s_L'",)


def test_names_where_headers_are_silent() -> None:
    found = make_frame(Path("a.fits"), {"width": 6, "height": 4}, ("lights", "Ha_60s_bin2.fits"))
    assert (found.type, found.filter, found.exposure, found.binning) == ("light", "Ha", 60.0, 2)
    assert dict(found.guessed) == {
        "type": "lights", "filter": "Ha_60s_bin2", "exposure": "Ha_60s_bin2",
        "binning": "Ha_60s_bin2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cards", "fact"),
    [({"EXPTIME": -5.0}, "exposure"), ({"EXPTIME": 1e9}, "exposure"), ({"CCD-TEMP": -999.0},
     "temperature"), ({"XBINNING": 0}, "binning")],
)  # fmt: skip
def test_absurd_values_are_unknown_and_told(cards: dict[str, Any], fact: str) -> None:
    found = make_frame(Path("a.fits"), {**USUAL, **cards})
    assert getattr(found, fact) in (None, 1)
    assert fact in found.doubts[0]


def test_a_gain_of_minus_one_is_unknown() -> None:
    assert make_frame(Path("a.fits"), {**USUAL, "GAIN": -1}).gain is None


@pytest.mark.parametrize(("height", "pattern"), [(40, "GBRG"), (41, "RGGB")])
def test_patterns_count_from_the_top(height: int, pattern: str) -> None:
    facts = {**USUAL, "height": height, "BAYERPAT": "RGGB", "ROWORDER": "BOTTOM-UP"}
    assert make_frame(Path("a.fits"), facts).cfa == pattern
    assert make_frame(Path("a.fits"), facts | {"ROWORDER": "TOP-DOWN"}).cfa == "RGGB"
    assert make_frame(Path("a.xisf"), facts).cfa == "RGGB"  # which is top-down by itself


def test_names_of_sets_differ_even_where_case_is_lost() -> None:
    sets, _ = link(frames("LIGHT", FILTER="R"), frames("LIGHT", FILTER="r", width=61))
    assert len({name.casefold() for name in sets}) == 2
    sets, _ = link(FLAT_L, frames("FLAT", 1, FILTER="l", width=61))
    assert {name: len(one.frames) for name, one in sets.items()} == {"flat_L": 3, "flat_l_2": 1}
