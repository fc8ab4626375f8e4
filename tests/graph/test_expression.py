"""Formulas: Python's own arithmetic for what is allowed, ValueError for everything else."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graph.check import check as check_graph
from graph.expression import DEPTH_LIMIT, LENGTH_LIMIT, NODE_LIMIT, check, evaluate
from graph.model import Graph
from tests.graph import toy_nodes as toy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("2 ** 3 ** 2", 512.0),
        ("-2 ** 2", -4.0),
        ("7 // 2 + 7 % 4 + 7 / 2", 9.5),
        ("+1 - -1", 2.0),
        (" \n 0x10 + 1e2 + 1_000 ", 1116.0),
        ("1 < 2 <= 2 != 3", 1.0),
        ("3 > 2 > 2", 0.0),
        ("1 == 1 and 2 >= 3", 0.0),
        ("0 or 2", 1.0),
        ("0 or 0", 0.0),
        ("2 and 3", 1.0),
        ("2 and 0 and 1 / 0", 0.0),
        ("1 or 1 / 0", 1.0),
        ("not 2", 0.0),
        ("5 if 1 < 2 else 1 / 0", 5.0),
        ("5 if 1 > 2 else 6", 6.0),
        ("max(1, 5, 3) - min(4, 2) + abs(-3)", 6.0),
        ("sqrt(16) + exp(0) + ln(e) + log(100) + log2(8)", 11.0),
        ("floor(2.7) + ceil(2.2) + round(2.5)", 7.0),
        ("round(2.347, 2)", 2.35),
        ("cos(pi) + sin(0) + tan(0)", -1.0),
    ],
)
def test_formula_has_the_value_of_arithmetic(text: str, value: float) -> None:
    result = evaluate(text)
    assert type(result) is float
    assert result == pytest.approx(value, abs=1e-15)


def test_names_stand_for_their_values() -> None:
    assert evaluate("x * 2 + y", {"x": 3, "y": 0.5}) == 6.5
    assert evaluate("e + pi", {"e": 1.0}) == 1 + math.pi
    assert evaluate("x / y", {"x": math.inf, "y": 2}) == math.inf
    assert math.isnan(evaluate("x - x", {"x": math.inf}))
    with pytest.raises(ValueError, match=r"column 5: unknown name 'z' \(known: x, y, pi, e\)"):
        evaluate("x + z", {"x": 1, "y": 2})


FORBIDDEN = [
    "().__class__",
    "x.real",
    "x[0]",
    "'text'",
    "f'{x}'",
    "b'x'",
    "True",
    "None",
    "...",
    "1j",
    "[1]",
    "(1, 2)",
    "{1: 2}",
    "{1}",
    "[i for i in x]",
    "lambda: 1",
    "(y := 1)",
    "x @ y",
    "x << 2",
    "x & y",
    "~x",
    "x is y",
    "x in y",
    "await x",
    "open('x')",
    "eval('1')",
    "__import__('os')",
    "sqrt.__call__(1)",
    "sqrt",
    "x(1)",
    "max(*x)",
    "max(1, key=abs)",
    "round(1, ndigits=1)",
    "import os",
    "x = 1",
    "x; y",
    "x\ny",
    "",
    "   ",
    "1 +",
    "((1)",
    "0777",
    "\x00",
    "\ud800",
    "🌌",
]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"column|formula|surrogates"):
        check(text, ("x", "y"))
    with pytest.raises(ValueError):  # noqa: PT011
        evaluate(text, {"x": 1.0, "y": 1.0})


@pytest.mark.parametrize("text", FORBIDDEN)
def test_z03_expression_parameter_refuses_names_attributes_and_calls(text: str) -> None:
    graph = Graph(toy.registry())
    graph.add("f", "toy.formula", text=text)
    (problem,) = check_graph(graph)
    assert (problem.node, problem.name) == ("f", "text")
    assert not problem.warning


@pytest.mark.parametrize(
    "text", ["x", "1.5", "x + y * 2 / (3 - x)", "sqrt(max(x, 0)) if x > y else -pi"]
)
def test_z03_numbers_operators_and_listed_functions_pass(text: str) -> None:
    graph = Graph(toy.registry())
    graph.add("f", "toy.formula", text=text)
    assert check_graph(graph) == []


def test_refusals_name_place_and_what_is_known() -> None:
    with pytest.raises(ValueError, match="column 5: Attribute is not allowed in a formula"):
        check("1 + x.real", ("x",))
    with pytest.raises(ValueError, match=r"column 1: 'open' cannot be called so \(known: abs, "):
        check("open(1)")
    with pytest.raises(ValueError, match=r"the formula '1 \+\* 2' has a mistake at column 4"):
        check("1 +* 2")


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "1 // 0",
        "1 % 0",
        "0 ** -1",
        "10 ** 400",
        "10 ** 10 ** 10",
        "1" * 400,
        "(-8) ** (1 / 3)",
        "abs((-8) ** (1 / 3))",
        "sqrt(-1)",
        "ln(0)",
        "exp(1000)",
        "floor(x)",
        "abs(1, 2)",
        "max()",
        "max(1)",
        "sin()",
    ],
)
def test_formulas_without_a_value_say_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"the formula '.*' has no value: "):
        evaluate(text, {"x": math.inf})


@pytest.mark.parametrize(
    "text",
    [
        "-" * (DEPTH_LIMIT + 1) + "1",
        "(" * 90 + "1" + ")" * 90 + "+1" * 300,
        "+".join(["1"] * NODE_LIMIT),
        "(" * 5_000 + "1" + ")" * 5_000,
        "-" * (LENGTH_LIMIT - 1) + "1",
        "1" * 10_000_000,
        "1 if 1 else " * 500 + "1",
    ],
)
def test_long_and_deep_formulas_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"longer than|too deep|has a mistake"):
        check(text)


# --- random formulas -------------------------------------------------------------------------

# whole numbers with a point: every number of a formula is a real one
_numbers = (st.integers(0, 1000).map(float) | st.floats(0, 1e6, allow_nan=False)).map(repr)
_operators = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!="]
)
_safe = st.recursive(
    _numbers | st.sampled_from(["x", "y", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, _operators, inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        st.tuples(st.sampled_from(["-", "+"]), inner).map("".join),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
        inner.map(lambda part: f"abs({part})"),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(_safe, st.floats(-100, 100), st.floats(-100, 100))
def test_safe_formulas_equal_pythons_own_arithmetic(text: str, x: float, y: float) -> None:
    names = {"x": x, "y": y, "pi": math.pi, "min": min, "max": max, "abs": abs}
    try:
        expected = eval(text, {"__builtins__": {}}, names)  # noqa: S307
        assume(not isinstance(expected, complex))
    except (ArithmeticError, TypeError):
        with pytest.raises(ValueError, match="has no value"):
            evaluate(text, {"x": x, "y": y})
        return
    try:
        result = evaluate(text, {"x": x, "y": y})
    except ValueError:
        assert "**" in text  # a power that would be complex on the way
        return
    assert result == expected or (math.isnan(result) and math.isnan(expected))


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60)
    | st.text("x1 .()[]{}+-*/%<>=!'\"\\,:;@&|^~_lambdifnotr\n", max_size=60)
    | st.lists(
        st.sampled_from(["x", "1", "+", "-", "**", "(", ")", "sqrt", ",", " if ", " else ", "not ",
                         ".", "lambda", ":", "'", "[", "]", "==", " and ", "1e9"]),
        max_size=25,
    ).map("".join)
)  # fmt: skip
def test_any_text_gives_a_number_or_a_value_error(text: str) -> None:
    try:
        result = evaluate(text, {"x": 2.0})
    except ValueError:
        return
    assert isinstance(result, float)
