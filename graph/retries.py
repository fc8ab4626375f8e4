"""Calling a reader again when a disk or network fails it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def call_with_retries(
    function: Callable[..., Any],
    arguments: dict[str, Any],
    retries: int,
    wait: Callable[[float], bool],
) -> tuple[Any, int]:
    """What a function returns, and how often it had to be called again.

    It is called again when a disk or network failed it (OSError that may pass), at most
    ``retries`` times. wait: sleeps for some seconds and says whether to give up.
    """
    again = 0
    while True:
        try:
            return function(**arguments), again
        except Exception as error:
            fault = error if isinstance(error, OSError) else error.__cause__
            lasting = (FileNotFoundError, IsADirectoryError, PermissionError)
            if not isinstance(fault, OSError) or isinstance(fault, lasting):
                raise
            if again == retries or wait(0.1 * 2**again):
                raise
            again += 1
