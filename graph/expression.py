"""Formulas typed by people: a whitelist over Python's grammar, never ``eval``.

Numbers, the names handed in, ``+ - * / // % **``, comparisons, ``and or not``, ``x if c else y``
and calls of the listed functions. No attribute, index, text, lambda or anything else.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection, Mapping

from graph.syntax import parsing

LENGTH_LIMIT = 10_000
NODE_LIMIT = 2_000
DEPTH_LIMIT = 100

FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "ln": math.log,
    "log": math.log10,
    "log2": math.log2,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": lambda x, digits=0: round(x, int(digits)),
}
CONSTANTS = {"pi": math.pi, "e": math.e}

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,  # never complex
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def check(text: str, names: Collection[str] = ()) -> ast.expr:
    """The checked tree of a formula. Raises ValueError naming what is not allowed and where."""
    if len(text) > LENGTH_LIMIT:
        raise ValueError(f"the formula is longer than {LENGTH_LIMIT:,} characters")
    if not text.strip():
        raise ValueError("the formula is empty")
    try:
        with parsing:
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = getattr(error, "offset", None)
        at = f" at column {place}" if place else ""
        raise ValueError(f"the formula {text[:60]!r} has a mistake{at}") from None
    pending = [(tree, 1)]
    count = 0
    while pending:
        node, depth = pending.pop()
        count += 1
        if count > NODE_LIMIT or depth > DEPTH_LIMIT:
            raise ValueError(f"the formula is longer than {NODE_LIMIT} parts or too deep")
        pending += [(below, depth + 1) for below in _parts(node, names)]
    return tree


def _parts(node: ast.expr, names: Collection[str]) -> list[ast.expr]:
    """The parts of one allowed part of a formula; ValueError for anything else."""
    match node:
        case ast.Constant(value=value) if type(value) in (int, float):
            return []
        case ast.Name(id=name) if name in names or name in CONSTANTS:
            return []
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return [left, right]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return [operand]
        case ast.BoolOp(values=values):
            return values
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in _COMPARE for op in ops
        ):
            return [left, *others]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return [test, body, orelse]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return args
        case ast.Name(id=name):
            known = ", ".join([*names, *CONSTANTS])
            raise ValueError(
                f"column {node.col_offset + 1}: unknown name {name!r} (known: {known})"
            )
        case ast.Call(func=ast.Name(id=name)):
            known = ", ".join(FUNCTIONS)
            raise ValueError(
                f"column {node.col_offset + 1}: {name!r} cannot be called so (known: {known})"
            )
    what = type(node).__name__
    raise ValueError(f"column {node.col_offset + 1}: {what} is not allowed in a formula")


def evaluate(text: str, values: Mapping[str, float] | None = None) -> float:
    """The value of a formula. Raises ValueError for a mistake, a division by zero, an overflow."""
    values = values or {}
    tree = check(text, values)
    try:
        return float(_evaluate(tree, {**CONSTANTS, **values}))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ValueError(f"the formula {text[:60]!r} has no value: {error}") from None


def _evaluate(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return float(values[name])
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(left, values), _evaluate(right, values))
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](_evaluate(operand, values))
        case ast.BoolOp(op=op, values=parts):
            wanted = isinstance(op, ast.Or)
            return float(any(bool(_evaluate(part, values)) is wanted for part in parts) is wanted)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_evaluate(side, values) for side in (left, *others)]
            return float(
                all(
                    _COMPARE[type(op)](a, b)
                    for op, a, b in zip(ops, sides, sides[1:], strict=False)
                )
            )
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _evaluate(body if _evaluate(test, values) else orelse, values)
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(_evaluate(arg, values) for arg in args))
    raise AssertionError("check() let through a part that cannot be evaluated")
