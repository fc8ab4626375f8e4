"""Values on links: which fit where, what survives being stored, and how they are digested."""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from graph.values import (
    Frames,
    decode,
    digest,
    encode,
    fits,
    freeze,
    is_value_type,
    nbytes,
    summarize,
    type_color,
    type_name,
    value_type,
)


@value_type("Inner", color="#123456")
@dataclass(frozen=True, eq=False)
class Inner:
    """A value inside another."""

    data: np.ndarray[Any, Any]
    name: str = ""


@value_type("Outer")
@dataclass(frozen=True, eq=False)
class Outer:
    """A value that holds all that a value may hold."""

    inner: Inner | None = None
    parts: tuple[Any, ...] = ()
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    number: float = 0.0


@value_type("Finer")
@dataclass(frozen=True, eq=False)
class Finer(Inner):
    """A kind of Inner."""


def again(value: Any) -> Any:
    """A value after its way through JSON and arrays."""
    data, arrays = encode(value)
    return decode(json.loads(json.dumps(data)), arrays)


def same(a: Any, b: Any) -> bool:
    """Whether two values are alike to the last bit; lists may have become tuples."""
    if isinstance(a, np.ndarray):
        return (
            isinstance(b, np.ndarray)
            and (a.dtype, a.shape) == (b.dtype, b.shape)
            and a.tobytes() == b.tobytes()
        )
    if dataclasses.is_dataclass(a):
        names = [field.name for field in dataclasses.fields(a)]
        return type(a) is type(b) and all(same(getattr(a, n), getattr(b, n)) for n in names)
    if isinstance(a, list | tuple | Frames):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, float) and math.isnan(a):
        return isinstance(b, float) and math.isnan(b)
    return type(a) is type(b) and a == b


# --- codec -----------------------------------------------------------------------------------

