"""How values pass between processes: plain data by pipe, arrays by memory map.

An array that is a view of a mapped ``.npy`` file is passed by the name of that file. Other large
arrays are written to a folder that is made for one call and goes with it, in memory where the
system has a folder for that. Nothing is pickled but tuples, lists, dictionaries, text, numbers
and bytes.
"""

from __future__ import annotations

import importlib
import mmap
import os
import shutil
import tempfile
import time
import types
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph import values
from graph.values import Frames, decode, encode

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

#: Arrays up to so many bytes travel in the message itself.
INLINE_BYTES = 1 << 20

PREFIX = "linearlink-exchange-"
_SHARED_MEMORY = Path("/dev/shm")


class GoneError(FileNotFoundError):
    """The file of an array that was passed by its name is no longer there."""


#: folders of the calls under way in this process
_open: set[Path] = set()


# --- folders -------------------------------------------------------------------------------------


def exchange_roots() -> list[Path]:
    """Folders that exchange folders are made in: shared memory, where there is any, then disk."""
    disk = Path(tempfile.gettempdir())
    usable = os.access(_SHARED_MEMORY, os.W_OK | os.X_OK)
    return [_SHARED_MEMORY, disk] if usable else [disk]


@contextmanager
def open_exchange() -> Iterator[tuple[Path, ...]]:
    """Folders for one call, best first. They go at the end, with all that is still in them."""
    places: list[Path] = []
    try:
        for root in exchange_roots():
            places.append(Path(tempfile.mkdtemp(prefix=PREFIX, dir=root)))
            _open.add(places[-1])
        with _held(places):
            yield tuple(places)
    finally:
        for place in places:
            remove(place)
            _open.discard(place)


def remove(place: Path) -> None:
    """Remove a folder, although another process may still be writing in it."""
    for _ in range(10):
        shutil.rmtree(place, ignore_errors=True)
        if not place.exists():
            return
        time.sleep(0.01)


def remove_open() -> None:
    """Remove the folders of all calls of this process: at its end."""
    for place in list(_open):
        remove(place)


def remove_stale() -> None:
    """Remove folders of processes that were killed before they could."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    for root in exchange_roots():
        for place in root.glob(f"{PREFIX}*"):
            with suppress(OSError):
                if place.stat().st_uid != os.getuid() or time.time() - place.stat().st_mtime < 60:
                    continue
                with (place / "lock").open("r+b") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove(place)


@contextmanager
def _held(places: Sequence[Path]) -> Iterator[None]:
    """Mark folders as in use for as long as this process lives, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    locks = [(place / "lock").open("wb") for place in places]
    try:
        for lock in locks:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        for lock in locks:
            lock.close()


# --- values --------------------------------------------------------------------------------------


