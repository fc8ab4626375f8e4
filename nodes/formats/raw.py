"""Reading the mosaic of camera raw files by LibRaw (the optional package rawpy).

LibRaw was written for files that cameras make, and a damaged one may crash it. So it works in a
process of its own; when that dies, one file is lost and the next gets a new process.
"""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from graph.errors import InputError
from nodes.formats.levels import Options, decode
from nodes.formats.orientation import PATTERNS
from nodes.values import Card, Header, Image

#: seconds for one file; a big one takes three
PATIENCE = 120.0
SCRIPT = Path(__file__).with_name("raw_worker.py")
_MOST = 1 << 16  # pixels of a side: more is damage


def read(path: Path, options: Options | None = None) -> Image:
    """The mosaic of a camera raw file, as the sensor gave it: ``(1, height, width)`` float32.

    Only the visible area, not turned by the orientation of the camera. 1 is the white level that
    the file states; black levels stay in the pixels, as the pedestal does in FITS files of cameras,
    so that darks and biases take it off. DATE-OBS is what the clock of the camera said.

    Raises InputError for damaged files, sensors without a Bayer pattern, and a missing rawpy.
    """
    options = options or Options()
    answer, stored = _ask(path, pixels=True)
    assert stored is not None
    if options.hdu:
        raise InputError(f"{path.name} holds one image, there is no number {options.hdu}")
    white = options.white or float(answer["white"])
    rows = stored.reshape(1, answer["height"], answer["width"])
    data, _ = decode(path, rows, Options(white=white, ctx=options.ctx))
    return Image(
        data,
        header=Header(tuple(_cards(path, answer))),
        linear=options.state(True),
        cfa=answer["cfa"] or None,
        white=white,
    )


def read_facts(path: Path) -> tuple[list[Card], tuple[int, int, int]]:
    """Cards, and channels, height and width, without the pixels. Raises as :func:`read`."""
    answer, _ = _ask(path, pixels=False)
    cards = _cards(path, answer)
    if answer["cfa"]:
        cards.append(("BAYERPAT", answer["cfa"], ""))
    return cards, (1, answer["height"], answer["width"])


def _cards(path: Path, answer: dict[str, Any]) -> list[Card]:
    cards: list[Card] = []
    exposure, iso = answer.get("exposure"), answer.get("iso")
    if exposure and math.isfinite(exposure):
        cards.append(("EXPTIME", round(exposure, 6), "[s] exposure"))
    if iso and math.isfinite(iso):
        cards.append(("GAIN", round(iso, 3), "ISO speed"))
    if answer.get("start"):
        cards.append(("DATE-OBS", answer["start"], "clock of the camera"))
    if camera := _camera_of(path):
        cards.append(("INSTRUME", camera, "camera"))
    black = sum(answer["black"]) / max(len(answer["black"]), 1)
    cards.append(("BLACKLVL", black, "black level, still in the pixels"))
    return cards


def _camera_of(path: Path) -> str | None:
    """Make and model, of files that are built as a TIFF."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages[0]
            found = [str(page.tags[name].value).strip() for name in ("Make", "Model")
                     if name in page.tags]  # fmt: skip
    except Exception:  # other formats, and whatever tifffile lets through
        return None
    if len(found) == 2 and found[1].lower().startswith(found[0].split(" ")[0].lower()):
        del found[0]
    return " ".join(found) or None


class _Worker:
    """A process that reads raw files, one at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, path: Path, pixels: bool) -> tuple[dict[str, Any], bytes] | None:
        """Its answer, or None when it died or took too long."""
        assert self.process.stdin
        assert self.process.stdout
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        try:
            asked = json.dumps({"path": str(path.absolute()), "pixels": pixels})
            self.process.stdin.write(asked.encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            answer: dict[str, Any] = json.loads(line)
            if "error" in answer or not pixels:
                return answer, b""
            count = 2 * answer["width"] * answer["height"]
            content = self.process.stdout.read(count)
            return (answer, content) if len(content) == count else None
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()

    def end(self) -> None:
        """Kill it and wait, so that nothing of it is left."""
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                try:
                    stream.close()
                except OSError:  # what was not yet written cannot be any more
                    pass
        self.process.wait()


_idle: list[_Worker] = []  # they end by themselves when this process does: their stdin closes
_lock = threading.Lock()


def _ask(path: Path, *, pixels: bool) -> tuple[dict[str, Any], np.ndarray | None]:
    if importlib.util.find_spec("rawpy") is None:
        raise InputError(
            f"{path.name} is a camera raw file, for which the package rawpy is missing: "
            "pip install 'linearlink[raw]'"
        )
    with _lock:
        worker = _idle.pop() if _idle else None
    worker = worker or _Worker()
    try:
        found = worker.ask(path, pixels)
    except BaseException:
        worker.end()
        raise
    if found is None:
        worker.end()
        raise InputError(f"{path.name} is damaged: LibRaw crashed or hung while reading it")
    with _lock:
        _idle.append(worker)
    answer, content = found
    if "error" in answer:
        raise InputError(f"{path.name} cannot be read by LibRaw: {answer['error']}")
    _check(path, answer)
    return answer, np.frombuffer(content, "<u2") if pixels else None


def _check(path: Path, answer: dict[str, Any]) -> None:
    size, cfa = (answer["width"], answer["height"]), answer["cfa"]
    if not all(0 < side < _MOST for side in size) or answer["white"] < 1:
        raise InputError(
            f"{path.name} is damaged: {size[0]} × {size[1]} px, white {answer['white']}"
        )
    if cfa and cfa not in PATTERNS:
        raise InputError(f"{path.name} has the colour pattern {cfa}; only Bayer patterns are read")
