"""``linearlink store info | list | verify | clear``."""

from __future__ import annotations

import argparse
import json
import sqlite3
from pathlib import Path
from typing import Any

from graph.errors import GraphError


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser("store", help="look at the store, verify it, clear it")
    parser.add_argument("action", choices=("info", "list", "verify", "clear"))
    parser.add_argument("--store", type=Path, metavar="DIR", help="the folder of the store")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Carry out one action; 1 when verify found damage."""
    from graph.disk import MARK, Disk
    from ui.opening import default_store

    folder = (arguments.store or default_store()).absolute()
    if not (folder / MARK).is_file():
        if folder.is_dir() and any(folder.iterdir()):
            raise GraphError(f"{folder} is not a store: it holds other files and is left alone")
        print(
            json.dumps({"folder": str(folder), "entries": 0, "bytes": 0})
            if arguments.json
            else f"{folder}: no store yet"
        )
        return 0
    try:
        disk = Disk(folder)
        return _act(disk, arguments)
    except sqlite3.Error as error:
        raise GraphError(
            f"the index of the store cannot be used ({error}); if it is damaged, delete the folder "
            f"{folder}: it holds nothing but results that can be computed again"
        ) from None


def _act(disk: Any, arguments: argparse.Namespace) -> int:
    if arguments.action == "clear":
        freed = disk.clear()
        print(json.dumps({"freed": freed}) if arguments.json else f"{freed / 1e6:.1f} MB freed")
        return 0
    if arguments.action == "verify":
        bad = disk.verify()
        if arguments.json:
            print(json.dumps({"damaged": bad}))
        else:
            for key in bad:
                print(f"damaged, dropped: {key}")
            print(f"{len(disk.entries())} entries are sound, {len(bad)} were damaged")
        return 1 if bad else 0
    entries = disk.entries()
    saved = sum(entry["seconds"] * entry["hits"] for entry in entries)
    if arguments.action == "info":
        facts = {
            "folder": str(disk.root),
            "entries": len(entries),
            "bytes": disk.bytes(),
            "limit": disk.limit,
            "seconds_saved": round(saved, 1),
        }
        if arguments.json:
            print(json.dumps(facts))
        else:
            print(
                f"{disk.root}\n{len(entries)} results, {facts['bytes'] / 1e6:.1f} MB of "
                f"{disk.limit / 1e9:.0f} GB; {saved:.1f} s of work saved so far"
            )
        return 0
    if arguments.json:
        print(json.dumps(entries, indent=2))
    else:
        for entry in entries:
            print(
                f"{entry['key'][:16]}  {entry['type']:28} v{entry['version']}  "
                f"{entry['bytes'] / 1e6:9.2f} MB  {entry['seconds']:8.2f} s  "
                f"used {entry['hits']} times  {entry['params']}"
            )
    return 0
