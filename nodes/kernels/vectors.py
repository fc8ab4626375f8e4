"""Sixteen float32 numbers at once, in registers of the processor.

LLVM finds such vectors in loops over arrays by itself, but keeps them in memory from row to row,
and asks at every row whether arrays overlap. Kernels that pass over rows of lanes many times say
it themselves: ``load`` and ``store`` at a place of a C-contiguous float32 array, counted in
numbers, ``fill``, ``least``, ``most``, ``root``, ``choose`` between two by a comparison, ``count``
of what is true; and the operators ``+ - * / < > <= >= & |``. ``copy_from`` and ``read_from`` take
float32 numbers from an address in memory. A processor with smaller registers takes several.
Without numba a vector is an array of NumPy.
"""
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import ctypes
import operator
from typing import Any

import numpy as np

WIDTH = 16

try:
    from llvmlite import ir
    from numba import types
    from numba.core.cgutils import get_or_insert_function, raw_memcpy
    from numba.core.typing.templates import AbstractTemplate, infer_global, signature
    from numba.extending import intrinsic, lower_builtin, models, register_model
except ImportError:

    def load(array: Any, place: Any) -> Any:
        return array.reshape(-1)[place : place + WIDTH].copy()

    def store(array: Any, place: Any, vector: Any) -> None:
        array.reshape(-1)[place : place + WIDTH] = vector

    def copy_from(address: Any, array: Any, place: Any, numbers: Any) -> None:
        array.reshape(-1)[place : place + numbers] = np.ctypeslib.as_array(
            (ctypes.c_float * int(numbers)).from_address(int(address))
        )

    def read_from(address: Any) -> Any:
        return np.float32(ctypes.c_float.from_address(int(address)).value)

    def fill(value: Any) -> Any:
        return np.full(WIDTH, value, np.float32)

    def count(mask: Any) -> Any:
        return np.int64(mask.sum())

    least, most, root, choose = np.minimum, np.maximum, np.sqrt, np.where
else:
    _FLOATS = ir.VectorType(ir.FloatType(), WIDTH)
    _FLAGS = ir.VectorType(ir.IntType(1), WIDTH)
    _ALIGN = 4  # bytes

    class _Floats(types.Type):
        """Numbers."""

        def __init__(self) -> None:
            super().__init__("Floats16")

    class _Flags(types.Type):
        """What a comparison gives."""

        def __init__(self) -> None:
            super().__init__("Flags16")

    _floats, _flags = _Floats(), _Flags()

    @register_model(_Floats)
    class _FloatsModel(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, _FLOATS)

    @register_model(_Flags)
    class _FlagsModel(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, _FLAGS)

    def _declare(sign: Any, takes: Any, gives: Any, name: str, *words: str) -> None:
        """An operator between two vectors: the instruction of that name."""

        @infer_global(sign)
        class _Sign(AbstractTemplate):
            def generic(self, args: Any, kws: Any) -> Any:
                return signature(gives, takes, takes) if args == (takes, takes) else None

        @lower_builtin(sign, takes, takes)
        def _lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return getattr(builder, name)(*words, *args)

    for _sign, _name in (("add", "fadd"), ("sub", "fsub"), ("mul", "fmul"), ("truediv", "fdiv")):
        _declare(getattr(operator, _sign), _floats, _floats, _name)
    for _sign, _word in (("lt", "<"), ("gt", ">"), ("le", "<="), ("ge", ">=")):
        _declare(getattr(operator, _sign), _floats, _flags, "fcmp_ordered", _word)
    for _sign in ("and_", "or_"):
        _declare(getattr(operator, _sign), _flags, _flags, _sign)

    def _point(context: Any, builder: Any, kind: Any, array: Any, place: Any) -> Any:
        data = context.make_array(kind)(context, builder, array).data
        return builder.bitcast(builder.gep(data, [place]), _FLOATS.as_pointer())

    @intrinsic
    def load(typing: Any, array: Any, place: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.load(_point(context, builder, sig.args[0], *args), align=_ALIGN)

        return _floats(array, types.intp), make

    @intrinsic
    def store(typing: Any, array: Any, place: Any, vector: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            target = _point(context, builder, sig.args[0], *args[:2])
            builder.store(args[2], target, align=_ALIGN)
            return context.get_dummy_value()

        return types.void(array, types.intp, _floats), make

    @intrinsic
    def copy_from(typing: Any, address: Any, array: Any, place: Any, numbers: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            data = context.make_array(sig.args[1])(context, builder, args[1]).data
            target = builder.gep(data, [args[2]])
            source = builder.inttoptr(args[0], data.type)
            raw_memcpy(builder, target, source, args[3], 4, align=_ALIGN)
            return context.get_dummy_value()

        return types.void(types.int64, array, types.intp, types.intp), make

    @intrinsic
    def read_from(typing: Any, address: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.load(
                builder.inttoptr(args[0], ir.FloatType().as_pointer()), align=_ALIGN
            )

        return types.float32(types.int64), make

    @intrinsic
    def fill(typing: Any, value: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            none = ir.Constant(_FLOATS, ir.Undefined)
            one = builder.insert_element(none, args[0], ir.Constant(ir.IntType(32), 0))
            return builder.shuffle_vector(
                one, none, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
            )

        return _floats(types.float32), make

    @intrinsic
    def choose(typing: Any, flags: Any, one: Any, other: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.select(*args)

        return _floats(_flags, _floats, _floats), make

    @intrinsic
    def count(typing: Any, flags: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            bits = builder.bitcast(args[0], ir.IntType(WIDTH))
            return builder.zext(builder.ctpop(bits), ir.IntType(64))

        return types.int64(_flags), make

    @intrinsic
    def root(typing: Any, vector: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            kind = ir.FunctionType(_FLOATS, [_FLOATS])
            name = f"llvm.sqrt.v{WIDTH}f32"
            return builder.call(get_or_insert_function(builder.module, kind, name), args)

        return _floats(_floats), make

    def _pick(word: str) -> Any:
        def pick(typing: Any, one: Any, other: Any) -> Any:
            def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
                return builder.select(builder.fcmp_ordered(word, *args), *args)

            return _floats(_floats, _floats), make

        return pick

    @intrinsic
    def least(typing: Any, one: Any, other: Any) -> Any:
        return _pick("<")(typing, one, other)

    @intrinsic
    def most(typing: Any, one: Any, other: Any) -> Any:
        return _pick(">")(typing, one, other)
