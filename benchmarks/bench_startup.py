"""How long the command line takes to start, beside an empty Python.

python benchmarks/bench_startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "linearlink --help": ["-m", "linearlink", "--help"],
    "linearlink nodes": ["-m", "linearlink", "nodes"],
    "linearlink doctor": ["-m", "linearlink", "doctor"],
}


def main() -> None:
    """Print the median of seven starts of each, taken in turn."""
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(7):
        for name, arguments in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            found[name].append(time.perf_counter() - start)
    bare = statistics.median(found["python -c pass"])
    for name, seconds in found.items():
        middle = statistics.median(seconds)
        print(f"{name:22} {middle:6.3f} s   {middle / bare:5.1f} × an empty Python")


if __name__ == "__main__":
    main()
