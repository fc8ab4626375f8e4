"""Every file below the folders of a night: its facts, or why it is left out."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from graph.errors import GraphError, InputError
from graph.files import natural
from ui.night.frame import TYPES, Frame, make_frame

#: called with how many files are read and how many there are
Progress = Callable[[int, int], None]

#: a disk is slow alone, and headers are unpacked without the interpreter lock
READERS = 4
#: pictures made for people, never by a sensor
_PICTURES = (".jpg", ".jpeg", ".png")
#: folders in which other programs put what they made of the raw files
_MADE = ("process", "calibrated", "cosmetized", "debayered", "registered", "rejected")
_PIECE = 1 << 16  # bytes at head, middle and end by which files are compared first


@dataclass(frozen=True)
class LeftOut:
    """A file that takes no part, and why."""

    path: Path
    why: str


@dataclass
class Night:
    """What was found below the folders: frames in natural order, what was left out, and notes."""

    frames: list[Frame] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_night(
    folders: Sequence[Path],
    *,
    keywords: Sequence[str] = (),
    without: Sequence[Path] = (),
    progress: Progress | None = None,
) -> Night:
    """The frames below some folders, read by their headers only.

    folders: each is searched with all folders in it; a file stands for itself.
    keywords: the user's own, see ``make_frame``.
    without: folders and files that are passed over, such as those of the results.

    Raises GraphError for a folder that does not exist or cannot be listed.
    """
    night = Night()
    files, others = _list(folders, without, night)
    if others:
        shown = ", ".join(
            f"{count} {ending or 'without'}" for ending, count in others.most_common(5)
        )
        night.notes.append(f"{sum(others.values())} files are no images (endings: {shown})")
    found: list[Frame] = []
    with ThreadPoolExecutor(READERS) as pool:
        try:
            results = pool.map(lambda file: _read(file[0], file[1], keywords), files)
            for done, result in enumerate(results, 1):
                if isinstance(result, LeftOut):
                    night.left_out.append(result)
                else:
                    found.append(result)
                if progress:
                    progress(done, len(files))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    found = _drop_copies(_drop_faulty(found, night), night)
    night.frames = _name_types(found, night)
    _tell_of_dates(night)
    night.left_out.sort(key=lambda one: natural(one.path))
    return night


def _list(
    folders: Sequence[Path], without: Sequence[Path], night: Night
) -> tuple[list[tuple[Path, tuple[str, ...]]], Counter[str]]:
    """Each image file with the names that may tell of it; the endings of other files."""
    from nodes.formats.files import READABLE

    endings = tuple(pattern[1:] for pattern in READABLE)
    passed = {os.path.realpath(folder) for folder in without}
    seen: set[str] = set()
    files: list[tuple[Path, tuple[str, ...]]] = []
    others: Counter[str] = Counter()
    for folder in folders:
        for path, parts in _walk(folder, passed):
            real = os.path.realpath(path)
            if real in seen or real in passed:
                continue
            seen.add(real)
            if not path.name.lower().endswith(endings):
                others[path.suffix.lower()] += 1
            elif not _is_text(path):
                night.left_out.append(LeftOut(path, "its name is not UTF-8: rename it"))
            else:
                files.append((path, parts))
    files.sort(key=lambda file: natural(file[0]))
    return files, others


def _is_text(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:  # stands for bytes that a graph file cannot hold
        return False
    return True


def _walk(folder: Path, passed: set[str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if folder.is_file():
        yield folder, (folder.absolute().parent.name, folder.name)
        return
    if not folder.is_dir():
        what = "is neither a folder nor a file" if folder.exists() else "does not exist"
        raise GraphError(f"{folder} {what}; give the folder of the raw files")

    def fail(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise GraphError(f"{folder} cannot be listed: {error.strerror}") from error

    visited: set[str] = set()
    top = folder.absolute().name
    for place, inner, names in os.walk(folder, onerror=fail, followlinks=True):
        real = os.path.realpath(place)
        if real in visited or real in passed:  # a link that leads back, or our own results
            inner.clear()
            continue
        visited.add(real)
        inner[:] = sorted(name for name in inner if name[0] != ".")
        below = Path(place).relative_to(folder).parts
        for name in names:
            if name[0] != ".":  # hidden files are often half written
                yield Path(place) / name, (top, *below, name)


def _read(path: Path, parts: tuple[str, ...], keywords: Sequence[str]) -> Frame | LeftOut:
    from nodes.formats.facts import check_whole, read_facts

    if path.suffix.lower() in _PICTURES:
        return LeftOut(path, f"a {path.suffix[1:].upper()} picture, not a raw frame")
    if made := next((part for part in parts[1:-1] if part.lower() in _MADE), None):
        return LeftOut(path, f"in the folder {made!r}: made of raw frames by another program")
    try:
        facts = read_facts(path)
        check_whole(path)
    except InputError as error:
        told = str(error).removeprefix(f"{path} ").removeprefix(f"{path.name} ")
        return LeftOut(path, told.removeprefix(": "))
    except OSError as error:
        return LeftOut(path, f"cannot be read: {error.strerror or error}")
    frame = make_frame(path, facts, parts, keywords)
    stacked = facts.get("STACKCNT") or facts.get("NCOMBINE")
    if frame.type == "light" and (
        frame.master or (isinstance(stacked, int | float) and stacked > 1)
    ):
        return LeftOut(path, "is a stack of lights, not a raw frame")
    return frame


def _drop_faulty(frames: list[Frame], night: Night) -> list[Frame]:
    """Frames without the calibration frames that would spoil a master, or leave none."""
    from ui.night.levels import find_fault

    kept: list[Frame] = []
    for frame in frames:
        looked = frame.type in TYPES and frame.type != "light" and not frame.master
        fault = find_fault(frame.path, frame.type) if looked else None
        if fault:
            night.left_out.append(LeftOut(frame.path, fault))
        else:
            kept.append(frame)
    return kept


def _drop_copies(frames: list[Frame], night: Night) -> list[Frame]:
    """Frames without those of the same content as an earlier one, or the same in another format."""
    kept: list[Frame] = []
    by_content: dict[tuple[int, bytes], list[Frame]] = {}
    by_name: dict[tuple[str | None, ...], Frame] = {}
    for frame in frames:
        try:
            alike = by_content.setdefault(_look(frame.path), [])
            twin = next((other for other in alike if _is_same(frame.path, other.path)), None)
        except OSError as error:
            night.left_out.append(LeftOut(frame.path, f"cannot be read: {error.strerror}"))
            continue
        if twin:
            shown = twin.path.name
            if shown == frame.path.name:
                shown = f"{twin.path.parent.name}/{shown}"
            night.left_out.append(LeftOut(frame.path, f"has the same content as {shown}"))
            continue
        name = (frame.path.name.split(".")[0].casefold(), frame.type, frame.start)
        other = by_name.setdefault(name, frame) if frame.start else frame
        if other.path.suffix.lower() != frame.path.suffix.lower():
            why = f"is {other.path.name} in another format: same name, type and DATE-OBS"
            night.left_out.append(LeftOut(frame.path, why))
            continue
        alike.append(frame)
        kept.append(frame)
    return kept


def _look(path: Path) -> tuple[int, bytes]:
    """The size of a file, and a digest of its beginning, middle and end."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        for place in (0, size // 2, max(size - _PIECE, 0)):
            file.seek(place)
            digest.update(file.read(_PIECE))
    return size, digest.digest()


