"""Kernels that are kept compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTER = """
from nodes.kernels.jit import kernel
from lines.inner import inner


@kernel
def outer(x):
    return inner(x) + 1.0
"""
INNER = """
from nodes.kernels.jit import kernel


@kernel
def inner(x):
    return {factor} * x
"""


def test_what_a_kernel_calls_is_compiled_anew_when_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "outer.py").write_text(OUTER)
    found = []
    for factor in ("2.0", "3.0"):
        (folder / "inner.py").write_text(INNER.format(factor=factor))
        os.utime(folder / "inner.py", (1e9, 1e9 + float(factor)))
        done = subprocess.run(
            [sys.executable, "-c", "from lines.outer import outer; print(outer(5.0))"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tmp_path, ROOT)))},
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(float(done.stdout))
    assert found == [11.0, 16.0]
    assert list((folder / "__pycache__").glob("outer*.nbi"))  # it was kept
