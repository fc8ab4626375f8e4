"""Makes the small pictures of the samples that the start page shows.

    python samples/make_pictures.py        writes samples/pictures/*.png

Each is what the last viewer of the graph shows, of frames the first. Graphs whose data is not
here have none.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from linearlink import Frames, GraphError, Store, load, load_registry, plan, run

FOLDER = Path(__file__).parent
SIZE = 320, 200


def main() -> None:
    """Run every sample to its last viewer and write what it shows, cut to one shape."""
    for path in sorted(FOLDER.glob("*.graph.json")):
        graph = load(path, load_registry())
        viewer = [id for id, node in graph.nodes.items() if node.type == "view.screen"][-1]
        store = Store(1 << 30)
        result = run(plan(graph, store, targets=[viewer], folder=FOLDER), store)
        try:
            shown = result.value(viewer)
        except GraphError as error:
            print(f"{path.name}: no picture: {error}")
            continue
        screen = shown[0] if isinstance(shown, Frames) else shown
        picture = fill(Image.fromarray(np.asarray(screen.pixels).squeeze()).convert("RGB"))
        target = FOLDER / "pictures" / path.name.replace(".graph.json", ".png")
        target.parent.mkdir(exist_ok=True)
        picture.save(target, optimize=True)
        print(f"{target}: {target.stat().st_size} bytes")


def fill(picture: Image.Image) -> Image.Image:
    """The middle of a picture in the shape of ``SIZE``."""
    shape = SIZE[0] / SIZE[1]
    wide = min(picture.width, int(picture.height * shape))
    tall = min(picture.height, int(picture.width / shape))
    left, top = (picture.width - wide) // 2, (picture.height - tall) // 2
    cut = picture.crop((left, top, left + wide, top + tall))
    return cut.resize(SIZE, Image.Resampling.LANCZOS).quantize(128).convert("P")


if __name__ == "__main__":
    main()
