"""Recipe keys: names of values by how they are made.

    key = sha256([format, type, version, parameters resolved, inputs in order, file digests])

Ids, titles, positions, groups, worker counts and paths are not in it, so that moving, renaming
and undoing cost nothing.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import stat
import time
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Protocol

from graph.values import add_array, digest, is_value_type

FORMAT = "linearlink-key-1"

_encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


def canonical(value: Any) -> str:
    """One text for one value, in every process and whatever the order of mappings and sets.

    Arrays and value types stand as their digest. Raises ValueError for NaN and TypeError for
    what has no canonical form, since an unkeyed value would be an eternal miss.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot be part of a key")
        return repr(float(value) + 0.0)  # numpy has its own repr
    if value is None or isinstance(value, bool | int | str):
        return _encode(value)
    if isinstance(value, Path):
        return _encode(value.as_posix())
    if isinstance(value, Mapping):
        pairs = sorted((canonical(key), canonical(item)) for key, item in value.items())
        return '{"dict":{' + ",".join(f"{key}:{item}" for key, item in pairs) + "}}"
    if isinstance(value, Set):
        return '{"set":[' + ",".join(sorted(map(canonical, value))) + "]}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if type(value).__module__ == "numpy" and hasattr(value, "dtype"):
        import xxhash

        if value.dtype.hasobject:
            raise TypeError("an array of objects cannot be part of a key")
        hasher = xxhash.xxh3_128()
        add_array(hasher, value)
        return f'{{"array":"{hasher.hexdigest()}"}}'
    if is_value_type(type(value)):
        return f'{{"value":"{digest(value)}"}}'
    raise TypeError(f"{type(value).__name__} cannot be part of a key: {value!r:.60}")


def recipe(type: str, version: int, params: str, inputs: str, files: Sequence[str] = ()) -> str:
    """The key of one application of a node type.

    params: canonical JSON of all parameters that are not fed by links.
    inputs: canonical JSON of ``[name, [key, output, *index] or a list of them]`` in order.
    files: digests of the file parameters in order.
    """
    digests = _encode(list(files)) if files else "[]"
    text = f'["{FORMAT}","{type}",{version},{params},{inputs},{digests}]'
    return hashlib.sha256(text.encode()).hexdigest()


def by_content(type: str, version: int, params: str, inputs: str, files: Sequence[str]) -> str:
    """A second name of a value: by the content of its inputs in place of their recipes.

    ``inputs`` has digests where :func:`recipe` has keys. A node that ran again to the same
    content stops the wave with it: its consumers are found under this name.
    """
    import xxhash

    digests = _encode(list(files)) if files else "[]"
    text = f'["{type}",{version},{params},{inputs},{digests}]'
    return xxhash.xxh3_128_hexdigest(text.encode())


class FileTable(Protocol):
    """Remembers digests of files by path, size, time and inode."""

    def digest_of(self, path: str, state: tuple[int, int, int]) -> str | None:
        """The digest noted for a path in that state."""

    def note_digest(self, path: str, state: tuple[int, int, int], digest: str) -> None:
        """Remember a digest."""


def file_state(path: Path) -> tuple[int, int, int]:
    """Size, time of change in nanoseconds, inode. Raises OSError, also for what is no file."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # a device or a pipe might never end
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return status.st_size, status.st_mtime_ns, status.st_ino


#: a file changed that many seconds ago may change again within the same tick of its disk's clock
FRESH_SECONDS = 2.0


def file_digest(path: Path, table: FileTable | None = None) -> str:
    """SHA-256 of a file's content; read once, then remembered in the table. Raises OSError."""
    state = file_state(path)
    name = str(path)
    known = table.digest_of(name, state) if table else None
    if known:
        return known
    with path.open("rb") as file:
        result = hashlib.file_digest(file, "sha256").hexdigest()
    if table and not 0 <= time.time() - state[1] / 1e9 < FRESH_SECONDS:
        table.note_digest(name, state, result)
    return result
