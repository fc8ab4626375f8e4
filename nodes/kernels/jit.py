"""Compiling of pixel kernels: numba without the interpreter lock, kept on disk."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def _stamp(function: Callable[..., Any]) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of the files that a function and what it calls come from."""
    package = function.__module__.partition(".")[0] + "."
    names, waiting = set[str](), [function.__module__]
    while waiting:
        name = waiting.pop()
        if name in names or not name.startswith(package) or name not in sys.modules:
            continue
        names.add(name)
        values = list(vars(sys.modules[name]).values())
        waiting += {str(getattr(value, "__module__", "")) for value in values}
        waiting += [value.__name__ for value in values if isinstance(value, ModuleType)]
    found = []
    for name in sorted(names):
        if file := getattr(sys.modules[name], "__file__", None):
            stat = os.stat(file)
            found.append((name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


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
        compiled = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
        # numba looks at the file of the function alone; what it calls is compiled into it as well
        file = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
        if file is not None and hasattr(file, "_source_stamp"):
            file._source_stamp = _stamp(function)
        return cast(F, compiled)
