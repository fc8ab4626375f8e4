"""What the engine itself costs: trivial nodes, sleeping nodes, keys and plans.

    python benchmarks/bench_engine.py            every table
    python benchmarks/bench_engine.py overhead   one of: overhead, makespan, plan

A trivial node adds one to the sum of its inputs, so what is timed is the engine. Peers run the
same graphs in the same run: dask's threaded scheduler, one joblib call for each level, and Hamilton
(``pip install -e ".[peers]"``; without its cache, which costs it milliseconds a node).
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import sys
import time
from collections.abc import Callable

from graph.keys import recipe
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import node
from graph.store import Store

Parents = dict[int, list[int]]


@node("bench.add")
def add(a: float = 0.0, b: float = 0.0, c: float = 0.0, *, plus: float = 1.0) -> float:
    """Add numbers."""
    return a + b + c + plus


@node("bench.gather")
def gather(items: float | None = None) -> float:
    """End of a fan."""
    return items or 0.0


@node("bench.sleep")
def sleep(a: float = 0.0, b: float = 0.0, c: float = 0.0, *, seconds: float = 0.0) -> float:
    """Sleep."""
    time.sleep(seconds)
    return seconds


REGISTRY = Registry([add, gather, sleep])


def parents_of(shape: str, n: int) -> Parents:
    """Node → the nodes it reads from: a chain, a fan of independent nodes, a random DAG."""
    if shape == "chain":
        return {i: ([i - 1] if i else []) for i in range(n)}
    if shape == "fan":
        return {i: ([0] if i else []) for i in range(n)}
    rng = random.Random(7)
    return {i: rng.sample(range(max(0, i - 50), i), min(i, rng.randint(1, 3))) for i in range(n)}


def graph_of(
    parents: Parents, type: str = "bench.add", seconds: list[float] | None = None
) -> Graph:
    """The graph; each node has another parameter, so that no two are the same task."""
    graph = Graph(REGISTRY)
    for i, sources in parents.items():
        setting = {"seconds": seconds[i]} if seconds else {"plus": 1.0 + i}
        graph.add(f"n{i}", type, **setting)
        for socket, source in zip("abc", sources, strict=False):
            graph.link(f"n{source}", "number", f"n{i}", socket)
    return graph


def ends(parents: Parents) -> list[str]:
    """The nodes that feed no other."""
    used = {p for sources in parents.values() for p in sources}
    return [f"n{i}" for i in parents if i not in used]


def best(action: Callable[[], float], times: int = 5) -> float:
    """The median of several timings; the collector is off while one runs."""
    found = []
    for _ in range(times):
        gc.collect()
        gc.disable()
        found.append(action())
        gc.enable()
    return statistics.median(found)


def ours(parents: Parents, workers: int) -> tuple[float, float]:
    """Seconds of plan and of run."""
    graph, targets = graph_of(parents), ends(parents)
    planned = []

    def once() -> float:
        store = Store(memory_limit=1 << 30)
        start = time.perf_counter()
        made = plan(graph, store, targets=targets)
        planned.append(time.perf_counter() - start)
        start = time.perf_counter()
        result = run(made, store, workers=workers)
        seconds = time.perf_counter() - start
        assert not result.failed
        return seconds

    return best(once), statistics.median(planned)


def dask_threaded(parents: Parents) -> float:
    import dask.threaded

    def step(*values: float) -> float:
        return sum(values) + 1

    graph = {f"n{i}": (step, *[f"n{p}" for p in sources]) for i, sources in parents.items()}
    names = ends(parents)

    def once() -> float:
        start = time.perf_counter()
        dask.threaded.get(graph, names, num_workers=2)
        return time.perf_counter() - start

    return best(once, 3)


def hamilton(parents: Parents) -> float | None:
    """Seconds of its run without a cache; None when it is not installed."""
    os.environ["HAMILTON_TELEMETRY_ENABLED"] = "false"
    try:
        from hamilton import ad_hoc_utils, driver
    except ImportError:
        return None
    lines = []
    for i, sources in parents.items():
        args = ", ".join(f"n{p}: float" for p in sources)
        total = " + ".join(f"n{p}" for p in sources) or "0.0"
        lines.append(f"def n{i}({args}) -> float:\n    return {total} + 1\n")
    made = driver.Builder().with_modules(ad_hoc_utils.module_from_source("\n".join(lines))).build()
    names = ends(parents)
    sys.setrecursionlimit(100_000)  # it walks the graph by recursion

    def once() -> float:
        start = time.perf_counter()
        made.execute(names)
        return time.perf_counter() - start

    return best(once, 3)


def joblib_levels(parents: Parents) -> float:
    import networkx as nx
    from joblib import Parallel, delayed

    view = nx.DiGraph((p, i) for i, sources in parents.items() for p in sources)
    levels = [sorted(level) for level in nx.topological_generations(view)]

    def step(*values: float) -> float:
        return sum(values) + 1

    def once() -> float:
        start = time.perf_counter()
        values: dict[int, float] = {}
        with Parallel(n_jobs=2, backend="threading") as parallel:
            for level in levels:
                calls = (delayed(step)(*[values[p] for p in parents[i]]) for i in level)
                values.update(zip(level, parallel(calls), strict=True))
        return time.perf_counter() - start

    return best(once, 1)


def overhead() -> None:
    """Microseconds for one trivial node."""
    print("\nµs a trivial node         run      plan    dask threaded   joblib a level   Hamilton")
    for shape in ("chain", "fan", "random"):
        for n in (1_000, 10_000):
            parents = parents_of(shape, n)
            ran, planned = ours(parents, 2)
            peer = dask_threaded(parents)
            skip = shape == "chain" or (n > 1_000 and shape == "random")
            level = "—" if skip and n > 1_000 else f"{joblib_levels(parents) / n * 1e6:.0f}"
            walk = None if shape == "chain" and n > 1_000 else hamilton(parents)
            other = "—" if walk is None else f"{walk / n * 1e6:.0f}"  # too deep for its recursion
            print(
                f"{shape:8} {n:6}       {ran / n * 1e6:8.1f}  {planned / n * 1e6:8.1f}"
                f"  {peer / n * 1e6:10.1f}       {level:>8}       {other:>8}"
            )


def makespan() -> None:
    """Time of random graphs of sleeping nodes over the lower bound."""
    print("\nmakespan / lower bound    2 workers   4 workers")
    ratios: dict[int, list[float]] = {2: [], 4: []}
    for seed in range(8):
        rng = random.Random(seed)
        parents = {
            i: rng.sample(range(max(0, i - 20), i), min(i, rng.randint(0, 3))) for i in range(60)
        }
        seconds = [rng.uniform(0.005, 0.05) for _ in parents]
        longest: dict[int, float] = {}
        for i, sources in parents.items():
            longest[i] = seconds[i] + max((longest[p] for p in sources), default=0.0)
        graph, targets = graph_of(parents, "bench.sleep", seconds), ends(parents)
        for workers, found in ratios.items():
            bound = max(max(longest.values()), sum(seconds) / workers)
            store = Store(memory_limit=1 << 30)
            made = plan(graph, store, targets=targets)
            start = time.perf_counter()
            run(made, store, workers=workers)
            found.append((time.perf_counter() - start) / bound)
    for name, pick in (("median", statistics.median), ("worst", max)):
        print(f"{name:24} {pick(ratios[2]):10.3f}  {pick(ratios[4]):10.3f}")


def plans() -> None:
    """Keys, and plans of graphs whose every result is stored."""
    text, inputs = '{"plus":1.5}', '[["a",["' + "0" * 64 + '","number"]]]'

    def keys() -> float:
        start = time.perf_counter()
        for _ in range(10_000):
            recipe("bench.add", 1, text, inputs)
        return time.perf_counter() - start

    print(f"\nkey: {best(keys) / 10_000 * 1e6:.1f} µs a node")
    for n in (1_000, 10_000):
        parents = parents_of("random", n)
        graph, store = graph_of(parents), Store(memory_limit=1 << 30)
        targets = [f"n{i}" for i in parents]
        run(plan(graph, store, targets=targets), store)

        def cached(
            graph: Graph = graph, store: Store = store, targets: list[str] = targets
        ) -> float:
            start = time.perf_counter()
            made = plan(graph, store, targets=targets)
            seconds = time.perf_counter() - start
            assert not made.to_run
            return seconds

        print(f"plan of {n} nodes, all cached: {best(cached) * 1e3:.1f} ms")


TABLES = {"overhead": overhead, "makespan": makespan, "plan": plans}


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tables", nargs="*", choices=[*TABLES, []], help="which tables")
    for name in parser.parse_args().tables or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main()
