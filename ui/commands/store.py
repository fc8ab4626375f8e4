"""``linearlink store info | list | verify | clear | limit``."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError
from ui.units import duration, size

if TYPE_CHECKING:
    from graph.disk import Disk

#: what the index needs to be opened at all
_LEAST_BYTES = 1 << 20
_HELP = """\
info    how full the store is, and what it has saved, by node type
list    every result: what made it, how large it is, what it saved
verify  read everything back; what is damaged is dropped
clear   drop all results; what is known of files stays
limit   show the limit, or set it: limit 100G
"""


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser(
        "store",
        help="look at the store, verify it, clear it, limit it",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=tuple(_ACTIONS))
    parser.add_argument("size", nargs="?", metavar="SIZE", help="of limit: such as 100G")
    parser.add_argument("--store", type=Path, metavar="DIR", help="the folder of the store")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Carry out one action; 1 when verify found damage, or there is no store."""
    from graph.disk import MARK, Disk
    from ui.opening import default_store

    limit = _read_limit(arguments)
    folder = (arguments.store or default_store()).absolute()
    if not (folder / MARK).is_file():
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise GraphError(f"{folder} is not a store: it holds other files and is left alone")
        if limit is None:
            return _tell_none(folder, arguments.json)
    try:
        disk = Disk(folder)
        if limit is not None:
            disk.set_limit(limit)
            freed = disk.trim()
            if freed and not arguments.json:
                print(f"{size(freed)} freed")
        code = _ACTIONS[arguments.action](disk, arguments.json)
        if disk.complaint:
            print(f"linearlink: warning: {disk.complaint}", file=sys.stderr)
            return 1
        return code
    except ValueError as error:
        raise GraphError(str(error)) from None
    except (OSError, sqlite3.Error) as error:
        raise GraphError(_explain(error, folder)) from None


def _read_limit(arguments: argparse.Namespace) -> int | None:
    from ui.units import read_size

    if arguments.size is None:
        return None
    if arguments.action != "limit":
        raise GraphError(f"{arguments.action} takes no size; did you mean: store limit SIZE?")
    try:
        return read_size(arguments.size)
    except argparse.ArgumentTypeError as error:
        raise GraphError(str(error)) from None


def _tell_none(folder: Path, as_json: bool) -> int:
    facts = {"folder": str(folder), "entries": 0, "bytes": 0}
    print(json.dumps(facts) if as_json else f"{folder}: no store yet; the first run makes it")
    return 1


def _explain(error: Exception, folder: Path) -> str:
    from graph.index import is_full

    if is_full(error) or ("I/O" in str(error) and disk_usage(folder).free < _LEAST_BYTES):
        return f"the disk of the store {folder} is full; make room on it and try again"
    if isinstance(error, OSError):
        return f"the store {folder} cannot be used: {error.strerror or error}"
    text = str(error)
    if "readonly" in text or "unable to open" in text:
        return (
            f"the store {folder} cannot be written; allow it, or choose another folder with --store"
        )
    if "locked" in text:
        return f"another program keeps the store {folder} busy; try again when it has ended"
    return (
        f"the index of the store cannot be used ({error}); if it is damaged, delete the folder "
        f"{folder}: it holds nothing but results that can be computed again"
    )


def _info(disk: Disk, as_json: bool) -> int:
    entries = disk.entries()
    facts: dict[str, Any] = {
        "folder": str(disk.root),
        "entries": len(entries),
        "objects": disk.count(),
        "bytes": disk.bytes(),
        "limit": disk.limit,
        "bytes_saved": disk.shared_bytes(),
        "seconds_saved": round(sum(map(_saved, entries)), 1),
        "oldest": min((_time(entry["created"]) for entry in entries), default=None),
        "newest": max((_time(entry["created"]) for entry in entries), default=None),
        "types": list(_by_type(entries)),
    }
    if as_json:
        print(json.dumps(facts))
        return 0
    print(
        f"{disk.root}\n{len(entries)} results, {facts['objects']} objects, "
        f"{size(facts['bytes'])} of {size(facts['limit'])}; equal content stored once saves "
        f"{size(facts['bytes_saved'])}; {duration(facts['seconds_saved'])} of work saved so far"
    )
    if entries:
        print(f"made from {facts['oldest']} to {facts['newest']}")
        print(f"{'type':28} {'results':>8} {'size':>8} {'to make':>8} {'used':>6} {'saved':>8}")
    for row in facts["types"]:
        print(
            f"{row['type']:28} {row['entries']:8} {size(row['bytes']):>8} "
            f"{duration(row['seconds']):>8} {row['uses']:6} {duration(row['seconds_saved']):>8}"
        )
    return 0


def _by_type(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    def name(entry: dict[str, Any]) -> str:
        return str(entry["type"])

    for type, group in groupby(sorted(entries, key=name), name):
        rows = list(group)
        yield {
            "type": type,
            "entries": len(rows),
            "bytes": sum(row["bytes"] for row in rows),
            "seconds": sum(row["seconds"] for row in rows),
            "uses": sum(row["hits"] for row in rows),
            "seconds_saved": sum(map(_saved, rows)),
        }


def _saved(entry: dict[str, Any]) -> float:
    return float(entry["seconds"] * entry["hits"])


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(" ", "seconds")


def _list(disk: Disk, as_json: bool) -> int:
    entries = [{**entry, "seconds_saved": _saved(entry)} for entry in disk.entries()]
    if as_json:
        print(json.dumps(entries, indent=2))
        return 0
    for entry in entries:
        kept = "  kept" if entry["kept"] else ""
        print(
            f"{entry['key'][:16]}  {entry['type']:28} v{entry['version']}  "
            f"{size(entry['bytes']):>7}  {duration(entry['seconds']):>7}  "
            f"used {entry['hits']} times, {duration(entry['seconds_saved'])} saved, "
            f"last {_time(entry['used'])}{kept}  {entry['params']}"
        )
    return 0


def _verify(disk: Disk, as_json: bool) -> int:
    with _bar("reading objects") as post:
        bad = disk.verify(post)
    if as_json:
        print(json.dumps({"damaged": bad}))
        return 1 if bad else 0
    for key in bad:
        print(f"damaged, dropped: {key}")
    print(f"{len(disk.entries())} entries are sound, {len(bad)} were damaged")
    return 1 if bad else 0


@contextmanager
def _bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """A function that draws how many of how many are done, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


def _clear(disk: Disk, as_json: bool) -> int:
    freed = disk.clear()
    print(json.dumps({"freed": freed}) if as_json else f"{size(freed)} freed")
    return 0


def _limit(disk: Disk, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"limit": disk.limit, "bytes": disk.bytes()}))
    else:
        print(f"limit {size(disk.limit)}, of which {size(disk.bytes())} are used")
    return 0


_ACTIONS: dict[str, Callable[[Disk, bool], int]] = {
    "info": _info,
    "list": _list,
    "verify": _verify,
    "clear": _clear,
    "limit": _limit,
}
