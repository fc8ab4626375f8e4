"""Makes the pictures of the README from the sample, so that they stay true.

python docs/make_pictures.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from linearlink import main

DOCS = Path(__file__).parent
SAMPLE = DOCS.parent / "samples" / "first_light.graph.json"


def make() -> int:
    """Run the sample into a scratch folder, its two previews and its drawing into the docs."""
    pictures = DOCS / "pictures"
    with tempfile.TemporaryDirectory() as scratch:
        code = main(
            [
                "run", str(SAMPLE), "--out", scratch, "--store", f"{scratch}/store",
                "--set", f"before_png.file={pictures / 'before_unlinked.jpg'}",
                "--set", f"view_png.file={pictures / 'after_linked.jpg'}",
                "--set", "before_png.quality=82", "--set", "view_png.quality=82",
            ]
        )  # fmt: skip
    drawing = ["show", str(SAMPLE), "--to", "svg", "-o", str(pictures / "first_light.svg")]
    return code or main(drawing)


if __name__ == "__main__":
    sys.exit(make())