_arrays = arrays_of.arrays(
    st.one_of(
        arrays_of.integer_dtypes(endianness="?"),
        arrays_of.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
        arrays_of.complex_number_dtypes(),
        arrays_of.boolean_dtypes(),
        arrays_of.unicode_string_dtypes(max_len=3),
    ),
    arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
_plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_values = st.recursive(
    _plain | _arrays,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
        st.builds(Inner, _arrays, st.text(max_size=5)),
        st.builds(
            Outer,
            st.none() | st.builds(Inner, _arrays),
            st.lists(inner, max_size=2).map(tuple),
            st.dictionaries(st.sampled_from(["array", "dict", "type", "x"]), inner, max_size=2),
            st.floats(),
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(_values)
def test_every_value_survives_the_codec(value: Any) -> None:
    back = again(value)
    assert same(value, back)
    assert digest(value) == digest(back)


def test_bits_of_nan_byte_order_and_odd_shapes_survive() -> None:
    nan = np.array([0x7FC00001, 0xFFC12345, 0x7F800001], np.uint32).view(np.float32)
    for array in (
        nan,
        np.arange(6, dtype=">f8").reshape(2, 3),
        np.array(3.5, np.float32),
        np.zeros((0, 4), np.int16),
        np.arange(12).reshape(3, 4)[:, ::2],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    ):
        assert same(Inner(array), again(Inner(array)))


def test_frames_and_mappings_are_stored_as_what_they_hold() -> None:
    assert again(Frames([1.0, 2.0])) == (1.0, 2.0)
    assert again([1, [2]]) == (1, (2,))
    assert again(Outer(facts=types.MappingProxyType({"a": 1}))).facts == {"a": 1}
    assert again({"array": 0, "type": "Inner"}) == {"array": 0, "type": "Inner"}
    assert again((np.float32(0.5), np.int16(3), np.True_)) == (0.5, 3, True)


@pytest.mark.parametrize(
    "value",
    [object(), {1: 2}, {1, 2}, b"bytes", 1j, np.array([object()]), Outer(parts=(object(),)), Outer],
)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize(
    "data", [{"type": "Unheard", "fields": {}}, {"array": 5}, {"type": "Inner", "fields": {"x": 1}}]
)
def test_damaged_data_is_an_error_that_the_store_knows(data: Any) -> None:
    with pytest.raises((KeyError, IndexError, TypeError, ValueError)):
        decode(data, [])


def test_value_types_are_declared_once_and_must_be_dataclasses() -> None:
    with pytest.raises(ValueError, match="the value type 'Inner' is declared by"):

        @value_type("Inner")
        @dataclass(frozen=True)
        class Other:
            pass

    with pytest.raises(TypeError, match="must be a frozen dataclass"):

        @value_type("Loose")
        class Loose:
            pass

    assert not is_value_type(dict)
    assert is_value_type(Inner)
    assert is_value_type(Any)
    assert (type_name(Inner), type_name(float), type_name(Any), type_name(dict)) == (
        "Inner", "Number", "Any", "dict",
    )  # fmt: skip
    assert type_color(Inner) == "#123456"
    assert type_color(dict).startswith("#")


# --- digests -----------------------------------------------------------------------------------


def test_digests_differ_by_content_shape_type_and_order() -> None:
    zeros = np.zeros(4, np.float32)
    structured = np.zeros(2, [("x", "<f4"), ("y", "<f4")])
    different: list[Any] = [
        zeros, zeros.reshape(2, 2), zeros.reshape(1, 4), zeros.view(np.int32), zeros.view(np.int64),
        zeros.astype(">f4"), np.zeros(0, np.float32), np.zeros((0, 4), np.float32),
        np.zeros((), np.float32), np.zeros(1, np.float32), -zeros, structured,
        structured.view([("x", "<f4"), ("z", "<f4")]),
        Inner(zeros), Inner(zeros, "n"), Finer(zeros), Outer(Inner(zeros)), (zeros,),
        (zeros, zeros),
        [[zeros], zeros], [zeros, [zeros]], {"a": zeros}, {"b": zeros},
        0, 0.0, -0.0, False, "", "0", None, (), ((),), (0,), (0.0,), (False,), {"a": 0}, {},
        math.nan, math.inf, "nan", 1, 1.0, True, "1", "True",
    ]  # fmt: skip
    assert len({digest(value) for value in different}) == len(different)


def test_equal_content_gives_equal_digests() -> None:
    grid = np.arange(12.0).reshape(3, 4)
    for twin in (
        grid.copy(),
        np.asfortranarray(grid),
        np.arange(24.0).reshape(3, 8)[:, ::2] / 2,
        np.flip(np.flip(grid)),
    ):
        assert np.array_equal(grid, twin)
        assert digest(Inner(twin)) == digest(Inner(grid))
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) == digest((1, 2)) == digest(Frames([1, 2]))


def test_digests_are_the_same_for_ever() -> None:
    import xxhash

    assert digest(1.5) == xxhash.xxh3_128_hexdigest(b"float:1.5")
    expected = xxhash.xxh3_128(b'{"array":0}')
    expected.update(b"<i4(2,)")
    expected.update(b"\1\0\0\0\2\0\0\0")
    assert digest(np.array([1, 2], "<i4")) == expected.hexdigest()


# --- the rest ----------------------------------------------------------------------------------


TABLE = [
    # source, target, fits
    (float, float, True),
    (int, float, True),
    (float, int, False),
    (bool, float, False),
    (bool, int, False),
    (int, bool, False),
    (bool, bool, True),
    (str, str, True),
    (str, float, False),
    (float, str, False),
    (Inner, Inner, True),
    (Finer, Inner, True),
    (Inner, Finer, False),
    (Inner, Outer, False),
    (Inner, float, False),
    (Inner, Any, True),
    (float, Any, True),
    (Any, Inner, True),
    (Any, Any, True),
]


@pytest.mark.parametrize(("source", "target", "expected"), TABLE)
def test_which_types_fit(source: Any, target: Any, expected: bool) -> None:
    assert fits(source, target) is expected


def test_freeze_reaches_every_array() -> None:
    a, b, c, d = (np.zeros(2) for _ in range(4))
    value = Outer(Inner(a), (b, [c]), {"d": d})
    assert freeze(value) is value
    for array in (a, b, c, d):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_frames_load_when_read_and_hold_nothing() -> None:
    loaded: list[int] = []

    def load(item: int) -> int:
        loaded.append(item)
        return item * 10

    frames = Frames([1, 2, 3], load)
    assert len(frames) == 3
    assert not loaded
    assert frames[1] == 20
    assert frames[-1] == 30
    assert list(frames) == [10, 20, 30]
    assert list(frames[1:]) == [20, 30]
    assert isinstance(frames[1:], Frames)
    assert loaded == [2, 3, 1, 2, 3, 2, 3]
    with pytest.raises(IndexError):
        frames[3]
    assert repr(frames) == "Frames(3)"
    assert list(Frames([])) == []


def test_size_counts_arrays() -> None:
    data = np.zeros(1000, np.float32)
    assert 4000 <= nbytes(data) < 4200
    assert 8000 <= nbytes(Outer(Inner(data), (data,))) < 9000
    assert nbytes({"a": data}) >= 4000
    assert 0 < nbytes(None) < 100
    assert nbytes("x" * 500) >= 500


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (1.23456789, "1.23457"),
        (math.nan, "NaN"),
        (3, "3"),
        (True, "True"),
        ("word", "'word'"),
        ("x" * 100, "'" + "x" * 57 + "…'"),
        (np.zeros((2, 3), np.float32), "array (2, 3) float32"),
        (Frames([1, 2]), "2 frames"),
        (Inner(np.zeros(3)), "Inner"),
    ],
)
def test_summary_is_one_line_without_content(value: Any, text: str) -> None:
    assert summarize(value) == text


def test_summary_of_a_type_that_has_one() -> None:
    @dataclass(frozen=True)
    class Told:
        def summary(self) -> str:
            return "told so"

    assert summarize(Told()) == "told so"
