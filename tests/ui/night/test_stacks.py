"""Which sets of lights become one image, and what it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ui.night.frame import Frame, make_frame
from ui.night.group import make_sets
from ui.night.stacks import make_stacks

FACTS: dict[str, Any] = {
    "IMAGETYP": "LIGHT", "FILTER": "L", "EXPTIME": 60.0, "width": 60, "height": 40, "channels": 1,
    "OBJECT": "M 31",
}  # fmt: skip


def light(number: int, keywords: tuple[str, ...] = (), **cards: Any) -> Frame:
    facts = {**FACTS, **{key.replace("_", "-"): value for key, value in cards.items()}}
    path = Path(f"/n/{number}.fits")
    return make_frame(path, facts, (path.name,), keywords)


def names(frames: list[Frame], keywords: tuple[str, ...] = (), **options: Any) -> dict[str, int]:
    by_object = options.get("by_object", True)
    sets = make_sets(frames, keywords=keywords, by_object=by_object)
    stacks = make_stacks(sets, keywords=keywords, **options)
    assert sum(len(stack.sets) for stack in stacks) == len(sets)
    return {stack.name: len(stack.whole.frames) for stack in stacks}


@pytest.mark.parametrize(
    "cards",
    [{"GAIN": 200}, {"OFFSET": 9}, {"CCD_TEMP": -20.0}, {"EXPTIME": 61.5}, {"OBJECT": "m31"}],
)
def test_what_only_calibration_cares_for(cards: dict[str, Any]) -> None:
    first: dict[str, Any] = {"GAIN": 100, "OFFSET": 5, "CCD_TEMP": -10.0}
    assert names([light(1, **first), light(2, **(first | cards))]) == {"L": 2}


@pytest.mark.parametrize(
    ("cards", "name"),
    [({"FILTER": "R"}, ["L", "R"]), ({"EXPTIME": 63.0}, ["L_60s", "L_63s"]),
     ({"OBJECT": "M 33"}, ["L_M_31", "L_M_33"]), ({"XBINNING": 2}, ["L_bin1", "L_bin2"]),
     ({"width": 80}, ["L_60x40", "L_80x40"]), ({"BAYERPAT": "RGGB"}, ["L_RGGB", "L_mono"])],
)  # fmt: skip
def test_what_keeps_images_apart(cards: dict[str, Any], name: list[str]) -> None:
    assert sorted(names([light(1), light(2, **cards)])) == sorted(name)


def test_exposures_mixed_when_asked() -> None:
    frames = [light(1, EXPTIME=1.0), light(2, EXPTIME=60.0), light(3, EXPTIME=300.0)]
    assert names(frames) == {"L_1s": 1, "L_60s": 1, "L_300s": 1}
    assert names(frames, mix_exposures=True) == {"L": 3}


def test_keywords_part_calibration_and_only_split_the_image() -> None:
    frames = [light(n, ("NIGHT", "SIDE"), NIGHT=n % 2, SIDE=n // 2) for n in range(4)]
    assert names(frames, ("NIGHT", "SIDE")) == {"L": 4}
    assert names(frames, ("NIGHT", "SIDE"), split=["SIDE"]) == {"L_side_0": 2, "L_side_1": 2}


def test_an_unknown_target_is_the_only_one() -> None:
    assert names([light(1), light(2, OBJECT="")]) == {"L": 2}
    assert len(names([light(1), light(2, OBJECT="M 33"), light(3, OBJECT="")])) == 3


def test_targets_mixed_when_asked() -> None:
    assert names([light(1), light(2, OBJECT="M 33")], by_object=False) == {"L": 2}
