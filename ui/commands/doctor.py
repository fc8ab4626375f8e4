"""``linearlink doctor``: what is installed, what is missing, how to get it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from typing import Any

CORE = (
    "numpy",
    "scipy",
    "astropy",
    "networkx",
    "joblib",
    "numba",
    "tifffile",
    "pillow",
    "platformdirs",
    "xxhash",
    "threadpoolctl",
    "psutil",
    "rich",
    "jinja2",
    "matplotlib",
    "dearpygui",
)
#: module, package, what it is for
EXTRAS = (
    ("lz4", "lz4", "XISF files compressed with LZ4"),
    ("imagecodecs", "imagecodecs", "TIFF files compressed with LZW, Zstandard and others"),
    ("rawpy", "rawpy", "raw files of cameras"),
    ("zstandard", "zstandard", "XISF files compressed with Zstandard"),
)


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser("doctor", help="what is installed, what is missing")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Print the findings; 1 when something that is needed is missing."""
    findings = list(_examine())
    if arguments.json:
        names = ("state", "what", "detail")
        rows = [dict(zip(names, finding, strict=True)) for finding in findings]
        print(json.dumps(rows, indent=2))
    else:
        for state, what, detail in findings:
            print(f"{state:8} {what:22} {detail}")
    return 1 if any(state == "missing" for state, *_ in findings) else 0


def _examine() -> Any:
    import importlib.metadata
    import importlib.util

    import linearlink
    from graph.threads import processors
    from ui.opening import default_store

    yield "ok", "linearlink", linearlink.__version__
    supported = sys.version_info >= (3, 11)
    yield (
        "ok" if supported else "missing",
        "Python",
        f"{platform.python_version()} ({sys.executable})",
    )
    for package in CORE:
        try:
            yield "ok", package, importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            yield "missing", package, f"pip install {package}"
    for module, package, purpose in EXTRAS:
        if importlib.util.find_spec(module):
            yield "ok", package, importlib.metadata.version(package)
        else:
            yield "optional", package, f"for {purpose}: pip install {package}"
    from graph.store import memory_share

    yield "ok", "machine", f"{processors()} processors, {memory_share(1) / 1e9:.1f} GB of memory"
    folder = default_store()
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    state = "ok" if os.access(parent, os.W_OK) else "missing"
    yield (
        state,
        "store",
        str(folder) if state == "ok" else f"{folder} is not writable: use --store DIR",
    )
    from ui.packs import load_registry

    yield "ok", "node types", str(len(load_registry()))