def pack(
    value: Any,
    places: Sequence[Path],
    *,
    by_name: bool = True,
    check: Callable[[], object] = lambda: None,
) -> Any:
    """Plain data that stands for a value in another process on this machine.

    places: exchange folders for large arrays. by_name: whether arrays of mapped ``.npy`` files
    are passed by the name of the file. check: called before each item of frames, which are read
    one at a time.
    Raises TypeError for what is no value, OSError when there is no room for an array.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Path):
        return ("path", str(value))
    if isinstance(value, Frames):
        items = []
        for item in value:
            check()
            items.append(pack(item, places, by_name=by_name, check=check))
        return ("frames", items)
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return (kind, [pack(item, places, by_name=by_name, check=check) for item in value])
    if isinstance(value, dict | types.MappingProxyType) and all(type(key) is str for key in value):
        packed = {k: pack(v, places, by_name=by_name, check=check) for k, v in value.items()}
        return ("dict", packed)
    data, arrays = encode(value)
    return ("value", data, _modules(data), [_pack_array(a, places, by_name) for a in arrays])


def unpack(packed: Any, *, late: bool = False) -> Any:
    """The value that was packed. Arrays are read-only, large ones memory-mapped.

    late: whether items of frames are mapped only when they are read, and each time anew.
    Raises GoneError for a file that is gone, ValueError for a value whose type this process
    cannot import.
    """
    if not isinstance(packed, tuple):
        return packed
    kind, content = packed[:2]
    match kind:
        case "path":
            return Path(content)
        case "frames" if late:
            return Frames(content, lambda item: unpack(item, late=True))
        case "frames":
            return Frames([unpack(item) for item in content])
        case "list":
            return [unpack(item, late=late) for item in content]
        case "tuple":
            return tuple(unpack(item, late=late) for item in content)
        case "dict":
            return {key: unpack(item, late=late) for key, item in content.items()}
    for name, module in packed[2].items():
        try:
            importlib.import_module(module)
            values._by_name[name]
        except (ImportError, KeyError) as error:
            raise ValueError(
                f"values of type {name} cannot pass to another process, which cannot import their "
                f"class from {module} ({error}): declare it at the top of an importable module"
            ) from error
    return decode(content, [_unpack_array(array) for array in packed[3]])


def _modules(data: Any) -> dict[str, str]:
    """Where the types of an encoded value are declared, by the name of the type."""
    found: dict[str, str] = {}
    if isinstance(data, list):
        for item in data:
            found |= _modules(item)
    elif isinstance(data, dict) and "type" in data:
        found[data["type"]] = values._by_name[data["type"]].cls.__module__
        found |= _modules(list(data["fields"].values()))
    elif isinstance(data, dict) and "dict" in data:
        found |= _modules(list(data["dict"].values()))
    return found


# --- arrays --------------------------------------------------------------------------------------


def _pack_array(array: Array, places: Sequence[Path], by_name: bool) -> Any:
    import numpy as np

    kind = np.lib.format.dtype_to_descr(array.dtype)
    if by_name and array.nbytes > INLINE_BYTES and (found := _file_of(array)):
        file, offset = found
        return ("file", file, offset, kind, array.shape, array.strides)
    # the order of axes in memory is kept, since sums depend on it in the last bit
    strides = np.empty_like(array, order="K", subok=False).strides
    axes = sorted(range(array.ndim), key=lambda axis: -strides[axis])
    ordered = np.ascontiguousarray(array.transpose(axes))
    if array.nbytes <= INLINE_BYTES:
        return ("bytes", ordered.tobytes(), 0, kind, array.shape, strides)
    return ("file", _write(ordered, places), 0, kind, array.shape, strides)


def _unpack_array(packed: Any) -> Array:
    import numpy as np

    form, content, offset, kind, shape, strides = packed
    dtype = np.lib.format.descr_to_dtype(kind)
    try:
        buffer = np.memmap(content, np.uint8, "r") if form == "file" else content
    except FileNotFoundError as error:
        raise GoneError(f"{content} was removed while it was passed on; run again") from error
    return np.ndarray(shape, dtype, buffer, offset, strides)


def _file_of(array: Array) -> tuple[str, int] | None:
    """The mapped ``.npy`` file that an array is a view of and its place there in bytes, or None."""
    import numpy as np

    owner: Any = array
    while isinstance(owner, np.ndarray) and not isinstance(owner.base, mmap.mmap):
        owner = owner.base
    if not isinstance(owner, np.memmap) or owner.mode != "r" or min(array.strides) < 0:
        return None
    file = owner.filename
    if file is None or not str(file).endswith(".npy") or not os.path.exists(file):
        return None
    return str(file), int(owner.offset + array.ctypes.data - owner.ctypes.data)


def _write(array: Array, places: Sequence[Path]) -> str:
    """Write a contiguous array to the best folder that has room; the name of the file."""
    import numpy as np

    content = array.reshape(-1).view(np.uint8)
    for place in places:
        last = place == places[-1]
        if not last and array.nbytes > _room(place):
            continue
        file = place / uuid.uuid4().hex
        try:
            with file.open("xb", buffering=0) as stream:
                left = content.data
                while left:
                    left = left[stream.write(left) :]
            return str(file)
        except OSError:
            file.unlink(missing_ok=True)
            if last:
                raise
    raise OSError("there is no folder for arrays that pass between processes")


def _room(place: Path) -> int:
    """Bytes that may well be put in a folder in memory: half of what is left."""
    import psutil

    free: int = min(shutil.disk_usage(place).free, psutil.virtual_memory().available)
    return free // 2
