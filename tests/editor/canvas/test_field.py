"""Parameters on nodes: their words, their place on a slider, what is typed."""

from __future__ import annotations

import pytest

from graph.spec import Parameter
from tests.editor.hand import REGISTRY
from ui.editor.canvas.field import fraction_of, read_entry, shown, value_at, value_of


def _parameter(type: str, name: str) -> Parameter:
    spec = REGISTRY.get(type)
    assert spec
    return spec.params[name]


TARGET = _parameter("view.screen", "target")  # 0.05 to 0.5 on the slider, 0 to 1 legal
DEGREE = _parameter("background.polynomial", "degree")  # 0 to 6
CLIPPING = _parameter("view.screen", "clipping")


def test_the_place_on_a_slider() -> None:
    assert fraction_of(TARGET, 0.05) == 0
    assert fraction_of(TARGET, 0.5) == 1
    assert fraction_of(TARGET, 0.275) == pytest.approx(0.5)
    assert fraction_of(TARGET, 0.9) == 1
    assert value_at(TARGET, 0.5) == pytest.approx(0.275, abs=1e-3)
    assert value_at(DEGREE, 0.5) == 3
    assert isinstance(value_at(DEGREE, 0.3), int)
    assert (value_at(TARGET, -1), value_at(TARGET, 2)) == (0.05, 0.5)


def test_words() -> None:
    assert shown(TARGET, 0.25) == "0.25"
    assert shown(CLIPPING, -2.8) == "-2.8 σ"
    assert shown(TARGET, None) == "none"
    file = _parameter("io.load_image", "file")
    assert shown(file, "data/m31/red.fits") == "red.fits"
    assert shown(file, "data/lights/*.fits").endswith("*.fits")
    assert shown(file, ["a.fits", "b.fits"]) == "2 files"
    assert shown(file, "") == "choose …"
    assert value_of(TARGET, {}) == 0.25
    assert value_of(TARGET, {"target": 0.3}) == 0.3
    assert value_of(file, {}) is None


def test_what_is_typed() -> None:
    assert read_entry(TARGET, " 0.9 ") == 0.9
    assert read_entry(DEGREE, "4") == 4
    for text, why in (("2", "outside 0 to 1"), ("x", "x"), ("", "needs a number")):
        with pytest.raises(ValueError, match=why):
            read_entry(TARGET, text)
    with pytest.raises(ValueError, match="whole number"):
        read_entry(DEGREE, "2.5")
