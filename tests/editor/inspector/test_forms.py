"""Which widget a parameter gets, and values as people type them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from graph.document import plain
from graph.parameters import resolve
from graph.spec import (
    Color,
    CurvePoints,
    Each,
    Expression,
    Grouping,
    InputFile,
    OutputFile,
    Parameter,
    Range,
    node,
)
from ui.editor.inspector.forms import (
    common,
    first_value,
    form_of,
    help_of,
    label_of,
    patterns_of,
)
from ui.editor.inspector.scales import Scale
from ui.editor.inspector.typed_text import read_value, write_value
from ui.packs import load_registry


@node("toy.forms")
def forms(
    *,
    level: Annotated[float, Range(0, 1, slider=(0, 0.1))] = 0.0,
    open: Annotated[float, Range(1e-30)] | None = None,
    count: Annotated[int, Range(1, 9, unit="px")] = 3,
    on: bool = False,
    few: Literal["a", "b", "c"] = "a",
    many: Literal["a", "b", "c", "d"] = "a",
    wordy: Literal["a very long name", "another long name"] = "a very long name",
    name: str = "",
    formula: Annotated[str, Expression(("x", "y"))] = "x",
    row: tuple[Annotated[float, Range(0, 1)], Annotated[int, Range(0, 9)]] = (0.5, 3),
    numbers: tuple[float, ...] = (),
    wholes: tuple[int, ...] = (),
    names: tuple[str, ...] = (),
    mixed: tuple[float, str] = (0.0, ""),
    five: tuple[float, float, float, float, float] = (0, 0, 0, 0, 0),
    nested: Sequence[tuple[float, float]] = (),
    group_by: Annotated[tuple[str, ...], Grouping()] = (),
    file: Annotated[Path, InputFile(("*.fits", "*.xisf"))],
    files: Annotated[Path, InputFile(("*.fits",)), Each()],
    out: Annotated[Path, OutputFile((".fits", ".png"))],
    each: Annotated[float, Each()],
    switches: Annotated[bool, Each()] = (),  # type: ignore[assignment]
    anything: Any = None,
    tint: Annotated[tuple[float, float, float], Color()] = (1, 0, 0),
    curve: Annotated[tuple[tuple[float, float], ...], CurvePoints()] = ((0, 0), (1, 1)),
) -> float:
    """A node with all forms.

    level: how bright; 0 to 1.
    """
    return 0.0


PARAMS: dict[str, Parameter] = dict(forms.spec.params)  # type: ignore[attr-defined]
KINDS = {
    "level": "number",
    "open": "number",
    "count": "number",
    "on": "switch",
    "few": "radio",
    "many": "combo",
    "wordy": "combo",
    "name": "text",
    "formula": "formula",
    "row": "row",
    "numbers": "list",
    "wholes": "list",
    "names": "list",
    "mixed": "json",
    "five": "list",
    "nested": "json",
    "group_by": "keywords",
    "file": "input",
    "files": "inputs",
    "out": "output",
    "each": "list",
    "switches": "json",
    "anything": "json",
    "tint": "color",
    "curve": "curve",
}


@pytest.mark.parametrize("name", PARAMS)
def test_every_declaration_gets_its_widget(name: str) -> None:
    assert form_of(PARAMS[name]).kind == KINDS[name]


def test_scales_and_units() -> None:
    assert form_of(PARAMS["level"]).scale == Scale(0.0, 0.1)
    assert form_of(PARAMS["open"]).scale is None
    assert form_of(PARAMS["count"]).unit == "px"
    row = form_of(PARAMS["row"])
    assert row.scales == (Scale(0.0, 1.0), Scale(0.0, 9.0, whole=True))
    assert row.whole == (False, True)


def test_labels() -> None:
    assert label_of("reject_low") == "Reject low"
    assert label_of("x") == "X"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("level", 0.25, "0.25"),
        ("count", 7, "7"),
        ("open", 3.0, "3"),
        ("name", " as it is ", " as it is "),
        ("formula", "x < 3", "x < 3"),
        ("numbers", [1.0, 2.5], "1, 2.5"),
        ("numbers", [], ""),
        ("wholes", [1, 2], "1, 2"),
        ("names", ["a", "b c"], "a, b c"),
        ("names", ["a,b", ""], '["a,b", ""]'),
        ("mixed", [1.0, "a"], '[1.0, "a"]'),
        ("nested", [[1.0, 2.0]], "[[1.0, 2.0]]"),
        ("group_by", ["FILTER", "EXPTIME"], "FILTER, EXPTIME"),
        ("file", "a b.fits", "a b.fits"),
        ("files", "lights/*.fits", "lights/*.fits"),
        ("files", ["a.fits", "b.fits"], '["a.fits", "b.fits"]'),
        ("out", "x.png", "x.png"),
        ("each", [1.0, [2.0, 3.0]], "[1.0, [2.0, 3.0]]"),
        ("anything", {"a": [1, None]}, '{"a": [1, null]}'),
    ],
)
def test_values_are_written_and_read_back(name: str, value: Any, text: str) -> None:
    form = form_of(PARAMS[name])
    assert write_value(form, value) == text
    assert read_value(form, text) == value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("level", "1/4", 0.25),
        ("count", "7 px", 7),
        ("count", "6/2", 3),
        ("numbers", "1, 1/2,", [1.0, 0.5]),
        ("wholes", "[1, 2]", [1, 2]),
        ("group_by", "filter, exptime", ["FILTER", "EXPTIME"]),
        ("out", "  x.png ", "x.png"),
    ],
)
def test_typed_values(name: str, text: str, value: Any) -> None:
    assert read_value(form_of(PARAMS[name]), text) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("level", "2", "2.0 is outside 0 to 1"),
        ("count", "1.5", "needs a whole number, not 1.5"),
        ("count", "10", "10 is outside 1 to 9 px"),
        ("level", "bright", "unknown name 'bright'"),
        ("formula", "z", "unknown name 'z'"),
        ("numbers", "1, x", "unknown name 'x'"),
        ("names", "[1]", "value 1: needs text, not 1"),
        ("names", '["a"', "cannot be read"),
        ("mixed", "1, a", "cannot be read"),
        ("out", "x.txt", r"must end in .fits or .png"),
        ("file", " ", "needs the path of a file"),
        ("files", '["a", 3]', "needs the path of a file, not 3"),
        ("five", "1, 2", "needs 5 values, not 2"),
    ],
)
def test_typed_mistakes_are_told(name: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_value(form_of(PARAMS[name]), text)


@pytest.mark.parametrize("spec", list(load_registry(packs=False)), ids=lambda spec: spec.id)
def test_every_parameter_of_our_nodes_has_a_form_that_reads_its_default(spec: Any) -> None:
    for parameter in spec.params.values():
        form = form_of(parameter)
        assert isinstance(help_of(parameter), str)
        default = parameter.default
        by_text = form.kind not in ("switch", "radio", "combo")
        if by_text and isinstance(default, float | int | str | tuple):
            assert read_value(form, write_value(form, default)) == plain(default)


def test_what_is_switched_on_is_legal() -> None:
    for name, parameter in PARAMS.items():
        if name not in ("file", "files", "out"):
            resolve(parameter, first_value(form_of(parameter)))
    assert first_value(form_of(PARAMS["open"])) == 1
    assert first_value(form_of(PARAMS["count"])) == 3


def test_help_says_limits_default_and_names() -> None:
    assert help_of(PARAMS["level"]) == "How bright; 0 to 1.\n0 to 1; by default 0.0"
    assert help_of(PARAMS["open"]) == "1e-30 or more; by default not set"
    assert help_of(PARAMS["count"]) == "1 to 9 px; by default 3"
    assert "Names: x, y" in help_of(PARAMS["formula"])


def test_patterns() -> None:
    assert patterns_of(PARAMS["file"]) == ("*.fits", "*.xisf")
    assert patterns_of(PARAMS["out"]) == ("*.fits", "*.png")
    assert patterns_of(PARAMS["level"]) == ()


def test_common_parameters_are_those_of_the_same_type() -> None:
    @node("toy.other")
    def other(*, level: float = 1.0, count: float = 1.0, few: Literal["a", "b"] = "a") -> float:
        """Another node."""
        return 0.0

    own, others = list(PARAMS.values()), list(other.spec.params.values())  # type: ignore[attr-defined]
    assert [p.name for p in common([own, others])] == ["level"]
    assert common([own]) == own
    assert common([]) == []