def _is_same(path: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    with path.open("rb") as a, other.open("rb") as b:
        while piece := a.read(1 << 20):
            if piece != b.read(1 << 20):
                return False
        return not b.read(1)


def _name_types(frames: list[Frame], night: Night) -> list[Frame]:
    """Frames of known type; what nothing names is a light where there are no others."""
    known = [frame for frame in frames if frame.type in TYPES]
    rest = [frame for frame in frames if frame.type not in TYPES]
    if rest and not any(frame.type == "light" for frame in known):
        night.notes.append(
            f"nothing says what {len(rest)} files are, such as {rest[0].path.name}: "
            "they are taken as lights"
        )
        taken = [replace(f, type="light", guessed={**f.guessed, "type": ""}) for f in rest]
        return sorted([*known, *taken], key=lambda frame: natural(frame.path))
    night.left_out += [
        LeftOut(f.path, "neither IMAGETYP nor a name says what it is (light, dark, flat or bias)")
        for f in rest
    ]
    return known


def _tell_of_dates(night: Night) -> None:
    """Lights that begin at the same moment can be one frame twice: that is told, not decided."""
    lights: dict[tuple[str | None, ...], list[Frame]] = {}
    for frame in night.frames:
        if frame.type == "light" and frame.start and (frame.exposure or 0) >= 1:
            lights.setdefault((frame.start, frame.filter, frame.camera), []).append(frame)
    for (start, *_), alike in lights.items():
        if len(alike) > 1:
            names = ", ".join(frame.path.name for frame in alike[:3])
            night.notes.append(f"{len(alike)} lights have the same DATE-OBS {start}: {names}")
