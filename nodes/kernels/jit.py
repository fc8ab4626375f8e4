"""Compiling of pixel kernels: numba without the interpreter lock, kept on disk."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def _set_cache_folder() -> None:
    """Compiled kernels go beside the sources, or into the user's cache when that is read-only."""
    if "NUMBA_CACHE_DIR" not in os.environ and not os.access(Path(__file__).parent, os.W_OK):
        from platformdirs import user_cache_dir

        os.environ["NUMBA_CACHE_DIR"] = str(Path(user_cache_dir("linearlink")) / "kernels")


try:
    _set_cache_folder()
    import numba
except ImportError:  # no build of numba for this computer
    logging.getLogger("linearlink").warning(
        "Running without numba, much slower: there is no build of it for this computer"
    )

    def kernel(function: F) -> F:
        """Leave the function as it is."""
        return function
else:

    def kernel(function: F) -> F:
        """Compile a function of numbers and arrays; it runs without the interpreter lock."""
        return cast(F, numba.njit(nogil=True, cache=True, error_model="numpy")(function))
