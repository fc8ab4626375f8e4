"""Reads camera raw files in a process of its own, where LibRaw may crash without harm.

Started by ``nodes/formats/raw.py``, knows nothing of LinearLink. For each line on stdin, JSON with
``path`` and ``pixels`` (whether they are wanted), it writes a line of JSON and, if they are, the
pixels of the visible area as uint16.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    """Answer until stdin is closed."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what LibRaw prints must not come between
    for line in sys.stdin:
        asked = json.loads(line)
        pixels = b""
        try:
            answer, pixels = read(asked["path"], asked["pixels"])
        except Exception as error:  # LibRaw's own, of many kinds
            told = error.args[0] if error.args else ""
            text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
            answer = {"error": text or type(error).__name__}
        out.write(json.dumps(answer).encode() + b"\n")
        out.write(pixels)
        out.flush()


def read(path: str, wanted: bool) -> tuple[dict[str, Any], bytes]:
    """Facts of a raw file and its pixels."""
    import numpy as np
    import rawpy

    with rawpy.imread(path) as raw:
        sizes, other = raw.sizes, raw.other
        if raw.raw_type != rawpy.RawType.Flat:
            return {"error": "its pixels hold several colours each; only mosaics are read"}, b""
        names = raw.color_desc.decode("ascii", "replace")
        pattern = raw.raw_pattern
        if pattern is not None and pattern.shape == (2, 2):
            top, left = sizes.top_margin, sizes.left_margin
            places = [raw.raw_color(top + y, left + x) for y in (0, 1) for x in (0, 1)]
            cfa = "".join(names[place] for place in places)
        elif pattern is None or raw.num_colors == 1:
            cfa = ""
        else:
            size = " x ".join(map(str, pattern.shape))
            return {"error": f"its colour pattern is of {size} pixels; only Bayer is read"}, b""
        answer: dict[str, Any] = {
            "width": sizes.width,
            "height": sizes.height,
            "cfa": cfa,
            "white": int(raw.white_level),
            "black": [int(level) for level in raw.black_level_per_channel],
        }
        if other is not None:
            answer |= {
                "exposure": float(other.shutter_speed),
                "iso": float(other.iso_speed),
                "start": _moment(other.timestamp),
            }
        if not wanted:
            return answer, b""
        data = np.ascontiguousarray(raw.raw_image_visible, dtype="<u2")
        answer["height"], answer["width"] = data.shape
        return answer, data.tobytes()


def _moment(timestamp: Any) -> str | None:
    """ISO 8601; None where the file tells no time, which LibRaw takes for 1970."""
    return timestamp.isoformat() if timestamp and timestamp.year > 1980 else None


if __name__ == "__main__":
    main()
