"""Why a node runs, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: of more files that were added, removed or changed only the number is told
NAMED = 3


def explain(
    record: dict[str, Any], last: dict[str, Any] | None, tasks: list[Any], total: int, force: bool
) -> Iterator[str]:
    """Compare what a node is now with what it was at its last run; yield every difference.

    record, last: type, version, params, inputs, files and key, as the store remembers them.
    tasks: those of its tasks that run, of ``total``.
    """
    if force:
        yield "requested"
        return
    found = False
    if not tasks[0].spec.repeatable:
        yield "not repeatable"
        found = True
    if last is None:
        if not found:
            yield "new"
        return
    for reason in _changes(record, last):
        yield reason
        found = True
    if not found and last.get("failed"):
        yield "failed last time"
        found = True
    if not found and last.get("partial"):
        yield "frames were missing last time"
        found = True
    if total > len(tasks):
        yield f"{len(tasks)} of {total} items"
        found = True
    if found:
        return
    for task in tasks:
        for path in task.outputs.values():
            yield f"{path.name} is missing" if not path.exists() else f"{path.name} was altered"
            found = True
    if not found:
        keep = {"memory": "kept in memory only", "never": "never kept"}
        policy = tasks[0].keep if tasks[0].keep in keep else tasks[0].spec.keep
        yield keep.get(policy, "evicted")


def _changes(record: dict[str, Any], last: dict[str, Any]) -> Iterator[str]:
    if record["type"] != last["type"]:
        yield f"type {last['type']} → {record['type']}"
        return
    if record["version"] != last["version"]:
        yield f"version {last['version']} → {record['version']}"
    now, then = record["params"], last["params"]
    for name in {**then, **now}:
        a, b = _plain(then.get(name)), _plain(now.get(name))
        if a != b:
            yield f"parameter {name} changed {a!r} → {b!r}"
    for name in {**last["inputs"], **record["inputs"]}:
        new, old = record["inputs"].get(name), last["inputs"].get(name)
        if new is None or old is None:
            yield f"input {name} {'disconnected' if new is None else 'connected'}"
        elif new[2] != old[2]:
            moved = new[:2] != old[:2]
            yield f"input {name} is now {new[0]}.{new[1]}" if moved else f"input {name} changed"
    yield from _file_changes(record["files"], last["files"])


def _file_changes(now: dict[str, str], then: dict[str, str]) -> Iterator[str]:
    if sorted(now.values()) == sorted(then.values()):
        return  # moved or renamed, same content
    found: dict[str, list[str]] = {}
    for path in {**then, **now}:
        what = "removed" if path not in now else "added" if path not in then else "changed"
        if now.get(path) != then.get(path):
            found.setdefault(what, []).append(Path(path).name)
    for what, names in found.items():
        if len(names) > NAMED:
            yield f"{len(names)} files {what}"
        else:
            yield from (f"file {name} {what}" for name in names)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
