"""Settings: what each kind takes, what it says otherwise, texts of the command line, schemas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.document import plain
from graph.parameters import near, parse, resolve, schema
from graph.spec import (
    Color,
    CurvePoints,
    Each,
    Expression,
    InputFile,
    OutputFile,
    Parameter,
    Range,
    node,
)


@node("toy.every_kind")
def every_kind(
    *,
    number: float = 0.0,
    limited: Annotated[float, Range(-1, 1, unit="px")] = 0.0,
    low: Annotated[float, Range(minimum=0)] = 0.0,
    whole: Annotated[int, Range(1, 9)] = 1,
    switch: bool = False,
    text: str = "",
    choice: Literal["fast", "exact"] = "fast",
    mixed: Literal[1, "1", True] = 1,
    maybe: float | None = None,
    pair: tuple[float, float] = (0.0, 1.0),
    numbers: Annotated[tuple[float, ...], Range(0, 10)] = (),
    names: list[str] = [],  # noqa: B006
    points: Sequence[tuple[float, float]] = (),
    rows: list[list[int]] = [],  # noqa: B006
    levels: tuple[Annotated[float, Range(0, 1)], int] = (0.5, 1),
    formula: Annotated[str, Expression(("x",))] = "x",
    source: Annotated[Path, InputFile(("*.txt",))] = Path("a/b.txt"),
    target: Annotated[Path, OutputFile((".txt",))],
    each: Annotated[float, Each()],
    sources: Annotated[Path, InputFile(("*.txt",)), Each()],
    anything: Any = None,
    tint: Annotated[tuple[float, float, float], Color()] = (1, 0.5, 0),
    curve: Annotated[tuple[tuple[float, float], ...], CurvePoints()] = ((0, 0), (1, 1)),
) -> float:
    """A node with a parameter of every kind.

    limited: how far to go; pixels.
    """
    return 0.0


PARAMETERS = every_kind.spec.params  # type: ignore[attr-defined]

GOOD: list[tuple[str, Any, Any]] = [
    ("number", 1, 1.0),
    ("number", -0.0, 0.0),
    ("number", np.float64(0.5), 0.5),
    ("limited", -1, -1.0),
    ("limited", 1.0, 1.0),
    ("low", 1e300, 1e300),
    ("whole", 9, 9),
    ("whole", 3.0, 3),
    ("switch", True, True),
    ("text", "", ""),
    ("choice", "exact", "exact"),
    ("mixed", 1, 1),
    ("mixed", "1", "1"),
    ("mixed", True, True),
    ("maybe", None, None),
    ("maybe", 2, 2.0),
    ("pair", [1, 2], (1.0, 2.0)),
    ("numbers", [], ()),
    ("numbers", (1, 10), (1.0, 10.0)),
    ("names", ["a", ""], ("a", "")),
    ("points", [[1, 2], (3, 4.5)], ((1.0, 2.0), (3.0, 4.5))),
    ("rows", [[], [1, 2.0, 3]], ((), (1, 2, 3))),
    ("levels", [1, 7], (1.0, 7)),
    ("formula", "x * 2", "x * 2"),
    ("source", Path("x") / "y.txt", str(Path("x") / "y.txt")),
    ("target", "out.txt", "out.txt"),
    ("each", [1, 2.5], (1.0, 2.5)),
    ("each", [[1], []], ((1.0,), ())),
    ("sources", "lights/*.txt", "lights/*.txt"),
    ("sources", ["a.txt", "b.txt"], ("a.txt", "b.txt")),
    ("anything", {"a": [1, None]}, {"a": [1, None]}),
    ("tint", [0, 1, 0.25], (0.0, 1.0, 0.25)),
    ("curve", [[0, 0.5], [0.25, 1], [1, 0]], ((0.0, 0.5), (0.25, 1.0), (1.0, 0.0))),
]

#: what no schema can say of points
CROOKED: list[tuple[str, Any, str]] = [
    ("curve", [[0.1, 0], [1, 1]], "must go from x = 0 to x = 1, not from 0.1 to 1"),
    ("curve", [[0, 0], [0.9, 1]], "must go from x = 0 to x = 1, not from 0 to 0.9"),
    ("curve", [[0, 0], [0.5, 1], [0.5, 0], [1, 1]], "value 3: x must rise, but 0.5 follows 0.5"),
]

BAD: list[tuple[str, Any, str]] = [
    ("number", "1", "needs a number, not the text '1'"),
    ("number", True, "needs a number, not the switch True"),
    ("number", None, "needs a number, not None"),
    ("number", [1], "needs a number, not [1]"),
    ("number", float("nan"), "needs a finite number, not nan"),
    ("number", float("-inf"), "needs a finite number, not -inf"),
    ("number", 10**400, "needs a finite number, not 1000"),
    ("limited", 1.5, "1.5 is outside -1 to 1 px"),
    ("limited", -1.0000001, "-1.0000001 is outside -1 to 1 px"),
    ("low", -1e-9, "-1e-09 is below 0"),
    ("whole", 10, "10 is outside 1 to 9"),
    ("whole", 10**400, "is outside 1 to 9"),
    ("whole", 1.5, "needs a whole number, not 1.5"),
    ("whole", False, "needs a whole number, not the switch False"),
    ("whole", float("inf"), "needs a whole number, not inf"),
    ("switch", 1, "needs true or false, not 1"),
    ("switch", "true", "needs true or false, not the text 'true'"),
    ("text", 1, "needs text, not 1"),
    ("choice", "exat", "the text 'exat' is not one of: fast, exact; did you mean 'exact'?"),
    ("choice", ["fast"], "['fast'] is not one of: fast, exact"),
    ("mixed", 1.0, "1.0 is not one of: 1, 1, True"),
    ("mixed", False, "the switch False is not one of"),
    ("pair", [1], "needs 2 values, not 1"),
    ("pair", [1, "x"], "value 2: needs a number, not the text 'x'"),
    ("pair", "ab", "needs a list, not the text 'ab'"),
    ("numbers", [1, 11], "value 2: 11.0 is outside 0 to 10"),
    ("numbers", {"a": 1}, "needs a list, not {'a': 1}"),
    ("names", ["a", 1], "value 2: needs text, not 1"),
    ("points", [[1, 2], [3]], "value 2: needs 2 values, not 1"),
    ("points", [[1, 2], [3, None]], "value 2: value 2: needs a number, not None"),
    ("rows", [[1], 2], "value 2: needs a list, not 2"),
    ("levels", [1.5, 1], "value 1: 1.5 is outside 0 to 1"),
    ("formula", "x.real", "column 1: Attribute is not allowed"),
    ("formula", 3, "needs text, not 3"),
    ("source", "", "needs the path of a file, not the text ''"),
    ("source", 3, "needs the path of a file, not 3"),
    ("target", None, "needs the path of a file, not None"),
    ("each", 3.0, "needs a list, not 3.0"),
    ("each", [1, "x"], "needs a number, not the text 'x'"),
    ("sources", ["a", 3], "needs the path of a file, not 3"),
    ("anything", object(), "object cannot be part of a key"),
    ("tint", [0, 1], "needs 3 values, not 2"),
    ("tint", [0, 1, 255], "value 3: 255.0 is outside 0 to 1"),
    ("curve", [[0, 0]], "needs 2 points or more, not 1"),
    ("curve", [[0, 0], [1, 2]], "value 2: value 2: 2.0 is outside 0 to 1"),
    *CROOKED,
    ("text", 10**80, f"needs text, not 1{'0' * 56}…"),
]


@pytest.mark.parametrize(("name", "value", "expected"), GOOD)
def test_resolve_gives_the_value_in_its_own_type(name: str, value: Any, expected: Any) -> None:
    result = resolve(PARAMETERS[name], value)
    assert result == expected
    assert type(result) is type(expected) or isinstance(value, np.generic)
    assert repr(result) == repr(expected) or isinstance(value, np.generic)


@pytest.mark.parametrize(("name", "value", "message"), BAD)
def test_resolve_says_what_is_wrong(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        resolve(PARAMETERS[name], value)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 200


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(PARAMETERS)), _values)
def test_resolve_never_raises_anything_else_and_settles(name: str, value: Any) -> None:
    try:
        result = resolve(PARAMETERS[name], value)
    except ValueError:
        return
    assert resolve(PARAMETERS[name], result) == result


# --- texts of the command line -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("number", "0.25", 0.25),
        ("number", "-3", -3.0),
        ("whole", "7", 7),
        ("switch", "true", True),
        ("text", "12", "12"),
        ("text", "[1]", "[1]"),
        ("choice", "exact", "exact"),
        ("mixed", "1", "1"),
        ("maybe", "null", None),
        ("pair", "[1, 2]", (1.0, 2.0)),
        ("names", '["a", "b"]', ("a", "b")),
        ("source", "null", "null"),
        ("sources", "lights/*.txt", "lights/*.txt"),
        ("sources", '["a", "b"]', ("a", "b")),
        ("each", "[1, 2]", (1.0, 2.0)),
        ("anything", "plain words", "plain words"),
        ("anything", '{"a": 1}', {"a": 1}),
    ],
)
def test_parse_types_a_text(name: str, text: str, expected: Any) -> None:
    result = parse(PARAMETERS[name], text)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("number", "much", "needs a number, not the text 'much'"),
        ("number", "", "needs a number"),
        ("number", "NaN", "needs a finite number, not NaN"),
        ("number", "1e999", "needs a finite number, not inf"),
        ("whole", "1.5", "needs a whole number"),
        ("whole", "99", "99 is outside 1 to 9"),
        ("switch", "yes", "needs true or false"),
        ("choice", "exat", "did you mean 'exact'"),
        ("pair", "1,2", "needs a list"),
        ("source", "", "needs the path of a file"),
        ("anything", "[NaN]", "needs a finite number, not NaN"),
        ("number", "[" * 100_000, "needs a number"),
        ("number", "1" * 5000, "Exceeds the limit"),
    ],
)
def test_parse_says_what_is_wrong(name: str, text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse(PARAMETERS[name], text)
    assert message in str(caught.value)


# --- schemas and near names ----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(PARAMETERS[name]))


@pytest.mark.parametrize(("name", "value", "expected"), GOOD)
def test_schema_takes_what_resolve_takes(name: str, value: Any, expected: Any) -> None:
    jsonschema.validate(plain(value), schema(PARAMETERS[name]))
    jsonschema.validate(plain(expected), schema(PARAMETERS[name]))


#: JSON knows no largest number, and 1.0 is 1 there
BEYOND_JSON = (("number", 10**400), ("mixed", 1.0))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name, value, message in BAD
        if (name, value) not in BEYOND_JSON
        and (name, value, message) not in CROOKED
        and (
            not any(part in message for part in ("finite", "inf", "path", "column", "key"))
            or isinstance(value, int)
        )
    ],
)
def test_schema_refuses_what_resolve_refuses(name: str, value: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(value), schema(PARAMETERS[name]))


def test_schema_has_help_default_and_unit() -> None:
    assert schema(PARAMETERS["limited"]) == {
        "type": "number",
        "minimum": -1,
        "maximum": 1,
        "unit": "px",
        "description": "how far to go; pixels.",
        "default": 0.0,
    }
    assert schema(PARAMETERS["source"])["default"] == str(Path("a/b.txt"))
    assert schema(PARAMETERS["pair"])["default"] == [0.0, 1.0]
    assert "default" not in schema(PARAMETERS["target"])


def test_only_single_scalars_take_a_link() -> None:
    linkable = {name for name, parameter in PARAMETERS.items() if parameter.linkable}
    assert linkable == {
        "number", "limited", "low", "whole", "switch", "text", "choice", "mixed", "maybe",
        "formula",
    }  # fmt: skip


def test_near_names() -> None:
    assert near("linkd", ["linked", "unlinked"]) == "; did you mean 'linked'?"
    assert near("zzz", ["linked", "unlinked"]) == ""
    assert near("linked", []) == ""
    assert near("name5", [f"name{i}" for i in range(100_000)]) == ""
    assert near("x" * 1_000_000, ["x" * 999_999]) == ""


def test_parameters_are_plain_data() -> None:
    assert all(isinstance(parameter, Parameter) for parameter in PARAMETERS.values())
    assert PARAMETERS["limited"] == PARAMETERS["limited"]
    assert PARAMETERS["levels"].kind == PARAMETERS["rows"].kind == "list"
