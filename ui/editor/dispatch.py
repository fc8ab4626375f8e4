"""Calling what widgets call back: on the main thread, one mistake at a time."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor.log import Level


def call_back(tell: Callable[[Level, str], None], note: Callable[[BaseException], None]) -> int:
    """Make all calls that widgets have asked for since the last frame; their number.

    A callback takes as many of (sender, app_data, user_data) as it has parameters. One that
    raises is told to the user, and noted with its trace; the others are called all the same.
    """
    waiting = dpg.get_callback_queue() or ()
    for function, *given in waiting:
        if function is None:  # its widget has gone, or nobody listens
            continue
        try:
            function(*given[: _count(function)])
        except Exception as fault:
            note(fault)
            tell("error", f"a mistake in LinearLink ({type(fault).__name__}: {fault}); see the log")
    return len(waiting)


@lru_cache(maxsize=4096)
def _count(function: Callable[..., Any]) -> int:
    """How many positional parameters without a default a function has."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return sum(p.kind in kinds and p.default is p.empty for p in parameters)
