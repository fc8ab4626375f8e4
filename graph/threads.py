"""One budget of threads for all that computes."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any


@cache
def processors() -> int:
    """How many processors this process may use; affinity and container limits respected."""
    from joblib import cpu_count

    return int(cpu_count())


_niceness = 0


def stand_back(niceness: int = 10) -> None:
    """Let all threads that compute from now on give way to the others of this process.

    For a program with a window, which is to stay fluid while the engine uses every processor.
    Threads have priorities of their own on Linux only; elsewhere nothing changes.
    """
    global _niceness
    _niceness = niceness


def give_way() -> None:
    """To be called by a thread that is going to compute."""
    if _niceness and sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            if os.getpriority(os.PRIO_PROCESS, thread) < _niceness:
                os.setpriority(os.PRIO_PROCESS, thread, _niceness)


_turn = threading.Lock()
_shares: list[int] = []  # one for each run at work
_limit: Any = None
_seen = 0  # modules that were loaded when the limit was set


@contextmanager
def limit_libraries(workers: int) -> Iterator[None]:
    """Hold the pools of BLAS and OpenMP to each worker's share of the processors meanwhile.

    Of several runs at once the smallest share holds, until the last has ended.
    """
    share = max(1, processors() // workers)
    with _turn:
        _shares.append(share)
        _apply()
    try:
        yield
    finally:
        with _turn:
            _shares.remove(share)
            _apply()


def limit_new_libraries() -> None:
    """Hold those as well that were loaded since."""
    if len(sys.modules) != _seen:
        with _turn:
            _apply()


def _apply() -> None:
    _pools().submit(_set, min(_shares, default=0)).result()


@cache
def _pools() -> ThreadPoolExecutor:
    """The one thread that sets limits: OpenBLAS listens to the thread that set the first."""
    return ThreadPoolExecutor(1, thread_name_prefix="limits")


def _set(share: int) -> None:
    global _limit, _seen
    if _limit is not None:
        _limit.restore_original_limits()
        _limit = None
    if share:
        from threadpoolctl import threadpool_limits

        _limit = threadpool_limits(share)
    _seen = len(sys.modules)
