"""Bands of rows on one thread pool that all running nodes share."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache

from graph.context import SILENT, Context
from graph.threads import give_way, processors


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(processors(), "bands", initializer=give_way)


def run_bands(
    work: Callable[[int, int], object],
    rows: int,
    *,
    ctx: Context = SILENT,
    band: int | None = None,
    text: str = "",
    span: tuple[float, float] = (0.0, 1.0),
) -> list[object]:
    """Call ``work(first, last)`` for bands of rows on the shared pool; results in row order.

    ``work`` should release the interpreter lock (a ``nogil`` kernel). Between bands progress is
    reported, from ``span[0]`` to ``span[1]``, and a cancelled run stops. ``band`` is the height
    of a band; by default four bands for each processor.
    """
    if rows <= 0:
        return []
    height = band or max(1, -(-rows // (4 * processors())))
    edges = [(first, min(first + height, rows)) for first in range(0, rows, height)]
    if len(edges) == 1 or processors() == 1:
        results = []
        for done, (first, last) in enumerate(edges):
            ctx.check()
            results.append(work(first, last))
            ctx.progress(span[0] + (span[1] - span[0]) * (done + 1) / len(edges), text)
        return results
    pool = _pool()
    waiting = list(enumerate(edges))[::-1]
    outcome: dict[int, object] = {}
    running: dict[Future[object], int] = {}
    try:
        while waiting or running:
            ctx.check()
            while waiting and len(running) < 2 * processors():
                index, (first, last) = waiting.pop()
                running[pool.submit(work, first, last)] = index
            for future in wait(running, timeout=0.1, return_when=FIRST_COMPLETED).done:
                outcome[running.pop(future)] = future.result()
                ctx.progress(span[0] + (span[1] - span[0]) * len(outcome) / len(edges), text)
    finally:
        for future in running:
            future.cancel()
        wait([future for future in running if not future.cancelled()])
    return [outcome[index] for index in range(len(edges))]
